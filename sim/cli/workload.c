/* SPDX-License-Identifier: Apache-2.0 */
/* workload.c - the workload of a configuration hands each graph source the options that it reads. */
#include "sim/cli/workload.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/graph_source.h"

struct request {
    const struct workload_params *w;
    uint32_t micro_batches;
    struct graph_options options;
    char seed[24];
};

#define GIVE(r, field) ((r)->options.field = (r)->w->field, (r)->options.given |= GRAPH_BIT(field))

static void give_text(struct request *r, enum graph_option option, const char **field, const char *value)
{
    *field = value;
    r->options.given |= UINT32_C(1) << option;
}

#define GIVE_TEXT(r, field, value) give_text((r), GRAPH_OPTION_##field, &(r)->options.field, (value))

static void generic(struct request *r)
{
    GIVE(r, task_cycles);
    GIVE(r, edge_bytes);
}

static void model(struct request *r)
{
    GIVE(r, batch);
    GIVE_TEXT(r, dtype, dtype_choices.names[r->w->dtype]);
}

static int transformer(struct request *r)
{
    GIVE_TEXT(r, shape, workload_shape_choices.names[r->w->shape]);
    GIVE(r, layers);
    GIVE(r, heads);
    if (r->w->shape == SHAPE_PLAIN) {
        GIVE(r, batch);
        generic(r);
        return SIM_OK;
    }
    model(r);
    GIVE(r, sequence);
    GIVE(r, d_model);
    GIVE(r, d_ff);
    return SIM_OK;
}

/* A known network whose layers differ is named; any other is given by its dimensions. */
static int cnn(struct request *r)
{
    bool regular = r->w->preset == PRESET_NONE || r->w->preset == PRESET_CNN_SMALL;
    GIVE_TEXT(r, shape, workload_shape_choices.names[r->w->shape]);
    if (r->w->shape == SHAPE_PLAIN) {
        GIVE(r, layers);
        GIVE(r, branches);
        GIVE(r, batch);
        generic(r);
        return SIM_OK;
    }
    model(r);
    if (!regular) {
        GIVE_TEXT(r, preset, workload_preset_choices.names[r->w->preset]);
        return SIM_OK;
    }
    GIVE(r, layers);
    GIVE(r, branches);
    GIVE(r, image);
    GIVE(r, in_channels);
    GIVE(r, channels);
    GIVE(r, kernel);
    GIVE(r, classes);
    return SIM_OK;
}

static int mlp(struct request *r)
{
    model(r);
    GIVE(r, layers);
    GIVE(r, inputs);
    GIVE(r, hidden);
    GIVE(r, outputs);
    r->options.micro_batches = r->micro_batches;
    r->options.given |= GRAPH_BIT(micro_batches);
    return SIM_OK;
}

static int random_graph(struct request *r)
{
    generic(r);
    GIVE(r, nodes);
    snprintf(r->seed, sizeof r->seed, "%llu", (unsigned long long)r->w->seed);
    GIVE_TEXT(r, seed, r->seed);
    r->options.given |= GRAPH_BIT(edge_prob);
    return text_parse_real(r->w->edge_prob, &r->options.edge_prob);
}

static int make(const struct config *c, struct request *r)
{
    switch ((enum workload_kind)r->w->kind) {
    case WORKLOAD_TRANSFORMER:
        return transformer(r);
    case WORKLOAD_CNN:
        return cnn(r);
    case WORKLOAD_MLP:
        return mlp(r);
    case WORKLOAD_RANDOM:
        return random_graph(r);
    case WORKLOAD_STG:
        generic(r);
        GIVE_TEXT(r, file, c->workload_path);
        return SIM_OK;
    }
    return SIM_ERR_INPUT;
}

/* Keys of messages about options become those of the configuration: d-model is workload.d_model. */
static void rename_keys(struct diag *d, size_t from)
{
    for (size_t i = from; i < d->count; i++) {
        struct diag_message *m = &d->messages[i];
        if (m->file[0]) {
            continue;
        }
        char *key = mem_printf("workload%s%s", m->key[0] ? "." : "", m->key);
        for (char *p = key; *p; p++) {
            *p = *p == '-' ? '_' : *p;
        }
        free(m->key);
        m->key = key;
    }
}

int workload_build(const struct config *c, struct op_graph **g, struct diag *d)
{
    struct request r = {.w = &c->workload, .micro_batches = c->parallel.micro_batches};
    size_t before = d->count;
    *g = NULL;
    int rc = make(c, &r);
    if (rc) {
        diag_add(d, "", 0, 0, "workload.kind", "%s cannot be made from these keys",
                 workload_kind_choices.names[c->workload.kind]);
        return rc;
    }
    rc = graph_source_make(workload_kind_choices.names[c->workload.kind], &r.options, g, d);
    rename_keys(d, before);
    return rc;
}
