/* SPDX-License-Identifier: Apache-2.0 */
/* policy_barrier.c - global boundaries at least one broadcast apart. */
#include "sim/compile/policy.h"

static int barrier(struct run *r, uint32_t patience, struct stuck *stuck)
{
    uint32_t quantum = r->l->m->broadcast_cycles ? r->l->m->broadcast_cycles : 1;
    return engine_run(r, &(struct engine_options) {.quantum = quantum, .patience = patience, .quick = 4}, stuck);
}

int policy_barrier(struct run *r, struct stuck *stuck)
{
    return barrier(r, 2, stuck);
}

int policy_barrier_eager(struct run *r, struct stuck *stuck)
{
    return barrier(r, 0, stuck);
}
