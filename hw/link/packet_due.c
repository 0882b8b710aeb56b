/* SPDX-License-Identifier: Apache-2.0 */
/* packet_due.c - a ring of what is not due yet; sums of what is, and of what came back. */
#include "hw/link/packet_due.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

struct due_item {
    uint64_t at;
    uint32_t bytes;
};

struct packet_due {
    struct due_item *items; /* a ring */
    uint32_t places, head, n;
    uint64_t due, back; /* bytes since the beginning */
};

struct packet_due *packet_due_new(uint32_t packets)
{
    struct packet_due *d = mem_alloc(sizeof *d);
    d->places = packets;
    d->items = mem_alloc_array(d->places, sizeof *d->items);
    return d;
}

void packet_due_free(struct packet_due *d)
{
    if (!d)
        return;
    free(d->items);
    free(d);
}

void packet_due_sent(struct packet_due *d, uint64_t at, uint32_t bytes)
{
    SIM_CHECK(d->n < d->places, "more than %u packets wait for their credits", d->places);
    uint32_t last = d->head + d->n++;
    d->items[last < d->places ? last : last - d->places] = (struct due_item) {at, bytes};
}

void packet_due_back(struct packet_due *d, uint32_t bytes)
{
    d->back += bytes;
}

/* Clocks that drift may bring a credit back a cycle before it is due. */
uint64_t packet_due_overdue(struct packet_due *d, uint64_t cycle)
{
    for (; d->n > 0 && d->items[d->head].at <= cycle; d->n--) {
        d->due += d->items[d->head].bytes;
        d->head = d->head + 1 < d->places ? d->head + 1 : 0;
    }
    return d->due > d->back ? d->due - d->back : 0;
}
