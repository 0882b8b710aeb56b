/* SPDX-License-Identifier: Apache-2.0 */
/* spill.c - which copies leave a unit, at what cost, for how long. */
#include "sim/compile/spill.h"
#include "sim/base/max.h"

struct victim {
    uint32_t copy, pos; /* pos: of its next reader in the unit; LAYOUT_NONE: it need not come back */
    uint32_t next;      /* number in the layout's order of its next reader anywhere */
    bool write;         /* nobody else has it */
};

/* Looks through the readers of a copy that have not started. */
static void look_at_readers(const struct run *r, uint32_t copy, struct victim *v, uint32_t *left)
{
    const struct copy *c = &r->l->copies[copy];
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = r->l->readers[c->first_reader + i];
        if (r->start[task] == TIME_NONE) {
            (*left)++;
            v->next = r->l->order_of[task] < v->next ? r->l->order_of[task] : v->next;
        }
    }
}

/* The same in the unit itself; false when somebody keeps the copy. */
static bool look_here(const struct run *r, uint32_t copy, const struct spill_keep *keep, struct victim *v)
{
    const struct copy *c = &r->l->copies[copy];
    uint32_t left = 0;
    look_at_readers(r, copy, v, &left);
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = r->l->readers[c->first_reader + i], pos = r->l->queue_pos[task];
        if (r->start[task] == TIME_NONE) {
            if (task == keep->task || (keep->pos != LAYOUT_NONE && pos <= keep->pos)) {
                return false;
            }
            v->pos = pos < v->pos ? pos : v->pos;
        }
    }
    return r->copies[copy].readers_left == left; /* else one is at work */
}

/* A partial that waits for its sum in a switch has to stay, and so has an output that is not on its way to memory. */
static bool bound(const struct run *r, const struct copy *c)
{
    uint32_t sum = layout_sum_of(r->l, c->chunk);
    bool partial = sum != TASK_NONE && r->start[sum] == TIME_NONE;
    return c->home && (partial || (r->l->t->chunks[c->chunk].is_output && r->stored[c->chunk] == TIME_NONE));
}

/* May the copy go now? When it may later on, *later says when. */
static bool may_go(const struct run *r, uint32_t copy, const struct spill_keep *keep, uint64_t now, struct victim *v,
                   uint64_t *later)
{
    const struct layout *l = r->l;
    const struct copy *c = &l->copies[copy];
    uint32_t left = 0;
    *v = (struct victim) {.copy = copy, .pos = LAYOUT_NONE, .next = LAYOUT_NONE};
    if (!run_is_there(r, copy) || r->mem->resident[copy] || bound(r, c) || !look_here(r, copy, keep, v)) {
        return false;
    }
    if (r->copies[copy].usable >= now) {
        *later = r->copies[copy].usable + 1 < *later ? r->copies[copy].usable + 1 : *later;
        return false;
    }
    for (uint32_t i = l->copy_first[c->chunk]; c->home && i < l->copy_first[c->chunk + 1]; i++) {
        if (i != copy && r->copies[i].usable == TIME_NONE) { /* it waits for room elsewhere */
            look_at_readers(r, i, v, &left);
        }
    }
    bool at_home = !c->home && !run_from_memory(r, c->chunk) && run_is_there(r, l->copy_first[c->chunk]);
    v->write = r->stored[c->chunk] == TIME_NONE && !at_home;
    return true;
}

static bool goes_before(const struct victim *a, const struct victim *b)
{
    return a->write != b->write ? !a->write : a->next > b->next;
}

/* Takes the copy out of its unit. */
static void remove_copy(struct run *r, const struct victim *v, uint64_t now)
{
    const struct copy *c = &r->l->copies[v->copy];
    uint32_t bytes = r->l->t->chunks[c->chunk].bytes;
    uint64_t to = now;
    if (v->write) {
        r->stored[c->chunk] = run_write(r, c->chunk, c->unit, now, &to);
    }
    to = c->home ? max64(to, r->departed[c->chunk]) : to;
    run_give_up(r, v->copy, v->pos, to);
    if (v->pos != LAYOUT_NONE) {
        room_want(&r->room, c->unit, v->pos, bytes);
    }
    *VEC_PUSH(r, leaving) = v->copy;
    *VEC_PUSH(r, gone_at) = to;
}

uint64_t run_spill(struct run *r, uint32_t unit, const struct spill_keep *keep, uint64_t bytes, uint64_t now,
                   uint64_t *later)
{
    uint64_t freed = 0;
    *later = TIME_NONE;
    r->n_evicted = r->n_leaving = r->n_gone_at = 0;
    while (freed < bytes) {
        struct victim best = {.copy = LAYOUT_NONE};
        for (uint32_t i = r->l->unit_first[unit]; i < r->l->unit_first[unit + 1]; i++) {
            struct victim v;
            if (may_go(r, r->l->unit_copies[i], keep, now, &v, later) &&
                (best.copy == LAYOUT_NONE || goes_before(&v, &best))) {
                best = v;
            }
        }
        if (best.copy == LAYOUT_NONE) {
            break;
        }
        freed += r->l->t->chunks[r->l->copies[best.copy].chunk].bytes;
        remove_copy(r, &best, now);
    }
    return freed;
}
