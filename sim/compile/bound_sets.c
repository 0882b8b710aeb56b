/* SPDX-License-Identifier: Apache-2.0 */
/* bound_sets.c - heads and tails from sets of tasks that share a unit, however far they are, and of chunks that share a
 * chip link.
 *
 *     unit u:  a1   a2 a3          all before v; the last of them ends at or after
 *                \    | \          smallest head + all their work, and v begins the shortest
 *                 ...---- v        way later that any of them has to v
 *
 * For each v and resource, the jobs before v are taken by falling distance to it: every prefix is such a set. Tails
 * likewise from what comes after v. */
#include <stdlib.h>

#include "sim/base/max.h"
#include "sim/compile/bound_state.h"

#define STEPS 32u /* distances are told apart by so many steps */

/* Jobs of one resource, a unit or a chip link, at one distance. */
struct heap_of_work {
    uint64_t work, near, end; /* sum, in ticks of the resource; smallest distance; smallest head (tail) */
};

struct reaching {
    struct bounding *b;
    bool forward;               /* to what comes after: for tails */
    uint64_t *way;              /* per input of a task, or reader of a chunk: cycles between finish and start */
    uint64_t *lag;              /* per task: from its finish to v's start, or from v's finish to its start */
    uint32_t *stamp;            /* per task: 1 + v when it is reached */
    uint64_t *passage_lag;      /* per passage: from its last tick to v's start, or from v's finish to its first tick */
    uint32_t *passage_stamp;    /* likewise */
    uint64_t *passage_end;      /* per passage: its head (tail), once it is known */
    struct heap_of_work *heaps; /* resources x STEPS: units, then chip links that are passed */
    VEC(uint32_t, used);        /* resources with heaps; those of the others are empty */
    bool *in_use;               /* per resource */
    VEC(uint32_t, reached);
    VEC(uint32_t, passages); /* that are reached */
    uint64_t farthest;
};

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void reach(struct reaching *x, uint32_t v, uint32_t task, uint64_t lag)
{
    if (x->stamp[task] != v + 1) {
        x->stamp[task] = v + 1;
        x->lag[task] = 0;
    }
    x->lag[task] = max64(x->lag[task], lag);
}

static void reach_passage(struct reaching *x, uint32_t v, uint32_t passage, uint64_t lag)
{
    if (x->passage_stamp[passage] != v + 1) {
        x->passage_stamp[passage] = v + 1;
        x->passage_lag[passage] = 0;
        *VEC_PUSH(x, passages) = passage;
    }
    x->passage_lag[passage] = max64(x->passage_lag[passage], lag);
    x->farthest = max64(x->farthest, lag);
}

/* The neighbours of a task that is reached, `after` cycles from where v is. */
static void reach_neighbours(struct reaching *x, uint32_t v, uint32_t task, uint64_t after)
{
    const struct layout *l = x->b->r->l;
    const struct passages *p = &x->b->passages;
    const struct task *k = &l->t->tasks[task];
    if (!x->forward) {
        for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
            uint32_t producer = l->t->chunks[l->t->inputs[i].chunk].producer, copy = l->input_copy[i];
            if (producer != TASK_NONE) {
                reach(x, v, producer, after + x->way[i]);
            }
            for (uint32_t e = copy == LAYOUT_NONE ? 0 : p->end_first[copy];
                 copy != LAYOUT_NONE && e < p->end_first[copy + 1]; e++) {
                reach_passage(x, v, p->ends[e].passage, after + p->ends[e].after);
            }
        }
        return;
    }
    for (uint32_t i = p->chunk_first[k->first_output]; i < p->chunk_first[k->first_output + k->n_outputs]; i++) {
        if (p->all[i].n_copies > 0) {
            reach_passage(x, v, i, after + p->all[i].before);
        }
    }
    for (uint32_t i = l->input_first[k->first_output]; i < l->input_first[k->first_output + k->n_outputs]; i++) {
        reach(x, v, l->input_task[i], after + x->way[i]);
    }
}

/* Tasks are numbered in topological order: from v on in one direction each is complete when its turn comes. */
static void reach_all(struct reaching *x, uint32_t v)
{
    uint32_t n = (uint32_t)x->b->r->l->t->n_tasks;
    x->n_reached = 0;
    x->n_passages = 0;
    x->farthest = 0;
    reach_neighbours(x, v, v, 0);
    for (uint32_t i = 1; i <= (x->forward ? n - 1 - v : v); i++) {
        uint32_t task = x->forward ? v + i : v - i;
        if (x->stamp[task] == v + 1) {
            *VEC_PUSH(x, reached) = task;
            x->farthest = max64(x->farthest, x->lag[task]);
            reach_neighbours(x, v, task, x->lag[task] + bounding_work(x->b, task));
        }
    }
}

static void pile(struct reaching *x, uint32_t resource, uint64_t lag, uint64_t work, uint64_t end)
{
    uint64_t step = lag * (STEPS - 1) / (x->farthest ? x->farthest : 1);
    struct heap_of_work *h = &x->heaps[(size_t)resource * STEPS + step];
    if (!x->in_use[resource]) {
        x->in_use[resource] = true;
        *VEC_PUSH(x, used) = resource;
    }
    h->work += work;
    h->near = min64(h->near, lag);
    h->end = min64(h->end, end);
}

static size_t resources(const struct bounding *b)
{
    return b->r->l->units + b->passages.n_lines;
}

static void pile_up(struct reaching *x)
{
    const struct bounding *b = x->b;
    const struct layout *l = b->r->l;
    for (size_t i = 0; i < x->n_reached; i++) {
        uint32_t task = x->reached[i];
        pile(x, l->unit_of[task], x->lag[task], bounding_work(b, task), x->forward ? b->tail[task] : b->head[task]);
    }
    for (size_t i = 0; i < x->n_passages; i++) {
        uint32_t passage = x->passages[i];
        const struct passage *p = &b->passages.all[passage];
        pile(x, l->units + p->line, x->passage_lag[passage], p->ticks, x->passage_end[passage]);
    }
}

static void empty_heaps(struct reaching *x, uint32_t resource)
{
    for (uint32_t step = 0; step < STEPS; step++) {
        x->heaps[(size_t)resource * STEPS + step] = (struct heap_of_work) {0, UINT64_MAX, UINT64_MAX};
    }
    x->in_use[resource] = false;
}

/* What the best set of all resources says; leaves their heaps empty. */
static uint64_t best_set(struct reaching *x)
{
    const struct layout *l = x->b->r->l;
    uint64_t best = 0;
    for (size_t i = 0; i < x->n_used; i++) {
        uint32_t u = x->used[i];
        uint64_t ticks = u < l->units ? 1 : l->m->links[x->b->passages.lines[u - l->units]].rate.num;
        struct heap_of_work sum = {0, UINT64_MAX, UINT64_MAX};
        for (uint32_t step = STEPS; step-- > 0;) {
            const struct heap_of_work *h = &x->heaps[(size_t)u * STEPS + step];
            if (h->work > 0) {
                sum = (struct heap_of_work) {sum.work + h->work, min64(sum.near, h->near), min64(sum.end, h->end)};
                best = max64(best, sum.work / ticks + sum.near + sum.end);
            }
        }
        empty_heaps(x, u);
    }
    x->n_used = 0;
    return best;
}

/* Of the passages of what v makes: heads when v's is known, tails when those of all readers are. */
static void end_passages(struct reaching *x, uint32_t v)
{
    const struct bounding *b = x->b;
    const struct task *k = &b->r->l->t->tasks[v];
    for (uint32_t i = b->passages.chunk_first[k->first_output];
         i < b->passages.chunk_first[k->first_output + k->n_outputs]; i++) {
        x->passage_end[i] = x->forward ? bounding_passage_tail(b, i) : bounding_passage_head(b, &b->passages.all[i]);
    }
}

/* With one neighbour in a chip all that is before (after) v is before that, and has been counted there. */
static bool has_several(const struct reaching *x, uint32_t v)
{
    const struct layout *l = x->b->r->l;
    const struct task *k = &l->t->tasks[v];
    uint32_t one = TASK_NONE, other = TASK_NONE;
    for (uint32_t i = k->first_input; !x->forward && i < k->first_input + k->n_inputs; i++) {
        other = l->t->chunks[l->t->inputs[i].chunk].producer;
        if (other != TASK_NONE && ((one != TASK_NONE && one != other) || l->t->tasks[other].chip != k->chip)) {
            return true;
        }
        one = other != TASK_NONE ? other : one;
    }
    uint32_t first = l->input_first[k->first_output], end = l->input_first[k->first_output + k->n_outputs];
    for (uint32_t i = first; x->forward && i < end; i++) {
        other = l->input_task[i];
        if ((one != TASK_NONE && one != other) || l->t->tasks[other].chip != k->chip) {
            return true;
        }
        one = other;
    }
    return false;
}

static void strengthen(struct reaching *x)
{
    struct bounding *b = x->b;
    const struct layout *l = b->r->l;
    uint32_t n = (uint32_t)l->t->n_tasks;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = x->forward ? n - 1 - i : i;
        /* what the neighbours have gained is handed on first */
        uint64_t *end = x->forward ? &b->tail[v] : &b->head[v];
        *end = max64(*end, x->forward ? bounding_tail(b, v) : bounding_head(b, v));
        if (x->forward) {
            end_passages(x, v);
        }
        if (has_several(x, v)) {
            reach_all(x, v);
            pile_up(x);
            *end = max64(*end, best_set(x));
        }
        if (!x->forward) {
            end_passages(x, v);
        }
    }
}

void bounding_sets(struct bounding *b)
{
    const struct layout *l = b->r->l;
    struct reaching x = {.b = b};
    x.way = mem_alloc_array(l->t->n_inputs, sizeof *x.way);
    x.lag = mem_alloc_array(l->t->n_tasks, sizeof *x.lag);
    x.stamp = mem_alloc_array(l->t->n_tasks, sizeof *x.stamp);
    x.passage_lag = mem_alloc_array(b->passages.n_all, sizeof *x.passage_lag);
    x.passage_stamp = mem_alloc_array(b->passages.n_all, sizeof *x.passage_stamp);
    x.passage_end = mem_alloc_array(b->passages.n_all, sizeof *x.passage_end);
    x.heaps = mem_alloc_array(resources(b) * STEPS, sizeof *x.heaps);
    x.in_use = mem_alloc_array(resources(b), sizeof *x.in_use);
    for (uint32_t u = 0; u < resources(b); u++) {
        empty_heaps(&x, u);
    }
    for (uint32_t task = 0; task < l->t->n_tasks; task++) {
        const struct task *k = &l->t->tasks[task];
        for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
            const struct chunk *c = &l->t->chunks[l->t->inputs[i].chunk];
            x.way[i] = c->producer == TASK_NONE ? 0 : bounding_way(l, c->producer, task, c->bytes);
        }
    }
    strengthen(&x);
    x.forward = true;
    for (size_t i = 0; i < l->t->n_tasks; i++) {
        x.stamp[i] = 0;
    }
    for (size_t i = 0; i < b->passages.n_all; i++) {
        x.passage_stamp[i] = 0;
    }
    for (uint32_t c = 0; c < l->t->n_chunks; c++) {
        uint32_t producer = l->t->chunks[c].producer;
        for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
            x.way[i] = producer == TASK_NONE ? 0 : bounding_way(l, producer, l->input_task[i], l->t->chunks[c].bytes);
        }
    }
    strengthen(&x);
    free(x.way);
    free(x.lag);
    free(x.stamp);
    free(x.passage_lag);
    free(x.passage_stamp);
    free(x.passage_end);
    free(x.passages);
    free(x.heaps);
    free(x.used);
    free(x.in_use);
    free(x.reached);
}
