/* SPDX-License-Identifier: Apache-2.0 */
/* net_port.c - an endpoint's side of the network. */
#include "sim/kernel/net_port.h"

#include "sim/base/error.h"

struct message *net_port_next(struct net_port *p, uint64_t leaves, enum message_type type)
{
    enum virtual_network vn = message_infos[type].vn;
    SIM_CHECK(net_port_room(p, vn), "%s: no room for a message of virtual network %d", p->out->name, (int)vn);
    p->sent[vn]++;
    p->types[type]++;
    return (struct message *)mailbox_next(p->out, leaves + 1);
}

void net_port_send(struct net_port *p, uint64_t cycle, const struct message *m)
{
    *net_port_next(p, cycle, (enum message_type)m->type) = *m;
}
