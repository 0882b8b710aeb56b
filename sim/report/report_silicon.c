/* SPDX-License-Identifier: Apache-2.0 */
/* report_silicon.c - the silicon budget side by side; a line that differs is flagged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/report_grid.h"

/* ---- rows of several machines ---- */

static size_t find_row(const struct report *r, const char *item)
{
    size_t i = 0;
    while (i < r->n_silicon && strcmp(r->silicon[i].item, item) != 0) {
        i++;
    }
    return i;
}

/* A line of zeros at place `at`. */
static void insert_row(struct report *r, size_t at, const struct silicon_item *item)
{
    struct report_silicon row = {item->item, item->unit, mem_alloc_array(r->n_machines, sizeof *row.values)};
    (void)VEC_PUSH(r, silicon);
    for (size_t i = r->n_silicon - 1; i > at; i--) {
        r->silicon[i] = r->silicon[i - 1];
    }
    r->silicon[at] = row;
}

void report_add_machine(struct report *r, const char *machine, const struct silicon_item *items, uint32_t n)
{
    bool list = strcmp(machine, "phase.list") == 0;
    size_t place = 0; /* after the row before */
    size_t column = r->n_machines;
    *VEC_PUSH(r, machines) = mem_strdup(machine);
    for (size_t i = 0; i < r->n_silicon; i++) {
        r->silicon[i].values = mem_resize(r->silicon[i].values, r->n_machines, sizeof *r->silicon[i].values);
        r->silicon[i].values[column] = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        size_t at = find_row(r, items[i].item);
        if (at == r->n_silicon) {
            at = place;
            insert_row(r, at, &items[i]);
        }
        r->silicon[at].values[column] = list ? items[i].value_list : items[i].value;
        place = at + 1;
    }
}

bool report_silicon_equal(const struct report *r, const struct report_silicon *row)
{
    for (size_t i = 1; i < r->n_machines; i++) {
        if (row->values[i] != row->values[0]) {
            return false;
        }
    }
    return true;
}

/* ---- the table ---- */

/* Machines with the same budget share a column, under all their names. */
struct budget {
    const struct report *report;
    VEC(size_t, columns); /* first machine of each */
    size_t *column_of;    /* of each machine */
};

static bool same_budget(const struct report *r, size_t a, size_t b)
{
    for (size_t i = 0; i < r->n_silicon; i++) {
        if (r->silicon[i].values[a] != r->silicon[i].values[b]) {
            return false;
        }
    }
    return true;
}

static void group(struct budget *b)
{
    const struct report *r = b->report;
    b->column_of = mem_alloc_array(r->n_machines, sizeof *b->column_of);
    for (size_t m = 0; m < r->n_machines; m++) {
        size_t c = 0;
        while (c < b->n_columns && !same_budget(r, b->columns[c], m)) {
            c++;
        }
        if (c == b->n_columns) {
            *VEC_PUSH(b, columns) = m;
        }
        b->column_of[m] = c;
    }
}

/* What stands behind the kind of a machine, where it is that of the column's first; else the whole name. */
static const char *short_name(const char *machine, const char *first)
{
    const char *dot = strchr(machine, '.');
    size_t n = dot ? (size_t)(dot - machine) + 1 : 0;
    return strncmp(machine, first, n) == 0 ? machine + n : machine;
}

/* "phase.levels" and "phase.barrier" share a column as "phase.levels" over "and barrier"; more are counted. */
static void head(const struct budget *b, struct grid *g, size_t column)
{
    const struct report *r = b->report;
    size_t more = 0;
    for (size_t m = 0; m < r->n_machines; m++) {
        if (b->column_of[m] != column) {
            continue;
        }
        if (m == b->columns[column]) {
            snprintf(g->heads[column], REPORT_CELL, "%.30s", r->machines[m]);
        } else if (more++ == 0) {
            snprintf(g->subs[column], REPORT_CELL, "and %.26s", short_name(r->machines[m], g->heads[column]));
        } else {
            snprintf(g->subs[column], REPORT_CELL, "and %zu more", more);
        }
    }
}

void report_silicon_table(const struct report *r, const struct report_style *style, struct text *out)
{
    struct budget b = {.report = r};
    struct grid g;
    if (r->n_machines == 0 || r->n_silicon == 0) {
        return;
    }
    group(&b);
    grid_init(&g, (uint32_t)b.n_columns);
    for (size_t c = 0; c < b.n_columns; c++) {
        head(&b, &g, c);
    }
    for (size_t i = 0; i < r->n_silicon; i++) {
        char label[48];
        bool equal = report_silicon_equal(r, &r->silicon[i]);
        bool counted = strcmp(r->silicon[i].unit, "1") == 0;
        snprintf(label, sizeof label, "%s%s%s%s", r->silicon[i].item, counted ? "" : ", ",
                 counted ? "" : r->silicon[i].unit, equal ? "" : "   <> differs");
        struct grid_row *row = grid_add(&g, label);
        for (size_t c = 0; c < b.n_columns; c++) {
            report_count(row->cells[c], r->silicon[i].values[b.columns[c]]);
        }
    }
    grid_print(&g, style->width, style->color, out);
    grid_free(&g);
    free(b.column_of);
    free(b.columns);
}
