/* SPDX-License-Identifier: Apache-2.0 */
/* set_index.h - which set of a cache a line belongs to.
 *
 *     line:  | ... | digit | digit | place |        set = (place + exclusive or of the digits) mod sets
 *              \______ tag ______/
 *
 * place = line mod sets, tag = line / sets, a digit has as many bits as sets - 1. With the low bits alone, lines a
 * power of two apart (the partials of a tile, the rows of a matrix) would share a few sets. GPUs fold upper bits of the
 * address into the set index: Nugteren et al., A Detailed GPU Cache Model Based on Reuse Distance Theory, HPCA 2014
 * (L1 of Fermi, an exclusive or with the low bits); which bits today's chips take is not published. A sum instead of
 * their exclusive or, because the number of sets need not be a power of two.
 *
 * One to one: set and tag give the line back, and the lines of a tag lie in different sets. Pure; `sets` is at least 1.
 */
#ifndef HW_CACHE_SET_INDEX_H
#define HW_CACHE_SET_INDEX_H

#include <stdint.h>

/* Bits of a digit: of sets - 1, at least 1. */
static inline uint32_t set_digit_bits(uint32_t sets)
{
    uint32_t bits = 1;
    while (bits < 31 && sets > 1u << bits)
        bits++;
    return bits;
}

/* `bits`: set_digit_bits(sets). Both ways give the same; a division takes longer than all of the first. */
static inline uint32_t set_index(uint32_t line, uint32_t sets, uint32_t bits)
{
    uint32_t folded = 0, mask = (1u << bits) - 1;
    if (sets == 1u << bits) {
        for (uint32_t tag = line >> bits; tag > 0; tag >>= bits)
            folded ^= tag;
        return (line + folded) & mask;
    }
    for (uint32_t tag = line / sets; tag > 0; tag >>= bits)
        folded ^= tag;
    return (line % sets + (folded & mask)) % sets;
}

/* For dividing by `sets` with a multiplication; together with set_index_by. */
static inline uint64_t set_inverse(uint32_t sets)
{
    return (UINT64_C(1) << 32) / sets;
}

/* The same as set_index, without a division: the product's upper half is the quotient or one less, and the sum of place
 * and digits is below three times `sets`. */
static inline uint32_t set_index_by(uint32_t line, uint32_t sets, uint32_t bits, uint64_t inverse)
{
    uint32_t folded = 0, tag = (uint32_t)(line * inverse >> 32), place = line - tag * sets;
    if (place >= sets) {
        place -= sets;
        tag++;
    }
    for (; tag > 0; tag >>= bits)
        folded ^= tag;
    uint32_t sum = place + (folded & ((1u << bits) - 1));
    sum -= sum >= sets ? sets : 0;
    return sum - (sum >= sets ? sets : 0);
}

#endif
