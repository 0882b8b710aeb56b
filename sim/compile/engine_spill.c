/* SPDX-License-Identifier: Apache-2.0 */
/* engine_spill.c - the engine has come to a halt for want of room: the most urgent task gets it. */
#include "sim/compile/engine_state.h"
#include "sim/compile/spill.h"

static void forget(struct event_heap *h, uint32_t pos)
{
    for (size_t i = 0; i < h->n_items; i++) {
        if (h->items[i].key == pos) {
            heap_remove(h, i);
            return;
        }
    }
}

/* Tasks of the unit that read the copy and were ready, or about to be, are so no more. */
static void wait_again(struct engine *e, uint32_t copy)
{
    const struct layout *l = e->r->l;
    const struct copy *c = &l->copies[copy];
    struct unit_state *u = &e->units[c->unit];
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = l->readers[c->first_reader + i];
        if (e->r->start[task] == TIME_NONE) {
            forget(&u->ready, l->queue_pos[task]);
            forget(&u->future, l->queue_pos[task]);
        }
    }
    heap_push(&u->waiting, e->r->copies[copy].pos, copy);
}

static bool all_made(const struct run *r, uint32_t task)
{
    const struct task_graph *t = r->l->t;
    const struct task *k = &t->tasks[task];
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t producer = t->chunks[t->inputs[i].chunk].producer;
        if (producer != TASK_NONE && r->start[producer] == TIME_NONE) {
            return false;
        }
    }
    return true;
}

/* Of the tasks that are next on their units, and all of whose inputs are made, the most urgent one; else a sum that
 * waits for its home. There is one: queues and dependences contain no circle. */
static uint32_t most_urgent(const struct engine *e)
{
    const struct layout *l = e->r->l;
    uint32_t best = TASK_NONE;
    for (uint32_t u = 0; u < l->units; u++) {
        uint32_t at = l->queue_first[u] + e->units[u].head;
        if (at < l->queue_first[u + 1] && all_made(e->r, l->queue[at]) &&
            (best == TASK_NONE || l->order_of[l->queue[at]] < l->order_of[best])) {
            best = l->queue[at];
        }
    }
    for (size_t i = 0; best == TASK_NONE && i < l->t->n_tasks; i++) {
        bool left = e->r->start[l->order[i]] == TIME_NONE && all_made(e->r, l->order[i]);
        best = left ? l->order[i] : TASK_NONE;
    }
    return best;
}

bool engine_relieve(struct engine *e)
{
    struct run *r = e->r;
    const struct layout *l = r->l;
    uint32_t task = l->o.spill && r->tasks_left > 0 ? most_urgent(e) : TASK_NONE;
    if (task == TASK_NONE) {
        return false;
    }
    uint32_t unit = l->unit_of[task], pos = l->queue_pos[task];
    int64_t short_of = r->room.used[unit] + room_missing(&r->room, unit, pos) - r->room.cap[unit];
    uint64_t later;
    if (short_of <= 0) {
        return false;
    }
    if (run_spill(r, unit, task, (uint64_t)short_of, e->now, &later) == 0 && later != TIME_NONE) {
        engine_push(e, later, EVENT_WAKE, unit);
        return true;
    }
    for (size_t i = 0; i < r->n_evicted; i++) {
        wait_again(e, r->evicted[i]);
    }
    for (size_t i = 0; i < r->n_leaving; i++) {
        engine_push(e, r->gone_at[i], EVENT_FREE, r->leaving[i]);
    }
    return r->n_leaving > 0;
}
