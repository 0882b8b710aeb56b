/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sched/dag_view.h"

#include <stdlib.h>

#include "sim/base/mem.h"

struct task_dag dag_reverse(const struct task_dag *g)
{
    struct task_dag r = *g;
    r.succ_first = g->pred_first;
    r.succ = g->pred;
    r.pred_first = g->succ_first;
    r.pred = g->succ;
    r.order = mem_alloc_array(g->n_tasks, sizeof *r.order);
    for (uint32_t i = 0; i < g->n_tasks; i++) {
        r.order[i] = g->order[g->n_tasks - 1 - i];
    }
    return r;
}

void dag_reverse_free(struct task_dag *reversed)
{
    free(reversed->order);
    *reversed = (struct task_dag) {0};
}

void dag_bottom_levels(const struct task_dag *g, uint32_t num, uint64_t *level)
{
    for (uint32_t i = g->n_tasks; i-- > 0;) {
        uint32_t v = g->order[i];
        uint64_t most = 0;
        for (uint64_t e = g->succ_first[v]; e < g->succ_first[v + 1]; e++) {
            uint64_t way = level[g->succ[e].task] + g->succ[e].delay * num / 2;
            most = way > most ? way : most;
        }
        level[v] = most + g->weight[v];
    }
}

void dag_mirror(struct dag_schedule *s, const struct task_dag *g)
{
    for (uint32_t v = 0; v < g->n_tasks; v++) {
        s->start[v] = s->makespan - s->start[v] - g->weight[v];
    }
}
