/* SPDX-License-Identifier: Apache-2.0 */
/* report_silicon.c - the silicon budget side by side; a line that differs is flagged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/report_grid.h"

/* Machines with the same budget share a column, under all their names. */
struct budget {
    const struct report *report;
    VEC(size_t, columns); /* first machine of each */
    size_t *column_of;    /* of each machine */
};

static bool same_budget(const struct report *r, size_t a, size_t b)
{
    for (size_t i = 0; i < r->n_silicon; i++) {
        if (report_silicon_value(&r->silicon[i], r->machines[a]) !=
            report_silicon_value(&r->silicon[i], r->machines[b])) {
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

/* "phase.levels" and "phase.barrier" share a column as "phase.levels" over "phase.barrier"; more are counted. */
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
            snprintf(g->subs[column], REPORT_CELL, "%.30s", r->machines[m]);
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
            report_count(row->cells[c], report_silicon_value(&r->silicon[i], r->machines[b.columns[c]]));
        }
    }
    grid_print(&g, style->width, style->color, out);
    grid_free(&g);
    free(b.column_of);
    free(b.columns);
}
