/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.c - values of parameters as text. */
#include "sim/config/config_value.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/config/quantity.h"

static bool is_quantity(enum param_type type)
{
    return type == PARAM_hz || type == PARAM_rate || type == PARAM_fs || type == PARAM_bytes;
}

static bool is_choice(enum param_type type)
{
    return type == PARAM_choice || type == PARAM_choices;
}

static bool is_32_bits(enum param_type type)
{
    return type == PARAM_u32 || type == PARAM_bytes || type == PARAM_choice;
}

bool value_may_be_auto(const struct param *p)
{
    return strcmp(p->def, "auto") == 0 && !is_choice(p->type);
}

uint32_t value_default_choices(const struct param *p)
{
    static const char first[] = "first ";
    if (p->type != PARAM_choices) {
        return 0;
    }
    if (strcmp(p->def, "all") == 0) {
        return p->choices->count;
    }
    return strncmp(p->def, first, sizeof first - 1) == 0 ? (uint32_t)strtoul(p->def + sizeof first - 1, NULL, 10) : 0;
}

bool value_may_be_none(const struct param *p)
{
    return (p->type == PARAM_choices || p->type == PARAM_names) && strcmp(p->min, "none") == 0;
}

bool value_is_list(const struct param *p)
{
    return p->type == PARAM_choices || p->type == PARAM_ppb_list || p->type == PARAM_names;
}

/* A choice may have a name `preset`: that is its default, and no preset of the work sets it. */
bool value_set_by_preset(const struct param *p)
{
    return strcmp(p->def, "preset") == 0 && p->type != PARAM_choice;
}

uint64_t value_auto(enum param_type type)
{
    return is_32_bits(type) ? PARAM_AUTO32 : PARAM_AUTO64;
}

uint64_t value_get(enum param_type type, const void *field)
{
    if (type == PARAM_bool) {
        return *(const bool *)field;
    }
    return is_32_bits(type) ? *(const uint32_t *)field : *(const uint64_t *)field;
}

void value_put(enum param_type type, void *field, uint64_t value)
{
    if (type == PARAM_bool) {
        *(bool *)field = value != 0;
    } else if (is_32_bits(type)) {
        SIM_CHECK(value <= UINT32_MAX, "%llu does not fit", (unsigned long long)value);
        *(uint32_t *)field = (uint32_t)value;
    } else {
        *(uint64_t *)field = value;
    }
}

void value_print(enum param_type type, uint64_t value, struct text *out)
{
    if (is_quantity(type)) {
        quantity_print(type, value, out);
    } else if (type == PARAM_ratio) {
        ratio_print(value, out);
    } else if (type == PARAM_bool) {
        text_add(out, value ? "true" : "false");
    } else if (type == PARAM_ppb_list) {
        text_printf(out, "%lld", (long long)(int64_t)value);
    } else {
        text_printf(out, "%llu", (unsigned long long)value);
    }
}

void value_range(const struct param *p, struct text *out)
{
    if (is_choice(p->type)) {
        for (uint32_t i = 0; i < p->choices->count; i++) {
            text_printf(out, "%s%s", i ? ", " : "", p->choices->names[i]);
        }
        text_add(out, value_may_be_none(p) ? ", none" : "");
    } else if (p->type == PARAM_bool) {
        text_add(out, "true, false");
    } else if (p->type == PARAM_names) {
        text_add(out, value_may_be_none(p) ? "texts, none" : "texts");
    } else if (strcmp(p->min, "-") == 0) {
        text_add(out, "text");
    } else if (strcmp(p->min, p->max) == 0) {
        text_add(out, p->min);
    } else {
        text_printf(out, "%s..%s", p->min, p->max);
    }
}

void value_allowed(const struct param *p, struct text *out)
{
    value_range(p, out);
    if (value_may_be_auto(p)) {
        text_add(out, " or auto");
    }
}

static int parse_choice(const struct param *p, const char *s, uint64_t *value, struct text *why)
{
    const struct choices *choices = p->choices;
    for (uint32_t i = 0; i < choices->count; i++) {
        if (strcmp(choices->names[i], s) == 0) {
            *value = i;
            return SIM_OK;
        }
    }
    text_add(why, "is not one of ");
    value_range(p, why);
    const char *nearest = text_nearest(s, choices->names, choices->count);
    if (nearest) {
        text_printf(why, "; did you mean %s?", nearest);
    }
    return SIM_ERR_INPUT;
}

/* Number or quantity without its range. */
static int parse_number(enum param_type type, const char *s, uint64_t *value, struct text *why)
{
    int64_t i;
    if (is_quantity(type)) {
        return quantity_parse(type, s, value, why);
    }
    if (type == PARAM_ratio) {
        return ratio_parse(s, value, why);
    }
    if (type == PARAM_ppb_list) {
        if (text_parse_i64(s, &i)) {
            text_add(why, "is not a whole number");
            return SIM_ERR_INPUT;
        }
        *value = (uint64_t)i;
        return SIM_OK;
    }
    if (text_parse_u64(s, value)) {
        bool digits = strspn(s + (*s == '-'), "0123456789") == strlen(s + (*s == '-'));
        text_add(why, !digits ? "is not a whole number" : *s == '-' ? "is negative" : "is too large");
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static bool in_range(const struct param *p, uint64_t value)
{
    struct text unused = {0};
    uint64_t low = 0;
    uint64_t high = 0;
    int rc = parse_number(p->type, p->min, &low, &unused);
    rc = rc ? rc : parse_number(p->type, p->max, &high, &unused);
    text_free(&unused);
    SIM_CHECK(rc == 0, "range %s..%s of %s", p->min, p->max, p->name);
    if (p->type == PARAM_ppb_list) {
        return (int64_t)value >= (int64_t)low && (int64_t)value <= (int64_t)high;
    }
    return value >= low && value <= high;
}

/* A string with a range is a decimal number that is kept as text (its digits are read elsewhere). */
static int check_string(const struct param *p, const char *s, struct text *why)
{
    double value;
    double low;
    double high;
    if (strcmp(p->min, "-") == 0) {
        return SIM_OK;
    }
    if (text_parse_real(s, &value)) {
        text_add(why, "is not a number; allowed: ");
        value_allowed(p, why);
        return SIM_ERR_INPUT;
    }
    SIM_CHECK(!text_parse_real(p->min, &low) && !text_parse_real(p->max, &high), "range of %s", p->name);
    if (value < low || value > high) {
        text_add(why, "is outside ");
        value_allowed(p, why);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

int value_parse(const struct param *p, const char *s, uint64_t *value, struct text *why)
{
    if (value_may_be_auto(p) && strcmp(s, "auto") == 0) {
        *value = value_auto(p->type);
        return SIM_OK;
    }
    if (p->type == PARAM_string) {
        return check_string(p, s, why);
    }
    if (p->type == PARAM_names) {
        return SIM_OK; /* what they name is looked up by the rules */
    }
    if (is_choice(p->type)) {
        return parse_choice(p, s, value, why);
    }
    if (p->type == PARAM_bool) {
        *value = strcmp(s, "true") == 0;
        if (*value || strcmp(s, "false") == 0) {
            return SIM_OK;
        }
        text_add(why, "is not true or false");
        return SIM_ERR_INPUT;
    }
    if (parse_number(p->type, s, value, why)) {
        if (!is_quantity(p->type)) {
            text_add(why, "; allowed: ");
            value_allowed(p, why);
        } else if (value_may_be_auto(p)) {
            text_add(why, ", or auto");
        }
        return SIM_ERR_INPUT;
    }
    if (!in_range(p, *value)) {
        text_add(why, strcmp(p->min, p->max) ? "is outside " : "is not supported; allowed: ");
        value_allowed(p, why);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

/* ---- finding ---- */

struct param_ref param_at(uint32_t index)
{
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        if (index >= block->first && index - block->first < block->n_params) {
            return (struct param_ref) {block, &block->params[index - block->first], index};
        }
    }
    return (struct param_ref) {NULL, NULL, index};
}

struct param_ref param_find(const char *key)
{
    const char *dot = strrchr(key, '.');
    const char *name = dot ? dot + 1 : key;
    size_t n_path = dot ? (size_t)(dot - key) : 0;
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const struct param_block *block = &config_blocks[b];
        if (strlen(block->path) != n_path || memcmp(block->path, key, n_path) != 0) {
            continue;
        }
        for (uint32_t i = 0; i < block->n_params; i++) {
            if (strcmp(block->params[i].name, name) == 0) {
                return (struct param_ref) {block, &block->params[i], block->first + i};
            }
        }
    }
    return (struct param_ref) {NULL, NULL, 0};
}

bool param_is_block(const char *key)
{
    size_t n = strlen(key);
    for (uint32_t b = 0; b < BLOCK_COUNT; b++) {
        const char *path = config_blocks[b].path;
        if (strncmp(path, key, n) == 0 && (path[n] == '\0' || path[n] == '.')) {
            return true;
        }
    }
    return false;
}
