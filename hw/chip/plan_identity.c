/* SPDX-License-Identifier: Apache-2.0 */
/* plan_identity.c - c of every tensor for every version of the inputs, from the work alone.
 *
 * c of an op's tensor is folded over all operands of the op, but a tile may read only some of them (one head of
 * many that a contraction runs over). What it does not read is a constant of the work: it comes with the
 * operation's entry. What it does read is compared with the same table. docs/formats/checksums.md. */
#include <stdlib.h>
#include <string.h>

#include "hw/chip/chip_plan.h"
#include "sim/base/hash.h"

#define NO_OP UINT32_MAX

struct work {
    const struct schedule *s;
    uint32_t n_tensors, n_ops;
    uint32_t *op_of;    /* per tensor: op that computes it; NO_OP: a source, or passed on */
    uint32_t *from;     /* per tensor that reductions of another tensor make: that one; else SCHED_NONE */
    bool *weight;       /* per tensor */
    uint32_t *first;    /* per op, + 1: into operands */
    uint32_t *operands; /* tensor of each operand, in operand order; SCHED_NONE: of no bytes */
};

static void count(struct work *w)
{
    const struct schedule *s = w->s;
    for (size_t i = 0; i < s->n_chunks; i++)
        w->n_tensors = s->chunks[i].tensor >= w->n_tensors ? s->chunks[i].tensor + 1 : w->n_tensors;
    for (size_t i = 0; i < s->n_tasks; i++)
        w->n_ops = s->tasks[i].op >= w->n_ops ? s->tasks[i].op + 1 : w->n_ops;
}

static void find_producers(struct work *w)
{
    const struct schedule *s = w->s;
    memset(w->op_of, 0xff, w->n_tensors * sizeof *w->op_of);
    memset(w->from, 0xff, w->n_tensors * sizeof *w->from);
    for (size_t i = 0; i < s->n_chunks; i++) {
        const struct sched_chunk *x = &s->chunks[i];
        w->weight[x->tensor] |= x->flags & 1;
        if (x->producer != SCHED_NONE && !plan_adds(&s->tasks[x->producer]))
            w->op_of[x->tensor] = s->tasks[x->producer].op;
    }
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sched_task *t = &s->tasks[i];
        for (uint32_t k = 0; plan_adds(t) && k < t->n_inputs; k++) {
            uint32_t tensor = s->chunks[s->inputs[t->first_input + k].chunk].tensor;
            if (tensor != t->tensor && w->op_of[t->tensor] == NO_OP)
                w->from[t->tensor] = tensor;
        }
    }
}

/* Operands of an op = those of its tasks taken together. */
static void find_operands(struct work *w)
{
    const struct schedule *s = w->s;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < s->n_tasks; i++) {
            const struct sched_task *t = &s->tasks[i];
            for (uint32_t k = 0; !plan_adds(t) && k < t->n_inputs; k++) {
                const struct sched_input *x = &s->inputs[t->first_input + k];
                if (pass == 0 && w->first[t->op + 1] <= x->operand)
                    w->first[t->op + 1] = x->operand + 1;
                if (pass == 1 && s->chunks[x->chunk].bytes > 0)
                    w->operands[w->first[t->op] + x->operand] = s->chunks[x->chunk].tensor;
            }
        }
        for (uint32_t i = 0; pass == 0 && i < w->n_ops; i++)
            w->first[i + 1] += w->first[i];
        if (pass == 0) {
            w->operands = mem_alloc_array(w->first[w->n_ops], sizeof *w->operands);
            memset(w->operands, 0xff, w->first[w->n_ops] * sizeof *w->operands);
        }
    }
}

/* ---- c by depth-first walk with a stack of our own ---- */

enum { UNKNOWN, UNDER_WAY, KNOWN };

/* A tensor that has to be known before `tensor`, or SCHED_NONE. */
static uint32_t unknown_before(const struct work *w, uint32_t tensor, const uint8_t *state)
{
    if (w->from[tensor] != SCHED_NONE)
        return state[w->from[tensor]] == UNKNOWN ? w->from[tensor] : SCHED_NONE;
    uint32_t op = w->op_of[tensor];
    for (uint32_t i = op == NO_OP ? 0 : w->first[op]; op != NO_OP && i < w->first[op + 1]; i++)
        if (w->operands[i] != SCHED_NONE && state[w->operands[i]] == UNKNOWN)
            return w->operands[i];
    return SCHED_NONE;
}

static uint64_t fold(const struct work *w, uint32_t tensor, uint32_t version, const uint64_t *c)
{
    uint32_t op = w->op_of[tensor];
    if (w->from[tensor] != SCHED_NONE)
        return c[w->from[tensor]];
    if (op == NO_OP)
        return mix64(tensor, w->weight[tensor] ? 0 : version);
    uint64_t sum = op;
    for (uint32_t i = w->first[op]; i < w->first[op + 1]; i++)
        sum = w->operands[i] == SCHED_NONE ? sum : mix64(sum, c[w->operands[i]]);
    return sum;
}

static void fill(const struct work *w, uint32_t version, uint64_t *c)
{
    uint8_t *state = mem_alloc_array(w->n_tensors, sizeof *state);
    uint32_t *stack = mem_alloc_array((size_t)w->n_tensors + 1, sizeof *stack);
    for (uint32_t root = 0; root < w->n_tensors; root++) {
        uint32_t depth = 0;
        if (state[root] == UNKNOWN)
            stack[depth++] = root;
        while (depth > 0) {
            uint32_t tensor = stack[depth - 1];
            state[tensor] = UNDER_WAY;
            uint32_t next = unknown_before(w, tensor, state);
            if (next != SCHED_NONE) {
                stack[depth++] = next;
                continue;
            }
            c[tensor] = fold(w, tensor, version, c);
            state[tensor] = KNOWN;
            depth--;
        }
    }
    free(state);
    free(stack);
}

void plan_identities(struct server_plan *p)
{
    struct work w = {.s = p->s};
    count(&w);
    w.op_of = mem_alloc_array(w.n_tensors, sizeof *w.op_of);
    w.from = mem_alloc_array(w.n_tensors, sizeof *w.from);
    w.weight = mem_alloc_array(w.n_tensors, sizeof *w.weight);
    w.first = mem_alloc_array((size_t)w.n_ops + 1, sizeof *w.first);
    find_producers(&w);
    find_operands(&w);
    p->tensor_c = mem_alloc_array(p->s->n_repeats, sizeof *p->tensor_c);
    for (uint32_t v = 0; v < p->s->n_repeats; v++) {
        p->tensor_c[v] = mem_alloc_array(w.n_tensors, sizeof **p->tensor_c);
        fill(&w, v, p->tensor_c[v]);
    }
    p->first_operand = w.first;
    p->operands = w.operands;
    free(w.op_of);
    free(w.from);
    free(w.weight);
}
