/* SPDX-License-Identifier: Apache-2.0 */
/* micro_program.c - micro-benchmarks that need SMs: small programs for chip 0, made by hand; other chips do nothing. */
#include <stdlib.h>
#include <string.h>

#include "hw/server/dynamic_server.h"
#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/cli/micro.h"
#include "sim/cli/simulate.h"

#define LINE  128u
#define WORDS 32u /* counters of a line */

/* ---- programs ---- */

static void program_begin(struct server_program *s, const struct job *j, uint32_t tensors, uint32_t counter_lines)
{
    *s = (struct server_program) {.chips = j->machine.chips,
                                  .n_tensors = tensors,
                                  .versions = 1,
                                  .stream = j->dynamic.dispatch == DISPATCH_GRAPH};
    s->arena = arena_new();
    s->chip = mem_alloc_array(s->chips, sizeof *s->chip);
    s->tensor_c = arena_alloc(s->arena, sizeof(uint64_t *));
    s->tensor_c[0] = arena_alloc(s->arena, (tensors + 1) * sizeof(uint64_t));
    for (uint32_t i = 0; i < s->chips; i++) {
        struct chip_program *c = &s->chip[i];
        c->counter_lines = c->memory_lines = i == 0 ? counter_lines : 1;
        c->input_first = c->counter_lines;
        c->queue_word = (c->counter_lines - 1) * WORDS;
    }
}

static struct cta *add_cta(struct chip_program *c, bool new_kernel)
{
    if (new_kernel) {
        *VEC_PUSH(c, kernels) = (struct kernel) {.first_cta = (uint32_t)c->n_ctas, .name = "micro"};
    }
    struct kernel *k = &c->kernels[c->n_kernels - 1];
    struct cta *x = VEC_PUSH(c, ctas);
    k->n_ctas++;
    *x = (struct cta) {.task = (uint32_t)c->n_ctas - 1,
                       .kernel = (uint32_t)c->n_kernels - 1,
                       .kind = CTA_CYCLES,
                       .steps = 1,
                       .elem_bytes = 4,
                       .register_bytes = 1024,
                       .first_piece = (uint32_t)c->n_pieces,
                       .first_wait = (uint32_t)c->n_waits,
                       .first_signal = (uint32_t)c->n_signals};
    return x;
}

/* A chunk that the CTA writes: behind what there is so far. */
static void add_output(struct chip_program *c, struct cta *x, uint32_t tensor, uint32_t bytes)
{
    uint32_t lines = (bytes - 1) / LINE + 1;
    *VEC_PUSH(c, pieces) = (struct cta_piece) {.line = c->memory_lines,
                                               .lines = lines,
                                               .bytes = bytes,
                                               .role = PIECE_OUTPUT,
                                               .chunk = tensor,
                                               .tensor = tensor};
    x->n_pieces++;
    c->memory_lines += lines;
}

/* Cycles of the program, from the first kernel's start on. */
static int run_program(const struct job *j, struct server_program *s, uint64_t *cycles, struct diag *d)
{
    struct run_result r;
    struct dynamic_run_options o = simulate_dynamic_options(j, "cold");
    o.repeats = 1;
    server_program_check(s);
    run_result_init(&r);
    int rc = dynamic_server_run(&j->machine, &j->dynamic, s, &o, &r, d);
    *cycles = r.makespan_cycles > j->machine.launch_cycles ? r.makespan_cycles - j->machine.launch_cycles : 0;
    run_result_free(&r);
    server_program_free(s);
    return rc;
}

/* ---- kernel chain ---- */

enum { EMPTY, ONE_STORE };

static const uint64_t chain_lengths[] = {1, 2, 8, 32};

void micro_plan_chain(const struct job *j, struct micro_plan *p)
{
    (void)j;
    static const struct micro_point series[] = {
        {.series = "empty", .kind = EMPTY, .sets = {"machines.dynamic.dispatch=graph"}},
        {.series = "store", .kind = ONE_STORE, .sets = {"machines.dynamic.dispatch=graph"}},
        {.series = "empty, kernel_launch 0",
         .kind = EMPTY,
         .sets = {"machines.dynamic.dispatch=graph", "machines.dynamic.kernel_launch=0 ns"}},
        {.series = "store, kernel_launch 0",
         .kind = ONE_STORE,
         .sets = {"machines.dynamic.dispatch=graph", "machines.dynamic.kernel_launch=0 ns"}},
    };
    for (size_t i = 0; i < sizeof series / sizeof series[0]; i++) {
        for (size_t k = 0; k < sizeof chain_lengths / sizeof chain_lengths[0]; k++) {
            struct micro_point point = series[i];
            point.x = chain_lengths[k];
            point.period = true;
            micro_add(p, point);
        }
    }
}

int micro_measure_chain(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct server_program s;
    uint32_t n = (uint32_t)p->x;
    program_begin(&s, j, n, 1);
    for (uint32_t i = 0; i < n; i++) {
        struct cta *x = add_cta(&s.chip[0], true);
        x->op = i;
        if (p->kind == ONE_STORE) {
            add_output(&s.chip[0], x, i, LINE);
            s.tensor_c[0][i] = x->op; /* folded from no operand */
        }
    }
    f->bottom = p->x;
    return run_program(j, &s, &f->top, d);
}

/* ---- a flag from CTA to CTA ---- */

/* All CTAs are there from the start; each waits for the one before it and then tells the next. */
int micro_measure_flag(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct server_program s;
    uint32_t n = (uint32_t)p->x + 1;
    program_begin(&s, j, 0, (n + WORDS - 1) / WORDS + 1);
    for (uint32_t i = 0; i < n; i++) {
        struct chip_program *c = &s.chip[0];
        struct cta *x = add_cta(c, i == 0);
        x->op = i;
        if (i > 0) {
            *VEC_PUSH(c, waits) = (struct cta_wait) {.word = i, .n = 1};
            x->n_waits = 1;
        }
        if (i + 1 < n) {
            *VEC_PUSH(c, signals) = (struct cta_signal) {.line = (i + 1) / WORDS, .words = 1u << (i + 1) % WORDS};
            x->n_signals = 1;
        }
    }
    f->bottom = p->x;
    return run_program(j, &s, &f->top, d);
}

/* ---- matrix engines ---- */

#define MMA_SLICE    64u /* elements of K in a slice */
#define MMA_CTAS     2u  /* of an SM: one loads while the other multiplies */
#define MMA_TILE_MAX 128u
#define MMA_ELEMENT  2u /* fp16 */

void micro_plan_mma(const struct job *j, struct micro_plan *p)
{
    (void)j;
    for (uint64_t k = 64; k <= 4096; k *= 2) {
        micro_add(p, (struct micro_point) {.series = "MMA", .x = k});
    }
}

/* The largest square tile whose accumulators and slices leave room for MMA_CTAS of it. */
static uint32_t tile_of(const struct job *j)
{
    const struct sm_params *sm = &j->dynamic.sm;
    uint32_t tile = MMA_TILE_MAX;
    while (tile > 16 && ((uint64_t)tile * tile * 4 > sm->register_bytes / MMA_CTAS ||
                         (uint64_t)2 * tile * MMA_SLICE * MMA_ELEMENT * sm->stages > sm->shared_bytes / MMA_CTAS)) {
        tile /= 2;
    }
    return tile;
}

static void add_source(struct chip_program *c, uint32_t tensor, uint32_t bytes)
{
    uint32_t lines = (bytes - 1) / LINE + 1;
    *VEC_PUSH(c, sources) = (struct memory_source) {
        .line = c->memory_lines, .lines = lines, .bytes = bytes, .chunk = tensor, .tensor = tensor, .weight = true};
    c->memory_lines += lines;
}

static void add_stream(struct chip_program *c, struct cta *x, uint32_t source, enum piece_role role)
{
    const struct memory_source *m = &c->sources[source];
    *VEC_PUSH(c, pieces) = (struct cta_piece) {.line = m->line,
                                               .lines = m->lines,
                                               .bytes = m->bytes,
                                               .role = (uint8_t)role,
                                               .weight = true,
                                               .source = true,
                                               .chunk = m->chunk,
                                               .tensor = m->tensor,
                                               .operand = x->n_operands};
    x->n_pieces++;
    x->n_operands++;
}

static void shape_mma(const struct job *j, struct cta *x, uint32_t tile, uint32_t k)
{
    struct task_needs needs;
    machine_needs(&j->machine, tile, tile, k, 0, 0, 0, &needs);
    machine_needs_on(&j->machine, 0, &needs);
    uint32_t steps = (k + MMA_SLICE - 1) / MMA_SLICE, stages = j->dynamic.sm.stages;
    x->kind = CTA_MATRIX;
    x->rows = x->cols = tile;
    x->k = x->k_part = x->k_whole = k;
    x->matrix_cycles = needs.matrix_cycles;
    x->macs = x->macs_padded = (uint64_t)tile * tile * k;
    x->elem_bytes = MMA_ELEMENT;
    x->steps = steps;
    x->shared_bytes = 2 * tile * MMA_SLICE * MMA_ELEMENT * (stages < steps ? stages : steps);
    x->register_bytes = tile * tile * 4;
}

/* Tiles of one product: CTAs of a row share A, those of a column share B, as near to a square as powers of two go. */
int micro_measure_mma(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d)
{
    struct server_program s;
    uint32_t ctas = MMA_CTAS * j->machine.live_units[0], tile = tile_of(j), k = (uint32_t)p->x, columns = 1;
    while (columns * columns * 4 <= ctas) {
        columns *= 2;
    }
    uint32_t rows = (ctas + columns - 1) / columns, operands = rows + columns;
    uint64_t cycles = 0;
    program_begin(&s, j, operands + ctas, 1);
    struct chip_program *c = &s.chip[0];
    uint64_t *sums = s.tensor_c[0];
    for (uint32_t t = 0; t < operands; t++) {
        add_source(c, t, tile * k * MMA_ELEMENT);
        sums[t] = mix64(t, 0);
    }
    for (uint32_t i = 0; i < ctas; i++) {
        struct cta *x = add_cta(c, i == 0);
        uint32_t a = i / columns, b = rows + i % columns;
        x->op = i;
        shape_mma(j, x, tile, k);
        add_stream(c, x, a, PIECE_STREAM_A);
        add_stream(c, x, b, PIECE_STREAM_B);
        add_output(c, x, operands + i, tile * tile * MMA_ELEMENT);
        sums[operands + i] = mix64(mix64(i, sums[a]), sums[b]);
    }
    int rc = run_program(j, &s, &cycles, d);
    *f = (struct micro_figure) {(uint64_t)ctas * tile * tile * k, cycles * j->machine.live_units[0]};
    return rc;
}
