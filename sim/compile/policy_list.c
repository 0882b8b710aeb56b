/* SPDX-License-Identifier: Apache-2.0 */
/* policy_list.c - every unit by its own timer. */
#include "sim/compile/policy.h"

static int list(struct run *r, uint32_t patience, uint32_t quick, struct stuck *stuck)
{
    return engine_run(r, &(struct engine_options) {.patience = patience, .quick = quick}, stuck);
}

int policy_list(struct run *r, struct stuck *stuck)
{
    return list(r, 2, 4, stuck);
}

int policy_list_eager(struct run *r, struct stuck *stuck)
{
    return list(r, 0, 4, stuck);
}

int policy_list_ranked(struct run *r, struct stuck *stuck)
{
    return list(r, 2, 0, stuck);
}

/* What a server without local timers would do, but each bit ends with its task. */
static int own_ends(struct run *r, int result)
{
    for (size_t i = 0; result == 0 && i < r->l->t->n_tasks; i++) {
        r->off[i] = r->finish[i];
    }
    return result;
}

int policy_list_of_barrier(struct run *r, struct stuck *stuck)
{
    return own_ends(r, policy_barrier(r, stuck));
}

int policy_list_of_barrier_eager(struct run *r, struct stuck *stuck)
{
    return own_ends(r, policy_barrier_eager(r, stuck));
}

int policy_list_of_levels(struct run *r, struct stuck *stuck)
{
    return own_ends(r, policy_levels(r, stuck));
}
