/* SPDX-License-Identifier: Apache-2.0 */
/* test_noc_rates.c - the rates of a sweep, with networks that saturate where the test says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hw/noc/noc_source.h"
#include "sim/base/error.h"
#include "sim/cli/noc_rates.h"

#define RUNS 64u

struct network {
    uint32_t saturates;      /* beyond this rate */
    uint32_t from, to;       /* and, contradicting that, between these */
    uint32_t rates[RUNS], n; /* run */
    uint32_t fails;          /* this run, from 1 on; 0: none */
};

static int run(void *self, uint32_t rate, bool *saturated)
{
    struct network *x = self;
    assert_true(x->n < RUNS);
    for (uint32_t i = 0; i < x->n; i++)
        assert_int_not_equal(x->rates[i], rate); /* none twice */
    x->rates[x->n++] = rate;
    *saturated = rate > x->saturates || (rate >= x->from && rate < x->to);
    return x->n == x->fails ? SIM_ERR_INPUT : SIM_OK;
}

/* Rates run in [from, to] millionths of the knee. */
static uint32_t between(const struct network *x, uint64_t from, uint64_t to)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->n; i++) {
        uint64_t at = (uint64_t)x->rates[i] * 1000000 / x->saturates;
        n += at >= from && at <= to;
    }
    return n;
}

static void knee_is_found_to_a_hundredth_and_the_curve_is_filled_below_it(void **state)
{
    (void)state;
    static const uint32_t knees[] = {5000000, 9999999, 14000000, 39000000, 142857142, 163000000, 418000000, 970000000};
    for (uint32_t i = 0; i < sizeof knees / sizeof knees[0]; i++) {
        struct network x = {.saturates = knees[i]};
        uint32_t knee = 0;
        assert_int_equal(noc_rates_sweep(run, &x, true, &knee), SIM_OK);
        assert_true(knee <= knees[i] && knees[i] - knee <= knees[i] / 50);
        assert_true(between(&x, 0, 1000000) >= 11);
        assert_true(between(&x, 790000, 1000000) >= 5); /* half of them where the curve bends */
        assert_true(between(&x, 0, 600000) >= 5);
        assert_true(x.n <= 30);
    }
}

static void network_that_never_saturates_keeps_up_to_one(void **state)
{
    (void)state;
    struct network x = {.saturates = NOC_RATE_ONE};
    uint32_t knee = 0;
    assert_int_equal(noc_rates_sweep(run, &x, false, &knee), SIM_OK);
    assert_int_equal(knee, NOC_RATE_ONE);
    assert_true(between(&x, 0, 1000000) >= 11);
}

static void rate_one_is_run_where_it_is_wanted(void **state)
{
    (void)state;
    for (uint32_t beyond = 0; beyond < 2; beyond++) {
        struct network x = {.saturates = NOC_RATE_ONE / 10};
        uint32_t knee = 0, ones = 0;
        assert_int_equal(noc_rates_sweep(run, &x, beyond, &knee), SIM_OK);
        for (uint32_t i = 0; i < x.n; i++)
            ones += x.rates[i] == NOC_RATE_ONE;
        assert_int_equal(ones, beyond);
    }
}

static void verdict_below_that_contradicts_counts(void **state)
{
    (void)state;
    struct network x = {.saturates = 142857142, .from = 120000000, .to = 130000000};
    uint32_t knee = 0;
    assert_int_equal(noc_rates_sweep(run, &x, true, &knee), SIM_OK);
    assert_true(knee < 120000000 && knee > 118000000);
}

static void what_saturates_at_once_has_no_knee(void **state)
{
    (void)state;
    struct network x = {.saturates = 100};
    uint32_t knee = 1;
    assert_int_equal(noc_rates_sweep(run, &x, true, &knee), SIM_OK);
    assert_int_equal(knee, 0);
    assert_true(x.n < 20);
}

static void error_ends_the_sweep(void **state)
{
    (void)state;
    for (uint32_t fails = 1; fails < 15; fails++) {
        struct network x = {.saturates = 142857142, .fails = fails};
        uint32_t knee = 0;
        assert_int_equal(noc_rates_sweep(run, &x, true, &knee), SIM_ERR_INPUT);
        assert_int_equal(x.n, fails);
        assert_true(knee <= x.saturates);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knee_is_found_to_a_hundredth_and_the_curve_is_filled_below_it),
        cmocka_unit_test(network_that_never_saturates_keeps_up_to_one),
        cmocka_unit_test(rate_one_is_run_where_it_is_wanted),
        cmocka_unit_test(verdict_below_that_contradicts_counts),
        cmocka_unit_test(what_saturates_at_once_has_no_knee),
        cmocka_unit_test(error_ends_the_sweep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
