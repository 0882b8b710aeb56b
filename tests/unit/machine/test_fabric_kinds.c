/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_kinds.c - fabrics against breadth-first search on the links that were built, and against the theorem of
 * Dally and Seitz: no circle of buffers in which each waits for the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"

#define CHIPS_MAX 128u /* and switches */
#define FAR       UINT32_MAX

struct shape {
    uint32_t topology, chips, rows, cols, layers, group, global;
    uint32_t planes, leaf, spines;
    uint32_t routing;
};

static const struct shape shapes[] = {
    {.topology = FABRIC_RING, .chips = 2},
    {.topology = FABRIC_RING, .chips = 3},
    {.topology = FABRIC_RING, .chips = 4},
    {.topology = FABRIC_RING, .chips = 9},
    {.topology = FABRIC_FULLY_CONNECTED, .chips = 2},
    {.topology = FABRIC_FULLY_CONNECTED, .chips = 7},
    {.topology = FABRIC_TORUS2D, .chips = 4, .rows = 2, .cols = 2},
    {.topology = FABRIC_TORUS2D, .chips = 6, .rows = 3, .cols = 2},
    {.topology = FABRIC_TORUS2D, .chips = 8, .rows = 2, .cols = 4},
    {.topology = FABRIC_TORUS2D, .chips = 9, .rows = 3, .cols = 3},
    {.topology = FABRIC_TORUS2D, .chips = 16, .rows = 4, .cols = 4},
    {.topology = FABRIC_TORUS2D, .chips = 35, .rows = 5, .cols = 7},
    {.topology = FABRIC_TORUS2D, .chips = 48, .rows = 8, .cols = 6},
    {.topology = FABRIC_TORUS3D, .chips = 8, .rows = 2, .cols = 2, .layers = 2},
    {.topology = FABRIC_TORUS3D, .chips = 24, .rows = 4, .cols = 3, .layers = 2},
    {.topology = FABRIC_TORUS3D, .chips = 27, .rows = 3, .cols = 3, .layers = 3},
    {.topology = FABRIC_TORUS3D, .chips = 64, .rows = 4, .cols = 4, .layers = 4},
    {.topology = FABRIC_TORUS3D, .chips = 80, .rows = 4, .cols = 4, .layers = 5},
    {.topology = FABRIC_DRAGONFLY, .chips = 4, .group = 2, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 6, .group = 2, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 6, .group = 3, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 8, .group = 2, .global = 3},
    {.topology = FABRIC_DRAGONFLY, .chips = 8, .group = 4, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 3, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 4, .global = 2},
    {.topology = FABRIC_DRAGONFLY, .chips = 16, .group = 4, .global = 3},
    {.topology = FABRIC_DRAGONFLY, .chips = 20, .group = 4, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 36, .group = 4, .global = 2},
    {.topology = FABRIC_DRAGONFLY, .chips = 72, .group = 8, .global = 1},
    {.topology = FABRIC_DRAGONFLY, .chips = 72, .group = 8, .global = 7},
    {.topology = FABRIC_SWITCH, .chips = 2, .planes = 1, .leaf = 2},
    {.topology = FABRIC_SWITCH, .chips = 9, .planes = 3, .leaf = 9},
    {.topology = FABRIC_SWITCH, .chips = 8, .planes = 1, .leaf = 4, .spines = 4},
    {.topology = FABRIC_SWITCH, .chips = 12, .planes = 2, .leaf = 3, .spines = 1},
    {.topology = FABRIC_SWITCH, .chips = 36, .planes = 4, .leaf = 6, .spines = 5},
};
#define SHAPES (sizeof shapes / sizeof shapes[0])

static int build(struct machine *m, const struct shape *x)
{
    struct machine_spec s;
    struct diag d;
    machine_spec_default(&s);
    s.chips = x->chips;
    s.fabric = x->topology;
    s.fabric_rows = x->rows;
    s.fabric_cols = x->cols;
    s.fabric_layers = x->layers;
    s.fabric_group = x->group;
    s.fabric_global_links = x->global;
    s.fabric_planes = x->planes;
    s.fabric_leaf = x->leaf;
    s.fabric_spines = x->spines;
    s.fabric_routing = x->routing;
    s.rows = s.cols = 1;
    s.channels = 1;
    s.memory_bandwidth = 51200000000u;
    s.sram_bytes = 1 << 24;
    diag_init(&d);
    int error = machine_build_from(m, &s, &d);
    diag_free(&d);
    return error;
}

static bool is_global(const struct shape *x, uint32_t a, uint32_t b)
{
    return x->topology == FABRIC_DRAGONFLY && a / x->group != b / x->group;
}

/* Fewest links from `from` to every chip over at most `most` links between groups, by search over the built links. */
static void search(const struct machine *m, const struct shape *x, uint32_t from, uint32_t most, uint32_t *hops)
{
    static uint32_t seen[CHIPS_MAX][4], queue[CHIPS_MAX * 4][2];
    uint32_t head = 0, tail = 0;
    memset(seen, 0xff, sizeof seen);
    seen[from][0] = 0;
    queue[tail][0] = from;
    queue[tail++][1] = 0;
    for (; head < tail; head++) {
        uint32_t at = queue[head][0], used = queue[head][1];
        for (size_t i = 0; i < m->n_links; i++) {
            const struct link *l = &m->links[i];
            if (l->type != LINK_CHIP || l->from_node != at)
                continue;
            uint32_t then = used + is_global(x, at, l->to_node);
            if (then > most || seen[l->to_node][then] != FAR)
                continue;
            seen[l->to_node][then] = seen[at][used] + 1;
            queue[tail][0] = l->to_node;
            queue[tail++][1] = then;
        }
    }
    for (uint32_t c = 0; c < machine_nodes(m); c++) {
        hops[c] = FAR;
        for (uint32_t used = 0; used <= most; used++)
            hops[c] = seen[c][used] < hops[c] ? seen[c][used] : hops[c];
    }
}

static void every_way_is_as_short_as_a_search_finds(void **state)
{
    (void)state;
    for (size_t k = 0; k < SHAPES; k++) {
        const struct shape *x = &shapes[k];
        struct machine m;
        assert_int_equal(build(&m, x), SIM_OK);
        for (uint32_t a = 0; a < x->chips; a++) {
            uint32_t fewest[CHIPS_MAX], with_one[CHIPS_MAX], way[CHIPS_MAX];
            search(&m, x, a, 3, fewest);
            search(&m, x, a, 1, with_one);
            for (uint32_t b = 0; b < x->chips; b++) {
                assert_int_equal(machine_chip_hops(&m, a, b), fewest[b]);
                for (uint32_t alternate = 0; alternate < 11; alternate++) {
                    uint32_t n = machine_chip_path(&m, a, b, alternate, way), at = a;
                    assert_int_equal(n, with_one[b]);
                    for (uint32_t i = 0; i < n; at = way[i++])
                        assert_int_equal(m.links[machine_chip_link(&m, at, way[i])].to_node, way[i]);
                    assert_int_equal(at, b);
                }
            }
        }
        machine_free(&m);
    }
}

/* Links of a chip and hops of the longest way, by formula. */
static uint32_t degree_of(const struct shape *x)
{
    uint32_t n = 0;
    const uint32_t sides[] = {x->rows, x->cols, x->layers};
    switch (x->topology) {
    case FABRIC_RING:
        return x->chips == 2 ? 1 : 2;
    case FABRIC_FULLY_CONNECTED:
        return x->chips - 1;
    case FABRIC_DRAGONFLY:
        return x->group - 1 + x->global;
    case FABRIC_SWITCH:
        return x->planes;
    default:
        for (uint32_t i = 0; i < 3; i++)
            n += sides[i] > 2 ? 2 : sides[i] == 2;
        return n;
    }
}

static uint32_t diameter_of(const struct shape *x)
{
    switch (x->topology) {
    case FABRIC_RING:
        return x->chips / 2;
    case FABRIC_FULLY_CONNECTED:
        return 1;
    case FABRIC_DRAGONFLY: /* chip to chip of two groups of which each has a link to each: never two steps inside */
        return x->global == 1 && x->chips / x->group > 2 ? 3 : 2;
    case FABRIC_SWITCH:
        return x->spines ? 4 : 2;
    default:
        return x->rows / 2 + x->cols / 2 + x->layers / 2;
    }
}

static void degree_and_diameter_follow_the_formula(void **state)
{
    (void)state;
    for (size_t k = 0; k < SHAPES; k++) {
        const struct shape *x = &shapes[k];
        struct machine m;
        assert_int_equal(build(&m, x), SIM_OK);
        uint32_t most = 0, links = 0;
        for (size_t i = 0; i < m.n_links; i++)
            links += m.links[i].type == LINK_CHIP;
        uint32_t between = x->spines ? x->planes * x->spines * (x->chips / x->leaf) : 0; /* leaves and spines */
        bool switches = x->topology == FABRIC_SWITCH;
        assert_int_equal(links, x->chips * degree_of(x) * (switches ? 2 : 1) + 2 * between);
        assert_int_equal(links, machine_chip_links(&m));
        assert_int_equal(m.switches, switches ? x->planes * (x->chips / x->leaf + x->spines) : 0);
        for (uint32_t a = 0; a < x->chips; a++) {
            const uint32_t *neighbours;
            assert_int_equal(machine_neighbours(&m, a, &neighbours), degree_of(x));
            for (uint32_t i = 0; i < degree_of(x); i++) {
                assert_true(neighbours[i] != a && (i == 0 || neighbours[i] > neighbours[i - 1]));
                machine_chip_link(&m, neighbours[i], a); /* the way back is there */
            }
            for (uint32_t b = 0; b < x->chips; b++)
                most = machine_chip_hops(&m, a, b) > most ? machine_chip_hops(&m, a, b) : most;
        }
        bool known = x->topology != FABRIC_DRAGONFLY || x->global == 1;
        assert_true(known ? most == diameter_of(x) : most <= 3);
        machine_free(&m);
    }
}

/* Every pair of groups has equally many links, every chip one to a group at most. */
static void groups_of_a_dragonfly_are_joined_evenly(void **state)
{
    (void)state;
    for (size_t k = 0; k < SHAPES; k++) {
        const struct shape *x = &shapes[k];
        struct machine m;
        if (x->topology != FABRIC_DRAGONFLY)
            continue;
        assert_int_equal(build(&m, x), SIM_OK);
        uint32_t groups = x->chips / x->group;
        for (uint32_t a = 0; a < groups; a++) {
            for (uint32_t b = 0; b < groups; b++) {
                uint32_t n = 0, of_chip[CHIPS_MAX] = {0};
                for (size_t i = 0; i < m.n_links; i++) {
                    const struct link *l = &m.links[i];
                    if (l->type != LINK_CHIP || l->from_node / x->group != a || l->to_node / x->group != b)
                        continue;
                    n++;
                    assert_true(a == b || of_chip[l->from_node]++ == 0);
                }
                assert_int_equal(n, a == b ? x->group * (x->group - 1) : x->group * x->global / (groups - 1));
            }
        }
        machine_free(&m);
    }
}

/* ---- no cyclic wait ---- */

struct waits {
    uint32_t n;     /* buffers: link x class */
    uint8_t *waits; /* [a * n + b]: a packet in buffer a may want a place in b */
    uint8_t *colour;
};

static bool circle_from(struct waits *w, uint32_t a)
{
    w->colour[a] = 1;
    for (uint32_t b = 0; b < w->n; b++)
        if (w->waits[(size_t)a * w->n + b] && (w->colour[b] == 1 || (w->colour[b] == 0 && circle_from(w, b))))
            return true;
    w->colour[a] = 2;
    return false;
}

/* What a packet of the graph is on its way. */
struct walker {
    uint32_t at, dimension, crossed, first; /* first: class with which it began, or turned */
    uint32_t before;                        /* buffer it holds; FAR: none */
    uint32_t hops, between, most;           /* links, links between groups, highest class */
};

/* How classes are told apart: as they are; all the same; of ways by a third chip a class less. */
enum telling { AS_THEY_ARE, NO_DATELINES, ONE_LESS };

static uint32_t told(const struct machine *m, enum telling how, uint32_t class_of)
{
    uint32_t turn = machine_fabric_between(m).turn, most = machine_fabric_classes(m) - 2;
    if (how == ONE_LESS)
        return turn > 0 ? class_of % turn : class_of < most ? class_of : most;
    return how == NO_DATELINES ? 0 : class_of;
}

static void walk_to(const struct machine *m, const struct shape *x, struct waits *w, struct walker *k, uint32_t to,
                    uint32_t alternate, uint32_t cluster, enum telling how)
{
    uint32_t way[CHIPS_MAX], first = 0, n = machine_chip_path(m, k->at, to, alternate, way);
    while (m->links[first].type != LINK_CHIP)
        first++;
    for (uint32_t i = 0; i < n && k->at / cluster != to / cluster; i++) {
        uint32_t link = machine_chip_link(m, k->at, way[i]);
        struct chip_hop h = machine_chip_hop(m, link);
        k->crossed = (h.dimension == k->dimension ? k->crossed : k->first) + h.dateline;
        k->dimension = h.dimension;
        assert_true(k->crossed < machine_fabric_classes(m));
        uint32_t buffer = (link - first) * machine_fabric_classes(m) + told(m, how, k->crossed);
        if (k->before != FAR)
            w->waits[(size_t)k->before * w->n + buffer] = 1;
        k->before = buffer;
        k->hops++;
        k->between += is_global(x, k->at, way[i]);
        k->most = k->crossed > k->most ? k->crossed : k->most;
        k->at = way[i];
    }
}

/* By a chip in between, to the goal; a == via: the shortest way. */
static struct walker walk(const struct machine *m, const struct shape *x, struct waits *w, const uint32_t chips[3],
                          uint32_t alternate, enum telling how)
{
    struct chip_between between = machine_fabric_between(m);
    struct walker k = {.at = chips[0], .before = FAR};
    if (chips[1] != chips[0]) {
        walk_to(m, x, w, &k, chips[1], alternate, between.cluster, how);
        k.first = between.turn;
        k.crossed = between.turn ? between.turn : k.crossed;
    }
    walk_to(m, x, w, &k, chips[2], alternate, 1, how);
    assert_int_equal(k.at, chips[2]);
    return k;
}

static struct waits waits_new(const struct machine *m)
{
    struct waits w = {.n = machine_chip_links(m) * machine_fabric_classes(m)};
    w.waits = calloc((size_t)w.n * w.n, 1);
    w.colour = calloc(w.n, 1);
    return w;
}

static bool waits_circle(struct waits *w)
{
    bool circle = false;
    for (uint32_t i = 0; i < w->n; i++)
        circle = circle || (w->colour[i] == 0 && circle_from(w, i));
    free(w->waits);
    free(w->colour);
    return circle;
}

static bool can_wait_in_a_circle(const struct machine *m, const struct shape *x, enum telling how)
{
    struct waits w = waits_new(m);
    for (uint32_t a = 0; a < m->chips; a++)
        for (uint32_t b = 0; b < m->chips; b++)
            for (uint32_t alternate = 0; alternate < MACHINE_WAYS; alternate++)
                walk(m, x, &w, (uint32_t[]) {a, a, b}, alternate, how);
    return waits_circle(&w);
}

static void buffers_never_wait_in_a_circle_thanks_to_the_classes(void **state)
{
    (void)state;
    for (size_t k = 0; k < SHAPES; k++) {
        const struct shape *x = &shapes[k];
        struct machine m;
        assert_int_equal(build(&m, x), SIM_OK);
        assert_false(can_wait_in_a_circle(&m, x, AS_THEY_ARE));
        assert_int_equal(can_wait_in_a_circle(&m, x, NO_DATELINES), machine_fabric_classes(&m) == 2);
        machine_free(&m);
    }
}

/* ---- ways by a third chip ---- */

/* Links of the longest way of each kind, and its highest class. */
struct longest {
    uint32_t shortest, by_third, highest;
};

static bool third_can_wait_in_a_circle(const struct machine *m, const struct shape *x, enum telling how,
                                       struct longest *l)
{
    struct waits w = waits_new(m);
    uint32_t size = machine_fabric_between(m).cluster, n = m->chips;
    *l = (struct longest) {0};
    for (uint32_t i = 0; i < n * n * n; i++) {
        uint32_t way[3] = {i / n / n, i / n % n, i % n}, a = way[0] / size, via = way[1] / size, b = way[2] / size;
        if (way[0] != way[1] && (a == b || a == via || b == via))
            continue; /* not a third one */
        for (uint32_t alternate = 0; alternate < MACHINE_WAYS; alternate++) {
            struct walker k = walk(m, x, &w, way, alternate, how);
            uint32_t *most = way[0] == way[1] ? &l->shortest : &l->by_third;
            *most = k.hops > *most ? k.hops : *most;
            l->highest = k.most > l->highest ? k.most : l->highest;
            assert_true(x->topology != FABRIC_DRAGONFLY || way[0] == way[1] || k.between == 2);
        }
    }
    return waits_circle(&w);
}

static void ways_by_third_chips_close_no_circle_and_need_all_their_classes(void **state)
{
    (void)state;
    uint32_t n = 0;
    for (size_t k = 0; k < SHAPES; k++) {
        struct shape x = shapes[k];
        struct fabric_shape s = {.topology = x.topology, .chips = x.chips, .group = x.group};
        struct machine m;
        struct longest l;
        x.routing = k % 2 ? ROUTING_VALIANT : ROUTING_ADAPTIVE;
        if (x.chips > 40)
            continue;
        if (fabric_shape_cluster(&s) == 0) {
            assert_int_equal(build(&m, &x), SIM_ERR_BUILD);
            continue;
        }
        assert_int_equal(build(&m, &x), SIM_OK);
        assert_int_equal(machine_fabric_between(&m).adaptive, k % 2 == 0);
        assert_false(third_can_wait_in_a_circle(&m, &x, AS_THEY_ARE, &l));
        assert_int_equal(l.highest + 1, machine_fabric_classes(&m));
        assert_true(x.topology == FABRIC_DRAGONFLY ? l.by_third <= 5 : l.by_third <= 2 * l.shortest);
        assert_true(l.by_third > l.shortest);
        assert_true(third_can_wait_in_a_circle(&m, &x, ONE_LESS, &l));
        machine_free(&m);
        n++;
    }
    assert_int_equal(n, 20);
}

/* ---- ties ---- */

static uint32_t different_ways(const struct machine *m, uint32_t a, uint32_t b)
{
    uint32_t way[MACHINE_WAYS][CHIPS_MAX], different = 0;
    for (uint32_t i = 0; i < MACHINE_WAYS; i++) {
        uint32_t n = machine_chip_path(m, a, b, i, way[i]);
        bool is_new = true;
        for (uint32_t k = 0; k < i; k++)
            is_new = is_new && memcmp(way[k], way[i], n * sizeof way[i][0]) != 0;
        different += is_new;
    }
    return different;
}

static void equally_short_ways_are_all_used(void **state)
{
    (void)state;
    struct machine m;
    assert_int_equal(
        build(&m, &(struct shape) {.topology = FABRIC_TORUS3D, .chips = 64, .rows = 4, .cols = 4, .layers = 4}),
        SIM_OK);
    assert_int_equal(different_ways(&m, 0, 2), 2);          /* a column apart by half */
    assert_int_equal(different_ways(&m, 0, 2 + 2 * 4), 4);  /* and a row */
    assert_int_equal(different_ways(&m, 0, 2 + 8 + 32), 8); /* and a layer */
    assert_int_equal(different_ways(&m, 5, 6 + 4), 1);
    machine_free(&m);
    assert_int_equal(build(&m, &(struct shape) {.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 6, .global = 1}),
                     SIM_OK);
    assert_int_equal(different_ways(&m, 0, 7), 2); /* inside first, or over first */
    machine_free(&m);
    for (uint32_t planes = 1; planes <= 8; planes++) {
        assert_int_equal(
            build(&m, &(struct shape) {.topology = FABRIC_SWITCH, .chips = 4, .planes = planes, .leaf = 4}), SIM_OK);
        assert_int_equal(different_ways(&m, 0, 3), planes);
        machine_free(&m);
    }
    assert_int_equal(
        build(&m, &(struct shape) {.topology = FABRIC_SWITCH, .chips = 6, .planes = 2, .leaf = 3, .spines = 3}),
        SIM_OK);
    assert_int_equal(different_ways(&m, 0, 3), 6);
    assert_int_equal(different_ways(&m, 0, 2), 2);
    machine_free(&m);
}

/* Every chip has a place of its own; on a torus the next one is a neighbour, and the first one of the last where the
 * number of rows is even. */
static void a_walk_over_a_torus_goes_from_neighbour_to_neighbour(void **state)
{
    (void)state;
    for (size_t k = 0; k < SHAPES; k++) {
        const struct shape *x = &shapes[k];
        struct machine m;
        uint32_t chip_at[CHIPS_MAX];
        bool torus = x->topology == FABRIC_TORUS2D || x->topology == FABRIC_TORUS3D;
        assert_int_equal(build(&m, x), SIM_OK);
        memset(chip_at, 0xff, sizeof chip_at);
        for (uint32_t c = 0; c < x->chips; c++) {
            uint32_t place = machine_walk_place(&m, c);
            assert_true(place < x->chips && chip_at[place] == FAR && (torus || place == c));
            chip_at[place] = c;
        }
        uint32_t last_side = x->topology == FABRIC_TORUS3D ? x->layers : x->rows;
        for (uint32_t i = 0; torus && i < x->chips - (last_side % 2); i++)
            assert_int_equal(machine_chip_hops(&m, chip_at[i], chip_at[(i + 1) % x->chips]), 1);
        machine_free(&m);
    }
}

/* ---- shapes ---- */

static void auto_is_as_square_or_cubic_as_the_number_allows(void **state)
{
    (void)state;
    static const struct shape wanted[] = {
        {.topology = FABRIC_TORUS2D, .chips = 4, .rows = 2, .cols = 2},
        {.topology = FABRIC_TORUS2D, .chips = 12, .rows = 3, .cols = 4},
        {.topology = FABRIC_TORUS2D, .chips = 64, .rows = 8, .cols = 8},
        {.topology = FABRIC_TORUS2D, .chips = 10, .rows = 2, .cols = 5},
        {.topology = FABRIC_TORUS3D, .chips = 12, .rows = 2, .cols = 3, .layers = 2},
        {.topology = FABRIC_TORUS3D, .chips = 64, .rows = 4, .cols = 4, .layers = 4},
        {.topology = FABRIC_TORUS3D, .chips = 256, .rows = 8, .cols = 8, .layers = 4},
        {.topology = FABRIC_DRAGONFLY, .chips = 20, .group = 4, .global = 1},
        {.topology = FABRIC_DRAGONFLY, .chips = 6, .group = 2, .global = 1},
        {.topology = FABRIC_DRAGONFLY, .chips = 8, .group = 4, .global = 1},
        {.topology = FABRIC_DRAGONFLY, .chips = 72, .group = 8, .global = 1},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct fabric_shape s = {.topology = wanted[i].topology, .chips = wanted[i].chips};
        const char *key;
        char why[FABRIC_WHY_MAX];
        assert_true(fabric_shape_resolve(&s, &key, why));
        assert_int_equal(s.rows, wanted[i].rows);
        assert_int_equal(s.cols, wanted[i].cols);
        assert_int_equal(s.layers, wanted[i].layers);
        assert_int_equal(s.group, wanted[i].group);
        assert_int_equal(s.global_links, wanted[i].global);
    }
    struct fabric_shape given = {.topology = FABRIC_TORUS2D, .chips = 24, .cols = 3};
    const char *key;
    char why[FABRIC_WHY_MAX];
    assert_true(fabric_shape_resolve(&given, &key, why));
    assert_int_equal(given.rows, 8);
}

static void shapes_that_do_not_exist_are_refused_with_the_key_to_blame(void **state)
{
    (void)state;
    static const struct {
        struct shape x;
        const char *key;
    } bad[] = {
        {{.topology = FABRIC_TORUS2D, .chips = 7}, "topology"},
        {{.topology = FABRIC_TORUS2D, .chips = 2}, "topology"},
        {{.topology = FABRIC_TORUS2D, .chips = 12, .rows = 5}, "rows"},
        {{.topology = FABRIC_TORUS2D, .chips = 12, .rows = 3, .cols = 3}, "rows"},
        {{.topology = FABRIC_TORUS2D, .chips = 12, .rows = 12}, "rows"},
        {{.topology = FABRIC_TORUS2D, .chips = 12, .cols = 7}, "cols"},
        {{.topology = FABRIC_TORUS3D, .chips = 4}, "topology"},
        {{.topology = FABRIC_TORUS3D, .chips = 16, .layers = 3}, "layers"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 2}, "topology"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 13}, "topology"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 5}, "group"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 12}, "group"},
        {{.topology = FABRIC_SWITCH, .chips = 8, .leaf = 3}, "leaf"},
        {{.topology = FABRIC_SWITCH, .chips = 8, .leaf = 16}, "leaf"},
        {{.topology = FABRIC_SWITCH, .chips = 8, .spines = 1}, "spines"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 20, .group = 4, .global = 5}, "global_links"},
        {{.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 2, .global = 1}, "global_links"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct shape *x = &bad[i].x;
        struct fabric_shape s = {.topology = x->topology,
                                 .chips = x->chips,
                                 .rows = x->rows,
                                 .cols = x->cols,
                                 .layers = x->layers,
                                 .group = x->group,
                                 .global_links = x->global,
                                 .planes = x->planes,
                                 .leaf = x->leaf,
                                 .spines = x->spines};
        const char *key;
        char why[FABRIC_WHY_MAX];
        struct machine m;
        assert_false(fabric_shape_resolve(&s, &key, why));
        assert_string_equal(key, bad[i].key);
        assert_non_null(strstr(why, "allowed: "));
        assert_int_equal(build(&m, x), SIM_ERR_BUILD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_is_as_short_as_a_search_finds),
        cmocka_unit_test(degree_and_diameter_follow_the_formula),
        cmocka_unit_test(groups_of_a_dragonfly_are_joined_evenly),
        cmocka_unit_test(buffers_never_wait_in_a_circle_thanks_to_the_classes),
        cmocka_unit_test(ways_by_third_chips_close_no_circle_and_need_all_their_classes),
        cmocka_unit_test(equally_short_ways_are_all_used),
        cmocka_unit_test(a_walk_over_a_torus_goes_from_neighbour_to_neighbour),
        cmocka_unit_test(auto_is_as_square_or_cubic_as_the_number_allows),
        cmocka_unit_test(shapes_that_do_not_exist_are_refused_with_the_key_to_blame),
    };
    return cmocka_run_group_tests_name("fabric_kinds", tests, NULL, NULL);
}
