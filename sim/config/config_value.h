/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.h - one value of a parameter: from text, to text, and its range. */
#ifndef SIM_CONFIG_CONFIG_VALUE_H
#define SIM_CONFIG_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/text.h"
#include "sim/machine/params.h"

/* Reads the text of one scalar (an item of a list for list types) of a parameter. Numbers, quantities
 * and choices come in *value (ppb as a two's complement int64_t), strings not at all. 0, or
 * SIM_ERR_INPUT with what is wrong and what is allowed in `why`. */
int value_parse(const struct param *p, const char *s, uint64_t *value, struct text *why);

/* Number or quantity as text: "16", "300 GB/s". */
void value_print(enum param_type type, uint64_t value, struct text *out);

/* "1..32", "4 KiB..1 GiB", "ring, mesh", "text"; for messages and docs. `allowed` adds "or auto". */
void value_range(const struct param *p, struct text *out);
void value_allowed(const struct param *p, struct text *out);

/* True when `auto` may stand for the value, when `none` may stand for the list, when a preset of the work sets it. */
bool value_may_be_auto(const struct param *p);
bool value_may_be_none(const struct param *p);
/* True when the file may give a list. */
bool value_is_list(const struct param *p);
/* Of choices whose default is `all` or `first N`: how many of the table; else 0. */
uint32_t value_default_choices(const struct param *p);
bool value_set_by_preset(const struct param *p);

/* Stored value of a scalar of the type at `field`, and its storing. Not for strings and lists. */
uint64_t value_get(enum param_type type, const void *field);
void value_put(enum param_type type, void *field, uint64_t value);

/* What `auto` is stored as. */
uint64_t value_auto(enum param_type type);

/* ---- finding parameters by full key ---- */

struct param_ref {
    const struct param_block *block;
    const struct param *param; /* NULL: none */
    uint32_t index;            /* among those of all blocks */
};

struct param_ref param_find(const char *key);
struct param_ref param_at(uint32_t index);

/* True when the key is that of a block, or on the way to one ("machines"). */
bool param_is_block(const char *key);

static inline void *param_field(struct config *c, struct param_ref r)
{
    return (char *)c + r.block->offset + r.param->offset;
}

static inline const void *param_field_const(const struct config *c, struct param_ref r)
{
    return (const char *)c + r.block->offset + r.param->offset;
}

#endif
