/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c - runs a schedule and completes the result. */
#include "sim/cli/simulate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"

#define WATCHDOG_MARGIN 1000000u /* cycles beyond the longest program: no gap of a schedule that works is longer */

static uint64_t longest_program(const struct schedule *s)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < s->n_programs; i++) {
        longest = s->programs[i].makespan > longest ? s->programs[i].makespan : longest;
    }
    return longest;
}

struct phase_run_options simulate_options(const struct job *j, const struct schedule *s)
{
    return (struct phase_run_options) {
        .stall = j->config.phase.on_violation == VIOLATION_STALL,
        .seed = j->config.run.seed,
        .watchdog_cycles = longest_program(s) + WATCHDOG_MARGIN,
    };
}

static void set_text(char **field, const char *value)
{
    free(*field);
    *field = mem_strdup(value ? value : "");
}

static void name_result(const struct job *j, const struct schedule *s, struct run_result *r)
{
    char *machine = mem_printf("phase.%s", s->policy);
    char *name = mem_printf("%s.%s", machine, s->start);
    set_text(&r->machine, machine);
    set_text(&r->name, name);
    set_text(&r->kind, "phase");
    set_text(&r->policy, s->policy);
    set_text(&r->start, s->start);
    free(machine);
    free(name);
    r->clock_hz = j->machine.clock_hz;
    r->period_fs = j->machine.period_fs;
    r->macs_per_cycle = j->machine.macs_per_cycle;
}

static void set_bounds(const struct job *j, const struct schedule *s, struct run_result *r)
{
    struct lower_bound bound;
    lower_bound_of(&j->partition, &j->machine, strcmp(s->start, "cold") == 0, &bound);
    r->lower_bound = bound.cycles;
    set_text(&r->lower_bound_by, bound.by);
    r->schedule_bound = s->schedule_bound;
    memcpy(r->work_hash, j->partition.work_hash, sizeof r->work_hash);
    memcpy(r->tasks_hash, s->tasks_hash, sizeof r->tasks_hash);
}

/* SystemC ends at a signal; which one it was decides the exit code. */
static int which_signal(int rc)
{
    int pending = interrupt_pending();
    return rc == SIM_ERR_INTERRUPTED && pending ? pending : rc;
}

static uint64_t checksum_of_work(const struct job *j)
{
    const struct op_graph *g = j->partition.ops;
    uint64_t sum = 0;
    for (size_t i = 0; i < g->n_tensors; i++) {
        sum += g->tensors[i].is_output ? op_tensor_bytes(&g->tensors[i]) * j->tasks.tensor_c[i] : 0;
    }
    return sum;
}

/* A schedule that somebody brings may name other operands than those of the work. */
static int check_outputs(const struct job *j, const struct run_result *r, struct diag *d)
{
    uint64_t wanted = checksum_of_work(j);
    if (r->interrupted || r->output_checksum == wanted) {
        return SIM_OK;
    }
    diag_add(d, "", 0, 0, "server", "output_checksum is %016" PRIx64 ", that of the work is %016" PRIx64,
             r->output_checksum, wanted);
    return SIM_ERR_VIOLATION;
}

int simulate(const struct job *j, const struct schedule *s, const struct phase_run_options *o, struct run_result *r,
             struct diag *d)
{
    run_result_init(r);
    int rc = phase_server_run(&j->machine, s, o, r, d);
    if (rc && rc != SIM_ERR_INTERRUPTED) {
        return rc;
    }
    r->interrupted = rc == SIM_ERR_INTERRUPTED;
    name_result(j, s, r);
    set_bounds(j, s, r);
    run_result_check(r, j->tasks.macs);
    int outputs = check_outputs(j, r, d);
    return outputs ? outputs : which_signal(rc);
}
