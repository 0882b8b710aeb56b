/* SPDX-License-Identifier: Apache-2.0 */
/* codegen.c - the steps from a task graph to a program, and what concerns the whole of it. */
#include "sim/codegen/codegen.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/codegen/generator.h"

static int begin(struct generator *g, uint32_t repeats)
{
    struct server_program *out = g->out;
    const struct task_graph *t = g->t;
    if (t->chips > UINT16_MAX) {
        diag_add(g->diag, "", 0, 0, "server.chips", "%u chips: the dynamic machine has at most %u", t->chips,
                 UINT16_MAX);
        return SIM_ERR_BUILD;
    }
    SIM_CHECK(repeats > 0, "a program of no repeats");
    *out = (struct server_program) {.chips = t->chips,
                                    .n_tensors = (uint32_t)t->ops->n_tensors,
                                    .versions = repeats,
                                    .stream = g->d->dispatch == DISPATCH_GRAPH};
    out->arena = arena_new();
    out->chip = mem_alloc_array(t->chips, sizeof *out->chip);
    memcpy(out->tasks_hash, t->tasks_hash, sizeof out->tasks_hash);
    return SIM_OK;
}

static void identities(struct generator *g)
{
    struct server_program *out = g->out;
    out->tensor_c = arena_alloc(out->arena, out->versions * sizeof *out->tensor_c);
    for (uint32_t v = 0; v < out->versions; v++) {
        out->tensor_c[v] = arena_alloc(out->arena, out->n_tensors * sizeof **out->tensor_c);
        op_graph_checksums(g->t->ops, v, out->tensor_c[v]);
    }
    for (size_t i = 0; i < g->t->n_chunks; i++)
        out->output_bytes += g->t->chunks[i].is_output ? g->t->chunks[i].bytes : 0;
}

static int emit_chip(struct generator *g, uint32_t chip)
{
    const struct chip_program *p = &g->out->chip[chip];
    int error = SIM_OK;
    for (uint32_t k = 0; k < p->n_kernels && error == SIM_OK; k++) {
        uint32_t first = g->chip_first[chip] + p->kernels[k].first_cta;
        for (uint32_t i = first; i < first + p->kernels[k].n_ctas && error == SIM_OK; i++)
            error = emit_cta(g, chip, g->order[i], k);
        error = error == SIM_OK ? interrupt_pending() : error;
    }
    return error;
}

static int generate(struct generator *g)
{
    plan_adders(g);
    plan_levels(g);
    plan_waits(g);
    int error = plan_memory(g);
    for (uint32_t chip = 0; chip < g->t->chips && error == SIM_OK; chip++)
        error = emit_chip(g, chip);
    if (error == SIM_OK)
        identities(g);
    return error;
}

void generator_free(struct generator *g)
{
    free(g->adder);
    free(g->level);
    free(g->order);
    free(g->chip_first);
    free(g->first_reader);
    free(g->readers);
    free(g->word);
    free(g->signals);
    free(g->stamp);
    free(g->line);
    free(g->first_copy);
    free(g->copies);
}

int codegen(struct server_program *out, const struct task_graph *t, const struct machine *m,
            const struct dynamic_machine *d, uint32_t repeats, struct diag *diag)
{
    *out = (struct server_program) {0};
    struct generator g = {.out = out, .t = t, .m = m, .d = d, .diag = diag};
    int error = begin(&g, repeats);
    if (error == SIM_OK)
        error = generate(&g);
    generator_free(&g);
    if (error != SIM_OK)
        server_program_free(out);
    return error;
}
