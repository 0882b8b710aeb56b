/* SPDX-License-Identifier: Apache-2.0 */
/* config_tree_build.h - inside of the tree reader: one text being read. */
#ifndef SIM_CONFIG_CONFIG_TREE_BUILD_H
#define SIM_CONFIG_CONFIG_TREE_BUILD_H

#include <sys/types.h>
#include <yaml.h>

#include "sim/config/config_tree.h"

#define TREE_MAX_KEYS 1000u

struct build {
    struct tree_loader *loader;
    const struct build *includer; /* NULL for the first file and for --set */
    const char *file;
    const char *prefix; /* full key of the map that this text stands for, "" for the whole */
    const char *data;
    size_t bytes;
    dev_t device; /* identity of the file, so that an include of itself is seen through any path */
    ino_t inode;
    bool from_command_line;
    yaml_parser_t parser;
};

/* Root of the text; NULL when it is empty or broken off (then loader->failed). */
struct node *build_document(struct build *b, uint32_t depth);

/* If the map holds `include`, the map that results; else the map itself. */
struct node *build_include(struct build *b, struct node *map, const char *prefix);

void build_error(struct build *b, struct place at, const char *key, const char *text);

#endif
