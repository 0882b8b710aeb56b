/* SPDX-License-Identifier: Apache-2.0 */
/* verify_entries.c - the schedule itself takes room, and has to be there before it is needed.
 *
 * Entry i of a unit, in order of time, lies at byte 16 i of the unit's table. In a program that starts
 * with empty tables the first 16 KiB come by the fixed loader, before the unit does anything; the rest
 * by further control transfers, each before its first entry; the table comes whole, so that each of them is
 * needed. What the loader itself does is no entry. Entries beyond the table: verify_segments.c. */
#include <stdlib.h>

#include "sim/schedule/verify_entries.h"

typedef unsigned long long ull;

static void add(struct entries *e, uint32_t unit, uint64_t cycle)
{
    *VEC_PUSH(e, all) = (struct verify_event) {.time = cycle, .group = unit};
}

/* The j-th noc link of a chip: of the n units at the router where it begins, by number, the (j mod n)-th; of all units
 * of the chip where that router has none. */
static void find_links(struct entries *e)
{
    const struct sched_machine *m = e->v->m;
    uint32_t routers = m->chips * m->routers_per_chip;
    uint32_t *links = mem_alloc_array(m->chips, sizeof *links);     /* seen so far */
    uint32_t *units = mem_alloc_array(routers, sizeof *units);      /* how many stand there */
    uint32_t *first = mem_alloc_array(routers, sizeof *first);      /* the one with the lowest number */
    uint32_t *next = mem_alloc_array(m->n_endpoints, sizeof *next); /* of a unit: the next one there */
    for (uint32_t unit = e->v->n_units; unit-- > 0;) {
        uint32_t router = m->endpoints[sched_unit_endpoint(m, unit)].router;
        next[unit] = first[router];
        first[router] = unit;
        units[router]++;
    }
    e->link_unit = mem_alloc_array(m->n_links, sizeof *e->link_unit);
    for (size_t i = 0; i < m->n_links; i++) {
        if (m->links[i].type != LINK_NOC) {
            continue;
        }
        uint32_t router = m->links[i].from_node;
        uint32_t chip = router / m->routers_per_chip, j = links[chip]++;
        uint32_t unit = units[router] ? first[router] : chip * m->units_per_chip + j % m->units_per_chip;
        for (uint32_t k = units[router] ? j % units[router] : 0; k > 0; k--) {
            unit = next[unit];
        }
        e->link_unit[i] = unit;
    }
    free(links);
    free(units);
    free(first);
    free(next);
}

static void find_tables(struct entries *e)
{
    for (size_t i = 0; i < e->v->p->n_sram; i++) {
        const struct sched_sram *r = &e->v->p->sram[i];
        if (r->chunk == SCHED_CONTROL && !verify_is_segment(e->v, r)) {
            e->reserved[r->unit] += r->bytes;
            e->resident[r->unit] = e->resident[r->unit] || r->initial;
            e->boots = e->boots || !r->initial;
        }
    }
}

/* ---- who keeps which entry ---- */

/* Part of the fixed loader's 16 KiB per unit. */
static bool is_boot(const struct entries *e, const struct sched_transfer *t)
{
    return e->boots && t->class_of == CLASS_CONTROL && (uint64_t)t->offset + t->bytes <= SCHED_BOOT_BYTES;
}

static void add_hops(struct entries *e, const struct sched_transfer *t)
{
    const struct verify *v = e->v;
    for (uint32_t k = 0; k < t->n_hops; k++) {
        const struct sched_hop *h = verify_hop(v, t, k);
        uint32_t endpoint = v->link_endpoint[h->link];
        if (v->link_role[h->link] >= ROLE_CHIP && verify_is_switch(v, v->m->links[h->link].from_node)) {
            continue; /* kept in the switch */
        }
        if (v->link_role[h->link] == ROLE_CHIP) { /* the port that sends */
            endpoint = v->link_endpoint[verify_hop(v, t, h->parent)->link];
        }
        uint32_t unit = v->link_role[h->link] == ROLE_NOC ? e->link_unit[h->link] : v->m->endpoints[endpoint].host_unit;
        add(e, unit, h->start);
    }
}

static bool of_loader(const struct entries *e, const struct sched_dram_op *o)
{
    return o->transfer != SCHED_NONE && is_boot(e, &e->v->p->transfers[o->transfer]);
}

/* An ACT is the loader's when the columns of its row are: those from it to the set's next ACT. */
static bool act_of_loader(const struct entries *e, size_t act, size_t end)
{
    const struct verify *v = e->v;
    const struct sched_dram_op *a = &v->p->dram[act];
    bool boot = false;
    for (size_t i = act + 1; i < end; i++) {
        const struct sched_dram_op *o = &v->p->dram[i];
        if (o->command == DRAM_REF || o->set != a->set) {
            continue;
        }
        if (o->command == DRAM_ACT) {
            break;
        }
        if (!of_loader(e, o)) {
            return false;
        }
        boot = true;
    }
    return boot;
}

/* Commands [first, end) of a channel; up to `last_boot` (excluded) its loader may still be at work. */
static void add_channel(struct entries *e, size_t first, size_t end)
{
    const struct verify *v = e->v;
    uint32_t endpoint = sched_channel_endpoint(v->m, v->p->dram[first].channel);
    uint32_t unit = v->m->endpoints[endpoint].host_unit;
    size_t last_boot = first;
    for (size_t i = first; i < end; i++) {
        last_boot = of_loader(e, &v->p->dram[i]) ? i + 1 : last_boot;
    }
    for (size_t i = first; i < end; i++) {
        const struct sched_dram_op *o = &v->p->dram[i];
        bool loader = of_loader(e, o) || (o->command == DRAM_REF && i < last_boot) ||
                      (o->command == DRAM_ACT && i < last_boot && act_of_loader(e, i, end));
        if (!loader) {
            add(e, unit, o->cycle);
        }
    }
}

static void gather(struct entries *e)
{
    const struct verify *v = e->v;
    VEC_RESERVE(e, all, v->p->n_ops + v->p->n_hops + v->p->n_dram);
    for (size_t i = 0; i < v->p->n_ops; i++) {
        add(e, v->p->ops[i].unit, v->p->ops[i].start);
    }
    for (size_t i = 0; i < v->p->n_transfers; i++) {
        if (!v->broken[i] && !is_boot(e, &v->p->transfers[i])) {
            add_hops(e, &v->p->transfers[i]);
        }
    }
    for (size_t first = 0, end; first < v->p->n_dram; first = end) {
        for (end = first + 1; end < v->p->n_dram && v->p->dram[end].channel == v->p->dram[first].channel; end++) {
        }
        add_channel(e, first, end);
    }
    verify_sort(e->all, e->n_all);
}

/* ---- entries on their way ---- */

static void gather_arrivals(struct entries *e)
{
    struct verify *v = e->v;
    for (size_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        for (uint32_t k = 0; !v->broken[i] && t->class_of == CLASS_CONTROL && k < t->n_hops; k++) {
            uint32_t endpoint = verify_leaf(v, verify_hop(v, t, k), ENDPOINT_IS_UNIT);
            if (endpoint == SCHED_NONE) {
                continue;
            }
            uint32_t unit = v->m->endpoints[endpoint].host_unit;
            uint64_t room = e->reserved[unit] + verify_segment_bytes(e, unit);
            if ((uint64_t)t->offset + t->bytes > room) {
                verify_fail_unit(v, "schedule-room", unit,
                                 "transfer %zu brings entries to byte %llu of a table of %llu", i,
                                 (ull)t->offset + t->bytes, (ull)room);
            }
            *VEC_PUSH(e, arrivals) =
                (struct verify_event) {.time = t->offset, .group = unit, .index = t->first_hop + k};
        }
    }
    verify_sort(e->arrivals, e->n_arrivals);
}

/* One unit: its entries by time, the pieces of its table by offset. */
static void check_arrivals(struct entries *e, uint32_t unit, const struct verify_event *entry, size_t n,
                           const struct verify_event *piece, size_t n_pieces)
{
    struct verify *v = e->v;
    uint64_t reached = 0, need = e->reserved[unit];
    need = need < SCHED_BOOT_BYTES ? SCHED_BOOT_BYTES : need;
    for (size_t i = 0; i < n_pieces && reached < need && piece[i].time < need; i++) {
        const struct sched_transfer *t = &v->p->transfers[v->p->hops[piece[i].index].transfer];
        uint64_t there = v->hop_there[piece[i].index], to = (uint64_t)t->offset + t->bytes;
        if (t->offset > reached) {
            break;
        }
        size_t first = t->offset < SCHED_BOOT_BYTES ? 0 : t->offset / SCHED_ENTRY_BYTES;
        if (first < n && there > entry[first].time) {
            verify_fail_unit(v, "schedule-late", unit, "entry %zu is needed at %llu and arrives at %llu", first,
                             (ull)entry[first].time, (ull)there);
        }
        reached = to > reached ? to : reached;
    }
    if (reached < need) {
        verify_fail_unit(v, "schedule-missing", unit, "%llu B of its table have to come, %llu do", (ull)need,
                         (ull)reached);
    }
}

static void check_units(struct entries *e)
{
    size_t at = 0, piece = 0;
    for (uint32_t unit = 0; unit < e->v->n_units; unit++) {
        size_t first = at, first_piece = piece;
        while (at < e->n_all && e->all[at].group == unit) {
            at++;
        }
        while (piece < e->n_arrivals && e->arrivals[piece].group == unit) {
            piece++;
        }
        size_t in_table =
            verify_segments(e, unit, e->all + first, at - first, e->arrivals + first_piece, piece - first_piece);
        uint64_t bytes = in_table * SCHED_ENTRY_BYTES;
        if (bytes > e->reserved[unit]) {
            verify_fail_unit(e->v, "schedule-room", unit, "%zu entries take %llu B, its table has %llu", in_table,
                             (ull)bytes, (ull)e->reserved[unit]);
        }
        if (!e->resident[unit]) {
            check_arrivals(e, unit, e->all + first, in_table, e->arrivals + first_piece, piece - first_piece);
        }
    }
}

void verify_entries(struct verify *v)
{
    struct entries e = {
        .v = v,
        .reserved = mem_alloc_array(v->n_units, sizeof *e.reserved),
        .resident = mem_alloc_array(v->n_units, sizeof *e.resident),
    };
    find_links(&e);
    find_tables(&e);
    verify_find_segments(&e);
    gather(&e);
    gather_arrivals(&e);
    check_units(&e);
    free(e.reserved);
    free(e.resident);
    free(e.link_unit);
    free(e.all);
    free(e.arrivals);
    free(e.segments);
    free(e.segment_first);
    free(e.kept);
}
