/* SPDX-License-Identifier: Apache-2.0 */
/* verify_dram_data.c - what lies where in memory: who reads a burst finds what he wants there.
 *
 * A burst is a place (channel, set, row, column). Nobody writes down who lives there: the first to read a
 * place that the program has not written finds a source (weight, input, entries), which then lives there
 * for all programs and is never overwritten. Anything else must have been written before, in the same
 * program; an output is not overwritten by anything else. */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

/* One RD or WR run and the bytes it moves. */
struct access {
    uint32_t op, program;
    uint32_t offset; /* of its first byte, in its chunk or table */
    uint32_t bytes;
    uint64_t id; /* chunk, or 2^32 + unit for a table of entries */
};

struct cell {
    uint64_t id;
    uint32_t offset, bytes;
    uint32_t row_number; /* the row for which the rest is valid, + 1 */
    uint32_t program;    /* that wrote or read it last */
    bool source, written, was_read;
    uint64_t touched; /* cycle of the last command */
};

struct data {
    struct verify *v;
    VEC(struct access, all);
    VEC(struct verify_event, order); /* group: channel, time: set and row -> access */
    struct cell *cells;
    uint32_t row_number;
};

/* ---- who moves what ---- */

static uint64_t id_of(const struct verify *v, const struct sched_transfer *t)
{
    if (t->class_of == CLASS_DATA) {
        return t->chunk;
    }
    for (uint32_t k = 0; k < t->n_hops; k++) { /* entries: whose, of which unit */
        uint32_t endpoint = verify_leaf(v, verify_hop(v, t, k), ENDPOINT_IS_UNIT);
        if (endpoint != SCHED_NONE) {
            return ((uint64_t)(v->program + 1) << 32) + v->m->endpoints[endpoint].host_unit;
        }
    }
    return UINT64_MAX;
}

/* Runs of a transfer follow each other in time; `done` counts the bursts before this one. */
static void gather_run(struct data *d, uint32_t op, uint32_t *done)
{
    const struct verify *v = d->v;
    const struct sched_dram_op *o = &v->p->dram[op];
    const struct sched_transfer *t = &v->p->transfers[o->transfer];
    uint64_t skip = (uint64_t)*done * v->m->dram.burst_bytes, bytes = (uint64_t)o->count * v->m->dram.burst_bytes;
    *done += o->count;
    if (skip >= t->bytes) {
        return;
    }
    bytes = bytes < t->bytes - skip ? bytes : t->bytes - skip;
    *VEC_PUSH(d, order) = (struct verify_event) {
        .time = (uint64_t)o->set << 32 | o->row,
        .group = o->channel,
        .index = (uint32_t)d->n_all,
    };
    *VEC_PUSH(d, all) = (struct access) {
        .op = op,
        .program = v->program,
        .offset = (uint32_t)(t->offset + skip),
        .bytes = (uint32_t)bytes,
        .id = id_of(v, t),
    };
}

static void gather_program(struct data *d)
{
    const struct sched_program *p = d->v->p;
    uint32_t *reads = mem_alloc_array(p->n_transfers, sizeof *reads);
    uint32_t *writes = mem_alloc_array(p->n_transfers, sizeof *writes);
    uint32_t *channel = mem_alloc_array(p->n_transfers, sizeof *channel); /* of the writes counted, + 1 */
    for (uint32_t i = 0; i < p->n_dram; i++) {
        const struct sched_dram_op *o = &p->dram[i];
        if (o->command == DRAM_RD) {
            gather_run(d, i, &reads[o->transfer]);
        } else if (o->command == DRAM_WR) {
            if (channel[o->transfer] != o->channel + 1) { /* channel by channel, as the runs are sorted */
                channel[o->transfer] = o->channel + 1;
                writes[o->transfer] = 0;
            }
            gather_run(d, i, &writes[o->transfer]);
        }
    }
    free(reads);
    free(writes);
    free(channel);
}

/* ---- one burst ---- */

static const char *read_fault(const struct data *d, const struct access *a, const struct cell *c)
{
    const struct sched_chunk *chunk = a->id < d->v->s->n_chunks ? &d->v->s->chunks[a->id] : NULL;
    bool same = c->id == a->id && c->offset == a->offset && c->bytes >= a->bytes;
    if (c->written && c->program == a->program) {
        return same ? NULL : "reads what is not there: something else was written";
    }
    if (chunk && chunk->producer != SCHED_NONE) {
        return "reads what nobody wrote before";
    }
    if (c->written) {
        return "reads a source that another program overwrites";
    }
    if (c->source) {
        return c->id == a->id && c->offset == a->offset ? NULL : "reads a source where another one lies";
    }
    uint32_t chip = d->v->p->dram[a->op].channel / d->v->m->channels_per_chip;
    return chunk && chunk->chip != chip ? "reads a source that lies in another chip's memory" : NULL;
}

static const char *write_fault(const struct data *d, const struct access *a, const struct cell *c)
{
    bool output =
        c->written && c->program == a->program && c->id < d->v->s->n_chunks && d->v->s->chunks[c->id].flags & 2;
    if (c->source) {
        return "overwrites a source";
    }
    return output && (c->id != a->id || c->offset != a->offset) ? "overwrites an output" : NULL;
}

static const char *touch(struct data *d, struct cell *c, const struct access *a, bool write, uint64_t cycle)
{
    if (c->row_number != d->row_number) {
        *c = (struct cell) {.row_number = d->row_number};
    }
    bool same_program = c->program == a->program && (c->written || c->was_read);
    if (same_program && cycle < c->touched && (write || c->written)) {
        return "touches a burst that a run begun earlier, one of them a write, touches later";
    }
    const char *fault = write ? write_fault(d, a, c) : read_fault(d, a, c);
    if (fault) {
        return fault;
    }
    if (write) {
        *c = (struct cell) {.id = a->id, .offset = a->offset, .bytes = a->bytes, .row_number = d->row_number};
        c->written = true;
    } else if (!c->written) {
        c->source = true;
        c->id = a->id;
        c->offset = a->offset;
    }
    c->was_read = c->was_read || !write;
    c->program = a->program;
    c->touched = cycle;
    return NULL;
}

/* ---- a run, burst by burst ---- */

static void replay(struct data *d, const struct access *run)
{
    struct verify *v = d->v;
    v->program = run->program;
    v->p = &v->s->programs[run->program];
    const struct dram_timing *m = &v->m->dram;
    const struct sched_dram_op *o = &v->p->dram[run->op];
    struct exact_time step = exact_duration(m->rate, m->burst_bytes), at = {o->cycle, 0};
    struct access one = *run;
    for (uint32_t q = 0; q < o->count && q * m->burst_bytes < run->bytes; q++) {
        one.offset = run->offset + q * m->burst_bytes;
        one.bytes = run->bytes - q * m->burst_bytes;
        one.bytes = one.bytes < m->burst_bytes ? one.bytes : m->burst_bytes;
        const char *fault = touch(d, &d->cells[o->column + q], &one, o->command == DRAM_WR, at.cycle);
        if (fault) {
            char name[SCHED_NAME_MAX];
            verify_fail(v, "dram-data", sched_channel_name(name, v->m, o->channel),
                        "the run at %llu, set %u row %u column %u, of transfer %u %s", (ull)o->cycle, o->set, o->row,
                        o->column + q, o->transfer, fault);
            return;
        }
        at = exact_add(at, step, m->rate.num);
    }
}

void verify_dram_data(struct verify *v)
{
    if (v->n_channels == 0) {
        return;
    }
    struct data d = {.v = v};
    d.cells =
        mem_alloc_array((size_t)v->m->dram.row_bytes / v->m->dram.burst_bytes * v->m->dram.interleave, sizeof *d.cells);
    for (v->program = 0; v->program < v->s->n_programs; v->program++) {
        v->p = &v->s->programs[v->program];
        gather_program(&d);
    }
    verify_sort(d.order, d.n_order);
    for (size_t i = 0; i < d.n_order; i++) {
        if (i == 0 || d.order[i].group != d.order[i - 1].group || d.order[i].time != d.order[i - 1].time) {
            d.row_number++;
        }
        replay(&d, &d.all[d.order[i].index]);
    }
    free(d.all);
    free(d.order);
    free(d.cells);
    v->p = NULL;
}
