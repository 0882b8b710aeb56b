/* SPDX-License-Identifier: Apache-2.0 */
/* dag_anneal.h - simulated annealing over orders and units (Kirkpatrick, Gelatt, Vecchi, Science 220, 1983).
 *
 * A solution is a sequence of all tasks, predecessors first, and the unit of each (without delays the sequence alone:
 * units come from the list schedule). A move takes one task to another place between its predecessors and successors,
 * and to another unit, or a task with its descendants or ancestors on one unit to another unit. Any schedule without
 * needless waiting is some solution. Runs get longer and longer; they start from the best schedule and from fresh ones
 * in turn. Temperatures, acceptance and draws are integers: the same on every machine. */
#ifndef SIM_SCHED_DAG_ANNEAL_H
#define SIM_SCHED_DAG_ANNEAL_H

#include "sim/base/rng.h"
#include "sim/sched/dag_decode.h"

struct dag_anneal {
    const struct task_dag *g;
    struct dag_decoder decoder;
    struct rng rng;
    uint32_t moves;            /* of one step */
    uint32_t run, step, steps; /* number of the run, where it is, how long it is */
    uint64_t hot;              /* temperature at the start of a run */
    uint64_t cost;             /* of `now` */
    uint32_t *sequence, *place, *group;
    struct dag_schedule now, trial;
};

void dag_anneal_init(struct dag_anneal *a, const struct task_dag *g, uint32_t units, uint64_t seed);
void dag_anneal_free(struct dag_anneal *a);

/* A fixed number of moves; what is shorter than *best goes there. Ends early at `enough`. */
void dag_anneal_step(struct dag_anneal *a, struct dag_schedule *best, uint64_t enough);

#endif
