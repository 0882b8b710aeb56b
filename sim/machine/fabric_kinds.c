/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_kinds.c - how chips hang together: neighbours, next hop, classes; one table row each. */
#include "sim/machine/topology.h"

static uint32_t chips_only(const struct fabric_shape *s)
{
    return s->chips;
}

/* ---- on a circle of n: what a ring and each dimension of a torus have in common ---- */

/* The place after `from` on the shorter way; of two equal ones up for an even, down for an odd `tie`. After the first
 * hop the way begun is the shorter one, so the choice is made once. */
static uint32_t circle_next(uint32_t n, uint32_t from, uint32_t to, uint32_t tie)
{
    uint32_t up = (to + n - from) % n, down = n - up;
    bool go_up = up != down ? up < down : tie % 2 == 0;
    return go_up ? (from + 1) % n : (from + n - 1) % n;
}

static uint32_t circle_hops(uint32_t n, uint32_t from, uint32_t to)
{
    uint32_t up = (to + n - from) % n;
    return up <= n - up ? up : n - up;
}

/* Up to three places no packet goes on to a further one of the same circle, and no wait can close it. */
static bool circle_closes(uint32_t n)
{
    return n > 3;
}

/* The link between the last place and the first, either way. */
static bool circle_dateline(uint32_t n, uint32_t from, uint32_t to)
{
    return circle_closes(n) && ((from == n - 1 && to == 0) || (from == 0 && to == n - 1));
}

/* ---- ring: chip c beside c - 1 and c + 1; two chips have one link each way ---- */

static uint32_t ring_degree(const struct fabric_shape *s, uint32_t node)
{
    (void)node;
    return s->chips > 2 ? 2 : s->chips - 1;
}

static void ring_neighbours(const struct fabric_shape *s, uint32_t chip, uint32_t *out)
{
    out[ring_degree(s, chip) - 1] = (chip + s->chips - 1) % s->chips;
    out[0] = (chip + 1) % s->chips;
}

static uint32_t ring_next(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate)
{
    return circle_next(s->chips, from, to, alternate);
}

static uint32_t ring_hops(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    return circle_hops(s->chips, from, to);
}

static struct chip_hop ring_hop(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    return (struct chip_hop) {.dateline = circle_dateline(s->chips, from, to)};
}

static uint32_t ring_classes(const struct fabric_shape *s)
{
    return circle_closes(s->chips) ? 2 : 1;
}

/* ---- without a circle ---- */

static struct chip_hop plain_hop(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    (void)s;
    (void)from;
    (void)to;
    return (struct chip_hop) {0};
}

static uint32_t one_class(const struct fabric_shape *s)
{
    (void)s;
    return 1;
}

/* ---- fully connected ---- */

static uint32_t full_degree(const struct fabric_shape *s, uint32_t node)
{
    (void)node;
    return s->chips - 1;
}

static void full_neighbours(const struct fabric_shape *s, uint32_t chip, uint32_t *out)
{
    for (uint32_t c = 0, n = 0; c < s->chips; c++) {
        if (c != chip) {
            out[n++] = c;
        }
    }
}

static uint32_t full_next(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate)
{
    (void)s;
    (void)from;
    (void)alternate;
    return to;
}

static uint32_t full_hops(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    (void)s;
    return from != to;
}

/* ---- torus: every line of chips along a dimension is a ring; columns first, then rows, then layers ---- */

#define DIMENSIONS 3u

struct torus {
    uint32_t size[DIMENSIONS]; /* 1: no such dimension */
    uint32_t stride[DIMENSIONS];
};

static struct torus torus_of(const struct fabric_shape *s)
{
    uint32_t layers = s->topology == FABRIC_TORUS3D ? s->layers : 1;
    return (struct torus) {.size = {s->cols, s->rows, layers}, .stride = {1, s->cols, s->cols * s->rows}};
}

static uint32_t place(const struct torus *t, uint32_t d, uint32_t chip)
{
    return chip / t->stride[d] % t->size[d];
}

static uint32_t moved(const struct torus *t, uint32_t d, uint32_t chip, uint32_t to)
{
    return chip + to * t->stride[d] - place(t, d, chip) * t->stride[d];
}

static uint32_t torus_degree(const struct fabric_shape *s, uint32_t node)
{
    (void)node;
    struct torus t = torus_of(s);
    uint32_t n = 0;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        n += t.size[d] > 2 ? 2 : t.size[d] - 1;
    }
    return n;
}

static void torus_neighbours(const struct fabric_shape *s, uint32_t chip, uint32_t *out)
{
    struct torus t = torus_of(s);
    uint32_t n = 0;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        uint32_t size = t.size[d], at = place(&t, d, chip);
        if (size > 1) {
            out[n++] = moved(&t, d, chip, (at + 1) % size);
        }
        if (size > 2) {
            out[n++] = moved(&t, d, chip, (at + size - 1) % size);
        }
    }
}

/* The first dimension in which they differ; DIMENSIONS: they do not. */
static uint32_t torus_dimension(const struct torus *t, uint32_t from, uint32_t to)
{
    uint32_t d = 0;
    while (d < DIMENSIONS && place(t, d, from) == place(t, d, to)) {
        d++;
    }
    return d;
}

/* Bit d of `alternate` says which way round dimension d goes when both are equally short. */
static uint32_t torus_next(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate)
{
    struct torus t = torus_of(s);
    uint32_t d = torus_dimension(&t, from, to);
    return moved(&t, d, from, circle_next(t.size[d], place(&t, d, from), place(&t, d, to), alternate >> d));
}

static uint32_t torus_hops(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    struct torus t = torus_of(s);
    uint32_t n = 0;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        n += circle_hops(t.size[d], place(&t, d, from), place(&t, d, to));
    }
    return n;
}

static struct chip_hop torus_hop(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    struct torus t = torus_of(s);
    uint32_t d = torus_dimension(&t, from, to);
    return (struct chip_hop) {.dimension = d,
                              .dateline = circle_dateline(t.size[d], place(&t, d, from), place(&t, d, to))};
}

static uint32_t torus_classes(const struct fabric_shape *s)
{
    struct torus t = torus_of(s);
    bool closes = false;
    for (uint32_t d = 0; d < DIMENSIONS; d++) {
        closes = closes || circle_closes(t.size[d]);
    }
    return closes ? 2 : 1;
}

uint32_t fabric_walk_place(const struct fabric_shape *s, uint32_t chip)
{
    if (s->topology != FABRIC_TORUS2D && s->topology != FABRIC_TORUS3D) {
        return chip;
    }
    struct torus t = torus_of(s);
    uint32_t layer = place(&t, 2, chip), row = place(&t, 1, chip), col = place(&t, 0, chip);
    uint32_t rows = layer * s->rows + (layer % 2 ? s->rows - 1 - row : row); /* before this one */
    return rows * s->cols + (rows % 2 ? s->cols - 1 - col : col);
}

/* ---- dragonfly (Kim, Dally, Scott, Abts 2008): groups in which each chip is joined to each, links between groups
 *
 * Global port j of a group belongs to its chip j / global_links and leads to the group 1 + j mod (groups - 1) further
 * on; there the port that leads back stands as far from the end of its round as this one from the start of its own:
 * the palm-tree arrangement (Camarero, Vallejo, Beivide 2014), repeated where there are more ports than groups. ---- */

static uint32_t groups_of(const struct fabric_shape *s)
{
    return s->chips / s->group;
}

/* The chip of its own group at which global port j ends over `further` groups, seen from there. */
static uint32_t port_of_way(const struct fabric_shape *s, uint32_t further, uint32_t round)
{
    return round * (groups_of(s) - 1) + further - 1;
}

/* Links from one group to another one. */
static uint32_t rounds_of(const struct fabric_shape *s)
{
    return s->group * s->global_links / (groups_of(s) - 1);
}

/* The chips at both ends of link `round` from the group of `from` to that of `to`. */
struct bridge {
    uint32_t out, in;
};

static struct bridge bridge_of(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t round)
{
    uint32_t groups = groups_of(s), a = from / s->group, b = to / s->group;
    uint32_t there = port_of_way(s, (b + groups - a) % groups, round);
    uint32_t back = port_of_way(s, (a + groups - b) % groups, round);
    return (struct bridge) {.out = a * s->group + there / s->global_links, .in = b * s->group + back / s->global_links};
}

static uint32_t dragonfly_degree(const struct fabric_shape *s, uint32_t node)
{
    (void)node;
    return s->group - 1 + s->global_links;
}

static void dragonfly_neighbours(const struct fabric_shape *s, uint32_t chip, uint32_t *out)
{
    uint32_t n = 0, groups = groups_of(s), own = chip / s->group;
    for (uint32_t c = own * s->group; c < (own + 1) * s->group; c++) {
        if (c != chip) {
            out[n++] = c;
        }
    }
    for (uint32_t h = 0; h < s->global_links; h++) {
        uint32_t port = chip % s->group * s->global_links + h;
        uint32_t group = (own + 1 + port % (groups - 1)) % groups;
        out[n++] = bridge_of(s, chip, group * s->group, port / (groups - 1)).in;
    }
}

static uint32_t over_bridge(struct bridge b, uint32_t from, uint32_t to)
{
    return (b.out != from) + 1u + (b.in != to);
}

/* At most one link between groups: to a chip that has it, over it, to the goal. Of the links with the fewest hops
 * `alternate` takes one, and the chip that has it takes the same, for any other costs it a hop more. */
static uint32_t dragonfly_next(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate)
{
    if (from / s->group == to / s->group) {
        return to;
    }
    uint32_t rounds = rounds_of(s), fewest = over_bridge(bridge_of(s, from, to, 0), from, to), n = 1;
    for (uint32_t i = 1; i < rounds; i++) {
        uint32_t hops = over_bridge(bridge_of(s, from, to, i), from, to);
        n = hops < fewest ? 1 : n + (hops == fewest);
        fewest = hops < fewest ? hops : fewest;
    }
    uint32_t turn = alternate % n;
    for (uint32_t i = 0;; i++) {
        struct bridge b = bridge_of(s, from, to, i);
        if (over_bridge(b, from, to) == fewest && turn-- == 0) {
            return b.out == from ? b.in : b.out;
        }
    }
}

static bool are_joined(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    bool joined = from / s->group == to / s->group;
    for (uint32_t i = 0; !joined && i < rounds_of(s); i++) {
        struct bridge b = bridge_of(s, from, to, i);
        joined = b.out == from && b.in == to;
    }
    return joined;
}

/* Two links between groups may be shorter than a way with one of them, which has three links at most. */
static uint32_t dragonfly_hops(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    if (from == to) {
        return 0;
    }
    if (are_joined(s, from, to)) {
        return 1;
    }
    for (uint32_t c = 0; c < s->chips; c++) {
        if (c != from && c != to && are_joined(s, from, c) && are_joined(s, c, to)) {
            return 2;
        }
    }
    return 3;
}

/* A link between groups raises the class, so that what has still to cross one never waits for what has crossed it. */
static struct chip_hop dragonfly_hop(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    return (struct chip_hop) {.dateline = from / s->group != to / s->group};
}

static uint32_t dragonfly_classes(const struct fabric_shape *s)
{
    (void)s;
    return 2;
}

/* ---- switches: of each plane first the leaves, then the spines; up from a chip and down again, so no way turns up
 * after it has gone down and no circle closes (Leiserson 1985; k-ary trees with deterministic ways, Zahavi 2009) ----
 */

static uint32_t leaves_of(const struct fabric_shape *s)
{
    return s->chips / s->leaf;
}

static uint32_t plane_size(const struct fabric_shape *s)
{
    return leaves_of(s) + s->spines;
}

static uint32_t switch_nodes(const struct fabric_shape *s)
{
    return s->chips + s->planes * plane_size(s);
}

static uint32_t switch_degree(const struct fabric_shape *s, uint32_t node)
{
    if (node < s->chips) {
        return s->planes;
    }
    return (node - s->chips) % plane_size(s) < leaves_of(s) ? s->leaf + s->spines : leaves_of(s);
}

/* First switch of the plane that a switch is in. */
static uint32_t plane_of(const struct fabric_shape *s, uint32_t node)
{
    return node - (node - s->chips) % plane_size(s);
}

static void switch_neighbours(const struct fabric_shape *s, uint32_t node, uint32_t *out)
{
    uint32_t n = 0;
    if (node < s->chips) {
        for (; n < s->planes; n++) {
            out[n] = s->chips + n * plane_size(s) + node / s->leaf;
        }
        return;
    }
    uint32_t plane = plane_of(s, node), number = node - plane, leaves = leaves_of(s);
    for (uint32_t i = 0; number < leaves && i < s->leaf; i++) {
        out[n++] = number * s->leaf + i;
    }
    for (uint32_t i = number < leaves ? leaves : 0; i < (number < leaves ? plane_size(s) : leaves); i++) {
        out[n++] = plane + i;
    }
}

/* `alternate` takes the plane, by its Gray code, so that even numbers alone reach all planes too; with the goal's
 * number it takes the spine. */
static uint32_t switch_next(const struct fabric_shape *s, uint32_t from, uint32_t to, uint32_t alternate)
{
    uint32_t leaf = to / s->leaf;
    if (from < s->chips) {
        return s->chips + (alternate ^ alternate >> 1) % s->planes * plane_size(s) + from / s->leaf;
    }
    uint32_t plane = plane_of(s, from), number = from - plane;
    if (number >= leaves_of(s)) {
        return plane + leaf;
    }
    return number == leaf ? to : plane + leaves_of(s) + (alternate / s->planes + to) % s->spines;
}

static uint32_t switch_hops(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    return from == to ? 0 : from / s->leaf == to / s->leaf ? 2 : 4;
}

#define TORUS                                                                                                          \
    {                                                                                                                  \
        chips_only, torus_degree, torus_neighbours, torus_next, torus_hops, torus_hop, torus_classes, false            \
    }
const struct fabric_kind fabric_kinds[] = {
    [FABRIC_RING] = {chips_only, ring_degree, ring_neighbours, ring_next, ring_hops, ring_hop, ring_classes, false},
    [FABRIC_FULLY_CONNECTED] = {chips_only, full_degree, full_neighbours, full_next, full_hops, plain_hop, one_class,
                                false},
    [FABRIC_TORUS2D] = TORUS,
    [FABRIC_TORUS3D] = TORUS,
    [FABRIC_DRAGONFLY] = {chips_only, dragonfly_degree, dragonfly_neighbours, dragonfly_next, dragonfly_hops,
                          dragonfly_hop, dragonfly_classes, true},
    [FABRIC_SWITCH] = {switch_nodes, switch_degree, switch_neighbours, switch_next, switch_hops, plain_hop, one_class,
                       false},
};
