/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_growth.c - does a network keep up: verdicts from backlogs that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hw/noc/noc_growth.h"
#include "hw/noc/noc_source.h"

#define SOURCES 8u
#define WARM_UP 1000u
#define WINDOW  20000u

/* Rate 0.1, packets of one flit: a source creates 1000 packets in half a window. */
static void begin(struct noc_growth *g)
{
    noc_growth_init(g, SOURCES, NOC_RATE_ONE / 10, 1, WARM_UP, WINDOW);
}

/* The backlog of `source` is that, those of the others `others`. */
static void mark(struct noc_growth *g, uint32_t source, uint64_t backlog, uint64_t others)
{
    uint64_t all[SOURCES];
    for (uint32_t i = 0; i < SOURCES; i++)
        all[i] = i == source ? backlog : others;
    noc_growth_mark(g, all);
}

static void marks_halve_the_window_and_double_the_time(void **state)
{
    (void)state;
    static const uint64_t at[] = {0, WINDOW / 2, WINDOW, 2 * WINDOW, 4 * WINDOW, 8 * WINDOW};
    struct noc_growth g;
    begin(&g);
    for (uint64_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        assert_false(g.decided);
        assert_true(g.next == WARM_UP + at[i]);
        mark(&g, 3, i % 2 ? 1000 << i : 5, 5); /* grows in every other stretch */
    }
    assert_true(g.decided && g.grows); /* the last word */
    noc_growth_free(&g);
}

static void backlogs_that_come_and_go_are_no_growth(void **state)
{
    (void)state;
    struct noc_growth g;
    begin(&g);
    mark(&g, 0, 12, 6);
    mark(&g, 0, 7, 8);
    mark(&g, 0, 16, 7); /* 9 more, 0.9 % */
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
}

static void one_source_that_falls_behind_is_enough(void **state)
{
    (void)state;
    struct noc_growth g;
    begin(&g);
    mark(&g, 5, 10, 10);
    mark(&g, 5, 70, 10); /* 6 %; of all together 0.75 % */
    assert_false(g.decided);
    mark(&g, 5, 140, 10);
    assert_true(g.decided && g.grows);
    noc_growth_free(&g);
}

static void all_sources_together_tell_earlier_than_each(void **state)
{
    (void)state;
    struct noc_growth g;
    begin(&g);
    for (uint64_t i = 0; i < 4; i++)
        mark(&g, SOURCES, 0, 10 + 15 * (i < 3 ? i : 2 * i - 2)); /* each 1.5 %, as chance might have it */
    assert_true(g.decided && g.grows);
    noc_growth_free(&g);
}

static void little_growth_is_looked_at_thrice(void **state)
{
    (void)state;
    struct noc_growth g;
    noc_growth_init(&g, SOURCES, NOC_RATE_ONE / 10 * 4, 1, WARM_UP, WINDOW);
    mark(&g, 5, 0, 0);
    mark(&g, 5, 100, 0); /* of 4000, 2.5 % */
    mark(&g, 5, 200, 0);
    assert_false(g.decided);
    mark(&g, 5, 400, 0);
    assert_true(g.decided && g.grows);
    noc_growth_free(&g);
    noc_growth_init(&g, SOURCES, NOC_RATE_ONE / 10 * 4, 1, WARM_UP, WINDOW);
    mark(&g, 5, 0, 0);
    mark(&g, 5, 100, 0);
    mark(&g, 5, 200, 0);
    mark(&g, 5, 90, 0); /* it was an accident */
    mark(&g, 5, 100, 0);
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
}

static void network_that_fills_up_and_keeps_up_then_is_looked_at_longer(void **state)
{
    (void)state;
    struct noc_growth g;
    begin(&g);
    mark(&g, 0, 0, 0);
    mark(&g, 0, 60, 60);
    mark(&g, 0, 60, 60);
    assert_false(g.decided);
    mark(&g, 0, 60, 60);
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
}

static void few_packets_say_nothing_unless_nobody_is_behind(void **state)
{
    (void)state;
    struct noc_growth g;
    noc_growth_init(&g, SOURCES, NOC_RATE_ONE / 10, 500, WARM_UP, WINDOW); /* 4 packets in a window */
    for (uint32_t i = 0; i < 5; i++) {
        mark(&g, 0, 3, 1);
        assert_false(g.decided);
    }
    mark(&g, 0, 3, 1);
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
    noc_growth_init(&g, SOURCES, NOC_RATE_ONE / 10, 500, WARM_UP, WINDOW);
    for (uint32_t i = 0; i < 3; i++)
        mark(&g, 0, 2, 1);
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
}

static void window_of_a_few_cycles_does_not_tell_filling_from_growing(void **state)
{
    (void)state;
    struct noc_growth g;
    noc_growth_init(&g, SOURCES, NOC_RATE_ONE / 10, 1, 0, 200);
    for (uint64_t i = 0; i < 3; i++)
        mark(&g, 0, 10 * i, 10 * i);
    assert_false(g.decided);
    noc_growth_free(&g);
    noc_growth_init(&g, 1, 1, 1, 0, 1); /* a window of one cycle */
    const uint64_t none = 0;
    for (uint32_t i = 0; i < 2; i++)
        noc_growth_mark(&g, &none);
    assert_true(g.decided && !g.grows);
    noc_growth_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_halve_the_window_and_double_the_time),
        cmocka_unit_test(backlogs_that_come_and_go_are_no_growth),
        cmocka_unit_test(one_source_that_falls_behind_is_enough),
        cmocka_unit_test(all_sources_together_tell_earlier_than_each),
        cmocka_unit_test(little_growth_is_looked_at_thrice),
        cmocka_unit_test(network_that_fills_up_and_keeps_up_then_is_looked_at_longer),
        cmocka_unit_test(few_packets_say_nothing_unless_nobody_is_behind),
        cmocka_unit_test(window_of_a_few_cycles_does_not_tell_filling_from_growing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
