/* SPDX-License-Identifier: Apache-2.0 */
/* dag_bound.h - makespans that no schedule of a task graph on identical units can beat. */
#ifndef SIM_SCHED_DAG_BOUND_H
#define SIM_SCHED_DAG_BOUND_H

#include "sim/graph/task_dag.h"

/* max(longest way without delays, ceil(work / units)). */
uint64_t dag_bound_simple(const struct task_dag *g, uint32_t units);

/* Earliest start of each task, or with g reversed the least time between its finish and the end. What sends to a task
 * either runs on its unit, one after another, or its delay passes; the best choice counts, as if it were the task's own
 * (no choice for one task hinders one for another). Without delays, and for tasks of very many predecessors, the
 * longest way. */
void dag_bound_heads(const struct task_dag *g, uint64_t *head);

/* At least dag_bound_simple and at most `most`, a makespan that is known to be possible. Looks for the least T in which
 * all tasks fit between their heads and T less their tails, by the work that must lie within an interval (Fernandez,
 * Bussell, IEEE Trans. Computers C-22(8), 1973; energetic reasoning: Baptiste, Le Pape, Nuijten, Annals of Operations
 * Research 92, 1999). The intervals are left out for large graphs. */
uint64_t dag_bound_strong(const struct task_dag *g, uint32_t units, uint64_t most);

#endif
