/* SPDX-License-Identifier: Apache-2.0 */
/* tiling_plan.c - the grids of all parts together: who shares units, which weights may lie in several, when those of a
 * cold program come. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/lower/lowering.h"

#define MAX_SIBLINGS 1024u
#define MAX_PRESSURE 64u

static bool is_tiled(const struct lowering *l, uint32_t op)
{
    enum op_kind kind = l->p->ops->ops[op].kind;
    return kind != OP_GENERIC && kind != OP_COLLECTIVE;
}

/* Cycles of one unit for all of a part. */
static uint64_t work_of(const struct lowering *l, const struct op_part *x)
{
    const struct op *o = &l->p->ops->ops[x->op];
    uint64_t share = (uint64_t)o->m * o->n > 0 ? o->vector_ops / ((uint64_t)o->m * o->n) * x->rows * x->cols : 0;
    return 1 + ceil_div((uint64_t)x->rows * x->cols * x->k, l->m->macs_per_cycle) + ceil_div(share, l->m->vector_lanes);
}

/* Ops of one level and micro-batch run side by side: heads of attention, Q, K and V. A part that is 1/n of the work of
 * its level on its chip counts as one of n alike. */
static void count_siblings(struct lowering *l, const uint32_t *level)
{
    uint32_t levels = 0;
    for (size_t i = 0; i < l->p->ops->n_ops; i++)
        levels = level[i] + 1 > levels ? level[i] + 1 : levels;
    size_t micro_batches = l->p->micro_batches;
    uint64_t *work = mem_alloc_array((size_t)levels * micro_batches * l->p->chips, sizeof *work);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < l->p->n_parts; i++) {
            const struct op_part *x = &l->p->parts[i];
            if (!is_tiled(l, x->op))
                continue;
            size_t side_by_side = level[x->op] * micro_batches + l->p->ops->ops[x->op].micro_batch;
            uint64_t *sum = &work[side_by_side * l->p->chips + x->chip], own = work_of(l, x);
            uint64_t alike = (*sum + own / 2) / own;
            if (pass == 0)
                *sum += own;
            else
                l->siblings[i] = alike < 1 ? 1 : alike > MAX_SIBLINGS ? MAX_SIBLINGS : (uint32_t)alike;
        }
    }
    free(work);
}

/* Whole values after the partials of each tile are added: the tile is cut into as many pieces as it has
 * partials, along rows where there are enough. */
static struct grid output_grid(struct lowering *l, const struct grid *g)
{
    struct grid out = {g->rows, g->cols, tiling_cut(l, (struct span) {0, 0}, 1, 1)};
    if (g->k.n == 1)
        return out;
    struct cuts *cut = &out.rows;
    for (uint32_t i = 0; i < g->rows.n; i++)
        if (g->rows.at[i + 1] - g->rows.at[i] < g->k.n)
            cut = &out.cols;
    const struct cuts from = *cut;
    struct cuts fine = {0, arena_alloc(l->scratch, ((size_t)from.n * g->k.n + 1) * sizeof *fine.at)};
    for (uint32_t i = 0; i < from.n; i++) {
        struct span tile = cuts_piece(&from, i);
        for (uint32_t j = 0; j < g->k.n; j++) {
            struct span piece = share_of(span_size(tile), 1, g->k.n, j);
            if (span_size(piece) > 0)
                fine.at[fine.n++] = tile.first + piece.first;
        }
    }
    fine.at[fine.n] = from.at[from.n];
    *cut = fine;
    return out;
}

/* Bytes that a part reads from memory for an operand: of weights its share. */
static uint64_t source_bytes(const struct lowering *l, const struct op_part *x, const struct operand *operand)
{
    const struct tensor *t = &l->p->ops->tensors[operand->tensor];
    if (t->producer != OP_NONE)
        return 0;
    bool shared = t->kind == TENSOR_WEIGHT && operand->role == ROLE_B;
    return (shared ? (uint64_t)x->k * x->cols : (uint64_t)t->rows * t->cols) * t->elem_bytes;
}

struct chip_reads {
    uint64_t bytes; /* of the parts so far */
    uint64_t work;  /* their cycles, of one unit */
};

static void plan_part(struct lowering *l, uint32_t part, const bool *seen, struct chip_reads *chip)
{
    const struct op_graph *g = l->p->ops;
    const struct op_part *x = &l->p->parts[part];
    const struct op *o = &g->ops[x->op];
    const struct fraction rate = l->m->dram.rate;
    struct part_reads *reads = &l->reads[part];
    for (uint32_t i = o->first_operand; i < o->first_operand + o->n_operands; i++) {
        uint32_t tensor = g->operands[i].tensor;
        uint64_t bytes = seen[tensor] ? 0 : source_bytes(l, x, &g->operands[i]);
        *(g->tensors[tensor].kind == TENSOR_WEIGHT ? &reads->bytes : &chip->bytes) += bytes;
    }
    reads->from = fraction_ticks(rate, chip->bytes) / (rate.num * l->m->channels_per_chip);
    reads->work = chip->work / l->m->live_units[x->chip];
    chip->bytes += reads->bytes;
    chip->work += is_tiled(l, x->op) ? work_of(l, x) : 0;
}

/* The channels of a chip give what is read in the order of the work, each thing once, at their full rate. */
static void plan_reads(struct lowering *l, const uint32_t *order)
{
    const struct op_graph *g = l->p->ops;
    struct chip_reads *chips = mem_alloc_array(l->p->chips, sizeof *chips);
    bool *seen = mem_alloc_array(g->n_tensors, sizeof *seen);
    for (size_t i = 0; i < g->n_ops; i++) {
        const struct op *o = &g->ops[order[i]];
        for (uint32_t part = l->p->first_part[order[i]]; part < l->p->first_part[order[i] + 1]; part++)
            plan_part(l, part, seen, &chips[l->p->parts[part].chip]);
        for (uint32_t k = o->first_operand; k < o->first_operand + o->n_operands; k++)
            seen[g->operands[k].tensor] = true;
    }
    free(chips);
    free(seen);
}

static int choose_all(struct lowering *l, const uint32_t *order)
{
    for (size_t i = 0; i < l->p->ops->n_ops; i++) {
        if (l->p->ops->ops[order[i]].kind == OP_COLLECTIVE)
            collective_plan(l, order[i]);
        if (!is_tiled(l, order[i]))
            continue;
        if (interrupt_pending())
            return interrupt_pending();
        for (uint32_t part = l->p->first_part[order[i]]; part < l->p->first_part[order[i] + 1]; part++) {
            int error = tiling_choose(l, part, &l->grids[part]);
            if (error != SIM_OK)
                return error;
            l->outputs[part] = output_grid(l, &l->grids[part]);
        }
    }
    return SIM_OK;
}

/* Bytes of weights in the units of the fullest chip, for the grids as they are: row tiles each hold their copy.
 * With `once`, as if no weight lay in two units. */
static uint64_t weight_bytes(const struct lowering *l, bool once)
{
    uint64_t *sum = mem_alloc_array(l->p->chips, sizeof *sum), most = 0;
    for (size_t i = 0; i < l->p->n_parts; i++) {
        const struct op_part *x = &l->p->parts[i];
        const struct op *o = &l->p->ops->ops[x->op];
        for (uint32_t k = 0; o->micro_batch == 0 && k < o->n_operands; k++) { /* the others read the same */
            const struct operand *operand = &l->p->ops->operands[o->first_operand + k];
            const struct tensor *t = &l->p->ops->tensors[operand->tensor];
            if (t->kind == TENSOR_WEIGHT && operand->role == ROLE_B)
                sum[x->chip] += (uint64_t)x->k * x->cols * t->elem_bytes *
                                (once ? 1 : tiling_weight_copies(l, (uint32_t)i, &l->grids[i]));
        }
        most = sum[x->chip] > most ? sum[x->chip] : most;
    }
    free(sum);
    return most;
}

/* Of a chip that has a part of the work. */
static uint64_t fewest_units(const struct lowering *l)
{
    uint32_t fewest = l->m->units_per_chip;
    for (size_t i = 0; i < l->p->n_parts; i++) {
        uint32_t units = l->m->live_units[l->p->parts[i].chip];
        fewest = units < fewest ? units : fewest;
    }
    return fewest;
}

/* Weights that fit stay resident over repeats, so copies are kept to three quarters of the SRAM; the pressure on them
 * is doubled until they fit, and a task takes half of the SRAM at most. Where not even one copy of each fits, weights
 * are fetched in each repeat: no pressure, but a task takes a quarter, so that the next one's weights can come. */
int tiling_plan(struct lowering *l, const uint32_t *order, const uint32_t *level)
{
    count_siblings(l, level);
    if (l->o->cold) {
        l->reads = arena_alloc(l->scratch, l->p->n_parts * sizeof *l->reads);
        plan_reads(l, order);
    }
    uint64_t room = fewest_units(l) * l->sram_limit / 4 * 3;
    bool fetched = weight_bytes(l, true) > room;
    l->sram_wanted = l->sram_limit / (fetched ? 4 : 2);
    int error = choose_all(l, order);
    fetched = fetched || l->o->stream; /* caches hold weights once for all units */
    for (l->weight_pressure = 1; !fetched && l->weight_pressure <= MAX_PRESSURE; l->weight_pressure *= 2) {
        if (error != SIM_OK || weight_bytes(l, false) <= room)
            break;
        error = choose_all(l, order);
    }
    return error;
}
