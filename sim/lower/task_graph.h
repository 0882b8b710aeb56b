/* SPDX-License-Identifier: Apache-2.0 */
/* task_graph.h - the work cut to size: one task = one tile of one op on one unit.
 *
 *     chunk (in HBM of a chip) --input--> task --> chunks --input--> task ...
 *
 * A chunk is a rectangle of one tensor. Tiles write chunks cut along the borders of all consumers, so
 * a consumer always reads whole chunks. Tasks are listed in topological order: every input chunk of
 * task t is in memory or is produced by a task < t. Which unit of its chip runs a task is decided by
 * the compiler (or by the dispatcher of the dynamic machine). */
#ifndef SIM_LOWER_TASK_GRAPH_H
#define SIM_LOWER_TASK_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/base/mem.h"
#include "sim/base/text.h"
#include "sim/graph/op_graph.h"
#include "sim/machine/machine.h"

#define TASK_NONE UINT32_MAX

enum task_kind {
    TASK_COMPUTE,  /* a tile of an op */
    TASK_REDUCE,   /* adds partials: inputs are partials of one tensor, output is the whole */
    TASK_KIND_COUNT
};

struct chunk {
    uint32_t tensor;
    uint32_t producer; /* task, or TASK_NONE: lies in HBM when the work starts */
    uint32_t chip;     /* of the producer, or whose HBM holds it */
    uint32_t bytes;    /* payload; 0 = a dependence only */
    uint32_t k_part;   /* steps of the contraction that it holds (in elements of K) ... */
    uint32_t k_whole;  /* ... of so many; equal: a whole value */
    bool is_weight;    /* may stay resident over repeats */
    bool is_output;    /* complete when it is written to HBM of its chip; each byte of an output tensor has exactly one output chunk */
};

struct task {
    uint32_t op;
    uint32_t chip;
    enum task_kind kind;
    struct task_needs needs;
    uint32_t first_input, n_inputs;   /* into inputs[] */
    uint32_t first_output, n_outputs; /* into chunks[]: a task's outputs are consecutive chunks */
    uint32_t k_first, k_part, k_whole; /* contraction range of the tile, in elements */
    uint32_t row0, rows, col0, cols;  /* tile of the output tensor */
    uint32_t tile;                    /* number of the tile in its op and chip */
};

/* operand = position in the op's operand list (reduce tasks: partial number). Chunks of one operand
 * all carry the same c. */
struct task_input {
    uint32_t chunk;
    uint32_t operand;
};

struct task_graph {
    const struct op_graph *ops;  /* the partitioned graph: collectives inserted */
    struct arena *arena;
    VEC(struct task, tasks);
    VEC(struct chunk, chunks);
    VEC(struct task_input, inputs);
    uint64_t *tensor_c;       /* c of each tensor at version 0 */
    uint32_t chips, units_per_chip;
    uint64_t macs;            /* of the op graph; tasks sum to exactly this */
    char work_hash[65], tasks_hash[65];
};

/* How an op graph is spread over the chips: collectives inserted, owners known. Owns `ops`. */
struct partition {
    struct op_graph *ops;
    uint32_t chips;
    uint32_t tensor_parallel;
    char work_hash[65];
};

struct lower_options {
    uint32_t tensor_parallel;  /* chips that share the work; 1..chips */
    enum { COLLECTIVE_AUTO, COLLECTIVE_RING, COLLECTIVE_ONE_SHOT } collective;
    bool tiling_common;
};

/* Takes ownership of `ops` (also on error). 0, or SIM_ERR_INPUT / SIM_ERR_BUILD with messages (a task that fits no SRAM names its tensor). */
int lower_partition(struct partition *p, struct op_graph *ops, const struct machine *m, const struct lower_options *o, struct diag *d);
void partition_free(struct partition *p);
int lower_tasks(struct task_graph *t, const struct partition *p, const struct machine *m, const struct lower_options *o, struct diag *d);
void task_graph_free(struct task_graph *t);

/* SIM_CHECKs every rule above (order, coverage of tensors by chunks, MAC sum). Tests and debug builds call it. */
void task_graph_check(const struct task_graph *t);

/* lower_bound (docs/model/bounds.md): the same definition for every machine. */
struct lower_bound {
    uint64_t cycles;
    const char *by; /* "compute", "path", "links", "memory" */
    uint64_t compute, path, links, memory;
};
void lower_bound_of(const struct partition *p, const struct machine *m, bool cold, struct lower_bound *out);

#endif
