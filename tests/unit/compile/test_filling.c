/* SPDX-License-Identifier: Apache-2.0 */
/* test_filling.c - when a buffer has room: search, steps, against a count per cycle. */
#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/compile/filling.h"

#define CYCLES 600u

static void an_empty_buffer_has_room_at_once(void **state)
{
    (void)state;
    struct filling f = {.capacity = 100};
    assert_int_equal(filling_find(&f, 7, 1000, 100), 7);
    filling_free(&f);
}

static void what_does_not_fit_beside_the_others_waits_until_one_has_left(void **state)
{
    (void)state;
    struct filling f = {.capacity = 100};
    filling_take(&f, 5, 15, 60);
    assert_int_equal(filling_find(&f, 0, 5, 100), 0);
    assert_int_equal(filling_find(&f, 0, 6, 100), 15);
    assert_int_equal(filling_find(&f, 0, 6, 40), 0);
    assert_int_equal(filling_find(&f, 8, 3, 41), 15);
    filling_take(&f, 10, 30, 40);
    assert_int_equal(filling_find(&f, 4, 20, 40), 15);
    assert_int_equal(filling_find(&f, 4, 20, 61), 30);
    filling_free(&f);
}

static void many_short_pieces_stand_where_few_long_ones_do(void **state)
{
    (void)state;
    struct filling f = {.capacity = 16384};
    for (uint32_t i = 0; i < 21; i++) {
        assert_int_equal(filling_find(&f, i, 100, 768), i);
        filling_take(&f, i, i + 100, 768);
    }
    assert_int_equal(filling_find(&f, 21, 100, 768), 100);
    filling_free(&f);
}

/* A buffer that is as full as before needs no step. */
static void what_goes_when_something_as_large_comes_leaves_no_step(void **state)
{
    (void)state;
    struct filling f = {.capacity = 10};
    filling_take(&f, 5, 15, 4);
    filling_take(&f, 15, 20, 4);
    assert_int_equal(f.n_steps, 2);
    filling_take(&f, 15, 20, 4);
    filling_take(&f, 0, 5, 4);
    assert_int_equal(f.n_steps, 3);
    filling_free(&f);
}

static uint64_t first_room(const uint64_t *used, uint64_t capacity, uint64_t earliest, uint64_t length, uint64_t bytes)
{
    for (uint64_t free = 0;; earliest++) {
        free = earliest < CYCLES && used[earliest] + bytes > capacity ? 0 : free + 1;
        if (free == length) {
            return earliest + 1 - length;
        }
    }
}

static void random_pieces_agree_with_a_count_per_cycle(void **state)
{
    (void)state;
    uint64_t used[CYCLES] = {0}, seed = 1;
    struct filling f = {.capacity = 50};
    for (int i = 0; i < 400; i++) {
        seed = mix64(seed, 3);
        uint64_t earliest = seed % 400, length = 1 + seed / 400 % 30, bytes = 1 + seed / 12000 % 20;
        uint64_t from = filling_find(&f, earliest, length, bytes);
        assert_int_equal(from, first_room(used, f.capacity, earliest, length, bytes));
        if (from + length <= CYCLES) {
            filling_take(&f, from, from + length, bytes);
        }
        for (uint64_t c = from; c < from + length && from + length <= CYCLES; c++) {
            used[c] += bytes;
        }
    }
    filling_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_buffer_has_room_at_once),
        cmocka_unit_test(what_does_not_fit_beside_the_others_waits_until_one_has_left),
        cmocka_unit_test(many_short_pieces_stand_where_few_long_ones_do),
        cmocka_unit_test(what_goes_when_something_as_large_comes_leaves_no_step),
        cmocka_unit_test(random_pieces_agree_with_a_count_per_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
