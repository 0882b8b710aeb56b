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

void sched_verdict_free(struct sched_verdict *v)
{
    free(v->violations);
    *v = (struct sched_verdict) {0};
}
