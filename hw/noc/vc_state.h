/* SPDX-License-Identifier: Apache-2.0 */
/* vc_state.h - what the parts of the VC network share; private to hw/noc.
 *
 *     port    router after router; in a router its links, then its endpoints. Ends of endpoints behind them: ports + e
 *     VC      port << vc_shift | vc; `local`: counted from the first VC of its router
 *     link    the port at which it begins: output port of a router, or an endpoint's end
 *     flit    one word: packet << 7 | kind << 2 | head << 1 | tail
 *     kind    traffic class x 5 + sectors of payload: what an account has to know of a packet
 *
 * What acts in a cycle: heads that wait for an output VC, and input VCs that can take part in switch allocation.
 * Routers without options keep both by output ports (vc_masks.c): as words where they have up to 64 VCs, else as chains
 * and words of output VCs; meshes of few VCs, and crossbars of packets of one flit, have layouts of their own
 * (vc_lines.h, vc_crossbar.h). Else they stand in two lists, whichever router they belong to (vc_router.c,
 * vc_switch.c); counts per group and per port say who is alone, the others are matched. The result is the same.
 *
 * Nothing acts in less than link latency + 1 cycles beyond a router, so a wheel of lists carries flits and credits: per
 * cycle one for each tile of routers, and one for the endpoints. Each has room for one item per link. */
#ifndef HW_NOC_VC_STATE_H
#define HW_NOC_VC_STATE_H

#include "hw/noc/vc_bits.h"
#include "hw/noc/vc_network.h"
#include "sim/base/mem.h"

#if defined(__GNUC__)
#define INLINE    __attribute__((always_inline)) inline
#define APART     __attribute__((noinline)) /* rare: keeps its registers out of the loops */
#define FETCH(p)  __builtin_prefetch(p)
#define RARELY(c) __builtin_expect(!!(c), 0)
#else
#define INLINE inline
#define APART
#define FETCH(p)  ((void)(p))
#define RARELY(c) (c)
#endif

#define VC_NONE       UINT32_MAX
#define PAYLOAD_KINDS (LINE_SECTORS + 1u)
#define PACKET_KINDS  (CLASS_COUNT * PAYLOAD_KINDS)
#define KIND_STRIDE   32u
#define BUSY_IN       1u
#define BUSY_OUT      2u
#define VC_CLASSES    4u
#define VC_SETS       ((1u + VC_CLASSES) * 2u * VN_COUNT)

#define PLAIN_SHIFT 2u /* 3 or 4 VCs: what routers usually have */

#define TILES_NEAR 8u /* so many tiles stay in the host's second cache */

#define VC_AHEAD 6u /* items of a list that the host fetches in advance; lists have so many places more */

#define FLIT_TAIL  1u
#define FLIT_HEAD  2u
#define FLIT_FIRST 7u /* bits below the packet number */

/* A store of 8 bits would make the compiler load everything anew; fields that are written have 16. What ports and VCs
 * say of VCs of the same router are local numbers. The pointer of an arbiter is kept as what it served last, the one
 * before it; where nothing was served yet, as the last one of the circle. */

/* What `out` of an input VC says where it holds no output VC; below: the output VC that it holds, it is active. */
#define VC_WAITING      0x8000u /* to be routed, or for an output VC; masks: | set << 6 | output port; wide: | port */
#define VC_MATCHED      0xfffeu /* VC allocation of several cycles is under way */
#define VC_IDLE         0xffffu
#define VC_WAITING_PORT 63u
#define VC_WAITING_SET  6u /* shift */

/* Two VCs of the same number, in a quarter of a line of the host's cache. At the input port: a FIFO and where its
 * packet goes. At the output port: credits for the buffer behind the link. */
struct vc {
    uint32_t front; /* input: the flit at the front; the FIFO's memory holds those behind it */
    uint16_t out;
    uint16_t fifo;    /* count, and << 8 where the second flit would lie, less one */
    uint16_t took;    /* VC allocation: the resource it accepted last */
    uint16_t credits; /* output */
    uint16_t owner;   /* input VC */
    uint16_t served;  /* VC allocation: the requester it granted last */
};
#define FIFO_HEAD 8u /* shift */

/* Owner of an output VC that nobody holds, or that drains: its packet has gone and credits are out. */
#define OWNER_NONE   0xffffu
#define OWNER_DRAINS 0xfffeu

/* A port of a router, both directions, and its links: a line of the host's cache. Tiles: to which the VCs behind and
 * before the links belong; n_tiles: endpoints. */
struct vc_port {
    union {
        struct {
            uint64_t ask;  /* input VCs that can take part in switch allocation for this output */
            uint64_t want; /* input VCs whose heads ask for a VC of this output */
        } mask;
        struct {
            uint16_t asks, asked; /* VCs that can take part in switch allocation: of this input, for this output */
            uint16_t best;        /* within a step: output that this input would accept */
        } list;
        struct {
            uint32_t ask;  /* output VCs whose owner can take part in switch allocation */
            uint16_t best; /* as above */
        } wide;
        struct {
            uint64_t freed;  /* the last packet for this output: cycle << 4 | the VC that it freed, a set of one */
            uint16_t held;   /* output VCs that somebody holds, instead of `free` */
            uint16_t active; /* VCs of this input that hold an output VC */
            uint16_t ask;    /* as above, within a step */
            uint16_t best;
        } cross;
    };
    uint32_t free;  /* output VCs that nobody holds */
    uint32_t first; /* VC of the router */
    uint16_t router;
    uint16_t sent;    /* the input VC of this port that won the switch last */
    uint16_t passed;  /* the input VC that won the switch last for this output */
    uint16_t sent_to; /* an output VC of the port to which `sent` went */
    uint32_t down;    /* the first VC behind the output link; VC_NONE: no link */
    uint32_t back;    /* the first output VC before the input link; the link's number is that of its port */
    uint32_t down_tile, back_tile;
    uint64_t vc_losses, switch_losses; /* see struct vc_port_conflicts */
};

/* Wide routers: heads of a lane that ask for a VC of an output port. */
struct vc_chain {
    uint32_t port, set; /* the lane's VCs */
    uint16_t first;     /* input VC; of the next ones, next_head */
    uint16_t count;
};

/* A head that waits for a VC. Its group: heads for the same output port and set of VCs there, port << set_shift | set.
 * Sets of a port: lanes; where a lane's VCs have classes, then those of class 0 of each lane, class 1, ... */
struct vc_head {
    uint32_t group, vc; /* vc: input VC */
    uint32_t port, set; /* the group's: output port, VCs of its set */
};

/* What the first cycle of an allocation of several cycles has given; it counts from `due` on. */
struct vc_matched {
    uint64_t due;
    struct vc_head head; /* of switch allocation only the input VC */
    uint32_t got;        /* VC allocation: output VC or VC_NONE; switch allocation: has it won? */
};
struct vc_matches {
    struct vc_matched *items;
    uint32_t head, n, places; /* a ring */
};

struct vc_router {
    uint32_t ports, port_base, vc_base;
    uint32_t circle;   /* VC numbers of the router */
    uint32_t n_rivals; /* within a step: ready VCs that are not alone at their ports, rivals[vc_base ...] */
};

/* An input VC, by its local number, that asks for an output port. */
struct vc_bid {
    uint32_t port, local;
};

/* Masks: routers with consecutive numbers whose state fits in the host's first cache. Each goes through its whole cycle
 * before the next one does. Lists of ports and VCs of this tile, in no order. */
struct vc_tile {
    uint32_t *fresh;        /* heads that came to the front in the last cycle */
    uint32_t *wanted;       /* output ports with `want`; wide: chains with heads */
    uint32_t *asked;        /* output ports with `ask` */
    uint32_t *granted;      /* within a step: input ports with grants */
    struct vc_bid *winners; /* within a step: heads that got an output VC with credit */
    uint32_t first_port, ports;
    uint32_t n_fresh, n_wanted, n_asked, n_granted, n_winners;
};

struct vc_flit {
    uint32_t target; /* input VC */
    uint32_t flit;
};

/* What arrives in one cycle at the routers of a tile, or at the endpoints. */
struct vc_slot {
    uint32_t flits, credits;
    struct vc_flit *flit;
    uint32_t *credit; /* output VC or inject VC */
};

/* What the type and the sectors of a message say about its packet. */
struct vc_shape {
    uint16_t flits, bytes; /* bytes: payload */
    uint16_t meta;         /* of struct vc_packet */
    uint8_t lane, class_of;
};

/* What the ends want to know of a packet, in one number. */
#define META_KIND 0xffu
#define META_VN   8u  /* shift */
#define META_POLL 15u /* shift: it does not count as progress */

/* Where an endpoint is; how far a packet for it has come. */
struct vc_place {
    uint32_t router; /* its number; in n->to with lines: as these have it in `here` */
    uint16_t port;   /* in its router */
    uint16_t hops;
};

#define VC_WAY_DOWN  1u /* it goes down in the dimension in which it is */
#define VC_WAY_CLASS 2u /* and takes the VCs of class 1 there */
#define VC_WAY_LAST  4u /* Valiant: it has been at the router in between */
#define VC_WAY_Y     8u /* adaptive torus: first y, then x */

struct vc_packet {
    uint16_t flits; /* 0: the number is not in use */
    uint16_t meta;
    uint32_t next; /* in a source queue: the packet behind it */
};

/* Which of several ways a packet goes. */
struct vc_way {
    uint16_t chosen; /* what its route has decided, VC_WAY_ */
    uint16_t coins;
    uint16_t via; /* Valiant: the router in between */
};

/* Where a head is routed: router, and the input port at which it stands, in its router. */
struct vc_hop {
    uint32_t router, in;
    uint32_t to; /* the router to which it goes: another one */
    const struct vc_place *last;
};

/* A source queue: a chain of packets, `count` of them. */
struct vc_queue {
    uint32_t first, last;
    uint16_t count;
    uint16_t left; /* flits to come of the first packet; 0: its head has not been sent */
};

/* A node's end: source queues, eject VCs (their FIFOs are input VCs of the network). What a packet that need not wait
 * touches on its way in lies in one line of the host's cache, with queued and peak two; on its way out in another. */
struct vc_interface {
    _Alignas(MEM_LINE) struct mailbox *from_endpoint;
    struct credit_line *out_credit;
    uint64_t injected; /* payload bytes */
    uint64_t flits_sent;
    uint32_t port_vc;           /* the port's first VC */
    uint32_t end_vc;            /* first VC of this end: eject VC, inject VC */
    uint32_t credits;           /* inject VCs with credit */
    uint32_t pending;           /* messages in the source queues */
    uint16_t number;            /* the endpoint's */
    uint16_t waiting;           /* lanes whose source queue holds something */
    uint16_t turn;              /* lane that may send first */
    uint16_t tile;              /* the router's */
    uint8_t used[2 * VN_COUNT]; /* by lane: the VC of the packet being sent, or sent last */

    _Alignas(MEM_LINE) struct mailbox *to_endpoint;
    const struct credit_line *in_credit;
    uint64_t handed_over; /* payload bytes */
    uint32_t port;        /* of the router, numbered through */
    uint32_t held;        /* eject VCs with flits */
    uint32_t promised;    /* eject VCs whose packet has a place at the endpoint */
    uint16_t eject_turn;  /* eject VC that may hand over first */
    uint16_t credits_to;  /* `tile` */
    union {
        uint32_t delivered[VN_COUNT];
        uint32_t room[VN_COUNT]; /* vc_crossbar.h: places of the endpoint that are known to be free */
    };
    uint32_t taken[VN_COUNT]; /* places given back without mailboxes */

    _Alignas(MEM_LINE) uint32_t queued[CLASS_COUNT]; /* bytes of the source queues */
    uint32_t peak[CLASS_COUNT];
    struct vc_queue queues[2 * VN_COUNT]; /* by lane */
    uint64_t waits;                       /* cycles in which flits stood here without a place at the endpoint */
    uint64_t packets_sent;                /* where routes have coins */
};

struct vc_topology {
    const char *name;
    uint32_t classes; /* of VCs, into which each lane's are split on links between routers */
    uint32_t classes_adaptive;
    uint32_t ways; /* routes between two endpoints, told apart by the packet's coins */
    /* Ports of a router between routers; the endpoints' ports follow. */
    uint32_t (*links)(const struct vc_network_params *p);
    uint32_t (*routers)(const struct vc_network_params *p);
    /* The router behind output port `port`, and the input port there; VC_NONE: no link. */
    uint32_t (*neighbour)(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port);
    uint32_t (*latency)(const struct vc_network *n, uint32_t router, uint32_t port); /* of that link */
    /* Output port on the way to at->to; *set: the lane, becomes the set of VCs there. */
    uint32_t (*route)(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
    /* Likewise, by what the output ports have of credits; NULL: there are no such routes. */
    uint32_t (*adapt)(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
};
extern const struct vc_topology vc_topologies[DYN_NOC_COUNT];

struct vc_network {
    struct vc_network_params p;
    const struct vc_topology *topology;
    struct run_control *run;
    bool connected;
    struct credit_line *out_credits;
    void *credits_memory;
    void (*deliver)(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle);
    void *deliver_self;
    void (*flit_seen)(void *self, struct message *m, enum vc_flit_place place); /* NULL: nobody looks */
    void *flit_self;
    bool few_ports; /* of a router: a set of them is one word */
    uint32_t vcs, depth, lanes, latency, node_latency;
    bool varied; /* links of different latency */
    uint64_t now;
    uint32_t vc_shift, vc_mask; /* VC numbers of a port: the next power of two */
    uint8_t lane_of_vc[VC_NETWORK_VCS];
    uint32_t routers, ports, endpoints, queue_places;
    uint32_t router_vcs; /* input VCs of routers; behind them eject VCs. Output VCs; behind them inject VCs */
    uint32_t lane_of[VN_COUNT];
    uint32_t lane_mask[2 * VN_COUNT]; /* VCs of a lane */
    uint32_t ways;                    /* of the topology */
    bool valiant, mesh;               /* valiant: packets can have detours */
    bool adaptive;
    bool classes;                          /* lanes are split into classes of VCs */
    uint32_t most_ports;                   /* of a router */
    uint32_t link_ports;                   /* of a router: those between routers */
    uint32_t set_shift, set_mask[VC_SETS]; /* VCs of a set */
    uint16_t *port_latency; /* between routers: of the link behind an output port, and before an input port */
    uint16_t *back_latency;
    uint32_t foreign;                                          /* added to the lane of a message from another chip */
    uint32_t kind_flits[KIND_STRIDE], kind_bytes[KIND_STRIDE]; /* bytes: payload */
    struct vc_shape shapes[MSG_COUNT][ALL_SECTORS + 1];
    struct vc_place *places;     /* per endpoint */
    const struct vc_place *aims; /* likewise, as it stands in `to` */
    uint16_t *column, *row;      /* per router of a grid */
    /* state */
    bool lags;               /* routers may be a cycle behind the ends, then go through two at once */
    uint32_t behind;         /* so many cycles, 0 or 1 */
    bool masks;              /* of routers, instead of lists */
    bool wide, plain;        /* masks: see struct vc_engine */
    struct vc_chain *chains; /* wide: output port x lanes + lane */
    uint16_t *next_head;     /* wide, per input VC: the next one in its head's chain */
    uint64_t port_vcs;       /* masks: VCs of a port */
    uint64_t firsts;         /* masks: the first VC of each port */
    struct vc_tile *tiles;   /* masks; lists: one, and its own lists are empty */
    uint32_t n_tiles;
    uint32_t *tile_lists;   /* their memory */
    uint32_t *step_granted; /* the memory of all tiles' `granted` */
    struct vc_bid *step_winners;
    uint32_t step_mask;     /* of a port's number, in the next two */
    uint64_t *input_grants; /* masks, within a step, per input port: output ports, by local numbers */
    uint64_t *choosers; /* masks, within a step, per output port: inputs that chose it, or that it is matched with */
    uint64_t *taken;    /* masks, several iterations, within a step, per router: VCs of matched inputs */
    struct vc_router *router;
    struct vc_port *port;
    void *port_memory;
    struct vc_lines *lines;       /* instead of the routers' part of `port` and `vc`; or NULL */
    struct vc_crossbar *crossbar; /* instead of `vc`, the ends' too; or NULL */
    struct vc *vc;                /* of routers, then of ends: eject VCs and inject VCs */
    void *vc_memory;
    uint32_t *flits; /* FIFOs: input VC << fifo_shift */
    uint32_t fifo_shift, fifo_mask;
    struct vc_interface *ends;
    void *ends_memory;
    uint32_t *ready, n_ready;    /* input VCs that can take part in switch allocation, in no order */
    struct vc_head *heads;       /* heads that wait for a VC, in no order */
    uint32_t n_heads, n_asking;  /* the first n_asking may ask, the others find their route in this cycle */
    uint16_t *askers;            /* per group: heads that ask */
    uint64_t *sending, *holding; /* endpoints, as plain bit words */
    uint64_t *arrived;           /* endpoints whose mailbox has got something, for even and for odd cycles */
    uint32_t end_words;
    struct vc_slot *wheel; /* cycle x (tiles + 1) + tile */
    uint32_t wheel_mask;
    struct vc_flit *wheel_flits; /* their memory */
    uint32_t *wheel_credits;
    /* Of this cycle: where flits and credits of routers go, to routers [0] and to endpoints [1]; those of endpoints.
     * Each is the slot of tile 0. */
    struct vc_slot *flits_to[2], *credits_to[2], *end_flits, *end_credits;
    struct vc_slot *moved; /* a waveform is drawn: all that leaves in this cycle, once more; or NULL */
    /* scratch of a step */
    uint64_t *order;              /* a list in another order */
    uint32_t *winners;            /* input VCs that got an output VC in this cycle */
    struct vc_head *rival_groups; /* one head each of groups in which several heads ask for a VC */
    uint32_t *grants;             /* per output VC: the head that it would grant; VC_NONE */
    uint32_t *choice;             /* per input VC: the first of its grants; VC_NONE */
    uint32_t *rival_routers;      /* routers in which ready VCs must be matched */
    uint32_t *rivals;             /* per input VC of routers: see struct vc_router; places in `ready` */
    uint64_t *outs, *requests;    /* outputs asked for; per output: inputs, from request_stride x output on */
    uint32_t *speaker;            /* input x ports + output: place in `ready` */
    uint16_t *inputs;             /* with grants */
    uint16_t *group_asked;        /* per group: it is in rival_groups */
    uint16_t *chosen;             /* per output of a router: the input it would take */
    /* Options of the switch. Firm requests stand in `ready` up to n_firm, bids behind them. */
    bool input_first, options, bids_yield; /* bids_yield: arbiters serve bids last */
    uint32_t iterations;                   /* of iSLIP */
    bool again;                            /* within VC allocation: this is not the first iteration, pointers stay */
    uint32_t n_firm, n_bids, n_kept, n_busy;
    uint32_t *bids, *bid_port; /* input VCs that bid; per input VC: for which output port */
    bool *redeemed;            /* per input VC: its bid has won, and a VC with credit too */
    uint32_t *kept;            /* input VCs that keep the switch; NULL as the next: nobody may */
    bool *keeps;
    uint8_t *busy; /* per port: BUSY_IN, BUSY_OUT, in this cycle */
    uint32_t *busy_ports;
    /* Stages of several cycles. */
    uint32_t *routing; /* per cycle of routing_delay: heads that began to be routed */
    uint32_t n_routing;
    struct vc_matches vc_matches, switch_matches;
    bool *won; /* per place in `ready` */
    uint32_t n_winners, n_rival_groups, n_rival_routers, request_stride;
    /* packets */
    struct message_store store;
    struct vc_packet *packets; /* of the same numbers; those between reading and handing over count */
    struct vc_place *to;       /* where they go: all that routers read of them */
    struct vc_way *way;        /* per packet, where there are several; else one that nobody reads */
    uint32_t way_mask;         /* of the packet's number: all, or 0 */
    uint32_t inside;           /* so many of them */
    /* accounts */
    struct vc_link *links;
    uint32_t n_links;
    uint64_t *entered;                    /* packets whose head was sent: kind x (ports + endpoints) + link */
    uint32_t *on_links, *on_links_before; /* likewise: head sent, tail not arrived; now, and when counts were cleared */
    uint64_t evals, on_links_at;          /* on_links is that of this number of calls */
    uint64_t
        *walked; /* Valiant, adaptive: per raw link, flits of the routes of packets that were sent, or were routed */
    /* Minimal routes: flits by route. A grid's routes have two legs, along x and y: way x routers x cols (rows), then
     * router where the leg begins x cols (rows) + column (row) where it ends. */
    uint64_t *pair_flits; /* no grid of routers, several: way x endpoints^2 + from x endpoints + to */
    uint64_t *legs_x, *legs_y;
    uint64_t *flits_for;  /* that were sent to this endpoint */
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

/* The slots of a cycle: those of tiles, then that of the endpoints. */
static inline struct vc_slot *slots_at(const struct vc_network *n, uint64_t cycle)
{
    return &n->wheel[(cycle & n->wheel_mask) * (n->n_tiles + 1)];
}
/* Where the routers' flits and credits of this cycle go. */
static inline void vc_send_from(struct vc_network *n, uint64_t cycle)
{
    n->now = cycle;
    n->flits_to[0] = slots_at(n, cycle + n->latency + 2);
    n->flits_to[1] = slots_at(n, cycle + n->node_latency + 2);
    n->credits_to[0] = slots_at(n, cycle + n->latency + 1 + n->p.shape.credit_delay);
    n->credits_to[1] = slots_at(n, cycle + n->node_latency + 1);
}
static inline void send_flit(struct vc_slot *s, uint32_t target, uint32_t flit)
{
    s->flit[s->flits++] = (struct vc_flit) {target, flit};
}
static inline void send_credit(struct vc_slot *s, uint32_t target)
{
    s->credit[s->credits++] = target;
}

static inline uint64_t *entered(const struct vc_network *n, uint32_t link, uint32_t kind)
{
    return &n->entered[(size_t)kind * (n->ports + n->endpoints) + link];
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
static inline uint32_t fifo_count(const struct vc *in)
{
    return in->fifo & 0xffu;
}
static inline void fifo_put(struct vc_network *n, uint32_t vc, uint32_t flit)
{
    struct vc *in = &n->vc[vc];
    uint32_t count = fifo_count(in);
    if (count == 0)
        in->front = flit;
    else
        *fifo_at(n, vc, (uint32_t)(in->fifo >> FIFO_HEAD) + count) = flit;
    in->fifo++;
}
static inline uint32_t fifo_get(struct vc_network *n, uint32_t vc)
{
    struct vc *in = &n->vc[vc];
    uint32_t flit = in->front, count = fifo_count(in) - 1, head = in->fifo >> FIFO_HEAD;
    if (count > 0) {
        head = (head + 1) & n->fifo_mask;
        in->front = *fifo_at(n, vc, head);
    }
    in->fifo = (uint16_t)(head << FIFO_HEAD | count);
    return flit;
}

/* Masks: what `out` of a waiting VC says of its head's route. In wide routers a head's set is its lane. */
static INLINE uint16_t route_told(uint32_t port, uint32_t set, const bool wide)
{
    return (uint16_t)(VC_WAITING | port | (wide ? 0 : set << VC_WAITING_SET));
}
static INLINE uint32_t route_port(uint32_t out, const bool wide)
{
    return out & (wide ? VC_NETWORK_WIDE - 1 : VC_WAITING_PORT);
}

/* The link that ends at an input port. */
static inline uint32_t link_in(const struct vc_network *n, uint32_t port)
{
    return n->port[port].back >> n->vc_shift;
}

static inline uint32_t packet_kind(const struct vc_packet *p)
{
    return p->meta & META_KIND;
}

enum mesh_port { MESH_EAST, MESH_WEST, MESH_SOUTH, MESH_NORTH, MESH_LINKS };
enum ring_port { RING_UP, RING_DOWN, RING_LINKS };

/* The way to another router of a mesh, first x, then y; no branches, as nothing predicts them. In a column, routers
 * further south have the higher numbers. */
static inline uint32_t vc_mesh_port(const struct vc_network *n, uint32_t at, uint32_t to)
{
    uint32_t x = n->column[at], to_x = n->column[to], turns = -(uint32_t)(to_x == x);
    uint32_t along_x = MESH_EAST + (to_x < x), along_y = MESH_SOUTH + (to < at);
    return (along_x & ~turns) | (along_y & turns);
}

/* vc_topology.c */
uint32_t vc_route_valiant(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);

/* vc_adaptive.c */
uint32_t vc_adapt_mesh(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
uint32_t vc_adapt_torus(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
uint32_t vc_adapt_ring(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
uint32_t vc_adapt_tree(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);
uint32_t vc_adapt_flatfly(const struct vc_network *n, const struct vc_hop *at, struct vc_way *w, uint32_t *set);

/* Output port, in its router, of a packet that stands at this input port; *set: its lane, becomes its set of VCs. */
static inline uint32_t vc_route(const struct vc_network *n, uint32_t router, uint32_t in, const struct vc_place *to,
                                struct vc_way *w, uint32_t *set)
{
    if (n->mesh && !n->valiant) {
        uint32_t port = vc_mesh_port(n, router, to->router), here = -(uint32_t)(to->router == router);
        return (to->port & here) | (port & ~here);
    }
    const struct vc_hop at = {router, in, to->router, to};
    if (n->valiant)
        return vc_route_valiant(n, &at, w, set);
    if (to->router == router)
        return to->port;
    return n->topology->route(n, &at, w, set);
}

uint32_t vc_under_way(const struct vc_network *n); /* vc_network.c: flits and credits on links */

/* vc_account.c: flits of a packet that has not been sent are counted on its route between routers */
void vc_count_route(struct vc_network *n, uint32_t from, uint32_t to, struct vc_way w, uint32_t flits);

/* vc_build.c */
void vc_build(struct vc_network *n);
void vc_build_links(struct vc_network *n);

/* vc_wave.c, where a wave is there: before the flits of a cycle are taken in; after the cycle */
void vc_wave_arrive(const struct vc_network *n, uint64_t cycle);
void vc_wave_cycle(const struct vc_network *n, uint64_t cycle);
void vc_wave_free(struct vc_network *n);

void vc_routers_cycle(struct vc_network *n, uint64_t cycle); /* vc_router.c */

/* vc_masks.c: the same where routers have masks, `cycles` of them from this one on. More than one: nothing may act on
 * another router, or an end, so soon. */
void vc_masks_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles);

/* vc_lines.c, vc_lines_build.c: likewise, where a port fits in a line of the host's cache. What others read of routers
 * is brought up to date by _show, which does nothing elsewhere. */
bool vc_lines_fit(const struct vc_network *n);
void vc_lines_build(struct vc_network *n);
void vc_lines_free(struct vc_network *n);
void vc_lines_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles);
void vc_lines_show_port(const struct vc_network *n, uint32_t port);
void vc_lines_show(const struct vc_network *n);

/* vc_crossbar.c, vc_crossbar_build.c: the whole cycle of a crossbar for packets of one flit, and what others want to
 * know of it. _show as above, for `vc`. */
bool vc_crossbar_fits(const struct vc_network *n);
void vc_crossbar_build(struct vc_network *n);
void vc_crossbar_free(struct vc_network *n);
uint64_t vc_crossbar_eval(struct vc_crossbar *x, uint64_t cycle);
void vc_crossbar_show(const struct vc_network *n);
void vc_crossbar_count(const struct vc_network *n, uint32_t *counts); /* on links: kind x links + link */
uint64_t vc_crossbar_in_flight(const struct vc_network *n);
uint32_t vc_crossbar_under_way(const struct vc_network *n);
void vc_crossbar_end(const struct vc_network *n);

/* vc_interface.c */
void vc_interface_arrive(struct vc_network *n, struct vc_slot *s, uint64_t cycle);
void vc_interface_inject(struct vc_network *n, uint64_t cycle);
void vc_interface_eject(struct vc_network *n, uint64_t cycle);
void vc_interface_queue(struct vc_network *n, struct vc_interface *e, uint32_t lane, uint32_t packet); /* it joins */

#endif
