/* SPDX-License-Identifier: Apache-2.0 */
/* message_store.c - memory for the messages of a chip. */
#include "sim/kernel/message_store.h"

#include <stdlib.h>

#include "sim/base/mem.h"

#define CACHE_LINE 64u /* of the host */

_Static_assert(sizeof(struct message) % CACHE_LINE == 0, "a message has cache lines of its own");

void message_store_init(struct message_store *s, uint32_t places)
{
    s->memory = mem_alloc_array((size_t)places + 1, sizeof *s->cells);
    s->cells = (struct message *)(((uintptr_t)s->memory + CACHE_LINE - 1) & ~(uintptr_t)(CACHE_LINE - 1));
    s->given = mem_alloc_uncleared(places, sizeof *s->given);
    s->n_given = s->fresh = 0;
    s->places = places;
}

void message_store_free(struct message_store *s)
{
    free(s->given);
    free(s->memory);
}
