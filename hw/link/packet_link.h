/* SPDX-License-Identifier: Apache-2.0 */
/* packet_link.h - the two ends of a chip link that carries packets: serialiser with credits, buffers behind the line.
 *
 *     packet_sender ==exact rate==> line ~~latency~~> packet_receiver: a buffer per virtual network and dateline class
 *        credits    <~~latency~~ one event per packet that leaves a buffer
 *
 * A packet is a header (`header` bytes: head flit, command, CRC) and the message's payload in 16-byte flits. It is
 * stored and forwarded: the far chip has it `latency` cycles after the first whole cycle at or after its last bit, as a
 * burst of the phase machine's link. The serialiser holds the packet it sends, so its place in the buffer before is
 * free when it begins. Credits are events of the reverse direction with the link's latency and cost no bytes
 * (they travel in the header's spare bits).
 *
 * A class says how often a packet has crossed the dateline of the dimension in which it travels (Dally and Seitz
 * 1987): the link that closes a ring raises it. The buffers behind a link are those of the class that a packet has
 * after it. */
#ifndef HW_LINK_PACKET_LINK_H
#define HW_LINK_PACKET_LINK_H

#include "sim/kernel/mailbox.h"
#include "sim/kernel/message.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"

#define PACKET_FLIT    16u /* payload is padded to whole flits of this size */
#define PACKET_CLASSES 2u  /* most classes of a dimension: the dateline is crossed once */
#define PACKET_EPOCHS  4u

struct fabric_packet {
    struct message m;
    uint8_t dimension, crossed; /* class: datelines crossed in this dimension */
    uint8_t epoch;              /* how often the accounts of this link's sender were cleared */
};

struct packet_credit {
    uint8_t vn, crossed;
};

struct packet_link_params {
    const char *id; /* chip0-chip1 */
    uint16_t peer;  /* chip at the far end */
    struct fraction rate;
    uint32_t latency; /* cycles of the sending chip's clock */
    uint8_t dimension;
    bool dateline; /* it closes the ring of its dimension */
};

struct packet_link_size {
    uint32_t header, queue; /* bytes of a packet besides its payload; packets of a buffer */
    uint32_t classes;       /* 1: no ring, nothing to cut */
};

struct packet_sender_stat {
    struct link_account account[CLASS_COUNT]; /* `left` is counted by the receiver */
    uint64_t no_credit;                       /* cycles in which packets waited, the line was free, credits lacking */
    uint64_t packets;
};

struct packet_sender {
    struct packet_link_params p;
    struct packet_link_size size;
    struct domain *domain;
    struct mailbox *out, *credit_in;
    struct serial_line line;
    uint64_t busy_until;
    uint32_t used[VN_COUNT][PACKET_CLASSES]; /* places taken behind the line */
    uint64_t waiting[CLASS_COUNT];           /* wire bytes that wait for this link in the router */
    uint64_t blocked_since;                  /* CYCLE_NEVER: not blocked */
    struct packet_sender_stat stat;
    struct packet_wave *wave; /* NULL: nothing of it is shown */
};

struct packet_receiver {
    const struct packet_link_params *p; /* of the link that comes in */
    struct packet_link_size size;
    struct domain *domain;
    struct mailbox *in, *credit_out;
    uint64_t received[PACKET_EPOCHS][CLASS_COUNT]; /* wire bytes, by the sender's epoch */
};

static inline uint64_t packet_padding(const struct message *m)
{
    return (PACKET_FLIT - message_payload(m) % PACKET_FLIT) % PACKET_FLIT;
}
static inline uint64_t packet_wire(const struct packet_link_size *s, const struct message *m)
{
    return s->header + message_payload(m) + packet_padding(m);
}
/* Most packets and credits that can be under way on a link: size of its mailboxes. */
static inline uint32_t packet_link_items(const struct packet_link_size *s)
{
    return VN_COUNT * s->classes * s->queue;
}

/* The class that a packet has behind this link: counted anew in every dimension. */
uint32_t packet_class_behind(const struct packet_sender *s, uint8_t dimension, uint8_t crossed);
/* Takes the credits that have arrived. */
void packet_sender_credits(struct packet_sender *s, uint64_t cycle);
/* Is a place of this virtual network and class free behind the line? */
static inline bool packet_sender_room(const struct packet_sender *s, uint32_t vn, uint32_t crossed)
{
    return s->used[vn][crossed] < s->size.queue;
}
/* Is the line free before the cycle is over? */
static inline bool packet_sender_free(const struct packet_sender *s, uint64_t cycle)
{
    return s->line.free.cycle <= cycle;
}
/* The packet, which leaves its queue, gets what it has behind the link. */
void packet_sender_send(struct packet_sender *s, uint64_t cycle, struct fabric_packet *k, uint8_t epoch);
/* A packet of this class begins to wait for this link. */
void packet_sender_wait(struct packet_sender *s, const struct message *m, uint8_t dimension, uint8_t crossed);
/* After the choices of a cycle: does some queue still offer a packet? With a free line credits alone hold it up. */
void packet_sender_rest(struct packet_sender *s, uint64_t cycle, bool offered);
/* packet_wave.c: before the run, the waveform shows the line and how many bytes wait for it. */
struct probe;
void packet_sender_show(struct packet_sender *s, const char *id, const struct probe *probe,
                        const struct slot_counter *launch);
void packet_sender_show_end(struct packet_sender *s);
/* Where a wave is there: the line carries a packet over [from, end); a cycle is over. */
void packet_wave_line(struct packet_sender *s, uint64_t from, uint64_t end, uint32_t class_of);
void packet_wave_cycle(struct packet_sender *s, uint64_t cycle);
void packet_sender_clear(struct packet_sender *s, uint64_t cycle);
void packet_sender_end(struct packet_sender *s, uint64_t cycle);

/* The oldest packet that has arrived whole, or NULL; packet_receiver_pop takes it and counts it. */
const struct fabric_packet *packet_receiver_front(const struct packet_receiver *r, uint64_t cycle);
void packet_receiver_pop(struct packet_receiver *r, const struct fabric_packet *k);
/* A packet of this buffer has left it. */
void packet_receiver_credit(struct packet_receiver *r, uint64_t cycle, uint8_t vn, uint8_t crossed);

#endif
