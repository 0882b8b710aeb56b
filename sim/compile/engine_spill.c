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

/* Its unit has not heard yet that all its inputs are under way. */
static void unknow(struct run *r, uint32_t task)
{
    size_t kept = 0;
    for (size_t i = 0; i < r->n_known; i++) {
        if (r->known[i] != task) {
            r->known[kept++] = r->known[i];
        }
    }
    r->n_known = kept;
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
            unknow(e->r, task);
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

/* Bytes that the unit is short of for what it wants up to a position. */
static int64_t shortage(const struct engine *e, uint32_t unit, uint32_t pos)
{
    const struct room *room = &e->r->room;
    return room->used[unit] + room_missing(room, unit, pos) - room->cap[unit] - (int64_t)e->units[unit].leaving;
}

/* Makes room in the unit; false when nothing can go yet, *later says when something can. */
static bool spill(struct engine *e, uint32_t unit, uint32_t pos, int64_t bytes, uint64_t *later)
{
    struct run *r = e->r;
    struct spill_keep keep = {.task = TASK_NONE, .pos = pos};
    run_spill(r, unit, &keep, (uint64_t)bytes, e->now, later);
    for (size_t i = 0; i < r->n_evicted; i++) {
        wait_again(e, r->evicted[i]);
    }
    for (size_t i = 0; i < r->n_leaving; i++) {
        engine_free_at(e, r->leaving[i], r->gone_at[i]);
    }
    return r->n_leaving > 0;
}

bool engine_relieve(struct engine *e)
{
    const struct layout *l = e->r->l;
    uint32_t task = l->o.spill && e->r->tasks_left > 0 ? most_urgent(e) : TASK_NONE;
    if (task == TASK_NONE) {
        return false;
    }
    uint32_t unit = l->unit_of[task];
    int64_t short_of = shortage(e, unit, l->queue_pos[task]);
    uint64_t later = TIME_NONE;
    if (short_of <= 0 || spill(e, unit, l->queue_pos[task], short_of, &later)) {
        return short_of > 0;
    }
    if (later != TIME_NONE) {
        engine_push(e, later, EVENT_WAKE, unit);
    }
    return later != TIME_NONE;
}

void engine_spill_for(struct engine *e, uint32_t unit, uint32_t pos)
{
    int64_t short_of = shortage(e, unit, pos);
    uint64_t later;
    if (e->r->l->o.spill && e->o->ahead && short_of > 0) {
        spill(e, unit, pos, short_of, &later);
    }
}

/* Inputs of the task that nobody needs after it. */
static int64_t free_after(const struct engine *e, uint32_t task)
{
    const struct run *r = e->r;
    const struct task *k = &r->l->t->tasks[task];
    int64_t bytes = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t copy = r->l->input_copy[i];
        if (copy != LAYOUT_NONE && r->copies[copy].readers_left == 1 && !r->mem->resident[copy] &&
            !(r->l->copies[copy].home && r->unsent[r->l->copies[copy].chunk] > 0)) {
            bytes += r->l->t->chunks[r->l->copies[copy].chunk].bytes;
        }
    }
    return bytes;
}

void engine_spill_ahead(struct engine *e, uint32_t unit)
{
    const struct layout *l = e->r->l;
    uint32_t n = l->queue_first[unit + 1] - l->queue_first[unit], pos = e->units[unit].head + e->o->ahead - 1;
    if (!l->o.spill || e->o->ahead == 0 || e->units[unit].head >= n) {
        return;
    }
    pos = pos < n ? pos : n - 1;
    int64_t short_of = shortage(e, unit, pos) - free_after(e, e->units[unit].works_on);
    uint64_t later;
    if (short_of > 0) {
        spill(e, unit, pos, short_of, &later);
    }
}
