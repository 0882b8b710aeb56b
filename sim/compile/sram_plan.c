/* SPDX-License-Identifier: Apache-2.0 */
/* sram_plan.c - first fit over (address, time), unit by unit. */
#include "sim/compile/sram_plan.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/compile/sorting.h"

#define MOST_WORK 4000000u /* comparisons for a unit where nothing but its order is left to change */

struct planning {
    struct run *r;
    uint64_t makespan;
    const uint32_t *first; /* per unit, units + 1: into items */
    const uint32_t *items; /* copies of each unit */
    uint32_t low, high;    /* addresses that a lifetime may use */
    size_t segment;        /* the next one of entries: units are placed in order */
    VEC(struct sched_sram, placed);
};

static struct sched_sram record_of(const struct planning *p, uint32_t copy)
{
    const struct run *r = p->r;
    const struct copy *c = &r->l->copies[copy];
    const struct copy_state *s = &r->copies[copy];
    struct sched_sram x = {.unit = c->unit, .chunk = c->chunk, .bytes = r->l->t->chunks[c->chunk].bytes};
    x.initial = !r->cold && r->mem->resident[copy];
    x.from = s->from;
    x.to = s->to == TIME_NONE || s->to > p->makespan ? p->makespan : s->to;
    return x;
}

static int by_address(const void *a, const void *b)
{
    const struct sched_sram *x = a, *y = b;
    return x->address < y->address ? -1 : x->address > y->address;
}

static int by_start(const void *a, const void *b)
{
    const struct sched_sram *x = a, *y = b;
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    if (x->bytes != y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    return x->chunk < y->chunk ? -1 : x->chunk > y->chunk;
}

static int by_size(const void *a, const void *b)
{
    const struct sched_sram *x = a, *y = b;
    if (x->bytes != y->bytes) {
        return x->bytes > y->bytes ? -1 : 1;
    }
    return by_start(a, b);
}

/* Lowest address at which x overlaps none of the others of its time; they are sorted by address. */
static bool fit(const struct planning *p, struct sched_sram *x, const struct sched_sram *others, size_t n)
{
    uint64_t at = p->low;
    for (size_t i = 0; i < n; i++) {
        const struct sched_sram *o = &others[i];
        if (o->to <= x->from || o->from >= x->to || o->bytes == 0) {
            continue;
        }
        if (o->address >= at + x->bytes) {
            break;
        }
        uint64_t end = (uint64_t)o->address + o->bytes;
        at = end > at ? end : at;
    }
    x->address = (uint32_t)at;
    return at + x->bytes <= p->high;
}

static void insert_by_address(struct sched_sram *v, size_t n, const struct sched_sram *x)
{
    while (n > 0 && by_address(x, &v[n - 1]) < 0) {
        v[n] = v[n - 1];
        n--;
    }
    v[n] = *x;
}

/* Places `want` in its order. In order of time what is over is dropped from the list of the living. */
static size_t place_all(const struct planning *p, struct sched_sram *want, size_t n, bool in_time)
{
    struct sched_sram *live = mem_alloc_array(n, sizeof *live);
    size_t n_live = 0, bad = n;
    for (size_t i = 0; i < n && bad == n; i++) {
        if (in_time) {
            size_t kept = 0;
            for (size_t k = 0; k < n_live; k++) {
                if (live[k].to > want[i].from) {
                    live[kept++] = live[k];
                }
            }
            n_live = kept;
        }
        if (!fit(p, &want[i], live, n_live)) {
            bad = i;
            break;
        }
        insert_by_address(live, n_live++, &want[i]);
    }
    free(live);
    return bad;
}

static uint64_t bytes_at(const struct sched_sram *want, size_t n, const struct sched_sram *x)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += &want[i] != x && want[i].from <= x->from && want[i].to > x->from ? want[i].bytes : 0;
    }
    return sum;
}

static void add(struct planning *p, uint32_t unit, uint32_t chunk, uint32_t address, uint32_t bytes, bool initial)
{
    if (bytes > 0) {
        *VEC_PUSH(p, placed) = (struct sched_sram) {
            .unit = unit, .address = address, .bytes = bytes, .chunk = chunk, .initial = initial, .to = p->makespan};
    }
}

/* The segments of entries of the unit, whose ring begins at `ring`. */
static void place_segments(struct planning *p, uint32_t unit, uint32_t ring)
{
    const struct run *r = p->r;
    for (; p->segment < r->n_segments && r->segments[p->segment].unit == unit; p->segment++) {
        const struct control_segment *x = &r->segments[p->segment];
        *VEC_PUSH(p, placed) = (struct sched_sram) {.unit = unit,
                                                    .address = ring + x->place * x->bytes,
                                                    .bytes = x->bytes,
                                                    .chunk = SCHED_CONTROL,
                                                    .from = x->from,
                                                    .to = x->to == TIME_NONE ? p->makespan : x->to};
    }
}

/* What has the same place for the whole program; sets what is left for lifetimes. */
static void place_fixed(struct planning *p, uint32_t unit)
{
    const struct run *r = p->r;
    const struct memory_plan *mem = r->mem;
    uint32_t head = mem->steady_entries[unit] - mem->ring[0][unit];
    p->low = mem->steady_entries[unit];
    p->high = r->l->m->sram_bytes - mem->staging[unit];
    add(p, unit, SCHED_CONTROL, 0, head, !r->cold);
    for (uint32_t i = p->first[unit]; i < p->first[unit + 1]; i++) {
        if (mem->resident[p->items[i]]) {
            struct sched_sram x = record_of(p, p->items[i]);
            x.address = p->low;
            p->low += x.bytes;
            *VEC_PUSH(p, placed) = x;
        }
    }
    if (r->cold) {
        head = p->low + mem->entries[unit] - mem->ring[1][unit];
        add(p, unit, SCHED_CONTROL, p->low, head - p->low, false);
        p->low += mem->entries[unit];
    }
    place_segments(p, unit, head);
    add(p, unit, SCHED_NONE, p->high, mem->staging[unit], false);
}

/* All stays in the unit of copies that have no place of their own; `want` has room for them. */
static size_t list_stays(const struct planning *p, uint32_t unit, struct sched_sram *want)
{
    const struct run *r = p->r;
    size_t n = 0;
    for (uint32_t i = p->first[unit]; i < p->first[unit + 1]; i++) {
        if (!r->mem->resident[p->items[i]]) {
            want[n++] = record_of(p, p->items[i]);
        }
    }
    for (size_t i = 0; i < r->n_stays; i++) {
        if (r->l->copies[r->stays[i].copy].unit == unit) {
            want[n] = record_of(p, r->stays[i].copy);
            want[n].from = r->stays[i].from;
            want[n++].to = r->stays[i].to;
        }
    }
    return n;
}

/* What finds no place goes before all others next time, until all have one, the first of all has none, or it has been
 * tried long enough. Returns n when all have a place. */
static size_t place_stubborn(const struct planning *p, struct sched_sram *want, size_t n, size_t bad)
{
    size_t rounds = n < 1000 ? MOST_WORK / (n * n) + 8 : 8;
    for (size_t i = 0; bad > 0 && bad < n && i < rounds; i++) {
        struct sched_sram first = want[bad];
        memmove(&want[1], &want[0], bad * sizeof *want);
        want[0] = first;
        bad = place_all(p, want, n, false);
    }
    return bad;
}

/* Places the lifetimes of a unit; returns the chunk that found none, SRAM_TABLES, or LAYOUT_NONE. */
static uint32_t place_lifetimes(struct planning *p, uint32_t unit, uint64_t *in_use)
{
    size_t count = p->first[unit + 1] - p->first[unit] + p->r->n_stays;
    struct sched_sram *want = mem_alloc_array(count, sizeof *want);
    size_t n = list_stays(p, unit, want);
    sort_items(want, n, sizeof *want, by_start);
    size_t bad = p->low > p->high ? 0 : place_all(p, want, n, true);
    if (bad < n) {
        sort_items(want, n, sizeof *want, by_size);
        bad = p->low > p->high ? 0 : place_all(p, want, n, false);
        bad = p->low <= p->high && p->r->l->o.spill ? place_stubborn(p, want, n, bad) : bad;
    }
    uint32_t chunk = LAYOUT_NONE;
    if (bad < n) {
        chunk = want[bad].chunk;
        *in_use = p->low + bytes_at(want, n, &want[bad]) + p->r->l->m->sram_bytes - p->high;
    } else if (p->low > p->high) {
        chunk = SRAM_TABLES;
        *in_use = (uint64_t)p->low + p->r->l->m->sram_bytes - p->high;
    } else {
        for (size_t i = 0; i < n; i++) {
            *VEC_PUSH(p, placed) = want[i];
        }
    }
    free(want);
    return chunk;
}

static int by_unit(const void *a, const void *b)
{
    const struct sched_sram *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return by_address(a, b);
}

uint32_t sram_plan(struct run *r, uint64_t makespan, uint32_t *failed, uint64_t *in_use)
{
    struct planning p = {.r = r, .makespan = makespan};
    uint32_t faults = 0;
    p.first = r->l->unit_first;
    p.items = r->l->unit_copies;
    for (uint32_t u = 0; u < r->l->units; u++) {
        place_fixed(&p, u);
        failed[u] = place_lifetimes(&p, u, &in_use[u]);
        faults += failed[u] != LAYOUT_NONE;
    }
    sort_items(p.placed, p.n_placed, sizeof *p.placed, by_unit);
    free(r->out.sram);
    r->out.sram = p.placed;
    r->out.n_sram = p.n_placed;
    r->out.cap_sram = p.cap_placed;
    return faults;
}
