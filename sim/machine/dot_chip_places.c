/* SPDX-License-Identifier: Apache-2.0 */
/* dot_chip_places.c - routers and endpoints in a drawing of a chip's network. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/machine/dot_places.h"
#include "sim/machine/params.h"

#define PI    3.14159265358979323846
#define PITCH 96.0 /* of routers in a grid */
#define ENDS  44.0 /* of endpoints side by side */
#define ROWS  26.0 /* of endpoints one above the other */
#define STACK 3u   /* endpoints one above the other at the side of a grid */

static uint32_t root_up(uint32_t n)
{
    uint32_t root = 1;
    while (root * root < n) {
        root++;
    }
    return root;
}

/* Whole rows before place k, of `wide` places each. */
static double row_of(uint32_t k, uint32_t wide)
{
    uint32_t row = k / wide;
    return row;
}

static struct dot_point plus(struct dot_point a, double x, double y)
{
    return (struct dot_point) {a.x + x, a.y + y};
}

/* ---- grids ---- */

static double grid_pitch(const struct noc_layout *l)
{
    return PITCH + (root_up(noc_layout_crowd(l)) - 1) * ENDS;
}

/* Unit k of a router: in a block to the south-west, because links that are bent pass to the north and east. */
static struct dot_point unit_place(struct dot_point router, uint32_t k, uint32_t crowd)
{
    uint32_t wide = root_up(crowd);
    return plus(router, -30 - (double)(wide - 1 - k % wide) * ENDS, -25 - row_of(k, wide) * ROWS);
}

/* Endpoint k of those on its side of a router, beyond its units. */
static struct dot_point border_place(const struct dot_end *e, struct dot_point router, uint32_t k, uint32_t crowd)
{
    uint32_t wide = root_up(crowd), high = (crowd + wide - 1) / wide;
    if (e->side == DOT_WEST_OR_EAST) {
        double units = e->second ? 0 : (wide - 1) * ENDS;
        double out = 74 + units + row_of(k, STACK) * ENDS;
        return plus(router, e->second ? out : -out, (1 - (double)(k % STACK)) * ROWS);
    }
    double units = e->second ? (high - 1) * ROWS : 0;
    double out = 68 + units + row_of(k, 2) * (ROWS + 4);
    return plus(router, (k % 2 ? 0.5 : -0.5) * (ENDS + 4), e->second ? -out : out);
}

static void place_grid(const struct noc_layout *l, const struct dot_end *ends, uint32_t n, struct dot_point *routers,
                       struct dot_point *at)
{
    double pitch = grid_pitch(l);
    uint32_t crowd = noc_layout_crowd(l);
    uint32_t *here = mem_alloc_array((size_t)l->routers * 6, sizeof *here); /* by side, first and second */
    for (uint32_t r = 0; r < l->routers; r++) {
        routers[r] = (struct dot_point) {r % l->cols * pitch, -row_of(r, l->cols) * pitch};
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct dot_end *e = &ends[i];
        uint32_t k = here[e->router * 6 + 2 * (uint32_t)e->side + e->second]++;
        at[i] = e->side == DOT_OF_UNITS ? unit_place(routers[e->router], k, crowd)
                                        : border_place(e, routers[e->router], k, crowd);
    }
    free(here);
}

/* ---- ring, crossbars, tree ---- */

static struct dot_point on_circle(double angle, double radius)
{
    return (struct dot_point) {radius * cos(angle), radius * sin(angle)};
}

static uint32_t *count_ends(const struct noc_layout *l, const struct dot_end *ends, uint32_t n)
{
    uint32_t *count = mem_alloc_array(l->routers, sizeof *count);
    for (uint32_t i = 0; i < n; i++) {
        count[ends[i].router]++;
    }
    return count;
}

/* Endpoints stand outside, two side by side, further ones behind them. */
static void place_ring(const struct noc_layout *l, const struct dot_end *ends, uint32_t n, struct dot_point *routers,
                       struct dot_point *at)
{
    uint32_t *count = count_ends(l, ends, n), *here = mem_alloc_array(l->routers, sizeof *here);
    double radius = fmax(60, l->routers * PITCH / (2 * PI));
    for (uint32_t r = 0; r < l->routers; r++) {
        routers[r] = on_circle(PI / 2 - 2 * PI * r / l->routers, radius);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = ends[i].router, k = here[r]++;
        double side = count[r] == 1 ? 0 : k % 2 ? 0.5 : -0.5, angle = PI / 2 - 2 * PI * r / l->routers;
        struct dot_point out = on_circle(angle, radius + 44 + row_of(k, 2) * (ENDS - 4));
        at[i] = plus(out, side * ENDS * sin(angle), -side * ENDS * cos(angle));
    }
    free(count);
    free(here);
}

/* Round one router, or round the outer side of each of two. */
static void place_crossbar(const struct noc_layout *l, const struct dot_end *ends, uint32_t n,
                           struct dot_point *routers, struct dot_point *at)
{
    uint32_t *count = count_ends(l, ends, n), *here = mem_alloc_array(l->routers, sizeof *here);
    double part = l->routers == 2 ? PI : 2 * PI, first = l->routers == 2 ? PI / 2 : PI;
    for (uint32_t r = 0; r < l->routers; r++) {
        routers[r] = (struct dot_point) {l->routers == 2 ? (r ? 110 : -110) : 0, 0};
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t r = ends[i].router, k = here[r]++;
        double radius = fmax(90, count[r] * (ENDS + 2) / part);
        double angle = first + (r ? -1 : 1) * part * (l->routers == 2 ? k + 0.5 : k) / count[r];
        struct dot_point p = on_circle(angle, radius);
        at[i] = plus(routers[r], p.x, p.y);
    }
    free(count);
    free(here);
}

static void place_tree(const struct noc_layout *l, const struct dot_end *ends, uint32_t n, struct dot_point *routers,
                       struct dot_point *at)
{
    uint32_t words = l->routers / l->levels, *here = mem_alloc_array(l->routers, sizeof *here);
    double pitch = fmax(60, l->arity * ENDS + 8);
    for (uint32_t r = 0; r < l->routers; r++) {
        routers[r] = (struct dot_point) {r % words * pitch, row_of(r, words) * fmax(PITCH, words * 12.0)};
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = here[ends[i].router]++;
        double x = (k % l->arity - (l->arity - 1) / 2.0) * ENDS;
        at[i] = plus(routers[ends[i].router], x, -46 - row_of(k, l->arity) * ROWS);
    }
    free(here);
}

void dot_chip_places(const struct noc_layout *l, const struct dot_end *ends, uint32_t n, struct dot_point *routers,
                     struct dot_point *at)
{
    static void (*const place[])(const struct noc_layout *, const struct dot_end *, uint32_t, struct dot_point *,
                                 struct dot_point *) = {
        [NOC_MESH] = place_grid,
        [NOC_TORUS] = place_grid,
        [NOC_RING] = place_ring,
        [NOC_CROSSBAR] = place_crossbar,
        [NOC_FLATFLY] = place_grid,
        [NOC_FAT_TREE] = place_tree,
        [NOC_PARTITIONED] = place_crossbar,
    };
    place[l->topology](l, ends, n, routers, at);
}

/* In a grid, longer links pass beside the routers that they span: those of a torus all alike, of a flattened butterfly
 * the longer the farther. */
double dot_chip_bulge(const struct noc_layout *l, uint32_t from, uint32_t to)
{
    uint32_t apart = from > to ? from - to : to - from;
    uint32_t span = from / l->cols == to / l->cols ? apart : apart / l->cols;
    if (span < 2 || (l->topology != NOC_TORUS && l->topology != NOC_FLATFLY)) {
        return 0;
    }
    double pitch = grid_pitch(l);
    return l->topology == NOC_TORUS ? pitch / 4 : fmin(pitch / 2.6, 6 + 7.0 * span);
}
