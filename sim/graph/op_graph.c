/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph.c - making an op graph, its order, its checksums and its figures. */
#include "sim/graph/op_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"

const char *const op_kind_names[OP_KIND_COUNT] = {
#define X(id, name, vector_ops) name,
    OP_KINDS(X)
#undef X
};

const uint32_t op_kind_vector_ops[OP_KIND_COUNT] = {
#define X(id, name, vector_ops) vector_ops,
    OP_KINDS(X)
#undef X
};

struct op_graph *op_graph_new(const char *source)
{
    struct op_graph *g = mem_alloc(sizeof *g);
    g->arena = arena_new();
    g->source = arena_strdup(g->arena, source);
    g->dtype_bytes = 1;
    g->items = 1;
    return g;
}

void op_graph_free(struct op_graph *g)
{
    if (g == NULL) {
        return;
    }
    free(g->ops);
    free(g->operands);
    free(g->tensors);
    arena_free(g->arena);
    free(g);
}

#define NAME_MAX_BYTES 128 /* longer names are cut */

uint32_t op_graph_add_tensor(struct op_graph *g, enum tensor_kind kind, uint32_t rows, uint32_t cols,
                             uint32_t elem_bytes, const char *fmt, ...)
{
    SIM_CHECK(g->n_tensors < OP_NONE, "too many tensors");
    va_list args;
    va_start(args, fmt);
    char name[NAME_MAX_BYTES];
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    *VEC_PUSH(g, tensors) = (struct tensor) {.name = arena_strdup(g->arena, name),
                                             .kind = kind,
                                             .producer = OP_NONE,
                                             .rows = rows,
                                             .cols = cols,
                                             .elem_bytes = elem_bytes};
    return (uint32_t)(g->n_tensors - 1);
}

uint32_t op_graph_add_op(struct op_graph *g, enum op_kind kind, uint32_t output, const char *fmt, ...)
{
    SIM_CHECK(g->n_ops < OP_NONE && output < g->n_tensors, "op %zu writes tensor %u of %zu", g->n_ops, output,
              g->n_tensors);
    struct tensor *t = &g->tensors[output];
    SIM_CHECK(t->producer == OP_NONE && t->kind == TENSOR_ACTIVATION, "tensor %s has a writer already", t->name);
    va_list args;
    va_start(args, fmt);
    char name[NAME_MAX_BYTES];
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    t->producer = (uint32_t)g->n_ops;
    *VEC_PUSH(g, ops) = (struct op) {.name = arena_strdup(g->arena, name),
                                     .kind = kind,
                                     .m = t->rows,
                                     .n = t->cols,
                                     .vector_ops = (uint64_t)t->rows * t->cols * op_kind_vector_ops[kind],
                                     .output = output,
                                     .first_operand = (uint32_t)g->n_operands,
                                     .group_cols = 1};
    return (uint32_t)(g->n_ops - 1);
}

void op_graph_add_operand(struct op_graph *g, uint32_t op, uint32_t tensor, uint32_t col0, uint32_t cols,
                          enum operand_role role)
{
    struct op *o = &g->ops[op];
    SIM_CHECK(o->first_operand + o->n_operands == g->n_operands, "operands of %s are not added in one go", o->name);
    *VEC_PUSH(g, operands) = (struct operand) {.tensor = tensor, .col0 = col0, .cols = cols, .role = role};
    o->n_operands++;
}

/* ---- checksums ---- */

void op_graph_checksums(const struct op_graph *g, uint64_t version, uint64_t *out)
{
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    struct diag d;
    diag_init(&d);
    int error = op_graph_order(g, order, level, &d);
    SIM_CHECK(error == SIM_OK, "checksums of a graph with a cycle");
    diag_free(&d);
    for (uint32_t t = 0; t < g->n_tensors; t++) {
        out[t] = mix64(t, g->tensors[t].kind == TENSOR_INPUT ? version : 0);
    }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const struct op *o = &g->ops[order[i]];
        uint64_t c = order[i];
        for (uint32_t k = 0; k < o->n_operands; k++) {
            uint32_t tensor = g->operands[o->first_operand + k].tensor;
            if (o->kind == OP_COLLECTIVE) {
                c = out[tensor];
            } else if (op_tensor_bytes(&g->tensors[tensor]) > 0) {
                c = mix64(c, out[tensor]);
            }
        }
        out[o->output] = c;
    }
    free(order);
    free(level);
}
