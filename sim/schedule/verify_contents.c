/* SPDX-License-Identifier: Apache-2.0 */
/* verify_contents.c - what is in SRAM: pieces that arrive, results, and that nobody reads what is not there.
 *
 *     stay of a chunk   from |--- piece --- piece --- complete ==== op reads ==== sent on ---| to
 *
 * A stay begins empty (or whole, when the program before left it), is filled by arrivals or by the task
 * that computes the chunk, and must last until its last reader is done. */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

static const struct sched_sram *record_of(const struct verify *v, const struct verify_place *p)
{
    return &v->p->sram[p->record];
}

/* ---- filling: initial, computed ---- */

static void fill_initial(struct verify *v)
{
    for (size_t i = 0; i < v->n_places; i++) {
        if (record_of(v, &v->places[i])->initial) {
            v->places[i].produced = 0;
        }
    }
}

static void fill_output(struct verify *v, const struct sched_op *o, uint32_t chunk)
{
    if (v->s->chunks[chunk].bytes == 0) {
        return;
    }
    struct verify_place *p = verify_place_at(v, o->unit, chunk, o->start);
    if (!p || record_of(v, p)->to < o->finish) {
        verify_fail_unit(v, "sram-missing", o->unit, "task %u from %llu to %llu has no place for its chunk %u", o->task,
                         (ull)o->start, (ull)o->finish, chunk);
    } else if (o->finish < p->produced) {
        p->produced = o->finish;
    }
}

static void fill_outputs(struct verify *v)
{
    for (size_t i = 0; i < v->p->n_ops; i++) {
        const struct sched_op *o = &v->p->ops[i];
        const struct sched_task *t = &v->s->tasks[o->task];
        for (uint32_t k = 0; k < t->n_outputs; k++) {
            fill_output(v, o, t->first_output + k);
        }
    }
}

/* ---- filling: arrivals ---- */

static void arrive(struct verify *v, const struct sched_transfer *t, const struct sched_hop *h)
{
    uint32_t endpoint = verify_leaf(v, h, ENDPOINT_IS_UNIT);
    if (endpoint == SCHED_NONE) {
        return;
    }
    uint32_t unit = v->m->endpoints[endpoint].host_unit;
    uint64_t first = h->start + v->m->links[h->link].latency, usable = v->hop_there[h - v->p->hops];
    struct verify_place *p = verify_place_at(v, unit, t->chunk, first);
    if (!p || record_of(v, p)->to <= usable) {
        verify_fail_unit(v, "sram-missing", unit, "chunk %u, %u B at %u, arrive from %llu to %llu and have no place",
                         t->chunk, t->bytes, t->offset, (ull)first, (ull)usable);
        return;
    }
    *VEC_PUSH(v, arrivals) = (struct verify_arrival) {
        .usable = usable,
        .place = (uint32_t)(p - v->places),
        .offset = t->offset,
        .bytes = t->bytes,
    };
}

/* Arrivals by place and time, so that those of a place lie together. */
static void sort_arrivals(struct verify *v)
{
    size_t n = v->n_arrivals;
    struct verify_event *e = mem_alloc_array(n, sizeof *e);
    struct verify_arrival *sorted = mem_alloc_array(n, sizeof *sorted);
    for (uint32_t i = 0; i < n; i++) {
        e[i] = (struct verify_event) {.time = v->arrivals[i].usable, .group = v->arrivals[i].place, .index = i};
    }
    verify_sort(e, n);
    for (uint32_t i = 0; i < n; i++) {
        sorted[i] = v->arrivals[e[i].index];
        struct verify_place *p = &v->places[sorted[i].place];
        if (p->n++ == 0) {
            p->first = i;
        }
    }
    free(e);
    free(v->arrivals);
    v->arrivals = sorted;
    v->cap_arrivals = n;
}

static void fill_arrivals(struct verify *v)
{
    for (size_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        if (v->broken[i] || t->class_of != CLASS_DATA) {
            continue;
        }
        for (uint32_t h = 0; h < t->n_hops; h++) {
            arrive(v, t, verify_hop(v, t, h));
        }
    }
    sort_arrivals(v);
}

/* ---- when are bytes there? ---- */

struct gap {
    uint64_t begin, end;
};

struct gaps {
    VEC(struct gap, open);
};

static void close_gap(struct gaps *g, uint64_t begin, uint64_t end)
{
    for (size_t i = 0; i < g->n_open; i++) {
        struct gap x = g->open[i];
        if (end <= x.begin || begin >= x.end) {
            continue;
        }
        g->open[i] = (struct gap) {x.begin, begin};
        if (end < x.end) {
            *VEC_PUSH(g, open) = (struct gap) {end, x.end};
        }
        if (begin <= x.begin) {
            g->open[i--] = g->open[--g->n_open];
        }
    }
}

/* From when on all of [offset, offset + bytes) is in this stay. */
static uint64_t present_from(const struct verify *v, const struct verify_place *p, uint32_t offset, uint32_t bytes,
                             struct gaps *g)
{
    g->n_open = 0;
    *VEC_PUSH(g, open) = (struct gap) {offset, (uint64_t)offset + bytes};
    for (uint32_t i = 0; i < p->n; i++) {
        const struct verify_arrival *a = &v->arrivals[p->first + i];
        close_gap(g, a->offset, (uint64_t)a->offset + a->bytes);
        if (g->n_open == 0) {
            return a->usable < p->produced ? a->usable : p->produced;
        }
    }
    return p->produced;
}

static void complete_places(struct verify *v, struct gaps *g)
{
    for (size_t i = 0; i < v->n_places; i++) {
        struct verify_place *p = &v->places[i];
        p->complete = present_from(v, p, 0, v->s->chunks[record_of(v, p)->chunk].bytes, g);
    }
}

/* ---- reading: operations ---- */

static void check_dependence(struct verify *v, const struct sched_op *o, uint32_t chunk)
{
    uint32_t producer = v->s->chunks[chunk].producer;
    uint32_t index = producer == SCHED_NONE ? SCHED_NONE : v->op_of_task[producer];
    if (index == SCHED_NONE) {
        return;
    }
    const struct sched_op *x = &v->p->ops[index];
    bool same_chip = v->s->tasks[producer].chip == v->s->tasks[o->task].chip;
    uint64_t allowed = x->finish + (same_chip ? 0 : v->m->guard_cycles);
    if (o->start < allowed) {
        verify_fail_unit(v, "predecessor", o->unit, "task %u starts at %llu, task %u before it allows %llu", o->task,
                         (ull)o->start, producer, (ull)allowed);
    }
}

static void check_input(struct verify *v, const struct sched_op *o, uint32_t chunk)
{
    if (v->s->chunks[chunk].bytes == 0) {
        check_dependence(v, o, chunk);
        return;
    }
    const struct verify_place *p = verify_place_at(v, o->unit, chunk, o->start);
    if (!p || p->complete == VERIFY_NEVER) {
        verify_fail_unit(v, "input-missing", o->unit, "task %u starts at %llu, %s chunk %u is never there", o->task,
                         (ull)o->start, p ? "all of" : "a place of", chunk);
    } else if (p->complete > o->start) {
        verify_fail_unit(v, "input-late", o->unit, "task %u starts at %llu, chunk %u is there from %llu on", o->task,
                         (ull)o->start, chunk, (ull)p->complete);
    } else if (record_of(v, p)->to < o->finish) {
        verify_fail_unit(v, "sram-missing", o->unit, "task %u reads chunk %u until %llu, its place ends at %llu",
                         o->task, chunk, (ull)o->finish, (ull)record_of(v, p)->to);
    }
}

static void check_inputs(struct verify *v)
{
    for (size_t i = 0; i < v->p->n_ops; i++) {
        const struct sched_op *o = &v->p->ops[i];
        const struct sched_task *t = &v->s->tasks[o->task];
        for (uint32_t k = 0; k < t->n_inputs; k++) {
            check_input(v, o, v->s->inputs[t->first_input + k].chunk);
        }
    }
}

/* ---- reading: transfers that begin at a unit ---- */

static void check_source(struct verify *v, uint32_t transfer, struct gaps *g)
{
    const struct sched_transfer *t = &v->p->transfers[transfer];
    const struct sched_hop *root = verify_hop(v, t, 0);
    if (v->link_role[root->link] == ROLE_ADDER) {
        return; /* verify_sums */
    }
    const struct sched_endpoint *e = &v->m->endpoints[v->link_endpoint[root->link]];
    if (verify_kind(e) != ENDPOINT_IS_UNIT || !verify_carries_data(t)) {
        return;
    }
    if (t->class_of == CLASS_CONTROL) {
        verify_fail_unit(v, "source-missing", e->host_unit, "transfer %u: entries of schedule come from memory",
                         transfer);
        return;
    }
    const struct verify_place *p = verify_place_at(v, e->host_unit, t->chunk, root->start);
    uint64_t there = p ? present_from(v, p, t->offset, t->bytes, g) : VERIFY_NEVER, sent = root->start + t->flits;
    if (there == VERIFY_NEVER) {
        verify_fail_unit(v, "source-missing", e->host_unit, "transfer %u at %llu: %u B at %u of chunk %u are not here",
                         transfer, (ull)root->start, t->bytes, t->offset, t->chunk);
    } else if (there > root->start) {
        verify_fail_unit(v, "source-late", e->host_unit,
                         "transfer %u at %llu: its piece of chunk %u is here from %llu on", transfer, (ull)root->start,
                         t->chunk, (ull)there);
    } else if (record_of(v, p)->to < sent) {
        verify_fail_unit(v, "sram-missing", e->host_unit,
                         "transfer %u sends chunk %u until %llu, its place ends at %llu", transfer, t->chunk, (ull)sent,
                         (ull)record_of(v, p)->to);
    }
}

void verify_contents(struct verify *v)
{
    struct gaps g = {0};
    fill_initial(v);
    fill_outputs(v);
    fill_arrivals(v);
    complete_places(v, &g);
    check_inputs(v);
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        if (!v->broken[i]) {
            check_source(v, i, &g);
        }
    }
    free(g.open);
}
