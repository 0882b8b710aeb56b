/* SPDX-License-Identifier: Apache-2.0 */
/* l2_queue.h - the queues in which the messages stand that a slice holds.
 *
 *     mailbox --> requests -> MSHR -> out queue --> mailbox
 *
 * What moves is a message's number in the chip's store (message_store.h), in which it stays from its sender to its
 * reader: a request becomes its own answer where it lies. An empty queue begins at its first entry again: memory that
 * is still in the host's caches. */
#ifndef HW_CACHE_L2_QUEUE_H
#define HW_CACHE_L2_QUEUE_H

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/domain.h"
#include "sim/kernel/message_store.h"

#define L2_NOBODY    UINT32_MAX
#define L2_HOST_LINE 64u

/* The first line of the host's cache that begins in this memory. */
static inline void *at_host_line(void *memory)
{
    unsigned char *at = memory;
    return at + (L2_HOST_LINE - (uintptr_t)at % L2_HOST_LINE) % L2_HOST_LINE;
}

struct l2_entry {
    uint32_t ready; /* low half of the cycle from which on it may leave */
    uint32_t message;
};

struct l2_queue {
    struct l2_entry *entries; /* a ring */
    uint32_t head, n, mask, most;
    uint64_t at; /* ready cycle of the first one, none is sooner; CYCLE_NEVER: empty */
};

/* Of what waits for no cycle: each message's link names the next one. */
struct l2_line_up {
    uint32_t first, last, n, most;
};

/* Places of a ring: a power of two. */
static inline uint32_t l2_ring_places(uint32_t most)
{
    uint32_t places = 1;
    while (places < most)
        places *= 2;
    return places;
}
static inline void l2_queue_init(struct l2_queue *q, uint32_t most)
{
    uint32_t places = l2_ring_places(most);
    *q = (struct l2_queue) {.entries = mem_alloc_uncleared(places, sizeof *q->entries),
                            .mask = places - 1,
                            .most = most,
                            .at = CYCLE_NEVER};
}
static inline uint32_t l2_queue_first(const struct l2_queue *q)
{
    return q->entries[q->head].message;
}
static inline void l2_queue_push(struct l2_queue *q, uint32_t message, uint64_t ready)
{
    SIM_CHECK(q->n < q->most, "a queue of %u messages is full", q->most);
    q->entries[(q->head + q->n) & q->mask] = (struct l2_entry) {(uint32_t)ready, message};
    if (q->n++ == 0)
        q->at = ready;
}
/* The first message leaves the queue. */
static inline void l2_queue_pop(struct l2_queue *q)
{
    if (--q->n == 0) {
        q->head = 0;
        q->at = CYCLE_NEVER;
        return;
    }
    q->head = (q->head + 1) & q->mask;
    q->at += q->entries[q->head].ready - (uint32_t)q->at;
}

#endif
