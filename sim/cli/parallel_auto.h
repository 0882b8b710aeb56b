/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_auto.h - workload.parallel: auto becomes numbers. */
#ifndef SIM_CLI_PARALLEL_AUTO_H
#define SIM_CLI_PARALLEL_AUTO_H

#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/machine/machine.h"
#include "sim/machine/params.h"

/* Where the configuration asks for it: tries a few parallelisms on this machine (sim/lower/parallel_choice.h), writes
 * the best one into the configuration, and what was tried to `told`, a line each. Else looks whether the stages that
 * are given can be. */
int parallel_auto(struct config *c, const struct machine *m, struct text *told, struct diag *d);

#endif
