/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_random.c - the real L1s and slices under random accesses, small caches, a network that reorders.
 *
 * Argument: number of accesses in total (the full tier passes a million). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_random.h"

static uint64_t accesses_wanted = 100000;

static struct cache_bench_params small(uint32_t protocol, uint32_t caches, uint64_t seed)
{
    return (struct cache_bench_params) {
        .caches = caches,
        .slices = 2,
        .l1 = {.bytes = 1024, .ways = 2, .hit_latency = 3, .mshrs = 4, .mshr_targets = 3, .protocol = protocol},
        .l2 = {.slices = 2,
               .bytes = 1024,
               .ways = 2,
               .latency = 5,
               .mshrs = 4,
               .mshr_targets = 3,
               .queue = 4,
               .protocol = protocol},
        .counter_lines = 1,
        .delay_min = 1,
        .delay_max = 40,
        .dram_min = 5,
        .dram_max = 90,
        .places = 4,
        .seed = seed,
        .shuffle = true};
}

static void run_small(uint32_t protocol)
{
    static const uint32_t caches[] = {2, 3, 5, 8};
    for (uint32_t i = 0; i < 4; i++) {
        struct cache_random r;
        struct cache_bench_params p = small(protocol, caches[i], i + 1);
        random_init(&r, &p);
        int64_t wrong = random_run(&r, accesses_wanted / 8);
        assert_int_equal(wrong, 0);
        assert_true(r.loads > r.accesses / 10);
        for (uint32_t w = 0; w < LINE_WORDS; w++)
            assert_int_equal(r.begun[w], r.done[w]);
        random_free(&r);
    }
}

static void vi_never_returns_what_an_acquire_ruled_out(void **state)
{
    (void)state;
    run_small(PROTOCOL_VI);
}

static void mesi_is_linearizable_line_by_line(void **state)
{
    (void)state;
    run_small(PROTOCOL_MESI);
}

/* The tables with one entry changed: the tester must notice, or it proves nothing. */
static bool caught(struct cache_bench_params *p)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct cache_random r;
        p->seed = seed;
        random_init(&r, p);
        int64_t wrong = random_run(&r, 10000);
        random_free(&r);
        if (wrong != 0)
            return true;
    }
    return false;
}

static void without_the_invalidation_at_acquires_stale_values_are_read(void **state)
{
    (void)state;
    struct l1_protocol table = l1_vi;
    table.row[L1_V][L1_ON_ACQUIRE] = (struct protocol_row)STAY(L1_V);
    struct cache_bench_params p = small(PROTOCOL_VI, 3, 1);
    p.l1_table = &table;
    assert_true(caught(&p));
}

static void a_read_begun_before_an_acquire_must_not_be_kept(void **state)
{
    (void)state;
    struct l1_protocol table = l1_vi;
    table.row[L1_IV][L1_ON_ACQUIRE] = (struct protocol_row)STAY(L1_IV);
    struct cache_bench_params p = small(PROTOCOL_VI, 3, 1);
    p.l1_table = &table;
    assert_true(caught(&p));
}

int main(int argc, char **argv)
{
    if (argc > 1)
        accesses_wanted = strtoull(argv[1], NULL, 10);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vi_never_returns_what_an_acquire_ruled_out),
        cmocka_unit_test(mesi_is_linearizable_line_by_line),
        cmocka_unit_test(without_the_invalidation_at_acquires_stale_values_are_read),
        cmocka_unit_test(a_read_begun_before_an_acquire_must_not_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
