/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.h - a precompiled phase schedule: what every unit, link and channel does in which cycle.
 *
 *     machine facts | work (tasks, chunks, inputs) | program 0 [cold] | program 1 [steady] | repeats 0,1,1
 *
 * Self-contained: the verifier and `schedule show` need nothing else, the hardware takes only the
 * programs and the identities of the work from it. On disk: .bps, docs/formats/bps.md.
 *
 * TIME. Cycles of the phase counter; cycle 0 = launch issued to the server, every program starts
 * anew at 0. Nothing acts before launch_cycles. All chips count alike (guard covers the difference).
 *
 * OPERATION. A unit's bit is 1 over [start, off). Over [start, start + toggle) it toggles, then its
 * engines work for `cycles` of the task; finish = start + toggle + cycles; outputs are usable at
 * `finish`; off >= finish. Policies levels and barrier change bits only at phase boundaries, so off
 * may be later than finish; in list off == finish. All inputs must be usable at `start`.
 *
 * TRANSFER. One piece (offset, bytes) of a chunk travels a tree of hops; hop = n flits on one link
 * from slot `start` on, n = ceil(bytes / flit).
 *   on chip, rigid:    child.start = parent.start + latency(parent.link)  (no buffers)
 *   eject to a unit:   usable in its SRAM at start + n - 1 + latency
 *   eject to a port:   the piece stands in the port's staging buffer from start + n - 1 + latency = a on
 *   chip link:         start >= a; it occupies the line from t0 = max(start, line free) for n*flit bytes
 *                      at the exact rate, in ticks of 1/rate.num cycle; t0 < start + 1 must hold;
 *                      end = ceil(last tick); in the far port's staging from e = end + latency on
 *   inject at far port: start >= e + guard_cycles
 *   root:              from a unit: start >= finish of the producer (or >= usable time of the chunk
 *                      there); from a channel port: start >= d, d = end of its read run's data
 *   leaf at a channel: its write run's first column command >= a
 * Staging occupancy (bytes of pieces): send port [eject.start, end), receive port [chip.start + latency,
 * last child inject.start + n), channel read [first data, inject.start + n), channel write
 * [eject.start, end of write data). Never above staging_bytes, per port (and direction for link ports).
 *
 * SUM IN A SWITCH. A task of kind 2 has no operation. Its partials are transfers that end in a switch, whole there at
 * e; its outputs transfers whose first hop is on the adders' link of that switch, from start >= every e on, for the
 * flits of a partial; they leave, whole, at the adders' end + latency. Partials wait from chip.start + latency until
 * the adders' last end, at most staging_bytes behind each line.
 *
 * DRAM RUN. Banks are used in sets of `interleave` banks of different groups: set s, member j is the
 * bank of group (s*i + j) mod groups, index (s*i / groups) mod (banks/groups). ACT opens `row` in all
 * banks of the set, member j at cycle + j * rrd_s. RD / WR issue `count` column commands, the q-th at
 * floor(t0 + q * burst ticks / rate.num) - latency to member (column + q) mod i, column (column + q) / i of the row;
 * data starts cl (cwl) later, exact ticks: t0 = max(cycle + latency, bus free) < cycle + latency + 1. Each bank
 * then precharges by itself: RD at max(ACT + ras, last RD + rtp), WR at max(ACT + ras, last WR + cwl + ceil(burst) +
 * wr); next ACT rp later. REF needs all banks precharged, blocks the channel for rfc; by cycle t at least floor(t /
 * refi) have been issued; refi 0: none is due.
 *
 * ENTRIES. Each op, hop and DRAM command is one 16-byte entry. A unit's own entries, and those of the
 * ports it hosts (endpoint.host_unit), lie in its SRAM; noc links' entries in units at the sending router, in turn;
 * a chip link's in the host of the port that sends. What the fixed loader itself does (hops, RDs and ACTs of
 * boot transfers, REFs among them) is no entry. In a unit's table entries are in order of time.
 *
 * Where this text is short, docs/formats/bps.md, section 3, decides: the verifier implements that page. */
#ifndef SIM_SCHEDULE_SCHEDULE_H
#define SIM_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/base/diag.h"
#include "sim/base/dram_timing.h"
#include "sim/base/fraction.h"
#include "sim/base/mem.h"

#define SCHED_NONE        UINT32_MAX
#define SCHED_CONTROL     (UINT32_MAX - 1) /* chunk number of schedule entries in SRAM and on their way to it */
#define SCHED_ENTRY_BYTES 16u
#define SCHED_IN_SWITCH   2u     /* kind of a task that no unit runs */
#define SCHED_DEAD_UNIT   3u     /* kind of the endpoint of a unit without tasks and tensors */
#define SCHED_DEAD_LINK   4u     /* type of a chip link that is down */
#define SCHED_BOOT_BYTES  16384u /* per unit, by the fixed loader, at the head of a cold program */

struct sched_endpoint {
    uint32_t kind; /* enum endpoint_kind of machine.h: 0 unit, 1 channel, 2 link port; or SCHED_DEAD_UNIT */
    uint32_t chip, router, inject, eject, host_unit;
    uint32_t neighbour; /* link port: the chip link it sends on; else SCHED_NONE */
};

struct sched_link {
    char *id;
    uint32_t type;                        /* enum link_type, or SCHED_DEAD_LINK */
    uint32_t from_node, to_node, latency; /* as struct link of machine.h */
    struct fraction rate;
};

/* What the link is, up or down. */
static inline enum link_type sched_link_type(const struct sched_link *l)
{
    return l->type == SCHED_DEAD_LINK ? LINK_CHIP : (enum link_type)l->type;
}

struct sched_machine {
    uint32_t chips, units_per_chip, channels_per_chip, ports_per_chip, routers_per_chip;
    uint64_t clock_hz, period_fs;
    uint32_t sram_bytes, flit_bytes, staging_bytes, max_burst;
    uint64_t launch_cycles;
    uint32_t toggle_cycles, broadcast_cycles, guard_cycles;
    uint64_t align_interval;
    struct dram_timing dram;
    VEC(struct sched_endpoint, endpoints);
    VEC(struct sched_link, links);
};

struct sched_task {
    uint32_t op, chip, kind; /* kind: enum task_kind of task_graph.h */
    uint64_t cycles, matrix_cycles, vector_cycles, macs, macs_padded;
    uint32_t tensor; /* written */
    uint32_t first_input, n_inputs, first_output, n_outputs;
    uint32_t k_first, k_part, k_whole;
};

struct sched_chunk {
    uint32_t tensor, producer, chip, bytes, k_part, k_whole;
    uint32_t flags; /* 1 weight, 2 output */
};

struct sched_input {
    uint32_t chunk, operand;
};

struct sched_op {
    uint32_t task, unit; /* global unit */
    uint64_t start, finish, off;
};

struct sched_hop {
    uint32_t transfer, link;
    uint32_t parent; /* hop number inside its transfer, smaller than its own; SCHED_NONE: root */
    uint64_t start;
};

struct sched_transfer {
    uint32_t chunk, offset, bytes, flits;
    uint32_t class_of;          /* enum traffic_class: data or control (sync for clock alignment) */
    uint32_t first_hop, n_hops; /* 0 hops is impossible */
};

enum sched_command { DRAM_ACT, DRAM_RD, DRAM_WR, DRAM_REF, DRAM_COMMANDS };

struct sched_dram_op {
    uint32_t channel; /* chip * channels_per_chip + channel */
    uint32_t command, set, row, column, count;
    uint32_t transfer; /* RD: feeds it; WR: stores it; ACT, REF: SCHED_NONE */
    uint64_t cycle;
};

/* chunk occupies [address, address + bytes) of the unit's SRAM over cycles [from, to). A chunk that is
 * there from 0 on was left by the program before (`initial`); one that stays to the makespan is left
 * for the next. Schedule entries: chunk SCHED_CONTROL. Staging buffers are reserved the same way
 * (chunk SCHED_NONE), over the whole program. */
struct sched_sram {
    uint32_t unit, address, bytes, chunk;
    uint32_t initial; /* 0 or 1 */
    uint64_t from, to;
};

struct sched_phase {
    uint64_t start;
    uint32_t units_on;  /* bits that are 1 during it */
    uint32_t tasks;     /* operations that start at its boundary */
    uint32_t transfers; /* transfers whose root hop starts in it */
};

struct sched_program {
    uint64_t makespan;         /* last output complete */
    VEC(struct sched_op, ops); /* sorted by (start, unit) */
    VEC(struct sched_transfer, transfers);
    VEC(struct sched_hop, hops);     /* of transfer i: [first_hop, first_hop + n_hops) */
    VEC(struct sched_dram_op, dram); /* sorted by (channel, cycle) */
    VEC(struct sched_sram, sram);    /* sorted by (unit, from, address) */
    VEC(struct sched_phase, phases);
};

struct schedule {
    char *policy; /* levels, barrier, list, search */
    char *start;  /* cold, steady */
    char *work_name;
    char work_hash[65], tasks_hash[65];
    bool local_timers; /* policy list: units hold counters of their own */
    struct sched_machine machine;
    VEC(struct sched_task, tasks);
    VEC(struct sched_chunk, chunks);
    VEC(struct sched_input, inputs);
    VEC(struct sched_program, programs);
    VEC(uint32_t, repeats); /* program of each repeat; the last one is measured */
    uint64_t lower_bound, schedule_bound;
    char *lower_bound_by;
    uint32_t iterations;
};

void schedule_init(struct schedule *s);
void schedule_free(struct schedule *s);

/* Bytes that the adders take of each partial for a piece of `bytes` of a sum. */
uint64_t schedule_partial_bytes(const struct schedule *s, uint32_t task, uint64_t bytes);
/* Flits for which a hop takes its link: those of its transfer, on adders those of a partial. */
uint32_t schedule_hop_flits(const struct schedule *s, const struct sched_transfer *t, uint32_t link);

/* .bps. Reading is bounded by the file's own declared sizes, which are checked against its length
 * before anything is allocated; CRC of each section. Errors: "F.bps: section PROG: ...", SIM_ERR_INPUT. */
int schedule_write(const struct schedule *s, const char *path, struct diag *d);
int schedule_read(struct schedule *s, const char *path, struct diag *d);

/* Verifier: every rule of docs/formats/bps.md, sharing no code with the compiler. Up to max_violations are
 * reported; returns 0 when there is none, SIM_ERR_INPUT otherwise. */
struct sched_violation {
    char rule[24];  /* e.g. "unit-overlap", "link-slot", "input-late", "dram-timing", "sram-overlap" */
    char where[64]; /* chip0.unit3, chip0.noc.r0-r1, ... */
    char message[256];
};
struct sched_verdict {
    VEC(struct sched_violation, violations);
};
int schedule_verify(const struct schedule *s, uint32_t max_violations, struct sched_verdict *out);
void sched_verdict_free(struct sched_verdict *v);

/* `schedule show --json` of one program (docs/formats/bps.md, section 4). */
struct text;
void schedule_show_json(const struct schedule *s, uint32_t program, struct text *out);

#endif
