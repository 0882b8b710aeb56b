/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.c - runs a schedule or a program and completes the result. */
#include "sim/cli/simulate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"

#define WATCHDOG_MARGIN 1000000u /* cycles beyond the longest program: no gap of a schedule that works is longer */
#define WATCHDOG_WAIT                                                                                                  \
    1000000u /* cycles without an instruction or a packet: more than any wait of a machine that works */

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

struct dynamic_run_options simulate_dynamic_options(const struct job *j, const char *start)
{
    return (struct dynamic_run_options) {
        .seed = j->config.run.seed,
        .repeats = job_repeats(j, start),
        .watchdog_cycles = WATCHDOG_WAIT + j->dynamic.kernel_launch + j->machine.launch_cycles,
    };
}

/* What ran: the one of policy and preset that the kind has, the other is "". */
struct what {
    const char *kind, *policy, *preset, *start, *tasks_hash;
    uint64_t schedule_bound; /* 0: none */
};

static void name_result(const struct job *j, const struct what *w, struct run_result *r)
{
    char *machine = mem_printf("%s.%s", w->kind, *w->policy ? w->policy : w->preset);
    char *name = mem_printf("%s.%s", machine, w->start);
    set_text(&r->machine, machine);
    set_text(&r->name, name);
    set_text(&r->kind, w->kind);
    set_text(&r->policy, w->policy);
    set_text(&r->preset, w->preset);
    set_text(&r->start, w->start);
    free(machine);
    free(name);
    r->clock_hz = j->machine.clock_hz;
    r->period_fs = j->machine.period_fs;
    r->macs_per_cycle = j->machine.macs_per_cycle;
}

static void set_bounds(const struct job *j, const struct what *w, struct run_result *r)
{
    struct lower_bound bound;
    lower_bound_of(&j->partition, &j->machine, strcmp(w->start, "cold") == 0, &bound);
    r->lower_bound = bound.cycles;
    set_text(&r->lower_bound_by, bound.by);
    r->schedule_bound = w->schedule_bound;
    memcpy(r->work_hash, j->partition.work_hash, sizeof r->work_hash);
    memcpy(r->tasks_hash, w->tasks_hash, sizeof r->tasks_hash);
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

/* `rc` is how the run ended. */
static int complete(const struct job *j, const struct what *w, int rc, struct run_result *r, struct diag *d)
{
    bool stopped = rc == SIM_ERR_INTERRUPTED || rc == SIM_ERR_TERMINATED;
    if (rc && !stopped) {
        return rc;
    }
    r->interrupted = stopped;
    name_result(j, w, r);
    set_bounds(j, w, r);
    run_result_check(r, j->tasks.macs);
    int outputs = check_outputs(j, r, d);
    return outputs ? outputs : which_signal(rc);
}

int simulate(const struct job *j, const struct schedule *s, const struct phase_run_options *o, struct run_result *r,
             struct diag *d)
{
    const struct what w = {.kind = "phase",
                           .policy = s->policy,
                           .preset = "",
                           .start = s->start,
                           .tasks_hash = s->tasks_hash,
                           .schedule_bound = s->schedule_bound};
    run_result_init(r);
    progress_begin("steps simulated", 0);
    return complete(j, &w, phase_server_run(&j->machine, s, o, r, d), r, d);
}

int simulate_dynamic(const struct job *j, const struct server_program *p, const char *start,
                     const struct dynamic_run_options *o, struct run_result *r, struct diag *d)
{
    const struct what w = {
        .kind = "dynamic", .policy = "", .preset = j->dynamic.preset, .start = start, .tasks_hash = p->tasks_hash};
    run_result_init(r);
    progress_begin("steps simulated", 0);
    return complete(j, &w, dynamic_server_run(&j->machine, &j->dynamic, p, o, r, d), r, d);
}
