/* SPDX-License-Identifier: Apache-2.0 */
/* test_change_log.c - changes come in any order and leave sorted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/base/mem.h"
#include "sim/base/rng.h"
#include "sim/trace/change_log.h"

struct told {
    uint64_t time, value;
    uint32_t variable, order;
};

static int compare(const void *a, const void *b)
{
    const struct told *x = a, *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    if (x->variable != y->variable) {
        return x->variable < y->variable ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

/* Of each time and variable the last. */
static uint32_t expected(struct told *t, uint32_t count)
{
    uint32_t n = 0;
    qsort(t, count, sizeof *t, compare);
    for (uint32_t i = 0; i < count; i++) {
        if (i + 1 == count || t[i].time != t[i + 1].time || t[i].variable != t[i + 1].variable) {
            t[n++] = t[i];
        }
    }
    return n;
}

static void leave_sorted(struct change_log *l, struct told *t, uint32_t count)
{
    struct changes c;
    uint32_t at = 0, n = expected(t, count);
    while (change_log_next(l, &c)) {
        assert_true(c.n > 0 && c.n <= n - at);
        assert_true(at == 0 || c.time > t[at - 1].time);
        for (uint32_t i = 0; i < c.n; i++, at++) {
            assert_int_equal(c.time, t[at].time);
            assert_int_equal(c.change[i].variable, t[at].variable);
            assert_int_equal(c.change[i].value, t[at].value);
        }
    }
    assert_int_equal(at, n);
    assert_false(change_log_next(l, &c));
    assert_false(change_log_failed(l));
}

static void leaves_sorted(size_t capacity, uint32_t count, uint64_t times, uint32_t variables)
{
    struct rng r;
    struct change_log *l = change_log_new(variables, capacity);
    struct told *t = mem_alloc_array(count, sizeof *t);
    rng_init(&r, 7, "changes");
    for (uint32_t i = 0; i < count; i++) {
        /* values of one bit up to 64 */
        t[i] = (struct told) {rng_next(&r) % times, rng_next(&r) >> rng_next(&r) % 64,
                              (uint32_t)(rng_next(&r) % variables), i};
        change_log_add(l, t[i].time, t[i].variable, t[i].value);
    }
    leave_sorted(l, t, count);
    change_log_free(l);
    free(t);
}

static void what_fits_in_memory_is_sorted(void **state)
{
    (void)state;
    leaves_sorted(0, 50000, 300, 5000);
    leaves_sorted(0, 50000, UINT64_MAX, 5000);
    leaves_sorted(0, 50000, 3, 300000);
    leaves_sorted(0, 0, 1, 1);
}

static void what_does_not_fit_is_merged_from_a_file(void **state)
{
    (void)state;
    leaves_sorted(1000, 50000, 300, 5000);
    leaves_sorted(3000, 50001, UINT64_MAX, 5000);
    leaves_sorted(50000, 200000, 40, 300000);
    leaves_sorted(10, 100, 1, 5000);
    leaves_sorted(1, 100, 7, 2);
}

/* A change of each variable may come again and again at one time: only the last leaves. */
static void of_several_changes_at_one_time_the_last_leaves(void **state)
{
    (void)state;
    for (size_t capacity = 2; capacity < 8; capacity++) {
        struct change_log *l = change_log_new(2, capacity);
        struct changes c;
        for (uint64_t i = 0; i <= 9; i++) {
            change_log_add(l, 5, 1, i);
            change_log_add(l, 4 + i % 2, 0, 10 + i);
        }
        assert_true(change_log_next(l, &c));
        assert_int_equal(c.time, 4);
        assert_int_equal(c.n, 1);
        assert_int_equal(c.change[0].value, 18);
        assert_true(change_log_next(l, &c));
        assert_int_equal(c.n, 2);
        assert_int_equal(c.change[0].value, 19);
        assert_int_equal(c.change[1].value, 9);
        assert_false(change_log_next(l, &c));
        change_log_free(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_in_memory_is_sorted),
        cmocka_unit_test(what_does_not_fit_is_merged_from_a_file),
        cmocka_unit_test(of_several_changes_at_one_time_the_last_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
