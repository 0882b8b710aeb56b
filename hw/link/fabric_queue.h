/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_queue.h - inside a fabric router: buffers of its sources, a list in each per output.
 *
 *     source 0 (port 0, request)   [k k k . .]   list to output 2: k -> k     output 2: asked = 1001...
 *                                                list to output 3: k          round robin, see below
 *     source 3 (port 1, request)   [k . . . .]   list to output 2: k
 *
 * A source is what has credits of its own: a port's virtual network, a link's virtual network and class. Its places
 * are shared by lists, one per output (dynamically allocated multi-queue buffer, Tamir and Frazier 1992), so
 * a packet waits only behind packets of its own way. Where classes begin anew at a chip in between, the packets of a
 * buffer that turn here are a source of their own in the same places: they wait for other classes than the rest. An
 * output goes round robin over its inputs: the chip as one, and each incoming link; then over the sources of that
 * input. So transit keeps its share however many ports the chip has, and a ring under overload does not back up from
 * where its own chip pushes in most. */
#ifndef HW_LINK_FABRIC_QUEUE_H
#define HW_LINK_FABRIC_QUEUE_H

#include "hw/link/fabric_router.h"

#define FABRIC_NONE  UINT32_MAX
#define FABRIC_LANES (VN_COUNT * PACKET_CLASSES) /* what has places of its own behind an output */

struct fabric_item {
    struct fabric_packet k;
    uint32_t next; /* in its list, or in that of the free places */
};

struct fabric_source {
    uint32_t from;                  /* port, or incoming link */
    uint32_t input;                 /* for the arbiters: 0 the chip with all its ports, then the incoming links */
    uint32_t pool;                  /* source whose places they are: itself, but of those that turn here */
    uint8_t vn, crossed, dimension; /* of all its packets; crossed: from here on */
    bool local;                     /* from the chip's network */
    uint32_t places, free, fresh;   /* of a pool; fresh: this place and those behind it were never taken */
    struct fabric_item *items;
};

struct fabric_list {
    uint32_t head, tail, count;
};

struct fabric_output {
    struct fabric_list *list; /* per source */
    uint64_t *asked;          /* a bit per source whose list is not empty */
    uint64_t *lanes;          /* [lane][word]: sources whose packets take this lane's places behind the output */
    uint32_t n_asked;
    uint32_t turn;     /* input after the one that went last */
    uint32_t *pointer; /* per input: source after the one that went last */
    bool given;        /* ports: one message a cycle */
};

static inline struct fabric_packet *fabric_queue_head(const struct fabric_router *r, uint32_t output, uint32_t source)
{
    return &r->sources[source].items[r->outputs[output].list[source].head].k;
}

/* The lane that packets of this source take to this output; FABRIC_LANES: none, it is no way. */
uint32_t fabric_lane(const struct fabric_router *r, uint32_t output, uint32_t source);
bool fabric_lane_room(const struct fabric_router *r, uint32_t output, uint32_t lane);

void fabric_queues_init(struct fabric_router *r);
void fabric_queues_free(struct fabric_router *r);
/* Number of the source that a port or an incoming link is. */
uint32_t fabric_source_port(const struct fabric_router *r, uint32_t port, uint32_t vn);
uint32_t fabric_source_link(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed);
/* Of packets that turn here. */
uint32_t fabric_source_turn(const struct fabric_router *r, uint32_t in, uint32_t vn, uint32_t crossed);
/* A place at the end of a list, to be filled. */
struct fabric_packet *fabric_queue_push(struct fabric_router *r, uint32_t output, uint32_t source);
void fabric_queue_pop(struct fabric_router *r, uint32_t output, uint32_t source);

/* Lets go in this cycle whatever can. */
void fabric_switch(struct fabric_router *r, uint64_t cycle);

#endif
