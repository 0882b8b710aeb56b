/* SPDX-License-Identifier: Apache-2.0 */
/* message.h - what travels on the dynamic machine: one packet of the coherence protocol, with the data it carries.
 *
 *     header 8 B | 0..4 sectors of 32 B of one 128-byte line       (gem5 ruby: control 8 B, data + 8 B header)
 *
 * A line belongs to the memory of one chip, its home; `line` is its number there (address / 128). `to` is
 * the endpoint of the chip on which the message now is: the final one, or the fabric router's port. A switch that adds
 * is a home too (chips + its number): a READ there is answered with the sum of what the chips of a group have in their
 * line of this number, a WRITE goes to all of them.
 * Message types are rows of MESSAGE_TYPES: name, virtual network, traffic class, does it carry data. A virtual
 * network never waits for a lower-numbered one: request -> forward -> response -> sink (docs/model/vc-network.md). */
#ifndef SIM_KERNEL_MESSAGE_H
#define SIM_KERNEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"

#define LINE_BYTES     128u
#define SECTOR_BYTES   32u
#define LINE_SECTORS   4u
#define ALL_SECTORS    0xfu
#define WORD_BYTES     4u /* a dependency counter or flag */
#define LINE_WORDS     32u
#define MESSAGE_HEADER 8u

enum virtual_network { VN_REQUEST, VN_FORWARD, VN_RESPONSE, VN_COUNT };

#define MESSAGE_TYPES(X)                                                                                               \
    X(READ, "read", VN_REQUEST, CLASS_REQUEST, false)             /* sectors, to be read */                            \
    X(READ_ONCE, "read_once", VN_REQUEST, CLASS_REQUEST, false)   /* mesi: likewise, and no copy is kept */            \
    X(READ_EX, "read_ex", VN_REQUEST, CLASS_REQUEST, false)       /* mesi: the line, to be written */                  \
    X(UPGRADE, "upgrade", VN_REQUEST, CLASS_COHERENCE, false)     /* mesi: shared copy becomes writable */             \
    X(WRITE, "write", VN_REQUEST, CLASS_DATA, true)               /* write through to the home */                      \
    X(ATOMIC, "atomic", VN_REQUEST, CLASS_SYNC, false)            /* adds 1 to each word of `words` */                 \
    X(POLL, "poll", VN_REQUEST, CLASS_SYNC, false)                /* reads word `word` at the home */                  \
    X(PUT, "put", VN_REQUEST, CLASS_DATA, true)                   /* mesi: a modified line goes back */                \
    X(PUT_CLEAN, "put_clean", VN_REQUEST, CLASS_COHERENCE, false) /* mesi: a clean exclusive line goes */              \
    X(INVALIDATE, "invalidate", VN_FORWARD, CLASS_COHERENCE, false)                                                    \
    X(FORWARD_READ, "forward_read", VN_FORWARD, CLASS_COHERENCE, false)       /* owner: give a shared copy */          \
    X(FORWARD_READ_EX, "forward_read_ex", VN_FORWARD, CLASS_COHERENCE, false) /* owner: give it away */                \
    X(DATA, "data", VN_RESPONSE, CLASS_DATA, true)                                                                     \
    X(DATA_EX, "data_ex", VN_RESPONSE, CLASS_DATA, true) /* mesi: nobody else has it */                                \
    X(WRITE_ACK, "write_ack", VN_RESPONSE, CLASS_COHERENCE, false)                                                     \
    X(ATOMIC_ACK, "atomic_ack", VN_RESPONSE, CLASS_SYNC, false) /* value: the word before */                           \
    X(POLL_VALUE, "poll_value", VN_RESPONSE, CLASS_SYNC, false) /* value: the word */                                  \
    X(UPGRADE_ACK, "upgrade_ack", VN_RESPONSE, CLASS_COHERENCE, false)                                                 \
    X(PUT_ACK, "put_ack", VN_RESPONSE, CLASS_COHERENCE, false)                                                         \
    X(INVALIDATE_ACK, "invalidate_ack", VN_RESPONSE, CLASS_COHERENCE, false)                                           \
    X(OWNER_DATA, "owner_data", VN_RESPONSE, CLASS_DATA, true) /* mesi: owner to home, copy for memory */

enum message_type {
#define X(id, name, vn, class_of, data) MSG_##id,
    MESSAGE_TYPES(X)
#undef X
        MSG_COUNT
};

struct message_info {
    const char *name;
    enum virtual_network vn;
    enum traffic_class class_of;
    bool data;
};
extern const struct message_info message_infos[MSG_COUNT];

/* ---- where a request was, for the accounts of who waited for it ---- */

/* Same order as the causes: trail_causes[]. */
enum trail_place { TRAIL_L1, TRAIL_NOC, TRAIL_L2, TRAIL_DRAM, TRAIL_LINK, TRAIL_COHERENCE, TRAIL_PLACES };
extern const enum cause trail_causes[TRAIL_PLACES];

#define TRAIL_STAMPS 12u

/* From which cycle on it stood where. Cycles are kept modulo 2^29; a request lasts less than 2^28. */
struct trail {
    uint32_t n;
    uint32_t stamp[TRAIL_STAMPS]; /* cycle << 3 | place */
};

static inline uint32_t trail_stamp_of(uint64_t cycle, enum trail_place place)
{
    return (uint32_t)(cycle << 3) | (uint32_t)place;
}
static inline void trail_stamp(struct trail *t, uint64_t cycle, enum trail_place place)
{
    if (t->n < TRAIL_STAMPS)
        t->stamp[t->n++] = trail_stamp_of(cycle, place);
}
/* Cycle of stamp i, given a cycle less than 2^28 away. */
static inline uint64_t trail_cycle(const struct trail *t, uint32_t i, uint64_t near)
{
    uint32_t delta = ((uint32_t)near - (t->stamp[i] >> 3)) & 0x1fffffffu;
    return delta < 0x10000000u ? near - delta : near + (0x20000000u - delta);
}
static inline enum trail_place trail_place(const struct trail *t, uint32_t i)
{
    return (enum trail_place)(t->stamp[i] & 7);
}

struct message {
    uint8_t type; /* enum message_type */
    uint8_t sectors;
    uint8_t word;  /* POLL: which word */
    uint8_t bytes; /* WRITE: payload of the line that belongs to the chunk, for the sums of outputs */
    bool through;  /* WRITE: a result of the work, to be written on to HBM at once */
    uint8_t hops;  /* routers passed, of this chip's network */
    uint16_t home_chip;
    uint32_t line;
    uint32_t link;            /* of whoever holds the message: what stands behind it in a list, ... */
    uint16_t from_chip, from; /* who sent it: endpoint of that chip */
    uint16_t to_chip, to_end; /* final endpoint */
    uint16_t to;              /* endpoint of the present chip */
    uint32_t tag;             /* the requester's own number, handed back */
    uint32_t data;            /* of messages that carry some: identity_number() of it */
    struct trail trail;       /* its first stamps lie in the first line of the host's cache, too */
    uint32_t words;           /* ATOMIC: mask of words; READ, WRITE to a switch: its multicast group */
    uint32_t value;           /* ATOMIC_ACK: the word before; POLL_VALUE: the word */
    /* ATOMIC: the cycle in which what it tells of had been computed; POLL_VALUE: the latest of the word's */
    uint64_t computed;
};

/* It enters a network of another kind. A store that is done is not under way any more: what its acknowledgement still
 * takes, wherever it is, is the price of coherence. */
static inline void message_enters(struct message *m, uint64_t cycle, enum trail_place place)
{
    if (m->type != MSG_WRITE_ACK)
        trail_stamp(&m->trail, cycle, place);
}

/* Payload bytes: those of its sectors when it carries data. */
static inline uint32_t message_payload(const struct message *m)
{
    return message_infos[m->type].data ? (uint32_t)__builtin_popcount(m->sectors) * SECTOR_BYTES : 0;
}
static inline enum virtual_network message_vn(const struct message *m)
{
    return message_infos[m->type].vn;
}

/* ---- to the memory channel and back ---- */

struct dram_request {
    uint32_t line; /* of the channel */
    uint8_t sectors;
    bool write;
    bool output; /* write: `bytes` bytes of a result of the work */
    uint8_t bytes;
    uint32_t tag;
    uint32_t data; /* write: identity_number() */
};

struct dram_reply {
    uint32_t tag;
    uint32_t data; /* of what was written or read */
    bool write;
    uint32_t took; /* cycles from its arrival at the channel to... */
    uint64_t done; /* ...this one */
};

/* ---- where a line lives ---- */

/* slice = (line + h(line / slices)) mod slices, h = xor of the 5-bit digits: consecutive lines go to different slices,
 * and strides that are multiples of the slices spread too. Line of the slice = line / slices; both together are the
 * line again. Slice s belongs to channel s mod channels; line of the channel = line of the slice x slices per channel +
 * s / channels. */
struct home_map {
    uint32_t slices, channels;
};

static inline uint32_t home_hash(uint32_t group)
{
    group ^= group >> 20; /* digits 0 and 4, 1 and 5, 2 and 6 */
    group ^= group >> 10;
    group ^= group >> 5;
    return group & 31u;
}
static inline uint32_t home_slice(const struct home_map *h, uint32_t line)
{
    return (line + home_hash(line / h->slices)) % h->slices;
}
static inline uint32_t home_channel_line(const struct home_map *h, uint32_t line)
{
    return line / h->slices * (h->slices / h->channels) + home_slice(h, line) / h->channels;
}
/* The line of the chip that is line `local` of slice `slice`. */
static inline uint32_t home_line(const struct home_map *h, uint32_t slice, uint32_t local)
{
    return local * h->slices + (slice + h->slices - home_hash(local) % h->slices) % h->slices;
}

#endif
