/* SPDX-License-Identifier: Apache-2.0 */
/* Makespans of task graphs whose optimum is known: graphs that were cut out of a schedule without a gap, and the
 * Standard Task Graph Set with its published optima, where that lies beside the source tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/sched/dag_search.h"
#include "tests/validation/reference_csv.h"

#define FOLDER BPSIM_SOURCE_DIR "/../shared/reference/stg/"

struct sums {
    uint32_t graphs, optimal, proven;
    uint64_t excess_ppm; /* over all graphs */
};

static void add(struct sums *s, const struct task_dag *g, uint32_t units, uint64_t optimum, enum dag_policy policy,
                uint64_t iterations)
{
    struct dag_search_options o = {.policy = policy, .iterations = iterations};
    struct dag_result r;
    assert_int_equal(dag_search(g, units, &o, &r), SIM_OK);
    assert_true(r.schedule.makespan >= optimum);
    assert_true(r.lower_bound <= optimum && r.schedule_bound <= optimum);
    assert_true(!r.proven || r.schedule.makespan == optimum);
    s->graphs++;
    s->optimal += r.schedule.makespan == optimum;
    s->proven += r.proven;
    s->excess_ppm += (r.schedule.makespan - optimum) * 1000000 / optimum;
    dag_result_free(&r);
}

static void print(const char *what, const struct sums *s)
{
    printf("%s: %u graphs, %u optimal, %u proven, mean excess %.4f %%\n", what, s->graphs, s->optimal, s->proven,
           (double)s->excess_ppm / s->graphs / 10000);
}

/* ---- graphs cut out of a schedule ---- */

#define LENGTH 60u
#define TASKS  200u

/* Fills `units` units up to LENGTH with tasks, and draws edges between tasks that end and start in that order; a delay
 * between units is no longer than the time between. As nothing is idle no schedule is shorter than LENGTH. */
static struct task_dag cut(struct rng *r, uint32_t units, bool delays)
{
    struct task_edge *edges = mem_alloc_array((size_t)TASKS * TASKS, sizeof *edges);
    struct arena *arena = arena_new();
    uint64_t *weight = mem_alloc_array(TASKS, sizeof *weight), start[TASKS];
    const char **name = mem_alloc_array(TASKS, sizeof *name);
    uint32_t unit[TASKS], cycle[TASKS], n = 0, n_cycle;
    uint64_t n_edges = 0;
    for (uint32_t p = 0; p < units; p++) {
        for (uint64_t at = 0; at < LENGTH; at += weight[n++]) {
            weight[n] = 1 + rng_below(r, 12);
            weight[n] = at + weight[n] > LENGTH ? LENGTH - at : weight[n];
            start[n] = at;
            unit[n] = p;
            name[n] = "t";
        }
    }
    for (uint32_t u = 0; u < n; u++) {
        for (uint32_t v = 0; v < n; v++) {
            if (start[u] + weight[u] <= start[v] && rng_below(r, n) < 2) {
                uint64_t room = unit[u] == unit[v] ? 20 : start[v] - start[u] - weight[u];
                edges[n_edges++] = (struct task_edge) {u, v, delays ? rng_below(r, room + 1) : 0};
            }
        }
    }
    struct task_dag g;
    assert_int_equal(task_dag_make(&g, n, weight, name, arena, edges, n_edges, cycle, &n_cycle), SIM_OK);
    free(edges);
    return g;
}

static void cut_graphs(const char *what, bool delays, enum dag_policy policy, uint64_t iterations, struct sums *s)
{
    struct rng r;
    rng_init(&r, 1, what);
    for (uint32_t units = 2; units <= 8; units++) {
        for (uint32_t i = 0; i < 6; i++) {
            struct task_dag g = cut(&r, units, delays);
            add(s, &g, units, LENGTH, policy, iterations);
            task_dag_free(&g);
        }
    }
    print(what, s);
}

/* Nothing may be idle here: harder than what most graphs of the published sets ask for. */
static void graphs_cut_out_of_a_full_schedule_come_near_its_length(void **state)
{
    (void)state;
    struct sums list = {0}, search = {0};
    cut_graphs("cut, list", false, DAG_LIST, 0, &list);
    cut_graphs("cut, search", false, DAG_SEARCH, 60, &search);
    assert_true(list.excess_ppm <= 5000ul * list.graphs);
    assert_true(search.optimal * 20 >= search.graphs * 19);
    assert_int_equal(search.proven, search.optimal);
}

static void graphs_with_delays_cut_out_of_a_full_schedule_come_near_its_length(void **state)
{
    (void)state;
    struct sums list = {0}, search = {0};
    cut_graphs("cut, delays, list", true, DAG_LIST, 0, &list);
    cut_graphs("cut, delays, search", true, DAG_SEARCH, 60, &search);
    assert_true(list.excess_ppm <= 10000ul * list.graphs);
    assert_true(search.excess_ppm <= 5000ul * search.graphs);
    assert_true(search.excess_ppm < list.excess_ppm);
}

/* ---- the published set ---- */

static void published(const char *what, enum dag_policy policy, uint64_t iterations, struct sums *s)
{
    struct reference_csv t;
    assert_true(reference_read(&t, FOLDER "optimal.csv"));
    for (size_t row = 0; row < t.n_rows; row++) {
        char path[1024];
        struct task_dag g;
        struct diag d;
        diag_init(&d);
        snprintf(path, sizeof path, FOLDER "%s", reference_cell(&t, row, "graph"));
        assert_int_equal(task_dag_read(&g, path, &d), SIM_OK);
        assert_int_equal(g.n_tasks, strtoull(reference_cell(&t, row, "tasks"), NULL, 10));
        add(s, &g, (uint32_t)strtoul(reference_cell(&t, row, "processors"), NULL, 10),
            strtoull(reference_cell(&t, row, "optimal"), NULL, 10), policy, iterations);
        task_dag_free(&g);
        diag_free(&d);
    }
    reference_free(&t);
    print(what, s);
}

static void no_published_optimum_is_beaten_and_nearly_all_are_met(void **state)
{
    (void)state;
    if (access(FOLDER "optimal.csv", R_OK) != 0) {
        puts("../shared/reference/stg is not there");
        skip();
    }
    struct sums list = {0}, search = {0};
    published("STG, list", DAG_LIST, 0, &list);
    published("STG, search", DAG_SEARCH, 300, &search);
    assert_true(list.excess_ppm <= 3500ul * list.graphs);
    assert_true(list.optimal * 4 >= list.graphs * 3);
    assert_true(search.excess_ppm <= 100ul * search.graphs);
    assert_true(search.optimal * 1000ul >= search.graphs * 993ul);
    assert_true(search.proven * 100 >= search.graphs * 98);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_cut_out_of_a_full_schedule_come_near_its_length),
        cmocka_unit_test(graphs_with_delays_cut_out_of_a_full_schedule_come_near_its_length),
        cmocka_unit_test(no_published_optimum_is_beaten_and_nearly_all_are_met),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
