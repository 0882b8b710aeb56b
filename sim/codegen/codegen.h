/* SPDX-License-Identifier: Apache-2.0 */
/* codegen.h - from the task graph to the program of the dynamic machine. */
#ifndef SIM_CODEGEN_CODEGEN_H
#define SIM_CODEGEN_CODEGEN_H

#include "sim/base/diag.h"
#include "sim/lower/task_graph.h"
#include "sim/machine/dynamic.h"
#include "sim/program/program.h"

/* Lowering with the dynamic machine's own tiling; `tiling_common` uses the phase machine's common one. */
int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag);

int codegen(struct server_program *out, const struct task_graph *t, const struct machine *m,
            const struct dynamic_machine *d, uint32_t repeats, struct diag *diag);

#endif
