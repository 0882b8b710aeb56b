/* SPDX-License-Identifier: Apache-2.0 */
/* config_node.h - a YAML document as a tree that knows where everything stood.
 *
 * Everything lies in one arena. Keys and texts hold no control characters. */
#ifndef SIM_CONFIG_CONFIG_NODE_H
#define SIM_CONFIG_CONFIG_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/mem.h"

#define SET_FILE "--set" /* file of what was given on the command line; line and col are 0 there */

struct place {
    const char *file;
    uint32_t line, col;
};

enum node_kind {
    NODE_SCALAR,
    NODE_LIST,
    NODE_MAP,
    NODE_NULL, /* an explicit null: as if the key were not there; takes away an included one */
    NODE_BAD   /* reported already: whoever meets it says nothing more */
};

struct node;

struct entry {
    const char *key; /* NULL in a list */
    struct place key_place;
    struct node *value;
    struct entry *next;
};

struct node {
    enum node_kind kind;
    struct place place;
    const char *text;           /* scalar */
    struct entry *first, *last; /* list, map */
    uint32_t count;
};

struct node *node_new(struct arena *a, enum node_kind kind, struct place place);
struct entry *node_add(struct arena *a, struct node *parent, const char *key, struct place key_place,
                       struct node *value);

/* Entry of that key in a map, or NULL. */
struct entry *node_find(const struct node *map, const char *key);

/* `over` laid over `base`: maps are merged key by key, anything else replaces. */
struct node *node_merge(struct arena *a, const struct node *base, const struct node *over);

/* The whole of `path` ("chip.units.rows"), or the deepest map on the way to it: *rest is then what of
 * the path is not there. A NODE_NULL is not there. */
const struct node *node_reach(const struct node *root, const char *path, const char **rest);

/* Full key of an entry: "chip" and "units" give "chip.units"; "" and "chip" give "chip". */
const char *node_key(struct arena *a, const char *prefix, const char *key);

/* s for messages: at most 60 characters, control characters as '?'. */
const char *node_shown(struct arena *a, const char *s, size_t n);

#endif
