/* SPDX-License-Identifier: Apache-2.0 */
/* packet_due.h - what stands in the queue at the far end of a link, as its credits tell.
 *
 *     sent ====line, latency====> taken at once? --credit, latency--> back when it is due
 *                                 waits there    ...................> overdue
 *
 * A packet that leaves the far router in the cycle in which it comes has its credit back a known time after it was
 * sent. Bytes whose credits are due and not here stood in the far queue a latency ago (the credit round trip time of
 * Kim, Dally, Scott, Abts 2008, by which a source senses what another router of its group has to carry). Cycles are the
 * sender's. */
#ifndef HW_LINK_PACKET_DUE_H
#define HW_LINK_PACKET_DUE_H

#include <stdint.h>

struct packet_due;

/* packets: whose credits can be under way at a time. One is not due before it is back, but for drift: a cycle. */
struct packet_due *packet_due_new(uint32_t packets);
void packet_due_free(struct packet_due *d);
/* A packet goes whose credit is due in cycle `at`, no sooner than that of the one before. */
void packet_due_sent(struct packet_due *d, uint64_t at, uint32_t bytes);
/* A credit has come. */
void packet_due_back(struct packet_due *d, uint32_t bytes);
/* Wire bytes that are due in this cycle and not back. */
uint64_t packet_due_overdue(struct packet_due *d, uint64_t cycle);

#endif
