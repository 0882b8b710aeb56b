/* SPDX-License-Identifier: Apache-2.0 */
/* report_grid.h - rows of a label and right-aligned cells, laid out to the terminal's width.
 *
 *                    ---------- head0      head1
 *                     sub0       sub1       sub0     equal heads side by side are printed once
 *     makespan     123,456     99,123    100,001
 *
 * Where the columns do not fit side by side the grid continues below with the next ones. ASCII only. */
#ifndef SIM_REPORT_REPORT_GRID_H
#define SIM_REPORT_REPORT_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"
#include "sim/base/text.h"
#include "sim/report/report_units.h"

enum grid_style { GRID_PLAIN, GRID_SECTION, GRID_GOOD };

struct grid_row {
    char label[48];
    enum grid_style style;
    bool blank_before;
    char (*cells)[REPORT_CELL]; /* NULL: label only */
};

struct grid {
    uint32_t columns;
    char (*heads)[REPORT_CELL];
    char (*subs)[REPORT_CELL];
    VEC(struct grid_row, rows);
};

void grid_init(struct grid *g, uint32_t columns);
void grid_free(struct grid *g);
void grid_section(struct grid *g, const char *label);
/* A row with empty cells, to be filled by the caller; valid until the next row is added. */
struct grid_row *grid_add(struct grid *g, const char *label);
void grid_print(const struct grid *g, uint32_t width, bool color, struct text *out);

#endif
