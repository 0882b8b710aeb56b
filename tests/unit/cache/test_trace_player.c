/* SPDX-License-Identifier: Apache-2.0 */
/* test_trace_player.c - players on real caches: when they issue, and that a wrong value does not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hw/cache/access_check.h"
#include "tests/unit/cache/cache_bench.h"

#define HIT 4u

static struct cache_bench_params params(uint32_t protocol)
{
    return (struct cache_bench_params) {
        .caches = 4,
        .slices = 2,
        .l1 = {.bytes = 1024, .ways = 2, .hit_latency = HIT, .mshrs = 4, .mshr_targets = 4, .protocol = protocol},
        .l2 = {.slices = 2,
               .bytes = 8192,
               .ways = 4,
               .latency = 6,
               .mshrs = 4,
               .mshr_targets = 4,
               .queue = 4,
               .protocol = protocol},
        .delay_min = 5,
        .delay_max = 40,
        .dram_min = 30,
        .dram_max = 60,
        .places = 8,
        .seed = 1};
}

struct play {
    struct cache_bench b;
    struct trace_player players[4];
    uint32_t writes;
};

static void play_init(struct play *p, const struct cache_bench_params *params_of)
{
    cache_bench_init(&p->b, params_of);
    for (uint32_t i = 0; i < 4; i++)
        trace_player_init(&p->players[i], p->b.l1[i], 0, NULL, 0, &p->b.core.run);
    p->writes = 0;
}

static void give(struct play *p, uint32_t i, struct player_access *a, uint32_t n)
{
    trace_player_init(&p->players[i], p->b.l1[i], 0, a, n, &p->b.core.run);
    for (uint32_t k = 0; k < n; k++) {
        a[k].version = a[k].write ? ++p->writes : 0;
        a[k].sectors = a[k].sectors ? a[k].sectors : 1;
    }
}

static void step(struct play *p)
{
    struct cache_bench *b = &p->b;
    b->core.domain->cycle = b->cycle;
    for (uint32_t i = 0; i < 4; i++)
        trace_player_eval(&p->players[i], b->cycle);
    for (uint32_t i = 0; i < b->p.slices; i++)
        l2_slice_eval(b->l2[i], b->cycle);
    bench_collect(b);
    bench_deliver(b);
    bench_dram(b);
    domain_commit(b->core.domain);
    b->core.domain->n_timers = 0;
    b->cycle++;
}

static void run(struct play *p)
{
    bool over = false;
    while (!over) {
        step(p);
        over = cache_bench_idle(&p->b);
        for (uint32_t i = 0; i < 4; i++)
            over = over && p->players[i].completed == p->players[i].n;
        assert_true(p->b.cycle < 10000000);
    }
}

struct verdict {
    uint32_t wrong;
    struct wrong_read last;
};

static void note(void *self, const struct wrong_read *w)
{
    struct verdict *v = self;
    v->wrong++;
    v->last = *w;
}

static struct verdict judge(const struct play *p, bool coherent)
{
    struct verdict v = {0};
    access_check(p->players, 4, p->writes, coherent, note, &v);
    return v;
}

static void dependent_access_starts_when_the_one_before_it_is_done(void **state)
{
    (void)state;
    struct play p;
    struct cache_bench_params exact = params(PROTOCOL_VI);
    struct player_access a[] = {{.cycle = 7, .line = 8}, {.dependent = true, .group = 1, .line = 8}};
    play_init(&p, &exact);
    give(&p, 0, a, 2);
    run(&p);
    assert_int_equal(a[0].issued_at, 7);
    assert_false(a[0].hit);
    assert_int_equal(a[1].issued_at, a[0].done_at);
    assert_int_equal(a[1].done_at, a[1].issued_at + HIT);
    assert_true(a[1].hit);
    assert_int_equal(p.players[0].latency, a[0].done_at - 7 + HIT);
    cache_bench_free(&p.b);
}

static void pieces_of_an_access_do_not_wait_for_each_other_but_who_depends_waits_for_all(void **state)
{
    (void)state;
    struct play p;
    struct cache_bench_params exact = params(PROTOCOL_VI);
    struct player_access a[] = {{.group = 0, .line = 8, .dependent = true},
                                {.group = 0, .line = 9, .dependent = true},
                                {.group = 0, .line = 10, .dependent = true},
                                {.group = 3, .line = 8, .dependent = true}};
    play_init(&p, &exact);
    give(&p, 0, a, 4);
    run(&p);
    uint64_t last = 0;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(a[i].issued_at, i);
        last = a[i].done_at > last ? a[i].done_at : last;
    }
    assert_int_equal(a[3].issued_at, last);
    cache_bench_free(&p.b);
}

static void no_more_misses_are_under_way_than_mshrs(void **state)
{
    (void)state;
    struct play p;
    struct cache_bench_params exact = params(PROTOCOL_VI);
    struct player_access a[6] = {{0}};
    play_init(&p, &exact);
    for (uint32_t i = 0; i < 6; i++)
        a[i] = (struct player_access) {.line = 8 + i, .group = i};
    give(&p, 0, a, 6);
    run(&p);
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; i < 4; i++)
        first = a[i].done_at < first ? a[i].done_at : first;
    assert_int_equal(a[3].issued_at, 3);
    assert_int_equal(a[4].tried_at, 4);
    assert_int_equal(a[4].issued_at, first);
    cache_bench_free(&p.b);
}

/* Random accesses to a few lines by all four, `n` each. */
static struct verdict random_play(const struct cache_bench_params *of, uint32_t n, bool coherent)
{
    struct play p;
    struct player_access *a[4];
    struct rng rng;
    rng_init(&rng, of->seed, "players");
    play_init(&p, of);
    for (uint32_t i = 0; i < 4; i++) {
        a[i] = mem_alloc_array(n, sizeof *a[i]);
        for (uint32_t k = 0; k < n; k++)
            a[i][k] = (struct player_access) {.line = 8 + (uint32_t)rng_below(&rng, 12),
                                              .group = k,
                                              .sectors = (uint8_t)(1 + rng_below(&rng, ALL_SECTORS)),
                                              .dependent = rng_below(&rng, 3) == 0,
                                              .write = rng_below(&rng, 3) == 0};
        give(&p, i, a[i], n);
    }
    run(&p);
    struct verdict v = judge(&p, coherent);
    for (uint32_t i = 0; i < 4; i++)
        free(a[i]);
    cache_bench_free(&p.b);
    return v;
}

static void mesi_gives_every_read_a_value_of_its_time(void **state)
{
    (void)state;
    struct cache_bench_params of = params(PROTOCOL_MESI);
    for (of.seed = 1; of.seed <= 4; of.seed++)
        assert_int_equal(random_play(&of, 5000, true).wrong, 0);
}

static void vi_gives_some_write_of_the_line_and_not_always_the_last(void **state)
{
    (void)state;
    struct cache_bench_params of = params(PROTOCOL_VI);
    assert_int_equal(random_play(&of, 5000, false).wrong, 0);
    assert_int_not_equal(random_play(&of, 5000, true).wrong, 0);
}

/* A copy that acks its invalidation and stays. */
static void a_forgotten_invalidation_is_found(void **state)
{
    (void)state;
    struct l1_protocol broken = l1_mesi;
    struct cache_bench_params of = params(PROTOCOL_MESI);
    broken.row[L1_S][L1_ON_INVALIDATE] = (struct protocol_row)GO(L1_S, L1_DO_INVALIDATE_ACK);
    of.l1_table = &broken;
    struct play p;
    struct player_access writer[] = {{.line = 8, .cycle = 0, .write = true},
                                     {.line = 8, .cycle = 4000, .group = 1, .write = true}};
    struct player_access reader[] = {{.line = 8, .cycle = 2000}, {.line = 8, .cycle = 6000, .group = 1}};
    play_init(&p, &of);
    give(&p, 0, writer, 2);
    give(&p, 1, reader, 2);
    run(&p);
    struct verdict v = judge(&p, true);
    assert_int_equal(v.wrong, 1);
    assert_int_equal(v.last.requester, 1);
    assert_int_equal(v.last.index, 1);
    assert_int_equal(v.last.allowed, 2);
    cache_bench_free(&p.b);
}

/* What the players say they saw, without any cache. */
static uint32_t told(struct player_access a[4], bool coherent)
{
    struct trace_player players[4] = {{.accesses = a, .n = 3}, {.accesses = a + 3, .n = 1}, {.n = 0}, {.n = 0}};
    struct verdict v = {0};
    for (uint32_t i = 0; i < 4; i++)
        a[i].issued = a[i].done = true;
    access_check(players, 4, 2, coherent, note, &v);
    return v.wrong;
}

static void a_read_may_see_what_was_current_while_it_was_under_way(void **state)
{
    (void)state;
    for (uint32_t got = 0; got <= 2; got++)
        for (uint64_t from = 5; from <= 45; from += 10) {
            /* u0 writes 1 at 20 and 2 at 30; u1 reads in [from, from + 2]. */
            struct player_access a[4] = {{.line = 1, .write = true, .version = 1, .issued_at = 11, .done_at = 20},
                                         {.line = 1, .write = true, .version = 2, .issued_at = 21, .done_at = 30},
                                         {.line = 1, .issued_at = 50, .done_at = 51, .version = 2},
                                         {.line = 1, .issued_at = from, .done_at = from + 2, .version = got}};
            uint32_t current = from < 20 ? 0 : from < 30 ? 1 : 2;
            assert_int_equal(told(a, true), got == current ? 0 : 1);
            /* Without coherence any write that has been issued is good. */
            uint64_t issued = got == 0 ? 0 : got == 1 ? 11 : 21;
            assert_int_equal(told(a, false), issued <= from + 2 ? 0 : 1);
        }
}

static void a_requester_sees_its_own_writes(void **state)
{
    (void)state;
    /* u1's write falls between: u0 may see 1 or 2, not what was before. */
    for (uint32_t got = 0; got <= 2; got++) {
        struct player_access a[4] = {{.line = 1, .write = true, .version = 1, .issued_at = 11, .done_at = 20},
                                     {.line = 1, .issued_at = 12, .done_at = 40, .version = got},
                                     {.line = 2, .issued_at = 50, .done_at = 51},
                                     {.line = 1, .write = true, .version = 2, .issued_at = 5, .done_at = 30}};
        assert_int_equal(told(a, true), got == 0 ? 1 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dependent_access_starts_when_the_one_before_it_is_done),
        cmocka_unit_test(pieces_of_an_access_do_not_wait_for_each_other_but_who_depends_waits_for_all),
        cmocka_unit_test(no_more_misses_are_under_way_than_mshrs),
        cmocka_unit_test(mesi_gives_every_read_a_value_of_its_time),
        cmocka_unit_test(vi_gives_some_write_of_the_line_and_not_always_the_last),
        cmocka_unit_test(a_forgotten_invalidation_is_found),
        cmocka_unit_test(a_read_may_see_what_was_current_while_it_was_under_way),
        cmocka_unit_test(a_requester_sees_its_own_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
