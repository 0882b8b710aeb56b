/* SPDX-License-Identifier: Apache-2.0 */
/* codegen_lower.c - tiles for SMs, from the candidates that lowering has for units.
 *
 * Lowering keeps all operands of a tile within a unit's SRAM, and cuts the contraction where they do not fit. A CTA
 * streams its operands; only its accumulators and a few slices have to fit. So lowering is asked several times, each
 * time for a unit with more SRAM than the last, and the task graph with the smallest estimate is taken.
 * docs/model/program.md has the estimate. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/codegen/generator.h"

#define SRAM_STEPS 3u /* SRAM of 1, 4, 16 times the unit's */

/* Cycles of one CTA alone on its SM: the engine and the SM's door work side by side, results leave at the end. */
static uint64_t cta_cycles(const struct task_graph *t, const struct machine *m, const struct dynamic_machine *d,
                           const struct task *x)
{
    uint64_t in = 0, out = 0, flit = m->flit_bytes;
    for (uint32_t i = x->first_input; i < x->first_input + x->n_inputs; i++)
        in += lines_of(t->chunks[t->inputs[i].chunk].bytes);
    for (uint32_t i = x->first_output; i < x->first_output + x->n_outputs; i++)
        out += lines_of(t->chunks[i].bytes);
    uint64_t compute = x->needs.matrix_cycles + x->needs.vector_cycles;
    uint64_t load = (in * CODE_LINE_BYTES + flit - 1) / flit, store = (out * CODE_LINE_BYTES + flit - 1) / flit;
    return d->cta_start + (compute > load ? compute : load) + store;
}

struct level_load {
    uint64_t sum, longest;
};

/* Kernels one after the other; each lasts as long as its longest CTA, or as its CTAs spread evenly over the SMs of the
 * fullest chip. */
static uint64_t estimate(const struct task_graph *t, const struct machine *m, const struct dynamic_machine *d)
{
    struct server_program none = {.chips = t->chips, .arena = arena_new()};
    struct generator g = {.out = &none, .t = t, .m = m, .d = d};
    none.chip = mem_alloc_array(t->chips, sizeof *none.chip);
    plan_levels(&g);
    struct level_load *load = mem_alloc_array((size_t)g.levels * t->chips, sizeof *load);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        struct level_load *at = &load[(size_t)g.level[i] * t->chips + t->tasks[i].chip];
        uint64_t cycles = cta_cycles(t, m, d, &t->tasks[i]);
        at->sum += cycles;
        at->longest = cycles > at->longest ? cycles : at->longest;
    }
    uint64_t sum = 0;
    for (uint32_t level = 0; level < g.levels; level++) {
        uint64_t slowest = 0;
        for (uint32_t chip = 0; chip < t->chips; chip++) {
            const struct level_load *at = &load[(size_t)level * t->chips + chip];
            uint64_t even = (at->sum + m->units_per_chip - 1) / m->units_per_chip;
            uint64_t cycles = even > at->longest ? even : at->longest;
            slowest = cycles > slowest ? cycles : slowest;
        }
        sum += slowest + (d->dispatch == DISPATCH_GRAPH ? d->kernel_launch : 0);
    }
    free(load);
    generator_free(&g);
    server_program_free(&none);
    return sum;
}

static bool accumulators_fit(const struct task_graph *t, const struct dynamic_machine *d)
{
    for (size_t i = 0; i < t->n_tasks; i++)
        if (t->tasks[i].needs.matrix_cycles > 0 &&
            register_bytes_of(d, t->tasks[i].rows, t->tasks[i].cols) > d->sm.register_bytes)
            return false;
    return true;
}

int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag)
{
    int error = lower_tasks(t, p, m, o, diag);
    if (o->tiling_common || error != SIM_OK)
        return error;
    uint64_t best = accumulators_fit(t, d) ? estimate(t, m, d) : UINT64_MAX;
    struct machine roomy = *m;
    for (uint32_t i = 1; i < SRAM_STEPS && roomy.sram_bytes <= UINT32_MAX / 4 && error == SIM_OK; i++) {
        struct task_graph other;
        roomy.sram_bytes *= 4;
        error = lower_tasks(&other, p, &roomy, o, diag);
        if (error != SIM_OK)
            break;
        uint64_t cycles = accumulators_fit(&other, d) ? estimate(&other, m, d) : UINT64_MAX;
        if (cycles < best) {
            best = cycles;
            task_graph_free(t);
            *t = other;
        } else {
            task_graph_free(&other);
        }
    }
    if (error != SIM_OK)
        task_graph_free(t);
    return error;
}
