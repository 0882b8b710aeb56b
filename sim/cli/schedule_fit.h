/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_fit.h - does a schedule that somebody brings do the configured work, on units like these?
 *
 *     F.bps: tasks, chunks --+--> MACs and lane operations of each op, bytes of each result: the work's
 *                            +--> cycles of each task: what engines, lanes and SRAM ports need
 *
 * The verifier knows the file alone, and the file may say of a task what it likes: half the cycles, half the work.
 * Where the data go and when is not looked at here. */
#ifndef SIM_CLI_SCHEDULE_FIT_H
#define SIM_CLI_SCHEDULE_FIT_H

#include "sim/graph/op_graph.h"
#include "sim/machine/machine.h"
#include "sim/schedule/schedule.h"

/* `g`: the partitioned work. 0, or SIM_ERR_INPUT with messages that begin with `path`. */
int schedule_fit(const struct schedule *s, const struct op_graph *g, const struct machine *m, const char *path,
                 struct diag *d);

#endif
