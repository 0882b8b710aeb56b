/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_recalls.c - sets of the home that are full of lines with copies, counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_exact.h"

static void an_inclusive_home_recalls_what_it_evicts(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_MESI);
    p.l2.bytes = 512; /* one set of four ways */
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 5; i++) {
        bench_store(&b, i % 4, 8 + i, 1, false); /* the fifth takes the place of line 8, modified in L1 0 */
        /* Line 8 is recalled when the set is full, line 9 when it has taken its place. */
        assert_int_equal(b.messages[MSG_FORWARD_READ_EX], i < 3 ? 0 : i - 2);
    }
    assert_int_equal(b.messages[MSG_OWNER_DATA], 2);
    assert_int_equal(*bench_memory(&b, 8), bench_data(&b, 8, 1));
    assert_int_equal(l2_slice_stat(b.l2[0])->writebacks, 1);
    assert_int_equal(l2_slice_stat(b.l2[0])->recalls, 2);
    assert_int_equal(bench_load(&b, 0, 8).data.version, 1);
    cache_bench_free(&b);
}

/* Two sets of four ways in the slice. Lines with an even number of ones (9, 10, 12, 15, 17, 18) lie in one, 8 in the
 * other. */
static struct cache_bench_params two_sets(void)
{
    struct cache_bench_params p = exact(PROTOCOL_MESI);
    p.l2.bytes = 1024;
    return p;
}

static void an_old_line_without_copies_goes_before_one_with_copies(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = two_sets();
    cache_bench_init(&b, &p);
    bench_load(&b, 3, 9);
    load_once(&b, 3, 10);
    bench_load(&b, 3, 12);
    bench_load(&b, 3, 15);
    assert_int_equal(l2_slice_stat(b.l2[0])->recalls, 0); /* 10 can go */
    bench_load(&b, 3, 17);                                /* it goes, and 9 is made ready */
    assert_int_equal(l2_slice_stat(b.l2[0])->recalls, 1);
    assert_int_equal(b.messages[MSG_INVALIDATE], 1);
    bench_load(&b, 3, 9); /* it is still here, is used and shared again: 12 is old now, 15, too */
    assert_int_equal(b.dram_reads, 5);
    load_once(&b, 3, 10);
    assert_int_equal(b.dram_reads, 6);
    cache_bench_free(&b);
}

struct several {
    uint64_t ready[4];
    struct trail trail[4];
};

static void several_drive(void *self, struct cache_bench *b, uint32_t i)
{
    struct several *d = self;
    const struct l1_completion *c;
    while ((c = l1_done(b->l1[i], b->cycle))) {
        d->ready[i] = c->ready;
        l1_trail(c, &d->trail[i]);
    }
}

static void begin_load(struct cache_bench *b, uint32_t cache, uint32_t line)
{
    struct l1_request r = {.kind = L1_LOAD, .sectors = ALL_SECTORS, .line = line, .tag = 7};
    l1_begin(b->l1[cache], b->cycle);
    assert_int_equal(l1_access(b->l1[cache], b->cycle, &r), L1_ACCEPTED);
}

static void a_set_full_of_shared_lines_holds_up_nobody_else(void **state)
{
    (void)state;
    static const uint32_t full[] = {9, 10, 12, 15, 8};
    struct cache_bench b;
    struct cache_bench_params p = two_sets();
    struct several d = {0};
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 5; i++)
        bench_load(&b, 3, full[i]); /* 9 is recalled when 15 has come */
    uint64_t t = b.cycle;
    begin_load(&b, 0, 17);
    begin_load(&b, 1, 18);
    cache_bench_step(&b, several_drive, &d);
    cache_bench_step(&b, several_drive, &d);
    begin_load(&b, 2, 8);
    while (!cache_bench_idle(&b))
        cache_bench_step(&b, several_drive, &d);
    /* t+12: 17 takes the way of 9, 10 is recalled. t+13: 18 waits for that. t+14: 8 is here. The invalidation goes with
     * the slice's latency, t+18, and is at the L1 at t+30, its ack at t+42; at t+43 line 18 enters anew. */
    assert_int_equal(d.ready[0] - t, 63);
    assert_int_equal(d.ready[2] - t, 2 + 30);
    assert_int_equal(d.ready[1] - t, 63 + (43 - 12));
    const struct stamp want[] = {
        {t, TRAIL_L1},      {t, TRAIL_NOC},       {t + 12, TRAIL_L2}, {t + 13, TRAIL_COHERENCE},
        {t + 42, TRAIL_L2}, {t + 49, TRAIL_DRAM}, {t + 80, TRAIL_L2}, {t + 82, TRAIL_NOC}};
    expect_trail(&b, &d.trail[1], want, 8);
    /* 9 and 10; not 12 ahead of the next one: half of the MSHRs are in use when 18 enters. */
    assert_int_equal(l2_slice_stat(b.l2[0])->recalls, 2);
    assert_int_equal(b.messages[MSG_INVALIDATE], 2);
    cache_bench_free(&b);
}

/* The way of 9 is free for the first; 10 and 12 are recalled at a time for two others. */
static void several_lines_are_recalled_at_a_time(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = two_sets();
    struct several d = {0};
    p.l2.mshrs = 16;
    cache_bench_init(&b, &p);
    static const uint32_t full[] = {9, 10, 12, 15};
    for (uint32_t i = 0; i < 4; i++)
        bench_load(&b, 3, full[i]);
    uint64_t t = b.cycle, acks = b.messages[MSG_INVALIDATE_ACK];
    begin_load(&b, 0, 17);
    begin_load(&b, 1, 18);
    begin_load(&b, 2, 20);
    while (!cache_bench_idle(&b))
        cache_bench_step(&b, several_drive, &d);
    /* t+12: 17 has the way of 9, 10 is recalled; t+13: 18 waits for that; t+14: 12 is recalled for 20, its ack comes
     * two cycles after the other one. */
    assert_int_equal(d.ready[0] - t, 63);
    assert_int_equal(d.ready[1] - t, 63 + (43 - 12));
    assert_int_equal(d.ready[2] - t, 63 + (45 - 12));
    assert_true(b.messages[MSG_INVALIDATE_ACK] - acks >= 2);
    cache_bench_free(&b);
}

/* 12 and 15 are used again while 9 and 10 are read: these two, the older half, wait for memory. */
static void a_way_that_is_free_to_go_is_taken_where_the_older_ones_wait(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = two_sets();
    struct several d = {0};
    static const uint32_t later[] = {9, 10, 12, 15, 17};
    p.l2.mshrs = 16;
    cache_bench_init(&b, &p);
    load_once(&b, 3, 12);
    load_once(&b, 3, 15);
    uint64_t conflicts = l2_slice_stat(b.l2[0])->set_conflicts;
    for (uint32_t i = 0; i < 5; i++) {
        struct l1_request r = {.kind = L1_LOAD_BYPASS, .sectors = ALL_SECTORS, .line = later[i], .tag = 7};
        l1_begin(b.l1[i % 4], b.cycle);
        assert_int_equal(l1_access(b.l1[i % 4], b.cycle, &r), L1_ACCEPTED);
        cache_bench_step(&b, several_drive, &d);
    }
    while (!cache_bench_idle(&b))
        cache_bench_step(&b, several_drive, &d);
    assert_int_equal(l2_slice_stat(b.l2[0])->set_conflicts, conflicts);
    assert_int_equal(l2_slice_stat(b.l2[0])->recalls, 0);
    assert_int_equal(b.dram_reads, 5);
    cache_bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_inclusive_home_recalls_what_it_evicts),
        cmocka_unit_test(an_old_line_without_copies_goes_before_one_with_copies),
        cmocka_unit_test(a_set_full_of_shared_lines_holds_up_nobody_else),
        cmocka_unit_test(several_lines_are_recalled_at_a_time),
        cmocka_unit_test(a_way_that_is_free_to_go_is_taken_where_the_older_ones_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
