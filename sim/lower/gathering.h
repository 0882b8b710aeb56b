/* SPDX-License-Identifier: Apache-2.0 */
/* gathering.h - a collective being lowered: partials of several chips, to be added. Private to lower_collective.c,
 * lower_switch.c and collective_choice.c. */
#ifndef SIM_LOWER_GATHERING_H
#define SIM_LOWER_GATHERING_H

#include "sim/lower/lowering.h"

/* The chips that hold partials, ascending. */
struct gathering {
    struct lowering *l;
    uint32_t op, partial; /* collective; tensor of partials */
    uint32_t n;           /* chips */
    uint32_t k_whole;
    const struct op_part *parts; /* n: of the producer of the partials */
    const struct grid *grids;    /* n: tiles of the partials */
    uint32_t *first;             /* n + 1: source tiles of the partials of each */
    uint32_t *ring;              /* n: their numbers in the order of the ring */
    uint32_t sums;               /* in switches, so far: their numbers choose planes and spines */
};

/* A task that adds `partials` of the area to k_part of the contraction. */
struct task_plan gathering_plan(const struct gathering *x, uint32_t chip, uint32_t number, struct area area,
                                uint32_t k_part, uint32_t partials);
/* It reads the partials of part i there. */
void gathering_read(struct gathering *x, struct task_plan *plan, uint32_t operand, uint32_t i, struct area area);

/* Piece i of a grid, row by row. */
struct area grid_piece(const struct grid *g, uint32_t i);

/* Is the value cut into shares, one a chip, that all read? */
bool collective_in_shares(const struct lowering *l, uint32_t op);

/* collective_choice.c: the way that `auto` takes. */
uint32_t collective_quickest(const struct gathering *x);

/* lower_switch.c: pieces that lie in one tile of each chip's partials, of one burst each at most; the tasks. */
struct grid switch_grid(const struct gathering *x, struct area area);
void lower_in_switch(struct gathering *x);

#endif
