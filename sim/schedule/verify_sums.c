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

/* What stands in switches. */
struct standing {
    uint32_t node;  /* SCHED_NONE: nothing yet */
    uint64_t whole; /* when its last piece is there */
    uint64_t bytes;
    bool twice; /* in two switches */
};

struct sums {
    struct verify *v;
    struct standing *chunks; /* partials */
    uint64_t *made;          /* per chunk: bytes that adders make */
};

static void partial_comes(struct sums *x, const struct sched_transfer *t, const struct sched_hop *h, uint32_t node)
{
    struct standing *s = &x->chunks[t->chunk];
    uint64_t there = x->v->hop_there[h - x->v->p->hops];
    s->twice |= s->node != SCHED_NONE && s->node != node;
    s->node = node;
    s->bytes += t->bytes;
    s->whole = there > s->whole ? there : s->whole;
}

static void find_partials(struct sums *x)
{
    const struct verify *v = x->v;
    for (size_t c = 0; c < v->s->n_chunks; c++) {
        x->chunks[c] = (struct standing) {.node = SCHED_NONE};
    }
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
        if (s->node != node || s->twice || s->bytes != v->s->chunks[chunk].bytes) {
            verify_fail(v, "sum-missing", where,
                        "transfer %u at %llu: partial %u of task %u is not here, once and whole", root->transfer,
                        (ull)root->start, chunk, task);
        } else if (s->whole > root->start) {
            verify_fail(v, "sum-early", where, "transfer %u at %llu: partial %u of task %u is here from %llu on",
                        root->transfer, (ull)root->start, chunk, task, (ull)s->whole);
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
        x->made[t->chunk] += t->bytes;
        if (v->hop_end[t->first_hop] > v->sum_end[task]) {
            v->sum_end[task] = v->hop_end[t->first_hop];
        }
    }
}

static void check_made(struct sums *x)
{
    struct verify *v = x->v;
    for (uint32_t c = 0; c < v->s->n_chunks; c++) {
        uint32_t task = v->s->chunks[c].producer;
        bool sum = task != SCHED_NONE && v->s->tasks[task].kind == SCHED_IN_SWITCH;
        if (sum && x->made[c] != v->s->chunks[c].bytes) {
            verify_fail(v, "task-once", "server", "task %u: %llu of %u B of chunk %u are made in switches", task,
                        (ull)x->made[c], v->s->chunks[c].bytes, c);
        }
    }
}

void verify_sums(struct verify *v)
{
    struct sums x = {.v = v};
    x.chunks = mem_alloc_array(v->s->n_chunks, sizeof *x.chunks);
    x.made = mem_alloc_array(v->s->n_chunks, sizeof *x.made);
    find_partials(&x);
    check_roots(&x);
    check_made(&x);
    free(x.chunks);
    free(x.made);
}
