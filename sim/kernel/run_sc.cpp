/* SPDX-License-Identifier: Apache-2.0 */
/* run_sc.cpp - report handler and run loop. */
#include "sim/kernel/run_sc.h"

#include <cstdio>
#include <systemc>

extern "C" {
#include "sim/base/error.h"
#include "sim/base/progress.h"
}

namespace bpsim
{

/* Infos are dropped; warnings and errors are our own mistakes in the use of SystemC. */
static void on_report(const sc_core::sc_report &report, const sc_core::sc_actions &actions)
{
    if (report.get_severity() == sc_core::SC_INFO)
        return;
    std::fprintf(stderr, "bpsim: systemc: %s\n", report.what());
    if (actions & sc_core::SC_THROW)
        throw report;
    if (actions & sc_core::SC_ABORT)
        std::abort();
    if (actions & sc_core::SC_STOP)
        sc_core::sc_stop();
}

void run_prepare()
{
    sc_core::sc_report_handler::set_handler(on_report);
    sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
}

int run_windows(run_control &control, const run_limits &limits)
{
    uint64_t seen = limits.progress(), idle = 0;
    while (!control.done && control.n_faults == 0) {
        control.border_fs = sc_core::sc_time_stamp().value() + limits.window_fs;
        sc_core::sc_start(sc_core::sc_time::from_value(limits.window_fs), sc_core::SC_RUN_TO_TIME);
        int stop = interrupt_pending();
        if (stop != 0)
            return stop;
        uint64_t now = limits.progress();
        idle = now == seen ? idle + 1 : 0;
        seen = now;
        progress_update(now);
        if (idle >= limits.watchdog_windows || (idle > 0 && !sc_core::sc_pending_activity()))
            return control.done ? 0 : SIM_ERR_STUCK;
    }
    return 0;
}

} // namespace bpsim
