/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_crowd.c - everybody sends to everybody: rings that must not get stuck, laws, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hw/fabric_crowd.h"

static void a_crowded_ring_of_four_never_gets_stuck(void **state)
{
    (void)state;
    check_crowd(crowded(BENCH_RING, 4), 1, 100000);
}

static void a_crowded_ring_of_eight_never_gets_stuck(void **state)
{
    (void)state;
    check_crowd(crowded(BENCH_RING, 8), 1, 100000);
}

static void crowded_tori_never_get_stuck(void **state)
{
    (void)state;
    check_crowd(torus(4, 4, 1), 1, 20000);
    check_crowd(torus(5, 3, 1), 29, 20000);
    check_crowd(torus(4, 4, 2), 1, 10000);
    check_crowd(torus(3, 3, 3), 7, 10000);
}

static void crowded_dragonflies_never_get_stuck(void **state)
{
    (void)state;
    check_crowd(dragonfly(2), 1, 50000);
    check_crowd(dragonfly(3), 1, 20000);
    check_crowd(dragonfly(4), 1, 20000);
    check_crowd(dragonfly(4), 37, 20000);
}

static void crowded_switches_need_no_classes(void **state)
{
    (void)state;
    check_crowd(switches(8, 8, 0), 1, 20000);
    check_crowd(switches(16, 4, 2), 1, 20000);
    check_crowd(switches(16, 4, 4), 23, 20000);
}

static void slow_consumers_slow_a_ring_down_and_do_not_stop_it(void **state)
{
    (void)state;
    check_crowd(crowded(BENCH_RING, 4), 64, 100000);
    check_crowd(crowded(BENCH_RING, 8), 37, 50000);
}

static void fully_connected_chips_need_no_classes(void **state)
{
    (void)state;
    check_crowd(crowded(BENCH_FULL, 8), 1, 20000);
    check_crowd(crowded(BENCH_FULL, 4), 50, 20000);
}

static struct bench_shape lossy(enum bench_kind kind, uint32_t chips)
{
    return with_errors(crowded(kind, chips));
}

static void bit_errors_lose_nothing_and_change_no_order(void **state)
{
    (void)state;
    check_crowd(lossy(BENCH_RING, 4), 1, 50000);
    check_crowd(lossy(BENCH_FULL, 8), 1, 20000);
    struct bench_shape shape = lossy(BENCH_RING, 8);
    shape.size.replay = 1; /* one packet at a time */
    check_crowd(shape, 5, 50000);
}

/* Each link repeats its own packets, also those between switches. */
static void bit_errors_lose_nothing_between_switches(void **state)
{
    (void)state;
    check_crowd(with_errors(switches(8, 8, 0)), 1, 20000);
    check_crowd(with_errors(switches(16, 4, 2)), 1, 20000);
    struct bench_shape shape = with_errors(switches(8, 2, 2));
    shape.size.replay = 1;
    check_crowd(shape, 5, 50000);
}

/* With round robin over buffers instead of inputs a chip's ports push transit aside: links at one side of the ring then
 * lack credits nine tenths of the time. */
static void an_overloaded_ring_keeps_its_links_busy(void **state)
{
    (void)state;
    struct bench_shape shape = crowded(BENCH_RING, 8);
    shape.rate = (struct fraction) {160, 1};
    shape.size.queue = 64;
    shape.in_places = shape.out_places = 16;
    struct bench *b = crowd_bench(shape);
    struct crowd w = {.seed = 1, .injecting = true, .slow = 1};
    run_crowd(b, &w, 20000);
    for (uint32_t c = 0; c < 8; c++) {
        for (uint32_t i = 0; i < 2; i++) {
            uint64_t busy = 0;
            for (int k = 0; k < CLASS_COUNT; k++)
                busy += b->chip[c].r->senders[i].stat.account[k].busy_cycles;
            assert_in_range(busy, 20000 * 8 / 10, 20000 + 1);
        }
    }
    bench_free(b);
}

/* The same servers, every packet in class 0: buffers fill with packets that wait for the next buffer round a circle. */
static void without_the_dateline_they_get_stuck(void **state)
{
    (void)state;
    const struct {
        struct bench_shape shape;
        uint32_t only;
        const char *dump;
    } servers[] = {
        {crowded(BENCH_RING, 8), 3, "waits for link link towards chip 1, class 0: out of credits"},
        {torus(4, 4, 1), 2, "waits for link link towards chip 1, class 0: out of credits"},
        {torus(2, 2, 4), 8, "waits for link link towards chip 4, class 0: out of credits"},
        {dragonfly(4), 5, "waits for link link towards chip 1, class 0: out of credits"},
    };
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct bench_shape shape = servers[i].shape;
        assert_int_equal(left_for_ever(shape, servers[i].only, servers[i].dump), 0);
        shape.no_dateline = true;
        assert_true(left_for_ever(shape, servers[i].only, servers[i].dump) > 0);
    }
}

/* ---- order, sleep ---- */

static void neither_order_nor_sleep_changes_anything(void **state)
{
    (void)state;
    struct bench_shape shapes[] = {
        crowded(BENCH_RING, 4), crowded(BENCH_RING, 5), crowded(BENCH_FULL, 4), torus(4, 2, 2),
        dragonfly(3),           switches(6, 3, 2),      lossy(BENCH_RING, 5),   with_errors(switches(6, 3, 2))};
    shapes[1].drift_ppb = 40000000; /* 1040 fs beside 1000 fs */
    shapes[2].rate = (struct fraction) {700, 3};
    shapes[5].rate = (struct fraction) {160, 1};
    shapes[5].size.queue = 16;
    shapes[6].drift_ppb = 40000000;
    shapes[7].rate = (struct fraction) {160, 1};
    shapes[7].out_places = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct outcome first = outcome_of(shapes[i], 0, 0, false);
        for (uint32_t k = 1; k < 12; k++) {
            struct outcome o = outcome_of(shapes[i], k % 3, k / 2, k % 2);
            assert_memory_equal(&o, &first, sizeof o);
        }
    }
}

/* ---- ways ---- */

/* Opposite chips of a ring of four: half of the lines up, half down, a line always the same way. */
static void opposite_chips_use_both_ways_and_a_line_only_one(void **state)
{
    (void)state;
    uint32_t ways[2] = {0, 0};
    for (uint32_t line = 0; line < 4096; line++) {
        struct message m = to_chip(MSG_READ, 0, 2, line), again = to_chip(MSG_WRITE, 0, 2, line);
        uint32_t way = fabric_way(&m, 2);
        assert_int_equal(fabric_way(&again, 2), way);
        ways[way]++;
    }
    assert_int_equal(ways[0], ways[1]);
    struct bench *b = crowd_bench(crowded(BENCH_RING, 4));
    struct crowd w = {.seed = 1, .injecting = true, .slow = 1, .only = 2};
    run_crowd(b, &w, 20000);
    w.injecting = false;
    run_crowd(b, &w, 5000);
    check_laws(b, &w, true);
    bench_free(b);
}

/* As many lines each way: eight lines that a power of two lies between, from any multiple of eight times that on. */
static void lines_a_power_of_two_apart_use_all_ways_alike(void **state)
{
    (void)state;
    for (uint32_t ways = 2; ways <= 8; ways *= 2) {
        for (uint32_t stride = 1; stride <= 1u << 24; stride *= 2) {
            for (uint32_t from = 0; from < 9; from++) {
                uint32_t taken[8] = {0}, base = 8 * stride * (from * 5 % 16);
                for (uint32_t i = 0; i < 8; i++) {
                    struct message m = to_chip(MSG_READ, (uint16_t)from, 9, base + i * stride);
                    taken[fabric_way(&m, ways)]++;
                }
                for (uint32_t k = 0; k < ways; k++)
                    assert_int_equal(taken[k], 8 / ways);
            }
        }
    }
}

/* ---- the measured repeat ---- */

static void accounts_begin_anew_in_the_midst_of_traffic(void **state)
{
    (void)state;
    struct bench *b = crowd_bench(crowded(BENCH_RING, 4));
    struct crowd w = {.seed = 3, .injecting = true, .slow = 1};
    for (uint32_t round = 0; round < 6; round++) {
        run_crowd(b, &w, 1000);
        for (uint32_t c = 0; c < 4; c++) { /* a packet of the new account comes to a chip that counts the old one */
            fabric_router_stat_clear(b->chip[(c + round) % 4].r, b->chip[0].cycle);
            run_crowd(b, &w, 100);
        }
        run_crowd(b, &w, 100);
        for (uint32_t c = 0; c < 4; c++) {
            for (uint32_t i = 0; i < 2; i++) {
                uint32_t to = bench_peer(b, c, i), back = bench_link_to(b, to, c);
                struct link_account a = fabric_router_account(b->chip[c].r, i, b->chip[to].r, back, CLASS_DATA);
                assert_true(a.entered > 0 && a.entered < 501 * 40);
                assert_int_equal(a.entered, a.left + fabric_router_on_link(b->chip[to].r, back, CLASS_DATA));
            }
        }
    }
    bench_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowded_ring_of_four_never_gets_stuck),
        cmocka_unit_test(a_crowded_ring_of_eight_never_gets_stuck),
        cmocka_unit_test(crowded_tori_never_get_stuck),
        cmocka_unit_test(crowded_dragonflies_never_get_stuck),
        cmocka_unit_test(crowded_switches_need_no_classes),
        cmocka_unit_test(slow_consumers_slow_a_ring_down_and_do_not_stop_it),
        cmocka_unit_test(fully_connected_chips_need_no_classes),
        cmocka_unit_test(bit_errors_lose_nothing_and_change_no_order),
        cmocka_unit_test(bit_errors_lose_nothing_between_switches),
        cmocka_unit_test(an_overloaded_ring_keeps_its_links_busy),
        cmocka_unit_test(without_the_dateline_they_get_stuck),
        cmocka_unit_test(neither_order_nor_sleep_changes_anything),
        cmocka_unit_test(opposite_chips_use_both_ways_and_a_line_only_one),
        cmocka_unit_test(lines_a_power_of_two_apart_use_all_ways_alike),
        cmocka_unit_test(accounts_begin_anew_in_the_midst_of_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
