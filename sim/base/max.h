/* SPDX-License-Identifier: Apache-2.0 */
/* max.h - the larger of two. */
#ifndef SIM_BASE_MAX_H
#define SIM_BASE_MAX_H

#include <stdint.h>

static inline uint32_t max32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static inline uint64_t max64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
