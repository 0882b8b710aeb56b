/* SPDX-License-Identifier: Apache-2.0 */
/* layout.h - where everything is, before anything has a time: the same for all policies and programs.
 *
 *     task ---> unit, queue of the unit (by upward rank)
 *     chunk --> copies: one per unit that reads it, and the home copy where it is produced
 *           \-> pieces in HBM: channel, set, row (weights, inputs, outputs, what may be spilled, schedule entries)
 *
 * Placement is list scheduling by upward rank with estimated communication (Topcuoglu, Hariri, Wu:
 * HEFT, IEEE TPDS 13(3), 2002). Ties go to the lowest index. */
#ifndef SIM_COMPILE_LAYOUT_H
#define SIM_COMPILE_LAYOUT_H

#include "sim/lower/task_graph.h"
#include "sim/machine/machine.h"

#define LAYOUT_NONE UINT32_MAX

/* Of more tasks than this less is tried, and what is found sooner is taken (ADR 0107): a policy takes over from a
 * stricter one only where nothing of its own fits, and has one recipe. */
#define MANY_TASKS 20000u

/* A chunk in the SRAM of one unit. Chunks without bytes have no copies. */
struct copy {
    uint32_t chunk, unit;
    uint32_t first_reader, n_readers; /* into readers[]: tasks of the unit, once per input */
    uint32_t first_pos;               /* smallest queue position of a reader; LAYOUT_NONE: nobody reads it */
    bool home;                        /* written there by its producer */
};

struct hbm_place {
    uint32_t channel; /* of the chip */
    uint32_t set, row;
};

/* What may differ from one layout of the same work to the next. All zero: tasks by falling rank, appended. */
struct layout_options {
    uint32_t stripes;     /* the rows of each op are looked at in so many stripes; 0: one */
    uint32_t skew;        /* a stripe is so many thousandths of the longest rank less urgent than the one before: what
                           * follows on the first rows, a collective above all, runs beside the work on the others */
    bool turns;           /* each chip begins with other stripes (stripes.c) */
    bool insertion;       /* tasks are placed into gaps of a unit */
    uint32_t affinity;    /* a flit of weights that a unit does not hold yet counts as so many eighths of a cycle: units
                           * keep to few weights, which can then stay in SRAM, rather than begin a little sooner */
    const int32_t *shift; /* per group (layout_group): so many cycles more urgent; NULL: none */
    const uint32_t *pin;  /* per task: its unit, or LAYOUT_NONE; NULL: none */
    bool spill;           /* every chunk that a task makes has a place in the HBM of its chip too (spill.h) */
};

struct layout {
    const struct task_graph *t;
    const struct machine *m;
    struct layout_options o;
    uint32_t units;
    uint32_t piece_bytes;
    uint64_t longest; /* rank */
    uint64_t skew_cycles;
    uint32_t *turns[2]; /* per chip and stripe: how many are more urgent there; of ops on the way to a sum, and of ...
                         */
    bool *summed;       /* ... ops that work on the rows of one; NULL: the rows' own order */
    uint64_t *rank;     /* per task: cycles from its start to the end of the work, communication estimated */
    uint32_t *order;    /* tasks in topological order, the most urgent first */
    uint32_t *order_of; /* per task: its number in that order; NULL unless o.spill */
    uint32_t *unit_of;  /* per task: global unit; of a sum in a switch: its home, in no queue */
    uint32_t *queue_first; /* per unit, units + 1: into queue */
    uint32_t *queue;       /* tasks of each unit in order */
    uint32_t *queue_pos;   /* per task: position in its unit's queue; of a sum that of its first reader there */
    uint32_t *input_first; /* per chunk, chunks + 1: into input_of */
    uint32_t *input_task;  /* tasks that read the chunk, once per input */
    uint32_t *copy_first;  /* per chunk, chunks + 1: into copies; the home copy comes first */
    VEC(struct copy, copies);
    uint32_t *unit_first;  /* per unit, units + 1: into unit_copies */
    uint32_t *unit_copies; /* copies of each unit */
    uint32_t *readers;
    uint32_t *input_copy; /* per input of the task graph: its copy, or LAYOUT_NONE for zero bytes */
    uint64_t *hbm_first;  /* per chunk: number of its first piece on its chip; UINT64_MAX: not in HBM */
    uint64_t *hbm_used;   /* per chip: pieces so far */
    uint32_t *host;       /* per link on a chip: unit whose SRAM holds its entries */
    uint8_t *entries;     /* per link: entries there of a burst, with those of the commands of a channel at its end;
                           * 0: they are kept in a switch */
};

/* The arrays of the options are read here only. */
void layout_init(struct layout *l, const struct task_graph *t, const struct machine *m, const struct layout_options *o);
void layout_free(struct layout *l);

/* Place of piece number `piece` of a chip: round robin over its channels, then over bank sets. */
struct hbm_place layout_place(const struct layout *l, uint64_t piece);
/* The endpoint of its channel. */
static inline uint32_t layout_channel(const struct layout *l, uint32_t chip, const struct hbm_place *at)
{
    return machine_endpoint(l->m, chip, l->m->units_per_chip + at->channel);
}

static inline uint32_t layout_pieces(const struct layout *l, uint32_t bytes)
{
    return bytes / l->piece_bytes + (bytes % l->piece_bytes != 0);
}

static inline bool layout_of_many(const struct layout *l)
{
    return l->t->n_tasks > MANY_TASKS;
}

/* The home copy of a task's output; LAYOUT_NONE for a dependence without bytes. */
static inline uint32_t layout_first_copy(const struct layout *l, uint32_t chunk)
{
    return l->copy_first[chunk] < l->copy_first[chunk + 1] ? l->copy_first[chunk] : LAYOUT_NONE;
}

static inline uint32_t layout_stripes(const struct layout *l)
{
    return l->o.stripes ? l->o.stripes : 1;
}

/* placement.c: tasks of one op in one stripe; below ops x stripes. */
uint32_t layout_group(const struct layout *l, uint32_t task);

/* stripes.c: the order of stripes on each chip; of a task, how many stripes are more urgent than its own. */
void layout_find_turns(struct layout *l);
uint32_t layout_turn(const struct layout *l, uint32_t task);

/* placement.c: the smaller the sooner: by micro-batch, then by falling rank, as the options shift it. */
uint64_t layout_urgency(const struct layout *l, uint32_t task);

/* placement.c: ranks, order, units, queues. */
void layout_rank(struct layout *l);
void layout_place_tasks(struct layout *l);

/* copies.c */
void layout_copies(struct layout *l);

/* Cycles of a transfer of `bytes` between two units when nothing is in the way. */
uint64_t layout_latency(const struct layout *l, uint32_t from_unit, uint32_t to_unit, uint32_t bytes);
/* The same to a sum that a switch adds, on any chip near it: of a partial on a chip, or of the sum of a leaf. */
uint64_t layout_switch_latency(const struct layout *l, const struct task *from, uint32_t bytes);

/* The task that adds the chunk in a switch, or TASK_NONE. */
uint32_t layout_sum_of(const struct layout *l, uint32_t chunk);
/* The switch of a task that adds in one: a node. */
uint32_t layout_switch_of(const struct layout *l, uint32_t task);
/* A leaf's sum that a spine adds: it is in no SRAM and has no copies. */
bool layout_stays_in_switches(const struct layout *l, uint32_t chunk);

#endif
