/* SPDX-License-Identifier: Apache-2.0 */
/* test_machine_dot.c - drawings of the machine as Graphviz text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/machine_dot.h"
#include "tests/unit/machine/build_machine.h"

#define POINTS_MAX 1800 /* 2400 pixels of 1/96 inch */

static uint32_t count(const struct text *t, const char *what)
{
    uint32_t n = 0;
    for (const char *p = t->s; (p = strstr(p, what)); p++) {
        n++;
    }
    return n;
}

static uint32_t edges(const struct text *t)
{
    return count(t, " -> ");
}

/* The lines of `t` that begin so are all different, up to the bracket. */
static void no_edge_twice(const struct text *t)
{
    for (const char *p = t->s; (p = strstr(p, " -> ")); p++) {
        const char *line = p, *end = strchr(p, '[');
        while (line[-1] != '\n') {
            line--;
        }
        char *edge = mem_printf("%.*s", (int)(end - line), line);
        assert_int_equal(count(t, edge), 1);
        free(edge);
    }
}

/* Nodes stand in different places, at least this far apart along x or y, all within POINTS_MAX of each other. */
static void nodes_stand_apart(const struct text *t, long apart)
{
    long x[4096], y[4096];
    uint32_t n = 0;
    for (const char *p = t->s; (p = strstr(p, " [shape=")); p++) {
        const char *pos = strstr(p, "pos=\"");
        assert_int_equal(sscanf(pos, "pos=\"%ld,%ld", &x[n], &y[n]), 2);
        for (uint32_t i = 0; i < n; i++) {
            long dx = labs(x[i] - x[n]), dy = labs(y[i] - y[n]);
            assert_true(dx >= apart || dy >= apart);
            assert_true(dx <= POINTS_MAX && dy <= POINTS_MAX);
        }
        n++;
    }
    assert_true(n > 0);
}

/* ---- the server ---- */

static const struct fabric_row {
    uint32_t fabric, chips, planes, leaf, spines, edges;
} fabrics[] = {
    {FABRIC_RING, 2, 0, 0, 0, 1},
    {FABRIC_RING, 3, 0, 0, 0, 3},
    {FABRIC_RING, 16, 0, 0, 0, 16},
    {FABRIC_FULLY_CONNECTED, 16, 0, 0, 0, 16 * 15 / 2},
    {FABRIC_TORUS2D, 8, 0, 0, 0, 8 + 4}, /* 2 x 4: a dimension of two has one link */
    {FABRIC_TORUS2D, 12, 0, 0, 0, 2 * 12},
    {FABRIC_TORUS2D, 16, 0, 0, 0, 2 * 16},
    {FABRIC_TORUS3D, 16, 0, 0, 0, 8 + 8 + 16}, /* 2 x 2 x 4 */
    {FABRIC_TORUS3D, 27, 0, 0, 0, 3 * 27},
    {FABRIC_SWITCH, 8, 1, 0, 0, 8},
    {FABRIC_SWITCH, 16, 2, 0, 0, 2 * 16},
    {FABRIC_SWITCH, 16, 1, 4, 4, 16 + 4 * 4},
    {FABRIC_SWITCH, 16, 2, 4, 2, 2 * (16 + 4 * 2)},
    {FABRIC_DRAGONFLY, 12, 0, 0, 0, 4 * 3 + 4 * 3 / 2}, /* 4 groups of 3, a link between any two */
};

static void spec_of(struct machine_spec *s, const struct fabric_row *f)
{
    machine_spec_default(s);
    s->rows = s->cols = 2;
    s->channels = 2;
    s->memory_bandwidth = 102400000000;
    s->sram_bytes = 1 << 24;
    s->chips = f->chips;
    s->fabric = f->fabric;
    s->fabric_planes = f->planes;
    s->fabric_leaf = f->leaf;
    s->fabric_spines = f->spines;
}

static void the_server_has_an_edge_for_each_pair_of_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fabrics / sizeof fabrics[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        spec_of(&s, &fabrics[i]);
        build(&m, &s);
        assert_int_equal(m.ports_per_chip % 2, 0); /* two ports a link, but not an edge each */
        machine_dot_server(&m, &t);
        assert_int_equal(edges(&t), fabrics[i].edges);
        assert_int_equal(edges(&t), machine_chip_links(&m) / 2);
        assert_int_equal(count(&t, "[shape="), machine_nodes(&m));
        no_edge_twice(&t);
        nodes_stand_apart(&t, 30);
        text_free(&t);
        machine_free(&m);
    }
}

static void an_edge_says_what_its_link_carries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fabrics / sizeof fabrics[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        bool switches = fabrics[i].fabric == FABRIC_SWITCH;
        spec_of(&s, &fabrics[i]);
        build(&m, &s);
        machine_dot_server(&m, &t);
        /* Written beside it, or shown when pointed at; and once in the legend. */
        uint32_t written = count(&t, switches ? "170.9 B/clk\\n1054" : "170.9 B/clk\\n878 clk\"");
        uint32_t shown = count(&t, switches ? "170.9 B/clk, 1054" : "170.9 B/clk, 878 clk\"");
        assert_int_equal(written + shown, edges(&t));
        /* Between a chip and a switch the ways differ: only one of them ends in a switch. */
        uint32_t leaves = fabrics[i].leaf ? fabrics[i].chips / fabrics[i].leaf : 0;
        uint32_t among_switches = fabrics[i].planes * leaves * fabrics[i].spines;
        assert_int_equal(count(&t, "1054 and 878 clk\""), switches ? edges(&t) - among_switches : 0);
        assert_non_null(strstr(t.s, "a line is a link each way, 170.9 B/clk, 878 clk (500.3 ns)"));
        assert_null(strstr(t.s, "1709403"));
        text_free(&t);
        machine_free(&m);
    }
}

static void the_groups_of_a_dragonfly_are_framed(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    struct text t = {0};
    spec_of(&s, &(struct fabric_row) {FABRIC_DRAGONFLY, 12, 0, 0, 0, 0});
    build(&m, &s);
    machine_dot_server(&m, &t);
    assert_int_equal(count(&t, "subgraph cluster_group"), 4);
    assert_non_null(strstr(t.s, "label=\"group 3\""));
    text_free(&t);
    machine_free(&m);
}

static void what_does_not_work_is_seen(void **state)
{
    (void)state;
    static const uint32_t dead[] = {4 + 1, 4 + 3};
    static const struct node_pair link = {2, 3};
    static const uint32_t slow[] = {1000, 1000, 1000, 1250};
    struct machine_spec s;
    struct machine m;
    struct text t = {0};
    spec_of(&s, &(struct fabric_row) {FABRIC_RING, 4, 0, 0, 0, 0});
    s.dead_units = dead;
    s.n_dead_units = 2;
    s.dead_links = &link;
    s.n_dead_links = 1;
    s.slow_permille = slow;
    build(&m, &s);
    machine_dot_server(&m, &t);
    assert_non_null(strstr(t.s, "label=\"chip1\\n2 units down\""));
    assert_non_null(strstr(t.s, "label=\"chip3\\nslow x 1.25\""));
    assert_int_equal(count(&t, "style=dotted"), 1);
    t.n = 0;
    machine_dot_chip(&m, 1, &t);
    assert_int_equal(count(&t, "filled,dotted"), 2);
    text_free(&t);
    machine_free(&m);
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
        machine_dot_server(&m, &t);
        assert_int_equal(count(&t, "\"switch0\" [shape=box3d"), adders == 0);
        assert_int_equal(count(&t, "\"switch0\" [shape=box, peripheries=2"), adders > 0);
        assert_int_equal(count(&t, "tooltip=\"adds 192 B/clk of each chip, 18 clk\""), adders > 0);
        assert_int_equal(count(&t, "a switch adds 192 B/clk of each chip, 18 clk"), adders > 0);
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
    machine_dot_server(&m, &t);
    const char *leaf = strstr(t.s, "\"switch1\" ["), *spine = strstr(t.s, "\"switch2\" [");
    assert_non_null(leaf);
    assert_non_null(spine);
    assert_ptr_equal(strstr(leaf, "adds 192 B/clk of each "), strstr(leaf, "adds 192 B/clk of each chip, 18 clk"));
    assert_ptr_equal(strstr(spine, "adds 192 B/clk of each "), strstr(spine, "adds 192 B/clk of each leaf, 18 clk"));
    text_free(&t);
    machine_free(&m);
}

/* ---- a chip ---- */

static const struct noc_row {
    uint32_t noc, rows, cols, concentration, routers, edges;
    const char *edge; /* one of them, and what its link is */
} networks[] = {
    {NOC_MESH, 2, 4, 1, 8, 10, "\"chip0.r1\" -> \"chip0.r5\" ;128 B/clk, 2 clk"},
    {NOC_MESH, 2, 4, 2, 4, 4, "\"chip0.r1\" -> \"chip0.r3\" ;128 B/clk, 2 clk"},
    {NOC_TORUS, 2, 4, 1, 8, 8 + 4, "\"chip0.r0\" -> \"chip0.r3\" ;128 B/clk, 2 clk"},
    {NOC_TORUS, 4, 4, 1, 16, 2 * 16, "\"chip0.r0\" -> \"chip0.r12\" ;128 B/clk, 2 clk"},
    {NOC_RING, 2, 4, 1, 8, 8, "\"chip0.r0\" -> \"chip0.r7\" ;128 B/clk, 2 clk"},
    {NOC_CROSSBAR, 2, 4, 1, 1, 0, NULL},
    {NOC_PARTITIONED, 2, 4, 1, 2, 2, "\"chip0.r0\" -> \"chip0.r1\" ;128 B/clk, 2 clk"},
    {NOC_FLATFLY, 2, 4, 1, 8, 2 * 6 + 4, "\"chip0.r0\" -> \"chip0.r3\" ;128 B/clk, 4 clk"},
    {NOC_FAT_TREE, 2, 4, 2, 12, 16, "\"chip0.r7\" -> \"chip0.r11\" ;128 B/clk, 2 clk"},
};

static void noc_spec_of(struct machine_spec *s, const struct noc_row *n)
{
    machine_spec_default(s);
    s->chips = 2;
    s->rows = n->rows;
    s->cols = n->cols;
    s->noc = n->noc;
    s->noc_concentration = n->concentration;
    s->sram_bytes = 1 << 24;
}

/* "NODES ;LABEL": there is an edge between the nodes, whose line has the label. */
static void has_edge(const struct text *t, const char *edge)
{
    size_t n = strcspn(edge, ";");
    char *nodes = mem_printf("%.*s[", (int)n, edge);
    const char *line = strstr(t->s, nodes);
    assert_non_null(line);
    char *rest = mem_printf("%.*s", (int)strcspn(line, "\n"), line);
    assert_non_null(strstr(rest, edge + n + 1));
    free(rest);
    free(nodes);
}

static void a_chip_has_its_routers_endpoints_and_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        noc_spec_of(&s, &networks[i]);
        build(&m, &s);
        machine_dot_chip(&m, 0, &t);
        uint32_t ends = networks[i].rows * networks[i].cols + 16 + 2;
        assert_int_equal(edges(&t), ends + networks[i].edges);
        assert_int_equal(count(&t, "[shape=circle"), networks[i].routers);
        assert_int_equal(count(&t, "[shape=cylinder"), 16);
        assert_int_equal(count(&t, "[shape="), networks[i].routers + ends);
        assert_non_null(strstr(t.s, "label=\"port0\\nchip1\""));
        if (networks[i].edge) {
            has_edge(&t, networks[i].edge);
        }
        nodes_stand_apart(&t, 14);
        text_free(&t);
        machine_free(&m);
    }
}

static void all_chips_are_drawn_with_one_edge_for_a_pair_of_links_between_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof networks[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        noc_spec_of(&s, &networks[i]);
        build(&m, &s);
        machine_dot_all(&m, &t);
        assert_int_equal(edges(&t), 2 * (networks[i].rows * networks[i].cols + 16 + 2 + networks[i].edges) + 1);
        assert_int_equal(count(&t, "subgraph cluster_chip1 {"), 1);
        has_edge(&t, "\"chip0.port0\" -> \"chip1.port0\" ;170.9 B/clk, 878 clk, over 2 ports");
        text_free(&t);
        machine_free(&m);
    }
    for (size_t i = 0; i < sizeof fabrics / sizeof fabrics[0]; i++) {
        struct machine_spec s;
        struct machine m;
        struct text t = {0};
        spec_of(&s, &fabrics[i]);
        build(&m, &s);
        machine_dot_all(&m, &t);
        assert_int_equal(edges(&t), fabrics[i].edges + fabrics[i].chips * (4 + m.endpoints_per_chip));
        no_edge_twice(&t);
        text_free(&t);
        machine_free(&m);
    }
}

/* ---- networks that arbitrate ---- */

/* A dimension of two routers that wraps has two links each way there, which lie beside each other. */
static void parallel_links_of_a_network_are_edges_of_their_own(void **state)
{
    (void)state;
    struct noc_wish wish = {.topology = NOC_TORUS, .unit_rows = 2, .unit_cols = 4, .concentration = 1};
    struct network n = {.node_rows = 2, .node_cols = 4, .flit_bytes = 64};
    struct diag d;
    struct text t = {0};
    diag_init(&d);
    assert_int_equal(noc_layout_make(&n.layout, &wish, &d), SIM_OK);
    n.layout.pairs = true;
    n.shape = (struct vc_network_shape) {.vcs = 4, .depth = 8, .link_latency = 3};
    network_dot(&n, &t);
    assert_int_equal(edges(&t), 8 + n.layout.links / 2);
    assert_int_equal(edges(&t), 8 + 8 + 8);
    assert_int_equal(count(&t, "\"r0\" -> \"r4\" ["), 2);
    has_edge(&t, "\"r0\" -> \"r3\" ;64 B/clk, 3 clk");
    assert_non_null(strstr(t.s, "2 x 4 nodes on a torus, 2 x 4 routers"));
    assert_non_null(strstr(t.s, "routers with 4 virtual channels of 8 flits"));
    text_free(&t);
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_server_has_an_edge_for_each_pair_of_links),
        cmocka_unit_test(an_edge_says_what_its_link_carries),
        cmocka_unit_test(the_groups_of_a_dragonfly_are_framed),
        cmocka_unit_test(what_does_not_work_is_seen),
        cmocka_unit_test(the_drawing_marks_switches_that_add),
        cmocka_unit_test(the_drawing_says_what_leaves_and_spines_add),
        cmocka_unit_test(a_chip_has_its_routers_endpoints_and_links),
        cmocka_unit_test(all_chips_are_drawn_with_one_edge_for_a_pair_of_links_between_them),
        cmocka_unit_test(parallel_links_of_a_network_are_edges_of_their_own),
    };
    return cmocka_run_group_tests_name("drawing", tests, NULL, NULL);
}
