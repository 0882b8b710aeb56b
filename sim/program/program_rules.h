/* SPDX-License-Identifier: Apache-2.0 */
/* program_rules.h - private to sim/program: what the checks of a program share. */
#ifndef SIM_PROGRAM_PROGRAM_RULES_H
#define SIM_PROGRAM_PROGRAM_RULES_H

#include "sim/program/program.h"

#define RULE_LINE_BYTES 128u
#define RULE_LINE_WORDS 32u

/* A chunk in the memory of chip `home`, as its producer writes it. */
struct written {
    const struct cta_piece *piece;
    uint32_t home;
    uint32_t cta;         /* server-wide number: chips ascending, then the chip's order */
    uint32_t from, birth; /* chip and kernel of the producer */
    uint32_t last_read;   /* last kernel of the home chip that reads it; at least `birth` if that is the chip;
                             UINT32_MAX: switches read it */
};

struct rules {
    const struct server_program *p;
    uint32_t *first_cta;          /* chips + 1: server-wide numbers */
    VEC(struct written, written); /* by chunk, then home; no two alike */
    uint32_t **owner;             /* per chip, per counter word: the CTA that waits for it, or PROGRAM_NONE */
    uint64_t *edges;              /* consumer << 32 | producer, ascending: every signal */
    size_t n_edges;
};

/* Places do not overlap while they are in use. */
void rules_memory(struct rules *r);
/* Waits and signals match; all that is read is finished by then; no CTA can wait for ever. */
void rules_order(struct rules *r);

/* NULL if nobody writes it. */
struct written *rules_find(const struct rules *r, uint32_t chunk, uint32_t home);
/* Is it a chunk that is read in the memory of a chip, by the CTA or for it by a switch? */
bool rules_reads(const struct rules *r, const struct cta_piece *piece);
/* Does the producer signal the consumer? Both are server-wide numbers. */
bool rules_signals(const struct rules *r, uint32_t producer, uint32_t consumer);

#endif
