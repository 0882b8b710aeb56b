/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_via.h - ways of a fabric router by a third chip: Valiant's, and UGAL's choice between such a way and the
 * shortest one.
 *
 *     source ==shortest way==> chip in between, drawn ==shortest way==> goal       Valiant 1982
 *        |  choice per message, at the source
 *        +========shortest way===============================> goal
 *
 * Chips are clusters of `cluster` neighbours in a row: the groups of a dragonfly, else single chips. A packet goes
 * towards a chip drawn from all those outside the clusters of source and goal, and turns as soon as it is in that one's
 * cluster (in a dragonfly at the end of the link between groups: Kim, Dally, Scott, Abts 2008); from there it goes to
 * its goal. Inside a cluster all ways are shortest ones.
 *
 * Adaptive (UGAL-L of the same paper): the source compares, for the shortest way and for one by a chip drawn,
 * (queue of its first link + link_bytes) x its links, and takes the shortest way unless the other has less. The queue
 * is what waits here for the link, and at its far end as far as credits tell (packet_due.h). link_bytes stands for the
 * latency of a link, as bytes that it could carry meanwhile.
 *
 * A stream of random numbers per port (`chip0.fabric.port1.via`), so the order in which ports are served cannot
 * matter; nor does it for the comparison, which sees no packet of its own cycle. */
#ifndef HW_LINK_FABRIC_VIA_H
#define HW_LINK_FABRIC_VIA_H

#include "hw/link/fabric_router.h"

/* A way in links of the machine: to the turn, and from there. A shortest way has no second leg. */
struct fabric_legs {
    const uint32_t *path[2];
    uint32_t hops[2];
};

struct fabric_via *fabric_via_new(const struct fabric_router_params *p, uint64_t seed);
void fabric_via_free(struct fabric_via *v);
/* At the beginning of a cycle: the queues of the links, as they are now. */
void fabric_via_look(struct fabric_router *r, uint64_t cycle);
/* The chip in between for a message that enters here, or PACKET_DIRECT. */
uint16_t fabric_via_choose(struct fabric_router *r, uint32_t port, const struct message *m);
/* Does a packet towards this chip in between turn here? */
bool fabric_via_turns(const struct fabric_router *r, uint16_t via);
struct fabric_legs fabric_via_legs(const struct fabric_router *r, const struct message *m, uint16_t via);

#endif
