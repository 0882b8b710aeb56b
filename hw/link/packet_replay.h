/* SPDX-License-Identifier: Apache-2.0 */
/* packet_replay.h - packets of a chip link with bit errors: kept until acknowledged, sent again when lost.
 *
 *     sender     0 1 2 3 4 . . . . 2 3 4          go back: the lost one and all behind it, in order
 *                    x                            (PCI Express' ack/nak protocol, NVLink's replay)
 *     receiver   0 1 - - - . . . . 2 3 4          what is not the next one is dropped
 *                 \1  \nak 2        \2 \3 \4      numbers go back like credits, and cost no bytes
 *
 * The sender keeps at most `limit` bytes; with more it waits. The receiver tells of what it took once per cycle, and of
 * a loss at once: flits that tell the number of the last packet never cease on the line, so a loss shows when the
 * packet should have been whole (*assumed*: without the few ns of a flit more). An acknowledgement or a loss is there
 * after the link's latency. So the order of each link is kept, nothing is lost and nothing is taken twice. */
#ifndef HW_LINK_PACKET_REPLAY_H
#define HW_LINK_PACKET_REPLAY_H

#include <stdbool.h>

#include "hw/link/link_errors.h"
#include "hw/link/packet_link.h"

struct packet_replay {
    struct link_errors errors;
    struct fabric_packet *kept; /* a ring, by sequence number */
    uint32_t mask;
    uint32_t oldest, again, next; /* sequence numbers: not acknowledged; to be sent again (next: none); of the next */
    uint64_t bytes, limit;        /* wire bytes kept */
};

struct packet_replay *packet_replay_new(const struct packet_sender *s, uint64_t seed);
void packet_replay_free(struct packet_replay *p);
/* A new packet gets its number and is kept. */
void packet_replay_keep(struct packet_replay *p, struct fabric_packet *k, uint64_t wire);
/* Acknowledged up to `next`, which is to be sent again if it was lost. */
void packet_replay_heard(struct packet_sender *s, uint32_t next, bool lost);

#endif
