/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.h - registered communication: the only thing two blocks share.
 *
 *     writer --write--> [next side] --commit (update phase)--> [current side: FIFO] --front, pop--> reader
 *
 * Written in cycle t, visible in t + 1 at the earliest, and not before the item's ready time. One writer and
 * one reader; items leave in the order in which they came. Where the box holds one item per cycle (`single`)
 * a second write in a cycle aborts, and so does an item beyond the capacity: the design is wrong then.
 * Between two clock domains the ready time is in femtoseconds and becomes the reader's first edge at or
 * after it. Committing sets a timer for the reader; nothing is notified. Memory is allocated by _new only. */
#ifndef SIM_KERNEL_MAILBOX_H
#define SIM_KERNEL_MAILBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/kernel/domain.h"

struct mailbox {
    char *name;
    struct domain *writer, *reader;
    uint32_t box; /* the reader's number in its domain */
    uint32_t item_bytes, capacity;
    uint32_t head, committed, written; /* FIFO: `committed` items from head on, then `written` ones */
    bool single;
    bool eager;      /* the reader looks at items before they are ready: wake it when one is committed */
    uint64_t *ready; /* cycle of the reader */
    uint64_t *flags; /* a commit sets `flag` here, for a reader of many mailboxes; NULL: nobody asked */
    uint64_t flag;
    unsigned char *items;
};

/* The reader makes and frees it. */
struct mailbox *mailbox_new(const char *name, uint32_t item_bytes, uint32_t capacity, bool single);
void mailbox_free(struct mailbox *m);
void mailbox_connect_reader(struct mailbox *m, struct domain *reader, uint32_t box);
void mailbox_connect_writer(struct mailbox *m, struct domain *writer);

/* The reader's word in which `flag` (one bit) is set by each commit. */
void mailbox_flag(struct mailbox *m, uint64_t *flags, uint64_t flag);

/* Writer: the item (its first `bytes` bytes) may be read at `ready` (cycle of a reader in the same domain, later than
 * now) or at `ready_fs` (any domain, later than now). */
void mailbox_write(struct mailbox *m, uint64_t ready, const void *item, uint32_t bytes);
/* The same without a copy: the item's place, for the writer to fill in this evaluation. */
void *mailbox_next(struct mailbox *m, uint64_t ready);
void mailbox_write_fs(struct mailbox *m, uint64_t ready_fs, const void *item, uint32_t bytes);

/* Reader: the oldest item, or NULL when there is none or it is not ready in this cycle. */
static inline const void *mailbox_front(const struct mailbox *m, uint64_t cycle)
{
    if (m->committed == 0 || m->ready[m->head] > cycle)
        return NULL;
    return m->items + (size_t)m->head * m->item_bytes;
}
/* Reader: when it can read the oldest item; CYCLE_NEVER: there is none. */
static inline uint64_t mailbox_front_at(const struct mailbox *m)
{
    return m->committed > 0 ? m->ready[m->head] : CYCLE_NEVER;
}
/* Reader: the oldest committed item with its ready cycle, ready or not (a header seen ahead of its tail). */
const void *mailbox_ahead(const struct mailbox *m, uint64_t *ready);
void mailbox_pop(struct mailbox *m);
/* i-th committed item, ready or not (accounts of what is under way). */
const void *mailbox_item(const struct mailbox *m, uint32_t i);

/* Committed items, ready or not. */
static inline uint32_t mailbox_count(const struct mailbox *m)
{
    return m->committed;
}

void mailbox_commit(struct mailbox *m); /* domain_commit only */

#endif
