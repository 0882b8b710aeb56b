/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/graph/cpython_random.h"

static uint32_t first_of(const char *seed)
{
    struct cpython_random r;
    assert_int_equal(cpython_random_seed(&r, seed), SIM_OK);
    return cpython_random_u32(&r);
}

static void the_sign_of_a_seed_has_no_effect(void **state)
{
    (void)state;
    assert_int_equal(first_of("-3"), first_of("3"));
    assert_int_equal(first_of("+3"), first_of("3"));
    assert_int_equal(first_of("-12345678901234567890"), first_of("12345678901234567890"));
}

static void leading_zeros_of_a_seed_have_no_effect(void **state)
{
    (void)state;
    assert_int_equal(first_of("0000000042"), first_of("42"));
    assert_int_equal(first_of("0"), first_of("-000"));
}

static void seeds_that_differ_beyond_64_bits_give_other_numbers(void **state)
{
    (void)state;
    assert_int_not_equal(first_of("18446744073709551617"), first_of("1"));
    assert_int_not_equal(first_of("340282366920938463463374607431768211457"), first_of("18446744073709551617"));
}

static void a_seed_that_is_no_integer_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "-", "+", "1.5", "0x10", "1e3", " 1", "1 ", "--1", "1-", "one", "12_000"};
    struct cpython_random r;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(cpython_random_seed(&r, bad[i]), SIM_ERR_INPUT);
    }
}

static void a_seed_may_have_4300_digits_and_no_more(void **state)
{
    (void)state;
    char seed[CPYTHON_RANDOM_MAX_DIGITS + 2];
    struct cpython_random r;
    memset(seed, '9', sizeof seed);
    seed[CPYTHON_RANDOM_MAX_DIGITS] = '\0';
    assert_int_equal(cpython_random_seed(&r, seed), SIM_OK);
    seed[CPYTHON_RANDOM_MAX_DIGITS] = '9';
    seed[CPYTHON_RANDOM_MAX_DIGITS + 1] = '\0';
    assert_int_equal(cpython_random_seed(&r, seed), SIM_ERR_INPUT);
}

static void shuffling_one_or_no_element_draws_nothing(void **state)
{
    (void)state;
    struct cpython_random r;
    uint32_t x[1] = {7};
    assert_int_equal(cpython_random_seed(&r, "5"), SIM_OK);
    cpython_random_shuffle(&r, x, 0);
    cpython_random_shuffle(&r, x, 1);
    assert_int_equal(x[0], 7);
    assert_int_equal(cpython_random_u32(&r), first_of("5"));
}

static void numbers_stay_below_their_bound(void **state)
{
    (void)state;
    struct cpython_random r;
    assert_int_equal(cpython_random_seed(&r, "5"), SIM_OK);
    for (uint32_t bound = 1; bound < 200; bound++) {
        assert_true(cpython_random_below(&r, bound) < bound);
    }
    assert_true(cpython_random_below(&r, UINT32_MAX) < UINT32_MAX);
}

/* Whatever was drawn before, also a single word, so that a number lies across two fillings of the state. */
static void misses_are_counted_as_if_drawn_one_by_one(void **state)
{
    (void)state;
    static const double bounds[] = {0.0, 0.001, 0.25, 0.5, 0.999, 1.0, 0x1p-53};
    for (uint32_t words = 0; words < 4; words++) {
        for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
            struct cpython_random r, one;
            assert_int_equal(cpython_random_seed(&r, "11"), SIM_OK);
            for (uint32_t w = 0; w < words; w++) {
                cpython_random_u32(&r);
            }
            one = r;
            for (uint64_t most = 0; most < 3000; most += 1 + most / 2) {
                uint64_t n = 0;
                while (n < most && !(cpython_random_real(&one) < bounds[i])) {
                    n++;
                }
                assert_int_equal(cpython_random_misses(&r, bounds[i], most), n);
                assert_int_equal(r.used, one.used);
                assert_memory_equal(&r, &one, sizeof r);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sign_of_a_seed_has_no_effect),
        cmocka_unit_test(leading_zeros_of_a_seed_have_no_effect),
        cmocka_unit_test(seeds_that_differ_beyond_64_bits_give_other_numbers),
        cmocka_unit_test(a_seed_that_is_no_integer_is_refused),
        cmocka_unit_test(a_seed_may_have_4300_digits_and_no_more),
        cmocka_unit_test(shuffling_one_or_no_element_draws_nothing),
        cmocka_unit_test(numbers_stay_below_their_bound),
        cmocka_unit_test(misses_are_counted_as_if_drawn_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
