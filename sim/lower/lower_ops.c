/* SPDX-License-Identifier: Apache-2.0 */
/* lower_ops.c - one op to tasks: generic ops whole, all others tile by tile. */
#include "sim/base/error.h"
#include "sim/lower/lowering.h"

static void read_operands(struct lowering *l, struct task_plan *plan)
{
    const struct op_graph *g = l->p->ops;
    const struct op *o = &g->ops[plan->op];
    for (uint32_t i = 0; i < o->n_operands; i++)
        task_read(l, plan, i, g->operands[o->first_operand + i].tensor, operand_area(g, plan->op, i, &plan->box));
}

/* Lane operations of the op itself on an area of its output. */
static uint64_t vector_share(const struct op *o, struct area area)
{
    uint64_t elements = (uint64_t)o->m * o->n;
    return elements > 0 ? o->vector_ops / elements * area_elements(area) : 0;
}

static uint32_t compute_tile(struct lowering *l, const struct op_part *x, uint32_t number, struct box box)
{
    const struct op *o = &l->p->ops->ops[x->op];
    struct area area = {box.rows, box.cols};
    struct task_plan plan = {.op = x->op,
                             .chip = x->chip,
                             .tile = number,
                             .kind = TASK_COMPUTE,
                             .box = box,
                             .tensor = o->output,
                             .k_part = span_size(box.k),
                             .k_whole = o->k};
    /* Vector work (a bias) is done by the task that completes the value. */
    if (span_size(box.k) == x->k)
        plan.vector_ops = vector_share(o, area);
    task_open(l, &plan);
    read_operands(l, &plan);
    return task_close(l, &plan);
}

/* Adds the partials in k order, one piece of a tile. */
static uint32_t reduce_piece(struct lowering *l, const struct op_part *x, uint32_t number, struct area area,
                             const uint32_t *partials, uint32_t n)
{
    const struct op *o = &l->p->ops->ops[x->op];
    struct task_plan plan = {.op = x->op,
                             .chip = x->chip,
                             .tile = number,
                             .kind = TASK_REDUCE,
                             .box = {area.rows, area.cols, {0, 0}},
                             .tensor = o->output,
                             .k_part = x->k,
                             .k_whole = o->k,
                             .vector_ops = area_elements(area) * (n - 1) + vector_share(o, area)};
    task_open(l, &plan);
    for (uint32_t i = 0; i < n; i++)
        task_read_tile(l, &plan, i, partials[i], area);
    return task_close(l, &plan);
}

/* All pieces of the output grid that lie in one tile, numbered by their place in that grid. */
static void reduce_tile(struct lowering *l, uint32_t part, struct area tile, const uint32_t *partials, uint32_t n)
{
    const struct op_part *x = &l->p->parts[part];
    const struct grid *g = &l->outputs[part];
    for (uint32_t i = 0; i < g->rows.n; i++) {
        for (uint32_t j = 0; j < g->cols.n; j++) {
            struct area piece = {cuts_piece(&g->rows, i), cuts_piece(&g->cols, j)};
            if (area_inside(piece, tile))
                source_add(l, l->p->ops->ops[x->op].output, reduce_piece(l, x, i * g->cols.n + j, piece, partials, n));
        }
    }
}

/* Partial k of a tile has the number that piece k of its sum has: one unit can do both. */
static uint32_t tile_number(const struct lowering *l, uint32_t part, uint32_t i, uint32_t j, uint32_t k)
{
    const struct grid *g = &l->grids[part];
    bool by_rows = l->outputs[part].cols.n == g->cols.n;
    return by_rows ? (i * g->k.n + k) * g->cols.n + j : (i * g->cols.n + j) * g->k.n + k;
}

static void lower_part(struct lowering *l, uint32_t part)
{
    const struct op_part *x = &l->p->parts[part];
    const struct grid *g = &l->grids[part];
    uint32_t n = g->k.n;
    size_t tiles = (size_t)g->rows.n * g->cols.n;
    l->full |= tiles > TASKS_MAX || tiles * n > TASKS_MAX;
    if (l->full)
        return;
    uint32_t *made = arena_alloc(l->scratch, tiles * n * sizeof *made);
    for (size_t t = 0; t < tiles && !l->full; t++) {
        uint32_t i = (uint32_t)(t / g->cols.n), j = (uint32_t)(t % g->cols.n);
        struct box box = {cuts_piece(&g->rows, i), cuts_piece(&g->cols, j), {0, 0}};
        for (uint32_t k = 0; k < n; k++) {
            box.k = cuts_piece(&g->k, k);
            made[t * n + k] = compute_tile(l, x, tile_number(l, part, i, j, k), box);
        }
        if (n == 1)
            source_add(l, l->p->ops->ops[x->op].output, made[t]);
    }
    for (size_t t = 0; n > 1 && t < tiles && !l->full; t++)
        reduce_tile(l, part, l->tiles[made[t * n]].area, &made[t * n], n);
}

/* A generic op is one task of the given length. */
static void lower_generic(struct lowering *l, const struct op_part *x)
{
    const struct op *o = &l->p->ops->ops[x->op];
    struct task_plan plan = {
        .op = x->op, .chip = x->chip, .kind = TASK_COMPUTE, .box = {{0, o->m}, {0, o->n}, {0, 0}}, .tensor = o->output};
    task_open(l, &plan);
    read_operands(l, &plan);
    source_add(l, o->output, task_close(l, &plan));
}

void lower_op(struct lowering *l, uint32_t op)
{
    const struct partition *p = l->p;
    if (p->ops->ops[op].kind == OP_COLLECTIVE) {
        lower_collective(l, op);
        return;
    }
    for (uint32_t part = p->first_part[op]; part < p->first_part[op + 1]; part++) {
        if (p->ops->ops[op].kind == OP_GENERIC)
            lower_generic(l, &p->parts[part]);
        else
            lower_part(l, part);
    }
    if (p->spread[op] == SPREAD_ALL)
        source_copies(l, p->ops->ops[op].output);
}
