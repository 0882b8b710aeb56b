/* SPDX-License-Identifier: Apache-2.0 */
/* plan_sums.c - sums of switches: which partials they have, in which pieces they are made. */
#include <stdlib.h>
#include <string.h>

#include "hw/chip/chip_plan.h"

void plan_find_sums(struct server_plan *p)
{
    const struct schedule *s = p->s;
    p->sum_of = mem_alloc_array(s->n_chunks, sizeof *p->sum_of);
    memset(p->sum_of, 0xff, s->n_chunks * sizeof *p->sum_of);
    for (uint32_t t = 0; t < s->n_tasks; t++)
        for (uint32_t i = 0; s->tasks[t].kind == SCHED_IN_SWITCH && i < s->tasks[t].n_inputs; i++)
            p->sum_of[s->inputs[s->tasks[t].first_input + i].chunk] = t;
}

/* The sum of a task in a switch, made at its first partial or piece; SCHED_NONE: it is one of another switch. */
static uint32_t sum_of_task(struct plan_cut *c, uint32_t node, uint32_t task)
{
    const struct schedule *x = c->plan->s;
    const struct sched_task *t = &x->tasks[task];
    struct switch_program *s = &c->plan->switches[node - c->plan->m->chips].program;
    if (c->sum[task] != SCHED_NONE && c->sum_at[task] != node)
        plan_fail(c, "task %u is added in two switches", task);
    if (c->sum[task] != SCHED_NONE)
        return c->sum_at[task] == node ? c->sum[task] : SCHED_NONE;
    c->sum[task] = (uint32_t)s->n_sums;
    c->sum_at[task] = node;
    for (uint32_t i = 0; i < t->n_inputs; i++) {
        uint32_t chunk = x->inputs[t->first_input + i].chunk;
        *VEC_PUSH(s, partials) =
            (struct switch_partial) {.sum = c->sum[task], .chunk = chunk, .bytes = x->chunks[chunk].bytes};
    }
    *VEC_PUSH(s, sums) = (struct switch_sum) {.op = t->op,
                                              .k_part = t->k_part,
                                              .k_whole = t->k_whole,
                                              .first_partial = (uint32_t)s->n_partials - t->n_inputs,
                                              .n_partials = t->n_inputs,
                                              .first_result = SWITCH_NOBODY,
                                              .last_result = SWITCH_NOBODY};
    return c->sum[task];
}

uint32_t plan_cut_partial(struct plan_cut *c, uint32_t chunk, const struct link *l, uint64_t start)
{
    uint32_t task = chunk < c->plan->s->n_chunks ? c->plan->sum_of[chunk] : SCHED_NONE;
    if (task == SCHED_NONE)
        return SWITCH_NOBODY;
    struct switch_program *s = &c->plan->switches[l->to_node - c->plan->m->chips].program;
    uint32_t number = sum_of_task(c, l->to_node, task); /* may move the array */
    if (number == SCHED_NONE)
        return SWITCH_NOBODY;
    const struct switch_sum *sum = &s->sums[number];
    uint32_t i = sum->first_partial;
    while (i + 1 < sum->first_partial + sum->n_partials && s->partials[i].chunk != chunk)
        i++;
    s->partials[i].planned = start + l->latency;
    return i;
}

uint32_t plan_cut_result(struct plan_cut *c, const struct sched_hop *h)
{
    const struct schedule *x = c->plan->s;
    const struct sched_transfer *t = &c->p->transfers[h->transfer];
    uint32_t task = t->chunk < x->n_chunks ? x->chunks[t->chunk].producer : SCHED_NONE;
    if (task == SCHED_NONE || x->tasks[task].kind != SCHED_IN_SWITCH) {
        plan_fail(c, "transfer %u is no sum and begins at adders", h->transfer);
        return SCHED_NONE;
    }
    uint32_t node = c->plan->m->links[h->link].from_node;
    struct switch_program *s = &c->plan->switches[node - c->plan->m->chips].program;
    uint32_t number = (uint32_t)s->n_results, of = sum_of_task(c, node, task);
    if (of == SCHED_NONE)
        return SCHED_NONE;
    struct switch_sum *sum = &s->sums[of];
    *VEC_PUSH(s, results) = (struct switch_result) {.start = h->start,
                                                    .sum = of,
                                                    .next = SWITCH_NOBODY,
                                                    .transfer = h->transfer,
                                                    .chunk = t->chunk,
                                                    .tensor = x->chunks[t->chunk].tensor,
                                                    .offset = t->offset,
                                                    .bytes = t->bytes,
                                                    .flits = t->flits,
                                                    .class_of = t->class_of,
                                                    .adder_bytes = (uint32_t)schedule_partial_bytes(x, task, t->bytes),
                                                    .adder_flits = schedule_hop_flits(x, t, h->link),
                                                    .first_out = SWITCH_NOBODY,
                                                    .last_out = SWITCH_NOBODY};
    if (sum->last_result == SWITCH_NOBODY)
        sum->first_result = number;
    else
        s->results[sum->last_result].next = number;
    sum->last_result = number;
    sum->n_results++;
    return number;
}
