/* SPDX-License-Identifier: Apache-2.0 */
/* graph_source.c - the table of sources, and what holds for all of them. */
#include "sim/graph/graph_source.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/graph_build.h"

const char *const graph_option_names[GRAPH_OPTION_COUNT] = {
#define X(field, name, min, max, meaning) name,
    GRAPH_NUMBERS(X)
#undef X
#define X(field, name, meaning) name,
        GRAPH_TEXTS(X)
#undef X
            "edge-prob"};

/* clang-format off */
#define GENERIC     (GRAPH_BIT(task_cycles) | GRAPH_BIT(edge_bytes))
#define MODEL       (GRAPH_BIT(preset) | GRAPH_BIT(dtype) | GRAPH_BIT(layers) | GRAPH_BIT(batch))
#define RANDOM      (GENERIC | GRAPH_BIT(nodes) | GRAPH_BIT(edge_prob) | GRAPH_BIT(seed))
#define TRANSFORMER (MODEL | GRAPH_BIT(shape) | GRAPH_BIT(heads) | GRAPH_BIT(sequence) | GRAPH_BIT(d_model) | \
                     GRAPH_BIT(d_ff))
#define CNN         (MODEL | GRAPH_BIT(shape) | GRAPH_BIT(branches) | GRAPH_BIT(image) | GRAPH_BIT(in_channels) | \
                     GRAPH_BIT(channels) | GRAPH_BIT(kernel) | GRAPH_BIT(classes))
#define MLP         (MODEL | GRAPH_BIT(inputs) | GRAPH_BIT(hidden) | GRAPH_BIT(outputs) | GRAPH_BIT(micro_batches))
#define PLAIN       (GENERIC | GRAPH_BIT(shape) | GRAPH_BIT(layers) | GRAPH_BIT(batch))

struct source {
    const char *name;
    const char *shape; /* NULL: the source has one shape only */
    uint32_t options;  /* that it reads */
    graph_maker *make;
};

/* The first shape of a name is its default. */
static const struct source sources[] = {
    {"random",      NULL,    RANDOM,                       graph_make_random},
    {"transformer", "real",  TRANSFORMER,                  graph_make_transformer},
    {"transformer", "plain", PLAIN | GRAPH_BIT(heads),     graph_make_plain_transformer},
    {"cnn",         "real",  CNN,                          graph_make_cnn},
    {"cnn",         "plain", PLAIN | GRAPH_BIT(branches),  graph_make_plain_cnn},
    {"mlp",         NULL,    MLP,                          graph_make_mlp},
    {"stg",         NULL,    GENERIC | GRAPH_BIT(file),    graph_make_stg},
};
/* clang-format on */
#define SOURCES (sizeof sources / sizeof sources[0])

const char *const graph_source_names[] = {"random", "transformer", "cnn", "mlp", "stg", NULL};
#define NAMES (sizeof graph_source_names / sizeof graph_source_names[0] - 1)

static const struct source *find(const char *name, const char *shape)
{
    for (size_t i = 0; i < SOURCES; i++) {
        if (strcmp(sources[i].name, name) == 0 &&
            (shape == NULL || (sources[i].shape != NULL && strcmp(sources[i].shape, shape) == 0))) {
            return &sources[i];
        }
    }
    return NULL;
}

static void unknown_source(const char *name, struct diag *d)
{
    const char *near = text_nearest(name, graph_source_names, NAMES);
    diag_add(d, "", 0, 0, "", "no source is named '%s'; there are random, transformer, cnn, mlp, stg%s%s%s", name,
             near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
}

static void check_range(const char *name, uint64_t value, uint64_t min, uint64_t max, struct diag *d)
{
    if (value < min || value > max) {
        diag_add(d, "", 0, 0, name, "%llu is outside %llu..%llu", (unsigned long long)value, (unsigned long long)min,
                 (unsigned long long)max);
    }
}

static void check_options(const struct source *s, const struct graph_options *o, struct diag *d)
{
    for (uint32_t i = 0; i < GRAPH_OPTION_COUNT; i++) {
        if ((o->given >> i & 1u) != 0 && (s->options >> i & 1u) == 0) {
            diag_add(d, "", 0, 0, graph_option_names[i], "the source %s%s%s does not read this option", s->name,
                     s->shape != NULL ? " in shape " : "", s->shape != NULL ? s->shape : "");
        }
    }
#define X(field, name, min, max, meaning)                                                                              \
    if ((o->given & s->options & GRAPH_BIT(field)) != 0)                                                               \
        check_range(name, o->field, min, max, d);
    GRAPH_NUMBERS(X)
#undef X
}

int graph_source_make(const char *source, const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    *g = NULL;
    if (find(source, NULL) == NULL) {
        unknown_source(source, d);
        return SIM_ERR_INPUT;
    }
    const struct source *s = find(source, GRAPH_GET(o, shape, NULL));
    bool has_shapes = find(source, NULL)->shape != NULL;
    if (s == NULL && has_shapes) {
        diag_add(d, "", 0, 0, "shape", "'%s' is neither real nor plain", o->shape);
        return SIM_ERR_INPUT;
    }
    s = s != NULL ? s : find(source, NULL);
    size_t before = d->count;
    check_options(s, o, d);
    if (d->count > before) {
        return SIM_ERR_INPUT;
    }
    struct op_graph *made = NULL;
    int error = s->make(o, &made, d);
    if (error == SIM_OK) {
        error = op_graph_check(made, d);
    }
    if (error != SIM_OK) {
        op_graph_free(made);
        return error;
    }
    *g = made;
    return SIM_OK;
}
