/* SPDX-License-Identifier: Apache-2.0 */
/* workload.h - the work that a configuration describes, as an op graph. */
#ifndef SIM_CLI_WORKLOAD_H
#define SIM_CLI_WORKLOAD_H

#include "sim/base/diag.h"
#include "sim/graph/op_graph.h"
#include "sim/machine/params.h"

/* The caller frees *g; NULL on an error. 0, SIM_ERR_INPUT or SIM_ERR_IO with messages whose keys are
 * those of the configuration. */
int workload_build(const struct config *c, struct op_graph **g, struct diag *d);

#endif
