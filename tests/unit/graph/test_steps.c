/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/step_report.h"

static struct step_dag random_dag(uint64_t nodes, double p, const char *seed, struct cpython_random *r)
{
    struct step_dag g;
    struct diag d;
    diag_init(&d);
    assert_int_equal(cpython_random_seed(r, seed), SIM_OK);
    assert_int_equal(step_dag_random(&g, nodes, p, r, &d), SIM_OK);
    diag_free(&d);
    return g;
}

/* A run whose steps have these sizes; order does not matter for statistics. */
static struct step_run run_of(const uint32_t *sizes, uint32_t steps)
{
    struct step_run run = {.steps = steps};
    run.first = calloc(steps + 1, sizeof *run.first);
    for (uint32_t s = 0; s < steps; s++) {
        run.first[s + 1] = run.first[s] + sizes[s];
    }
    run.order = calloc(run.first[steps] + 1, sizeof *run.order);
    return run;
}

static const struct step_energy energy = {.compute = 1.0, .idle = 0.3, .max_units = 32};

static uint32_t *step_of_nodes(const struct step_run *run, uint32_t nodes)
{
    uint32_t *step = calloc(nodes, sizeof *step);
    for (uint32_t s = 0; s < run->steps; s++) {
        for (uint32_t i = run->first[s]; i < run->first[s + 1]; i++) {
            step[run->order[i]] = s;
        }
    }
    return step;
}

/* Every node runs once, after all its predecessors. */
static void assert_valid(const struct step_run *run, const struct step_dag *g)
{
    assert_int_equal(run->first[run->steps], g->nodes);
    uint32_t *seen = calloc(g->nodes, sizeof *seen);
    for (uint32_t i = 0; i < g->nodes; i++) {
        assert_int_equal(seen[run->order[i]]++, 0);
    }
    uint32_t *step = step_of_nodes(run, g->nodes);
    for (uint32_t u = 0; u < g->nodes; u++) {
        for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++) {
            assert_true(step[u] < step[g->to[e]]);
        }
    }
    free(step);
    free(seen);
}

static void every_execution_runs_each_node_once_after_its_predecessors(void **state)
{
    (void)state;
    static const char *const seeds[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    for (uint32_t i = 0; i < 8; i++) {
        struct cpython_random r;
        struct step_run levels, dynamic;
        struct step_dag g = random_dag(40 + 17 * i, 0.01 * (i + 1), seeds[i], &r);
        step_run_levels(&levels, &g);
        assert_int_equal(step_run_dynamic(&dynamic, &g, 1 + i, &r), SIM_OK);
        assert_valid(&levels, &g);
        assert_valid(&dynamic, &g);
        for (uint32_t s = 0; s < dynamic.steps; s++) {
            assert_in_range(step_run_size(&dynamic, s), 1, 1 + i);
        }
        assert_true(levels.steps <= dynamic.steps);
        step_run_cut(&levels, 1 + i);
        assert_valid(&levels, &g);
        step_run_free(&levels);
        step_run_free(&dynamic);
        step_dag_free(&g);
    }
}

static void with_units_for_all_dynamic_execution_takes_as_many_steps_as_there_are_levels(void **state)
{
    (void)state;
    struct cpython_random r;
    struct step_run levels, dynamic;
    struct step_dag g = random_dag(120, 0.04, "1", &r);
    step_run_levels(&levels, &g);
    assert_int_equal(step_run_dynamic(&dynamic, &g, 120, &r), SIM_OK);
    assert_int_equal(levels.steps, dynamic.steps);
    for (uint32_t s = 0; s < levels.steps; s++) {
        assert_int_equal(step_run_size(&levels, s), step_run_size(&dynamic, s));
    }
    step_run_free(&levels);
    step_run_free(&dynamic);
    step_dag_free(&g);
}

static void equal_cuts_each_level_in_its_order_and_never_across_levels(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {17, 8, 1, 9};
    static const uint32_t expected[] = {8, 8, 1, 8, 1, 8, 1};
    struct step_run run = run_of(sizes, 4);
    for (uint32_t i = 0; i < 35; i++) {
        run.order[i] = 100 - i;
    }
    step_run_cut(&run, 8);
    assert_int_equal(run.steps, 7);
    for (uint32_t s = 0; s < 7; s++) {
        assert_int_equal(step_run_size(&run, s), expected[s]);
    }
    for (uint32_t i = 0; i < 35; i++) {
        assert_int_equal(run.order[i], 100 - i);
    }
    step_run_free(&run);
}

static void a_level_wider_than_the_units_lowers_the_energy_as_in_the_study(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {40};
    struct step_run run = run_of(sizes, 1);
    struct step_stats s = step_stats_of(&run, &energy);
    assert_true(s.energy == 40.0 + (-8) * 0.3);
    step_run_free(&run);
}

static void the_deviation_is_the_correctly_rounded_root_of_the_exact_variance(void **state)
{
    (void)state;
    /* sqrt(2)/3, whose rounded quotient 2/9 has a root one unit in the last place off; and an exact one. */
    static const uint32_t thirds[] = {1, 1, 2}, exact[] = {1, 3, 5, 7};
    struct step_run run = run_of(thirds, 3);
    struct step_stats s = step_stats_of(&run, &energy);
    assert_int_equal(s.variance_num, 2);
    assert_int_equal(s.variance_den, 9);
    long double root = sqrtl(2.0L) / 3.0L;
    assert_true(fabsl((long double)s.std - root) <= fabsl((long double)nextafter(s.std, 0) - root));
    assert_true(fabsl((long double)s.std - root) <= fabsl((long double)nextafter(s.std, 1) - root));
    step_run_free(&run);
    run = run_of(exact, 4);
    s = step_stats_of(&run, &energy);
    assert_int_equal(s.variance_num, 5);
    assert_int_equal(s.variance_den, 1);
    assert_true(s.mean_is_integer && s.mean == 4.0);
    step_run_free(&run);
}

/* With extended precision the root of num/den is known well enough to see which double is nearest, but for rare
 * near-ties; those are left to the exact code. */
static void deviations_of_many_runs_are_nearest_doubles(void **state)
{
    (void)state;
    struct cpython_random r;
    assert_int_equal(cpython_random_seed(&r, "77"), SIM_OK);
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t sizes[12];
        uint32_t steps = 2 + cpython_random_below(&r, 11);
        for (uint32_t s = 0; s < steps; s++) {
            sizes[s] = 1 + cpython_random_below(&r, 500);
        }
        struct step_run run = run_of(sizes, steps);
        struct step_stats s = step_stats_of(&run, &energy);
        long double root = sqrtl((long double)s.variance_num / (long double)s.variance_den);
        long double error = fabsl((long double)s.std - root);
        long double slack = root * 1e-18L;
        assert_true(error <= fabsl((long double)nextafter(s.std, INFINITY) - root) + slack);
        assert_true(error <= fabsl((long double)nextafter(s.std, 0.0) - root) + slack);
        step_run_free(&run);
    }
}

static void rounding_to_two_places_is_of_the_exact_value(void **state)
{
    (void)state;
    assert_true(step_round2(2.675) == 2.67); /* the double lies below 2.675 */
    assert_true(step_round2(0.125) == 0.12); /* a true tie goes to even */
    assert_true(step_round2(0.375) == 0.38);
    assert_true(step_round2(199.20000000000005) == 199.2);
}

static void sizes_outside_their_range_are_refused_with_their_name(void **state)
{
    (void)state;
    struct cpython_random r;
    struct step_dag g;
    struct diag d;
    diag_init(&d);
    assert_int_equal(cpython_random_seed(&r, "1"), SIM_OK);
    assert_int_equal(step_dag_random(&g, 0, 0.5, &r, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_random(&g, STEP_DAG_MAX_NODES + 1, 0.5, &r, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_random(&g, 5, 1.5, &r, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_random(&g, 5, NAN, &r, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_transformer(&g, 0, 4, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_transformer(&g, 4, 0, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_cnn(&g, 4, 0, &d), SIM_ERR_INPUT);
    assert_int_equal(step_dag_cnn(&g, 1000, 1000, &d), SIM_ERR_INPUT);
    static const char *const keys[] = {"nodes", "nodes", "edge-prob", "edge-prob", "layers", "heads", "branches", ""};
    assert_int_equal(d.count, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(d.messages[i].key, keys[i]);
    }
    diag_free(&d);
}

static void put_text(struct text *out, bool equal, void (*put)(const struct step_result *, struct text *))
{
    struct cpython_random r;
    struct step_run levels, dynamic;
    struct step_dag g = random_dag(50, 0.05, "42", &r);
    step_run_levels(&levels, &g);
    assert_int_equal(step_run_dynamic(&dynamic, &g, 8, &r), SIM_OK);
    if (equal) {
        step_run_cut(&levels, 8);
    }
    struct step_result result = {.source = "random",
                                 .graph = &g,
                                 .levels = &levels,
                                 .dynamic = &dynamic,
                                 .energy = energy,
                                 .max_parallel = 8,
                                 .equal = equal,
                                 .next_random = cpython_random_real(&r)};
    put(&result, out);
    step_run_free(&levels);
    step_run_free(&dynamic);
    step_dag_free(&g);
}

static void the_table_says_whether_the_sides_have_the_same_number_of_units(void **state)
{
    (void)state;
    struct text plain = {0}, equal = {0};
    put_text(&plain, false, step_report_plain);
    put_text(&equal, true, step_report_plain);
    assert_non_null(strstr(plain.s, "do not have the same number of units"));
    assert_null(strstr(equal.s, "do not have the same number of units"));
    assert_non_null(strstr(equal.s, "same number of units"));
    text_free(&plain);
    text_free(&equal);
}

static void json_holds_the_keys_of_the_contract(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"graph\"",
                                       "\"nodes\": 50",
                                       "\"edges\": 55",
                                       "\"edge_list_sha256\"",
                                       "\"binary_phase\"",
                                       "\"steps\": [22, 15, 6, 6, 1]",
                                       "\"total_steps\": 5",
                                       "\"avg_parallelism\"",
                                       "\"max_parallelism\": 22",
                                       "\"std_parallelism\"",
                                       "\"energy\": 83.0",
                                       "\"steps_sha256\"",
                                       "\"dynamic\"",
                                       "\"next_random\": 0.30958188741596093"};
    struct text out = {0};
    put_text(&out, false, step_report_json);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_non_null(strstr(out.s, keys[i]));
    }
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_execution_runs_each_node_once_after_its_predecessors),
        cmocka_unit_test(with_units_for_all_dynamic_execution_takes_as_many_steps_as_there_are_levels),
        cmocka_unit_test(equal_cuts_each_level_in_its_order_and_never_across_levels),
        cmocka_unit_test(a_level_wider_than_the_units_lowers_the_energy_as_in_the_study),
        cmocka_unit_test(the_deviation_is_the_correctly_rounded_root_of_the_exact_variance),
        cmocka_unit_test(deviations_of_many_runs_are_nearest_doubles),
        cmocka_unit_test(rounding_to_two_places_is_of_the_exact_value),
        cmocka_unit_test(sizes_outside_their_range_are_refused_with_their_name),
        cmocka_unit_test(the_table_says_whether_the_sides_have_the_same_number_of_units),
        cmocka_unit_test(json_holds_the_keys_of_the_contract),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
