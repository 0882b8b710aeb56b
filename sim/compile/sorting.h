/* SPDX-License-Identifier: Apache-2.0 */
/* sorting.h - qsort that may be given nothing. Comparisons here are total orders, so results do not depend
 * on the sorting method of the C library. */
#ifndef SIM_COMPILE_SORTING_H
#define SIM_COMPILE_SORTING_H

#include <stdint.h>
#include <stdlib.h>

static inline void sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, compare);
    }
}

/* Of uint64_t, ascending. */
static inline int times_in_order(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

#endif
