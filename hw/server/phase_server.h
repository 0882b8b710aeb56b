/* SPDX-License-Identifier: Apache-2.0 */
/* phase_server.h - runs a schedule on the phase machine (implemented in phase_server_sc.cpp).
 *
 * One call per process: SystemC elaborates once. C interface, so that commands stay C. */
#ifndef HW_SERVER_PHASE_SERVER_H
#define HW_SERVER_PHASE_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/kernel/probe.h"
#include "sim/machine/machine.h"
#include "sim/schedule/schedule.h"
#include "sim/stats/run_result.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --inject chip:link:cycle:delay - whatever enters that chip link of that chip at or after `cycle`
 * (the first such burst) arrives `delay` cycles late. link: neighbour chip number; or unitU: the first task that starts
 * on that unit at or after `cycle` takes `delay` cycles longer. */
struct phase_injection {
    uint32_t chip, neighbour; /* neighbour: the unit of the chip, for a task */
    uint64_t cycle, delay;
    bool task;
};

struct phase_run_options {
    bool stall;            /* on violation: stall (counted) instead of halt */
    bool cross_check;      /* flit-by-flit and cycle-by-cycle walks beside the interval computation; must agree */
    bool never_sleep;      /* every box evaluates in every cycle */
    uint64_t shuffle_seed; /* 0: natural order; else order of subscription and inside boxes is permuted */
    uint64_t seed;         /* run seed: numeric draws */
    const struct phase_injection *injections;
    uint32_t n_injections;
    uint64_t watchdog_cycles;
    const struct probe *probe; /* may be NULL; sees the measured (last) repeat only, time 0 = its launch */
};

/* Fills `result` (makespan, states, links, events, checksums, phases; not hashes or bounds). 0,
 * SIM_ERR_VIOLATION (messages in d: who, where, when), SIM_ERR_STUCK, SIM_ERR_BUILD,
 * SIM_ERR_INTERRUPTED (partial result, interrupted = true). */
int phase_server_run(const struct machine *m, const struct schedule *s, const struct phase_run_options *o,
                     struct run_result *result, struct diag *d);

#ifdef __cplusplus
}
#endif

#endif
