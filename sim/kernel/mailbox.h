/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.h - registered communication: the only thing two blocks share.
 *
 *     writer --write--> [FIFO; each item with the cycle from which on it may be read] --front, pop--> reader
 *
 * Written in cycle t, read in t + 1 at the earliest, and not before the item's ready time. One writer and one reader;
 * items leave in the order in which they came. Where the box holds one item per cycle (`single`) a second write in a
 * cycle aborts, and so does an item beyond the capacity: the design is wrong then. A write sets a timer for the reader;
 * nothing is notified. Memory is allocated by _new only.
 *
 * Within a clock domain, its parts included, the ready cycle alone keeps an item of this cycle from being read in it,
 * whoever of the two is evaluated first, so it stands in the FIFO at once. Between two domains the ready time is in
 * femtoseconds and becomes the reader's first edge at or after it; such items, and those of a reader that looks ahead
 * of ready times, are added by the writer's commit (update phase). */
#ifndef SIM_KERNEL_MAILBOX_H
#define SIM_KERNEL_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/kernel/domain.h"

/* What each write and each read look at stands first: one line of the host's cache. */
struct mailbox {
    uint64_t front_at; /* cycle of the reader from which on it can read the oldest item; CYCLE_NEVER: there is none */
    uint32_t front;    /* the oldest item itself, where items are `small`: those behind it are in the ring */
    uint32_t count;    /* items */
    unsigned char *places; /* a ring; in each place the ready cycle and, behind it, the item */
    struct domain *reader;
    uint64_t
        *flags; /* a write sets bit `flag` here, for a reader of many mailboxes; in its domain where it did not ask */
    uint32_t head, tail; /* in bytes: the place of the oldest item in the ring, the first free one */
    uint32_t ring_mask;  /* bytes of the ring, a power of two, - 1 */
    uint32_t open;       /* up to so many a write has no more to look at: the capacity, or 0 where it is `guarded` */
    uint16_t place_bytes;
    uint16_t box;  /* the reader among the boxes of its domain */
    uint8_t flag;  /* number of the bit */
    uint8_t turns; /* 1: of flags[ready cycle mod 2]; else 0 */
    bool small;    /* items are no longer than a word of 32 bits */
    bool guarded;  /* a write of this mailbox has more to look at, and a read may find fresh items: mailbox_guard */
    uint32_t capacity;
    bool single;
    uint32_t fresh; /* written and not yet committed: behind the `count` others */
    bool ahead;     /* the reader looks at items before they are ready */
    struct domain *writer;
    uint64_t wrote;       /* single: the cycle of the last write */
    struct mailbox *link; /* of the writer's list of those with fresh items */
    char *name;
    void *memory; /* of the mailbox and its ring */
};

/* The reader makes and frees it. */
struct mailbox *mailbox_new(const char *name, uint32_t item_bytes, uint32_t capacity, bool single);
void mailbox_free(struct mailbox *m);
void mailbox_connect_reader(struct mailbox *m, struct domain *reader, uint32_t box);
void mailbox_connect_writer(struct mailbox *m, struct domain *writer);

/* The reader's word in which `flag` (one bit) is set by each write. */
void mailbox_flag(struct mailbox *m, uint64_t *flags, uint64_t flag);
/* The same in the first of two words of `flags` for items that can be read in an even cycle, in the second one for
 * others: whoever is evaluated behind the writers does not look in vain into what they have just written. */
void mailbox_flag_by_turns(struct mailbox *m, uint64_t *flags, uint64_t flag);

/* The reader looks at items before they are ready (a header seen ahead of its tail): wake it when one is committed.
 * Its writer writes by mailbox_write_fs. */
void mailbox_look_ahead(struct mailbox *m);

/* The place behind another one, and the ready cycle of a place. */
static inline uint32_t mailbox_behind(const struct mailbox *m, uint32_t place)
{
    return (place + m->place_bytes) & m->ring_mask;
}
static inline uint64_t mailbox_ready(const struct mailbox *m, uint32_t place)
{
    uint64_t ready;
    memcpy(&ready, m->places + place, sizeof ready);
    return ready;
}
void mailbox_guard(struct mailbox *m);                 /* mailbox_next only */
void mailbox_later(struct mailbox *m, uint64_t ready); /* mailbox_next only */

/* A write: what the reader is told. Returns how many items there were. */
static inline uint32_t mailbox_announce(struct mailbox *m, uint64_t ready)
{
    const uint32_t count = m->count;
    if (count >= m->open)
        mailbox_guard(m);
    struct domain *d = m->reader;
    if (ready == d->cycle + 1)
        d->soon[m->box / 64] |= 1ull << m->box % 64;
    else
        mailbox_later(m, ready);
    m->flags[ready & m->turns] |= 1ull << m->flag;
    m->count = count + 1;
    if (count == 0)
        m->front_at = ready;
    return count;
}
/* The next place of the ring. */
static inline void *mailbox_append(struct mailbox *m, uint64_t ready)
{
    const uint32_t tail = m->tail;
    unsigned char *place = m->places + tail;
    memcpy(place, &ready, sizeof ready);
    m->tail = mailbox_behind(m, tail);
    return place + sizeof ready;
}

/* Writer, to a reader in the same domain or another part of it: the item's place, to be filled in this evaluation. It
 * may be read at `ready`, later than now. */
static inline void *mailbox_next(struct mailbox *m, uint64_t ready)
{
    uint32_t before = mailbox_announce(m, ready);
    return m->small && before == 0 ? &m->front : mailbox_append(m, ready);
}

/* The same of a mailbox that is known to be `small`: its items are numbers. */
static inline void mailbox_put(struct mailbox *m, uint64_t ready, uint32_t number)
{
    if (mailbox_announce(m, ready) == 0)
        m->front = number;
    else
        *(uint32_t *)mailbox_append(m, ready) = number;
}

/* The same with the item's first `bytes` bytes. */
static inline void mailbox_write(struct mailbox *m, uint64_t ready, const void *item, uint32_t bytes)
{
    memcpy(mailbox_next(m, ready), item, bytes);
}

/* To a reader in any domain: the item may be read at `ready_fs`, later than now. */
void mailbox_write_fs(struct mailbox *m, uint64_t ready_fs, const void *item, uint32_t bytes);

/* Reader: when it can read the oldest item; CYCLE_NEVER: there is none. */
static inline uint64_t mailbox_front_at(const struct mailbox *m)
{
    return m->front_at;
}
/* Reader: the oldest item, or NULL when there is none or it is not ready in this cycle. */
static inline const void *mailbox_front(const struct mailbox *m, uint64_t cycle)
{
    if (m->front_at > cycle)
        return NULL;
    return m->small ? (const void *)&m->front : m->places + m->head + sizeof(uint64_t);
}
/* The same of a mailbox that is known to be small, where mailbox_front_at says that it can be read. */
static inline uint32_t mailbox_number(const struct mailbox *m)
{
    return m->front;
}
/* Reader: is the oldest item the only one that it can read in this cycle? */
static inline bool mailbox_alone(const struct mailbox *m, uint64_t cycle)
{
    return m->count == 1 || mailbox_ready(m, m->small ? m->head : mailbox_behind(m, m->head)) > cycle;
}
/* An empty ring begins at its first place again: memory that is still in the host's caches. */
static inline void mailbox_leave(struct mailbox *m, bool empty)
{
    if (!empty || (m->open == 0 && m->fresh > 0))
        m->head = mailbox_behind(m, m->head);
    else
        m->head = m->tail = 0;
}
/* Of a mailbox that is known to be small. */
static inline void mailbox_pop_number(struct mailbox *m)
{
    if (--m->count == 0) {
        m->front_at = CYCLE_NEVER;
        return;
    }
    SIM_CHECK(m->count != UINT32_MAX, "%s is empty", m->name);
    m->front_at = mailbox_ready(m, m->head);
    memcpy(&m->front, m->places + m->head + sizeof(uint64_t), sizeof m->front);
    mailbox_leave(m, m->count == 1);
}
static inline void mailbox_pop(struct mailbox *m)
{
    if (m->small) {
        mailbox_pop_number(m);
        return;
    }
    const uint32_t left = --m->count;
    SIM_CHECK(left != UINT32_MAX, "%s is empty", m->name);
    mailbox_leave(m, left == 0);
    m->front_at = left > 0 ? mailbox_ready(m, m->head) : CYCLE_NEVER;
}
/* i-th item, ready or not, from which cycle on it can be read, and how many there are: whether there is any, and
 * accounts of what is under way, between cycles. In a cycle, within a domain, the number depends on who is evaluated
 * first; between domains, and of a mailbox whose reader looks ahead, it does not. */
const void *mailbox_item(const struct mailbox *m, uint32_t i);
uint64_t mailbox_item_at(const struct mailbox *m, uint32_t i);
static inline uint32_t mailbox_count(const struct mailbox *m)
{
    return m->count;
}

void mailbox_commit(struct mailbox *m); /* domain_commit only */

#endif
