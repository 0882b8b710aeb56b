/* SPDX-License-Identifier: Apache-2.0 */
/* program.h - the work as the dynamic machine gets it: CTAs, where their data lies in memory, who waits for whom.
 *
 *     chip: memory  [counters][sources: weights, inputs][chunks that tasks write, and copies that other chips push
 * here] kernels [CTA CTA CTA ...][CTA ...] ...      one CTA = one task; launched in this order (a stream)
 *
 * A CTA reads and writes whole chunks; a chunk lies in consecutive lines of one chip's memory. All loads are
 * from the CTA's own chip; a chunk that tasks on another chip read is stored there too by its producer (push), which
 * then signals. A piece whose home is a switch (node number: chips + switch) lies in the same lines of all chips of a
 * multicast group: loaded, it is their sum; stored, it goes to all of them. A counter is a 32-bit word in the memory of
 * the chip that waits; an atomic adds 1. Counters are never reset: in repeat r (from 0) a wait for n signals waits for
 * n x (r + 1).
 *
 * Plain data; sim/codegen makes it from a task graph, the hardware follows it. docs/model/program.md. */
#ifndef SIM_PROGRAM_PROGRAM_H
#define SIM_PROGRAM_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"

#define PROGRAM_NONE UINT32_MAX

enum cta_kind {
    CTA_MATRIX, /* streams A and B through shared memory in `steps` slices; multiplies; epilogue */
    CTA_VECTOR, /* loads, lane operations and stores in `steps` rounds */
    CTA_CYCLES  /* a generic node: loads everything, is busy for vector_cycles, stores */
};

enum piece_role {
    PIECE_STREAM_A, /* CTA_MATRIX: slice s needs lines [s x n / steps, (s + 1) x n / steps) of all pieces of the role,
                       in order */
    PIECE_STREAM_B,
    PIECE_ROUND,    /* CTA_VECTOR: the same by rounds */
    PIECE_LATE,     /* needed by the epilogue (a bias, a residual) */
    PIECE_CONSTANT, /* an operand of the op that this tile does not read: no lines, c is known to the work */
    PIECE_PARTIAL,  /* a chip's part of the sum that is the piece before: the switch reads it, the CTA does not */
    PIECE_OUTPUT
};

/* A chunk of the CTA, or one copy of an output. */
struct cta_piece {
    uint32_t line, lines;            /* of the memory of chip `home`, or of all chips of `group` */
    uint32_t bytes;                  /* payload; the last line's remaining sectors are not touched */
    uint16_t home;                   /* chip, or switch: chips and more */
    uint16_t group;                  /* of a switch */
    uint8_t role;                    /* enum piece_role */
    bool weight;                     /* identity has version 0 in every repeat */
    bool source;                     /* lies in memory from the start: nobody signals it, it can be loaded ahead */
    bool through;                    /* output: a result of the work, written on to HBM */
    uint32_t chunk, tensor, operand; /* chunk of a sum: those of its partials added up */
    uint32_t k_part, k_whole;
};

/* Wait until the word is at least n x (repeat + 1); n > 0. */
struct cta_wait {
    uint32_t word; /* of the own chip's counters */
    uint32_t n;
};

/* An atomic adds 1 to each word of the mask, in one counter line of a chip. */
struct cta_signal {
    uint16_t chip;
    uint32_t line; /* of the counters: words 32 x line .. */
    uint32_t words;
};

struct cta {
    uint32_t task, op, kernel;
    uint8_t kind;       /* enum cta_kind */
    bool reduce;        /* adds partials, hands c through */
    bool weights_ahead; /* loads what `source` pieces its first slices need before it waits */
    uint32_t rows, cols, k;
    uint32_t k_first, k_part, k_whole;
    uint64_t matrix_cycles, vector_cycles, macs, macs_padded; /* needs of the task */
    uint32_t elem_bytes;                                      /* of streams in shared memory */
    uint32_t stages;                                          /* slices in flight; 0: the SM's own number */
    uint32_t steps;                                           /* slices or rounds, at least 1 */
    uint32_t shared_bytes;                                    /* of shared memory */
    uint32_t register_bytes;
    uint32_t first_piece, n_pieces; /* inputs in operand order, then outputs */
    uint32_t n_operands;
    uint32_t first_wait, n_waits;
    uint32_t first_signal, n_signals;
};

struct kernel {
    uint32_t first_cta, n_ctas;
    const char *name; /* of its first op; arena */
};

/* A chunk that lies in memory when a repeat starts; inputs are new in every repeat. */
struct memory_source {
    uint32_t line, lines, bytes;
    uint32_t chunk, tensor;
    bool weight;
};

struct chip_program {
    VEC(struct cta, ctas);
    VEC(struct cta_piece, pieces);
    VEC(struct cta_wait, waits);
    VEC(struct cta_signal, signals);
    VEC(struct kernel, kernels);
    VEC(struct memory_source, sources);
    uint32_t memory_lines;
    uint32_t input_first, input_lines; /* inputs of the work: the host writes them anew before each repeat */
    uint32_t counter_lines;            /* lines 0 .. counter_lines - 1; word w: line w / 32 */
    uint32_t queue_word; /* persistent: the number of CTAs taken; cumulative over repeats like every counter */
    /* Where every CTA has its SM (server_program_place), else NULL. Persistent: the queue of SM u is queue_word + u. */
    uint32_t units;
    uint32_t *unit_first; /* per SM, units + 1: into unit_ctas */
    uint32_t *unit_ctas;  /* the CTAs of each SM, ascending */
};

/* What program_damage.h took away: one word that a CTA would add to. */
struct lost_signal {
    bool any;
    uint32_t from_chip, from_cta, from_task; /* from_cta: of its chip */
    uint32_t chip, word;                     /* the counter */
};

/* Chips that a switch knows as one, ascending. */
struct multicast_group {
    uint32_t first, n; /* into group_chips */
};

struct server_program {
    struct chip_program *chip;
    uint32_t chips;
    VEC(struct multicast_group, groups);
    VEC(uint16_t, group_chips);
    uint32_t n_tensors;
    uint64_t **tensor_c;     /* [version][tensor]: c of each, from the work alone */
    uint32_t versions;       /* = repeats */
    uint64_t output_bytes;   /* of the whole work, once */
    bool stream;             /* kernels of a chip run one after the other; else only waits order CTAs (persistent) */
    struct lost_signal lost; /* none in a whole program */
    struct arena *arena;
    char tasks_hash[65];
};

void server_program_free(struct server_program *p);

/* Gives each CTA its SM: that of its task, unit_of[task], a number within the chip of `units`. The program must have
 * been made for a placed machine, which has a queue word per SM. */
void server_program_place(struct server_program *p, const uint32_t *unit_of, uint32_t units);

/* SIM_CHECKs the rules above: pieces inside memory, no two live pieces share a line, every wait has exactly its
 * signals. */
void server_program_check(const struct server_program *p);

#endif
