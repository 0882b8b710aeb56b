/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/step_dag.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"

/* A graph while it grows: edges arrive ascending by (u, v). */
struct builder {
    VEC(uint32_t, to);
};

static void begin(struct step_dag *g, struct builder *b, uint32_t nodes)
{
    *b = (struct builder) {0};
    *g = (struct step_dag) {.nodes = nodes};
    g->first = mem_alloc_array((size_t)nodes + 1, sizeof *g->first);
}

static void end(struct step_dag *g, struct builder *b)
{
    g->to = b->to;
    g->edges = b->n_to;
}

static void abandon(struct step_dag *g, struct builder *b)
{
    free(b->to);
    step_dag_free(g);
}

void step_dag_free(struct step_dag *g)
{
    free(g->first);
    free(g->to);
    *g = (struct step_dag) {0};
}

static bool in_range(uint64_t value, uint64_t max, const char *what, struct diag *d)
{
    if (value >= 1 && value <= max) {
        return true;
    }
    diag_add(d, "", 0, 0, what, "%llu is outside 1..%llu", (unsigned long long)value, (unsigned long long)max);
    return false;
}

static void too_many(const char *what, uint64_t max, struct diag *d)
{
    diag_add(d, "", 0, 0, "", "the graph would have more than %llu %s", (unsigned long long)max, what);
}

int step_dag_random(struct step_dag *g, uint64_t nodes, double edge_probability, struct cpython_random *r,
                    struct diag *d)
{
    *g = (struct step_dag) {0};
    bool good = in_range(nodes, STEP_DAG_MAX_NODES, "nodes", d);
    if (!(edge_probability >= 0.0 && edge_probability <= 1.0)) {
        diag_add(d, "", 0, 0, "edge-prob", "%g is outside 0..1", edge_probability);
        good = false;
    }
    if (!good) {
        return SIM_ERR_INPUT;
    }
    struct builder b;
    begin(g, &b, (uint32_t)nodes);
    int error = SIM_OK;
    uint64_t drawn = 0;
    progress_begin("drawing edges", nodes * (nodes - 1) / 2);
    for (uint32_t u = 0; u < g->nodes && error == SIM_OK; u++) {
        g->first[u] = b.n_to;
        /* One draw per pair, whatever the probability: the generator's state is part of the result.
         * Behind the last node there is none. */
        for (uint64_t v = u + 1u; (v += cpython_random_misses(r, edge_probability, g->nodes - v)) < g->nodes; v++) {
            *VEC_PUSH(&b, to) = (uint32_t)v;
        }
        if (b.n_to > STEP_DAG_MAX_EDGES) {
            too_many("edges", STEP_DAG_MAX_EDGES, d);
            error = SIM_ERR_INPUT;
        } else {
            drawn += g->nodes - 1 - u;
            progress_update(drawn);
            error = interrupt_pending();
        }
    }
    progress_end();
    if (error != SIM_OK) {
        abandon(g, &b);
        return error;
    }
    g->first[g->nodes] = b.n_to;
    end(g, &b);
    return SIM_OK;
}

/* Layers of `width` nodes that are of two kinds in turn: `wide` nodes, then (if narrow > 0) `narrow` ones;
 * every node has an edge to every node of the next rank. */
static int layered(struct step_dag *g, uint64_t layers, uint64_t wide, uint64_t narrow, struct diag *d)
{
    uint64_t width = wide + narrow;
    uint64_t edges = narrow > 0 ? (2 * layers - 1) * wide * narrow : (layers - 1) * wide * wide;
    if (layers * width > STEP_DAG_MAX_NODES) {
        too_many("nodes", STEP_DAG_MAX_NODES, d);
        return SIM_ERR_INPUT;
    }
    if (edges > STEP_DAG_MAX_EDGES) {
        too_many("edges", STEP_DAG_MAX_EDGES, d);
        return SIM_ERR_INPUT;
    }
    struct builder b;
    begin(g, &b, (uint32_t)(layers * width));
    for (uint32_t u = 0; u < g->nodes; u++) {
        g->first[u] = b.n_to;
        uint64_t start = u / width * width; /* of u's layer */
        bool is_wide = u - start < wide;
        uint64_t from = is_wide && narrow > 0 ? start + wide : start + width;
        uint64_t count = is_wide && narrow > 0 ? narrow : wide;
        for (uint64_t v = from; v < from + count && v < g->nodes; v++) {
            *VEC_PUSH(&b, to) = (uint32_t)v;
        }
    }
    g->first[g->nodes] = b.n_to;
    end(g, &b);
    return SIM_OK;
}

int step_dag_transformer(struct step_dag *g, uint64_t layers, uint64_t heads, struct diag *d)
{
    *g = (struct step_dag) {0};
    bool good = in_range(layers, STEP_DAG_MAX_NODES, "layers", d);
    good = in_range(heads, STEP_DAG_MAX_NODES, "heads", d) && good;
    return good ? layered(g, layers, heads, 1, d) : SIM_ERR_INPUT;
}

int step_dag_cnn(struct step_dag *g, uint64_t layers, uint64_t branches, struct diag *d)
{
    *g = (struct step_dag) {0};
    bool good = in_range(layers, STEP_DAG_MAX_NODES, "layers", d);
    good = in_range(branches, STEP_DAG_MAX_NODES, "branches", d) && good;
    return good ? layered(g, layers, branches, 0, d) : SIM_ERR_INPUT;
}

void step_dag_edge_list_sha256(const struct step_dag *g, char hex[65])
{
    struct sha256 *s = sha256_new();
    for (uint32_t u = 0; u < g->nodes; u++) {
        for (uint64_t e = g->first[u]; e < g->first[u + 1]; e++) {
            char line[32];
            int n = snprintf(line, sizeof line, "%u %u\n", u, g->to[e]);
            sha256_add(s, line, (size_t)n);
        }
    }
    sha256_hex(s, hex);
}
