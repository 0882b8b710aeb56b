/* SPDX-License-Identifier: Apache-2.0 */
/* memory_server_sc.cpp - one replay: the chip's memory, and the loop until nothing is under way. */
#include "hw/chip/memory_chip_sc.h"
#include "sim/kernel/run_sc.h"

extern "C" {
#include "hw/server/memory_server.h"
#include "sim/base/error.h"
#include "sim/base/progress.h"
}

namespace bpsim
{

constexpr uint64_t memory_watchdog = 512; /* windows without progress */

/* What the run loop watches. A machine with nothing under way whose players wait for their time makes progress. */
static uint64_t look(const memory_chip *c, run_control *control, uint64_t *moved)
{
    if (memory_chip_over(c))
        control->done = true;
    else if (memory_chip_waits(c))
        ++*moved;
    return memory_chip_completed(c) + *moved;
}

static int replay(const machine *m, const dynamic_machine *d, const memory_access *accesses, size_t n,
                  const memory_run_options *o, run_control *control, memory_result *result, diag *messages)
{
    memory_chip *core = memory_chip_new(m, d, accesses, n, control, o->l1_table);
    int error = 0;
    {
        memory_chip_sc chip("chip0", core, *control, o->never_sleep);
        run_limits limits;
        uint64_t moved = 0;
        limits.window_fs = memory_window * m->period_fs;
        limits.watchdog_windows = memory_watchdog;
        limits.progress = [&] { return look(core, control, &moved); };
        progress_begin("replaying", core->pieces);
        error = run_windows(*control, limits);
        progress_end();
        if (error == SIM_ERR_STUCK)
            memory_chip_dump(core, core->counter.domain->cycle, messages);
        memory_chip_result(core, o->tail, result);
    }
    memory_chip_free(core);
    result->interrupted = error == SIM_ERR_INTERRUPTED || error == SIM_ERR_TERMINATED;
    if (control->n_faults > 0) {
        faults_report(control, messages);
        error = SIM_ERR_VIOLATION;
    }
    return error;
}

} // namespace bpsim

int memory_server_run(const struct machine *m, const struct dynamic_machine *d, const struct memory_access *accesses,
                      size_t n, const struct memory_run_options *o, struct memory_result *result, struct diag *messages)
{
    run_control control = {};
    control.shuffle = o->shuffle_seed;
    control.seed = o->seed;
    int error = 0;
    try {
        bpsim::run_prepare();
        error = bpsim::replay(m, d, accesses, n, o, &control, result, messages);
    } catch (const sc_core::sc_report &report) {
        diag_add(messages, "", 0, 0, "server", "%s", report.what());
        error = SIM_ERR_BUILD;
    }
    run_control_free(&control);
    return error;
}
