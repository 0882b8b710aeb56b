/* SPDX-License-Identifier: Apache-2.0 */
/* l2_slice.h - a slice of the shared second-level cache, the home of its lines: tags, directory, MSHRs, counters.
 *
 *     net_port in --> queues per virtual network --> [tags + directory + protocol table] --> out queues --> net_port
 * out |  miss, eviction        ^ v                        | dram_out (mailbox)       dram_in (mailbox)
 *
 * One request enters per cycle; it is answered `latency` cycles later at the earliest. Write-back, allocate on
 * write without reading when whole sectors are written (they always are), sectored: only missing sectors are read
 * from memory. Least recently used of the ways that are not busy. Results of the work (`through`) are
 * written to memory at once and the line stays clean; their WRITE_ACK comes when memory has taken them.
 * Atomics and polls act on the words of counter lines, which the slice keeps beside the cache (lines 0 .. counter_lines
 * - 1 of the chip; they take part in timing like other lines, are never evicted, start at 0). Under `mesi` the
 * directory keeps a full map of sharers and the owner with each line; the cache is inclusive of all L1s. */
#ifndef HW_CACHE_L2_SLICE_H
#define HW_CACHE_L2_SLICE_H

#include "sim/base/dynamic_params.h"
#include "sim/kernel/net_port.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

struct l2_map {
    struct home_map home;
    uint16_t chip, endpoint;    /* own endpoint */
    uint16_t slice;             /* own number */
    uint16_t caches;            /* L1s of the chip: endpoints 0 .. caches - 1 */
    uint16_t first_port, ports; /* fabric router's endpoints: answers to other chips */
    uint32_t counter_lines;
    uint32_t input_first, input_lines; /* dropped when a new launch is published: the host has written them */
};

struct l2_stat {
    uint64_t reads, writes, atomics, polls; /* reads: also those for ownership and upgrades ... */
    uint64_t hits, misses, merges;          /* ... each of which is one of these; merged: waits behind others */
    uint64_t evictions, writebacks;
    uint64_t invalidations, forwards;                                          /* messages sent */
    uint64_t recalls;                                                          /* of lines, for the sake of a way */
    uint64_t bank_conflicts, refused_mshrs, set_conflicts, serialised_atomics; /* cycles or attempts */
};

struct l2_slice;
struct l2_slice *l2_slice_new(const char *name, const struct l2_params *p, const struct l2_map *map,
                              struct run_control *run);
/* With another table than the protocol's own (tests take entries away). */
struct home_protocol;
struct l2_slice *l2_slice_new_with(const char *name, const struct l2_params *p, const struct l2_map *map,
                                   struct run_control *run, const struct home_protocol *protocol);
void l2_slice_free(struct l2_slice *s);
/* Messages that stay in the chip's store while it works on them, at most; besides those for which its network port has
 * places. */
uint32_t l2_slice_keeps(const struct l2_params *p, uint32_t caches);
/* launch may be NULL (bpsim mem). The mailboxes carry struct dram_request and dram_reply; at most mshrs reads and
 * `queue` writes are outstanding there. */
void l2_slice_connect(struct l2_slice *s, struct net_port *port, const struct slot_counter *launch,
                      struct mailbox *dram_out, struct mailbox *dram_in);
/* Before the run: the waveform shows events of the directory, misses, requests that wait (at most `requests`), writes.
 */
void l2_slice_show(struct l2_slice *s, uint32_t requests, const struct slot_counter *launch);
void l2_slice_show_end(struct l2_slice *s);
uint64_t l2_slice_eval(struct l2_slice *s, uint64_t cycle);
const struct l2_stat *l2_slice_stat(const struct l2_slice *s);
void l2_slice_stat_clear(struct l2_slice *s);
/* Of the chip, as it stands; the slice is the home of its line. */
uint32_t l2_slice_counter(const struct l2_slice *s, uint32_t word);
void l2_slice_dump(const struct l2_slice *s, uint64_t cycle, struct diag *d);
bool l2_slice_idle(const struct l2_slice *s);

#endif
