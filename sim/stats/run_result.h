/* SPDX-License-Identifier: Apache-2.0 */
/* run_result.h - what one run of one machine measured; integers only (docs/formats/results.md).
 *
 * The hardware fills it, sim/stats checks its laws and derives sums, sim/report writes it. */
#ifndef SIM_STATS_RUN_RESULT_H
#define SIM_STATS_RUN_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/base/diag.h"
#include "sim/base/mem.h"

struct result_unit {
    char *name; /* chip0.unit3 */
    struct unit_account account;
};

struct result_link {
    char *id, *from, *to;
    enum link_type type;
    struct link_account classes[CLASS_COUNT];
    uint64_t
        wire_walked; /* cross-check: sum over packets of flits x width on this link, counted apart from the account */
};

struct result_conflict {
    char *place, *kind;
    uint64_t count;
};

struct result_event {
    char *name; /* macs, sram_read_bytes, flit_hops, dram_act, ... */
    uint64_t count;
};

struct result_phase {
    uint64_t start, length;
    uint32_t units_on, tasks, transfers;
};

struct run_result {
    char *name;    /* phase.list.cold, dynamic.gpu-today.cold */
    char *machine; /* phase.list */
    char *kind;    /* phase, dynamic */
    char *policy;  /* of a phase machine, else "" */
    char *preset;  /* of a dynamic machine, else "" */
    char *start;
    uint64_t makespan_cycles, clock_hz, period_fs;
    uint64_t macs_executed, macs_padded;
    char work_hash[65], tasks_hash[65];
    uint64_t output_checksum, numeric_checksum;
    uint64_t lower_bound;
    char *lower_bound_by;
    uint64_t schedule_bound; /* 0: there is none */
    uint32_t macs_per_cycle; /* of a unit, for utilisation */
    VEC(struct result_unit, units);
    VEC(struct result_link, links);
    VEC(struct result_conflict, conflicts);
    VEC(struct result_event, events);
    VEC(struct result_phase, phases);
    uint64_t injected, delivered, replicated, in_flight, byte_hops;
    uint64_t stalls;
    bool interrupted;
};

void run_result_init(struct run_result *r);
void run_result_free(struct run_result *r);

/* The laws: causes of a unit sum to the makespan; link law; network law; cross-check; not below the
 * lower bound; MACs. A broken law is a fault of the model: SIM_CHECK. An interrupted run is only checked for what
 * must hold at any time. */
void run_result_check(const struct run_result *r, uint64_t graph_macs);

#endif
