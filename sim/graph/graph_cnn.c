/* SPDX-License-Identifier: Apache-2.0 */
/* graph_cnn.c - small convolutional networks in real dimensions, one image.
 *
 *     image [pixels x channels] --conv--relu--pool--> ... --conv over the whole image--> classes
 *
 * A convolution is a matmul over windows: m = output pixels, n = output channels, k = input channels x window
 * (channel by channel), its left side read through the window, halo included; zeros of the padding count as work.
 * A fully connected layer is a convolution whose window is the whole image (LeCun et al., Gradient-based learning
 * applied to document recognition, 1998, layer C5), which needs no reshaping. */
#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/graph_build.h"

enum layer_kind { END, CONV, POOL, FULL };

/* CONV: channels out, ReLU after it. POOL: kernel, stride. FULL: channels out; the last one is the output. */
struct layer {
    enum layer_kind kind;
    uint32_t channels, kernel, stride, pad;
};

#define CONV3(channels)                                                                                                \
    {                                                                                                                  \
        CONV, channels, 3, 1, 1                                                                                        \
    }
#define HALF                                                                                                           \
    {                                                                                                                  \
        POOL, 0, 2, 2, 0                                                                                               \
    }

/* LeNet-5 after LeCun et al. 1998 with full connections in C3; VGG-11 after Simonyan and Zisserman,
 * arXiv:1409.1556, table 1 A; cnn-small is ours: 32 x 32 colour images in ten classes. */
static const struct layer lenet_5[] = {
    {CONV, 6, 5, 1, 0}, HALF, {CONV, 16, 5, 1, 0}, HALF, {FULL, 120, 0, 0, 0}, {FULL, 84, 0, 0, 0}, {FULL, 10, 0, 0, 0},
    {END, 0, 0, 0, 0}};
static const struct layer cnn_small[] = {
    CONV3(32),           CONV3(32),        HALF, CONV3(64), CONV3(64), HALF, {FULL, 256, 0, 0, 0},
    {FULL, 10, 0, 0, 0}, {END, 0, 0, 0, 0}};
static const struct layer vgg_11[] = {CONV3(64),
                                      HALF,
                                      CONV3(128),
                                      HALF,
                                      CONV3(256),
                                      CONV3(256),
                                      HALF,
                                      CONV3(512),
                                      CONV3(512),
                                      HALF,
                                      CONV3(512),
                                      CONV3(512),
                                      HALF,
                                      {FULL, 4096, 0, 0, 0},
                                      {FULL, 4096, 0, 0, 0},
                                      {FULL, 1000, 0, 0, 0},
                                      {END, 0, 0, 0, 0}};

static const struct preset {
    const char *name;
    uint32_t size, channels; /* of the image */
    const struct layer *layers;
} presets[] = {
    {"cnn-small", 32, 3, cnn_small},
    {"lenet-5", 32, 1, lenet_5},
    {"vgg-11", 224, 3, vgg_11},
};
#define PRESETS (sizeof presets / sizeof presets[0])

/* The image so far, and how its channels lie on the chips. */
struct cnn {
    struct op_graph *g;
    uint32_t tensor, size, channels;
    uint32_t layer;
    bool spread;       /* channels are spread over the chips */
    bool bias_waiting; /* the bias of the op that wrote the image is still to be added */
};

static uint32_t window_op(struct cnn *x, enum op_kind kind, const struct layer *l, uint32_t channels, const char *name)
{
    uint32_t kernel = l->kind == FULL ? x->size : l->kernel;
    uint32_t stride = l->kind == FULL ? 1 : l->stride;
    uint32_t out = (x->size + 2 * l->pad - kernel) / stride + 1;
    uint32_t op = kind == OP_CONV
                      ? graph_matrix_op(x->g, kind, out * out, channels, x->channels * kernel * kernel, name)
                      : graph_vector_op(x->g, kind, out * out, channels, name);
    x->g->ops[op].window = (struct op_window) {.in_height = x->size,
                                               .in_width = x->size,
                                               .out_height = out,
                                               .out_width = out,
                                               .kernel = kernel,
                                               .stride = stride,
                                               .pad = l->pad};
    graph_read(x->g, op, x->tensor, ROLE_WINDOW);
    return op;
}

static void advance(struct cnn *x, uint32_t op)
{
    x->tensor = x->g->ops[op].output;
    x->size = x->g->ops[op].window.kernel > 0 ? x->g->ops[op].window.out_height : x->size;
    x->channels = x->g->ops[op].n;
}

/* Convolutions are split in turn by output channels and by contraction: after the first the channels lie spread over
 * the chips as the second needs them, after the second the chips add their partials. */
static void convolution(struct cnn *x, const struct layer *l, bool last)
{
    char name[64];
    snprintf(name, sizeof name, "layer%u.%s", x->layer, l->kind == FULL ? "full" : "conv");
    uint32_t op = window_op(x, OP_CONV, l, l->channels, name);
    graph_read_weights(x->g, op);
    uint32_t kernel = x->g->ops[op].window.kernel;
    if (x->spread) {
        graph_split(x->g, op, SPLIT_K, kernel * kernel, 0);
    } else {
        graph_split(x->g, op, last ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    }
    if (!x->spread && !last) {
        graph_add_bias(x->g, op);
    }
    x->bias_waiting = x->spread;
    x->spread = !x->spread && !last;
    advance(x, op);
}

static void relu(struct cnn *x)
{
    char name[64];
    snprintf(name, sizeof name, "layer%u.relu", x->layer);
    uint32_t op = graph_vector_op(x->g, OP_RELU, x->g->tensors[x->tensor].rows, x->channels, name);
    graph_read(x->g, op, x->tensor, ROLE_ELEMENT);
    graph_split(x->g, op, x->spread ? SPLIT_COLUMNS : SPLIT_REPLICATE, 1, 0);
    if (x->bias_waiting) {
        graph_add_bias(x->g, op);
    }
    x->bias_waiting = false;
    advance(x, op);
}

static void pool(struct cnn *x, const struct layer *l)
{
    char name[64];
    snprintf(name, sizeof name, "layer%u.pool", x->layer);
    uint32_t op = window_op(x, OP_POOL, l, x->channels, name);
    x->g->ops[op].vector_ops *= (uint64_t)l->kernel * l->kernel;
    graph_split(x->g, op, x->spread ? SPLIT_COLUMNS : SPLIT_REPLICATE, 1, 0);
    advance(x, op);
}

static const struct preset *find_preset(const struct graph_options *o, struct diag *d)
{
    const char *names[PRESETS];
    const char *name = GRAPH_GET(o, preset, "cnn-small");
    for (size_t i = 0; i < PRESETS; i++) {
        names[i] = presets[i].name;
        if (strcmp(name, presets[i].name) == 0) {
            return &presets[i];
        }
    }
    const char *near = text_nearest(name, names, PRESETS);
    diag_add(d, "", 0, 0, "preset", "no cnn is named '%s'; there are cnn-small, lenet-5, vgg-11%s%s%s", name,
             near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
    return NULL;
}

int graph_make_cnn(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const struct preset *p = find_preset(o, d);
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (p == NULL || dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    struct cnn x = {.g = op_graph_new("cnn"), .size = p->size, .channels = p->channels};
    x.g->dtype_bytes = dtype_bytes;
    x.tensor = op_graph_add_tensor(x.g, TENSOR_INPUT, p->size * p->size, p->channels, dtype_bytes, "image");
    for (const struct layer *l = p->layers; l->kind != END; l++, x.layer++) {
        bool last = l[1].kind == END;
        if (l->kind == POOL) {
            pool(&x, l);
            continue;
        }
        convolution(&x, l, last);
        if (!last) {
            relu(&x);
        }
    }
    x.g->tensors[x.tensor].is_output = true;
    *g = x.g;
    return SIM_OK;
}
