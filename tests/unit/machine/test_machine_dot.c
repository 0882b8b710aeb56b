/* SPDX-License-Identifier: Apache-2.0 */
/* test_machine_dot.c - the machine as Graphviz text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/machine/build_machine.h"

static void the_drawing_names_every_box_once(void **state)
{
    (void)state;
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = 2;
    s.rows = s.cols = 2;
    s.channels = 2;
    s.memory_bandwidth = 102400000000;
    struct machine m;
    build(&m, &s);
    struct text t = {0};
    machine_dot(&m, &t);
    assert_non_null(strstr(t.s, "subgraph cluster_chip1"));
    assert_non_null(strstr(t.s, "\"chip1.unit3\" [shape=box]"));
    assert_non_null(strstr(t.s, "\"chip0.hbm1\" [shape=cylinder]"));
    assert_non_null(strstr(t.s, "\"chip0.r0\" -> \"chip0.r1\" [dir=both, label=\"128 B/clk, 2 clk\"]"));
    assert_non_null(
        strstr(t.s, "\"chip0.port0\" -> \"chip1.port0\" [dir=both, label=\"1709403/10000 B/clk, 878 clk\"]"));
    uint32_t n = 0;
    for (const char *p = t.s; (p = strstr(p, " -> ")); p++) {
        n++;
    }
    assert_int_equal(n, 2 * (4 + 2 + 2) + 2 * 4 + 2); /* endpoints, noc edges, pairs of ports */
    text_free(&t);
    machine_free(&m);
}

/* An edge per pair of links, parallel ones too, with the latency of its wire. */
static void the_drawing_shows_the_links_of_every_network(void **state)
{
    (void)state;
    static const struct {
        uint32_t noc, concentration, edges;
        const char *edge;
    } rows[] = {
        {NOC_FLATFLY, 1, 16, "\"chip0.r0\" -> \"chip0.r3\" [dir=both, label=\"128 B/clk, 4 clk\"]"},
        {NOC_FAT_TREE, 2, 16, "\"chip0.r7\" -> \"chip0.r11\" [dir=both, label=\"128 B/clk, 2 clk\"]"},
        {NOC_PARTITIONED, 1, 2, "\"chip0.r0\" -> \"chip0.r1\" [dir=both, label=\"128 B/clk, 2 clk\"]"},
        {NOC_MESH, 2, 4, "\"chip0.r1\" -> \"chip0.r3\" [dir=both, label=\"128 B/clk, 2 clk\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        machine_spec_default(&s);
        s.chips = 1;
        s.fabric = MACHINE_NO_FABRIC;
        s.rows = 2;
        s.cols = 4;
        s.noc = rows[i].noc;
        s.noc_concentration = rows[i].concentration;
        s.sram_bytes = 1 << 24;
        build(&m, &s);
        machine_dot(&m, &t);
        assert_non_null(strstr(t.s, rows[i].edge));
        assert_int_equal(strstr(t.s, "rankdir") != NULL, rows[i].noc == NOC_FAT_TREE);
        uint32_t n = 0;
        for (const char *p = t.s; (p = strstr(p, " -> ")); p++) {
            n++;
        }
        assert_int_equal(n, 8 + 16 + rows[i].edges);
        text_free(&t);
        machine_free(&m);
    }
}

/* A switch that adds is marked, and its adders are no edge. */
static void the_drawing_marks_switches_that_add(void **state)
{
    (void)state;
    for (uint32_t adders = 0; adders <= 48; adders += 48) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        machine_spec_default(&s);
        s.chips = 3;
        s.fabric = FABRIC_SWITCH;
        s.adders = adders;
        build(&m, &s);
        machine_dot(&m, &t);
        assert_int_equal(strstr(t.s, "\"switch0\" [shape=box3d];") != NULL, adders == 0);
        assert_int_equal(strstr(t.s, "peripheries=2, label=\"switch0\\nadds 192 B/clk of each chip, 18 clk\"") != NULL,
                         adders > 0);
        assert_null(strstr(t.s, "\"switch0\" -> \"switch0\""));
        text_free(&t);
        machine_free(&m);
    }
}

/* Leaves add what comes from chips, spines what comes from leaves. */
static void the_drawing_says_what_leaves_and_spines_add(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    struct text t = {0};
    machine_spec_default(&s);
    s.fabric = FABRIC_SWITCH;
    s.fabric_leaf = 2;
    s.fabric_spines = 1;
    s.adders = 48;
    build(&m, &s);
    machine_dot(&m, &t);
    assert_non_null(strstr(t.s, "label=\"switch1\\nadds 192 B/clk of each chip, 18 clk\""));
    assert_non_null(strstr(t.s, "label=\"switch2\\nadds 192 B/clk of each leaf, 18 clk\""));
    text_free(&t);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drawing_names_every_box_once),
        cmocka_unit_test(the_drawing_shows_the_links_of_every_network),
        cmocka_unit_test(the_drawing_marks_switches_that_add),
        cmocka_unit_test(the_drawing_says_what_leaves_and_spines_add),
    };
    return cmocka_run_group_tests_name("drawing", tests, NULL, NULL);
}
