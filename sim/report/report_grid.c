/* SPDX-License-Identifier: Apache-2.0 */
/* report_grid.c - rows of a label and right-aligned cells. */
#include "sim/report/report_grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BOLD  "\033[1m"
#define DIM   "\033[2m"
#define GREEN "\033[32m"
#define RESET "\033[0m"

void grid_init(struct grid *g, uint32_t columns)
{
    *g = (struct grid) {.columns = columns};
    g->heads = mem_alloc_array(columns, sizeof *g->heads);
    g->subs = mem_alloc_array(columns, sizeof *g->subs);
}

void grid_free(struct grid *g)
{
    for (size_t i = 0; i < g->n_rows; i++) {
        free(g->rows[i].cells);
    }
    free(g->rows);
    free(g->heads);
    free(g->subs);
    *g = (struct grid) {0};
}

static struct grid_row *add(struct grid *g, const char *label)
{
    struct grid_row *row = VEC_PUSH(g, rows);
    *row = (struct grid_row) {.style = GRID_PLAIN};
    snprintf(row->label, sizeof row->label, "%s", label);
    return row;
}

void grid_section(struct grid *g, const char *label)
{
    struct grid_row *row = add(g, label);
    row->style = GRID_SECTION;
    row->blank_before = true;
}

struct grid_row *grid_add(struct grid *g, const char *label)
{
    struct grid_row *row = add(g, label);
    row->cells = mem_alloc_array(g->columns, sizeof *row->cells);
    return row;
}

static void longer(uint32_t *n, const char *s)
{
    uint32_t len = (uint32_t)strlen(s);
    *n = len > *n ? len : *n;
}

static uint32_t label_width(const struct grid *g)
{
    uint32_t n = 0;
    for (size_t i = 0; i < g->n_rows; i++) {
        if (g->rows[i].cells) {
            longer(&n, g->rows[i].label);
        }
    }
    return n;
}

/* End of the columns from `first` on, before `end`, that have the same head. */
static uint32_t group_end(const struct grid *g, uint32_t first, uint32_t end)
{
    uint32_t c = first + 1;
    while (c < end && strcmp(g->heads[c], g->heads[first]) == 0) {
        c++;
    }
    return c;
}

static uint32_t cell_width(const struct grid *g)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < g->columns; c++) {
        longer(&n, g->subs[c]);
        for (size_t i = 0; i < g->n_rows; i++) {
            if (g->rows[i].cells) {
                longer(&n, g->rows[i].cells[c]);
            }
        }
    }
    n += 2;
    for (uint32_t c = 0; c < g->columns; c = group_end(g, c, g->columns)) {
        uint32_t share = group_end(g, c, g->columns) - c;
        uint32_t want = ((uint32_t)strlen(g->heads[c]) + 2 + share - 1) / share;
        n = want > n ? want : n;
    }
    return n;
}

/* Columns [first, end) of one block. */
struct block {
    uint32_t first, end, label, cell;
    bool color;
};

static void put(const struct block *b, const char *code, const char *s, uint32_t width, struct text *out)
{
    bool colored = b->color && code;
    text_printf(out, "%s%*s%s", colored ? code : "", (int)width, s, colored ? RESET : "");
}

/* Trailing spaces are of no use to anybody. */
static void end_line(struct text *out)
{
    while (out->n && out->s[out->n - 1] == ' ') {
        out->s[--out->n] = '\0';
    }
    text_add(out, "\n");
}

/* Equal heads side by side are one: "---- phase.levels" over its columns. */
static void print_head(const struct grid *g, const struct block *b, uint32_t first, uint32_t end, struct text *out)
{
    uint32_t width = (end - first) * b->cell;
    uint32_t length = (uint32_t)strlen(g->heads[first]);
    uint32_t dashes = end - first > 1 && width > length + 3 ? width - length - 3 : 0;
    text_printf(out, "%*s", (int)(dashes ? 2 : width > length ? width - length : 0), "");
    for (uint32_t i = 0; i < dashes; i++) {
        text_add(out, "-");
    }
    text_add(out, dashes ? " " : "");
    put(b, BOLD, g->heads[first], 0, out);
}

static void print_heads(const struct grid *g, const struct block *b, struct text *out)
{
    text_printf(out, "%*s", (int)b->label, "");
    for (uint32_t c = b->first; c < b->end; c = group_end(g, c, b->end)) {
        print_head(g, b, c, group_end(g, c, b->end), out);
    }
    end_line(out);
    bool any = false;
    for (uint32_t c = b->first; c < b->end; c++) {
        any |= g->subs[c][0] != '\0';
    }
    if (!any) {
        return;
    }
    text_printf(out, "%*s", (int)b->label, "");
    for (uint32_t c = b->first; c < b->end; c++) {
        put(b, NULL, g->subs[c], b->cell, out);
    }
    end_line(out);
}

static void print_row(const struct grid_row *row, const struct block *b, struct text *out)
{
    const char *code = row->style == GRID_SECTION ? BOLD : row->style == GRID_GOOD ? GREEN : NULL;
    if (row->blank_before) {
        text_add(out, "\n");
    }
    put(b, code, row->label, 0, out);
    if (row->cells) {
        text_printf(out, "%*s", (int)(b->label - strlen(row->label)), "");
        for (uint32_t c = b->first; c < b->end; c++) {
            put(b, strcmp(row->cells[c], "-") == 0 ? DIM : code, row->cells[c], b->cell, out);
        }
    }
    end_line(out);
}

/* End of the block that begins at `first`: columns of one head stay together where a block can hold them. */
static uint32_t block_end(const struct grid *g, uint32_t first, uint32_t fit)
{
    uint32_t end = first;
    while (end < g->columns) {
        uint32_t next = group_end(g, end, g->columns);
        if (next > first + fit) {
            break;
        }
        end = next;
    }
    uint32_t most = first + fit < g->columns ? first + fit : g->columns;
    return end > first ? end : most;
}

void grid_print(const struct grid *g, uint32_t width, bool color, struct text *out)
{
    struct block b = {.label = label_width(g), .cell = cell_width(g), .color = color};
    uint32_t fit = width > b.label + b.cell ? (width - b.label) / b.cell : 1;
    for (b.first = 0; b.first < g->columns; b.first = b.end) {
        b.end = block_end(g, b.first, fit);
        if (b.first) {
            text_add(out, "\n");
        }
        print_heads(g, &b, out);
        for (size_t i = 0; i < g->n_rows; i++) {
            print_row(&g->rows[i], &b, out);
        }
    }
}
