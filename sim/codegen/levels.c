/* SPDX-License-Identifier: Apache-2.0 */
/* levels.c - which tasks form a kernel, and in which order a chip starts its CTAs. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/codegen/generator.h"

/* Tasks of an op, compute and reduce apart: what a level is given to. */
static uint32_t group_of(const struct task *x)
{
    return x->op * TASK_KIND_COUNT + (uint32_t)x->kind;
}

/* One more than the highest level that the task reads from, its own group aside; at least `first`. */
static uint32_t level_after_inputs(const struct generator *g, uint32_t task, const uint32_t *group_level,
                                   uint32_t first)
{
    const struct task_graph *t = g->t;
    const struct task *x = &t->tasks[task];
    uint32_t level = first, own = group_of(x);
    for (uint32_t i = 0; i < x->n_inputs; i++) {
        uint32_t producer = t->chunks[t->inputs[x->first_input + i].chunk].producer;
        if (producer == TASK_NONE)
            continue;
        uint32_t group = group_of(&t->tasks[producer]);
        if (group != own && group_level[group] >= level)
            level = group_level[group] + 1;
    }
    return level;
}

static bool raise_levels(const struct generator *g, const uint32_t *order, uint32_t *group_level)
{
    const struct task_graph *t = g->t;
    struct micro_batch_turns turns;
    bool changed = false;
    micro_batch_turns_init(&turns, t);
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *x = &t->tasks[order[i]];
        uint32_t *at = &group_level[group_of(x)];
        uint32_t level = level_after_inputs(g, order[i], group_level, micro_batch_first_level(&turns, x));
        changed |= level > *at;
        *at = level > *at ? level : *at;
        micro_batch_add_level(&turns, x, *at);
    }
    micro_batch_turns_free(&turns);
    return changed;
}

/* The longest way from a source, in groups, and behind the micro-batch before on the same chips. Groups of a
 * micro-batch come one after the other, so the first pass finds all and the second sees that nothing changes. */
static void find_levels(struct generator *g)
{
    const struct task_graph *t = g->t;
    size_t groups = t->ops->n_ops * TASK_KIND_COUNT;
    uint32_t *group_level = mem_alloc_array(groups, sizeof *group_level);
    uint32_t *order = mem_alloc_array(t->n_tasks, sizeof *order);
    micro_batch_order(t, order);
    for (size_t pass = 0; raise_levels(g, order, group_level); pass++)
        SIM_CHECK(pass <= groups, "ops that wait for each other in a circle");
    free(order);
    for (uint32_t i = 0; i < t->n_tasks; i++) {
        g->level[i] = group_level[group_of(&t->tasks[i])];
        g->levels = g->level[i] >= g->levels ? g->level[i] + 1 : g->levels;
    }
    free(group_level);
}

/* Counting sort, stable: `from` by key(task) into `to`; first[k] = where key k begins, keys + 1 long. */
static void sort_by(const uint32_t *from, uint32_t *to, size_t n, const uint32_t *key, uint32_t keys, uint32_t *first)
{
    for (size_t i = 0; i < n; i++)
        first[key[from[i]] + 1]++;
    for (uint32_t k = 0; k < keys; k++)
        first[k + 1] += first[k];
    uint32_t *at = mem_alloc_array((size_t)keys + 1, sizeof *at);
    for (uint32_t k = 0; k < keys; k++)
        at[k] = first[k];
    for (size_t i = 0; i < n; i++)
        to[at[key[from[i]]]++] = from[i];
    free(at);
}

static void order_tasks(struct generator *g)
{
    size_t n = 0, most = g->t->n_tasks;
    uint32_t *given = mem_alloc_array(most, sizeof *given), *by_level = mem_alloc_array(most, sizeof *by_level);
    uint32_t *chip = mem_alloc_array(most, sizeof *chip);
    uint32_t *first_level = mem_alloc_array((size_t)g->levels + 1, sizeof *first_level);
    for (uint32_t i = 0; i < most; i++) {
        if (acts(g, i))
            given[n++] = i;
        chip[i] = g->t->tasks[i].chip;
    }
    sort_by(given, by_level, n, g->level, g->levels, first_level);
    sort_by(by_level, g->order, n, chip, g->t->chips, g->chip_first);
    free(given);
    free(by_level);
    free(chip);
    free(first_level);
}

static void make_kernels(struct generator *g)
{
    const struct task_graph *t = g->t;
    for (uint32_t chip = 0; chip < t->chips; chip++) {
        struct chip_program *p = &g->out->chip[chip];
        uint32_t first = g->chip_first[chip];
        for (uint32_t i = first; i < g->chip_first[chip + 1]; i++) {
            uint32_t task = g->order[i];
            if (i == first || g->level[task] != g->level[g->order[i - 1]])
                *VEC_PUSH(p, kernels) = (struct kernel) {
                    .first_cta = i - first,
                    .name = arena_strdup(g->out->arena, t->ops->ops[t->tasks[task].op].name),
                };
            p->kernels[p->n_kernels - 1].n_ctas++;
        }
    }
}

/* Tasks by the chunks that they read. A task that reads a chunk twice (x + x) stands there once. What leaf switches add
 * is read by who asks for the whole. */
static void index_readers(struct generator *g)
{
    const struct task_graph *t = g->t;
    uint32_t *last = mem_alloc_array(t->n_chunks, sizeof *last), *at = mem_alloc_array(t->n_chunks, sizeof *at);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < t->n_chunks; i++)
            last[i] = CODE_NONE;
        for (uint32_t i = 0; i < t->n_tasks; i++) {
            for (uint32_t k = 0; k < t->tasks[i].n_inputs; k++) {
                uint32_t chunk = t->inputs[t->tasks[i].first_input + k].chunk;
                uint32_t from = t->chunks[chunk].producer, reader = g->adder[i];
                if (last[chunk] == reader || (from != TASK_NONE && !acts(g, from)))
                    continue;
                last[chunk] = reader;
                if (pass == 0)
                    g->first_reader[chunk + 1]++;
                else
                    g->readers[at[chunk]++] = reader;
            }
        }
        for (size_t i = 0; pass == 0 && i < t->n_chunks; i++) {
            at[i] = g->first_reader[i];
            g->first_reader[i + 1] += g->first_reader[i];
        }
        if (pass == 0)
            g->readers = mem_alloc_array(g->first_reader[t->n_chunks], sizeof *g->readers);
    }
    free(last);
    free(at);
}

void plan_levels(struct generator *g)
{
    size_t n = g->t->n_tasks;
    g->level = mem_alloc_array(n, sizeof *g->level);
    g->order = mem_alloc_array(n, sizeof *g->order);
    g->chip_first = mem_alloc_array((size_t)g->t->chips + 1, sizeof *g->chip_first);
    g->first_reader = mem_alloc_array(g->t->n_chunks + 1, sizeof *g->first_reader);
    find_levels(g);
    order_tasks(g);
    make_kernels(g);
    index_readers(g);
}
