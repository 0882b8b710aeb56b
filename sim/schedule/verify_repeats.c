/* SPDX-License-Identifier: Apache-2.0 */
/* verify_repeats.c - what a program finds in SRAM is what the one before it leaves there.
 *
 *     repeats 0, 1, 1:   nothing --> program 0 [cold] --weights--> program 1 [steady] --weights--> program 1 */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/verify.h"

/* Key of a record in the sorted list: its unit, then its chunk. */
static struct verify_event key_of(const struct sched_sram *r, uint32_t index)
{
    return (struct verify_event) {.time = r->chunk, .group = r->unit, .index = index};
}

void verify_leave(struct verify *v, struct verify_left *left)
{
    uint64_t end = v->p->makespan;
    for (size_t i = 0; i < v->n_places; i++) {
        uint32_t index = v->places[i].record;
        const struct sched_sram *r = &v->p->sram[index];
        if (r->to >= end && v->places[i].complete <= end) {
            *VEC_PUSH(left, records) = key_of(r, index);
        }
    }
    for (uint32_t i = 0; i < v->p->n_sram; i++) {
        if (v->p->sram[i].chunk == SCHED_CONTROL && v->p->sram[i].from == 0 && v->p->sram[i].to >= end) {
            *VEC_PUSH(left, records) = key_of(&v->p->sram[i], i);
        }
    }
    verify_sort(left->records, left->n_records);
}

static bool found(const struct sched_program *p, const struct verify_left *left, const struct sched_sram *want)
{
    size_t low = 0, high = left->n_records;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct verify_event *e = &left->records[middle];
        if (e->group < want->unit || (e->group == want->unit && e->time < want->chunk)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < left->n_records; low++) {
        const struct sched_sram *r = &p->sram[left->records[low].index];
        if (r->unit != want->unit || r->chunk != want->chunk) {
            return false;
        }
        if (r->address == want->address) {
            return want->chunk != SCHED_CONTROL || r->bytes >= want->bytes;
        }
    }
    return false;
}

static void check_pair(struct verify *v, const struct verify_left *left, uint32_t before, uint32_t now)
{
    const struct sched_program *p = before == SCHED_NONE ? NULL : &v->s->programs[before];
    v->program = now;
    v->p = &v->s->programs[now];
    for (size_t i = 0; i < v->p->n_sram; i++) {
        const struct sched_sram *r = &v->p->sram[i];
        if (!r->initial || r->chunk == SCHED_NONE) {
            continue;
        }
        const char *what = r->chunk == SCHED_CONTROL ? "its table of entries" : "chunk";
        if (!p) {
            verify_fail_unit(v, "repeats", r->unit, "%s %u is to be there, and no program runs before", what, r->chunk);
        } else if (!found(p, &left[before], r)) {
            verify_fail_unit(v, "repeats", r->unit, "%s %u is to be at %u, program %u does not leave it there", what,
                             r->chunk, r->address, before);
        }
    }
}

void verify_repeats(struct verify *v, const struct verify_left *left)
{
    const uint32_t *repeats = v->s->repeats;
    uint32_t n = (uint32_t)v->s->n_programs;
    bool *done = mem_alloc_array((size_t)(n + 1) * n, sizeof *done); /* pairs; row n: nothing before */
    for (size_t i = 0; i < v->s->n_repeats; i++) {
        uint32_t before = i ? repeats[i - 1] : n;
        if (!done[before * n + repeats[i]]) {
            done[before * n + repeats[i]] = true;
            check_pair(v, left, i ? before : SCHED_NONE, repeats[i]);
        }
    }
    free(done);
    v->p = NULL;
    bool steady = strcmp(v->s->start, "steady") == 0;
    if (steady != (v->s->n_repeats > 1)) {
        verify_fail(v, "repeats", "server", "start %s and %zu repeats", v->s->start, v->s->n_repeats);
    }
}
