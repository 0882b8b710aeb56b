/* SPDX-License-Identifier: Apache-2.0 */
/* plan_hbm.c - DRAM commands to channels. */
#include <stdlib.h>

#include "hw/chip/chip_plan.h"

static struct hbm_program *channel_program(const struct plan_cut *c, uint32_t channel)
{
    uint32_t per_chip = c->plan->m->channels_per_chip;
    return &c->plan->chips[channel / per_chip].channels[channel % per_chip][c->program];
}

static uint32_t channel_endpoint(const struct machine *m, uint32_t channel)
{
    return machine_endpoint(m, channel / m->channels_per_chip, m->units_per_chip + channel % m->channels_per_chip);
}

/* Which piece of the port a run of columns moves. */
static uint32_t piece_of(const struct plan_cut *c, const struct sched_dram_op *o)
{
    const struct machine *m = c->plan->m;
    const struct endpoint *e = &m->endpoints[channel_endpoint(m, o->channel)];
    if (o->transfer >= c->p->n_transfers)
        return HBM_NOBODY;
    const struct sched_transfer *t = &c->p->transfers[o->transfer];
    if (o->command == DRAM_RD)
        return c->p->hops[t->first_hop].link == e->inject ? c->read[o->transfer] : HBM_NOBODY;
    for (uint32_t h = t->first_hop; h < t->first_hop + t->n_hops; h++)
        if (c->p->hops[h].link == e->eject)
            return c->arrival[h];
    return HBM_NOBODY;
}

static struct hbm_entry entry_of(const struct plan_cut *c, uint32_t number)
{
    const struct sched_dram_op *o = &c->p->dram[number];
    static const uint32_t commands[DRAM_COMMANDS] = {
        [DRAM_ACT] = HBM_ACT, [DRAM_RD] = HBM_RD, [DRAM_WR] = HBM_WR, [DRAM_REF] = HBM_REF};
    struct hbm_entry e = {.cycle = o->cycle,
                          .command = commands[o->command],
                          .set = o->set,
                          .row = o->row,
                          .column = o->column,
                          .count = o->count,
                          .piece = HBM_NOBODY,
                          .number = number,
                          .first = true};
    if (o->command == DRAM_ACT) {
        e.column = 0;
        e.count = c->plan->m->dram.interleave;
    } else if (o->command != DRAM_REF) {
        e.piece = piece_of(c, o);
    }
    return e;
}

/* The members of a set are activated rrd_s apart. When another row command falls between them, they are told one
 * by one, so that the banks see all commands in the order of time. */
static bool row_command_between(const struct plan_cut *c, size_t i)
{
    const struct sched_program *p = c->p;
    uint64_t last = p->dram[i].cycle + (uint64_t)(c->plan->m->dram.interleave - 1) * c->plan->m->dram.rrd_s;
    for (size_t k = i + 1; k < p->n_dram && p->dram[k].channel == p->dram[i].channel && p->dram[k].cycle <= last; k++)
        if (p->dram[k].command == DRAM_ACT || p->dram[k].command == DRAM_REF)
            return true;
    return false;
}

static int by_cycle(const void *a, const void *b)
{
    const struct hbm_entry *x = a, *y = b;
    if (x->cycle != y->cycle)
        return x->cycle < y->cycle ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static void add_entry(struct plan_cut *c, struct hbm_program *h, uint32_t number, bool split)
{
    struct hbm_entry e = entry_of(c, number);
    uint32_t parts = split ? e.count : 1;
    for (uint32_t j = 0; j < parts; j++) {
        struct hbm_entry *x = VEC_PUSH(h, entries);
        *x = e;
        if (split) {
            x->cycle += (uint64_t)j * c->plan->m->dram.rrd_s;
            x->column = j;
            x->count = 1;
            x->first = j == 0;
        }
    }
}

/* The first run of each piece that is read, or written. */
static const struct hbm_entry **first_runs(const struct hbm_program *h, uint32_t command, size_t n)
{
    const struct hbm_entry **first = mem_alloc_array(n, sizeof *first);
    for (size_t i = 0; i < h->n_entries; i++) {
        const struct hbm_entry *e = &h->entries[i];
        if (e->command == command && e->piece < n && !first[e->piece])
            first[e->piece] = e;
    }
    return first;
}

static bool one_place(const struct hbm_entry *a, const struct hbm_entry *b)
{
    return a && b && a->set == b->set && a->row == b->row && a->column == b->column;
}

/* Of the writes to the place of a read, the last one before it, else the first one: entries are in order of time. */
static bool rather(const struct hbm_entry *write, const struct hbm_entry *best, const struct hbm_entry *read)
{
    return !best || (write < read && (best > read || write > best)) || (write > read && write < best && best > read);
}

/* A write, by the piece that it stores. */
struct stored {
    uint32_t chunk, offset, number;
};

static int by_piece(const void *a, const void *b)
{
    const struct stored *x = a, *y = b;
    if (x->chunk != y->chunk)
        return x->chunk < y->chunk ? -1 : 1;
    if (x->offset != y->offset)
        return x->offset < y->offset ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static struct stored *sorted_writes(const struct hbm_program *h)
{
    struct stored *all = mem_alloc_array(h->n_writes, sizeof *all);
    for (uint32_t i = 0; i < h->n_writes; i++)
        all[i] = (struct stored) {h->writes[i].chunk, h->writes[i].offset, i};
    if (h->n_writes > 0)
        qsort(all, h->n_writes, sizeof *all, by_piece);
    return all;
}

/* The first write of the piece, or what would come behind it. */
static size_t first_write(const struct stored *all, size_t n, const struct hbm_read *r)
{
    const struct stored wanted = {r->chunk, r->offset, 0};
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (by_piece(&all[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Spilled pieces: a read of what a task computed finds the write that stored it there. */
static void find_written(struct plan_cut *c, struct hbm_program *h)
{
    struct stored *stored = sorted_writes(h);
    const struct hbm_entry **reads = first_runs(h, HBM_RD, h->n_reads), **writes = first_runs(h, HBM_WR, h->n_writes);
    for (size_t i = 0; i < h->n_reads; i++) {
        struct hbm_read *r = &h->reads[i];
        if (r->chunk >= c->plan->s->n_chunks || c->plan->s->chunks[r->chunk].producer == SCHED_NONE)
            continue;
        for (size_t k = first_write(stored, h->n_writes, r); k < h->n_writes; k++) {
            const struct hbm_entry *best = r->written == HBM_NOBODY ? NULL : writes[r->written];
            const struct hbm_entry *write = writes[stored[k].number];
            if (stored[k].chunk != r->chunk || stored[k].offset != r->offset)
                break;
            if (one_place(write, reads[i]) && rather(write, best, reads[i]))
                r->written = stored[k].number;
        }
        if (r->written == HBM_NOBODY)
            plan_fail(c, "transfer %u reads chunk %u, which nobody writes there", r->transfer, r->chunk);
    }
    free(stored);
    free(reads);
    free(writes);
}

void plan_cut_dram(struct plan_cut *c)
{
    const struct machine *m = c->plan->m;
    bool split = false;
    for (uint32_t i = 0; i < c->p->n_dram; i++) {
        const struct sched_dram_op *o = &c->p->dram[i];
        bool part = o->command == DRAM_ACT && row_command_between(c, i);
        split = split || part;
        add_entry(c, channel_program(c, o->channel), i, part);
    }
    for (uint32_t channel = 0; channel < m->chips * m->channels_per_chip; channel++) {
        struct hbm_program *h = channel_program(c, channel);
        if (split && h->n_entries > 0)
            qsort(h->entries, h->n_entries, sizeof *h->entries, by_cycle);
        find_written(c, h);
        h->tensor_c = c->plan->tensor_c;
    }
}
