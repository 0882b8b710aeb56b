/* SPDX-License-Identifier: Apache-2.0 */
/* dag_view.h - a task graph forwards or backwards, and the levels of its tasks.
 *
 * A schedule of the reversed graph, mirrored in time, is one of the graph with the same makespan: whatever schedules
 * forwards schedules backwards too. For sim/sched only. */
#ifndef SIM_SCHED_DAG_VIEW_H
#define SIM_SCHED_DAG_VIEW_H

#include "sim/sched/dag_schedule.h"

/* The graph with predecessors and successors exchanged. Shares all arrays but `order`, which dag_reverse_free frees. */
struct task_dag dag_reverse(const struct task_dag *g);
void dag_reverse_free(struct task_dag *reversed);

/* Longest way from the start of each task to the end of the graph, own weight included. Each edge counts its delay
 * times `num` / 2. */
void dag_bottom_levels(const struct task_dag *g, uint32_t num, uint64_t *level);

/* start = makespan - finish. */
void dag_mirror(struct dag_schedule *s, const struct task_dag *g);

#endif
