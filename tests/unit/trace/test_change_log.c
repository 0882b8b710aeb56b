/* SPDX-License-Identifier: Apache-2.0 */
/* test_change_log.c - changes come in any order and leave sorted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/trace/change_log.h"

static void leaves_sorted(size_t capacity, uint32_t count, uint64_t times)
{
    struct rng r;
    struct change_log *l = change_log_new(capacity);
    struct change last = {0};
    struct change c;
    uint64_t sum = 0;
    uint32_t n = 0;
    rng_init(&r, 7, "changes");
    for (uint32_t i = 0; i < count; i++) {
        change_log_add(l, rng_next(&r) % times, (uint32_t)(rng_next(&r) % 5000), i);
        sum += i;
    }
    for (; change_log_next(l, &c); n++) {
        if (n) {
            assert_true(c.time > last.time || (c.time == last.time && c.variable >= last.variable));
            assert_true(c.time != last.time || c.variable != last.variable || c.value > last.value);
        }
        last = c;
        sum -= c.value;
    }
    assert_int_equal(n, count);
    assert_int_equal(sum, 0);
    assert_false(change_log_failed(l));
    change_log_free(l);
}

static void what_fits_in_memory_is_sorted(void **state)
{
    (void)state;
    leaves_sorted(0, 50000, 300);
    leaves_sorted(0, 50000, UINT64_MAX);
    leaves_sorted(0, 0, 1);
}

static void what_does_not_fit_is_merged_from_a_file(void **state)
{
    (void)state;
    leaves_sorted(1000, 50000, 300);
    leaves_sorted(3000, 50001, UINT64_MAX);
    leaves_sorted(10, 100, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_in_memory_is_sorted),
        cmocka_unit_test(what_does_not_fit_is_merged_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
