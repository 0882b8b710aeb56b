/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.h - when a resource is taken: sorted, disjoint, merged busy intervals.
 *
 *     busy   [10, 14) [14, 20) [31, 40)   is held as   [10, 20) [31, 40)
 *     find(12, 5) = 20        find(12, 12) = 40        find(0, 10) = 0
 *
 * One unit of time is whatever the owner says: cycles for units and links of a chip, ticks of
 * 1/rate.num cycle for chip links. Intervals are half open; an empty one is never stored. */
#ifndef SIM_COMPILE_TIMELINE_H
#define SIM_COMPILE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"

struct busy {
    uint64_t from, to;
};

struct timeline {
    VEC(struct busy, spans);
    uint64_t gap_from, gap_to; /* free time that was found last; empty at first */
    size_t behind_gap;         /* the span that ends it; n_spans: none does */
};

/* What timeline_find does where the answer does not lie in the gap that was found last. */
uint64_t timeline_search(struct timeline *t, uint64_t earliest, uint64_t length);

/* Earliest time >= earliest at which `length` units of time in a row are free. What is asked for again lies mostly
 * where it lay the last time. */
static inline uint64_t timeline_find(struct timeline *t, uint64_t earliest, uint64_t length)
{
    bool known = earliest >= t->gap_from && earliest + length <= t->gap_to;
    return known ? earliest : timeline_search(t, earliest, length);
}

/* It will be looked at soon: far from the host's caches where there are many. First the one, then the other. */
static inline void timeline_fetch(const struct timeline *t)
{
    __builtin_prefetch(t);
}
static inline void timeline_fetch_spans(const struct timeline *t)
{
    __builtin_prefetch(t->spans + t->behind_gap);
}

bool timeline_is_free(const struct timeline *t, uint64_t from, uint64_t to);

/* Takes [from, to), which must be free (checked). from < to. */
void timeline_take(struct timeline *t, uint64_t from, uint64_t to);

void timeline_free(struct timeline *t);

#endif
