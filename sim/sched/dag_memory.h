/* SPDX-License-Identifier: Apache-2.0 */
/* dag_memory.h - sets of placed tasks that branch and bound has been at, and how they were placed.
 *
 * A state is the set, and a row of numbers: the last start (with the task's index, for equal starts), the sum of all
 * starts, when each unit is free, and of each placed task with successors to come the end and the unit. Units are in
 * an order of their own: by the first task on them that has successors to come, then by when they are free. A state
 * that is nowhere larger than another of the same set (on the same units) makes the other one superfluous: whatever
 * follows the other can follow it at the same times. Sum and last start are in so that the schedule of least starts
 * among the best, which this could take away, is found behind the state that stays. For sim/sched only. */
#ifndef SIM_SCHED_DAG_MEMORY_H
#define SIM_SCHED_DAG_MEMORY_H

#include "sim/sched/dag_exact.h"

struct dag_memory *dag_memory_new(const struct dag_exact *x);
void dag_memory_free(struct dag_memory *m);

/* Is the state of x dominated by one that was remembered? Else it is remembered, where there is room. */
bool dag_memory_dominated(struct dag_memory *m, const struct dag_exact *x, uint64_t last_start, uint32_t last_index,
                          uint64_t sum);

#endif
