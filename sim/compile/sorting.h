/* SPDX-License-Identifier: Apache-2.0 */
/* sorting.h - qsort that may be given nothing. Comparisons here are total orders, so results do not depend
 * on the sorting method of the C library. */
#ifndef SIM_COMPILE_SORTING_H
#define SIM_COMPILE_SORTING_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline void sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, compare);
    }
}

#define SORTING_DIGIT 11u /* bits that a pass goes by */
#define SORTING_FEW   64u

/* Ascending: digit by digit, those that are all alike left out. Returns where they lie in the end: times or spare,
 * which has room for as many. */
static inline uint64_t *sort_times(uint64_t *times, uint64_t *spare, size_t n)
{
    uint64_t bits = 0, mask = (1u << SORTING_DIGIT) - 1;
    size_t at[1u << SORTING_DIGIT];
    for (size_t i = 1; i < n && n <= SORTING_FEW; i++) {
        uint64_t x = times[i];
        size_t k = i;
        for (; k > 0 && x < times[k - 1]; k--) {
            times[k] = times[k - 1];
        }
        times[k] = x;
    }
    for (size_t i = 1; i < n && n > SORTING_FEW; i++) {
        bits |= times[i] ^ times[0];
    }
    for (uint32_t shift = 0; shift < 64 && bits >> shift > 0; shift += SORTING_DIGIT) {
        memset(at, 0, sizeof at);
        for (size_t i = 0; i < n; i++) {
            at[times[i] >> shift & mask]++;
        }
        for (size_t i = 0, sum = 0; i <= mask; i++) {
            size_t before = sum;
            sum += at[i];
            at[i] = before;
        }
        for (size_t i = 0; i < n; i++) {
            spare[at[times[i] >> shift & mask]++] = times[i];
        }
        uint64_t *sorted = spare;
        spare = times;
        times = sorted;
    }
    return times;
}

/* Of uint64_t, ascending. */
static inline int times_in_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

#endif
