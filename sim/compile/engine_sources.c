/* SPDX-License-Identifier: Apache-2.0 */
/* engine_sources.c - what tasks read from memory: in which order, and how far ahead it is booked.
 *
 *     all sources --room in their units?--> queue of the chip, by order --channels booked not far ahead?--> booked
 *                      |         ^
 *                      +--------> waits in its unit until there is
 *
 * A slot once booked stays where it is. So what gets room later, though it is wanted sooner, would come behind all that
 * had room at the launch, and what units send each other would have to find its way between weights that are wanted
 * much later. Therefore only so much is booked as keeps the channels at work, the most urgent first. */
#include <stdlib.h>

#include "sim/compile/engine_state.h"
#include "sim/compile/sorting.h"

/* Cycles from now on for which reads of a chip are booked: the way of a read, and some chunks over all of its channels.
 * In a steady program, which reads little, more at a time was better (ADR 0102). */
#define AHEAD_COLD   200u
#define AHEAD_STEADY 400u

struct reading {
    uint64_t rank;
    uint32_t number; /* in the layout's order */
};

static int compare_ranks(const void *a, const void *b)
{
    const struct reading *x = a, *y = b;
    if (x->rank != y->rank) {
        return x->rank > y->rank ? -1 : 1;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t *tasks_by_rank(const struct layout *l)
{
    struct reading *tasks = mem_alloc_array(l->t->n_tasks, sizeof *tasks);
    uint32_t *order = mem_alloc_array(l->t->n_tasks, sizeof *order);
    for (uint32_t i = 0; i < l->t->n_tasks; i++) {
        tasks[i] = (struct reading) {.rank = l->rank[l->order[i]], .number = i};
    }
    sort_items(tasks, l->t->n_tasks, sizeof *tasks, compare_ranks);
    for (size_t i = 0; i < l->t->n_tasks; i++) {
        order[i] = l->order[tasks[i].number];
    }
    free(tasks);
    return order;
}

/* An event at the cycle from which more may be booked. */
static void wake(struct engine *e, uint32_t chip)
{
    struct source_queue *q = &e->sources[chip];
    if (!q->woken && q->chunks.n_items > 0) {
        q->woken = true;
        engine_push(e, q->booked_to > e->now + e->ahead ? q->booked_to - e->ahead : e->now, EVENT_READ, chip);
    }
}

static void want(struct engine *e, uint32_t chunk)
{
    heap_push(&e->sources[e->r->l->t->chunks[chunk].chip].chunks, e->source_order[chunk], chunk);
}

void engine_want(struct engine *e, uint32_t copy)
{
    uint32_t chunk = e->r->l->copies[copy].chunk;
    e->wanted[copy] = true;
    want(e, chunk);
    wake(e, e->r->l->t->chunks[chunk].chip);
}

/* To all of its copies that are wanted by now. */
static void read_chunk(struct engine *e, uint32_t chunk)
{
    const struct layout *l = e->r->l;
    e->n_group = 0;
    for (uint32_t i = l->copy_first[chunk]; i < l->copy_first[chunk + 1]; i++) {
        if (e->wanted[i]) {
            e->wanted[i] = false;
            *VEC_PUSH(e, group) = i;
        }
    }
    if (e->n_group > 0) {
        engine_send(e, chunk);
        e->sources[l->t->chunks[chunk].chip].booked_to = e->r->last_read;
    }
}

void engine_read(struct engine *e, uint32_t chip)
{
    struct source_queue *q = &e->sources[chip];
    q->woken = false;
    while (q->chunks.n_items > 0 && q->booked_to <= e->now + e->ahead) {
        read_chunk(e, (uint32_t)heap_pop(&q->chunks).key);
    }
    wake(e, chip);
}

static void want_first(struct engine *e, uint32_t chunk)
{
    e->n_group = 0;
    engine_gather(e, chunk);
    for (size_t i = 0; i < e->n_group; i++) {
        e->wanted[e->group[i]] = true;
    }
    want(e, chunk);
}

/* In the order in which tasks will want it. In a cold program, where all weights come that way, by rank alone, without
 * what stripes and turns add to it: a stripe's input is little, and without it a unit that has its weights has nothing
 * to do. */
void engine_sources_init(struct engine *e)
{
    const struct layout *l = e->r->l;
    e->ahead = e->r->cold ? AHEAD_COLD : AHEAD_STEADY;
    e->sources = mem_alloc_array(l->m->chips, sizeof *e->sources);
    e->source_order = mem_alloc_array(l->t->n_chunks, sizeof *e->source_order);
    e->wanted = mem_alloc_array(l->n_copies, sizeof *e->wanted);
    uint32_t *by_rank = e->r->cold ? tasks_by_rank(l) : NULL, n = 0;
    const uint32_t *order = by_rank ? by_rank : l->order;
    for (size_t i = 0; i < l->t->n_tasks; i++) {
        const struct task *k = &l->t->tasks[order[i]];
        for (uint32_t j = k->first_input; j < k->first_input + k->n_inputs; j++) {
            uint32_t c = l->t->inputs[j].chunk;
            if (e->source_order[c] == 0 && run_from_memory(e->r, c) && l->t->chunks[c].bytes > 0) {
                e->source_order[c] = ++n;
                want_first(e, c);
            }
        }
    }
    free(by_rank);
    for (uint32_t chip = 0; chip < l->m->chips; chip++) {
        engine_read(e, chip);
    }
}

void engine_sources_free(struct engine *e)
{
    for (uint32_t chip = 0; chip < e->r->l->m->chips; chip++) {
        heap_free(&e->sources[chip].chunks);
    }
    free(e->sources);
    free(e->source_order);
    free(e->wanted);
}
