/* SPDX-License-Identifier: Apache-2.0 */
/* graph_stg.c - an STG file as work: each task a generic op. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/graph/stg_file.h"

/* A cycle is reported with the line of one of its tasks. */
static int check_order(const char *path, const struct stg_file *f, const struct op_graph *g, struct diag *d)
{
    uint32_t *cycle = mem_alloc_array(g->n_ops, sizeof *cycle);
    uint32_t *level = mem_alloc_array(g->n_ops, sizeof *level);
    struct diag inner;
    diag_init(&inner);
    int error = op_graph_order(g, cycle, level, &inner);
    if (error != SIM_OK) {
        op_graph_cycle(g, cycle);
        diag_add(d, path, f->line[cycle[0]], 1, "", "%s", inner.messages[0].text);
    }
    diag_free(&inner);
    free(cycle);
    free(level);
    return error;
}

static int make(const char *path, struct stg_file *f, const struct graph_options *o, struct op_graph **g,
                struct diag *d)
{
    struct generic_nodes *x = &f->nodes;
    if (x->nodes == 0) {
        diag_add(d, path, f->lines, 1, "", "the file holds no task but dummies");
        return SIM_ERR_INPUT;
    }
    for (uint32_t v = 0; v < x->nodes; v++) {
        x->cycles[v] *= GRAPH_GET(o, task_cycles, 1);
    }
    *g = graph_of_generic("stg", x, (uint32_t)GRAPH_GET(o, edge_bytes, 0));
    for (uint32_t v = 0; v < x->nodes; v++) {
        (*g)->ops[v].name = arena_printf((*g)->arena, "t%u", v + f->first_id);
        (*g)->tensors[v].name = (*g)->ops[v].name;
    }
    return check_order(path, f, *g, d);
}

int graph_read_stg(const char *path, const char *data, size_t bytes, const struct graph_options *o, struct op_graph **g,
                   struct diag *d)
{
    struct stg_file f;
    int error = stg_file_parse(&f, path, data, bytes, d);
    if (error == SIM_OK) {
        error = make(path, &f, o, g, d);
    }
    stg_file_free(&f);
    return error;
}

int graph_make_stg(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    const char *path = GRAPH_GET(o, file, "");
    if (path[0] == '\0') {
        diag_add(d, "", 0, 0, "file", "the source stg needs a file to read");
        return SIM_ERR_INPUT;
    }
    char *data = NULL;
    size_t bytes = 0;
    int error = file_read(path, STG_MAX_FILE_BYTES, &data, &bytes, d);
    if (error != SIM_OK) {
        return error;
    }
    error = graph_read_stg(path, data, bytes, o, g, d);
    free(data);
    return error;
}
