/* SPDX-License-Identifier: Apache-2.0 */
/* net_port.h - how an endpoint (SM with its L1, L2 slice, fabric router) and its chip's network hand each other
 * messages.
 *
 *     endpoint --out (mailbox)--> network interface: source queue per virtual network --> router
 *              <--out_credit----
 *              <--in (mailbox)---- network interface: packets put together again      <-- router
 *              --in_credit------->
 *
 * Both directions are credited per virtual network, so no mailbox ever blocks and a virtual network that is
 * stuck does not hold up another. The rule for the reader of either mailbox: take all items out each cycle into
 * queues of its own per virtual network (the credits are their room), and give a credit when an item leaves such a
 * queue. One net_port lies at the endpoint; the network looks at the same mailboxes and credit lines from the other
 * side. In the mailboxes are numbers of messages, which lie in the chip's store. */
#ifndef SIM_KERNEL_NET_PORT_H
#define SIM_KERNEL_NET_PORT_H

#include "sim/base/error.h"
#include "sim/kernel/credit_line.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/message_store.h"

/* What sending looks at comes first, what receiving does next: a line of the host's cache each, where the ports of a
 * chip begin at one. */
struct net_port {
    struct mailbox *out, *in; /* uint32_t: numbers of messages */
    struct message_store *store;
    struct credit_line *out_credit; /* written by the network */
    uint32_t out_places, in_places; /* messages per virtual network: of the source queue, of the endpoint's queue */
    uint32_t sent[VN_COUNT];
    uint32_t limit[VN_COUNT];     /* of sent[], by the credits looked at last: credits only come */
    struct credit_line in_credit; /* written by the endpoint */
    uint64_t types[MSG_COUNT];    /* sent in all, by type */
    uint64_t unused[3];           /* whole lines */
};

static inline bool net_port_room(struct net_port *p, enum virtual_network vn)
{
    if (p->sent[vn] == p->limit[vn])
        p->limit[vn] = credit_line_seen(p->out_credit, vn, p->out->writer->cycle) + p->out_places;
    return p->sent[vn] != p->limit[vn];
}
/* A message that the caller has taken from the store, or has kept (net_port_take), leaves in this cycle or a later one;
 * it is the network's from then on. Whoever has room now has it later; messages leave in the order in which they are
 * written. */
static inline void net_port_pass(struct net_port *p, uint64_t leaves, enum message_type type, uint32_t number)
{
    enum virtual_network vn = message_infos[type].vn;
    SIM_CHECK(net_port_room(p, vn), "%s: no room for a message of virtual network %d", p->out->name, (int)vn);
    p->sent[vn]++;
    p->types[type]++;
    mailbox_put(p->out, leaves + 1, number);
}
/* The same for a new message: its place, for the caller to fill in this evaluation. */
static inline struct message *net_port_next(struct net_port *p, uint64_t leaves, enum message_type type)
{
    uint32_t number = message_take(p->store);
    net_port_pass(p, leaves, type, number);
    return message_at(p->store, number);
}
/* Sends now; the network sees it in the next cycle. The caller has asked for room. */
static inline void net_port_send(struct net_port *p, uint64_t cycle, const struct message *m)
{
    *net_port_next(p, cycle, (enum message_type)m->type) = *m;
}
/* The oldest message that has arrived, or NULL; then net_port_pop. */
static inline const struct message *net_port_front(const struct net_port *p, uint64_t cycle)
{
    return mailbox_front_at(p->in) <= cycle ? message_at(p->store, mailbox_number(p->in)) : NULL;
}
static inline void net_port_pop(struct net_port *p)
{
    message_give(p->store, mailbox_number(p->in));
    mailbox_pop_number(p->in);
}
/* The same for a reader that keeps the message: the number that it has to give back to the store, or to pass on. What
 * endpoints keep is counted where the store is made (vc_network_params.kept). */
static inline uint32_t net_port_take(struct net_port *p)
{
    uint32_t number = mailbox_number(p->in);
    mailbox_pop_number(p->in);
    return number;
}
/* A message of this virtual network has left the endpoint's queue. */
static inline void net_port_credit(struct net_port *p, enum virtual_network vn)
{
    credit_line_give(&p->in_credit, vn, 1);
}

#endif
