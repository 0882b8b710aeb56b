/* SPDX-License-Identifier: Apache-2.0 */
/* l2_queue.h - the messages that a slice holds, and the queues in which they stand.
 *
 *     mailbox --copied once--> [place] -> requests -> MSHR -> out queue --copied once--> mailbox
 *                                 |________ the same place, queues hold its number ________|
 *
 * A request becomes its own answer in the place in which it came. The place that became free last is taken first, and
 * an empty queue begins at its first entry again: memory that is still in the host's caches. */
#ifndef HW_CACHE_L2_QUEUE_H
#define HW_CACHE_L2_QUEUE_H

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/domain.h"
#include "sim/kernel/message.h"

#define L2_NOBODY    UINT32_MAX
#define L2_HOST_LINE 64u

/* The first line of the host's cache that begins in this memory. */
static inline void *at_host_line(void *memory)
{
    unsigned char *at = memory;
    return at + (L2_HOST_LINE - (uintptr_t)at % L2_HOST_LINE) % L2_HOST_LINE;
}

struct l2_places {
    struct message *messages; /* each in whole lines of the host's cache */
    void *memory;
    uint32_t *after;        /* of an MSHR's targets: the next one; of a request that waits to enter: its line's set */
    uint32_t *free, n_free; /* a stack */
    uint32_t fresh, most;   /* fresh: this one and those behind it were never taken */
};

struct l2_entry {
    uint64_t ready; /* out queues: cycle from which on it may leave */
    uint32_t place;
};

struct l2_queue {
    struct l2_entry *entries; /* a ring */
    uint32_t head, n, mask, most;
    uint64_t at; /* ready cycle of the first one; CYCLE_NEVER: empty */
};

/* Of what waits for no cycle. */
struct l2_line_up {
    uint32_t *places; /* a ring */
    uint32_t head, n, mask, most;
};

/* Most places are never touched. */
static inline void l2_places_init(struct l2_places *p, uint32_t most)
{
    p->most = most;
    p->memory = mem_resize(NULL, most + 1, sizeof *p->messages);
    p->messages = at_host_line(p->memory);
    p->after = mem_resize(NULL, most, sizeof *p->after);
    p->free = mem_resize(NULL, most, sizeof *p->free);
}
static inline void l2_places_free(struct l2_places *p)
{
    free(p->memory);
    free(p->after);
    free(p->free);
}
/* The host fetches a message that has stood here for long. */
static inline void l2_fetch_ahead(const struct l2_places *p, uint32_t place)
{
    __builtin_prefetch(&p->messages[place]);
    __builtin_prefetch((const unsigned char *)&p->messages[place] + L2_HOST_LINE);
}
static inline uint32_t l2_place_take(struct l2_places *p)
{
    if (p->n_free > 0)
        return p->free[--p->n_free];
    SIM_CHECK(p->fresh < p->most, "an L2 slice holds more messages than its queues have room for");
    return p->fresh++;
}
static inline void l2_place_give(struct l2_places *p, uint32_t place)
{
    p->free[p->n_free++] = place;
}

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
    *q = (struct l2_queue) {
        .entries = mem_resize(NULL, places, sizeof *q->entries), .mask = places - 1, .most = most, .at = CYCLE_NEVER};
}
static inline uint32_t l2_queue_first(const struct l2_queue *q)
{
    return q->entries[q->head].place;
}
static inline void l2_queue_push(struct l2_queue *q, uint32_t place, uint64_t ready)
{
    SIM_CHECK(q->n < q->most, "a queue of %u messages is full", q->most);
    q->entries[(q->head + q->n) & q->mask] = (struct l2_entry) {ready, place};
    if (q->n++ == 0)
        q->at = ready;
}
/* The place leaves the queue and is the caller's. */
static inline uint32_t l2_queue_pop(struct l2_queue *q)
{
    uint32_t place = l2_queue_first(q);
    if (--q->n == 0) {
        q->head = 0;
        q->at = CYCLE_NEVER;
        return place;
    }
    q->head = (q->head + 1) & q->mask;
    q->at = q->entries[q->head].ready;
    return place;
}

static inline void l2_line_up_init(struct l2_line_up *q, uint32_t most)
{
    uint32_t places = l2_ring_places(most);
    *q = (struct l2_line_up) {.places = mem_resize(NULL, places, sizeof *q->places), .mask = places - 1, .most = most};
}
static inline uint32_t l2_line_up_first(const struct l2_line_up *q)
{
    return q->places[q->head];
}
static inline void l2_line_up_push(struct l2_line_up *q, uint32_t place)
{
    SIM_CHECK(q->n < q->most, "a queue of %u requests is full", q->most);
    q->places[(q->head + q->n++) & q->mask] = place;
}
static inline void l2_line_up_pop(struct l2_line_up *q)
{
    q->head = (q->head + 1) & q->mask;
    q->n--;
}

#endif
