/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h - list scheduling in order of time, for policies `list` and `barrier`.
 *
 *     time --> pop all events of a cycle: tasks finish, SRAM is freed, inputs are there
 *              offer what waited for room; idle units take their best ready task
 *              started tasks send their outputs at once, from their finish on
 *
 * A unit takes, among the tasks whose inputs are there, the first of its queue (upward rank). When a
 * more urgent one is known to be ready soon, it keeps the unit free for it or first runs one that is
 * over by then (backfilling): the time-ordered form of insertion. With a quantum, units change only at
 * global boundaries, at least `quantum` cycles apart; an operation may last over several of them. */
#ifndef SIM_COMPILE_ENGINE_H
#define SIM_COMPILE_ENGINE_H

#include "sim/compile/run.h"

struct engine_options {
    bool queued;       /* what leaves a chip is booked by urgency when its line is not booked far ahead; else at once */
    uint32_t quantum;  /* least distance of boundaries; 0: units change whenever they like */
    uint32_t quick;    /* a ready task that takes at most a quick-th of the most urgent one goes before it; 0: none */
    uint32_t ahead;    /* spilling: room is made for so many tasks before their turn; 0: when all else stands still */
    uint32_t patience; /* wait w cycles for a task that would otherwise be d late when d > patience x w; 0: never */
};

/* Where a program could not go on for want of SRAM. */
struct stuck {
    uint32_t unit, copy;
    uint64_t in_use;
};

/* Results beside 0 and SIM_ERR_*. */
#define ENGINE_STUCK 1 /* *stuck says why */
#define ENGINE_LATE  2 /* a task has started too late for r->deadline, or starts too late for r->hopeless */

int engine_run(struct run *r, const struct engine_options *o, struct stuck *stuck);

#endif
