/* SPDX-License-Identifier: Apache-2.0 */
/* sram_plan.c - first fit over (address, time), unit by unit. */
#include "sim/compile/sram_plan.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

struct planning {
    struct run *r;
    uint64_t makespan;
    uint32_t *first;      /* per unit, units + 1: into items */
    uint32_t *items;      /* copies of each unit */
    uint32_t low, high;   /* addresses that a lifetime may use */
    VEC(uint32_t, live);  /* records of the unit that may still overlap, by address */
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

static void list_items(struct planning *p)
{
    const struct layout *l = p->r->l;
    p->first = mem_alloc_array(l->units + 1u, sizeof *p->first);
    p->items = mem_alloc_array(l->n_copies, sizeof *p->items);
    for (size_t i = 0; i < l->n_copies; i++) {
        p->first[l->copies[i].unit + 1]++;
    }
    for (uint32_t u = 0; u < l->units; u++) {
        p->first[u + 1] += p->first[u];
    }
    uint32_t *fill = mem_alloc_array(l->units, sizeof *fill);
    for (uint32_t i = 0; i < l->n_copies; i++) {
        uint32_t u = l->copies[i].unit;
        p->items[p->first[u] + fill[u]++] = i;
    }
    free(fill);
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
        *VEC_PUSH(p, placed) = (struct sched_sram){.unit = unit,
                                                   .address = address,
                                                   .bytes = bytes,
                                                   .chunk = chunk,
                                                   .initial = initial,
                                                   .to = p->makespan};
    }
}

/* What has the same place for the whole program; sets what is left for lifetimes. */
static void place_fixed(struct planning *p, uint32_t unit)
{
    const struct run *r = p->r;
    const struct memory_plan *mem = r->mem;
    p->low = mem->steady_entries[unit];
    p->high = r->l->m->sram_bytes - mem->staging[unit];
    add(p, unit, SCHED_CONTROL, 0, mem->steady_entries[unit], !r->cold);
    for (uint32_t i = p->first[unit]; i < p->first[unit + 1]; i++) {
        if (mem->resident[p->items[i]]) {
            struct sched_sram x = record_of(p, p->items[i]);
            x.address = p->low;
            p->low += x.bytes;
            *VEC_PUSH(p, placed) = x;
        }
    }
    if (r->cold) {
        add(p, unit, SCHED_CONTROL, p->low, mem->entries[unit], false);
        p->low += mem->entries[unit];
    }
    add(p, unit, SCHED_NONE, p->high, mem->staging[unit], false);
}

/* Places the lifetimes of a unit; returns the chunk that found none, or LAYOUT_NONE. */
static uint32_t place_lifetimes(struct planning *p, uint32_t unit, uint64_t *in_use)
{
    size_t n = 0, count = p->first[unit + 1] - p->first[unit];
    struct sched_sram *want = mem_alloc_array(count, sizeof *want);
    for (uint32_t i = p->first[unit]; i < p->first[unit + 1]; i++) {
        if (!p->r->mem->resident[p->items[i]]) {
            want[n++] = record_of(p, p->items[i]);
        }
    }
    qsort(want, n, sizeof *want, by_start);
    size_t bad = p->low > p->high ? 0 : place_all(p, want, n, true);
    if (bad < n) {
        qsort(want, n, sizeof *want, by_size);
        bad = p->low > p->high ? 0 : place_all(p, want, n, false);
    }
    uint32_t chunk = LAYOUT_NONE;
    if (bad < n) {
        chunk = want[bad].chunk;
        *in_use = p->low + bytes_at(want, n, &want[bad]) + p->r->l->m->sram_bytes - p->high;
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
    list_items(&p);
    for (uint32_t u = 0; u < r->l->units; u++) {
        place_fixed(&p, u);
        failed[u] = place_lifetimes(&p, u, &in_use[u]);
        faults += failed[u] != LAYOUT_NONE;
    }
    qsort(p.placed, p.n_placed, sizeof *p.placed, by_unit);
    free(r->out.sram);
    r->out.sram = p.placed;
    r->out.n_sram = p.n_placed;
    r->out.cap_sram = p.cap_placed;
    free(p.first);
    free(p.items);
    free(p.live);
    return faults;
}
