/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.h - runs a schedule on the machine of a job and completes the result: names, hashes,
 * bounds, laws. Shared by `bpsim run` and `bpsim trace`. */
#ifndef SIM_CLI_SIMULATE_H
#define SIM_CLI_SIMULATE_H

#include "hw/server/phase_server.h"
#include "sim/cli/job.h"

/* The options that a job's configuration gives; debug options, injections and probe are the caller's. */
struct phase_run_options simulate_options(const struct job *j, const struct schedule *s);

/* `r` is initialised here. 0 or an error of phase_server_run; a result is there after 0 and after an
 * interruption (then marked). Needs job_lower. */
int simulate(const struct job *j, const struct schedule *s, const struct phase_run_options *o, struct run_result *r,
             struct diag *d);

#endif
