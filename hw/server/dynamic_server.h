/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_server.h - runs a program on the dynamic machine (implemented in dynamic_server_sc.cpp).
 *
 * One call per process: SystemC elaborates once. C interface, so that commands stay C. */
#ifndef HW_SERVER_DYNAMIC_SERVER_H
#define HW_SERVER_DYNAMIC_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/kernel/probe.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/program/program.h"
#include "sim/stats/run_result.h"

#ifdef __cplusplus
extern "C" {
#endif

struct l1_protocol;

struct dynamic_run_options {
    bool never_sleep;      /* every box evaluates in every cycle */
    uint64_t shuffle_seed; /* 0: natural order; else order of subscription and inside boxes is permuted */
    uint64_t seed;         /* run seed: numeric draws, phase of refreshes */
    uint32_t repeats;      /* the last one is measured; as many as the program has versions */
    bool cross_check;
    uint64_t watchdog_cycles;           /* 0: the default */
    const struct l1_protocol *l1_table; /* NULL: the one of the machine's protocol; tests break entries */
    const struct probe *probe;          /* may be NULL; sees the measured repeat only, time 0 = its launch */
};

/* Fills `result` (makespan, states, links, events, conflicts, checksums; not names, hashes or bounds). 0,
 * SIM_ERR_VIOLATION (messages in diag: who read what, where, when), SIM_ERR_STUCK (who waits for whom), SIM_ERR_BUILD,
 * SIM_ERR_INTERRUPTED (partial result, interrupted = true). */
int dynamic_server_run(const struct machine *m, const struct dynamic_machine *d, const struct server_program *p,
                       const struct dynamic_run_options *o, struct run_result *result, struct diag *diag);

#ifdef __cplusplus
}
#endif

#endif
