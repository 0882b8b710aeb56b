/* SPDX-License-Identifier: Apache-2.0 */
/* time_list.h - cycles in ascending order, of which some come later: the entries of a unit.
 *
 *     block 0 [ t t t t ]   block 1 [ t t t ]   block 2 [ t t t t t ]      first: 0, 4, 7, 12
 *
 * Equal cycles may stand several times. A block that is full is cut in two, so that adding one moves a few hundred
 * others at most, however many there are. */
#ifndef SIM_COMPILE_TIME_LIST_H
#define SIM_COMPILE_TIME_LIST_H

#include <stdint.h>

#include "sim/base/mem.h"

struct time_block {
    uint64_t *times;
    uint32_t n;
};

struct time_list {
    VEC(struct time_block, blocks); /* none is empty */
    VEC(uint32_t, first);           /* per block: cycles in those before it */
    size_t n;
};

/* Makes the list of `n` ascending cycles. All bytes of the list are 0 before. */
void times_set(struct time_list *l, const uint64_t *times, size_t n);
void times_free(struct time_list *l);
void times_add(struct time_list *l, uint64_t cycle);
/* How many stand before this cycle. */
size_t times_before(const struct time_list *l, uint64_t cycle);
/* The one that has `i` before it; i < n. */
uint64_t times_at(const struct time_list *l, size_t i);

#endif
