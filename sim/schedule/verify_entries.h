/* SPDX-License-Identifier: Apache-2.0 */
/* verify_entries.h - what verify_entries.c and verify_segments.c hand to each other. */
#ifndef SIM_SCHEDULE_VERIFY_ENTRIES_H
#define SIM_SCHEDULE_VERIFY_ENTRIES_H

#include "sim/schedule/verify.h"

struct entries {
    struct verify *v;
    uint64_t *reserved;                 /* bytes of table, of each unit */
    bool *resident;                     /* left by the program before */
    bool boots;                         /* tables are not there: the fixed loader brings the head of each */
    uint32_t *link_unit;                /* of each noc link: the unit that keeps its entries */
    VEC(struct verify_event, all);      /* group: unit */
    VEC(struct verify_event, arrivals); /* group: unit, time: offset, index: hop */
    VEC(struct verify_event, segments); /* group: unit, time: end, index: record of program.sram */
    size_t *segment_first;              /* unit -> its first segment; n_units + 1 */
    uint64_t *kept;                     /* per unit: bytes of its table that the next program finds there */
};

/* A record of entries that is there for a part of the program only. */
static inline bool verify_is_segment(const struct verify *v, const struct sched_sram *r)
{
    return r->chunk == SCHED_CONTROL && !r->initial && (r->from > 0 || r->to < v->p->makespan);
}

void verify_find_segments(struct entries *e);
uint64_t verify_segment_bytes(const struct entries *e, uint32_t unit);

/* One unit: its entries by time, the pieces of its table by offset. Checks those beyond the table; returns how many are
 * in it. */
size_t verify_segments(struct entries *e, uint32_t unit, const struct verify_event *entry, size_t n,
                       const struct verify_event *piece, size_t n_pieces);

#endif
