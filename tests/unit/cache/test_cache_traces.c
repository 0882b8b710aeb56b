/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_traces.c - small traces and sharing patterns with hits, misses, messages and cycles counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_bench.h"

/* One slice; L1s of 4 sets x 2 ways. Network 10 cycles, memory 30. */
static struct cache_bench_params exact(uint32_t protocol)
{
    return (struct cache_bench_params) {
        .caches = 4,
        .slices = 1,
        .l1 = {.bytes = 1024, .ways = 2, .hit_latency = 4, .mshrs = 4, .mshr_targets = 4, .protocol = protocol},
        .l2 = {.slices = 1,
               .bytes = 8192,
               .ways = 4,
               .latency = 6,
               .mshrs = 4,
               .mshr_targets = 4,
               .queue = 4,
               .protocol = protocol},
        .counter_lines = 2,
        .delay_min = 10,
        .delay_max = 10,
        .dram_min = 30,
        .dram_max = 30,
        .places = 8,
        .seed = 1};
}

static void hits_and_misses_of_a_trace_are_as_counted_by_hand(void **state)
{
    (void)state;
    /* Lines 8, 12, 16 lie in set 0 of the L1 (2 ways), 9 in set 1. */
    static const struct {
        uint32_t line;
        bool hit;
    } trace[] = {{8, false},
                 {8, true},
                 {12, false},
                 {9, false},
                 {8, true},
                 {16, false}, /* 12 goes */
                 {8, true},
                 {12, false} /* 16 goes */,
                 {16, false} /* 8 goes */,
                 {9, true},
                 {8, false}};
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    uint64_t hits = 0;
    for (uint32_t i = 0; i < sizeof trace / sizeof trace[0]; i++) {
        bench_load(&b, 0, trace[i].line);
        hits += trace[i].hit;
        assert_int_equal(l1_stat_of(b.l1[0])->hits, hits);
    }
    assert_int_equal(l1_stat_of(b.l1[0])->misses, 7);
    assert_int_equal(l1_stat_of(b.l1[0])->evictions, 4);
    /* Four lines from memory; the three that came again were in the slice. */
    assert_int_equal(l2_slice_stat(b.l2[0])->misses, 4);
    assert_int_equal(l2_slice_stat(b.l2[0])->hits, 3);
    assert_int_equal(b.dram_reads, 4);
    cache_bench_free(&b);
}

static void a_load_takes_the_sum_of_its_ways(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    /* Access t; sent t; network takes it t+1, due t+11, written for t+12; slice t+12, latency 6: memory request
     * t+18, taken t+19, due t+49, written for t+50; replay t+50, out t+51; taken t+52, due t+62, L1 at t+63. */
    uint64_t begin = b.cycle;
    assert_int_equal(bench_load(&b, 0, 8).ready - begin, 63);
    /* A hit in the slice: t+12, out t+18, taken t+19, L1 t+30. */
    begin = b.cycle;
    assert_int_equal(bench_load(&b, 1, 8).ready - begin, 30);
    begin = b.cycle;
    assert_int_equal(bench_load(&b, 1, 8).ready - begin, 4);
    cache_bench_free(&b);
}

static void a_miss_tells_where_it_was(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    uint64_t t = b.cycle;
    struct l1_completion c = bench_load(&b, 0, 8);
    static const struct {
        uint64_t at;
        enum trail_place place;
    } want[] = {{0, TRAIL_NOC}, {12, TRAIL_L2}, {18, TRAIL_DRAM}, {49, TRAIL_L2}, {51, TRAIL_NOC}};
    assert_int_equal(c.trail.n, 5);
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(trail_cycle(&c.trail, i, b.cycle), t + want[i].at);
        assert_int_equal(trail_place(&c.trail, i), want[i].place);
    }
    cache_bench_free(&b);
}

static void atomics_count_and_hand_back_the_word_before(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    struct l1_request add = {.kind = L1_ATOMIC, .line = 1, .words = 1u << 3 | 1u << 5};
    struct l1_request poll = {.kind = L1_POLL, .line = 1, .word = 5};
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(bench_access(&b, i, &add).data.value, i);
    assert_int_equal(bench_access(&b, 3, &poll).data.value, 3);
    poll.word = 4;
    assert_int_equal(bench_access(&b, 3, &poll).data.value, 0);
    assert_int_equal(l2_slice_stat(b.l2[0])->serialised_atomics, 3);
    assert_int_equal(b.messages[MSG_ATOMIC], 3);
    assert_int_equal(b.messages[MSG_ATOMIC_ACK], 3);
    cache_bench_free(&b);
}

static void results_are_in_memory_when_their_store_is_done(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    bench_store(&b, 0, 8, 5, true);
    assert_int_equal(b.dram_writes, 1);
    assert_int_equal(bench_memory(&b, 8)->version, 5);
    bench_store(&b, 0, 9, 6, false);
    assert_int_equal(b.dram_writes, 1);
    /* Neither allocates in the L1; both lines are in the slice. */
    assert_int_equal(bench_load(&b, 0, 8).data.version, 5);
    assert_int_equal(bench_load(&b, 0, 9).data.version, 6);
    assert_int_equal(l1_stat_of(b.l1[0])->misses, 2);
    assert_int_equal(b.dram_reads, 0);
    cache_bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_and_misses_of_a_trace_are_as_counted_by_hand),
        cmocka_unit_test(a_load_takes_the_sum_of_its_ways),
        cmocka_unit_test(a_miss_tells_where_it_was),
        cmocka_unit_test(atomics_count_and_hand_back_the_word_before),
        cmocka_unit_test(results_are_in_memory_when_their_store_is_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
