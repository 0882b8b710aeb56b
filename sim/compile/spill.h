/* SPDX-License-Identifier: Apache-2.0 */
/* spill.h - where SRAM is too small and nothing in it lies in HBM too: what is wanted last is written there.
 *
 *     SRAM of the unit   ====stay====|                       |====stay====
 *                               \ write                     / read
 *     HBM of its chip            \-->[place of the chunk]--/      from the end of the write on
 *
 * Only where the layout gives every chunk a place (layout_options.spill). A chunk is written once; from then on it can
 * be read by whoever waits for it, and given up wherever it is without another write. */
#ifndef SIM_COMPILE_SPILL_H
#define SIM_COMPILE_SPILL_H

#include "sim/compile/run.h"

/* Who keeps what he reads: a task, or all of the unit up to a position of its queue. Who works does anyway. */
struct spill_keep {
    uint32_t task; /* or TASK_NONE */
    uint32_t pos;  /* or LAYOUT_NONE */
};

/* Takes copies out of the unit that nobody keeps, until `bytes` are going to be free or nothing is left: those
 * that can be had again without a write first, then what has to be written; of each the one whose next reader comes
 * last in the layout's order (Belady). Returns the bytes. Copies to be shipped again
 * are in r->evicted, and wanted (room.h) again; those that leave room behind are in r->leaving. Where nothing can go
 * yet, *later is the cycle from which something can; else TIME_NONE. */
uint64_t run_spill(struct run *r, uint32_t unit, const struct spill_keep *keep, uint64_t bytes, uint64_t now,
                   uint64_t *later);

#endif
