/* SPDX-License-Identifier: Apache-2.0 */
/* budget.h - the silicon budget of the machines that a configuration names, side by side. */
#ifndef SIM_CLI_BUDGET_H
#define SIM_CLI_BUDGET_H

#include "sim/machine/machine.h"
#include "sim/machine/params.h"
#include "sim/report/report.h"

/* Adds the machines to a report, phase machines first. 0, or SIM_ERR_BUILD with messages when a dynamic machine cannot
 * be made of this silicon. */
int budget_fill(struct report *r, const struct machine *m, const struct config *c, struct diag *d);

#endif
