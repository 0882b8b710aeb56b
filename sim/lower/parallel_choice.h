/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_choice.h - which parallelism suits a work and a server: a few are tried, the best is kept.
 *
 *     tensor x pipeline = chips;  1, P, 2 P, 4 P micro-batches, all items
 *            |
 *            v   make the work, spread it, estimate    (silicon that all machines share; no policy, no preset)
 *     trials, the one of fewest cycles first found
 *
 * Nothing about either machine enters, so that both get the same work and neither its own best
 * (docs/adr/0026-one-parallelism-for-all-machines.md; the estimate: docs/model/parallel.md). */
#ifndef SIM_LOWER_PARALLEL_CHOICE_H
#define SIM_LOWER_PARALLEL_CHOICE_H

#include "sim/lower/task_graph.h"

#define PARALLEL_TRIALS_MAX 128u

struct parallel_trial {
    struct parallel x;
    uint64_t cycles; /* estimate of a steady repeat; 0: the work cannot be spread like that */
};

struct parallel_question {
    const struct machine *m;
    uint32_t widest; /* chips that can share an operation, at most */
    uint32_t batch;  /* items that can be dealt out to micro-batches */
    /* The work for so many micro-batches; *g is the caller's. 0, or an error with messages. */
    int (*make)(void *context, uint32_t micro_batches, struct op_graph **g, struct diag *d);
    void *context;
};

struct parallel_trials {
    struct parallel_trial trials[PARALLEL_TRIALS_MAX];
    uint32_t n, best;
};

/* 0, what `make` says, SIM_ERR_INPUT where nothing can be spread, or what interrupt_pending() says. */
int parallel_choose(struct parallel_trials *out, const struct parallel_question *q, struct diag *d);

/* Cycles of a steady repeat of this partition, not below its lower bound. */
uint64_t parallel_estimate(const struct partition *p, const struct machine *m);

#endif
