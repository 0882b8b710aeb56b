/* SPDX-License-Identifier: Apache-2.0 */
/* config_include.c - files that stand for a map in another file; values from the command line. */
#include "sim/config/config_tree_build.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/error.h"
#include "sim/base/file.h"

const char *tree_path(struct arena *a, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');
    if (name[0] == '/' || !slash || strcmp(from, SET_FILE) == 0) {
        return arena_strdup(a, name);
    }
    return arena_printf(a, "%.*s/%s", (int)(slash - from), from, name);
}

/* Opens, reads and builds one file. `at` and `key` say where it is named, for messages. */
static struct node *load_file(struct tree_loader *l, const char *path, const struct build *includer, struct place at,
                              const char *key, const char *prefix)
{
    struct build b = {.loader = l, .includer = includer, .file = arena_strdup(l->arena, path), .prefix = prefix};
    struct diag reading;
    struct stat st;
    char *data = NULL;
    l->files[l->n_files++] = b.file;
    diag_init(&reading);
    if (file_read(path, TREE_MAX_BYTES, &data, &b.bytes, &reading)) {
        const char *text = reading.messages[0].text;
        diag_add(l->diag, at.file, at.line, at.col, key, "%s%s%s", includer ? path : "", includer ? " " : "", text);
        diag_free(&reading);
        l->failed = true;
        return NULL;
    }
    diag_free(&reading);
    if (stat(path, &st) == 0) {
        b.device = st.st_dev;
        b.inode = st.st_ino;
    }
    b.data = data;
    struct node *root = build_document(&b, 0);
    free(data);
    if (!l->failed && (!root || (root->kind == NODE_SCALAR && !*root->text))) {
        diag_add(l->diag, b.file, 1, 1, prefix, "is empty; a map of keys is needed");
        l->failed = true;
    } else if (root && root->kind != NODE_MAP && root->kind != NODE_BAD) {
        diag_add(l->diag, b.file, root->place.line, root->place.col, prefix, "is not a map; keys are needed");
        l->failed = true;
    }
    return l->failed || root->kind != NODE_MAP ? NULL : root;
}

struct node *tree_load(struct tree_loader *l, const char *path)
{
    struct place at = {.file = *path ? path : "''"};
    return load_file(l, path, NULL, at, "", "");
}

/* True when the file is being read already, here or further out. */
static bool is_open(const struct build *b, const char *path)
{
    struct stat st;
    if (stat(path, &st)) {
        return false;
    }
    for (; b; b = b->includer) {
        if (!b->from_command_line && b->device == st.st_dev && b->inode == st.st_ino) {
            return true;
        }
    }
    return false;
}

static struct node *map_without(struct arena *a, const struct node *map, const char *key)
{
    struct node *rest = node_new(a, NODE_MAP, map->place);
    for (const struct entry *e = map->first; e; e = e->next) {
        if (strcmp(e->key, key) != 0) {
            node_add(a, rest, e->key, e->key_place, e->value);
        }
    }
    return rest;
}

struct node *build_include(struct build *b, struct node *map, const char *prefix)
{
    struct tree_loader *l = b->loader;
    const struct entry *e = node_find(map, "include");
    if (!e) {
        return map;
    }
    struct node *over = map_without(l->arena, map, "include");
    const char *key = node_key(l->arena, prefix, "include");
    struct place at = e->value->place;
    if (e->value->kind != NODE_SCALAR || !*e->value->text) {
        if (e->value->kind != NODE_BAD) {
            build_error(b, at, key, "must be the path of one file, relative to this file");
        }
        l->failed = true;
        return over;
    }
    const char *path = tree_path(l->arena, b->file, e->value->text);
    if (is_open(b, path)) {
        diag_add(l->diag, at.file, at.line, at.col, key, "%s includes itself, directly or through others",
                 node_shown(l->arena, path, strlen(path)));
        l->failed = true;
        return over;
    }
    if (l->n_files >= TREE_MAX_FILES) {
        build_error(b, at, key, "too many files are included (at most 64)");
        l->failed = true;
        return over;
    }
    const struct node *base = load_file(l, path, b, at, key, prefix);
    return base ? node_merge(l->arena, base, over) : over;
}

/* ---- --set key=value ---- */

/* The map at `key` below `map`, made when it is not there. */
static struct node *map_at(struct arena *a, struct node *map, const char *key)
{
    struct place at = {.file = SET_FILE};
    struct entry *e = node_find(map, key);
    if (!e) {
        e = node_add(a, map, key, at, node_new(a, NODE_MAP, at));
    } else if (e->value->kind != NODE_MAP) {
        e->value = node_new(a, NODE_MAP, at);
        e->key_place = at;
    }
    return e->value;
}

static void assign(struct tree_loader *l, struct node *root, const char *path, struct node *value)
{
    struct place at = {.file = SET_FILE};
    char *rest = arena_strdup(l->arena, path);
    char *dot = strchr(rest, '.');
    struct node *map = root;
    for (; dot; dot = strchr(rest, '.')) {
        *dot = '\0';
        map = map_at(l->arena, map, rest);
        rest = dot + 1;
    }
    struct entry *e = node_find(map, rest);
    if (e) {
        e->value = value;
        e->key_place = at;
    } else {
        node_add(l->arena, map, rest, at, value);
    }
}

static bool is_key_path(const char *s)
{
    for (size_t n;; s += n + 1) {
        n = strcspn(s, ".");
        if (n == 0 || n > 60) {
            return false;
        }
        if (!s[n]) {
            return true;
        }
    }
}

void tree_set(struct tree_loader *l, struct node **root, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    const char *whole = node_shown(l->arena, assignment, strlen(assignment));
    if (!equals || equals == assignment) {
        diag_add(l->diag, SET_FILE, 0, 0, "", "'%s' is not of the form key=value", whole);
        return;
    }
    const char *key = arena_printf(l->arena, "%.*s", (int)(equals - assignment), assignment);
    if (!is_key_path(key) || strlen(key) > 200 || strcmp(node_shown(l->arena, key, strlen(key)), key) != 0) {
        diag_add(l->diag, SET_FILE, 0, 0, "", "'%s': the key must be a dotted path such as chip.units.rows", whole);
        return;
    }
    struct build b = {.loader = l, .file = SET_FILE, .prefix = key, .from_command_line = true, .data = equals + 1};
    b.bytes = strlen(b.data);
    bool failed = l->failed;
    l->failed = false;
    struct node *value = build_document(&b, 1);
    if (!value && !l->failed) {
        diag_add(l->diag, SET_FILE, 0, 0, key, "has no value; `null` takes a key away");
    }
    if (!value || l->failed) { /* reported; the file itself can still be checked */
        value = node_new(l->arena, NODE_BAD, (struct place) {.file = SET_FILE});
    }
    l->failed = failed;
    if (*root) {
        assign(l, *root, key, value);
    }
}
