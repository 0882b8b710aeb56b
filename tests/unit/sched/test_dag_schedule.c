/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a schedule, its figures, and that searches can be repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/sched/dag_search.h"
#include "tests/unit/sched/dag_fixture.h"

#define UNITS 3u

static int check(const struct dag_schedule *s, const struct task_dag *g)
{
    struct diag d;
    diag_init(&d);
    int error = dag_schedule_check(s, g, UNITS, &d);
    assert_true((error == SIM_OK) == (d.count == 0));
    diag_free(&d);
    return error;
}

/* Pairs of tasks, each with each: a definition, not an algorithm. */
static bool is_schedule(const struct dag_schedule *s, const struct task_dag *g)
{
    uint64_t end = 0;
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        uint64_t finish = s->start[v] + g->weight[v];
        end = finish > end ? finish : end;
        if (s->unit[v] >= UNITS) {
            return false;
        }
        for (uint32_t u = 0; u < v; u++) {
            bool apart = finish <= s->start[u] || s->start[u] + g->weight[u] <= s->start[v];
            if (s->unit[u] == s->unit[v] && !apart) {
                return false;
            }
        }
        for (uint64_t e = g->pred_first[v]; e < g->pred_first[v + 1]; e++) {
            uint32_t u = g->pred[e].task;
            uint64_t delay = s->unit[u] == s->unit[v] ? 0 : g->pred[e].delay;
            if (s->start[u] + g->weight[u] + delay > s->start[v]) {
                return false;
            }
        }
    }
    return end == s->makespan;
}

static void every_mutation_is_judged_as_by_definition(void **state)
{
    (void)state;
    struct rng r;
    uint32_t good = 0, bad = 0;
    rng_init(&r, 3, "test");
    for (uint32_t i = 0; i < 40; i++) {
        struct task_dag g = dag_random(&r, 12, 20, 6, i % 2 ? 5 : 0);
        struct dag_search_options o = {.policy = DAG_LIST};
        struct dag_result x;
        assert_int_equal(dag_search(&g, UNITS, &o, &x), SIM_OK);
        struct dag_schedule *s = &x.schedule;
        assert_int_equal(check(s, &g), SIM_OK);
        for (uint32_t k = 0; k < 200; k++) {
            uint32_t v = (uint32_t)rng_below(&r, g.n_tasks), unit = s->unit[v];
            uint64_t start = s->start[v], makespan = s->makespan;
            s->unit[v] = (uint32_t)rng_below(&r, UNITS + 1);
            s->start[v] = rng_below(&r, makespan + 2);
            s->makespan = rng_below(&r, 4) ? dag_schedule_end(s, &g) : makespan + rng_below(&r, 2);
            bool is = is_schedule(s, &g);
            assert_int_equal(check(s, &g), is ? SIM_OK : SIM_ERR_VIOLATION);
            good += is;
            bad += !is;
            s->unit[v] = unit;
            s->start[v] = start;
            s->makespan = makespan;
        }
        dag_result_free(&x);
        task_dag_free(&g);
    }
    assert_true(good > 200 && bad > 2000);
}

/* Small graphs, of which some are proven by the bound that is looked at when all lists are made. */
static void as_many_iterations_as_were_needed_prove_as_much(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 6, "test");
    uint32_t proven = 0;
    for (uint32_t i = 0; i < 200; i++) {
        struct task_dag g = dag_random(&r, 3 + i % 6, 30, 5, i % 2 ? 5 : 0);
        struct dag_search_options o = {.policy = DAG_SEARCH, .iterations = 100000};
        struct dag_result a, b;
        assert_int_equal(dag_search(&g, 2, &o, &a), SIM_OK);
        o.iterations = a.iterations;
        assert_int_equal(dag_search(&g, 2, &o, &b), SIM_OK);
        assert_int_equal(a.iterations, b.iterations);
        assert_int_equal(a.schedule_bound, b.schedule_bound);
        assert_int_equal(a.proven, b.proven);
        proven += a.proven;
        dag_result_free(&a);
        dag_result_free(&b);
        task_dag_free(&g);
    }
    assert_true(proven > 150);
}

static void as_many_iterations_give_the_same_schedule(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 5, "test");
    for (uint32_t i = 0; i < 4; i++) {
        struct task_dag g = dag_random(&r, 40, 10, 20, i % 2 ? 30 : 0);
        struct dag_search_options budget = {.policy = DAG_SEARCH, .budget_ns = 1}, count = {.policy = DAG_SEARCH};
        struct dag_result a, b;
        /* The clock has run out at the first look. */
        assert_int_equal(dag_search(&g, UNITS, &budget, &a), SIM_OK);
        assert_int_equal(a.iterations, 1);
        dag_result_free(&a);
        count.iterations = 150;
        assert_int_equal(dag_search(&g, UNITS, &count, &a), SIM_OK);
        assert_true(a.iterations <= 150);
        count.iterations = a.iterations;
        assert_int_equal(dag_search(&g, UNITS, &count, &b), SIM_OK);
        assert_int_equal(a.iterations, b.iterations);
        assert_memory_equal(a.schedule.start, b.schedule.start, g.n_tasks * sizeof *a.schedule.start);
        assert_memory_equal(a.schedule.unit, b.schedule.unit, g.n_tasks * sizeof *a.schedule.unit);
        dag_result_free(&a);
        dag_result_free(&b);
        task_dag_free(&g);
    }
}

static void transfers_are_delays_between_units_and_phases_stretches_without_change(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "test");
    struct task_dag g = dag_random(&r, 3, 100, 0, 4);
    uint32_t unit[] = {0, 1, 1};
    uint64_t start[] = {0, 9, 12};
    g.weight[0] = 5, g.weight[1] = 3, g.weight[2] = 0;
    for (uint64_t e = 0; e < g.n_edges; e++) {
        g.succ[e].delay = e == 1 ? 0 : 4; /* 0 -> 1: 4, 0 -> 2: 0, 1 -> 2: 4 on one unit */
    }
    struct dag_schedule s = {unit, start, 12};
    assert_int_equal(dag_schedule_transfers(&s, &g), 1);
    assert_int_equal(dag_schedule_phases(&s, &g), 3); /* 0-5, 5-9, 9-12 */
    task_dag_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mutation_is_judged_as_by_definition),
        cmocka_unit_test(as_many_iterations_give_the_same_schedule),
        cmocka_unit_test(as_many_iterations_as_were_needed_prove_as_much),
        cmocka_unit_test(transfers_are_delays_between_units_and_phases_stretches_without_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
