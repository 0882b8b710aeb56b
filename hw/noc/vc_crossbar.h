/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar.h - a crossbar between the ends of a network whose packets are one flit each; private to hw/noc.
 *
 *     end --> [buffer of the input VC] --> VC allocation, switch --> [buffer of the eject VC] --> end
 *
 * So are the networks of the dynamic machine: one router, 3 or 4 VCs, look-ahead, iSLIP of one iteration. A packet is
 * written into its place of the buffer when it is sent; what acts on it in a later cycle stands in a list for that
 * cycle: heads that ask for a VC, packets that come to the ends. A packet that comes behind others is in no list; the
 * one before it sees to that when it goes. A place knows from which cycle on its credit is back at the sender, so
 * credits are looked at, not carried. The rest is what vc_masks.c and vc_interface.c do, ends and router in one. Others
 * read struct vc, which vc_crossbar_show fills in. */
#ifndef HW_NOC_VC_CROSSBAR_H
#define HW_NOC_VC_CROSSBAR_H

#include "hw/noc/vc_state.h"

#define CROSS_VCS         4u
#define CROSS_SHIFT       PLAIN_SHIFT
#define CROSS_MASK        (CROSS_VCS - 1)
#define CROSS_SETS        (1u << CROSS_VCS) /* of VCs of a port */
#define CROSS_PLACES      8u                /* of a buffer, at most */
#define CROSS_PLACE_SHIFT 3u
#define CROSS_PLACE_MASK  (CROSS_PLACES - 1)
#define CROSS_NO_BEST     UINT16_MAX
#define TOLD_CHAIN        16u /* shift, of `told`; below it as in struct vc_packet */

/* A place of a buffer is one word: free, the cycle from which on the sender can use it; taken, this bit, the packet's
 * number and what others want to know of it (`told`), with the chain in which it asks for a VC. A taken place is later
 * than any cycle. */
#define CROSS_TAKEN  (1ull << 63)
#define CROSS_PACKET 32u /* shift */
static INLINE uint32_t packet_of(uint64_t place)
{
    return (uint32_t)(place >> CROSS_PACKET) & ~(1u << 31);
}

/* The VCs of one number of a port: input VC, output VC, eject VC. Places are numbered within their VC. Three lines of
 * the host's cache; with a power of two of them neighbours would share its sets. */
struct cross_vc {
    _Alignas(MEM_LINE) struct vc_port *port;
    struct cross_vc *owner;     /* output: the input VC that holds it */
    uint32_t due[CROSS_PLACES]; /* of `in`: the cycle in which it came or comes, modulo 2^32 */
    uint16_t number, bit;       /* bit: as a set of its port's */
    uint16_t served;            /* output: number of `owner`, or of the last one: the arbiter's pointer */
    uint16_t took;              /* input: the output VC that it holds, or held last: likewise */
    uint16_t sends, out_sends;  /* the place for what comes next: of the input VC, of the eject VC */
    uint16_t head, count;       /* input: packets in its buffer and on the link to it; the place of the first one */

    _Alignas(MEM_LINE) uint64_t in[CROSS_PLACES]; /* of the input VC */
    uint64_t out[CROSS_PLACES];                   /* of the eject VC */
};

/* Packets of an eject VC that wait for a place at the endpoint: count, and above it the first place. */
#define HELD_HEAD  8u /* shift */
#define HELD_COUNT 0xffu

/* What the type and the sectors of a message say about its packet. */
struct cross_shape {
    uint64_t place;  /* the word of its place, for packet 0 to endpoint 0: chains of a lane stand together */
    uint16_t to_end; /* where it may go: below this endpoint */
    uint16_t bytes;  /* payload */
    uint8_t lane, class_of;
};
#define CROSS_SHAPES ((ALL_SECTORS + 1) << 8) /* by sectors << 8 | type */

/* Heads of a lane that ask for a VC of an output port. */
struct cross_chain {
    struct cross_vc *outs; /* the port's first VC */
    uint16_t first;        /* input VC; of the next ones, next_head */
    uint16_t count;
    uint16_t set; /* the lane's VCs */
};

/* What acts in one cycle. */
struct cross_slot {
    uint32_t n_heads, n_come;
    uint32_t *heads; /* chain << TOLD_CHAIN | input VC */
    uint32_t *come;  /* eject VC << CROSS_PLACE_SHIFT | place */
};

struct vc_crossbar {
    struct vc_network *n;
    struct cross_vc *vc;
    struct vc_port *port;
    struct vc_interface *ends;
    struct cross_slot *wheel;
    uint32_t wheel_mask;
    uint32_t ports, depth;
    /* of this cycle */
    uint64_t now, home, home_out; /* when credits that go back now are at the ends, at the router */
    uint64_t stamp;               /* see struct vc_port */
    struct cross_slot *soon, *to_router,
        *to_ends; /* of the next cycle; where what is sent now comes to the router, ends */
    /* lists, in no order */
    struct cross_vc **asked;     /* output VCs that are held: their owners ask for the switch where they have credit */
    struct cross_vc **rivals;    /* within a step: requests that are not alone at their input and output */
    struct cross_chain **wanted; /* chains with heads */
    struct cross_vc **outs;      /* within a step: of each output port that is asked for, the VC that came first */
    struct vc_port **granted;    /* within a step: input ports with a grant */
    uint32_t n_asked, n_wanted;
    struct cross_chain *chain; /* lane x ports + output port */
    uint16_t *next_head;       /* per input VC: the next one in its head's chain */
    struct cross_shape *shape;

    uint32_t *limit; /* endpoint << 2 | virtual network: packets handed over when `room` of the endpoint is used up */
    uint16_t *held;  /* per eject VC: HELD_COUNT, HELD_HEAD */
    uint8_t next_vc[CROSS_VCS];                /* the next one of its lane, cyclic */
    uint8_t behind[CROSS_PLACES];              /* the place behind a place */
    uint8_t choice[CROSS_VCS + 1][CROSS_SETS]; /* of a set of VCs the first one behind this one; CROSS_VCS: any */
    uint32_t kind_bytes[KIND_STRIDE];          /* that of the network, as */
    uint64_t *flits_for;                       /* this */
    uint64_t *sent[PACKET_KINDS];              /* counts of packets that have entered links, by kind: */
    uint64_t *passed[PACKET_KINDS];            /* per endpoint to the router, per output port */
    void *vc_memory, *wheel_memory, *asked_memory;
};

static INLINE struct cross_slot *cross_slot_at(const struct vc_crossbar *x, uint64_t cycle)
{
    return &x->wheel[cycle & x->wheel_mask];
}

/* A packet is at the front of this input VC, or will be when it comes. */
static INLINE uint32_t head_of(uint64_t place, uint32_t vc)
{
    return ((uint32_t)place & ~0u << TOLD_CHAIN) | vc;
}

/* vc_crossbar_ends.c: the ends' cycle. Returns not 0 where they have something to do in the next one too. */
uint64_t vc_crossbar_ends(struct vc_crossbar *x, struct cross_slot *s);

#endif
