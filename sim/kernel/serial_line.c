/* SPDX-License-Identifier: Apache-2.0 */
/* serial_line.c - exact occupation of a line. */
#include "sim/kernel/serial_line.h"

#include "sim/base/error.h"

struct line_time serial_line_occupy(struct serial_line *l, uint64_t earliest, uint64_t bytes)
{
    SIM_CHECK(bytes < UINT64_MAX / 2 / l->rate.den, "%llu bytes at once are too long for exact time",
              (unsigned long long)bytes);
    struct line_time start = l->free;
    if (start.cycle < earliest)
        start = (struct line_time) {earliest, 0};
    uint64_t ticks = fraction_ticks(l->rate, bytes);
    uint64_t sum = start.ticks + ticks % l->rate.num;
    l->free.cycle = start.cycle + ticks / l->rate.num + sum / l->rate.num;
    l->free.ticks = sum % l->rate.num;
    return start;
}
