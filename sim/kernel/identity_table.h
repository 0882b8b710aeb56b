/* SPDX-License-Identifier: Apache-2.0 */
/* identity_table.h - identities of data by number.
 *
 *     {chunk, tensor, version, c, ...}  --identity_number-->  17  --messages, caches, memory, ...-->  17
 *                                                                  --identity_at-->  {chunk, tensor, version, c, ...}
 *
 * A chunk's lines all have the same identity, of 32 bytes, and each line lies in several caches and messages at once.
 * So what the dynamic machine moves and keeps is a number of 4 bytes: equal numbers, equal identities, and the other
 * way round (hash consing). 0 is the identity of nothing, all zero. Numbers are given in the order in which identities
 * are first asked for and mean nothing else: they are compared for being equal and looked up, never ordered, never
 * shown. A message that leaves the process must take the identity itself. */
#ifndef SIM_KERNEL_IDENTITY_TABLE_H
#define SIM_KERNEL_IDENTITY_TABLE_H

#include <stdint.h>

#include "sim/kernel/burst.h"

/* All zero: a table with nothing in it. */
struct identity_table {
    struct identity *items; /* [number - 1] */
    uint32_t *slots;        /* numbers by hash, open addressing; 0: free */
    uint32_t n, mask;       /* mask: slots - 1, at least twice as many as items; 0: none yet */
    uint32_t last;          /* number given last */
};

extern const struct identity identity_nothing;

void identity_table_free(struct identity_table *t);

/* The number of this identity, from now on until the table is freed. */
uint32_t identity_number(struct identity_table *t, const struct identity *id);

/* Valid until the next identity_number. */
static inline const struct identity *identity_at(const struct identity_table *t, uint32_t number)
{
    return number == 0 ? &identity_nothing : &t->items[number - 1];
}

#endif
