/* SPDX-License-Identifier: Apache-2.0 */
/* test_identity_table.c - equal identities have equal numbers, others have others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/kernel/identity_table.h"

#define MANY 5000u /* several times what the table holds at first */

/* Neighbours differ in one member each. */
static struct identity make(uint32_t i)
{
    struct identity id = {.chunk = 1 + i / 6, .tensor = 7, .c = 1000003};
    switch (i % 6) {
    case 1:
        id.tensor++;
        break;
    case 2:
        id.version++;
        break;
    case 3:
        id.numeric++;
        break;
    case 4:
        id.c++;
        break;
    case 5:
        id.value++;
        break;
    default:
        break;
    }
    return id;
}

static void numbers_are_equal_when_identities_are(void **state)
{
    (void)state;
    struct identity_table t = {0};
    uint32_t number[MANY];
    for (uint32_t i = 0; i < MANY; i++) {
        struct identity id = make(i);
        number[i] = identity_number(&t, &id);
        assert_int_equal(number[i], i + 1); /* nobody had it before */
        assert_int_equal(identity_number(&t, &id), number[i]);
    }
    for (uint32_t i = MANY; i-- > 0;) {
        struct identity id = make(i);
        assert_int_equal(identity_number(&t, &id), number[i]);
        assert_memory_equal(identity_at(&t, number[i]), &id, sizeof id);
    }
    identity_table_free(&t);
}

static void nothing_is_0_and_needs_no_table(void **state)
{
    (void)state;
    struct identity_table t = {0};
    struct identity nothing = {0}, one = make(1);
    assert_int_equal(identity_number(&t, &nothing), 0);
    assert_memory_equal(identity_at(&t, 0), &nothing, sizeof nothing);
    assert_null(t.items);
    assert_int_equal(identity_number(&t, &one), 1);
    assert_int_equal(identity_number(&t, &nothing), 0);
    assert_int_equal(identity_number(&t, &one), 1);
    identity_table_free(&t);
    assert_int_equal(identity_number(&t, &one), 1); /* it can be used again */
    identity_table_free(&t);
}

/* What is asked for may be one of the table's own, while that grows. */
static void an_identity_of_the_table_may_be_asked_for(void **state)
{
    (void)state;
    struct identity_table t = {0};
    for (uint32_t i = 0; i < MANY; i++) {
        struct identity id = make(i);
        uint32_t number = identity_number(&t, &id);
        assert_int_equal(identity_number(&t, identity_at(&t, 1 + number / 2)), 1 + number / 2);
        assert_int_equal(identity_number(&t, identity_at(&t, number)), number);
    }
    identity_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_equal_when_identities_are),
        cmocka_unit_test(nothing_is_0_and_needs_no_table),
        cmocka_unit_test(an_identity_of_the_table_may_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
