/* SPDX-License-Identifier: Apache-2.0 */
/* event_heap.c - sift up, sift down. */
#include "sim/base/event_heap.h"

#include <stdlib.h>

void heap_push(struct event_heap *h, uint64_t time, uint64_t key)
{
    struct heap_item x = {.time = time, .key = key};
    (void)VEC_PUSH(h, items);
    size_t i = h->n_items - 1;
    while (i > 0 && heap_before(&x, &h->items[(i - 1) / 2])) {
        h->items[i] = h->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->items[i] = x;
}

/* Puts x where it belongs at or below place i. */
static void sink(struct event_heap *h, size_t i, struct heap_item x)
{
    for (size_t child = 2 * i + 1; child < h->n_items; child = 2 * i + 1) {
        if (child + 1 < h->n_items && heap_before(&h->items[child + 1], &h->items[child])) {
            child++;
        }
        if (!heap_before(&h->items[child], &x)) {
            break;
        }
        h->items[i] = h->items[child];
        i = child;
    }
    h->items[i] = x;
}

struct heap_item heap_pop(struct event_heap *h)
{
    struct heap_item top = h->items[0], x = h->items[--h->n_items];
    sink(h, 0, x);
    return top;
}

void heap_remove(struct event_heap *h, size_t i)
{
    struct heap_item x = h->items[--h->n_items];
    if (i == h->n_items) {
        return;
    }
    for (; i > 0 && heap_before(&x, &h->items[(i - 1) / 2]); i = (i - 1) / 2) {
        h->items[i] = h->items[(i - 1) / 2];
    }
    sink(h, i, x);
}

void heap_free(struct event_heap *h)
{
    free(h->items);
    *h = (struct event_heap) {0};
}
