/* SPDX-License-Identifier: Apache-2.0 */
/* graph_build.h - what the sources share: dtypes, matrix ops, graphs of generic nodes. For sim/graph only. */
#ifndef SIM_GRAPH_GRAPH_BUILD_H
#define SIM_GRAPH_GRAPH_BUILD_H

#include "sim/graph/graph_source.h"

/* Bounds of an op graph, so that memory stays bounded whatever is asked for. */
#define GRAPH_MAX_OPS   1000000u
#define GRAPH_MAX_EDGES 10000000u

/* Row of a table of presets (an array of structs that begin with the name) that is called `name`; NULL with a message
 * where there is none. */
const void *graph_find_preset(const char *source, const char *name, const void *table, size_t count, size_t size,
                              struct diag *d);

/* Value of an option, or fallback where it is not given. */
#define GRAPH_GET(o, field, fallback) ((o)->given & GRAPH_BIT(field) ? (o)->field : (fallback))

/* Bytes of an element of o's dtype (fp16 where none is given); 0 with a message when there is no such type. */
uint32_t graph_dtype_bytes(const struct graph_options *o, struct diag *d);

/* A matrix op m x n x k that writes a new tensor of m x n; operands are the caller's to add. */
uint32_t graph_matrix_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, uint32_t k, const char *name);

/* An element-wise op (softmax, norm, activation, residual) with a new output tensor of m x n. */
uint32_t graph_vector_op(struct op_graph *g, enum op_kind kind, uint32_t m, uint32_t n, const char *name);

/* One more lane operation per output element: the bias. */
void graph_add_bias(struct op_graph *g, uint32_t op);

/* Reads a whole tensor in the given role. */
void graph_read(struct op_graph *g, uint32_t op, uint32_t tensor, enum operand_role role);

/* Reads k x n weights. *weights is their tensor, OP_NONE where it is still to be made: the items of a batch are ops
 * of their own that read one and the same tensor. */
void graph_read_weights(struct op_graph *g, uint32_t op, uint32_t *weights);

void graph_split(struct op_graph *g, uint32_t op, enum op_split split, uint32_t group_cols, uint32_t group_count);

/* The ops [first, end) are of this layer and item; the graph's own counts go along. */
void graph_mark(struct op_graph *g, size_t first, size_t end, uint32_t layer, uint32_t item);

/* Graphs of generic nodes. Node v costs cycles[v] and reads the outputs of pred[first[v]..first[v+1]-1];
 * names are the caller's to set on the ops. Tensor v is the output of op v, edge_bytes long. */
struct generic_nodes {
    uint32_t nodes;
    uint64_t *first; /* nodes + 1 */
    uint32_t *pred;
    uint64_t *cycles;
};
struct op_graph *graph_of_generic(const char *source, const struct generic_nodes *x, uint32_t edge_bytes);
void generic_nodes_free(struct generic_nodes *x);

/* The rows of the table of sources. */
typedef int graph_maker(const struct graph_options *o, struct op_graph **g, struct diag *d);
graph_maker graph_make_random, graph_make_plain_transformer, graph_make_plain_cnn;
graph_maker graph_make_transformer, graph_make_cnn, graph_make_mlp, graph_make_stg;

/* STG text of `bytes` bytes that came from `path`. On an error *g is NULL or a graph that the caller frees. */
int graph_read_stg(const char *path, const char *data, size_t bytes, const struct graph_options *o, struct op_graph **g,
                   struct diag *d);

#endif
