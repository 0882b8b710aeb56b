/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_search.h"

#include <stdlib.h>
#include <time.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"
#include "sim/sched/dag_anneal.h"
#include "sim/sched/dag_bound.h"
#include "sim/sched/dag_exact.h"
#include "sim/sched/dag_list.h"

#define SEED        1
#define EXACT_OFTEN 400u /* iterations */

struct search {
    const struct task_dag *g;
    uint32_t units;
    const struct dag_search_options *options;
    struct dag_result *result;
    struct dag_lister lister; /* its `best` is the best of all */
    struct dag_anneal anneal;
    struct dag_exact exact;
    bool listed; /* no step of the lister is left */
};

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool over(const struct search *x)
{
    const struct dag_search_options *o = x->options;
    return x->lister.best.makespan == x->result->schedule_bound ||
           (o->iterations > 0 && x->result->iterations >= o->iterations) ||
           (o->budget_ns > 0 && x->result->iterations > 0 && cpu_ns() >= o->budget_ns);
}

/* Bounds that take longer are looked at only where they can matter. */
static void strengthen(struct search *x)
{
    uint64_t best = x->lister.best.makespan, bound = x->result->schedule_bound;
    if (best > bound) {
        uint64_t strong = dag_bound_strong(x->g, x->units, best);
        x->result->schedule_bound = strong > bound ? strong : bound;
    }
}

/* As long as branch and bound goes on it takes every other iteration, later every fourth. */
static void search_step(struct search *x)
{
    struct dag_schedule *best = &x->lister.best;
    uint64_t share = x->result->iterations < EXACT_OFTEN ? 2 : 4;
    if (x->result->iterations % share == 0 && dag_exact_open(&x->exact)) {
        dag_exact_step(&x->exact, best);
        if (dag_exact_complete(&x->exact)) {
            x->result->schedule_bound = best->makespan;
        }
    } else {
        dag_anneal_step(&x->anneal, best, x->result->schedule_bound);
    }
}

static void search_loop(struct search *x)
{
    while (!over(x) && !interrupt_pending()) {
        if (x->listed) {
            search_step(x);
        } else if (!dag_lister_step(&x->lister)) {
            x->listed = true;
            strengthen(x);
            if (x->options->policy == DAG_LIST) {
                break;
            }
            dag_anneal_init(&x->anneal, x->g, x->units, SEED);
            dag_exact_init(&x->exact, x->g, x->units);
        } /* the stronger bound is an iteration too: with as many as a budget took, the result is the same */
        progress_update(++x->result->iterations);
    }
    if (x->listed && x->options->policy == DAG_SEARCH) {
        dag_anneal_free(&x->anneal);
        dag_exact_free(&x->exact);
    }
}

/* Backward schedules wait at the beginning: everything is moved to its earliest start in the order it is in. */
static void push_left(struct search *x)
{
    uint32_t *sequence = mem_alloc_array(x->g->n_tasks, sizeof *sequence);
    dag_schedule_sequence(&x->result->schedule, x->g, sequence);
    dag_on_units(&x->lister.forward, sequence, &x->result->schedule);
    free(sequence);
}

/* What is not a schedule is never shown. */
static void check(const struct search *x)
{
    struct diag d;
    diag_init(&d);
    int error = dag_schedule_check(&x->result->schedule, x->g, x->units, &d);
    SIM_CHECK(error == SIM_OK, "%s", d.messages[0].text);
    SIM_CHECK(x->result->schedule.makespan >= x->result->schedule_bound, "shorter than the bound");
    diag_free(&d);
}

int dag_search(const struct task_dag *g, uint32_t units, const struct dag_search_options *o, struct dag_result *r)
{
    struct search x = {.g = g, .units = units, .options = o, .result = r};
    *r = (struct dag_result) {.lower_bound = dag_bound_simple(g, units)};
    r->schedule_bound = r->lower_bound;
    dag_lister_init(&x.lister, g, units);
    progress_begin("iteration", o->iterations);
    search_loop(&x);
    progress_end();
    int error = x.lister.best.makespan == UINT64_MAX ? interrupt_pending() : SIM_OK;
    if (error == SIM_OK) {
        dag_schedule_init(&r->schedule, g);
        dag_schedule_copy(&r->schedule, &x.lister.best, g);
        push_left(&x);
        r->proven = r->schedule.makespan == r->schedule_bound;
        r->interrupted = interrupt_pending() != 0;
        check(&x);
    }
    dag_lister_free(&x.lister);
    return error;
}

void dag_result_free(struct dag_result *r)
{
    dag_schedule_free(&r->schedule);
}
