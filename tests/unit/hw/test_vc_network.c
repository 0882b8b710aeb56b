/* SPDX-License-Identifier: Apache-2.0 */
/* test_vc_network.c - the VC network alone: times, credits, back pressure, accounts, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/kernel/net_port.h"
#include "tests/unit/hw/core_bench.h"
#include "tests/unit/hw/vc_traffic.h"

/* ---- one packet at a time ---- */

struct arrival {
    uint64_t cycle;
    uint32_t count, hops, tag;
};

static void note(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle)
{
    struct arrival *a = self;
    (void)endpoint;
    *a = (struct arrival) {cycle, a->count + 1, m->hops, m->tag};
}

/* Cycles from the offer to the tail's arrival. */
static uint64_t alone(struct vc_network *n, struct arrival *a, uint32_t from, uint32_t to)
{
    struct message m = {.type = MSG_DATA, .sectors = ALL_SECTORS, .to = (uint16_t)to};
    uint32_t count = a->count;
    vc_network_offer(n, from, &m);
    for (uint64_t cycle = 1000; cycle < 2000 && vc_network_eval(n, cycle) != CYCLE_NEVER; cycle++)
        ;
    assert_int_equal(a->count, count + 1);
    return a->cycle - 1000;
}

static void check_alone(struct vc_network_params p, uint32_t flits, uint32_t per_hop, uint32_t rest)
{
    struct run_control run = {0};
    struct arrival a = {0};
    struct vc_network *n = vc_network_new(&p, &run);
    vc_network_on_delivery(n, note, &a);
    for (uint32_t from = 0; from < p.endpoints; from += 3)
        for (uint32_t to = 0; to < p.endpoints; to++) {
            uint32_t dx = (uint32_t)abs((int)(from % p.cols) - (int)(to % p.cols));
            uint32_t dy = (uint32_t)abs((int)(from / p.cols) - (int)(to / p.cols));
            uint32_t hops = p.shape.topology == DYN_NOC_MESH ? dx + dy + 1 : 1;
            assert_int_equal(alone(n, &a, from, to), per_hop * hops + rest + flits - 1);
            assert_int_equal(a.hops, hops);
        }
    assert_true(vc_network_idle(n));
    vc_network_end(n);
    vc_network_free(n);
}

static void a_packet_alone_takes_five_cycles_per_router_and_two(void **state)
{
    (void)state;
    for (uint32_t flits = 1; flits <= 7; flits += 3)
        check_alone(vc_traffic_mesh(5, 4, flits), flits == 7 ? 7 : flits, 5, 2);
}

static void with_look_ahead_it_takes_four_cycles_per_router_and_two(void **state)
{
    (void)state;
    struct vc_network_params p = vc_traffic_mesh(4, 5, 4);
    p.shape.routing_delay = 0;
    check_alone(p, 4, 4, 2);
}

static void a_longer_link_costs_its_cycles_at_every_router_and_at_the_source(void **state)
{
    (void)state;
    struct vc_network_params p = vc_traffic_mesh(4, 4, 1);
    p.shape.link_latency = 3;
    check_alone(p, 1, 7, 4);
}

static void a_wide_crossbar_is_one_router(void **state)
{
    (void)state;
    struct vc_network_params p = vc_traffic_mesh(1, 300, 2);
    p.shape.topology = DYN_NOC_CROSSBAR;
    check_alone(p, 2, 5, 2);
}

/* ---- speculation ---- */

/* Two packets on a row of three routers, both for the middle one: eight flits from the left, sent from cycle 0 on, of
 * which one asks for the switch in each of the cycles 5 to 12; and one flit from the right, whose head asks for a VC in
 * cycle 8. Returns when it arrives. */
static uint64_t a_head_meets_a_long_packet(uint32_t allocator)
{
    struct run_control run = {0};
    struct arrival a = {0};
    struct vc_network_params p = vc_traffic_mesh(1, 3, 8);
    p.shape.routing_delay = 0;
    p.shape.speculative = true;
    p.shape.allocator = allocator;
    struct vc_network *n = vc_network_new(&p, &run);
    vc_network_on_delivery(n, note, &a);
    struct message longer = {.type = MSG_DATA, .sectors = ALL_SECTORS, .to = 1, .tag = 8};
    struct message one = {.type = MSG_READ, .to = 1, .tag = 1};
    uint64_t arrived = 0;
    vc_network_offer(n, 0, &longer);
    for (uint64_t cycle = 0; cycle < 50; cycle++) {
        if (cycle == 3)
            vc_network_offer(n, 2, &one);
        (void)vc_network_eval(n, cycle);
        if (a.count > 0 && a.tag == 1 && arrived == 0)
            arrived = a.cycle;
    }
    assert_int_equal(a.count, 2);
    vc_network_end(n);
    vc_network_free(n);
    return arrived;
}

/* iSLIP knows no priorities: the bid wins by its turn, in the cycle in which it is made. */
static void bids_yield_to_firm_requests_where_the_allocator_knows_priorities(void **state)
{
    (void)state;
    assert_int_equal(a_head_meets_a_long_packet(ALLOC_ISLIP), 3 + 3 * 2 + 2);
    assert_int_equal(a_head_meets_a_long_packet(ALLOC_SEPARABLE_INPUT), 3 + 3 * 2 + 2 + 1);
    assert_int_equal(a_head_meets_a_long_packet(ALLOC_SEPARABLE_OUTPUT), 3 + 3 * 2 + 2 + 1);
}

/* ---- traffic ---- */

/* A run whose packets all arrive. */
static struct noc_traffic *run_traffic(const struct noc_traffic_params *p)
{
    struct noc_traffic *t = noc_traffic_new(p);
    noc_traffic_run(t);
    assert_false(noc_traffic_result(t)->saturated);
    return t;
}

/* The links' laws, and the walk against the account. */
static void check_accounts(struct vc_network *n)
{
    uint64_t *walked = mem_alloc_array(vc_network_links(n), sizeof *walked);
    vc_network_walk(n, walked);
    for (uint32_t i = 0; i < vc_network_links(n); i++) {
        uint64_t wire = 0;
        for (int c = 0; c < CLASS_COUNT; c++) {
            struct link_account a = vc_network_account(n, i, (enum traffic_class)c);
            assert_int_equal(a.payload + a.header + a.padding, a.entered);
            assert_int_equal(a.left, a.entered);
            wire += a.entered;
        }
        assert_int_equal(wire, walked[i]);
    }
    free(walked);
}

static void drain(struct noc_traffic *t)
{
    struct vc_network *n = noc_traffic_network(t);
    for (uint64_t now = noc_traffic_result(t)->cycles; vc_network_eval(n, now) != CYCLE_NEVER; now++)
        ;
    assert_true(vc_network_idle(n));
    vc_network_end(n); /* all credits are home */
}

static void drain_and_check(struct noc_traffic *t)
{
    drain(t);
    check_accounts(noc_traffic_network(t));
}

static void what_is_injected_is_delivered_and_links_and_walk_agree(void **state)
{
    (void)state;
    for (uint32_t flits = 1; flits <= 5; flits += 4) {
        struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(6, 4, flits), flits, 300, 100, 2000, 7);
        struct noc_traffic *t = run_traffic(&p);
        drain_and_check(t);
        uint64_t injected = 0, delivered = 0;
        for (uint32_t e = 0; e < p.network.endpoints; e++) {
            injected += vc_network_endpoint(noc_traffic_network(t), e).injected;
            delivered += vc_network_endpoint(noc_traffic_network(t), e).delivered;
        }
        assert_true(injected > 0);
        assert_int_equal(injected, delivered);
        assert_int_equal(vc_network_in_flight(noc_traffic_network(t)), 0);
        noc_traffic_free(t);
    }
}

static void shapes_of_all_kinds_keep_the_laws(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 24; k++) {
        struct vc_network_params p = vc_traffic_mesh(3 + k % 2, 4, 1 + k % 3);
        p.shape.topology = k % 4 == 3 ? DYN_NOC_CROSSBAR : DYN_NOC_MESH;
        p.shape.vcs = 3 + k * 5 % 14;
        p.shape.vns = 1 + k % 3;
        p.shape.depth = 1 + k * 3 % 7;
        p.shape.routing_delay = k / 2 % 2;
        p.shape.credit_delay = k % 4;
        p.shape.link_latency = k * 7 % 5;
        struct noc_traffic_params traffic = vc_traffic(p, 1 + k % 3, 30, 100, 3000, 7);
        struct noc_traffic *t = run_traffic(&traffic);
        traffic.shuffle = k + 1;
        struct noc_traffic *s = run_traffic(&traffic);
        assert_true(noc_traffic_result(t)->packet.n > 300);
        assert_int_equal(noc_traffic_result(s)->packet.sum, noc_traffic_result(t)->packet.sum);
        drain_and_check(t);
        drain_and_check(s);
        noc_traffic_free(t);
        noc_traffic_free(s);
    }
}

static void links_have_the_ids_of_the_machine(void **state)
{
    (void)state;
    struct run_control run = {0};
    struct vc_network_params p = vc_traffic_mesh(1, 2, 1);
    const char *const names[] = {"u0", "s0"};
    p.endpoint_name = names;
    struct vc_network *n = vc_network_new(&p, &run);
    static const char *const ids[] = {"chip0.noc.r0-r1",   "chip0.noc.r1-r0",   "chip0.local.u0-r0",
                                      "chip0.local.r0-u0", "chip0.local.s0-r1", "chip0.local.r1-s0"};
    assert_int_equal(vc_network_links(n), 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_string_equal(vc_network_link(n, i)->id, ids[i]);
        assert_int_equal(vc_network_link(n, i)->type, i < 2 ? LINK_NOC : LINK_LOCAL);
    }
    vc_network_free(n);
}

static void a_line_is_one_flit_with_its_header_beside_it(void **state)
{
    (void)state;
    struct run_control run = {0};
    struct arrival a = {0};
    struct vc_network_params p = vc_traffic_mesh(1, 2, 1);
    struct vc_network *n = vc_network_new(&p, &run);
    vc_network_on_delivery(n, note, &a);
    alone(n, &a, 0, 1);
    struct link_account account = vc_network_account(n, 0, CLASS_DATA);
    assert_int_equal(account.payload, 128);
    assert_int_equal(account.header, 8);
    assert_int_equal(account.padding, 0);
    assert_int_equal(account.busy_cycles, 1);
    struct message read = {.type = MSG_READ, .to = 1};
    vc_network_offer(n, 0, &read);
    for (uint64_t c = 3000; vc_network_eval(n, c) != CYCLE_NEVER; c++)
        ;
    account = vc_network_account(n, 0, CLASS_REQUEST);
    assert_int_equal(account.header, 8);
    assert_int_equal(account.padding, 128);
    assert_int_equal(vc_network_account(n, 2, CLASS_REQUEST).peak_queue, 8);
    vc_network_free(n);
}

static void the_order_of_routers_changes_nothing(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(6, 6, 5), 5, 450, 100, 3000, 7);
    struct noc_traffic *t = run_traffic(&p);
    struct vc_network *n = noc_traffic_network(t);
    for (p.shuffle = 1; p.shuffle <= 4; p.shuffle++) {
        struct noc_traffic *s = run_traffic(&p);
        assert_int_equal(noc_traffic_result(s)->packet.sum, noc_traffic_result(t)->packet.sum);
        assert_int_equal(noc_traffic_result(s)->cycles, noc_traffic_result(t)->cycles);
        for (uint32_t r = 0; r < vc_network_routers(n); r++)
            for (uint32_t port = 0; port < vc_network_ports(n, r); port++) {
                struct vc_port_conflicts a = vc_network_conflicts(n, r, port);
                struct vc_port_conflicts b = vc_network_conflicts(noc_traffic_network(s), r, port);
                assert_memory_equal(&a, &b, sizeof a);
            }
        noc_traffic_free(s);
    }
    noc_traffic_free(t);
}

/* Ports that nobody uses make the masks wide; the pointers go round larger circles in the same order. */
static void wide_masks_decide_like_narrow_ones(void **state)
{
    (void)state;
    for (uint32_t vns = 1; vns <= 3; vns++) {
        struct vc_network_params p = vc_traffic_mesh(4, 4, 4);
        p.shape.vns = vns;
        struct noc_traffic_params traffic = vc_traffic(p, 4, 400, 100, 2000, 7);
        struct noc_traffic *narrow = run_traffic(&traffic);
        uint32_t at[16 * 30];
        for (uint32_t i = 0; i < 16 * 30; i++)
            at[i] = i % 16;
        traffic.network.endpoint_router = at;
        traffic.network.endpoints = 16 * 30;
        struct noc_traffic *wide = run_traffic(&traffic);
        assert_true(noc_traffic_result(narrow)->packet.n > 1000);
        assert_int_equal(noc_traffic_result(narrow)->packet.n, noc_traffic_result(wide)->packet.n);
        assert_int_equal(noc_traffic_result(narrow)->packet.sum, noc_traffic_result(wide)->packet.sum);
        noc_traffic_free(narrow);
        noc_traffic_free(wide);
    }
}

/* ---- endpoints with mailboxes ---- */

#define NODES 16u

struct node {
    struct net_port port;
    struct message queue[64]; /* as deep as the port's places */
    uint32_t count;
    uint64_t got, sent;
};

struct chip {
    struct core_bench core;
    struct vc_network *n;
    struct node nodes[NODES];
};

static void build_chip(struct chip *c, uint32_t vns, uint32_t in_places)
{
    struct vc_network_params p = vc_traffic_mesh(4, 4, 4);
    struct net_peer peers[NODES];
    memset(c, 0, sizeof *c);
    core_bench_init(&c->core);
    p.shape.vns = vns;
    p.out_places = 4;
    p.in_places = in_places;
    c->n = vc_network_new(&p, &c->core.run);
    for (uint32_t i = 0; i < NODES; i++) {
        struct net_port *port = &c->nodes[i].port;
        port->store = vc_network_store(c->n);
        port->out = core_bench_mail(&c->core, sizeof(uint32_t), vc_network_mail_items(c->n));
        port->in = core_bench_mail(&c->core, sizeof(uint32_t), in_places * VN_COUNT);
        port->out_credit = vc_network_out_credit(c->n, i);
        port->out_places = p.out_places;
        port->in_places = in_places;
        credit_line_init(&port->in_credit, c->core.domain);
        peers[i] = (struct net_peer) {port->out, port->in, &port->in_credit};
    }
    vc_network_connect(c->n, c->core.domain, peers);
}

static void free_chip(struct chip *c)
{
    vc_network_free(c->n);
    for (uint32_t i = 0; i < NODES; i++) {
        mailbox_free(c->nodes[i].port.out);
        mailbox_free(c->nodes[i].port.in);
    }
    core_bench_free(&c->core);
}

/* Takes what has come, forgets up to `speed` of it. */
static void consume(struct node *node, uint64_t cycle, uint32_t speed)
{
    const struct message *m;
    while ((m = net_port_front(&node->port, cycle)) != NULL) {
        assert_true(node->count < 64);
        node->queue[node->count++] = *m;
        net_port_pop(&node->port);
        node->got++;
    }
    for (uint32_t k = 0; k < speed && node->count > 0; k++)
        net_port_credit(&node->port, message_vn(&node->queue[--node->count]));
}

static void a_message_is_seen_two_cycles_of_mailboxes_after_the_network(void **state)
{
    (void)state;
    struct chip c;
    build_chip(&c, 3, 4);
    struct message m = {.type = MSG_READ, .to = 3};
    uint64_t seen = 0;
    for (uint64_t cycle = 0; cycle < 60; cycle++) {
        c.core.domain->cycle = cycle;
        if (cycle == 9)
            net_port_send(&c.nodes[0].port, cycle, &m);
        if (!seen && net_port_front(&c.nodes[3].port, cycle))
            seen = cycle;
        vc_network_eval(c.n, cycle);
        domain_commit(c.core.domain);
    }
    assert_int_equal(seen, 10 + 5 * 4 + 2 + 1); /* read in 10, four routers, one mailbox */
    assert_int_equal(net_port_front(&c.nodes[3].port, 59) == NULL, false);
    assert_int_equal(((const struct message *)net_port_front(&c.nodes[3].port, 59))->hops, 4);
    free_chip(&c);
}

static void an_endpoint_without_places_holds_up_only_its_virtual_network(void **state)
{
    (void)state;
    struct chip c;
    build_chip(&c, 2, 2);
    struct node *from = &c.nodes[0], *to = &c.nodes[5];
    for (uint64_t cycle = 0; cycle < 2000; cycle++) {
        c.core.domain->cycle = cycle;
        struct message request = {.type = MSG_WRITE, .sectors = ALL_SECTORS, .to = 5};
        struct message response = {.type = MSG_DATA, .sectors = ALL_SECTORS, .to = 5};
        if (net_port_room(&from->port, VN_REQUEST))
            net_port_send(&from->port, cycle, &request), from->sent++;
        if (net_port_room(&from->port, VN_RESPONSE))
            net_port_send(&from->port, cycle, &response);
        for (const struct message *m; (m = net_port_front(&to->port, cycle)) != NULL; net_port_pop(&to->port)) {
            if (message_vn(m) == VN_RESPONSE) {
                to->got++;
                net_port_credit(&to->port, VN_RESPONSE);
            } else {
                to->count++;
            }
        }
        vc_network_eval(c.n, cycle);
        domain_commit(c.core.domain);
    }
    assert_int_equal(to->count, 2);  /* requests: its places */
    assert_true(to->got > 300);      /* responses: four flits each, on a link they have for themselves */
    assert_true(from->sent > 2 + 4); /* places at the endpoint, of the source queue, and buffers between */
    assert_true(from->sent < 2 + 4 + 1 + 2 * 8 * 4);
    assert_true(vc_network_eject_waits(c.n, 5) > 0);
    struct diag d;
    diag_init(&d);
    vc_network_dump(c.n, 2000, &d);
    assert_true(d.count > 3);
    diag_free(&d);
    free_chip(&c);
}

/* All to all, offered whenever there is room, endpoints that take one message in seven cycles. */
static void far_beyond_saturation_with_slow_endpoints_everybody_progresses(void **state)
{
    (void)state;
    struct chip c;
    build_chip(&c, 3, 2);
    uint64_t before[NODES] = {0};
    static const uint8_t types[] = {MSG_WRITE, MSG_FORWARD_READ, MSG_DATA};
    for (uint64_t cycle = 0; cycle < 100000; cycle++) {
        c.core.domain->cycle = cycle;
        for (uint32_t i = 0; i < NODES; i++) {
            struct node *node = &c.nodes[i];
            struct message m = {.type = types[(cycle + i) % 3], .sectors = ALL_SECTORS};
            m.to = (uint16_t)((cycle / 3 * 7 + i * 5) % NODES);
            if (net_port_room(&node->port, message_vn(&m)))
                net_port_send(&node->port, cycle, &m), node->sent++;
            consume(node, cycle, (cycle + i) % 7 == 0);
        }
        vc_network_eval(c.n, cycle);
        domain_commit(c.core.domain);
        for (uint32_t i = 0; cycle % 2000 == 1999 && i < NODES; i++) {
            assert_true(c.nodes[i].got > before[i]);
            before[i] = c.nodes[i].got;
        }
    }
    uint64_t sent = 0, got = 0;
    for (uint64_t cycle = 100000; cycle < 110000; cycle++) { /* and it drains */
        c.core.domain->cycle = cycle;
        for (uint32_t i = 0; i < NODES; i++)
            consume(&c.nodes[i], cycle, 1);
        vc_network_eval(c.n, cycle);
        domain_commit(c.core.domain);
    }
    for (uint32_t i = 0; i < NODES; i++) {
        sent += c.nodes[i].sent;
        got += c.nodes[i].got;
        for (uint32_t vn = 0; vn < VN_COUNT; vn++) /* every place of the source queues came back */
            assert_int_equal(c.nodes[i].port.sent[vn], c.nodes[i].port.out_credit->total[vn]);
    }
    assert_int_equal(sent, got);
    assert_true(vc_network_idle(c.n));
    vc_network_end(c.n);
    check_accounts(c.n);
    free_chip(&c);
}

struct sleeper {
    struct chip chip;
    uint64_t sum;
};

static uint64_t eval_sleeper(void *core, uint64_t cycle)
{
    struct sleeper *s = core;
    for (uint32_t i = 0; i < NODES; i++)
        for (const struct message *m; (m = net_port_front(&s->chip.nodes[i].port, cycle)) != NULL;) {
            s->sum = s->sum * 31 + cycle * 17 + i + m->tag;
            net_port_credit(&s->chip.nodes[i].port, message_vn(m));
            net_port_pop(&s->chip.nodes[i].port);
        }
    if (cycle % 50 == 0 && cycle < 2000)
        for (uint32_t i = 0; i < NODES; i++) {
            struct message m = {
                .type = MSG_WRITE, .sectors = ALL_SECTORS, .to = (uint16_t)(i * 3 % NODES), .tag = (uint32_t)cycle};
            if (net_port_room(&s->chip.nodes[i].port, VN_REQUEST))
                net_port_send(&s->chip.nodes[i].port, cycle, &m);
        }
    uint64_t next = vc_network_eval(s->chip.n, cycle), again = cycle - cycle % 50 + 50;
    return next < again ? next : again;
}

static void a_network_that_holds_nothing_sleeps_and_sleeping_changes_nothing(void **state)
{
    (void)state;
    struct sleeper *a = mem_alloc(sizeof *a), *b = mem_alloc(sizeof *b);
    build_chip(&a->chip, 2, 4);
    build_chip(&b->chip, 2, 4);
    uint32_t some = core_bench_run(&a->chip.core, eval_sleeper, a, 3000, false);
    uint32_t all = core_bench_run(&b->chip.core, eval_sleeper, b, 3000, true);
    assert_int_equal(all, 3000);
    assert_true(some < 2200);
    assert_int_equal(a->sum, b->sum);
    assert_true(vc_network_idle(a->chip.n));
    free_chip(&a->chip);
    free_chip(&b->chip);
    free(a);
    free(b);
}

static void counts_are_cleared_and_packets_are_not(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(3, 3, 1), 1, 300, 100, 500, 7);
    struct noc_traffic *t = run_traffic(&p);
    struct vc_network *n = noc_traffic_network(t);
    vc_network_stat_clear(n);
    assert_int_equal(vc_network_flit_hops(n), 0);
    assert_int_equal(vc_network_endpoint(n, 0).injected, 0);
    drain(t);
    noc_traffic_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_alone_takes_five_cycles_per_router_and_two),
        cmocka_unit_test(with_look_ahead_it_takes_four_cycles_per_router_and_two),
        cmocka_unit_test(a_longer_link_costs_its_cycles_at_every_router_and_at_the_source),
        cmocka_unit_test(a_wide_crossbar_is_one_router),
        cmocka_unit_test(bids_yield_to_firm_requests_where_the_allocator_knows_priorities),
        cmocka_unit_test(what_is_injected_is_delivered_and_links_and_walk_agree),
        cmocka_unit_test(shapes_of_all_kinds_keep_the_laws),
        cmocka_unit_test(links_have_the_ids_of_the_machine),
        cmocka_unit_test(a_line_is_one_flit_with_its_header_beside_it),
        cmocka_unit_test(the_order_of_routers_changes_nothing),
        cmocka_unit_test(wide_masks_decide_like_narrow_ones),
        cmocka_unit_test(a_message_is_seen_two_cycles_of_mailboxes_after_the_network),
        cmocka_unit_test(an_endpoint_without_places_holds_up_only_its_virtual_network),
        cmocka_unit_test(far_beyond_saturation_with_slow_endpoints_everybody_progresses),
        cmocka_unit_test(a_network_that_holds_nothing_sleeps_and_sleeping_changes_nothing),
        cmocka_unit_test(counts_are_cleared_and_packets_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
