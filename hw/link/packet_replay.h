/* SPDX-License-Identifier: Apache-2.0 */
/* packet_replay.h - packets of a chip link with bit errors: kept until acknowledged, and sent again when lost.
 *
 *     sender     0 1 2 3 4 . . . . 2 5 6           only what was lost goes again, before anything new
 *                    x
 *     receiver   0 1 - h h . . . . 2 3 4 5 6       what is behind it is held until it is there
 *                 \1  \lost 2        \5 \6 \7        numbers go back like credits, and cost no bytes
 *
 * Selective repeat, as the selective nak of PCI Express 6.0. The receiver holds packets in the places behind the line
 * that their credits stand for, so it needs no others. The sender keeps at most `limit` bytes; with more it waits. The
 * receiver tells of what it took once per cycle, and of a loss at once: flits that tell the number of the last packet
 * never cease on the line, so a loss shows when the packet should have been whole (*assumed*: without the few ns of a
 * flit more). An acknowledgement or a loss is there after the link's latency. So the order of each link is kept,
 * nothing is lost and nothing is taken twice. */
#ifndef HW_LINK_PACKET_REPLAY_H
#define HW_LINK_PACKET_REPLAY_H

#include <stdbool.h>

#include "hw/link/link_errors.h"
#include "hw/link/packet_link.h"

/* Rings are by number; a number wraps. */
struct packet_replay {
    struct link_errors errors;
    struct fabric_packet *kept;
    uint32_t mask;
    uint32_t oldest, next;                 /* numbers: of the first not acknowledged, of the next new one */
    uint32_t *again, first_again, n_again; /* numbers to be sent again, a ring in the order of their losses */
    uint64_t bytes, limit;                 /* wire bytes kept */
};

struct packet_reorder {
    struct fabric_packet *held;
    bool *here;
    uint32_t mask, wanted, told; /* number of the next to be taken; what the sender knows of it */
};

struct packet_replay *packet_replay_new(const struct packet_sender *s, uint64_t seed);
void packet_replay_free(struct packet_replay *p);
struct packet_reorder *packet_reorder_new(const struct packet_link_size *size);
void packet_reorder_free(struct packet_reorder *o);
/* A new packet gets its number and is kept. */
void packet_replay_keep(struct packet_replay *p, struct fabric_packet *k, uint64_t wire);
/* All before `number` were taken; that packet was lost. */
void packet_replay_taken(struct packet_sender *s, uint32_t number);
void packet_replay_lost(struct packet_sender *s, uint32_t number);
/* The next packet in order, or NULL. */
const struct fabric_packet *packet_reorder_front(struct packet_receiver *r, uint64_t cycle);
/* It is taken; true: it was held, and had left the line before. */
bool packet_reorder_pop(struct packet_reorder *o);

#endif
