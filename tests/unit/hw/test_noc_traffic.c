/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_traffic.c - traffic of network studies: patterns, gaps, figures, saturation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hw/vc_traffic.h"

/* ---- patterns ---- */

static uint32_t to(const char *pattern, uint32_t rows, uint32_t cols, uint32_t from)
{
    const struct noc_space s = {.nodes = rows * cols, .rows = rows, .cols = cols};
    const struct noc_pattern *p = noc_pattern_find(pattern);
    assert_non_null(p);
    assert_null(p->lacks(&s));
    return p->to(&s, NULL, from);
}

static void patterns_send_where_their_definition_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 64; i++) {
        uint32_t x = i % 8, y = i / 8;
        assert_int_equal(to("transpose", 8, 8, i), x * 8 + y);
        assert_int_equal(to("bitcomp", 8, 8, i), 63 - i);
        assert_int_equal(to("shuffle", 8, 8, i), (i << 1 | i >> 5) & 63);
        assert_int_equal(to("bitrev", 8, 8, i),
                         (i & 1) << 5 | (i & 2) << 3 | (i & 4) << 1 | (i & 8) >> 1 | (i & 16) >> 3 | (i & 32) >> 5);
        assert_int_equal(to("tornado", 8, 8, i), (y + 3) % 8 * 8 + (x + 3) % 8);
        assert_int_equal(to("neighbor", 8, 8, i), (y + 1) % 8 * 8 + (x + 1) % 8);
    }
    assert_int_equal(to("tornado", 3, 5, 0), 1 * 5 + 2); /* each dimension almost half-way round */
    assert_int_equal(to("shuffle", 1, 1, 0), 0);
    assert_int_equal(to("bitrev", 1, 1, 0), 0);
}

static void fixed_patterns_are_permutations(void **state)
{
    (void)state;
    static const char *const names[] = {"transpose", "bitcomp", "bitrev", "shuffle", "tornado", "neighbor"};
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        uint64_t reached = 0;
        for (uint32_t i = 0; i < 64; i++)
            reached |= 1ull << to(names[k], 8, 8, i);
        assert_true(reached == UINT64_MAX);
    }
}

static void patterns_say_what_they_lack(void **state)
{
    (void)state;
    const struct noc_space flat = {.nodes = 12, .rows = 3, .cols = 4};
    const struct noc_space one = {.nodes = 1, .rows = 1, .cols = 1, .no_self = true};
    assert_non_null(noc_pattern_find("transpose")->lacks(&flat));
    assert_non_null(noc_pattern_find("bitrev")->lacks(&flat));
    assert_non_null(noc_pattern_find("shuffle")->lacks(&flat));
    assert_null(noc_pattern_find("bitcomp")->lacks(&flat));
    assert_null(noc_pattern_find("tornado")->lacks(&flat));
    assert_non_null(noc_pattern_find("uniform")->lacks(&one));
    assert_non_null(noc_pattern_find("hotspot")->lacks(&one));
    assert_null(noc_pattern_find("nothing"));
}

#define DRAWS 600000u

/* Shares of `n` draws within 4 standard errors. */
static void check_share(uint32_t got, double share)
{
    double error = sqrt(DRAWS * share * (1 - share));
    assert_true(fabs(got - DRAWS * share) <= 4 * error);
}

static void count_draws(const char *pattern, bool no_self, uint32_t *count)
{
    struct rng r;
    const struct noc_space s = {.nodes = 6, .rows = 2, .cols = 3, .no_self = no_self};
    memset(count, 0, 6 * sizeof *count);
    rng_init(&r, 3, pattern);
    for (uint32_t i = 0; i < DRAWS; i++) {
        uint32_t drawn = noc_pattern_find(pattern)->to(&s, &r, 2);
        assert_true(drawn < 6);
        count[drawn]++;
    }
}

static void random_patterns_draw_every_node_with_its_share(void **state)
{
    (void)state;
    uint32_t count[6];
    count_draws("uniform", false, count);
    for (uint32_t i = 0; i < 6; i++)
        check_share(count[i], 1.0 / 6);
    count_draws("uniform", true, count);
    for (uint32_t i = 0; i < 6; i++)
        check_share(count[i], i == 2 ? 0 : 1.0 / 5);
    assert_int_equal(count[2], 0);
    count_draws("hotspot", false, count);
    for (uint32_t i = 0; i < 6; i++)
        check_share(count[i], 0.9 / 6 + (i == 0 ? 0.1 : 0));
}

/* ---- latencies ---- */

static void percentiles_and_merging_count_exactly(void **state)
{
    (void)state;
    struct noc_latency a = {0}, b = {0};
    assert_int_equal(noc_latency_at(&a, 500), 0);
    for (uint64_t i = 1; i <= 100; i++)
        noc_latency_add(i % 2 ? &a : &b, i * 50);
    noc_latency_merge(&a, &b);
    assert_int_equal(a.n, 100);
    assert_int_equal(a.sum, 50 * 5050);
    assert_int_equal(noc_latency_at(&a, 500), 50 * 50);
    assert_int_equal(noc_latency_at(&a, 990), 99 * 50);
    assert_int_equal(noc_latency_at(&a, 1000), 100 * 50);
    noc_latency_add(&a, 5ull * NOC_LATENCY_EXACT);
    noc_latency_add(&a, 7ull * NOC_LATENCY_EXACT);
    assert_int_equal(a.max, 7ull * NOC_LATENCY_EXACT);
    assert_int_equal(noc_latency_at(&a, 999), a.max);
    noc_latency_free(&a);
    noc_latency_free(&b);
}

/* ---- runs ---- */

static struct noc_traffic *run(const struct noc_traffic_params *p)
{
    struct noc_traffic *t = noc_traffic_new(p);
    noc_traffic_run(t);
    return t;
}

static void check_offered(uint32_t flits, uint32_t per_mille, uint64_t cycles)
{
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(4, 4, 1), flits, per_mille, 100, cycles, 5);
    struct noc_traffic *t = run(&p);
    double probability = per_mille / 1000.0 / flits, trials = 16.0 * (double)cycles;
    double error = sqrt(trials * probability * (1 - probability));
    assert_true(fabs((double)noc_traffic_result(t)->created - trials * probability) <= 4 * error + 1e-6);
    noc_traffic_free(t);
}

static void sources_offer_what_the_rate_says_at_every_rate_and_length(void **state)
{
    (void)state;
    check_offered(1, 1, 400000);
    check_offered(1, 37, 100000);
    check_offered(1, 500, 10000);
    check_offered(1, 999, 10000);
    check_offered(1, 1000, 3000); /* a packet in every cycle */
    check_offered(3, 200, 50000);
    check_offered(128, 300, 200000);
    check_offered(128, 1000, 50000);
}

/* Beyond saturation as well, where the packets of a node are drawn late. */
static void traffic_does_not_depend_on_the_network(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(4, 4, 1), 1, 900, 200, 2000, 9);
    struct noc_traffic *a = run(&p);
    p.network.shape.vcs = 1;
    p.network.shape.depth = 1;
    struct noc_traffic *b = run(&p);
    p.seed = 10;
    struct noc_traffic *c = run(&p);
    assert_true(noc_traffic_result(b)->saturated);
    assert_int_equal(noc_traffic_result(a)->created, noc_traffic_result(b)->created);
    assert_int_not_equal(noc_traffic_result(a)->created, noc_traffic_result(c)->created);
    noc_traffic_free(a);
    noc_traffic_free(b);
    noc_traffic_free(c);
}

/* One packet at a time: 5 cycles per router and 2, and a cycle per further flit. */
static void latencies_of_a_packet_alone_are_the_closed_form(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 128, 129, 1000};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint32_t flits = lengths[i], period = flits > 500 ? 10000000 : 100000; /* cycles from packet to packet */
        struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(3, 3, 1), flits, 0, 1000, 30 * period, 2);
        p.rate = (uint32_t)((uint64_t)flits * NOC_RATE_ONE / period);
        p.pattern = noc_pattern_find("bitcomp");
        struct noc_traffic *t = run(&p);
        const struct noc_traffic_result *r = noc_traffic_result(t);
        assert_true(r->packet.n > 200);
        /* Routes of bitcomp on 3 x 3 have 5, 3 or 1 routers; packets hardly ever meet. */
        uint64_t alone = 5 * r->hops_sum + (2 + flits - 1) * r->packet.n;
        assert_true(r->packet.sum >= alone && r->packet.sum - alone <= r->packet.n * flits / 100);
        assert_int_equal(r->packet.max, 5 * 5 + 2 + flits - 1);
        assert_true(r->network_sum >= alone && r->network_sum <= r->packet.sum);
        /* every flit takes as long as the head */
        assert_true(r->flit_sum >= flits * (alone - (flits - 1) * r->packet.n));
        noc_traffic_free(t);
    }
}

/* Sums of a packet of 65535 flits do not fit in 32 bits. */
static void packets_of_any_length_arrive_whole(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {129, 1000, NOC_FLITS_MAX};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        uint32_t flits = lengths[i];
        struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(2, 2, 1), flits, 150, 0, 40 * flits, 3);
        struct noc_traffic *t = run(&p);
        const struct noc_traffic_result *r = noc_traffic_result(t);
        assert_true(r->created > 10);
        assert_int_equal(r->packet.n, r->created);
        assert_false(r->saturated);
        assert_true(r->flits_hops >= flits * r->hops_sum);
        /* Flits follow their head: none is faster than the empty path, none slower than its whole packet. */
        assert_true(r->flit_sum >= flits * (5 * r->hops_sum + 2 * r->packet.n));
        assert_true(r->flit_sum <= flits * r->network_sum);
        assert_true(r->network_sum >= 5 * r->hops_sum + (2 + flits - 1) * r->packet.n);
        noc_traffic_free(t);
    }
}

static void every_measured_packet_is_waited_for(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(4, 4, 1), 5, 400, 500, 1000, 4);
    struct noc_traffic *t = run(&p);
    const struct noc_traffic_result *r = noc_traffic_result(t);
    assert_int_equal(r->packet.n, r->created);
    assert_true(r->cycles > 1500 && r->packets_in > r->created);
    assert_false(r->saturated);
    noc_traffic_free(t);
}

static void overload_is_told_from_load(void **state)
{
    (void)state;
    static const struct {
        uint32_t per_mille;
        bool saturated;
        uint64_t most; /* cycles: packets missing after 14000, or eight windows where it is close */
    } cases[] = {{10, false, 14000}, {300, false, 14000}, {390, false, 25001}, {450, true, 14000}, {1000, true, 14000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(8, 8, 1), 1, cases[i].per_mille, 1000, 3000, 1);
        struct noc_traffic *t = run(&p);
        assert_int_equal(noc_traffic_result(t)->saturated, cases[i].saturated);
        assert_true(noc_traffic_result(t)->cycles <= cases[i].most);
        noc_traffic_free(t);
    }
}

/* Where a few links are the limit: transpose, 7 nodes send over one; hotspot, 1/10 and 0.9/64 of what 64 nodes send go
 * to one. All others hide it. */
static void overload_of_a_few_is_told_from_load(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        double limit; /* flits per node and cycle */
    } cases[] = {{"transpose", 1 / 7.0}, {"hotspot", 1 / 7.3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int32_t percent = -6; percent <= 4; percent += 10) {
            struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(8, 8, 1), 1, 0, 5000, 15000, 1);
            p.rate = (uint32_t)lround(cases[i].limit * (100 + percent) / 100 * NOC_RATE_ONE);
            p.pattern = noc_pattern_find(cases[i].pattern);
            struct noc_traffic *t = run(&p);
            assert_int_equal(noc_traffic_result(t)->saturated, percent > 0);
            noc_traffic_free(t);
        }
}

/* Long packets, few of them: the run goes on until there are enough to tell. */
static void overload_of_long_packets_is_told(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(8, 8, 1), 1000, 600, 5000, 15000, 1);
    struct noc_traffic *t = run(&p);
    assert_true(noc_traffic_result(t)->saturated);
    noc_traffic_free(t);
    p.rate = NOC_RATE_ONE / 5;
    t = run(&p);
    assert_false(noc_traffic_result(t)->saturated);
    noc_traffic_free(t);
}

/* A cold network is not a saturated one. */
static void run_without_warm_up_is_not_saturated(void **state)
{
    (void)state;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(16, 16, 1), 1, 100, 0, 100, 1);
    struct noc_traffic *t = run(&p);
    assert_false(noc_traffic_result(t)->saturated);
    noc_traffic_free(t);
}

static bool stop(void *self, uint64_t cycle)
{
    (void)cycle;
    return (*(uint32_t *)self)++ < 1;
}

static void run_that_is_told_to_end_does(void **state)
{
    (void)state;
    uint32_t asked = 0;
    struct noc_traffic_params p = vc_traffic(vc_traffic_mesh(4, 4, 1), 1, 300, 1000, 1000000, 1);
    p.go_on = stop;
    p.self = &asked;
    struct noc_traffic *t = run(&p);
    assert_true(noc_traffic_result(t)->interrupted && !noc_traffic_result(t)->saturated);
    assert_true(noc_traffic_result(t)->cycles < 100000);
    noc_traffic_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_send_where_their_definition_says),
        cmocka_unit_test(fixed_patterns_are_permutations),
        cmocka_unit_test(patterns_say_what_they_lack),
        cmocka_unit_test(random_patterns_draw_every_node_with_its_share),
        cmocka_unit_test(percentiles_and_merging_count_exactly),
        cmocka_unit_test(sources_offer_what_the_rate_says_at_every_rate_and_length),
        cmocka_unit_test(traffic_does_not_depend_on_the_network),
        cmocka_unit_test(latencies_of_a_packet_alone_are_the_closed_form),
        cmocka_unit_test(packets_of_any_length_arrive_whole),
        cmocka_unit_test(every_measured_packet_is_waited_for),
        cmocka_unit_test(overload_is_told_from_load),
        cmocka_unit_test(overload_of_a_few_is_told_from_load),
        cmocka_unit_test(overload_of_long_packets_is_told),
        cmocka_unit_test(run_without_warm_up_is_not_saturated),
        cmocka_unit_test(run_that_is_told_to_end_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
