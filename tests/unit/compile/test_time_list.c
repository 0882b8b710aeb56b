/* SPDX-License-Identifier: Apache-2.0 */
/* test_time_list.c - ascending cycles to which others are added, against an array that is sorted anew. */
#include <stdlib.h>

#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/compile/sorting.h"
#include "sim/compile/time_list.h"

#define MOST 6000u

static void check(const struct time_list *l, const uint64_t *want, size_t n, uint64_t range)
{
    assert_int_equal(l->n, n);
    for (size_t i = 0; i < n; i += n / 37 + 1) {
        assert_int_equal(times_at(l, i), want[i]);
    }
    for (uint64_t cycle = 0, before = 0; cycle <= range; cycle += range / 53 + 1) {
        while (before < n && want[before] < cycle) {
            before++;
        }
        assert_int_equal(times_before(l, cycle), before);
    }
}

/* Begins with `first` cycles; `range` of few values: most stand several times, over more than one block. */
static void add_many(size_t first, uint64_t range, uint64_t seed)
{
    uint64_t want[MOST] = {0};
    struct time_list l = {0};
    for (size_t i = 0; i < first; i++) {
        seed = mix64(seed, 1);
        want[i] = seed % range;
    }
    sort_items(want, first, sizeof *want, times_in_order);
    times_set(&l, want, first);
    check(&l, want, first, range);
    for (size_t n = first; n < MOST; n++) {
        seed = mix64(seed, 2);
        times_add(&l, seed % range);
        want[n] = seed % range;
        if (n % 1000 == 999 || n < first + 3) {
            sort_items(want, n + 1, sizeof *want, times_in_order);
            check(&l, want, n + 1, range);
        }
    }
    for (size_t i = 0; i < l.n_blocks; i++) {
        assert_true(l.blocks[i].n > 0);
    }
    times_free(&l);
}

static void cycles_that_are_added_stand_in_order(void **state)
{
    (void)state;
    add_many(0, 1000000, 5);
    add_many(1, 100000, 6);
    add_many(2000, 1000000000, 7);
    add_many(513, 300, 8);
    add_many(256, 2, 9);
    add_many(300, 1, 10);
}

static void an_empty_list_has_nothing_before_any_cycle(void **state)
{
    (void)state;
    struct time_list l = {0};
    times_set(&l, NULL, 0);
    assert_int_equal(times_before(&l, 0), 0);
    assert_int_equal(times_before(&l, UINT64_MAX), 0);
    times_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cycles_that_are_added_stand_in_order),
        cmocka_unit_test(an_empty_list_has_nothing_before_any_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
