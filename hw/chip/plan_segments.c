/* SPDX-License-Identifier: Apache-2.0 */
/* plan_segments.c - entries that are read while the program runs: what is in force when, and what takes whose place.
 *
 *     table    | whole records ... | segment 0 | segment 1 | segment 2 | ...     bytes, in order of the ends
 *     address                      | place 0   | place 1   | place 0   |         segment 2 takes the place of segment 0
 *
 * A segment is a record of entries that does not last from 0 to the end (docs/formats/bps.md, "The schedule itself").
 * It holds the entries up to its end that lie in nothing before it: all of them have to be here when the first one
 * acts, and still when the last one does. Of what lay at the same address only the last segment before it is taken
 * away. */
#include <stdlib.h>

#include "hw/chip/chip_plan.h"

bool plan_is_segment(const struct plan_cut *c, const struct sched_sram *r)
{
    return r->chunk == SCHED_CONTROL && !r->initial && (r->from > 0 || r->to < c->p->makespan);
}

static int in_order(const void *a, const void *b)
{
    const struct table_segment *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return x->record < y->record ? -1 : x->record > y->record;
}

/* Bytes of a unit's table that the program after this one finds there: not for entries of this one. */
static void find_kept(const struct plan_cut *c, struct table_segments *s)
{
    const struct schedule *x = c->plan->s;
    uint32_t n = c->plan->m->chips * c->plan->m->units_per_chip;
    uint32_t *bytes = mem_alloc_array(n, sizeof *bytes);
    for (size_t i = 1; i < x->n_repeats; i++) {
        if (x->repeats[i - 1] != c->program || x->repeats[i] == c->program)
            continue;
        const struct sched_program *next = &x->programs[x->repeats[i]];
        for (size_t k = 0; k < next->n_sram; k++)
            if (next->sram[k].chunk == SCHED_CONTROL && next->sram[k].initial)
                bytes[next->sram[k].unit] += next->sram[k].bytes;
        for (uint32_t u = 0; u < n; u++) {
            s->kept[u] = bytes[u] > s->kept[u] ? bytes[u] : s->kept[u];
            bytes[u] = 0;
        }
    }
    free(bytes);
}

void plan_find_segments(const struct plan_cut *c, struct table_segments *s)
{
    uint32_t n = c->plan->m->chips * c->plan->m->units_per_chip;
    *s = (struct table_segments) {.first = mem_alloc_array(n + 1u, sizeof *s->first),
                                  .whole = mem_alloc_array(n, sizeof *s->whole),
                                  .kept = mem_alloc_array(n, sizeof *s->kept)};
    for (uint32_t i = 0; i < c->p->n_sram; i++) {
        const struct sched_sram *r = &c->p->sram[i];
        if (plan_is_segment(c, r)) {
            *VEC_PUSH(s, all) = (struct table_segment) {.unit = r->unit, .record = i, .to = r->to, .bytes = r->bytes};
            s->first[r->unit + 1]++;
        } else if (r->chunk == SCHED_CONTROL) {
            s->whole[r->unit] += r->bytes;
        }
    }
    if (s->n_all == 0)
        return;
    qsort(s->all, s->n_all, sizeof *s->all, in_order);
    for (uint32_t u = 0; u < n; u++) {
        s->first[u + 1] += s->first[u];
        uint32_t offset = s->whole[u];
        for (uint32_t i = s->first[u]; i < s->first[u + 1]; offset += s->all[i++].bytes)
            s->all[i].offset = offset;
    }
    find_kept(c, s);
}

void plan_free_segments(struct table_segments *s)
{
    free(s->all);
    free(s->first);
    free(s->whole);
    free(s->kept);
}

size_t plan_in_table(const struct table_segments *s, uint32_t unit, size_t entries)
{
    if (s->first[unit] == s->first[unit + 1])
        return entries;
    uint32_t whole = s->whole[unit] > s->kept[unit] ? s->whole[unit] - s->kept[unit] : 0;
    return entries < whole / SCHED_ENTRY_BYTES ? entries : whole / SCHED_ENTRY_BYTES;
}

/* The bytes of the table that piece [from, to) of segment i takes the place of. */
static void find_gone(const struct plan_cut *c, const struct table_segments *s, uint32_t i, uint64_t from, uint64_t to,
                      struct unit_arrival *a)
{
    const struct table_segment *x = &s->all[i];
    const struct sched_sram *r = &c->p->sram[x->record];
    uint64_t begin = r->address + (from - x->offset), end = r->address + (to - x->offset);
    for (uint32_t k = i; k-- > s->first[x->unit];) {
        const struct sched_sram *o = &c->p->sram[s->all[k].record];
        uint64_t low = begin > o->address ? begin : o->address, high = o->address + (uint64_t)o->bytes;
        high = end < high ? end : high;
        if (low < high) {
            a->gone = (uint32_t)(s->all[k].offset + (low - o->address));
            a->gone_bytes = (uint32_t)(high - low);
            return;
        }
    }
}

/* The segments come in order of their offsets, the pieces of a unit in any. */
static void find_arrivals(const struct plan_cut *c, const struct table_segments *s, uint32_t unit,
                          struct unit_program *u)
{
    for (size_t k = 0; k < u->n_arrivals; k++) {
        struct unit_arrival *a = &u->arrivals[k];
        const struct sched_transfer *t = &c->p->transfers[a->transfer];
        if (a->chunk != BURST_CONTROL || t->offset < s->whole[unit])
            continue;
        uint32_t low = s->first[unit], high = s->first[unit + 1];
        while (high - low > 1) {
            uint32_t middle = low + (high - low) / 2;
            if (s->all[middle].offset <= t->offset)
                low = middle;
            else
                high = middle;
        }
        find_gone(c, s, low, t->offset, (uint64_t)t->offset + t->bytes, a);
    }
}

void plan_cut_segments(const struct plan_cut *c, const struct table_segments *s, uint32_t unit, struct unit_program *u,
                       const uint64_t *slots, size_t n)
{
    if (s->first[unit] == s->first[unit + 1])
        return;
    size_t done = plan_in_table(s, unit, n);
    for (uint32_t i = s->first[unit]; i < s->first[unit + 1]; i++) {
        const struct table_segment *x = &s->all[i];
        size_t begin = done;
        while (done < n && slots[done] < x->to)
            done++;
        uint64_t bytes = (uint64_t)(done - begin) * SCHED_ENTRY_BYTES;
        struct unit_milestone m = {.offset = x->offset, .bytes = bytes < x->bytes ? (uint32_t)bytes : x->bytes};
        for (uint32_t k = 0; k < 2 && done > begin; k++) {
            m.slot = slots[k == 0 ? begin : done - 1];
            *VEC_PUSH(u, milestones) = m;
        }
    }
    find_arrivals(c, s, unit, u);
}
