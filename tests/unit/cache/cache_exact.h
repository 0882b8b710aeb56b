/* SPDX-License-Identifier: Apache-2.0 */
/* cache_exact.h - the small system of which tests count hits, messages and cycles by hand. */
#ifndef TESTS_UNIT_CACHE_CACHE_EXACT_H
#define TESTS_UNIT_CACHE_CACHE_EXACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_bench.h"

/* One slice; L1s of 4 sets x 2 ways. Network 10 cycles, memory 30. */
static inline struct cache_bench_params exact(uint32_t protocol)
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

struct stamp {
    uint64_t at;
    enum trail_place place;
};

static inline void expect_trail(const struct cache_bench *b, const struct trail *t, const struct stamp *want,
                                uint32_t n)
{
    assert_int_equal(t->n, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(trail_cycle(t, i, b->cycle), want[i].at);
        assert_int_equal(trail_place(t, i), want[i].place);
    }
}

static inline struct bench_completion load_once(struct cache_bench *b, uint32_t cache, uint32_t line)
{
    struct l1_request r = {.kind = L1_LOAD_BYPASS, .sectors = ALL_SECTORS, .line = line, .tag = 7};
    return bench_access(b, cache, &r);
}

#endif
