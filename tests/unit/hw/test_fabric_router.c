/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_router.c - chips joined by packets: times by hand, rates, credits, who waits for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hw/fabric_bench.h"

/* ---- one stream ---- */

/* Rate 16 B per cycle: a header of 32 B takes 2 cycles, a line 10. Latency 10. */
static struct bench_shape small(enum bench_kind kind, uint32_t chips)
{
    return (struct bench_shape) {.kind = kind,
                                 .chips = chips,
                                 .ports = 2,
                                 .in_places = 8,
                                 .out_places = 8,
                                 .size = {.header = 32, .queue = 16, .classes = kind == BENCH_FULL ? 1 : 2},
                                 .rate = {16, 1},
                                 .latency = 10};
}

struct stream {
    struct message m;
    uint32_t from, to, count, given, taken;
    uint64_t first, last;  /* cycle in which the far network sees it */
    struct message newest; /* taken last */
};

static void play_stream(struct bench *b, struct stream *s)
{
    struct bench_chip *x = &b->chip[s->to];
    uint32_t port = s->m.line % b->s.ports;
    enum virtual_network vn = message_vn(&s->m);
    while (s->given < s->count && bench_may_give(b, s->from, port, vn)) {
        s->m.tag = s->given++;
        bench_give(b, s->from, &s->m);
    }
    const struct message *m;
    while ((m = port_sent(&x->port[port], x->domain->cycle)) != NULL) {
        assert_int_equal(m->tag, s->taken);
        s->first = s->taken++ == 0 ? x->domain->cycle : s->first;
        s->last = x->domain->cycle;
        s->newest = *m;
        port_sent_pop(&x->port[port]);
        credit_line_give(&x->out_credit[port], vn, 1);
    }
}

static void run_stream(struct bench *b, struct stream *s, uint64_t cycles)
{
    uint64_t end = b->chip[0].cycle + cycles;
    for (; b->chip[0].cycle < end; b->chip[0].cycle++) {
        for (uint32_t c = 0; c < b->nodes; c++) {
            bench_begin(b, c, b->chip[0].cycle);
            bench_eval(b, c, false);
        }
        play_stream(b, s);
        bench_commit(b);
    }
    for (uint32_t c = 0; c < b->nodes; c++)
        fabric_router_end(b->chip[c].r, end);
}

/* The network hands it over in cycle 0, the router sees it in 1, the line takes it at once. */
static void check_latency(enum message_type type, uint16_t to, uint64_t seen)
{
    struct bench *b = bench_new(small(BENCH_RING, 5));
    struct stream s = {.m = to_chip(type, 0, to, 3), .from = 0, .to = to, .count = 1};
    run_stream(b, &s, 200);
    assert_int_equal(s.taken, 1);
    assert_int_equal(s.first, seen);
    assert_int_equal(s.newest.to, 77);
    assert_int_equal(s.newest.trail.n, 2); /* one pair, however many hops */
    assert_int_equal(trail_place(&s.newest.trail, 0), TRAIL_LINK);
    assert_int_equal(trail_cycle(&s.newest.trail, 0, 100), 1);
    assert_int_equal(trail_place(&s.newest.trail, 1), TRAIL_NOC);
    assert_int_equal(trail_cycle(&s.newest.trail, 1, 100), seen - 1);
    bench_free(b);
}

static void an_empty_link_takes_what_the_hand_says(void **state)
{
    (void)state;
    check_latency(MSG_READ, 1, 1 + 2 + 10 + 1);
    check_latency(MSG_DATA, 1, 1 + 10 + 10 + 1);
    check_latency(MSG_READ, 2, 1 + 2 + 10 + 2 + 10 + 1);
    check_latency(MSG_DATA, 2, 1 + 10 + 10 + 10 + 10 + 1);
    check_latency(MSG_DATA, 4, 1 + 10 + 10 + 1); /* down, across the dateline */
}

/* Hops by formula: the sum over dimensions of the shorter way; of a dragonfly one inside, one between, one inside; over
 * one switch or three. */
static uint32_t hops_of(const struct bench_shape *s, uint32_t a, uint32_t b)
{
    uint32_t n = s->group, hops = 0;
    if (s->kind == BENCH_DRAGONFLY) {
        uint32_t out = (b / n + n - a / n) % (n + 1), in = (a / n + n - b / n) % (n + 1);
        return a / n == b / n ? 1 : 1u + (out != a % n) + (in != b % n);
    }
    if (s->kind == BENCH_SWITCH)
        return a / n == b / n ? 2 : 4;
    for (uint32_t d = 0; d < 3; a /= s->side[d], b /= s->side[d], d++) {
        uint32_t up = (b % s->side[d] + s->side[d] - a % s->side[d]) % s->side[d];
        hops += up < s->side[d] - up ? up : s->side[d] - up;
    }
    return hops;
}

static void every_pair_of_chips_is_as_far_apart_as_its_hops(void **state)
{
    (void)state;
    struct bench_shape shapes[5] = {small(BENCH_TORUS, 15), small(BENCH_TORUS, 16), small(BENCH_DRAGONFLY, 12),
                                    small(BENCH_SWITCH, 8), small(BENCH_SWITCH, 12)};
    memcpy(shapes[0].side, (uint32_t[]) {5, 3, 1}, sizeof shapes[0].side);
    memcpy(shapes[1].side, (uint32_t[]) {4, 2, 2}, sizeof shapes[1].side);
    shapes[2].group = 3;
    shapes[3].group = 8;
    shapes[4].group = shapes[4].spines = 4;
    for (size_t i = 0; i < 5; i++) {
        struct bench *b = bench_new(shapes[i]);
        for (uint32_t pair = 0; pair < shapes[i].chips * shapes[i].chips; pair++) {
            uint32_t from = pair / shapes[i].chips, to = pair % shapes[i].chips;
            bool line = (from + to) % 2 == 0;
            struct message m = to_chip(line ? MSG_DATA : MSG_READ, (uint16_t)from, (uint16_t)to, from + to);
            struct stream s = {.m = m, .from = from, .to = to, .count = from != to};
            uint64_t now = b->chip[0].cycle;
            uint32_t seen = 1 + hops_of(&shapes[i], from, to) * ((line ? 10u : 2u) + 10) + 1;
            run_stream(b, &s, seen + 20); /* until the last credit is back */
            assert_int_equal(s.taken, from != to);
            assert_int_equal(s.first, from != to ? now + seen : 0);
        }
        bench_free(b);
    }
}

static void a_long_stream_gets_the_rate_times_the_share_of_payload(void **state)
{
    (void)state;
    struct bench_shape shape = small(BENCH_FULL, 2);
    shape.rate = (struct fraction) {64, 1}; /* 160 B: 2 1/2 cycles */
    shape.size.queue = 64;
    struct bench *b = bench_new(shape);
    struct stream s = {.m = to_chip(MSG_DATA, 0, 1, 0), .from = 0, .to = 1, .count = 1000};
    run_stream(b, &s, 3000);
    struct link_account a = fabric_router_account(b->chip[0].r, 0, b->chip[1].r, 0, CLASS_DATA);
    assert_int_equal(s.taken, 1000);
    assert_int_equal(s.last, 1 + 2500 + 10 + 1);
    assert_int_equal(a.busy_cycles, 2500);
    assert_int_equal(a.payload, 128000); /* 64 B per cycle x 2500 cycles x 128 / 160 */
    assert_int_equal(a.header, 32000);
    assert_int_equal(a.padding, 0);
    assert_int_equal(a.entered, 160000);
    assert_int_equal(a.left, 160000);
    assert_int_equal(a.peak_queue, 8 * 160);
    assert_int_equal(b->chip[0].r->senders[0].stat.no_credit, 0);
    bench_free(b);
}

/* A packet a cycle, four places. Begun in t, it is there in t + 101 and handed on, its credit back in t + 201. */
static void few_places_let_through_a_queue_per_round_trip(void **state)
{
    (void)state;
    struct bench_shape shape = small(BENCH_FULL, 2);
    shape.rate = (struct fraction) {160, 1};
    shape.latency = 100;
    shape.size.queue = 4;
    struct bench *b = bench_new(shape);
    struct stream s = {.m = to_chip(MSG_DATA, 0, 1, 0), .from = 0, .to = 1, .count = 100000};
    run_stream(b, &s, 1 + 20 * 201); /* 20 round trips begin, the last one with its first packet's credit next */
    struct link_account a = fabric_router_account(b->chip[0].r, 0, b->chip[1].r, 0, CLASS_DATA);
    assert_int_equal(a.entered, 20 * 4 * 160);
    assert_int_equal(b->chip[0].r->senders[0].stat.no_credit, 20 * (201 - 4));
    bench_free(b);
}

/* ---- who waits behind whom ---- */

/* Chip 1 takes responses only, and gives no place back for a request. */
static uint32_t take_responses(struct bench *b, uint32_t chip, uint32_t *requests)
{
    struct bench_chip *x = &b->chip[chip];
    const struct message *m;
    uint32_t responses = 0;
    while ((m = port_sent(&x->port[0], x->domain->cycle)) != NULL) {
        if (message_vn(m) == VN_RESPONSE) {
            credit_line_give(&x->out_credit[0], VN_RESPONSE, 1);
            responses++;
        } else {
            ++*requests;
        }
        port_sent_pop(&x->port[0]);
    }
    return responses;
}

/* Requests from chip 0 to chip 1 without end, none of which goes on there; beside them, through the same port, `other`
 * to chip `to`. Returns how many of those arrive. */
static uint32_t beside_stuck_requests(enum message_type other, uint16_t to, uint32_t most_requests)
{
    struct bench *b = bench_new(small(BENCH_RING, 4));
    uint32_t stuck = 0, arrived = 0, given = 0, requests = 0;
    for (uint64_t cycle = 0; cycle < 5000; cycle++) {
        for (uint32_t c = 0; c < 4; c++) {
            bench_begin(b, c, cycle);
            bench_eval(b, c, false);
        }
        struct message read = to_chip(MSG_READ, 0, 1, 0), m = to_chip(other, 0, to, 0);
        if (requests < most_requests && bench_may_give(b, 0, 0, VN_REQUEST)) {
            bench_give(b, 0, &read);
            requests++;
        }
        if (cycle >= 1000 && given < 100 && bench_may_give(b, 0, 0, message_vn(&m))) {
            bench_give(b, 0, &m);
            given++;
        }
        arrived += take_responses(b, 1, &stuck);
        uint32_t elsewhere = 0;
        (void)take_responses(b, 3, &elsewhere);
        for (uint32_t i = 0; i < elsewhere; i++)
            credit_line_give(&b->chip[3].out_credit[0], VN_REQUEST, 1);
        arrived += elsewhere;
        bench_commit(b);
    }
    assert_int_equal(stuck, 8); /* the places behind port 0 of chip 1 */
    assert_true(b->chip[0].r->senders[0].stat.no_credit > 0 || most_requests < 100);
    assert_true(b->chip[1].r->stat.no_room > 4000);
    bench_free(b);
    return arrived;
}

static void responses_pass_requests_that_are_stuck(void **state)
{
    (void)state;
    assert_int_equal(beside_stuck_requests(MSG_DATA, 1, 1000), 100);
}

/* 8 places at the far port, 16 behind the link; 4 of the 8 of this port are left for who goes the other way. */
static void what_goes_another_way_does_not_wait_behind_a_full_link(void **state)
{
    (void)state;
    assert_int_equal(beside_stuck_requests(MSG_READ, 3, 8 + 16 + 4), 100);
}

static void a_class_counts_datelines_of_one_dimension(void **state)
{
    (void)state;
    struct packet_sender x = {.p = {.dimension = 0}}, wrap = {.p = {.dimension = 0, .dateline = true}};
    struct packet_sender y = {.p = {.dimension = 1}}, y_wrap = {.p = {.dimension = 1, .dateline = true}};
    assert_int_equal(packet_class_behind(&x, 0, 0), 0);
    assert_int_equal(packet_class_behind(&wrap, 0, 0), 1);
    assert_int_equal(packet_class_behind(&x, 0, 1), 1);
    assert_int_equal(packet_class_behind(&y, 0, 1), 0);
    assert_int_equal(packet_class_behind(&y_wrap, 0, 1), 1);
}

/* Both links bring a line for port 0 in one cycle: the port takes one a cycle. */
static void a_port_takes_one_message_a_cycle(void **state)
{
    (void)state;
    struct bench *b = bench_new(small(BENCH_RING, 4));
    uint64_t seen[2] = {0, 0};
    uint32_t n = 0;
    for (uint64_t cycle = 0; cycle < 100; cycle++) {
        for (uint32_t c = 0; c < 4; c++) {
            bench_begin(b, c, cycle);
            bench_eval(b, c, false);
        }
        struct message up = to_chip(MSG_DATA, 0, 1, 0), down = to_chip(MSG_DATA, 2, 1, 0);
        if (cycle == 0) {
            bench_give(b, 0, &up);
            bench_give(b, 2, &down);
        }
        while (port_sent(&b->chip[1].port[0], cycle) != NULL) {
            assert_true(n < 2);
            seen[n++] = cycle;
            port_sent_pop(&b->chip[1].port[0]);
        }
        bench_commit(b);
    }
    assert_int_equal(seen[0], 22);
    assert_int_equal(seen[1], 23);
    assert_int_equal(b->chip[1].r->stat.lost_port, 1);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_link_takes_what_the_hand_says),
        cmocka_unit_test(every_pair_of_chips_is_as_far_apart_as_its_hops),
        cmocka_unit_test(a_long_stream_gets_the_rate_times_the_share_of_payload),
        cmocka_unit_test(few_places_let_through_a_queue_per_round_trip),
        cmocka_unit_test(responses_pass_requests_that_are_stuck),
        cmocka_unit_test(what_goes_another_way_does_not_wait_behind_a_full_link),
        cmocka_unit_test(a_class_counts_datelines_of_one_dimension),
        cmocka_unit_test(a_port_takes_one_message_a_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
