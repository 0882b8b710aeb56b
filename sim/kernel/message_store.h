/* SPDX-License-Identifier: Apache-2.0 */
/* message_store.h - the messages of a chip's network, each in one place from the endpoint that sends it to the one that
 * reads it.
 *
 *     sender --take, write--> [cell] <--number-- mailbox ==> network ==> mailbox --number--> reader, give back
 *
 * What moves is the number. The cell given back last is taken first: few cells are in use at a time, and those lie in
 * the host's caches. Numbers say nothing about order, and nothing may depend on them. A free cell is of no type, and
 * `link` is the cell to be taken after it; the rest stays what it was until it is taken. */
#ifndef SIM_KERNEL_MESSAGE_STORE_H
#define SIM_KERNEL_MESSAGE_STORE_H

#include "sim/base/error.h"
#include "sim/kernel/message.h"

#define MESSAGE_NONE UINT32_MAX

struct message_store {
    struct message *cells;  /* at the start of a line of the host's cache: two lines each */
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

/* For the caller to fill in, before it is given to anybody. */
static inline uint32_t message_take(struct message_store *s)
{
    uint32_t number = s->unused;
    if (number != MESSAGE_NONE) {
        s->unused = s->cells[number].link;
    } else {
        SIM_CHECK(s->fresh < s->places, "all %u messages are in use", s->places);
        number = s->fresh++;
    }
    return number;
}

static inline void message_give(struct message_store *s, uint32_t number)
{
    struct message *m = &s->cells[number];
    SIM_CHECK(m->type < MSG_COUNT, "message %u is given back twice", number);
    m->type = MSG_COUNT;
    m->link = s->unused;
    s->unused = number;
}

#endif
