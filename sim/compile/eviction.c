/* SPDX-License-Identifier: Apache-2.0 */
/* eviction.c - where SRAM is too small for what several tasks share: give it up, read it again.
 *
 * What lies in memory anyway (inputs, weights that do not stay) costs no write. The copy that is wanted
 * last goes first (Belady, IBM Systems Journal 5(2), 1966). */
#include "sim/compile/run.h"

/* Position of the next task that reads the copy; false when one reads it that is ready or `keep`. */
static bool next_reader(const struct run *r, uint32_t copy, uint32_t keep, uint32_t *pos)
{
    const struct copy *c = &r->l->copies[copy];
    *pos = LAYOUT_NONE;
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = r->l->readers[c->first_reader + i];
        if (r->start[task] != TIME_NONE) {
            continue;
        }
        if (r->unbooked[task] == 0 || task == keep) {
            return false;
        }
        *pos = r->l->queue_pos[task] < *pos ? r->l->queue_pos[task] : *pos;
    }
    return *pos != LAYOUT_NONE;
}

static bool may_go(const struct run *r, uint32_t copy, uint64_t now)
{
    const struct copy_state *s = &r->copies[copy];
    return run_from_memory(r, r->l->copies[copy].chunk) && !r->mem->resident[copy] && s->usable != TIME_NONE &&
           s->usable < now && s->to == TIME_NONE;
}

void run_give_up(struct run *r, uint32_t copy, uint32_t pos, uint64_t to)
{
    const struct copy *c = &r->l->copies[copy];
    struct copy_state *s = &r->copies[copy];
    if (pos == LAYOUT_NONE) {
        s->to = to;
        return;
    }
    *VEC_PUSH(r, stays) = (struct stay) {.copy = copy, .from = s->from, .to = to};
    *VEC_PUSH(r, evicted) = copy;
    s->usable = s->from = TIME_NONE;
    s->pos = pos;
    for (uint32_t i = 0; i < c->n_readers; i++) {
        uint32_t task = r->l->readers[c->first_reader + i];
        r->unbooked[task] += r->start[task] == TIME_NONE;
    }
    r->unsent[c->chunk]++;
}

static void evict(struct run *r, uint32_t copy, uint32_t pos, uint64_t now)
{
    const struct copy *c = &r->l->copies[copy];
    run_give_up(r, copy, pos, now);
    room_return(&r->room, c->unit, pos, r->l->t->chunks[c->chunk].bytes);
}

uint64_t run_evict(struct run *r, uint32_t unit, uint32_t pos, uint32_t keep, uint64_t bytes, uint64_t now)
{
    uint64_t freed = 0;
    r->n_evicted = 0;
    while (freed < bytes) {
        uint32_t best = LAYOUT_NONE, farthest = 0;
        for (uint32_t i = r->l->unit_first[unit]; i < r->l->unit_first[unit + 1]; i++) {
            uint32_t copy = r->l->unit_copies[i], next;
            bool may = may_go(r, copy, now) && next_reader(r, copy, keep, &next);
            if (may && next >= pos && (best == LAYOUT_NONE || next > farthest)) {
                best = copy;
                farthest = next;
            }
        }
        if (best == LAYOUT_NONE) {
            break;
        }
        freed += r->l->t->chunks[r->l->copies[best].chunk].bytes;
        evict(r, best, farthest, now);
    }
    return freed;
}
