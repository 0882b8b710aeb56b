/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_router.h - what joins a chip to the other chips: ports of its network, a switch, chip links.
 *
 *     network ==port 0==> [VN][VN][VN] --+--------+--> packet_sender ==> chip link to chip a
 *             ==port 1==> [VN][VN][VN] --| switch |--> packet_sender ==> chip link to chip b
 *     chip link from a ==> [VN x class] -|        |
 *     chip link from b ==> [VN x class] -+        +--> port 0, port 1 ==> network
 *
 * One per chip. A message to another chip comes in at one of the ports; a packet to a third chip goes from link to
 * link here and never enters the chip's network (as in Anton's and the TPU's routers). What is for this chip
 * goes to port line mod ports, and on to endpoint to_end.
 *
 * Buffers: per port and virtual network (the net_port's in_places), per incoming link, virtual network and dateline
 * class (link_queue packets); in each a list per output, so nothing waits behind what goes elsewhere (fabric_queue.h).
 * Every output takes the head of a list at a time, round robin over chip and incoming links, then over their buffers; a
 * link takes as many a cycle as its rate allows, a port one. A pointer moves only when a packet goes.
 *
 * Way: a table from the composition, per destination the outgoing links of equally short ways; fabric_way() picks one
 * by line and source, so all packets of a (source, destination, line) take one way and keep their order. Where packets
 * may go by a third chip first (fabric_via.h) there is no order.
 *
 * A switch that is no chip is such a router without ports. One that adds is the home of lines (fabric_sums.h): then
 * packets that have its number come to output `links`, and what it sends stands in sources of its own.
 *
 * Sleeps while nothing can move but for a mailbox; stays awake while something waits for room in the chip's network
 * (credits of a net_port wake nobody). Accounts: docs/model/fabric.md. */
#ifndef HW_LINK_FABRIC_ROUTER_H
#define HW_LINK_FABRIC_ROUTER_H

#include "hw/link/packet_link.h"
#include "sim/base/diag.h"
#include "sim/kernel/net_port.h"
#include "sim/kernel/run_control.h"

#define FABRIC_WAYS 8u

struct fabric_route { /* to one chip */
    uint32_t ways;
    uint32_t link[FABRIC_WAYS]; /* outgoing link of this chip */
    /* The whole way in links of the machine, for wire_walked; counted apart from what the switches do. */
    const uint32_t *path[FABRIC_WAYS];
    uint32_t hops[FABRIC_WAYS];
    /* As the first half of a way by a third chip: links until it turns, and the chip at which it does. */
    uint32_t turn_hops[FABRIC_WAYS];
    uint32_t turn[FABRIC_WAYS];
};

/* Ways by a third chip (fabric_via.h). */
struct fabric_via_params {
    uint32_t cluster;    /* chips of which any will do: of a dragonfly a group, else 1; 0: all ways are shortest ones */
    bool adaptive;       /* chosen at the source by what waits there, else taken always */
    uint64_t link_bytes; /* adaptive: what a link more costs, in bytes that wait */
};

struct fabric_sums;
struct fabric_via;

struct fabric_router_params {
    const char *name;             /* chip0.fabric, switch0 */
    uint16_t chip;                /* a switch: chips + its number */
    uint32_t chips, ports, links; /* links: outgoing, and as many incoming */
    uint32_t homes;               /* length of `route`: chips, and switches that add; 0: chips alone */
    uint32_t machine_links;       /* of the server: length of `walked` */
    struct packet_link_size size;
    const struct packet_link_params *out; /* per link */
    const struct packet_link_params *in;  /* per link; the other chip's row of the same link */
    const struct fabric_route *route;     /* per home; no ways: nothing goes there */
    struct fabric_via_params via;
    struct fabric_sums *sums; /* of a switch that adds, else NULL; the router's from now on */
};

struct fabric_stat {
    uint64_t from_chip, to_chip; /* payload bytes that entered the fabric here, left it here */
    uint64_t messages_in, messages_out, transit;
    uint64_t by_third;             /* messages that were sent by a third chip */
    uint64_t lost_link, lost_port; /* a head that could have gone when another was chosen */
    uint64_t no_room;              /* cycles in which a port had heads and its network no room for any */
};

struct fabric_source;
struct fabric_output;

struct fabric_router {
    struct fabric_router_params p;
    struct run_control *run;
    struct domain *domain;
    struct net_port *ports;
    uint32_t inner; /* ports, or 1: the switch itself */
    struct fabric_sums *sums;
    struct fabric_via *via; /* NULL: all ways are shortest ones */
    struct packet_sender *senders;
    struct packet_receiver *receivers;
    struct fabric_source *sources; /* inner x VN, then links x VN x classes, then links x VN x classes that turn */
    uint32_t n_sources, words;
    struct fabric_output *outputs; /* links, then inner */
    uint64_t *walked;              /* per link of the machine: wire bytes that will pass it, counted at the source */
    uint8_t epoch;
    struct fabric_stat stat;
};

/* What a switch itself sends. */
void fabric_router_inject(struct fabric_router *r, const struct message *m);
/* The way that messages of this (source, destination, line) take, of `ways`. */
uint32_t fabric_way(const struct message *m, uint32_t ways);

/* Of all chips, before the run, where ways by a third chip are: their lengths, and links for the accounts. */
void fabric_router_far(struct fabric_router *r, const struct fabric_route *const *routes);

/* What the params point to is copied, except paths and ids. */
struct fabric_router *fabric_router_new(const struct fabric_router_params *p, struct run_control *run);
void fabric_router_free(struct fabric_router *r);
/* Per port a net_port of the caller; per link the mailboxes of fabric_packet and packet_credit: out and credit_in
 * of the outgoing link, in and credit_out of the incoming one. All of capacity packet_link_items. */
struct fabric_mail {
    struct mailbox *out, *credit_in, *in, *credit_out;
};
void fabric_router_connect(struct fabric_router *r, struct domain *domain, struct net_port *ports,
                           const struct fabric_mail *links);
/* Before the run: the waveform shows the outgoing links. */
void fabric_router_show(struct fabric_router *r, const struct slot_counter *launch);
void fabric_router_show_end(struct fabric_router *r);
uint64_t fabric_router_eval(struct fabric_router *r, uint64_t cycle);
/* The measured repeat begins. Chips may do so at different times, less than a repeat apart. */
void fabric_router_stat_clear(struct fabric_router *r, uint64_t cycle);
void fabric_router_end(struct fabric_router *r, uint64_t cycle);
/* Who waits for whom. */
void fabric_router_dump(const struct fabric_router *r, uint64_t cycle, struct diag *d);
/* Nothing is queued here or on its way to here. */
bool fabric_router_idle(const struct fabric_router *r);
/* Payload queued here and on the incoming links, and, of links with errors, what r has sent over `link` and `to` has
 * not taken from its `in`: over all chips and links from_chip = to_chip + in flight + kept. */
uint64_t fabric_router_in_flight(const struct fabric_router *r);
uint64_t fabric_router_kept(const struct fabric_router *r, uint32_t link, const struct fabric_router *to, uint32_t in);
/* Payload that the chip's network has handed over and the router not taken yet, or the other way round. */
uint64_t fabric_router_mail(const struct fabric_router *r);
/* Wire bytes on an incoming link that its sender has counted since the accounts were cleared. */
uint64_t fabric_router_on_link(const struct fabric_router *r, uint32_t in, enum traffic_class c);
/* The whole account of outgoing link `link` of r, which is incoming link `in` of `to`; entered = left + on_link. */
struct link_account fabric_router_account(const struct fabric_router *r, uint32_t link, const struct fabric_router *to,
                                          uint32_t in, enum traffic_class c);

#endif
