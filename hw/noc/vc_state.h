/* SPDX-License-Identifier: Apache-2.0 */
/* vc_state.h - what the parts of the VC network share; private to hw/noc.
 *
 *     port    router after router; in a router its links, then its endpoints. Ends of endpoints behind them: ports + e
 *     VC      port << vc_shift | vc; `local`: counted from the first VC of its router
 *     link    the port at which it begins: output port of a router, or an endpoint's end
 *     flit    one word: packet << 7 | kind << 2 | head << 1 | tail
 *     kind    traffic class x 5 + sectors of payload: what an account has to know of a packet
 *
 * What acts in a cycle stands in two lists, whichever router it belongs to: heads that wait for an output VC, and input
 * VCs that can take part in switch allocation. Counts per group and per port say who is alone; the others are matched.
 *
 * Nothing acts in less than link latency + 1 cycles beyond a router, so a wheel of lists, one per cycle, carries flits
 * and credits between the routers; each list has room for one item per link. */
#ifndef HW_NOC_VC_STATE_H
#define HW_NOC_VC_STATE_H

#include "hw/noc/vc_bits.h"
#include "hw/noc/vc_network.h"

#define VC_NONE       UINT32_MAX
#define PAYLOAD_KINDS (LINE_SECTORS + 1u)
#define PACKET_KINDS  (CLASS_COUNT * PAYLOAD_KINDS)
#define KIND_STRIDE   32u

#define FLIT_TAIL  1u
#define FLIT_HEAD  2u
#define FLIT_FIRST 7u /* bits below the packet number */

/* A store of 8 bits would make the compiler load everything anew; fields that are written have 16. VCs and ports have
 * the numbers of the whole network. The pointer of an arbiter is kept as what it served last, the one before it; where
 * nothing was served yet, as the last one of the circle. */

/* What `out` of an input VC says where it holds no output VC. */
#define VC_IDLE    UINT32_MAX
#define VC_WAITING (UINT32_MAX - 1) /* to be routed, or for an output VC */

/* A VC at an input port: its FIFO and where its packet goes. */
struct vc_in {
    uint32_t front; /* the flit at the front; the FIFO's memory holds those behind it */
    uint32_t out;   /* the output VC it holds: active; VC_IDLE; VC_WAITING */
    uint32_t took;  /* VC allocation: the resource it accepted last */
    uint16_t head, count;
};

/* A VC at an output port: credits for the buffer behind the link. Of numbers of input VCs the low 16 bits are kept:
 * those of a router lie close together. */
struct vc_out {
    uint16_t credits;
    uint16_t held; /* by input VC `owner` */
    uint16_t owner;
    uint16_t served; /* VC allocation: the requester it granted last */
};

/* A port of a router, both directions. */
struct vc_port {
    uint32_t down;    /* the first VC behind the output link; VC_NONE: no link */
    uint32_t free;    /* output VCs that nobody holds */
    uint32_t back;    /* the first output VC before the input link; the link's number is that of its port */
    uint32_t sent;    /* the input VC of this port that won the switch last */
    uint32_t sent_to; /* the output VC to which it went */
    uint32_t passed;  /* the input VC that won the switch last for this output */
    uint16_t router;
    uint16_t asks, asked; /* VCs that can take part in switch allocation: of this input, for this output */
    uint16_t best;        /* within a step: output that this input would accept, in its router */
};

/* A head that waits for a VC. Its group: heads for the same output port and virtual network, port << vc_shift | lane.
 */
struct vc_head {
    uint32_t group, vc; /* vc: input VC */
};

struct vc_router {
    uint32_t ports, port_base, vc_base;
    uint32_t circle;   /* VC numbers of the router */
    uint32_t n_rivals; /* within a step: ready VCs that are not alone at their ports, rivals[vc_base ...] */
};

struct vc_flit {
    uint32_t target; /* input VC */
    uint32_t flit;
};

/* What arrives in one cycle: VCs from router_vcs on are those of endpoints. */
struct vc_slot {
    uint32_t flits, credits;
    struct vc_flit *flit;
    uint32_t *credit; /* output VC or inject VC */
};

/* Packets of a kind on a link: head sent, tail arrived. */
struct vc_passed {
    uint64_t entered, left;
};

/* What the type and the sectors of a message say about its packet. */
struct vc_shape {
    uint16_t flits, bytes; /* bytes: payload */
    uint8_t kind, vn, class_of;
};

/* Where an endpoint is; how far a packet for it has come. */
struct vc_place {
    uint32_t port;
    uint16_t router;
    uint16_t hops;
};

struct vc_packet {
    struct vc_place to;
    uint16_t flits; /* 0: the number is not in use */
    uint16_t kind : 8, vn : 8;
    uint32_t next; /* in a source queue: the packet behind it */
};

/* A source queue: a chain of packets, `count` of them. */
struct vc_queue {
    uint32_t first, last;
    uint32_t vc; /* of the packet being sent, or sent last */
    uint16_t count;
    uint16_t left; /* flits to come of the first packet; 0: its head has not been sent */
};

/* A node's end: source queues, eject VCs (their FIFOs are input VCs of the network). */
struct vc_interface {
    uint32_t number;     /* the endpoint's */
    uint32_t port;       /* of the router, numbered through */
    uint32_t port_vc;    /* the port's first VC */
    uint32_t end_vc;     /* first VC of this end: eject VC, inject VC */
    uint32_t waiting;    /* lanes whose source queue holds something */
    uint32_t credits;    /* inject VCs with credit */
    uint32_t turn;       /* lane that may send first */
    uint32_t eject_turn; /* eject VC that may hand over first */
    uint32_t held;       /* eject VCs with flits */
    uint32_t promised;   /* eject VCs whose packet has a place at the endpoint */
    uint32_t pending;    /* messages in the source queues */
    uint32_t delivered[VN_COUNT];
    struct net_peer peer;
    struct vc_endpoint_stat stat;
    struct vc_queue queues[2 * VN_COUNT];            /* by lane */
    uint64_t queued[CLASS_COUNT], peak[CLASS_COUNT]; /* bytes of the source queues */
    uint64_t waits;
    uint32_t taken[VN_COUNT]; /* places given back without mailboxes */
};

struct vc_topology {
    const char *name;
    uint32_t links; /* ports between routers; the endpoints' ports follow */
    uint32_t (*routers)(const struct vc_network_params *p);
    /* The router behind output port `port`, and the input port there; VC_NONE: no link. */
    uint32_t (*neighbour)(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port);
    /* Output port on the way to router `to`, another one. */
    uint32_t (*route)(const struct vc_network *n, uint32_t router, uint32_t to);
};
extern const struct vc_topology vc_topologies[];

struct vc_network {
    struct vc_network_params p;
    const struct vc_topology *topology;
    struct run_control *run;
    bool connected;
    struct credit_line *out_credits;
    void (*deliver)(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle);
    void *deliver_self;
    void (*flit_seen)(void *self, struct message *m, enum vc_flit_place place); /* NULL: nobody looks */
    void *flit_self;
    bool few_ports; /* of a router: a set of them is one word */
    uint32_t vcs, depth, lanes, latency;
    uint32_t vc_shift, vc_mask; /* VC numbers of a port: the next power of two */
    uint8_t lane_of_vc[VC_NETWORK_VCS];
    uint32_t routers, ports, endpoints, queue_places;
    uint32_t router_vcs; /* input VCs of routers; behind them eject VCs. Output VCs; behind them inject VCs */
    uint32_t lane_of[VN_COUNT];
    uint32_t lane_mask[2 * VN_COUNT];                          /* VCs of a lane */
    uint32_t foreign;                                          /* added to the lane of a message from another chip */
    uint32_t kind_flits[KIND_STRIDE], kind_bytes[KIND_STRIDE]; /* bytes: payload */
    struct vc_shape shapes[MSG_COUNT][ALL_SECTORS + 1];
    struct vc_place *places; /* per endpoint */
    uint16_t *column, *row;  /* mesh: per router */
    /* state */
    struct vc_router *router;
    struct vc_port *port;
    struct vc_in *in;
    struct vc_out *out;
    uint32_t *flits; /* FIFOs: input VC << fifo_shift */
    uint32_t fifo_shift, fifo_mask;
    struct vc_interface *ends;
    uint32_t *ready, n_ready;    /* input VCs that can take part in switch allocation, in no order */
    struct vc_head *heads;       /* heads that wait for a VC, in no order */
    uint32_t n_heads, n_asking;  /* the first n_asking may ask, the others find their route in this cycle */
    uint16_t *askers;            /* per group: heads that ask */
    uint64_t *sending, *holding; /* endpoints, as plain bit words */
    uint64_t *arrived;           /* endpoints whose mailbox has got something: set by commits */
    uint32_t end_words;
    struct vc_slot *wheel;
    uint32_t wheel_mask;
    struct vc_slot *flit_slot, *credit_slot, *node_slot; /* of this cycle: where flits of routers go; credits to
                                                            routers; credits to endpoints, and flits from there */
    /* scratch of a step */
    uint64_t *order;           /* a list in another order */
    uint32_t *winners;         /* input VCs that got an output VC in this cycle */
    uint32_t *rival_groups;    /* groups in which several heads ask for a VC */
    uint32_t *grants;          /* per output VC: the head that it would grant; VC_NONE */
    uint32_t *choice;          /* per input VC: the first of its grants; VC_NONE */
    uint32_t *rival_routers;   /* routers in which ready VCs must be matched */
    uint32_t *rivals;          /* per input VC of routers: see struct vc_router; places in `ready` */
    uint64_t *outs, *requests; /* outputs asked for; per output: inputs, from request_stride x output on */
    uint32_t *speaker;         /* input x ports + output: place in `ready` */
    uint16_t *granted;         /* inputs with grants */
    uint32_t n_winners, n_rival_groups, n_rival_routers, request_stride;
    /* packets */
    struct vc_packet *packets;
    struct message *messages; /* at the start of a cache line */
    void *message_memory;
    uint32_t *unused;
    uint32_t n_packets, n_unused, fresh; /* numbers from `fresh` on were never used */
    /* accounts */
    struct vc_link *links;
    uint32_t n_links;
    struct vc_passed *links_passed;             /* kind x (ports + endpoints) + link */
    struct vc_passed *kind_passed[KIND_STRIDE]; /* the kind's part of it */
    uint64_t *vc_losses, *switch_losses;
    uint64_t *pair_flits; /* from x endpoints + to */
    struct vc_wave *wave; /* NULL: nothing of it is shown */
};

static inline uint32_t flit_packet(uint32_t flit)
{
    return flit >> FLIT_FIRST;
}
static inline uint32_t flit_kind(uint32_t flit)
{
    return flit >> 2 & (KIND_STRIDE - 1);
}

static inline struct vc_slot *slot_at(struct vc_network *n, uint64_t cycle)
{
    return &n->wheel[cycle & n->wheel_mask];
}
static inline void send_flit(struct vc_slot *s, uint32_t target, uint32_t flit)
{
    s->flit[s->flits++] = (struct vc_flit) {target, flit};
}
static inline void send_credit(struct vc_slot *s, uint32_t target)
{
    s->credit[s->credits++] = target;
}

static inline struct vc_passed *passed(const struct vc_network *n, uint32_t link, uint32_t kind)
{
    return &n->kind_passed[kind][link];
}

/* First VC of an endpoint's end: eject VC, inject VC. */
static inline uint32_t end_vc(const struct vc_network *n, uint32_t endpoint)
{
    return (n->ports + endpoint) << n->vc_shift;
}

/* The FIFO of an input VC or eject VC. */
static inline uint32_t *fifo_at(const struct vc_network *n, uint32_t vc, uint32_t i)
{
    return &n->flits[((size_t)vc << n->fifo_shift) + (i & n->fifo_mask)];
}
static inline void fifo_put(struct vc_network *n, uint32_t vc, uint32_t flit)
{
    struct vc_in *in = &n->in[vc];
    if (in->count == 0)
        in->front = flit;
    else
        *fifo_at(n, vc, in->head + in->count) = flit;
    in->count++;
}
static inline uint32_t fifo_get(struct vc_network *n, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    uint32_t flit = in->front;
    if (--in->count > 0) {
        in->head = (uint16_t)((in->head + 1u) & n->fifo_mask);
        in->front = *fifo_at(n, vc, in->head);
    }
    return flit;
}

static inline uint32_t link_in(const struct vc_network *n, const struct vc_port *p)
{
    return p->back >> n->vc_shift;
}

/* Port of a router on the way to a place. */
static inline uint32_t vc_route(const struct vc_network *n, uint32_t router, const struct vc_place *to)
{
    return to->router == router ? to->port : n->router[router].port_base + n->topology->route(n, router, to->router);
}

/* vc_network.c: flits and credits on links */
uint32_t vc_under_way(const struct vc_network *n);

/* vc_build.c */
void vc_build(struct vc_network *n);
void vc_build_links(struct vc_network *n);

/* vc_wave.c, where a wave is there: before the flits of a cycle are taken in; after the cycle */
void vc_wave_arrive(const struct vc_network *n, const struct vc_slot *s);
void vc_wave_cycle(const struct vc_network *n, uint64_t cycle);
void vc_wave_free(struct vc_network *n);

/* vc_router.c */
void vc_routers_arrive(struct vc_network *n, struct vc_slot *s, uint64_t cycle);
void vc_routers_step(struct vc_network *n, uint64_t cycle);

/* vc_interface.c */
void vc_interface_credit(struct vc_network *n, uint32_t target);
void vc_interface_flit(struct vc_network *n, const struct vc_flit *f, uint64_t cycle);
void vc_interface_inject(struct vc_network *n, uint64_t cycle);
void vc_interface_eject(struct vc_network *n, uint64_t cycle);

#endif
