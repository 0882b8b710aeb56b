/* SPDX-License-Identifier: Apache-2.0 */
/* dag_exact.h - branch and bound over the starts of tasks, in slices.
 *
 * Tasks are placed one by one in order of their starts, each at the end of what its unit does, as early as it can:
 * every schedule without needless waiting comes once, and no unit is worth looking at before the last start. Units
 * that do nothing yet are the same. A graph of more sources than sinks is searched backwards, as that begins with fewer
 * choices. A branch ends where
 *
 *   - a task cannot end early enough: its head (what is placed counts as placed) + weight + tail, or the work per unit
 *   - another branch has placed the same tasks no later in any respect that what is to come can see
 *   - a task follows a longer one on its unit, could have come first, and as much waits for it
 *   - without delays: a task could have run before the one that comes (only active schedules: Giffler, Thompson,
 *     Operations Research 8(4), 1960)
 *
 * Memory for placed sets is bounded: what does not fit is not remembered, and searched again. */
#ifndef SIM_SCHED_DAG_EXACT_H
#define SIM_SCHED_DAG_EXACT_H

#include "sim/base/mem.h"
#include "sim/sched/dag_schedule.h"

#define DAG_EXACT_MAX_TASKS 128u
#define DAG_EXACT_MAX_UNITS 32u

struct dag_branch {
    uint32_t task, unit;
    uint64_t start;
};

struct dag_exact {
    const struct task_dag *g; /* forwards or backwards; NULL: too large, or done */
    struct task_dag reversed; /* where it is searched backwards */
    uint32_t units;
    bool complete;
    uint32_t nodes;        /* of a step */
    uint64_t *head, *tail; /* static, of dag_bound_heads */
    uint64_t *now_head;
    uint32_t *index;   /* of a task in topological order */
    uint32_t *by_tail; /* tasks, longest tail first */
    bool *covers;      /* [v * n_tasks + u]: what succeeds u succeeds v, with no shorter delay */
    uint32_t depth;
    struct dag_level {
        size_t next, end;   /* branches still to be taken */
        uint64_t was_avail; /* of the unit of the task placed here */
        uint32_t task;
        uint32_t used_units; /* before it */
        uint64_t sum;        /* of starts, with it */
    } * level;
    VEC(struct dag_branch, branches);
    uint32_t *open; /* predecessors not placed */
    bool *placed;
    uint64_t *avail;
    uint32_t used_units;
    struct dag_schedule now;
    struct dag_memory *memory;
};

void dag_exact_init(struct dag_exact *x, const struct task_dag *g, uint32_t units);
void dag_exact_free(struct dag_exact *x);

bool dag_exact_open(const struct dag_exact *x);     /* is there anything left to search? */
bool dag_exact_complete(const struct dag_exact *x); /* has all been searched: the best is optimal */

/* A fixed number of branches; what is shorter than *best goes there. */
void dag_exact_step(struct dag_exact *x, struct dag_schedule *best);

#endif
