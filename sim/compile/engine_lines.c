/* SPDX-License-Identifier: Apache-2.0 */
/* engine_lines.c - what leaves a chip: in which order, and how far ahead it is booked.
 *
 *     made --AHEAD cycles before it is there--> queue of its line, by urgency --line not booked far ahead?--> booked
 *
 * A slot once booked stays where it is. Tasks of a chip make at about the same time what has ways of one line and of
 * several, and what is waited for now and later. When each books its way as it starts, what comes a little later,
 * though it is wanted sooner, stands behind all others. */
#include <stdlib.h>

#include "sim/base/max.h"
#include "sim/compile/engine_state.h"

/* Cycles from now on for which a line is booked. */
#define AHEAD 300u

static uint32_t chip_of(const struct layout *l, uint32_t unit)
{
    return unit / l->m->units_per_chip;
}

/* The smaller the sooner: as the reader that is most urgent, less the way to it, which is on chip *to. UINT64_MAX: no
 * reader is on another chip. */
static uint64_t urgency_of(const struct layout *l, uint32_t chunk, uint32_t *to)
{
    const struct chunk *c = &l->t->chunks[chunk];
    uint64_t first = UINT64_MAX;
    for (uint32_t i = l->copy_first[chunk]; i < l->copy_first[chunk + 1]; i++) {
        const struct copy *copy = &l->copies[i];
        if (chip_of(l, copy->unit) == c->chip) {
            continue;
        }
        uint64_t way = layout_latency(l, l->unit_of[c->producer], copy->unit, c->bytes);
        for (uint32_t k = copy->first_reader; k < copy->first_reader + copy->n_readers; k++) {
            uint64_t urgency = layout_urgency(l, l->readers[k]) - way;
            if (urgency < first) {
                first = urgency;
                *to = chip_of(l, copy->unit);
            }
        }
    }
    return first;
}

/* An event at the cycle from which more may be booked, or something else is there. */
static void wake(struct engine *e, uint32_t line)
{
    struct line_queue *q = &e->lines[line];
    uint64_t at = TIME_NONE;
    if (q->chunks.n_items > 0) {
        at = q->booked_to > e->now + AHEAD ? q->booked_to - AHEAD : e->now;
    }
    if (q->coming.n_items > 0 && q->coming.items[0].time < at) {
        at = max64(q->coming.items[0].time, e->now);
    }
    if (at < q->wakes) {
        q->wakes = at;
        engine_push(e, at, EVENT_LINE, line);
    }
}

bool engine_queue(struct engine *e, uint32_t chunk)
{
    const struct layout *l = e->r->l;
    uint32_t to = 0, from = l->t->chunks[chunk].chip, nodes[MACHINE_PATH_MAX];
    if (!e->lines || urgency_of(l, chunk, &to) == UINT64_MAX) {
        return false;
    }
    (void)machine_chip_path(l->m, from, to, 0, nodes);
    uint32_t line = machine_chip_link(l->m, from, nodes[0]);
    uint64_t there = run_available(e->r, chunk);
    heap_push(&e->lines[line].coming, there > AHEAD ? there - AHEAD : 0, chunk);
    wake(e, line);
    return true;
}

/* Lines out of the chip that hops from `first` on take. */
static void note_booked(struct engine *e, size_t first, uint32_t chip)
{
    const struct sched_program *p = &e->r->out;
    for (size_t i = first; i < p->n_hops; i++) {
        const struct link *link = &e->r->l->m->links[p->hops[i].link];
        if (link->type == LINK_CHIP && link->from_node == chip) {
            struct line_queue *q = &e->lines[p->hops[i].link];
            q->booked_to = max64(q->booked_to, p->hops[i].start);
        }
    }
}

void engine_cross(struct engine *e, uint32_t line)
{
    struct line_queue *q = &e->lines[line];
    if (q->wakes != e->now) {
        return; /* another event has come before this one */
    }
    q->wakes = TIME_NONE;
    while (q->coming.n_items > 0 && q->coming.items[0].time <= e->now) {
        uint32_t chunk = (uint32_t)heap_pop(&q->coming).key, to;
        heap_push(&q->chunks, urgency_of(e->r->l, chunk, &to), chunk);
    }
    while (q->chunks.n_items > 0 && q->booked_to <= e->now + AHEAD) {
        size_t first = e->r->out.n_hops;
        engine_offer(e, (uint32_t)heap_pop(&q->chunks).key);
        note_booked(e, first, e->r->l->m->links[line].from_node);
    }
    wake(e, line);
}

/* Not where chunks may leave their homes: what spills counts on each chunk being under way or in want of room. */
void engine_lines_init(struct engine *e)
{
    const struct layout *l = e->r->l;
    if (!e->o->queued || l->o.spill) {
        return;
    }
    e->lines = mem_alloc_array(l->m->n_links, sizeof *e->lines);
    for (size_t i = 0; i < l->m->n_links; i++) {
        e->lines[i].wakes = TIME_NONE;
    }
}

void engine_lines_free(struct engine *e)
{
    for (size_t i = 0; e->lines && i < e->r->l->m->n_links; i++) {
        heap_free(&e->lines[i].coming);
        heap_free(&e->lines[i].chunks);
    }
    free(e->lines);
}
