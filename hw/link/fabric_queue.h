/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_queue.h - inside a fabric router: its queues and what the outputs see of them.
 *
 *     queue 0 [k][k][k]--head--> asks for output 2          output 2: asked = 1001..., pointer, round robin
 *     queue 3 [k]-------head--> asks for output 2
 */
#ifndef HW_LINK_FABRIC_QUEUE_H
#define HW_LINK_FABRIC_QUEUE_H

#include "hw/link/fabric_router.h"

struct fabric_item {
    struct fabric_packet k;
    uint32_t output;
};

struct fabric_queue {
    uint32_t source;     /* port, or incoming link */
    uint8_t vn, crossed; /* crossed: of links */
    bool local;          /* from the chip's network */
    uint32_t head, count, capacity;
    struct fabric_item *items;
};

struct fabric_output {
    uint64_t *asked; /* a bit per queue whose head wants to go here */
    uint32_t n_asked;
    uint32_t pointer; /* queue after the one that went last */
    uint32_t winner;  /* of this round */
    bool given;       /* ports: one message a cycle */
};

#define QUEUE_NONE UINT32_MAX

static inline struct fabric_item *fabric_queue_head(const struct fabric_queue *q)
{
    return &q->items[q->head];
}

void fabric_queues_init(struct fabric_router *r);
void fabric_queues_free(struct fabric_router *r);
/* Number of the queue of a port or of an incoming link. */
uint32_t fabric_queue_of_port(const struct fabric_router *r, uint32_t port, uint32_t vn);
uint32_t fabric_queue_of_link(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed);
struct fabric_item *fabric_queue_push(struct fabric_router *r, uint32_t queue, uint32_t output);
void fabric_queue_pop(struct fabric_router *r, uint32_t queue);

/* Lets go in this cycle whatever can. */
void fabric_switch(struct fabric_router *r, uint64_t cycle);
/* Can the head of this queue go to its output in this cycle? */
bool fabric_can_go(const struct fabric_router *r, uint32_t output, const struct fabric_item *i, uint64_t cycle);

#endif
