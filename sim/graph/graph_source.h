/* SPDX-License-Identifier: Apache-2.0 */
/* graph_source.h - where op graphs come from: one table of sources, one set of options.
 *
 *     "transformer" + options --graph_source_make--> checked op graph
 *
 * A source is a row of a table, found by name and shape; each says which options it reads. An option
 * that is given but not read is an error, so nothing is ignored quietly. Options not given take the
 * default of the source or of its preset. The command line and the workload of a configuration both
 * fill a struct graph_options. See docs/model/work.md for what each source makes. */
#ifndef SIM_GRAPH_GRAPH_SOURCE_H
#define SIM_GRAPH_GRAPH_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/graph/op_graph.h"

/* field, name on the command line, smallest, largest, meaning */
#define GRAPH_NUMBERS(X)                                                                                               \
    X(nodes, "nodes", 1, 200000, "nodes of the random graph")                                                          \
    X(layers, "layers", 1, 10000, "layers (blocks) of the model")                                                      \
    X(heads, "heads", 1, 4096, "attention heads of a layer")                                                           \
    X(branches, "branches", 1, 4096, "branches of a layer (plain cnn)")                                                \
    X(sequence, "sequence", 1, 1048576, "tokens of the sequence (rows of the batch for mlp)")                          \
    X(d_model, "d-model", 1, 1048576, "width of the model")                                                            \
    X(d_ff, "d-ff", 1, 4194304, "width inside the feed-forward part")                                                  \
    X(task_cycles, "task-cycles", 0, 1000000000, "cycles of a generic node (stg: per unit of processing time)")        \
    X(edge_bytes, "edge-bytes", 0, 1073741824, "bytes that a generic node hands to its successors")

/* field, name on the command line, meaning */
#define GRAPH_TEXTS(X)                                                                                                 \
    X(preset, "preset", "known model: gpt2-small, lenet-5, ...")                                                       \
    X(shape, "shape", "real (tensors with dimensions) or plain (the study's shape)")                                   \
    X(dtype, "dtype", "fp32, fp16, bf16, fp8 or int8")                                                                 \
    X(file, "file", "file to read")                                                                                    \
    X(seed, "seed", "seed of the random graph, any integer")

enum graph_option {
#define X(field, name, min, max, meaning) GRAPH_OPTION_##field,
    GRAPH_NUMBERS(X)
#undef X
#define X(field, name, meaning) GRAPH_OPTION_##field,
        GRAPH_TEXTS(X)
#undef X
            GRAPH_OPTION_edge_prob,
    GRAPH_OPTION_COUNT
};

#define GRAPH_BIT(field) (UINT32_C(1) << GRAPH_OPTION_##field)

/* A field counts only where its bit is set in `given`. */
struct graph_options {
    uint32_t given;
#define X(field, name, min, max, meaning) uint64_t field;
    GRAPH_NUMBERS(X)
#undef X
#define X(field, name, meaning) const char *field;
    GRAPH_TEXTS(X)
#undef X
    double edge_prob;
};

extern const char *const graph_option_names[GRAPH_OPTION_COUNT];

/* Names of the sources, NULL-terminated. */
extern const char *const graph_source_names[];

/* Makes and checks the graph; the caller frees it. 0; SIM_ERR_INPUT with messages whose keys are option
 * names (stg: file and line); SIM_ERR_IO; or what interrupt_pending() says. *g is NULL on an error. */
int graph_source_make(const char *source, const struct graph_options *o, struct op_graph **g, struct diag *d);

#endif
