/* SPDX-License-Identifier: Apache-2.0 */
/* task_dag.c - arcs in both directions, topological order, cycles, the hash. */
#include "sim/graph/task_dag.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"
#include "sim/base/text.h"

/* Sorts edges into arcs by one end; the other end ascends where `edges` are walked in ascending order of it. */
static void transpose(uint32_t n, const uint64_t *from_first, const struct task_arc *from, uint64_t *first,
                      struct task_arc *arc)
{
    for (uint64_t e = 0; e < from_first[n]; e++) {
        first[from[e].task + 1]++;
    }
    for (uint32_t v = 0; v < n; v++) {
        first[v + 1] += first[v];
    }
    uint64_t *next = mem_alloc_array((size_t)n + 1, sizeof *next);
    memcpy(next, first, n * sizeof *next);
    for (uint32_t v = 0; v < n; v++) {
        for (uint64_t e = from_first[v]; e < from_first[v + 1]; e++) {
            arc[next[from[e].task]++] = (struct task_arc) {v, from[e].delay};
        }
    }
    free(next);
}

/* Predecessor arcs in the order of the edges, then transposed twice: both ascend. */
static void make_arcs(struct task_dag *g, const struct task_edge *edges)
{
    uint32_t n = g->n_tasks;
    uint64_t *first = mem_alloc_array((size_t)n + 1, sizeof *first);
    uint64_t *next = mem_alloc_array((size_t)n + 1, sizeof *next);
    struct task_arc *arc = mem_alloc_array(g->n_edges, sizeof *arc);
    for (uint64_t e = 0; e < g->n_edges; e++) {
        first[edges[e].to + 1]++;
        g->delays |= edges[e].delay > 0;
    }
    for (uint32_t v = 0; v < n; v++) {
        first[v + 1] += first[v];
    }
    memcpy(next, first, n * sizeof *next);
    for (uint64_t e = 0; e < g->n_edges; e++) {
        arc[next[edges[e].to]++] = (struct task_arc) {edges[e].from, edges[e].delay};
    }
    transpose(n, first, arc, g->succ_first, g->succ);
    transpose(n, g->succ_first, g->succ, g->pred_first, g->pred);
    free(first);
    free(next);
    free(arc);
}

/* Walks back from a task that was never free, always to a predecessor that was not either, until one comes again. */
static void find_cycle(const struct task_dag *g, const uint32_t *open, uint32_t *cycle, uint32_t *n_cycle)
{
    uint32_t *seen = mem_alloc_array(g->n_tasks, sizeof *seen);
    uint32_t v = 0, n = 0;
    while (open[v] == 0) {
        v++;
    }
    while (!seen[v]) {
        seen[v] = ++n;
        cycle[n - 1] = v;
        uint64_t e = g->pred_first[v];
        while (open[g->pred[e].task] == 0) {
            e++;
        }
        v = g->pred[e].task;
    }
    /* cycle[begin .. n) goes backwards; it is to begin with its lowest task. */
    uint32_t begin = seen[v] - 1, lowest = begin;
    for (uint32_t i = begin; i < n; i++) {
        lowest = cycle[i] < cycle[lowest] ? i : lowest;
    }
    *n_cycle = n - begin;
    for (uint32_t i = 0; i < *n_cycle; i++) {
        seen[i] = cycle[begin + (lowest - begin + *n_cycle - i) % *n_cycle];
    }
    memcpy(cycle, seen, *n_cycle * sizeof *cycle);
    free(seen);
}

static int find_order(struct task_dag *g, uint32_t *cycle, uint32_t *n_cycle)
{
    uint32_t n = g->n_tasks, head = 0, tail = 0;
    uint32_t *open = mem_alloc_array(n, sizeof *open);
    for (uint32_t v = 0; v < n; v++) {
        open[v] = (uint32_t)(g->pred_first[v + 1] - g->pred_first[v]);
        if (open[v] == 0) {
            g->order[tail++] = v;
        }
    }
    for (; head < tail; head++) {
        uint32_t v = g->order[head];
        for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
            uint32_t w = g->succ[e].task;
            if (--open[w] == 0) {
                g->order[tail++] = w;
            }
        }
    }
    if (tail < n) {
        find_cycle(g, open, cycle, n_cycle);
    }
    free(open);
    return tail < n ? SIM_ERR_INPUT : SIM_OK;
}

int task_dag_make(struct task_dag *g, uint32_t n_tasks, uint64_t *weight, const char **name, struct arena *arena,
                  const struct task_edge *edges, uint64_t n_edges, uint32_t *cycle, uint32_t *n_cycle)
{
    *g = (struct task_dag) {.n_tasks = n_tasks, .n_edges = n_edges, .weight = weight, .name = name, .arena = arena};
    g->succ_first = mem_alloc_array((size_t)n_tasks + 1, sizeof *g->succ_first);
    g->pred_first = mem_alloc_array((size_t)n_tasks + 1, sizeof *g->pred_first);
    g->succ = mem_alloc_array(n_edges, sizeof *g->succ);
    g->pred = mem_alloc_array(n_edges, sizeof *g->pred);
    g->order = mem_alloc_array(n_tasks, sizeof *g->order);
    for (uint32_t v = 0; v < n_tasks; v++) {
        g->work += weight[v];
    }
    make_arcs(g, edges);
    return find_order(g, cycle, n_cycle);
}

void task_dag_free(struct task_dag *g)
{
    free(g->weight);
    free(g->name);
    free(g->succ_first);
    free(g->succ);
    free(g->pred_first);
    free(g->pred);
    free(g->order);
    if (g->arena) {
        arena_free(g->arena);
    }
    *g = (struct task_dag) {0};
}

void task_dag_hash(const struct task_dag *g, char hex[65])
{
    struct sha256 *s = sha256_new();
    struct text t = {0};
    text_printf(&t, "bpsim-task-graph 1\ntasks %u\nedges %llu\n", g->n_tasks, (unsigned long long)g->n_edges);
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        text_printf(&t, "task %u %llu\n", v, (unsigned long long)g->weight[v]);
        for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
            text_printf(&t, "edge %u %u %llu\n", v, g->succ[e].task, (unsigned long long)g->succ[e].delay);
        }
        if (t.n > 60000) {
            sha256_add(s, t.s, t.n);
            t.n = 0;
        }
    }
    sha256_add(s, t.s, t.n);
    sha256_hex(s, hex);
    text_free(&t);
}
