/* SPDX-License-Identifier: Apache-2.0 */
/* config_describe.c - the parameters for people: on the terminal, and as docs/config.md. */
#include "sim/config/config_describe.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/config/config.h"
#include "sim/config/config_reader.h"
#include "sim/config/quantity.h"

const char *describe_type(enum param_type type)
{
    static const char *const names[] = {
        [PARAM_u32] = "number",    [PARAM_u64] = "number",  [PARAM_bool] = "truth",       [PARAM_hz] = "frequency",
        [PARAM_rate] = "rate",     [PARAM_fs] = "time",     [PARAM_bytes] = "bytes",      [PARAM_choice] = "name",
        [PARAM_choices] = "names", [PARAM_string] = "text", [PARAM_ppb_list] = "numbers", [PARAM_ratio] = "ratio",
        [PARAM_names] = "texts",
    };
    return names[type];
}

void describe_default(const struct param *p, struct text *out)
{
    if (strcmp(p->def, "preset") == 0) {
        text_add(out, "of the preset");
    } else if (strcmp(p->def, "all") == 0) {
        text_add(out, "all of them");
    } else if (value_default_choices(p) > 0) {
        for (uint32_t i = 0; i < value_default_choices(p); i++) {
            text_printf(out, "%s%s", i ? ", " : "", p->choices->names[i]);
        }
    } else {
        text_add(out, p->def);
    }
}

void describe_allowed(const struct param *p, struct text *out)
{
    bool plain = p->type == PARAM_u32 || p->type == PARAM_u64 || p->type == PARAM_ppb_list;
    value_range(p, out);
    if (plain && *p->unit && strcmp(p->unit, "1") != 0) {
        text_printf(out, " %s", p->unit);
    }
    if (value_may_be_auto(p)) {
        text_add(out, " or auto");
    }
}

/* True for the block itself and those below it. */
static bool is_below(const struct param_block *block, const char *path)
{
    size_t n = strlen(path);
    return n == 0 || (strncmp(block->path, path, n) == 0 && (block->path[n] == '\0' || block->path[n] == '.'));
}

/* 0 when `block` names something, or a message with the nearest name. */
static int check_block(const char *block, struct diag *d)
{
    const char *paths[BLOCK_COUNT];
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        paths[b] = config_blocks[b].path;
    }
    if (!*block || param_is_block(block) || param_find(block).param) {
        return SIM_OK;
    }
    const char *nearest = text_nearest(block, paths, BLOCK_COUNT);
    struct text text = {0};
    text_printf(&text, "there is no block or key of this name%s%s%s; blocks:", nearest ? ", did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        text_printf(&text, "%s%s", *paths[b] ? " " : "", paths[b]);
    }
    diag_add(d, "", 0, 0, block, "%s", text.s);
    text_free(&text);
    return SIM_ERR_INPUT;
}

/* A block may be named by its last word: "router" is chip.noc.router. */
static const char *block_path(const char *block)
{
    for (uint32_t b = 0; block && b < BLOCK_COUNT; b++) {
        if (strcmp(config_blocks[b].name, block) == 0) {
            return config_blocks[b].path;
        }
    }
    return block ? block : "";
}

/* ---- terminal ---- */

static void describe_param(const struct param *p, struct text *out)
{
    struct text def = {0};
    struct text allowed = {0};
    describe_default(p, &def);
    describe_allowed(p, &allowed);
    text_printf(out, "  %-20s %-9s default %-14s %s\n", p->name, describe_type(p->type), def.s, allowed.s);
    text_printf(out, "      %s", p->meaning);
    if (*p->source) {
        text_printf(out, " [%s]", p->source);
    }
    text_add(out, "\n");
    if (*p->when) {
        text_printf(out, "      read when %s\n", p->when);
    }
    text_free(&def);
    text_free(&allowed);
}

int config_describe(struct text *out, const char *block, struct diag *d)
{
    const char *wanted = block_path(block);
    int rc = check_block(wanted, d);
    struct param_ref one = rc ? (struct param_ref) {0} : param_find(wanted);
    if (rc || one.param) {
        if (one.param) {
            describe_param(one.param, out);
        }
        return rc;
    }
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *p = &config_blocks[b];
        if (is_below(p, wanted)) {
            text_printf(out, "%s%s: %s\n", out->n ? "\n" : "", *p->path ? p->path : "(top)", p->meaning);
            for (uint32_t i = 0; i < p->n_params; i++) {
                describe_param(&p->params[i], out);
            }
        }
    }
    return SIM_OK;
}

/* ---- JSON ---- */

static void json_param(struct json *j, const struct param *p)
{
    struct text def = {0};
    struct text units = {0};
    describe_default(p, &def);
    json_begin_object(j);
    json_key_string(j, "name", p->name);
    json_key_string(j, "type", describe_type(p->type));
    json_key_string(j, "default", def.s);
    if (p->choices) {
        json_key(j, "choices");
        json_begin_array(j);
        for (uint32_t i = 0; i < p->choices->count; i++) {
            json_string(j, p->choices->names[i]);
        }
        json_end_array(j);
    } else if (strcmp(p->min, "-") != 0) {
        json_key_string(j, "min", p->min);
        json_key_string(j, "max", p->max);
    }
    json_key_string(j, "unit", p->unit);
    if (quantity_units(p->type, &units)) {
        json_key_string(j, "units", units.s);
    }
    json_key_string(j, "meaning", p->meaning);
    json_key_string(j, "source", p->source);
    json_key_string(j, "when", p->when);
    json_end_object(j);
    text_free(&def);
    text_free(&units);
}

int config_describe_json(struct text *out, const char *block, struct diag *d)
{
    const char *wanted = block_path(block);
    struct json j;
    struct param_ref one = param_find(wanted);
    int rc = check_block(wanted, d);
    if (rc) {
        return rc;
    }
    json_init(&j, out);
    json_begin_object(&j);
    json_key(&j, "blocks");
    json_begin_array(&j);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *p = &config_blocks[b];
        if (one.param ? p != one.block : !is_below(p, wanted)) {
            continue;
        }
        json_begin_object(&j);
        json_key_string(&j, "path", p->path);
        json_key_string(&j, "meaning", p->meaning);
        json_key(&j, "parameters");
        json_begin_array(&j);
        json_compact(&j, true);
        for (uint32_t i = 0; i < p->n_params; i++) {
            if (!one.param || one.param == &p->params[i]) {
                json_param(&j, &p->params[i]);
            }
        }
        json_compact(&j, false);
        json_end_array(&j);
        json_end_object(&j);
    }
    json_end_array(&j);
    json_end_object(&j);
    return SIM_OK;
}
