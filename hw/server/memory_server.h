/* SPDX-License-Identifier: Apache-2.0 */
/* memory_server.h - replays memory accesses on the memory system of one chip of the dynamic machine (implemented in
 * memory_server_sc.cpp).
 *
 * Caches, coherence, network, DRAM; no SMs, no links. One call per process: SystemC elaborates once. */
#ifndef HW_SERVER_MEMORY_SERVER_H
#define HW_SERVER_MEMORY_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/kernel/access.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/stats/memory_result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct l1_protocol;

struct memory_run_options {
    bool never_sleep;
    uint64_t shuffle_seed;              /* 0: natural order */
    uint64_t seed;                      /* run seed: phase of refreshes */
    uint32_t tail;                      /* accesses whose `source` is at least this count apart (micro-benchmarks) */
    const struct l1_protocol *l1_table; /* NULL: the one of the machine's protocol; tests break entries */
};

/* accesses: n > 0, requesters are units of a chip. 0, SIM_ERR_VIOLATION (a read got a value that its protocol does not
 * allow), SIM_ERR_STUCK (who waits for whom), SIM_ERR_BUILD, SIM_ERR_INTERRUPTED or SIM_ERR_TERMINATED (the result is
 * that of what was done, interrupted = true). */
int memory_server_run(const struct machine *m, const struct dynamic_machine *d, const struct memory_access *accesses,
                      size_t n, const struct memory_run_options *o, struct memory_result *result, struct diag *diag);

#ifdef __cplusplus
}
#endif

#endif
