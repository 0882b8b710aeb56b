/* SPDX-License-Identifier: Apache-2.0 */
/* staging.c - occupancy of a buffer over time. */
#include "sim/kernel/staging.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

void staging_init(struct staging *s, uint64_t capacity, uint32_t pieces)
{
    *s = (struct staging) {.capacity = capacity, .cap_events = 2 * pieces + 2};
    s->events = mem_alloc_array(s->cap_events, sizeof *s->events);
}

void staging_free(struct staging *s)
{
    free(s->events);
    s->events = NULL;
}

void staging_clear(struct staging *s)
{
    s->level = s->peak = s->overflows = s->overflow_slot = 0;
    s->n_events = 0;
}

/* Sorted by slot; leaving bytes before coming ones. */
static bool before(struct staging_event a, struct staging_event b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.bytes < b.bytes;
}

static void insert(struct staging *s, struct staging_event e)
{
    SIM_CHECK(s->n_events < s->cap_events, "a staging buffer tracks %u pieces already", s->n_events / 2);
    uint32_t i = s->n_events++;
    for (; i > 0 && before(e, s->events[i - 1]); i--)
        s->events[i] = s->events[i - 1];
    s->events[i] = e;
}

void staging_add(struct staging *s, uint64_t slot, uint64_t bytes)
{
    insert(s, (struct staging_event) {slot, (int64_t)bytes});
}

void staging_remove(struct staging *s, uint64_t slot, uint64_t bytes)
{
    insert(s, (struct staging_event) {slot, -(int64_t)bytes});
}

static bool apply(struct staging *s, struct staging_event e)
{
    s->level += (uint64_t)e.bytes;
    if (e.bytes <= 0 || s->level <= s->peak)
        return false;
    s->peak = s->level;
    if (s->level <= s->capacity)
        return false;
    if (s->overflows++ == 0)
        s->overflow_slot = e.slot;
    return true;
}

bool staging_advance(struct staging *s, uint64_t slot)
{
    uint32_t n = 0;
    bool overflow = false;
    while (n < s->n_events && s->events[n].slot < slot)
        overflow |= apply(s, s->events[n++]);
    if (n > 0) {
        s->n_events -= n;
        memmove(s->events, s->events + n, s->n_events * sizeof *s->events);
    }
    return overflow;
}
