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

/* The same work, cut in several ways: in tasks as large as lowering likes them; smaller ones; smaller ones with sums
 * shared out by columns. */
enum compile_tiling { TILING_LARGE, TILING_FINE, TILING_COLUMNS, COMPILE_TILINGS };

struct compile_options {
    const char *policy; /* levels, barrier, list, search */
    bool steady;        /* also a second program, for what the first one leaves */
    uint32_t repeats;   /* steady: how often the work runs (>= 2); cold: ignored, 1 */
    const char *work_name;
    const struct task_graph *others[COMPILE_TILINGS]; /* the same work cut in other ways, for policies that try them */
    uint32_t search_iterations;                       /* policy search: steps at most ... */
    double search_seconds;                            /* ... and processor time at most, 0: no limit */
    bool no_spill; /* what does not fit into SRAM is an error even where writing some of it to HBM would help */
};

/* `p` may be NULL: then there is no lower bound. The result is the caller's to free; on an error there is none.
 * 0; SIM_ERR_INPUT without tasks; SIM_ERR_BUILD with the tensor's name where lifetimes do not fit in SRAM;
 * SIM_ERR_INTERRUPTED. */
int compile_schedule(struct schedule *out, const struct task_graph *t, const struct partition *p,
                     const struct machine *m, const struct compile_options *o, struct diag *d);

/* The unit, within its chip, on which the compiler puts each task: the same under all policies. The caller frees it. */
uint32_t *compile_placement(const struct task_graph *t, const struct machine *m);

/* Does the policy look at work that is cut in this way? */
bool compile_takes(const char *policy, enum compile_tiling tiling);

extern const char *const compile_policies[]; /* NULL-terminated */

#endif
