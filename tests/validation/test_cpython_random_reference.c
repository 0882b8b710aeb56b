/* SPDX-License-Identifier: Apache-2.0 */
/* The generator against numbers drawn by CPython 3.11, bit for bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/base/text.h"
#include "sim/graph/cpython_random.h"
#include "tests/validation/reference_csv.h"

static struct cpython_random fresh(const char *seed)
{
    struct cpython_random r;
    assert_int_equal(cpython_random_seed(&r, seed), SIM_OK);
    return r;
}

static void add_reals(const char *seed, struct text *out, bool hex)
{
    struct cpython_random r = fresh(seed);
    for (uint32_t i = 0; i < 8; i++) {
        char buf[TEXT_REAL_MAX];
        double x = cpython_random_real(&r);
        text_add(out, i > 0 ? ";" : "");
        if (hex) {
            text_printf(out, "%.13a", x);
        } else {
            text_add(out, text_real(buf, x));
        }
    }
}

static void add_shuffled(struct cpython_random *r, uint32_t n, uint32_t times, struct text *out)
{
    uint32_t x[100];
    assert_true(n <= 100);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = i;
    }
    for (uint32_t i = 0; i < times; i++) {
        cpython_random_shuffle(r, x, n);
    }
    for (uint32_t i = 0; i < n; i++) {
        text_printf(out, "%s%u", i > 0 ? " " : "", x[i]);
    }
}

static void add_real(struct cpython_random *r, struct text *out)
{
    char buf[TEXT_REAL_MAX];
    text_add(out, text_real(buf, cpython_random_real(r)));
}

/* What the column must hold for this seed. */
static void add_column(const char *column, const char *seed, struct text *out)
{
    struct cpython_random r = fresh(seed);
    unsigned size;
    if (strcmp(column, "seed") == 0) {
        text_add(out, seed);
    } else if (strcmp(column, "u32_0_7") == 0) {
        for (uint32_t i = 0; i < 8; i++) {
            text_printf(out, "%s%u", i > 0 ? ";" : "", cpython_random_u32(&r));
        }
    } else if (strncmp(column, "random_0_7", 10) == 0) {
        add_reals(seed, out, strcmp(column, "random_0_7_hex") == 0);
    } else if (strcmp(column, "random_700") == 0) {
        for (uint32_t i = 0; i < 700; i++) {
            cpython_random_real(&r);
        }
        add_real(&r, out);
    } else if (strcmp(column, "shuffle20_x5") == 0) {
        add_shuffled(&r, 20, 5, out);
    } else if (strcmp(column, "random_after_x5") == 0) {
        struct text ignored = {0};
        add_shuffled(&r, 20, 5, &ignored);
        text_free(&ignored);
        add_real(&r, out);
    } else if (sscanf(column, "shuffle_%u", &size) == 1) {
        add_shuffled(&r, size, 1, out);
    } else {
        fail_msg("column %s is not checked", column);
    }
}

static void every_number_of_the_reference_vectors_is_drawn(void **state)
{
    (void)state;
    struct reference_csv t;
    assert_true(reference_read(&t, BPSIM_SOURCE_DIR "/tests/validation/seed_python/rng_vectors.csv"));
    assert_int_equal(t.n_rows, 12);
    for (size_t row = 0; row < t.n_rows; row++) {
        for (size_t c = 0; c < t.columns; c++) {
            struct text got = {0};
            add_column(t.header.cell[c], t.rows[row].cell[0], &got);
            if (strcmp(got.s, t.rows[row].cell[c]) != 0) {
                fail_msg("seed %s, %s: %s, expected %s", t.rows[row].cell[0], t.header.cell[c], got.s,
                         t.rows[row].cell[c]);
            }
            text_free(&got);
        }
    }
    reference_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_the_reference_vectors_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
