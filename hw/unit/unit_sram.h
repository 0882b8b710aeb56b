/* SPDX-License-Identifier: Apache-2.0 */
/* unit_sram.h - what the SRAM of a unit holds: which bytes of which chunk, of which version, at each address.
 *
 *     address   0        4096          8192     8704
 *               | chunk 7, 0..4095 | chunk 7, 4096.. | chunk 12 ... |
 *
 * Pieces are kept as they came, sorted by address; writing over a piece takes its bytes away. What was read
 * once and is never written over stays, as in hardware: its version tells that it is old. Memory is
 * allocated by _init only: there can be no more pieces than there are borders between addresses written. */
#ifndef HW_UNIT_UNIT_SRAM_H
#define HW_UNIT_UNIT_SRAM_H

#include <stdint.h>

#include "sim/kernel/burst.h"

struct sram_piece {
    uint32_t address, bytes;
    uint64_t arrived;   /* slot_time */
    uint64_t looked;    /* number of the last gap in whose account it was looked at */
    struct burst burst; /* identity and history; offset = of `address` in the chunk */
};

/* Where a piece is: searched without touching the pieces themselves. */
struct sram_place {
    uint32_t address, piece;
};

struct unit_sram {
    uint32_t bytes; /* of the SRAM */
    uint32_t n, capacity;
    struct sram_place *order; /* n pieces by address */
    struct sram_piece *pool;  /* capacity */
    uint32_t *unused;         /* the other capacity - n of the pool */
};

/* `borders`: distinct addresses at which a write begins or ends. */
void unit_sram_init(struct unit_sram *s, uint32_t bytes, uint32_t borders);
void unit_sram_free(struct unit_sram *s);

void unit_sram_write(struct unit_sram *s, uint32_t address, uint32_t bytes, const struct burst *b, uint64_t arrived);

/* Position in order[] of the piece that holds `address`, or of the next one above it. */
uint32_t unit_sram_find(const struct unit_sram *s, uint32_t address);

static inline struct sram_piece *unit_sram_piece(const struct unit_sram *s, uint32_t at)
{
    return &s->pool[s->order[at].piece];
}

/* A new launch: what is here was always here, times start again. */
void unit_sram_age(struct unit_sram *s);

#endif
