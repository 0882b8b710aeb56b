/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar.h - a crossbar between the ends of a network whose packets are one flit each; private to hw/noc.
 *
 *     end --> [buffer of the input VC] --> VC allocation, switch --> [buffer of the eject VC] --> end
 *
 * So are the networks of the dynamic machine: one router, 3 or 4 VCs, look-ahead, iSLIP of one iteration. A packet is
 * written into its place of the buffer when it is sent; on the link only the number of the place moves. A place knows
 * from which cycle on its credit is back at the sender, so credits are looked at, not carried. The rest is what
 * vc_masks.c and vc_interface.c do, ends and router in one. Others read struct vc, which vc_crossbar_show fills in. */
#ifndef HW_NOC_VC_CROSSBAR_H
#define HW_NOC_VC_CROSSBAR_H

#include "hw/noc/vc_state.h"

#define CROSS_VCS         4u
#define CROSS_SHIFT       PLAIN_SHIFT
#define CROSS_MASK        (CROSS_VCS - 1)
#define CROSS_PLACES      8u /* of a buffer, at most */
#define CROSS_PLACE_SHIFT 3u
#define CROSS_PLACE_MASK  (CROSS_PLACES - 1)
#define CROSS_TAKEN       CYCLE_NEVER /* `free_at` of a place with a packet */
#define CROSS_NO_BEST     UINT16_MAX
#define TOLD_CHAIN        16u /* shift, of `told`; below it as in struct vc_packet */

/* Of a buffer. */
struct cross_place {
    uint64_t free_at; /* the sender can use it from this cycle on */
    uint32_t packet;
    uint32_t told; /* what others want to know of the packet, and above it the chain in which it asks for a VC */
};

/* The VCs of one number of a port: input VC, output VC, eject VC. Places are numbered within their VC. */
struct cross_vc {
    uint16_t owner;            /* output: the input VC that holds it, or held it last: the arbiter's pointer */
    uint16_t took;             /* input: the output VC that it holds, or held last: likewise */
    uint16_t sends, out_sends; /* the place for what comes next: of the input VC, of the eject VC */
    uint16_t head, count;      /* input: packets that have arrived */
    uint16_t held; /* eject: packets that wait for a place at the endpoint, count and << 8 the first place */
    uint16_t turn; /* of the lane of this number: the VC of the end that may send first */
};
#define HELD_HEAD  8u /* shift */
#define HELD_COUNT 0xffu

/* What the type and the sectors of a message say about its packet. */
struct cross_shape {
    uint32_t told;  /* for endpoint 0: chains of a lane stand together */
    uint16_t bytes; /* payload */
    uint8_t lane, class_of;
};

/* Heads of a lane that ask for a VC of an output port. */
struct cross_chain {
    uint16_t first; /* input VC; of the next ones, next_head */
    uint16_t count;
    uint16_t port, set; /* the lane's VCs */
};

struct vc_crossbar {
    struct vc_network *n;
    struct cross_vc *vc;
    struct vc_port *port;
    struct vc_interface *ends;
    struct cross_place *in, *out; /* input VC, eject VC << CROSS_PLACE_SHIFT */
    uint64_t **entered;           /* by kind of packet: per link */
    /* of this cycle */
    uint64_t now, home, home_out; /* when credits that go back now are at the ends, at the router */
    struct vc_slot *to_router, *to_ends;
    /* lists, in no order */
    uint32_t *asked;   /* output VCs that are held: their owners ask for the switch where they have credit */
    uint32_t *wanted;  /* chains with heads */
    uint32_t *fresh;   /* input VCs whose head came to the front in the last cycle */
    uint32_t *rivals;  /* within a step: requests that are not alone at their input and output */
    uint32_t *granted; /* within a step: input ports with a grant; behind them output ports that are asked for */
    uint32_t n_asked, n_wanted, n_fresh;
    uint32_t depth, ports;
    uint32_t all;              /* VCs of a port */
    struct cross_chain *chain; /* lane x ports + output port */
    uint16_t *next_head;       /* per input VC: the next one in its head's chain */

    uint32_t *limit; /* endpoint << 2 | virtual network: of vc_interface.delivered, by the credits seen last */
    uint16_t next_vc[CROSS_VCS]; /* the next one of its lane, cyclic */
    void *vc_memory, *place_memory;
    struct cross_shape shape[MSG_COUNT][ALL_SECTORS + 1];
};

static INLINE uint32_t place_behind(const struct vc_crossbar *x, uint32_t place)
{
    return place + 1 == x->depth ? 0 : place + 1;
}

static INLINE void put_on_link(struct vc_slot *s, uint32_t place)
{
    s->credit[s->credits++] = place;
}

/* vc_crossbar_ends.c: the ends' cycle; s: what comes to them. */
void vc_crossbar_ends(struct vc_crossbar *x, struct vc_slot *s);

#endif
