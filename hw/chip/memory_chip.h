/* SPDX-License-Identifier: Apache-2.0 */
/* memory_chip.h - the memory system of one chip of the dynamic machine alone, with trace players for SMs.
 *
 *     players with their L1s == network == L2 slices -- HBM channels
 *
 * No links, no dispatcher, no counters. Composition, the split of accesses into lines, and the counts at the end. */
#ifndef HW_CHIP_MEMORY_CHIP_H
#define HW_CHIP_MEMORY_CHIP_H

#include "hw/cache/access_check.h"
#include "hw/chip/memory_parts.h"
#include "sim/kernel/access.h"
#include "sim/kernel/slot_counter.h"
#include "sim/stats/memory_result.h"

struct memory_chip {
    struct memory_site site;
    uint32_t units, n_slices, n_channels;
    uint64_t pieces;
    uint32_t writes;             /* versions 1 .. writes, in order of the trace */
    struct slot_counter counter; /* nothing is ever launched */
    struct trace_player *players;
    struct player_access *accesses;
    struct l1 **l1s;
    struct l2_slice **slices;
    struct frfcfs **channels;
    struct vc_network *network;
    struct net_port *ports; /* per endpoint */
    void *ports_memory;
    struct run_control *run;
};

/* accesses: in order of the trace, requesters are units of the chip; not kept. l1_table: NULL, or another table than
 * that of the machine's protocol. */
struct memory_chip *memory_chip_new(const struct machine *m, const struct dynamic_machine *d,
                                    const struct memory_access *accesses, size_t n, struct run_control *run,
                                    const struct l1_protocol *l1_table);
void memory_chip_free(struct memory_chip *c);

/* All accesses done and nothing under way anywhere. Between windows. */
bool memory_chip_over(const struct memory_chip *c);
/* Nothing is under way, but players wait for their time. */
bool memory_chip_waits(const struct memory_chip *c);
uint64_t memory_chip_completed(const struct memory_chip *c);
void memory_chip_dump(const struct memory_chip *c, uint64_t cycle, struct diag *d);

/* After the run, once: counts, and a fault for each read of a wrong value. tail: accesses from this source on are
 * counted apart. */
void memory_chip_result(struct memory_chip *c, uint32_t tail, struct memory_result *r);

#endif
