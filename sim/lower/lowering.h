/* SPDX-License-Identifier: Apache-2.0 */
/* lowering.h - private to sim/lower: the state in which ops become tasks and tensors become chunks.
 *
 *     ops --tiling--> grids --> tasks, each with one tile (what it writes) and needs (areas it reads)
 *                               all needs of a tile known --cut--> chunks --> inputs of tasks
 *
 * A tile is a rectangle of a tensor that one task writes, or the part of an input or weight that lies in the
 * HBM of one chip. A need is the area of one tile that one operand of one task reads. */
#ifndef SIM_LOWER_LOWERING_H
#define SIM_LOWER_LOWERING_H

#include "sim/lower/task_graph.h"

#define PARTIAL_BYTES 4u        /* an element of a partial sum: fp32 */
#define BOOT_BYTES    16384u    /* schedule entries of a unit that the loader brings (docs/formats/bps.md) */
#define TASKS_MAX     1000000u  /* of a task graph: bounds memory and time of what follows */
#define NEEDS_MAX     16777216u /* of all tasks */
#define NUMERIC_STEP  64u       /* elements of K that draw one number (docs/formats/checksums.md) */

static inline uint32_t span_size(struct span s)
{
    return s.end - s.first;
}

struct area {
    struct span rows, cols;
};

/* What a task computes: an area of the output over a range of the contraction. */
struct box {
    struct span rows, cols, k;
};

struct area area_intersect(struct area a, struct area b);
bool area_empty(struct area a);
uint64_t area_elements(struct area a);
bool area_inside(struct area inner, struct area outer);

/* Area of the operand's tensor that the box reads; empty when its slice lies outside the box's k. */
struct area operand_area(const struct op_graph *g, uint32_t op, uint32_t operand, const struct box *box);

/* Borders of n pieces: at[0] .. at[n]. */
struct cuts {
    uint32_t n;
    uint32_t *at;
};
struct grid {
    struct cuts rows, cols, k;
};

static inline struct span cuts_piece(const struct cuts *c, uint32_t i)
{
    return (struct span) {c->at[i], c->at[i + 1]};
}

struct tile {
    uint32_t task; /* TASK_NONE: in HBM from the start */
    uint32_t tensor, chip;
    uint32_t k_part, k_whole;
    struct area area;
    struct area owned; /* what of it is written to HBM as a result */
    bool output;
    uint32_t first_chunk, n_chunks;
};

struct need {
    uint32_t task, operand, tile;
    struct area area;
};

/* Where the whole values of a tensor are: tiles, ascending chips. */
struct source {
    uint32_t first, n;    /* in source_tiles */
    bool copies;          /* every chip has all of it: read the chip's own */
    uint32_t *chip_first; /* copies only: chips + 1 */
};

/* Weights of a part, and when its chip's channels come to them. */
struct part_reads {
    uint64_t bytes; /* that no part before it has read */
    uint64_t from;  /* cycle, counted from the first read */
    uint64_t work;  /* cycles of the units for all parts before it */
};

struct lowering {
    struct task_graph *t;
    const struct partition *p;
    const struct machine *m;
    const struct lower_options *o;
    struct diag *d;
    struct arena *scratch;
    bool full;                /* more than TASKS_MAX or NEEDS_MAX: nothing is added any more, lower_tasks refuses */
    uint64_t sram_limit;      /* bytes of inputs and outputs of one task, at most */
    uint64_t sram_wanted;     /* the same where there is a choice */
    uint64_t weight_pressure; /* factor on weights that lie in several units */
    VEC(struct tile, tiles);
    VEC(struct need, needs); /* by task, in order of creation */
    VEC(uint32_t, source_tiles);
    struct source *sources; /* per tensor */
    uint32_t *memory;       /* per tensor: first of `chips` places in memory_tiles, or OP_NONE */
    VEC(uint32_t, memory_tiles);
    uint32_t *readers;     /* per tensor: operands that name it */
    uint32_t *row_readers; /* per tensor: those that read whole rows */
    bool *read_whole;      /* per tensor: by an operand of which each tile reads all rows, keys and values above all */
    struct grid *grids;    /* per part: tiles that compute; rows.n 0: not tiled (generic, collective) */
    struct grid *outputs;  /* per part: tiles of what the part hands on, after the partials of a cut k are added;
                            * rows.n 0: generic, or a collective whose shares lie on other chips too */
    uint8_t *ways;         /* per op: the way of a collective, COLLECTIVE_RING .. COLLECTIVE_IN_SWITCH */
    uint32_t *siblings;    /* per part: how many like it share the units of its chip at its level */
    struct part_reads *reads; /* per part; NULL unless o->cold */
};

/* stages.c: the stage of each op of a graph without collectives; SIM_ERR_INPUT where there is less to cut. */
int stages_cut(struct op_graph *g, uint32_t stages, struct diag *d);

/* tiling.c: the grid of a part (producers first); SIM_ERR_BUILD naming the tensor when nothing fits. */
int tiling_choose(struct lowering *l, uint32_t part, struct grid *out);
uint64_t tiling_weight_copies(const struct lowering *l, uint32_t part, const struct grid *g);
struct cuts tiling_cut(struct lowering *l, struct span extent, uint32_t granule, uint32_t pieces);

/* tiling_plan.c: grids of all parts, with weights that lie in several units kept to what fits in SRAM. */
int tiling_plan(struct lowering *l, const uint32_t *order, const uint32_t *level);

/* lower_tasks.c: building tasks. A task is opened, reads, and is closed with what it writes. */
struct task_plan {
    uint32_t op, chip, tile;
    enum task_kind kind;
    struct box box;  /* rows, cols: written area; k: contraction of a compute task */
    uint32_t tensor; /* written */
    uint32_t k_part, k_whole;
    uint64_t vector_ops;
    uint64_t read_bytes; /* counted by task_read */
};
void task_open(struct lowering *l, struct task_plan *plan);
void task_read(struct lowering *l, struct task_plan *plan, uint32_t operand, uint32_t tensor, struct area area);
void task_read_tile(struct lowering *l, struct task_plan *plan, uint32_t operand, uint32_t tile, struct area area);
uint32_t task_close(struct lowering *l, struct task_plan *plan); /* returns the tile */
void source_add(struct lowering *l, uint32_t tensor,
                uint32_t tile); /* tiles of one tensor in one go, ascending chips */
void source_copies(struct lowering *l, uint32_t tensor);
uint64_t tile_bytes(const struct lowering *l, uint32_t tensor, struct area area, uint32_t k_part, uint32_t k_whole);

/* lower_ops.c, lower_collective.c: one op after the other in topological order. */
void lower_op(struct lowering *l, uint32_t op);
void lower_collective(struct lowering *l, uint32_t op);
void collective_plan(struct lowering *l, uint32_t op); /* its way and its outputs; producers first */

/* chunk_cut.c: needs to chunks and inputs. */
void cut_chunks(struct lowering *l);

#endif
