/* SPDX-License-Identifier: Apache-2.0 */
/* dag_schedule.h - a schedule of a task graph on identical units, its figures, and the check of both.
 *
 *     unit 0  |--a--|--c--|        |--e--|        start[v] .. start[v] + weight[v], without a pause, on unit[v]
 *     unit 1  |----b----|  |--d--|
 *
 * Times are in the graph's own unit. The check knows nothing of how a schedule came about. */
#ifndef SIM_SCHED_DAG_SCHEDULE_H
#define SIM_SCHED_DAG_SCHEDULE_H

#include "sim/graph/task_dag.h"

#define DAG_MAX_UNITS 1000000u

struct dag_schedule {
    uint32_t *unit;  /* per task */
    uint64_t *start; /* per task */
    uint64_t makespan;
};

void dag_schedule_init(struct dag_schedule *s, const struct task_dag *g);
void dag_schedule_free(struct dag_schedule *s);
void dag_schedule_copy(struct dag_schedule *to, const struct dag_schedule *from, const struct task_dag *g);

/* Latest finish. */
uint64_t dag_schedule_end(const struct dag_schedule *s, const struct task_dag *g);

/* All tasks by (start, finish, topological order): every task comes after its predecessors and after what its unit did
 * before. */
void dag_schedule_sequence(const struct dag_schedule *s, const struct task_dag *g, uint32_t *sequence);

/* Edges with a delay between different units. */
uint64_t dag_schedule_transfers(const struct dag_schedule *s, const struct task_dag *g);

/* Stretches of time within the makespan in which no task starts or ends. */
uint64_t dag_schedule_phases(const struct dag_schedule *s, const struct task_dag *g);

/* Every task on one of the units, no two at once on a unit (a task of weight 0 not inside another), every precedence
 * and delay kept, the makespan the latest finish. SIM_ERR_VIOLATION with a message about the first fault. */
int dag_schedule_check(const struct dag_schedule *s, const struct task_dag *g, uint32_t units, struct diag *d);

/* CSV: unit,task,start,finish; by unit, then start. */
int dag_schedule_write(const struct dag_schedule *s, const struct task_dag *g, const char *path, struct diag *d);

#endif
