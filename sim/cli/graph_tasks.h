/* SPDX-License-Identifier: Apache-2.0 */
/* graph_tasks.h - what an op graph becomes on a server: the task graph, for `bpsim graph --tasks`.
 *
 * The server is that of configs/run/quickstart.yaml (4 chips of 4 x 4 units); its chips share the work by
 * tensor parallelism, generic nodes by id ranges. */
#ifndef SIM_CLI_GRAPH_TASKS_H
#define SIM_CLI_GRAPH_TASKS_H

#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/graph/op_graph.h"

/* Takes the graph over. `json`: figures as an object; else one line per chunk and task
 * (docs/formats/work.md). 0, SIM_ERR_INPUT or SIM_ERR_BUILD with messages. */
int graph_tasks_print(struct op_graph *g, bool json, struct text *out, struct diag *d);

#endif
