/* SPDX-License-Identifier: Apache-2.0 */
/* l2_queue.h - the messages that a slice holds, and the queues in which they stand.
 *
 *     mailbox --copied once--> [place] -> requests -> MSHR -> out queue --copied once--> mailbox
 *                                 |________ the same place, only its links change ________|
 *
 * A request becomes its own answer in the place in which it came. A freed place is the next one that is taken: memory
 * that is still in the host's caches. */
#ifndef HW_CACHE_L2_QUEUE_H
#define HW_CACHE_L2_QUEUE_H

#include "sim/base/error.h"
#include "sim/kernel/message.h"

#define L2_NOBODY UINT32_MAX
#define L2_NEVER  UINT64_MAX

struct l2_places {
    struct message *messages;
    uint32_t *after; /* the next one of its queue, or of the free ones */
    uint64_t *ready; /* out queues: cycle from which on it may leave */
    uint32_t free, fresh, most; /* fresh: this one and those behind it were never taken */
};

struct l2_queue {
    uint32_t first, last, n, most;
    uint64_t at; /* ready cycle of the first one; L2_NEVER: empty */
};

static inline uint32_t l2_place_take(struct l2_places *p)
{
    uint32_t place = p->free;
    if (place != L2_NOBODY) {
        p->free = p->after[place];
        return place;
    }
    SIM_CHECK(p->fresh < p->most, "an L2 slice holds more messages than its queues have room for");
    return p->fresh++;
}
static inline void l2_place_give(struct l2_places *p, uint32_t place)
{
    p->after[place] = p->free;
    p->free = place;
}

static inline void l2_queue_push(struct l2_places *p, struct l2_queue *q, uint32_t place, uint64_t ready)
{
    SIM_CHECK(q->n < q->most, "a queue of %u messages is full", q->most);
    p->ready[place] = ready;
    if (q->n++ == 0) {
        q->first = place;
        q->at = ready;
    } else {
        p->after[q->last] = place;
    }
    q->last = place;
}
/* The place leaves the queue and is the caller's. */
static inline uint32_t l2_queue_pop(struct l2_places *p, struct l2_queue *q)
{
    uint32_t place = q->first;
    if (--q->n == 0) {
        q->at = L2_NEVER;
        return place;
    }
    q->first = p->after[place];
    q->at = p->ready[q->first];
    return place;
}

#endif
