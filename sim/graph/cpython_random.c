/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/cpython_random.h"

#include <math.h>
#include <string.h>

#include "sim/base/error.h"

#define STATE  CPYTHON_RANDOM_STATE
#define SHIFT  397u
#define TWO_53 9007199254740992.0

static void init_genrand(struct cpython_random *r, uint32_t seed)
{
    r->state[0] = seed;
    for (uint32_t i = 1; i < STATE; i++) {
        uint32_t before = r->state[i - 1];
        r->state[i] = 1812433253u * (before ^ (before >> 30)) + i;
    }
    r->used = STATE;
}

static void init_by_array(struct cpython_random *r, const uint32_t *key, size_t words)
{
    init_genrand(r, 19650218u);
    uint32_t *s = r->state;
    uint32_t i = 1;
    size_t j = 0;
    for (size_t k = words > STATE ? words : STATE; k > 0; k--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1664525u)) + key[j] + (uint32_t)j;
        if (++i == STATE) {
            s[0] = s[STATE - 1];
            i = 1;
        }
        if (++j == words) {
            j = 0;
        }
    }
    for (uint32_t k = STATE - 1; k > 0; k--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1566083941u)) - i;
        if (++i == STATE) {
            s[0] = s[STATE - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
}

/* words = words * 10 + digit, least significant word first; *n grows by the carry. */
static void append_digit(uint32_t *words, size_t *n, uint32_t digit)
{
    uint64_t carry = digit;
    for (size_t i = 0; i < *n; i++) {
        carry += (uint64_t)words[i] * 10u;
        words[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0) {
        words[(*n)++] = (uint32_t)carry;
    }
}

int cpython_random_seed(struct cpython_random *r, const char *decimal)
{
    const char *digits = decimal + (decimal[0] == '-' || decimal[0] == '+');
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0' || count > CPYTHON_RANDOM_MAX_DIGITS) {
        return SIM_ERR_INPUT;
    }
    /* A word holds 9 digits and more; zero has no word, and CPython then takes one word 0. */
    uint32_t words[CPYTHON_RANDOM_MAX_DIGITS / 9 + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        append_digit(words, &n, (uint32_t)(digits[i] - '0'));
    }
    init_by_array(r, words, n > 0 ? n : 1);
    return SIM_OK;
}

static uint32_t twist(uint32_t first, uint32_t second, uint32_t far)
{
    uint32_t y = (first & 0x80000000u) | (second & 0x7fffffffu);
    return far ^ (y >> 1) ^ ((0u - (y & 1u)) & 0x9908b0dfu);
}

/* Loops without a division or a branch, so that compilers take several words at a time. */
static void refill(struct cpython_random *r)
{
    uint32_t *s = r->state;
    for (uint32_t i = 0; i < STATE - SHIFT; i++) {
        s[i] = twist(s[i], s[i + 1], s[i + SHIFT]);
    }
    for (uint32_t i = STATE - SHIFT; i < STATE - 1; i++) {
        s[i] = twist(s[i], s[i + 1], s[i - (STATE - SHIFT)]);
    }
    s[STATE - 1] = twist(s[STATE - 1], s[0], s[SHIFT - 1]);
    for (uint32_t i = 0; i < STATE; i++) {
        uint32_t y = s[i] ^ s[i] >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        r->out[i] = y ^ (y >> 18);
    }
    r->used = 0;
}

uint32_t cpython_random_u32(struct cpython_random *r)
{
    if (r->used == STATE) {
        refill(r);
    }
    return r->out[r->used++];
}

/* random() as a number of 2^-53. */
static uint64_t draw(struct cpython_random *r)
{
    uint64_t a = cpython_random_u32(r) >> 5;
    return a << 26 | cpython_random_u32(r) >> 6;
}

uint64_t cpython_random_misses(struct cpython_random *r, double bound, uint64_t most)
{
    uint64_t limit = (uint64_t)ceil(bound * TWO_53), n = 0; /* exact: only the exponent changes, then up to a whole */
    while (n < most) {
        uint32_t i = r->used;
        for (; i + 1 < STATE && n < most; i += 2, n++) { /* what the generator has at hand */
            if (((uint64_t)(r->out[i] >> 5) << 26 | r->out[i + 1] >> 6) < limit) {
                r->used = i + 2;
                return n;
            }
        }
        r->used = i;
        if (n < most && draw(r) < limit) {
            return n;
        }
        n += n < most;
    }
    return n;
}

double cpython_random_real(struct cpython_random *r)
{
    return (double)draw(r) * (1.0 / TWO_53);
}

uint32_t cpython_random_below(struct cpython_random *r, uint32_t bound)
{
    SIM_CHECK(bound > 0, "a random number below 0");
    /* bit length of bound, not of bound - 1: for a power of two half of the draws are refused. */
    uint32_t bits = 0;
    for (uint32_t rest = bound; rest != 0; rest >>= 1) {
        bits++;
    }
    uint32_t value;
    do {
        value = cpython_random_u32(r) >> (32 - bits);
    } while (value >= bound);
    return value;
}

void cpython_random_shuffle(struct cpython_random *r, uint32_t *x, size_t n)
{
    SIM_CHECK(n <= UINT32_MAX, "%zu numbers to shuffle", n);
    for (size_t i = n; i > 1; i--) {
        uint32_t j = cpython_random_below(r, (uint32_t)i);
        uint32_t kept = x[i - 1];
        x[i - 1] = x[j];
        x[j] = kept;
    }
}
