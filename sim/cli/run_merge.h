/* SPDX-License-Identifier: Apache-2.0 */
/* run_merge.h - what the children handed over becomes one report, in the order of the plan. */
#ifndef SIM_CLI_RUN_MERGE_H
#define SIM_CLI_RUN_MERGE_H

#include "sim/cli/process_pool.h"
#include "sim/cli/run_plan.h"
#include "sim/report/report.h"

/* Children are those of the plan, in its order. `stopped`: what pool_run returned. */
void run_merge(const struct job *j, const struct pool *pool, int stopped, struct report *r);

/* What the children said, and which failed, on stderr; equal texts once. Returns the exit code of the
 * first that failed, 0 when none did. After an interruption (`stopped`) nobody failed. */
int run_merge_messages(const struct pool *pool, int stopped);

#endif
