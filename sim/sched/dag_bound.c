/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_bound.h"

#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/sched/dag_view.h"

#define MAX_SENDERS  512u
#define MAX_INTERVAL 150u /* tasks: the intervals take (2 n)^2 n steps */

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t dag_bound_simple(const struct task_dag *g, uint32_t units)
{
    uint64_t *level = mem_alloc_array(g->n_tasks, sizeof *level);
    uint64_t bound = g->work / units + (g->work % units != 0);
    dag_bottom_levels(g, 0, level);
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        bound = later(bound, level[v]);
    }
    free(level);
    return bound;
}

/* ---- heads ---- */

struct sender {
    uint64_t head, weight, arrival; /* arrival: where it runs on another unit */
};

static int by_arrival(const void *a, const void *b)
{
    const struct sender *x = a, *y = b;
    return x->arrival != y->arrival ? (x->arrival > y->arrival ? -1 : 1) : (x->head > y->head) - (x->head < y->head);
}

/* Senders in order of arrival, last first: the first k on the task's unit for some k, one after another by their heads
 * (kept sorted in `local`), the others elsewhere. */
static uint64_t best_of_senders(struct sender *s, uint32_t n, struct sender *local)
{
    uint64_t best = UINT64_MAX;
    qsort(s, n, sizeof *s, by_arrival);
    for (uint32_t k = 0; k <= n; k++) {
        uint64_t end = 0;
        for (uint32_t i = 0; i < k; i++) {
            end = later(end, local[i].head) + local[i].weight;
        }
        uint64_t start = later(end, k < n ? s[k].arrival : 0);
        best = start < best ? start : best;
        if (k == n || end >= best) {
            break;
        }
        uint32_t i = k;
        for (; i > 0 && local[i - 1].head > s[k].head; i--) {
            local[i] = local[i - 1];
        }
        local[i] = s[k];
    }
    return best;
}

void dag_bound_heads(const struct task_dag *g, uint64_t *head)
{
    struct sender s[MAX_SENDERS], local[MAX_SENDERS];
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = g->order[i], n = 0;
        uint64_t first = g->pred_first[v], end = g->pred_first[v + 1], longest = 0;
        for (uint64_t e = first; e < end; e++) {
            uint32_t u = g->pred[e].task;
            longest = later(longest, head[u] + g->weight[u]);
            if (g->delays && end - first <= MAX_SENDERS) {
                s[n++] = (struct sender) {head[u], g->weight[u], head[u] + g->weight[u] + g->pred[e].delay};
            }
        }
        head[v] = n > 0 ? later(longest, best_of_senders(s, n, local)) : longest;
    }
}

/* ---- intervals ---- */

struct windows {
    uint32_t n, units;
    const uint64_t *weight;
    uint64_t *head, *tail;
    uint64_t *from, *to; /* ends of intervals; 2 n each */
};

static uint64_t last_start(const struct windows *w, uint32_t v, uint64_t T)
{
    return T - w->tail[v] - w->weight[v];
}

/* Work that task v does within [a, b) at least, when it starts at its head or later and ends its tail before T or
 * earlier: what stays in when it is pushed out as far as it goes, to the left or to the right. */
static uint64_t work_within(const struct windows *w, uint32_t v, uint64_t a, uint64_t b, uint64_t T)
{
    uint64_t left_end = w->head[v] + w->weight[v], right_start = last_start(w, v, T);
    uint64_t left = left_end > a ? left_end - a : 0;
    uint64_t right = b > right_start ? b - right_start : 0;
    uint64_t least = left < right ? left : right;
    least = least < w->weight[v] ? least : w->weight[v];
    return least < b - a ? least : b - a;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t distinct(uint64_t *x, uint32_t n)
{
    uint32_t kept = 0;
    qsort(x, n, sizeof *x, by_value);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || x[i] != x[i - 1]) {
            x[kept++] = x[i];
        }
    }
    return kept;
}

/* Is there a task without room, or an interval whose work does not fit? T is at least every head + weight + tail. */
static bool overfull(struct windows *w, uint64_t T)
{
    for (uint32_t v = 0; v < w->n; v++) {
        w->from[2 * v] = w->head[v];
        w->from[2 * v + 1] = last_start(w, v, T);
        w->to[2 * v] = T - w->tail[v];
        w->to[2 * v + 1] = w->head[v] + w->weight[v];
    }
    uint32_t n_from = distinct(w->from, 2 * w->n), n_to = distinct(w->to, 2 * w->n);
    for (uint32_t i = 0; i < n_from; i++) {
        for (uint32_t k = n_to; k-- > 0 && w->to[k] > w->from[i];) {
            uint64_t a = w->from[i], b = w->to[k], work = 0;
            for (uint32_t v = 0; v < w->n; v++) {
                work += work_within(w, v, a, b, T);
            }
            if (work > (b - a) * w->units) {
                return true;
            }
        }
    }
    return false;
}

/* The least T of low .. high that is not overfull; high is not. */
static uint64_t least_room(struct windows *w, uint64_t low, uint64_t high)
{
    if (low >= high || !overfull(w, low)) {
        return low;
    }
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;
        if (overfull(w, middle)) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

uint64_t dag_bound_strong(const struct task_dag *g, uint32_t units, uint64_t most)
{
    struct windows w = {.n = g->n_tasks, .units = units, .weight = g->weight};
    struct task_dag reversed = dag_reverse(g);
    uint64_t bound = dag_bound_simple(g, units);
    w.head = mem_alloc_array(w.n, sizeof *w.head);
    w.tail = mem_alloc_array(w.n, sizeof *w.tail);
    dag_bound_heads(g, w.head);
    dag_bound_heads(&reversed, w.tail);
    for (uint32_t v = 0; v < w.n; v++) {
        bound = later(bound, w.head[v] + g->weight[v] + w.tail[v]);
    }
    if (w.n <= MAX_INTERVAL && bound < most) {
        w.from = mem_alloc_array(2 * (size_t)w.n, sizeof *w.from);
        w.to = mem_alloc_array(2 * (size_t)w.n, sizeof *w.to);
        bound = least_room(&w, bound, most);
        free(w.from);
        free(w.to);
    }
    free(w.head);
    free(w.tail);
    dag_reverse_free(&reversed);
    return bound;
}
