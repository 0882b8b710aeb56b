/* SPDX-License-Identifier: Apache-2.0 */
/* config_tree.h - reads YAML files into trees: syntax, includes, bounds.
 *
 *     include: ../server/ring4.yaml     the file's map stands here; keys beside it are laid over it
 *
 * One document per file. Anchors, aliases, merge keys and tags are refused: an include says the same
 * more plainly. Bounds keep hostile files harmless: size, depth, values, keys, files. */
#ifndef SIM_CONFIG_CONFIG_TREE_H
#define SIM_CONFIG_CONFIG_TREE_H

#include "sim/base/diag.h"
#include "sim/config/config_node.h"

#define TREE_MAX_BYTES  1048576u
#define TREE_MAX_DEPTH  32u
#define TREE_MAX_VALUES 5000u
#define TREE_MAX_FILES  64u

struct tree_loader {
    struct arena *arena;
    struct diag *diag;
    const char *files[TREE_MAX_FILES]; /* in the order in which they were opened */
    uint32_t n_files;
    uint32_t values;
    bool failed; /* some file could not be read to its end: what is missing in the tree means nothing */
};

/* Reads a file and all it includes; NULL when its root is no map. */
struct node *tree_load(struct tree_loader *l, const char *path);

/* Applies one `key=value`. */
void tree_set(struct tree_loader *l, struct node **root, const char *assignment);

/* `name` as it is meant in the file `from`: relative to that file's folder. */
const char *tree_path(struct arena *a, const char *from, const char *name);

#endif
