/* SPDX-License-Identifier: Apache-2.0 */
/* stg_text.h - reads STG files and STG text in a test. */
#ifndef TESTS_UNIT_GRAPH_STG_TEXT_H
#define TESTS_UNIT_GRAPH_STG_TEXT_H

#include <string.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"

static inline int stg_read(const char *path, struct op_graph **g, struct diag *d)
{
    struct graph_options o = {.given = GRAPH_BIT(file), .file = path};
    return graph_source_make("stg", &o, g, d);
}

/* The file is called text.stg in messages. */
static inline int stg_read_text(const char *text, size_t bytes, struct op_graph **g, struct diag *d)
{
    struct graph_options o = {0};
    *g = NULL;
    int error = graph_read_stg("text.stg", text, bytes, &o, g, d);
    if (error == SIM_OK) {
        error = op_graph_check(*g, d);
    }
    if (error != SIM_OK) {
        op_graph_free(*g);
        *g = NULL;
    }
    return error;
}

#endif
