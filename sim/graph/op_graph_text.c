/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph_text.c - an op graph as text: the canonical text behind work_hash, and Graphviz. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/graph/op_graph.h"

static const char *const tensor_kind_names[] = {"input", "weight", "activation"};
static const char *const role_names[] = {"a", "b", "b_t", "element", "rows", "window", "all", "partials"};
static const char *const split_names[] = {"replicate", "columns", "k", "group", "range"};

static void canonical_op(const struct op_graph *g, uint32_t index, struct text *out)
{
    const struct op *o = &g->ops[index];
    const struct op_window *w = &o->window;
    text_printf(out, "op %u %s %u %u %u %llu %llu %u\n", index, op_kind_names[o->kind], o->m, o->n, o->k,
                (unsigned long long)o->vector_ops, (unsigned long long)o->cycles, o->output);
    text_printf(out, "split %s %u %u %u\n", split_names[o->split], o->group, o->group_cols, o->group_count);
    if (w->kernel > 0) {
        text_printf(out, "window %u %u %u %u %u %u %u\n", w->in_height, w->in_width, w->out_height, w->out_width,
                    w->kernel, w->stride, w->pad);
    }
    for (uint32_t i = 0; i < o->n_operands; i++) {
        const struct operand *x = &g->operands[o->first_operand + i];
        text_printf(out, "operand %u %u %u %s\n", x->tensor, x->col0, x->cols, role_names[x->role]);
    }
}

void op_graph_canonical(const struct op_graph *g, struct text *out)
{
    text_printf(out, "bpsim-work 1\ntensors %zu\n", g->n_tensors);
    for (uint32_t i = 0; i < g->n_tensors; i++) {
        const struct tensor *t = &g->tensors[i];
        text_printf(out, "tensor %u %s %u %u %u %d\n", i, tensor_kind_names[t->kind], t->rows, t->cols, t->elem_bytes,
                    t->is_output ? 1 : 0);
    }
    text_printf(out, "ops %zu\n", g->n_ops);
    for (uint32_t i = 0; i < g->n_ops; i++) {
        canonical_op(g, i, out);
    }
}

void op_graph_work_hash(const struct op_graph *g, const char *partition, char hex[65])
{
    struct text canonical = {0};
    op_graph_canonical(g, &canonical);
    text_add(&canonical, partition != NULL ? partition : "parallel 1\n");
    struct sha256 *s = sha256_new();
    sha256_add(s, canonical.s, canonical.n);
    sha256_hex(s, hex);
    text_free(&canonical);
}

/* Quotes and backslashes of a name end a Graphviz string. */
static void add_label(const char *name, struct text *out)
{
    for (; *name != '\0'; name++) {
        if (*name == '"' || *name == '\\') {
            text_add(out, "\\");
        }
        text_add_bytes(out, name, 1);
    }
}

static void add_ranks(const struct op_graph *g, const uint32_t *level, struct text *out)
{
    uint32_t levels = 0;
    for (size_t i = 0; i < g->n_ops; i++) {
        if (level[i] + 1 > levels) {
            levels = level[i] + 1;
        }
    }
    /* Ops by level, counted and filled as a list of lists. */
    uint32_t *first = mem_alloc_array((size_t)levels + 2, sizeof *first);
    uint32_t *by_level = mem_alloc_array(g->n_ops, sizeof *by_level);
    for (size_t i = 0; i < g->n_ops; i++) {
        first[level[i] + 2]++;
    }
    for (uint32_t l = 2; l < levels + 2; l++) {
        first[l] += first[l - 1];
    }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        by_level[first[level[i] + 1]++] = i;
    }
    for (uint32_t l = 0; l < levels; l++) {
        text_add(out, "  { rank=same;");
        for (uint32_t i = first[l]; i < first[l + 1]; i++) {
            text_printf(out, " n%u;", by_level[i]);
        }
        text_add(out, " }\n");
    }
    free(first);
    free(by_level);
}

int op_graph_dot(const struct op_graph *g, struct text *out, struct diag *d)
{
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    int error = op_graph_order(g, order, level, d);
    if (error == SIM_OK) {
        text_add(out, "digraph work {\n  node [shape=box];\n");
        for (uint32_t i = 0; i < g->n_ops; i++) {
            text_printf(out, "  n%u [label=\"", i);
            add_label(g->ops[i].name, out);
            text_printf(out, "\\n%s %ux%u", op_kind_names[g->ops[i].kind], g->ops[i].m, g->ops[i].n);
            if (g->ops[i].k > 0) {
                text_printf(out, "x%u", g->ops[i].k);
            }
            text_add(out, "\"];\n");
        }
        add_ranks(g, level, out);
        struct op_edge *edges;
        size_t n = op_graph_edges(g, &edges);
        for (size_t i = 0; i < n; i++) {
            text_printf(out, "  n%u -> n%u [label=\"%llu B\"];\n", edges[i].from, edges[i].to,
                        (unsigned long long)op_tensor_bytes(&g->tensors[g->ops[edges[i].from].output]));
        }
        free(edges);
        text_add(out, "}\n");
    }
    free(order);
    free(level);
    return error;
}
