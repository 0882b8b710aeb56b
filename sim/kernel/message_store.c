/* SPDX-License-Identifier: Apache-2.0 */
/* message_store.c - memory for the messages of a chip. */
#include "sim/kernel/message_store.h"

#include <stdlib.h>

#include "sim/base/mem.h"

_Static_assert(sizeof(struct message_cell) == 2 * MEM_LINE, "a message has lines of its own");

void message_store_init(struct message_store *s, uint32_t places)
{
    s->memory = mem_alloc_array((size_t)places + 1, sizeof *s->cells);
    s->cells = (struct message_cell *)((char *)s->memory + sizeof *s->cells - (uintptr_t)s->memory % sizeof *s->cells);
    s->given = mem_alloc_uncleared(places, sizeof *s->given);
    s->n_given = s->fresh = 0;
    s->places = places;
}

void message_store_free(struct message_store *s)
{
    free(s->given);
    free(s->memory);
}
