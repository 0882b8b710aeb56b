/* SPDX-License-Identifier: Apache-2.0 */
/* serial_line.h - a line of an exact rate: a chip link's wire, a DRAM channel's data bus.
 *
 *     cycle      |  17  |  18  |  19  |  20  |
 *     line        ..AAAAAAAAABBBBBBBBB.......       rate = num/den bytes per cycle, time in ticks of 1/num cycle
 *
 * What follows without a gap follows to the tick; cycles appear only where somebody looks. Times are whole
 * cycles and ticks (less than rate.num), so that no product overflows. */
#ifndef SIM_KERNEL_SERIAL_LINE_H
#define SIM_KERNEL_SERIAL_LINE_H

#include <stdint.h>

#include "sim/base/fraction.h"

struct line_time {
    uint64_t cycle;
    uint64_t ticks;
};

struct serial_line {
    struct fraction rate;
    struct line_time free;
};

/* Occupies the line with `bytes` from max(earliest, line free) on; says when that was. */
struct line_time serial_line_occupy(struct serial_line *l, uint64_t earliest, uint64_t bytes);

/* First whole cycle at or after t. */
static inline uint64_t line_time_ceil(struct line_time t)
{
    return t.cycle + (t.ticks > 0);
}

/* floor of `bytes` over the rate: whole cycles that they take. */
static inline uint64_t serial_line_cycles(const struct serial_line *l, uint64_t bytes)
{
    return fraction_ticks(l->rate, bytes) / l->rate.num;
}

#endif
