/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - the ways to give times to the tasks of a program, as rows of a table.
 *
 *     levels    level by level: transfer stage, then waves of tasks, a global barrier after each
 *     barrier   global boundaries, transfers run beside the tasks
 *     list      every unit starts by its own timer
 *
 * A policy has variants; the compiler makes each and keeps the best (the first among equals). The
 * variants of a freer policy include those of the stricter ones: barrier is never worse than levels,
 * list never worse than barrier. */
#ifndef SIM_COMPILE_POLICY_H
#define SIM_COMPILE_POLICY_H

#include "sim/compile/engine.h"

/* Gives times to all tasks and books all transfers. 0, ENGINE_STUCK or SIM_ERR_*. */
typedef int policy_function(struct run *r, struct stuck *stuck);

struct variant {
    policy_function *make;
    uint32_t most_tasks; /* left out when there are more */
};

struct policy {
    const char *name;
    bool local_timers;
    const struct variant *variants; /* the last one has no function */
};

extern const struct policy policies[];

const struct policy *policy_find(const char *name);

/* What may take the place of a variant in the first, unmeasured program of a steady schedule when that does
 * not fit into SRAM beside the entries of both programs; NULL: nothing. */
policy_function *policy_substitute(policy_function *variant);

policy_function policy_levels, policy_barrier, policy_barrier_eager, policy_list, policy_list_eager, policy_list_ranked,
    policy_list_of_barrier, policy_list_of_barrier_eager, policy_list_of_levels;

#endif
