/* SPDX-License-Identifier: Apache-2.0 */
/* vc_bits.h - sets of ports and VCs as bit masks, with the cyclic search that round-robin arbiters are made of.
 *
 *     narrow:  [ 63 bits ]                         the set itself
 *     wide:    [ summary ][ 64 ][ 64 ] ... [ 64 ]  summary: which of the words behind it are not zero
 *
 * b[0] != 0 says in both that the set is not empty. `narrow` is a constant wherever speed counts. An arbiter's
 * pointer is winner + 1 and may be n, one past the last: the search then begins at 0, so a set of n has room for n + 1.
 */
#ifndef HW_NOC_VC_BITS_H
#define HW_NOC_VC_BITS_H

#include <stdbool.h>
#include <stdint.h>

#define BITS_NONE UINT32_MAX

static inline uint32_t bits_words(uint32_t n, bool narrow)
{
    return narrow ? 1 : 1 + n / 64 + 1;
}

static inline uint32_t bits_low(uint64_t word)
{
    return (uint32_t)__builtin_ctzll(word);
}

static inline uint32_t mask_count(uint64_t word)
{
    word -= word >> 1 & 0x5555555555555555ull;
    word = (word & 0x3333333333333333ull) + (word >> 2 & 0x3333333333333333ull);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0full;
    return (uint32_t)(word * 0x0101010101010101ull >> 56);
}

/* The first member of a set behind `last`, cyclic; the set is not empty. */
static inline uint32_t mask_behind(uint64_t set, uint32_t last)
{
    uint64_t later = set & ~1ull << last;
    return bits_low(later ? later : set);
}

static inline void bits_set(uint64_t *b, uint32_t i, bool narrow)
{
    if (!narrow) {
        b[0] |= 1ull << (i >> 6);
        b += 1 + (i >> 6);
    }
    *b |= 1ull << (i & 63);
}

static inline void bits_clear(uint64_t *b, uint32_t i, bool narrow)
{
    uint64_t *word = narrow ? b : b + 1 + (i >> 6);
    *word &= ~(1ull << (i & 63));
    if (!narrow && *word == 0)
        b[0] &= ~(1ull << (i >> 6));
}

static inline bool bits_test(const uint64_t *b, uint32_t i, bool narrow)
{
    return (narrow ? b[0] : b[1 + (i >> 6)]) >> (i & 63) & 1;
}

/* First bit at or after `from`, or BITS_NONE. */
static inline uint32_t bits_at_or_after(const uint64_t *b, uint32_t from, bool narrow)
{
    if (narrow) {
        uint64_t high = b[0] >> from << from;
        return high ? bits_low(high) : BITS_NONE;
    }
    uint32_t at = from >> 6;
    uint64_t high = b[0] >> at & 1 ? b[1 + at] >> (from & 63) << (from & 63) : 0;
    if (high)
        return at * 64 + bits_low(high);
    uint64_t later = b[0] >> at >> 1 << 1 << at;
    if (!later)
        return BITS_NONE;
    at = bits_low(later);
    return at * 64 + bits_low(b[1 + at]);
}

static inline uint32_t bits_first(const uint64_t *b, bool narrow)
{
    uint32_t at = bits_low(b[0]);
    return narrow ? at : at * 64 + bits_low(b[1 + at]);
}

/* First bit at or after `from`, cyclic; the set is not empty. */
static inline uint32_t bits_cyclic(const uint64_t *b, uint32_t from, bool narrow)
{
    uint32_t i = bits_at_or_after(b, from, narrow);
    return i != BITS_NONE ? i : bits_first(b, narrow);
}

static inline bool word_single(uint64_t word)
{
    return (word & (word - 1)) == 0;
}

/* Exactly one bit; the set is not empty. */
static inline bool bits_single(const uint64_t *b, bool narrow)
{
    return word_single(b[0]) && (narrow || word_single(b[1 + bits_low(b[0])]));
}

static inline uint32_t bits_count(const uint64_t *b, bool narrow)
{
    uint32_t count = 0;
    if (narrow)
        return mask_count(b[0]);
    for (uint64_t rest = b[0]; rest; rest &= rest - 1)
        count += mask_count(b[1 + bits_low(rest)]);
    return count;
}

static inline void bits_empty(uint64_t *b, bool narrow)
{
    if (!narrow)
        for (uint64_t rest = b[0]; rest; rest &= rest - 1)
            b[1 + bits_low(rest)] = 0;
    b[0] = 0;
}

/* Loop over a set that the body does not extend; no `break` in it. */
#define BITS_EACH(i, b, narrow)                                                                                        \
    for (uint64_t words_ = (narrow) ? 1 : (b)[0]; words_; words_ &= words_ - 1)                                        \
        for (uint64_t rest_ = (narrow) ? (b)[0] : (b)[1 + bits_low(words_)]; rest_; rest_ &= rest_ - 1)                \
            for (uint32_t i = ((narrow) ? 0 : bits_low(words_) * 64) + bits_low(rest_), once_ = 1; once_; once_ = 0)

/* How far behind `from`, 0 .. n, the number i comes on a circle of n. */
static inline uint32_t cyclic_distance(uint32_t i, uint32_t from, uint32_t n)
{
    return i >= from ? i - from : i + n - from;
}

/* A number of a circle of at most 2^16, and above it how late it comes when `last` was served last: those up to `last`
 * wrap round and come after all others, in their order too. The least of several is the first one behind `last`. */
static inline uint32_t lateness(uint32_t number, uint32_t last)
{
    return (number - last - 1) << 16 | number;
}

/* Of a chain of `count` numbers, `next` by number, the first one behind `last`. */
static inline uint32_t chain_behind(uint32_t first, uint32_t count, const uint16_t *next, uint32_t last)
{
    uint32_t number = first, best = lateness(number, last);
    for (uint32_t i = count; i > 1; i--) {
        number = next[number];
        uint32_t late = lateness(number, last);
        best = late < best ? late : best;
    }
    return best & UINT16_MAX;
}

#endif
