/* SPDX-License-Identifier: Apache-2.0 */
/* sorting.h - qsort that may be given nothing. Comparisons here are total orders, so results do not depend
 * on the sorting method of the C library. */
#ifndef SIM_COMPILE_SORTING_H
#define SIM_COMPILE_SORTING_H

#include <stdlib.h>

static inline void sort_items(void *items, size_t n, size_t size, int (*compare)(const void *, const void *))
{
    if (n > 1) {
        qsort(items, n, size, compare);
    }
}

#endif
