/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs.h - one HBM channel of the dynamic machine under a first-ready, first-come-first-served controller.
 *
 *     slice 0 --dram_request--> [mailbox] \                     +--> row commands    ACT PRE     one per cycle
 *     slice 1 --dram_request--> [mailbox] --> window of `queue` |
 *        ...                              /   per bank, by age  +--> column commands RD WR       as the bus takes them
 *     slices  <--dram_reply---- [mailbox] <------ data bus (exact rate), contents of the lines
 *
 * The banks keep the timing table of the phase machine's channel (hbm_timing.h); its rules are asked when a command
 * may come, and checked when it comes. Column commands to open rows go first, oldest first; row commands prepare the
 * oldest requests' rows; writes wait until there are many or nothing else to do. Source: Rixner et al., Memory
 * Access Scheduling, ISCA 2000. Requests to one line are served in the order in which they arrived.
 *
 * Line l of the channel: run = l / lines of a row of a set, row = run / sets, set = (run + digit sum of row to the
 * base of the sets) mod sets; inside the row the lines alternate over the members of the set, all bursts of a line
 * lie in one bank. docs/model/frfcfs.md has all rules and defaults. */
#ifndef HW_HBM_FRFCFS_H
#define HW_HBM_FRFCFS_H

#include "sim/base/dram_timing.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/message.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

#define FRFCFS_NO_CHUNK UINT32_MAX /* chunk of a line that nobody wrote and that is no source */

/* Same order as hbm_stat.commands; PRE is counted apart: the phase machine's rows close by themselves. */
enum frfcfs_command { FRFCFS_ACT, FRFCFS_RD, FRFCFS_WR, FRFCFS_REF, FRFCFS_PRE, FRFCFS_COMMANDS };

struct frfcfs_params {
    const char *name;               /* chip0.hbm3 */
    const struct dram_timing *dram; /* of the caller: all channels look at the same one */
    uint32_t lines;                 /* of the channel that are in use */
    uint32_t slices;
    uint32_t queue;            /* requests that the controller sees at a time */
    uint32_t high, low;        /* writes in the window: drain them from `high` on, down to `low` */
    uint32_t batch;            /* columns before a watermark ends a direction */
    uint32_t turn_limit;       /* columns after which a direction ends while the other one has requests */
    uint32_t age_limit;        /* columns of a bank that may pass the bank's oldest request */
    uint32_t latency;          /* cycles of the controller's pipeline behind the data bus */
    uint64_t *const *tensor_c; /* per version: c of each tensor; NULL: mix64(tensor, version) */
};

/* Fills queue (from `queue`) and every number that follows from it with its default. */
void frfcfs_defaults(struct frfcfs_params *p, uint32_t queue);

struct frfcfs_stats {
    uint64_t reads, writes;               /* requests served */
    uint64_t read_latency, write_latency; /* sums of done - enqueued */
    uint64_t commands[FRFCFS_COMMANDS];   /* single ones: banks activated, bursts moved, ... */
    uint64_t hits, misses, conflicts;     /* columns: row was open; bank was closed; another row was open */
    uint64_t bus_busy;                    /* cycles, whole */
    uint64_t queue_full;                  /* cycles in which a request stood before a full window */
    uint64_t turns;                       /* changes of direction */
    uint64_t output_bytes, output_checksum, last_output;
};

struct frfcfs;

/* Told of each command: for tests and traces. REF and the precharge of all banks before it are told when the core
 * next evaluates, in order. */
struct frfcfs_listener {
    void *self;
    void (*command)(void *self, uint64_t cycle, enum frfcfs_command command, uint32_t bank, uint32_t row);
};

struct frfcfs *frfcfs_new(const struct frfcfs_params *p, struct run_control *run);
void frfcfs_free(struct frfcfs *c);
/* launch may be NULL (version 0, times are cycles). in[s], out[s]: mailboxes of slice s; out[s] must hold all
 * requests that the slice has outstanding. */
void frfcfs_connect(struct frfcfs *c, const struct slot_counter *launch, struct mailbox *const *in,
                    struct mailbox *const *out);
/* Before the run: the waveform shows commands, bank and row named last, requests in the window. Takes the listener. */
void frfcfs_show(struct frfcfs *c, const struct slot_counter *launch);
void frfcfs_show_end(struct frfcfs *c, uint64_t end); /* first cycle behind the run */
void frfcfs_listen(struct frfcfs *c, const struct frfcfs_listener *l);

/* The line holds (part of) a source from the start: what the host or the weights put there. value = c, or k_part x c
 * when k_whole > 0. Before the run. */
void frfcfs_set_source(struct frfcfs *c, uint32_t line, uint32_t chunk, uint32_t tensor, bool weight, uint32_t k_part,
                       uint32_t k_whole);
/* What a read of the line would return now (tests, checks at the end). */
struct identity frfcfs_content(const struct frfcfs *c, uint32_t line);

/* Cycles from a command to the cycle in which the slice sees what it brings, at the least. */
uint32_t frfcfs_soonest(const struct frfcfs *c);
uint64_t frfcfs_eval(struct frfcfs *c, uint64_t cycle);
/* The same, and again in each cycle before `end` that it wants; *now: the cycle that it is in. What comes before `end`
 * is known. */
uint64_t frfcfs_run(struct frfcfs *c, uint64_t *now, uint64_t cycle, uint64_t end);
/* `cycle` is the present one: refreshes up to it are counted before. */
void frfcfs_stat_clear(struct frfcfs *c, uint64_t cycle);
void frfcfs_end(struct frfcfs *c, uint64_t cycle);
/* Cycle of the channel's first REF; one follows every refi cycles, whether the channel looks or sleeps. CYCLE_NEVER:
 * memory without refresh. */
uint64_t frfcfs_first_refresh(const struct frfcfs *c);
const struct frfcfs_stats *frfcfs_stat(struct frfcfs *c);
bool frfcfs_idle(const struct frfcfs *c);
void frfcfs_dump(const struct frfcfs *c, uint64_t cycle, struct diag *d);

/* Where a line lies: bijective onto (set, row, first column); its bursts are `interleave` columns apart. */
struct frfcfs_place {
    uint32_t set, row, column;
};
struct frfcfs_place frfcfs_place_of(const struct dram_timing *t, uint32_t line);

#endif
