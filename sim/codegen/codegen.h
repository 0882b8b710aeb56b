/* SPDX-License-Identifier: Apache-2.0 */
/* codegen.h - the task graph becomes a program of the dynamic machine: one CTA per task.
 *
 *     partition --codegen_lower--> task graph --codegen--> kernels of CTAs, memory map, waits and signals
 *
 * Both are pure functions of their arguments. docs/model/program.md. */
#ifndef SIM_CODEGEN_CODEGEN_H
#define SIM_CODEGEN_CODEGEN_H

#include "sim/lower/task_graph.h"
#include "sim/machine/dynamic.h"
#include "sim/program/program.h"

/* Tiles that an SM can hold: as lower_tasks, and from the same candidates, but a tile's accumulators fit the registers
 * and the slices of its operands the shared memory. Returns what lower_tasks does. */
int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag);

/* The program for `repeats` repeats (at least 1). `t` may be freed afterwards. 0; SIM_ERR_BUILD with a message that
 * names op and tensor where a task fits no SM, or the chip whose memory map outgrows 2^32 lines; or what
 * interrupt_pending() says. On an error *out is empty. */
int codegen(struct server_program *out, const struct task_graph *t, const struct machine *m,
            const struct dynamic_machine *d, uint32_t repeats, struct diag *diag);

#endif
