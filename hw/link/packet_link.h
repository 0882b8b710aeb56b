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

#include "hw/link/link_errors.h"
#include "sim/base/diag.h"
#include "sim/base/dynamic_params.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/message.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"

#define PACKET_FLIT    16u /* payload is padded to whole flits of this size */
#define PACKET_CLASSES NET_LINK_CLASSES
#define PACKET_EPOCHS  4u
#define PACKET_DIRECT  UINT16_MAX

struct fabric_packet {
    struct message m;
    uint8_t dimension, crossed; /* class: datelines crossed in this dimension */
    uint8_t epoch;              /* how often the accounts of this link's sender were cleared */
    bool lost;                  /* bit errors that could not be corrected: nothing of it can be read */
    uint16_t via;               /* chip that it goes to first (fabric_via.h); PACKET_DIRECT: none, or it was there */
    uint32_t number;            /* of the link's packets; with errors only */
};

/* What comes back: a place is free; with errors, how far packets were taken, or that one was lost. */
enum packet_return { PACKET_CREDIT, PACKET_TAKEN, PACKET_LOST };

struct packet_credit {
    uint8_t vn, crossed;
    uint8_t kind;    /* enum packet_return */
    uint16_t wire;   /* PACKET_CREDIT: bytes of the packet, for packet_due.h */
    uint32_t number; /* of the first packet not taken, of the one lost */
};

struct packet_link_params {
    const char *id; /* chip0-chip1 */
    uint16_t peer;  /* chip at the far end */
    struct fraction rate;
    uint32_t latency; /* cycles of the sending chip's clock */
    uint8_t dimension;
    bool dateline;             /* it closes the ring of its dimension */
    struct link_errors errors; /* loss and frame_bytes; with packet_link_size.replay only */
};

struct packet_link_size {
    uint32_t header, queue; /* bytes of a packet besides its payload; packets of a buffer */
    uint32_t classes;       /* 1: no ring, nothing to cut */
    uint32_t replay; /* bytes that a sender keeps until acknowledged (packet_replay.h); 0: links without errors */
    uint32_t turn;   /* first class of packets that were at a chip in between; 0: classes do not begin anew there */
};

struct packet_sender_stat {
    struct link_account account[CLASS_COUNT]; /* `left` is counted by the receiver */
    uint64_t no_credit;                       /* cycles in which packets waited, the line was free, credits lacking */
    uint64_t packets;
    uint64_t again, lost; /* packets sent again; sent, and lost on the line */
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
    struct packet_wave *wave;     /* NULL: nothing of it is shown */
    struct packet_replay *replay; /* NULL: a link without errors */
    struct packet_due *due;       /* NULL: nobody asks what waits at the far end */
    uint32_t credit_latency;      /* of the reverse direction */
};

struct packet_receiver {
    const struct packet_link_params *p; /* of the link that comes in */
    struct packet_link_size size;
    struct domain *domain;
    struct mailbox *in, *credit_out;
    uint64_t received[PACKET_EPOCHS][CLASS_COUNT]; /* wire bytes, by the sender's epoch */
    struct packet_reorder *reorder;                /* NULL: a link without errors */
};

static inline uint64_t packet_padding(uint64_t payload)
{
    return (PACKET_FLIT - payload % PACKET_FLIT) % PACKET_FLIT;
}
static inline uint64_t packet_wire_of(const struct packet_link_size *s, uint64_t payload)
{
    return s->header + payload + packet_padding(payload);
}
static inline uint64_t packet_wire(const struct packet_link_size *s, const struct message *m)
{
    return packet_wire_of(s, message_payload(m));
}
static inline uint32_t packet_link_places(const struct packet_link_size *s)
{
    return VN_COUNT * s->classes * s->queue;
}
/* Most packets, or credits, that can be under way on a link: size of its mailboxes. With errors a packet can come back
 * as acknowledgement, as credit and as lost. */
static inline uint32_t packet_link_items(const struct packet_link_size *s)
{
    return packet_link_places(s) * (s->replay > 0 ? 3 : 1);
}

/* The class that a packet has behind this link: counted anew in every dimension, and from `turn` on behind a chip in
 * between. None (size.classes and above) where it would cross a dateline twice. */
uint32_t packet_class_behind(const struct packet_sender *s, uint8_t dimension, uint8_t crossed);
/* Takes the credits that have arrived. */
void packet_sender_credits(struct packet_sender *s, uint64_t cycle);
/* Is a place of this virtual network and class free behind the line? */
static inline bool packet_sender_room(const struct packet_sender *s, uint32_t vn, uint32_t crossed)
{
    return s->used[vn][crossed] < s->size.queue;
}
/* packet_replay.c: is nothing to be sent again, and room to keep one more? */
bool packet_sender_kept_room(const struct packet_sender *s);
/* Is the line free for another packet before the cycle is over? */
static inline bool packet_sender_free(const struct packet_sender *s, uint64_t cycle)
{
    return s->line.free.cycle <= cycle && (!s->replay || packet_sender_kept_room(s));
}
/* The packet, which leaves its queue, gets what it has behind the link. */
void packet_sender_send(struct packet_sender *s, uint64_t cycle, struct fabric_packet *k, uint8_t epoch);
/* A packet of this class begins to wait for this link. */
void packet_sender_wait(struct packet_sender *s, const struct message *m, uint8_t dimension, uint8_t crossed);
/* After the choices of a cycle: does some queue still offer a packet? With a free line credits alone hold it up. */
void packet_sender_rest(struct packet_sender *s, uint64_t cycle, bool offered);
/* When the line is free for what waits; CYCLE_NEVER: nothing does, or something must come back first. */
uint64_t packet_sender_next(const struct packet_sender *s, uint64_t cycle, bool offered);
/* packet_replay.c: lost packets go again, as many as the line takes, before any other. */
void packet_sender_again(struct packet_sender *s, uint64_t cycle, uint8_t epoch);
/* Payload kept that the far end has not taken; 0 without errors. */
uint64_t packet_sender_kept_payload(const struct packet_sender *s, const struct packet_receiver *to);
/* Says what is not acknowledged. */
void packet_sender_dump(const struct packet_sender *s, const char *router, uint64_t cycle, struct diag *d);
/* Of the parts of a sender: a packet goes onto the line. */
void packet_sender_put(struct packet_sender *s, uint64_t cycle, struct fabric_packet *k, bool again);
/* packet_wave.c: before the run, the waveform shows the line and how many bytes wait for it. */
struct probe;
void packet_sender_show(struct packet_sender *s, const char *id, const struct probe *probe,
                        const struct slot_counter *launch);
void packet_sender_show_end(struct packet_sender *s);
/* Where a wave is there: the line carries a packet over [from, end); a cycle is over. */
void packet_wave_line(struct packet_sender *s, uint64_t from, uint64_t end, uint32_t class_of, bool again);
void packet_wave_cycle(struct packet_sender *s, uint64_t cycle);
void packet_sender_clear(struct packet_sender *s, uint64_t cycle);
void packet_sender_end(struct packet_sender *s, uint64_t cycle);

/* The next packet, if it has arrived whole, or NULL; packet_receiver_pop takes it and counts it. */
const struct fabric_packet *packet_receiver_front(struct packet_receiver *r, uint64_t cycle);
void packet_receiver_pop(struct packet_receiver *r, const struct fabric_packet *k);
/* A packet of this buffer has left it. */
void packet_receiver_credit(struct packet_receiver *r, uint64_t cycle, const struct message *m, uint8_t crossed);
/* Of the parts of a receiver: something goes back to the sender; a packet is off the line. */
void packet_receiver_return(struct packet_receiver *r, uint64_t cycle, const struct packet_credit *c);
void packet_receiver_count(struct packet_receiver *r, const struct fabric_packet *k);

#endif
