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
    TASK_COMPUTE, /* a tile of an op */
    TASK_REDUCE,  /* adds partials: inputs are partials of one tensor, output is the whole */
    TASK_SWITCH, /* the same in a switch of the fabric: no unit works, needs are 0; one chunk of each operand, at most a
                  * burst. Its chip is where late readers find the sum, and whose HBM it is written to. With leaves and
                  * spines a leaf's sum may be a partial that only the one of a spine reads: it is never on a chip */
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
    bool is_output;    /* complete when it is written to HBM of its chip; each byte of an output tensor has
                        * exactly one output chunk */
    uint32_t row0, rows, col0, cols; /* of the tensor */
};

struct task {
    uint32_t op;
    uint32_t chip;
    enum task_kind kind;
    struct task_needs needs;
    uint32_t first_input, n_inputs;    /* into inputs[] */
    uint32_t first_output, n_outputs;  /* into chunks[]: a task's outputs are consecutive chunks */
    uint32_t k_first, k_part, k_whole; /* contraction range of the tile, in elements; reduce tasks: k_first 0, k_part
                                          what the sum holds; ops without contraction: all 0, also in their chunks */
    uint32_t row0, rows, col0, cols;   /* tile of the output tensor */
    uint32_t tile; /* number of the tile in its op, chip and kind; where ops follow each other tile by tile, and where
                    * partials are added, equal numbers work on the same data: the same unit, if it can be */
};

static inline bool task_in_switch(const struct task *t)
{
    return t->kind == TASK_SWITCH;
}

/* Number of a tile that a switch adds where there are leaves and spines: of sum number `sum` by leaf number `leaf`, or,
 * leaf = leaves, by a spine. And the switch that follows from a task's tile, or without leaves from its number. */
static inline uint32_t switch_tile_of(const struct machine *m, uint32_t sum, uint32_t leaf)
{
    return sum * (machine_leaves(m) + 1) + leaf;
}
static inline uint32_t task_switch(const struct task *t, const struct machine *m, uint32_t number)
{
    uint32_t leaves = machine_leaves(m), sum = t->tile / (leaves + 1), leaf = t->tile % (leaves + 1);
    if (leaves == 1) {
        return machine_adding_switch(m, number);
    }
    return leaf < leaves ? machine_adding_leaf(m, sum, leaf) : machine_adding_spine(m, sum);
}

/* operand = position in the op's operand list (reduce tasks: partial number). Chunks of one operand
 * all carry the same c. */
struct task_input {
    uint32_t chunk;
    uint32_t operand;
};

struct task_graph {
    const struct op_graph *ops; /* the partitioned graph: collectives inserted */
    struct arena *arena;
    VEC(struct task, tasks);
    VEC(struct chunk, chunks);
    VEC(struct task_input, inputs);
    uint64_t *tensor_c; /* c of each tensor at version 0 */
    uint32_t chips, units_per_chip;
    uint64_t macs; /* of the op graph; tasks sum to exactly this */
    char work_hash[65], tasks_hash[65];
};

/* What one chip does of an op: output rows and columns, and the range of the contraction. */
struct op_part {
    uint32_t op, chip;
    uint32_t row0, rows, col0, cols;
    uint32_t k0, k; /* 0, 0 without matrix work */
};

/* How an op is spread over the chips that work on it. */
enum op_spread {
    SPREAD_ALL, /* every chip does all of it and keeps a copy of the output */
    SPREAD_CUT, /* the output is cut: each element has one owner */
    SPREAD_K    /* the contraction is cut: each chip holds partials of the whole output */
};

/* How an op graph is spread over the chips: collectives inserted, owners known. Owns `ops`.
 * Parts of op i: parts[first_part[i]] .. parts[first_part[i + 1]], ascending chips, none empty. */
struct partition {
    struct op_graph *ops;
    uint32_t chips;
    uint32_t tensor_parallel; /* chips of a stage: stage s has those from s x tensor_parallel on */
    uint32_t pipeline;        /* stages */
    uint32_t micro_batches;   /* of op.micro_batch */
    VEC(struct op_part, parts);
    uint32_t *first_part;   /* ops + 1 */
    enum op_spread *spread; /* per op */
    char work_hash[65];
};

/* Units that stream operands through instead of holding them whole (SMs): only the sums of a tile have to fit. */
struct stream_limits {
    uint64_t accumulator_bytes; /* fp32 sums of one tile, at most */
    uint64_t task_cycles;       /* of each task, besides its work: start, first operands, last results */
    uint64_t level_cycles;      /* of one more level of dependence */
};

struct span {
    uint32_t first, end;
};

/* partition.c: share i of `sharers` of 0..extent in whole granules, contiguous; the first ones get one more. */
struct span share_of(uint32_t extent, uint32_t granule, uint32_t sharers, uint32_t i);

/* How the work is to be spread: tensor x pipeline chips at most. */
struct parallel {
    uint32_t tensor;        /* chips that share each op */
    uint32_t pipeline;      /* stages that the ops are cut into, one behind the other */
    uint32_t micro_batches; /* parts of the batch that go through the stages one after the other */
};

struct lower_options {
    uint32_t tensor_parallel;         /* chips that share the work; 1..chips */
    uint32_t pipeline, micro_batches; /* as in struct parallel; 0: 1 */
    /* one-shot: every chip reads all partials and adds what it needs; ring: partial sums travel round the
     * chips; two-step: each chip adds its share of all partials, readers fetch the shares; auto: the
     * quickest of these by docs/model/lowering.md; tree: partial sums of two chips meet, then those of four, and so on,
     * as in recursive halving; doubling: chips exchange whole sums in pairs, then four have them, and so on;
     * in-switch: switches add, machines with m->adders only */
    enum {
        COLLECTIVE_AUTO,
        COLLECTIVE_RING,
        COLLECTIVE_ONE_SHOT,
        COLLECTIVE_TWO_STEP,
        COLLECTIVE_TREE,
        COLLECTIVE_DOUBLING,
        COLLECTIVE_IN_SWITCH
    } collective;
    const struct stream_limits *stream; /* NULL: a unit holds all that a task reads and writes */
    bool fine;          /* more and smaller tiles: what follows, a collective above all, begins while others work */
    bool column_shares; /* a sum that all chips read is shared out by columns where there are enough: all of them add
                         * the first rows at once, in pieces as high as those of shares of rows */
    bool whole;         /* fine tiles, but not for their own sake where what follows reads all rows and waits for all */
    bool cold;          /* what lies in memory comes while the work runs: the first tiles should not need all weights */
    bool tiling_common; /* tiles that also fit a quarter of the SRAM, the shared memory of the other machine */
    bool unstaged;      /* no SRAM is taken by staging buffers */
    bool unhashed;      /* one of several of which one is kept: whoever keeps it calls task_graph_hash */
};

/* Takes ownership of `ops` (also on error). 0, or SIM_ERR_INPUT / SIM_ERR_BUILD with messages (a task that fits no SRAM
 * names its tensor), or what interrupt_pending() says; so does lower_tasks. */
int lower_partition(struct partition *p, struct op_graph *ops, const struct machine *m, const struct lower_options *o,
                    struct diag *d);
/* The same without a machine: `chips` chips, of which the first x->tensor * x->pipeline share the work. */
int partition_spread(struct partition *p, struct op_graph *ops, uint32_t chips, const struct parallel *x,
                     struct diag *d);
/* One stage. */
int partition_build(struct partition *p, struct op_graph *ops, uint32_t chips, uint32_t tensor_parallel,
                    struct diag *d);
void partition_free(struct partition *p);
int lower_tasks(struct task_graph *t, const struct partition *p, const struct machine *m, const struct lower_options *o,
                struct diag *d);
void task_graph_free(struct task_graph *t);
/* task_graph_text.c: fills tasks_hash. */
void task_graph_hash(struct task_graph *t);

static inline uint32_t task_micro_batch(const struct task_graph *t, const struct task *x)
{
    return t->ops->ops[x->op].micro_batch;
}

/* micro_batch.c: all tasks, by micro-batch, then by number. */
void micro_batch_order(const struct task_graph *t, uint32_t *order);

/* Where work goes level by level, a stage turns to the next micro-batch when it is through the one before:
 *
 *     stage 0   m0: levels 0 1 2 | m1: 3 4 5 | m2: 6 7 8
 *     stage 1                      m0: 3 4 5 | m1: 6 7 8 ...
 *
 * Tasks are asked for and given their levels in the order of their micro-batches. With one micro-batch the first level
 * is 0 for all. */
struct micro_batch_turns {
    const struct task_graph *t;
    uint32_t micro_batch;
    uint32_t *first, *next; /* per stage: of this micro-batch, and of the next one so far */
};
void micro_batch_turns_init(struct micro_batch_turns *x, const struct task_graph *t);
void micro_batch_turns_free(struct micro_batch_turns *x);
uint32_t micro_batch_first_level(struct micro_batch_turns *x, const struct task *task);
void micro_batch_add_level(struct micro_batch_turns *x, const struct task *task, uint32_t level);

/* SIM_CHECKs every rule above (order, coverage of tensors by chunks, MAC sum). Tests and debug builds call it. */
void task_graph_check(const struct task_graph *t);

/* Figures, and the whole as text: one line per task and chunk (docs/formats/work.md). */
struct task_graph_figures {
    uint64_t tasks, reduce_tasks, chunks, inputs;
    uint64_t macs, macs_padded, vector_cycles;
    uint64_t weight_bytes, input_bytes, output_bytes; /* chunks that lie in HBM at the start, and results */
    uint64_t partial_bytes;                           /* fp32 partials that tasks write */
    uint64_t cross_bytes;                             /* chunks that another chip reads, once per reading chip */
    uint64_t largest_task_bytes;                      /* inputs and outputs of the largest task */
};
void task_graph_figures(const struct task_graph *t, struct task_graph_figures *out);
void task_graph_print(const struct task_graph *t, struct text *out);

/* lower_bound (docs/model/bounds.md): the same definition for every machine. */
struct lower_bound {
    uint64_t cycles;
    const char *by; /* "compute", "path", "links", "memory" */
    uint64_t compute, path, links, memory;
};
void lower_bound_of(const struct partition *p, const struct machine *m, bool cold, struct lower_bound *out);

#endif
