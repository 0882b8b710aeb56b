/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/cpython_random.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "sim/base/error.h"

#define STATE  CPYTHON_RANDOM_STATE
#define HALF   (STATE / 2)
#define SHIFT  397u
#define RUN    52u /* numbers that are looked at together: HALF / RUN is whole */
#define TWO_53 9007199254740992.0

static void init_genrand(uint32_t *s, uint32_t seed)
{
    s[0] = seed;
    for (uint32_t i = 1; i < STATE; i++) {
        s[i] = 1812433253u * (s[i - 1] ^ (s[i - 1] >> 30)) + i;
    }
}

static void init_by_array(struct cpython_random *r, const uint32_t *key, size_t words)
{
    uint32_t s[STATE], i = 1;
    init_genrand(s, 19650218u);
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
    for (i = 0; i < HALF; i++) {
        r->states[0].even[i] = s[2 * i];
        r->states[0].odd[i] = s[2 * i + 1];
    }
    r->now = 0;
    r->used = STATE;
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

/* to[from..end): what the words x, each with the next word y and the one SHIFT behind it, become. */
static void twist(uint32_t *restrict to, const uint32_t *restrict x, const uint32_t *restrict y,
                  const uint32_t *restrict behind, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t w = (x[i] & 0x80000000u) | (y[i] & 0x7fffffffu);
        to[i] = behind[i] ^ (w >> 1) ^ ((0u - (w & 1u)) & 0x9908b0dfu);
    }
}

/* Word k needs the words k + 1 and k + SHIFT, which is odd: of the old state, behind its end of the new one. Loops
 * without a branch in which nothing depends on the turn before, so that compilers take several words at a time. */
static void refill(struct cpython_random *r)
{
    const uint32_t old_even = HALF - SHIFT / 2, old_odd = old_even - 1; /* so many words need old ones only */
    const uint32_t more = old_even + old_odd;                           /* ... and so many none beyond those */
    const uint32_t *x = r->states[r->now].even, *y = r->states[r->now].odd;
    r->now = 1 - r->now;
    uint32_t *even = r->states[r->now].even, *odd = r->states[r->now].odd;
    twist(even, x, y, y + SHIFT / 2, old_even);
    twist(odd, y, x + 1, x + SHIFT / 2 + 1, old_odd);
    twist(even + old_even, x + old_even, y + old_even, odd, old_odd);
    twist(odd + old_odd, y + old_odd, x + old_odd + 1, even, old_even);
    twist(even + more, x + more, y + more, odd + old_odd, HALF - more);
    twist(odd + more, y + more, x + more + 1, even + old_even, HALF - 1 - more);
    twist(odd + HALF - 1, y + HALF - 1, even, even + HALF - 1 - old_odd, 1);
    r->used = 0;
}

/* What is handed out for a word of the state, but for the last step: its high 14 bits are those. */
static uint32_t nearly_tempered(uint32_t y)
{
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    return y ^ ((y << 15) & 0xefc60000u);
}

static uint32_t tempered(uint32_t y)
{
    y = nearly_tempered(y);
    return y ^ (y >> 18);
}

uint32_t cpython_random_u32(struct cpython_random *r)
{
    if (r->used == STATE) {
        refill(r);
    }
    uint32_t i = r->used++;
    return tempered((i % 2 == 0 ? r->states[r->now].even : r->states[r->now].odd)[i / 2]);
}

/* random() as a number of 2^-53. */
static uint64_t draw(struct cpython_random *r)
{
    uint64_t a = cpython_random_u32(r) >> 5;
    return a << 26 | cpython_random_u32(r) >> 6;
}

/* May one of the next RUN numbers of random() be below the bound, of which `high` is the first word? */
static bool may_hit(const uint32_t *words, uint32_t high)
{
    uint32_t hits = 0;
    for (uint32_t i = 0; i < RUN; i++) {
        hits += nearly_tempered(words[i]) <= high;
    }
    return hits > 0;
}

uint64_t cpython_random_misses(struct cpython_random *r, double bound, uint64_t most)
{
    uint64_t limit = (uint64_t)ceil(bound * TWO_53), n = 0; /* exact: only the exponent changes, then up to a whole */
    uint32_t high = limit > 0 ? (uint32_t)((limit - 1) >> 21) | 0x3ffffu : 0;
    while (n < most) {
        if (r->used == STATE) {
            refill(r);
        }
        if (most - n >= RUN && r->used % (2 * RUN) == 0 &&
            (limit == 0 || !may_hit(&r->states[r->now].even[r->used / 2], high))) {
            r->used += 2 * RUN;
            n += RUN;
        } else if (draw(r) < limit) {
            return n;
        } else {
            n++;
        }
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
