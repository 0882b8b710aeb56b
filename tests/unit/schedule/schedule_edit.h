/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_edit.h - finds things in the example and adds harmless ones, for tests to break. */
#ifndef TESTS_UNIT_SCHEDULE_SCHEDULE_EDIT_H
#define TESTS_UNIT_SCHEDULE_SCHEDULE_EDIT_H

#include "tests/unit/schedule/schedule_example.h"

static inline struct sched_op *op_of(struct sched_program *p, uint32_t task)
{
    for (size_t i = 0; i < p->n_ops; i++) {
        if (p->ops[i].task == task) {
            return &p->ops[i];
        }
    }
    abort();
}

/* The transfer of a chunk that begins at an endpoint. */
static inline uint32_t transfer_of(const struct sched_program *p, uint32_t chunk, uint32_t endpoint)
{
    uint32_t inject = endpoint / B_PER_CHIP * B_LINKS_PER_CHIP + endpoint % B_PER_CHIP * 2;
    for (uint32_t i = 0; i < p->n_transfers; i++) {
        if (p->transfers[i].chunk == chunk && p->hops[p->transfers[i].first_hop].link == inject) {
            return i;
        }
    }
    abort();
}

static inline struct sched_hop *hop_of(struct sched_program *p, uint32_t transfer, uint32_t hop)
{
    return &p->hops[p->transfers[transfer].first_hop + hop];
}

static inline struct sched_sram *sram_of(struct sched_program *p, uint32_t unit, uint32_t chunk)
{
    for (size_t i = 0; i < p->n_sram; i++) {
        if (p->sram[i].unit == unit && p->sram[i].chunk == chunk) {
            return &p->sram[i];
        }
    }
    abort();
}

/* The run of a transfer; its ACT is the one before it in its channel. */
static inline struct sched_dram_op *run_of(struct sched_program *p, uint32_t command, uint32_t transfer)
{
    for (size_t i = 0; i < p->n_dram; i++) {
        if (p->dram[i].command == command && p->dram[i].transfer == transfer) {
            return &p->dram[i];
        }
    }
    abort();
}

static inline void run_move(struct sched_dram_op *run, int64_t by)
{
    run[0].cycle += (uint64_t)by;
    run[-1].cycle += (uint64_t)by;
}

static inline void run_to_row(struct sched_dram_op *run, uint32_t row)
{
    run[0].row = run[-1].row = row;
}

/* ---- harmless things ---- */

/* A task without inputs and outputs, of this chip. */
static inline uint32_t add_task(struct builder *b, uint32_t chip)
{
    return b_task(b, chip, 3);
}

static inline void add_op(struct builder *b, uint32_t program, uint32_t task, uint32_t unit, uint64_t start)
{
    uint64_t finish = start + b->s.machine.toggle_cycles + b->s.tasks[task].cycles;
    *VEC_PUSH(&b->s.programs[program], ops) =
        (struct sched_op) {.task = task, .unit = unit, .start = start, .finish = finish, .off = finish};
}

/* When unit 1 has nothing more to do, and has sent what it had. */
static inline uint64_t rest(struct builder *b, uint32_t program)
{
    return op_of(&b->s.programs[program], 1)->off + 12;
}

/* On unit 1, after its last operation, in both programs. */
static inline uint32_t add_idle(struct builder *b, uint32_t chip)
{
    uint32_t task = add_task(b, chip);
    add_op(b, 0, task, 1, rest(b, 0));
    add_op(b, 1, task, 1, rest(b, 1));
    return task;
}

/* An alignment message of one flit from unit 1: to unit 0, or, with `across`, to unit 3 over the chip link. */
static inline uint32_t add_sync(struct builder *b, uint64_t start, bool across)
{
    struct sched_program *p = &b->s.programs[1];
    struct builder append = {.s = b->s, .p = p};
    uint32_t to = across ? (uint32_t)U3 : (uint32_t)U0;
    b_send(&append, SCHED_NONE, 0, 8, U1, &to, 1, 0, 0, start);
    p->transfers[p->n_transfers - 1].class_of = CLASS_SYNC;
    return (uint32_t)p->n_transfers - 1;
}

/* The same for 64 bytes of a chunk, which get a place at their end; to unit 2 when `from` is unit 3. */
static inline uint32_t add_copy(struct builder *b, uint32_t chunk, uint32_t from, uint64_t start)
{
    struct sched_program *p = &b->s.programs[1];
    struct builder append = {.s = b->s, .p = p};
    uint32_t to = from == U3 ? (uint32_t)U2 : (uint32_t)U0, unit = from == U3 ? 2 : 0;
    b_send(&append, chunk, 0, 64, from, &to, 1, 0, 0, start);
    if (from == U3) {
        sram_of(p, 3, chunk)->to = p->makespan;
    }
    b_place(&append, unit, 60000, b->s.chunks[chunk].bytes, chunk, start, p->makespan, 0);
    return (uint32_t)p->n_transfers - 1;
}

/* Puts arrays in order and the table of phases right. */
static inline void settle(struct builder *b)
{
    for (size_t i = 0; i < b->s.n_programs; i++) {
        b_sort(&b->s.programs[i]);
        b_phases(&b->s.programs[i]);
    }
}

#endif
