/* SPDX-License-Identifier: Apache-2.0 */
/* block_server.h - small servers and hand-made schedules for the block tests.
 *
 *     struct block b;
 *     block_init(&b, NOC_MESH, 1, "list");            a server of 2x2 units per chip at 1 GHz
 *     t = block_task(&b, ...); block_op(&b, t, unit, start);
 *     block_send(&b, chunk, from_unit, to_unit, start);
 *     error = block_run(&b);                          b.result, b.diag
 *
 * Times are explicit everywhere: a test says what it expects to the cycle. Each case is a process. */
#ifndef TESTS_BLOCK_BLOCK_SERVER_H
#define TESTS_BLOCK_BLOCK_SERVER_H

#include "hw/server/phase_server.h"
#include "sim/machine/machine_spec.h"

#define BLOCK_LAUNCH 100u
#define BLOCK_CHUNK  512u /* bytes of a chunk unless said otherwise: 8 flits */

struct block {
    struct machine_spec spec;
    struct machine m;
    struct schedule s;
    struct phase_run_options options;
    struct phase_injection injection;
    struct run_result result;
    struct diag diag;
    uint32_t sram_used[64]; /* per unit */
    uint32_t n_tensors, n_ops;
};

/* Spec first, then the machine: change b->spec between the two. */
void block_spec(struct block *b, uint32_t noc, uint32_t chips);
void block_build(struct block *b, const char *policy);
void block_init(struct block *b, uint32_t noc, uint32_t chips, const char *policy);
void block_free(struct block *b);

/* A source chunk (input or weight), or an output of a task made by block_task. Returns its number. */
uint32_t block_source(struct block *b, uint32_t chip, uint32_t bytes, bool weight);

/* A task of `cycles` vector cycles that reads chunks and writes one; *out is the chunk written. */
uint32_t block_task(struct block *b, uint32_t chip, uint64_t cycles, const uint32_t *inputs, uint32_t n_inputs,
                    uint32_t *out);

/* The task on a unit; reserves room for its output there. Returns the finish. */
uint64_t block_op(struct block *b, uint32_t task, uint32_t unit, uint64_t start);

/* Room for a chunk in a unit's SRAM from a slot on. */
void block_place(struct block *b, uint32_t unit, uint32_t chunk, uint64_t from);

/* Transfer of a whole chunk between endpoints (global) of one chip; the first hop starts at `start`. Returns the
 * slot from which on it is usable. */
uint64_t block_move(struct block *b, uint32_t chunk, uint32_t from, uint32_t to, uint64_t start);
/* Unit to unit, with room at the far end. */
uint64_t block_send(struct block *b, uint32_t chunk, uint32_t from_unit, uint32_t to_unit, uint64_t start);
/* To a unit of a neighbour chip: waits `wait` slots at the sending port and `guard` behind the line. Returns usable. */
uint64_t block_send_chip(struct block *b, uint32_t chunk, uint32_t from_unit, uint32_t to_unit, uint64_t start,
                         uint64_t wait, uint64_t guard);

/* DRAM command of a channel (global). */
void block_dram(struct block *b, uint32_t channel, enum sched_command command, uint32_t row, uint32_t count,
                uint32_t transfer, uint64_t cycle);
/* All refreshes that are due by the makespan. */
void block_refresh(struct block *b);

void block_phase(struct block *b, uint64_t start, uint32_t units_on, uint32_t tasks);
struct sched_program *block_program(struct block *b);

/* Sorts the tables and runs. */
int block_run(struct block *b);

uint64_t block_cause(const struct block *b, uint32_t unit, enum cause cause);
uint64_t block_event(const struct block *b, const char *name);

/* A test's claims: prints and counts what does not hold. */
extern int block_failures;
void block_equal(const char *what, uint64_t got, uint64_t want);
void block_says(const struct block *b, const char *words);

#endif
