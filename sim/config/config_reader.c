/* SPDX-License-Identifier: Apache-2.0 */
/* config_reader.c - what the user gave: known keys, right types, in range. */
#include "sim/config/config_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define KEYS_MAX 64u

static void message(struct reader *r, struct place at, const char *key, const struct text *text)
{
    diag_add(r->diag, at.file, at.line, at.col, key, "%s", text->s);
}

/* ---- unknown keys ---- */

uint32_t reader_keys_below(const char *prefix, const char **names, uint32_t max, struct arena *a)
{
    uint32_t count = 0;
    size_t n = strlen(prefix);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        for (uint32_t i = 0; strcmp(block->path, prefix) == 0 && i < block->n_params && count < max; i++) {
            names[count++] = block->params[i].name;
        }
        if (strncmp(block->path, prefix, n) != 0 || (n && block->path[n] != '.') || !block->path[n]) {
            continue;
        }
        const char *next = block->path + n + (n != 0);
        const char *name = arena_printf(a, "%.*s", (int)strcspn(next, "."), next);
        bool seen = false;
        for (uint32_t i = 0; i < count; i++) {
            seen = seen || strcmp(names[i], name) == 0;
        }
        if (!seen && count < max) {
            names[count++] = name;
        }
    }
    return count;
}

/* "there is chip.noc.router.vcs" for a key that stands in the wrong map. */
static void hint_elsewhere(const char *name, struct text *out)
{
    for (uint32_t i = 0; i < config_param_count(); i++) {
        struct param_ref ref = param_at(i);
        if (strcmp(ref.param->name, name) == 0) {
            text_printf(out, "; there is %s%s%s", ref.block->path, *ref.block->path ? "." : "", name);
            return;
        }
    }
}

static void unknown_key(struct reader *r, const struct entry *e, const char *prefix, const char *full)
{
    const char *names[KEYS_MAX];
    struct text text = {0};
    uint32_t count = reader_keys_below(prefix, names, KEYS_MAX, r->config->arena);
    const char *nearest = text_nearest(e->key, names, count);
    text_add(&text, "unknown key; allowed: ");
    for (uint32_t i = 0; i < count; i++) {
        text_printf(&text, "%s%s", i ? ", " : "", names[i]);
    }
    if (strchr(e->key, ':')) {
        text_add(&text, "; a blank must follow the colon after a key");
    } else if (strchr(e->key, '.')) {
        text_add(&text, "; a dotted path stands in --set only, in a file maps are nested");
    } else if (nearest) {
        text_printf(&text, "; did you mean %s?", nearest);
    } else {
        hint_elsewhere(e->key, &text);
    }
    message(r, e->key_place, full, &text);
    text_free(&text);
}

/* ---- values ---- */

static void wrong(struct reader *r, struct param_ref ref, const char *key, const struct node *node,
                  const struct text *why)
{
    struct text text = {0};
    if (node->kind == NODE_SCALAR) {
        const char *shown = node_shown(r->config->arena, node->text, strlen(node->text));
        bool number = *shown == '-' || (*shown >= '0' && *shown <= '9');
        text_printf(&text, number ? "%s " : "'%s' ", shown);
    }
    text_add(&text, why->s);
    message(r, node->place, key, &text);
    text_free(&text);
    r->state[ref.index].bad = true;
}

static void wrong_form(struct reader *r, struct param_ref ref, const char *key, const struct node *node,
                       const char *what)
{
    struct text text = {0};
    text_printf(&text, "%s; allowed: ", what);
    value_allowed(ref.param, &text);
    message(r, node->place, key, &text);
    text_free(&text);
    r->state[ref.index].bad = true;
}

/* One scalar; false when it is refused. */
static bool read_scalar(struct reader *r, struct param_ref ref, const char *key, const struct node *node,
                        uint64_t *value)
{
    struct text why = {0};
    bool is_list = value_is_list(ref.param);
    if (node->kind == NODE_BAD) {
        r->state[ref.index].bad = true;
        return false;
    }
    if (node->kind != NODE_SCALAR) {
        wrong_form(r, ref, key, node,
                   node->kind == NODE_MAP    ? "must be a value, not a map"
                   : node->kind == NODE_NULL ? "must be a value, not null"
                   : is_list                 ? "must be a value, not a list in a list"
                                             : "must be one value, not a list");
        return false;
    }
    if (!*node->text) {
        wrong_form(r, ref, key, node, "has no value");
        return false;
    }
    bool right = value_parse(ref.param, node->text, value, &why) == SIM_OK;
    if (!right) {
        wrong(r, ref, key, node, &why);
    }
    text_free(&why);
    return right;
}

static bool is_none(struct param_ref ref, const struct node *node)
{
    return node->kind == NODE_SCALAR && strcmp(node->text, "none") == 0 && value_may_be_none(ref.param);
}

static void read_choices(struct reader *r, struct param_ref ref, const char *key, const struct node *node)
{
    struct choice_list list = {0};
    struct entry one = {.value = (struct node *)(uintptr_t)node};
    const struct entry *items = node->kind == NODE_LIST ? node->first : &one;
    if (!items) {
        wrong_form(r, ref, key, node, "is empty; at least one is needed");
    }
    if (is_none(ref, node)) {
        items = NULL;
    }
    for (const struct entry *e = items; e; e = e->next) {
        uint64_t value;
        if (is_none(ref, e->value)) {
            wrong_form(r, ref, key, e->value, "none stands alone, not in a list");
            continue;
        }
        if (!read_scalar(r, ref, key, e->value, &value)) {
            continue;
        }
        for (uint32_t i = 0; i < list.n; i++) {
            if (list.value[i] == value && !r->state[ref.index].bad) {
                struct text why = {0};
                text_add(&why, "is given twice");
                wrong(r, ref, key, e->value, &why);
                text_free(&why);
            }
        }
        if (list.n < CHOICE_LIST_MAX && !r->state[ref.index].bad) {
            list.value[list.n++] = (uint32_t)value;
        }
    }
    *(struct choice_list *)param_field(r->config, ref) = list;
}

static void read_ppb_list(struct reader *r, struct param_ref ref, const char *key, const struct node *node)
{
    struct entry one = {.value = (struct node *)(uintptr_t)node};
    const struct entry *items = node->kind == NODE_LIST ? node->first : &one;
    uint32_t count = node->kind == NODE_LIST ? node->count : 1;
    struct ppb_list list = {.value = arena_alloc(r->config->arena, (size_t)(count + 1) * sizeof(int64_t))};
    if (!items) {
        wrong_form(r, ref, key, node, "is empty; at least one number is needed");
    }
    for (const struct entry *e = items; e; e = e->next) {
        uint64_t value;
        if (read_scalar(r, ref, key, e->value, &value)) {
            list.value[list.n++] = (int64_t)value;
        }
    }
    *(struct ppb_list *)param_field(r->config, ref) = list;
}

static void read_names(struct reader *r, struct param_ref ref, const char *key, const struct node *node)
{
    struct entry one = {.value = (struct node *)(uintptr_t)node};
    const struct entry *items = node->kind == NODE_LIST ? node->first : is_none(ref, node) ? NULL : &one;
    uint32_t count = node->kind == NODE_LIST ? node->count : 1;
    struct name_list list = {.value = arena_alloc(r->config->arena, (size_t)(count + 1) * sizeof(char *))};
    for (const struct entry *e = items; e; e = e->next) {
        uint64_t unused;
        if (is_none(ref, e->value)) {
            wrong_form(r, ref, key, e->value, "none stands alone, not in a list");
        } else if (read_scalar(r, ref, key, e->value, &unused)) {
            list.value[list.n++] = arena_strdup(r->config->arena, e->value->text);
        }
    }
    *(struct name_list *)param_field(r->config, ref) = list;
}

static void read_param(struct reader *r, struct param_ref ref, const char *key, const struct node *node)
{
    struct param_state *state = &r->state[ref.index];
    state->given = true;
    state->place = node->place;
    uint64_t value = 0;
    if (node->kind == NODE_BAD) {
        state->bad = true;
    } else if (ref.param->type == PARAM_choices) {
        read_choices(r, ref, key, node);
    } else if (ref.param->type == PARAM_ppb_list) {
        read_ppb_list(r, ref, key, node);
    } else if (ref.param->type == PARAM_names) {
        read_names(r, ref, key, node);
    } else if (read_scalar(r, ref, key, node, &value)) {
        if (ref.param->type == PARAM_string) {
            *(char **)param_field(r->config, ref) = arena_strdup(r->config->arena, node->text);
        } else {
            value_put(ref.param->type, param_field(r->config, ref), value);
        }
    }
    state->filled = !state->bad;
}

void reader_store_text(struct reader *r, struct param_ref ref, const char *text)
{
    struct node node = {.kind = NODE_SCALAR, .text = text};
    size_t before = r->diag->count;
    if (*text) {
        read_param(r, ref, ref.param->name, &node);
    } else {
        *(char **)param_field(r->config, ref) = arena_strdup(r->config->arena, "");
        r->state[ref.index].filled = true;
    }
    r->state[ref.index].given = false;
    SIM_CHECK(r->diag->count == before, "default '%s' of %s", text, ref.param->name);
}

/* ---- maps ---- */

/* Nothing more is said about what stands at or below a key that is no usable map. */
static void mark_bad_below(struct reader *r, const char *key)
{
    size_t n = strlen(key);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        if (strncmp(block->path, key, n) != 0 || (n && block->path[n] != '.' && block->path[n] != '\0')) {
            continue;
        }
        for (uint32_t i = 0; i < block->n_params; i++) {
            r->state[block->first + i].bad = true;
        }
    }
}

static void no_map(struct reader *r, const struct node *node, const char *key)
{
    const char *names[KEYS_MAX];
    struct text text = {0};
    uint32_t count = reader_keys_below(key, names, KEYS_MAX, r->config->arena);
    text_printf(&text, "%s; allowed: a map with ",
                node->kind == NODE_SCALAR && !*node->text ? "has no value" : "is not a map");
    for (uint32_t i = 0; i < count; i++) {
        text_printf(&text, "%s%s", i ? ", " : "", names[i]);
    }
    text_add(&text, param_find(node_key(r->config->arena, key, "choose")).param ? "; or auto" : "");
    message(r, node->place, key, &text);
    text_free(&text);
    mark_bad_below(r, key);
}

/* `auto` where a map may stand that has a key to say so. */
static bool chooses(const struct reader *r, const struct node *node, const char *key, struct param_ref *ref)
{
    *ref = param_find(node_key(r->config->arena, key, "choose"));
    return ref->param && node->kind == NODE_SCALAR && strcmp(node->text, "auto") == 0;
}

static void read_map(struct reader *r, const struct node *map, const char *prefix)
{
    for (const struct entry *e = map->first; e; e = e->next) {
        const char *full = node_key(r->config->arena, prefix, e->key);
        bool dotted = strchr(e->key, '.') != NULL || !*e->key;
        struct param_ref ref = param_find(full);
        if (dotted || (!ref.param && !param_is_block(full))) {
            unknown_key(r, e, prefix, full);
        } else if (e->value->kind == NODE_NULL) {
            continue;
        } else if (ref.param) {
            read_param(r, ref, full, e->value);
        } else if (e->value->kind == NODE_MAP) {
            read_map(r, e->value, full);
        } else if (e->value->kind == NODE_BAD) {
            mark_bad_below(r, full);
        } else if (chooses(r, e->value, full, &ref)) {
            read_param(r, ref, full, e->value);
        } else {
            no_map(r, e->value, full);
        }
    }
}

void reader_read(struct reader *r)
{
    read_map(r, r->root, "");
}

/* ---- for the later passes ---- */

bool reader_knows(const struct reader *r, const char *key, ...)
{
    va_list keys;
    bool known = true;
    va_start(keys, key);
    for (; key; key = va_arg(keys, const char *)) {
        struct param_ref ref = param_find(key);
        SIM_CHECK(ref.param, "no parameter %s", key);
        known = known && r->state[ref.index].filled && !r->state[ref.index].bad;
    }
    va_end(keys);
    return known;
}

void reader_error(struct reader *r, const char *key, const char *fmt, ...)
{
    char text[512];
    const char *rest;
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    struct param_ref ref = param_find(key);
    struct place at = node_reach(r->root, key, &rest)->place;
    if (ref.param) {
        r->state[ref.index].bad = true;
        at = r->state[ref.index].given ? r->state[ref.index].place : at;
    }
    diag_add(r->diag, at.file, at.line, at.col, key, "%s", text);
}
