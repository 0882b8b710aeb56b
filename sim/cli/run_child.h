/* SPDX-License-Identifier: Apache-2.0 */
/* run_child.h - one run of one machine in a process of its own.
 *
 *     config -> machine -> op graph -> tasks -> schedule (compiled, or read and verified), or program
 *            -> simulation -> laws -> result, as text, to POOL_FD */
#ifndef SIM_CLI_RUN_CHILD_H
#define SIM_CLI_RUN_CHILD_H

#include "sim/cli/run_options.h"

/* Returns the exit code. */
int run_child(const struct run_options *o);

#endif
