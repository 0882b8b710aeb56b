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

static void with_dynamic(struct config *c)
{
    all_policies_and_starts(c);
    c->dynamic.preset = (struct choice_list) {2, {DYNAMIC_GPU_TODAY, DYNAMIC_GPU_PERSISTENT}};
}

/* Names of the runs, one blank after each; or the message. */
static char *runs_of(struct run_options *o, struct config *c, const struct schedule *given)
{
    struct run_plan plan;
    struct diag d;
    struct text names = {0};
    diag_init(&d);
    text_add(&names, "");
    int rc = run_plan_make(&plan, o, c, given, &d);
    for (size_t i = 0; i < plan.n_runs; i++) {
        text_printf(&names, "%s ", plan.runs[i].name);
    }
    assert_true((rc == SIM_OK) == (d.count == 0));
    for (size_t i = 0; i < d.count; i++) {
        text_printf(&names, "%s: %s", d.messages[i].key, d.messages[i].text);
    }
    run_plan_free(&plan);
    diag_free(&d);
    return names.s;
}

static void runs_are(struct run_options *o, struct config *c, const struct schedule *given, const char *expected)
{
    char *got = runs_of(o, c, given);
    assert_string_equal(got, expected);
    free(got);
}

static void dynamic_machines_come_after_the_phase_machines(void **state)
{
    (void)state;
    struct run_options o = {0};
    struct run_plan plan;
    struct config c;
    struct diag d;
    diag_init(&d);
    with_dynamic(&c);
    assert_int_equal(run_plan_make(&plan, &o, &c, NULL, &d), SIM_OK);
    assert_int_equal(plan.n_runs, 10);
    const struct planned_run *run = &plan.runs[6];
    assert_string_equal(run->name, "dynamic.gpu-today.cold");
    assert_string_equal(run->machine, "dynamic.gpu-today");
    assert_string_equal(run->preset, "gpu-today");
    assert_string_equal(run->policy, "");
    assert_true(run->kind == RUN_DYNAMIC && run->choice == DYNAMIC_GPU_TODAY);
    assert_true(plan.runs[5].kind == RUN_PHASE && plan.runs[5].choice == POLICY_LIST);
    assert_string_equal(plan.runs[5].preset, "");
    assert_string_equal(plan.runs[9].name, "dynamic.gpu-persistent.steady");
    run_plan_free(&plan);
    diag_free(&d);
}

static void machines_of_all_kinds_are_chosen_by_globs_and_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *globs[2];
        size_t n;
        const char *expected;
        uint32_t policies, presets; /* left in the configuration */
    } cases[] = {
        {{"dynamic"}, 1, "dynamic.gpu-today.cold dynamic.gpu-persistent.cold ", 0, 2},
        {{"dynamic.gpu-t*"}, 1, "dynamic.gpu-today.cold ", 0, 1},
        {{"dynamic.gpu-persistent", "phase.list"}, 2, "phase.list.cold dynamic.gpu-persistent.cold ", 1, 1},
        {{"phase"}, 1, "phase.levels.cold phase.barrier.cold phase.list.cold ", 3, 0},
        {{"*.*-*"}, 1, "dynamic.gpu-today.cold dynamic.gpu-persistent.cold ", 0, 2},
        {{"dynamic.gpu-coherent"},
         1,
         "--machine: dynamic.gpu-coherent is not in the configuration; it has phase.levels, phase.barrier, phase.list, "
         "dynamic.gpu-today, dynamic.gpu-persistent",
         0,
         0},
    };
    const char *starts[] = {"cold"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *globs[2] = {cases[i].globs[0], cases[i].globs[1]};
        struct run_options o = {.machines = globs, .n_machines = cases[i].n, .starts = starts, .n_starts = 1};
        struct config c;
        with_dynamic(&c);
        runs_are(&o, &c, NULL, cases[i].expected);
        assert_int_equal(c.phase.policy.n, cases[i].policies);
        assert_int_equal(c.dynamic.preset.n, cases[i].presets);
    }
}

static void a_given_schedule_leaves_the_phase_machine_alone(void **state)
{
    (void)state;
    struct schedule given = {.policy = (char *)(uintptr_t) "list", .start = (char *)(uintptr_t) "cold"};
    struct run_options o = {.schedule = "x.bps"};
    struct config c;
    with_dynamic(&c);
    runs_are(&o, &c, &given, "phase.list.cold ");
    assert_int_equal(c.dynamic.preset.n, 0);
}

static void what_needs_a_schedule_has_no_dynamic_machine(void **state)
{
    (void)state;
    const char *dynamic[] = {"dynamic.gpu-today"};
    const char *list[] = {"phase.list"};
    const char *cold[] = {"cold"};
    struct run_options o = {.starts = cold, .n_starts = 1, .phase_only = "compile"};
    struct config c;
    with_dynamic(&c);
    runs_are(&o, &c, NULL, "phase.levels.cold phase.barrier.cold phase.list.cold ");
    o.machines = list;
    o.n_machines = 1;
    with_dynamic(&c);
    runs_are(&o, &c, NULL, "phase.list.cold ");
    o.machines = dynamic;
    with_dynamic(&c);
    runs_are(&o, &c, NULL, "--machine: dynamic.gpu-today has no schedule; compile is for phase machines");
    o.n_machines = 0;
    with_dynamic(&c);
    c.phase.policy.n = 0;
    runs_are(&o, &c, NULL,
             "machines.phase.policy: names no policy, and a dynamic machine has no schedule; compile is for phase "
             "machines");
}

static void nothing_is_injected_into_a_dynamic_machine(void **state)
{
    (void)state;
    struct phase_injection x = {.neighbour = 1, .cycle = 500, .delay = 20};
    const char *phase[] = {"phase.list"};
    const char *cold[] = {"cold"};
    struct run_options o = {.injections = &x, .n_injections = 1, .starts = cold, .n_starts = 1};
    struct config c;
    with_dynamic(&c);
    runs_are(&o, &c, NULL, "--inject: is for phase machines, and the run has dynamic ones; choose with --machine");
    o.machines = phase;
    o.n_machines = 1;
    with_dynamic(&c);
    runs_are(&o, &c, NULL, "phase.list.cold ");
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
    assert_true(x.chip == 0 && x.neighbour == 1 && x.cycle == 500 && x.delay == 20 && !x.task);
    assert_true(run_injection_parse("2:unit7:0:3", &x));
    assert_true(x.chip == 2 && x.neighbour == 7 && x.cycle == 0 && x.delay == 3 && x.task);
    assert_false(run_injection_parse("unit0:1:500:20", &x));
    assert_false(run_injection_parse("0:unit:500:20", &x));
    assert_false(run_injection_parse("0:unitx:500:20", &x));
    assert_false(run_injection_parse("0:1:500", &x));
    assert_false(run_injection_parse("0:1:500:20:3", &x));
    assert_false(run_injection_parse("0:1:500:-2", &x));
    assert_false(run_injection_parse("", &x));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_per_policy_and_start_in_order),
        cmocka_unit_test(dynamic_machines_come_after_the_phase_machines),
        cmocka_unit_test(machines_of_all_kinds_are_chosen_by_globs_and_kinds),
        cmocka_unit_test(a_given_schedule_leaves_the_phase_machine_alone),
        cmocka_unit_test(what_needs_a_schedule_has_no_dynamic_machine),
        cmocka_unit_test(nothing_is_injected_into_a_dynamic_machine),
        cmocka_unit_test(a_glob_chooses_machines_and_shapes_the_configuration),
        cmocka_unit_test(a_glob_that_fits_nothing_is_refused),
        cmocka_unit_test(names_replace_the_configuration_s),
        cmocka_unit_test(one_repeat_is_never_steady),
        cmocka_unit_test(several_runs_have_waveforms_of_their_own),
        cmocka_unit_test(windows_and_injections_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
