/* SPDX-License-Identifier: Apache-2.0 */
/* verify_outputs.c - every byte of every output gets into the memory of its chip; then, and not before,
 * the program is over. */
#include <stdlib.h>

#include "sim/schedule/verify.h"

typedef unsigned long long ull;

struct piece {
    uint64_t end; /* its write data are complete */
    uint32_t offset, bytes;
};

struct pieces {
    VEC(struct piece, all);
    VEC(struct verify_event, order); /* (chunk, offset) -> piece */
};

static void gather(const struct verify *v, struct pieces *p)
{
    for (size_t i = 0; i < v->p->n_transfers; i++) {
        const struct sched_transfer *t = &v->p->transfers[i];
        if (v->broken[i] || t->class_of != CLASS_DATA || !(v->s->chunks[t->chunk].flags & 2)) {
            continue;
        }
        for (uint32_t k = 0; k < t->n_hops; k++) {
            uint32_t channel = verify_leaf(v, verify_hop(v, t, k), ENDPOINT_IS_CHANNEL);
            const struct verify_stream *w = &v->writes[t->first_hop + k];
            if (channel == SCHED_NONE || v->m->endpoints[channel].chip != v->s->chunks[t->chunk].chip || !w->bursts) {
                continue;
            }
            *VEC_PUSH(p, order) =
                (struct verify_event) {.time = t->offset, .group = t->chunk, .index = (uint32_t)p->n_all};
            *VEC_PUSH(p, all) = (struct piece) {.end = w->end, .offset = t->offset, .bytes = t->bytes};
        }
    }
    verify_sort(p->order, p->n_order);
}

/* When the chunk is in memory; *at runs along the pieces. */
static uint64_t written(struct verify *v, const struct pieces *p, uint32_t chunk, size_t *at)
{
    uint64_t reached = 0, end = 0;
    for (; *at < p->n_order && p->order[*at].group <= chunk; (*at)++) {
        const struct piece *x = &p->all[p->order[*at].index];
        if (p->order[*at].group == chunk && x->offset <= reached) {
            uint64_t to = (uint64_t)x->offset + x->bytes;
            reached = to > reached ? to : reached;
            end = x->end > end ? x->end : end;
        }
    }
    if (reached < v->s->chunks[chunk].bytes) {
        char name[SCHED_NAME_MAX];
        uint32_t channel = v->s->chunks[chunk].chip * v->m->channels_per_chip;
        const char *where = v->n_channels ? sched_channel_name(name, v->m, channel) : "server";
        verify_fail(v, "output-missing", where, "output chunk %u is not in its chip's memory from byte %llu on", chunk,
                    (ull)reached);
    }
    return end;
}

static uint64_t finish_of(const struct verify *v, uint32_t task)
{
    uint32_t op = v->op_of_task[task];
    return op == SCHED_NONE ? 0 : v->p->ops[op].finish;
}

static void check_makespan(struct verify *v)
{
    struct pieces p = {0};
    gather(v, &p);
    uint64_t last = 0, finish = 0;
    size_t at = 0;
    bool any = false;
    for (uint32_t c = 0; c < v->s->n_chunks; c++) {
        const struct sched_chunk *x = &v->s->chunks[c];
        if (x->flags & 2) {
            uint64_t done = x->bytes ? written(v, &p, c, &at) : finish_of(v, x->producer);
            last = done > last ? done : last;
            any = true;
        }
    }
    for (size_t i = 0; i < v->p->n_ops; i++) {
        finish = v->p->ops[i].finish > finish ? v->p->ops[i].finish : finish;
    }
    last = any ? last : finish;
    if (last != v->p->makespan) {
        verify_fail(v, "makespan", "server", "the last output is complete at %llu, the makespan is %llu", (ull)last,
                    (ull)v->p->makespan);
    }
    free(p.all);
    free(p.order);
}

void verify_outputs(struct verify *v)
{
    check_makespan(v);
    for (size_t i = 0; i < v->p->n_ops; i++) {
        const struct sched_op *o = &v->p->ops[i];
        if (o->off > v->p->makespan) {
            verify_fail_unit(v, "after-end", o->unit, "task %u ends at %llu, the program at %llu", o->task, (ull)o->off,
                             (ull)v->p->makespan);
        }
    }
    for (size_t h = 0; h < v->p->n_hops; h++) {
        const struct sched_hop *x = &v->p->hops[h];
        if (v->hop_there[h] > v->p->makespan) {
            verify_fail(v, "after-end", v->m->links[x->link].id,
                        "transfer %u arrives at %llu, the program ends at %llu", x->transfer, (ull)v->hop_there[h],
                        (ull)v->p->makespan);
        }
    }
}
