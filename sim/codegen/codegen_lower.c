/* SPDX-License-Identifier: Apache-2.0 */
/* codegen_lower.c - tiles for SMs, from the candidates that lowering has for units.
 *
 * A CTA streams its operands; only its accumulators and a few slices have to fit. Lowering is asked twice, for units
 * that hold their operands and for units that stream them, and the task graph with the smaller estimate is taken.
 * docs/model/program.md has the estimate. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/event_heap.h"
#include "sim/codegen/generator.h"

#define FIRST_OPERANDS                                                                                                 \
    400u /* cycles from the start of a CTA to its first multiplication, and from its last to its end */
#define LEVEL_CYCLES 1000u /* one more level of dependence */

/* Cycles of one CTA alone on its SM: the engine and the SM's door work side by side, results leave at the end. */
static uint64_t cta_cycles(const struct task_graph *t, const struct machine *m, const struct dynamic_machine *d,
                           const struct task *x)
{
    uint64_t in = 0, out = 0, flit = m->flit_bytes;
    uint32_t inputs = task_in_switch(x) ? 1 : x->n_inputs; /* the sum is what comes in */
    for (uint32_t i = x->first_input; i < x->first_input + inputs; i++)
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
static uint64_t estimate_kernels(const struct task_graph *t, const struct machine *m, const struct dynamic_machine *d)
{
    struct server_program none = {.chips = t->chips, .arena = arena_new()};
    struct generator g = {.out = &none, .t = t, .m = m, .d = d};
    none.chip = mem_alloc_array(t->chips, sizeof *none.chip);
    plan_adders(&g);
    plan_levels(&g);
    struct level_load *load = mem_alloc_array((size_t)g.levels * t->chips, sizeof *load);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        struct level_load *at = &load[(size_t)g.level[i] * t->chips + t->tasks[i].chip];
        uint64_t cycles = acts(&g, i) ? cta_cycles(t, m, d, &t->tasks[i]) : 0;
        at->sum += cycles;
        at->longest = cycles > at->longest ? cycles : at->longest;
    }
    uint64_t sum = 0;
    for (uint32_t level = 0; level < g.levels; level++) {
        uint64_t slowest = 0;
        for (uint32_t chip = 0; chip < t->chips; chip++) {
            const struct level_load *at = &load[(size_t)level * t->chips + chip];
            uint64_t even = (at->sum + m->live_units[chip] - 1) / m->live_units[chip];
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

typedef uint64_t estimate_function(const struct task_graph *t, const struct machine *m,
                                   const struct dynamic_machine *d);

/* CTAs of a chip take tasks in their order and wait for what they read, one on each SM. */
static uint64_t estimate_queue(const struct task_graph *t, const struct machine *m, const struct dynamic_machine *d)
{
    uint64_t *finish = mem_alloc_array(t->n_tasks, sizeof *finish), last = 0;
    struct event_heap *free_at = mem_alloc_array(t->chips, sizeof *free_at);
    for (uint32_t i = 0; i < t->chips * m->units_per_chip; i++)
        if (!m->dead[i])
            heap_push(&free_at[i / m->units_per_chip], 0, i);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        const struct task *x = &t->tasks[i];
        bool leaf = task_in_switch(x) && x->k_part < x->k_whole; /* a sum that a switch adds on: no CTA */
        struct heap_item sm = leaf ? (struct heap_item) {0} : heap_pop(&free_at[x->chip]);
        uint64_t start = sm.time;
        for (uint32_t k = x->first_input; k < x->first_input + x->n_inputs; k++) {
            uint32_t from = t->chunks[t->inputs[k].chunk].producer;
            uint64_t heard = leaf ? 0 : LEVEL_CYCLES;
            if (from != TASK_NONE && finish[from] + heard > start)
                start = finish[from] + heard;
        }
        finish[i] = leaf ? start : start + cta_cycles(t, m, d, x);
        if (leaf)
            continue;
        heap_push(&free_at[x->chip], finish[i], sm.key);
        last = finish[i] > last ? finish[i] : last;
    }
    for (uint32_t chip = 0; chip < t->chips; chip++)
        heap_free(&free_at[chip]);
    free(free_at);
    free(finish);
    return last;
}

static bool accumulators_fit(const struct task_graph *t, const struct dynamic_machine *d)
{
    for (size_t i = 0; i < t->n_tasks; i++)
        if (t->tasks[i].needs.matrix_cycles > 0 &&
            register_bytes_of(d, t->tasks[i].rows, t->tasks[i].cols) > d->sm.register_bytes)
            return false;
    return true;
}

/* A CTA's start, its first operands and its last results; between two levels the stores' acknowledgements, and the
 * launch of a kernel or signals and polls. Assumed; docs/model/program.md. */
static struct stream_limits stream_of(const struct dynamic_machine *d)
{
    bool graph = d->dispatch == DISPATCH_GRAPH;
    uint64_t base = register_bytes_of(d, 0, 0), half = d->sm.register_bytes / 2;
    return (struct stream_limits) {.accumulator_bytes = half > base ? half - base : d->sm.register_bytes - base,
                                   .task_cycles = FIRST_OPERANDS + (graph ? d->cta_start : 0),
                                   .level_cycles = LEVEL_CYCLES + (graph ? d->kernel_launch + d->cta_start : 0)};
}

#define REGISTER_KEYS                                                                                                  \
    "fewer machines.dynamic.sm.warps_per_cta, or more machines.dynamic.sm.registers (a quarter of chip.units.sram "    \
    "unless given)"

/* Whatever the tiles are, the threads have registers. */
static int check_threads(const struct dynamic_machine *d, struct diag *diag)
{
    uint64_t threads = register_bytes_of(d, 0, 0);
    if (threads < d->sm.register_bytes)
        return SIM_OK;
    diag_add(diag, "", 0, 0, "machines.dynamic.sm",
             "the threads of a CTA take %llu bytes of registers and leave its sums nothing of the %u that an SM "
             "has; " REGISTER_KEYS,
             (unsigned long long)threads, d->sm.register_bytes);
    return SIM_ERR_BUILD;
}

static void tell_of_sums(const struct dynamic_machine *d, const struct stream_limits *limits, struct diag *diag)
{
    diag_add(diag, "", 0, 0, "machines.dynamic.sm",
             "the sums of a tile have %llu bytes of registers beside the %llu of its threads; if no tile is that "
             "small: " REGISTER_KEYS,
             (unsigned long long)limits->accumulator_bytes, (unsigned long long)register_bytes_of(d, 0, 0));
}

/* Lowers once more and keeps the better one of the two. */
static int try_streamed(struct task_graph *t, const struct partition *p, const struct machine *m,
                        const struct dynamic_machine *d, const struct lower_options *o, estimate_function *estimate,
                        struct diag *diag)
{
    struct task_graph other;
    int error = lower_tasks(&other, p, m, o, diag);
    if (error != SIM_OK) {
        tell_of_sums(d, o->stream, diag);
        return error;
    }
    bool better =
        accumulators_fit(&other, d) && (!accumulators_fit(t, d) || estimate(&other, m, d) < estimate(t, m, d));
    task_graph_free(better ? t : &other);
    if (better)
        *t = other;
    return SIM_OK;
}

/* As a unit of the phase machine would take it, its staging buffers beside it, so that both can have the same tasks;
 * without them where only so a task fits: an SM has none. */
static int lower_held(struct task_graph *t, const struct partition *p, const struct machine *m, struct lower_options *o,
                      struct diag *diag)
{
    struct diag refused;
    diag_init(&refused);
    int error = lower_tasks(t, p, m, o, &refused);
    if (error != SIM_OK) {
        o->unstaged = true;
        error = lower_tasks(t, p, m, o, diag);
    }
    diag_free(&refused);
    return error;
}

/* For units that hold their operands, for those that stream them, and for a persistent kernel smaller ones too: its
 * CTAs begin as soon as those that they read have ended. */
int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag)
{
    struct stream_limits limits = stream_of(d);
    struct lower_options first = *o;
    first.unhashed = true; /* like the others: the one that is kept is hashed */
    int error = lower_held(t, p, m, &first, diag);
    if (error != SIM_OK)
        return error;
    struct lower_options streamed = first, fine = first, whole;
    error = check_threads(d, diag);
    streamed.stream = fine.stream = &limits;
    fine.fine = true;
    whole = fine;
    whole.whole = true;
    bool queue = !o->tiling_common && d->dispatch == DISPATCH_PERSISTENT;
    if (error == SIM_OK && !o->tiling_common)
        error = try_streamed(t, p, m, d, &streamed, estimate_kernels, diag);
    if (error == SIM_OK && queue)
        error = try_streamed(t, p, m, d, &fine, estimate_queue, diag);
    if (error == SIM_OK && queue)
        error = try_streamed(t, p, m, d, &whole, estimate_queue, diag);
    if (error != SIM_OK)
        task_graph_free(t);
    else
        task_graph_hash(t);
    return error;
}
