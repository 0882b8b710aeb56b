/* SPDX-License-Identifier: Apache-2.0 */
/* noc_kinds.c - on-chip topologies: wiring, next hop, bisection; one table row each.
 *
 * Routing keeps the tree property (two paths from one source never part and meet again): dimension
 * order reaches a column before it turns, and in a ring the two ways round share only their source. */
#include "sim/machine/topology.h"

static uint32_t one_per_unit(uint32_t rows, uint32_t cols)
{
    return rows * cols;
}

static uint32_t single(uint32_t rows, uint32_t cols)
{
    (void)rows;
    (void)cols;
    return 1;
}

void topology_wire(struct topology *t, uint32_t a, uint32_t dir, uint32_t b)
{
    uint32_t *places = &t->out[a * DIR_COUNT];
    for (uint32_t d = dir & ~1u; d < (dir & ~1u) + 2; d++) { /* the two directions of one dimension */
        if (places[d] != NODE_NONE && t->link_to[places[d]] == b) {
            places[dir] = places[d];
            return;
        }
    }
    uint32_t link = t->noc_links++;
    t->link_from[link] = a;
    t->link_to[link] = b;
    places[dir] = link;
}

/* ---- mesh and torus: x first, then y ---- */

static void wire_grid(struct topology *t, bool wrap)
{
    uint32_t rows = t->rows, cols = t->cols;
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < cols; c++) {
            uint32_t at = r * cols + c;
            if (c + 1 < cols || (wrap && cols > 1)) {
                topology_wire(t, at, DIR_EAST, r * cols + (c + 1) % cols);
            }
            if (c > 0 || (wrap && cols > 1)) {
                topology_wire(t, at, DIR_WEST, r * cols + (c + cols - 1) % cols);
            }
            if (r + 1 < rows || (wrap && rows > 1)) {
                topology_wire(t, at, DIR_SOUTH, (r + 1) % rows * cols + c);
            }
            if (r > 0 || (wrap && rows > 1)) {
                topology_wire(t, at, DIR_NORTH, (r + rows - 1) % rows * cols + c);
            }
        }
    }
}

static void wire_mesh(struct topology *t)
{
    wire_grid(t, false);
}

static void wire_torus(struct topology *t)
{
    wire_grid(t, true);
}

static uint32_t next_mesh(const struct topology *t, uint32_t at, uint32_t to)
{
    uint32_t x = at % t->cols, to_x = to % t->cols;
    if (x != to_x) {
        return x < to_x ? DIR_EAST : DIR_WEST;
    }
    return at < to ? DIR_SOUTH : DIR_NORTH;
}

/* True if going up (east, south, clockwise) is not longer than going down; ties go up. */
static bool up_is_shorter(uint32_t from, uint32_t to, uint32_t n)
{
    uint32_t up = (to + n - from) % n;
    return up <= n - up;
}

static uint32_t next_torus(const struct topology *t, uint32_t at, uint32_t to)
{
    uint32_t x = at % t->cols, to_x = to % t->cols;
    if (x != to_x) {
        return up_is_shorter(x, to_x, t->cols) ? DIR_EAST : DIR_WEST;
    }
    return up_is_shorter(at / t->cols, to / t->cols, t->rows) ? DIR_SOUTH : DIR_NORTH;
}

static uint32_t longest_mesh(uint32_t rows, uint32_t cols)
{
    return rows - 1 + cols - 1;
}

static uint32_t longest_torus(uint32_t rows, uint32_t cols)
{
    return rows / 2 + cols / 2;
}

static uint64_t bisection_mesh(const struct topology *t, uint32_t endpoints)
{
    (void)endpoints;
    if (t->routers == 1) {
        return 0;
    }
    return t->cols >= t->rows ? t->rows : t->cols; /* the cut halves the longer dimension */
}

static uint64_t bisection_torus(const struct topology *t, uint32_t endpoints)
{
    uint32_t longer = t->cols >= t->rows ? t->cols : t->rows;
    return bisection_mesh(t, endpoints) * (longer > 2 ? 2 : 1);
}

/* ---- ring: routers in row-major order, clockwise = ascending ---- */

static void wire_ring(struct topology *t)
{
    uint32_t n = t->routers;
    for (uint32_t r = 0; r < n && n > 1; r++) {
        topology_wire(t, r, DIR_EAST, (r + 1) % n);
        topology_wire(t, r, DIR_WEST, (r + n - 1) % n);
    }
}

static uint32_t next_ring(const struct topology *t, uint32_t at, uint32_t to)
{
    return up_is_shorter(at, to, t->routers) ? DIR_EAST : DIR_WEST;
}

static uint32_t longest_ring(uint32_t rows, uint32_t cols)
{
    return rows * cols / 2;
}

static uint64_t bisection_ring(const struct topology *t, uint32_t endpoints)
{
    (void)endpoints;
    return t->routers > 2 ? 2 : t->routers - 1;
}

/* ---- crossbar: one router ---- */

static void wire_nothing(struct topology *t)
{
    (void)t;
}

static uint32_t next_nowhere(const struct topology *t, uint32_t at, uint32_t to)
{
    (void)t;
    (void)at;
    (void)to;
    return DIR_EAST; /* never asked: there is one router */
}

static uint32_t longest_none(uint32_t rows, uint32_t cols)
{
    (void)rows;
    (void)cols;
    return 0;
}

static uint64_t bisection_crossbar(const struct topology *t, uint32_t endpoints)
{
    (void)t;
    return endpoints / 2; /* half of the endpoints send to the other half, all at once */
}

const struct noc_kind noc_kinds[] = {
    [NOC_MESH] = {one_per_unit, wire_mesh, next_mesh, longest_mesh, bisection_mesh},
    [NOC_TORUS] = {one_per_unit, wire_torus, next_torus, longest_torus, bisection_torus},
    [NOC_RING] = {one_per_unit, wire_ring, next_ring, longest_ring, bisection_ring},
    [NOC_CROSSBAR] = {single, wire_nothing, next_nowhere, longest_none, bisection_crossbar},
};
