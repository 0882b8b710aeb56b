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

/* clang-format off */
/* field, name on the command line, smallest, largest, meaning */
#define GRAPH_NUMBERS(X) \
    X(nodes, "nodes", 1, 200000, "nodes of the random graph") \
    X(layers, "layers", 1, 1000, "blocks of a transformer; layers of a cnn or mlp") \
    X(heads, "heads", 1, 1024, "attention heads of a layer") \
    X(sequence, "sequence", 1, 131072, "tokens of a sequence") \
    X(d_model, "d-model", 1, 65536, "width of a transformer") \
    X(d_ff, "d-ff", 1, 262144, "width inside the feed-forward part of a transformer") \
    X(branches, "branches", 1, 1024, "parallel branches of a layer of a cnn") \
    X(image, "image", 1, 4096, "height and width of the image") \
    X(in_channels, "in-channels", 1, 4096, "channels of the image") \
    X(channels, "channels", 1, 65536, "output channels of a convolution") \
    X(kernel, "kernel", 1, 31, "height and width of the window of a convolution; odd") \
    X(classes, "classes", 1, 1000000, "outputs of a cnn") \
    X(inputs, "inputs", 1, 1048576, "width of the input of an mlp") \
    X(hidden, "hidden", 1, 1048576, "width of the layers between of an mlp") \
    X(outputs, "outputs", 1, 1048576, "width of the output of an mlp") \
    X(batch, "batch", 1, 65536, "sequences, images, rows of an mlp's input, or copies of a plain graph") \
    X(micro_batches, "micro-batches", 1, 65536, "parts of the rows of an mlp that are ops of their own") \
    X(task_cycles, "task-cycles", 0, 1000000000, "cycles of a generic node (stg: of one unit of processing time)") \
    X(edge_bytes, "edge-bytes", 0, 1073741824, "bytes that a generic node hands to its successors")

/* field, name on the command line, meaning */
#define GRAPH_TEXTS(X) \
    X(preset, "preset", "a known model: gpt2-small, cnn-small, lenet-5, ...") \
    X(shape, "shape", "real (tensors with dimensions) or plain (the study's shape)") \
    X(dtype, "dtype", "fp32, fp16, bf16, fp8 or int8") \
    X(file, "file", "file to read") \
    X(seed, "seed", "seed of the random graph, any integer")
/* clang-format on */

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
