/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_auto.c - the question to sim/lower, and its answer in the configuration. */
#include "sim/cli/parallel_auto.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/cli/workload.h"
#include "sim/lower/parallel_choice.h"

static int make_work(void *context, uint32_t micro_batches, struct op_graph **g, struct diag *d)
{
    struct config *c = context;
    c->parallel.micro_batches = micro_batches;
    return workload_build(c, g, d);
}

static uint32_t batch_of(const struct config *c)
{
    bool batched = c->workload.kind != WORKLOAD_RANDOM && c->workload.kind != WORKLOAD_STG;
    return batched ? c->workload.batch : 1;
}

static void tell(const struct parallel_trials *choice, struct text *told)
{
    for (uint32_t i = 0; i < choice->n; i++) {
        const struct parallel_trial *t = &choice->trials[i];
        text_printf(told, "parallel: auto: tensor %u, pipeline %u, micro_batches %u: ", t->x.tensor, t->x.pipeline,
                    t->x.micro_batches);
        if (t->cycles > 0) {
            text_printf(told, "about %llu cycles%s\n", (unsigned long long)t->cycles,
                        i == choice->best ? ", taken" : "");
        } else {
            text_add(told, "cannot be\n");
        }
    }
}

/* Given stages are tried once: what cannot be is told here, before any machine is made of it. */
static int check_given(const struct config *c, const struct machine *m, struct diag *d)
{
    struct parallel x = {c->parallel.tensor, c->parallel.pipeline, c->parallel.micro_batches};
    struct op_graph *g;
    struct partition p;
    if (x.pipeline <= 1) {
        return SIM_OK;
    }
    int rc = workload_build(c, &g, d);
    rc = rc ? rc : partition_spread(&p, g, m->chips, &x, d);
    if (rc == SIM_OK) {
        partition_free(&p);
    }
    return rc;
}

int parallel_auto(struct config *c, const struct machine *m, struct text *told, struct diag *d)
{
    if (c->parallel.choose != PARALLEL_CHOSEN) {
        return check_given(c, m, d);
    }
    /* Nothing else has said how many chips can share an operation: tensor is all of them, as far as that goes. */
    struct config trial = *c;
    struct parallel_question q = {
        .m = m, .widest = c->parallel.tensor, .batch = batch_of(c), .make = make_work, .context = &trial};
    struct parallel_trials *choice = mem_alloc(sizeof *choice);
    int rc = parallel_choose(choice, &q, d);
    if (rc == SIM_OK) {
        const struct parallel *x = &choice->trials[choice->best].x;
        c->parallel.choose = PARALLEL_GIVEN;
        c->parallel.tensor = x->tensor;
        c->parallel.pipeline = x->pipeline;
        c->parallel.micro_batches = x->micro_batches;
        tell(choice, told);
    }
    free(choice);
    return rc;
}
