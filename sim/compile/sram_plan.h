/* SPDX-License-Identifier: Apache-2.0 */
/* sram_plan.h - addresses in SRAM by lifetime.
 *
 *     0                                                                              sram_bytes
 *     | entries (steady) | resident weights | entries (cold) | by lifetime ...  | staging |
 *     same address in both programs ------->|
 *
 * A copy goes to the lowest address that nothing else uses during its life (first fit in order of time;
 * when that fails, in order of size). */
#ifndef SIM_COMPILE_SRAM_PLAN_H
#define SIM_COMPILE_SRAM_PLAN_H

#include "sim/compile/run.h"

/* Adds the records of all units to r->out.sram, sorted. Units where it does not work out are marked in
 * failed[] with the chunk that found no place (LAYOUT_NONE elsewhere); returns how many. */
#define SRAM_TABLES (LAYOUT_NONE - 1) /* instead of a chunk: tables, residents and buffers alone are too much */
uint32_t sram_plan(struct run *r, uint64_t makespan, uint32_t *failed, uint64_t *in_use);

#endif
