/* SPDX-License-Identifier: Apache-2.0 */
/* dag_list.h - a fixed set of list schedules, of which the best is taken.
 *
 * Each step makes one schedule (or goes over the best one once) and keeps it where it is shorter:
 *
 *   1. priorities: bottom level with edges at no, half or full delay, ties by number of successors (critical path /
 * most immediate successors first: Kasahara, Narita, IEEE Trans. Computers C-33(11), 1984; upward rank: Topcuoglu,
 * Hariri, Wu, HEFT, IEEE Trans. Parallel Distrib. Syst. 13(3), 2002), each on the graph and on the reversed graph
 *   2. earliest task first, with the same priorities (small graphs)
 *   3. forward-backward passes over the best: the graph and the reversed graph in turn, in the order of the last
 *      schedule (Li, Willis, European J. Operational Research 56(3), 1992)
 *   4. a descent on the best: each task to each other unit, as long as that shortens it (small graphs)
 *
 * Nothing is drawn: the result is a function of the graph and the units. */
#ifndef SIM_SCHED_DAG_LIST_H
#define SIM_SCHED_DAG_LIST_H

#include "sim/sched/dag_decode.h"

struct dag_lister {
    const struct task_dag *g;
    struct task_dag reversed;
    struct dag_decoder forward, backward;
    uint32_t step;
    uint32_t passes; /* since the best got shorter */
    bool from_end;   /* direction of the next pass */
    uint64_t *level;
    uint32_t *sequence, *rank;
    struct dag_schedule trial, best; /* best.makespan is UINT64_MAX at first */
    struct dag_schedule last;        /* of the passes */
};

void dag_lister_init(struct dag_lister *l, const struct task_dag *g, uint32_t units);
void dag_lister_free(struct dag_lister *l);

/* Makes the next step; false where none is left. */
bool dag_lister_step(struct dag_lister *l);

/* One pass over `s` (see 3), from the end or from the beginning of time; *s becomes what comes out. */
void dag_lister_pass(struct dag_lister *l, struct dag_schedule *s, bool from_end);

#endif
