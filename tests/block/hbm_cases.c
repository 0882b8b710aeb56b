/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_cases.c - memory channels. */
#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "tests/block/block_cases.h"
#include "tests/block/block_server.h"

#define COLUMNS (BLOCK_CHUNK / 64)

struct read {
    uint32_t chunk, out;
    uint64_t data_end, usable;
};

static uint32_t channel_port(const struct block *b)
{
    return machine_endpoint(&b->m, 0, b->m.units_per_chip);
}

static uint64_t lead(const struct block *b)
{
    uint64_t most = 0;
    const struct dram_timing *t = &b->m.dram;
    for (uint32_t j = 0; j < t->interleave; j++) {
        uint64_t open = j * t->rrd_s + t->rcd, column = fraction_ticks(t->rate, 64 * j) / t->rate.num;
        most = open - column > most ? open - column : most;
    }
    return most;
}

/* A chunk from memory to unit 2, who works on it. `early`: the column commands come so many cycles too soon. */
static struct read read_chunk(struct block *b, uint64_t early, uint64_t inject_early)
{
    const struct dram_timing *t = &b->m.dram;
    struct read r = {.chunk = block_source(b, 0, BLOCK_CHUNK, true)};
    uint64_t act = BLOCK_LAUNCH, rd = act + lead(b) - early;
    block_dram(b, 0, DRAM_ACT, 5, 0, SCHED_NONE, act);
    block_dram(b, 0, DRAM_RD, 5, COLUMNS, 0, rd);
    r.data_end = rd + t->cl + ceil_div(fraction_ticks(t->rate, BLOCK_CHUNK), t->rate.num);
    block_place(b, 2, r.chunk, 0);
    r.usable = block_move(b, r.chunk, channel_port(b), machine_unit_endpoint(&b->m, 2), r.data_end - inject_early);
    block_program(b)->makespan = block_op(b, block_task(b, 0, 10, &r.chunk, 1, &r.out), 2, r.usable);
    return r;
}

void a_read_takes_its_commands_bus_and_path(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    struct read r = read_chunk(&b, 0, 0);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, r.usable + 11);
    block_equal("path", r.usable - r.data_end,
                machine_path_latency(&b.m, channel_port(&b), machine_unit_endpoint(&b.m, 2), COLUMNS));
    block_equal("waiting for memory", block_cause(&b, 2, CAUSE_MEMORY_DRAM), r.data_end - BLOCK_LAUNCH);
    block_equal("waiting for the network", block_cause(&b, 2, CAUSE_NETWORK_NOC), r.usable - r.data_end);
    block_equal("activated", block_event(&b, "dram_act"), b.m.dram.interleave);
    block_equal("columns", block_event(&b, "dram_rd"), COLUMNS);
    block_free(&b);
}

void a_column_before_its_row_is_open_stops_the_run(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    read_chunk(&b, 1, 0);
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "chip0.hbm0: cycle");
    block_says(&b, "RD of set 0 row 5 breaks rcd: 1 cycles too early");
    block_free(&b);
}

void an_injection_before_the_data_stops_the_run(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    read_chunk(&b, 0, 1);
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "chip0.hbm0: cycle");
    block_says(&b, "is not whole in the port's buffer in its slot, it comes 1 cycles late");
    block_free(&b);
}

/* A task on unit 1 whose output goes to memory. Returns the end of the data on the bus. */
static uint64_t write_chunk(struct block *b, uint32_t *out)
{
    const struct dram_timing *t = &b->m.dram;
    uint64_t finish = block_op(b, block_task(b, 0, 10, NULL, 0, out), 1, BLOCK_LAUNCH);
    b->s.chunks[*out].flags = 2;
    uint64_t there = block_move(b, *out, machine_unit_endpoint(&b->m, 1), channel_port(b), finish);
    uint64_t act = there, wr = act + lead(b);
    block_dram(b, 0, DRAM_ACT, 9, 0, SCHED_NONE, act);
    block_dram(b, 0, DRAM_WR, 9, COLUMNS, 0, wr);
    block_program(b)->makespan = wr + t->cwl + ceil_div(fraction_ticks(t->rate, BLOCK_CHUNK), t->rate.num);
    return block_program(b)->makespan;
}

void an_output_is_complete_with_its_last_byte_on_the_bus(void)
{
    struct block b;
    uint32_t out;
    block_init(&b, NOC_MESH, 1, "list");
    uint64_t end = write_chunk(&b, &out);
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, end);
    block_equal("columns", block_event(&b, "dram_wr"), COLUMNS);
    /* Op 0 without operands: c = 0. */
    block_equal("checksum", b.result.output_checksum, 0);
    block_equal("idle after the task", block_cause(&b, 1, CAUSE_NO_WORK), end - BLOCK_LAUNCH - 11);
    block_free(&b);
}

void a_missing_output_is_a_violation(void)
{
    struct block b;
    uint32_t out, other;
    block_init(&b, NOC_MESH, 1, "list");
    write_chunk(&b, &out);
    uint64_t end = block_op(&b, block_task(&b, 0, 10, NULL, 0, &other), 0, BLOCK_LAUNCH);
    b.s.chunks[other].flags = 2; /* computed, never written */
    (void)end;
    block_equal("error", (uint64_t)-block_run(&b), (uint64_t)-SIM_ERR_VIOLATION);
    block_says(&b, "512 of 1024 bytes of outputs are complete");
    block_free(&b);
}

void a_read_that_is_late_stretches_the_run_that_stalls(void)
{
    struct block b;
    block_init(&b, NOC_MESH, 1, "list");
    struct read r = read_chunk(&b, 0, 3);
    b.options.stall = true;
    block_equal("error", (uint64_t)-block_run(&b), 0);
    if (block_failures)
        diag_print(&b.diag, stdout);
    block_equal("makespan", b.result.makespan_cycles, r.usable + 11 + 3);
    block_equal("waiting for memory", block_cause(&b, 2, CAUSE_MEMORY_DRAM), r.data_end - BLOCK_LAUNCH);
    block_equal("stall cycles", block_event(&b, "stall_cycles"), 3);
    block_free(&b);
}
