/* SPDX-License-Identifier: Apache-2.0 */
/* test_packet_replay.c - efficiency of packets; which frames are lost; what is sent again, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/hash.h"
#include "tests/unit/hw/fabric_bench.h"

static void payloads_of_128_and_256_bytes_get_80_and_89_percent(void **state)
{
    (void)state;
    struct packet_link_size s = {.header = 32, .queue = 1, .classes = 1};
    assert_int_equal(packet_wire_of(&s, 128), 160); /* 80 % */
    assert_int_equal(packet_wire_of(&s, 256), 288); /* 88.9 % */
    assert_int_equal(packet_wire_of(&s, 0), 32);
    assert_int_equal(packet_wire_of(&s, 1), 48); /* flits of 16 B */
    assert_int_equal(packet_wire_of(&s, 16), 48);
    assert_int_equal(packet_wire_of(&s, 17), 64);
}

/* ---- errors ---- */

/* Loss 1/1000 of a million frames: less than 816 or more than 1195 come once in 5 x 10^8 seeds (binomial sums). */
static void as_many_frames_are_lost_as_the_loss_says(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct link_errors e = {.loss = UINT64_MAX / 1000, .frame_bytes = 16};
        uint32_t lost = 0;
        link_errors_init(&e, seed, "chip0-chip1");
        for (uint32_t i = 0; i < 1000000; i++)
            lost += link_errors_send(&e, 16);
        assert_in_range(lost, 816, 1195);
    }
}

/* Frames are cut from the bytes as they go, however they are packed; frame k by number k of the link's stream. */
static void frames_do_not_depend_on_packets(void **state)
{
    (void)state;
    struct link_errors one = {.loss = UINT64_MAX / 4, .frame_bytes = 640}, other = one, far = one;
    link_errors_init(&one, 7, "chip0-chip1");
    link_errors_init(&other, 8, "chip0-chip1");
    link_errors_init(&far, 7, "chip1-chip0");
    assert_true(one.key != other.key && one.key != far.key);
    uint64_t at = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        uint64_t bytes = 32 + i % 7 * 100;
        uint32_t lost = 0;
        for (uint64_t k = at / 640; k * 640 < at + bytes; k++)
            lost += mix64(one.key, k) < one.loss;
        assert_int_equal(link_errors_send(&one, bytes), lost);
        at += bytes;
    }
}

/* ---- one stream: 16 B per cycle, requests of 32 B, latency 10; a frame is a request ---- */

static struct bench_shape lossy(uint64_t loss, uint32_t replay)
{
    return (struct bench_shape) {.kind = BENCH_FULL,
                                 .chips = 2,
                                 .ports = 1,
                                 .in_places = 8,
                                 .out_places = 8,
                                 .size = {.header = 32, .queue = 64, .classes = 1, .replay = replay},
                                 .rate = {16, 1},
                                 .latency = 10,
                                 .errors = {.loss = loss, .frame_bytes = 32}};
}

static uint64_t seed_of(uint32_t lost, uint32_t n)
{
    for (uint64_t seed = 1; seed < 1000000; seed++) {
        struct link_errors e = {.loss = UINT64_MAX / 2, .frame_bytes = 32};
        uint32_t is = 0;
        link_errors_init(&e, seed, "link");
        for (uint32_t i = 0; i < n; i++)
            is |= link_errors_send(&e, 32) << i;
        if (is == lost)
            return seed;
    }
    fail_msg("no seed loses %x of %u", lost, n);
    return 0;
}

struct stream {
    uint32_t count, given, taken;
    uint64_t seen[64]; /* cycle in which the far network sees packet i */
};

static void run_stream(struct bench *b, struct stream *s, uint64_t cycles)
{
    for (uint64_t cycle = 0; cycle < cycles; cycle++) {
        for (uint32_t c = 0; c < 2; c++) {
            bench_begin(b, c, cycle);
            bench_eval(b, c, false);
        }
        while (s->given < s->count && bench_may_give(b, 0, 0, VN_REQUEST)) {
            struct message m = to_chip(MSG_READ, 0, 1, 3);
            m.tag = s->given++;
            bench_give(b, 0, &m);
        }
        const struct message *m;
        while ((m = port_sent(&b->chip[1].port[0], cycle)) != NULL) {
            assert_int_equal(m->tag, s->taken);
            if (s->taken < 64)
                s->seen[s->taken] = cycle;
            s->taken++;
            port_sent_pop(&b->chip[1].port[0]);
            credit_line_give(&b->chip[1].out_credit[0], VN_REQUEST, 1);
        }
        bench_commit(b);
    }
}

/* Handed over in 0, seen in 1. On the line: packet i in [1 + 2 i, 3 + 2 i). The second is lost. */
static void a_lost_packet_goes_again_and_what_is_behind_it_waits(void **state)
{
    (void)state;
    struct bench_shape shape = lossy(UINT64_MAX / 2, 1000);
    shape.seed = seed_of(2, 4);
    struct bench *b = bench_new(shape);
    struct stream s = {.count = 3};
    run_stream(b, &s, 200);
    assert_int_equal(s.taken, 3);
    assert_int_equal(s.seen[0], 3 + 10 + 1);
    /* The second would be there in 5 + 10, is known to be lost in 25, goes in [25, 27). The third is there by then; the
     * port takes one message a cycle. */
    assert_int_equal(s.seen[1], 27 + 10 + 1);
    assert_int_equal(s.seen[2], 27 + 10 + 2);
    const struct packet_sender_stat *stat = &b->chip[0].r->senders[0].stat;
    assert_int_equal(stat->lost, 1);
    assert_int_equal(stat->again, 1);
    struct link_account a = fabric_router_account(b->chip[0].r, 0, b->chip[1].r, 0, CLASS_REQUEST);
    assert_int_equal(a.header, 96);
    assert_int_equal(a.retry, 32);
    assert_int_equal(a.entered, 128);
    assert_int_equal(a.left, 128);
    assert_int_equal(a.busy_cycles, 8);
    assert_true(fabric_router_idle(b->chip[0].r) && fabric_router_idle(b->chip[1].r));
    bench_free(b);
}

/* Both lost in one flight, the first of them again; a new one is not sent before they are. */
static void several_losses_go_again_in_the_order_in_which_they_were_lost(void **state)
{
    (void)state;
    struct bench_shape shape = lossy(UINT64_MAX / 2, 1000);
    shape.seed = seed_of(0x19, 7); /* tries: 0 lost, 1, 2, 3 lost, 0 lost, 3, 0 */
    struct bench *b = bench_new(shape);
    struct stream s = {.count = 4};
    run_stream(b, &s, 200);
    assert_int_equal(s.taken, 4);
    /* 0: known in 3 + 20, [23, 25) lost, known in 45, [45, 47), there in 57. 3: known in 9 + 20, [29, 31). */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(s.seen[i], 57 + 1 + i);
    assert_int_equal(b->chip[0].r->senders[0].stat.again, 3);
    bench_free(b);
}

/* Lost, lost again, lost once more; nothing follows that could tell of it. */
static void a_packet_alone_comes_when_it_is_not_lost_any_more(void **state)
{
    (void)state;
    struct bench_shape shape = lossy(UINT64_MAX / 2, 1000);
    shape.seed = seed_of(7, 4);
    struct bench *b = bench_new(shape);
    struct stream s = {.count = 1};
    run_stream(b, &s, 200);
    assert_int_equal(s.taken, 1);
    assert_int_equal(s.seen[0], 3 + 10 + 1 + 3 * (2 + 10 + 10)); /* each time: line, latency there and back */
    assert_int_equal(b->chip[0].r->senders[0].stat.again, 3);
    bench_free(b);
}

/* Room for one packet: the next one goes when it is acknowledged, line + 2 latencies later. */
static void a_small_buffer_lets_through_what_it_holds_per_round_trip(void **state)
{
    (void)state;
    struct bench *b = bench_new(lossy(0, 1));
    struct stream s = {.count = 5};
    run_stream(b, &s, 200);
    assert_int_equal(s.taken, 5);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(s.seen[i], 3 + 10 + 1 + i * 22);
    bench_free(b);
    /* A packet needs its 32 B and room for the longest, 160 B: two of them in 192 B. */
    b = bench_new(lossy(0, 192));
    s = (struct stream) {.count = 4};
    run_stream(b, &s, 200);
    assert_int_equal(s.seen[1], 16);
    assert_int_equal(s.seen[2], 14 + 22);
    assert_int_equal(s.seen[3], 16 + 22);
    bench_free(b);
}

/* What the wire carries follows from the errors alone: of the same numbers, tries until 2,000 came through. */
static void retries_are_those_of_the_errors_drawn(void **state)
{
    (void)state;
    struct bench_shape shape = lossy(UINT64_MAX / 10, 1000);
    shape.seed = 5;
    struct bench *b = bench_new(shape);
    struct stream s = {.count = 2000};
    run_stream(b, &s, 20000);
    struct link_errors e = shape.errors;
    link_errors_init(&e, 5, "link");
    uint32_t came = 0, lost = 0;
    while (came < 2000) {
        uint32_t is = link_errors_send(&e, 32);
        lost += is;
        came += 1 - is;
    }
    assert_int_equal(s.taken, 2000);
    assert_int_equal(b->chip[0].r->senders[0].stat.lost, lost);
    assert_int_equal(b->chip[0].r->senders[0].stat.again, lost);
    assert_in_range(lost, 150, 300);
    struct link_account a = fabric_router_account(b->chip[0].r, 0, b->chip[1].r, 0, CLASS_REQUEST);
    assert_int_equal(a.retry, 32 * lost);
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_of_128_and_256_bytes_get_80_and_89_percent),
        cmocka_unit_test(as_many_frames_are_lost_as_the_loss_says),
        cmocka_unit_test(frames_do_not_depend_on_packets),
        cmocka_unit_test(a_lost_packet_goes_again_and_what_is_behind_it_waits),
        cmocka_unit_test(several_losses_go_again_in_the_order_in_which_they_were_lost),
        cmocka_unit_test(a_packet_alone_comes_when_it_is_not_lost_any_more),
        cmocka_unit_test(a_small_buffer_lets_through_what_it_holds_per_round_trip),
        cmocka_unit_test(retries_are_those_of_the_errors_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
