/* SPDX-License-Identifier: Apache-2.0 */
/* graph_plain.c - the study's graphs as work: node v of the step model is op v, generic and of task_cycles. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/graph/graph_build.h"
#include "sim/graph/step_dag.h"

/* Predecessor lists from successor lists, `items` times beside each other: walking the nodes upwards leaves each list
 * ascending. */
static struct generic_nodes predecessors(const struct step_dag *g, uint64_t task_cycles, uint32_t items)
{
    struct generic_nodes x = {.nodes = g->nodes * items};
    x.first = mem_alloc_array((size_t)x.nodes + 2, sizeof *x.first);
    x.pred = mem_alloc_array(g->edges * items, sizeof *x.pred);
    x.cycles = mem_alloc_array(x.nodes, sizeof *x.cycles);
    for (uint32_t item = 0; item < items; item++) {
        for (uint64_t e = 0; e < g->edges; e++) {
            x.first[item * g->nodes + g->to[e] + 2]++;
        }
    }
    for (uint32_t v = 0; v < x.nodes; v++) {
        x.first[v + 2] += x.first[v + 1];
        x.cycles[v] = task_cycles;
    }
    for (uint32_t u = 0; u < x.nodes; u++) {
        uint32_t node = u % g->nodes, base = u - node;
        for (uint64_t e = g->first[node]; e < g->first[node + 1]; e++) {
            x.pred[x.first[base + g->to[e] + 1]++] = u;
        }
    }
    return x;
}

/* Is the batch of graphs small enough? */
static int check_items(const struct step_dag *dag, uint64_t items, struct diag *d)
{
    if (dag->edges * items > GRAPH_MAX_EDGES) {
        diag_add(d, "", 0, 0, "", "the graph has %llu edges; at most %u can be made into work",
                 (unsigned long long)(dag->edges * items), GRAPH_MAX_EDGES);
        return SIM_ERR_INPUT;
    }
    if (dag->nodes * items > GRAPH_MAX_OPS) {
        diag_add(d, "", 0, 0, "batch", "the graph would have more than %u ops", GRAPH_MAX_OPS);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static int plain(const char *source, struct step_dag *dag, const struct graph_options *o, struct op_graph **g,
                 struct diag *d)
{
    uint32_t items = (uint32_t)GRAPH_GET(o, batch, 1);
    int error = check_items(dag, items, d);
    if (error == SIM_OK) {
        struct generic_nodes x = predecessors(dag, GRAPH_GET(o, task_cycles, 1), items);
        *g = graph_of_generic(source, &x, (uint32_t)GRAPH_GET(o, edge_bytes, 0));
        generic_nodes_free(&x);
    }
    step_dag_free(dag);
    return error;
}

int graph_make_random(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    struct cpython_random r;
    struct step_dag dag;
    const char *seed = GRAPH_GET(o, seed, "1");
    if (cpython_random_seed(&r, seed) != SIM_OK) {
        diag_add(d, "", 0, 0, "seed", "'%s' is not an integer of at most %d digits", seed, CPYTHON_RANDOM_MAX_DIGITS);
        return SIM_ERR_INPUT;
    }
    int error = step_dag_random(&dag, GRAPH_GET(o, nodes, 120), GRAPH_GET(o, edge_prob, 0.04), &r, d);
    return error == SIM_OK ? plain("random", &dag, o, g, d) : error;
}

static void name_op(struct op_graph *g, uint32_t i, const char *part)
{
    const struct op *o = &g->ops[i];
    char item[24] = "";
    if (o->item > 0) {
        snprintf(item, sizeof item, "item%u.", o->item);
    }
    g->ops[i].name = arena_printf(g->arena, "%slayer%u.%s", item, o->layer, part);
    g->tensors[i].name = g->ops[i].name;
}

/* Names and marks the ops of layers of `width` nodes; the last `narrow` of a layer are its FFN. */
static void name_layers(struct op_graph *g, uint32_t layers, uint32_t width, uint32_t narrow, const char *part)
{
    for (uint32_t i = 0; i < g->n_ops; i++) {
        uint32_t place = i % width;
        char numbered[32];
        graph_mark(g, i, i + 1, i / width % layers, i / (width * layers));
        snprintf(numbered, sizeof numbered, "%s%u", part, place);
        name_op(g, i, place >= width - narrow ? "ffn" : numbered);
    }
}

int graph_make_plain_transformer(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    struct step_dag dag;
    uint64_t heads = GRAPH_GET(o, heads, 8), layers = GRAPH_GET(o, layers, 12);
    int error = step_dag_transformer(&dag, layers, heads, d);
    if (error == SIM_OK) {
        error = plain("transformer", &dag, o, g, d);
    }
    if (error == SIM_OK) {
        name_layers(*g, (uint32_t)layers, (uint32_t)heads + 1, 1, "head");
    }
    return error;
}

int graph_make_plain_cnn(const struct graph_options *o, struct op_graph **g, struct diag *d)
{
    struct step_dag dag;
    uint64_t branches = GRAPH_GET(o, branches, 4), layers = GRAPH_GET(o, layers, 10);
    int error = step_dag_cnn(&dag, layers, branches, d);
    if (error == SIM_OK) {
        error = plain("cnn", &dag, o, g, d);
    }
    if (error == SIM_OK) {
        name_layers(*g, (uint32_t)layers, (uint32_t)branches, 0, "branch");
    }
    return error;
}
