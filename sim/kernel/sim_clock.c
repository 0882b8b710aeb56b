/* SPDX-License-Identifier: Apache-2.0 */
/* sim_clock.c - edges of a drifting clock. */
#include "sim/kernel/sim_clock.h"

#define BILLION 1000000000

/* floor(x * drift / 10^9) without a product that could overflow: x is cut into whole billions and a rest. */
static int64_t drift_of(uint64_t x, int64_t drift)
{
    int64_t whole = (int64_t)(x / BILLION) * drift;
    int64_t rest = (int64_t)(x % BILLION) * drift;
    int64_t floored = rest / BILLION - (rest % BILLION < 0);
    return whole + floored;
}

uint64_t sim_clock_edge(const struct sim_clock *c, uint64_t cycle)
{
    uint64_t nominal = cycle * c->period_fs;
    return c->drift_ppb == 0 ? nominal : nominal + (uint64_t)drift_of(nominal, c->drift_ppb);
}

uint64_t sim_clock_at(const struct sim_clock *c, uint64_t time_fs)
{
    uint64_t k = time_fs / c->period_fs + (time_fs % c->period_fs != 0);
    if (c->drift_ppb == 0)
        return k;
    /* Each step takes away all but drift of the error left; the loops below finish it off. */
    for (int i = 0; i < 3; i++) {
        int64_t error = (int64_t)(sim_clock_edge(c, k) - time_fs);
        k -= (uint64_t)(error / (int64_t)c->period_fs);
    }
    while (sim_clock_edge(c, k) < time_fs)
        k++;
    while (k > 0 && sim_clock_edge(c, k - 1) >= time_fs)
        k--;
    return k;
}
