/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.c - a FIFO with a current and a next side. */
#include "sim/kernel/mailbox.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

struct mailbox *mailbox_new(const char *name, uint32_t item_bytes, uint32_t capacity, bool single)
{
    struct mailbox *m = mem_alloc(sizeof *m);
    m->name = mem_strdup(name);
    m->item_bytes = item_bytes;
    m->capacity = capacity;
    m->single = single;
    m->ready = mem_alloc_array(capacity, sizeof *m->ready);
    m->items = mem_alloc_array(capacity, item_bytes);
    return m;
}

void mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    free(m->name);
    free(m->ready);
    free(m->items);
    free(m);
}

void mailbox_connect_reader(struct mailbox *m, struct domain *reader, uint32_t box)
{
    SIM_CHECK(!m->reader, "%s has a reader already", m->name);
    m->reader = reader;
    m->box = box;
}

void mailbox_connect_writer(struct mailbox *m, struct domain *writer)
{
    SIM_CHECK(!m->writer, "%s has a writer already", m->name);
    m->writer = writer;
}

void mailbox_flag(struct mailbox *m, uint64_t *flags, uint64_t flag)
{
    m->flags = flags;
    m->flag = flag;
}

static uint32_t place_of(const struct mailbox *m, uint32_t i)
{
    uint32_t at = m->head + i;
    return at < m->capacity ? at : at - m->capacity;
}

/* A place behind the last item. */
static void *put(struct mailbox *m, uint64_t ready)
{
    SIM_CHECK(!m->single || m->written == 0, "%s is written twice in a cycle", m->name);
    SIM_CHECK(m->committed + m->written < m->capacity, "%s holds %u items already", m->name, m->capacity);
    uint32_t at = place_of(m, m->committed + m->written);
    m->ready[at] = ready;
    if (m->written++ == 0)
        domain_written(m->writer, m);
    return m->items + (size_t)at * m->item_bytes;
}

void *mailbox_next(struct mailbox *m, uint64_t ready)
{
    SIM_CHECK(m->writer == m->reader, "%s joins two clock domains: ready times are in fs", m->name);
    SIM_CHECK(ready > m->writer->cycle, "%s would be read in the cycle in which it is written", m->name);
    return put(m, ready);
}

void mailbox_write(struct mailbox *m, uint64_t ready, const void *item, uint32_t bytes)
{
    memcpy(mailbox_next(m, ready), item, bytes);
}

void mailbox_write_fs(struct mailbox *m, uint64_t ready_fs, const void *item, uint32_t bytes)
{
    SIM_CHECK(ready_fs > sim_clock_edge(&m->writer->clock, m->writer->cycle),
              "%s would be read in the instant in which it is written", m->name);
    memcpy(put(m, sim_clock_at(&m->reader->clock, ready_fs)), item, bytes);
}

const void *mailbox_ahead(const struct mailbox *m, uint64_t *ready)
{
    if (m->committed == 0)
        return NULL;
    *ready = m->ready[m->head];
    return m->items + (size_t)m->head * m->item_bytes;
}

const void *mailbox_item(const struct mailbox *m, uint32_t i)
{
    return m->items + (size_t)place_of(m, i) * m->item_bytes;
}

void mailbox_pop(struct mailbox *m)
{
    SIM_CHECK(m->committed > 0, "%s is empty", m->name);
    m->committed--;
    /* An empty one begins at its first place again: memory that is still in the host's caches. */
    m->head = m->committed + m->written > 0 ? place_of(m, 1) : 0;
}

/* A box of this domain: all of them have evaluated, and one that is still awake looks in the next cycle anyway. */
static void wake_near(const struct mailbox *m)
{
    struct domain *d = m->reader;
    bool awake = domain_awake(d, m->box);
    for (uint32_t i = 0; i < m->written; i++) {
        uint64_t ready = m->ready[place_of(m, m->committed + i)];
        if (!awake || ready != d->cycle + 1)
            domain_set_timer(d, m->box, ready);
    }
}

static void wake_far(const struct mailbox *m)
{
    for (uint32_t i = 0; i < m->written; i++)
        domain_wake_at(m->reader, m->box, m->ready[place_of(m, m->committed + i)]);
}

void mailbox_commit(struct mailbox *m)
{
    if (m->eager) {
        uint64_t now_fs = sim_clock_edge(&m->writer->clock, m->writer->cycle);
        domain_wake_at(m->reader, m->box, sim_clock_at(&m->reader->clock, now_fs + 1));
    }
    if (m->flags)
        *m->flags |= m->flag;
    if (m->reader == m->writer)
        wake_near(m);
    else
        wake_far(m);
    m->committed += m->written;
    m->written = 0;
}
