/* SPDX-License-Identifier: Apache-2.0 */
/* copies.c - which chunk must be in which unit's SRAM, and for which tasks. */
#include <stdlib.h>

#include "sim/compile/layout.h"

struct listing {
    struct layout *l;
    uint32_t *last; /* per unit: 1 + the copy that was made there last */
};

static uint32_t copy_at(struct listing *s, uint32_t chunk, uint32_t unit, bool home)
{
    struct layout *l = s->l;
    if (s->last[unit] && l->copies[s->last[unit] - 1].chunk == chunk) {
        return s->last[unit] - 1;
    }
    *VEC_PUSH(l, copies) = (struct copy) {.chunk = chunk, .unit = unit, .first_pos = LAYOUT_NONE, .home = home};
    s->last[unit] = (uint32_t)l->n_copies;
    return (uint32_t)l->n_copies - 1;
}

static void copies_of_chunk(struct listing *s, uint32_t c)
{
    struct layout *l = s->l;
    const struct chunk *chunk = &l->t->chunks[c];
    l->copy_first[c] = (uint32_t)l->n_copies;
    if (chunk->bytes == 0 || layout_stays_in_switches(l, c)) {
        return;
    }
    if (chunk->producer != TASK_NONE) {
        copy_at(s, c, l->unit_of[chunk->producer], true);
    }
    for (uint32_t i = l->input_first[c]; i < l->input_first[c + 1]; i++) {
        uint32_t task = l->input_task[i];
        if (task_in_switch(&l->t->tasks[task])) {
            continue; /* it goes to the switch, which keeps nothing */
        }
        uint32_t number = copy_at(s, c, l->unit_of[task], false); /* may move the array */
        struct copy *copy = &l->copies[number];
        copy->n_readers++;
        if (l->queue_pos[task] < copy->first_pos) {
            copy->first_pos = l->queue_pos[task];
        }
    }
}

/* Copy of each input, and the readers of each copy. */
static void link_inputs(struct layout *l)
{
    const struct task_graph *t = l->t;
    l->readers = mem_alloc_array(t->n_inputs, sizeof *l->readers);
    l->input_copy = mem_alloc_array(t->n_inputs, sizeof *l->input_copy);
    uint32_t *fill = mem_alloc_array(l->n_copies, sizeof *fill), sum = 0;
    for (size_t i = 0; i < l->n_copies; i++) {
        l->copies[i].first_reader = sum;
        sum += l->copies[i].n_readers;
    }
    for (uint32_t task = 0; task < t->n_tasks; task++) {
        const struct task *k = &t->tasks[task];
        for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
            uint32_t chunk = t->inputs[i].chunk;
            uint32_t found = task_in_switch(k) ? l->copy_first[chunk + 1] : l->copy_first[chunk];
            while (found < l->copy_first[chunk + 1] && l->copies[found].unit != l->unit_of[task]) {
                found++;
            }
            l->input_copy[i] = found < l->copy_first[chunk + 1] ? found : LAYOUT_NONE;
            if (l->input_copy[i] != LAYOUT_NONE) {
                l->readers[l->copies[found].first_reader + fill[found]++] = task;
            }
        }
    }
    free(fill);
}

static void list_by_unit(struct layout *l)
{
    l->unit_first = mem_alloc_array(l->units + 1u, sizeof *l->unit_first);
    l->unit_copies = mem_alloc_array(l->n_copies, sizeof *l->unit_copies);
    for (size_t i = 0; i < l->n_copies; i++) {
        l->unit_first[l->copies[i].unit + 1]++;
    }
    for (uint32_t u = 0; u < l->units; u++) {
        l->unit_first[u + 1] += l->unit_first[u];
    }
    uint32_t *fill = mem_alloc_array(l->units, sizeof *fill);
    for (uint32_t i = 0; i < l->n_copies; i++) {
        uint32_t u = l->copies[i].unit;
        l->unit_copies[l->unit_first[u] + fill[u]++] = i;
    }
    free(fill);
}

void layout_copies(struct layout *l)
{
    struct listing s = {.l = l, .last = mem_alloc_array(l->units, sizeof *s.last)};
    l->copy_first = mem_alloc_array(l->t->n_chunks + 1, sizeof *l->copy_first);
    for (uint32_t c = 0; c < l->t->n_chunks; c++) {
        copies_of_chunk(&s, c);
    }
    l->copy_first[l->t->n_chunks] = (uint32_t)l->n_copies;
    free(s.last);
    link_inputs(l);
    list_by_unit(l);
}
