/* SPDX-License-Identifier: Apache-2.0 */
/* candidate.h - one complete answer: programs made by one recipe of a policy, and their SRAM plan.
 *
 *     memory plan --> steady program --> cold program --> addresses --> entries counted
 *          ^                                                   |
 *          +--- more room for entries; weights that give up their place <--- does not fit
 *
 * Both programs share one memory plan, because what one leaves in SRAM the other finds. The steady one is measured and
 * made first: of a candidate that is beaten by then the cold one need not be made. */
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
    bool half;                 /* the cold program is still to be made */
    struct candidate *longer;  /* half: what it took the place of, as its last output waited for a refresh; or NULL */
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
    uint64_t hopeless;              /* given up as soon as it takes so many cycles; 0: never */
    uint32_t attempts;              /* memory plans that may be tried */
    bool half;                      /* steady: that program only */
    const struct memory_plan *like; /* of a candidate of the same tasks: entries take as much as there; or NULL */
};

#define CANDIDATE_ATTEMPTS 64u

/* Results beside 0 and SIM_ERR_*. */
#define CANDIDATE_LATE    3 /* its measured program would take `limit` or `hopeless` cycles or more */
#define CANDIDATE_CHANGED 5 /* the cold program does not fit beside the steady one as it is */

/* The same recipe always gives the same candidate. 0, CANDIDATE_LATE, SIM_ERR_BUILD with *error, SIM_ERR_INTERRUPTED.
 * On failure *made is NULL. */
int candidate_make(struct candidate **made, const struct task_graph *t, const struct machine *m,
                   const struct recipe *recipe, const struct candidate_wish *w, struct candidate_error *error);
/* Makes what a half-made candidate lacks. 0; CANDIDATE_CHANGED: made in one go it would be another one, or none;
 * SIM_ERR_INTERRUPTED. */
int candidate_finish(struct candidate *c);
/* Is a candidate of so many cycles, half made, beaten by one of `by` cycles, whatever its cold program turns out to be?
 * Where that one needs other memory plans the steady program is made again, and may be a little shorter. */
bool candidate_beaten(uint64_t makespan, uint64_t by);
/* A cold candidate whose channels refresh before the launch takes the place of *c where that is shorter. 0 or
 * SIM_ERR_INTERRUPTED; then *c is NULL. */
int candidate_refresh_first(struct candidate **c, const struct machine *m, const struct candidate_wish *w);
void candidate_free(struct candidate *c); /* NULL is harmless */

#endif
