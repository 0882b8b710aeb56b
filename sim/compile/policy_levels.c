/* SPDX-License-Identifier: Apache-2.0 */
/* policy_levels.c - the study's schedule: level by level, nothing overlaps.
 *
 *     | transfers of level 0 | wave | wave | transfers of level 1 | wave | ... | outputs of the last |
 *
 * Level of a task: the longest chain of tasks before it, behind the micro-batch before on its chips. All inputs of a
 * level are moved, then each unit runs its tasks of the level, one per wave, all units in step. A level whose inputs
 * and outputs do not fit into SRAM together is cut into groups of waves, each with a transfer stage of its own. */
#include "sim/base/max.h"
#include "sim/compile/policy.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/progress.h"
#include "sim/compile/sorting.h"
#include "sim/compile/spill.h"

struct levels {
    struct run *r;
    uint32_t *level; /* per task */
    uint32_t n_levels;
    uint32_t *next;     /* per unit: queue position of the next task */
    uint32_t *by_level; /* per unit: its queue, sorted by level */
    uint64_t now;
    uint32_t boundary;     /* cycles that a phase lasts at least */
    VEC(uint32_t, stores); /* outputs that wait for a transfer stage */
    VEC(uint32_t, freed);  /* copies whose end is known and not yet accounted */
    VEC(uint32_t, wanted); /* copies of the stage, by chunk */
    VEC(uint32_t, group);
};

static void find_levels(struct levels *s)
{
    const struct layout *l = s->r->l;
    const struct task_graph *t = l->t;
    uint32_t *order = mem_alloc_array(t->n_tasks, sizeof *order);
    struct micro_batch_turns turns;
    s->level = mem_alloc_array(t->n_tasks, sizeof *s->level);
    micro_batch_order(t, order);
    micro_batch_turns_init(&turns, t);
    for (size_t n = 0; n < t->n_tasks; n++) {
        uint32_t i = order[n];
        const struct task *k = &t->tasks[i];
        s->level[i] = micro_batch_first_level(&turns, k);
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            uint32_t producer = t->chunks[t->inputs[j].chunk].producer;
            if (producer != TASK_NONE && s->level[producer] >= s->level[i]) {
                s->level[i] = s->level[producer] + 1;
            }
        }
        s->n_levels = s->level[i] >= s->n_levels ? s->level[i] + 1 : s->n_levels;
        micro_batch_add_level(&turns, k, s->level[i]);
    }
    micro_batch_turns_free(&turns);
    free(order);
}

struct keyed {
    uint32_t level, pos, task;
};

static int in_order(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->level != y->level) {
        return x->level < y->level ? -1 : 1;
    }
    return x->pos < y->pos ? -1 : x->pos > y->pos;
}

/* Each unit's queue again, level before rank. */
static void sort_queues(struct levels *s)
{
    const struct layout *l = s->r->l;
    struct keyed *keys = mem_alloc_array(l->t->n_tasks, sizeof *keys);
    s->by_level = mem_alloc_array(l->t->n_tasks, sizeof *s->by_level);
    s->next = mem_alloc_array(l->units, sizeof *s->next);
    for (uint32_t u = 0; u < l->units; u++) {
        uint32_t first = l->queue_first[u], n = l->queue_first[u + 1] - first;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t task = l->queue[first + i];
            keys[i] = (struct keyed) {.level = s->level[task], .pos = i, .task = task};
        }
        sort_items(keys, n, sizeof *keys, in_order);
        for (uint32_t i = 0; i < n; i++) {
            s->by_level[first + i] = keys[i].task;
        }
    }
    free(keys);
}

/* The unit's i-th task of the level from where it stands, or TASK_NONE. */
static uint32_t task_of(const struct levels *s, uint32_t unit, uint32_t i, uint32_t level)
{
    const struct layout *l = s->r->l;
    uint32_t at = l->queue_first[unit] + s->next[unit] + i;
    return at < l->queue_first[unit + 1] && s->level[s->by_level[at]] == level ? s->by_level[at] : TASK_NONE;
}

/* ---- SRAM ---- */

/* What has ended by now makes room. */
static void release(struct levels *s)
{
    const struct layout *l = s->r->l;
    size_t kept = 0;
    for (size_t i = 0; i < s->n_freed; i++) {
        const struct copy *c = &l->copies[s->freed[i]];
        if (s->r->copies[s->freed[i]].to <= s->now) {
            room_give(&s->r->room, c->unit, l->t->chunks[c->chunk].bytes);
        } else {
            s->freed[kept++] = s->freed[i];
        }
    }
    s->n_freed = kept;
}

static void retire(struct levels *s, uint32_t copy)
{
    if (run_retire(s->r, copy, s->now) != TIME_NONE) {
        *VEC_PUSH(s, freed) = copy;
    }
}

/* Bytes that a task adds to its unit: inputs that are not there, and outputs. */
static int64_t needs(struct levels *s, uint32_t task)
{
    const struct layout *l = s->r->l;
    const struct task *k = &l->t->tasks[task];
    int64_t bytes = 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t copy = l->input_copy[i];
        if (copy != LAYOUT_NONE && s->r->copies[copy].usable == TIME_NONE && !s->r->mem->resident[copy]) {
            bytes += l->t->chunks[l->copies[copy].chunk].bytes;
        }
    }
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        bytes += l->t->chunks[c].bytes;
    }
    return bytes;
}

/* Number of waves of the level that fit at once, at least 1; 0: not even the next one; *left: whether the
 * level has tasks at all. The first wave's inputs that several tasks share are counted once each. */
static uint32_t fitting_waves(struct levels *s, uint32_t level, bool *left, struct stuck *stuck)
{
    const struct layout *l = s->r->l;
    int64_t *more = mem_alloc_array(l->units, sizeof *more);
    uint32_t waves = 0;
    *left = false;
    for (bool fits = true, any = true; fits && any; waves += fits && any) {
        any = false;
        for (uint32_t u = 0; u < l->units && fits; u++) {
            uint32_t task = task_of(s, u, waves, level);
            if (task == TASK_NONE) {
                continue;
            }
            any = *left = true;
            more[u] += needs(s, task);
            fits = room_holds(&s->r->room, u, more[u]);
            if (!fits && waves == 0) {
                s->r->mem->blocked[u] = true;
                const struct task *k = &l->t->tasks[task];
                stuck->unit = u;
                stuck->copy = k->n_inputs && l->input_copy[k->first_input] != LAYOUT_NONE
                                  ? l->input_copy[k->first_input]
                                  : layout_first_copy(l, k->first_output);
                stuck->in_use = (uint64_t)((int64_t)l->m->sram_bytes - s->r->room.cap[u] + s->r->room.used[u]);
            }
        }
    }
    free(more);
    return waves;
}

/* ---- a stage ---- */

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void want_inputs(struct levels *s, uint32_t task)
{
    const struct layout *l = s->r->l;
    const struct task *k = &l->t->tasks[task];
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t copy = l->input_copy[i];
        if (copy == LAYOUT_NONE || s->r->copies[copy].usable != TIME_NONE) {
            continue;
        }
        s->r->copies[copy].usable = 0; /* wanted once; the true time follows */
        *VEC_PUSH(s, wanted) = copy;
        if (!s->r->mem->resident[copy]) {
            room_take(&s->r->room, l->copies[copy].unit, s->r->copies[copy].pos,
                      l->t->chunks[l->copies[copy].chunk].bytes);
        }
    }
}

/* The sum that has to be made in a switch before the copy can be had; TASK_NONE: there is none. */
static uint32_t sum_before(const struct levels *s, uint32_t copy)
{
    const struct layout *l = s->r->l;
    uint32_t producer = l->t->chunks[l->copies[copy].chunk].producer;
    bool sum = producer != TASK_NONE && task_in_switch(&l->t->tasks[producer]);
    return sum && s->r->start[producer] == TIME_NONE ? producer : TASK_NONE;
}

static void retire_partial(void *self, uint32_t copy)
{
    retire(self, copy);
}

/* Makes a sum for the copies in the group, and its homes if they were not among the wanted. */
static uint64_t make_sum(struct levels *s, uint32_t task)
{
    struct run *r = s->r;
    const struct layout *l = r->l;
    const struct task *k = &l->t->tasks[task];
    uint64_t end = s->now;
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        if (r->copies[l->copy_first[c]].usable == TIME_NONE) {
            room_take(&r->room, l->unit_of[task], l->queue_pos[task], l->t->chunks[c].bytes);
        }
    }
    run_sum(r, task, s->group, s->n_group, s->now);
    run_each_partial(s->r, k, retire_partial, s);
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        end = max64(end, r->copies[l->copy_first[c]].usable);
        if (l->t->chunks[c].is_output) {
            *VEC_PUSH(s, stores) = c;
        } else {
            retire(s, l->copy_first[c]);
        }
    }
    return end;
}

/* Sums that no task has asked for: results. */
static void make_left_sums(struct levels *s)
{
    const struct task_graph *t = s->r->l->t;
    s->n_group = 0;
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        if (task_in_switch(&t->tasks[i]) && !run_is_leaf_sum(s->r, i) && s->r->start[i] == TIME_NONE) {
            make_sum(s, i);
        }
    }
}

/* Sends all wanted copies, a chunk at a time, and the outputs that wait; returns when all is there. */
static uint64_t transfer_stage(struct levels *s)
{
    struct run *r = s->r;
    uint64_t end = s->now;
    sort_items(s->wanted, s->n_wanted, sizeof *s->wanted, by_value); /* copies are numbered by chunk */
    for (size_t i = 0; i < s->n_wanted;) {
        uint32_t chunk = r->l->copies[s->wanted[i]].chunk, sum = sum_before(s, s->wanted[i]);
        s->n_group = 0;
        for (; i < s->n_wanted &&
               (r->l->copies[s->wanted[i]].chunk == chunk || (sum != TASK_NONE && sum_before(s, s->wanted[i]) == sum));
             i++) {
            *VEC_PUSH(s, group) = s->wanted[i];
        }
        if (sum != TASK_NONE) {
            end = max64(end, make_sum(s, sum));
        } else {
            run_ship(r, chunk, s->group, (uint32_t)s->n_group, max64(s->now, run_available(r, chunk)));
        }
        for (size_t g = 0; g < s->n_group; g++) {
            end = max64(end, r->copies[s->group[g]].usable);
        }
        if (sum == TASK_NONE && !run_from_memory(r, chunk)) {
            retire(s, r->l->copy_first[chunk]);
        }
    }
    for (size_t i = 0; i < s->n_stores; i++) {
        run_store(r, s->stores[i], max64(s->now, run_available(r, s->stores[i])));
        retire(s, r->l->copy_first[s->stores[i]]);
    }
    end = s->n_stores ? max64(end, r->complete) : end;
    s->n_wanted = s->n_stores = 0;
    r->n_known = 0;
    return end;
}

/* ---- waves ---- */

static void wave(struct levels *s, uint32_t level)
{
    struct run *r = s->r;
    uint64_t end = s->now + s->boundary;
    VEC_RESERVE(s, group, r->l->units);
    s->n_group = 0;
    for (uint32_t u = 0; u < r->l->units; u++) {
        uint32_t task = task_of(s, u, 0, level);
        if (task != TASK_NONE) {
            run_start(r, task, s->now);
            end = max64(end, r->finish[task]);
            s->group[s->n_group++] = task;
            s->next[u]++;
        }
    }
    s->now = end;
    for (size_t i = 0; i < s->n_group; i++) {
        const struct task *k = &r->l->t->tasks[s->group[i]];
        r->off[s->group[i]] = end;
        run_finish(r, s->group[i]);
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            if (r->l->input_copy[j] != LAYOUT_NONE) {
                retire(s, r->l->input_copy[j]);
            }
        }
        for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
            if (r->l->t->chunks[c].bytes && r->l->t->chunks[c].is_output) {
                *VEC_PUSH(s, stores) = c;
            } else if (r->l->t->chunks[c].bytes) {
                retire(s, r->l->copy_first[c]);
            }
        }
    }
    release(s);
}

/* When dependences without bytes allow the waves: those from another chip by its clock, give or take. */
static uint64_t ready_of(const struct levels *s, uint32_t waves, uint32_t level)
{
    uint64_t ready = 0;
    for (uint32_t u = 0; u < s->r->l->units; u++) {
        for (uint32_t w = 0; w < waves && task_of(s, u, w, level) != TASK_NONE; w++) {
            ready = max64(ready, s->r->ready[task_of(s, u, w, level)]);
        }
    }
    return ready;
}

/* Spills what the unit's next task does not read; returns when the room is there, or something may go. */
static uint64_t spill(struct levels *s, uint32_t unit, uint32_t task, uint64_t bytes)
{
    struct run *r = s->r;
    struct spill_keep keep = {.task = task, .pos = LAYOUT_NONE};
    uint64_t later, end = s->now;
    run_spill(r, unit, &keep, bytes, s->now, &later);
    for (size_t i = 0; i < r->n_leaving; i++) {
        const struct copy *c = &r->l->copies[r->leaving[i]];
        end = max64(end, r->gone_at[i]);
        room_give(&r->room, c->unit, r->l->t->chunks[c->chunk].bytes);
    }
    return r->n_leaving == 0 ? later : end;
}

/* A stage in which outputs that wait are written, or else a unit spills. False when nothing can go. */
static bool spill_stage(struct levels *s, uint32_t unit, uint32_t task, uint64_t bytes)
{
    uint64_t end = s->n_stores > 0 ? transfer_stage(s) : spill(s, unit, task, bytes);
    if (end != TIME_NONE && end > s->now) {
        s->now = max64(end, s->now + s->boundary);
    }
    return end != TIME_NONE;
}

/* Gives up what is in memory too and not for the unit's next task; false when that is not enough. */
static bool make_room(struct levels *s, uint32_t level, uint32_t unit)
{
    uint32_t task = task_of(s, unit, 0, level);
    uint64_t short_of = room_short_of(&s->r->room, unit, needs(s, task));
    uint64_t freed = run_evict(s->r, unit, 0, task, short_of, s->now);
    return freed >= short_of || (s->r->l->o.spill && spill_stage(s, unit, task, short_of - freed));
}

static int run_level(struct levels *s, uint32_t level, struct stuck *stuck)
{
    for (;;) {
        bool left;
        release(s);
        uint32_t waves = fitting_waves(s, level, &left, stuck);
        if (!left) {
            return 0;
        }
        if (waves == 0) {
            if (!make_room(s, level, stuck->unit)) {
                return ENGINE_STUCK;
            }
            continue;
        }
        for (uint32_t u = 0; u < s->r->l->units; u++) {
            for (uint32_t w = 0; w < waves && task_of(s, u, w, level) != TASK_NONE; w++) {
                want_inputs(s, task_of(s, u, w, level));
            }
        }
        uint64_t end = max64(transfer_stage(s), ready_of(s, waves, level));
        s->now = end > s->now ? max64(end, s->now + s->boundary) : s->now;
        for (uint32_t w = 0; w < waves; w++) {
            wave(s, level);
        }
    }
}

int policy_levels(struct run *r, const struct engine_options *o, struct stuck *stuck)
{
    (void)o;
    struct levels s = {.r = r, .boundary = r->l->m->broadcast_cycles, .now = r->l->m->launch_cycles};
    for (uint32_t u = 0; u < r->l->units; u++) {
        s.now = max64(s.now, r->booted[u]);
    }
    find_levels(&s);
    sort_queues(&s);
    int result = 0;
    for (uint32_t level = 0; level < s.n_levels && result == 0; level++) {
        result = s.now >= r->hopeless ? ENGINE_LATE : run_level(&s, level, stuck);
        result = result ? result : interrupt_pending();
        progress_update(r->l->t->n_tasks - r->tasks_left);
    }
    if (result == 0) {
        make_left_sums(&s);
        transfer_stage(&s);
    }
    free(s.level);
    free(s.next);
    free(s.by_level);
    free(s.stores);
    free(s.freed);
    free(s.wanted);
    free(s.group);
    return result;
}
