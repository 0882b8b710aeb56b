/* SPDX-License-Identifier: Apache-2.0 */
/* test_run_plan.c - which runs a command line asks for, and how its values are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/cli/run_plan.h"

static void all_policies_and_starts(struct config *c)
{
    memset(c, 0, sizeof *c);
    c->phase.policy = (struct choice_list) {3, {POLICY_LEVELS, POLICY_BARRIER, POLICY_LIST}};
    c->run.start = (struct choice_list) {2, {START_COLD, START_STEADY}};
    c->run.repeats = 3;
}

static int plan_of(const struct run_options *o, struct config *c, struct run_plan *plan)
{
    struct diag d;
    diag_init(&d);
    all_policies_and_starts(c);
    int rc = run_plan_make(plan, o, c, NULL, &d);
    assert_true((rc == SIM_OK) == (d.count == 0));
    diag_free(&d);
    return rc;
}

static void one_run_per_policy_and_start_in_order(void **state)
{
    (void)state;
    static const char *const names[] = {"phase.levels.cold",    "phase.levels.steady", "phase.barrier.cold",
                                        "phase.barrier.steady", "phase.list.cold",     "phase.list.steady"};
    struct run_options o = {0};
    struct run_plan plan;
    struct config c;
    assert_int_equal(plan_of(&o, &c, &plan), SIM_OK);
    assert_int_equal(plan.n_runs, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(plan.runs[i].name, names[i]);
    }
    run_plan_free(&plan);
}

static void a_glob_chooses_machines_and_shapes_the_configuration(void **state)
{
    (void)state;
    const char *globs[] = {"phase.l*"};
    struct run_options o = {.machines = globs, .n_machines = 1};
    struct run_plan plan;
    struct config c;
    assert_int_equal(plan_of(&o, &c, &plan), SIM_OK);
    assert_int_equal(plan.n_runs, 4);
    assert_string_equal(plan.runs[2].name, "phase.list.cold");
    assert_int_equal(c.phase.policy.n, 2);
    run_plan_free(&plan);
}

static void a_glob_that_fits_nothing_is_refused(void **state)
{
    (void)state;
    const char *globs[] = {"phase.list", "dynamic.gpu-today"};
    struct run_options o = {.machines = globs, .n_machines = 2};
    struct run_plan plan;
    struct config c;
    assert_int_equal(plan_of(&o, &c, &plan), SIM_ERR_INPUT);
    run_plan_free(&plan);
}

static void names_replace_the_configuration_s(void **state)
{
    (void)state;
    const char *starts[] = {"steady"};
    const char *policies[] = {"list", "list"};
    struct run_options o = {.starts = starts, .n_starts = 1, .policies = policies, .n_policies = 2};
    struct run_plan plan;
    struct config c;
    assert_int_equal(plan_of(&o, &c, &plan), SIM_OK);
    assert_int_equal(plan.n_runs, 1);
    assert_string_equal(plan.runs[0].name, "phase.list.steady");
    run_plan_free(&plan);
    policies[1] = "lost";
    assert_int_equal(plan_of(&o, &c, &plan), SIM_ERR_INPUT);
    run_plan_free(&plan);
}

static void one_repeat_is_never_steady(void **state)
{
    (void)state;
    struct run_options o = {0};
    struct run_plan plan;
    struct config c;
    struct diag d;
    diag_init(&d);
    all_policies_and_starts(&c);
    c.run.repeats = 1;
    assert_int_equal(run_plan_make(&plan, &o, &c, NULL, &d), SIM_ERR_INPUT);
    run_plan_free(&plan);
    diag_free(&d);
}

static void several_runs_have_waveforms_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *file, *expected;
    } cases[] = {{"w.vcd", "w.phase.list.cold.vcd"},
                 {"d/w.vcd.gz", "d/w.phase.list.cold.vcd.gz"},
                 {"w", "w.phase.list.cold.vcd"},
                 {"a.b.vcd", "a.b.phase.list.cold.vcd"}};
    struct planned_run runs[2] = {{.name = "phase.list.cold"}, {.name = "phase.list.steady"}};
    struct run_plan plan = {.runs = runs, .n_runs = 2};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = run_vcd_path(cases[i].file, &plan, 0);
        assert_string_equal(path, cases[i].expected);
        free(path);
    }
    plan.n_runs = 1;
    char *path = run_vcd_path("w.vcd", &plan, 0);
    assert_string_equal(path, "w.vcd");
    free(path);
}

static void windows_and_injections_are_read_whole(void **state)
{
    (void)state;
    uint64_t from;
    uint64_t to;
    struct phase_injection x;
    assert_true(run_window_parse("5:9", &from, &to) && from == 5 && to == 9);
    assert_true(run_window_parse(":9", &from, &to) && from == 0 && to == 9);
    assert_true(run_window_parse("5:", &from, &to) && from == 5 && to == 0);
    assert_false(run_window_parse("9:5", &from, &to));
    assert_false(run_window_parse("5", &from, &to));
    assert_false(run_window_parse("5:x", &from, &to));
    assert_true(run_injection_parse("0:1:500:20", &x));
    assert_true(x.chip == 0 && x.neighbour == 1 && x.cycle == 500 && x.delay == 20);
    assert_false(run_injection_parse("0:1:500", &x));
    assert_false(run_injection_parse("0:1:500:20:3", &x));
    assert_false(run_injection_parse("0:1:500:-2", &x));
    assert_false(run_injection_parse("", &x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_per_policy_and_start_in_order),
        cmocka_unit_test(a_glob_chooses_machines_and_shapes_the_configuration),
        cmocka_unit_test(a_glob_that_fits_nothing_is_refused),
        cmocka_unit_test(names_replace_the_configuration_s),
        cmocka_unit_test(one_repeat_is_never_steady),
        cmocka_unit_test(several_runs_have_waveforms_of_their_own),
        cmocka_unit_test(windows_and_injections_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
