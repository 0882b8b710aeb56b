/* SPDX-License-Identifier: Apache-2.0 */
/* test_options.c - command lines: what is read, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/options.h"

enum { OUT, JOBS, JSON, JUMP, DRAW };
static const struct cli_option options[] = {{"out", 'o', "DIR", "where"},
                                            {"jobs", 'j', "N", "how many"},
                                            {"json", 0, NULL, "as JSON"},
                                            {"jump", 'J', NULL, "high"},
                                            {"draw", 'd', "[=WHAT]", "a picture"}};
static const struct cli_usage usage = {"test", "CONFIG", "tests", options, 5, NULL};

/* What came of a command line: options in order, then operands. */
struct read_line {
    int seen[8];
    const char *values[8];
    int n, exit_code, n_operands;
    char **operands;
    bool done;
};

static struct read_line read_line(int argc, char **argv)
{
    struct read_line l = {0};
    struct cli_parser p;
    int kept = dup(STDERR_FILENO);
    int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO);
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        l.seen[l.n] = i;
        l.values[l.n++] = p.value;
    }
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(nowhere);
    l.done = p.done;
    l.exit_code = p.exit_code;
    l.n_operands = p.n_operands;
    l.operands = p.operands;
    return l;
}

#define WORDS(...)                                                                                                     \
    char *argv[] = {"test", __VA_ARGS__, NULL};                                                                        \
    struct read_line l = read_line((int)(sizeof argv / sizeof argv[0]) - 1, argv)

static void options_and_operands_may_be_mixed(void **state)
{
    (void)state;
    WORDS("a.yaml", "--out", "x", "b.yaml", "-j4", "--jobs=5", "-o", "y");
    assert_false(l.done);
    assert_int_equal(l.n_operands, 2);
    assert_string_equal(l.operands[0], "a.yaml");
    assert_string_equal(l.operands[1], "b.yaml");
    assert_int_equal(l.n, 4);
    assert_string_equal(l.values[0], "x");
    assert_string_equal(l.values[1], "4");
    assert_string_equal(l.values[2], "5");
    assert_string_equal(l.values[3], "y");
}

/* Else the next word would be taken for it. */
static void a_value_that_may_be_left_out_stands_behind_an_equals_sign(void **state)
{
    (void)state;
    WORDS("--draw", "a.yaml", "--draw=all", "-d", "b.yaml", "--draw=");
    assert_false(l.done);
    assert_int_equal(l.n, 4);
    assert_int_equal(l.seen[2], DRAW);
    assert_null(l.values[0]);
    assert_string_equal(l.values[1], "all");
    assert_null(l.values[2]);
    assert_string_equal(l.values[3], "");
    assert_int_equal(l.n_operands, 2);
}

static void a_unique_beginning_is_enough(void **state)
{
    (void)state;
    WORDS("--ou", "x", "--js");
    assert_int_equal(l.seen[0], OUT);
    assert_int_equal(l.seen[1], JSON);
}

static void an_ambiguous_beginning_is_refused(void **state)
{
    (void)state;
    WORDS("--j");
    assert_true(l.done);
    assert_int_equal(l.exit_code, 2);
}

static void letters_may_be_grouped(void **state)
{
    (void)state;
    WORDS("-Jox");
    assert_int_equal(l.seen[0], JUMP);
    assert_int_equal(l.seen[1], OUT);
    assert_string_equal(l.values[1], "x");
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    WORDS("--json", "--", "--out", "-");
    assert_int_equal(l.n, 1);
    assert_int_equal(l.n_operands, 2);
    assert_string_equal(l.operands[0], "--out");
}

static void an_unknown_option_is_refused(void **state)
{
    (void)state;
    WORDS("--jsn");
    assert_true(l.done);
    assert_int_equal(l.exit_code, 2);
}

static void a_missing_value_is_refused(void **state)
{
    (void)state;
    WORDS("a.yaml", "--out");
    assert_int_equal(l.exit_code, 2);
}

static void a_value_for_a_flag_is_refused(void **state)
{
    (void)state;
    WORDS("--json=yes");
    assert_int_equal(l.exit_code, 2);
}

static void help_takes_no_value(void **state)
{
    (void)state;
    WORDS("--help=run");
    assert_true(l.done);
    assert_int_equal(l.exit_code, 2);
}

static void an_option_without_a_name_is_unknown(void **state)
{
    (void)state;
    WORDS("--=x");
    assert_true(l.done);
    assert_int_equal(l.exit_code, 2);
}

static void progress_is_auto_plain_or_none(void **state)
{
    (void)state;
    static const char *const values[] = {"auto", "plain", "none"};
    static const enum progress_mode modes[] = {PROGRESS_AUTO, PROGRESS_PLAIN, PROGRESS_NONE};
    struct cli_parser p = {.usage = &usage};
    enum progress_mode mode;
    for (int i = 0; i < 3; i++) {
        p.value = values[i];
        assert_true(cli_progress(&p, &mode));
        assert_int_equal(mode, modes[i]);
    }
    p.value = "plai";
    assert_false(cli_progress(&p, &mode));
    assert_true(p.done);
    assert_int_equal(p.exit_code, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_is_auto_plain_or_none),
        cmocka_unit_test(options_and_operands_may_be_mixed),
        cmocka_unit_test(a_value_that_may_be_left_out_stands_behind_an_equals_sign),
        cmocka_unit_test(a_unique_beginning_is_enough),
        cmocka_unit_test(an_ambiguous_beginning_is_refused),
        cmocka_unit_test(letters_may_be_grouped),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(an_unknown_option_is_refused),
        cmocka_unit_test(a_missing_value_is_refused),
        cmocka_unit_test(a_value_for_a_flag_is_refused),
        cmocka_unit_test(help_takes_no_value),
        cmocka_unit_test(an_option_without_a_name_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
