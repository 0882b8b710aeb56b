/* SPDX-License-Identifier: Apache-2.0 */
/* emit.c - one task becomes one CTA, with the pieces that it reads and writes. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/codegen/generator.h"

/* ---- roles ---- */

static const uint8_t matrix_roles[] = {
    [ROLE_A] = PIECE_STREAM_A,   [ROLE_B] = PIECE_STREAM_B,    [ROLE_B_T] = PIECE_STREAM_B,
    [ROLE_ELEMENT] = PIECE_LATE, [ROLE_ROWS] = PIECE_LATE,     [ROLE_WINDOW] = PIECE_STREAM_A,
    [ROLE_ALL] = PIECE_LATE,     [ROLE_PARTIALS] = PIECE_LATE,
};

static uint8_t role_of(const struct generator *g, const struct cta *c, uint32_t operand)
{
    const struct op *o = &g->t->ops->ops[c->op];
    if (c->kind != CTA_MATRIX)
        return PIECE_ROUND;
    return matrix_roles[g->t->ops->operands[o->first_operand + operand].role];
}

/* Where a chunk of an operand begins along K, and along the other axis: a stream goes by K. Operands that stand side by
 * side (the heads of attention) are in order of K already. */
static uint64_t stream_key(const struct generator *g, const struct cta *c, const struct task_input *in)
{
    const struct op *o = &g->t->ops->ops[c->op];
    const struct chunk *x = &g->t->chunks[in->chunk];
    if (g->t->ops->operands[o->first_operand + in->operand].role == ROLE_B)
        return (uint64_t)x->row0 << 32 | x->col0;
    return (uint64_t)x->col0 << 32 | x->row0;
}

/* ---- inputs ---- */

struct ordered_input {
    uint64_t key;
    uint32_t input; /* of the task graph */
};

static int by_key(const void *a, const void *b)
{
    const struct ordered_input *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->input > y->input) - (x->input < y->input);
}

/* Line of a chunk in the memory of a chip that reads it. */
static uint32_t line_at(const struct generator *g, uint32_t chunk, uint32_t chip)
{
    if (g->t->chunks[chunk].chip == chip)
        return g->line[chunk];
    uint32_t low = g->first_copy[chunk], high = g->first_copy[chunk + 1];
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (g->copies[mid].chip == chip)
            return g->copies[mid].line;
        if (g->copies[mid].chip < chip)
            low = mid + 1;
        else
            high = mid;
    }
    return CODE_NONE;
}

static void add_piece(struct generator *g, uint32_t chip, struct cta_piece piece)
{
    const struct chunk *x = &g->t->chunks[piece.chunk];
    piece.lines = lines_of(x->bytes);
    piece.bytes = x->bytes;
    piece.weight = x->is_weight;
    piece.source = x->producer == TASK_NONE;
    piece.tensor = x->tensor;
    piece.k_part = x->k_part;
    piece.k_whole = x->k_whole;
    SIM_CHECK(piece.line != CODE_NONE, "chunk %u has no place in the memory of chip %u", piece.chunk, piece.home);
    struct chip_program *p = &g->out->chip[chip];
    *VEC_PUSH(p, pieces) = piece;
}

static void add_input(struct generator *g, const struct cta *c, uint8_t role, const struct task_input *in)
{
    uint32_t chip = g->t->tasks[c->task].chip;
    if (g->t->chunks[in->chunk].bytes == 0)
        return;
    struct cta_piece piece = {.line = line_at(g, in->chunk, chip),
                              .home = (uint16_t)chip,
                              .role = role,
                              .chunk = in->chunk,
                              .operand = in->operand};
    add_piece(g, chip, piece);
}

/* Inputs [first, end) of the task graph are of one operand. */
static void add_operand(struct generator *g, const struct cta *c, uint32_t first, uint32_t end)
{
    const struct task_input *inputs = g->t->inputs;
    uint8_t role = role_of(g, c, inputs[first].operand);
    bool stream = role == PIECE_STREAM_A || role == PIECE_STREAM_B;
    if (!stream || end - first == 1) {
        for (uint32_t i = first; i < end; i++)
            add_input(g, c, role, &inputs[i]);
        return;
    }
    struct ordered_input *list = mem_alloc_array(end - first, sizeof *list);
    for (uint32_t i = first; i < end; i++)
        list[i - first] = (struct ordered_input) {stream_key(g, c, &inputs[i]), i};
    qsort(list, end - first, sizeof *list, by_key);
    for (uint32_t i = 0; i < end - first; i++)
        add_input(g, c, role, &inputs[list[i].input]);
    free(list);
}

/* What this tile does not read of its op still takes part in c: a constant of the work. Operands of zero bytes do not.
 */
static void add_constants(struct generator *g, const struct cta *c, uint32_t from, uint32_t to)
{
    const struct op *o = &g->t->ops->ops[c->op];
    uint32_t chip = g->t->tasks[c->task].chip;
    struct chip_program *p = &g->out->chip[chip];
    for (uint32_t operand = from; !c->reduce && operand < to; operand++) {
        uint32_t tensor = g->t->ops->operands[o->first_operand + operand].tensor;
        const struct tensor *x = &g->t->ops->tensors[tensor];
        if (op_tensor_bytes(x) == 0)
            continue;
        *VEC_PUSH(p, pieces) = (struct cta_piece) {.home = (uint16_t)chip,
                                                   .role = PIECE_CONSTANT,
                                                   .weight = x->kind == TENSOR_WEIGHT,
                                                   .chunk = PROGRAM_NONE,
                                                   .tensor = tensor,
                                                   .operand = operand};
    }
}

/* What a switch adds: the sum, which the CTA loads, then its partials. */
static void add_sum(struct generator *g, const struct cta *c)
{
    const struct task_graph *t = g->t;
    uint32_t chip = t->tasks[c->task].chip;
    uint32_t *chunks = mem_alloc_array(t->chips, sizeof *chunks), n = sum_partials(g, c->task, chunks);
    uint16_t *chips = mem_alloc_array(t->chips, sizeof *chips);
    struct cta_piece sum = {.role = PIECE_ROUND, .chunk = chunks[0], .line = g->line[chunks[0]]};
    for (uint32_t i = 0; i < n; i++)
        chips[i] = (uint16_t)t->chunks[chunks[i]].chip;
    multicast_address(g, c->task, chips, n, &sum);
    add_piece(g, chip, sum);
    struct chip_program *p = &g->out->chip[chip];
    size_t at = p->n_pieces - 1;
    for (uint32_t i = 0; i < n; i++) {
        struct cta_piece part = {
            .role = PIECE_PARTIAL, .chunk = chunks[i], .line = g->line[chunks[i]], .home = chips[i]};
        p->pieces[at].chunk += i > 0 ? chunks[i] : 0;
        p->pieces[at].k_part += i > 0 ? t->chunks[chunks[i]].k_part : 0;
        add_piece(g, chip, part);
    }
    free(chunks);
    free(chips);
}

static void add_inputs(struct generator *g, const struct cta *c)
{
    const struct task_graph *t = g->t;
    const struct task *x = &t->tasks[c->task];
    if (task_in_switch(x)) {
        add_sum(g, c);
        return;
    }
    uint32_t last = x->first_input + x->n_inputs, next = 0, end;
    for (uint32_t i = x->first_input; i < last; i = end) {
        uint32_t operand = t->inputs[i].operand;
        for (end = i; end < last && t->inputs[end].operand == operand;)
            end++;
        add_constants(g, c, next, operand);
        add_operand(g, c, i, end);
        next = operand + 1;
    }
    add_constants(g, c, next, t->ops->ops[c->op].n_operands);
}

/* ---- outputs: the own copy, then one for each other chip that reads it, or by a switch one for all ---- */

/* The chip's own copy of a result is written through, so it is stored apart. */
static void add_multicast(struct generator *g, uint32_t task, uint32_t chunk)
{
    uint16_t *chips = mem_alloc_array(g->t->chips, sizeof *chips);
    uint32_t n = sum_readers(g, chunk, chips);
    struct cta_piece piece = {.role = PIECE_OUTPUT, .chunk = chunk, .line = g->copies[g->first_copy[chunk]].line};
    multicast_address(g, task, chips, n, &piece);
    add_piece(g, g->t->tasks[task].chip, piece);
    free(chips);
}

static void add_outputs(struct generator *g, const struct cta *c)
{
    const struct task *x = &g->t->tasks[c->task];
    for (uint32_t chunk = x->first_output; chunk < x->first_output + x->n_outputs; chunk++) {
        struct cta_piece piece = {.role = PIECE_OUTPUT, .chunk = chunk};
        bool multicast = is_multicast(g, chunk);
        if (g->line[chunk] != CODE_NONE && (!multicast || g->t->chunks[chunk].is_output)) {
            piece.line = g->line[chunk];
            piece.home = (uint16_t)x->chip;
            piece.through = g->t->chunks[chunk].is_output;
            add_piece(g, x->chip, piece);
        }
        if (multicast)
            add_multicast(g, c->task, chunk);
        for (uint32_t k = g->first_copy[chunk]; !multicast && k < g->first_copy[chunk + 1]; k++) {
            piece.line = g->copies[k].line;
            piece.home = (uint16_t)g->copies[k].chip;
            piece.through = false;
            add_piece(g, x->chip, piece);
        }
    }
}

/* Operands that take part in c; pieces are in operand order. */
static uint32_t count_operands(const struct cta_piece *piece, uint32_t n)
{
    uint32_t operands = 0;
    for (uint32_t i = 0; i < n && piece[i].role != PIECE_OUTPUT; i++)
        operands += i == 0 || piece[i].operand != piece[i - 1].operand;
    return operands;
}

void emit_pieces(struct generator *g, struct cta *c)
{
    struct chip_program *p = &g->out->chip[g->t->tasks[c->task].chip];
    c->first_piece = (uint32_t)p->n_pieces;
    add_inputs(g, c);
    add_outputs(g, c);
    SIM_CHECK(p->n_pieces < UINT32_MAX, "too many pieces");
    c->n_pieces = (uint32_t)p->n_pieces - c->first_piece;
    c->n_operands = count_operands(p->pieces + c->first_piece, c->n_pieces);
}

/* ---- the CTA ---- */

static uint8_t kind_of(const struct generator *g, const struct task *x)
{
    if (x->needs.matrix_cycles > 0)
        return CTA_MATRIX;
    return g->t->ops->ops[x->op].kind == OP_GENERIC ? CTA_CYCLES : CTA_VECTOR;
}

/* A persistent CTA may load weights and inputs before what it waits for is there. */
static bool loads_ahead(const struct generator *g, const struct chip_program *p, const struct cta *c)
{
    bool ahead = false;
    for (uint32_t i = c->first_piece; i < c->first_piece + c->n_pieces; i++)
        ahead |= p->pieces[i].source && (p->pieces[i].role == PIECE_STREAM_A || p->pieces[i].role == PIECE_STREAM_B);
    return ahead && !g->out->stream;
}

/* What an SM has to do for a task: of a sum that a switch has made, elements that are not fp32 are converted. */
static uint64_t vector_cycles(const struct generator *g, const struct task *x)
{
    const struct op_graph *ops = g->t->ops;
    if (!task_in_switch(x) || ops->tensors[ops->ops[x->op].output].elem_bytes == 4)
        return x->needs.vector_cycles;
    return machine_slowed(g->m, x->chip, ceil_div((uint64_t)x->rows * x->cols, g->m->vector_lanes));
}

int emit_cta(struct generator *g, uint32_t chip, uint32_t task, uint32_t kernel)
{
    const struct task *x = &g->t->tasks[task];
    struct chip_program *p = &g->out->chip[chip];
    bool reduce = x->kind != TASK_COMPUTE;
    struct cta c = {.task = task,
                    .op = x->op,
                    .kernel = kernel,
                    .kind = kind_of(g, x),
                    .reduce = reduce,
                    .rows = x->rows,
                    .cols = x->cols,
                    .k = reduce ? 0 : x->k_part,
                    .k_first = x->k_first,
                    .k_part = x->k_part,
                    .k_whole = x->k_whole,
                    .matrix_cycles = x->needs.matrix_cycles,
                    .vector_cycles = vector_cycles(g, x),
                    .macs = x->needs.macs,
                    .macs_padded = x->needs.macs_padded};
    emit_pieces(g, &c);
    emit_waits(g, &c);
    c.weights_ahead = loads_ahead(g, p, &c);
    *VEC_PUSH(p, ctas) = c;
    return cta_shape(g, &p->ctas[p->n_ctas - 1]);
}
