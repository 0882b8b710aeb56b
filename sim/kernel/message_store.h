/* SPDX-License-Identifier: Apache-2.0 */
/* message_store.h - the messages of a chip's network, each in one place from the endpoint that sends it to the one that
 * reads it.
 *
 *     sender --take, write--> [cell] <--number-- mailbox ==> network ==> mailbox --number--> reader, give back
 *
 * What moves is the number. The cell given back last is taken first: few cells are in use at a time, and those lie in
 * the host's caches. Numbers say nothing about order, and nothing may depend on them. A free cell is of no type; the
 * rest stays what it was until it is taken. The numbers of free cells lie apart: who takes one writes into it and need
 * not wait for what was there. */
#ifndef SIM_KERNEL_MESSAGE_STORE_H
#define SIM_KERNEL_MESSAGE_STORE_H

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/message.h"

struct message_cell {
    struct message m;
    uint64_t unused[3]; /* whole lines */
};

struct message_store {
    struct message_cell *cells; /* two lines of the host's cache each */
    uint32_t *given;            /* numbers given back, the last one is taken first */
    uint32_t n_given;
    uint32_t fresh, places; /* numbers from `fresh` on were never used */
    void *memory;
};

void message_store_init(struct message_store *s, uint32_t places);
void message_store_free(struct message_store *s);

static inline struct message *message_at(const struct message_store *s, uint32_t number)
{
    return &s->cells[number].m;
}

/* For the caller to fill in, before it is given to anybody. */
static inline uint32_t message_take(struct message_store *s)
{
    if (s->n_given > 0)
        return s->given[--s->n_given];
    SIM_CHECK(s->fresh < s->places, "all %u messages are in use", s->places);
    return s->fresh++;
}

static inline void message_give(struct message_store *s, uint32_t number)
{
    struct message *m = &s->cells[number].m;
    SIM_CHECK(m->type < MSG_COUNT, "message %u is given back twice", number);
    m->type = MSG_COUNT;
    s->given[s->n_given++] = number;
}

#endif
