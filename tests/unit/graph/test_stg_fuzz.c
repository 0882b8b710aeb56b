/* SPDX-License-Identifier: Apache-2.0 */
/* The STG reader on broken files: no crash, no large allocation, and a message with its place for each refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "sim/base/file.h"
#include "sim/base/rng.h"
#include "tests/unit/graph/stg_text.h"

#define PATH "text.stg"

static const char *const seeds[] = {"plain.stg", "counted_dummies.stg", "from_one.stg", "zero_time.stg"};
#define SEEDS (sizeof seeds / sizeof seeds[0])

static char *seed_text(size_t i, size_t *bytes)
{
    char path[512];
    char *data;
    struct diag d;
    diag_init(&d);
    snprintf(path, sizeof path, "%s/tests/unit/graph/stg/%s", BPSIM_SOURCE_DIR, seeds[i]);
    assert_int_equal(file_read(path, 1 << 16, &data, bytes, &d), SIM_OK);
    diag_free(&d);
    return data;
}

/* Either a sound graph or one message with a line of the file. */
static bool read_or_refuse(const char *text, size_t bytes)
{
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    int error = stg_read_text(text, bytes, &g, &d);
    if (error == SIM_OK) {
        assert_int_equal(op_graph_check(g, &d), SIM_OK);
        assert_int_equal(d.count, 0);
        op_graph_free(g);
    } else {
        assert_int_equal(error, SIM_ERR_INPUT);
        assert_null(g);
        assert_int_equal(d.count, 1);
        assert_string_equal(d.messages[0].file, PATH);
        assert_true(d.messages[0].line >= 1);
    }
    diag_free(&d);
    return error == SIM_OK;
}

static void every_prefix_of_a_file_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEEDS; i++) {
        size_t bytes;
        char *text = seed_text(i, &bytes);
        for (size_t n = 0; n <= bytes; n++) {
            read_or_refuse(text, n);
        }
        free(text);
    }
}

/* A cut inside the task lines of a file with dummies is always seen: the exit dummy is missing. */
static void a_file_with_dummies_that_was_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t bytes;
        char *text = seed_text(i, &bytes);
        const char *last = i == 0 ? "    6     0   1   5" : "5 0 2 3 4";
        size_t whole = (size_t)(strstr(text, last) - text) + strlen(last);
        for (size_t n = 0; n < whole; n++) {
            assert_false(read_or_refuse(text, n));
        }
        assert_true(read_or_refuse(text, whole));
        free(text);
    }
}

static void mutate(struct rng *r, char *text, size_t *bytes, size_t capacity)
{
    static const char *const pieces[] = {"0", "1", "-",    "99999999999", "4294967295", "\n",
                                         " ", "#", "\xff", "5 0 1 2\n",   "1e9"};
    size_t at = (size_t)rng_below(r, *bytes + 1);
    switch (rng_below(r, 4)) {
    case 0: /* another byte */
        if (at < *bytes) {
            text[at] = (char)rng_below(r, 256);
        }
        break;
    case 1: { /* a piece put in */
        const char *piece = pieces[rng_below(r, sizeof pieces / sizeof pieces[0])];
        size_t n = strlen(piece);
        if (*bytes + n <= capacity) {
            memmove(text + at + n, text + at, *bytes - at);
            memcpy(text + at, piece, n);
            *bytes += n;
        }
        break;
    }
    case 2: { /* a piece taken out */
        size_t n = (size_t)rng_below(r, 12);
        n = n < *bytes - at ? n : *bytes - at;
        memmove(text + at, text + at + n, *bytes - at - n);
        *bytes -= n;
        break;
    }
    default: /* a digit for a digit: the likeliest way to a sound but wrong file */
        for (size_t i = at; i < *bytes; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                text[i] = (char)('0' + rng_below(r, 10));
                break;
            }
        }
    }
}

static void mutated_files_are_read_or_refused(void **state)
{
    (void)state;
    struct rng r;
    uint32_t sound = 0;
    rng_init(&r, 1, "test_stg_fuzz");
    for (uint32_t round = 0; round < 6000; round++) {
        size_t bytes;
        char *seed = seed_text(round % SEEDS, &bytes);
        size_t capacity = bytes + 256;
        char *text = malloc(capacity);
        memcpy(text, seed, bytes);
        free(seed);
        uint64_t times = 1 + rng_below(&r, 6);
        for (uint64_t i = 0; i < times; i++) {
            mutate(&r, text, &bytes, capacity);
        }
        sound += read_or_refuse(text, bytes);
        free(text);
    }
    assert_in_range(sound, 100, 5900); /* both ways were taken often */
}

/* Runs first: what the process holds at most never falls again. */
static void absurd_numbers_take_no_memory(void **state)
{
    (void)state;
    static const char *const texts[] = {"1000000\n0 0 0\n", "1000000000000\n", "2\n1 1 999999999\n",
                                        "2\n1 1 0\n2 1 4294967295 1\n"};
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(read_or_refuse(texts[i], strlen(texts[i])));
    }
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 8 * 1024); /* KiB */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absurd_numbers_take_no_memory),
        cmocka_unit_test(every_prefix_of_a_file_is_read_or_refused),
        cmocka_unit_test(a_file_with_dummies_that_was_cut_off_is_refused),
        cmocka_unit_test(mutated_files_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
