/* SPDX-License-Identifier: Apache-2.0 */
/* chunk_cut.c - tiles to chunks: cut at the borders of all needs, then joined where the readers agree.
 *
 *     tile            needs             cells            chunks
 *     +-------+   a: +----+          +----+--+         +----+--+
 *     |       |      +----+          |a b | b|         | ab | b|
 *     |       |   b: +-------+       +----+--+         +----+--+
 *     +-------+      +-------+       | -  | -|         |   -   |
 *                                    +----+--+         +-------+
 */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/lowering.h"

struct cutter {
    struct lowering *l;
    uint32_t *first_need; /* tiles + 1: places in by_tile */
    uint32_t *by_tile;    /* needs sorted by tile */
    VEC(uint32_t, rows);
    VEC(uint32_t, cols);
    VEC(struct area, pieces); /* of the tile being cut */
};

/* Needs of tile i: by_tile[first_need[i]] .. by_tile[first_need[i + 1]], in order of tasks. */
static void sort_needs(struct cutter *c)
{
    const struct lowering *l = c->l;
    c->first_need = mem_alloc_array(l->n_tiles + 2, sizeof *c->first_need);
    c->by_tile = mem_alloc_array(l->n_needs, sizeof *c->by_tile);
    for (size_t i = 0; i < l->n_needs; i++)
        c->first_need[l->needs[i].tile + 2]++;
    for (size_t i = 2; i < l->n_tiles + 2; i++)
        c->first_need[i] += c->first_need[i - 1];
    for (uint32_t i = 0; i < l->n_needs; i++)
        c->by_tile[c->first_need[l->needs[i].tile + 1]++] = i;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t sort_unique(uint32_t *at, size_t n)
{
    qsort(at, n, sizeof *at, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || at[kept - 1] != at[i])
            at[kept++] = at[i];
    return kept;
}

static void add_borders(struct cutter *c, struct area a)
{
    *VEC_PUSH(c, rows) = a.rows.first;
    *VEC_PUSH(c, rows) = a.rows.end;
    *VEC_PUSH(c, cols) = a.cols.first;
    *VEC_PUSH(c, cols) = a.cols.end;
}

static void find_borders(struct cutter *c, uint32_t tile)
{
    const struct tile *t = &c->l->tiles[tile];
    c->n_rows = c->n_cols = 0;
    add_borders(c, t->area);
    if (t->output)
        add_borders(c, t->owned);
    for (uint32_t i = c->first_need[tile]; i < c->first_need[tile + 1]; i++)
        add_borders(c, c->l->needs[c->by_tile[i]].area);
    c->n_rows = sort_unique(c->rows, c->n_rows);
    c->n_cols = sort_unique(c->cols, c->n_cols);
}

static bool read_at_all(const struct cutter *c, uint32_t tile, struct area cell)
{
    for (uint32_t i = c->first_need[tile]; i < c->first_need[tile + 1]; i++)
        if (area_inside(cell, c->l->needs[c->by_tile[i]].area))
            return true;
    return false;
}

/* Do the same needs, and the same ownership, cover both? */
static bool same_readers(const struct cutter *c, uint32_t tile, struct area a, struct area b)
{
    const struct tile *t = &c->l->tiles[tile];
    if (t->output && area_inside(a, t->owned) != area_inside(b, t->owned))
        return false;
    for (uint32_t i = c->first_need[tile]; i < c->first_need[tile + 1]; i++) {
        struct area need = c->l->needs[c->by_tile[i]].area;
        if (area_inside(a, need) != area_inside(b, need))
            return false;
    }
    return true;
}

/* Cells of one band of rows, neighbours with the same readers joined; what nobody reads of an input or weight is
 * left out. */
static void add_band(struct cutter *c, uint32_t tile, struct span rows)
{
    size_t first = c->n_pieces;
    for (size_t j = 0; j + 1 < c->n_cols; j++) {
        struct area cell = {rows, {c->cols[j], c->cols[j + 1]}};
        struct area *last = c->n_pieces > first ? &c->pieces[c->n_pieces - 1] : NULL;
        if (c->l->tiles[tile].task == TASK_NONE && !read_at_all(c, tile, cell))
            continue;
        if (last != NULL && last->cols.end == cell.cols.first && same_readers(c, tile, *last, cell))
            last->cols.end = cell.cols.end;
        else
            *VEC_PUSH(c, pieces) = cell;
    }
}

/* Pieces of the band [band, end) that continue one of the band above, [above, band), downwards are joined to it. */
static void join_bands(struct cutter *c, uint32_t tile, size_t above, size_t band)
{
    size_t kept = band, end = c->n_pieces;
    for (size_t i = band; i < end; i++) {
        struct area piece = c->pieces[i];
        bool joined = false;
        for (size_t j = above; j < band && !joined; j++) {
            struct area *up = &c->pieces[j];
            joined = up->cols.first == piece.cols.first && up->cols.end == piece.cols.end &&
                     up->rows.end == piece.rows.first && same_readers(c, tile, *up, piece);
            if (joined)
                up->rows.end = piece.rows.end;
        }
        if (!joined)
            c->pieces[kept++] = piece;
    }
    c->n_pieces = kept;
}

static void cut_tile(struct cutter *c, uint32_t tile)
{
    c->n_pieces = 0;
    if (area_empty(c->l->tiles[tile].area)) {
        *VEC_PUSH(c, pieces) = c->l->tiles[tile].area;
        return;
    }
    find_borders(c, tile);
    for (size_t i = 0; i + 1 < c->n_rows; i++) {
        size_t band = c->n_pieces;
        add_band(c, tile, (struct span) {c->rows[i], c->rows[i + 1]});
        join_bands(c, tile, 0, band);
    }
}

static void add_chunks(struct cutter *c, uint32_t tile)
{
    struct lowering *l = c->l;
    struct tile *t = &l->tiles[tile];
    t->first_chunk = (uint32_t)l->t->n_chunks;
    t->n_chunks = (uint32_t)c->n_pieces;
    for (size_t i = 0; i < c->n_pieces; i++) {
        uint64_t bytes = tile_bytes(l, t->tensor, c->pieces[i], t->k_part, t->k_whole);
        SIM_CHECK(bytes <= UINT32_MAX, "a chunk of tensor %u has %llu bytes", t->tensor, (unsigned long long)bytes);
        *VEC_PUSH(l->t, chunks) = (struct chunk) {.tensor = t->tensor,
                                                  .producer = t->task,
                                                  .chip = t->chip,
                                                  .bytes = (uint32_t)bytes,
                                                  .k_part = t->k_part,
                                                  .k_whole = t->k_whole,
                                                  .is_weight = l->p->ops->tensors[t->tensor].kind == TENSOR_WEIGHT,
                                                  .is_output = t->output && area_inside(c->pieces[i], t->owned),
                                                  .row0 = c->pieces[i].rows.first,
                                                  .rows = span_size(c->pieces[i].rows),
                                                  .col0 = c->pieces[i].cols.first,
                                                  .cols = span_size(c->pieces[i].cols)};
    }
    if (t->task != TASK_NONE) {
        l->t->tasks[t->task].first_output = t->first_chunk;
        l->t->tasks[t->task].n_outputs = t->n_chunks;
    }
}

/* The first chunk of the tile that begins at or below a row: chunks of a tile ascend by their first row. */
static uint32_t chunk_from_row(const struct task_graph *t, const struct tile *tile, uint32_t row)
{
    uint32_t low = tile->first_chunk, high = tile->first_chunk + tile->n_chunks;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->chunks[middle].row0 < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A task's needs in order become its inputs; each need takes the chunks that lie in it. */
static void add_inputs(struct lowering *l, uint32_t task)
{
    struct task *t = &l->t->tasks[task];
    size_t first_need = t->first_input, end = first_need + t->n_inputs;
    t->first_input = (uint32_t)l->t->n_inputs;
    for (size_t i = first_need; i < end; i++) {
        const struct need *n = &l->needs[i];
        const struct tile *from = &l->tiles[n->tile];
        for (uint32_t k = chunk_from_row(l->t, from, n->area.rows.first); k < from->first_chunk + from->n_chunks; k++) {
            const struct chunk *x = &l->t->chunks[k];
            if (x->row0 > n->area.rows.end)
                break;
            struct area area = {{x->row0, x->row0 + x->rows}, {x->col0, x->col0 + x->cols}};
            if (area_inside(area, n->area))
                *VEC_PUSH(l->t, inputs) = (struct task_input) {.chunk = k, .operand = n->operand};
        }
    }
    t->n_inputs = (uint32_t)(l->t->n_inputs - t->first_input);
}

/* Chunks of memory first, then those of the tasks in their order. */
void cut_chunks(struct lowering *l)
{
    struct cutter c = {.l = l};
    sort_needs(&c);
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < l->n_tiles; i++) {
            if ((l->tiles[i].task == TASK_NONE) != (pass == 0))
                continue;
            cut_tile(&c, i);
            add_chunks(&c, i);
        }
    }
    for (uint32_t i = 0; i < l->t->n_tasks; i++)
        add_inputs(l, i);
    free(c.first_need);
    free(c.by_tile);
    free(c.rows);
    free(c.cols);
    free(c.pieces);
}
