/* SPDX-License-Identifier: Apache-2.0 */
/* residency.h - which weights stay in SRAM from program to program, and room for the rest.
 *
 *     SRAM | entries | staging | weights that stay ... | work room: two tasks in a row, and what
 *                                                        the one before them leaves to be sent  |
 *
 * A unit keeps as many weights as leave it room to work: for the inputs and outputs of any task and the
 * next one (so that transfers run beside the work). The others are read again in every repeat; those
 * needed last go first, because there is most time to bring them. */
#ifndef SIM_COMPILE_RESIDENCY_H
#define SIM_COMPILE_RESIDENCY_H

#include "sim/compile/room.h"

/* stream: large tables of entries are not kept whole (control_stream.h). */
void memory_plan_init(struct memory_plan *mem, const struct layout *l, bool steady, bool stream, uint32_t room,
                      const struct memory_plan *like);
void memory_plan_free(struct memory_plan *mem);

/* Weights of the unit of at least `bytes` in all stay no longer; returns the bytes that it gave up. */
uint64_t residency_give_up(struct memory_plan *mem, const struct layout *l, uint32_t unit, uint64_t bytes);

#endif
