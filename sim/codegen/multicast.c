/* SPDX-License-Identifier: Apache-2.0 */
/* multicast.c - sums that switches add: whose CTA asks for them, multicast groups, lines that are the same on all
 * chips.
 *
 *     chip 0  | ... | partials 0 | sum 0 | partials 1 | ...       lines of a group have one number on all of its chips:
 *     chip 1  | ... | partials 0 | sum 0 |            | ...       what a CTA loads from a switch, or stores to it
 *
 * The sum of a leaf switch that a spine adds on is no CTA: who asks the spine asks the leaves. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/codegen/generator.h"

/* ---- who asks ---- */

void plan_adders(struct generator *g)
{
    const struct task_graph *t = g->t;
    g->adder = mem_alloc_array(t->n_tasks, sizeof *g->adder);
    for (uint32_t i = 0; i < t->n_tasks; i++)
        g->adder[i] = i;
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        const struct task *x = &t->tasks[i];
        for (uint32_t k = x->first_input; task_in_switch(x) && k < x->first_input + x->n_inputs; k++) {
            uint32_t from = t->chunks[t->inputs[k].chunk].producer;
            if (from != TASK_NONE && task_in_switch(&t->tasks[from]))
                g->adder[from] = i;
        }
    }
}

uint32_t sum_partials(const struct generator *g, uint32_t task, uint32_t *chunks)
{
    const struct task *x = &g->t->tasks[task];
    uint32_t n = 0;
    for (uint32_t k = x->first_input; k < x->first_input + x->n_inputs; k++) {
        uint32_t chunk = g->t->inputs[k].chunk, from = g->t->chunks[chunk].producer;
        if (from != TASK_NONE && task_in_switch(&g->t->tasks[from]))
            n += sum_partials(g, from, chunks + n);
        else
            chunks[n++] = chunk;
    }
    SIM_CHECK(n > 0 && n <= g->t->chips, "task %u adds %u partials", task, n);
    return n;
}

/* ---- chips of a group ---- */

uint32_t sum_readers(const struct generator *g, uint32_t chunk, uint16_t *chips)
{
    const struct chunk *c = &g->t->chunks[chunk];
    uint32_t n = 0, own = c->chip;
    bool wanted = !c->is_output && own_reader(g, chunk) != CODE_NONE;
    for (uint32_t k = g->first_copy[chunk]; k < g->first_copy[chunk + 1]; k++) {
        if (wanted && own < g->copies[k].chip) {
            chips[n++] = (uint16_t)own;
            wanted = false;
        }
        chips[n++] = (uint16_t)g->copies[k].chip;
    }
    if (wanted)
        chips[n++] = (uint16_t)own;
    return n;
}

bool is_multicast(const struct generator *g, uint32_t chunk)
{
    const struct chunk *c = &g->t->chunks[chunk];
    uint32_t copies = g->first_copy[chunk + 1] - g->first_copy[chunk];
    bool sum = c->producer != TASK_NONE && task_in_switch(&g->t->tasks[c->producer]);
    return sum && (copies > 1 || (copies == 1 && !c->is_output && own_reader(g, chunk) != CODE_NONE));
}

static uint16_t group_of(struct generator *g, const uint16_t *chips, uint32_t n)
{
    struct server_program *p = g->out;
    for (size_t i = 0; i < p->n_groups; i++)
        if (p->groups[i].n == n && memcmp(&p->group_chips[p->groups[i].first], chips, n * sizeof *chips) == 0)
            return (uint16_t)i;
    SIM_CHECK(p->n_groups < UINT16_MAX, "too many multicast groups");
    *VEC_PUSH(p, groups) = (struct multicast_group) {.first = (uint32_t)p->n_group_chips, .n = n};
    for (uint32_t i = 0; i < n; i++)
        *VEC_PUSH(p, group_chips) = chips[i];
    return (uint16_t)(p->n_groups - 1);
}

/* The switch that all of them hang on, and who asks: the leaf, if it is one, else a spine. */
static uint16_t switch_of(const struct generator *g, uint32_t task, const uint16_t *chips, uint32_t n)
{
    const struct task *x = &g->t->tasks[task];
    uint32_t leaves = machine_leaves(g->m), leaf_chips = machine_leaf_chips(g->m), leaf = x->chip / leaf_chips;
    if (leaves == 1)
        return (uint16_t)task_switch(x, g->m, task);
    uint32_t sum = x->tile / (leaves + 1);
    bool alone = chips[0] / leaf_chips == leaf && chips[n - 1] / leaf_chips == leaf;
    return (uint16_t)(alone ? machine_adding_leaf(g->m, sum, leaf) : machine_adding_spine(g->m, sum));
}

void multicast_address(struct generator *g, uint32_t task, const uint16_t *chips, uint32_t n, struct cta_piece *piece)
{
    for (uint32_t i = 1; i < n; i++)
        SIM_CHECK(chips[i - 1] < chips[i], "task %u: chips of a group are not in order", task);
    piece->home = switch_of(g, task, chips, n);
    piece->group = group_of(g, chips, n);
}

/* ---- lines ---- */

static void place_sum(struct generator *g, uint32_t task, uint32_t *chunks, uint64_t *next)
{
    const struct task_graph *t = g->t;
    const struct task *x = &t->tasks[task];
    uint32_t n = sum_partials(g, task, chunks), bytes = t->chunks[chunks[0]].bytes;
    for (uint32_t i = 0; i < n; i++) {
        SIM_CHECK(t->chunks[chunks[i]].bytes == bytes, "task %u adds partials of %u and %u bytes", task, bytes,
                  t->chunks[chunks[i]].bytes);
        g->line[chunks[i]] = (uint32_t)*next;
    }
    *next += lines_of(bytes);
    for (uint32_t chunk = x->first_output; chunk < x->first_output + x->n_outputs; chunk++) {
        if (!is_multicast(g, chunk))
            continue;
        for (uint32_t k = g->first_copy[chunk]; k < g->first_copy[chunk + 1]; k++)
            g->copies[k].line = (uint32_t)*next;
        if (!t->chunks[chunk].is_output && own_reader(g, chunk) != CODE_NONE)
            g->line[chunk] = (uint32_t)*next;
        *next += lines_of(t->chunks[chunk].bytes);
    }
}

void place_sums(struct generator *g, uint64_t *end)
{
    const struct task_graph *t = g->t;
    uint32_t *chunks = mem_alloc_array(t->chips, sizeof *chunks);
    uint64_t first = 0, next;
    for (uint32_t chip = 0; chip < t->chips; chip++)
        first = end[chip] > first ? end[chip] : first;
    next = first;
    for (uint32_t task = 0; task < t->n_tasks; task++)
        if (task_in_switch(&t->tasks[task]) && acts(g, task))
            place_sum(g, task, chunks, &next);
    for (uint32_t chip = 0; next > first && chip < t->chips; chip++)
        end[chip] = next;
    free(chunks);
}
