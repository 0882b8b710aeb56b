/* SPDX-License-Identifier: Apache-2.0 */
/* test_topology.c - links, paths and attachments in closed form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/machine/build_machine.h"

static void build_crowded(struct machine *m, uint32_t noc, uint32_t rows, uint32_t cols, uint32_t concentration)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = 2;
    s.noc = noc;
    s.rows = rows;
    s.cols = cols;
    s.noc_concentration = concentration;
    s.sram_bytes = 1 << 24;
    build(m, &s);
}

static void build_noc(struct machine *m, uint32_t noc, uint32_t rows, uint32_t cols)
{
    build_crowded(m, noc, rows, cols, 1);
}

static uint32_t links_of_type(const struct machine *m, enum link_type type)
{
    uint32_t n = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        n += m->links[i].type == type;
    }
    return n;
}

static uint32_t difference(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

static uint32_t around(uint32_t a, uint32_t b, uint32_t n)
{
    uint32_t d = difference(a, b);
    return d < n - d ? d : n - d;
}

/* Levels of a k-ary tree that a path climbs from one leaf to another. */
static uint32_t climbs(uint32_t k, uint32_t a, uint32_t b)
{
    uint32_t levels = 0;
    for (; a != b; a /= k, b /= k) {
        levels++;
    }
    return levels;
}

static const struct shape {
    uint32_t noc, rows, cols, concentration;
    uint32_t routers, wide; /* of a chip; routers of a row, of a tree: leaves */
    uint32_t links;         /* router to router, of a chip: both directions */
    uint32_t bisection;     /* links of one direction */
} shapes[] = {
    {NOC_MESH, 4, 4, 1, 16, 4, 48, 4},
    {NOC_MESH, 3, 5, 1, 15, 5, 44, 3},
    {NOC_MESH, 1, 6, 1, 6, 6, 10, 1},
    {NOC_MESH, 1, 1, 1, 1, 1, 0, 0},
    {NOC_MESH, 4, 4, 4, 4, 2, 8, 2},
    {NOC_MESH, 4, 4, 2, 8, 2, 20, 2},
    {NOC_MESH, 2, 2, 4, 1, 1, 0, 11}, /* 4 units, 16 channels, 2 link ports at one router */
    {NOC_TORUS, 4, 4, 1, 16, 4, 64, 8},
    {NOC_TORUS, 3, 5, 1, 15, 5, 60, 6},
    {NOC_TORUS, 2, 2, 1, 4, 2, 8, 2}, /* a dimension of two has one link each way, not two */
    {NOC_TORUS, 2, 4, 1, 8, 4, 24, 4},
    {NOC_TORUS, 6, 6, 4, 9, 3, 36, 6},
    {NOC_RING, 4, 4, 1, 16, 4, 32, 2},
    {NOC_RING, 4, 4, 2, 8, 2, 16, 2},
    {NOC_RING, 1, 2, 1, 2, 2, 2, 1},
    {NOC_RING, 1, 1, 1, 1, 1, 0, 0},
    {NOC_CROSSBAR, 4, 4, 1, 1, 1, 0, 17}, /* 16 units, 16 channels, 2 link ports */
    {NOC_FLATFLY, 4, 4, 1, 16, 4, 96, 16},
    {NOC_FLATFLY, 3, 4, 1, 12, 4, 60, 12}, /* columns can be halved, rows cannot */
    {NOC_FLATFLY, 3, 5, 1, 15, 5, 90, 10},
    {NOC_FLATFLY, 2, 8, 1, 16, 8, 128, 8}, /* between the two rows; between halves of the columns there are 32 */
    {NOC_FLATFLY, 1, 5, 1, 5, 5, 20, 6},
    {NOC_FLATFLY, 8, 8, 4, 16, 4, 96, 16},
    {NOC_FLATFLY, 2, 2, 4, 1, 1, 0, 11},
    {NOC_FAT_TREE, 2, 4, 2, 12, 4, 32, 4},
    {NOC_FAT_TREE, 4, 4, 4, 8, 4, 32, 8},
    {NOC_FAT_TREE, 3, 9, 3, 27, 9, 108, 13},
    {NOC_FAT_TREE, 2, 2, 4, 1, 1, 0, 11},
    {NOC_PARTITIONED, 4, 4, 1, 2, 2, 8, 4},
    {NOC_PARTITIONED, 3, 1, 1, 2, 1, 2, 1},
    {NOC_PARTITIONED, 2, 5, 1, 2, 2, 4, 2},
};

/* Router-to-router links of the shortest path between two routers of a chip, by formula, and the places of the grid
 * that their wires pass. */
static uint32_t hops_of(const struct shape *s, uint32_t a, uint32_t b, uint32_t *places)
{
    uint32_t tall = s->routers / s->wide, hops = a != b;
    uint32_t x = difference(a % s->wide, b % s->wide), y = difference(a / s->wide, b / s->wide);
    *places = 0;
    if (s->noc == NOC_MESH) {
        hops = x + y;
    } else if (s->noc == NOC_TORUS) {
        hops = around(a % s->wide, b % s->wide, s->wide) + around(a / s->wide, b / s->wide, tall);
    } else if (s->noc == NOC_RING) {
        hops = around(a, b, s->routers);
    } else if (s->noc == NOC_FAT_TREE) {
        hops = 2 * climbs(s->concentration, a, b);
    } else if (s->noc == NOC_FLATFLY) {
        *places = x + y;
        return (x > 0) + (uint32_t)(y > 0);
    }
    *places = hops;
    return hops;
}

static void every_topology_has_its_number_of_links_and_bisection(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct shape *s = &shapes[i];
        struct machine m;
        build_crowded(&m, s->noc, s->rows, s->cols, s->concentration);
        assert_int_equal(m.routers_per_chip, s->routers);
        assert_int_equal(links_of_type(&m, LINK_NOC), 2 * s->links);
        assert_int_equal(links_of_type(&m, LINK_LOCAL), 2 * m.n_endpoints);
        assert_int_equal(links_of_type(&m, LINK_CHIP), 2);
        struct silicon_item items[MACHINE_SILICON_MAX];
        uint32_t n = machine_silicon(&m, items, MACHINE_SILICON_MAX);
        for (uint32_t k = 0; k < n; k++) {
            if (strcmp(items[k].item, "noc.bisection") == 0) {
                assert_int_equal(items[k].value, s->bisection * 128);
            }
        }
        machine_free(&m);
    }
}

static void a_path_is_connected_and_as_short_as_the_topology_allows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const struct shape *s = &shapes[i];
        struct machine m;
        build_crowded(&m, s->noc, s->rows, s->cols, s->concentration);
        uint32_t first = m.endpoints_per_chip; /* of chip 1 */
        for (uint32_t a = first; a < 2 * first; a++) {
            for (uint32_t b = first; b < 2 * first; b++) {
                if (a == b) {
                    continue;
                }
                uint32_t path[MACHINE_PATH_MAX];
                uint32_t n = machine_path(&m, a, b, path);
                const struct endpoint *from = &m.endpoints[a], *to = &m.endpoints[b];
                assert_int_equal(path[0], from->inject);
                assert_int_equal(path[n - 1], to->eject);
                uint32_t places,
                    hops = hops_of(s, from->router - m.routers_per_chip, to->router - m.routers_per_chip, &places);
                assert_int_equal(n, hops + 2);
                uint32_t at = from->router;
                for (uint32_t k = 1; k + 1 < n; k++) {
                    assert_int_equal(m.links[path[k]].type, LINK_NOC);
                    assert_int_equal(m.links[path[k]].from_node, at);
                    at = m.links[path[k]].to_node;
                }
                assert_int_equal(at, to->router);
                /* inject 1+1, each hop a cycle per place and 1, eject 1; the 5th flit starts 4 after the first */
                assert_int_equal(machine_path_latency(&m, a, b, 5), 2 + places + hops + 1 + 4);
            }
        }
        machine_free(&m);
    }
}

/* In a tree every router is entered by one link only. In a fat tree and a partitioned crossbar paths meet again: there
 * the compiler makes the tree (test_multicast.c). */
static void paths_from_one_source_form_a_tree(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct machine m;
        if (shapes[i].noc == NOC_FAT_TREE || shapes[i].noc == NOC_PARTITIONED) {
            continue;
        }
        build_crowded(&m, shapes[i].noc, shapes[i].rows, shapes[i].cols, shapes[i].concentration);
        uint32_t *entered = mem_alloc_array(m.routers, sizeof *entered);
        for (uint32_t a = 0; a < m.endpoints_per_chip; a++) {
            for (uint32_t r = 0; r < m.routers; r++) {
                entered[r] = NODE_NONE;
            }
            entered[m.endpoints[a].router] = m.endpoints[a].inject;
            for (uint32_t b = 0; b < m.endpoints_per_chip; b++) {
                uint32_t path[MACHINE_PATH_MAX];
                uint32_t n = a == b ? 0 : machine_path(&m, a, b, path);
                for (uint32_t k = 1; k + 1 < n; k++) {
                    uint32_t *link = &entered[m.links[path[k]].to_node];
                    assert_true(*link == NODE_NONE || *link == path[k]);
                    *link = path[k];
                }
            }
        }
        free(entered);
        machine_free(&m);
    }
}

/* Paths to the endpoints of a far leaf or half are spread over all roots, or over all links in the middle. */
static void destinations_spread_over_ways_of_equal_length(void **state)
{
    (void)state;
    struct machine m;
    uint32_t path[MACHINE_PATH_MAX], roots = 0, lines = 0;
    build_crowded(&m, NOC_FAT_TREE, 4, 4, 4); /* roots: routers 4..7 */
    for (uint32_t unit = 12; unit < 16; unit++) {
        assert_int_equal(machine_path(&m, 0, unit, path), 4);
        assert_int_equal(m.links[path[1]].to_node, 4 + unit % 4);
        roots |= 1u << m.links[path[1]].to_node;
    }
    assert_int_equal(roots, 0xf0);
    machine_free(&m);
    build_noc(&m, NOC_PARTITIONED, 4, 4);
    for (uint32_t k = 0; k < 4; k++) { /* units 2, 3, 6, 7 are the first of the right half */
        assert_int_equal(machine_path(&m, 0, 2 + k % 2 + k / 2 * 4, path), 3);
        lines |= 1u << (path[1] - 2 * m.endpoints_per_chip);
    }
    assert_int_equal(lines, 0xf);
    assert_string_equal(m.links[2 * m.endpoints_per_chip].id, "chip0.noc.r0-r1");
    assert_string_equal(m.links[2 * m.endpoints_per_chip + 3].id, "chip0.noc.r0-r1_3");
    machine_free(&m);
}

static void blocks_leaves_and_halves_have_their_units(void **state)
{
    (void)state;
    static const struct {
        uint32_t noc, concentration, unit[3], router[3];
    } rows[] = {
        {NOC_MESH, 4, {1, 6, 15}, {0, 1, 3}},        {NOC_FLATFLY, 2, {1, 6, 15}, {0, 3, 7}},
        {NOC_FAT_TREE, 4, {1, 6, 15}, {0, 1, 3}},    {NOC_FAT_TREE, 2, {1, 6, 15}, {0, 3, 7}},
        {NOC_PARTITIONED, 1, {1, 6, 13}, {0, 1, 0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine m;
        build_crowded(&m, rows[i].noc, 4, 4, rows[i].concentration);
        for (uint32_t k = 0; k < 3; k++) {
            assert_int_equal(m.endpoints[rows[i].unit[k]].router, rows[i].router[k]);
        }
        /* channel 1 hangs where the last unit of the first row does */
        assert_int_equal(m.endpoints[17].router, m.endpoints[3].router);
        machine_free(&m);
    }
}

/* Entries of a router's links lie in the units that stand there, in turn; those of routers without units in all. */
static void entries_of_links_lie_at_their_routers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct machine m;
        build_crowded(&m, shapes[i].noc, shapes[i].rows, shapes[i].cols, shapes[i].concentration);
        uint32_t number = 0;
        for (size_t k = 0; k < m.n_links / 2; k++) {
            const struct link *l = &m.links[k];
            if (l->type != LINK_NOC) {
                continue;
            }
            uint32_t here = 0, want = NODE_NONE;
            for (uint32_t u = 0; u < m.units_per_chip; u++) {
                here += m.endpoints[u].router == l->from_node;
            }
            for (uint32_t u = 0, n = 0; u < m.units_per_chip && here; u++) {
                if (m.endpoints[u].router == l->from_node && n++ == number % here) {
                    want = u;
                }
            }
            assert_int_equal(l->host_unit, here ? want : number % m.units_per_chip);
            number++;
        }
        assert_int_equal(number, shapes[i].links);
        machine_free(&m);
    }
}

static void the_broadcast_reaches_the_farthest_unit(void **state)
{
    (void)state;
    static const struct {
        uint32_t noc, concentration, cycles;
    } rows[] = {
        {NOC_MESH, 1, 2 + 6 * 2 + 1},          {NOC_TORUS, 1, 2 + 4 * 2 + 1},
        {NOC_RING, 1, 2 + 8 * 2 + 1},          {NOC_CROSSBAR, 1, 3},
        {NOC_FLATFLY, 1, 2 + 2 * (3 + 1) + 1}, {NOC_FAT_TREE, 2, 2 + 6 * 2 + 1},
        {NOC_PARTITIONED, 1, 2 + 2 + 1},       {NOC_MESH, 4, 2 + 2 * 2 + 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine m;
        build_crowded(&m, rows[i].noc, 4, 4, rows[i].concentration);
        assert_int_equal(m.broadcast_cycles, rows[i].cycles);
        machine_free(&m);
    }
}

/* Near: 2 x node_latency + the router; far: a link and a router more, whatever a node's latency is. */
static void near_and_far_differ_by_a_link_and_a_router(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    machine_spec_default(&s);
    s.noc = NOC_PARTITIONED;
    s.noc_node_latency = 3;
    s.noc_link_latency = 20;
    s.noc_router_latency = 2;
    s.sram_bytes = 1 << 24;
    build(&m, &s);
    assert_int_equal(machine_path_latency(&m, 0, 1, 1), 3 + 2 + 3);
    assert_int_equal(machine_path_latency(&m, 0, 2, 1), 3 + 2 + 3 + 20 + 2);
    assert_int_equal(machine_path_latency(&m, 16, 5, 4), 3 + 2 + 3 + 3); /* channel 0 is on the left */
    assert_int_equal(m.broadcast_cycles, 3 + 2 + 3 + 20 + 2);
    machine_free(&m);
}

static void ties_on_a_ring_go_clockwise(void **state)
{
    (void)state;
    struct machine m;
    build_noc(&m, NOC_RING, 2, 4);
    uint32_t path[MACHINE_PATH_MAX];
    assert_int_equal(machine_path(&m, 6, 2, path), 6);
    assert_int_equal(m.links[path[1]].to_node, 7);
    machine_free(&m);
}

static void channels_hang_west_and_east_and_link_ports_north_and_south(void **state)
{
    (void)state;
    struct machine_spec s;
    machine_spec_default(&s);
    s.rows = 3;
    s.cols = 5;
    s.sram_bytes = 1 << 24;
    struct machine m;
    build(&m, &s);
    static const uint32_t channel_units[] = {0, 4, 5, 9, 10, 14, 0, 4};
    for (uint32_t i = 0; i < 8; i++) {
        const struct endpoint *e = &m.endpoints[machine_endpoint(&m, 1, 15 + i)];
        assert_int_equal(e->kind, ENDPOINT_CHANNEL);
        assert_int_equal(e->index, i);
        assert_int_equal(e->router, 15 + channel_units[i]);
        assert_int_equal(e->host_unit, 15 + channel_units[i]);
    }
    /* 300 GB/s at 1.755 GHz are 170.9 B per cycle: two ports of 128 B, for each of two neighbours */
    assert_int_equal(m.ports_per_chip, 4);
    static const uint32_t port_units[] = {0, 10, 1, 11};
    static const char *const feeds[] = {"chip1-chip0", "chip1-chip0", "chip1-chip2", "chip1-chip2"};
    for (uint32_t i = 0; i < 4; i++) {
        const struct endpoint *e = &m.endpoints[machine_endpoint(&m, 1, 15 + 16 + i)];
        assert_int_equal(e->kind, ENDPOINT_LINK_PORT);
        assert_int_equal(e->router, 15 + port_units[i]);
        assert_string_equal(m.links[e->neighbour].id, feeds[i]);
    }
    /* unit 0 hosts channels 0, 6, 12 and port 0 with a buffer per direction */
    assert_int_equal(machine_staging_of_unit(&m, 15), 5 * 16384);
    machine_free(&m);
}

static void a_crossbar_keeps_the_hosts_of_the_grid(void **state)
{
    (void)state;
    struct machine m;
    build_noc(&m, NOC_CROSSBAR, 4, 4);
    assert_int_equal(m.routers_per_chip, 1);
    const struct endpoint *e = &m.endpoints[machine_endpoint(&m, 1, 16 + 3)];
    assert_int_equal(e->router, 1);
    assert_int_equal(e->host_unit, 16 + 7);
    machine_free(&m);
}

static void links_have_the_names_of_the_contract(void **state)
{
    (void)state;
    struct machine m;
    build_noc(&m, NOC_MESH, 2, 2);
    const struct link *inject = &m.links[m.endpoints[machine_endpoint(&m, 1, 3)].inject];
    assert_string_equal(inject->id, "chip1.local.u3-r3");
    assert_string_equal(inject->from, "chip1.unit3");
    assert_string_equal(inject->to, "chip1.r3");
    assert_int_equal(inject->from_node, machine_endpoint(&m, 1, 3));
    assert_int_equal(inject->to_node, 7);
    uint32_t path[MACHINE_PATH_MAX];
    machine_path(&m, machine_endpoint(&m, 1, 0), machine_endpoint(&m, 1, 1), path);
    assert_string_equal(m.links[path[1]].id, "chip1.noc.r0-r1");
    assert_string_equal(m.links[machine_chip_link(&m, 1, 0)].id, "chip1-chip0");
    assert_string_equal(m.links[machine_chip_link(&m, 1, 0)].from, "chip1");
    for (size_t i = 1; i < m.n_links; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(m.links[i].id, m.links[k].id);
        }
    }
    machine_free(&m);
}

static void build_fabric(struct machine *m, uint32_t fabric, uint32_t chips)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.fabric = fabric;
    s.chips = chips;
    s.sram_bytes = 1 << 24;
    build(m, &s);
}

static void a_ring_of_chips_goes_the_shorter_way(void **state)
{
    (void)state;
    for (uint32_t chips = 2; chips <= 9; chips++) {
        struct machine m;
        build_fabric(&m, FABRIC_RING, chips);
        assert_int_equal(links_of_type(&m, LINK_CHIP), chips == 2 ? 2 : 2 * chips);
        for (uint32_t a = 0; a < chips; a++) {
            for (uint32_t b = 0; b < chips; b++) {
                for (uint32_t alternate = 0; alternate < 2; alternate++) {
                    uint32_t way[9], at = a;
                    uint32_t n = machine_chip_path(&m, a, b, alternate, way);
                    assert_int_equal(n, around(a, b, chips));
                    assert_int_equal(n, machine_chip_hops(&m, a, b));
                    for (uint32_t i = 0; i < n; i++) {
                        assert_int_equal(m.links[machine_chip_link(&m, at, way[i])].from_node, at);
                        at = way[i];
                    }
                    assert_int_equal(at, b);
                }
            }
        }
        machine_free(&m);
    }
}

static void antipodes_of_a_ring_are_reached_both_ways_in_turn(void **state)
{
    (void)state;
    struct machine m;
    build_fabric(&m, FABRIC_RING, 6);
    uint32_t way[6];
    machine_chip_path(&m, 1, 4, 0, way);
    assert_int_equal(way[0], 2);
    assert_int_equal(way[1], 3);
    machine_chip_path(&m, 1, 4, 1, way);
    assert_int_equal(way[0], 0);
    assert_int_equal(way[1], 5);
    machine_chip_path(&m, 1, 4, 2, way);
    assert_int_equal(way[0], 2);
    machine_free(&m);
}

static void fully_connected_chips_are_one_hop_apart(void **state)
{
    (void)state;
    struct machine m;
    build_fabric(&m, FABRIC_FULLY_CONNECTED, 5);
    assert_int_equal(links_of_type(&m, LINK_CHIP), 20);
    assert_int_equal(m.ports_per_chip, 8);
    for (uint32_t a = 0; a < 5; a++) {
        for (uint32_t b = 0; b < 5; b++) {
            assert_int_equal(machine_chip_hops(&m, a, b), a != b);
        }
    }
    const uint32_t *neighbours;
    assert_int_equal(machine_neighbours(&m, 2, &neighbours), 4);
    assert_int_equal(neighbours[1], 1);
    assert_int_equal(neighbours[2], 3);
    machine_free(&m);
}

static void both_ends_of_a_chip_link_have_matching_ports(void **state)
{
    (void)state;
    static const uint32_t fabrics[] = {FABRIC_RING, FABRIC_FULLY_CONNECTED};
    for (size_t f = 0; f < 2; f++) {
        for (uint32_t chips = 2; chips < 6; chips++) {
            struct machine m;
            build_fabric(&m, fabrics[f], chips);
            for (uint32_t i = 0; i < m.n_links; i++) {
                if (m.links[i].type != LINK_CHIP) {
                    continue;
                }
                uint32_t from = m.links[i].from_node, to = m.links[i].to_node;
                uint32_t back = machine_chip_link(&m, to, from);
                const uint32_t *send, *receive;
                assert_int_equal(machine_chip_link_ports(&m, i, &send, &receive), 2);
                for (uint32_t j = 0; j < 2; j++) {
                    assert_int_equal(m.endpoints[send[j]].chip, from);
                    assert_int_equal(m.endpoints[send[j]].neighbour, i);
                    assert_int_equal(m.endpoints[receive[j]].chip, to);
                    assert_int_equal(m.endpoints[receive[j]].neighbour, back);
                }
            }
            machine_free(&m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_topology_has_its_number_of_links_and_bisection),
        cmocka_unit_test(a_path_is_connected_and_as_short_as_the_topology_allows),
        cmocka_unit_test(paths_from_one_source_form_a_tree),
        cmocka_unit_test(destinations_spread_over_ways_of_equal_length),
        cmocka_unit_test(blocks_leaves_and_halves_have_their_units),
        cmocka_unit_test(entries_of_links_lie_at_their_routers),
        cmocka_unit_test(the_broadcast_reaches_the_farthest_unit),
        cmocka_unit_test(near_and_far_differ_by_a_link_and_a_router),
        cmocka_unit_test(ties_on_a_ring_go_clockwise),
        cmocka_unit_test(channels_hang_west_and_east_and_link_ports_north_and_south),
        cmocka_unit_test(a_crossbar_keeps_the_hosts_of_the_grid),
        cmocka_unit_test(links_have_the_names_of_the_contract),
        cmocka_unit_test(a_ring_of_chips_goes_the_shorter_way),
        cmocka_unit_test(antipodes_of_a_ring_are_reached_both_ways_in_turn),
        cmocka_unit_test(fully_connected_chips_are_one_hop_apart),
        cmocka_unit_test(both_ends_of_a_chip_link_have_matching_ports),
    };
    return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
