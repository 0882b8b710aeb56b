/* SPDX-License-Identifier: Apache-2.0 */
/* bound_state.h - what the parts of the schedule bound share. Private to schedule_bound.c and bound_sets.c. */
#ifndef SIM_COMPILE_BOUND_STATE_H
#define SIM_COMPILE_BOUND_STATE_H

#include "sim/compile/bound_passages.h"
#include "sim/compile/schedule_bound.h"

/* A producer of an input: the task at hand begins `near` cycles after its finish at the earliest. */
struct source {
    uint32_t unit, task;
    uint64_t head, near;
};

/* What comes into the unit of the task at hand, once each: its first flit is there at `from` + 1 at the earliest. */
struct coming {
    uint64_t from, flits;
};

struct bounding {
    const struct run *r;
    uint64_t *head, *tail; /* per task: cycles before its start, cycles after its finish */
    uint64_t *stored;      /* per chunk: cycles from its producer's finish until it is in memory */
    struct passages passages;
    VEC(struct bound_job, jobs);
    VEC(struct source, sources); /* of one task */
    VEC(struct coming, comings);
    uint64_t *counted; /* per copy: number of the last head in which it was counted */
    uint64_t heads;    /* that were found so far */
};

/* Heads and tails. */
void bounding_init(struct bounding *b, const struct run *r);
void bounding_free(struct bounding *b);

static inline uint64_t bounding_work(const struct bounding *b, uint32_t task)
{
    const struct task *k = &b->r->l->t->tasks[task];
    return task_in_switch(k) ? 0 : machine_planned(b->r->l->m, k->needs.cycles);
}

/* Cycles from the finish of one task to the last flit that another one reads of it. */
uint64_t bounding_way(const struct layout *l, uint32_t from, uint32_t to, uint32_t bytes);

/* From the heads of producers, from the tails of readers. */
uint64_t bounding_head(struct bounding *b, uint32_t task);
uint64_t bounding_tail(const struct bounding *b, uint32_t task);

/* Cycles before a passage begins, and after it ends, at least. */
uint64_t bounding_passage_head(const struct bounding *b, const struct passage *p);
uint64_t bounding_passage_tail(const struct bounding *b, uint32_t passage);

/* bound_sets.c: raises heads and tails. Grows with tasks x inputs. */
void bounding_sets(struct bounding *b);

#endif
