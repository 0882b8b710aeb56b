/* SPDX-License-Identifier: Apache-2.0 */
/* message_ring.h - a bounded queue of messages inside a box: their numbers in the chip's store, where they lie. */
#ifndef HW_CACHE_MESSAGE_RING_H
#define HW_CACHE_MESSAGE_RING_H

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/message.h"

struct message_ring {
    uint32_t *numbers;
    uint32_t head, n, places;
};

static inline void message_ring_init(struct message_ring *r, uint32_t places)
{
    *r = (struct message_ring) {.numbers = mem_alloc_array(places, sizeof *r->numbers), .places = places};
}
static inline void message_ring_free(struct message_ring *r)
{
    free(r->numbers);
}
static inline uint32_t message_ring_front(const struct message_ring *r)
{
    return r->numbers[r->head];
}
static inline void message_ring_push(struct message_ring *r, uint32_t number)
{
    SIM_CHECK(r->n < r->places, "a queue of %u messages is full", r->places);
    uint32_t at = r->head + r->n++;
    r->numbers[at < r->places ? at : at - r->places] = number;
}
static inline uint32_t message_ring_pop(struct message_ring *r)
{
    uint32_t number = message_ring_front(r);
    /* An empty one begins at its first place again: memory that is still in the host's caches. */
    r->head = --r->n > 0 && r->head + 1 < r->places ? r->head + 1 : 0;
    return number;
}

/* From `cycle` on it stands at `place`, if it did not already. */
static inline void trail_move(struct trail *t, uint64_t cycle, enum trail_place place)
{
    if (t->n == 0 || trail_place(t, t->n - 1) != place)
        trail_stamp(t, cycle, place);
}

#endif
