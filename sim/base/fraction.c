/* SPDX-License-Identifier: Apache-2.0 */
/* fraction.c - exact rates. */
#include "sim/base/fraction.h"

#include "sim/base/error.h"

#define FS_PER_SECOND 1000000000000000u

uint64_t fraction_gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

struct fraction fraction_rate(uint64_t bytes_per_second, uint64_t period_fs)
{
    /* Both factors are reduced before they are multiplied, so the product is in lowest terms. */
    uint64_t den = FS_PER_SECOND;
    uint64_t g = fraction_gcd(bytes_per_second, den);
    uint64_t a = bytes_per_second / g;
    den /= g;
    g = fraction_gcd(period_fs, den);
    uint64_t b = period_fs / g;
    den /= g;
    SIM_CHECK(b == 0 || a <= UINT64_MAX / b, "rate of %llu B/s at a period of %llu fs does not fit",
              (unsigned long long)bytes_per_second, (unsigned long long)period_fs);
    if (a == 0 || b == 0) {
        return (struct fraction) {.num = 0, .den = 1};
    }
    return (struct fraction) {.num = a * b, .den = den};
}
