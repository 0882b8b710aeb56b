/* SPDX-License-Identifier: Apache-2.0 */
/* noc_kinds.c - on-chip topologies: wiring, next hop, bisection; one table row each.
 *
 * Routing keeps the tree property: two paths from one source with one guide never part and meet again. In a grid the
 * guide means nothing: dimension order reaches a column before it turns, and in a ring the two ways round share only
 * their source. In a fat tree and a partitioned crossbar the guide chooses among ways of equal length: paths climb the
 * same routers, as far as each needs to, and the way down from there is the only one. */
#include "sim/machine/topology.h"

static void add_link(struct topology *t, uint32_t a, uint32_t port, uint32_t b, uint32_t places)
{
    uint32_t link = t->noc_links++;
    t->link_from[link] = a;
    t->link_to[link] = b;
    t->link_places[link] = places;
    t->out[a * t->layout.ports + port] = link;
}

/* One directed link a -> b in direction `dir` of a; the other direction of the dimension may share it (a dimension of
 * two routers has one link, whichever way round one goes, but for networks that arbitrate). */
static void wire_direction(struct topology *t, uint32_t a, uint32_t dir, uint32_t b)
{
    uint32_t *ports = &t->out[a * t->layout.ports];
    uint32_t other = t->layout.pairs ? NODE_NONE : ports[dir ^ 1u];
    if (other != NODE_NONE && t->link_to[other] == b) {
        ports[dir] = other;
        return;
    }
    add_link(t, a, dir, b, 1);
}

static uint64_t half(uint32_t n)
{
    return n / 2;
}

/* ---- mesh and torus: x first, then y ---- */

static void wire_grid(struct topology *t, bool wrap)
{
    uint32_t rows = t->layout.rows, cols = t->layout.cols;
    for (uint32_t r = 0; r < rows; r++) {
        for (uint32_t c = 0; c < cols; c++) {
            uint32_t at = r * cols + c;
            if (c + 1 < cols || (wrap && cols > 1)) {
                wire_direction(t, at, DIR_EAST, r * cols + (c + 1) % cols);
            }
            if (c > 0 || (wrap && cols > 1)) {
                wire_direction(t, at, DIR_WEST, r * cols + (c + cols - 1) % cols);
            }
            if (r + 1 < rows || (wrap && rows > 1)) {
                wire_direction(t, at, DIR_SOUTH, (r + 1) % rows * cols + c);
            }
            if (r > 0 || (wrap && rows > 1)) {
                wire_direction(t, at, DIR_NORTH, (r + rows - 1) % rows * cols + c);
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

static uint32_t next_mesh(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)g;
    uint32_t x = at % l->cols, to_x = to % l->cols;
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

static uint32_t next_torus(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)g;
    uint32_t x = at % l->cols, to_x = to % l->cols;
    if (x != to_x) {
        return up_is_shorter(x, to_x, l->cols) ? DIR_EAST : DIR_WEST;
    }
    return up_is_shorter(at / l->cols, to / l->cols, l->rows) ? DIR_SOUTH : DIR_NORTH;
}

static uint32_t longest_mesh(const struct noc_layout *l)
{
    return l->rows - 1 + l->cols - 1;
}

static uint32_t longest_torus(const struct noc_layout *l)
{
    return l->rows / 2 + l->cols / 2;
}

/* All endpoints at one router: half of them send to the other half, all at once. */
static uint64_t bisection_crossbar(const struct noc_layout *l, uint32_t endpoints)
{
    (void)l;
    return half(endpoints);
}

/* Units that stand at one router meet as in a crossbar; a lone unit has no middle. */
static uint64_t bisection_alone(const struct noc_layout *l, uint32_t endpoints)
{
    return l->unit_rows * l->unit_cols > 1 ? half(endpoints) : 0;
}

static uint64_t bisection_mesh(const struct noc_layout *l, uint32_t endpoints)
{
    if (l->routers == 1) {
        return bisection_alone(l, endpoints);
    }
    return l->cols >= l->rows ? l->rows : l->cols; /* the cut halves the longer dimension */
}

/* A ring is cut twice; one of two routers too, where it has both links. */
static uint32_t cuts(const struct noc_layout *l, uint32_t routers)
{
    return routers > 2 || (routers == 2 && l->pairs) ? 2 : 1;
}

static uint64_t bisection_torus(const struct noc_layout *l, uint32_t endpoints)
{
    uint32_t longer = l->cols >= l->rows ? l->cols : l->rows;
    return bisection_mesh(l, endpoints) * cuts(l, longer);
}

/* ---- ring: routers in row-major order, clockwise = ascending ---- */

static void wire_ring(struct topology *t)
{
    uint32_t n = t->layout.routers;
    for (uint32_t r = 0; r < n && n > 1; r++) {
        wire_direction(t, r, DIR_EAST, (r + 1) % n);
        wire_direction(t, r, DIR_WEST, (r + n - 1) % n);
    }
}

static uint32_t next_ring(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)g;
    return up_is_shorter(at, to, l->routers) ? DIR_EAST : DIR_WEST;
}

static uint32_t longest_ring(const struct noc_layout *l)
{
    return l->routers / 2;
}

static uint64_t bisection_ring(const struct noc_layout *l, uint32_t endpoints)
{
    return l->routers == 1 ? bisection_alone(l, endpoints) : cuts(l, l->routers);
}

/* ---- crossbar: one router ---- */

static void wire_nothing(struct topology *t)
{
    (void)t;
}

static uint32_t next_nowhere(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)l;
    (void)at;
    (void)to;
    (void)g;
    return 0; /* never asked: there is one router */
}

static uint32_t longest_none(const struct noc_layout *l)
{
    (void)l;
    return 0;
}

/* ---- partitioned crossbar: parallel links between two routers, taken by destination ---- */

static void wire_partitioned(struct topology *t)
{
    for (uint32_t a = 0; a < 2; a++) {
        for (uint32_t i = 0; i < t->layout.centre_links; i++) {
            add_link(t, a, i, 1 - a, 1);
        }
    }
}

static uint32_t next_partitioned(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)at;
    (void)to;
    return g->place % l->centre_links;
}

static uint32_t longest_partitioned(const struct noc_layout *l)
{
    (void)l;
    return 1;
}

static uint64_t bisection_partitioned(const struct noc_layout *l, uint32_t endpoints)
{
    (void)endpoints;
    return l->centre_links;
}

/* ---- flattened butterfly: port k of a dimension leads to position k, or k + 1 from the own one on ---- */

static uint32_t position_behind(uint32_t own, uint32_t k)
{
    return k < own ? k : k + 1;
}

static uint32_t port_towards(uint32_t own, uint32_t position)
{
    return position < own ? position : position - 1;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static void wire_flatfly(struct topology *t)
{
    const struct noc_layout *l = &t->layout;
    for (uint32_t at = 0; at < l->routers; at++) {
        uint32_t x = at % l->cols, y = at / l->cols;
        for (uint32_t k = 0; k + 1 < l->cols; k++) {
            uint32_t to = position_behind(x, k);
            add_link(t, at, k, y * l->cols + to, distance(x, to));
        }
        for (uint32_t k = 0; k + 1 < l->rows; k++) {
            uint32_t to = position_behind(y, k);
            add_link(t, at, l->cols - 1 + k, to * l->cols + x, distance(y, to));
        }
    }
}

static uint32_t next_flatfly(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    (void)g;
    uint32_t x = at % l->cols, to_x = to % l->cols;
    if (x != to_x) {
        return port_towards(x, to_x);
    }
    return l->cols - 1 + port_towards(at / l->cols, to / l->cols);
}

static uint32_t longest_flatfly(const struct noc_layout *l)
{
    return (l->cols > 1 ? 1u : 0u) + (l->rows > 1 ? 1u : 0u);
}

/* Links that cross when a dimension of n routers is cut in the middle, in each of its `lines`. */
static uint64_t cut_all_to_all(uint32_t lines, uint32_t n)
{
    return lines * half(n) * (n - half(n));
}

/* The cut with the fewest links among those that halve the routers: of rows or of columns; where neither can be
 * halved, among those that nearly do. */
static uint64_t bisection_flatfly(const struct noc_layout *l, uint32_t endpoints)
{
    if (l->routers == 1) {
        return bisection_alone(l, endpoints);
    }
    uint64_t along_x = cut_all_to_all(l->rows, l->cols), along_y = cut_all_to_all(l->cols, l->rows);
    bool by_x = l->cols > 1, by_y = l->rows > 1;
    if (by_x && by_y && l->cols % 2 != l->rows % 2) {
        by_x = l->cols % 2 == 0;
        by_y = !by_x;
    }
    return by_x && (!by_y || along_x <= along_y) ? along_x : along_y;
}

/* ---- fat tree: router = level x words + word; ports 0 .. k-1 down, k .. 2k-1 up ---- */

static uint32_t power(uint32_t base, uint32_t exponent)
{
    uint32_t value = 1;
    while (exponent-- > 0) {
        value *= base;
    }
    return value;
}

static uint32_t words_of(const struct noc_layout *l)
{
    return l->routers / l->levels;
}

static uint32_t digit(const struct noc_layout *l, uint32_t word, uint32_t position)
{
    return word / power(l->arity, position) % l->arity;
}

static uint32_t with_digit(const struct noc_layout *l, uint32_t word, uint32_t position, uint32_t value)
{
    return word + (value - digit(l, word, position)) * power(l->arity, position);
}

static void wire_tree(struct topology *t)
{
    const struct noc_layout *l = &t->layout;
    uint32_t words = words_of(l), k = l->arity;
    for (uint32_t at = 0; at < l->routers; at++) {
        uint32_t level = at / words, word = at % words;
        for (uint32_t i = 0; i < k && level > 0; i++) {
            add_link(t, at, i, (level - 1) * words + with_digit(l, word, level - 1, i), 1);
        }
        for (uint32_t i = 0; i < k && level + 1 < l->levels; i++) {
            add_link(t, at, k + i, (level + 1) * words + with_digit(l, word, level, i), 1);
        }
    }
}

/* Up until the destination lies below, then down. On the way up the digits of the guide are taken, that of the endpoint
 * at its leaf first (d-mod-k where the guide is the destination): paths for one endpoint meet early, those for
 * different ones spread over all roots. */
static uint32_t next_tree(const struct noc_layout *l, uint32_t at, uint32_t to, const struct guide *g)
{
    uint32_t words = words_of(l), level = at / words, word = at % words, below = power(l->arity, level);
    if (word / below == to / below) {
        return digit(l, to, level - 1);
    }
    return l->arity + (level > 0 ? digit(l, g->router, level - 1) : g->place % l->arity);
}

static uint32_t longest_tree(const struct noc_layout *l)
{
    return 2 * (l->levels - 1);
}

/* Each level has a link up and one down for each unit, so half of the units can send to the other half. */
static uint64_t bisection_tree(const struct noc_layout *l, uint32_t endpoints)
{
    return l->routers == 1 ? bisection_alone(l, endpoints) : half(l->unit_rows * l->unit_cols);
}

const struct noc_kind noc_kinds[] = {
    [NOC_MESH] = {wire_mesh, next_mesh, longest_mesh, bisection_mesh},
    [NOC_TORUS] = {wire_torus, next_torus, longest_torus, bisection_torus},
    [NOC_RING] = {wire_ring, next_ring, longest_ring, bisection_ring},
    [NOC_CROSSBAR] = {wire_nothing, next_nowhere, longest_none, bisection_crossbar},
    [NOC_FLATFLY] = {wire_flatfly, next_flatfly, longest_flatfly, bisection_flatfly},
    [NOC_FAT_TREE] = {wire_tree, next_tree, longest_tree, bisection_tree},
    [NOC_PARTITIONED] = {wire_partitioned, next_partitioned, longest_partitioned, bisection_partitioned},
};

void topology_wire(struct topology *t, struct arena *a)
{
    t->noc = &noc_kinds[t->layout.topology];
    size_t places = (size_t)t->layout.routers * t->layout.ports;
    t->out = arena_alloc(a, places * sizeof *t->out);
    t->link_from = arena_alloc(a, places * sizeof *t->link_from);
    t->link_to = arena_alloc(a, places * sizeof *t->link_to);
    t->link_places = arena_alloc(a, places * sizeof *t->link_places);
    for (size_t i = 0; i < places; i++) {
        t->out[i] = NODE_NONE;
    }
    t->noc->wire(t);
}
