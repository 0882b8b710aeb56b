/* SPDX-License-Identifier: Apache-2.0 */
/* ship.c - chunks on their way: from a unit or from HBM to units, piece by piece, and into HBM. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/max.h"
#include "sim/base/mem.h"
#include "sim/compile/run.h"
#include "sim/compile/sorting.h"

/* Pieces from memory are as long as a DRAM run may be, others as long as a burst. */
static uint32_t piece_length(const struct run *r, uint32_t bytes, uint32_t offset, bool memory)
{
    uint32_t longest = memory ? r->l->piece_bytes : r->l->m->max_burst;
    return bytes - offset < longest ? bytes - offset : longest;
}

/* From HBM when it begins there, or when its home has given it up; else from its home. */
static bool ships_from_memory(const struct run *r, uint32_t chunk)
{
    return r->stored[chunk] != TIME_NONE && (run_from_memory(r, chunk) || !run_is_there(r, r->l->copy_first[chunk]));
}

static void set_source(struct run *r, struct shipment *s, bool memory)
{
    const struct chunk *c = &r->l->t->chunks[s->chunk];
    if (memory) {
        struct hbm_place at = layout_place(r->l, r->l->hbm_first[s->chunk] + s->offset / r->l->piece_bytes);
        s->source = layout_channel(r->l, c->chip, &at);
        s->set = at.set;
        s->row = at.row;
    } else {
        s->source = machine_unit_endpoint(r->l->m, r->l->unit_of[c->producer]);
    }
}

/* To the units of the copies, from where and how much is open. */
static struct shipment shipment_to(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest)
{
    r->n_endpoints = 0;
    for (uint32_t i = 0; i < n; i++) {
        *VEC_PUSH(r, endpoints) = machine_unit_endpoint(r->l->m, r->l->copies[copies[i]].unit);
    }
    return (struct shipment) {
        .chunk = chunk, .class_of = CLASS_DATA, .targets = r->endpoints, .n_targets = n, .earliest = earliest};
}

/* All in one tree. `placed`: shipment_find_start has just been asked for the first piece. */
static void ship_together(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest,
                          bool placed)
{
    const struct chunk *c = &r->l->t->chunks[chunk];
    bool memory = ships_from_memory(r, chunk);
    struct shipment s = shipment_to(r, chunk, copies, n, earliest);
    for (uint32_t i = 0; i < n; i++) {
        r->copies[copies[i]].usable = 0;
    }
    r->last_read = memory ? 0 : r->last_read;
    for (s.offset = 0; s.offset < c->bytes; s.offset += s.bytes) {
        s.bytes = piece_length(r, c->bytes, s.offset, memory);
        set_source(r, &s, memory);
        if (placed && s.offset == 0) {
            shipment_take(&r->book, &s);
        } else {
            shipment_book(&r->book, &s);
        }
        r->last_read = memory ? max64(r->last_read, s.command) : r->last_read;
        r->departed[chunk] = memory ? r->departed[chunk] : max64(r->departed[chunk], s.departed);
        for (uint32_t i = 0; i < n; i++) {
            struct copy_state *state = &r->copies[copies[i]];
            uint64_t first = shipment_first_slot(&r->book, i);
            state->from = first < state->from ? first : state->from;
            state->usable = max64(state->usable, shipment_usable(&r->book, i, r->out.transfers[s.transfer].flits));
        }
    }
    r->unsent[chunk] -= n;
    for (uint32_t i = 0; i < n; i++) {
        run_copy_booked(r, copies[i]);
    }
}

/* ---- trees that are taken apart ---- */

/* Cycles by which a tree may leave later than its branches could: then all of its links are as good as free. */
#define TREE_WAIT 32u

struct branch {
    uint64_t start; /* earliest, alone */
    uint32_t copy;
};

static int by_start(const void *a, const void *b)
{
    const struct branch *x = a, *y = b;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return x->copy < y->copy ? -1 : x->copy > y->copy;
}

/* The first piece, from the unit that made it. */
static struct shipment first_piece(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest)
{
    struct shipment s = shipment_to(r, chunk, copies, n, earliest);
    s.bytes = piece_length(r, r->l->t->chunks[chunk].bytes, 0, false);
    set_source(r, &s, false);
    return s;
}

/* The cycle in which it would leave. */
static uint64_t find_start(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest)
{
    struct shipment s = first_piece(r, chunk, copies, n, earliest);
    return shipment_find_start(&r->book, &s);
}

static bool may_part(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n)
{
    if (!r->parts_trees || n < 2 || ships_from_memory(r, chunk)) {
        return false;
    }
    struct shipment s = first_piece(r, chunk, copies, n, 0);
    return route_stays_on_chip(&r->book, &s);
}

/* Sorts the copies by the cycle in which each could leave alone, unless that is `known` and they are sorted by it.
 * Returns the sum of these cycles. */
static uint64_t sort_branches(struct run *r, uint32_t chunk, uint32_t *copies, struct branch *branches, uint32_t n,
                              uint64_t earliest, bool known)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n && !known; i++) {
        branches[i] = (struct branch) {find_start(r, chunk, &copies[i], 1, earliest), copies[i]};
    }
    if (!known) {
        sort_items(branches, n, sizeof *branches, by_start);
    }
    for (uint32_t i = 0; i < n; i++) {
        copies[i] = branches[i].copy;
        sum += branches[i].start;
    }
    return sum;
}

/* A tree leaves when all its links are free at once. Where that is late, and its branches alone could leave earlier by
 * TREE_WAIT on average, those that could leave first go by themselves, then the others likewise. Nothing has been taken
 * yet when the first ones are asked again, so what is `known` of them holds. */
static void ship_apart(struct run *r, uint32_t chunk, uint32_t *copies, struct branch *branches, uint32_t n,
                       uint64_t earliest, bool known)
{
    uint64_t together = n > 1 ? find_start(r, chunk, copies, n, earliest) : earliest;
    bool late = together > earliest + TREE_WAIT;
    uint32_t first = n;
    if (late &&
        sort_branches(r, chunk, copies, branches, n, earliest, known) + TREE_WAIT * (uint64_t)n <= together * n) {
        first = (n + 1) / 2;
    }
    if (first == n) {
        ship_together(r, chunk, copies, n, earliest, n > 1 && !late);
        return;
    }
    ship_apart(r, chunk, copies, branches, first, earliest, true);
    ship_apart(r, chunk, copies + first, branches + first, n - first, earliest, false);
}

void run_ship(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest)
{
    if (!may_part(r, chunk, copies, n)) {
        ship_together(r, chunk, copies, n, earliest, false);
        return;
    }
    uint32_t *own = mem_alloc_array(n, sizeof *own);
    struct branch *branches = mem_alloc_uncleared(n, sizeof *branches);
    memcpy(own, copies, n * sizeof *own);
    ship_apart(r, chunk, own, branches, n, earliest, false);
    free(own);
    free(branches);
}

/* ---- into memory ---- */

uint64_t run_write(struct run *r, uint32_t chunk, uint32_t unit, uint64_t earliest, uint64_t *departed)
{
    const struct chunk *c = &r->l->t->chunks[chunk];
    struct shipment s = {.chunk = chunk, .class_of = CLASS_DATA, .n_targets = 1, .earliest = earliest};
    s.source = machine_unit_endpoint(r->l->m, unit);
    uint64_t stored = *departed = 0;
    for (s.offset = 0; s.offset < c->bytes; s.offset += s.bytes) {
        s.bytes = piece_length(r, c->bytes, s.offset, true);
        struct hbm_place at = layout_place(r->l, r->l->hbm_first[chunk] + s.offset / r->l->piece_bytes);
        uint32_t target = layout_channel(r->l, c->chip, &at);
        s.targets = &target;
        s.set = at.set;
        s.row = at.row;
        shipment_book(&r->book, &s);
        *departed = max64(*departed, s.departed);
        stored = max64(stored, s.stored);
    }
    return stored;
}

void run_store(struct run *r, uint32_t chunk, uint64_t earliest)
{
    uint64_t departed;
    earliest = chunk == r->mem->held[r->cold].chunk ? max64(earliest, r->mem->held[r->cold].until) : earliest;
    uint64_t stored = run_write(r, chunk, r->l->unit_of[r->l->t->chunks[chunk].producer], earliest, &departed);
    r->departed[chunk] = max64(r->departed[chunk], departed);
    r->last_output = stored >= r->complete ? chunk : r->last_output;
    r->complete = max64(r->complete, stored);
    r->stored[chunk] = r->l->o.spill ? stored : TIME_NONE;
    r->unsent[chunk]--;
}
