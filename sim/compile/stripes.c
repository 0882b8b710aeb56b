/* SPDX-License-Identifier: Apache-2.0 */
/* stripes.c - in which order the chips take the stripes of their operations.
 *
 * The chips of a stage share sums: chip i owns the i-th share of the rows. With options.turns each begins elsewhere:
 *
 *     on the way to a sum       the stripe of the farthest owner first, its own last: partials travel while the chip
 *                               works for nearer ones, and all shares are whole at about the same time
 *     on what has been summed   its own first, which it has at once, those of the farthest owner last; twice as far
 *                               apart, as ranks say the contrary (the next sum wants the far ones first)
 *
 * Without it all take the first stripe first: the owners of later ones wait. */
#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/compile/layout.h"

/* Chips of a stage. */
struct sharers {
    uint32_t first, n;
};

static struct sharers *list_sharers(const struct task_graph *t, uint32_t *stages)
{
    *stages = 0;
    for (size_t i = 0; i < t->ops->n_ops; i++) {
        *stages = t->ops->ops[i].stage >= *stages ? t->ops->ops[i].stage + 1 : *stages;
    }
    struct sharers *all = mem_alloc_array(*stages, sizeof *all);
    for (size_t i = 0; i < t->n_tasks; i++) {
        struct sharers *s = &all[t->ops->ops[t->tasks[i].op].stage];
        uint32_t chip = t->tasks[i].chip;
        if (s->n == 0) {
            *s = (struct sharers) {chip, 1};
        } else if (chip < s->first) {
            *s = (struct sharers) {chip, s->first + s->n - chip};
        } else if (chip >= s->first + s->n) {
            s->n = chip - s->first + 1;
        }
    }
    return all;
}

/* How many owners come before this one on the chip: those farther away, and among equals those that follow the chip
 * sooner. */
static uint32_t turn_of(const struct layout *l, const struct sharers *s, uint32_t chip, uint32_t owner)
{
    uint64_t far = machine_chip_cycles(l->m, chip, owner);
    uint32_t before = 0;
    for (uint32_t o = s->first; o < s->first + s->n; o++) {
        uint64_t other = machine_chip_cycles(l->m, chip, o);
        bool sooner = (o + s->n - chip) % s->n < (owner + s->n - chip) % s->n;
        before += o != owner && (other > far || (other == far && sooner));
    }
    return before;
}

static void fill_turns(struct layout *l, const struct sharers *s)
{
    uint32_t stripes = layout_stripes(l), each = (stripes + s->n - 1) / s->n;
    for (uint32_t chip = s->first; chip < s->first + s->n; chip++) {
        for (uint32_t i = 0; i < stripes; i++) {
            uint32_t owner = (uint32_t)((uint64_t)i * s->n / stripes);
            uint32_t turn = turn_of(l, s, chip, s->first + owner), back = 2 * (s->n - 1 - turn);
            bool several = stripes >= s->n;
            l->turns[0][chip * stripes + i] = several ? turn * each + i % each : turn * stripes / s->n;
            l->turns[1][chip * stripes + i] = several ? back * each + i % each : back * stripes / s->n;
        }
    }
}

/* Does the op work row by row, on what a collective or such an op has made? One that makes partials is on the way to
 * the next sum already. */
static bool follows_sum(const struct layout *l, const bool *partial, uint32_t op)
{
    const struct op_graph *g = l->t->ops;
    const struct op *o = &g->ops[op];
    bool follows = false;
    for (uint32_t i = o->first_operand; i < o->first_operand + o->n_operands; i++) {
        uint32_t from = g->tensors[g->operands[i].tensor].producer;
        enum operand_role role = g->operands[i].role;
        bool by_rows = role == ROLE_A || role == ROLE_ELEMENT || role == ROLE_ROWS;
        if (from != OP_NONE && !by_rows) {
            return false;
        }
        follows |= from != OP_NONE && (g->ops[from].kind == OP_COLLECTIVE || l->summed[from]);
    }
    return follows && !partial[op];
}

static void find_summed(struct layout *l)
{
    const struct op_graph *g = l->t->ops;
    bool *partial = mem_alloc_array(g->n_ops, sizeof *partial), *seen = mem_alloc_array(g->n_ops, sizeof *seen);
    for (size_t i = 0; i < g->n_ops; i++) {
        if (g->ops[i].kind == OP_COLLECTIVE) {
            partial[g->tensors[g->operands[g->ops[i].first_operand].tensor].producer] = true;
        }
    }
    for (size_t i = 0; i < l->t->n_tasks; i++) { /* producers before readers */
        uint32_t op = l->t->tasks[i].op;
        if (!seen[op]) {
            seen[op] = true;
            l->summed[op] = follows_sum(l, partial, op);
        }
    }
    free(partial);
    free(seen);
}

/* Are there sums, and is each chip's share of every one the rows that are its own? Not so where shares are of columns,
 * or where sums travel from chip to chip. */
static bool shares_are_rows(const struct layout *l, const struct sharers *sharers)
{
    const struct op_graph *g = l->t->ops;
    bool sums = false;
    for (size_t i = 0; i < l->t->n_tasks; i++) {
        const struct task *k = &l->t->tasks[i];
        const struct op *o = &g->ops[k->op];
        if (o->kind == OP_COLLECTIVE) {
            const struct sharers *s = &sharers[o->stage];
            struct span own = share_of(o->m, 1, s->n, k->chip - s->first);
            sums = true;
            if (k->kind != TASK_REDUCE || k->row0 < own.first || k->row0 >= own.end) {
                return false;
            }
        }
    }
    return sums;
}

static void make_turns(struct layout *l, const struct sharers *sharers, uint32_t stages)
{
    l->turns[0] = mem_alloc_array((size_t)l->m->chips * layout_stripes(l), sizeof *l->turns[0]);
    l->turns[1] = mem_alloc_array((size_t)l->m->chips * layout_stripes(l), sizeof *l->turns[1]);
    l->summed = mem_alloc_array(l->t->ops->n_ops, sizeof *l->summed);
    find_summed(l);
    for (uint32_t i = 0; i < stages; i++) {
        if (sharers[i].n > 0) {
            fill_turns(l, &sharers[i]);
        }
    }
}

void layout_find_turns(struct layout *l)
{
    uint32_t stages;
    if (!l->o.turns || l->t->chips < 2) {
        return;
    }
    struct sharers *sharers = list_sharers(l->t, &stages);
    if (shares_are_rows(l, sharers)) {
        make_turns(l, sharers, stages);
    }
    free(sharers);
}

uint32_t layout_turn(const struct layout *l, uint32_t task)
{
    const struct task *k = &l->t->tasks[task];
    uint32_t stripes = layout_stripes(l), stripe = layout_group(l, task) % stripes;
    return l->turns[0] ? l->turns[l->summed[k->op]][k->chip * stripes + stripe] : stripe;
}
