/* SPDX-License-Identifier: Apache-2.0 */
/* graph_cnn.c - convolutional networks in real dimensions.
 *
 *     image [pixels x channels] --conv--relu--pool--> ... --conv over the whole image--> classes
 *
 * A convolution is a matmul over windows: m = output pixels, n = output channels, k = input channels x window (channel
 * by channel), its left side read through the window, halo included; zeros of the padding count as work. A fully
 * connected layer is a convolution whose window is the whole image (LeCun et al., Gradient-based learning applied to
 * document recognition, 1998, layer C5), which needs no reshaping. Branches of a layer all read the layer before and
 * are added up (Xie et al., Aggregated residual transformations, arXiv:1611.05431). The images of a batch are ops of
 * their own that share the weights. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"

enum layer_kind { END, CONV, POOL, FULL };

/* CONV: channels out, then ReLU. POOL: kernel, stride. FULL: channels out; the last one is the output. */
struct layer {
    enum layer_kind kind;
    uint32_t channels, kernel, stride, pad;
};

#define CONV3(channels)                                                                                                \
    {                                                                                                                  \
        CONV, channels, 3, 1, 1                                                                                        \
    }
#define CONV5(channels)                                                                                                \
    {                                                                                                                  \
        CONV, channels, 5, 1, 0                                                                                        \
    }
#define HALF                                                                                                           \
    {                                                                                                                  \
        POOL, 0, 2, 2, 0                                                                                               \
    }
#define FULLY(channels)                                                                                                \
    {                                                                                                                  \
        FULL, channels, 0, 0, 0                                                                                        \
    }
#define STOP                                                                                                           \
    {                                                                                                                  \
        END, 0, 0, 0, 0                                                                                                \
    }

/* LeCun et al. 1998, with full connections in C3. */
static const struct layer lenet_5[] = {CONV5(6), HALF, CONV5(16), HALF, FULLY(120), FULLY(84), FULLY(10), STOP};
/* Simonyan and Zisserman, arXiv:1409.1556, table 1 A. */
static const struct layer vgg_11[] = {CONV3(64), HALF,        CONV3(128),  HALF,        CONV3(256), CONV3(256),
                                      HALF,      CONV3(512),  CONV3(512),  HALF,        CONV3(512), CONV3(512),
                                      HALF,      FULLY(4096), FULLY(4096), FULLY(1000), STOP};

/* Without a table of layers: `depth` layers of `branches` equal convolutions, the image halved after every second one,
 * and a fully connected layer. cnn-small is ours. */
static const struct preset {
    const char *name;
    uint32_t image, in_channels;
    const struct layer *layers;
    uint32_t depth, branches, channels, kernel, classes;
} presets[] = {
    {"cnn-small", 32, 3, NULL, 4, 1, 32, 3, 10},
    {"lenet-5", 32, 1, lenet_5, 0, 0, 0, 0, 0},
    {"vgg-11", 224, 3, vgg_11, 0, 0, 0, 0, 0},
};
#define PRESETS (sizeof presets / sizeof presets[0])

/* The image so far, and how it lies on the chips. */
struct cnn {
    struct op_graph *g;
    uint32_t item, layer;
    uint32_t tensor, size, channels;
    uint32_t branches;
    uint32_t *weights; /* per layer and branch */
    bool spread;       /* channels are spread over the chips */
    bool bias_waiting; /* the bias of the op that wrote the image is still to be added */
    char name[64];
};

static const char *name_in(struct cnn *x, const char *part)
{
    if (x->item > 0) {
        snprintf(x->name, sizeof x->name, "item%u.layer%u.%s", x->item, x->layer, part);
    } else {
        snprintf(x->name, sizeof x->name, "layer%u.%s", x->layer, part);
    }
    return x->name;
}

static uint32_t window_op(struct cnn *x, enum op_kind kind, const struct layer *l, const char *name)
{
    uint32_t kernel = l->kind == FULL ? x->size : l->kernel;
    uint32_t stride = l->kind == FULL ? 1 : l->stride;
    uint32_t out = (x->size + 2 * l->pad - kernel) / stride + 1;
    uint32_t op = kind == OP_CONV
                      ? graph_matrix_op(x->g, kind, out * out, l->channels, x->channels * kernel * kernel, name)
                      : graph_vector_op(x->g, kind, out * out, x->channels, name);
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
    const struct op *o = &x->g->ops[op];
    x->tensor = o->output;
    x->size = o->window.kernel > 0 ? o->window.out_height : x->size;
    x->channels = o->n;
}

/* Convolutions are split in turn by output channels and by contraction: after the first the channels lie spread over
 * the chips as the second needs them, after the second the chips add their partials. */
static void convolution(struct cnn *x, const struct layer *l, bool last)
{
    uint32_t op = window_op(x, OP_CONV, l, name_in(x, l->kind == FULL ? "full" : "conv"));
    graph_read_weights(x->g, op, &x->weights[x->layer * x->branches]);
    uint32_t kernel = x->g->ops[op].window.kernel;
    if (x->spread) {
        graph_split(x->g, op, SPLIT_K, kernel * kernel, 0);
    } else {
        graph_split(x->g, op, last ? SPLIT_REPLICATE : SPLIT_COLUMNS, 1, 0);
    }
    x->bias_waiting = x->spread;
    x->spread = !x->spread && !last;
    if (x->spread) {
        graph_add_bias(x->g, op);
    }
    advance(x, op);
}

static void relu(struct cnn *x)
{
    uint32_t op = graph_vector_op(x->g, OP_RELU, x->g->tensors[x->tensor].rows, x->channels, name_in(x, "relu"));
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
    uint32_t op = window_op(x, OP_POOL, l, name_in(x, "pool"));
    x->g->ops[op].vector_ops *= (uint64_t)l->kernel * l->kernel;
    graph_split(x->g, op, x->spread ? SPLIT_COLUMNS : SPLIT_REPLICATE, 1, 0);
    advance(x, op);
}

/* A branch belongs wholly to one chip. */
static void own_branch(struct cnn *x, uint32_t op, uint32_t branch)
{
    graph_split(x->g, op, SPLIT_GROUP, 1, x->branches);
    x->g->ops[op].group = branch;
}

/* Several convolutions of one input, each with its ReLU, and their sum. */
static void branched(struct cnn *x, const struct layer *l)
{
    uint32_t *outputs = mem_alloc_array(x->branches, sizeof *outputs);
    uint32_t op = 0;
    for (uint32_t b = 0; b < x->branches; b++) {
        char part[32];
        snprintf(part, sizeof part, "branch%u.conv", b);
        op = window_op(x, OP_CONV, l, name_in(x, part));
        graph_read_weights(x->g, op, &x->weights[x->layer * x->branches + b]);
        graph_add_bias(x->g, op);
        own_branch(x, op, b);
        snprintf(part, sizeof part, "branch%u.relu", b);
        uint32_t act = graph_vector_op(x->g, OP_RELU, x->g->ops[op].m, l->channels, name_in(x, part));
        graph_read(x->g, act, x->g->ops[op].output, ROLE_ELEMENT);
        own_branch(x, act, b);
        outputs[b] = x->g->ops[act].output;
    }
    advance(x, op);
    uint32_t sum = graph_vector_op(x->g, OP_RESIDUAL, x->size * x->size, x->channels, name_in(x, "sum"));
    x->g->ops[sum].vector_ops *= x->branches - 1;
    for (uint32_t b = 0; b < x->branches; b++) {
        graph_read(x->g, sum, outputs[b], ROLE_ELEMENT);
    }
    advance(x, sum);
    free(outputs);
}

static void one_image(struct cnn *x, const struct layer *layers)
{
    x->spread = x->bias_waiting = false;
    x->tensor =
        op_graph_add_tensor(x->g, TENSOR_INPUT, x->size * x->size, x->channels, x->g->dtype_bytes, "image%u", x->item);
    x->layer = 0;
    for (const struct layer *l = layers; l->kind != END; l++, x->layer++) {
        bool last = l[1].kind == END;
        size_t first = x->g->n_ops;
        if (l->kind == POOL) {
            pool(x, l);
        } else if (l->kind == CONV && x->branches > 1) {
            branched(x, l);
        } else {
            convolution(x, l, last);
            if (!last) {
                relu(x);
            }
        }
        graph_mark(x->g, first, x->g->n_ops, x->layer, x->item);
    }
    x->g->tensors[x->tensor].is_output = true;
}

/* Layers of a network that has no table; the caller frees them. */
static struct layer *equal_layers(uint32_t depth, uint32_t size, uint32_t channels, uint32_t kernel, uint32_t classes)
{
    static const struct layer half = HALF;
    struct layer *layers = mem_alloc_array((size_t)depth * 2 + 2, sizeof *layers);
    size_t n = 0;
    for (uint32_t i = 0; i < depth; i++) {
        layers[n++] = (struct layer) {CONV, channels, kernel, 1, kernel / 2};
        if (i % 2 == 1 && size >= 2) {
            layers[n++] = half;
            size /= 2;
        }
    }
    layers[n++] = (struct layer)FULLY(classes);
    return layers;
}

static int make_items(struct cnn *x, const struct layer *layers, uint32_t batch, struct diag *d)
{
    size_t n = 0;
    while (layers[n].kind != END) {
        n++;
    }
    if (batch * n * (2 * (uint64_t)x->branches + 1) > GRAPH_MAX_OPS) {
        diag_add(d, "", 0, 0, "layers", "the graph would have more than %u ops", GRAPH_MAX_OPS);
        return SIM_ERR_INPUT;
    }
    x->weights = mem_alloc_array(n * x->branches, sizeof *x->weights);
    for (size_t i = 0; i < n * x->branches; i++) {
        x->weights[i] = OP_NONE;
    }
    struct cnn fresh = *x;
    for (uint32_t item = 0; item < batch; item++) {
        *x = fresh;
        x->item = item;
        one_image(x, layers);
    }
    free(x->weights);
    return SIM_OK;
}

/* Sizes cannot be changed where a table gives the layers. */
static int check_sizes(const struct preset *p, const struct graph_options *o, uint32_t kernel, struct diag *d)
{
    const uint32_t sizes = GRAPH_BIT(layers) | GRAPH_BIT(branches) | GRAPH_BIT(image) | GRAPH_BIT(in_channels) |
                           GRAPH_BIT(channels) | GRAPH_BIT(kernel) | GRAPH_BIT(classes);
    if (p->layers != NULL && (o->given & sizes) != 0) {
        diag_add(d, "", 0, 0, "preset",
                 "%s has its own layers; leave out layers, branches, image, channels, kernel, classes", p->name);
        return SIM_ERR_INPUT;
    }
    if (p->layers == NULL && kernel % 2 == 0) {
        diag_add(d, "", 0, 0, "kernel", "%u is even; an odd window keeps the size of the image", kernel);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

int graph_make_cnn(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const struct preset *p =
        graph_find_preset("cnn", GRAPH_GET(o, preset, "cnn-small"), presets, PRESETS, sizeof presets[0], d);
    uint32_t dtype_bytes = graph_dtype_bytes(o, d);
    if (p == NULL || dtype_bytes == 0) {
        return SIM_ERR_INPUT;
    }
    uint32_t kernel = (uint32_t)GRAPH_GET(o, kernel, p->kernel);
    int error = check_sizes(p, o, kernel, d);
    if (error != SIM_OK) {
        return error;
    }
    struct cnn x = {.g = op_graph_new("cnn"),
                    .size = (uint32_t)GRAPH_GET(o, image, p->image),
                    .channels = (uint32_t)GRAPH_GET(o, in_channels, p->in_channels),
                    .branches = p->layers != NULL ? 1 : (uint32_t)GRAPH_GET(o, branches, p->branches)};
    x.g->dtype_bytes = dtype_bytes;
    struct layer *own = NULL;
    if (p->layers == NULL) {
        own = equal_layers((uint32_t)GRAPH_GET(o, layers, p->depth), x.size,
                           (uint32_t)GRAPH_GET(o, channels, p->channels), kernel,
                           (uint32_t)GRAPH_GET(o, classes, p->classes));
    }
    error = make_items(&x, own != NULL ? own : p->layers, (uint32_t)GRAPH_GET(o, batch, 1), d);
    free(own);
    if (error != SIM_OK) {
        op_graph_free(x.g);
        return error;
    }
    *g = x.g;
    return SIM_OK;
}
