/* SPDX-License-Identifier: Apache-2.0 */
/* exact_time.h - time in ticks of 1/num cycle, kept as whole cycles and a rest below num.
 *
 * Rates of links and data buses are fractions of bytes per cycle; a transfer of B bytes takes
 * B x den ticks, num of which make a cycle (sim/base/fraction.h). Kept in two words, because the
 * ticks of a long run do not fit into one. Private to sim/schedule. */
#ifndef SIM_SCHEDULE_EXACT_TIME_H
#define SIM_SCHEDULE_EXACT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/fraction.h"

struct exact_time {
    uint64_t cycle, rest;
};

/* The product needs up to 128 bits; __extension__ tells the compiler that we know it is not ISO C. */
static inline struct exact_time exact_duration(struct fraction rate, uint64_t bytes)
{
    __extension__ unsigned __int128 ticks = (unsigned __int128)bytes * rate.den;
    return (struct exact_time) {.cycle = (uint64_t)(ticks / rate.num), .rest = (uint64_t)(ticks % rate.num)};
}

static inline struct exact_time exact_add(struct exact_time a, struct exact_time b, uint64_t num)
{
    struct exact_time sum = {.cycle = a.cycle + b.cycle, .rest = a.rest + b.rest};
    if (sum.rest >= num) {
        sum.rest -= num;
        sum.cycle++;
    }
    return sum;
}

static inline bool exact_before(struct exact_time a, struct exact_time b)
{
    return a.cycle != b.cycle ? a.cycle < b.cycle : a.rest < b.rest;
}

static inline uint64_t exact_ceil(struct exact_time a)
{
    return a.cycle + (a.rest != 0);
}

#endif
