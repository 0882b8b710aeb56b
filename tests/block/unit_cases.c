/* SPDX-License-Identifier: Apache-2.0 */
/* unit_cases.c - tasks on units, phases, repeats. */
#include "sim/base/error.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

/* k tasks, each reads what the one before wrote. Returns the end of the last one. */
static uint64_t chain(struct block *b, uint32_t unit, uint32_t k, uint64_t cycles)
{
    uint32_t chunk = 0;
    uint64_t at = BLOCK_LAUNCH;
    for (uint32_t i = 0; i < k; i++) {
        uint32_t input = chunk;
        uint32_t task = block_task(b, 0, cycles, &input, i > 0, &chunk);
        at = block_op(b, task, unit, at);
    }
    block_program(b)->makespan = at;
    block_refresh(b);
    return at;
}

void a_chain_of_equal_tasks_takes_their_sum(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    chain(&b, 1, 5, 40);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("makespan", b.result.makespan_cycles, BLOCK_LAUNCH + 5 * (1 + 40));
    block_equal("launch", block_cause(&b, 1, CAUSE_CONTROL_LAUNCH), BLOCK_LAUNCH);
    block_equal("toggle", block_cause(&b, 1, CAUSE_CONTROL_TOGGLE), 5);
    block_equal("useful", block_cause(&b, 1, CAUSE_COMPUTE_USEFUL), 5 * 40);
    block_equal("on", b.result.units[1].account.on_cycles, 5 * 41);
    block_equal("idle unit", block_cause(&b, 0, CAUSE_NO_WORK), 5 * 41);
    block_equal("tasks", block_event(&b, "tasks"), 5);
    block_free(&b);
}

void a_task_without_its_input_stops_the_run(void)
{
    struct block b;
    uint32_t first, second;
    block_init(&b, NOC_MESH, 1, "list");
    uint64_t end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &first), 0, BLOCK_LAUNCH);
    /* The chunk is made on unit 0 and wanted on unit 3; there is room for it, but nobody sends it. */
    uint32_t task = block_task(&b, 0, 10, &first, 1, &second);
    block_place(&b, 3, first, 0);
    block_program(&b)->makespan = block_op(&b, task, 3, end + 20);
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b,
               "chip0.unit3: cycle 131: task 1 needs chunk 0 version 0 (512 bytes at 0): at byte 0 there is nothing");
    block_free(&b);
}

void a_task_that_is_longer_than_planned_stops_the_run(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    chain(&b, 0, 1, 40);
    block_program(&b)->ops[0].finish -= 1;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "chip0.unit0: cycle 100: task 0 lasts until 141, planned was 140");
    block_free(&b);
}

/* Two tasks side by side, the shorter one waits for the end of the phase; the bit stays on. */
void phases_start_tasks_at_their_boundary_and_leave_bits_on(void)
{
    struct block b;
    uint32_t a, c, d;
    block_init(&b, NOC_MESH, 1, "barrier");
    block_op(&b, block_task(&b, 0, 20, NULL, 0, &a), 0, 150);
    block_op(&b, block_task(&b, 0, 50, NULL, 0, &c), 1, 150);
    block_op(&b, block_task(&b, 0, 30, &a, 1, &d), 0, 201);
    struct sched_program *p = block_program(&b);
    p->ops[0].off = p->ops[1].off = 201;
    p->makespan = p->ops[2].off = 240;
    block_phase(&b, 0, 0, 0);
    block_phase(&b, 150, 2, 2);
    block_phase(&b, 201, 1, 1);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    block_equal("makespan", b.result.makespan_cycles, 240);
    block_equal("launch", block_cause(&b, 0, CAUSE_CONTROL_LAUNCH), BLOCK_LAUNCH);
    block_equal("before the first phase", block_cause(&b, 0, CAUSE_CONTROL_DISPATCH), 50);
    block_equal("after the shorter task and at the end", block_cause(&b, 0, CAUSE_IMBALANCE), 201 - 171 + 240 - 232);
    block_equal("on", b.result.units[0].account.on_cycles, 240 - 150);
    block_equal("on, unit 1", b.result.units[1].account.on_cycles, 51);
    block_equal("no work, unit 1", block_cause(&b, 1, CAUSE_NO_WORK), 240 - 201);
    /* Indices 0, 1, 2 and the end. */
    block_equal("broadcasts", block_event(&b, "phase_broadcasts"), 4);
    block_equal("phases", b.result.n_phases, 3);
    block_equal("phase 1", b.result.phases[1].start, 150);
    block_free(&b);
}

/* A weight and an input are read from memory; in the second program the weight has stayed. */
void a_repeat_finds_other_versions_of_inputs_and_the_same_weights(void)
{
    struct block b;
    uint32_t out;
    block_init(&b, NOC_MESH, 1, "list");
    uint32_t in[2] = {block_source(&b, 0, BLOCK_CHUNK, true), block_source(&b, 0, BLOCK_CHUNK, false)};
    uint32_t channel = machine_endpoint(&b.m, 0, b.m.units_per_chip), unit = machine_unit_endpoint(&b.m, 0);
    uint32_t task = block_task(&b, 0, 30, in, 2, &out);
    *VEC_PUSH(&b.s, programs) = (struct sched_program) {0};
    *VEC_PUSH(&b.s, repeats) = 1;
    *VEC_PUSH(&b.s, repeats) = 1;
    for (uint32_t i = 0; i < 2; i++) { /* the builder fills program 0 */
        struct sched_program keep = b.s.programs[0];
        uint64_t usable = 0;
        b.s.programs[0] = b.s.programs[1];
        b.sram_used[0] = 0;
        block_place(&b, 0, in[0], 0);
        block_place(&b, 0, in[1], 0);
        for (uint32_t k = i; k < 2; k++) { /* the weight only in the first program */
            uint64_t cycle = BLOCK_LAUNCH + 100 * k;
            block_dram(&b, 0, DRAM_ACT, k, 0, SCHED_NONE, cycle);
            block_dram(&b, 0, DRAM_RD, k, 8, (uint32_t)block_program(&b)->n_transfers, cycle + 40);
            usable = block_move(&b, in[k], channel, unit, cycle + 80);
        }
        block_program(&b)->makespan = block_op(&b, task, 0, usable);
        struct sched_program made = b.s.programs[0];
        b.s.programs[0] = i == 0 ? (struct sched_program) {0} : keep;
        b.s.programs[1] = made;
        if (i == 0) {
            b.s.programs[0] = made;
            b.s.programs[1] = (struct sched_program) {0};
        }
    }
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("bursts read in the last repeat", block_event(&b, "dram_rd"), 8);
    block_equal("makespan", b.result.makespan_cycles, b.s.programs[1].makespan);
    block_free(&b);
}

void a_schedule_for_another_machine_is_refused(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    chain(&b, 1, 2, 10);
    b.s.machine.units_per_chip = 9;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_INPUT);
    block_says(&b, "made for 9 units of a chip, the machine has 4");
    block_free(&b);
}

/* The last two hops are taken away: the burst would stand at a router. */
void a_burst_that_ends_on_the_way_is_refused(void)
{
    struct block b;
    uint32_t chunk;
    block_init(&b, NOC_MESH, 1, "list");
    uint64_t end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &chunk), 0, BLOCK_LAUNCH);
    block_program(&b)->makespan = block_send(&b, chunk, 0, 3, end);
    block_program(&b)->transfers[0].n_hops -= 2;
    block_program(&b)->n_hops -= 2;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_INPUT);
    block_says(&b, "transfer 0 ends on chip0.noc.r0-r1");
    block_free(&b);
}
