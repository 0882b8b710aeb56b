/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a run: integers as long as possible, one correct rounding at the end. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/fraction.h"
#include "sim/graph/steps.h"

/* A natural number of 256 bits, least significant word first. */
struct wide {
    uint32_t word[8];
};

static struct wide wide_from(uint64_t value)
{
    return (struct wide) {.word = {(uint32_t)value, (uint32_t)(value >> 32)}};
}

static struct wide wide_shift(struct wide a, uint32_t bits)
{
    struct wide out = {0};
    for (uint32_t i = 8; i-- > bits / 32;) {
        uint32_t from = i - bits / 32;
        uint64_t pair = (uint64_t)a.word[from] << 32 | (from > 0 ? a.word[from - 1] : 0);
        out.word[i] = (uint32_t)(pair << bits % 32 >> 32);
    }
    return out;
}

static struct wide wide_multiply(struct wide a, uint64_t b)
{
    struct wide out = {0};
    const uint32_t half[2] = {(uint32_t)b, (uint32_t)(b >> 32)};
    for (uint32_t j = 0; j < 2; j++) {
        uint64_t carry = 0;
        for (uint32_t i = 0; i + j < 8; i++) {
            carry += (uint64_t)a.word[i] * half[j] + out.word[i + j];
            out.word[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        SIM_CHECK(carry == 0, "a product of more than 256 bits");
    }
    return out;
}

static int wide_compare(struct wide a, struct wide b)
{
    for (uint32_t i = 8; i-- > 0;) {
        if (a.word[i] != b.word[i]) {
            return a.word[i] < b.word[i] ? -1 : 1;
        }
    }
    return 0;
}

/* Is the point half way between x and the next double below (nonzero) the root of num/den?  Exact:
 * (2m + 1)^2 x 2^(2e - 2) < num / den for x = m x 2^e with m of 53 bits; e is negative as x < 2^52. */
static bool midpoint_above_is_below_root(double x, uint64_t num, uint64_t den)
{
    int exponent;
    uint64_t m = (uint64_t)ldexp(frexp(x, &exponent), DBL_MANT_DIG);
    exponent -= DBL_MANT_DIG;
    struct wide left = wide_multiply(wide_multiply(wide_from(2 * m + 1), 2 * m + 1), den);
    struct wide right = wide_shift(wide_from(num), (uint32_t)(2 - 2 * exponent));
    return wide_compare(left, right) < 0;
}

/* The double nearest to sqrt(num/den). The root of the rounded quotient is off by one at most; the exact
 * comparison with the half-way points decides. The root never is a half-way point itself: that would need an
 * odd number of 54 bits whose square divides num. */
static double exact_root(uint64_t num, uint64_t den)
{
    if (num == 0) {
        return 0.0;
    }
    double x = sqrt((double)num / (double)den);
    while (midpoint_above_is_below_root(x, num, den)) {
        x = nextafter(x, INFINITY);
    }
    for (double below = nextafter(x, 0.0); !midpoint_above_is_below_root(below, num, den); below = nextafter(x, 0.0)) {
        x = below;
    }
    return x;
}

static double energy_of(const struct step_run *run, const struct step_energy *energy)
{
    double total = 0.0;
    for (uint32_t s = 0; s < run->steps; s++) {
        int64_t active = step_run_size(run, s);
        double t = (double)active * energy->compute;
        double u = (double)((int64_t)energy->max_units - active) * energy->idle;
        total += t + u;
    }
    return total;
}

struct step_stats step_stats_of(const struct step_run *run, const struct step_energy *energy)
{
    SIM_CHECK(run->steps > 0, "statistics of a run without steps");
    struct step_stats out = {.total_steps = run->steps};
    uint64_t squares = 0;
    for (uint32_t s = 0; s < run->steps; s++) {
        uint64_t size = step_run_size(run, s);
        out.sum += size;
        squares += size * size;
        if (size > out.max) {
            out.max = (uint32_t)size;
        }
    }
    /* Sizes sum to at most STEP_DAG_MAX_NODES < 2^18, so all of this is below 2^54. */
    uint64_t steps = run->steps;
    uint64_t num = steps * squares - out.sum * out.sum;
    uint64_t den = steps * steps;
    uint64_t divisor = fraction_gcd(num, den);
    out.variance_num = num / divisor;
    out.variance_den = den / divisor;
    out.mean_is_integer = out.sum % steps == 0;
    out.mean = (double)out.sum / (double)steps;
    out.std = exact_root(out.variance_num, out.variance_den);
    out.energy = energy_of(run, energy);
    return out;
}
