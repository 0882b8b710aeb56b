/* SPDX-License-Identifier: Apache-2.0 */
/* config_node.c - tree of a YAML document. */
#include "sim/config/config_node.h"

#include <string.h>

#define SHOWN_MAX 60

struct node *node_new(struct arena *a, enum node_kind kind, struct place place)
{
    struct node *n = arena_alloc(a, sizeof *n);
    n->kind = kind;
    n->place = place;
    return n;
}

struct entry *node_add(struct arena *a, struct node *parent, const char *key, struct place key_place,
                       struct node *value)
{
    struct entry *e = arena_alloc(a, sizeof *e);
    *e = (struct entry) {.key = key, .key_place = key_place, .value = value};
    if (parent->last) {
        parent->last->next = e;
    } else {
        parent->first = e;
    }
    parent->last = e;
    parent->count++;
    return e;
}

struct entry *node_find(const struct node *map, const char *key)
{
    for (struct entry *e = map->first; e; e = e->next) {
        if (strcmp(e->key, key) == 0) {
            return e;
        }
    }
    return NULL;
}

struct node *node_merge(struct arena *a, const struct node *base, const struct node *over)
{
    struct node *merged = node_new(a, NODE_MAP, over->place);
    for (const struct entry *e = base->first; e; e = e->next) {
        node_add(a, merged, e->key, e->key_place, e->value);
    }
    for (const struct entry *e = over->first; e; e = e->next) {
        struct entry *old = node_find(merged, e->key);
        if (!old) {
            node_add(a, merged, e->key, e->key_place, e->value);
            continue;
        }
        if (old->value->kind == NODE_MAP && e->value->kind == NODE_MAP) {
            old->value = node_merge(a, old->value, e->value);
        } else {
            old->value = e->value;
        }
        old->key_place = e->key_place;
    }
    return merged;
}

const struct node *node_reach(const struct node *root, const char *path, const char **rest)
{
    const struct node *at = root;
    char key[128];
    while (*path && at->kind == NODE_MAP) {
        size_t n = strcspn(path, ".");
        if (n >= sizeof key) {
            break;
        }
        memcpy(key, path, n);
        key[n] = '\0';
        const struct entry *e = node_find(at, key);
        if (!e || e->value->kind == NODE_NULL) {
            break;
        }
        at = e->value;
        path += n + (path[n] == '.');
    }
    *rest = path;
    return at;
}

const char *node_key(struct arena *a, const char *prefix, const char *key)
{
    return *prefix ? arena_printf(a, "%s.%s", prefix, key) : arena_strdup(a, key);
}

const char *node_shown(struct arena *a, const char *s, size_t n)
{
    size_t shown = n > SHOWN_MAX ? SHOWN_MAX : n;
    while (shown < n && shown > 0 && ((unsigned char)s[shown] & 0xc0) == 0x80) {
        shown--; /* not in the middle of a character */
    }
    char *out = arena_alloc(a, shown + 4);
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)s[i];
        out[i] = c < 0x20 || c == 0x7f ? '?' : s[i];
    }
    memcpy(out + shown, shown < n ? "..." : "", shown < n ? 4 : 1);
    return out;
}
