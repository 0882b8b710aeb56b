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

#include "tests/unit/hw/vc_traffic.h"

struct kind {
    const char *name;
    struct vc_network_params p;
};

/* 64 endpoints each, but for the odd ones. */
static uint32_t kinds(struct kind *k)
{
    struct vc_network_params m = vc_traffic_mesh(8, 8, 1);
    uint32_t n = 0;
    k[n++] = (struct kind) {"mesh", m};
    k[n] = (struct kind) {"torus", m};
    k[n].p.shape.topology = DYN_NOC_TORUS;
    k[n].p.shape.link_latency = 2;
    k[n++].p.shape.node_latency = 1;
    k[n] = (struct kind) {"torus 5x3", vc_traffic_mesh(3, 5, 1)};
    k[n++].p.shape.topology = DYN_NOC_TORUS;
    k[n] = (struct kind) {"ring", vc_traffic_mesh(1, 9, 1)};
    k[n++].p.shape.topology = DYN_NOC_RING;
    k[n] = (struct kind) {"ring of a grid", vc_traffic_mesh(2, 4, 1)};
    k[n++].p.shape.topology = DYN_NOC_RING;
    k[n] = (struct kind) {"crossbar", m};
    k[n++].p.shape.topology = DYN_NOC_CROSSBAR;
    k[n] = (struct kind) {"flattened butterfly", m};
    k[n].p.shape.topology = DYN_NOC_FLATFLY;
    k[n].p.rows = k[n].p.cols = k[n].p.concentration = 4;
    k[n].p.shape.link_latency = 2;
    k[n++].p.shape.node_latency = 1;
    k[n] = (struct kind) {"fat tree", m};
    k[n].p.shape.topology = DYN_NOC_FAT_TREE;
    k[n].p.arity = k[n].p.concentration = 4;
    k[n++].p.levels = 3;
    k[n] = (struct kind) {"partitioned crossbar", m};
    k[n].p.shape.topology = DYN_NOC_PARTITIONED;
    k[n].p.concentration = 32;
    k[n].p.centre_links = 8;
    k[n].p.shape.link_latency = 30;
    k[n++].p.shape.node_latency = 1;
    return n;
}

#define KINDS 16u

/* ---- routes counted by hand ---- */

static uint32_t apart(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}
static uint32_t shorter(uint32_t a, uint32_t b, uint32_t n)
{
    uint32_t d = apart(a, b);
    return d < n - d ? d : n - d;
}

/* Links between routers from endpoint a to b, and their cycles. */
static uint32_t links_between(const struct kind *k, uint32_t a, uint32_t b, uint32_t *cycles)
{
    const struct vc_network_params *p = &k->p;
    uint32_t c = p->concentration ? p->concentration : 1, links = 0, x, y;
    a /= c;
    b /= c;
    switch (p->shape.topology) {
    case DYN_NOC_CROSSBAR:
        break;
    case DYN_NOC_RING:
        links = shorter(a, b, p->rows * p->cols);
        break;
    case DYN_NOC_PARTITIONED:
        links = a != b;
        break;
    case DYN_NOC_FAT_TREE:
        for (; a != b; a /= p->arity, b /= p->arity)
            links += 2;
        break;
    default:
        x = apart(a % p->cols, b % p->cols);
        y = apart(a / p->cols, b / p->cols);
        if (p->shape.topology == DYN_NOC_TORUS) {
            x = shorter(a % p->cols, b % p->cols, p->cols);
            y = shorter(a / p->cols, b / p->cols, p->rows);
        }
        if (p->shape.topology == DYN_NOC_FLATFLY) {
            *cycles = (x + y) * p->shape.link_latency;
            return (x > 0 ? 1u : 0u) + (y > 0 ? 1u : 0u);
        }
        links = x + y;
    }
    *cycles = links * p->shape.link_latency;
    return links;
}

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

static bool may_adapt(const struct kind *k)
{
    return k->p.shape.topology == DYN_NOC_MESH || k->p.shape.topology == DYN_NOC_FLATFLY ||
           k->p.shape.topology == DYN_NOC_FAT_TREE;
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

/* ---- floods ---- */

struct flood {
    struct vc_network_params p;
    uint32_t flits;
    uint64_t shuffle;
    struct run_control run;
    struct vc_network *network;
    const struct kind *minimal; /* all routes are as short as can be; or NULL */
    uint64_t arrived;
    uint64_t mixed; /* who arrived when: sum of mixtures, whatever the order within a cycle */
};

static uint64_t mixture(uint64_t a, uint64_t b)
{
    uint64_t x = (a + b * 0x9e3779b97f4a7c15ull) * 0xff51afd7ed558ccdull;
    return (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ull;
}

static void arrives(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct flood *t = self;
    uint32_t cycles;
    assert_int_equal(endpoint, m->to);
    assert_true(!t->minimal || m->hops == 1 + links_between(t->minimal, m->from, m->to, &cycles));
    t->arrived++;
    t->mixed += mixture(cycle << 16 | endpoint, (uint64_t)m->tag << 8 | m->hops);
}

/* Packets of the links and conflicts of the routers, mixed. */
static uint64_t counts_mixed(struct vc_network *n)
{
    uint64_t mixed = 0;
    vc_network_catch_up(n);
    for (uint32_t i = 0; i < vc_network_links(n); i++)
        for (uint32_t c = 0; c < CLASS_COUNT; c++) {
            struct link_account a = vc_network_account(n, i, (enum traffic_class)c);
            mixed = mixture(mixed + a.entered, a.left);
        }
    for (uint32_t r = 0; r < vc_network_routers(n); r++)
        for (uint32_t o = 0; o < vc_network_ports(n, r); o++) {
            struct vc_port_conflicts c = vc_network_conflicts(n, r, o);
            mixed = mixture(mixed + c.vc_losses, c.switch_losses);
        }
    return mixed;
}

/* A message of each virtual network in turn, where there are several. */
static struct message next_message(const struct flood *t, uint64_t sent)
{
    static const enum message_type types[VN_COUNT][VN_COUNT] = {
        {MSG_DATA, MSG_DATA, MSG_DATA}, {MSG_WRITE, MSG_DATA, MSG_READ}, {MSG_WRITE, MSG_INVALIDATE, MSG_DATA}};
    return (struct message) {.type = (uint8_t)types[t->p.shape.vns - 1][sent % VN_COUNT], .sectors = ALL_SECTORS};
}

static void end_flood(struct flood *t)
{
    vc_network_free(t->network);
    run_control_free(&t->run);
}

/* Every source sends whenever it has room: far beyond saturation. Returns whether all packets have arrived in the end;
 * if nothing arrives for 2000 cycles, they never will. */
static bool flood_drains(struct flood *t, uint64_t cycles)
{
    struct rng random;
    uint64_t sent = 0, got = 0, quiet = 0;
    rng_init(&random, 3, "flood");
    t->run = (struct run_control) {.shuffle = t->shuffle, .cross_check = true};
    t->p.flit_bytes = LINE_BYTES / t->flits;
    t->p.out_places = 4;
    t->network = vc_network_new(&t->p, &t->run);
    vc_network_on_delivery(t->network, arrives, t);
    for (uint64_t now = 0; quiet < 2000 && (now < cycles || !vc_network_idle(t->network)); now++) {
        for (uint32_t i = 0; i < t->p.endpoints && now < cycles; i++)
            if (vc_network_room(t->network, i, message_infos[next_message(t, sent).type].vn)) {
                struct message m = next_message(t, sent);
                m.from = (uint16_t)i;
                m.to = (uint16_t)rng_below(&random, t->p.endpoints);
                m.tag = (uint32_t)sent++;
                vc_network_offer(t->network, i, &m);
            }
        vc_network_eval(t->network, now);
        if (now == cycles / 2)
            t->mixed += counts_mixed(t->network);
        quiet = t->arrived == got ? quiet + 1 : 0;
        got = t->arrived;
    }
    return t->arrived == sent;
}

static void flood(const struct kind *k, uint32_t flits, uint64_t cycles, uint64_t shuffle)
{
    struct flood t = {.p = k->p, .flits = flits, .shuffle = shuffle};
    bool detours = k->p.shape.valiant || (k->p.shape.adaptive && k->p.shape.topology == DYN_NOC_FLATFLY);
    t.minimal = detours ? NULL : k;
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

static bool may_be_valiant(const struct kind *k)
{
    return k->p.shape.topology != DYN_NOC_CROSSBAR && k->p.shape.topology != DYN_NOC_FAT_TREE &&
           k->p.shape.topology != DYN_NOC_PARTITIONED;
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
        k[i].p.shape.vcs = k[i].p.shape.topology == DYN_NOC_FLATFLY ? 2 : 1;
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
    assert_false(flood_drains(&ring, 20000));
    assert_false(flood_drains(&torus, 20000));
    end_flood(&ring);
    end_flood(&torus);
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

/* ---- routers with masks and routers with lists ---- */

/* A flood; its packets, links and conflicts, mixed. */
static uint64_t flood_mixed(const struct kind *k, uint32_t flits, uint64_t cycles)
{
    struct flood t = {.p = k->p, .flits = flits};
    assert_true(flood_drains(&t, cycles));
    uint64_t mixed = mixture(t.mixed, counts_mixed(t.network));
    end_flood(&t);
    return mixed;
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
            one.p.shape.adaptive = option % 3 == 1 && may_adapt(&one);
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
            assert_int_equal(flood_lists(one, 1 + option % 2, 300), flood_mixed(&one, 1 + option % 2, 300));
        }
}

static void routers_a_cycle_behind_their_ends_do_the_same(void **state)
{
    (void)state;
    struct kind k[KINDS];
    for (uint32_t i = 0, n = kinds(k); i < n; i++)
        for (uint32_t option = 0; option < 4; option++) {
            struct kind one = k[i], late;
            one.p.shape.routing_delay = option & 1;
            one.p.shape.credit_delay = option & 2;
            late = one;
            late.p.lags = true;
            assert_int_equal(flood_mixed(&one, 2, 601), flood_mixed(&late, 2, 601));
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
        k[i].p.shape.adaptive = true;
        if (may_adapt(&k[i]))
            flood(&k[i], 4, long_cycles, 0);
        k[i].p.shape.adaptive = false;
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
        cmocka_unit_test(ugal_detours_where_minimal_routes_meet_and_only_there),
        cmocka_unit_test(without_datelines_a_flood_stops_a_ring_and_a_torus),
        cmocka_unit_test(the_order_of_evaluation_changes_nothing_on_any_topology),
        cmocka_unit_test(masks_and_lists_do_the_same),
        cmocka_unit_test(wide_routers_do_the_same_in_every_virtual_network),
        cmocka_unit_test(routers_a_cycle_behind_their_ends_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
