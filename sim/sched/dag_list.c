/* SPDX-License-Identifier: Apache-2.0 */
/* dag_list.c - the table of list schedules and what is done with the best. */
#include "sim/sched/dag_list.h"

#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/sched/dag_view.h"

/* Steps that take more than near-linear time are for graphs below these products. */
#define MAX_EARLIEST 4000000u /* tasks x tasks */
#define MAX_DESCENT  1000000u /* tasks x tasks x units */
#define MAX_PASSES   6u       /* without success */

enum how { BY_RANK, EARLIEST };

struct row {
    enum how how;
    uint32_t num; /* share of the delays in a level: num / 2 */
    enum dag_tie tie;
    bool reversed;
    bool delays; /* only for graphs with delays: without them it is the same as another */
};

static const struct row rows[] = {
    {BY_RANK, 0, DAG_TIE_PREDECESSOR, false, false}, {BY_RANK, 0, DAG_TIE_PREDECESSOR, true, false},
    {BY_RANK, 2, DAG_TIE_PREDECESSOR, false, true},  {BY_RANK, 2, DAG_TIE_PREDECESSOR, true, true},
    {BY_RANK, 1, DAG_TIE_PREDECESSOR, false, true},  {BY_RANK, 1, DAG_TIE_PREDECESSOR, true, true},
    {BY_RANK, 2, DAG_TIE_FIT, false, true},          {BY_RANK, 2, DAG_TIE_FIT, true, true},
    {EARLIEST, 2, DAG_TIE_FIT, false, true},         {EARLIEST, 2, DAG_TIE_FIT, true, true},
    {EARLIEST, 0, DAG_TIE_FIT, false, true},         {EARLIEST, 0, DAG_TIE_FIT, true, true},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

void dag_lister_init(struct dag_lister *l, const struct task_dag *g, uint32_t units)
{
    *l = (struct dag_lister) {.g = g, .reversed = dag_reverse(g)};
    dag_decoder_init(&l->forward, g, units);
    dag_decoder_init(&l->backward, &l->reversed, units);
    l->level = mem_alloc_array(g->n_tasks, sizeof *l->level);
    l->sequence = mem_alloc_array(g->n_tasks, sizeof *l->sequence);
    l->rank = mem_alloc_array(g->n_tasks, sizeof *l->rank);
    dag_schedule_init(&l->trial, g);
    dag_schedule_init(&l->best, g);
    dag_schedule_init(&l->last, g);
    l->best.makespan = UINT64_MAX;
}

void dag_lister_free(struct dag_lister *l)
{
    dag_reverse_free(&l->reversed);
    dag_decoder_free(&l->forward);
    dag_decoder_free(&l->backward);
    free(l->level);
    free(l->sequence);
    free(l->rank);
    dag_schedule_free(&l->trial);
    dag_schedule_free(&l->best);
    dag_schedule_free(&l->last);
}

static bool keep(struct dag_lister *l, const struct dag_schedule *s)
{
    bool shorter = s->makespan < l->best.makespan;
    if (shorter) {
        dag_schedule_copy(&l->best, s, l->g);
    }
    return shorter;
}

/* ---- priorities ---- */

struct priority {
    uint64_t level, successors;
    uint32_t place, task;
};

static int by_priority(const void *a, const void *b)
{
    const struct priority *x = a, *y = b;
    if (x->level != y->level) {
        return x->level > y->level ? -1 : 1;
    }
    if (x->successors != y->successors) {
        return x->successors > y->successors ? -1 : 1;
    }
    return (x->place > y->place) - (x->place < y->place);
}

static void rank_by_level(struct dag_lister *l, const struct task_dag *g, uint32_t num)
{
    struct priority *p = mem_alloc_array(g->n_tasks, sizeof *p);
    dag_bottom_levels(g, num, l->level);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        uint32_t v = g->order[i];
        p[i] = (struct priority) {l->level[v], g->succ_first[v + 1] - g->succ_first[v], i, v};
    }
    qsort(p, g->n_tasks, sizeof *p, by_priority);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        l->rank[p[i].task] = i;
    }
    free(p);
}

static void run_row(struct dag_lister *l, const struct row *r)
{
    const struct task_dag *g = r->reversed ? &l->reversed : l->g;
    struct dag_decoder *x = r->reversed ? &l->backward : &l->forward;
    rank_by_level(l, g, r->num);
    if (r->how == EARLIEST) {
        dag_earliest_first(x, l->rank, &l->trial);
    } else {
        dag_by_rank(x, l->rank, r->tie, &l->trial);
    }
    if (r->reversed) {
        dag_mirror(&l->trial, g);
    }
}

static bool applies(const struct dag_lister *l, const struct row *r)
{
    uint64_t n = l->g->n_tasks;
    return (l->g->delays || !r->delays) && (r->how != EARLIEST || n * n <= MAX_EARLIEST);
}

/* ---- passes ---- */

void dag_lister_pass(struct dag_lister *l, struct dag_schedule *s, bool from_end)
{
    const struct task_dag *g = from_end ? &l->reversed : l->g;
    struct dag_decoder *x = from_end ? &l->backward : &l->forward;
    if (from_end) {
        dag_mirror(s, g);
    }
    dag_schedule_sequence(s, g, l->sequence);
    if (g->delays) {
        dag_in_sequence(x, l->sequence, DAG_TIE_PREDECESSOR, s);
    } else {
        for (uint32_t i = 0; i < g->n_tasks; i++) {
            l->rank[l->sequence[i]] = i;
        }
        dag_by_rank(x, l->rank, DAG_TIE_PREDECESSOR, s);
    }
    if (from_end) {
        dag_mirror(s, g);
    }
}

static void pass(struct dag_lister *l)
{
    if (l->passes == 0) {
        dag_schedule_copy(&l->last, &l->best, l->g);
    }
    l->from_end = !l->from_end;
    dag_lister_pass(l, &l->last, l->from_end);
    l->passes = keep(l, &l->last) ? 1 : l->passes + 1;
}

/* ---- descent ---- */

/* Each task to each unit, all others in the order and on the units of the best. */
static bool descend(struct dag_lister *l)
{
    const struct task_dag *g = l->g;
    bool shorter = false;
    dag_schedule_sequence(&l->best, g, l->sequence);
    dag_schedule_copy(&l->trial, &l->best, g);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        for (uint32_t p = 0; p < l->forward.units; p++) {
            uint32_t v = g->order[i], was = l->best.unit[v];
            l->trial.unit[v] = p;
            dag_on_units(&l->forward, l->sequence, &l->trial);
            if (keep(l, &l->trial)) {
                dag_schedule_sequence(&l->best, g, l->sequence);
                shorter = true;
            } else {
                l->trial.unit[v] = was;
            }
        }
    }
    return shorter;
}

static bool descent_applies(const struct dag_lister *l)
{
    uint64_t n = l->g->n_tasks;
    return l->g->delays && n * n * l->forward.units <= MAX_DESCENT;
}

bool dag_lister_step(struct dag_lister *l)
{
    while (l->step < N_ROWS && !applies(l, &rows[l->step])) {
        l->step++;
    }
    if (l->step < N_ROWS) {
        run_row(l, &rows[l->step++]);
        keep(l, &l->trial);
        return true;
    }
    if (l->passes < MAX_PASSES) {
        pass(l);
        return true;
    }
    if (l->step == N_ROWS && descent_applies(l)) {
        l->step += !descend(l);
        return true;
    }
    return false;
}
