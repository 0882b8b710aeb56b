/* SPDX-License-Identifier: Apache-2.0 */
/* cta_shape.c - slices, rounds, shared memory and registers of a CTA.
 *
 *     CTA_MATRIX   A lines |--s0--|--s1--|--s2--|     a slice of A and one of B lie in shared memory, `stages` at a
 * time; B lines |----s0---|----s1---|...   rows x cols accumulators lie in registers
 *
 * Two CTAs should stand on an SM, so a CTA takes half of the shared memory where a slice fits it; all of it where its
 * kernel has no second one for the SM. What is left over holds more slices ahead, as far as they hide a load: all of
 * them are asked for before the first multiplication, so more of them only delay it. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/codegen/generator.h"

static uint64_t lines_with_role(const struct chip_program *p, const struct cta *c, uint8_t role)
{
    uint64_t lines = 0;
    for (uint32_t i = c->first_piece; i < c->first_piece + c->n_pieces; i++)
        lines += p->pieces[i].role == role ? p->pieces[i].lines : 0;
    return lines;
}

static uint64_t div_up(uint64_t a, uint64_t b)
{
    return (a + b - 1) / b;
}

#define STAGES_MAX  16u   /* slices in flight at most */
#define LOAD_CYCLES 1024u /* that slices in flight should hide: twice a load from HBM, assumed */

/* One slice, the largest. */
static uint64_t slice_bytes(uint64_t a, uint64_t b, uint32_t steps)
{
    return (div_up(a, steps) + div_up(b, steps)) * CODE_LINE_BYTES;
}

static uint64_t shared_bytes(const struct generator *g, uint64_t a, uint64_t b, uint32_t steps)
{
    return slice_bytes(a, b, steps) * (g->d->sm.stages < steps ? g->d->sm.stages : steps);
}

/* Shared memory of a CTA whose SM has no other one of its kernel. */
static uint64_t cta_share(const struct generator *g, const struct cta *c)
{
    uint32_t chip = g->t->tasks[c->task].chip;
    const struct chip_program *p = &g->out->chip[chip];
    bool alone = g->out->stream && p->kernels[c->kernel].n_ctas <= g->m->live_units[chip];
    return alone ? g->d->sm.shared_bytes : g->d->sm.shared_bytes / 2;
}

/* A slice takes its multiplications, or a line per cycle. Would one stage more hide more of a load? */
static bool more_stages(const struct cta *c, uint64_t a, uint64_t b)
{
    uint64_t lines = slice_bytes(a, b, c->steps) / CODE_LINE_BYTES, multiply = c->matrix_cycles / c->steps;
    uint64_t cycles = lines > multiply ? lines : multiply;
    return c->stages < STAGES_MAX && c->stages < c->steps && (c->stages - 1) * cycles < LOAD_CYCLES;
}

static uint32_t steps_of(const struct cta *c, uint32_t slice_k)
{
    return c->k > slice_k ? (uint32_t)div_up(c->k, slice_k) : 1;
}

/* Half of the slice, in whole steps of the engine; the engine's own k is the smallest. */
static uint32_t next_slice(uint32_t slice_k, uint32_t engine_k)
{
    uint32_t half = slice_k / 2 / engine_k * engine_k;
    return half > 0 ? half : engine_k;
}

/* `helps`: the key that does; freed. */
static int refuse(const struct generator *g, const struct cta *c, const char *what, uint64_t bytes, uint32_t has,
                  char *helps)
{
    const struct op *o = &g->t->ops->ops[c->op];
    diag_add(g->diag, "", 0, 0, "workload", "%s: a tile of %u x %u of %s takes %llu bytes of %s, an SM has %u; %s",
             o->name, c->rows, c->cols, g->t->ops->tensors[o->output].name, (unsigned long long)bytes, what, has,
             helps);
    free(helps);
    return SIM_ERR_BUILD;
}

static int refuse_registers(const struct generator *g, const struct cta *c, uint64_t bytes)
{
    uint64_t threads = register_bytes_of(g->d, 0, 0);
    return refuse(g, c, "registers", bytes, g->d->sm.register_bytes,
                  mem_printf("%llu of them are its threads': fewer machines.dynamic.sm.warps_per_cta, or more "
                             "machines.dynamic.sm.registers (a quarter of chip.units.sram unless given)",
                             (unsigned long long)threads));
}

/* At least two slices are in flight: one is used while the next comes. */
static int refuse_shared(const struct generator *g, const struct cta *c, uint64_t bytes, uint64_t slice)
{
    unsigned long long each = slice, fit = g->d->sm.shared_bytes / slice;
    char *helps = fit > 1 ? mem_printf("its slices take %llu each: machines.dynamic.sm.stages of at most %llu, or more "
                                       "machines.dynamic.sm.shared",
                                       each, fit)
                          : mem_printf("its slices take %llu each: more machines.dynamic.sm.shared (three sixteenths "
                                       "of chip.units.sram unless given)",
                                       each);
    return refuse(g, c, "shared memory", bytes, g->d->sm.shared_bytes, helps);
}

static int matrix_shape(const struct generator *g, struct cta *c)
{
    const struct chip_program *p = &g->out->chip[g->t->tasks[c->task].chip];
    uint64_t a = lines_with_role(p, c, PIECE_STREAM_A), b = lines_with_role(p, c, PIECE_STREAM_B);
    uint32_t engine_k = g->d->sm.engine_k > 0 ? g->d->sm.engine_k : 1;
    uint32_t slice = engine_k > SLICE_K ? engine_k : SLICE_K / engine_k * engine_k;
    uint64_t share = cta_share(g, c);
    while (slice > engine_k && shared_bytes(g, a, b, steps_of(c, slice)) > share)
        slice = next_slice(slice, engine_k);
    c->steps = steps_of(c, slice);
    c->stages = g->d->sm.stages;
    while (more_stages(c, a, b) && slice_bytes(a, b, c->steps) * (c->stages + 1u) <= share)
        c->stages++;
    uint64_t bytes = slice_bytes(a, b, c->steps) * (c->stages < c->steps ? c->stages : c->steps);
    if (bytes > g->d->sm.shared_bytes)
        return refuse_shared(g, c, bytes, slice_bytes(a, b, c->steps));
    c->shared_bytes = (uint32_t)bytes;
    return SIM_OK;
}

/* Elements in shared memory: the widest of the streams; where there are none, what the CTA adds or writes. */
static uint32_t element_bytes(const struct generator *g, const struct cta *c)
{
    const struct chip_program *p = &g->out->chip[g->t->tasks[c->task].chip];
    const struct op_graph *ops = g->t->ops;
    uint32_t widest = 0;
    for (uint32_t i = c->first_piece; c->kind == CTA_MATRIX && i < c->first_piece + c->n_pieces; i++) {
        uint8_t role = p->pieces[i].role;
        uint32_t bytes = ops->tensors[p->pieces[i].tensor].elem_bytes;
        if ((role == PIECE_STREAM_A || role == PIECE_STREAM_B) && bytes > widest)
            widest = bytes;
    }
    if (c->reduce)
        return 4; /* fp32 partials */
    return widest > 0 ? widest : ops->tensors[ops->ops[c->op].output].elem_bytes;
}

int cta_shape(const struct generator *g, struct cta *c)
{
    const struct sm_params *sm = &g->d->sm;
    const struct chip_program *p = &g->out->chip[g->t->tasks[c->task].chip];
    bool matrix = c->kind == CTA_MATRIX;
    uint64_t registers = register_bytes_of(g->d, matrix ? c->rows : 0, matrix ? c->cols : 0);
    int error = SIM_OK;
    c->steps = 1;
    c->elem_bytes = element_bytes(g, c);
    if (matrix) {
        error = matrix_shape(g, c);
    } else if (c->kind == CTA_VECTOR) {
        uint64_t lines = lines_with_role(p, c, PIECE_ROUND);
        uint64_t round = (uint64_t)ROUND_LINES * (sm->warps_per_cta > 0 ? sm->warps_per_cta : 1);
        c->steps = lines > round ? (uint32_t)div_up(lines, round) : 1;
    }
    if (error == SIM_OK && registers > sm->register_bytes)
        error = refuse_registers(g, c, registers);
    c->register_bytes = (uint32_t)registers;
    return error;
}
