/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.h - from a finished run to the tables of a schedule, sorted as sim/schedule/schedule.h says. */
#ifndef SIM_COMPILE_ASSEMBLE_H
#define SIM_COMPILE_ASSEMBLE_H

#include "sim/compile/run.h"

/* Last output complete, or, when nothing is an output, the last finish. */
uint64_t assemble_makespan(const struct run *r);

/* Cycle by which every bit is off and every transfer has arrived. */
uint64_t assemble_end(const struct run *r);

/* Operations, DRAM commands and phases; moves the run's program to *out. SRAM must be planned. */
void assemble_program(struct run *r, struct sched_program *out);

/* Facts of the machine, and the work. */
void assemble_machine(struct schedule *s, const struct machine *m);
void assemble_work(struct schedule *s, const struct task_graph *t);

#endif
