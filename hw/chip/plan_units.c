/* SPDX-License-Identifier: Apache-2.0 */
/* plan_units.c - operations to units, with the addresses of what they read and write; phases. */
#include <stdlib.h>

#include "hw/chip/chip_plan.h"

/* ---- addresses ---- */

struct sram_key {
    uint64_t from;
    uint32_t unit, chunk, record;
};

static int by_place(const void *a, const void *b)
{
    const struct sram_key *x = a, *y = b;
    if (x->unit != y->unit)
        return x->unit < y->unit ? -1 : 1;
    if (x->chunk != y->chunk)
        return x->chunk < y->chunk ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->record < y->record ? -1 : x->record > y->record;
}

void plan_index_sram(struct plan_cut *c)
{
    size_t n = c->p->n_sram, units = (size_t)c->plan->m->chips * c->plan->m->units_per_chip;
    struct sram_key *keys = mem_alloc_array(n, sizeof *keys);
    for (uint32_t i = 0; i < n; i++)
        keys[i] = (struct sram_key) {c->p->sram[i].from, c->p->sram[i].unit, c->p->sram[i].chunk, i};
    qsort(keys, n, sizeof *keys, by_place);
    c->sram = mem_alloc_array(n, sizeof *c->sram);
    c->sram_first = mem_alloc_array(units + 1, sizeof *c->sram_first);
    for (size_t i = 0; i < n; i++) {
        c->sram[i] = keys[i].record;
        c->sram_first[keys[i].unit + 1]++;
    }
    for (size_t i = 0; i < units; i++)
        c->sram_first[i + 1] += c->sram_first[i];
    free(keys);
}

/* The last record of the chunk that begins at or before the slot, if it is not over. */
uint32_t plan_address(const struct plan_cut *c, uint32_t unit, uint32_t chunk, uint64_t slot)
{
    uint32_t low = c->sram_first[unit], high = c->sram_first[unit + 1];
    uint32_t first = low;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        const struct sched_sram *r = &c->p->sram[c->sram[mid]];
        if (r->chunk < chunk || (r->chunk == chunk && r->from <= slot))
            low = mid + 1;
        else
            high = mid;
    }
    if (low == first)
        return UNIT_NO_ADDRESS;
    const struct sched_sram *r = &c->p->sram[c->sram[low - 1]];
    return r->chunk == chunk && slot < r->to ? r->address : UNIT_NO_ADDRESS;
}

/* ---- phases ---- */

void plan_cut_phases(struct plan_cut *c)
{
    size_t n = c->p->n_phases;
    struct unit_phase *phases = mem_alloc_array(n, sizeof *phases);
    for (size_t i = 0; i < n; i++)
        phases[i] = (struct unit_phase) {c->p->phases[i].start, c->p->phases[i].units_on};
    c->plan->phases[c->program] = phases;
    for (uint32_t chip = 0; chip < c->plan->m->chips; chip++) {
        struct controller_program *p = &c->plan->chips[chip].controller[c->program];
        p->makespan = c->p->makespan;
        for (size_t i = 0; i < n; i++)
            *VEC_PUSH(p, phases) = (struct controller_phase) {c->p->phases[i].start};
    }
}

/* Index that arrives with this slot; after the last phase: the end. */
static uint32_t phase_of(const struct plan_cut *c, uint64_t slot)
{
    size_t low = 0, high = c->p->n_phases;
    if (slot >= c->p->makespan)
        return (uint32_t)c->p->n_phases;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c->p->phases[mid].start < slot)
            low = mid + 1;
        else
            high = mid;
    }
    return low < c->p->n_phases && c->p->phases[low].start == slot ? (uint32_t)low : UNIT_NO_PHASE;
}

/* ---- operations ---- */

/* Finish of each task in this program. */
static uint64_t *finishes(const struct plan_cut *c)
{
    uint64_t *finish = mem_alloc_array(c->plan->s->n_tasks, sizeof *finish);
    for (size_t i = 0; i < c->p->n_ops; i++)
        finish[c->p->ops[i].task] = c->p->ops[i].finish;
    return finish;
}

/* An input without bytes comes over no link: the clock tells when it is computed, for another chip give or take. */
static void add_dependence(const struct plan_cut *c, struct unit_op *op, uint32_t producer, uint32_t chip)
{
    const struct schedule *s = c->plan->s;
    if (producer == SCHED_NONE)
        return;
    uint64_t done = c->finish[producer];
    uint64_t safe = done + (s->tasks[producer].chip != chip ? c->plan->m->guard_cycles : 0);
    op->depends = done > op->depends ? done : op->depends;
    op->guarded = safe > op->guarded ? safe : op->guarded;
}

static void add_chunk(struct plan_cut *c, struct unit_program *u, uint32_t unit, uint32_t chunk, uint32_t operand,
                      uint64_t slot)
{
    const struct sched_chunk *x = &c->plan->s->chunks[chunk];
    *VEC_PUSH(u, chunks) = (struct unit_chunk) {.chunk = chunk,
                                                .tensor = x->tensor,
                                                .operand = operand,
                                                .address = plan_address(c, unit, chunk, slot),
                                                .bytes = x->bytes,
                                                .k_part = x->k_part,
                                                .k_whole = x->k_whole,
                                                .weight = x->flags & 1};
}

/* Moves the last chunk down to its place among the operands; chunks of one operand keep the order of the list. */
static void sort_in(struct unit_program *u, uint32_t first)
{
    for (size_t k = u->n_chunks - 1; k > first && u->chunks[k].operand < u->chunks[k - 1].operand; k--) {
        struct unit_chunk swap = u->chunks[k];
        u->chunks[k] = u->chunks[k - 1];
        u->chunks[k - 1] = swap;
    }
}

/* Operands of the op that this tile does not read: constants of the work, no bytes. */
static void add_unread(struct plan_cut *c, struct unit_program *u, uint32_t first, uint32_t op)
{
    const struct server_plan *plan = c->plan;
    uint32_t n = plan->first_operand[op + 1] - plan->first_operand[op];
    for (uint32_t operand = 0; operand < n; operand++) {
        uint32_t tensor = plan->operands[plan->first_operand[op] + operand];
        bool found = tensor == SCHED_NONE;
        for (size_t k = first; k < u->n_chunks && !found; k++)
            found = u->chunks[k].operand == operand;
        if (found)
            continue;
        *VEC_PUSH(u, chunks) =
            (struct unit_chunk) {.chunk = SCHED_NONE, .tensor = tensor, .operand = operand, .address = UNIT_NO_ADDRESS};
        sort_in(u, first);
    }
}

static void add_inputs(struct plan_cut *c, struct unit_program *u, struct unit_op *op, const struct sched_op *o)
{
    const struct schedule *s = c->plan->s;
    const struct sched_task *t = &s->tasks[o->task];
    op->first_input = (uint32_t)u->n_chunks;
    for (uint32_t i = 0; i < t->n_inputs; i++) {
        const struct sched_input *x = &s->inputs[t->first_input + i];
        if (s->chunks[x->chunk].bytes == 0) {
            add_dependence(c, op, s->chunks[x->chunk].producer, t->chip);
            continue;
        }
        add_chunk(c, u, o->unit, x->chunk, x->operand, o->start);
        sort_in(u, op->first_input);
    }
    if (!op->reduce)
        add_unread(c, u, op->first_input, t->op);
    op->n_inputs = (uint32_t)u->n_chunks - op->first_input;
}

static void add_outputs(struct plan_cut *c, struct unit_program *u, struct unit_op *op, const struct sched_op *o)
{
    const struct sched_task *t = &c->plan->s->tasks[o->task];
    op->first_output = (uint32_t)u->n_chunks;
    for (uint32_t i = 0; i < t->n_outputs; i++)
        if (c->plan->s->chunks[t->first_output + i].bytes > 0)
            add_chunk(c, u, o->unit, t->first_output + i, 0, o->start);
    op->n_outputs = (uint32_t)u->n_chunks - op->first_output;
}

static void add_op(struct plan_cut *c, const struct sched_op *o)
{
    const struct machine *m = c->plan->m;
    const struct sched_task *t = &c->plan->s->tasks[o->task];
    struct unit_program *u =
        &c->plan->chips[o->unit / m->units_per_chip].units[o->unit % m->units_per_chip][c->program];
    struct unit_op op = {.start = o->start,
                         .finish = o->finish,
                         .off = o->off,
                         .phase_on = phase_of(c, o->start),
                         .phase_off = phase_of(c, o->off),
                         .task = o->task,
                         .op = t->op,
                         .global = o->unit,
                         .reduce = plan_adds(t),
                         .cycles = t->cycles,
                         .matrix_cycles = t->matrix_cycles,
                         .vector_cycles = t->vector_cycles,
                         .macs = t->macs,
                         .macs_padded = t->macs_padded,
                         .k_first = t->k_first,
                         .k_part = t->k_part,
                         .k_whole = t->k_whole};
    if (!c->plan->s->local_timers && (op.phase_on == UNIT_NO_PHASE || op.phase_off == UNIT_NO_PHASE)) {
        plan_fail(c, "task %u starts or ends inside a phase", o->task);
        return;
    }
    add_inputs(c, u, &op, o);
    add_outputs(c, u, &op, o);
    *VEC_PUSH(u, ops) = op;
}

/* A unit whose table of entries was not left there is booted: the loader brings the head of it, used or not. The rest
 * of the table follows by scheduled transfers. */
static void plan_boot(struct plan_cut *c)
{
    uint32_t units = c->plan->m->units_per_chip;
    for (size_t i = 0; i < c->p->n_sram; i++) {
        const struct sched_sram *r = &c->p->sram[i];
        struct unit_program *u = &c->plan->chips[r->unit / units].units[r->unit % units][c->program];
        if (r->chunk != SCHED_CONTROL || r->initial)
            continue;
        u->boot_bytes = plan_is_segment(c, r) ? u->boot_bytes : SCHED_BOOT_BYTES;
        c->boots = c->boots || u->boot_bytes > 0;
        u->table_bytes += r->bytes;
    }
    for (uint32_t i = 0; i < c->plan->m->chips * units; i++) {
        struct unit_program *u = &c->plan->chips[i / units].units[i % units][c->program];
        u->table_bytes = u->table_bytes > u->boot_bytes ? u->table_bytes : u->boot_bytes;
    }
}

void plan_cut_ops(struct plan_cut *c)
{
    const struct machine *m = c->plan->m;
    c->finish = finishes(c);
    plan_boot(c);
    for (size_t i = 0; i < c->p->n_ops && !c->failed; i++) /* in order of start */
        add_op(c, &c->p->ops[i]);
    free(c->finish);
    for (uint32_t unit = 0; unit < m->chips * m->units_per_chip; unit++) {
        struct unit_program *u = &c->plan->chips[unit / m->units_per_chip].units[unit % m->units_per_chip][c->program];
        u->phases = c->plan->phases[c->program];
        u->tensor_c = c->plan->tensor_c;
        u->n_phases = (uint32_t)c->p->n_phases;
    }
}
