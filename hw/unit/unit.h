/* SPDX-License-Identifier: Apache-2.0 */
/* unit.h - compute unit of the phase machine: preloaded operations, engines, SRAM, one bit.
 *
 *     phase index --> [ table: phase -> operation | off ] --> bit
 *                                |
 *     eject ==> SRAM ==> matrix | vector engine ==> SRAM ==> inject        (DMA: a flit per cycle each way)
 *
 * A task starts when its phase begins (levels, barrier) or when the unit's own counter says so (list). At
 * its start every byte of every input must stand at its address with the expected chunk and version, and the
 * pieces of an operand must agree on c; its outputs stand in SRAM at `finish`. Sends read SRAM at
 * their slot. All of this is in the schedule; the unit decides nothing, it checks and counts.
 *
 * Cycle: 1. a new launch, 2. arrivals, 3. entries due, 4. phase index, 5. finish, off, start, 6. sends. */
#ifndef HW_UNIT_UNIT_H
#define HW_UNIT_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/unit/unit_sram.h"
#include "sim/base/account.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

#define UNIT_NO_ADDRESS UINT32_MAX /* the schedule has no place for it */
#define UNIT_NO_PHASE   UINT32_MAX

#define UNIT_ENTRY_BYTES 16u /* of the table: an operation, a hop, a memory command */

/* A chunk that an operation reads or writes. An operand of the op that this tile does not read: no bytes. */
struct unit_chunk {
    uint32_t chunk, tensor, operand;
    uint32_t address, bytes;
    uint32_t k_part, k_whole;
    bool weight; /* version 0 in every repeat */
};

struct unit_op {
    uint64_t start, finish, off;  /* what finish leaves beyond toggle and cycles is slack */
    uint32_t phase_on, phase_off; /* levels, barrier: at which index the bit goes on and off */
    uint32_t task, op, global;    /* task number, op, global unit: for traces and messages */
    bool reduce;                  /* adds partials, passes c through */
    uint64_t depends;             /* slot from which on inputs without bytes are computed; 0: there are none */
    uint64_t guarded;             /* slot from which on that is sure in spite of drift */
    uint64_t cycles, matrix_cycles, vector_cycles, macs, macs_padded;
    uint32_t k_first, k_part, k_whole;
    uint32_t first_input, n_inputs, first_output, n_outputs; /* into chunks[] */
};

struct unit_send {
    uint64_t start;
    uint32_t transfer, hop, peer; /* peer: entry of the network that expects it */
    uint32_t chunk, address, offset, bytes, flits, class_of;
    bool weight;
};

struct unit_arrival {
    uint32_t transfer, chunk, address, bytes; /* of the piece; BURST_CONTROL: counted, not kept */
    uint64_t usable;
    uint32_t gone, gone_bytes; /* bytes of the table of entries whose place these take */
};

/* From `slot` on entries in these bytes of the unit's table are in force: all of them must be here. */
struct unit_milestone {
    uint64_t slot;
    uint32_t offset, bytes;
};

struct unit_phase {
    uint64_t start;
    uint32_t units_on;
};

/* What a unit does in one program. Arrays are the unit's own copies, except phases, which all units share. */
struct unit_program {
    VEC(struct unit_op, ops);
    VEC(struct unit_chunk, chunks);
    VEC(struct unit_send, sends);
    VEC(struct unit_arrival, arrivals);
    VEC(struct unit_milestone, milestones); /* by slot and offset; a table that is there has none */
    const struct unit_phase *phases;
    uint32_t n_phases;
    uint64_t *const *tensor_c; /* per version: c of each tensor; shared */
    uint64_t boot_bytes;       /* schedule entries that the boot loader brings first; 0: they are there */
    uint64_t table_bytes;      /* all entries that have to come, these included */
};

struct unit_params {
    const char *name; /* chip0.unit3 */
    const char *inject_id;
    uint32_t sram_bytes, sram_borders, flit_bytes, toggle_cycles, macs_per_cycle, inject_latency;
    uint64_t launch_cycles;
    bool by_phase; /* levels, barrier */
    bool by_stage; /* levels: nothing travels while units compute */
    bool dead;     /* it has no operations; its SRAM serves ports */
};

struct unit_stat {
    struct unit_account account;
    struct link_account inject[CLASS_COUNT];
    uint64_t macs, macs_padded, vector_cycles, toggles, tasks;
    uint64_t sram_read_bytes, sram_write_bytes;
    uint64_t injected, delivered, numeric_checksum;
    uint64_t input_faults;
};

/* From `cycle` of the measured repeat on, the first operation that starts takes `delay` cycles longer. */
struct task_delay {
    uint64_t cycle, delay;
    bool done;
};

struct unit {
    struct unit_params p;
    struct unit_program *programs;
    uint32_t n_programs;
    struct mailbox *phase_in, *eject_in, *inject_out;
    const struct slot_counter *counter;
    struct run_control *run;
    /* state */
    uint32_t launch;
    const struct unit_program *program;
    uint32_t next_op, next_send, next_milestone;
    uint32_t phase;
    uint64_t *began; /* slot_time at which each phase up to this one began */
    bool on, busy;
    uint64_t finish_slot, inject_free;
    uint64_t boot_left, table_left;        /* entries that have not come: of the boot, behind it */
    unsigned char *table;                  /* of each byte of it that milestones speak of: 1, it is here */
    uint64_t boot_end;                     /* time at which the last byte of the boot came */
    uint64_t idle_from, started, finished; /* slot_time */
    uint64_t held_link, held_dram;         /* stall cycles at the start of the running task */
    struct unit_sram sram;
    struct burst result; /* identity of the running task's outputs, but for chunk and value */
    VEC(struct task_delay, delays);
    uint64_t late;                     /* cycles that the running task takes longer than planned */
    const struct sram_piece **missing; /* scratch of the accounting */
    uint64_t gaps;                     /* accounted so far */
    struct unit_stat stat;
    /* waveform */
    uint32_t var_bit, var_state, var_op;
    bool shown_on;
    struct link_probe inject_probe;
};

/* Takes the programs' arrays. */
struct unit *unit_new(const struct unit_params *p, struct unit_program *programs, uint32_t n_programs,
                      struct run_control *run);
void unit_free(struct unit *u);
void unit_connect(struct unit *u, const struct slot_counter *counter, struct mailbox *phase_in,
                  struct mailbox *eject_in, struct mailbox *inject_out);
void unit_delay(struct unit *u, uint64_t cycle, uint64_t delay); /* before the run */
uint64_t unit_eval(struct unit *u, uint64_t cycle);
/* Completes the account up to the end of the run (slot_time); once, at the end. */
void unit_end(struct unit *u, uint64_t time);
/* Payload that stands in its mailbox, delivered by nobody yet. */
uint64_t unit_in_flight(const struct unit *u);
/* One line: what it does and what it waits for. */
void unit_dump(const struct unit *u, uint64_t cycle, struct diag *d);

/* ---- inside the unit ---- */

/* unit_task.c: checks the inputs of an operation and computes the identity of its outputs; false: a fault. */
bool unit_task_begin(struct unit *u, const struct unit_op *op, uint64_t cycle);
void unit_task_end(struct unit *u, const struct unit_op *op, uint64_t cycle);
/* Reads [address, +bytes) as bytes from `offset` on of a chunk; false: a fault, told. */
bool unit_task_read(struct unit *u, const struct unit_send *s, uint64_t cycle, struct burst *b);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void unit_fault(struct unit *u, uint64_t cycle, const char *fmt, ...);

/* unit_account.c: the ordered rule (docs/model/accounting.md). */
void unit_account_gap(struct unit *u, const struct unit_op *op, uint64_t from, uint64_t to);
void unit_account_task(struct unit *u, const struct unit_op *op, uint64_t from, uint64_t stalled_link,
                       uint64_t stalled_dram);
void unit_account_add(struct unit *u, enum cause cause, uint64_t from, uint64_t to);

#endif
