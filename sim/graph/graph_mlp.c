/* SPDX-License-Identifier: Apache-2.0 */
/* graph_mlp.c - a multi-layer perceptron in blocks of two matmuls, ReLU between all of them:
 *
 *     x [sequence x d_model] --up--> [x d_ff] --relu--> --down--> [x d_model] --relu--> next block
 *
 * The last matmul has neither bias nor ReLU: its result is the output. */
#include <stdio.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"

struct mlp {
    struct op_graph *g;
    uint32_t layer;
    uint32_t rows;
};

/* up is split by columns and down by its contraction, so one sum over the chips per block is enough. */
static uint32_t matmul(struct mlp *x, const char *part, uint32_t input, uint32_t n, uint32_t k, bool up)
{
    char name[64];
    snprintf(name, sizeof name, "layer%u.%s", x->layer, part);
    uint32_t op = graph_matrix_op(x->g, OP_MATMUL, x->rows, n, k, name);
    graph_read(x->g, op, input, ROLE_A);
    graph_read_weights(x->g, op);
    graph_split(x->g, op, up ? SPLIT_COLUMNS : SPLIT_K, 1, 0);
    if (up) {
        graph_add_bias(x->g, op);
    }
    return x->g->ops[op].output;
}

/* The bias of a matmul whose contraction is split waits for the sum and is added here. */
static uint32_t relu(struct mlp *x, const char *part, uint32_t input, bool up)
{
    char name[64];
    snprintf(name, sizeof name, "layer%u.%s", x->layer, part);
    uint32_t op = graph_vector_op(x->g, OP_RELU, x->rows, x->g->tensors[input].cols, name);
    graph_read(x->g, op, input, ROLE_ELEMENT);
    graph_split(x->g, op, up ? SPLIT_COLUMNS : SPLIT_REPLICATE, 1, 0);
    if (!up) {
        graph_add_bias(x->g, op);
    }
    return x->g->ops[op].output;
}

int graph_make_mlp(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    struct mlp x = {.g = op_graph_new("mlp"), .rows = (uint32_t)GRAPH_GET(o, sequence, 128)};
    uint32_t d_model = (uint32_t)GRAPH_GET(o, d_model, 1024);
    uint32_t d_ff = (uint32_t)GRAPH_GET(o, d_ff, 4096);
    uint64_t layers = GRAPH_GET(o, layers, 2);
    x.g->dtype_bytes = dtype_bytes;
    uint32_t t = op_graph_add_tensor(x.g, TENSOR_INPUT, x.rows, d_model, dtype_bytes, "x");
    for (x.layer = 0; x.layer < layers; x.layer++) {
        t = matmul(&x, "up", t, d_ff, d_model, true);
        t = relu(&x, "relu1", t, true);
        t = matmul(&x, "down", t, d_model, d_ff, false);
        if (x.layer + 1 < layers) {
            t = relu(&x, "relu2", t, false);
        }
    }
    x.g->tensors[t].is_output = true;
    *g = x.g;
    return SIM_OK;
}
