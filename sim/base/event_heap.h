/* SPDX-License-Identifier: Apache-2.0 */
/* event_heap.h - a binary heap of (time, key): smallest time first, then smallest key. */
#ifndef SIM_BASE_EVENT_HEAP_H
#define SIM_BASE_EVENT_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"

struct heap_item {
    uint64_t time, key;
};

struct event_heap {
    VEC(struct heap_item, items);
};

static inline bool heap_before(const struct heap_item *a, const struct heap_item *b)
{
    return a->time != b->time ? a->time < b->time : a->key < b->key;
}

void heap_push(struct event_heap *h, uint64_t time, uint64_t key);
/* The heap must not be empty. */
struct heap_item heap_pop(struct event_heap *h);
/* Takes out the item at place i < n_items. */
void heap_remove(struct event_heap *h, size_t i);
void heap_free(struct event_heap *h);

#endif
