/* SPDX-License-Identifier: Apache-2.0 */
/* dag_decode.c - where a task starts first. With delays only two units can be best: the one that sends what arrives
 * last (its delay is saved), and of all others the one that is free first, as everything arrives there at the same
 * time. So a task costs its predecessors plus the logarithm of the units. */
#include "sim/sched/dag_decode.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/mem.h"

void dag_decoder_init(struct dag_decoder *x, const struct task_dag *g, uint32_t units)
{
    *x = (struct dag_decoder) {.g = g, .units = units < g->n_tasks ? units : g->n_tasks, .n_leaves = 1};
    while (x->n_leaves < x->units) {
        x->n_leaves *= 2;
    }
    x->tree = mem_alloc_array(2 * (size_t)x->n_leaves, sizeof *x->tree);
    x->avail = mem_alloc_array(x->n_leaves, sizeof *x->avail);
    x->open = mem_alloc_array(g->n_tasks, sizeof *x->open);
    x->heap = mem_alloc_array(g->n_tasks, sizeof *x->heap);
    x->running = mem_alloc_array((size_t)x->units + 1, sizeof *x->running);
}

void dag_decoder_free(struct dag_decoder *x)
{
    free(x->tree);
    free(x->avail);
    free(x->open);
    free(x->heap);
    free(x->running);
    *x = (struct dag_decoder) {0};
}

/* ---- which unit is free first ---- */

static void clear_units(struct dag_decoder *x)
{
    for (uint32_t i = 0; i < x->n_leaves; i++) {
        x->avail[i] = i < x->units ? 0 : UINT64_MAX;
        x->tree[x->n_leaves + i] = i;
    }
    for (uint32_t i = x->n_leaves; i-- > 1;) {
        x->tree[i] = x->tree[2 * i];
    }
}

static void set_avail(struct dag_decoder *x, uint32_t unit, uint64_t avail)
{
    x->avail[unit] = avail;
    for (uint32_t i = (x->n_leaves + unit) / 2; i > 0; i /= 2) {
        uint32_t a = x->tree[2 * i], b = x->tree[2 * i + 1];
        x->tree[i] = x->avail[b] < x->avail[a] ? b : a;
    }
}

/* ---- when a task may start ---- */

struct arrival {
    uint64_t last, other; /* latest of all that comes with its delay; latest of what comes not from `from` */
    uint32_t from;        /* unit that sends the latest; UINT32_MAX without predecessors */
};

static struct arrival arrival_of(const struct task_dag *g, const struct dag_schedule *s, uint32_t v)
{
    struct arrival a = {0, 0, UINT32_MAX};
    for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
        uint32_t u = g->pred[e].task;
        uint64_t t = s->start[u] + g->weight[u] + g->pred[e].delay;
        if (s->unit[u] == a.from) {
            a.last = t > a.last ? t : a.last;
        } else if (t > a.last || a.from == UINT32_MAX) {
            a.other = a.last;
            a.last = t;
            a.from = s->unit[u];
        } else {
            a.other = t > a.other ? t : a.other;
        }
    }
    return a;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* The unit that is free last of those that are free by `time`; else the first to be free. */
static uint32_t fitting_unit(const struct dag_decoder *x, uint64_t time, uint32_t first)
{
    uint32_t best = first;
    for (uint32_t p = 0; p < x->units && x->avail[first] <= time; p++) {
        if (x->avail[p] <= time && x->avail[p] > x->avail[best]) {
            best = p;
        }
    }
    return best;
}

static uint64_t best_start(const struct dag_decoder *x, const struct dag_schedule *s, uint32_t v, enum dag_tie tie,
                           uint32_t *unit)
{
    struct arrival a = arrival_of(x->g, s, v);
    uint32_t free_first = x->tree[1];
    if (tie == DAG_TIE_FIT && x->units <= 64) {
        free_first = fitting_unit(x, a.last, free_first);
    }
    uint64_t start = later(x->avail[free_first], a.last);
    *unit = free_first;
    if (a.from != UINT32_MAX) {
        uint64_t there = later(x->avail[a.from], a.other);
        if (there <= start) {
            *unit = a.from;
            start = there;
        }
    }
    return start;
}

static void place(struct dag_decoder *x, struct dag_schedule *s, uint32_t v, uint32_t unit, uint64_t start)
{
    s->unit[v] = unit;
    s->start[v] = start;
    uint64_t finish = start + x->g->weight[v];
    s->makespan = finish > s->makespan ? finish : s->makespan;
    set_avail(x, unit, finish);
}

/* ---- the ready tasks, lowest rank first ---- */

static void heap_push(uint32_t *heap, uint32_t *n, const uint32_t *rank, uint32_t v)
{
    uint32_t i = (*n)++;
    for (; i > 0 && rank[heap[(i - 1) / 2]] > rank[v]; i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = v;
}

static uint32_t heap_pop(uint32_t *heap, uint32_t *n, const uint32_t *rank)
{
    uint32_t top = heap[0], v = heap[--*n], i = 0;
    for (uint32_t child; (child = 2 * i + 1) < *n; i = child) {
        child += child + 1 < *n && rank[heap[child + 1]] < rank[heap[child]];
        if (rank[heap[child]] >= rank[v]) {
            break;
        }
        heap[i] = heap[child];
    }
    heap[i] = v;
    return top;
}

static uint32_t begin(struct dag_decoder *x, const uint32_t *rank, struct dag_schedule *s)
{
    const struct task_dag *g = x->g;
    uint32_t n = 0;
    s->makespan = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        x->open[v] = (uint32_t)(g->pred_first[v + 1] - g->pred_first[v]);
        if (x->open[v] == 0) {
            heap_push(x->heap, &n, rank, v);
        }
    }
    return n;
}

static void release(struct dag_decoder *x, const uint32_t *rank, uint32_t v, uint32_t *n_ready)
{
    const struct task_dag *g = x->g;
    for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
        if (--x->open[g->succ[e].task] == 0) {
            heap_push(x->heap, n_ready, rank, g->succ[e].task);
        }
    }
}

/* ---- running tasks, first to finish on top ---- */

static void run_push(struct dag_running *heap, uint32_t *n, struct dag_running r)
{
    uint32_t i = (*n)++;
    for (; i > 0 && heap[(i - 1) / 2].finish > r.finish; i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = r;
}

static struct dag_running run_pop(struct dag_running *heap, uint32_t *n)
{
    struct dag_running top = heap[0], r = heap[--*n];
    uint32_t i = 0;
    for (uint32_t child; (child = 2 * i + 1) < *n; i = child) {
        child += child + 1 < *n && heap[child + 1].finish < heap[child].finish;
        if (heap[child].finish >= r.finish) {
            break;
        }
        heap[i] = heap[child];
    }
    heap[i] = r;
    return top;
}

/* Without delays: what ends frees its unit, the ready task of the lowest rank takes it at once. Units are handed out
 * from a stack of free ones, kept in `tree`. */
static void without_delays(struct dag_decoder *x, const uint32_t *rank, struct dag_schedule *s)
{
    const struct task_dag *g = x->g;
    uint32_t n_ready = begin(x, rank, s), n_running = 0, n_free = x->units;
    uint64_t now = 0;
    for (uint32_t p = 0; p < x->units; p++) {
        x->tree[p] = x->units - 1 - p;
    }
    for (;;) {
        while (n_free > 0 && n_ready > 0) {
            uint32_t v = heap_pop(x->heap, &n_ready, rank);
            s->unit[v] = x->tree[--n_free];
            s->start[v] = now;
            run_push(x->running, &n_running, (struct dag_running) {now + g->weight[v], v});
        }
        if (n_running == 0) {
            break;
        }
        now = x->running[0].finish;
        while (n_running > 0 && x->running[0].finish == now) {
            struct dag_running r = run_pop(x->running, &n_running);
            x->tree[n_free++] = s->unit[r.task];
            release(x, rank, r.task, &n_ready);
        }
    }
    s->makespan = now;
}

void dag_by_rank(struct dag_decoder *x, const uint32_t *rank, enum dag_tie tie, struct dag_schedule *s)
{
    if (!x->g->delays) {
        without_delays(x, rank, s);
        return;
    }
    uint32_t n_ready = begin(x, rank, s);
    clear_units(x);
    while (n_ready > 0) {
        uint32_t v = heap_pop(x->heap, &n_ready, rank), unit;
        uint64_t start = best_start(x, s, v, tie, &unit);
        place(x, s, v, unit, start);
        release(x, rank, v, &n_ready);
    }
}

void dag_in_sequence(struct dag_decoder *x, const uint32_t *sequence, enum dag_tie tie, struct dag_schedule *s)
{
    s->makespan = 0;
    clear_units(x);
    for (uint32_t i = 0; i < x->g->n_tasks; i++) {
        uint32_t unit;
        uint64_t start = best_start(x, s, sequence[i], tie, &unit);
        place(x, s, sequence[i], unit, start);
    }
}

void dag_on_units(struct dag_decoder *x, const uint32_t *sequence, struct dag_schedule *s)
{
    const struct task_dag *g = x->g;
    s->makespan = 0;
    memset(x->avail, 0, x->units * sizeof *x->avail);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = sequence[i], p = s->unit[v];
        uint64_t start = x->avail[p];
        for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
            uint32_t u = g->pred[e].task;
            uint64_t t = s->start[u] + g->weight[u] + (s->unit[u] == p ? 0 : g->pred[e].delay);
            start = t > start ? t : start;
        }
        s->start[v] = start;
        x->avail[p] = start + g->weight[v];
        s->makespan = x->avail[p] > s->makespan ? x->avail[p] : s->makespan;
    }
}

void dag_earliest_first(struct dag_decoder *x, const uint32_t *rank, struct dag_schedule *s)
{
    uint32_t n_ready = begin(x, rank, s);
    clear_units(x);
    while (n_ready > 0) {
        uint32_t best = 0, best_unit = 0, unit;
        uint64_t best_time = UINT64_MAX;
        for (uint32_t i = 0; i < n_ready; i++) {
            uint64_t start = best_start(x, s, x->heap[i], DAG_TIE_FIT, &unit);
            if (start < best_time || (start == best_time && rank[x->heap[i]] < rank[x->heap[best]])) {
                best_time = start;
                best = i;
                best_unit = unit;
            }
        }
        uint32_t v = x->heap[best];
        x->heap[best] = x->heap[--n_ready];
        place(x, s, v, best_unit, best_time);
        const struct task_dag *g = x->g;
        for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
            if (--x->open[g->succ[e].task] == 0) {
                x->heap[n_ready++] = g->succ[e].task;
            }
        }
    }
}
