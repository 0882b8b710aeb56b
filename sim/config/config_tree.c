/* SPDX-License-Identifier: Apache-2.0 */
/* config_tree.c - libyaml events into trees, one file at a time. Includes and --set: config_include.c. */
#include "sim/config/config_tree_build.h"

#include <stdlib.h>
#include <string.h>

/* ---- events ---- */

static struct place place_of(const struct build *b, const yaml_mark_t *mark)
{
    if (b->from_command_line) {
        return (struct place) {.file = SET_FILE};
    }
    return (struct place) {.file = b->file, .line = (uint32_t)mark->line + 1, .col = (uint32_t)mark->column + 1};
}

void build_error(struct build *b, struct place at, const char *key, const char *text)
{
    diag_add(b->loader->diag, at.file, at.line, at.col, key, "%s", text);
}

/* A byte that no YAML file may hold is reported by its offset only; lines and columns are counted. */
static yaml_mark_t mark_of_offset(const struct build *b, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset && i < b->bytes; i++) {
        if (b->data[i] == '\n') {
            mark.line++;
            mark.column = 0;
        } else if (((unsigned char)b->data[i] & 0xc0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

static void syntax_error(struct build *b)
{
    const yaml_parser_t *p = &b->parser;
    const char *problem = p->problem ? p->problem : "unreadable";
    bool reader = p->error == YAML_READER_ERROR;
    yaml_mark_t mark = reader ? mark_of_offset(b, p->problem_offset) : p->problem_mark;
    struct place at = place_of(b, &mark);
    bool tab = !reader && mark.index < b->bytes && b->data[mark.index] == '\t';
    diag_add(b->loader->diag, at.file, at.line, at.col, b->prefix, "not valid YAML: %s%s%s%s", problem,
             p->context ? " " : "", p->context ? p->context : "", tab ? "; tabs cannot indent, use blanks" : "");
    b->loader->failed = true;
}

/* Next event; false when the text is not YAML (reported). */
static bool next_event(struct build *b, yaml_event_t *event)
{
    if (!yaml_parser_parse(&b->parser, event)) {
        syntax_error(b);
        return false;
    }
    return true;
}

/* ---- nodes ---- */

static struct node *build_node(struct build *b, yaml_event_t *event, const char *key, uint32_t depth);

static bool is_null(const char *s)
{
    return strcmp(s, "~") == 0 || strcmp(s, "null") == 0 || strcmp(s, "Null") == 0 || strcmp(s, "NULL") == 0;
}

static bool has_control(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static struct node *build_scalar(struct build *b, const yaml_event_t *event, const char *key)
{
    const char *s = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct node *node = node_new(b->loader->arena, NODE_SCALAR, place_of(b, &event->start_mark));
    if (has_control(s, n)) {
        build_error(b, node->place, key, "holds a line break or control character; one line of text is allowed");
        node->kind = NODE_BAD;
        return node;
    }
    node->text = arena_strdup(b->loader->arena, s);
    if (plain && is_null(s)) {
        node->kind = NODE_NULL;
    }
    return node;
}

static struct node *build_list(struct build *b, struct place at, const char *key, uint32_t depth)
{
    struct node *list = node_new(b->loader->arena, NODE_LIST, at);
    yaml_event_t event;
    while (next_event(b, &event)) {
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return list;
        }
        struct node *item = build_node(b, &event, key, depth + 1);
        if (!item) {
            return NULL;
        }
        node_add(b->loader->arena, list, NULL, item->place, item);
    }
    return NULL;
}

/* Text of a key from its event (which it ends); NULL when the text breaks off. A key that is no plain
 * text is reported, and its value is read and dropped. */
static const char *build_key(struct build *b, yaml_event_t *event, const char *prefix, struct place *at, uint32_t depth)
{
    struct arena *a = b->loader->arena;
    *at = place_of(b, &event->start_mark);
    if (event->type == YAML_SCALAR_EVENT && !event->data.scalar.anchor && !event->data.scalar.tag) {
        const char *key = node_shown(a, (const char *)event->data.scalar.value, event->data.scalar.length);
        yaml_event_delete(event);
        return key;
    }
    build_error(b, *at, prefix, "a key must be one plain word");
    return build_node(b, event, prefix, depth + 1) ? "" : NULL;
}

static bool key_is_wrong(struct build *b, const struct node *map, const char *key, const char *full, struct place at)
{
    const struct entry *twice = *key ? node_find(map, key) : NULL;
    if (twice && twice->key_place.line) {
        diag_add(b->loader->diag, at.file, at.line, at.col, full, "is given twice; first in line %u",
                 (unsigned)twice->key_place.line);
    } else if (twice) {
        build_error(b, at, full, "is given twice");
    } else if (strcmp(key, "<<") == 0) {
        build_error(b, at, full, "merge keys are not supported; `include: FILE` lays keys over a file's");
    } else if (map->count >= TREE_MAX_KEYS) {
        build_error(b, at, full, "too many keys in one map");
        b->loader->failed = true;
    } else {
        return *key == '\0';
    }
    return true;
}

static struct node *build_map(struct build *b, struct place at, const char *prefix, uint32_t depth)
{
    struct arena *a = b->loader->arena;
    struct node *map = node_new(a, NODE_MAP, at);
    yaml_event_t event;
    while (next_event(b, &event)) {
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return build_include(b, map, prefix);
        }
        struct place key_at;
        const char *key = build_key(b, &event, prefix, &key_at, depth);
        if (!key || !next_event(b, &event)) {
            return NULL;
        }
        const char *full = node_key(a, prefix, key);
        struct node *value = build_node(b, &event, full, depth + 1);
        if (!value) {
            return NULL;
        }
        if (!key_is_wrong(b, map, key, full, key_at)) {
            node_add(a, map, key, key_at, value);
        }
    }
    return NULL;
}

/* Anchors and tags change what a text means; the value is then unusable. */
static bool refuse_extras(struct build *b, struct place at, const char *key, const void *anchor, const void *tag)
{
    if (anchor) {
        build_error(b, at, key, "anchors are not supported; put the shared part into a file and `include:` it");
    } else if (tag) {
        build_error(b, at, key, "tags are not supported; write the value alone");
    }
    return anchor || tag;
}

/* The node that begins with `event` (which it ends); NULL when the text breaks off or a bound is hit. */
static struct node *build_node(struct build *b, yaml_event_t *event, const char *key, uint32_t depth)
{
    struct place at = place_of(b, &event->start_mark);
    struct node *node = NULL;
    bool refused = false;
    yaml_event_type_t type = event->type;
    if (++b->loader->values > TREE_MAX_VALUES || depth > TREE_MAX_DEPTH) {
        build_error(b, at, key,
                    depth > TREE_MAX_DEPTH ? "is nested too deeply (at most 32 levels)"
                                           : "too many values (at most 5000)");
        b->loader->failed = true;
        yaml_event_delete(event);
        return NULL;
    }
    if (type == YAML_SCALAR_EVENT) {
        refused = refuse_extras(b, at, key, event->data.scalar.anchor, event->data.scalar.tag);
        node = build_scalar(b, event, key);
    } else if (type == YAML_SEQUENCE_START_EVENT) {
        refused = refuse_extras(b, at, key, event->data.sequence_start.anchor, event->data.sequence_start.tag);
    } else if (type == YAML_MAPPING_START_EVENT) {
        refused = refuse_extras(b, at, key, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    } else {
        build_error(b, at, key, "aliases are not supported; put the shared part into a file and `include:` it");
        node = node_new(b->loader->arena, NODE_BAD, at);
    }
    yaml_event_delete(event);
    if (type == YAML_SEQUENCE_START_EVENT) {
        node = build_list(b, at, key, depth);
    } else if (type == YAML_MAPPING_START_EVENT) {
        node = build_map(b, at, key, depth);
    }
    if (node && refused) {
        node->kind = NODE_BAD;
    }
    return node;
}

/* ---- documents ---- */

/* What follows the document must be the end of the file. */
static void expect_end(struct build *b)
{
    yaml_event_t event;
    while (next_event(b, &event)) {
        yaml_event_type_t type = event.type;
        struct place at = place_of(b, &event.start_mark);
        yaml_event_delete(&event);
        if (type == YAML_DOCUMENT_START_EVENT) {
            build_error(b, at, b->prefix, "a second document begins; one per file is allowed");
            b->loader->failed = true;
            return;
        }
        if (type == YAML_STREAM_END_EVENT) {
            return;
        }
    }
}

struct node *build_document(struct build *b, uint32_t depth)
{
    yaml_event_t event;
    struct node *root = NULL;
    if (!yaml_parser_initialize(&b->parser)) {
        b->loader->failed = true;
        return NULL;
    }
    yaml_parser_set_input_string(&b->parser, (const unsigned char *)b->data, b->bytes);
    bool more = true;
    while (more && next_event(b, &event)) {
        bool content = event.type == YAML_SCALAR_EVENT || event.type == YAML_ALIAS_EVENT ||
                       event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        more = event.type != YAML_STREAM_END_EVENT && !content;
        if (!content) {
            yaml_event_delete(&event);
            continue;
        }
        root = build_node(b, &event, b->prefix, depth);
        if (root) {
            expect_end(b);
        }
    }
    yaml_parser_delete(&b->parser);
    return root;
}
