/* SPDX-License-Identifier: Apache-2.0 */
/* config_schema.c - the parameters as JSON Schema (2020-12), for editors that complete and check.
 *
 * It says what a single file may hold; what must hold between keys only `bpsim check` knows. Nothing is
 * required in it, since an include may bring it. */
#include <string.h>

#include "sim/base/json.h"
#include "sim/config/config.h"
#include "sim/config/config_describe.h"
#include "sim/config/config_reader.h"
#include "sim/config/quantity.h"

#define KEYS_MAX 64u

static void number_schema(struct json *j, const struct param *p)
{
    json_key_string(j, "type", "integer");
    json_key(j, "minimum");
    json_raw(j, p->min);
    json_key(j, "maximum");
    json_raw(j, p->max);
}

/* A text; where 0 is in the range also the number 0. */
static void quantity_schema(struct json *j, const struct param *p)
{
    uint64_t low = 1;
    struct text unused = {0};
    bool zero = quantity_parse(p->type, p->min, &low, &unused) == 0 && low == 0;
    text_free(&unused);
    struct text units = {0};
    struct text pattern = {0};
    quantity_units(p->type, &units);
    text_add(&pattern, "^[0-9]*\\.?[0-9]+ *(");
    for (const char *s = units.s; *s; s++) {
        if (*s == ',') {
            text_add(&pattern, "|");
            s++;
        } else {
            text_add_bytes(&pattern, s, 1);
        }
    }
    text_add(&pattern, zero ? ")$|^0$" : ")$");
    json_key(j, "type");
    json_raw(j, zero ? "[\"string\", \"integer\"]" : "\"string\"");
    json_key_string(j, "pattern", pattern.s);
    if (zero) { /* of the number alone */
        json_key_u64(j, "minimum", 0);
        json_key_u64(j, "maximum", 0);
    }
    text_free(&units);
    text_free(&pattern);
}

static void choice_schema(struct json *j, const struct param *p, bool in_list)
{
    const struct choices *choices = p->choices;
    json_key(j, "enum");
    json_begin_array(j);
    for (uint32_t i = 0; i < choices->count; i++) {
        json_string(j, choices->names[i]);
    }
    if (!in_list && value_may_be_none(p)) {
        json_string(j, "none");
    }
    json_end_array(j);
}

/* Keys of the schema of one scalar, into an open object. */
static void scalar_schema(struct json *j, const struct param *p, bool in_list)
{
    if (p->choices) {
        choice_schema(j, p, in_list);
    } else if (p->type == PARAM_bool) {
        json_key_string(j, "type", "boolean");
    } else if (p->type == PARAM_names) {
        json_key_string(j, "type", "string");
    } else if (p->type == PARAM_string) {
        json_key(j, "type");
        json_raw(j, strcmp(p->min, "-") ? "[\"string\", \"number\"]" : "\"string\"");
    } else if (p->type == PARAM_ratio) {
        json_key_string(j, "type", "number");
        json_key(j, "minimum");
        json_raw(j, p->min);
        json_key(j, "maximum");
        json_raw(j, p->max);
    } else if (p->type == PARAM_u32 || p->type == PARAM_u64 || p->type == PARAM_ppb_list) {
        number_schema(j, p);
    } else {
        quantity_schema(j, p);
    }
}

static void scalar_object(struct json *j, const struct param *p, bool in_list)
{
    json_begin_object(j);
    scalar_schema(j, p, in_list);
    json_end_object(j);
}

/* Something else that may stand for the scalar: a list of them, or `auto`. */
static void alternatives(struct json *j, const struct param *p, bool is_list)
{
    json_key(j, "anyOf");
    json_begin_array(j);
    scalar_object(j, p, false);
    json_begin_object(j);
    if (is_list) {
        json_key_string(j, "type", "array");
        json_key_u64(j, "minItems", 1);
        json_key(j, "items");
        scalar_object(j, p, true);
    } else {
        json_key_string(j, "const", "auto");
    }
    json_end_object(j);
    json_end_array(j);
}

static void param_schema(struct json *j, const struct param *p)
{
    bool is_list = value_is_list(p);
    struct text description = {0};
    struct text def = {0};
    describe_default(p, &def);
    text_printf(&description, "%s (default: %s)", p->meaning, def.s);
    json_begin_object(j);
    json_key_string(j, "description", description.s);
    if (is_list || value_may_be_auto(p)) {
        alternatives(j, p, is_list);
    } else {
        scalar_schema(j, p, false);
    }
    json_end_object(j);
    text_free(&description);
    text_free(&def);
}

static void map_schema(struct json *j, const char *prefix, struct arena *a);

/* Keys of the schema of a map, into an open object. */
static void map_keys(struct json *j, const char *prefix, struct arena *a)
{
    const char *names[KEYS_MAX];
    uint32_t count = reader_keys_below(prefix, names, KEYS_MAX, a);
    json_key_string(j, "type", "object");
    json_key_bool(j, "additionalProperties", false);
    json_key(j, "properties");
    json_begin_object(j);
    json_key(j, "include");
    json_raw(j, "{\"type\": \"string\", \"description\": \"file whose map stands here\"}");
    for (uint32_t i = 0; i < count; i++) {
        const char *full = node_key(a, prefix, names[i]);
        struct param_ref ref = param_find(full);
        json_key(j, names[i]);
        if (ref.param) {
            json_compact(j, true);
            param_schema(j, ref.param);
            json_compact(j, false);
        } else {
            map_schema(j, full, a);
        }
    }
    json_end_object(j);
}

/* A map that has a key `choose` may be `auto` instead. */
static bool may_choose(const char *prefix, struct arena *a)
{
    return *prefix && param_find(node_key(a, prefix, "choose")).param;
}

static void map_schema(struct json *j, const char *prefix, struct arena *a)
{
    bool choose = may_choose(prefix, a);
    json_begin_object(j);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        if (strcmp(config_blocks[b].path, prefix) == 0) {
            json_key_string(j, "description", config_blocks[b].meaning);
        }
    }
    if (choose) {
        json_key(j, "anyOf");
        json_begin_array(j);
        json_raw(j, "{\"const\": \"auto\"}");
        json_begin_object(j);
    }
    map_keys(j, prefix, a);
    if (choose) {
        json_end_object(j);
        json_end_array(j);
    }
    json_end_object(j);
}

void config_schema_json(struct text *out)
{
    struct arena *a = arena_new();
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    json_key_string(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_key_string(&j, "title", "bpsim configuration");
    map_keys(&j, "", a);
    json_end_object(&j);
    arena_free(a);
}
