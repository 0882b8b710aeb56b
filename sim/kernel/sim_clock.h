/* SPDX-License-Identifier: Apache-2.0 */
/* sim_clock.h - a clock as exact integers: which femtosecond is edge k, which edge is at or after a time.
 *
 *     edge(k) = k x period_fs + floor(k x period_fs x drift_ppb / 10^9)
 *
 * A positive drift is a slow clock. No rounding adds up: each edge is computed from 0. */
#ifndef SIM_KERNEL_SIM_CLOCK_H
#define SIM_KERNEL_SIM_CLOCK_H

#include <stdint.h>

struct sim_clock {
    uint64_t period_fs;
    int64_t drift_ppb; /* -10^9 < drift < 10^9 */
};

uint64_t sim_clock_edge(const struct sim_clock *c, uint64_t cycle);

/* The first edge at or after a time. */
uint64_t sim_clock_at(const struct sim_clock *c, uint64_t time_fs);

#endif
