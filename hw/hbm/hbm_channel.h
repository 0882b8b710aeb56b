/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_channel.h - one HBM channel of the phase machine: replays its commands, moves its data.
 *
 *     commands of the schedule --> [banks: every spacing checked] --> data bus (exact rate)
 *                                                                       |         ^
 *                                     inject <==slot== [staging] <-- reads     writes <-- [staging] <== eject
 *
 * The memory holds the sources (inputs, weights, schedule entries) and what was written. A read puts its piece into
 * the port's staging buffer when its last byte has left the bus; the inject slot must not come before. A write takes
 * a piece that stands whole in the buffer. Outputs are checked (whole values of this repeat) and summed:
 * output_checksum = sum of bytes x c. */
#ifndef HW_HBM_HBM_CHANNEL_H
#define HW_HBM_HBM_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/hbm/hbm_timing.h"
#include "sim/base/account.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/hold_port.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"
#include "sim/kernel/staging.h"

#define HBM_NOBODY UINT32_MAX

enum hbm_command { HBM_ACT, HBM_RD, HBM_WR, HBM_REF };

struct hbm_entry {
    uint64_t cycle;
    uint32_t command;                 /* enum hbm_command */
    uint32_t set, row, column, count; /* ACT: `count` members of the set from `column` on, rrd_s apart */
    uint32_t piece;                   /* RD: entry in reads[]; WR: in writes[] */
    uint32_t number;                  /* in the schedule, for traces */
    bool first;                       /* of the schedule's entry (an ACT may be told in parts) */
};

/* A piece that is read and injected. */
struct hbm_read {
    uint64_t start;
    uint32_t transfer, hop, peer;
    uint32_t chunk, tensor, offset, bytes, flits, class_of, k_part, k_whole;
    bool weight;
    uint32_t written; /* entry in writes[] that stored it; HBM_NOBODY: a source */
};

/* A piece that is ejected and written. */
struct hbm_write {
    uint32_t transfer, chunk, tensor, offset, bytes, k_part, k_whole;
    bool output;
};

struct hbm_program {
    VEC(struct hbm_entry, entries); /* sorted by cycle */
    VEC(struct hbm_read, reads);    /* sorted by start */
    VEC(struct hbm_write, writes);
    uint64_t *const *tensor_c; /* per version: c of each tensor; shared */
};

struct hbm_channel_params {
    const char *name; /* chip0.hbm3 */
    const char *inject_id;
    struct dram_timing dram;
    uint32_t inject_latency, flit_bytes, staging_bytes;
};

struct hbm_stat {
    struct link_account inject[CLASS_COUNT];
    uint64_t commands[4]; /* single ones: banks activated, bursts read, ... */
    uint64_t injected, delivered, output_bytes, output_checksum, last_output; /* last_output: slot_time */
    uint64_t timing_faults, staging_overflows, late;
};

struct hbm_read_state {
    uint32_t bytes;
    uint64_t whole; /* cycle after which its last byte is off the bus; CYCLE_NEVER: not all commands issued */
};

struct hbm_write_state {
    struct burst burst;
    bool here;
    uint32_t bytes; /* written so far */
    bool stored;
};

struct hbm_channel {
    struct hbm_channel_params p;
    struct hbm_program *programs;
    uint32_t n_programs;
    const struct slot_counter *counter;
    struct mailbox *in, *out;
    struct run_control *run;
    struct hold_port hold;
    /* state */
    uint32_t launch;
    const struct hbm_program *program;
    uint32_t next_entry, next_read;
    uint64_t refreshes, inject_free;
    struct hbm_timing timing;
    struct serial_line bus;
    struct hbm_read_state *reads;
    struct hbm_write_state *writes;
    struct staging staging;
    struct hbm_stat stat;
    struct link_probe inject_probe;
    uint32_t var_command, var_row;
};

struct hbm_channel *hbm_channel_new(const struct hbm_channel_params *p, struct hbm_program *programs,
                                    uint32_t n_programs, struct run_control *run);
void hbm_channel_free(struct hbm_channel *c);
void hbm_channel_connect(struct hbm_channel *c, const struct slot_counter *counter, struct mailbox *in,
                         struct mailbox *out, struct mailbox *hold_out);
uint64_t hbm_channel_eval(struct hbm_channel *c, uint64_t cycle);
void hbm_channel_end(struct hbm_channel *c);
uint64_t hbm_channel_in_flight(const struct hbm_channel *c);
void hbm_channel_dump(const struct hbm_channel *c, uint64_t cycle, struct diag *d);

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void hbm_fault(struct hbm_channel *c, uint64_t cycle, const char *fmt, ...);

/* hbm_data.c */
void hbm_data_take(struct hbm_channel *c, uint64_t cycle);
void hbm_data_read(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot);
void hbm_data_write(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot);
void hbm_data_send(struct hbm_channel *c, uint32_t read, uint64_t cycle, uint64_t slot);

#endif
