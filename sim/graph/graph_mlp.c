/* SPDX-License-Identifier: Apache-2.0 */
/* graph_mlp.c - a multi-layer perceptron, ReLU between its layers:
 *
 *     x [batch x inputs] --matmul--relu--> [batch x hidden] --matmul--relu--> ... --matmul--> [batch x outputs]
 *
 * The last layer has neither bias nor ReLU. Layers are split over chips in turn by output columns and by contraction,
 * so that two layers need one sum over the chips. Micro-batches are chains of ops of their own that share the weights,
 * equal numbers of rows each. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"

/* mlp-small is ours: handwritten digits of 28 x 28 pixels in ten classes. */
static const struct preset {
    const char *name;
    uint32_t layers, inputs, hidden, outputs, batch;
} presets[] = {
    {"mlp-small", 3, 784, 512, 10, 64},
};

struct mlp {
    struct op_graph *g;
    uint32_t item;
    uint32_t *weights; /* per layer, OP_NONE: still to be made */
    char name[64];
};

static const char *name_in(struct mlp *x, uint32_t layer, const char *part)
{
    char item[24] = "";
    if (x->item > 0) {
        snprintf(item, sizeof item, "item%u.", x->item);
    }
    snprintf(x->name, sizeof x->name, "%slayer%u%s", item, layer, part);
    return x->name;
}

static uint32_t layer(struct mlp *x, uint32_t number, uint32_t input, uint32_t rows, uint32_t n, bool last)
{
    struct op_graph *g = x->g;
    bool spread = number % 2 == 1; /* the columns of the input lie spread over the chips */
    const char *name = name_in(x, number, "");
    uint32_t op = graph_matrix_op(g, OP_MATMUL, rows, n, g->tensors[input].cols, name);
    graph_read(g, op, input, ROLE_A);
    graph_read_weights(g, op, &x->weights[number]);
    graph_split(g, op, spread ? SPLIT_K : last ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    if (last) {
        return g->ops[op].output;
    }
    uint32_t relu = graph_vector_op(g, OP_RELU, rows, n, name_in(x, number, ".relu"));
    graph_read(g, relu, g->ops[op].output, ROLE_ELEMENT);
    graph_split(g, relu, spread ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    /* The bias of a matmul whose contraction is split waits for the sum. */
    graph_add_bias(g, spread ? relu : op);
    return g->ops[relu].output;
}

struct mlp_sizes {
    uint32_t layers, rows, inputs, hidden, outputs, items;
};

static int check_items(const struct mlp_sizes *z, struct diag *d)
{
    if (z->rows % z->items != 0) {
        diag_add(d, "", 0, 0, "micro-batches", "%u micro-batches cannot share %u rows alike", z->items, z->rows);
        return SIM_ERR_INPUT;
    }
    if ((uint64_t)z->items * z->layers * 2 > GRAPH_MAX_OPS) {
        diag_add(d, "", 0, 0, "layers", "the graph would have more than %u ops", GRAPH_MAX_OPS);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static struct op_graph *make_items(const struct mlp_sizes *z, uint32_t dtype_bytes)
{
    struct mlp x = {.g = op_graph_new("mlp"), .weights = mem_alloc_array(z->layers, sizeof *x.weights)};
    uint32_t rows = z->rows / z->items;
    x.g->dtype_bytes = dtype_bytes;
    for (uint32_t i = 0; i < z->layers; i++) {
        x.weights[i] = OP_NONE;
    }
    for (x.item = 0; x.item < z->items; x.item++) {
        uint32_t at = op_graph_add_tensor(x.g, TENSOR_INPUT, rows, z->inputs, dtype_bytes, "x");
        for (uint32_t i = 0; i < z->layers; i++) {
            bool last = i + 1 == z->layers;
            size_t first = x.g->n_ops;
            at = layer(&x, i, at, rows, last ? z->outputs : z->hidden, last);
            graph_mark(x.g, first, x.g->n_ops, i, x.item);
        }
        x.g->tensors[at].is_output = true;
    }
    free(x.weights);
    return x.g;
}

int graph_make_mlp(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const struct preset *p =
        graph_find_preset("mlp", GRAPH_GET(o, preset, "mlp-small"), presets, 1, sizeof presets[0], d);
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (p == NULL || dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    struct mlp_sizes z = {.layers = (uint32_t)GRAPH_GET(o, layers, p->layers),
                          .rows = (uint32_t)GRAPH_GET(o, batch, p->batch),
                          .inputs = (uint32_t)GRAPH_GET(o, inputs, p->inputs),
                          .hidden = (uint32_t)GRAPH_GET(o, hidden, p->hidden),
                          .outputs = (uint32_t)GRAPH_GET(o, outputs, p->outputs),
                          .items = (uint32_t)GRAPH_GET(o, micro_batches, 1)};
    int error = check_items(&z, d);
    if (error == SIM_OK) {
        *g = make_items(&z, dtype_bytes);
    }
    return error;
}
