/* SPDX-License-Identifier: Apache-2.0 */
/* bound_region.c - sets of elements as disjoint areas. */
#include <stdlib.h>

#include "sim/lower/bound.h"

/* Adds what of `a` lies outside the areas from..known-1; those behind `known` are pieces of the same
 * addition and disjoint from `a` anyway. */
static void add_outside(struct region *r, struct area a, size_t from, size_t known)
{
    for (size_t i = from; i < known; i++) {
        struct area cut = area_intersect(a, r->areas[i]);
        if (area_empty(cut)) {
            continue;
        }
        struct area rest[] = {
            {{a.rows.first, cut.rows.first}, a.cols},
            {{cut.rows.end, a.rows.end}, a.cols},
            {cut.rows, {a.cols.first, cut.cols.first}},
            {cut.rows, {cut.cols.end, a.cols.end}},
        };
        for (size_t k = 0; k < sizeof rest / sizeof rest[0]; k++) {
            if (!area_empty(rest[k])) {
                add_outside(r, rest[k], i + 1, known);
            }
        }
        return;
    }
    *VEC_PUSH(r, areas) = a;
}

void region_add(struct region *r, struct area a)
{
    if (!area_empty(a)) {
        add_outside(r, a, 0, r->n_areas);
    }
}

uint64_t region_elements(const struct region *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->n_areas; i++) {
        n += area_elements(r->areas[i]);
    }
    return n;
}

uint64_t region_inside(const struct region *r, struct area a)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->n_areas; i++) {
        n += area_elements(area_intersect(r->areas[i], a));
    }
    return n;
}

void region_clear(struct region *r)
{
    r->n_areas = 0;
}

void region_free(struct region *r)
{
    free(r->areas);
    *r = (struct region) {0};
}
