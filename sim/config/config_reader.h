/* SPDX-License-Identifier: Apache-2.0 */
/* config_reader.h - inside of config_load: tree -> struct config, in four passes.
 *
 *     reader_read      what is given: known keys, types, ranges
 *     reader_complete  presets, defaults, what is missing, what nothing reads
 *     reader_rules     what must hold between values; `auto` becomes a number
 *     reader_files     files that the configuration names
 *
 * A pass says nothing about a parameter that an earlier one has refused. */
#ifndef SIM_CONFIG_CONFIG_READER_H
#define SIM_CONFIG_CONFIG_READER_H

#include "sim/base/diag.h"
#include "sim/config/config.h"
#include "sim/config/config_node.h"
#include "sim/config/config_value.h"
#include "sim/machine/params.h"

struct param_state {
    struct place place; /* of its value, when given */
    bool given;         /* by the user */
    bool filled;        /* holds a value, given or by default */
    bool bad;           /* refused; its value means nothing */
};

struct reader {
    struct config *config;
    struct diag *diag;
    const struct node *root;
    struct param_state *state; /* one per parameter */
    enum config_use use;
};

void reader_read(struct reader *r);
void reader_complete(struct reader *r);
void reader_rules(struct reader *r);
void reader_rules_machines(struct reader *r); /* called by reader_rules, and the next one too */
void reader_rules_degraded(struct reader *r);
int reader_files(struct reader *r);

/* Stores what a text (default or preset) says; the text is ours, so it is right. */
void reader_store_text(struct reader *r, struct param_ref ref, const char *text);

/* True when every key (NULL ends) holds a value that means something. */
bool reader_knows(const struct reader *r, const char *key, ...);

/* Adds a message about a key, at its value, or at the deepest map on its way; marks it as bad. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void reader_error(struct reader *r, const char *key, const char *fmt, ...);

/* Keys below `prefix`, as they may stand in its map: at most `max`; their number. */
uint32_t reader_keys_below(const char *prefix, const char **names, uint32_t max, struct arena *a);

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

/* Whether something reads the parameter (its `when`); unknown when that hangs on a bad value. */
enum truth reader_used(const struct config *c, const struct param_state *state, const struct param *p);

/* ---- presets ---- */

/* One key that a preset sets; kind = enum workload_kind that the preset belongs to. */
struct preset_value {
    uint32_t preset;
    uint32_t kind;
    const char *key;
    const char *text;
};
extern const struct preset_value preset_values[];
extern const uint32_t preset_value_count;

#endif
