/* SPDX-License-Identifier: Apache-2.0 */
/* net_port.c - an endpoint's side of the network. */
#include "sim/kernel/net_port.h"

#include "sim/base/error.h"

void net_port_send(struct net_port *p, uint64_t cycle, const struct message *m)
{
    enum virtual_network vn = message_vn(m);
    SIM_CHECK(net_port_room(p, vn), "%s: no room for a message of virtual network %d", p->out->name, (int)vn);
    p->sent[vn]++;
    p->types[m->type]++;
    uint32_t number = message_take(p->store);
    *message_at(p->store, number) = *m;
    *(uint32_t *)mailbox_next(p->out, cycle + 1) = number;
}
