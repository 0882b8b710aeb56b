/* SPDX-License-Identifier: Apache-2.0 */
/* test_vc_engines.c - routers with masks, narrow and wide, with lines, with lists, crossbars of whole packets, and
 * routers a cycle behind their ends do the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/hw/vc_flood.h"

/* A flood; its packets, links and conflicts, mixed. */
static uint64_t flood_slow(const struct kind *k, uint32_t flits, uint64_t cycles, uint32_t slow)
{
    struct flood t = {.p = k->p, .flits = flits, .slow = slow, .dumps = slow > 0};
    assert_true(flood_drains(&t, cycles));
    uint64_t mixed = mixture(t.mixed, counts_mixed(t.network));
    end_flood(&t);
    return mixed;
}

static uint64_t flood_mixed(const struct kind *k, uint32_t flits, uint64_t cycles)
{
    return flood_slow(k, flits, cycles, 0);
}

static uint64_t flood_lists(struct kind k, uint32_t flits, uint64_t cycles)
{
    k.p.debug_lists = true;
    return flood_mixed(&k, flits, cycles);
}

static void masks_and_lists_do_the_same(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++)
        for (uint32_t option = 0; option < 48; option++) {
            struct kind one = k[i];
            one.p.shape.vcs = option & 1 ? 2 : 4;
            one.p.shape.depth = option & 2 ? 2 : 5;
            one.p.shape.allocator = option & 4 ? ALLOC_SEPARABLE_INPUT : ALLOC_ISLIP;
            one.p.shape.wait_for_tail_credit = option & 8;
            one.p.shape.routing_delay = option & 16 ? 0 : 1;
            one.p.shape.valiant = option % 3 == 0 && one.p.shape.vcs == 4 && may_be_valiant(&one);
            one.p.shape.adaptive = option % 3 == 1 && may_adapt(&one) && one.p.shape.vcs >= adaptive_vcs(&one);
            one.p.shape.iterations = option >= 32 ? 2 + option % 3 : 1;
            if (option >= 32)
                one.p.shape.allocator = ALLOC_ISLIP;
            uint32_t flits = option % 5 == 0 ? 1 : 3;
            assert_int_equal(flood_lists(one, flits, 1500), flood_mixed(&one, flits, 1500));
        }
}

/* A fat tree of 8-ary routers, of 16 ports, which may adapt. */
static struct kind wide_tree(void)
{
    struct kind tree = {"fat tree", vc_traffic_mesh(8, 8, 1)};
    tree.p.shape.topology = DYN_NOC_FAT_TREE;
    tree.p.arity = tree.p.concentration = 8;
    tree.p.levels = 2;
    tree.p.shape.adaptive = true;
    return tree;
}

/* With 8 VCs even a mesh has more input VCs than fit in a word. 4 VCs have code of their own, if links are alike. */
static void wide_routers_do_the_same_in_every_virtual_network(void **state)
{
    (void)state;
    struct kind k[KINDS];
    uint32_t n = kinds(k);
    k[n++] = wide_tree();
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t option = 0; option < 12; option++) {
            struct kind one = k[i];
            one.p.shape.vns = 1 + option % 3;
            one.p.shape.vcs = option & 4 ? 8 : 4;
            if (one.p.shape.topology == DYN_NOC_TORUS || one.p.shape.topology == DYN_NOC_RING)
                continue; /* classes of VCs: never wide masks */
            one.p.shape.routing_delay = option & 1;
            one.p.shape.wait_for_tail_credit = option & 8;
            one.p.shape.allocator = option & 8 ? ALLOC_SEPARABLE_OUTPUT : ALLOC_ISLIP;
            assert_int_equal(flood_lists(one, 1 + option % 2, 200), flood_mixed(&one, 1 + option % 2, 200));
        }
}

/* Meshes whose ports are a line of the host's cache each, up to what fits, and just beyond: credits or ends with a
 * latency of their own, 9 ports, a longer FIFO. */
static void a_line_per_port_does_the_same(void **state)
{
    (void)state;
    static const uint32_t depths[] = {1, 2, 8, 15, 16};
    for (uint32_t option = 0; option < 60; option++) {
        struct kind one = {"mesh", vc_traffic_mesh(option & 1 ? 8 : 3, option & 1 ? 8 : 11, 1)};
        one.p.concentration = 1 + option % 5; /* 5: 9 ports of a router */
        one.p.endpoints *= one.p.concentration;
        one.p.shape.vns = 1 + option % 3;
        one.p.shape.vcs = option & 2 ? 3 : 4;
        one.p.shape.depth = depths[option / 4 % 5];
        one.p.shape.routing_delay = option % 7 & 1;
        one.p.shape.link_latency = 1 + option / 12 % 3;
        one.p.shape.credit_delay = option % 10 == 2;
        one.p.shape.node_latency = one.p.shape.link_latency + (option % 10 == 7);
        assert_int_equal(flood_lists(one, 1 + option % 4, 400), flood_mixed(&one, 1 + option % 4, 400));
    }
}

/* Crossbars that carry packets of one flit have code of their own, ends included; depth 9 and packets of two flits are
 * just beyond. */
static void a_crossbar_of_whole_packets_does_the_same(void **state)
{
    (void)state;
    static const uint32_t depths[] = {1, 2, 5, 7, 8, 9}, endpoints[] = {2, 5, 64, 130}, slow[] = {0, 2, 5, 17};
    for (uint32_t option = 0; option < 96; option++) {
        struct kind one = {"crossbar", vc_traffic_mesh(1, endpoints[option % 4], 1)}, lists;
        one.p.shape.topology = DYN_NOC_CROSSBAR;
        one.p.shape.vns = 1 + option % 3;
        one.p.shape.vcs = option & 8 ? 3 : 4;
        one.p.shape.depth = depths[option / 3 % 6];
        one.p.shape.routing_delay = 0;
        one.p.shape.credit_delay = option % 5 == 2 ? 3 : 0;
        one.p.shape.node_latency = option % 7 == 5 ? 4 : 1;
        lists = one;
        lists.p.debug_lists = true;
        uint32_t flits = option % 11 == 10 ? 2 : 1, each = slow[option / 4 % 4];
        assert_int_equal(flood_slow(&lists, flits, 250, each), flood_slow(&one, flits, 250, each));
    }
}

/* ---- waveforms ---- */

struct shown {
    struct probe probe;
    struct {
        uint64_t time, value, before; /* before: what it was until `time` */
    } * variables;
    size_t n, changes;
    uint64_t mixed; /* names and changes, whatever their order */
};

static uint32_t show_variable(void *self, const char *scope, const char *name, enum probe_kind kind, uint32_t bits,
                              const char *const *names)
{
    struct shown *s = self;
    (void)kind;
    (void)names;
    for (const char *c = scope; *c; c++)
        s->mixed = mixture(s->mixed, (uint64_t)*c);
    for (const char *c = name; *c; c++)
        s->mixed = mixture(s->mixed + bits, (uint64_t)*c);
    s->variables = mem_resize(s->variables, s->n + 1, sizeof *s->variables);
    s->variables[s->n].time = s->variables[s->n].value = s->variables[s->n].before = 0;
    return (uint32_t)s->n++;
}

/* What it became at the last time counts, if that is something else. */
static void count_change(struct shown *s, uint32_t variable)
{
    if (s->variables[variable].value == s->variables[variable].before)
        return;
    s->mixed += mixture(s->variables[variable].time << 16 | variable, s->variables[variable].value);
    s->changes++;
    s->variables[variable].before = s->variables[variable].value;
}

static void show_change(void *self, uint32_t variable, uint64_t time, uint64_t value)
{
    struct shown *s = self;
    assert_true(time >= s->variables[variable].time);
    if (time > s->variables[variable].time)
        count_change(s, variable);
    s->variables[variable].time = time;
    s->variables[variable].value = value;
}

static uint64_t flood_shown(const struct vc_network_params *p, uint32_t slow)
{
    struct shown s = {.probe = {.self = &s, .declare = show_variable, .change = show_change}};
    struct flood t = {.p = *p, .flits = 1, .slow = slow, .probe = &s.probe};
    t.p.name = "chip0.noc";
    t.p.chip = "chip0";
    assert_true(flood_drains(&t, 250));
    for (uint32_t i = 0; i < s.n; i++)
        count_change(&s, i);
    assert_true(s.changes > 1000);
    uint64_t mixed = mixture(mixture(t.mixed, counts_mixed(t.network)), s.mixed);
    end_flood(&t);
    free(s.variables);
    return mixed;
}

/* What it has done is read off its lists, others note it. */
static void a_waveform_of_a_crossbar_of_whole_packets_is_the_same(void **state)
{
    (void)state;
    static const uint32_t depths[] = {1, 2, 5, 8}, slow[] = {0, 2, 5, 17};
    for (uint32_t option = 0; option < 48; option++) {
        struct vc_network_params one = vc_traffic_mesh(1, option % 5 == 4 ? 70 : 5, 1), lists;
        one.shape.topology = DYN_NOC_CROSSBAR;
        one.shape.vns = 1 + option % 3;
        one.shape.vcs = option & 8 ? 3 : 4;
        one.shape.depth = depths[option / 3 % 4];
        one.shape.routing_delay = 0;
        one.shape.credit_delay = option % 5 == 2 ? 3 : 0;
        one.shape.node_latency = option % 7 == 5 ? 4 : 1;
        lists = one;
        lists.debug_lists = true;
        uint32_t each = slow[option / 4 % 4];
        assert_int_equal(flood_shown(&lists, each), flood_shown(&one, each));
    }
}

/* Nearly all input VCs wait for a VC of one output. */
static void a_flood_to_one_endpoint_is_the_same_with_lists_in_another_order(void **state)
{
    (void)state;
    uint64_t mixed[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct flood t = {.p = vc_traffic_mesh(8, 8, 1), .flits = 1, .shuffle = 3 * i, .to_one = true};
        t.p.shape.topology = DYN_NOC_CROSSBAR;
        t.p.shape.routing_delay = 2; /* lists */
        assert_true(flood_drains(&t, 300));
        mixed[i] = mixture(t.mixed, counts_mixed(t.network));
        end_flood(&t);
    }
    assert_int_equal(mixed[0], mixed[1]);
}

/* Networks that do not fit into the host's second cache: only there do routers lag. */
static void routers_a_cycle_behind_their_ends_do_the_same(void **state)
{
    (void)state;
    struct kind mesh = {"mesh", vc_traffic_mesh(24, 24, 1)}, torus = mesh, flatfly = {"", vc_traffic_mesh(12, 12, 1)};
    torus.p.shape.topology = DYN_NOC_TORUS;
    torus.p.shape.link_latency = 2;
    torus.p.shape.node_latency = 1;
    flatfly.p.shape.topology = DYN_NOC_FLATFLY;
    const struct kind k[] = {mesh, torus, flatfly};
    const struct kind far = {"mesh", vc_traffic_mesh(50, 50, 1)}; /* tiles of which some are more than 32 apart */
    assert_int_equal(flood_lists(far, 2, 40), flood_mixed(&far, 2, 40));
    for (uint32_t i = 0; i < sizeof k / sizeof k[0]; i++)
        for (uint32_t option = 0; option < 2; option++) {
            struct kind one = k[i], late;
            one.p.shape.routing_delay = option;
            one.p.shape.credit_delay = 2 * option;
            one.p.shape.adaptive = one.p.shape.topology == DYN_NOC_TORUS && option == 1;
            late = one;
            late.p.lags = true;
            assert_int_equal(flood_mixed(&one, 2, 61), flood_mixed(&late, 2, 61));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_and_lists_do_the_same),
        cmocka_unit_test(wide_routers_do_the_same_in_every_virtual_network),
        cmocka_unit_test(a_line_per_port_does_the_same),
        cmocka_unit_test(a_crossbar_of_whole_packets_does_the_same),
        cmocka_unit_test(a_waveform_of_a_crossbar_of_whole_packets_is_the_same),
        cmocka_unit_test(a_flood_to_one_endpoint_is_the_same_with_lists_in_another_order),
        cmocka_unit_test(routers_a_cycle_behind_their_ends_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
