/* SPDX-License-Identifier: Apache-2.0 */
/* micro_batch.c - tasks in the order of their micro-batches, and levels by which these take turns. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/task_graph.h"

void micro_batch_order(const struct task_graph *t, uint32_t *order)
{
    uint32_t last = 0;
    for (size_t i = 0; i < t->ops->n_ops; i++)
        last = t->ops->ops[i].micro_batch > last ? t->ops->ops[i].micro_batch : last;
    uint32_t *at = mem_alloc_array((size_t)last + 2, sizeof *at);
    for (size_t i = 0; i < t->n_tasks; i++)
        at[task_micro_batch(t, &t->tasks[i]) + 1]++;
    for (uint32_t m = 0; m < last; m++)
        at[m + 1] += at[m];
    for (uint32_t i = 0; i < t->n_tasks; i++)
        order[at[task_micro_batch(t, &t->tasks[i])]++] = i;
    free(at);
}

void micro_batch_turns_init(struct micro_batch_turns *x, const struct task_graph *t)
{
    *x = (struct micro_batch_turns) {.t = t};
    x->first = mem_alloc_array(t->chips, sizeof *x->first);
    x->next = mem_alloc_array(t->chips, sizeof *x->next);
}

void micro_batch_turns_free(struct micro_batch_turns *x)
{
    free(x->first);
    free(x->next);
}

uint32_t micro_batch_first_level(struct micro_batch_turns *x, const struct task *task)
{
    uint32_t micro_batch = task_micro_batch(x->t, task);
    SIM_CHECK(micro_batch >= x->micro_batch, "tasks are not in the order of their micro-batches");
    if (micro_batch > x->micro_batch) {
        x->micro_batch = micro_batch;
        for (uint32_t stage = 0; stage < x->t->chips; stage++)
            x->first[stage] = x->next[stage];
    }
    return x->first[x->t->ops->ops[task->op].stage];
}

void micro_batch_add_level(struct micro_batch_turns *x, const struct task *task, uint32_t level)
{
    uint32_t *next = &x->next[x->t->ops->ops[task->op].stage];
    *next = level >= *next ? level + 1 : *next;
}
