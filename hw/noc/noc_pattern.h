/* SPDX-License-Identifier: Apache-2.0 */
/* noc_pattern.h - traffic patterns of network studies: who sends to whom. One row each.
 *
 * Nodes are numbered row by row; x = node % cols, y = node / cols. Patterns as in Dally and Towles, Principles and
 * Practices of Interconnection Networks, 2004, table 3.1. */
#ifndef HW_NOC_NOC_PATTERN_H
#define HW_NOC_NOC_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/rng.h"

struct noc_space {
    uint32_t nodes; /* that send and receive, the first ones */
    uint32_t rows, cols;
    bool no_self;                /* uniform, hotspot: a node does not draw itself */
    const uint32_t *permutation; /* noc_permutation: destination of each node */
};

struct noc_pattern {
    const char *name;
    const char *meaning;
    /* What it needs and this space is not: "a square of nodes"; NULL: it can be used here. */
    const char *(*lacks)(const struct noc_space *s);
    uint32_t (*to)(const struct noc_space *s, struct rng *r, uint32_t from);
};

extern const struct noc_pattern noc_patterns[];
extern const uint32_t noc_pattern_count;
extern const struct noc_pattern noc_permutation; /* not in the table: it has no name of its own */

/* The row of this name, or NULL. */
const struct noc_pattern *noc_pattern_find(const char *name);

/* 0..bound-1, each exactly as likely. */
uint32_t noc_draw(struct rng *r, uint32_t bound);

#endif
