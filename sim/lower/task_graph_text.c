/* SPDX-License-Identifier: Apache-2.0 */
/* task_graph_text.c - a task graph as text, its hash (docs/formats/work.md) and its figures. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/lower/lowering.h"

static const char *const kind_names[TASK_KIND_COUNT] = {"compute", "reduce", "switch"};

/* A graph is some hundred thousand numbers: lines are put together without printf. */
struct line {
    char s[24 * (TEXT_U64_MAX + 1)];
    char *end;
};

static void begin_line(struct line *l, const char *word)
{
    l->end = stpcpy(l->s, word);
}

static void add_number(struct line *l, uint64_t value)
{
    *l->end++ = ' ';
    l->end = text_u64(l->end, value);
}

static void add_word(struct line *l, const char *word)
{
    *l->end++ = ' ';
    l->end = stpcpy(l->end, word);
}

static void end_line(struct line *l, struct text *out)
{
    *l->end++ = '\n';
    text_add_bytes(out, l->s, (size_t)(l->end - l->s));
}

/* UINT32_MAX (none) is written as -. */
static void add_id(struct line *l, uint32_t id)
{
    if (id == TASK_NONE)
        add_word(l, "-");
    else
        add_number(l, id);
}

static void add_chunk(const struct task_graph *t, uint32_t i, struct text *out)
{
    const struct chunk *c = &t->chunks[i];
    struct line l;
    begin_line(&l, "chunk");
    add_number(&l, c->tensor);
    add_id(&l, c->producer);
    add_number(&l, c->chip);
    add_number(&l, c->bytes);
    add_number(&l, c->k_part);
    add_number(&l, c->k_whole);
    add_number(&l, c->is_weight);
    add_number(&l, c->is_output);
    add_number(&l, c->row0);
    add_number(&l, c->rows);
    add_number(&l, c->col0);
    add_number(&l, c->cols);
    end_line(&l, out);
}

static void add_task_line(const struct task *x, struct text *out)
{
    const struct task_needs *n = &x->needs;
    const uint64_t place[] = {x->tile, x->row0, x->rows, x->col0, x->cols, x->k_first, x->k_part, x->k_whole};
    const uint64_t needs[] = {n->matrix_cycles, n->vector_cycles, n->read_cycles,  n->write_cycles, n->cycles,
                              n->macs,          n->macs_padded,   x->first_output, x->n_outputs};
    struct line l;
    begin_line(&l, "task");
    add_number(&l, x->op);
    add_number(&l, x->chip);
    add_word(&l, kind_names[x->kind]);
    for (size_t i = 0; i < sizeof place / sizeof place[0]; i++)
        add_number(&l, place[i]);
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        add_number(&l, needs[i]);
    end_line(&l, out);
}

static void add_task(const struct task_graph *t, uint32_t i, struct text *out)
{
    const struct task *x = &t->tasks[i];
    add_task_line(x, out);
    for (uint32_t k = 0; k < x->n_inputs; k++) {
        const struct task_input *input = &t->inputs[x->first_input + k];
        struct line l;
        begin_line(&l, "input");
        add_number(&l, input->operand);
        add_number(&l, input->chunk);
        end_line(&l, out);
    }
}

void task_graph_print(const struct task_graph *t, struct text *out)
{
    text_printf(out, "bpsim-tasks 1\nwork %s\nserver %u %u\nchunks %zu\n", t->work_hash, t->chips, t->units_per_chip,
                t->n_chunks);
    for (uint32_t i = 0; i < t->n_chunks; i++)
        add_chunk(t, i, out);
    text_printf(out, "tasks %zu\n", t->n_tasks);
    for (uint32_t i = 0; i < t->n_tasks; i++)
        add_task(t, i, out);
}

void task_graph_hash(struct task_graph *t)
{
    struct text text = {0};
    task_graph_print(t, &text);
    struct sha256 *s = sha256_new();
    sha256_add(s, text.s, text.n);
    sha256_hex(s, t->tasks_hash);
    text_free(&text);
}

static void count_chunk(const struct chunk *c, struct task_graph_figures *f)
{
    if (c->producer != TASK_NONE)
        f->partial_bytes += c->k_part < c->k_whole ? c->bytes : 0;
    else if (c->is_weight)
        f->weight_bytes += c->bytes;
    else
        f->input_bytes += c->bytes;
    f->output_bytes += c->is_output ? c->bytes : 0;
}

/* Tasks are walked by chip and chunk: last[chunk x chips + chip] marks a chip that was counted already. */
static void count_tasks(const struct task_graph *t, struct task_graph_figures *f)
{
    uint8_t *seen = mem_alloc_array(t->n_chunks, t->chips);
    for (size_t i = 0; i < t->n_tasks; i++) {
        const struct task *x = &t->tasks[i];
        uint64_t bytes = 0;
        for (uint32_t k = 0; k < x->n_inputs; k++) {
            uint32_t chunk = t->inputs[x->first_input + k].chunk;
            const struct chunk *c = &t->chunks[chunk];
            uint8_t *mark = &seen[(size_t)chunk * t->chips + x->chip];
            bytes += c->bytes;
            f->cross_bytes += (c->chip != x->chip || x->kind == TASK_SWITCH) && *mark == 0 ? c->bytes : 0;
            *mark = 1;
        }
        for (uint32_t k = 0; k < x->n_outputs; k++)
            bytes += t->chunks[x->first_output + k].bytes;
        f->largest_task_bytes = bytes > f->largest_task_bytes ? bytes : f->largest_task_bytes;
        f->reduce_tasks += x->kind != TASK_COMPUTE;
        f->macs += x->needs.macs;
        f->macs_padded += x->needs.macs_padded;
        f->vector_cycles += x->needs.vector_cycles;
    }
    free(seen);
}

void task_graph_figures(const struct task_graph *t, struct task_graph_figures *out)
{
    *out = (struct task_graph_figures) {.tasks = t->n_tasks, .chunks = t->n_chunks, .inputs = t->n_inputs};
    for (size_t i = 0; i < t->n_chunks; i++)
        count_chunk(&t->chunks[i], out);
    count_tasks(t, out);
}
