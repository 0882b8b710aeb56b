/* SPDX-License-Identifier: Apache-2.0 */
/* reference_csv.h - reads a small table of reference figures: comma-separated, no quotes, one header line. */
#ifndef TESTS_VALIDATION_REFERENCE_CSV_H
#define TESTS_VALIDATION_REFERENCE_CSV_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/diag.h"
#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/mem.h"

#define REFERENCE_COLUMNS 64

struct reference_row {
    char *cell[REFERENCE_COLUMNS];
};

struct reference_csv {
    char *data;
    size_t columns;
    struct reference_row header;
    VEC(struct reference_row, rows);
};

/* Cuts one line in place. */
static inline size_t reference_split(char *line, struct reference_row *row)
{
    size_t n = 0;
    for (char *at = line; at != NULL && n < REFERENCE_COLUMNS;) {
        row->cell[n++] = at;
        at = strchr(at, ',');
        if (at != NULL)
            *at++ = '\0';
    }
    return n;
}

/* false: the file cannot be read or a row has not as many cells as the header. */
static inline bool reference_read(struct reference_csv *t, const char *path)
{
    struct diag d;
    size_t bytes;
    diag_init(&d);
    *t = (struct reference_csv) {0};
    bool good = file_read(path, (size_t)1 << 24, &t->data, &bytes, &d) == SIM_OK;
    diag_free(&d);
    if (!good)
        return false;
    char *rest = NULL;
    char *line = strtok_r(t->data, "\r\n", &rest);
    t->columns = line ? reference_split(line, &t->header) : 0;
    while ((line = strtok_r(NULL, "\r\n", &rest)) != NULL)
        good = reference_split(line, VEC_PUSH(t, rows)) == t->columns && good;
    return good && t->n_rows > 0;
}

static inline void reference_free(struct reference_csv *t)
{
    free(t->data);
    free(t->rows);
}

/* Cell by column name; NULL where the table has no such column. */
static inline const char *reference_cell(const struct reference_csv *t, size_t row, const char *column)
{
    for (size_t i = 0; i < t->columns; i++)
        if (strcmp(t->header.cell[i], column) == 0)
            return t->rows[row].cell[i];
    return NULL;
}

#endif
