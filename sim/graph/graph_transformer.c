/* SPDX-License-Identifier: Apache-2.0 */
/* graph_transformer.c - blocks of a decoder in real dimensions (pre-norm, as GPT-2), without a cache.
 *
 *     x --norm--> qkv --per head: scores--softmax--values--> proj --residual--norm--> up--gelu--> down --residual--> x
 *     |                                                                 |   |                                 |
 *     +-----------------------------------------------------------------+   +---------------------------------+
 *
 * Columns of qkv are interleaved by head (q0 k0 v0 q1 k1 v1 ...), so that a chip which owns a range of heads owns
 * a range of columns (Shoeybi et al., Megatron-LM, arXiv:1909.08053). No causal saving: all scores are computed.
 * The sequences of a batch are ops of their own that share the weights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/graph_build.h"

/* Layers, heads and widths: Radford et al., Language Models are Unsupervised Multitask Learners, 2019, table 2, and
 * the published hparams files (heads). `tiny` is small enough for tests. */
static const struct preset {
    const char *name;
    uint32_t layers, heads, d_model, d_ff, sequence;
} presets[] = {
    {"gpt2-small", 12, 12, 768, 3072, 128},
    {"gpt2-medium", 24, 16, 1024, 4096, 128},
    {"gpt2-large", 36, 20, 1280, 5120, 128},
    {"gpt2-xl", 48, 25, 1600, 6400, 128},
    {"tiny", 2, 4, 64, 256, 16},
};
#define PRESETS (sizeof presets / sizeof presets[0])

/* Weights of one layer. */
struct weights {
    uint32_t qkv, proj, up, down;
};

struct block {
    struct op_graph *g;
    uint32_t item, layer;
    struct weights *weights; /* per layer, shared by the items of the batch */
    uint32_t sequence, d_model, d_ff, heads, d_head;
    char name[64];
};

static const char *name_in(struct block *b, const char *part)
{
    if (b->item > 0) {
        snprintf(b->name, sizeof b->name, "item%u.layer%u.%s", b->item, b->layer, part);
    } else {
        snprintf(b->name, sizeof b->name, "layer%u.%s", b->layer, part);
    }
    return b->name;
}

static uint32_t output_of(const struct block *b, uint32_t op)
{
    return b->g->ops[op].output;
}

static uint32_t norm(struct block *b, const char *part, uint32_t x)
{
    uint32_t op = graph_vector_op(b->g, OP_NORM, b->sequence, b->d_model, name_in(b, part));
    graph_read(b->g, op, x, ROLE_ROWS);
    return output_of(b, op);
}

/* x + y + bias of the matmul that made y: that matmul's contraction may be split over chips, so its bias must wait
 * for the sum. */
static uint32_t residual(struct block *b, const char *part, uint32_t x, uint32_t y)
{
    uint32_t op = graph_vector_op(b->g, OP_RESIDUAL, b->sequence, b->d_model, name_in(b, part));
    graph_add_bias(b->g, op);
    graph_read(b->g, op, x, ROLE_ELEMENT);
    graph_read(b->g, op, y, ROLE_ELEMENT);
    return output_of(b, op);
}

/* scores -> softmax -> values of one head; returns the tensor of its values. */
static uint32_t head(struct block *b, uint32_t h, uint32_t qkv)
{
    struct op_graph *g = b->g;
    uint32_t q = h * 3 * b->d_head, k = q + b->d_head, v = k + b->d_head;
    char part[32];
    snprintf(part, sizeof part, "head%u.scores", h);
    uint32_t scores = graph_matrix_op(g, OP_SCORES, b->sequence, b->sequence, b->d_head, name_in(b, part));
    op_graph_add_operand(g, scores, qkv, q, b->d_head, ROLE_A);
    op_graph_add_operand(g, scores, qkv, k, b->d_head, ROLE_B_T);
    snprintf(part, sizeof part, "head%u.softmax", h);
    uint32_t softmax = graph_vector_op(g, OP_SOFTMAX, b->sequence, b->sequence, name_in(b, part));
    graph_read(g, softmax, output_of(b, scores), ROLE_ROWS);
    snprintf(part, sizeof part, "head%u.values", h);
    uint32_t values = graph_matrix_op(g, OP_VALUES, b->sequence, b->d_head, b->sequence, name_in(b, part));
    graph_read(g, values, output_of(b, softmax), ROLE_A);
    op_graph_add_operand(g, values, qkv, v, b->d_head, ROLE_B);
    for (uint32_t op = scores; op <= values; op++) {
        graph_split(g, op, SPLIT_GROUP, 1, b->heads);
        g->ops[op].group = h;
    }
    return output_of(b, values);
}

static uint32_t attention(struct block *b, uint32_t x)
{
    struct op_graph *g = b->g;
    uint32_t qkv = graph_matrix_op(g, OP_MATMUL, b->sequence, 3 * b->d_model, b->d_model, name_in(b, "qkv"));
    graph_read(g, qkv, x, ROLE_A);
    graph_read_weights(g, qkv, &b->weights[b->layer].qkv);
    graph_add_bias(g, qkv);
    graph_split(g, qkv, SPLIT_COLUMNS, 3 * b->d_head, b->heads);
    uint32_t *values = mem_alloc_array(b->heads, sizeof *values);
    for (uint32_t h = 0; h < b->heads; h++) {
        values[h] = head(b, h, output_of(b, qkv));
    }
    uint32_t proj = graph_matrix_op(g, OP_MATMUL, b->sequence, b->d_model, b->d_model, name_in(b, "proj"));
    for (uint32_t h = 0; h < b->heads; h++) {
        graph_read(g, proj, values[h], ROLE_A);
    }
    graph_read_weights(g, proj, &b->weights[b->layer].proj);
    graph_split(g, proj, SPLIT_K, b->d_head, b->heads);
    free(values);
    return output_of(b, proj);
}

static uint32_t feed_forward(struct block *b, uint32_t x)
{
    struct op_graph *g = b->g;
    uint32_t up = graph_matrix_op(g, OP_MATMUL, b->sequence, b->d_ff, b->d_model, name_in(b, "ffn.up"));
    graph_read(g, up, x, ROLE_A);
    graph_read_weights(g, up, &b->weights[b->layer].up);
    graph_add_bias(g, up);
    graph_split(g, up, SPLIT_COLUMNS, 1, 0);
    uint32_t gelu = graph_vector_op(g, OP_GELU, b->sequence, b->d_ff, name_in(b, "ffn.gelu"));
    graph_read(g, gelu, output_of(b, up), ROLE_ELEMENT);
    graph_split(g, gelu, SPLIT_COLUMNS, 1, 0);
    uint32_t down = graph_matrix_op(g, OP_MATMUL, b->sequence, b->d_model, b->d_ff, name_in(b, "ffn.down"));
    graph_read(g, down, output_of(b, gelu), ROLE_A);
    graph_read_weights(g, down, &b->weights[b->layer].down);
    graph_split(g, down, SPLIT_K, 1, 0);
    return output_of(b, down);
}

static uint32_t block(struct block *b, uint32_t x)
{
    uint32_t y = attention(b, norm(b, "norm1", x));
    x = residual(b, "residual1", x, y);
    y = feed_forward(b, norm(b, "norm2", x));
    return residual(b, "residual2", x, y);
}

static int check_sizes(const struct block *b, uint64_t layers, uint64_t batch, struct diag *d)
{
    if (b->d_model % b->heads != 0) {
        diag_add(d, "", 0, 0, "heads", "%u heads do not divide the model's width of %u", b->heads, b->d_model);
        return SIM_ERR_INPUT;
    }
    if (batch * layers * (9 + 3 * (uint64_t)b->heads) > GRAPH_MAX_OPS) {
        diag_add(d, "", 0, 0, "layers", "the graph would have more than %u ops", GRAPH_MAX_OPS);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static void make_items(struct block *b, uint32_t layers, uint32_t batch)
{
    b->weights = mem_alloc_array(layers, sizeof *b->weights);
    for (uint32_t i = 0; i < layers; i++) {
        b->weights[i] = (struct weights) {OP_NONE, OP_NONE, OP_NONE, OP_NONE};
    }
    for (b->item = 0; b->item < batch; b->item++) {
        uint32_t x =
            op_graph_add_tensor(b->g, TENSOR_INPUT, b->sequence, b->d_model, b->g->dtype_bytes, "x%u", b->item);
        for (b->layer = 0; b->layer < layers; b->layer++) {
            size_t first = b->g->n_ops;
            x = block(b, x);
            graph_mark(b->g, first, b->g->n_ops, b->layer, b->item);
        }
        b->g->tensors[x].is_output = true;
    }
    free(b->weights);
}

int graph_make_transformer(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const struct preset *p =
        graph_find_preset("transformer", GRAPH_GET(o, preset, "gpt2-small"), presets, PRESETS, sizeof presets[0], d);
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (p == NULL || dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    struct block b = {.sequence = (uint32_t)GRAPH_GET(o, sequence, p->sequence),
                      .d_model = (uint32_t)GRAPH_GET(o, d_model, p->d_model),
                      .d_ff = (uint32_t)GRAPH_GET(o, d_ff, p->d_ff),
                      .heads = (uint32_t)GRAPH_GET(o, heads, p->heads)};
    uint32_t layers = (uint32_t)GRAPH_GET(o, layers, p->layers);
    uint32_t batch = (uint32_t)GRAPH_GET(o, batch, 1);
    int error = check_sizes(&b, layers, batch, d);
    if (error != SIM_OK) {
        return error;
    }
    b.d_head = b.d_model / b.heads;
    b.g = op_graph_new("transformer");
    b.g->dtype_bytes = dtype_bytes;
    make_items(&b, layers, batch);
    *g = b.g;
    return SIM_OK;
}
