/* SPDX-License-Identifier: Apache-2.0 */
/* test_digit_sort.c - ascending and stable, beside the sort by insertion that it is for few. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/digit_sort.h"
#include "sim/base/rng.h"

#define MOST 5000u

struct item {
    uint64_t key;
    uint32_t place; /* before */
};

#define KEY_OF(x) ((x)->key)
DIGIT_SORT(by_key, struct item, KEY_OF)

static struct item all[MOST], other[MOST];

/* Keys of `bits` bits above `least`: many alike, digits that all share, and all 64 bits. */
static void check(struct rng *rng, uint32_t n, uint32_t bits, uint64_t least)
{
    uint64_t sum = 0, after = 0;
    for (uint32_t i = 0; i < n; i++) {
        all[i] = (struct item) {least + (rng_next(rng) >> (64 - bits)), i};
        sum += all[i].key * (i + 1);
    }
    const struct item *sorted = by_key(all, other, n);
    assert_true(sorted == all || sorted == other);
    for (uint32_t i = 0; i < n; i++) {
        after += sorted[i].key * (sorted[i].place + 1);
        if (i > 0)
            assert_true(sorted[i - 1].key < sorted[i].key ||
                        (sorted[i - 1].key == sorted[i].key && sorted[i - 1].place < sorted[i].place));
    }
    assert_true(sum == after);
}

static void keys_ascend_and_equal_ones_stay_in_order(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, 2, DIGIT_FEW, DIGIT_FEW + 1, 1000, MOST}, bits[] = {1, 7, 11, 12, 30, 64};
    struct rng rng;
    rng_init(&rng, 1, "digit_sort");
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++)
            for (uint32_t far = 0; far < 2; far++)
                check(&rng, counts[i], bits[k], far && bits[k] < 40 ? UINT64_C(1) << 62 : 0);
}

static void what_is_in_order_stays_where_it_is(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < MOST; i++)
        all[i] = (struct item) {i / 3, i};
    assert_ptr_equal(by_key(all, other, MOST), all);
    for (uint32_t i = 0; i < MOST; i++)
        assert_int_equal(all[i].place, i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_ascend_and_equal_ones_stay_in_order),
        cmocka_unit_test(what_is_in_order_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
