/* SPDX-License-Identifier: Apache-2.0 */
/* candidate.h - one complete answer: programs made by one variant of a policy, and their SRAM plan.
 *
 *     memory plan --> steady program --> cold program --> addresses --> entries counted
 *          ^                                                   |
 *          +--- more room for entries; weights that give up their place <--- does not fit
 *
 * Both programs share one memory plan, because what one leaves in SRAM the other finds. */
#ifndef SIM_COMPILE_CANDIDATE_H
#define SIM_COMPILE_CANDIDATE_H

#include "sim/compile/policy.h"

struct candidate {
    struct memory_plan mem;
    struct run cold, steady;
    uint64_t makespan; /* of the program that is measured */
};

struct candidate_error {
    uint32_t unit, chunk; /* LAYOUT_NONE: the schedule's own entries */
    uint64_t in_use;
};

/* The same variant always gives the same candidate. 0, SIM_ERR_BUILD with *error, SIM_ERR_INTERRUPTED. On failure *made
 * is NULL. */
int candidate_make(struct candidate **made, const struct layout *l, policy_function *variant, bool steady,
                   struct candidate_error *error);
void candidate_free(struct candidate *c); /* NULL is harmless */

#endif
