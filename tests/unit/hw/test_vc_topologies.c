/* SPDX-License-Identifier: Apache-2.0 */
/* test_vc_topologies.c - topologies and options of the VC network: closed forms at no load, wires, floods.
 *
 *     test_vc_topologies [CYCLES]      CYCLES: floods alone, for so long, on every topology and with every routing */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hw/vc_flood.h"

struct one {
    uint64_t arrived;
    uint32_t hops;
};

static void note(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct one *o = self;
    assert_int_equal(endpoint, m->to);
    o->arrived = cycle;
    o->hops = m->hops;
}

/* router_cycles: from a head's coming to a router to its coming to the next one, without the link's latency: 4, with
 * look-ahead 3, with speculation too 2. */
static void every_pair(const struct kind *k, uint32_t flits, uint32_t router_cycles)
{
    struct vc_network_params p = k->p;
    struct run_control run = {.cross_check = true};
    struct one o = {0, 0};
    p.flit_bytes = LINE_BYTES / flits;
    struct vc_network *n = vc_network_new(&p, &run);
    uint32_t node = p.shape.node_latency ? p.shape.node_latency : p.shape.link_latency;
    vc_network_on_delivery(n, note, &o);
    uint64_t cycle = 0;
    for (uint32_t a = 0; a < p.endpoints; a += 3)
        for (uint32_t b = 0; b < p.endpoints; b++) {
            struct message m = {.type = MSG_DATA, .sectors = ALL_SECTORS, .to = (uint16_t)b};
            uint32_t on_links, links = links_between(k, a, b, &on_links);
            uint64_t sent = cycle;
            vc_network_offer(n, a, &m);
            while ((cycle = vc_network_eval(n, cycle)) != CYCLE_NEVER)
                ;
            assert_int_equal(o.hops, links + 1);
            assert_int_equal(o.arrived - sent, 2 * node + 1 + on_links + router_cycles * (links + 1) +
                                                   (flits - 1) * p.shape.sw_alloc_delay);
            cycle = o.arrived + 100;
        }
    vc_network_end(n);
    vc_network_free(n);
    run_control_free(&run);
}

static void latency_at_no_load_is_the_closed_form_on_every_topology(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++)
        for (uint32_t flits = 1; flits <= 4; flits += 3) {
            every_pair(&k[i], flits, 4);
            k[i].p.shape.routing_delay = 0;
            every_pair(&k[i], flits, 3);
            k[i].p.shape.speculative = true;
            every_pair(&k[i], flits, 2);
            k[i].p.shape.hold_switch = true;
            every_pair(&k[i], flits, 2);
            k[i].p.shape.speculative = k[i].p.shape.hold_switch = false;
            k[i].p.shape.routing_delay = 1;
            k[i].p.shape.allocator = ALLOC_SEPARABLE_INPUT;
            k[i].p.shape.wait_for_tail_credit = true;
            every_pair(&k[i], flits, 4);
            k[i].p.shape.allocator = ALLOC_ISLIP;
            k[i].p.shape.wait_for_tail_credit = false;
            k[i].p.shape.routing_delay = 3;
            k[i].p.shape.vc_alloc_delay = 2;
            every_pair(&k[i], flits, 1 + 3 + 2 + 1);
            k[i].p.shape.sw_alloc_delay = 4;
            k[i].p.shape.routing_delay = 0;
            every_pair(&k[i], flits, 1 + 0 + 2 + 4);
            k[i].p.shape.vc_alloc_delay = k[i].p.shape.sw_alloc_delay = k[i].p.shape.routing_delay = 1;
        }
}

/* Nobody else is there, so nothing gives cause for a detour. */
static void adaptive_routes_are_as_short_at_no_load(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++) {
        if (!may_adapt(&k[i]))
            continue;
        k[i].p.shape.adaptive = true;
        every_pair(&k[i], 4, 4);
        k[i].p.shape.routing_delay = 0;
        every_pair(&k[i], 1, 3);
        k[i].p.shape.speculative = true;
        every_pair(&k[i], 4, 2);
        k[i].p.shape.speculative = false;
        k[i].p.shape.routing_delay = 3;
        every_pair(&k[i], 4, 6);
    }
}

static void a_link_goes_where_its_input_port_says_it_comes_from(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, count = kinds(k); i < count; i++) {
        struct run_control run = {0};
        struct vc_network *n = vc_network_new(&k[i].p, &run);
        uint32_t links = vc_network_links(n), between = 0;
        for (uint32_t a = 0; a < links; a++) {
            const struct vc_link *x = vc_network_link(n, a);
            uint32_t back = 0;
            for (uint32_t b = 0; b < links && x->type == LINK_NOC; b++) {
                const struct vc_link *y = vc_network_link(n, b);
                back += y->type == LINK_NOC && !strcmp(x->from, y->to) && !strcmp(x->to, y->from);
            }
            between += x->type == LINK_NOC;
            assert_true(x->type != LINK_NOC || back > 0); /* every wire has one the other way */
        }
        assert_int_equal(links - between, 2 * k[i].p.endpoints);
        vc_network_free(n);
        run_control_free(&run);
    }
}

static void flood(const struct kind *k, uint32_t flits, uint64_t cycles, uint64_t shuffle)
{
    struct flood t = {.p = k->p, .flits = flits, .shuffle = shuffle};
    t.minimal = may_detour(k) ? NULL : k;
    assert_true(flood_drains(&t, cycles));
    uint32_t links = vc_network_links(t.network);
    uint64_t *walked = mem_alloc_array(links, sizeof *walked);
    vc_network_walk(t.network, walked);
    for (uint32_t i = 0; i < links; i++) {
        uint64_t entered = 0, left = 0;
        for (uint32_t c = 0; c < CLASS_COUNT; c++) {
            struct link_account a = vc_network_account(t.network, i, (enum traffic_class)c);
            entered += a.entered;
            left += a.left;
        }
        assert_int_equal(entered, left);
        assert_int_equal(entered, walked[i]);
    }
    free(walked);
    vc_network_end(t.network);
    end_flood(&t);
}

static void a_flood_drains_and_every_flit_took_its_route(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++) {
        flood(&k[i], 1, 3000, 0);
        k[i].p.shape.depth = 2; /* packets longer than a buffer hold several VCs at once */
        flood(&k[i], 4, 3000, 7);
        k[i].p.shape.iterations = 3;
        flood(&k[i], 4, 3000, 5);
        k[i].p.shape.iterations = 1;
        k[i].p.shape.vcs = 2;
        flood(&k[i], 4, 3000, 0);
        k[i].p.shape.allocator = ALLOC_SEPARABLE_INPUT;
        k[i].p.shape.wait_for_tail_credit = true;
        flood(&k[i], 4, 3000, 0);
        k[i].p.shape.hold_switch = true;
        k[i].p.shape.speculative = true;
        flood(&k[i], 4, 3000, 0);
        k[i].p.shape.hold_switch = k[i].p.shape.speculative = false;
        k[i].p.shape.routing_delay = 2;
        k[i].p.shape.vc_alloc_delay = 3;
        k[i].p.shape.sw_alloc_delay = 2;
        flood(&k[i], 4, 3000, 0);
    }
}

/* A detour has its own VCs for each half: what waits in the second never waits for the first. */
static void valiant_routes_go_by_a_random_router_and_drain_a_flood_too(void **state)
{
    (void)state;
    struct kind k[KINDS] = {0};
    for (uint32_t i = 0, n = kinds(k); i < n; i++) {
        if (!may_be_valiant(&k[i]))
            continue;
        k[i].p.shape.valiant = true;
        k[i].p.shape.depth = 2;
        flood(&k[i], 1, 3000, 0);
        flood(&k[i], 4, 3000, 9);
    }
    /* Tornado on a ring of nine goes four links one way round; by a random router it is twice 20 / 9 links, either way.
     */
    for (uint32_t valiant = 0; valiant < 2; valiant++) {
        struct vc_network_params ring = vc_traffic_mesh(1, 9, 1);
        ring.shape.topology = DYN_NOC_RING;
        ring.shape.vcs = 8;
        ring.shape.valiant = valiant > 0;
        struct noc_traffic_params p = vc_traffic(ring, 1, 200, 1000, 5000, 1);
        p.pattern = noc_pattern_find("tornado");
        struct noc_traffic *t = noc_traffic_new(&p);
        noc_traffic_run(t);
        const struct noc_traffic_result *r = noc_traffic_result(t);
        assert_false(r->saturated);
        if (valiant)
            assert_true(r->hops_sum * 10 > r->created * 53 && r->hops_sum * 10 < r->created * 56);
        else
            assert_int_equal(r->hops_sum, r->created * 5);
        noc_traffic_free(t);
    }
}

static void adaptive_routes_drain_a_flood_and_every_flit_went_where_its_router_decided(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++) {
        if (!may_adapt(&k[i]))
            continue;
        k[i].p.shape.adaptive = true;
        flood(&k[i], 1, 3000, 0);
        k[i].p.shape.depth = 2;
        k[i].p.shape.vcs = adaptive_vcs(&k[i]);
        flood(&k[i], 4, 6000, 7);
        k[i].p.shape.allocator = ALLOC_SEPARABLE_INPUT;
        k[i].p.shape.hold_switch = k[i].p.shape.speculative = true;
        flood(&k[i], 4, 3000, 0);
        k[i].p.shape.hold_switch = k[i].p.shape.speculative = false;
        k[i].p.shape.routing_delay = k[i].p.shape.vc_alloc_delay = k[i].p.shape.sw_alloc_delay = 2;
        flood(&k[i], 4, 3000, 9);
    }
}

static void with_all_turns_a_flood_stops_an_adaptive_mesh(void **state)
{
    (void)state;
    struct flood mesh = {.p = vc_traffic_mesh(8, 8, 1), .flits = 4};
    mesh.p.shape.adaptive = mesh.p.debug_one_class = true;
    mesh.p.shape.depth = 2;
    mesh.p.shape.vcs = 1;
    assert_false(flood_drains(&mesh, 6000));
    end_flood(&mesh);
}

static bool keeps_up(const struct vc_network_params *network, const char *pattern, uint32_t per_mille)
{
    struct noc_traffic_params p = vc_traffic(*network, 1, per_mille, 3000, 5000, 1);
    p.space.rows = p.space.cols = 8;
    p.pattern = noc_pattern_find(pattern);
    struct noc_traffic *t = noc_traffic_new(&p);
    noc_traffic_run(t);
    bool good = !noc_traffic_result(t)->saturated;
    noc_traffic_free(t);
    return good;
}

/* In x first, then y, all of a row's transposed packets turn in its diagonal's column. */
static void adaptive_routes_carry_more_of_a_transpose(void **state)
{
    (void)state;
    struct vc_network_params fixed = vc_traffic_mesh(8, 8, 1), adaptive = fixed;
    adaptive.shape.adaptive = true;
    assert_false(keeps_up(&fixed, "transpose", 200));
    assert_true(keeps_up(&adaptive, "transpose", 200));
}

static void a_torus_that_chooses_which_dimension_comes_first_carries_more_of_a_transpose(void **state)
{
    (void)state;
    struct vc_network_params fixed = vc_traffic_mesh(8, 8, 1), adaptive;
    fixed.shape.topology = DYN_NOC_TORUS;
    fixed.shape.vcs = 8;
    adaptive = fixed;
    adaptive.shape.adaptive = true;
    assert_false(keeps_up(&fixed, "transpose", 400));
    assert_true(keeps_up(&adaptive, "transpose", 400));
}

static uint64_t hops_on_a_ring(bool adaptive, const char *pattern, uint32_t per_mille)
{
    struct vc_network_params ring = vc_traffic_mesh(1, 16, 1);
    ring.shape.topology = DYN_NOC_RING;
    ring.shape.adaptive = adaptive;
    struct noc_traffic_params p = vc_traffic(ring, 1, per_mille, 3000, 5000, 1);
    p.pattern = noc_pattern_find(pattern);
    struct noc_traffic *t = noc_traffic_new(&p);
    noc_traffic_run(t);
    uint64_t hops = noc_traffic_result(t)->saturated ? 0 : noc_traffic_result(t)->hops_sum;
    noc_traffic_free(t);
    return hops;
}

/* Tornado on 16 routers goes 7 links up, so the way down, of 9, is free. Flits on the wire are no queue. */
static void a_ring_goes_the_longer_way_where_flits_wait_and_only_there(void **state)
{
    (void)state;
    assert_int_equal(hops_on_a_ring(false, "tornado", 170), 0);
    assert_true(hops_on_a_ring(true, "tornado", 170) > 0);
    assert_int_equal(hops_on_a_ring(true, "uniform", 50), hops_on_a_ring(false, "uniform", 50));
}

/* 4 x 4 routers, each with 2 x 2 of the nodes. */
static void ugal_detours_where_minimal_routes_meet_and_only_there(void **state)
{
    (void)state;
    uint32_t at[64];
    struct vc_network_params fixed = vc_traffic_mesh(8, 8, 1), valiant, ugal;
    fixed.shape.topology = DYN_NOC_FLATFLY;
    fixed.shape.link_latency = 2;
    fixed.shape.node_latency = 1;
    fixed.shape.vcs = 8;
    fixed.shape.depth = 16;
    fixed.rows = fixed.cols = fixed.concentration = 4;
    fixed.endpoint_router = at;
    for (uint32_t i = 0; i < 64; i++)
        at[i] = i / 16 * 4 + i % 8 / 2;
    valiant = ugal = fixed;
    valiant.shape.valiant = true;
    ugal.shape.adaptive = true;
    assert_false(keeps_up(&fixed, "transpose", 300));
    assert_true(keeps_up(&ugal, "transpose", 300));
    assert_false(keeps_up(&valiant, "uniform", 500));
    assert_true(keeps_up(&ugal, "uniform", 500));
}

static void without_datelines_a_flood_stops_a_ring_and_a_torus(void **state)
{
    (void)state;
    struct flood ring = {.p = vc_traffic_mesh(1, 9, 1), .flits = 1},
                 torus = {.p = vc_traffic_mesh(2, 9, 1), .flits = 1};
    ring.p.shape.topology = DYN_NOC_RING;
    torus.p.shape.topology = DYN_NOC_TORUS;
    ring.p.shape.depth = torus.p.shape.depth = 2;
    ring.p.shape.vcs = torus.p.shape.vcs = 2;
    ring.p.debug_one_class = torus.p.debug_one_class = true;
    for (uint32_t adaptive = 0; adaptive < 2; adaptive++) {
        ring.p.shape.adaptive = torus.p.shape.adaptive = adaptive > 0;
        torus.p.shape.vcs = adaptive ? 4 : 2;
        assert_false(flood_drains(&ring, 20000));
        assert_false(flood_drains(&torus, 20000));
        end_flood(&ring);
        end_flood(&torus);
        ring.arrived = torus.arrived = 0;
    }
}

static void the_order_of_evaluation_changes_nothing_on_any_topology(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++)
        for (uint32_t option = 0; option < 12; option++) {
            uint64_t latency[2], cycles[2];
            k[i].p.shape.allocator = option == 1 ? ALLOC_SEPARABLE_INPUT : ALLOC_ISLIP;
            k[i].p.shape.speculative = option == 2 || option == 11;
            k[i].p.shape.hold_switch = option == 3;
            k[i].p.shape.iterations = option >= 9 ? option - 7 : 1;
            k[i].p.shape.vc_alloc_delay = k[i].p.shape.sw_alloc_delay = option == 4 ? 3 : 1;
            k[i].p.shape.valiant = option == 5 && may_be_valiant(&k[i]);
            k[i].p.shape.adaptive = option >= 6 && may_adapt(&k[i]);
            k[i].p.shape.routing_delay = option == 7 ? 0 : option == 8 ? 2 : 1;
            for (uint32_t shuffled = 0; shuffled < 2; shuffled++) {
                struct noc_traffic_params p = vc_traffic(k[i].p, 4, 200, 100, 1000, 3);
                p.shuffle = shuffled ? 11 : 0;
                struct noc_traffic *t = noc_traffic_new(&p);
                noc_traffic_run(t);
                assert_true(noc_traffic_result(t)->packet.n > 0);
                latency[shuffled] = noc_traffic_result(t)->packet.sum;
                cycles[shuffled] = noc_traffic_result(t)->cycles;
                noc_traffic_free(t);
            }
            assert_int_equal(latency[0], latency[1]);
            assert_int_equal(cycles[0], cycles[1]);
        }
}

static uint64_t long_cycles;

static void a_long_flood_drains(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++) {
        flood(&k[i], 1, long_cycles, 0);
        k[i].p.shape.depth = 2;
        flood(&k[i], 4, long_cycles, 0);
        struct kind adapts = k[i];
        adapts.p.shape.adaptive = true;
        adapts.p.shape.vcs = adaptive_vcs(&adapts);
        if (may_adapt(&adapts))
            flood(&adapts, 4, long_cycles, 0);
        k[i].p.shape.valiant = true;
        if (may_be_valiant(&k[i]))
            flood(&k[i], 4, long_cycles, 0);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest floods[] = {cmocka_unit_test(a_long_flood_drains)};
    long_cycles = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    if (long_cycles > 0)
        return cmocka_run_group_tests(floods, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency_at_no_load_is_the_closed_form_on_every_topology),
        cmocka_unit_test(adaptive_routes_are_as_short_at_no_load),
        cmocka_unit_test(a_link_goes_where_its_input_port_says_it_comes_from),
        cmocka_unit_test(a_flood_drains_and_every_flit_took_its_route),
        cmocka_unit_test(valiant_routes_go_by_a_random_router_and_drain_a_flood_too),
        cmocka_unit_test(adaptive_routes_drain_a_flood_and_every_flit_went_where_its_router_decided),
        cmocka_unit_test(with_all_turns_a_flood_stops_an_adaptive_mesh),
        cmocka_unit_test(adaptive_routes_carry_more_of_a_transpose),
        cmocka_unit_test(a_torus_that_chooses_which_dimension_comes_first_carries_more_of_a_transpose),
        cmocka_unit_test(a_ring_goes_the_longer_way_where_flits_wait_and_only_there),
        cmocka_unit_test(ugal_detours_where_minimal_routes_meet_and_only_there),
        cmocka_unit_test(without_datelines_a_flood_stops_a_ring_and_a_torus),
        cmocka_unit_test(the_order_of_evaluation_changes_nothing_on_any_topology),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
