/* SPDX-License-Identifier: Apache-2.0 */
/* engine_units.c - choice of the next task of a unit, and the boundaries at which units change. */
#include <stdlib.h>

#include "sim/compile/engine_state.h"

#define LOOKAHEAD 8u /* tasks looked at that become ready soon, or that might fill a gap */

/* ---- choice ---- */

static uint32_t task_at(const struct engine *e, uint32_t unit, uint64_t pos)
{
    return e->r->l->queue[e->r->l->queue_first[unit] + (uint32_t)pos];
}

static uint64_t length_of(const struct engine *e, uint32_t task)
{
    return machine_planned(e->r->l->m, e->r->l->t->tasks[task].needs.cycles);
}

/* Until when the unit should stay free for a more urgent task than the one at `pos`: 0 = it need not. */
static uint64_t worth_waiting(const struct engine *e, uint32_t unit, uint64_t pos)
{
    const struct event_heap *future = &e->units[unit].future;
    uint64_t end = e->now + length_of(e, task_at(e, unit, pos)), until = 0;
    for (size_t i = 0; i < future->n_items && i < LOOKAHEAD && e->o->patience; i++) {
        uint64_t ready = future->items[i].time;
        if (future->items[i].key < pos && ready < end && end - ready > e->o->patience * (ready - e->now)) {
            until = until == 0 || ready < until ? ready : until;
        }
    }
    return until;
}

/* Place in the ready heap of the most urgent task, among those looked at, that takes at most `longest`
 * cycles; SIZE_MAX: none. */
static size_t shorter(const struct engine *e, uint32_t unit, uint64_t longest)
{
    const struct event_heap *ready = &e->units[unit].ready;
    size_t best = SIZE_MAX;
    for (size_t i = 1; i < ready->n_items && i < LOOKAHEAD; i++) {
        bool urgent = best == SIZE_MAX || ready->items[i].key < ready->items[best].key;
        if (urgent && length_of(e, task_at(e, unit, ready->items[i].key)) <= longest) {
            best = i;
        }
    }
    return best;
}

/* Position of the task to start now, or UINT64_MAX. Removes it from the ready heap. */
static uint64_t choose(struct engine *e, uint32_t unit)
{
    struct event_heap *ready = &e->units[unit].ready;
    if (ready->n_items == 0) {
        return UINT64_MAX;
    }
    uint64_t pos = ready->items[0].key, until = worth_waiting(e, unit, pos);
    size_t other = SIZE_MAX;
    if (until) {
        other = shorter(e, unit, until - e->now);
    } else if (e->o->quick) {
        other = shorter(e, unit, length_of(e, task_at(e, unit, pos)) / e->o->quick);
    }
    if (until && other == SIZE_MAX) {
        engine_push(e, until, EVENT_WAKE, unit);
        return UINT64_MAX;
    }
    size_t chosen = other == SIZE_MAX ? 0 : other;
    pos = ready->items[chosen].key;
    heap_remove(ready, chosen);
    return pos;
}

static void advance_head(struct engine *e, uint32_t unit)
{
    const struct layout *l = e->r->l;
    struct unit_state *u = &e->units[unit];
    uint32_t n = l->queue_first[unit + 1] - l->queue_first[unit];
    while (u->head < n && e->r->start[task_at(e, unit, u->head)] != TIME_NONE) {
        u->head++;
    }
}

static void start(struct engine *e, uint32_t unit, uint32_t task)
{
    struct unit_state *u = &e->units[unit];
    run_start(e->r, task, e->now);
    e->late |= e->now + e->r->l->rank[task] >= e->r->deadline;
    u->busy_until = e->r->finish[task];
    if (e->o->quantum == 0) {
        e->r->off[task] = e->r->finish[task];
    }
    engine_push(e, e->r->finish[task], EVENT_FINISH, task);
    *VEC_PUSH(e, started) = task;
    u->works_on = task;
    advance_head(e, unit);
    engine_spill_ahead(e, unit);
}

/* The unit stands still because what it wants for `pos` has no room: what is wanted later goes. */
static void make_room(struct engine *e, uint32_t unit, uint32_t pos)
{
    struct run *r = e->r;
    uint64_t short_of = room_short_of(&r->room, unit, room_missing(&r->room, unit, pos));
    if (short_of > 0 && run_evict(r, unit, pos + 1, task_at(e, unit, pos), short_of, e->now) > 0) {
        for (size_t i = 0; i < r->n_evicted; i++) {
            heap_push(&e->units[unit].waiting, r->copies[r->evicted[i]].pos, r->evicted[i]);
        }
        engine_offer_waiting(e, unit);
    }
    engine_spill_for(e, unit, pos);
}

void engine_dispatch(struct engine *e, uint32_t unit)
{
    struct unit_state *u = &e->units[unit];
    if (u->busy_until > e->now) {
        return;
    }
    while (u->future.n_items > 0 && u->future.items[0].time <= e->now) {
        uint64_t pos = heap_pop(&u->future).key;
        heap_push(&u->ready, pos, pos);
    }
    uint64_t pos = choose(e, unit);
    if (pos == UINT64_MAX) {
        if (u->waiting.n_items > 0 && u->future.n_items == 0) {
            make_room(e, unit, (uint32_t)u->waiting.items[0].time);
        }
        return;
    }
    if (e->r->l->o.spill && !room_for(&e->r->room, unit, (uint32_t)pos)) { /* nobody goes before what is first */
        heap_push(&u->ready, pos, pos);
        pos = heap_pop(&u->ready).key;
    }
    if (!room_for(&e->r->room, unit, (uint32_t)pos)) { /* no place for its outputs yet */
        make_room(e, unit, (uint32_t)pos);
    }
    if (!room_for(&e->r->room, unit, (uint32_t)pos)) {
        heap_push(&u->ready, pos, pos);
        return;
    }
    start(e, unit, task_at(e, unit, pos));
}

/* ---- boundaries ---- */

/* Bits of units whose task is over end here, or here its operation changes. */
void engine_close_phase(struct engine *e)
{
    e->boundary = e->now;
    for (uint32_t u = 0; u < e->r->l->units; u++) {
        uint32_t on = e->units[u].on;
        if (on != LAYOUT_NONE && e->r->finish[on] <= e->now) {
            e->r->off[on] = e->now;
            e->units[u].on = LAYOUT_NONE;
        }
    }
    for (size_t i = 0; i < e->n_started; i++) {
        e->units[e->r->l->unit_of[e->started[i]]].on = e->started[i];
    }
}

/* What is still on at the end goes off together. */
void engine_close_last_phase(struct engine *e)
{
    uint64_t at = e->boundary == TIME_NONE ? 0 : e->boundary + e->o->quantum;
    for (uint32_t u = 0; u < e->r->l->units; u++) {
        if (e->units[u].on != LAYOUT_NONE && e->r->finish[e->units[u].on] > at) {
            at = e->r->finish[e->units[u].on];
        }
    }
    for (uint32_t u = 0; u < e->r->l->units; u++) {
        if (e->units[u].on != LAYOUT_NONE) {
            e->r->off[e->units[u].on] = at;
        }
    }
}

bool engine_may_change(struct engine *e)
{
    if (e->o->quantum == 0 || e->boundary == TIME_NONE || e->now >= e->boundary + e->o->quantum) {
        return true;
    }
    if (!e->tick_pending && e->n_dirty > 0) {
        e->tick_pending = true;
        engine_push(e, e->boundary + e->o->quantum, EVENT_WAKE, e->dirty[0]);
    }
    return false;
}
