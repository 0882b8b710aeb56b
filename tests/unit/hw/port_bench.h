/* SPDX-License-Identifier: Apache-2.0 */
/* port_bench.h - the network's side of a net_port, for tests that play the network. */
#ifndef TESTS_UNIT_HW_PORT_BENCH_H
#define TESTS_UNIT_HW_PORT_BENCH_H

#include "sim/kernel/net_port.h"

#define PORT_BENCH_PLACES 65536u /* of a test's message store */

/* The oldest message that the endpoint has sent, or NULL; valid until port_sent_pop. */
static inline const struct message *port_sent(const struct net_port *p, uint64_t cycle)
{
    const uint32_t *number = (const uint32_t *)mailbox_front(p->out, cycle);
    return number ? message_at(p->store, *number) : NULL;
}

static inline void port_sent_pop(struct net_port *p)
{
    message_give(p->store, *(const uint32_t *)mailbox_item(p->out, 0));
    mailbox_pop(p->out);
}

/* The endpoint can read the message from cycle `ready` on. */
static inline void port_deliver(struct net_port *p, uint64_t ready, const struct message *m)
{
    uint32_t number = message_take(p->store);
    *message_at(p->store, number) = *m;
    mailbox_write(p->in, ready, &number, sizeof number);
}

#endif
