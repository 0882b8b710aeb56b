/* SPDX-License-Identifier: Apache-2.0 */
/* verify_segments.c - entries that are read while the program runs.
 *
 *     bytes of the table   | whole records ........... | segment | segment | segment |    in order of their ends
 *     entries              first ones                  those up to the end of each
 *
 * A segment is a record of entries that does not last from 0 to the makespan. Each comes whole, not before its record
 * begins and before the first of its entries acts; its record lasts until they all have. That nothing else lies
 * there meanwhile is sram-overlap. */
#include <stdlib.h>

#include "sim/schedule/verify_entries.h"

typedef unsigned long long ull;

/* The most of a unit's table that any other program finds there that runs after this one. */
static void find_kept(struct entries *e)
{
    const struct schedule *s = e->v->s;
    uint64_t *bytes = mem_alloc_array(e->v->n_units, sizeof *bytes);
    for (size_t i = 1; i < s->n_repeats; i++) {
        if (s->repeats[i - 1] != e->v->program || s->repeats[i] == e->v->program) {
            continue;
        }
        const struct sched_program *next = &s->programs[s->repeats[i]];
        for (size_t k = 0; k < next->n_sram; k++) {
            const struct sched_sram *r = &next->sram[k];
            bytes[r->unit] += r->chunk == SCHED_CONTROL && r->initial ? r->bytes : 0;
        }
        for (uint32_t u = 0; u < e->v->n_units; u++) {
            e->kept[u] = bytes[u] > e->kept[u] ? bytes[u] : e->kept[u];
            bytes[u] = 0;
        }
    }
    free(bytes);
}

void verify_find_segments(struct entries *e)
{
    const struct sched_program *p = e->v->p;
    e->segment_first = mem_alloc_array((size_t)e->v->n_units + 1, sizeof *e->segment_first);
    e->kept = mem_alloc_array(e->v->n_units, sizeof *e->kept);
    for (uint32_t i = 0; i < p->n_sram; i++) {
        if (verify_is_segment(e->v, &p->sram[i])) {
            *VEC_PUSH(e, segments) =
                (struct verify_event) {.time = p->sram[i].to, .group = p->sram[i].unit, .index = i};
            e->segment_first[p->sram[i].unit + 1]++;
        }
    }
    if (e->n_segments == 0) {
        return;
    }
    verify_sort(e->segments, e->n_segments);
    for (uint32_t u = 0; u < e->v->n_units; u++) {
        e->segment_first[u + 1] += e->segment_first[u];
    }
    find_kept(e);
}

uint64_t verify_segment_bytes(const struct entries *e, uint32_t unit)
{
    uint64_t bytes = 0;
    for (size_t i = e->segment_first[unit]; i < e->segment_first[unit + 1]; i++) {
        bytes += e->v->p->sram[e->segments[i].index].bytes;
    }
    return bytes;
}

/* The pieces of one segment, bytes [at, at + bytes) of the table; returns how many of them there are. */
static size_t check_pieces(struct entries *e, const struct sched_sram *r, uint64_t at, uint64_t first_entry,
                           const struct verify_event *piece, size_t n)
{
    struct verify *v = e->v;
    uint64_t reached = at, end = at + r->bytes;
    size_t i = 0;
    for (; i < n && piece[i].time < end; i++) {
        const struct sched_hop *h = &v->p->hops[piece[i].index];
        const struct sched_transfer *t = &v->p->transfers[h->transfer];
        uint64_t begin = h->start + v->m->links[h->link].latency, there = v->hop_there[piece[i].index];
        if (t->offset + (uint64_t)t->bytes > end) {
            verify_fail_unit(v, "schedule-room", r->unit, "transfer %u brings entries of two segments", h->transfer);
        }
        if (begin < r->from || there >= r->to) {
            verify_fail_unit(v, "schedule-room", r->unit,
                             "transfer %u comes from %llu to %llu, its segment is there from %llu to %llu", h->transfer,
                             (ull)begin, (ull)there, (ull)r->from, (ull)r->to);
        }
        if (there > first_entry) {
            verify_fail_unit(v, "schedule-late", r->unit, "an entry is needed at %llu and arrives at %llu",
                             (ull)first_entry, (ull)there);
        }
        reached =
            t->offset <= reached && t->offset + (uint64_t)t->bytes > reached ? t->offset + (uint64_t)t->bytes : reached;
    }
    if (reached < end) {
        verify_fail_unit(v, "schedule-missing", r->unit, "of its segment of %u B until %llu come %llu", r->bytes,
                         (ull)r->to, (ull)(reached - at));
    }
    return i;
}

size_t verify_segments(struct entries *e, uint32_t unit, const struct verify_event *entry, size_t n,
                       const struct verify_event *piece, size_t n_pieces)
{
    struct verify *v = e->v;
    size_t first = e->segment_first[unit], last = e->segment_first[unit + 1], used = 0;
    if (first == last) {
        return n;
    }
    uint64_t at = e->reserved[unit], whole = at > e->kept[unit] ? at - e->kept[unit] : 0;
    size_t in_table = n < whole / SCHED_ENTRY_BYTES ? n : (size_t)(whole / SCHED_ENTRY_BYTES), done = in_table;
    while (used < n_pieces && piece[used].time < at) {
        used++;
    }
    for (size_t i = first; i < last; i++) {
        const struct sched_sram *r = &v->p->sram[e->segments[i].index];
        size_t begin = done;
        while (done < n && entry[done].time < r->to) {
            done++;
        }
        if ((done - begin) * SCHED_ENTRY_BYTES > r->bytes) {
            verify_fail_unit(v, "schedule-room", unit, "%zu entries from %llu on do not fit into a segment of %u B",
                             done - begin, (ull)entry[begin].time, r->bytes);
        }
        uint64_t needed = done > begin ? entry[begin].time : VERIFY_NEVER;
        used += check_pieces(e, r, at, needed, piece + used, n_pieces - used);
        at += r->bytes;
    }
    if (done < n) {
        verify_fail_unit(v, "schedule-room", unit, "%zu entries from %llu on are in no segment", n - done,
                         (ull)entry[done].time);
    }
    return in_table;
}
