/* SPDX-License-Identifier: Apache-2.0 */
/* residency.c - work room of a unit, weights that give way. */
#include "sim/compile/residency.h"

#include <stdlib.h>

#include "sim/base/max.h"
#include "sim/compile/control_plan.h"
#include "sim/compile/control_stream.h"
#include "sim/compile/sorting.h"

struct weight {
    uint32_t unit, pos, copy, bytes;
};

/* All weights by unit and first use; and scratch to count distinct copies. */
struct weighing {
    struct memory_plan *mem;
    const struct layout *l;
    VEC(struct weight, weights);
    uint32_t quarters;
    uint32_t *seen; /* per copy: the window that counted it last */
    uint32_t window;
};

static int in_order(const void *a, const void *b)
{
    const struct weight *x = a, *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->pos != y->pos) {
        return x->pos < y->pos ? -1 : 1;
    }
    return x->copy < y->copy ? -1 : x->copy > y->copy;
}

static uint64_t count_inputs(struct weighing *w, uint32_t task)
{
    const struct layout *l = w->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t bytes = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t copy = l->input_copy[i];
        if (copy != LAYOUT_NONE && !w->mem->resident[copy] && w->seen[copy] != w->window) {
            w->seen[copy] = w->window;
            bytes += l->t->chunks[l->copies[copy].chunk].bytes;
        }
    }
    return bytes;
}

static uint64_t count_outputs(struct weighing *w, uint32_t task)
{
    const struct layout *l = w->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t bytes = 0;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        uint32_t home = l->copy_first[c];
        if (l->t->chunks[c].bytes && w->seen[home] != w->window) {
            w->seen[home] = w->window;
            bytes += l->t->chunks[c].bytes;
        }
    }
    return bytes;
}

/* So many quarters of the most that two tasks in a row need, with the outputs of the one before them. A cold
 * program alone leaves nothing for another one: it has twice the whole. */
static uint64_t work_room(struct weighing *w, uint32_t unit)
{
    const struct layout *l = w->l;
    uint32_t first = l->queue_first[unit], end = l->queue_first[unit + 1];
    uint64_t most = 0;
    for (uint32_t i = first; i < end; i++) {
        w->window++;
        uint64_t bytes = count_inputs(w, l->queue[i]) + count_outputs(w, l->queue[i]);
        bytes += i + 1 < end ? count_inputs(w, l->queue[i + 1]) + count_outputs(w, l->queue[i + 1]) : 0;
        bytes += i > first ? count_outputs(w, l->queue[i - 1]) : 0;
        most = bytes > most ? bytes : most;
    }
    return most * w->quarters / 4;
}

static void settle_unit(struct weighing *w, uint32_t unit, const struct weight *weights, size_t n)
{
    struct memory_plan *mem = w->mem;
    int64_t room = (int64_t)w->l->m->sram_bytes - mem->staging[unit] - mem->entries[unit] - mem->steady_entries[unit];
    for (size_t i = 0; i < n; i++) {
        room -= weights[i].bytes;
    }
    int64_t step = w->l->m->sram_bytes / 64;
    for (int64_t want = (int64_t)work_room(w, unit); n > 0 && room < want; want = (int64_t)work_room(w, unit)) {
        for (int64_t freed = 0; n > 0 && freed < step; freed += weights[n].bytes) {
            n--;
            mem->resident[weights[n].copy] = false;
            room += weights[n].bytes;
        }
    }
}

static void choose_residents(struct memory_plan *mem, const struct layout *l, bool steady, uint32_t room)
{
    struct weighing w = {
        .mem = mem, .l = l, .quarters = steady ? room : 8, .seen = mem_alloc_array(l->n_copies, sizeof *w.seen)};
    for (uint32_t i = 0; i < l->n_copies; i++) {
        const struct copy *c = &l->copies[i];
        if (mem->resident[i]) {
            *VEC_PUSH(&w, weights) = (struct weight) {
                .unit = c->unit, .pos = c->first_pos, .copy = i, .bytes = l->t->chunks[c->chunk].bytes};
        }
    }
    sort_items(w.weights, w.n_weights, sizeof *w.weights, in_order);
    for (size_t i = 0, end; i < w.n_weights; i = end) {
        for (end = i + 1; end < w.n_weights && w.weights[end].unit == w.weights[i].unit; end++) {
        }
        settle_unit(&w, w.weights[i].unit, &w.weights[i], end - i);
    }
    free(w.weights);
    free(w.seen);
}

void memory_plan_init(struct memory_plan *mem, const struct layout *l, bool steady, bool stream, uint32_t room,
                      const struct memory_plan *like)
{
    *mem = (struct memory_plan) {0};
    for (uint32_t i = 0; i < 2; i++) {
        mem->held[i].chunk = mem->held[i].task = LAYOUT_NONE;
    }
    mem->resident = mem_alloc_array(l->n_copies, sizeof *mem->resident);
    mem->entries = mem_alloc_array(l->units, sizeof *mem->entries);
    mem->steady_entries = mem_alloc_array(l->units, sizeof *mem->steady_entries);
    for (uint32_t i = 0; i < 2; i++) {
        mem->ring[i] = mem_alloc_array(l->units, sizeof *mem->ring[i]);
        mem->spare[i] = mem_alloc_array(l->units, sizeof *mem->spare[i]);
    }
    mem->tight = mem_alloc_array(l->units, sizeof *mem->tight);
    mem->staging = mem_alloc_array(l->units, sizeof *mem->staging);
    mem->margin = mem_alloc_array(l->units, sizeof *mem->margin);
    mem->blocked = mem_alloc_array(l->units, sizeof *mem->blocked);
    mem->ahead = mem_alloc_array(l->units, sizeof *mem->ahead);
    for (uint32_t u = 0; u < l->units; u++) {
        mem->ahead[u] = steady || stream ? UINT32_MAX : SCHED_BOOT_BYTES;
    }
    for (uint32_t i = 0; i < l->n_copies; i++) {
        const struct chunk *c = &l->t->chunks[l->copies[i].chunk];
        mem->resident[i] = c->is_weight && c->producer == TASK_NONE;
    }
    if (steady) {
        control_estimate(l, mem->resident, mem->steady_entries);
    }
    control_estimate(l, NULL, mem->entries);
    for (uint32_t u = 0; u < l->units; u++) {
        mem->foreseen[0] += mem->steady_entries[u] / SCHED_ENTRY_BYTES;
        mem->foreseen[1] += mem->entries[u] / SCHED_ENTRY_BYTES;
    }
    mem->stream = stream;
    if (stream) {
        control_stream_plan(mem, l);
    } else {
        mem->endless = !control_estimate_loading(l, mem->entries, mem->steady_entries);
    }
    for (uint32_t u = 0; u < l->units; u++) {
        mem->staging[u] = (uint32_t)machine_staging_of_unit(l->m, u);
        mem->entries[u] = control_region(mem->entries[u], true);
    }
    for (uint32_t u = 0; like && !stream && u < l->units; u++) {
        mem->entries[u] = max32(mem->entries[u], like->entries[u]);
        mem->steady_entries[u] = max32(mem->steady_entries[u], like->steady_entries[u]);
    }
    choose_residents(mem, l, steady, room ? room : 5);
}

void memory_plan_free(struct memory_plan *mem)
{
    free(mem->resident);
    free(mem->entries);
    free(mem->steady_entries);
    for (uint32_t i = 0; i < 2; i++) {
        free(mem->ring[i]);
        free(mem->spare[i]);
        free(mem->wishes[i].all);
    }
    free(mem->tight);
    free(mem->staging);
    free(mem->margin);
    free(mem->blocked);
    free(mem->ahead);
    *mem = (struct memory_plan) {0};
}

uint64_t residency_give_up(struct memory_plan *mem, const struct layout *l, uint32_t unit, uint64_t bytes)
{
    uint64_t freed = 0;
    while (freed < bytes) {
        uint32_t last = LAYOUT_NONE;
        for (uint32_t i = 0; i < l->n_copies; i++) {
            if (mem->resident[i] && l->copies[i].unit == unit &&
                (last == LAYOUT_NONE || l->copies[i].first_pos >= l->copies[last].first_pos)) {
                last = i;
            }
        }
        if (last == LAYOUT_NONE) {
            break;
        }
        mem->resident[last] = false;
        freed += l->t->chunks[l->copies[last].chunk].bytes;
    }
    return freed;
}
