/* SPDX-License-Identifier: Apache-2.0 */
/* link_code.c - the codes, and the probability that a frame cannot be corrected.
 *
 * Probabilities are fractions of 2^128; a product is rounded down, so each of the at most 10^4 steps below loses less
 * than 2^-128 and the upper 64 bits are right but for the last. */
#include "sim/base/link_code.h"

#include "sim/base/error.h"

#define CORRECT_MAX 15u

__extension__ typedef unsigned __int128 share; /* of 2^128 */

/* clang-format off */
const struct link_code link_codes[LINK_CODES] = {
    {.data_bytes = 16,  .rate = {1, 1},     .symbol_bits = 1,  .words = 1, .symbols = {128}},
    {.data_bytes = 640, .rate = {32, 33},   .symbol_bits = 10, .words = 1, .symbols = {528}, .correct = 7,  .latency_fs = 100000000},
    {.data_bytes = 640, .rate = {16, 17},   .symbol_bits = 10, .words = 1, .symbols = {544}, .correct = 15, .latency_fs = 100000000},
    {.data_bytes = 242, .rate = {121, 128}, .symbol_bits = 8,  .words = 3, .symbols = {86, 85, 85}, .correct = 1, .latency_fs = 2000000},
};
/* clang-format on */

struct fraction link_code_rate(const struct link_code *c, struct fraction raw)
{
    uint64_t a = fraction_gcd(raw.num, c->rate.den), b = fraction_gcd(c->rate.num, raw.den);
    uint64_t more = c->rate.num / b, less = c->rate.den / a;
    SIM_CHECK(raw.num / a <= UINT64_MAX / more && raw.den / b <= UINT64_MAX / less, "a rate with too many digits");
    return (struct fraction) {.num = raw.num / a * more, .den = raw.den / b * less};
}

static share product(share a, share b)
{
    uint64_t a1 = (uint64_t)(a >> 64), a0 = (uint64_t)a, b1 = (uint64_t)(b >> 64), b0 = (uint64_t)b;
    share low = (share)a0 * b0, x = (share)a1 * b0, y = (share)a0 * b1;
    share carry = (low >> 64) + (uint64_t)x + (uint64_t)y;
    return (share)a1 * b1 + (x >> 64) + (y >> 64) + (carry >> 64);
}

/* Probability that more than `most` of n are wrong: how many of the first k are, k = 0..n. */
static share more_than(share wrong, uint32_t n, uint32_t most)
{
    share is[CORRECT_MAX + 1] = {~(share)0}, lost = 0;
    SIM_CHECK(most <= CORRECT_MAX, "a code that corrects %u symbols", most);
    for (uint32_t k = 0; k < n; k++) {
        lost += product(is[most], wrong);
        for (uint32_t i = most; i > 0; i--)
            is[i] = is[i] - product(is[i], wrong) + product(is[i - 1], wrong);
        is[0] -= product(is[0], wrong);
    }
    return lost;
}

uint64_t link_code_loss(const struct link_code *c, uint64_t bit_errors)
{
    SIM_CHECK(bit_errors < BIT_ERRORS_IN_ALL, "every bit is wrong");
    share upper = ((share)bit_errors << 64) / BIT_ERRORS_IN_ALL;
    share rest = ((share)bit_errors << 64) % BIT_ERRORS_IN_ALL;
    share bit = (upper << 64) | (rest << 64) / BIT_ERRORS_IN_ALL;
    share symbol = c->symbol_bits == 1 ? bit : more_than(bit, c->symbol_bits, 0), lost = 0;
    for (uint32_t w = 0; w < c->words; w++) {
        share word = more_than(symbol, c->symbols[w], c->correct);
        lost += word - product(lost, word);
    }
    return (uint64_t)(lost >> 64);
}
