/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c - presets, defaults, what is missing, what nothing reads. */
#include "sim/config/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

/* ---- presets ---- */

/* GPT-2 small and medium: Radford et al., Language models are unsupervised multitask learners, 2019,
 * table 2 (feed-forward width 4 x d_model; their sequence is 1024). The small MLP has the dimensions
 * of LeNet-300-100 on 28 x 28 images (LeCun et al., 1998); the small CNN is assumed. */
#define GPT2_SMALL(V)                                                                                                  \
    V(layers, "12")                                                                                                    \
    V(heads, "12")                                                                                                     \
    V(sequence, "128")                                                                                                 \
    V(d_model, "768")                                                                                                  \
    V(d_ff, "3072")
#define GPT2_MEDIUM(V)                                                                                                 \
    V(layers, "24")                                                                                                    \
    V(heads, "16")                                                                                                     \
    V(sequence, "128")                                                                                                 \
    V(d_model, "1024")                                                                                                 \
    V(d_ff, "4096")
#define MLP_SMALL(V)                                                                                                   \
    V(layers, "3")                                                                                                     \
    V(inputs, "784")                                                                                                   \
    V(hidden, "300")                                                                                                   \
    V(outputs, "10")
#define CNN_SMALL(V)                                                                                                   \
    V(layers, "3")                                                                                                     \
    V(branches, "2")                                                                                                   \
    V(image, "32")                                                                                                     \
    V(in_channels, "3")                                                                                                \
    V(channels, "16")                                                                                                  \
    V(kernel, "3")                                                                                                     \
    V(classes, "10")

const struct preset_value preset_values[] = {
#define V(name, value) {PRESET_GPT2_SMALL, WORKLOAD_TRANSFORMER, "workload." #name, value},
    GPT2_SMALL(V)
#undef V
#define V(name, value) {PRESET_GPT2_MEDIUM, WORKLOAD_TRANSFORMER, "workload." #name, value},
        GPT2_MEDIUM(V)
#undef V
#define V(name, value) {PRESET_MLP_SMALL, WORKLOAD_MLP, "workload." #name, value},
            MLP_SMALL(V)
#undef V
#define V(name, value) {PRESET_CNN_SMALL, WORKLOAD_CNN, "workload." #name, value},
                CNN_SMALL(V)
#undef V
};
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
    return strcmp(p->def, "required") != 0 && strcmp(p->def, "preset") != 0;
}

static void store_default(struct reader *r, struct param_ref ref)
{
    const struct param *p = ref.param;
    if (p->type == PARAM_choices && strcmp(p->def, "all") == 0) {
        struct choice_list list = {.n = p->choices->count};
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
                    strcmp(ref.param->def, "preset") == 0 ? ", there is no preset that sets it" : "");
        value_allowed(ref.param, &text);
    }
    if (*ref.param->when) {
        text_printf(&text, " (needed when %s)", ref.param->when);
    }
    diag_add(r->diag, map->place.file, map->place.line, map->place.col, key, "%s", text.s);
    text_free(&text);
}

static void unused(struct reader *r, struct param_ref ref, bool *fabric_said)
{
    /* The keys of the fabric hang together: one message does for all. */
    bool fabric = strncmp(ref.block->path, "server.fabric", strlen("server.fabric")) == 0;
    if (!fabric) {
        reader_error(r, full_key(r, ref), "nothing reads this key here; it is read when %s", ref.param->when);
    } else if (!*fabric_said) {
        const struct config *c = r->config;
        bool named = ref.block == &config_blocks[BLOCK_fabric];
        reader_error(r, full_key(r, ref),
                     "%s%sa server of 1 chip has no fabric: leave server.fabric out, or give server.chips more than 1",
                     named ? fabric_topology_choices.names[c->fabric.topology] : "", named ? ": " : "");
        *fabric_said = true;
    }
}

void reader_complete(struct reader *r)
{
    char last_block[128] = "";
    bool fabric_said = false;
    uint32_t count = config_param_count();
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
        enum truth used = state->bad ? TRUTH_UNKNOWN : reader_used(r->config, r->state, ref.param);
        if (used == TRUTH_YES && !state->filled) {
            missing(r, ref, last_block, sizeof last_block);
        } else if (used == TRUTH_NO && state->given) {
            unused(r, ref, &fabric_said);
        }
    }
}
