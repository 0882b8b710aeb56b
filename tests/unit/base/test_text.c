/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - strings, numbers as text, JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/base/rng.h"
#include "sim/base/text.h"

static void reals_are_spelled_as_python_does(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0.0, "0.0"},
                 {-0.0, "-0.0"},
                 {0.1, "0.1"},
                 {-2.5, "-2.5"},
                 {83.0, "83.0"},
                 {100.0, "100.0"},
                 {1234.5, "1234.5"},
                 {1e-5, "1e-05"},
                 {1.5e-7, "1.5e-07"},
                 {0.0001, "0.0001"},
                 {0.00012, "0.00012"},
                 {1e15, "1000000000000000.0"},
                 {9007199254740993.0, "9007199254740992.0"},
                 {1e16, "1e+16"},
                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                 {5e-324, "5e-324"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {0.30000000000000004, "0.30000000000000004"},
                 {9.5367431640625e-07, "9.5367431640625e-07"}};
    char buf[TEXT_REAL_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(text_real(buf, cases[i].value), cases[i].text);
    }
}

static void every_power_of_two_reads_back(void **state)
{
    (void)state;
    char buf[TEXT_REAL_MAX];
    for (int e = -1074; e < 1024; e++) {
        double value = ldexp(1.0, e);
        assert_true(strtod(text_real(buf, value), NULL) == value);
    }
    /* A tie between two 16-digit texts of which only the upper reads back. */
    assert_string_equal(text_real(buf, ldexp(1.0, -44)), "5.684341886080802e-14");
}

static void random_doubles_read_back(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "doubles");
    char buf[TEXT_REAL_MAX];
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = rng_next(&r);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            assert_true(strtod(text_real(buf, value), NULL) == value);
        }
    }
}

static void nine_digits_are_kept(void **state)
{
    (void)state;
    assert_true(text_round9(0.12345678949) == 0.123456789);
    assert_true(text_round9(-98765432149.0) == -98765432100.0);
    assert_true(text_round9(2.0) == 2.0);
}

static void numbers_out_of_range_are_refused(void **state)
{
    (void)state;
    uint64_t u = 7;
    int64_t i = 7;
    assert_int_equal(text_parse_u64("18446744073709551615", &u), SIM_OK);
    assert_true(u == UINT64_MAX);
    assert_int_equal(text_parse_u64("18446744073709551616", &u), SIM_ERR_INPUT);
    assert_int_equal(text_parse_u64("", &u), SIM_ERR_INPUT);
    assert_int_equal(text_parse_u64("-1", &u), SIM_ERR_INPUT);
    assert_int_equal(text_parse_u64("1x", &u), SIM_ERR_INPUT);
    assert_int_equal(text_parse_i64("-9223372036854775808", &i), SIM_OK);
    assert_true(i == INT64_MIN);
    assert_int_equal(text_parse_i64("9223372036854775808", &i), SIM_ERR_INPUT);
    assert_int_equal(text_parse_i64("-0", &i), SIM_OK);
    assert_true(i == 0);
    double x;
    assert_int_equal(text_parse_real("-1.5e3", &x), SIM_OK);
    assert_true(x == -1500.0);
    assert_int_equal(text_parse_real("nan", &x), SIM_ERR_INPUT);
    assert_int_equal(text_parse_real("0x10", &x), SIM_ERR_INPUT);
    assert_int_equal(text_parse_real("1e999", &x), SIM_ERR_INPUT);
    assert_int_equal(text_parse_real("1 ", &x), SIM_ERR_INPUT);
}

static void a_typo_finds_its_word(void **state)
{
    (void)state;
    static const char *const words[] = {"bandwidth", "latency", "topology", "m", "n"};
    assert_string_equal(text_nearest("bandwith", words, 5), "bandwidth");
    assert_string_equal(text_nearest("letancy", words, 5), "latency");
    assert_string_equal(text_nearest("toplogoy", words, 5), "topology");
    assert_string_equal(text_nearest("N", words, 5), "n");
    assert_null(text_nearest("colour", words, 5));
    assert_null(text_nearest("x", words, 5));
}

static void globs_match_whole_text(void **state)
{
    (void)state;
    assert_true(text_glob("chip0.*", "chip0.unit3"));
    assert_true(text_glob("*unit?", "chip0.unit3"));
    assert_true(text_glob("*a*b*c", "xaybaac"));
    assert_true(text_glob("*", ""));
    assert_false(text_glob("chip?.unit", "chip10.unit"));
    assert_false(text_glob("a*b", "a"));
    assert_false(text_glob("", "a"));
}

static void long_prints_are_not_cut(void **state)
{
    (void)state;
    struct text t = {0};
    text_add(&t, "ab");
    text_printf(&t, "%01000d", 5);
    text_add(&t, "c");
    assert_int_equal(t.n, 1003);
    assert_int_equal(strlen(t.s), 1003);
    assert_int_equal(t.s[1001], '5');
    assert_int_equal(t.s[1002], 'c');
    text_free(&t);
    assert_null(t.s);
}

static void json_keeps_order_and_indents(void **state)
{
    (void)state;
    struct text t = {0};
    struct json j;
    json_init(&j, &t);
    json_begin_object(&j);
    json_key(&j, "ok");
    json_bool(&j, true);
    json_key(&j, "none");
    json_begin_array(&j);
    json_end_array(&j);
    json_key(&j, "rows");
    json_begin_array(&j);
    json_compact(&j, true);
    for (uint64_t i = 0; i < 2; i++) {
        json_begin_object(&j);
        json_key(&j, "i");
        json_u64(&j, i);
        json_key(&j, "x");
        json_real(&j, 0.5);
        json_end_object(&j);
    }
    json_compact(&j, false);
    json_end_array(&j);
    json_key(&j, "hash");
    json_hex64(&j, 255);
    json_key(&j, "bad");
    json_real(&j, NAN);
    json_end_object(&j);
    assert_string_equal(t.s, "{\n  \"ok\": true,\n  \"none\": [],\n  \"rows\": [\n    {\"i\": 0, \"x\": 0.5},\n"
                             "    {\"i\": 1, \"x\": 0.5}\n  ],\n  \"hash\": \"00000000000000ff\",\n"
                             "  \"bad\": null\n}\n");
    text_free(&t);
}

static void json_strings_are_always_valid(void **state)
{
    (void)state;
    struct text t = {0};
    struct json j;
    json_init(&j, &t);
    json_string(&j, "a\"\\\n\x01\xc3\xa9\xff\xe2\x82");
    assert_string_equal(t.s, "\"a\\\"\\\\\\n\\u0001\xc3\xa9\\ufffd\\ufffd\\ufffd\"");
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reals_are_spelled_as_python_does), cmocka_unit_test(every_power_of_two_reads_back),
        cmocka_unit_test(random_doubles_read_back),         cmocka_unit_test(nine_digits_are_kept),
        cmocka_unit_test(numbers_out_of_range_are_refused), cmocka_unit_test(a_typo_finds_its_word),
        cmocka_unit_test(globs_match_whole_text),           cmocka_unit_test(long_prints_are_not_cut),
        cmocka_unit_test(json_keeps_order_and_indents),     cmocka_unit_test(json_strings_are_always_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
