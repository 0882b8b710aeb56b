/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_exact.h"

#include <stdlib.h>
#include <string.h>

#include "sim/sched/dag_bound.h"
#include "sim/sched/dag_memory.h"
#include "sim/sched/dag_view.h"

/* Tasks and edges that a step looks at: about a millisecond. */
#define STEP_WORK 200000u

static void expand(struct dag_exact *x, const struct dag_schedule *best);

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Do all successors of u succeed v too, with at least the same delay? Arcs ascend. */
static bool covers(const struct task_dag *g, uint32_t v, uint32_t u)
{
    uint64_t k = g->succ_first[v], end = g->succ_first[v + 1];
    for (uint64_t e = g->succ_first[u]; e < g->succ_first[u + 1]; e++) {
        while (k < end && g->succ[k].task < g->succ[e].task) {
            k++;
        }
        if (k == end || g->succ[k].task != g->succ[e].task || g->succ[k].delay < g->succ[e].delay) {
            return false;
        }
    }
    return true;
}

struct tailed {
    uint64_t tail;
    uint32_t place, task;
};

static int by_tail(const void *a, const void *b)
{
    const struct tailed *x = a, *y = b;
    return x->tail != y->tail ? (x->tail > y->tail ? -1 : 1) : (x->place > y->place) - (x->place < y->place);
}

static void sort_tails(struct dag_exact *x)
{
    struct tailed *t = mem_alloc_array(x->g->n_tasks, sizeof *t);
    for (uint32_t i = 0; i < x->g->n_tasks; i++) {
        uint32_t v = x->g->order[i];
        x->index[v] = i;
        t[i] = (struct tailed) {x->tail[v], i, v};
    }
    qsort(t, x->g->n_tasks, sizeof *t, by_tail);
    for (uint32_t i = 0; i < x->g->n_tasks; i++) {
        x->by_tail[i] = t[i].task;
    }
    free(t);
}

static bool more_sources_than_sinks(const struct task_dag *g)
{
    uint32_t sources = 0, sinks = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        sources += g->pred_first[v] == g->pred_first[v + 1];
        sinks += g->succ_first[v] == g->succ_first[v + 1];
    }
    return sources > sinks;
}

void dag_exact_init(struct dag_exact *x, const struct task_dag *g, uint32_t units)
{
    uint32_t n = g->n_tasks;
    *x = (struct dag_exact) {.units = units < n ? units : n};
    if (n == 0 || n > DAG_EXACT_MAX_TASKS || x->units > DAG_EXACT_MAX_UNITS) {
        return;
    }
    x->g = g;
    if (more_sources_than_sinks(g)) {
        x->reversed = dag_reverse(g);
        g = x->g = &x->reversed;
    }
    x->nodes = (uint32_t)(STEP_WORK / (n + g->n_edges)) + 1;
    x->head = mem_alloc_array(n, sizeof *x->head);
    x->tail = mem_alloc_array(n, sizeof *x->tail);
    x->now_head = mem_alloc_array(n, sizeof *x->now_head);
    x->index = mem_alloc_array(n, sizeof *x->index);
    x->by_tail = mem_alloc_array(n, sizeof *x->by_tail);
    x->level = mem_alloc_array((size_t)n + 1, sizeof *x->level);
    x->open = mem_alloc_array(n, sizeof *x->open);
    x->placed = mem_alloc_array(n, sizeof *x->placed);
    x->avail = mem_alloc_array(x->units, sizeof *x->avail);
    dag_schedule_init(&x->now, g);
    x->memory = dag_memory_new(x);
    struct task_dag reversed = dag_reverse(g);
    dag_bound_heads(g, x->head);
    dag_bound_heads(&reversed, x->tail);
    dag_reverse_free(&reversed);
    for (uint32_t v = 0; v < n; v++) {
        x->open[v] = (uint32_t)(g->pred_first[v + 1] - g->pred_first[v]);
    }
    x->covers = mem_alloc_array((size_t)n * n, sizeof *x->covers);
    for (uint32_t i = 0; i < n * n; i++) {
        x->covers[i] = covers(g, i / n, i % n);
    }
    sort_tails(x);
    expand(x, NULL);
}

void dag_exact_free(struct dag_exact *x)
{
    free(x->head);
    free(x->tail);
    free(x->now_head);
    free(x->index);
    free(x->by_tail);
    free(x->covers);
    free(x->level);
    free(x->branches);
    free(x->open);
    free(x->placed);
    free(x->avail);
    dag_schedule_free(&x->now);
    dag_memory_free(x->memory);
    dag_reverse_free(&x->reversed);
    *x = (struct dag_exact) {0};
}

bool dag_exact_open(const struct dag_exact *x)
{
    return x->g && !x->complete;
}

bool dag_exact_complete(const struct dag_exact *x)
{
    return x->complete;
}

/* ---- where a task may start ---- */

struct arrivals {
    uint64_t last, other; /* from placed predecessors: latest with delay; latest of those not on unit `from` */
    uint64_t open;        /* from those to come, at least */
    uint32_t from;        /* UINT32_MAX: none is placed */
};

static struct arrivals arrivals_of(const struct dag_exact *x, uint32_t v)
{
    const struct task_dag *g = x->g;
    struct arrivals a = {0, 0, 0, UINT32_MAX};
    for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
        uint32_t u = g->pred[e].task;
        if (!x->placed[u]) {
            a.open = later(a.open, x->now_head[u] + g->weight[u]);
            continue;
        }
        uint64_t t = x->now.start[u] + g->weight[u] + g->pred[e].delay;
        if (x->now.unit[u] == a.from) {
            a.last = later(a.last, t);
        } else if (t > a.last || a.from == UINT32_MAX) {
            a.other = a.last;
            a.last = t;
            a.from = x->now.unit[u];
        } else {
            a.other = later(a.other, t);
        }
    }
    return a;
}

static uint32_t first_free(const struct dag_exact *x)
{
    uint32_t best = 0;
    for (uint32_t p = 1; p < x->units; p++) {
        best = x->avail[p] < x->avail[best] ? p : best;
    }
    return best;
}

static uint64_t last_start(const struct dag_exact *x)
{
    return x->depth > 0 ? x->now.start[x->level[x->depth - 1].task] : 0;
}

/* ---- bounds ---- */

/* Does the work fit that must end a tail before the makespan to be beaten? Tails descend. */
static bool too_much_work(const struct dag_exact *x, uint64_t now, uint64_t makespan)
{
    const struct task_dag *g = x->g;
    uint64_t work = 0;
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = x->by_tail[i];
        if (x->placed[v]) {
            continue;
        }
        work += g->weight[v];
        uint64_t end = makespan - 1 - x->tail[v], room = 0;
        for (uint32_t p = 0; p < x->units; p++) {
            uint64_t from = later(x->avail[p], now);
            room += end > from ? end - from : 0;
        }
        if (work > room) {
            return true;
        }
    }
    return false;
}

static bool hopeless(struct dag_exact *x, uint64_t makespan)
{
    const struct task_dag *g = x->g;
    uint64_t now = last_start(x), free_first = x->avail[first_free(x)];
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = g->order[i];
        if (x->placed[v]) {
            continue;
        }
        struct arrivals a = arrivals_of(x, v);
        uint64_t start = later(free_first, a.last);
        if (a.from != UINT32_MAX) {
            uint64_t there = later(x->avail[a.from], a.other);
            start = there < start ? there : start;
        }
        start = later(later(start, a.open), later(now, x->head[v]));
        x->now_head[v] = start;
        if (start + g->weight[v] + x->tail[v] >= makespan) {
            return true;
        }
    }
    return too_much_work(x, now, makespan);
}

/* ---- branches ---- */

/* Order of tasks that start at the same time: those without weight first, then topological. */
static uint32_t rank_of(const struct dag_exact *x, uint32_t v)
{
    return x->index[v] + (x->g->weight[v] > 0 ? x->g->n_tasks : 0);
}

static bool comes_after(const struct dag_exact *x, uint32_t v, uint64_t start)
{
    if (x->depth == 0) {
        return true;
    }
    uint32_t last = x->level[x->depth - 1].task;
    return start > x->now.start[last] || (start == x->now.start[last] && rank_of(x, v) > rank_of(x, last));
}

/* Would v rather stand before the last task u of unit p? It could have started when u did and is shorter, and what
 * waits for u waits for v at least as long. Exchanged, nothing else starts later, and the sum of starts is smaller. */
static bool wants_to_be_earlier(const struct dag_exact *x, uint32_t v, uint32_t p, uint64_t ready)
{
    const struct task_dag *g = x->g;
    for (uint32_t i = x->depth; i-- > 0;) {
        uint32_t u = x->level[i].task;
        if (x->now.unit[u] == p) {
            return g->weight[v] < g->weight[u] && ready <= x->now.start[u] && x->covers[v * g->n_tasks + u];
        }
    }
    return false;
}

static void add_branch(struct dag_exact *x, uint32_t v, uint32_t p, uint64_t start)
{
    if (comes_after(x, v, start)) {
        *VEC_PUSH(x, branches) = (struct dag_branch) {v, p, start};
    }
}

/* Without delays one unit is as good as another: the first to be free. */
static void branches_without_delays(struct dag_exact *x)
{
    const struct task_dag *g = x->g;
    uint64_t first_end = UINT64_MAX, now = last_start(x);
    uint32_t p = first_free(x), ends_first = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        if (!x->placed[v] && x->open[v] == 0) {
            uint64_t start = later(later(x->avail[p], now), arrivals_of(x, v).last);
            x->now_head[v] = start;
            uint64_t end = start + g->weight[v];
            if (end < first_end || (end == first_end && rank_of(x, v) < rank_of(x, ends_first))) {
                first_end = end;
                ends_first = v;
            }
        }
    }
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        if (!x->placed[v] && x->open[v] == 0 && (x->now_head[v] < first_end || v == ends_first)) {
            add_branch(x, v, p, x->now_head[v]);
        }
    }
}

static void branches_with_delays(struct dag_exact *x)
{
    uint32_t units = x->used_units < x->units ? x->used_units + 1 : x->units;
    for (uint32_t v = 0; v < x->g->n_tasks; v++) {
        if (x->placed[v] || x->open[v] > 0) {
            continue;
        }
        struct arrivals a = arrivals_of(x, v);
        for (uint32_t p = 0; p < units; p++) {
            uint64_t ready = p == a.from ? a.other : a.last;
            if (!wants_to_be_earlier(x, v, p, ready)) {
                add_branch(x, v, p, later(x->avail[p], ready));
            }
        }
    }
}

static bool comes_first(const struct dag_exact *x, const struct dag_branch *a, const struct dag_branch *b)
{
    if (a->start != b->start) {
        return a->start < b->start;
    }
    uint64_t ta = x->tail[a->task] + x->g->weight[a->task], tb = x->tail[b->task] + x->g->weight[b->task];
    return ta != tb ? ta > tb : a->task != b->task ? a->task < b->task : a->unit < b->unit;
}

/* The branches of where x stands, earliest start first; none when nothing below can beat the best. */
static void expand(struct dag_exact *x, const struct dag_schedule *best)
{
    struct dag_level *l = &x->level[x->depth];
    l->next = x->n_branches;
    if (!best || !hopeless(x, best->makespan)) {
        if (x->g->delays) {
            branches_with_delays(x);
        } else {
            branches_without_delays(x);
        }
    }
    for (size_t i = l->next + 1; i < x->n_branches; i++) {
        struct dag_branch b = x->branches[i];
        size_t k = i;
        for (; k > l->next && comes_first(x, &b, &x->branches[k - 1]); k--) {
            x->branches[k] = x->branches[k - 1];
        }
        x->branches[k] = b;
    }
    l->end = x->n_branches;
}

/* ---- the walk ---- */

static void place(struct dag_exact *x, struct dag_branch b)
{
    const struct task_dag *g = x->g;
    struct dag_level *l = &x->level[x->depth++];
    l->task = b.task;
    l->was_avail = x->avail[b.unit];
    l->used_units = x->used_units;
    l->sum = b.start + (x->depth > 1 ? l[-1].sum : 0);
    x->now.unit[b.task] = b.unit;
    x->now.start[b.task] = b.start;
    x->avail[b.unit] = b.start + g->weight[b.task];
    x->used_units += b.unit == x->used_units;
    x->placed[b.task] = true;
    for (uint64_t e = g->succ_first[b.task]; e < g->succ_first[b.task + 1]; e++) {
        x->open[g->succ[e].task]--;
    }
}

static void take_back(struct dag_exact *x)
{
    const struct task_dag *g = x->g;
    struct dag_level *l = &x->level[--x->depth];
    uint32_t v = l->task;
    x->n_branches = l->end;
    x->avail[x->now.unit[v]] = l->was_avail;
    x->used_units = l->used_units;
    x->placed[v] = false;
    for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
        x->open[g->succ[e].task]++;
    }
}

static void arrive(struct dag_exact *x, struct dag_schedule *best)
{
    struct dag_level *l = &x->level[x->depth];
    uint32_t last = x->level[x->depth - 1].task;
    l->next = l->end = x->n_branches;
    if (x->depth == x->g->n_tasks) {
        x->now.makespan = dag_schedule_end(&x->now, x->g);
        if (x->now.makespan < best->makespan) {
            dag_schedule_copy(best, &x->now, x->g);
            if (x->g == &x->reversed) {
                dag_mirror(best, x->g);
            }
        }
    } else {
        expand(x, best);
        if (l->next < l->end && dag_memory_dominated(x->memory, x, x->now.start[last], rank_of(x, last), l[-1].sum)) {
            x->n_branches = l->end = l->next;
        }
    }
}

void dag_exact_step(struct dag_exact *x, struct dag_schedule *best)
{
    for (uint32_t i = 0; i < x->nodes && !x->complete; i++) {
        struct dag_level *l = &x->level[x->depth];
        if (l->next < l->end) {
            place(x, x->branches[l->next++]);
            arrive(x, best);
        } else if (x->depth > 0) {
            take_back(x);
        } else {
            x->complete = true;
        }
    }
}
