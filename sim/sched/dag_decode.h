/* SPDX-License-Identifier: Apache-2.0 */
/* dag_decode.h - from an order of tasks to a schedule: what list schedules and searches have in common.
 *
 *     rank of each task  --by_rank-->      schedule    among the ready tasks the one of the lowest rank
 *     sequence           --in_sequence-->  schedule    tasks in this order, each where it starts first
 *     sequence, units    --on_units-->     schedule    tasks in this order, each on its unit
 *
 * A task is appended to what its unit does already. Without delays by_rank is Graham's list schedule: whenever a unit
 * is free it takes a task that is ready now. Ties go to the lowest number. For sim/sched only. */
#ifndef SIM_SCHED_DAG_DECODE_H
#define SIM_SCHED_DAG_DECODE_H

#include "sim/sched/dag_schedule.h"

/* Which of two units that let a task start equally early takes it. */
enum dag_tie { DAG_TIE_PREDECESSOR, DAG_TIE_FIT };

struct dag_decoder {
    const struct task_dag *g;
    uint32_t units;
    uint32_t n_leaves;
    uint32_t *tree; /* unit of the least `avail` among its leaves; root at 1 */
    uint64_t *avail;
    uint32_t *open; /* predecessors not placed yet */
    uint32_t *heap;
    struct dag_running {
        uint64_t finish;
        uint32_t task;
    } * running;
};

/* At most as many units are used as there are tasks. g must stay. */
void dag_decoder_init(struct dag_decoder *x, const struct task_dag *g, uint32_t units);
void dag_decoder_free(struct dag_decoder *x);

/* rank: a permutation. s->makespan is set too, here and below. */
void dag_by_rank(struct dag_decoder *x, const uint32_t *rank, enum dag_tie tie, struct dag_schedule *s);

/* sequence: all tasks, predecessors first. */
void dag_in_sequence(struct dag_decoder *x, const uint32_t *sequence, enum dag_tie tie, struct dag_schedule *s);

/* The same with s->unit given. Units must be below the decoder's. */
void dag_on_units(struct dag_decoder *x, const uint32_t *sequence, struct dag_schedule *s);

/* Always the ready task that can start first, the lowest rank among equals (earliest task first: Hwang, Chow, Anger,
 * Lee, SIAM J. Computing 18(2), 1989). Takes tasks x ready tasks x units steps. */
void dag_earliest_first(struct dag_decoder *x, const uint32_t *rank, struct dag_schedule *s);

#endif
