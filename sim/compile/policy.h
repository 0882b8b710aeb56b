/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - the ways to give times to the tasks of a program, as rows of a table.
 *
 *     levels    level by level: transfer stage, then waves of tasks, a global barrier after each
 *     barrier   global boundaries, transfers run beside the tasks
 *     list      every unit starts by its own timer
 *     search    as list, and then goes on from the best by random changes (search.h)
 *
 * A policy has recipes; the compiler makes a candidate of each and keeps the best (the first among
 * equals). A freer policy then does all that the next stricter one does, in the same way, and keeps
 * the shorter of both: barrier is never worse than levels, list never worse than barrier, search
 * never worse than list. */
#ifndef SIM_COMPILE_POLICY_H
#define SIM_COMPILE_POLICY_H

#include "sim/compile/compile.h"
#include "sim/compile/engine.h"

/* Gives times to all tasks and books all transfers. 0, ENGINE_STUCK or SIM_ERR_*. */
typedef int policy_function(struct run *r, const struct engine_options *o, struct stuck *stuck);

/* All that is decided before times are given: the same recipe always makes the same candidate. */
struct recipe {
    policy_function *make;
    bool boundaries;              /* units change at global boundaries only, a broadcast apart */
    bool queued;                  /* engine_options */
    bool slotted;                 /* booking.h */
    bool own_ends;                /* ... but a bit ends with its task: set where the server has local timers */
    struct engine_options engine; /* not read by levels; the quantum is given by `boundaries` */
    struct layout_options layout;
    uint32_t room; /* quarters of what two tasks in a row need that weights leave free in a steady program; 0: 5 */
};

struct variant {
    struct recipe recipe;
    enum compile_tiling tiling; /* left out where there is none */
    uint32_t most_tasks;        /* left out when there are more */
};

struct policy {
    const char *name;
    bool local_timers;
    bool searches;
    const struct variant *variants; /* the last one has no function */
    const struct policy *stricter;  /* or NULL */
};

const struct policy *policy_find(const char *name);

/* Gives times as the recipe says. */
int policy_run(struct run *r, const struct recipe *recipe, struct stuck *stuck);

/* What may take the place of a recipe in the first, unmeasured program of a steady schedule when that does
 * not fit into SRAM beside the entries of both programs; false: nothing. */
bool policy_substitute(struct recipe *recipe);

policy_function policy_levels;

#endif
