/* SPDX-License-Identifier: Apache-2.0 */
/* test_quantity.c - numbers with units are exact both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "sim/config/quantity.h"

static uint64_t parsed(enum param_type type, const char *s)
{
    uint64_t value = 0;
    struct text why = {0};
    if (quantity_parse(type, s, &value, &why)) {
        fail_msg("'%s' %s", s, why.s);
    }
    text_free(&why);
    return value;
}

static void refused(enum param_type type, const char *s, const char *words)
{
    uint64_t value = 0;
    struct text why = {0};
    assert_int_equal(quantity_parse(type, s, &value, &why), SIM_ERR_INPUT);
    if (!why.s || !strstr(why.s, words)) {
        fail_msg("'%s' gives '%s', which does not say '%s'", s, why.s ? why.s : "", words);
    }
    text_free(&why);
}

static void quantities_are_whole_numbers_of_the_base_unit(void **state)
{
    (void)state;
    assert_true(parsed(PARAM_rate, "819.2 GB/s") == 819200000000u);
    assert_true(parsed(PARAM_rate, "300GB/s") == 300000000000u);
    assert_true(parsed(PARAM_rate, "3.2 Gb/s") == 400000000u);
    assert_true(parsed(PARAM_rate, "1 GiB/s") == 1073741824u);
    assert_true(parsed(PARAM_fs, "2.3 us") == 2300000000u);
    assert_true(parsed(PARAM_fs, "0.000000000000001 s") == 1u);
    assert_true(parsed(PARAM_fs, "500 ns") == 500000000u);
    assert_true(parsed(PARAM_hz, "1.755 GHz") == 1755000000u);
    assert_true(parsed(PARAM_hz, "1755.000000000000000000000 MHz") == 1755000000u);
    assert_true(parsed(PARAM_bytes, "512 KiB") == 524288u);
    assert_true(parsed(PARAM_bytes, "0.5 KiB") == 512u);
    assert_true(parsed(PARAM_bytes, "1.5 kB") == 1500u);
    assert_true(parsed(PARAM_bytes, "0 B") == 0u);
    assert_true(parsed(PARAM_fs, "0") == 0u); /* is the same in all units */
    assert_true(parsed(PARAM_rate, "0.0") == 0u);
    assert_true(parsed(PARAM_hz, "18446744073709551615 Hz") == UINT64_MAX);
}

static void what_is_not_exact_is_refused(void **state)
{
    (void)state;
    refused(PARAM_hz, "1.5 Hz", "whole number of Hz");
    refused(PARAM_fs, "0.1 fs", "whole number of fs");
    refused(PARAM_rate, "1 b/s", "unknown unit");
    refused(PARAM_rate, "0.000001 Mb/s", "whole number of B/s");
    refused(PARAM_bytes, "0.3 KiB", "whole number of B");
    refused(PARAM_hz, "18446744073709551616 Hz", "too many digits");
    refused(PARAM_hz, "18446745 THz", "too large");
    refused(PARAM_fs, "0.00000000000000000001 s", "too many digits");
}

static void units_are_named_when_one_is_wrong(void **state)
{
    (void)state;
    refused(PARAM_hz, "0 x", "unknown unit");
    refused(PARAM_hz, "-0", "negative");
    refused(PARAM_hz, "1.5", "has no unit; allowed: THz, GHz, MHz, kHz, Hz");
    refused(PARAM_hz, "1.5 ghz", "did you mean GHz?");
    refused(PARAM_bytes, "512 KB", "did you mean kB?");
    refused(PARAM_bytes, "512 KiB x", "unknown unit 'KiB x'");
    refused(PARAM_fs, "", "not a number with a unit; allowed units: s, ms");
    refused(PARAM_fs, ". s", "not a number");
    refused(PARAM_fs, "1.2.3 s", "unknown unit");
    refused(PARAM_fs, "1e3 s", "unknown unit");
    refused(PARAM_fs, "-1 s", "negative");
}

static void printed(enum param_type type, uint64_t value, const char *expected)
{
    struct text text = {0};
    quantity_print(type, value, &text);
    assert_string_equal(text.s, expected);
    text_free(&text);
}

static void quantities_print_in_their_largest_unit(void **state)
{
    (void)state;
    printed(PARAM_rate, 819200000000u, "819.2 GB/s");
    printed(PARAM_rate, 1638400000000u, "1.6384 TB/s");
    printed(PARAM_fs, 2300000000u, "2.3 us");
    printed(PARAM_fs, 569801, "569.801 ps");
    printed(PARAM_fs, 0, "0 fs");
    printed(PARAM_bytes, 524288, "512 KiB");
    printed(PARAM_bytes, 1500, "1500 B");
    printed(PARAM_bytes, 0, "0 B");
    printed(PARAM_hz, 1000000001, "1.000000001 GHz");
    printed(PARAM_hz, UINT64_MAX, "18446744.073709551615 THz");
}

static void every_value_reads_back(void **state)
{
    (void)state;
    static const enum param_type types[] = {PARAM_hz, PARAM_rate, PARAM_fs, PARAM_bytes};
    struct rng r;
    rng_init(&r, 1, "quantities");
    for (int i = 0; i < 20000; i++) {
        enum param_type type = types[i % 4];
        uint64_t value = rng_next(&r) >> rng_below(&r, 64);
        struct text text = {0};
        quantity_print(type, value, &text);
        assert_true(parsed(type, text.s) == value);
        text_free(&text);
    }
}

static void a_ratio_is(const char *s, uint64_t parts, const char *text)
{
    uint64_t value = 0;
    struct text out = {0};
    assert_int_equal(ratio_parse(s, &value, &out), SIM_OK);
    assert_true(value == parts);
    ratio_print(value, &out);
    assert_string_equal(out.s, text);
    assert_int_equal(ratio_parse(out.s, &value, &out), SIM_OK);
    assert_true(value == parts);
    text_free(&out);
}

static void ratios_are_exact_in_parts_of_1e18(void **state)
{
    (void)state;
    a_ratio_is("0", 0, "0");
    a_ratio_is("0.000", 0, "0");
    a_ratio_is("0e-40", 0, "0");
    a_ratio_is("1", 1000000000000000000u, "1");
    a_ratio_is("0.25", 250000000000000000u, "25e-2");
    a_ratio_is("1e-12", 1000000, "1e-12");
    a_ratio_is("2.40E-4", 240000000000000u, "24e-5");
    a_ratio_is("0.000000000000000001", 1, "1e-18");
    a_ratio_is("10e-19", 1, "1e-18");
    a_ratio_is("18.446744073709551615", UINT64_MAX, "18446744073709551615e-18");
}

static void what_is_no_ratio_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {{"", "is not a number like"},
               {"1e-19", "is finer than can be held"},
               {"1e12", "is not a number like"},
               {"1 e-12", "is not a number like"},
               {"1e-", "is not a number like"},
               {"1e-123", "is not a number like"},
               {"-1e-9", "is negative"},
               {"1 ppm", "is not a number like"},
               {"1e-1x", "is not a number like"},
               {"0x1", "is not a number like"},
               {"19", "is too large"},
               {"1.1e-18", "is finer than can be held"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint64_t value = 0;
        struct text why = {0};
        assert_int_equal(ratio_parse(bad[i].text, &value, &why), SIM_ERR_INPUT);
        assert_non_null(strstr(why.s, bad[i].words));
        text_free(&why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantities_are_whole_numbers_of_the_base_unit),
        cmocka_unit_test(what_is_not_exact_is_refused),
        cmocka_unit_test(ratios_are_exact_in_parts_of_1e18),
        cmocka_unit_test(what_is_no_ratio_is_refused),
        cmocka_unit_test(units_are_named_when_one_is_wrong),
        cmocka_unit_test(quantities_print_in_their_largest_unit),
        cmocka_unit_test(every_value_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
