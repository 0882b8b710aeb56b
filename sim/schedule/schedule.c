/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.c - an empty schedule, and the end of one. */
#include "sim/schedule/schedule.h"

#include <stdlib.h>

void schedule_init(struct schedule *s)
{
    *s = (struct schedule) {0};
}

static void program_free(struct sched_program *p)
{
    free(p->ops);
    free(p->transfers);
    free(p->hops);
    free(p->dram);
    free(p->sram);
    free(p->phases);
}

void schedule_free(struct schedule *s)
{
    for (size_t i = 0; i < s->machine.n_links; i++) {
        free(s->machine.links[i].id);
    }
    for (size_t i = 0; i < s->n_programs; i++) {
        program_free(&s->programs[i]);
    }
    free(s->machine.endpoints);
    free(s->machine.links);
    free(s->tasks);
    free(s->chunks);
    free(s->inputs);
    free(s->programs);
    free(s->repeats);
    free(s->policy);
    free(s->start);
    free(s->work_name);
    free(s->lower_bound_by);
    schedule_init(s);
}

/* Elements of partials are 4 bytes, those of the sum what its type has: the ratio is that of the whole. */
uint64_t schedule_partial_bytes(const struct schedule *s, uint32_t task, uint64_t bytes)
{
    const struct sched_task *k = &s->tasks[task];
    uint64_t partial = s->chunks[s->inputs[k->first_input].chunk].bytes, sum = 0;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        sum += s->chunks[c].bytes;
    }
    return sum > 0 ? ceil_div(partial * bytes, sum) : 0; /* none without bytes: schedule_check */
}

uint32_t schedule_hop_flits(const struct schedule *s, const struct sched_transfer *t, uint32_t link)
{
    if (s->machine.links[link].type != LINK_ADDER || t->chunk >= s->n_chunks) {
        return t->flits;
    }
    uint32_t task = s->chunks[t->chunk].producer;
    if (task == SCHED_NONE || s->tasks[task].kind != SCHED_IN_SWITCH) {
        return t->flits;
    }
    return (uint32_t)ceil_div(schedule_partial_bytes(s, task, t->bytes), s->machine.flit_bytes);
}

void sched_verdict_free(struct sched_verdict *v)
{
    free(v->violations);
    *v = (struct sched_verdict) {0};
}
