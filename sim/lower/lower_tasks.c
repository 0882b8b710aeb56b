/* SPDX-License-Identifier: Apache-2.0 */
/* lower_tasks.c - ops to tasks in topological order, and what every task is built with. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/lower/lowering.h"

/* ---- tiles of tensors ---- */

uint64_t tile_bytes(const struct lowering *l, uint32_t tensor, struct area area, uint32_t k_part, uint32_t k_whole)
{
    return area_elements(area) * (k_part < k_whole ? PARTIAL_BYTES : l->p->ops->tensors[tensor].elem_bytes);
}

static uint32_t add_tile(struct lowering *l, struct tile tile)
{
    *VEC_PUSH(l, tiles) = tile;
    return (uint32_t)(l->n_tiles - 1);
}

void source_add(struct lowering *l, uint32_t tensor, uint32_t tile)
{
    struct source *s = &l->sources[tensor];
    if (s->n == 0)
        s->first = (uint32_t)l->n_source_tiles;
    SIM_CHECK(s->first + s->n == l->n_source_tiles, "tiles of tensor %u are not added in one go", tensor);
    *VEC_PUSH(l, source_tiles) = tile;
    s->n++;
}

void source_copies(struct lowering *l, uint32_t tensor)
{
    struct source *s = &l->sources[tensor];
    s->copies = true;
    s->chip_first = arena_alloc(l->scratch, ((size_t)l->p->chips + 1) * sizeof *s->chip_first);
    uint32_t at = s->first;
    for (uint32_t chip = 0; chip <= l->p->chips; chip++) {
        while (at < s->first + s->n && l->tiles[l->source_tiles[at]].chip < chip)
            at++;
        s->chip_first[chip] = at;
    }
}

/* The part of an input or weight in the HBM of a chip: one tile, whose chunks are what its tasks read. */
static uint32_t memory_tile(struct lowering *l, uint32_t tensor, uint32_t chip)
{
    if (l->memory[tensor] == OP_NONE) {
        l->memory[tensor] = (uint32_t)l->n_memory_tiles;
        for (uint32_t i = 0; i < l->p->chips; i++)
            *VEC_PUSH(l, memory_tiles) = TASK_NONE;
    }
    uint32_t at = l->memory[tensor] + chip;
    if (l->memory_tiles[at] == TASK_NONE) {
        const struct tensor *t = &l->p->ops->tensors[tensor];
        uint32_t tile = add_tile(
            l, (struct tile) {.task = TASK_NONE, .tensor = tensor, .chip = chip, .area = {{0, t->rows}, {0, t->cols}}});
        l->memory_tiles[at] = tile;
    }
    return l->memory_tiles[at];
}

/* ---- tasks ---- */

void task_open(struct lowering *l, struct task_plan *plan)
{
    plan->read_bytes = 0;
    l->full |= l->t->n_tasks >= TASKS_MAX;
    *VEC_PUSH(l->t, tasks) = (struct task) {.op = plan->op,
                                            .chip = plan->chip,
                                            .kind = plan->kind,
                                            .first_input = (uint32_t)l->n_needs,
                                            .k_first = plan->box.k.first,
                                            .k_part = plan->k_part,
                                            .k_whole = plan->k_whole,
                                            .row0 = plan->box.rows.first,
                                            .rows = span_size(plan->box.rows),
                                            .col0 = plan->box.cols.first,
                                            .cols = span_size(plan->box.cols),
                                            .tile = plan->tile};
}

static void add_need(struct lowering *l, struct task_plan *plan, uint32_t operand, uint32_t tile, struct area area)
{
    const struct tile *from = &l->tiles[tile];
    l->full |= l->n_needs >= NEEDS_MAX;
    if (l->full)
        return;
    *VEC_PUSH(l, needs) =
        (struct need) {.task = (uint32_t)(l->t->n_tasks - 1), .operand = operand, .tile = tile, .area = area};
    plan->read_bytes += tile_bytes(l, from->tensor, area, from->k_part, from->k_whole);
}

void task_read_tile(struct lowering *l, struct task_plan *plan, uint32_t operand, uint32_t tile, struct area area)
{
    struct area common = area_intersect(area, l->tiles[tile].area);
    /* A tensor of no bytes is a dependence: its empty area is read all the same. */
    if (!area_empty(common) || area_empty(l->tiles[tile].area))
        add_need(l, plan, operand, tile, common);
}

/* Whose copy of a tensor that all chips of a stage have a chip reads: its own, or that of the chip at its place in that
 * stage. */
static uint32_t copy_for(const struct lowering *l, uint32_t tensor, uint32_t chip)
{
    uint32_t stage = l->p->ops->ops[l->p->ops->tensors[tensor].producer].stage, chips = l->p->tensor_parallel;
    return stage * chips + chip % chips;
}

void task_read(struct lowering *l, struct task_plan *plan, uint32_t operand, uint32_t tensor, struct area area)
{
    const struct source *s = &l->sources[tensor];
    const struct tensor *t = &l->p->ops->tensors[tensor];
    if (l->full || (area_empty(area) && (uint64_t)t->rows * t->cols > 0))
        return;
    if (t->producer == OP_NONE) {
        task_read_tile(l, plan, operand, memory_tile(l, tensor, plan->chip), area);
        return;
    }
    uint32_t from = s->copies ? copy_for(l, tensor, plan->chip) : 0;
    uint32_t first = s->copies ? s->chip_first[from] : s->first;
    uint32_t end = s->copies ? s->chip_first[from + 1] : s->first + s->n;
    for (uint32_t i = first; i < end; i++)
        task_read_tile(l, plan, operand, l->source_tiles[i], area);
}

static void set_needs(const struct lowering *l, const struct task_plan *plan, uint64_t write_bytes, struct task *task)
{
    const struct op *o = &l->p->ops->ops[plan->op];
    if (plan->kind == TASK_SWITCH)
        return; /* no unit works */
    if (o->kind == OP_GENERIC) {
        /* The given cost says all; the shortest task is one cycle, as everywhere. */
        uint64_t cycles = o->cycles > 0 ? o->cycles : 1;
        task->needs = (struct task_needs) {.vector_cycles = cycles, .cycles = cycles};
        machine_needs_on(l->m, plan->chip, &task->needs);
        return;
    }
    uint32_t k = plan->kind == TASK_COMPUTE ? span_size(plan->box.k) : 0;
    machine_needs(l->m, task->rows, task->cols, k, plan->vector_ops, plan->read_bytes, write_bytes, &task->needs);
    machine_needs_on(l->m, plan->chip, &task->needs);
}

uint32_t task_close(struct lowering *l, struct task_plan *plan)
{
    struct task *task = &l->t->tasks[l->t->n_tasks - 1];
    struct area area = {plan->box.rows, plan->box.cols};
    task->n_inputs = (uint32_t)l->n_needs - task->first_input;
    set_needs(l, plan, tile_bytes(l, plan->tensor, area, plan->k_part, plan->k_whole), task);
    return add_tile(l, (struct tile) {.task = (uint32_t)(l->t->n_tasks - 1),
                                      .tensor = plan->tensor,
                                      .chip = plan->chip,
                                      .k_part = plan->k_part,
                                      .k_whole = plan->k_whole,
                                      .area = area});
}

/* ---- results ---- */

/* Each element of a result is written to HBM once: by its owner, or, where every chip has a copy, by the chip whose
 * share of the rows it is in. What nobody reads is a result too. */
static void own_outputs(struct lowering *l)
{
    const struct op_graph *g = l->p->ops;
    for (uint32_t tensor = 0; tensor < g->n_tensors; tensor++) {
        const struct tensor *t = &g->tensors[tensor];
        const struct source *s = &l->sources[tensor];
        if (t->producer == OP_NONE || (!t->is_output && l->readers[tensor] > 0))
            continue;
        for (uint32_t i = s->first; i < s->first + s->n; i++) {
            struct tile *tile = &l->tiles[l->source_tiles[i]];
            tile->owned = tile->area;
            if (s->copies)
                tile->owned.rows = share_of(t->rows, 1, l->p->tensor_parallel, tile->chip % l->p->tensor_parallel);
            tile->owned = area_intersect(tile->owned, tile->area);
            tile->output = !area_empty(tile->owned) || area_empty(tile->area);
        }
    }
}

/* ---- the whole ---- */

/* What a unit's SRAM holds besides its task: staging buffers of the ports that it hosts, the schedule entries
 * of the boot, and a sixteenth for more entries. */
static uint64_t sram_limit(const struct machine *m, const struct lower_options *o)
{
    uint64_t most = 0, *staging = mem_alloc_array((size_t)m->chips * m->units_per_chip, sizeof *staging);
    for (size_t i = 0; i < m->n_endpoints; i++) {
        const struct endpoint *e = &m->endpoints[i];
        if (e->kind == ENDPOINT_UNIT || o->unstaged)
            continue;
        uint64_t *sum = &staging[e->host_unit];
        *sum += (uint64_t)m->staging_bytes * (e->kind == ENDPOINT_LINK_PORT ? 2 : 1);
        most = *sum > most ? *sum : most;
    }
    free(staging);
    uint64_t reserved = most + BOOT_BYTES + m->sram_bytes / 16;
    return m->sram_bytes > reserved ? m->sram_bytes - reserved : 0;
}

static void begin(struct lowering *l)
{
    const struct op_graph *g = l->p->ops;
    l->scratch = arena_new();
    l->sram_limit = sram_limit(l->m, l->o);
    l->sources = mem_alloc_array(g->n_tensors, sizeof *l->sources);
    l->memory = mem_alloc_array(g->n_tensors, sizeof *l->memory);
    l->readers = mem_alloc_array(g->n_tensors, sizeof *l->readers);
    l->row_readers = mem_alloc_array(g->n_tensors, sizeof *l->row_readers);
    l->read_whole = mem_alloc_array(g->n_tensors, sizeof *l->read_whole);
    l->grids = mem_alloc_array(l->p->n_parts, sizeof *l->grids);
    l->outputs = mem_alloc_array(l->p->n_parts, sizeof *l->outputs);
    l->ways = mem_alloc_array(g->n_ops, sizeof *l->ways);
    l->siblings = mem_alloc_array(l->p->n_parts, sizeof *l->siblings);
    for (size_t i = 0; i < g->n_tensors; i++)
        l->memory[i] = OP_NONE;
    for (size_t i = 0; i < g->n_operands; i++) {
        l->readers[g->operands[i].tensor]++;
        enum operand_role role = g->operands[i].role;
        l->row_readers[g->operands[i].tensor] += role == ROLE_ROWS;
        l->read_whole[g->operands[i].tensor] |= role == ROLE_B || role == ROLE_B_T;
    }
}

static void end(struct lowering *l)
{
    free(l->tiles);
    free(l->needs);
    free(l->source_tiles);
    free(l->sources);
    free(l->memory);
    free(l->memory_tiles);
    free(l->readers);
    free(l->row_readers);
    free(l->read_whole);
    free(l->grids);
    free(l->outputs);
    free(l->ways);
    free(l->siblings);
    arena_free(l->scratch);
}

static int check_size(const struct lowering *l, uint32_t op)
{
    if (l->full) {
        diag_add(l->d, "", 0, 0, "workload",
                 "on this server it becomes more than %u tasks or %u inputs of tasks, at %s; less work, or units with "
                 "more SRAM",
                 TASKS_MAX, NEEDS_MAX, l->p->ops->ops[op].name);
        return SIM_ERR_BUILD;
    }
    return interrupt_pending();
}

static int lower_all(struct lowering *l)
{
    const struct op_graph *g = l->p->ops;
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    int error = op_graph_order(g, order, level, l->d);
    if (error == SIM_OK)
        error = tiling_plan(l, order, level);
    for (size_t i = 0; error == SIM_OK && i < g->n_ops; i++) {
        lower_op(l, order[i]);
        error = check_size(l, order[i]);
    }
    free(order);
    free(level);
    if (error == SIM_OK) {
        own_outputs(l);
        cut_chunks(l);
    }
    return error;
}

int lower_tasks(struct task_graph *t, const struct partition *p, const struct machine *m, const struct lower_options *o,
                struct diag *d)
{
    *t = (struct task_graph) {.ops = p->ops, .chips = p->chips, .units_per_chip = m->units_per_chip};
    t->arena = arena_new();
    struct lowering l = {.t = t, .p = p, .m = m, .o = o, .d = d};
    begin(&l);
    int error = lower_all(&l);
    end(&l);
    if (error != SIM_OK) {
        task_graph_free(t);
        return error;
    }
    for (size_t i = 0; i < p->ops->n_ops; i++)
        t->macs += p->ops->ops[i].macs;
    t->tensor_c = arena_alloc(t->arena, p->ops->n_tensors * sizeof *t->tensor_c);
    op_graph_checksums(p->ops, 0, t->tensor_c);
    memcpy(t->work_hash, p->work_hash, sizeof t->work_hash);
    if (!o->unhashed)
        task_graph_hash(t);
    return SIM_OK;
}

void task_graph_free(struct task_graph *t)
{
    free(t->tasks);
    free(t->chunks);
    free(t->inputs);
    arena_free(t->arena);
    *t = (struct task_graph) {0};
}
