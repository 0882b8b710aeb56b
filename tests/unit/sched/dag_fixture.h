/* SPDX-License-Identifier: Apache-2.0 */
/* dag_fixture.h - small random task graphs, and their shortest makespan by trying everything. */
#ifndef TESTS_UNIT_SCHED_DAG_FIXTURE_H
#define TESTS_UNIT_SCHED_DAG_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/rng.h"
#include "sim/graph/task_dag.h"

/* Edges go from lower to higher number, each with probability percent / 100. */
static inline struct task_dag dag_random(struct rng *r, uint32_t n, uint32_t percent, uint64_t max_weight,
                                         uint64_t max_delay)
{
    struct task_edge *edges = mem_alloc_array((size_t)n * n, sizeof *edges);
    struct arena *arena = arena_new();
    uint64_t *weight = mem_alloc_array(n, sizeof *weight);
    const char **name = mem_alloc_array(n, sizeof *name);
    uint32_t n_edges = 0, n_cycle;
    for (uint32_t v = 0; v < n; v++) {
        weight[v] = rng_below(r, max_weight + 1);
        name[v] = arena_printf(arena, "%u", v);
        for (uint32_t u = 0; u < v; u++) {
            if (rng_below(r, 100) < percent) {
                edges[n_edges++] = (struct task_edge) {u, v, max_delay ? rng_below(r, max_delay + 1) : 0};
            }
        }
    }
    struct task_dag g;
    uint32_t *cycle = mem_alloc_array(n, sizeof *cycle);
    int error = task_dag_make(&g, n, weight, name, arena, edges, n_edges, cycle, &n_cycle);
    SIM_CHECK(error == SIM_OK, "a graph without cycles");
    free(cycle);
    free(edges);
    return g;
}

/* Brute force: tasks in every topological order, each on every unit, each as early as it can after what its unit does.
 * No bound, no symmetry, nothing remembered. */
struct dag_brute {
    const struct task_dag *g;
    uint32_t units, placed;
    uint64_t start[16], avail[16], best;
    uint32_t unit[16];
};

static inline void dag_brute_try(struct dag_brute *b)
{
    const struct task_dag *g = b->g;
    uint64_t end = 0;
    for (uint32_t p = 0; p < b->units; p++) {
        end = b->avail[p] > end ? b->avail[p] : end;
    }
    if (b->placed == (1u << g->n_tasks) - 1) {
        b->best = end < b->best ? end : b->best;
        return;
    }
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        bool ready = !(b->placed >> v & 1);
        for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
            ready &= b->placed >> g->pred[e].task & 1;
        }
        for (uint32_t p = 0; ready && p < b->units; p++) {
            uint64_t was = b->avail[p], start = was;
            for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
                uint32_t u = g->pred[e].task;
                uint64_t there = b->start[u] + g->weight[u] + (b->unit[u] == p ? 0 : g->pred[e].delay);
                start = there > start ? there : start;
            }
            b->start[v] = start;
            b->unit[v] = p;
            b->avail[p] = start + g->weight[v];
            b->placed |= 1u << v;
            dag_brute_try(b);
            b->placed &= ~(1u << v);
            b->avail[p] = was;
        }
    }
}

static inline uint64_t dag_brute_makespan(const struct task_dag *g, uint32_t units)
{
    struct dag_brute b = {.g = g, .units = units, .best = UINT64_MAX};
    dag_brute_try(&b);
    return b.best;
}

#endif
