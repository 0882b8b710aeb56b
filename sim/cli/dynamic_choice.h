/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_choice.h - the one dynamic machine that a command works with: --machine, or the first of the configuration.
 */
#ifndef SIM_CLI_DYNAMIC_CHOICE_H
#define SIM_CLI_DYNAMIC_CHOICE_H

#include "sim/cli/job.h"

/* `machine`: "dynamic.gpu-today", "gpu-today" or NULL. Needs job_machine; fills j->dynamic, no work is lowered. */
int dynamic_choose(struct job *j, const char *machine, struct diag *d);

#endif
