/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - book-keeping of a program in the making. */
#include "sim/compile/run.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/max.h"

static uint64_t *times(size_t n)
{
    uint64_t *t = mem_alloc_array(n, sizeof *t);
    for (size_t i = 0; i < n; i++) {
        t[i] = TIME_NONE;
    }
    return t;
}

static void init_tasks(struct run *r)
{
    const struct task_graph *t = r->l->t;
    r->start = times(t->n_tasks);
    r->finish = times(t->n_tasks);
    r->off = times(t->n_tasks);
    r->ready = mem_alloc_array(t->n_tasks, sizeof *r->ready);
    r->unbooked = mem_alloc_array(t->n_tasks, sizeof *r->unbooked);
    r->tasks_left = (uint32_t)t->n_tasks;
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        const struct task *k = &t->tasks[i];
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            const struct chunk *c = &t->chunks[t->inputs[j].chunk];
            r->unbooked[i] += c->bytes > 0 || c->producer != TASK_NONE;
        }
        if (r->unbooked[i] == 0) {
            *VEC_PUSH(r, known) = i;
        }
    }
}

void run_known(struct run *r, uint32_t task, uint64_t usable)
{
    r->ready[task] = max64(r->ready[task], usable);
    if (--r->unbooked[task] > 0) {
        return;
    }
    if (run_is_leaf_sum(r, task)) {
        run_known(r, layout_sum_of(r->l, r->l->t->tasks[task].first_output), r->ready[task]);
    } else {
        *VEC_PUSH(r, known) = task;
    }
}

void run_copy_booked(struct run *r, uint32_t copy)
{
    const struct copy *c = &r->l->copies[copy];
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = r->l->readers[c->first_reader + i];
        if (r->start[task] == TIME_NONE) { /* one that has started read it before it was given up */
            run_known(r, task, r->copies[copy].usable);
        }
    }
}

/* Resident weights are in place when a steady program begins. */
static void init_copies(struct run *r)
{
    const struct layout *l = r->l;
    r->copies = mem_alloc_array(l->n_copies, sizeof *r->copies);
    r->departed = mem_alloc_array(l->t->n_chunks, sizeof *r->departed);
    r->stored = times(l->t->n_chunks);
    r->unsent = mem_alloc_array(l->t->n_chunks, sizeof *r->unsent);
    for (uint32_t i = 0; i < l->n_copies; i++) {
        const struct copy *c = &l->copies[i];
        r->copies[i] = (struct copy_state) {
            .usable = TIME_NONE, .from = TIME_NONE, .to = TIME_NONE, .readers_left = c->n_readers, .pos = c->first_pos};
        r->unsent[c->chunk] += !c->home;
        if (!r->cold && r->mem->resident[i]) {
            r->copies[i].usable = r->copies[i].from = 0;
            run_copy_booked(r, i);
        }
    }
    for (uint32_t c = 0; c < l->t->n_chunks; c++) {
        const struct chunk *k = &l->t->chunks[c];
        r->stored[c] = k->producer == TASK_NONE ? 0 : TIME_NONE;
        r->unsent[c] += k->is_output && k->bytes && k->producer != TASK_NONE;
        r->unsent[c] += layout_sum_of(l, c) != TASK_NONE;
    }
}

/* Hops are entries of units: about as many as there is room for; where they are read while the program runs, as were
 * foreseen, and as many that read them: an array that grows moves, and out of its large pages. */
static void reserve_hops(struct run *r)
{
    const uint32_t *bytes = r->cold ? r->mem->entries : r->mem->steady_entries;
    size_t hops = 0;
    for (uint32_t u = 0; u < r->l->units; u++) {
        hops += bytes[u] / SCHED_ENTRY_BYTES;
    }
    hops = r->mem->stream ? 2 * r->mem->foreseen[r->cold] : hops;
    VEC_RESERVE(&r->out, hops, hops);
}

void run_init(struct run *r, const struct layout *l, const struct memory_plan *mem, bool cold)
{
    *r = (struct run) {.l = l, .mem = mem, .cold = cold, .last_output = LAYOUT_NONE, .last_task = LAYOUT_NONE};
    r->deadline = r->hopeless = TIME_NONE;
    booking_init(&r->book, l->m, &r->out);
    r->book.sure_tries = layout_of_many(l) ? 0 : BOOKING_TRIES;
    r->book.rules.shift = mem->refresh_shift;
    room_init(&r->room, l, mem, cold);
    r->loaded = mem_alloc_array((size_t)l->m->chips * l->m->channels_per_chip, sizeof *r->loaded);
    r->booted = mem_alloc_array(l->units, sizeof *r->booted);
    reserve_hops(r);
    init_tasks(r);
    init_copies(r);
    if (mem->held[cold].task != LAYOUT_NONE) {
        r->ready[mem->held[cold].task] = mem->held[cold].until;
    }
}

void run_free(struct run *r)
{
    free(r->out.ops);
    free(r->out.transfers);
    free(r->out.hops);
    free(r->out.dram);
    free(r->out.sram);
    free(r->out.phases);
    booking_free(&r->book);
    room_free(&r->room);
    free(r->start);
    free(r->finish);
    free(r->off);
    free(r->ready);
    free(r->unbooked);
    free(r->copies);
    free(r->departed);
    free(r->stored);
    free(r->unsent);
    free(r->booted);
    free(r->loaded);
    free(r->entries);
    free(r->entries_to);
    free(r->stays);
    free(r->segments);
    free(r->reads);
    free(r->evicted);
    free(r->leaving);
    free(r->gone_at);
    free(r->endpoints);
    free(r->known);
    *r = (struct run) {0};
}

uint64_t run_available(const struct run *r, uint32_t chunk)
{
    uint32_t producer = r->l->t->chunks[chunk].producer;
    if (producer == TASK_NONE) {
        return 0;
    }
    uint32_t home = r->l->copy_first[chunk];
    if (r->stored[chunk] != TIME_NONE && !run_is_there(r, home)) {
        return r->stored[chunk];
    }
    /* A sum, and what was spilled, comes to its home: behind its last flit. */
    bool comes = task_in_switch(&r->l->t->tasks[producer]) || r->copies[home].usable > r->finish[producer];
    return comes ? r->copies[home].usable + 1 : r->finish[producer];
}

/* ---- tasks ---- */

void run_start(struct run *r, uint32_t task, uint64_t start)
{
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    uint32_t unit = l->unit_of[task];
    SIM_CHECK(r->unbooked[task] == 0 && r->ready[task] <= start, "task %u starts at %llu, its inputs come at %llu",
              task, (unsigned long long)start, (unsigned long long)r->ready[task]);
    r->start[task] = start;
    r->finish[task] = start + machine_planned(l->m, k->needs.cycles);
    r->tasks_left--;
    if (r->entries) {
        r->entries[unit]++;
    }
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        const struct chunk *chunk = &l->t->chunks[c];
        if (chunk->bytes) {
            uint32_t home = l->copy_first[c];
            r->copies[home].from = start;
            r->copies[home].usable = r->finish[task];
            room_take(&r->room, unit, l->queue_pos[task], chunk->bytes);
            run_copy_booked(r, home);
            uint32_t sum = layout_sum_of(l, c);
            if (sum != TASK_NONE) {
                run_known(r, sum, r->finish[task]);
            }
            continue;
        }
        for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
            bool far =
                l->t->tasks[l->input_task[i]].chip != k->chip; /* clocks of two chips may differ by the guard band */
            run_known(r, l->input_task[i], r->finish[task] + (far ? l->m->guard_cycles : 0));
        }
        if (chunk->is_output) {
            r->last_task = r->finish[task] >= r->complete ? task : r->last_task;
            r->complete = max64(r->complete, r->finish[task]);
        }
    }
}

void run_finish(struct run *r, uint32_t task)
{
    const struct task *k = &r->l->t->tasks[task];
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        if (r->l->input_copy[i] != LAYOUT_NONE) {
            r->copies[r->l->input_copy[i]].readers_left--;
        }
    }
}

uint64_t run_retire(struct run *r, uint32_t copy, uint64_t now)
{
    const struct copy *c = &r->l->copies[copy];
    struct copy_state *s = &r->copies[copy];
    if (s->readers_left > 0 || s->to != TIME_NONE || r->mem->resident[copy] || (c->home && r->unsent[c->chunk] > 0)) {
        return TIME_NONE;
    }
    s->to = now;
    if (c->home) {
        s->to = max64(now, max64(run_available(r, c->chunk), r->departed[c->chunk]));
    }
    return s->to;
}
