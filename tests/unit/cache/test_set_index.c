/* SPDX-License-Identifier: Apache-2.0 */
/* test_set_index.c - which set of a cache a line belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/cache/set_index.h"
#include "sim/kernel/message.h"

#define SETS_MOST 4096u

static const uint32_t all_sets[] = {1, 2, 3, 5, 8, 24, 32, 48, 64, 100, 255, 256, 1000, 1024, 4096};
#define N_SETS (sizeof all_sets / sizeof all_sets[0])

static void set_and_tag_give_the_line_back(void **state)
{
    (void)state;
    static bool taken[SETS_MOST];
    for (size_t i = 0; i < N_SETS; i++) {
        uint32_t sets = all_sets[i], bits = set_digit_bits(sets);
        /* tags of all sizes; UINT32_MAX / sets - 1 is the last whole one */
        for (uint64_t tag = 0; tag < UINT32_MAX / sets; tag += tag / 3 + 1) {
            memset(taken, 0, sizeof taken);
            for (uint32_t place = 0; place < sets; place++) {
                uint32_t set = set_index((uint32_t)tag * sets + place, sets, bits);
                assert_true(set < sets);
                assert_false(taken[set]);
                taken[set] = true;
            }
        }
    }
}

static uint32_t different(uint32_t first, uint32_t stride, uint32_t n, uint32_t sets)
{
    static bool taken[SETS_MOST];
    uint32_t found = 0;
    memset(taken, 0, sizeof taken);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t set = set_index(first + i * stride, sets, set_digit_bits(sets));
        found += !taken[set];
        taken[set] = true;
    }
    return found;
}

/* As many lines as there are sets, a power of two apart: one in each set, whatever the stride. By the low bits alone
 * they would share sets / stride sets, and one set from a stride of `sets` on. */
static void strides_of_a_power_of_two_spread_over_all_sets(void **state)
{
    (void)state;
    for (uint32_t sets = 2; sets <= SETS_MOST; sets *= 2)
        for (uint64_t stride = 1; stride * sets <= UINT64_C(1) << 32; stride *= 2)
            assert_int_equal(different(0, (uint32_t)stride, sets, sets), sets);
}

/* Lines as far apart as the sets times a power of two, all in one set by the low bits alone. */
static void strides_of_the_number_of_sets_spread_where_it_is_no_power_of_two_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SETS; i++)
        for (uint64_t stride = all_sets[i]; stride * all_sets[i] <= UINT64_C(1) << 32; stride *= 2)
            assert_true(different(0, (uint32_t)stride, all_sets[i], all_sets[i]) * 2 >= all_sets[i]);
}

static void without_a_division_the_set_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SETS; i++) {
        uint32_t sets = all_sets[i], bits = set_digit_bits(sets);
        uint64_t inverse = set_inverse(sets);
        /* at multiples of `sets`, where a quotient would be one off */
        for (uint64_t line = 0; line <= UINT32_MAX; line += line / 7 + 1)
            for (uint64_t near = line / sets * sets; near <= line / sets * sets + 1 && near <= UINT32_MAX; near++)
                assert_int_equal(set_index_by((uint32_t)near, sets, bits, inverse),
                                 set_index((uint32_t)near, sets, bits));
        for (uint64_t line = UINT32_MAX - 3 * sets; line <= UINT32_MAX; line++)
            assert_int_equal(set_index_by((uint32_t)line, sets, bits, inverse), set_index((uint32_t)line, sets, bits));
    }
}

static void the_hash_of_a_home_is_the_exclusive_or_of_digits_of_five_bits(void **state)
{
    (void)state;
    for (uint64_t group = 0; group <= UINT32_MAX; group += group / 100 + 1) {
        uint32_t h = 0;
        for (uint32_t rest = (uint32_t)group; rest; rest >>= 5)
            h ^= rest & 31u;
        assert_int_equal(home_hash((uint32_t)group), h);
    }
    assert_int_equal(home_hash(UINT32_MAX), 3); /* six whole digits, and two bits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_and_tag_give_the_line_back),
        cmocka_unit_test(strides_of_a_power_of_two_spread_over_all_sets),
        cmocka_unit_test(without_a_division_the_set_is_the_same),
        cmocka_unit_test(the_hash_of_a_home_is_the_exclusive_or_of_digits_of_five_bits),
        cmocka_unit_test(strides_of_the_number_of_sets_spread_where_it_is_no_power_of_two_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
