/* SPDX-License-Identifier: Apache-2.0 */
/* room.c - byte counts by queue position. */
#include "sim/compile/room.h"

#include <stdlib.h>

uint32_t room_position(const struct layout *l, uint32_t copy)
{
    const struct copy *c = &l->copies[copy];
    return c->home ? l->queue_pos[l->t->chunks[c->chunk].producer] : c->first_pos;
}

static void add_missing(struct room *r, uint32_t unit, uint32_t pos, int64_t bytes)
{
    uint32_t first = r->l->queue_first[unit], n = r->l->queue_first[unit + 1] - first;
    for (uint32_t i = pos + 1; i <= n; i += i & -i) {
        r->missing[first + i - 1] += bytes;
    }
}

int64_t room_missing(const struct room *r, uint32_t unit, uint32_t pos)
{
    uint32_t first = r->l->queue_first[unit], n = r->l->queue_first[unit + 1] - first;
    int64_t sum = 0;
    for (uint32_t i = pos < n ? pos + 1 : n; i > 0; i -= i & -i) { /* the home of a sum may have no queue */
        sum += r->missing[first + i - 1];
    }
    return sum;
}

void room_init(struct room *r, const struct layout *l, const struct memory_plan *mem, bool cold)
{
    *r = (struct room) {.l = l};
    r->cap = mem_alloc_array(l->units, sizeof *r->cap);
    r->used = mem_alloc_array(l->units, sizeof *r->used);
    r->missing = mem_alloc_array(l->t->n_tasks, sizeof *r->missing);
    r->spare = mem_alloc_array(l->units, sizeof *r->spare);
    for (uint32_t u = 0; u < l->units; u++) {
        r->cap[u] = (int64_t)l->m->sram_bytes - mem->steady_entries[u] - mem->staging[u] - mem->margin[u];
        r->cap[u] -= cold ? mem->entries[u] : 0;
        r->spare[u] = INT64_MAX;
    }
    for (uint32_t i = 0; i < l->n_copies; i++) {
        const struct copy *c = &l->copies[i];
        uint32_t bytes = l->t->chunks[c->chunk].bytes;
        if (mem->resident[i]) {
            r->cap[c->unit] -= bytes;
        } else {
            add_missing(r, c->unit, room_position(l, i), bytes);
        }
    }
}

void room_free(struct room *r)
{
    free(r->cap);
    free(r->used);
    free(r->missing);
    free(r->spare);
    *r = (struct room) {0};
}

bool room_holds(struct room *r, uint32_t unit, int64_t more)
{
    int64_t left = r->cap[unit] - r->used[unit] - more;
    r->spare[unit] = left >= 0 && left < r->spare[unit] ? left : r->spare[unit];
    return left >= 0;
}

bool room_for(struct room *r, uint32_t unit, uint32_t pos)
{
    return room_holds(r, unit, room_missing(r, unit, pos));
}

uint64_t room_short_of(struct room *r, uint32_t unit, int64_t more)
{
    bool holds = room_holds(r, unit, more);
    r->counted |= !holds;
    return holds ? 0 : (uint64_t)(r->used[unit] + more - r->cap[unit]);
}

void room_take(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes)
{
    add_missing(r, unit, pos, -(int64_t)bytes);
    r->used[unit] += bytes;
}

void room_want(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes)
{
    add_missing(r, unit, pos, bytes);
}

void room_return(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes)
{
    room_want(r, unit, pos, bytes);
    r->used[unit] -= bytes;
}

void room_give(struct room *r, uint32_t unit, uint32_t bytes)
{
    r->used[unit] -= bytes;
}
