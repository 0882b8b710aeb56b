/* SPDX-License-Identifier: Apache-2.0 */
/* step_dag.h - the study's graphs: nodes 0..n-1 without any cost, and edges from lower to higher node.
 *
 *     random       every pair i < j has an edge with probability p, drawn pair by pair
 *     transformer  heads of layer 0 --> FFN 0 --> heads of layer 1 --> FFN 1 ...   (heads first, then the FFN)
 *     cnn          branches of layer 0 ==> branches of layer 1 ...                 (each to each)
 *
 *     first[u] .. first[u+1]  -->  to[]   successors of u, ascending
 *
 * Makers return 0; SIM_ERR_INPUT with messages in d when a size is outside its range; or what
 * interrupt_pending() says. On an error the graph is empty and needs no step_dag_free. */
#ifndef SIM_GRAPH_STEP_DAG_H
#define SIM_GRAPH_STEP_DAG_H

#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/graph/cpython_random.h"

/* Bounds of a graph, so that memory and the number of draws stay bounded. */
#define STEP_DAG_MAX_NODES 200000u
#define STEP_DAG_MAX_EDGES 100000000u

struct step_dag {
    uint32_t nodes;
    uint64_t edges;
    uint64_t *first; /* nodes + 1 */
    uint32_t *to;    /* edges */
};

int step_dag_random(struct step_dag *g, uint64_t nodes, double edge_probability, struct cpython_random *r,
                    struct diag *d);
int step_dag_transformer(struct step_dag *g, uint64_t layers, uint64_t heads, struct diag *d);
int step_dag_cnn(struct step_dag *g, uint64_t layers, uint64_t branches, struct diag *d);
void step_dag_free(struct step_dag *g);

/* SHA-256 of one line "u v\n" per edge, ascending by (u, v); no edges: of the empty text. */
void step_dag_edge_list_sha256(const struct step_dag *g, char hex[65]);

#endif
