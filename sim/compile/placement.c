/* SPDX-License-Identifier: Apache-2.0 */
/* placement.c - upward ranks, and which unit of its chip runs a task.
 *
 * A task goes to the unit where it is estimated to finish first, weights that the unit does not hold yet
 * counted as a delay (options.affinity); among equals to the one that has to fetch the fewest bytes, then
 * to the lowest index. Estimated are the time at which the unit is free and
 * the time at which the last input has come over an empty network, its own eject link counted. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/event_heap.h"
#include "sim/base/max.h"
#include "sim/compile/layout.h"
#include "sim/compile/timeline.h"

/* ---- upward rank ---- */

/* Rank is a path length: cycles of the task and of everything that must follow it. Before units are
 * known an edge costs its flits and a middling path. */
static uint64_t edge_cost(const struct layout *l, const struct task *from, const struct task *to, uint32_t bytes)
{
    const struct machine *m = l->m;
    if (bytes == 0) {
        return 0;
    }
    if (task_in_switch(to)) {
        return layout_switch_latency(l, from, bytes);
    }
    if (from->chip != to->chip && !task_in_switch(from)) { /* a sum is under way to all already */
        return layout_latency(l, from->chip * m->units_per_chip, to->chip * m->units_per_chip, bytes);
    }
    return m->live_units[to->chip] == 1 ? 0 : ceil_div(bytes, m->flit_bytes) + 8;
}

static uint64_t write_cost(const struct layout *l, uint32_t bytes)
{
    const struct fraction r = l->m->dram.rate;
    uint32_t piece = bytes < l->piece_bytes ? bytes : l->piece_bytes;
    return 8 + l->m->dram.rcd + l->m->dram.cwl + ceil_div(fraction_ticks(r, piece), r.num);
}

static uint64_t rank_of(const struct layout *l, uint32_t task)
{
    const struct task *k = &l->t->tasks[task];
    uint64_t after = 0;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        const struct chunk *chunk = &l->t->chunks[c];
        bool unread =
            l->input_first[c] == l->input_first[c + 1]; /* a value that others hold too: over in time as well */
        if ((chunk->is_output || unread) && chunk->bytes) {
            after = max64(after, write_cost(l, chunk->bytes));
        }
        for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
            uint32_t to = l->input_task[i];
            after = max64(after, edge_cost(l, k, &l->t->tasks[to], chunk->bytes) + l->rank[to]);
        }
    }
    return after + machine_planned(l->m, k->needs.cycles);
}

uint32_t layout_group(const struct layout *l, uint32_t task)
{
    const struct task *k = &l->t->tasks[task];
    uint32_t rows = l->t->ops->ops[k->op].m, stripes = layout_stripes(l);
    uint32_t stripe = k->row0 < rows ? (uint32_t)((uint64_t)k->row0 * stripes / rows) : 0;
    return k->op * stripes + stripe;
}

uint64_t layout_urgency(const struct layout *l, uint32_t task)
{
    const uint64_t middle = UINT64_MAX / 2; /* far from both ends, whatever the shifts are */
    uint32_t group = layout_group(l, task);
    uint64_t later = l->skew_cycles * layout_turn(l, task);
    later += l->longest * task_micro_batch(l->t, &l->t->tasks[task]);
    return middle - l->rank[task] + later - (uint64_t)(l->o.shift ? l->o.shift[group] : 0);
}

/* Topological order that takes, of the tasks whose producers are all taken, the most urgent one. */
static void find_order(struct layout *l)
{
    const struct task_graph *t = l->t;
    struct event_heap open = {0};
    uint32_t *left = mem_alloc_array(t->n_tasks, sizeof *left);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        const struct task *k = &t->tasks[i];
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            left[i] += t->chunks[t->inputs[j].chunk].producer != TASK_NONE;
        }
        if (left[i] == 0) {
            heap_push(&open, layout_urgency(l, i), i);
        }
    }
    for (size_t n = 0; n < t->n_tasks; n++) {
        uint32_t i = l->order[n] = (uint32_t)heap_pop(&open).key;
        uint32_t first = t->tasks[i].first_output, end = first + t->tasks[i].n_outputs;
        for (uint32_t r = l->input_first[first]; r < l->input_first[end]; r++) {
            uint32_t reader = l->input_task[r];
            if (--left[reader] == 0) {
                heap_push(&open, layout_urgency(l, reader), reader);
            }
        }
    }
    heap_free(&open);
    free(left);
}

void layout_rank(struct layout *l)
{
    size_t n = l->t->n_tasks;
    l->rank = mem_alloc_array(n, sizeof *l->rank);
    l->order = mem_alloc_array(n, sizeof *l->order);
    for (size_t i = n; i-- > 0;) {
        l->rank[i] = rank_of(l, (uint32_t)i);
        l->longest = max64(l->longest, l->rank[i]);
    }
    l->skew_cycles = l->longest * l->o.skew / 1000;
    layout_find_turns(l);
    find_order(l);
}

/* ---- units ---- */

struct placing {
    struct layout *l;
    struct timeline *busy; /* per unit */
    uint64_t *finish;      /* per task */
    uint32_t *stamp;       /* per unit: holds the chunk in question */
    uint64_t *weights;     /* per unit: bytes of weights that it will hold */
    uint64_t weight_room;  /* of a unit */
    /* of the task being placed, per unit of its chip */
    uint64_t *near, *near_weights, *arrive;
};

static bool on_chip(const struct machine *m, uint32_t chip, uint32_t unit)
{
    return unit >= chip * m->units_per_chip && unit < (chip + 1) * m->units_per_chip;
}

/* What each unit of the chip has of the task's inputs already, and when the rest would be there. */
static void weigh_input(struct placing *p, const struct task *k, uint32_t c, uint64_t *total)
{
    const struct layout *l = p->l;
    const struct machine *m = l->m;
    const struct chunk *chunk = &l->t->chunks[c];
    uint32_t base = k->chip * m->units_per_chip;
    uint64_t flits = ceil_div(chunk->bytes, m->flit_bytes);
    uint64_t ready = chunk->producer == TASK_NONE ? 0 : p->finish[chunk->producer];
    *total += flits;
    for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
        uint32_t unit = l->unit_of[l->input_task[i]]; /* an earlier reader */
        if (on_chip(m, k->chip, unit) && p->stamp[unit] != c + 1) {
            p->stamp[unit] = c + 1;
            p->near[unit - base] += flits;
            p->near_weights[unit - base] += chunk->is_weight ? chunk->bytes : 0;
        }
    }
    uint32_t home = chunk->producer == TASK_NONE ? LAYOUT_NONE : l->unit_of[chunk->producer];
    if (on_chip(m, k->chip, home) && p->stamp[home] != c + 1) {
        p->stamp[home] = c + 1;
        p->near[home - base] += flits;
    }
    if (chunk->is_weight) {
        return;
    }
    uint64_t far = ready;
    if (home != LAYOUT_NONE && chunk->bytes) {
        far += on_chip(m, k->chip, home) ? flits + 8 : layout_latency(l, home, base, chunk->bytes);
    }
    for (uint32_t u = 0; u < m->units_per_chip; u++) {
        p->arrive[u] = max64(p->arrive[u], base + u == home ? ready : far);
    }
}

/* Earliest start on the unit: in a gap between what is there already, or behind all of it. */
static uint64_t start_on(const struct placing *p, uint32_t unit, uint64_t ready, uint64_t length)
{
    struct timeline *busy = &p->busy[unit];
    if (p->l->o.insertion) {
        return timeline_find(busy, ready, length);
    }
    return busy->n_spans ? max64(ready, busy->spans[busy->n_spans - 1].to) : ready;
}

static uint32_t choose_unit(struct placing *p, uint32_t task)
{
    const struct layout *l = p->l;
    const struct task *k = &l->t->tasks[task];
    uint32_t units = l->m->units_per_chip, base = k->chip * units, best = 0;
    uint32_t pin = l->o.pin ? l->o.pin[task] : LAYOUT_NONE;
    const bool *dead = &l->m->dead[base];
    uint64_t total = 0, weights = 0, best_cost = UINT64_MAX, best_far = 0;
    uint64_t length = machine_planned(l->m, k->needs.cycles);
    for (uint32_t u = 0; u < units; u++) {
        p->near[u] = p->near_weights[u] = p->arrive[u] = 0;
    }
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        const struct chunk *c = &l->t->chunks[l->t->inputs[i].chunk];
        weights += c->is_weight ? c->bytes : 0;
        weigh_input(p, k, l->t->inputs[i].chunk, &total);
    }
    for (uint32_t u = 0; u < units; u++) {
        uint64_t far = total > p->near[u] ? total - p->near[u] : 0;
        uint64_t more = weights > p->near_weights[u] ? weights - p->near_weights[u] : 0;
        uint64_t over = p->weights[base + u] + more > p->weight_room ? more : 0; /* would have to be streamed */
        uint64_t cost = start_on(p, base + u, p->arrive[u], length) + over / l->m->flit_bytes * 4;
        cost += more / l->m->flit_bytes * l->o.affinity / 8;
        bool better = cost < best_cost || (cost == best_cost && far < best_far);
        if (!dead[u] && (pin == LAYOUT_NONE ? better : base + u == pin)) {
            best = u;
            best_cost = cost;
            best_far = far;
        }
    }
    p->weights[base + best] += weights > p->near_weights[best] ? weights - p->near_weights[best] : 0;
    uint64_t start = start_on(p, base + best, p->arrive[best], length);
    p->finish[task] = start + length;
    timeline_take(&p->busy[base + best], start, start + length);
    return base + best;
}

/* When a sum is on the chips, over an empty network. */
static uint64_t sum_ready(const struct placing *p, uint32_t task)
{
    const struct layout *l = p->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t ready = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        const struct chunk *c = &l->t->chunks[l->t->inputs[i].chunk];
        ready = max64(ready, p->finish[c->producer] + layout_switch_latency(l, &l->t->tasks[c->producer], c->bytes));
    }
    return ready;
}

/* Tasks of the unit's queue that come before place `at` in the order of all. */
static uint32_t queued_before(const struct layout *l, const uint32_t *place, uint32_t unit, uint32_t at)
{
    const uint32_t *queue = l->queue + l->queue_first[unit];
    uint32_t low = 0, high = l->queue_first[unit + 1] - l->queue_first[unit];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (place[queue[middle]] < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The home of a sum on its chip: the unit of the first task there that reads it, else that of the chip's partial. It
 * needs room there when the first reader of all chips is next, which may be long before its own: where each chip comes
 * to its own rows last, homes that waited for their own readers would wait for each other. */
static void place_sum(struct layout *l, const uint32_t *place, uint32_t task)
{
    const struct task *k = &l->t->tasks[task];
    uint32_t first = l->input_first[k->first_output], end = l->input_first[k->first_output + k->n_outputs];
    l->unit_of[task] = machine_first_unit(l->m, k->chip);
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        const struct chunk *c = &l->t->chunks[l->t->inputs[i].chunk];
        l->unit_of[task] = c->chip == k->chip ? l->unit_of[c->producer] : l->unit_of[task];
    }
    uint32_t reader = TASK_NONE, at = UINT32_MAX;
    for (uint32_t i = first; i < end; i++) {
        uint32_t to = l->input_task[i];
        if (task_in_switch(&l->t->tasks[to])) {
            continue;
        }
        bool here = l->t->tasks[to].chip == k->chip;
        reader = here && (reader == TASK_NONE || l->rank[to] > l->rank[reader]) ? to : reader;
        at = place[to] < at ? place[to] : at;
    }
    l->unit_of[task] = reader == TASK_NONE ? l->unit_of[task] : l->unit_of[reader];
    l->queue_pos[task] = at == UINT32_MAX ? 0 : queued_before(l, place, l->unit_of[task], at);
}

static void place_sums(struct layout *l)
{
    size_t n = l->t->n_tasks;
    uint32_t *place = mem_alloc_array(n, sizeof *place);
    for (uint32_t i = 0; i < n; i++) {
        place[l->order[i]] = i;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (task_in_switch(&l->t->tasks[i])) {
            place_sum(l, place, i);
        }
    }
    free(place);
}

static void fill_queues(struct layout *l)
{
    size_t n = l->t->n_tasks;
    l->queue_first = mem_alloc_array(l->units + 1u, sizeof *l->queue_first);
    l->queue = mem_alloc_array(n, sizeof *l->queue);
    l->queue_pos = mem_alloc_array(n, sizeof *l->queue_pos);
    for (size_t i = 0; i < n; i++) {
        if (!task_in_switch(&l->t->tasks[i])) {
            l->queue_first[l->unit_of[i] + 1]++;
        }
    }
    for (uint32_t u = 0; u < l->units; u++) {
        l->queue_first[u + 1] += l->queue_first[u];
    }
    uint32_t *fill = mem_alloc_array(l->units, sizeof *fill);
    for (size_t i = 0; i < n; i++) {
        uint32_t task = l->order[i], unit = l->unit_of[task];
        if (!task_in_switch(&l->t->tasks[task])) {
            l->queue_pos[task] = fill[unit]++;
            l->queue[l->queue_first[unit] + l->queue_pos[task]] = task;
        }
    }
    free(fill);
}

void layout_place_tasks(struct layout *l)
{
    size_t n = l->t->n_tasks;
    uint32_t units = l->m->units_per_chip;
    struct placing p = {.l = l, .weight_room = l->m->sram_bytes / 2};
    p.busy = mem_alloc_array(l->units, sizeof *p.busy);
    p.finish = mem_alloc_array(n, sizeof *p.finish);
    p.stamp = mem_alloc_array(l->units, sizeof *p.stamp);
    p.weights = mem_alloc_array(l->units, sizeof *p.weights);
    p.near = mem_alloc_array(units, sizeof *p.near);
    p.near_weights = mem_alloc_array(units, sizeof *p.near_weights);
    p.arrive = mem_alloc_array(units, sizeof *p.arrive);
    l->unit_of = mem_alloc_array(n, sizeof *l->unit_of);
    for (size_t i = 0; i < n; i++) {
        l->unit_of[i] = LAYOUT_NONE;
    }
    for (size_t i = 0; i < n; i++) {
        SIM_CHECK(l->t->tasks[l->order[i]].chip < l->m->chips, "task %u is on no chip", l->order[i]);
        if (task_in_switch(&l->t->tasks[l->order[i]])) {
            p.finish[l->order[i]] = sum_ready(&p, l->order[i]);
        } else {
            l->unit_of[l->order[i]] = choose_unit(&p, l->order[i]);
        }
    }
    fill_queues(l);
    place_sums(l);
    for (uint32_t u = 0; u < l->units; u++) {
        timeline_free(&p.busy[u]);
    }
    free(p.busy);
    free(p.finish);
    free(p.stamp);
    free(p.weights);
    free(p.near);
    free(p.near_weights);
    free(p.arrive);
}
