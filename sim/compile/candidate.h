/* SPDX-License-Identifier: Apache-2.0 */
/* candidate.h - one complete answer: programs made by one recipe of a policy, and their SRAM plan.
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
    struct recipe recipe; /* without the arrays of its layout options */
    struct layout layout;
    struct memory_plan mem;
    struct run cold, steady;
    uint64_t refresh_shift;    /* that it began with */
    uint64_t makespan;         /* of the program that is measured */
    uint32_t attempts;         /* memory plans that were tried */
    uint32_t late_entries;     /* attempts of which some came too late */
    uint32_t short_of_entries; /* attempts that had more entries than room for them */
    uint64_t foreseen;         /* what looked like its end at most while it was made: a task's start + its rank */
};

struct candidate_error {
    uint32_t unit, chunk; /* LAYOUT_NONE: the schedule's own entries */
    uint64_t in_use;
    bool endless;  /* bringing entries takes more entries than it brings: no program, with tables of any kind */
    bool streamed; /* entries that are read while the program runs: of all these bytes in so many of SRAM, those for */
    uint64_t bytes, cycle, late; /* this cycle come so much too late; late 0: they are too many for their segment */
};

/* What is asked of a candidate. */
struct candidate_wish {
    bool stream;                    /* large tables of entries are read while the program runs */
    bool steady;                    /* two programs, the second of which is measured; else one */
    uint64_t limit;                 /* not wanted when it takes so many cycles; TIME_NONE: wanted */
    uint64_t foreseen;              /* of one that took that long, or 0: given up as soon as it looks worse than both */
    uint32_t attempts;              /* memory plans that may be tried */
    const struct memory_plan *like; /* of a candidate of the same tasks: entries take as much as there; or NULL */
};

#define CANDIDATE_ATTEMPTS 64u

#define CANDIDATE_LATE 3 /* result beside 0 and SIM_ERR_*: its measured program would take `limit` cycles or more */

/* The same recipe always gives the same candidate. 0, CANDIDATE_LATE, SIM_ERR_BUILD with *error, SIM_ERR_INTERRUPTED.
 * On failure *made is NULL. */
int candidate_make(struct candidate **made, const struct task_graph *t, const struct machine *m,
                   const struct recipe *recipe, const struct candidate_wish *w, struct candidate_error *error);
/* A cold candidate whose channels refresh before the launch takes the place of *c where that is shorter. 0 or
 * SIM_ERR_INTERRUPTED; then *c is NULL. */
int candidate_refresh_first(struct candidate **c, const struct machine *m, const struct candidate_wish *w);
void candidate_free(struct candidate *c); /* NULL is harmless */

#endif
