/* SPDX-License-Identifier: Apache-2.0 */
/* vc_network.h - the dynamic network of one chip: input-queued virtual-channel routers, and the interfaces around them.
 *
 *     endpoint --out--> [source queue per virtual network]--inject-->+--------+==> router ...
 *              <--in--- [eject VCs, packets put together ]<--eject---| router |<== router ...
 *
 *     in[p] ==> VC FIFO --> route --> VC allocation --> switch allocation --> crossbar ==> out[o]      (iSLIP, credits)
 *
 * A packet is one struct message; its flits carry the payload, the header travels on wires of its own. The record
 * is kept once, in a store; flits and mailboxes carry its number. The VCs of a port are split among the virtual
 * networks in use in contiguous ranges. Cycle by cycle: docs/model/vc-network.md. Everything is allocated by _new;
 * routers that hold nothing cost nothing.
 *
 * Two ways to use it: with mailboxes (vc_network_connect, hw/chip), or directly (vc_network_offer and
 * vc_network_on_delivery: tests, traffic studies). */
#ifndef HW_NOC_VC_NETWORK_H
#define HW_NOC_VC_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/dynamic_params.h"
#include "sim/kernel/credit_line.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/message_store.h"
#include "sim/kernel/run_control.h"

#define VC_NETWORK_VCS   32u   /* of a port, at most */
#define VC_NETWORK_DEPTH 255u  /* flits of a VC, at most */
#define VC_DELAY_MAX     64u   /* cycles of a stage */
#define VC_NETWORK_WIDE  4096u /* ports x VCs of a router, at most */

struct vc_network_params {
    const char *name; /* chip0.noc; link ids are NAME.rA-rB */
    const char *chip; /* chip0; ids of interface links are CHIP.local.EP-rA and CHIP.local.rA-EP */
    struct vc_network_shape shape;
    uint32_t flit_bytes;   /* payload wires; the header's wires come on top */
    uint32_t packet_flits; /* of every packet with payload, whatever it carries; 0: as many as the payload needs */
    uint32_t endpoints;
    uint32_t rows, cols;              /* routers of a mesh, torus, ring, flattened butterfly */
    uint32_t arity, levels;           /* fat tree: arity^levels endpoints; levels x arity^(levels - 1) routers */
    uint32_t centre_links;            /* partitioned crossbar: between its halves, each way */
    uint32_t concentration;           /* endpoints of a router, where endpoint_router is NULL; 0: one */
    const uint32_t *endpoint_router;  /* per endpoint; NULL: router i has endpoints i x concentration ... */
    uint64_t seed;                    /* of the coins of routes */
    bool lags;                        /* the counts of routers are read after vc_network_catch_up only */
    bool debug_one_class;             /* tests: no datelines, all turns, so that it can deadlock */
    bool debug_lists;                 /* tests: routers keep lists where they could keep masks */
    const char *const *endpoint_name; /* u3, s0, p1; NULL: e0, e1, ... */
    uint32_t out_places, in_places;   /* messages per virtual network, as in struct net_port */
    uint32_t kept;                    /* messages that the endpoints keep in the store besides those, all together */
    bool apart;                       /* messages of other chips have VCs of their own in every virtual network */
    uint16_t chip_number;             /* apart: the own one */
};

/* One endpoint, seen from the network. */
struct net_peer {
    struct mailbox *from_endpoint, *to_endpoint; /* uint32_t: numbers of messages in the network's store */
    const struct credit_line *in_credit;         /* written by the endpoint */
};

struct vc_link {
    char *id, *from, *to;
    enum link_type type; /* local: inject and eject; noc: between routers */
    uint32_t raw;        /* the network's own number */
    uint32_t twin;       /* number among the links from one router to another: 0 where there are no others */
};

struct vc_endpoint_stat {
    uint64_t injected, delivered; /* payload bytes: read from the endpoint; handed over to it */
};

struct vc_port_conflicts {
    uint64_t vc_losses;     /* a head waited for an output VC of this output port: packets x cycles */
    uint64_t switch_losses; /* an input asked for this output port and did not get the switch */
};

struct vc_network;
struct vc_network *vc_network_new(const struct vc_network_params *p, struct run_control *run);
void vc_network_free(struct vc_network *n);

/* domain: writer of the credits; peers: per endpoint, copied. */
void vc_network_connect(struct vc_network *n, struct domain *domain, const struct net_peer *peers);
/* The credits the network gives to an endpoint's `out` mailbox; lives as long as the network. */
struct credit_line *vc_network_out_credit(struct vc_network *n, uint32_t endpoint);
/* Where all messages lie that endpoints and network exchange. */
struct message_store *vc_network_store(struct vc_network *n);

uint32_t vc_network_endpoints(const struct vc_network *n);
/* Capacity that an endpoint's `out` mailbox needs: what it may send before the first credit comes. */
uint32_t vc_network_mail_items(const struct vc_network *n);

/* Without mailboxes: `deliver` is called in the cycle in which a packet has arrived whole; sinks have in_places
 * places per virtual network, given back by vc_network_taken. in_places UINT32_MAX: a sink that takes everything. */
void vc_network_on_delivery(struct vc_network *n,
                            void (*deliver)(void *self, uint32_t endpoint, const struct message *m, uint64_t cycle),
                            void *self);
/* What happened to a flit. */
enum vc_flit_place { VC_FLIT_HEAD_SENT, VC_FLIT_SENT, VC_FLIT_TAKEN };
/* Without mailboxes: `seen` is called for each flit that leaves its source queue, and that is taken at its end, there
 * before `deliver`. It may write into what the network does not read of the message: line, tag, words, computed. */
void vc_network_on_flit(struct vc_network *n, void (*seen)(void *self, struct message *m, enum vc_flit_place place),
                        void *self);
bool vc_network_room(const struct vc_network *n, uint32_t endpoint, enum virtual_network vn);
/* Before eval of a cycle: the head may leave in that cycle. The caller has asked for room. */
void vc_network_offer(struct vc_network *n, uint32_t endpoint, const struct message *m);
/* The same in two steps, for messages that are written where they lie: type, sectors, destination, and whatever else
 * the caller wants to read again. */
struct message *vc_network_begin(struct vc_network *n, uint32_t *number);
void vc_network_send(struct vc_network *n, uint32_t endpoint, uint32_t number);
void vc_network_taken(struct vc_network *n, uint32_t endpoint, enum virtual_network vn, uint32_t messages);

/* Before the run: the waveform shows links, flits in the routers' and endpoints' buffers, source queues. */
struct slot_counter;
void vc_network_show(struct vc_network *n, const struct slot_counter *launch);
void vc_network_show_end(struct vc_network *n);

uint64_t vc_network_eval(struct vc_network *n, uint64_t cycle);
/* With `lags`, before anything but ends is asked about: routers can be a cycle behind. */
void vc_network_catch_up(struct vc_network *n);
bool vc_network_idle(const struct vc_network *n); /* holds no packet */
void vc_network_dump(const struct vc_network *n, uint64_t cycle, struct diag *d);

/* ---- accounts ---- */

/* The measured repeat begins. Packets and credits under way keep their state; only counts are cleared. */
void vc_network_stat_clear(struct vc_network *n);
/* End of the run: with nothing under way all credits must be home and all VCs free. */
void vc_network_end(const struct vc_network *n);
uint32_t vc_network_links(const struct vc_network *n);
const struct vc_link *vc_network_link(const struct vc_network *n, uint32_t link);
struct link_account vc_network_account(struct vc_network *n, uint32_t link, enum traffic_class class_of);
/* Cross-check: per link the wire bytes of all packets' routes, counted where they were injected. */
void vc_network_walk(const struct vc_network *n, uint64_t *wire_walked);
struct vc_endpoint_stat vc_network_endpoint(const struct vc_network *n, uint32_t endpoint);
uint64_t vc_network_in_flight(const struct vc_network *n); /* payload read and not handed over */
uint64_t vc_network_flit_hops(const struct vc_network *n); /* flits x routers */
uint32_t vc_network_routers(const struct vc_network *n);
uint32_t vc_network_ports(const struct vc_network *n, uint32_t router);
struct vc_port_conflicts vc_network_conflicts(const struct vc_network *n, uint32_t router, uint32_t port);
/* Cycles in which flits stood at this endpoint's end of the network and it had no room for them. */
uint64_t vc_network_eject_waits(const struct vc_network *n, uint32_t endpoint);

#endif
