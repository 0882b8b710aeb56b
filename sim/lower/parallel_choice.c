/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_choice.c - the parallelisms that `auto` tries, and the best of them. */
#include "sim/lower/parallel_choice.h"

#include "sim/base/error.h"
#include "sim/base/progress.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The largest divisor of the batch that is not above `most`. */
static uint32_t divisor_below(uint32_t batch, uint32_t most)
{
    uint32_t parts = smaller(batch, most);
    while (parts > 1 && batch % parts != 0)
        parts--;
    return parts;
}

static void add_trial(struct parallel_trials *out, struct parallel x)
{
    for (uint32_t i = 0; i < out->n; i++) {
        const struct parallel *y = &out->trials[i].x;
        if (x.tensor == y->tensor && x.pipeline == y->pipeline && x.micro_batches == y->micro_batches)
            return;
    }
    if (out->n < PARALLEL_TRIALS_MAX)
        out->trials[out->n++] = (struct parallel_trial) {.x = x};
}

/* As many chips an operation as there are, then fewer and more stages. */
static void list_trials(struct parallel_trials *out, const struct parallel_question *q)
{
    uint32_t chips = q->m->chips;
    add_trial(out, (struct parallel) {smaller(chips, q->widest), 1, 1});
    for (uint32_t stages = 1; stages <= chips; stages++) {
        if (chips % stages != 0 || chips / stages > q->widest)
            continue;
        add_trial(out, (struct parallel) {chips / stages, stages, 1});
        for (uint32_t times = 1; stages > 1 && times <= 4; times *= 2)
            add_trial(out, (struct parallel) {chips / stages, stages, divisor_below(q->batch, times * stages)});
        if (stages > 1)
            add_trial(out, (struct parallel) {chips / stages, stages, q->batch});
    }
}

/* What cannot be spread like this (more stages than layers, more operations than a graph may have) is left at 0
 * cycles. Work that is wrong in itself is so with one micro-batch too. */
static int try_one(struct parallel_trial *t, const struct parallel_question *q, struct diag *d)
{
    struct op_graph *g;
    struct partition p;
    struct diag refused;
    diag_init(&refused);
    int error = q->make(q->context, t->x.micro_batches, &g, t->x.micro_batches > 1 ? &refused : d);
    if (error != SIM_OK) {
        diag_free(&refused);
        return error == SIM_ERR_INPUT && t->x.micro_batches > 1 ? interrupt_pending() : error;
    }
    if (partition_spread(&p, g, q->m->chips, &t->x, &refused) == SIM_OK) {
        t->cycles = parallel_estimate(&p, q->m);
        partition_free(&p);
    }
    diag_free(&refused);
    return interrupt_pending();
}

int parallel_choose(struct parallel_trials *out, const struct parallel_question *q, struct diag *d)
{
    *out = (struct parallel_trials) {0};
    list_trials(out, q);
    for (uint32_t i = 0; i < out->n; i++) {
        int error = try_one(&out->trials[i], q, d);
        if (error != SIM_OK)
            return error;
        uint64_t best = out->trials[out->best].cycles;
        if (out->trials[i].cycles > 0 && (best == 0 || out->trials[i].cycles < best))
            out->best = i;
    }
    if (out->trials[out->best].cycles > 0)
        return SIM_OK;
    diag_add(d, "", 0, 0, "workload.parallel", "no parallelism spreads this work over %u chips", q->m->chips);
    return SIM_ERR_INPUT;
}
