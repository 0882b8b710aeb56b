/* SPDX-License-Identifier: Apache-2.0 */
/* dag_search.h - a schedule of a task graph on identical units by policy, with bounds.
 *
 *     list     the steps of dag_list.h
 *     search   the same, then in turn steps of annealing (dag_anneal.h) and of branch and bound (dag_exact.h)
 *
 * One step is one iteration. After each the schedule may be proven (it meets a bound, or branch and bound has nothing
 * left) and the search ends. A run with a budget looks at the clock between iterations and at nothing else: as many
 * iterations without a budget give the same schedule, on every machine. */
#ifndef SIM_SCHED_DAG_SEARCH_H
#define SIM_SCHED_DAG_SEARCH_H

#include "sim/sched/dag_schedule.h"

enum dag_policy { DAG_LIST, DAG_SEARCH };

struct dag_search_options {
    enum dag_policy policy;
    uint64_t iterations; /* at most; 0: no limit */
    uint64_t budget_ns;  /* processor time of the process, from its start; 0: no limit */
};

struct dag_result {
    struct dag_schedule schedule;
    uint64_t lower_bound;    /* longest way without delays, and work per unit */
    uint64_t schedule_bound; /* the best bound known in the end */
    uint64_t iterations;
    bool proven;      /* makespan == schedule_bound */
    bool interrupted; /* by a signal, with the best schedule until then */
};

/* Units: 1 .. DAG_MAX_UNITS. The result is checked. 0, or what interrupt_pending() says where no schedule was made
 * before the signal; free *r in any case. */
int dag_search(const struct task_dag *g, uint32_t units, const struct dag_search_options *o, struct dag_result *r);
void dag_result_free(struct dag_result *r);

#endif
