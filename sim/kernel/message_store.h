/* SPDX-License-Identifier: Apache-2.0 */
/* message_store.h - the messages of a chip's network, each in one place from the endpoint that sends it to the one that
 * reads it.
 *
 *     sender --take, write--> [cell] <--number-- mailbox ==> network ==> mailbox --number--> reader, give back
 *
 * What moves is the number. The cell given back last is taken first: few cells are in use at a time, and those lie in
 * the host's caches. Numbers say nothing about order, and nothing may depend on them. */
#ifndef SIM_KERNEL_MESSAGE_STORE_H
#define SIM_KERNEL_MESSAGE_STORE_H

#include "sim/base/error.h"
#include "sim/kernel/message.h"

#define MESSAGE_NONE   UINT32_MAX
#define MESSAGE_IN_USE (UINT32_MAX - 1)

struct message_store {
    struct message *cells;  /* at the start of a line of the host's cache: two lines each */
    uint32_t *next;         /* the cell to be taken after this one; MESSAGE_IN_USE */
    uint32_t unused;        /* the one to be taken next; MESSAGE_NONE: the first that was never used */
    uint32_t fresh, places; /* numbers from `fresh` on were never used */
    void *memory;
};

void message_store_init(struct message_store *s, uint32_t places);
void message_store_free(struct message_store *s);

static inline struct message *message_at(const struct message_store *s, uint32_t number)
{
    return &s->cells[number];
}

static inline uint32_t message_take(struct message_store *s)
{
    uint32_t number = s->unused;
    if (number != MESSAGE_NONE) {
        s->unused = s->next[number];
    } else {
        SIM_CHECK(s->fresh < s->places, "all %u messages are in use", s->places);
        number = s->fresh++;
    }
    s->next[number] = MESSAGE_IN_USE;
    return number;
}

static inline void message_give(struct message_store *s, uint32_t number)
{
    SIM_CHECK(s->next[number] == MESSAGE_IN_USE, "message %u is given back twice", number);
    s->next[number] = s->unused;
    s->unused = number;
}

#endif
