/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds, list schedules and branch and bound against the makespan that trying everything finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/sched/dag_bound.h"
#include "sim/sched/dag_exact.h"
#include "sim/sched/dag_list.h"
#include "sim/sched/dag_search.h"
#include "tests/unit/sched/dag_fixture.h"

struct model {
    uint32_t tasks, units;
    uint64_t max_weight, max_delay;
    uint32_t graphs;
};

/* Weights of 0 are among all of them. */
static const struct model models[] = {
    {6, 2, 5, 0, 60}, {6, 3, 9, 0, 30}, {6, 2, 5, 4, 60}, {5, 3, 4, 12, 60}, {6, 3, 6, 6, 20}, {6, 2, 3, 30, 40},
    {7, 2, 9, 0, 10}, {7, 2, 6, 9, 10}, {5, 4, 2, 3, 30}, {6, 2, 1, 1, 60},  {6, 2, 1, 0, 40},
};

/* Calls what for each graph with its optimum. */
static void on_all(void (*what)(const struct task_dag *g, uint32_t units, uint64_t optimum))
{
    struct rng r;
    rng_init(&r, 1, "test");
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        for (uint32_t k = 0; k < models[i].graphs; k++) {
            const struct model *m = &models[i];
            uint32_t percent = (uint32_t)(20 + rng_below(&r, 50));
            struct task_dag g = dag_random(&r, m->tasks, percent, m->max_weight, m->max_delay);
            what(&g, m->units, dag_brute_makespan(&g, m->units));
            task_dag_free(&g);
        }
    }
}

static void bounds_hold(const struct task_dag *g, uint32_t units, uint64_t optimum)
{
    assert_true(dag_bound_simple(g, units) <= optimum);
    assert_true(dag_bound_strong(g, units, optimum + 5) <= optimum);
    assert_true(dag_bound_strong(g, units, optimum + 5) >= dag_bound_simple(g, units));
}

static void no_bound_is_above_the_optimum(void **state)
{
    (void)state;
    on_all(bounds_hold);
}

static void exact_is_brute(const struct task_dag *g, uint32_t units, uint64_t optimum)
{
    struct dag_exact x;
    struct dag_schedule s;
    struct diag d;
    diag_init(&d);
    dag_schedule_init(&s, g);
    s.makespan = UINT64_MAX / 2;
    dag_exact_init(&x, g, units);
    while (dag_exact_open(&x)) {
        dag_exact_step(&x, &s);
    }
    assert_true(dag_exact_complete(&x));
    assert_int_equal(s.makespan, optimum);
    assert_int_equal(dag_schedule_check(&s, g, units, &d), SIM_OK);
    dag_exact_free(&x);
    dag_schedule_free(&s);
    diag_free(&d);
}

static void branch_and_bound_finds_what_trying_everything_finds(void **state)
{
    (void)state;
    on_all(exact_is_brute);
}

static void search_proves(const struct task_dag *g, uint32_t units, uint64_t optimum)
{
    struct dag_search_options list = {.policy = DAG_LIST}, search = {.policy = DAG_SEARCH, .iterations = 5000};
    struct dag_result r;
    assert_int_equal(dag_search(g, units, &list, &r), SIM_OK);
    assert_true(r.schedule.makespan >= optimum && r.schedule_bound <= optimum);
    assert_true(!r.proven || r.schedule.makespan == optimum);
    dag_result_free(&r);
    assert_int_equal(dag_search(g, units, &search, &r), SIM_OK);
    assert_true(r.proven);
    assert_int_equal(r.schedule.makespan, optimum);
    dag_result_free(&r);
}

static void search_proves_small_graphs_and_never_what_is_not_optimal(void **state)
{
    (void)state;
    on_all(search_proves);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_bound_is_above_the_optimum),
        cmocka_unit_test(branch_and_bound_finds_what_trying_everything_finds),
        cmocka_unit_test(search_proves_small_graphs_and_never_what_is_not_optimal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
