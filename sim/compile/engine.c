/* SPDX-License-Identifier: Apache-2.0 */
/* engine.c - events, choice of tasks, admission of chunks. */

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/compile/engine_state.h"
#include "sim/compile/sorting.h"

void engine_push(struct engine *e, uint64_t time, uint32_t kind, uint32_t id)
{
    heap_push(&e->events, time, (uint64_t)kind << 32 | id);
}

static void touch(struct engine *e, uint32_t unit)
{
    if (!e->units[unit].dirty) {
        e->units[unit].dirty = true;
        *VEC_PUSH(e, dirty) = unit;
    }
}

/* ---- chunks ---- */

static void begin_sum(struct engine *e, uint32_t task);

/* Tasks of which all inputs are under way: their units will hear of them when they are ready. */
static void note_known(struct engine *e)
{
    struct run *r = e->r;
    for (size_t i = 0; i < r->n_known; i++) { /* sums add to the list */
        uint32_t task = r->known[i], unit = r->l->unit_of[task];
        if (task_in_switch(&r->l->t->tasks[task])) {
            begin_sum(e, task);
            continue;
        }
        uint64_t ready = r->ready[task] > r->booted[unit] ? r->ready[task] : r->booted[unit];
        heap_push(&e->units[unit].future, ready, r->l->queue_pos[task]);
        engine_push(e, ready > e->now ? ready : e->now, EVENT_WAKE, unit);
    }
    r->n_known = 0;
}

void engine_free_at(struct engine *e, uint32_t copy, uint64_t time)
{
    const struct copy *c = &e->r->l->copies[copy];
    e->units[c->unit].leaving += e->r->l->t->chunks[c->chunk].bytes;
    engine_push(e, time, EVENT_FREE, copy);
}

static void retire(struct engine *e, uint32_t copy)
{
    uint64_t to = run_retire(e->r, copy, e->now);
    if (to != TIME_NONE) {
        engine_free_at(e, copy, to);
    }
}

static bool admit(struct engine *e, uint32_t copy)
{
    const struct copy *c = &e->r->l->copies[copy];
    if (e->r->mem->resident[copy]) {
        return true;
    }
    uint32_t pos = e->r->copies[copy].pos;
    if (!room_for(&e->r->room, c->unit, pos)) {
        return false;
    }
    room_take(&e->r->room, c->unit, pos, e->r->l->t->chunks[c->chunk].bytes);
    return true;
}

/* Not before the producer's finish, nor before now: the room is there from now on. */
static uint64_t send_from(const struct engine *e, uint32_t chunk)
{
    uint64_t there = run_available(e->r, chunk);
    return there > e->now ? there : e->now;
}

void engine_send(struct engine *e, uint32_t chunk)
{
    struct run *r = e->r;
    if (e->n_group > 0) {
        run_ship(r, chunk, e->group, (uint32_t)e->n_group, send_from(e, chunk));
    }
    uint32_t home = r->l->copy_first[chunk];
    if (!run_from_memory(r, chunk)) {
        retire(e, home);
    }
}

void engine_gather(struct engine *e, uint32_t chunk)
{
    struct run *r = e->r;
    const struct layout *l = r->l;
    for (uint32_t i = l->copy_first[chunk]; i < l->copy_first[chunk + 1]; i++) {
        const struct copy *c = &l->copies[i];
        if (c->home || r->copies[i].usable != TIME_NONE) {
            continue;
        }
        if (admit(e, i)) {
            *VEC_PUSH(e, group) = i;
        } else {
            heap_push(&e->units[c->unit].waiting, r->copies[i].pos, i);
        }
    }
}

void engine_offer(struct engine *e, uint32_t chunk)
{
    e->n_group = 0;
    engine_gather(e, chunk);
    engine_send(e, chunk);
}

/* ---- sums in switches: their homes need room, other copies come with them or later ---- */

static bool home_has_room(const struct engine *e, uint32_t task)
{
    return room_for(&e->r->room, e->r->l->unit_of[task], e->r->l->queue_pos[task]);
}

static void retire_partial(void *self, uint32_t copy)
{
    retire(self, copy);
}

static void make_sum(struct engine *e, uint32_t task)
{
    struct run *r = e->r;
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    e->n_group = 0;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        room_take(&r->room, l->unit_of[task], l->queue_pos[task], l->t->chunks[c].bytes);
        engine_gather(e, c);
    }
    run_sum(r, task, e->group, e->n_group, e->now);
    run_each_partial(r, k, retire_partial, e);
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        if (l->t->chunks[c].is_output) {
            run_store(r, c, run_available(r, c));
        }
        retire(e, l->copy_first[c]);
    }
}

static void begin_sum(struct engine *e, uint32_t task)
{
    const struct layout *l = e->r->l;
    if (home_has_room(e, task)) {
        make_sum(e, task);
    } else {
        uint32_t home = layout_first_copy(l, l->t->tasks[task].first_output);
        heap_push(&e->units[l->unit_of[task]].waiting, l->queue_pos[task], home);
    }
}

/* The task whose sum waits for room in its home, which this copy is; or TASK_NONE. */
static uint32_t waiting_sum(const struct engine *e, uint32_t copy)
{
    const struct copy *c = &e->r->l->copies[copy];
    uint32_t producer = e->r->l->t->chunks[c->chunk].producer;
    return c->home && e->r->start[producer] == TIME_NONE ? producer : TASK_NONE;
}

/* Room was made in a unit, or its queue moved on. The first one that does not fit ends the search: room
 * asked for grows with the position. */
void engine_offer_waiting(struct engine *e, uint32_t unit)
{
    struct event_heap *waiting = &e->units[unit].waiting;
    while (waiting->n_items > 0) {
        uint32_t copy = (uint32_t)waiting->items[0].key, sum = waiting_sum(e, copy);
        if (sum == TASK_NONE ? !admit(e, copy) : !home_has_room(e, sum)) {
            return;
        }
        heap_pop(waiting);
        if (sum != TASK_NONE) {
            make_sum(e, sum);
            continue;
        }
        if (run_from_memory(e->r, e->r->l->copies[copy].chunk)) {
            engine_want(e, copy);
            continue;
        }
        e->n_group = 0;
        *VEC_PUSH(e, group) = copy;
        engine_send(e, e->r->l->copies[copy].chunk);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* ---- one cycle ---- */

static void handle(struct engine *e, uint32_t kind, uint32_t id)
{
    struct run *r = e->r;
    const struct layout *l = r->l;
    if (kind == EVENT_FREE) {
        const struct copy *c = &l->copies[id];
        room_give(&r->room, c->unit, l->t->chunks[c->chunk].bytes);
        e->units[c->unit].leaving -= l->t->chunks[c->chunk].bytes;
        touch(e, c->unit);
    } else if (kind == EVENT_FINISH) {
        run_finish(r, id);
        const struct task *k = &l->t->tasks[id];
        for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
            if (l->input_copy[i] != LAYOUT_NONE) {
                retire(e, l->input_copy[i]);
            }
        }
        touch(e, l->unit_of[id]);
    } else if (kind == EVENT_READ) {
        engine_read(e, id);
    } else if (kind == EVENT_LINE) {
        engine_cross(e, id);
    } else {
        touch(e, id);
    }
}

static void offer_outputs(struct engine *e, uint32_t task)
{
    struct run *r = e->r;
    const struct task *k = &r->l->t->tasks[task];
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        if (r->l->t->chunks[c].bytes == 0) {
            continue;
        }
        if (r->l->t->chunks[c].is_output) {
            run_store(r, c, r->finish[task]);
        }
        if (!engine_queue(e, c)) {
            engine_offer(e, c);
        }
    }
}

static void dispatch_dirty(struct engine *e)
{
    e->tick_pending = false;
    sort_items(e->dirty, e->n_dirty, sizeof *e->dirty, by_number);
    e->n_started = 0;
    for (size_t i = 0; i < e->n_dirty; i++) {
        e->units[e->dirty[i]].dirty = false;
        engine_dispatch(e, e->dirty[i]);
    }
    if (e->o->quantum && e->n_started > 0) {
        engine_close_phase(e);
    }
}

static void cycle(struct engine *e)
{
    e->now = e->events.items[0].time;
    while (e->events.n_items > 0 && e->events.items[0].time == e->now) {
        struct heap_item x = heap_pop(&e->events);
        handle(e, (uint32_t)(x.key >> 32), (uint32_t)x.key);
    }
    for (size_t i = 0; i < e->n_dirty; i++) {
        engine_offer_waiting(e, e->dirty[i]);
    }
    note_known(e);
    if (!engine_may_change(e)) {
        run_follow_entries(e->r);
        return;
    }
    dispatch_dirty(e);
    e->n_dirty = 0;
    for (size_t i = 0; i < e->n_started; i++) {
        offer_outputs(e, e->started[i]);
        touch(e, e->r->l->unit_of[e->started[i]]); /* its queue moved on */
    }
    for (size_t i = 0; i < e->n_dirty; i++) {
        e->units[e->dirty[i]].dirty = false;
        engine_offer_waiting(e, e->dirty[i]);
    }
    e->n_dirty = 0;
    note_known(e);
    run_follow_entries(e->r);
}

/* ---- frame ---- */

/* The unit that waits for room first, and what it waits with. */
static void find_stuck(const struct engine *e, struct stuck *stuck)
{
    const struct layout *l = e->r->l;
    *stuck = (struct stuck) {.unit = LAYOUT_NONE, .copy = LAYOUT_NONE};
    for (size_t i = 0; i < l->t->n_tasks && stuck->unit == LAYOUT_NONE; i++) {
        uint32_t task = l->order[i], unit = l->unit_of[task];
        const struct task *k = &l->t->tasks[task];
        if (e->r->start[task] != TIME_NONE) {
            continue;
        }
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            uint32_t copy = l->input_copy[j];
            uint32_t producer = l->t->chunks[l->t->inputs[j].chunk].producer;
            bool exists = producer == TASK_NONE || e->r->start[producer] != TIME_NONE;
            if (copy != LAYOUT_NONE && e->r->copies[copy].usable == TIME_NONE && exists) {
                stuck->unit = unit;
                stuck->copy = copy;
            }
        }
        if (e->r->unbooked[task] == 0 && !run_is_leaf_sum(e->r, task)) { /* ready, but without a place for its output */
            stuck->unit = unit;
            stuck->copy = layout_first_copy(l, k->first_output);
        }
    }
    for (uint32_t u = 0; u < l->units; u++) {
        e->r->mem->blocked[u] = e->units[u].waiting.n_items > 0 || e->units[u].ready.n_items > 0;
    }
    SIM_CHECK(stuck->unit != LAYOUT_NONE, "tasks are left over and none waits for SRAM");
    int64_t used = (int64_t)l->m->sram_bytes - e->r->room.cap[stuck->unit] + e->r->room.used[stuck->unit];
    stuck->in_use = used > 0 ? (uint64_t)used : 0;
}

static void engine_free(struct engine *e)
{
    for (uint32_t u = 0; u < e->r->l->units; u++) {
        heap_free(&e->units[u].future);
        heap_free(&e->units[u].ready);
        heap_free(&e->units[u].waiting);
    }
    heap_free(&e->events);
    free(e->units);
    free(e->dirty);
    free(e->started);
    free(e->group);
    engine_sources_free(e);
    engine_lines_free(e);
}

int engine_run(struct run *r, const struct engine_options *o, struct stuck *stuck)
{
    struct engine e = {.r = r, .o = o, .boundary = TIME_NONE, .now = r->l->m->launch_cycles};
    e.units = mem_alloc_array(r->l->units, sizeof *e.units);
    for (uint32_t u = 0; u < r->l->units; u++) {
        e.units[u].on = LAYOUT_NONE;
    }
    engine_lines_init(&e);
    engine_sources_init(&e);
    note_known(&e);
    run_follow_entries(r);
    int result = 0;
    for (uint32_t n = 0; result == 0 && (e.events.n_items > 0 || engine_relieve(&e)); n++) {
        cycle(&e);
        result = e.late || (e.now >= r->hopeless && r->tasks_left > 0) ? ENGINE_LATE : 0;
        if (n % 1024 == 0 && result == 0) {
            result = interrupt_pending();
            progress_update(r->l->t->n_tasks - r->tasks_left);
        }
    }
    if (result == 0 && o->quantum) {
        engine_close_last_phase(&e);
    }
    if (result == 0 && r->tasks_left > 0) {
        find_stuck(&e, stuck);
        result = ENGINE_STUCK;
    }
    engine_free(&e);
    return result;
}
