/* SPDX-License-Identifier: Apache-2.0 */
/* bound.h - private to sim/lower: what the parts of the lower bound share.
 *
 *     partition --> uses (which chip reads which area of which tensor) --> links, memory
 *     partition --> parts ------------------------------------------> compute, path
 *
 * Derivations: docs/model/bounds.md. Only the partition and peak rates count: no tile, no place. */
#ifndef SIM_LOWER_BOUND_H
#define SIM_LOWER_BOUND_H

#include "sim/lower/lowering.h"

struct bound_use {
    uint32_t chip;
    struct area area; /* of the tensor */
};

struct bound_work {
    const struct partition *p;
    const struct op_graph *g;
    const struct machine *m;
    uint32_t chips;      /* that have a part of the work: 0..chips-1 */
    uint32_t *first_use; /* tensors + 1 */
    struct bound_use *uses;
};

/* A set of elements as disjoint areas. */
struct region {
    VEC(struct area, areas);
};

void region_add(struct region *r, struct area a);
uint64_t region_elements(const struct region *r);
uint64_t region_inside(const struct region *r, struct area a); /* elements of r in a */
void region_clear(struct region *r);
void region_free(struct region *r);

static inline struct area part_area(const struct op_part *x)
{
    return (struct area) {{x->row0, x->row0 + x->rows}, {x->col0, x->col0 + x->cols}};
}

static inline struct box part_box(const struct op_part *x)
{
    struct area a = part_area(x);
    return (struct box) {a.rows, a.cols, {x->k0, x->k0 + x->k}};
}

/* Cycles in which `lines` lines of the given rate move `bytes`. */
uint64_t bound_transfer_cycles(uint64_t bytes, struct fraction rate, uint64_t lines);

/* ceil(work x num / den). */
uint64_t bound_scaled(uint64_t work, uint64_t num, uint64_t den);
/* What the engines of a chip do, in thousandths of those of one unit that works as built; rounded up. */
uint64_t bound_speed(const struct machine *m, uint32_t chip);

uint64_t bound_compute(const struct bound_work *w);
uint64_t bound_path(const struct bound_work *w);
uint64_t bound_links(const struct bound_work *w);
uint64_t bound_memory(const struct bound_work *w);

#endif
