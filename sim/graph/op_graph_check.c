/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph_check.c - the structural rules of an op graph. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/graph/op_graph.h"

/* Largest tensor and largest sums, so that no product of a later part overflows. */
#define MAX_TENSOR_BYTES ((uint64_t)1 << 40)
#define MAX_SUM          ((uint64_t)1 << 62)

static bool is_matrix(enum op_kind kind)
{
    return kind == OP_MATMUL || kind == OP_CONV || kind == OP_SCORES || kind == OP_VALUES;
}

static const char *tensor_fault(const struct op_graph *g, uint32_t t)
{
    const struct tensor *x = &g->tensors[t];
    if (x->elem_bytes < 1 || x->elem_bytes > 16) {
        return "its elements are not of 1 to 16 bytes";
    }
    if (x->rows < 1 || (uint64_t)x->rows * x->cols > MAX_TENSOR_BYTES / x->elem_bytes) {
        return "it has no row or more than 2^40 bytes";
    }
    if (x->kind != TENSOR_ACTIVATION) {
        return x->producer == OP_NONE ? NULL : "an input or weight is written by an op";
    }
    if (x->producer >= g->n_ops || g->ops[x->producer].output != t) {
        return "no op writes it";
    }
    return NULL;
}

static const char *window_fault(const struct op *o, const struct tensor *x, uint32_t cols)
{
    const struct op_window *w = &o->window;
    if (w->kernel < 1 || w->stride < 1 || w->in_height + 2 * w->pad < w->kernel ||
        w->in_width + 2 * w->pad < w->kernel) {
        return "its window is larger than the image";
    }
    if ((w->in_height + 2 * w->pad - w->kernel) / w->stride + 1 != w->out_height ||
        (w->in_width + 2 * w->pad - w->kernel) / w->stride + 1 != w->out_width) {
        return "its window does not give its output size";
    }
    if ((uint64_t)w->in_height * w->in_width != x->rows || (uint64_t)w->out_height * w->out_width != o->m) {
        return "rows are not the pixels of its window";
    }
    if (o->kind == OP_CONV && (uint64_t)cols * w->kernel * w->kernel != o->k) {
        return "its contraction is not channels x window";
    }
    if (o->kind == OP_POOL && cols != o->n) {
        return "its channels in and out differ";
    }
    return NULL;
}

/* Does the slice fit the role? A ROLE_A slice covers a part of k that is added up in *k. */
static const char *operand_fault(const struct op_graph *g, const struct op *o, const struct operand *x, uint64_t *k)
{
    if (x->tensor >= g->n_tensors) {
        return "it reads a tensor that is not there";
    }
    const struct tensor *t = &g->tensors[x->tensor];
    if ((uint64_t)x->col0 + x->cols > t->cols) {
        return "it reads columns that are not there";
    }
    bool fits = true;
    switch (x->role) {
    case ROLE_A:
        *k += x->cols;
        fits = t->rows == o->m;
        break;
    case ROLE_B:
        fits = t->rows == o->k && x->cols == o->n;
        break;
    case ROLE_B_T:
        fits = t->rows == o->n && x->cols == o->k;
        break;
    case ROLE_ELEMENT:
    case ROLE_PARTIALS:
        fits = t->rows == o->m && x->cols == o->n;
        break;
    case ROLE_ROWS:
        fits = t->rows == o->m;
        break;
    case ROLE_WINDOW:
        *k += o->kind == OP_CONV ? o->k : 0;
        return window_fault(o, t, x->cols);
    case ROLE_ALL:
        break;
    default:
        return "an operand has an unknown role";
    }
    return fits ? NULL : "an operand has not the shape of its role";
}

static const char *split_fault(const struct op *o)
{
    if (o->group_cols < 1) {
        return "its split has no granule";
    }
    if (o->split == SPLIT_COLUMNS && o->n % o->group_cols != 0) {
        return "its columns are not whole groups";
    }
    if (o->split == SPLIT_K && (o->k % o->group_cols != 0 || o->vector_ops > 0)) {
        return "its contraction is not whole groups, or has vector work on partials";
    }
    if (o->split == SPLIT_GROUP && o->group >= o->group_count) {
        return "it belongs to a group that is not there";
    }
    return NULL;
}

static const char *op_fault(const struct op_graph *g, const struct op *o)
{
    if (o->output >= g->n_tensors || (uint64_t)o->first_operand + o->n_operands > g->n_operands) {
        return "its output or operands are not there";
    }
    const struct tensor *out = &g->tensors[o->output];
    if (o->m != out->rows || o->n != out->cols) {
        return "its output has another shape";
    }
    if ((o->k > 0) != is_matrix(o->kind)) {
        return "its contraction does not go with its kind";
    }
    uint64_t k = 0;
    for (uint32_t i = 0; i < o->n_operands; i++) {
        const char *fault = operand_fault(g, o, &g->operands[o->first_operand + i], &k);
        if (fault != NULL) {
            return fault;
        }
    }
    if (k != o->k) {
        return "its left operands do not add up to its contraction";
    }
    uint64_t macs = 0;
    if (__builtin_mul_overflow((uint64_t)o->m * o->n, o->k, &macs) || o->macs != macs || macs > MAX_SUM) {
        return "its MACs are not m x n x k, or more than 2^62";
    }
    if (o->vector_ops > MAX_SUM || o->cycles > MAX_SUM) {
        return "it has more than 2^62 operations or cycles";
    }
    return split_fault(o);
}

static const char *sum_fault(const struct op_graph *g)
{
    uint64_t macs = 0, vector_ops = 0, cycles = 0, bytes = 0;
    for (size_t i = 0; i < g->n_ops; i++) {
        macs += g->ops[i].macs;
        vector_ops += g->ops[i].vector_ops;
        cycles += g->ops[i].cycles;
        if (macs > MAX_SUM || vector_ops > MAX_SUM || cycles > MAX_SUM) {
            return "the graph has more than 2^62 MACs, vector operations or cycles";
        }
    }
    for (size_t i = 0; i < g->n_tensors; i++) {
        bytes += op_tensor_bytes(&g->tensors[i]);
        if (bytes > MAX_SUM) {
            return "the graph has more than 2^62 bytes of tensors";
        }
    }
    return NULL;
}

int op_graph_check(const struct op_graph *g, struct diag *d)
{
    size_t before = d->count;
    if (g->n_ops == 0) {
        diag_add(d, "", 0, 0, "", "the graph has no op");
    }
    for (uint32_t i = 0; i < g->n_tensors; i++) {
        const char *fault = tensor_fault(g, i);
        if (fault != NULL) {
            diag_add(d, "", 0, 0, "", "tensor %s: %s", g->tensors[i].name, fault);
        }
    }
    for (uint32_t i = 0; i < g->n_ops; i++) {
        const char *fault = op_fault(g, &g->ops[i]);
        if (fault != NULL) {
            diag_add(d, "", 0, 0, "", "op %s: %s", g->ops[i].name, fault);
        }
    }
    const char *fault = d->count == before ? sum_fault(g) : NULL;
    if (fault != NULL) {
        diag_add(d, "", 0, 0, "", "%s", fault);
    }
    if (d->count > before) {
        return SIM_ERR_INPUT;
    }
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    int error = op_graph_order(g, order, level, d);
    free(order);
    free(level);
    return error;
}
