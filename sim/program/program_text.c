/* SPDX-License-Identifier: Apache-2.0 */
/* program_text.c - a program as text. */
#include "sim/program/program_text.h"

static const char *const kinds[] = {[CTA_MATRIX] = "matrix", [CTA_VECTOR] = "vector", [CTA_CYCLES] = "cycles"};
static const char *const roles[] = {
    [PIECE_STREAM_A] = "a",        [PIECE_STREAM_B] = "b",      [PIECE_ROUND] = "round",   [PIECE_LATE] = "late",
    [PIECE_CONSTANT] = "constant", [PIECE_PARTIAL] = "partial", [PIECE_OUTPUT] = "output",
};

static void print_piece(const struct server_program *all, const struct cta_piece *x, struct text *out)
{
    text_printf(out, "    %s", roles[x->role]);
    if (x->role != PIECE_OUTPUT)
        text_printf(out, " operand %u", x->operand);
    text_printf(out, " tensor %u", x->tensor);
    bool group = x->home >= all->chips;
    if (x->role != PIECE_CONSTANT)
        text_printf(out, " chunk %u %s %u line %u+%u bytes %u", x->chunk, group ? "switch" : "chip",
                    group ? x->home - all->chips : x->home, x->line, x->lines, x->bytes);
    if (group)
        text_printf(out, " group %u", x->group);
    if (x->k_whole > 0)
        text_printf(out, " k %u/%u", x->k_part, x->k_whole);
    text_printf(out, "%s%s%s\n", x->weight ? " weight" : "", x->source ? " source" : "", x->through ? " through" : "");
}

static void print_cta(const struct server_program *all, const struct chip_program *p, const struct cta *c,
                      struct text *out)
{
    text_printf(out, "  cta task %u op %u %s%s%s %u x %u x %u k %u+%u/%u", c->task, c->op, kinds[c->kind],
                c->reduce ? " reduce" : "", c->weights_ahead ? " ahead" : "", c->rows, c->cols, c->k, c->k_first,
                c->k_part, c->k_whole);
    text_printf(out, " cycles %llu %llu macs %llu %llu", (unsigned long long)c->matrix_cycles,
                (unsigned long long)c->vector_cycles, (unsigned long long)c->macs, (unsigned long long)c->macs_padded);
    text_printf(out, " elem %u steps %u shared %u registers %u operands %u\n", c->elem_bytes, c->steps, c->shared_bytes,
                c->register_bytes, c->n_operands);
    for (uint32_t i = c->first_piece; i < c->first_piece + c->n_pieces; i++)
        print_piece(all, &p->pieces[i], out);
    for (uint32_t i = c->first_wait; i < c->first_wait + c->n_waits; i++)
        text_printf(out, "    wait word %u n %u\n", p->waits[i].word, p->waits[i].n);
    for (uint32_t i = c->first_signal; i < c->first_signal + c->n_signals; i++)
        text_printf(out, "    signal chip %u line %u words %08x\n", p->signals[i].chip, p->signals[i].line,
                    p->signals[i].words);
}

static void print_chip(const struct server_program *all, const struct chip_program *p, struct text *out)
{
    text_printf(out, "memory %u counters %u queue %u inputs %u+%u\n", p->memory_lines, p->counter_lines, p->queue_word,
                p->input_first, p->input_lines);
    for (size_t i = 0; i < p->n_sources; i++) {
        const struct memory_source *s = &p->sources[i];
        text_printf(out, "source chunk %u tensor %u line %u+%u bytes %u%s\n", s->chunk, s->tensor, s->line, s->lines,
                    s->bytes, s->weight ? " weight" : "");
    }
    for (size_t k = 0; k < p->n_kernels; k++) {
        text_printf(out, "kernel %zu %s\n", k, p->kernels[k].name);
        for (uint32_t i = 0; i < p->kernels[k].n_ctas; i++)
            print_cta(all, p, &p->ctas[p->kernels[k].first_cta + i], out);
    }
}

void server_program_print(const struct server_program *p, struct text *out)
{
    text_printf(out, "program of %s\nchips %u tensors %u versions %u output_bytes %llu %s\n", p->tasks_hash, p->chips,
                p->n_tensors, p->versions, (unsigned long long)p->output_bytes, p->stream ? "stream" : "persistent");
    for (uint32_t i = 0; i < p->n_groups; i++) {
        text_printf(out, "group %u chips", i);
        for (uint32_t k = 0; k < p->groups[i].n; k++)
            text_printf(out, " %u", p->group_chips[p->groups[i].first + k]);
        text_printf(out, "\n");
    }
    for (uint32_t i = 0; i < p->chips; i++) {
        text_printf(out, "chip %u ", i);
        print_chip(p, &p->chip[i], out);
    }
    for (uint32_t v = 0; v < p->versions; v++)
        for (uint32_t i = 0; i < p->n_tensors; i++)
            text_printf(out, "c %u %u %016llx\n", v, i, (unsigned long long)p->tensor_c[v][i]);
}
