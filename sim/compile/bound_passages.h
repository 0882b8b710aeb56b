/* SPDX-License-Identifier: Apache-2.0 */
/* bound_passages.h - what passes chip links, as jobs of these links. Private to schedule_bound.c and bound_sets.c.
 *
 *     producer --before--> [ chip link: ticks ] --after--> copy in a unit of another chip --> its readers
 *
 * A passage is a chunk on one chip link, as the schedule sends it: all pieces that take the same way together. Likewise
 * what comes from memory: a piece is whole in a copy so many cycles after the channel's last data. */
#ifndef SIM_COMPILE_BOUND_PASSAGES_H
#define SIM_COMPILE_BOUND_PASSAGES_H

#include "sim/compile/run.h"

struct passage {
    uint32_t line;     /* number of the link among those that are passed */
    uint32_t chunk;    /* of a task that is no sum in a switch */
    uint64_t ticks;    /* for which it takes the link */
    uint64_t before;   /* cycles from the producer's finish to its first tick, at least */
    uint32_t n_copies; /* that it leads to */
};

/* A passage leads to a copy, which is complete so many cycles after its last tick at the earliest. */
struct passage_end {
    uint32_t copy, passage;
    uint64_t after;
};

/* A piece from memory, to one copy, which gets it once. */
struct read_end {
    uint32_t transfer, copy;
    uint64_t after;
};

struct passages {
    VEC(struct passage, all);          /* by chunk */
    VEC(struct passage_end, ends);     /* by copy, then passage */
    VEC(struct read_end, reads);       /* by transfer */
    VEC(uint32_t, lines);              /* links that are passed */
    uint32_t *chunk_first, *end_first; /* per chunk, chunks + 1: into all; per copy, copies + 1: into ends */
};

/* Left out: what a copy gets more than once, as readers may have had the first; sums in switches and what they add. */
void passages_init(struct passages *p, const struct run *r);
void passages_free(struct passages *p);

#endif
