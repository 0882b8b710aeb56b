/* SPDX-License-Identifier: Apache-2.0 */
/* compile.h - task graph + machine -> phase schedule.
 *
 *     placement (task -> unit, chunk -> channel) -> times by policy (units, slots, DRAM) -> SRAM
 *     addresses -> schedule entries counted -> phases -> bounds
 *
 * Deterministic: the same input gives the same bytes on any machine. Knows no hw. */
#ifndef SIM_COMPILE_COMPILE_H
#define SIM_COMPILE_COMPILE_H

#include "sim/lower/task_graph.h"
#include "sim/schedule/schedule.h"

struct compile_options {
    const char *policy; /* levels, barrier, list, search */
    bool steady;        /* also a second program, for what the first one leaves */
    uint32_t repeats;   /* steady: how often the work runs (>= 2); cold: ignored, 1 */
    const char *work_name;
    const struct task_graph *finer; /* the same work in smaller tasks, for policies that try both; or NULL */
    uint32_t search_iterations;     /* policy search: steps at most ... */
    double search_seconds;          /* ... and processor time at most, 0: no limit */
    bool no_spill; /* what does not fit into SRAM is an error even where writing some of it to HBM would help */
};

/* `p` may be NULL: then there is no lower bound. The result is the caller's to free; on an error there is none.
 * 0; SIM_ERR_INPUT without tasks; SIM_ERR_BUILD with the tensor's name where lifetimes do not fit in SRAM;
 * SIM_ERR_INTERRUPTED. */
int compile_schedule(struct schedule *out, const struct task_graph *t, const struct partition *p,
                     const struct machine *m, const struct compile_options *o, struct diag *d);

/* The unit, within its chip, on which the compiler puts each task: the same under all policies. The caller frees it. */
uint32_t *compile_placement(const struct task_graph *t, const struct machine *m);

/* Does the policy look at smaller tasks as well? */
bool compile_takes_finer(const char *policy);

extern const char *const compile_policies[]; /* NULL-terminated */

#endif
