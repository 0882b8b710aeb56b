/* SPDX-License-Identifier: Apache-2.0 */
/* plan_entries.c - by when which bytes of a unit's table of entries have to be here.
 *
 *     table    | boot: 16 KiB            | piece          | piece          | pi
 *     entry    0                         1024             ^ first of a piece
 *     milestone: slot of the piece's first entry --> all its bytes are here
 *
 * Entry i of a unit, in order of time, lies at byte 16 i: its operations, the hops and memory commands of the ports
 * that it hosts, the noc links of its router that fall to it (docs/formats/bps.md, "The schedule itself"). What arrives
 * together is needed by its first entry, so one milestone for each piece is as good as one for each entry. Segments
 * that come while the program runs: plan_segments.c. Pieces begin where transfers begin and end, and every max_burst
 * bytes, which also cuts what nobody brings. */
#include <stdlib.h>

#include "hw/chip/chip_plan.h"

struct slot_list {
    VEC(uint64_t, slots);
};

struct cut_list {
    VEC(uint32_t, bytes);
};

static struct unit_program *program_of(const struct plan_cut *c, uint32_t unit)
{
    uint32_t per_chip = c->plan->m->units_per_chip;
    return &c->plan->chips[unit / per_chip].units[unit % per_chip][c->program];
}

static bool by_loader(const struct plan_cut *c, uint32_t transfer)
{
    if (transfer >= c->p->n_transfers)
        return false;
    const struct sched_transfer *t = &c->p->transfers[transfer];
    return c->boots && t->class_of == CLASS_CONTROL && (uint64_t)t->offset + t->bytes <= SCHED_BOOT_BYTES;
}

/* ---- the slots at which a unit's entries act ---- */

/* Only tables of which something is loaded matter. */
static void add_entry(const struct plan_cut *c, struct slot_list *units, uint32_t unit, uint64_t slot)
{
    if (program_of(c, unit)->table_bytes > 0)
        *VEC_PUSH(&units[unit], slots) = slot;
}

static void add_hops(const struct plan_cut *c, struct slot_list *units)
{
    const struct server_plan *plan = c->plan;
    for (uint32_t i = 0; i < c->p->n_hops; i++) {
        const struct sched_hop *h = &c->p->hops[i];
        uint32_t link = h->link;
        bool of_switch = plan->role[link] >= ROLE_CHIP && plan->m->links[link].from_node >= plan->m->chips;
        if (by_loader(c, h->transfer) || of_switch)
            continue;
        if (plan->role[link] == ROLE_CHIP) /* kept where the port that sends keeps its own */
            link = c->p->hops[c->p->transfers[h->transfer].first_hop + h->parent].link;
        uint32_t unit = plan->role[link] == ROLE_NOC ? plan->m->links[link].host_unit
                                                     : plan->m->endpoints[plan->endpoint[link]].host_unit;
        add_entry(c, units, unit, h->start);
    }
}

/* Backwards through the commands of each channel, so that an ACT comes after the columns of its row. The loader's are
 * its RDs, ACTs of rows that only they read, and REFs as long as more of them follow. */
static void add_commands(const struct plan_cut *c, struct slot_list *units)
{
    const struct machine *m = c->plan->m;
    enum { NOBODY, LOADER, PROGRAM } *row = mem_alloc_array(m->dram.banks, sizeof *row);
    bool booting = false;
    for (size_t i = c->p->n_dram; i-- > 0;) {
        const struct sched_dram_op *o = &c->p->dram[i];
        if (i + 1 == c->p->n_dram || o->channel != c->p->dram[i + 1].channel) {
            booting = false;
            for (uint32_t set = 0; set < m->dram.banks; set++)
                row[set] = NOBODY;
        }
        bool loader = o->command == DRAM_REF ? booting : by_loader(c, o->transfer);
        if (o->command == DRAM_ACT) {
            loader = row[o->set] == LOADER;
            row[o->set] = NOBODY;
        } else if (o->command != DRAM_REF) {
            booting = booting || loader;
            row[o->set] = loader && row[o->set] != PROGRAM ? LOADER : PROGRAM;
        }
        uint32_t chip = o->channel / m->channels_per_chip;
        uint32_t port = machine_endpoint(m, chip, m->units_per_chip + o->channel % m->channels_per_chip);
        if (!loader)
            add_entry(c, units, m->endpoints[port].host_unit, o->cycle);
    }
    free(row);
}

/* ---- milestones ---- */

/* Least significant digit first. */
static void sort_slots(struct slot_list *l)
{
    enum { BITS = 11, DIGITS = 1 << BITS };
    uint64_t *from = l->slots, *to = mem_alloc_array(l->n_slots, sizeof *to), most = 0;
    for (size_t i = 0; i < l->n_slots; i++)
        most |= from[i];
    for (uint32_t shift = 0; shift < 64 && most >> shift > 0; shift += BITS) {
        size_t first[DIGITS + 1] = {0};
        for (size_t i = 0; i < l->n_slots; i++)
            first[(from[i] >> shift & (DIGITS - 1)) + 1]++;
        for (size_t d = 0; d < DIGITS; d++)
            first[d + 1] += first[d];
        for (size_t i = 0; i < l->n_slots; i++)
            to[first[from[i] >> shift & (DIGITS - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    l->slots = from;
    free(to);
}

static int compare_bytes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* First entries of pieces, as bytes of the table: sorted, the end included. */
static struct cut_list cuts_of(const struct plan_cut *c, const struct unit_program *u, uint32_t end)
{
    struct cut_list cuts = {0};
    *VEC_PUSH(&cuts, bytes) = 0;
    *VEC_PUSH(&cuts, bytes) = end;
    for (uint64_t at = SCHED_BOOT_BYTES; at < end; at += c->plan->m->max_burst)
        *VEC_PUSH(&cuts, bytes) = (uint32_t)at / SCHED_ENTRY_BYTES * SCHED_ENTRY_BYTES;
    for (size_t i = 0; i < u->n_arrivals; i++) {
        const struct unit_arrival *a = &u->arrivals[i];
        const struct sched_transfer *t = &c->p->transfers[a->transfer];
        uint64_t ends[] = {t->offset, (uint64_t)t->offset + t->bytes};
        for (uint32_t k = 0; k < 2 && a->chunk == BURST_CONTROL; k++)
            if (ends[k] > SCHED_BOOT_BYTES && ends[k] < end)
                *VEC_PUSH(&cuts, bytes) = (uint32_t)ends[k] / SCHED_ENTRY_BYTES * SCHED_ENTRY_BYTES;
    }
    qsort(cuts.bytes, cuts.n_bytes, sizeof *cuts.bytes, compare_bytes);
    return cuts;
}

/* The first n entries, which lie in what is loaded as a whole. */
static void add_milestones(const struct plan_cut *c, struct unit_program *u, const struct slot_list *entries, size_t n)
{
    uint64_t need = (uint64_t)n * SCHED_ENTRY_BYTES;
    if (need == 0 || need >= UINT32_MAX || u->boot_bytes == 0) /* no table is that long: the SRAM limits it */
        return;
    struct cut_list cuts = cuts_of(c, u, need > SCHED_BOOT_BYTES ? (uint32_t)need : SCHED_BOOT_BYTES);
    for (size_t i = 0; i + 1 < cuts.n_bytes; i++) {
        uint32_t from = cuts.bytes[i], to = cuts.bytes[i + 1];
        if (from < to)
            *VEC_PUSH(u, milestones) = (struct unit_milestone) {
                .slot = entries->slots[from / SCHED_ENTRY_BYTES], .offset = from, .bytes = to - from};
    }
    free(cuts.bytes);
}

void plan_cut_entries(struct plan_cut *c)
{
    uint32_t n = c->plan->m->chips * c->plan->m->units_per_chip;
    bool loaded = false;
    for (uint32_t unit = 0; unit < n && !loaded; unit++)
        loaded = program_of(c, unit)->table_bytes > 0;
    if (!loaded)
        return;
    struct slot_list *units = mem_alloc_array(n, sizeof *units);
    for (size_t i = 0; i < c->p->n_ops; i++)
        add_entry(c, units, c->p->ops[i].unit, c->p->ops[i].start);
    add_hops(c, units);
    add_commands(c, units);
    struct table_segments segments;
    plan_find_segments(c, &segments);
    for (uint32_t unit = 0; unit < n; unit++) {
        struct slot_list *l = &units[unit];
        if (l->n_slots > 0)
            sort_slots(l);
        add_milestones(c, program_of(c, unit), l, plan_in_table(&segments, unit, l->n_slots));
        plan_cut_segments(c, &segments, unit, program_of(c, unit), l->slots, l->n_slots);
        free(l->slots);
    }
    plan_free_segments(&segments);
    free(units);
}
