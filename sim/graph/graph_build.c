/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/graph_build.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

uint32_t graph_dtype_bytes(const struct graph_options *o, struct diag *d)
{
    static const char *const names[] = {"fp32", "fp16", "bf16", "fp8", "int8"};
    static const uint32_t bytes[] = {4, 2, 2, 1, 1};
    const char *dtype = GRAPH_GET(o, dtype, "fp16");
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        if (strcmp(names[i], dtype) == 0) {
            return bytes[i];
        }
    }
    diag_add(d, "", 0, 0, "dtype", "'%s' is none of fp32, fp16, bf16, fp8, int8", dtype);
    return 0;
}

const void *graph_find_preset(const char *source, const char *name, const void *table, size_t count, size_t size,
                              struct diag *d)
{
    const char **names = mem_alloc_array(count, sizeof *names);
    struct text all = {0};
    const void *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *row = (const char *)table + i * size;
        memcpy(&names[i], row, sizeof names[i]);
        text_printf(&all, "%s%s", i > 0 ? ", " : "", names[i]);
        if (strcmp(names[i], name) == 0) {
            found = row;
        }
    }
    if (found == NULL) {
        const char *near = text_nearest(name, names, count);
        diag_add(d, "", 0, 0, "preset", "the source %s has no preset '%s', only %s%s%s%s", source, name, all.s,
                 near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
    }
    text_free(&all);
    free(names);
    return found;
}

static uint32_t new_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, const char *name)
{
    uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, m, n, g->dtype_bytes, "%s", name);
    return op_graph_add_op(g, kind, out, "%s", name);
}

uint32_t graph_matrix_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, uint32_t k, const char *name)
{
    uint32_t op = new_op(g, kind, m, n, name);
    g->ops[op].k = k;
    /* A product beyond 64 bits wraps here and is refused by op_graph_check. */
    g->ops[op].macs = (uint64_t)m * n * k;
    return op;
}

uint32_t graph_vector_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, const char *name)
{
    return new_op(g, kind, m, n, name);
}

void graph_add_bias(struct op_graph *g, uint32_t op)
{
    g->ops[op].vector_ops += (uint64_t)g->ops[op].m * g->ops[op].n;
}

void graph_read(struct op_graph *g, uint32_t op, uint32_t tensor, enum operand_role role)
{
    op_graph_add_operand(g, op, tensor, 0, g->tensors[tensor].cols, role);
}

void graph_read_weights(struct op_graph *g, uint32_t op, uint32_t *weights)
{
    const struct op *o = &g->ops[op];
    if (*weights == OP_NONE) {
        *weights = op_graph_add_tensor(g, TENSOR_WEIGHT, o->k, o->n, g->dtype_bytes, "%s.weight", o->name);
    }
    graph_read(g, op, *weights, ROLE_B);
}

void graph_split(struct op_graph *g, uint32_t op, enum op_split split, uint32_t group_cols, uint32_t group_count)
{
    g->ops[op].split = split;
    g->ops[op].group_cols = group_cols;
    g->ops[op].group_count = group_count;
}

void graph_mark(struct op_graph *g, size_t first, size_t end, uint32_t layer, uint32_t item)
{
    for (size_t i = first; i < end; i++) {
        g->ops[i].layer = layer;
        g->ops[i].item = item;
    }
    g->layers = layer >= g->layers ? layer + 1 : g->layers;
    g->items = item >= g->items ? item + 1 : g->items;
}

struct op_graph *graph_of_generic(const char *source, const struct generic_nodes *x, uint32_t edge_bytes)
{
    struct op_graph *g = op_graph_new(source);
    for (uint32_t v = 0; v < x->nodes; v++) {
        op_graph_add_tensor(g, TENSOR_ACTIVATION, 1, edge_bytes, 1, "n%u", v);
        g->tensors[v].is_output = true;
    }
    for (uint32_t v = 0; v < x->nodes; v++) {
        op_graph_add_op(g, OP_GENERIC, v, "n%u", v);
        g->ops[v].cycles = x->cycles[v];
        g->ops[v].split = SPLIT_RANGE;
        for (uint64_t e = x->first[v]; e < x->first[v + 1]; e++) {
            op_graph_add_operand(g, v, x->pred[e], 0, edge_bytes, ROLE_ALL);
            g->tensors[x->pred[e]].is_output = false; /* what somebody reads is no result of the whole work */
        }
    }
    return g;
}

void generic_nodes_free(struct generic_nodes *x)
{
    free(x->first);
    free(x->pred);
    free(x->cycles);
    *x = (struct generic_nodes) {0};
}
