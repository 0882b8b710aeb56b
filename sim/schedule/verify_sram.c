/* SPDX-License-Identifier: Apache-2.0 */
/* verify_sram.c - addresses: in bounds, no byte used twice at a time, buffers reserved over the program.
 *
 *     address ^   [ chunk 7 ]      [ chunk 12   ]       a record is a rectangle of addresses and cycles;
 *             |  [  chunk 3    ]  [ staging ..... ]     rectangles of a unit must not touch
 *             +-------------------------------> time */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

static bool is_reserved(const struct sched_sram *r)
{
    return r->chunk >= SCHED_CONTROL;
}

/* ---- each record by itself ---- */

static void check_record(struct verify *v, const struct sched_sram *r)
{
    if ((uint64_t)r->address + r->bytes > v->m->sram_bytes) {
        verify_fail_unit(v, "sram-bounds", r->unit, "%u B at %u do not lie in %u B of SRAM", r->bytes, r->address,
                         v->m->sram_bytes);
    }
    if (r->initial && r->from != 0) {
        verify_fail_unit(v, "sram-initial", r->unit, "chunk %u is left from before and begins at %llu", r->chunk,
                         (ull)r->from);
    }
    if (is_reserved(r)) {
        bool segment = r->chunk == SCHED_CONTROL && !r->initial; /* entries that come while the program runs */
        if (!segment && (r->from != 0 || r->to < v->p->makespan)) {
            verify_fail_unit(v, "sram-reserved", r->unit, "%u B at %u are reserved for %llu to %llu only", r->bytes,
                             r->address, (ull)r->from, (ull)r->to);
        }
        return;
    }
    const struct sched_chunk *c = &v->s->chunks[r->chunk];
    if (r->bytes < c->bytes || c->bytes == 0) {
        verify_fail_unit(v, "sram-bounds", r->unit, "chunk %u has %u B, its place %u", r->chunk, c->bytes, r->bytes);
    }
    if (r->initial && !(c->flags & 1)) {
        verify_fail_unit(v, "sram-initial", r->unit, "chunk %u is no weight and cannot be left from before", r->chunk);
    }
}

/* ---- rectangles: sweep in time over the intervals of addresses in use ---- */

struct interval {
    uint32_t address, end;
    uint32_t record;
};

struct sweep {
    VEC(struct interval, used); /* sorted by address, disjoint */
};

static size_t position(const struct sweep *s, uint32_t address)
{
    size_t low = 0, high = s->n_used;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->used[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void occupy(struct verify *v, struct sweep *s, uint32_t record)
{
    const struct sched_sram *r = &v->p->sram[record];
    struct interval x = {.address = r->address, .end = r->address + r->bytes, .record = record};
    VEC_RESERVE(s, used, s->n_used + 1);
    size_t at = position(s, x.address);
    size_t other = SIZE_MAX;
    if (at > 0 && s->used[at - 1].end > x.address) {
        other = at - 1;
    } else if (at < s->n_used && s->used[at].address < x.end) {
        other = at;
    }
    if (other != SIZE_MAX) {
        const struct sched_sram *o = &v->p->sram[s->used[other].record];
        verify_fail_unit(v, "sram-overlap", r->unit, "at %llu: %u B at %u of chunk %u lie over %u B at %u of chunk %u",
                         (ull)r->from, r->bytes, r->address, r->chunk, o->bytes, o->address, o->chunk);
        return;
    }
    memmove(&s->used[at + 1], &s->used[at], (s->n_used - at) * sizeof *s->used);
    s->used[at] = x;
    s->n_used++;
}

static void release(const struct verify *v, struct sweep *s, uint32_t record)
{
    size_t at = position(s, v->p->sram[record].address);
    if (at < s->n_used && s->used[at].record == record) {
        memmove(&s->used[at], &s->used[at + 1], (s->n_used - 1 - at) * sizeof *s->used);
        s->n_used--;
    }
}

/* Records [first, end) are those of one unit, by `from`; `ends` the same by `to`. */
static void sweep_unit(struct verify *v, struct sweep *s, uint32_t first, uint32_t end, const struct verify_event *ends)
{
    s->n_used = 0;
    uint32_t gone = first;
    for (uint32_t i = first; i < end; i++) {
        for (; gone < end && ends[gone].time <= v->p->sram[i].from; gone++) {
            release(v, s, ends[gone].index);
        }
        if ((uint64_t)v->p->sram[i].address + v->p->sram[i].bytes <= v->m->sram_bytes) {
            occupy(v, s, i);
        }
    }
}

static void check_overlap(struct verify *v)
{
    uint32_t n = (uint32_t)v->p->n_sram;
    struct verify_event *ends = mem_alloc_array(n, sizeof *ends);
    for (uint32_t i = 0; i < n; i++) {
        ends[i] = (struct verify_event) {.time = v->p->sram[i].to, .group = v->p->sram[i].unit, .index = i};
    }
    verify_sort(ends, n);
    struct sweep s = {0};
    for (uint32_t first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && v->p->sram[end].unit == v->p->sram[first].unit; end++) {
        }
        sweep_unit(v, &s, first, end, ends);
    }
    free(s.used);
    free(ends);
}

/* ---- staging buffers: each channel port one, each link port one per direction ---- */

static void check_staging_reserved(struct verify *v)
{
    uint64_t *have = mem_alloc_array(v->n_units, sizeof *have), *need = mem_alloc_array(v->n_units, sizeof *need);
    for (size_t i = 0; i < v->p->n_sram; i++) {
        if (v->p->sram[i].chunk == SCHED_NONE) {
            have[v->p->sram[i].unit] += v->p->sram[i].bytes;
        }
    }
    for (size_t e = 0; e < v->m->n_endpoints; e++) {
        const struct sched_endpoint *x = &v->m->endpoints[e];
        uint32_t buffers = x->kind == SCHED_DEAD_UNIT ? 0 : x->kind; /* unit 0, channel 1, link port 2 */
        need[x->host_unit] += (uint64_t)v->m->staging_bytes * buffers;
    }
    for (uint32_t u = 0; u < v->n_units; u++) {
        if (have[u] < need[u]) {
            verify_fail_unit(v, "sram-reserved", u, "%llu B reserved for staging, the ports beside it need %llu",
                             (ull)have[u], (ull)need[u]);
        }
    }
    free(have);
    free(need);
}

/* ---- places: who is where, to be looked up ---- */

static void list_places(struct verify *v)
{
    uint32_t n = 0;
    struct verify_event *e = mem_alloc_array(v->p->n_sram, sizeof *e);
    for (uint32_t i = 0; i < v->p->n_sram; i++) { /* by unit and time already, and the sort is stable */
        const struct sched_sram *r = &v->p->sram[i];
        if (!is_reserved(r)) {
            e[n++] = (struct verify_event) {.time = r->chunk, .group = r->unit, .index = i};
        }
    }
    verify_sort(e, n);
    v->unit_places = mem_alloc_array((size_t)v->n_units + 1, sizeof *v->unit_places);
    VEC_RESERVE(v, places, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct sched_sram *r = &v->p->sram[e[i].index];
        v->places[i] = (struct verify_place) {.record = e[i].index, .produced = VERIFY_NEVER, .complete = VERIFY_NEVER};
        v->unit_places[r->unit + 1]++;
        const struct sched_sram *last = i ? &v->p->sram[e[i - 1].index] : NULL;
        if (last && last->unit == r->unit && last->chunk == r->chunk && last->to > r->from) {
            verify_fail_unit(v, "sram-twice", r->unit, "chunk %u has two places at %llu", r->chunk, (ull)r->from);
        }
    }
    v->n_places = n;
    for (uint32_t u = 0; u < v->n_units; u++) {
        v->unit_places[u + 1] += v->unit_places[u];
    }
    free(e);
}

struct verify_place *verify_place_at(const struct verify *v, uint32_t unit, uint32_t chunk, uint64_t time)
{
    size_t low = v->unit_places[unit], high = v->unit_places[unit + 1], first = low;
    while (low < high) { /* the first one beyond (chunk, time) */
        size_t middle = (low + high) / 2;
        const struct sched_sram *r = &v->p->sram[v->places[middle].record];
        if (r->chunk < chunk || (r->chunk == chunk && r->from <= time)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == first) {
        return NULL;
    }
    struct verify_place *p = &v->places[low - 1];
    const struct sched_sram *r = &v->p->sram[p->record];
    return r->chunk == chunk && time < r->to ? p : NULL;
}

void verify_sram(struct verify *v)
{
    for (size_t i = 0; i < v->p->n_sram; i++) {
        const struct sched_sram *r = &v->p->sram[i];
        check_record(v, r);
        if (!is_reserved(r) && verify_is_dead(v, r->unit)) {
            verify_fail_unit(v, "dead-unit", r->unit, "chunk %u lies at %u, and the unit does not work", r->chunk,
                             r->address);
        }
    }
    check_overlap(v);
    check_staging_reserved(v);
    list_places(v);
}
