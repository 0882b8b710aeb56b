/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_verify.c - the verifier accepts what keeps the rules, and names the rule that is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "tests/unit/schedule/schedule_example.h"

static void a_schedule_that_keeps_every_rule_is_accepted(void **state)
{
    (void)state;
    struct builder b;
    example(&b);
    struct sched_verdict v;
    int rc = schedule_verify(&b.s, 50, &v);
    for (size_t i = 0; i < v.n_violations; i++) {
        print_error("%s: %s: %s\n", v.violations[i].rule, v.violations[i].where, v.violations[i].message);
    }
    assert_int_equal(rc, SIM_OK);
    sched_verdict_free(&v);
    schedule_free(&b.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schedule_that_keeps_every_rule_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
