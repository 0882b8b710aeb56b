/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c - the numbers that partial sums carry. */
#include "sim/kernel/identity.h"

#include "sim/base/hash.h"

#define K_STEP 64u /* elements of the contraction that one fp32 draw stands for */

static float draw(uint64_t seed, uint32_t op, uint32_t step)
{
    return (float)((mix64(mix64(seed, op), step) >> 40) + 1) / 16777216.0f;
}

float identity_contraction(uint64_t seed, uint32_t op, uint32_t k_first, uint32_t k_part)
{
    float sum = 0.0f;
    if (k_part == 0)
        return sum;
    for (uint32_t step = k_first / K_STEP; step <= (k_first + k_part - 1) / K_STEP; step++)
        sum += draw(seed, op, step);
    return sum;
}
