/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph_order.c - topological order, levels, edges and figures of an op graph. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/op_graph.h"

/* ---- order: Kahn's method with a heap of ready ops, so that the lowest index goes first ---- */

/* Consumers of each op, one entry per operand; first has ops + 1 places. */
struct consumers {
    uint32_t *first;
    uint32_t *op;
};

static struct consumers consumers_of(const struct op_graph *g)
{
    struct consumers c = {mem_alloc_array(g->n_ops + 2, sizeof *c.first), mem_alloc_array(g->n_operands, sizeof *c.op)};
    /* Counted two places up, then summed: filling moves each start to its right place. */
    for (size_t i = 0; i < g->n_operands; i++) {
        uint32_t producer = g->tensors[g->operands[i].tensor].producer;
        if (producer != OP_NONE) {
            c.first[producer + 2]++;
        }
    }
    for (size_t i = 2; i < g->n_ops + 2; i++) {
        c.first[i] += c.first[i - 1];
    }
    for (uint32_t v = 0; v < g->n_ops; v++) {
        for (uint32_t i = 0; i < g->ops[v].n_operands; i++) {
            uint32_t producer = g->tensors[g->operands[g->ops[v].first_operand + i].tensor].producer;
            if (producer != OP_NONE) {
                c.op[c.first[producer + 1]++] = v;
            }
        }
    }
    return c;
}

static void heap_push(uint32_t *heap, uint32_t *n, uint32_t value)
{
    uint32_t i = (*n)++;
    for (; i > 0 && heap[(i - 1) / 2] > value; i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }
    heap[i] = value;
}

static uint32_t heap_pop(uint32_t *heap, uint32_t *n)
{
    uint32_t top = heap[0];
    uint32_t last = heap[--*n];
    uint32_t i = 0;
    for (uint32_t child = 1; child < *n; child = 2 * i + 1) {
        if (child + 1 < *n && heap[child + 1] < heap[child]) {
            child++;
        }
        if (heap[child] >= last) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

/* One cycle among the ops with open[v] > 0, those that could not be ordered: each of them has a producer among
 * them, so going from producer to producer must come round. Fills path in the direction of the data. */
static uint32_t cycle_of(const struct op_graph *g, const uint32_t *open, uint32_t *path)
{
    uint32_t *visit = mem_alloc_array(g->n_ops, sizeof *visit);
    uint32_t v = 0, n = 0;
    while (open[v] == 0) {
        v++;
    }
    while (visit[v] == 0) {
        visit[v] = ++n;
        path[n - 1] = v;
        const struct op *o = &g->ops[v];
        for (uint32_t i = 0; i < o->n_operands; i++) {
            uint32_t producer = g->tensors[g->operands[o->first_operand + i].tensor].producer;
            if (producer != OP_NONE && open[producer] > 0) {
                v = producer;
                break;
            }
        }
    }
    uint32_t start = visit[v] - 1, length = n - start;
    memmove(path, path + start, length * sizeof *path);
    for (uint32_t i = 1; i <= (length - 1) / 2; i++) {
        uint32_t kept = path[i];
        path[i] = path[length - i];
        path[length - i] = kept;
    }
    free(visit);
    return length;
}

/* Ops in order into order, or what is open of the others; returns how many are in order. */
static uint32_t sort_ops(const struct op_graph *g, uint32_t *order, uint32_t *level, uint32_t *open)
{
    struct consumers c = consumers_of(g);
    uint32_t *heap = mem_alloc_array(g->n_ops, sizeof *heap);
    uint32_t ready = 0, done = 0;
    for (uint32_t u = 0; u < g->n_ops; u++) {
        level[u] = 0;
        for (uint32_t e = c.first[u]; e < c.first[u + 1]; e++) {
            open[c.op[e]]++;
        }
    }
    for (uint32_t u = 0; u < g->n_ops; u++) {
        if (open[u] == 0) {
            heap_push(heap, &ready, u);
        }
    }
    while (ready > 0) {
        uint32_t u = heap_pop(heap, &ready);
        order[done++] = u;
        for (uint32_t e = c.first[u]; e < c.first[u + 1]; e++) {
            uint32_t v = c.op[e];
            if (level[v] <= level[u]) {
                level[v] = level[u] + 1;
            }
            if (--open[v] == 0) {
                heap_push(heap, &ready, v);
            }
        }
    }
    free(heap);
    free(c.first);
    free(c.op);
    return done;
}

static void report_cycle(const struct op_graph *g, const uint32_t *path, uint32_t length, struct diag *d)
{
    struct text names = {0};
    for (uint32_t i = 0; i < length && i < 8; i++) {
        text_printf(&names, "%s -> ", g->ops[path[i]].name);
    }
    diag_add(d, "", 0, 0, "", "the graph has a cycle of %u ops: %s%s%s", length, names.s, length > 8 ? "... -> " : "",
             g->ops[path[0]].name);
    text_free(&names);
}

int op_graph_order(const struct op_graph *g, uint32_t *order, uint32_t *level, struct diag *d)
{
    uint32_t *open = mem_alloc_array(g->n_ops, sizeof *open);
    bool sorted = sort_ops(g, order, level, open) == g->n_ops;
    if (!sorted) {
        uint32_t *path = mem_alloc_array(g->n_ops, sizeof *path);
        report_cycle(g, path, cycle_of(g, open, path), d);
        free(path);
    }
    free(open);
    return sorted ? SIM_OK : SIM_ERR_INPUT;
}

uint32_t op_graph_cycle(const struct op_graph *g, uint32_t *path)
{
    uint32_t *open = mem_alloc_array(g->n_ops, sizeof *open);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    bool sorted = sort_ops(g, path, level, open) == g->n_ops;
    uint32_t length = sorted ? 0 : cycle_of(g, open, path);
    free(open);
    free(level);
    return length;
}

/* ---- figures ---- */

size_t op_graph_edges(const struct op_graph *g, struct op_edge **out)
{
    struct consumers c = consumers_of(g);
    struct op_edge *edges = mem_alloc_array(c.first[g->n_ops], sizeof *edges);
    size_t n = 0;
    for (uint32_t u = 0; u < g->n_ops; u++) {
        for (uint32_t e = c.first[u]; e < c.first[u + 1]; e++) {
            /* An op that reads two slices of one tensor stands twice in a row. */
            if (e == c.first[u] || c.op[e] != c.op[e - 1]) {
                edges[n++] = (struct op_edge) {u, c.op[e]};
            }
        }
    }
    free(c.first);
    free(c.op);
    *out = edges;
    return n;
}

/* Longest path, a node counting its cycles, or 1 where some node is not generic. */
static uint64_t critical_path(const struct op_graph *g, const uint32_t *order, bool generic)
{
    uint64_t *end = mem_alloc_array(g->n_ops, sizeof *end);
    uint64_t longest = 0;
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const struct op *o = &g->ops[order[i]];
        uint64_t start = 0;
        for (uint32_t k = 0; k < o->n_operands; k++) {
            uint32_t u = g->tensors[g->operands[o->first_operand + k].tensor].producer;
            if (u != OP_NONE && end[u] > start) {
                start = end[u];
            }
        }
        end[order[i]] = start + (generic ? o->cycles : 1);
        if (end[order[i]] > longest) {
            longest = end[order[i]];
        }
    }
    free(end);
    return longest;
}

int op_graph_figures(const struct op_graph *g, struct op_graph_figures *out, struct diag *d)
{
    *out = (struct op_graph_figures) {.nodes = g->n_ops};
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    int error = op_graph_order(g, order, level, d);
    for (uint32_t i = 0; i < g->n_ops && error == SIM_OK; i++) {
        out->kinds[g->ops[i].kind]++;
        out->macs += g->ops[i].macs;
        out->vector_ops += g->ops[i].vector_ops;
        out->total_work += g->ops[i].cycles;
        if (level[i] + 1u > out->levels) {
            out->levels = level[i] + 1u;
        }
    }
    if (error == SIM_OK) {
        struct op_edge *edges;
        out->edges = op_graph_edges(g, &edges);
        free(edges);
        out->critical_path = critical_path(g, order, out->kinds[OP_GENERIC] == g->n_ops);
        for (size_t t = 0; t < g->n_tensors; t++) {
            if (g->tensors[t].kind == TENSOR_WEIGHT) {
                out->weight_bytes += op_tensor_bytes(&g->tensors[t]);
            } else if (g->tensors[t].kind == TENSOR_ACTIVATION) {
                out->tensor_bytes += op_tensor_bytes(&g->tensors[t]);
            } else {
                out->input_bytes += op_tensor_bytes(&g->tensors[t]);
            }
        }
    }
    free(order);
    free(level);
    return error;
}
