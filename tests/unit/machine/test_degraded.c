/* SPDX-License-Identifier: Apache-2.0 */
/* test_degraded.c - units, links and chips that do not work as built: names, what is refused, ways round dead links. */
#include <stdlib.h>
#include <string.h>

#include "build_machine.h"
#include "sim/base/hash.h"
#include "sim/machine/degraded.h"

#define NODES_MAX 128u
#define FAR       UINT32_MAX

/* ---- names ---- */

static void names_of_units_are_those_of_results(void **state)
{
    (void)state;
    uint32_t unit = 0;
    assert_true(degraded_unit("chip0.unit0", 2, 4, &unit) && unit == 0);
    assert_true(degraded_unit("chip1.unit3", 2, 4, &unit) && unit == 7);
    static const char *const wrong[] = {"chip2.unit0",
                                        "chip0.unit4",
                                        "chip0.unit",
                                        "chip0",
                                        "",
                                        "chip0.unit1 ",
                                        " chip0.unit1",
                                        "chip00.unit1",
                                        "chip0.unit-1",
                                        "chip.unit1",
                                        "chip0.unit1x",
                                        "Chip0.unit1",
                                        "chip0.unit0x1",
                                        "chip0.unit9999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(degraded_unit(wrong[i], 2, 4, &unit));
    }
}

static void a_factor_has_at_most_three_digits_behind_the_point(void **state)
{
    (void)state;
    uint32_t chip = 0, slow = 0;
    assert_true(degraded_chip("chip1 x 1.25", 4, &chip, &slow) && chip == 1 && slow == 1250);
    assert_true(degraded_chip("chip0 x 1", 4, &chip, &slow) && slow == 1000);
    assert_true(degraded_chip("chip3 x 100", 4, &chip, &slow) && slow == 100000);
    assert_true(degraded_chip("chip3 x 1.007", 4, &chip, &slow) && slow == 1007);
    static const char *const wrong[] = {"chip4 x 2",   "chip1 x 0.999", "chip1 x 100.001", "chip1 x 1.2345",
                                        "chip1x2",     "chip1 x",       "chip1 x ",        "chip1 x 1.",
                                        "chip1 x .5",  "chip1 x 2 ",    "chip1 x 1.2.3",   "chip1 x -2",
                                        "chip1 x 1e2", "chip1 x 1000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(degraded_chip(wrong[i], 4, &chip, &slow));
    }
}

static void names_of_links_are_those_of_neighbours(void **state)
{
    (void)state;
    struct fabric_shape ring = {.topology = FABRIC_RING, .chips = 4};
    struct fabric_shape two = {.topology = FABRIC_SWITCH, .chips = 4, .planes = 2, .leaf = 4};
    struct node_pair x;
    assert_true(degraded_link("chip3-chip0", &ring, &x) && x.a == 0 && x.b == 3);
    assert_true(degraded_link("chip1-chip2", &ring, &x) && x.a == 1 && x.b == 2);
    assert_true(degraded_link("chip1-switch1", &two, &x) && x.a == 1 && x.b == 5);
    assert_false(degraded_link("chip0-chip2", &ring, &x)); /* no neighbours */
    assert_false(degraded_link("chip0-chip0", &ring, &x));
    assert_false(degraded_link("chip0-chip4", &ring, &x));
    assert_false(degraded_link("chip0-switch0", &ring, &x));
    assert_false(degraded_link("chip0-chip1", &two, &x));
    assert_false(degraded_link("chip0-switch2", &two, &x));
    assert_false(degraded_link("chip0", &ring, &x));
    assert_false(degraded_link("chip0-chip1-chip2", &ring, &x));
}

/* ---- what is refused ---- */

static void refused(const struct machine_spec *s, const char *says)
{
    struct machine m;
    struct diag d;
    diag_init(&d);
    assert_int_equal(machine_build_from(&m, s, &d), SIM_ERR_BUILD);
    assert_true(d.count > 0);
    assert_non_null(strstr(d.messages[0].text, says));
    machine_free(&m);
    diag_free(&d);
}

static void a_server_without_enough_that_works_is_refused(void **state)
{
    (void)state;
    static const uint32_t all[] = {4, 5, 6, 7}, twice[] = {1, 1}, far[] = {16};
    static const struct node_pair cut[] = {{0, 1}, {2, 3}}, plane[] = {{0, 4}};
    static const uint32_t fast[] = {1000, 999, 1000, 1000};
    struct machine_spec s;
    machine_spec_default(&s);
    s.rows = s.cols = 2;
    s.dead_units = all;
    s.n_dead_units = 4;
    refused(&s, "chip 1 has no unit that works");
    s.dead_units = twice;
    s.n_dead_units = 2;
    refused(&s, "each named once");
    s.dead_units = far;
    s.n_dead_units = 1;
    refused(&s, "16 units");
    s.n_dead_units = 0;
    s.dead_links = cut;
    s.n_dead_links = 2;
    refused(&s, "no way is left from chip 0 to chip 1");
    s.n_dead_links = 0;
    s.slow_permille = fast;
    refused(&s, "chip 1 cannot take 999 cycles for 1000");
    s.slow_permille = NULL;
    s.fabric = FABRIC_SWITCH;
    s.fabric_planes = 2;
    s.adders = 8;
    s.dead_links = plane;
    s.n_dead_links = 1;
    refused(&s, "switches that add");
}

/* ---- what is left ---- */

static void dead_units_host_what_they_hosted(void **state)
{
    (void)state;
    static const uint32_t dead[] = {0, 5};
    struct machine healthy, m;
    struct machine_spec s;
    machine_spec_default(&s);
    build(&healthy, &s);
    s.dead_units = dead;
    s.n_dead_units = 2;
    build(&m, &s);
    assert_int_equal(m.n_dead_units, 2);
    assert_int_equal(m.live_units[0], 14);
    assert_int_equal(m.live_units[1], 16);
    assert_int_equal(machine_first_unit(&m, 0), 1);
    assert_int_equal(machine_first_unit(&m, 1), 16);
    for (size_t i = 0; i < m.n_endpoints; i++) {
        assert_int_equal(m.endpoints[i].host_unit, healthy.endpoints[i].host_unit);
    }
    machine_free(&m);
    machine_free(&healthy);
}

static void engines_of_a_slow_chip_take_longer_and_its_ports_do_not(void **state)
{
    (void)state;
    static const uint32_t slow[] = {1000, 1250, 1001, 3000};
    struct machine m;
    struct machine_spec s;
    struct task_needs n;
    machine_spec_default(&s);
    s.slow_permille = slow;
    build(&m, &s);
    machine_needs(&m, 32, 16, 64, 0, 6144, 1024, &n); /* docs/model/needs.md: matrix 32, reads 24, writes 8 */
    static const uint64_t matrix[] = {32, 40, 33, 96};
    for (uint32_t chip = 0; chip < 4; chip++) {
        struct task_needs on = n;
        machine_needs_on(&m, chip, &on);
        assert_int_equal(on.matrix_cycles, matrix[chip]);
        assert_int_equal(on.cycles, matrix[chip]);
        assert_int_equal(on.macs_padded, n.macs_padded);
        assert_int_equal(on.read_cycles, 24);
    }
    machine_needs(&m, 1, 1, 0, 256, 25600, 0, &n); /* vector 2, reads 100 */
    machine_needs_on(&m, 3, &n);
    assert_int_equal(n.vector_cycles, 6);
    assert_int_equal(n.cycles, 100);
    for (uint64_t cycles = 0; cycles < 3000; cycles++) {
        for (uint32_t chip = 0; chip < 4; chip++) {
            assert_int_equal(machine_unslowed(&m, chip, machine_slowed(&m, chip, cycles)), cycles);
        }
    }
    machine_free(&m);
}

/* ---- ways round dead links ---- */

static void fewest_links(const struct machine *m, uint32_t from, uint32_t *hops)
{
    uint32_t queue[NODES_MAX], n = 1;
    memset(hops, 0xff, NODES_MAX * sizeof *hops);
    hops[from] = 0;
    queue[0] = from;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < m->n_links; k++) {
            const struct link *l = &m->links[k];
            if (l->type == LINK_CHIP && !l->dead && l->from_node == queue[i] && hops[l->to_node] == FAR) {
                hops[l->to_node] = hops[queue[i]] + 1;
                queue[n++] = l->to_node;
            }
        }
    }
}

/* Ways from one chip: over live links, as short as can be, a tree; and each is the way that its own chips would go. */
static void check_ways_from(const struct machine *m, uint32_t from, uint32_t way)
{
    uint32_t hops[NODES_MAX], parent[NODES_MAX], path[NODES_MAX], rest[NODES_MAX];
    memset(parent, 0xff, sizeof parent);
    fewest_links(m, from, hops);
    for (uint32_t to = 0; to < m->chips; to++) {
        uint32_t n = machine_chip_path(m, from, to, way, path);
        assert_int_equal(n, hops[to]);
        assert_int_equal(n, machine_chip_hops(m, from, to));
        for (uint32_t i = 0, at = from; i < n; at = path[i++]) {
            assert_false(m->links[machine_chip_link(m, at, path[i])].dead);
            assert_true(parent[path[i]] == FAR || parent[path[i]] == at);
            parent[path[i]] = at;
            uint32_t left = machine_chip_path(m, path[i], to, way, rest);
            assert_int_equal(left, n - i - 1);
            assert_memory_equal(rest, &path[i + 1], left * sizeof *rest);
        }
    }
}

struct waits {
    uint32_t n; /* buffers: link x class */
    uint8_t *waits, *colour;
};

static bool circle_from(struct waits *w, uint32_t a)
{
    w->colour[a] = 1;
    for (uint32_t b = 0; b < w->n; b++) {
        if (w->waits[(size_t)a * w->n + b] && (w->colour[b] == 1 || (w->colour[b] == 0 && circle_from(w, b)))) {
            return true;
        }
    }
    w->colour[a] = 2;
    return false;
}

/* What stands behind a link, in its class, and wants a place behind the next one. */
static bool can_wait_in_a_circle(const struct machine *m, bool with_classes)
{
    uint32_t first = 0, path[NODES_MAX], classes = machine_fabric_classes(m);
    while (m->links[first].type != LINK_CHIP) {
        first++;
    }
    struct waits w = {.n = ((uint32_t)m->n_links - first) * classes};
    w.waits = calloc((size_t)w.n * w.n, 1);
    w.colour = calloc(w.n, 1);
    for (uint32_t i = 0; i < m->chips * m->chips * MACHINE_WAYS; i++) {
        uint32_t from = i % m->chips, to = i / m->chips % m->chips, way = i / m->chips / m->chips, crossed = 0;
        uint32_t n = machine_chip_path(m, from, to, way, path), before = FAR;
        for (uint32_t k = 0, at = from; k < n; at = path[k++]) {
            uint32_t link = machine_chip_link(m, at, path[k]);
            crossed += with_classes && machine_chip_hop(m, link).dateline;
            assert_true(crossed < classes);
            uint32_t buffer = (link - first) * classes + crossed;
            if (before != FAR) {
                w.waits[(size_t)before * w.n + buffer] = 1;
            }
            before = buffer;
        }
    }
    bool circle = false;
    for (uint32_t i = 0; i < w.n; i++) {
        circle = circle || (w.colour[i] == 0 && circle_from(&w, i));
    }
    free(w.waits);
    free(w.colour);
    return circle;
}

static const struct {
    uint32_t topology, chips, planes, leaf;
} fabrics[] = {{FABRIC_RING, 5, 0, 0},       {FABRIC_RING, 8, 0, 0},     {FABRIC_FULLY_CONNECTED, 4, 0, 0},
               {FABRIC_TORUS2D, 8, 0, 0},    {FABRIC_TORUS2D, 16, 0, 0}, {FABRIC_TORUS3D, 16, 0, 0},
               {FABRIC_DRAGONFLY, 12, 0, 0}, {FABRIC_SWITCH, 4, 2, 0},   {FABRIC_SWITCH, 8, 2, 4}};

/* Up to `wanted` links at random, as many as leave the chips joined. */
static uint32_t draw_dead(const struct fabric_shape *shape, const struct machine *m, uint32_t wanted, uint64_t seed,
                          struct node_pair *dead)
{
    uint32_t n = 0;
    struct node_pair apart;
    for (uint32_t i = 0; i < 50 && n < wanted; i++) {
        seed = mix64(seed, i);
        const struct link *l = &m->links[m->n_links - 1 - seed % machine_chip_links(m)];
        struct node_pair x = {l->from_node, l->to_node};
        bool known = x.a > x.b;
        for (uint32_t k = 0; k < n; k++) {
            known = known || (dead[k].a == x.a && dead[k].b == x.b);
        }
        dead[n] = x;
        n += !known && degraded_is_whole(shape, dead, n + 1, &apart);
    }
    return n;
}

static void ways_go_round_dead_links_on_every_fabric(void **state)
{
    (void)state;
    uint32_t with_circles = 0;
    for (uint32_t i = 0; i < 4 * sizeof fabrics / sizeof fabrics[0]; i++) {
        const uint32_t k = i / 4, wanted = 1 + i % 4;
        struct machine m;
        struct machine_spec s;
        struct node_pair dead[5];
        const char *key;
        char why[FABRIC_WHY_MAX];
        machine_spec_default(&s);
        s.rows = s.cols = 2;
        s.chips = fabrics[k].chips;
        s.fabric = fabrics[k].topology;
        s.fabric_planes = fabrics[k].planes;
        s.fabric_leaf = fabrics[k].leaf;
        struct fabric_shape shape = machine_spec_fabric(&s);
        assert_true(fabric_shape_resolve(&shape, &key, why));
        build(&m, &s);
        s.n_dead_links = draw_dead(&shape, &m, wanted, i, dead);
        s.dead_links = dead;
        machine_free(&m);
        assert_true(s.n_dead_links > 0);
        build(&m, &s);
        assert_int_equal(machine_dead_links(&m), 2 * s.n_dead_links);
        for (uint32_t from = 0; from < m.chips; from++) {
            for (uint32_t way = 0; way < MACHINE_WAYS; way++) {
                check_ways_from(&m, from, way);
            }
        }
        assert_false(can_wait_in_a_circle(&m, true));
        assert_int_equal(can_wait_in_a_circle(&m, false), machine_fabric_classes(&m) > 1);
        with_circles += machine_fabric_classes(&m) > 1;
        machine_free(&m);
    }
    assert_true(with_circles > 0);
}

static void a_ring_without_a_link_is_a_line_and_needs_one_class(void **state)
{
    (void)state;
    static const struct node_pair dead[] = {{0, 7}};
    struct machine m;
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = 8;
    s.dead_links = dead;
    s.n_dead_links = 1;
    build(&m, &s);
    assert_int_equal(machine_chip_hops(&m, 0, 7), 7);
    assert_int_equal(machine_chip_hops(&m, 7, 5), 2);
    assert_int_equal(machine_fabric_classes(&m), 1);
    assert_int_equal(machine_live_links(&m, 0), 1);
    assert_int_equal(machine_live_links(&m, 3), 2);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_units_are_those_of_results),
        cmocka_unit_test(a_factor_has_at_most_three_digits_behind_the_point),
        cmocka_unit_test(names_of_links_are_those_of_neighbours),
        cmocka_unit_test(a_server_without_enough_that_works_is_refused),
        cmocka_unit_test(dead_units_host_what_they_hosted),
        cmocka_unit_test(engines_of_a_slow_chip_take_longer_and_its_ports_do_not),
        cmocka_unit_test(ways_go_round_dead_links_on_every_fabric),
        cmocka_unit_test(a_ring_without_a_link_is_a_line_and_needs_one_class),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
