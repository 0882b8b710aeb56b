/* SPDX-License-Identifier: Apache-2.0 */
/* graph_mlp.c - a multi-layer perceptron, ReLU between its layers:
 *
 *     x [batch x inputs] --matmul--relu--> [batch x hidden] --matmul--relu--> ... --matmul--> [batch x outputs]
 *
 * The last layer has neither bias nor ReLU. Layers are split over chips in turn by output columns and by contraction,
 * so that two layers need one sum over the chips. */
#include <stdio.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"

/* mlp-small is ours: handwritten digits of 28 x 28 pixels in ten classes. */
static const struct preset {
    const char *name;
    uint32_t layers, inputs, hidden, outputs, batch;
} presets[] = {
    {"mlp-small", 3, 784, 512, 10, 64},
};

static uint32_t layer(struct op_graph *g, uint32_t number, uint32_t input, uint32_t rows, uint32_t n, bool last)
{
    char name[64];
    bool spread = number % 2 == 1; /* the columns of the input lie spread over the chips */
    uint32_t weights = OP_NONE;
    snprintf(name, sizeof name, "layer%u", number);
    uint32_t op = graph_matrix_op(g, OP_MATMUL, rows, n, g->tensors[input].cols, name);
    graph_read(g, op, input, ROLE_A);
    graph_read_weights(g, op, &weights);
    graph_split(g, op, spread ? SPLIT_K : last ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    if (last) {
        return g->ops[op].output;
    }
    snprintf(name, sizeof name, "layer%u.relu", number);
    uint32_t relu = graph_vector_op(g, OP_RELU, rows, n, name);
    graph_read(g, relu, g->ops[op].output, ROLE_ELEMENT);
    graph_split(g, relu, spread ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    /* The bias of a matmul whose contraction is split waits for the sum. */
    graph_add_bias(g, spread ? relu : op);
    return g->ops[relu].output;
}

int graph_make_mlp(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const struct preset *p =
        graph_find_preset("mlp", GRAPH_GET(o, preset, "mlp-small"), presets, 1, sizeof presets[0], d);
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (p == NULL || dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    uint32_t layers = (uint32_t)GRAPH_GET(o, layers, p->layers);
    uint32_t rows = (uint32_t)GRAPH_GET(o, batch, p->batch);
    uint32_t hidden = (uint32_t)GRAPH_GET(o, hidden, p->hidden);
    uint32_t outputs = (uint32_t)GRAPH_GET(o, outputs, p->outputs);
    struct op_graph *made = op_graph_new("mlp");
    made->dtype_bytes = dtype_bytes;
    uint32_t x =
        op_graph_add_tensor(made, TENSOR_INPUT, rows, (uint32_t)GRAPH_GET(o, inputs, p->inputs), dtype_bytes, "x");
    for (uint32_t i = 0; i < layers; i++) {
        bool last = i + 1 == layers;
        x = layer(made, i, x, rows, last ? outputs : hidden, last);
    }
    made->tensors[x].is_output = true;
    *g = made;
    return SIM_OK;
}
