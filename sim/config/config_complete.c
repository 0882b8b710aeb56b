/* SPDX-License-Identifier: Apache-2.0 */
/* config_complete.c - presets, defaults, what is missing, what nothing reads. */
#include "sim/config/config_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

/* ---- presets ---- */

/* Layers, heads and widths of GPT-2: Radford et al., Language models are unsupervised multitask
 * learners, 2019, table 2 (feed-forward width 4 x d_model; the models' own sequence is 1024). The small
 * ones and `tiny` are ours. lenet-5 and vgg-11 have tables of layers of their own (sim/graph). */
#define GPT2(V, preset, n_layers, n_heads, width, inner)                                                               \
    V(preset, TRANSFORMER, layers, n_layers)                                                                           \
    V(preset, TRANSFORMER, heads, n_heads)                                                                             \
    V(preset, TRANSFORMER, sequence, 128)                                                                              \
    V(preset, TRANSFORMER, d_model, width)                                                                             \
    V(preset, TRANSFORMER, d_ff, inner)
#define PRESET_VALUES(V)                                                                                               \
    GPT2(V, GPT2_SMALL, 12, 12, 768, 3072)                                                                             \
    GPT2(V, GPT2_MEDIUM, 24, 16, 1024, 4096)                                                                           \
    GPT2(V, GPT2_LARGE, 36, 20, 1280, 5120)                                                                            \
    GPT2(V, GPT2_XL, 48, 25, 1600, 6400)                                                                               \
    V(TINY, TRANSFORMER, layers, 2)                                                                                    \
    V(TINY, TRANSFORMER, heads, 4)                                                                                     \
    V(TINY, TRANSFORMER, sequence, 16)                                                                                 \
    V(TINY, TRANSFORMER, d_model, 64)                                                                                  \
    V(TINY, TRANSFORMER, d_ff, 256)                                                                                    \
    V(MLP_SMALL, MLP, layers, 3)                                                                                       \
    V(MLP_SMALL, MLP, inputs, 784)                                                                                     \
    V(MLP_SMALL, MLP, hidden, 512)                                                                                     \
    V(MLP_SMALL, MLP, outputs, 10)                                                                                     \
    V(MLP_SMALL, MLP, batch, 64)                                                                                       \
    V(CNN_SMALL, CNN, layers, 4)                                                                                       \
    V(CNN_SMALL, CNN, branches, 1)                                                                                     \
    V(CNN_SMALL, CNN, image, 32)                                                                                       \
    V(CNN_SMALL, CNN, in_channels, 3)                                                                                  \
    V(CNN_SMALL, CNN, channels, 32)                                                                                    \
    V(CNN_SMALL, CNN, kernel, 3)                                                                                       \
    V(CNN_SMALL, CNN, classes, 10)                                                                                     \
    V(LENET_5, CNN, batch, 1)                                                                                          \
    V(VGG_11, CNN, batch, 1)

#define V(preset, kind, name, value) {PRESET_##preset, WORKLOAD_##kind, "workload." #name, #value},
const struct preset_value preset_values[] = {PRESET_VALUES(V)};
#undef V
const uint32_t preset_value_count = (uint32_t)(sizeof preset_values / sizeof preset_values[0]);

static void preset_of_other_kind(struct reader *r, uint32_t kind)
{
    struct text text = {0};
    const struct config *c = r->config;
    text_printf(&text, "%s is no preset of kind %s; allowed: none", workload_preset_choices.names[c->workload.preset],
                workload_kind_choices.names[kind]);
    for (uint32_t i = 0; i < preset_value_count; i++) {
        bool first = i == 0 || preset_values[i].preset != preset_values[i - 1].preset;
        if (first && preset_values[i].kind == kind) {
            text_printf(&text, ", %s", workload_preset_choices.names[preset_values[i].preset]);
        }
    }
    reader_error(r, "workload.preset", "%s", text.s);
    text_free(&text);
}

static void apply_preset(struct reader *r)
{
    const struct config *c = r->config;
    bool matches = false;
    if (!reader_knows(r, "workload.kind", "workload.preset", NULL) || c->workload.preset == PRESET_NONE) {
        return;
    }
    for (uint32_t i = 0; i < preset_value_count; i++) {
        const struct preset_value *v = &preset_values[i];
        if (v->preset != c->workload.preset || v->kind != c->workload.kind) {
            continue;
        }
        matches = true;
        struct param_ref ref = param_find(v->key);
        SIM_CHECK(ref.param, "preset sets %s", v->key);
        if (!r->state[ref.index].given && !r->state[ref.index].bad) {
            reader_store_text(r, ref, v->text);
        }
    }
    if (!matches && reader_used(c, r->state, param_find("workload.preset").param) == TRUTH_YES) {
        preset_of_other_kind(r, c->workload.kind);
    }
}

/* ---- defaults ---- */

static bool has_default(const struct param *p)
{
    return strcmp(p->def, "required") != 0 && !value_set_by_preset(p);
}

static void store_default(struct reader *r, struct param_ref ref)
{
    const struct param *p = ref.param;
    if (value_default_choices(p) > 0) {
        struct choice_list list = {.n = value_default_choices(p)};
        SIM_CHECK(list.n <= CHOICE_LIST_MAX, "%u choices of %s", list.n, p->name);
        for (uint32_t i = 0; i < list.n; i++) {
            list.value[i] = i;
        }
        *(struct choice_list *)param_field(r->config, ref) = list;
        r->state[ref.index].filled = true;
        return;
    }
    reader_store_text(r, ref, p->type == PARAM_string && strcmp(p->def, "none") == 0 ? "" : p->def);
}

/* ---- missing and unused ---- */

static const char *full_key(struct reader *r, struct param_ref ref)
{
    return node_key(r->config->arena, ref.block->path, ref.param->name);
}

/* A whole map that is missing is one mistake: it is named once, with the first key that it lacks. */
static void missing(struct reader *r, struct param_ref ref, char *last_block, size_t size)
{
    const char *key = full_key(r, ref);
    const char *rest;
    const struct node *map = node_reach(r->root, key, &rest);
    const char *dot = strchr(rest, '.');
    struct text text = {0};
    r->state[ref.index].bad = true;
    if (dot) {
        const char *block = arena_printf(r->config->arena, "%.*s", (int)(dot - key), key);
        if (strcmp(block, last_block) == 0) {
            return;
        }
        snprintf(last_block, size, "%s", block);
        text_printf(&text, "is missing; a map with %s is needed", dot + 1);
        key = block;
    } else {
        text_printf(&text, "is missing%s; allowed: ",
                    value_set_by_preset(ref.param) ? ", there is no preset that sets it" : "");
        value_allowed(ref.param, &text);
    }
    if (*ref.param->when && !value_set_by_preset(ref.param)) {
        text_printf(&text, " (needed when %s)", ref.param->when);
    }
    diag_add(r->diag, map->place.file, map->place.line, map->place.col, key, "%s", text.s);
    text_free(&text);
}

static void unused(struct reader *r, struct param_ref ref, bool *fabric_said)
{
    /* The keys of the fabric hang together: one message does for all where there are no other chips. */
    bool alone = r->config->server.chips < 2;
    bool fabric = alone && strncmp(ref.block->path, "server.fabric", strlen("server.fabric")) == 0;
    if (!fabric) {
        reader_error(r, full_key(r, ref), "nothing reads this key here; it is read when %s", ref.param->when);
    } else if (!*fabric_said) {
        const struct config *c = r->config;
        bool named = ref.index == param_find("server.fabric.topology").index;
        reader_error(r, full_key(r, ref),
                     "%s%sa server of 1 chip has no fabric: leave server.fabric out, or give server.chips more than 1",
                     named ? fabric_topology_choices.names[c->fabric.topology] : "", named ? ": " : "");
        *fabric_said = true;
    }
}

/* Does somebody read the parameter, whatever it says itself? */
static bool is_wanted(const struct reader *r, struct param_ref ref)
{
    const struct param_block *b = ref.block;
    return r->use != CONFIG_FOR_NETWORK || b == &config_blocks[BLOCK_top] || b == &config_blocks[BLOCK_units] ||
           b == &config_blocks[BLOCK_noc] || b == &config_blocks[BLOCK_router];
}

void reader_complete(struct reader *r)
{
    char last_block[128] = "";
    bool fabric_said = false;
    uint32_t count = config_param_count();
    uint32_t preset = param_find("workload.preset").index;
    for (uint32_t i = 0; i < count; i++) {
        struct param_ref ref = param_at(i);
        if (!r->state[i].given && !r->state[i].bad && has_default(ref.param)) {
            store_default(r, ref);
        }
    }
    apply_preset(r);
    for (uint32_t i = 0; i < count; i++) {
        struct param_ref ref = param_at(i);
        struct param_state *state = &r->state[i];
        if (!is_wanted(r, ref)) {
            continue;
        }
        enum truth used = state->bad ? TRUTH_UNKNOWN : reader_used(r->config, r->state, ref.param);
        bool preset_bad = value_set_by_preset(ref.param) && r->state[preset].bad;
        if (used == TRUTH_YES && !state->filled && !preset_bad) {
            missing(r, ref, last_block, sizeof last_block);
        } else if (used == TRUTH_NO && state->given) {
            unused(r, ref, &fabric_said);
        }
    }
}
