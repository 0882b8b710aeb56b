/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph.h - the work: a DAG of operations on tensors, before any machine is known.
 *
 *     tensor (input) --operand--> op --> tensor (activation) --operand--> op --> tensor (output)
 *     tensor (weight) --operand--^
 *
 * A tensor is a matrix of rows x cols elements (a token is a row; a pixel is a row, channels are
 * columns). An op writes one tensor and reads operands: slices of columns of tensors, each with a
 * role that says which part of the slice a piece of the output needs. That is all lowering has to
 * know to cut an op into tiles and to find which pieces of its inputs a tile reads.
 *
 * Matrix ops compute m x n x k (output rows, output columns, contraction).
 *
 * Identity: tensor ids and op ids are indices here. c of a source tensor (input, weight) is
 * mix64(tensor id, version), c of an op's tensor is folded over its operands in operand order:
 * c = op id; for each operand: c = mix64(c, c(operand)). A collective hands c through unchanged:
 * it moves and adds, it computes nothing of its own. Operands of zero bytes are dependences only and
 * do not take part. See docs/formats/checksums.md. */
#ifndef SIM_GRAPH_OP_GRAPH_H
#define SIM_GRAPH_OP_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/mem.h"

#define OP_NONE UINT32_MAX

/* kind, name (as in JSON and YAML), vector operations per output element (design: bias 1, residual 1,
 * GELU 8, softmax 5, norm 7, ReLU 1 assumed, pooling k*k assumed, reduction 1 per added element) */
#define OP_KINDS(X)                                                                                                    \
    X(MATMUL, "matmul", 0)                                                                                             \
    X(CONV, "conv", 0)                                                                                                 \
    X(SCORES, "attention_scores", 0)                                                                                   \
    X(VALUES, "attention_values", 0)                                                                                   \
    X(SOFTMAX, "softmax", 5)                                                                                           \
    X(NORM, "norm", 7)                                                                                                 \
    X(GELU, "gelu", 8)                                                                                                 \
    X(RELU, "relu", 1)                                                                                                 \
    X(RESIDUAL, "residual", 1)                                                                                         \
    X(POOL, "pool", 1)                                                                                                 \
    X(COLLECTIVE, "collective", 1)                                                                                     \
    X(GENERIC, "generic", 0)

enum op_kind {
#define X(id, name, vector_ops) OP_##id,
    OP_KINDS(X)
#undef X
        OP_KIND_COUNT
};

extern const char *const op_kind_names[OP_KIND_COUNT];
extern const uint32_t op_kind_vector_ops[OP_KIND_COUNT];

enum tensor_kind { TENSOR_INPUT, TENSOR_WEIGHT, TENSOR_ACTIVATION };

struct tensor {
    char *name; /* arena */
    enum tensor_kind kind;
    uint32_t producer; /* op, or OP_NONE for inputs and weights */
    uint32_t rows, cols;
    uint32_t elem_bytes; /* of the dtype; generic edges: rows 1, cols = edge bytes, elem_bytes 1 */
    bool is_output;      /* a result of the whole work */
};

/* Which part of an operand's slice a tile of the output (rows r0..r1, columns n0..n1, contraction
 * k0..k1) reads. "cols" are those of the slice. */
enum operand_role {
    ROLE_A,       /* rows r0..r1, slice columns k0..k1: left side of a matmul; several of them stand side by
                   * side in operand order, the columns of the first being the first of k (heads of attention) */
    ROLE_B,       /* rows k0..k1, slice columns n0..n1: right side (weights, V) */
    ROLE_B_T,     /* rows n0..n1, slice columns k0..k1: right side stored transposed (K of attention) */
    ROLE_ELEMENT, /* rows r0..r1, slice columns n0..n1 */
    ROLE_ROWS,    /* rows r0..r1, all slice columns: softmax, norm */
    ROLE_WINDOW,  /* rows of the pixels that the window of the output pixels covers; slice columns by k (conv: input
                     channels of k0..k1) or n (pool) */
    ROLE_ALL,     /* the whole slice: generic */
    ROLE_PARTIALS /* collective: rows r0..r1, columns n0..n1 of every chip's partial */
};

struct operand {
    uint32_t tensor;
    uint32_t col0, cols; /* slice of the tensor's columns */
    enum operand_role role;
};

/* Geometry of ROLE_WINDOW; images are stored row-major by pixel. */
struct op_window {
    uint32_t in_height, in_width, out_height, out_width;
    uint32_t kernel, stride, pad;
};

/* How tensor parallelism splits an op. */
enum op_split {
    SPLIT_REPLICATE, /* every chip computes all of it (norm, residual) */
    SPLIT_COLUMNS,   /* output columns, in whole groups of `group_cols` */
    SPLIT_K,         /* contraction: each chip holds a partial, a collective adds them */
    SPLIT_GROUP,     /* the op belongs wholly to the chip that owns group `group` (a head) */
    SPLIT_RANGE      /* generic: ops go to chips in contiguous id ranges */
};

struct op {
    char *name; /* arena */
    enum op_kind kind;
    uint32_t m, n, k;    /* k = 0: no matrix work */
    uint64_t macs;       /* m*n*k */
    uint64_t vector_ops; /* lane operations in all, a multiple of m*n; 0 for SPLIT_K (a bias is added after the sum) */
    uint64_t cycles;     /* generic: given cost; else 0 */
    uint32_t output;     /* tensor */
    uint32_t first_operand, n_operands;
    enum op_split split;
    uint32_t group;          /* SPLIT_GROUP: which */
    uint32_t group_cols;     /* SPLIT_COLUMNS / SPLIT_K: granule in columns / in k; 1 = any */
    uint32_t group_count;    /* how many groups the model has (heads); 0 = none */
    struct op_window window; /* conv, pool */
    uint32_t layer;          /* of the model; 0 where the graph has none */
    uint32_t item;           /* of the batch: ops of different items have nothing to do with each other */
    /* Set when the work is spread over chips; 0 before and without pipeline parallelism. */
    uint32_t stage;       /* of the pipeline: whose chips do it */
    uint32_t micro_batch; /* which goes through the stages behind those before it */
};

struct op_graph {
    char *source; /* "transformer", "random", ... */
    uint32_t dtype_bytes;
    uint32_t layers; /* of the model, an op's inputs are of its own layer or of earlier ones; 0: it has none */
    uint32_t items;  /* of the batch that are ops of their own; 1: the graph has no batch that could be cut */
    struct arena *arena;
    VEC(struct op, ops);
    VEC(struct operand, operands);
    VEC(struct tensor, tensors);
};

struct op_graph *op_graph_new(const char *source);
void op_graph_free(struct op_graph *g);

/* Builders return the new index. Operands of an op are added right after the op. */
uint32_t op_graph_add_tensor(struct op_graph *g, enum tensor_kind kind, uint32_t rows, uint32_t cols,
                             uint32_t elem_bytes, const char *fmt, ...);
uint32_t op_graph_add_op(struct op_graph *g, enum op_kind kind, uint32_t output, const char *fmt, ...);
void op_graph_add_operand(struct op_graph *g, uint32_t op, uint32_t tensor, uint32_t col0, uint32_t cols,
                          enum operand_role role);

/* Topological order (stable: ready ops by index), level of each op (op 0 levels are sources).
 * SIM_ERR_INPUT with the names of ops on a cycle. Arrays are the caller's, ops long. */
int op_graph_order(const struct op_graph *g, uint32_t *order, uint32_t *level, struct diag *d);

/* A cycle, in the direction of the data, into path (ops long); its length, 0 where there is none. */
uint32_t op_graph_cycle(const struct op_graph *g, uint32_t *path);

/* Structural rules: indices in range, shapes agree with roles, acyclic. 0 or SIM_ERR_INPUT. */
int op_graph_check(const struct op_graph *g, struct diag *d);

/* c of every tensor for inputs at `version` (0 = the measured repeat; weights are always at 0); out is tensors long. */
void op_graph_checksums(const struct op_graph *g, uint64_t version, uint64_t *out);

static inline uint64_t op_tensor_bytes(const struct tensor *t)
{
    return (uint64_t)t->rows * t->cols * t->elem_bytes;
}

/* Edges are distinct (producer op, consumer op) pairs, ascending; *out is freed by the caller. */
struct op_edge {
    uint32_t from, to;
};
size_t op_graph_edges(const struct op_graph *g, struct op_edge **out);

/* Figures of the graph. */
struct op_graph_figures {
    uint64_t nodes, edges, levels;
    uint64_t total_work;    /* generic: sum of the cycles */
    uint64_t critical_path; /* generic: cycles on the longest path; else ops on it */
    uint64_t macs, vector_ops;
    uint64_t weight_bytes, input_bytes, tensor_bytes; /* tensor_bytes: activations, outputs of the work included */
    uint64_t kinds[OP_KIND_COUNT];
};
int op_graph_figures(const struct op_graph *g, struct op_graph_figures *out, struct diag *d);

/* work_hash (docs/formats/work.md): SHA-256 of the canonical text of the graph, followed by the text of
 * the partition: a line for the parallelism and, per op, its chips. op_graph_canonical appends the first;
 * op_graph_work_hash hashes both, partition NULL meaning parallel 1 on one chip. */
struct text;
void op_graph_canonical(const struct op_graph *g, struct text *out);
void op_graph_work_hash(const struct op_graph *g, const char *partition, char hex[65]);

/* Graphviz text: ops by level, edges with their bytes. 0, or SIM_ERR_INPUT on a cycle. */
int op_graph_dot(const struct op_graph *g, struct text *out, struct diag *d);

#endif
