/* SPDX-License-Identifier: Apache-2.0 */
/* fraction.h - exact rates: bytes per cycle as num/den, time in ticks of 1/num cycle.
 *
 * A transfer of B bytes at num/den bytes per cycle takes B x den ticks of which num make a cycle. */
#ifndef SIM_BASE_FRACTION_H
#define SIM_BASE_FRACTION_H

#include <stdint.h>

struct fraction {
    uint64_t num; /* bytes, lowest terms */
    uint64_t den; /* cycles */
};

/* bytes per second x period_fs / 10^15, in lowest terms. */
struct fraction fraction_rate(uint64_t bytes_per_second, uint64_t period_fs);
uint64_t fraction_gcd(uint64_t a, uint64_t b);

static inline uint64_t ceil_div(uint64_t a, uint64_t b)
{
    return a / b + (a % b != 0);
}

/* Ticks that `bytes` occupy a line of this rate. */
static inline uint64_t fraction_ticks(struct fraction rate, uint64_t bytes)
{
    return bytes * rate.den;
}

#endif
