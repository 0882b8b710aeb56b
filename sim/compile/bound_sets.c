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
#include <string.h>

#include "sim/base/max.h"
#include "sim/compile/bound_state.h"

#define STEPS       32u /* distances are told apart by so many steps */
#define LANES       8u  /* tasks v whose distances are found together: what leads to them is mostly the same */
#define NOT_REACHED (INT64_MIN / 2) /* stays below 0 whatever ways are added */

/* Jobs of one resource, a unit or a chip link, at one distance. */
struct heap_of_work {
    uint64_t work, near, end; /* sum, in ticks of the resource; smallest distance; smallest head (tail) */
};

struct way_to {
    uint32_t to; /* task or passage */
    int64_t cycles;
};

/* Per task, first[task] to first[task + 1]: where a way leads to from there. */
struct ways {
    uint32_t *first;
    VEC(struct way_to, all);
};

/* Of tasks or passages, what is reached from the tasks v at hand. */
struct distances {
    int64_t *lag;    /* x LANES, each from its finish (last tick) to v's start, or from v's finish to its start */
    uint32_t *stamp; /* number of the batch in which it was reached last */
    VEC(uint32_t, reached);
};

/* A task or passage that is reached. */
struct job {
    uint32_t number, resource; /* units, then chip links that are passed */
    uint64_t work;             /* in ticks of the resource */
};

struct reaching {
    struct bounding *b;
    bool forward;   /* to what comes after: for tails */
    uint64_t *work; /* per task */
    struct ways neighbours, passings;
    struct distances tasks, passages;
    uint32_t batch, n_v, v[LANES]; /* farther and farther from the end at which it begins */
    uint64_t *passage_end;         /* per passage: its head (tail), once it is known */
    struct job *jobs;              /* that are reached, by resource */
    int64_t *lags;                 /* LANES x jobs */
    uint64_t farthest[LANES];
};

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- ways ---- */

/* One more way from the task at hand, whose ways begin at `first`; the longest one to each place counts. */
static void add_way(struct ways *w, size_t first, uint32_t *last, uint32_t to, uint64_t cycles)
{
    if (last[to] > first) {
        struct way_to *way = &w->all[last[to] - 1];
        way->cycles = (int64_t)max64((uint64_t)way->cycles, cycles);
        return;
    }
    *VEC_PUSH(w, all) = (struct way_to) {.to = to, .cycles = (int64_t)cycles};
    last[to] = (uint32_t)w->n_all;
}

static void ways_back(struct reaching *x, uint32_t task, uint32_t *last)
{
    const struct layout *l = x->b->r->l;
    const struct passages *p = &x->b->passages;
    const struct task *k = &l->t->tasks[task];
    size_t first = x->neighbours.n_all;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        const struct chunk *c = &l->t->chunks[l->t->inputs[i].chunk];
        uint32_t copy = l->input_copy[i];
        if (c->producer != TASK_NONE) {
            add_way(&x->neighbours, first, last, c->producer, bounding_way(l, c->producer, task, c->bytes));
        }
        for (uint32_t e = copy == LAYOUT_NONE ? 0 : p->end_first[copy];
             copy != LAYOUT_NONE && e < p->end_first[copy + 1]; e++) {
            *VEC_PUSH(&x->passings, all) =
                (struct way_to) {.to = p->ends[e].passage, .cycles = (int64_t)p->ends[e].after};
        }
    }
}

static void ways_on(struct reaching *x, uint32_t task, uint32_t *last)
{
    const struct layout *l = x->b->r->l;
    const struct passages *p = &x->b->passages;
    const struct task *k = &l->t->tasks[task];
    size_t first = x->neighbours.n_all;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
            uint32_t to = l->input_task[i];
            add_way(&x->neighbours, first, last, to, bounding_way(l, task, to, l->t->chunks[c].bytes));
        }
        for (uint32_t i = p->chunk_first[c]; i < p->chunk_first[c + 1]; i++) {
            if (p->all[i].n_copies > 0) {
                *VEC_PUSH(&x->passings, all) = (struct way_to) {.to = i, .cycles = (int64_t)p->all[i].before};
            }
        }
    }
}

static void list_ways(struct reaching *x)
{
    uint32_t n = (uint32_t)x->b->r->l->t->n_tasks, *last = mem_alloc_array(n, sizeof *last);
    x->neighbours.n_all = x->passings.n_all = 0;
    for (uint32_t task = 0; task < n; task++) {
        x->neighbours.first[task] = (uint32_t)x->neighbours.n_all;
        x->passings.first[task] = (uint32_t)x->passings.n_all;
        if (x->forward) {
            ways_on(x, task, last);
        } else {
            ways_back(x, task, last);
        }
    }
    x->neighbours.first[n] = (uint32_t)x->neighbours.n_all;
    x->passings.first[n] = (uint32_t)x->passings.n_all;
    free(last);
}

/* ---- distances ---- */

/* `after` cycles from the tasks v at hand, and on from there. */
static void hand_on(struct distances *d, uint32_t batch, const struct ways *w, uint32_t task, const int64_t *after)
{
    for (uint32_t i = w->first[task]; i < w->first[task + 1]; i++) {
        const struct way_to *way = &w->all[i];
        int64_t *lag = &d->lag[(size_t)way->to * LANES];
        if (d->stamp[way->to] != batch) {
            d->stamp[way->to] = batch;
            *VEC_PUSH(d, reached) = way->to;
            for (uint32_t lane = 0; lane < LANES; lane++) {
                lag[lane] = after[lane] + way->cycles;
            }
            continue;
        }
        for (uint32_t lane = 0; lane < LANES; lane++) {
            int64_t more = after[lane] + way->cycles;
            lag[lane] = more > lag[lane] ? more : lag[lane];
        }
    }
}

/* Tasks are numbered in topological order: from the farthest v on in one direction each is complete when its turn
 * comes. */
static void reach_all(struct reaching *x)
{
    uint32_t n = (uint32_t)x->b->r->l->t->n_tasks, begin = x->v[x->n_v - 1], lane = x->n_v;
    x->batch++;
    x->tasks.n_reached = x->passages.n_reached = 0;
    for (uint32_t i = 0; i <= (x->forward ? n - 1 - begin : begin); i++) {
        uint32_t task = x->forward ? begin + i : begin - i;
        bool reached = x->tasks.stamp[task] == x->batch, is_v = lane > 0 && x->v[lane - 1] == task;
        if (!reached && !is_v) {
            continue;
        }
        int64_t after[LANES];
        for (uint32_t k = 0; k < LANES; k++) {
            after[k] = reached ? x->tasks.lag[(size_t)task * LANES + k] + (int64_t)x->work[task] : NOT_REACHED;
        }
        if (is_v) {
            after[--lane] = 0;
        }
        hand_on(&x->tasks, x->batch, &x->neighbours, task, after);
        hand_on(&x->passages, x->batch, &x->passings, task, after);
    }
}

/* ---- sets ---- */

static size_t resources(const struct bounding *b)
{
    return b->r->l->units + b->passages.n_lines;
}

static uint32_t resource_of(const struct reaching *x, const struct distances *d, uint32_t job)
{
    const struct bounding *b = x->b;
    return d == &x->tasks ? b->r->l->unit_of[job] : b->r->l->units + b->passages.all[job].line;
}

static void list_jobs(struct reaching *x, const struct distances *d, uint32_t *at)
{
    size_t n = x->tasks.n_reached + x->passages.n_reached;
    for (size_t i = 0; i < d->n_reached; i++) {
        uint32_t job = d->reached[i], resource = resource_of(x, d, job), place = at[resource]++;
        uint64_t work = d == &x->tasks ? x->work[job] : x->b->passages.all[job].ticks;
        x->jobs[place] = (struct job) {.number = job, .resource = resource, .work = work};
        for (uint32_t lane = 0; lane < LANES; lane++) {
            int64_t lag = d->lag[(size_t)job * LANES + lane];
            x->lags[lane * n + place] = lag;
            x->farthest[lane] = lag > (int64_t)x->farthest[lane] ? (uint64_t)lag : x->farthest[lane];
        }
    }
}

/* All that is reached, by resource. */
static void sort_jobs(struct reaching *x)
{
    uint32_t *at = mem_alloc_array(resources(x->b) + 1, sizeof *at);
    for (size_t i = 0; i < x->tasks.n_reached; i++) {
        at[resource_of(x, &x->tasks, x->tasks.reached[i]) + 1]++;
    }
    for (size_t i = 0; i < x->passages.n_reached; i++) {
        at[resource_of(x, &x->passages, x->passages.reached[i]) + 1]++;
    }
    for (size_t i = 0; i < resources(x->b); i++) {
        at[i + 1] += at[i];
    }
    memset(x->farthest, 0, sizeof x->farthest);
    list_jobs(x, &x->tasks, at);
    list_jobs(x, &x->passages, at);
    free(at);
}

struct heaps {
    struct heap_of_work at[STEPS];
    uint32_t filled; /* bits of those that hold something */
};

static void pile(struct heaps *heaps, uint64_t step, uint64_t lag, uint64_t work, uint64_t end)
{
    struct heap_of_work *h = &heaps->at[step];
    if (heaps->filled >> step & 1) {
        *h = (struct heap_of_work) {h->work + work, min64(h->near, lag), min64(h->end, end)};
    } else {
        *h = (struct heap_of_work) {work, lag, end};
        heaps->filled |= 1u << step;
    }
}

static uint64_t best_prefix(const struct heaps *heaps, uint64_t ticks)
{
    struct heap_of_work sum = {0, UINT64_MAX, UINT64_MAX};
    uint64_t best = 0;
    for (uint32_t step = STEPS; step-- > 0;) {
        const struct heap_of_work *h = &heaps->at[step];
        if (heaps->filled >> step & 1 && h->work > 0) {
            sum = (struct heap_of_work) {sum.work + h->work, min64(sum.near, h->near), min64(sum.end, h->end)};
            best = max64(best, (ticks > 1 ? sum.work / ticks : sum.work) + sum.near + sum.end);
        }
    }
    return best;
}

/* What the best set of all resources says about the v of the lane. */
static uint64_t best_set(const struct reaching *x, uint32_t lane)
{
    const struct bounding *b = x->b;
    const struct layout *l = b->r->l;
    size_t n = x->tasks.n_reached + x->passages.n_reached;
    const int64_t *lags = &x->lags[lane * n];
    uint64_t farthest = max64(x->farthest[lane], 1), best = 0;
    for (size_t first = 0, next; first < n; first = next) {
        struct heaps heaps;
        uint32_t resource = x->jobs[first].resource;
        bool unit = resource < l->units;
        const uint64_t *ends = !unit ? x->passage_end : x->forward ? b->tail : b->head;
        heaps.filled = 0;
        for (next = first; next < n && x->jobs[next].resource == resource; next++) {
            if (lags[next] >= 0) {
                uint64_t lag = (uint64_t)lags[next];
                pile(&heaps, lag * (STEPS - 1) / farthest, lag, x->jobs[next].work, ends[x->jobs[next].number]);
            }
        }
        uint64_t ticks = unit ? 1 : l->m->links[b->passages.lines[resource - l->units]].rate.num;
        best = max64(best, best_prefix(&heaps, ticks));
    }
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

/* The i-th task, from the end at which it begins. */
static uint32_t task_at(const struct reaching *x, uint32_t i)
{
    return x->forward ? (uint32_t)x->b->r->l->t->n_tasks - 1 - i : i;
}

static void strengthen(struct reaching *x)
{
    struct bounding *b = x->b;
    uint32_t n = (uint32_t)b->r->l->t->n_tasks, next = 0, lane = 0;
    x->n_v = 0;
    list_ways(x);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = task_at(x, i);
        if (lane == x->n_v) {
            for (x->n_v = lane = 0; next < n && x->n_v < LANES; next++) {
                if (has_several(x, task_at(x, next))) {
                    x->v[x->n_v++] = task_at(x, next);
                }
            }
            if (x->n_v > 0) {
                reach_all(x);
                sort_jobs(x);
            }
        }
        /* what the neighbours have gained is handed on first */
        uint64_t *end = x->forward ? &b->tail[v] : &b->head[v];
        *end = max64(*end, x->forward ? bounding_tail(b, v) : bounding_head(b, v));
        if (x->forward) {
            end_passages(x, v);
        }
        if (lane < x->n_v && x->v[lane] == v) {
            *end = max64(*end, best_set(x, lane++));
        }
        if (!x->forward) {
            end_passages(x, v);
        }
    }
}

static struct distances distances_new(size_t n)
{
    return (struct distances) {.lag = mem_alloc_array(n * LANES, sizeof(int64_t)),
                               .stamp = mem_alloc_array(n, sizeof(uint32_t))};
}

static void distances_free(struct distances *d)
{
    free(d->lag);
    free(d->stamp);
    free(d->reached);
}

void bounding_sets(struct bounding *b)
{
    const struct layout *l = b->r->l;
    size_t n = l->t->n_tasks;
    struct reaching x = {.b = b, .tasks = distances_new(n), .passages = distances_new(b->passages.n_all)};
    x.neighbours.first = mem_alloc_array(n + 1, sizeof *x.neighbours.first);
    x.passings.first = mem_alloc_array(n + 1, sizeof *x.passings.first);
    x.work = mem_alloc_array(n, sizeof *x.work);
    x.passage_end = mem_alloc_array(b->passages.n_all, sizeof *x.passage_end);
    x.jobs = mem_alloc_uncleared(n + b->passages.n_all, sizeof *x.jobs);
    x.lags = mem_alloc_uncleared((n + b->passages.n_all) * LANES, sizeof *x.lags);
    for (uint32_t task = 0; task < n; task++) {
        x.work[task] = bounding_work(b, task);
    }
    strengthen(&x);
    x.forward = true;
    strengthen(&x);
    distances_free(&x.tasks);
    distances_free(&x.passages);
    free(x.neighbours.first);
    free(x.neighbours.all);
    free(x.passings.first);
    free(x.passings.all);
    free(x.work);
    free(x.passage_end);
    free(x.jobs);
    free(x.lags);
}
