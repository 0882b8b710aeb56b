/* SPDX-License-Identifier: Apache-2.0 */
/* identity.h - arithmetic of identities that every machine shares (docs/formats/checksums.md). */
#ifndef SIM_KERNEL_IDENTITY_H
#define SIM_KERNEL_IDENTITY_H

#include <stdint.h>
#include <string.h>

/* Value of a chunk that holds k_part of k_whole elements of a contraction; without one it is whole. */
static inline uint64_t identity_value(uint64_t c, uint32_t k_part, uint32_t k_whole)
{
    return k_whole == 0 ? c : c * k_part;
}

/* The fp32 number of a partial: draws of its steps of K, added in K order. */
float identity_contraction(uint64_t seed, uint32_t op, uint32_t k_first, uint32_t k_part);

static inline float identity_float(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static inline uint32_t identity_bits(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

#endif
