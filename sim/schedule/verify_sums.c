/* SPDX-License-Identifier: Apache-2.0 */
/* verify_sums.c - sums in switches: each byte is made once, of partials that all stand in the switch.
 *
 *     partials   ~~line~~> there | ............ waits ............ |
 *     adders                     start >= each there  |== partial ==| sum leaves at the end + latency (verify_hops)
 *
 * A task of kind 2 is done by the transfers of its outputs that begin at adders, all of them in one switch. */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

/* What comes of a partial. */
struct standing {
    uint32_t node;  /* to this switch */
    uint32_t n;     /* transfers; it must be one ... */
    bool whole;     /* ... of all bytes ... */
    uint64_t there; /* ... that stand there from this cycle on */
};

struct sums {
    struct verify *v;
    struct standing *chunks;        /* partials */
    VEC(struct verify_event, made); /* pieces of sums: group: chunk, time: offset, index: transfer */
};

static void partial_comes(struct sums *x, const struct sched_transfer *t, const struct sched_hop *h, uint32_t node)
{
    struct standing *s = &x->chunks[t->chunk];
    s->node = node;
    s->n++;
    s->whole = t->offset == 0 && t->bytes == x->v->s->chunks[t->chunk].bytes;
    s->there = x->v->hop_there[h - x->v->p->hops];
}

static void find_partials(struct sums *x)
{
    const struct verify *v = x->v;
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        for (uint32_t k = 0; !v->broken[i] && k < t->n_hops; k++) {
            const struct sched_hop *h = verify_hop(v, t, k);
            uint32_t node = verify_partial_at(v, t, h);
            if (node != SCHED_NONE) {
                partial_comes(x, t, h, node);
            }
        }
    }
}

/* Are the partials of the task whole in the switch by the start of its adders? */
static void check_sum(struct sums *x, const struct sched_hop *root, uint32_t task, uint32_t node)
{
    struct verify *v = x->v;
    const struct sched_task *k = &v->s->tasks[task];
    const char *where = v->m->links[root->link].id;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t chunk = v->s->inputs[i].chunk;
        const struct standing *s = &x->chunks[chunk];
        if (s->node != node || s->n != 1 || !s->whole) {
            verify_fail(v, "sum-missing", where,
                        "transfer %u at %llu: partial %u of task %u does not come here, once, whole", root->transfer,
                        (ull)root->start, chunk, task);
        } else if (s->there > root->start) {
            verify_fail(v, "sum-early", where, "transfer %u at %llu: partial %u of task %u is here from %llu on",
                        root->transfer, (ull)root->start, chunk, task, (ull)s->there);
        }
    }
}

static void check_roots(struct sums *x)
{
    struct verify *v = x->v;
    for (uint32_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        const struct sched_hop *root = verify_hop(v, t, 0);
        if (v->broken[i] || v->link_role[root->link] != ROLE_ADDER) {
            continue;
        }
        uint32_t task = v->s->chunks[t->chunk].producer, node = v->m->links[root->link].from_node;
        check_sum(x, root, task, node);
        *VEC_PUSH(x, made) = (struct verify_event) {.time = t->offset, .group = t->chunk, .index = i};
        if (v->hop_end[t->first_hop] > v->sum_end[task]) {
            v->sum_end[task] = v->hop_end[t->first_hop];
        }
    }
}

/* Each byte of each sum in one piece. */
static void check_made(struct sums *x)
{
    struct verify *v = x->v;
    size_t at = 0;
    verify_sort(x->made, x->n_made);
    for (uint32_t c = 0; c < v->s->n_chunks; c++) {
        uint32_t task = v->s->chunks[c].producer;
        uint64_t reached = 0;
        bool once = true;
        for (; at < x->n_made && x->made[at].group == c; at++) {
            once = once && x->made[at].time == reached;
            reached += v->p->transfers[x->made[at].index].bytes;
        }
        bool sum = task != SCHED_NONE && v->s->tasks[task].kind == SCHED_IN_SWITCH;
        if (sum && !(once && reached == v->s->chunks[c].bytes)) {
            verify_fail(v, "task-once", "server", "task %u: %llu of %u B of chunk %u are made in switches%s", task,
                        (ull)reached, v->s->chunks[c].bytes, c, once ? "" : ", not each once");
        }
    }
}

void verify_sums(struct verify *v)
{
    struct sums x = {.v = v};
    x.chunks = mem_alloc_array(v->s->n_chunks, sizeof *x.chunks);
    find_partials(&x);
    check_roots(&x);
    check_made(&x);
    free(x.chunks);
    free(x.made);
}
