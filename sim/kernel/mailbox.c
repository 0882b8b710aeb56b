/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox.c - a FIFO whose items know from which cycle on they can be read. */
#include "sim/kernel/mailbox.h"

#include <stdlib.h>

/* A mailbox begins where a line of the host's caches does, and its ring behind it: what a reader looks at is one line,
 * a message with its ready cycle two. */
#define HOST_LINE 64u

static uint32_t power_of_two(uint32_t at_least)
{
    uint32_t n = 1;
    while (n < at_least)
        n *= 2;
    return n;
}

_Static_assert(offsetof(struct mailbox, capacity) <= HOST_LINE, "what writes and reads look at is a line");

struct mailbox *mailbox_new(const char *name, uint32_t item_bytes, uint32_t capacity, bool single)
{
    SIM_CHECK((uint64_t)capacity * (item_bytes + sizeof(uint64_t)) < UINT32_MAX / 8, "%s: %u items of %u bytes", name,
              capacity, item_bytes);
    uint32_t place_bytes = power_of_two(item_bytes + (uint32_t)sizeof(uint64_t));
    uint32_t ring_bytes = power_of_two(capacity) * place_bytes;
    size_t head_bytes = (sizeof(struct mailbox) + HOST_LINE - 1) / HOST_LINE * HOST_LINE;
    void *memory = mem_alloc_uncleared(head_bytes + ring_bytes + HOST_LINE, 1);
    struct mailbox *m = (void *)(((uintptr_t)memory + HOST_LINE - 1) & ~(uintptr_t)(HOST_LINE - 1));
    memset(m, 0, sizeof *m);
    m->memory = memory;
    m->places = (unsigned char *)m + head_bytes;
    SIM_CHECK(place_bytes <= UINT16_MAX, "%s: items of %u bytes", name, item_bytes);
    m->place_bytes = (uint16_t)place_bytes;
    m->ring_mask = ring_bytes - 1;
    m->small = item_bytes <= sizeof m->front;
    m->name = mem_strdup(name);
    m->capacity = capacity;
    m->single = single;
    m->guarded = true;
    m->front_at = m->wrote = CYCLE_NEVER;
    return m;
}

void mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    free(m->name);
    free(m->memory);
}

static void note_guard(struct mailbox *m)
{
    bool same_clock = m->writer && m->reader && m->writer->whole == m->reader->whole;
    m->guarded = m->single || m->ahead || m->fresh > 0 || !same_clock;
    m->open = m->guarded ? 0 : m->capacity;
}

void mailbox_connect_reader(struct mailbox *m, struct domain *reader, uint32_t box)
{
    SIM_CHECK(!m->reader, "%s has a reader already", m->name);
    m->reader = reader;
    SIM_CHECK(box <= UINT16_MAX, "%s: box %u", m->name, box);
    m->box = (uint16_t)box;
    m->flags = m->flags ? m->flags : &reader->unasked;
    note_guard(m);
}

void mailbox_connect_writer(struct mailbox *m, struct domain *writer)
{
    SIM_CHECK(!m->writer, "%s has a writer already", m->name);
    m->writer = writer;
    note_guard(m);
}

void mailbox_flag(struct mailbox *m, uint64_t *flags, uint64_t flag)
{
    m->flags = flags;
    m->flag = (uint8_t)__builtin_ctzll(flag);
    m->turns = 0;
}

void mailbox_flag_by_turns(struct mailbox *m, uint64_t *flags, uint64_t flag)
{
    mailbox_flag(m, flags, flag);
    m->turns = 1;
}

void mailbox_look_ahead(struct mailbox *m)
{
    m->ahead = true;
    note_guard(m);
}

static void write_once(struct mailbox *m)
{
    SIM_CHECK(!m->single || m->wrote != m->writer->cycle, "%s is written twice in a cycle", m->name);
    m->wrote = m->writer->cycle;
}

static void check_guarded(struct mailbox *m)
{
    SIM_CHECK(m->writer->whole == m->reader->whole, "%s joins two clock domains: ready times are in fs", m->name);
    SIM_CHECK(!m->ahead, "%s is looked at ahead of ready times: they are in fs", m->name);
    SIM_CHECK(m->fresh == 0, "%s is written in cycles and in fs", m->name);
    write_once(m);
}

void mailbox_guard(struct mailbox *m)
{
    if (m->guarded)
        check_guarded(m);
    SIM_CHECK(m->count < m->capacity, "%s holds %u items already", m->name, m->capacity);
}

void mailbox_later(struct mailbox *m, uint64_t ready)
{
    SIM_CHECK(ready > m->writer->cycle, "%s would be read in the cycle in which it is written", m->name);
    SIM_CHECK(ready > m->reader->cycle, "%s is written for cycle %llu, which its reader has done", m->name,
              (unsigned long long)ready);
    domain_set_timer(m->reader, m->box, ready);
}

void mailbox_write_fs(struct mailbox *m, uint64_t ready_fs, const void *item, uint32_t bytes)
{
    SIM_CHECK(ready_fs > sim_clock_edge(&m->writer->clock, m->writer->cycle),
              "%s would be read in the instant in which it is written", m->name);
    SIM_CHECK(m->count + m->fresh < m->capacity, "%s holds %u items already", m->name, m->capacity);
    write_once(m);
    uint64_t ready = sim_clock_at(&m->reader->clock, ready_fs);
    memcpy(m->places + m->tail, &ready, sizeof ready);
    memcpy(m->places + m->tail + sizeof ready, item, bytes);
    m->tail = mailbox_behind(m, m->tail);
    if (m->fresh++ > 0)
        return;
    note_guard(m);
    m->link = m->writer->written;
    m->writer->written = m;
}

static uint32_t place_of(const struct mailbox *m, uint32_t i)
{
    return (m->head + i * m->place_bytes) & m->ring_mask;
}

/* Items that are not in the ring. */
static uint32_t in_front(const struct mailbox *m)
{
    return m->small && m->count > 0 ? 1 : 0;
}

const void *mailbox_item(const struct mailbox *m, uint32_t i)
{
    uint32_t front = in_front(m);
    return i < front ? (const void *)&m->front : m->places + place_of(m, i - front) + sizeof(uint64_t);
}

uint64_t mailbox_item_at(const struct mailbox *m, uint32_t i)
{
    uint32_t front = in_front(m);
    return i < front ? m->front_at : mailbox_ready(m, place_of(m, i - front));
}

/* The first fresh item of an empty mailbox. */
static void come_first(struct mailbox *m)
{
    m->front_at = mailbox_ready(m, m->head);
    if (!m->small)
        return;
    memcpy(&m->front, m->places + m->head + sizeof(uint64_t), sizeof m->front);
    m->head = mailbox_behind(m, m->head);
}

void mailbox_commit(struct mailbox *m)
{
    if (m->ahead) {
        uint64_t now_fs = sim_clock_edge(&m->writer->clock, m->writer->cycle);
        domain_wake_at(m->reader, m->box, sim_clock_at(&m->reader->clock, now_fs + 1));
    }
    for (uint32_t i = 0; i < m->fresh; i++) {
        uint64_t ready = mailbox_item_at(m, m->count + i);
        m->flags[ready & m->turns] |= 1ull << m->flag;
        domain_wake_at(m->reader, m->box, ready);
    }
    if (m->count == 0)
        come_first(m);
    m->count += m->fresh;
    m->fresh = 0;
    note_guard(m);
}
