/* SPDX-License-Identifier: Apache-2.0 */
/* memory_map.c - where everything lies in the memory of each chip.
 *
 *     | counters | inputs | weights | copies pushed by other chips | sums | chunks that the chip's own tasks write |
 *
 * sums: partials that switches add, and sums that they send to several chips; the same lines on all chips.
 *
 * Kernels of a chip run one after the other (a stream), so the lines of a chunk are free when the kernel of its last
 * reader has ended, as a caching allocator has it: best fit, lowest line first. No order between chips guards a pushed
 * copy, and none between CTAs of a persistent kernel: these places are not used again. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/codegen/generator.h"

struct block {
    uint32_t first, lines;
};

/* What is free below `end`: by place, no two touch. */
struct space {
    VEC(struct block, blocks);
    uint64_t end;
};

/* ---- the allocator ---- */

/* Lines at the end, with the free block that touches it. */
static uint32_t grow(struct space *s, uint32_t lines)
{
    uint64_t first = s->end;
    if (s->n_blocks > 0) {
        const struct block *last = &s->blocks[s->n_blocks - 1];
        if ((uint64_t)last->first + last->lines == s->end) {
            first = last->first;
            s->n_blocks--;
        }
    }
    s->end = first + lines;
    return (uint32_t)first; /* too large an end is refused when the chip is done */
}

static uint32_t take(struct space *s, uint32_t lines)
{
    size_t best = s->n_blocks;
    for (size_t i = 0; i < s->n_blocks; i++)
        if (s->blocks[i].lines >= lines && (best == s->n_blocks || s->blocks[i].lines < s->blocks[best].lines))
            best = i;
    if (best == s->n_blocks)
        return grow(s, lines);
    struct block *b = &s->blocks[best];
    uint32_t first = b->first;
    b->first += lines;
    b->lines -= lines;
    if (b->lines == 0)
        memmove(b, b + 1, (--s->n_blocks - best) * sizeof *b);
    return first;
}

static void give(struct space *s, uint32_t first, uint32_t lines)
{
    size_t low = 0, high = s->n_blocks;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (s->blocks[mid].first < first)
            low = mid + 1;
        else
            high = mid;
    }
    bool joins_before = low > 0 && s->blocks[low - 1].first + s->blocks[low - 1].lines == first;
    bool joins_after = low < s->n_blocks && first + lines == s->blocks[low].first;
    if (joins_before && joins_after) {
        s->blocks[low - 1].lines += lines + s->blocks[low].lines;
        memmove(&s->blocks[low], &s->blocks[low + 1], (--s->n_blocks - low) * sizeof *s->blocks);
    } else if (joins_before) {
        s->blocks[low - 1].lines += lines;
    } else if (joins_after) {
        s->blocks[low] = (struct block) {first, s->blocks[low].lines + lines};
    } else {
        VEC_RESERVE(s, blocks, s->n_blocks + 1);
        memmove(&s->blocks[low + 1], &s->blocks[low], (s->n_blocks++ - low) * sizeof *s->blocks);
        s->blocks[low] = (struct block) {first, lines};
    }
}

/* ---- what lies there from the start, and what other chips push ---- */

static void place_sources(struct generator *g, uint64_t *end, bool weights)
{
    for (uint32_t i = 0; i < g->t->n_chunks; i++) {
        const struct chunk *c = &g->t->chunks[i];
        if (c->producer != TASK_NONE || c->bytes == 0 || c->is_weight != weights)
            continue;
        struct chip_program *p = &g->out->chip[c->chip];
        uint32_t lines = lines_of(c->bytes);
        g->line[i] = (uint32_t)end[c->chip];
        *VEC_PUSH(p, sources) = (struct memory_source) {
            .line = g->line[i], .lines = lines, .bytes = c->bytes, .chunk = i, .tensor = c->tensor, .weight = weights};
        end[c->chip] += lines;
        p->input_lines += weights ? 0 : lines;
    }
}

static int by_chip(const void *a, const void *b)
{
    const struct chunk_copy *x = a, *y = b;
    return (x->chip > y->chip) - (x->chip < y->chip);
}

static void place_copies(struct generator *g, uint64_t *end)
{
    const struct task_graph *t = g->t;
    uint32_t *seen = mem_alloc_array(t->chips, sizeof *seen); /* chunk + 1 */
    for (uint32_t i = 0; i < t->n_chunks; i++) {
        const struct chunk *c = &t->chunks[i];
        size_t first = g->n_copies;
        g->first_copy[i] = (uint32_t)first;
        seen[c->chip] = i + 1;
        for (uint32_t k = g->first_reader[i]; c->producer != TASK_NONE && c->bytes > 0 && k < g->first_reader[i + 1];
             k++) {
            const struct task *reader = &t->tasks[g->readers[k]];
            uint32_t chip = reader->chip;
            if (seen[chip] != i + 1 && !task_in_switch(reader)) /* who asks a switch has no copy */
                *VEC_PUSH(g, copies) = (struct chunk_copy) {.chip = chip};
            seen[chip] = i + 1;
        }
        if (g->n_copies > first)
            qsort(&g->copies[first], g->n_copies - first, sizeof *g->copies, by_chip);
        g->first_copy[i + 1] = (uint32_t)g->n_copies;
        for (size_t k = first; k < g->n_copies && !is_multicast(g, i); k++) {
            g->copies[k].line = (uint32_t)end[g->copies[k].chip];
            end[g->copies[k].chip] += lines_of(c->bytes);
        }
    }
    free(seen);
}

/* ---- what a chip's own tasks write ---- */

/* Chunks by the level after which their lines are free: lists through next[]. */
struct leaving {
    uint32_t *head; /* per level */
    uint32_t *next; /* per chunk */
};

uint32_t own_reader(const struct generator *g, uint32_t chunk)
{
    uint32_t last = CODE_NONE;
    for (uint32_t k = g->first_reader[chunk]; k < g->first_reader[chunk + 1]; k++) {
        uint32_t task = g->readers[k];
        if (g->t->tasks[task].chip == g->t->chunks[chunk].chip && (last == CODE_NONE || g->level[task] > last))
            last = g->level[task];
    }
    return last;
}

static void place_output(struct generator *g, uint32_t chunk, uint32_t level, struct space *s, struct leaving *l)
{
    const struct chunk *c = &g->t->chunks[chunk];
    uint32_t last = own_reader(g, chunk);
    bool unread = g->first_reader[chunk] == g->first_reader[chunk + 1];
    if (c->bytes == 0 || g->line[chunk] != CODE_NONE || (last == CODE_NONE && !c->is_output && !unread))
        return;
    g->line[chunk] = take(s, lines_of(c->bytes));
    if (c->is_output || !g->out->stream)
        return;
    last = last == CODE_NONE ? level : last;
    l->next[chunk] = l->head[last];
    l->head[last] = chunk;
}

static void place_chunks(struct generator *g, uint32_t chip, uint64_t *end, struct leaving *l)
{
    struct space s = {.end = *end};
    uint32_t last = g->chip_first[chip + 1], next;
    for (uint32_t i = g->chip_first[chip]; i < last; i = next) {
        uint32_t level = g->level[g->order[i]];
        for (next = i; next < last && g->level[g->order[next]] == level; next++) {
            const struct task *x = &g->t->tasks[g->order[next]];
            for (uint32_t k = 0; k < x->n_outputs; k++)
                place_output(g, x->first_output + k, level, &s, l);
        }
        for (uint32_t chunk = l->head[level]; chunk != CODE_NONE; chunk = l->next[chunk])
            give(&s, g->line[chunk], lines_of(g->t->chunks[chunk].bytes));
        l->head[level] = CODE_NONE;
    }
    *end = s.end;
    free(s.blocks);
}

/* ---- the whole ---- */

static int set_sizes(struct generator *g, const uint64_t *end)
{
    for (uint32_t chip = 0; chip < g->t->chips; chip++) {
        if (end[chip] > UINT32_MAX) {
            diag_add(g->diag, "", 0, 0, "workload",
                     "chip%u.memory: weights, inputs and chunks take %llu lines of %u "
                     "bytes, an address has 32 bits",
                     chip, (unsigned long long)end[chip], CODE_LINE_BYTES);
            return SIM_ERR_BUILD;
        }
        g->out->chip[chip].memory_lines = (uint32_t)end[chip];
    }
    return SIM_OK;
}

int plan_memory(struct generator *g)
{
    uint32_t chips = g->t->chips;
    uint64_t *end = mem_alloc_array(chips, sizeof *end);
    struct leaving l = {mem_alloc_array(g->levels, sizeof *l.head), mem_alloc_array(g->t->n_chunks, sizeof *l.next)};
    g->line = mem_alloc_array(g->t->n_chunks, sizeof *g->line);
    g->first_copy = mem_alloc_array(g->t->n_chunks + 1, sizeof *g->first_copy);
    for (size_t i = 0; i < g->t->n_chunks; i++)
        g->line[i] = CODE_NONE;
    for (size_t i = 0; i < g->levels; i++)
        l.head[i] = CODE_NONE;
    for (uint32_t chip = 0; chip < chips; chip++)
        g->out->chip[chip].input_first = (uint32_t)(end[chip] = g->out->chip[chip].counter_lines);
    place_sources(g, end, false);
    place_sources(g, end, true);
    place_copies(g, end);
    place_sums(g, end);
    for (uint32_t chip = 0; chip < chips; chip++)
        place_chunks(g, chip, &end[chip], &l);
    int error = set_sizes(g, end);
    free(end);
    free(l.head);
    free(l.next);
    return error;
}
