/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - policy `search`: from the best candidate of `list` on by random changes of its recipe.
 *
 *     candidate --critical tasks--> a change: how urgent a group of tasks is, the unit of a task, a number
 *         ^                                   of the engine or of the layout, other tiles
 *         |                                        |
 *         +-- not longer: goes on from here -- new candidate
 *
 * Anytime: it may be stopped after any step. Step k depends on the work, the machine, the seed and the
 * steps before it only, so a number of steps gives the same schedule on every host; a budget of seconds
 * is a number of steps that is not known before. */
#ifndef SIM_COMPILE_SEARCH_H
#define SIM_COMPILE_SEARCH_H

#include "sim/compile/candidate.h"

struct search_options {
    uint32_t iterations; /* steps at most */
    double seconds;      /* stops after the step that passes them (of processor time); 0: no limit */
};

struct search_work {
    const struct task_graph *tilings[COMPILE_TILINGS]; /* NULL: there is no such one */
    const struct machine *m;
    bool steady;
    bool no_spill; /* as in compile_options */
    bool stream;   /* large tables of entries are read while the program runs */
};

/* Replaces *best by something at most as long; *steps: how many were made. Stops early when an interrupt is pending,
 * which is left to the caller: what was found is kept. */
void search_improve(struct candidate **best, const struct search_work *w, const struct search_options *o,
                    uint32_t *steps);

#endif
