/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.h - runs a schedule or a program on the machine of a job and completes the result: names, hashes,
 * bounds, laws, the sum of the outputs. Shared by `bpsim run` and `bpsim trace`. */
#ifndef SIM_CLI_SIMULATE_H
#define SIM_CLI_SIMULATE_H

#include "hw/server/dynamic_server.h"
#include "hw/server/phase_server.h"
#include "sim/cli/job.h"

/* The options that a job's configuration gives; debug options, injections and probe are the caller's. */
struct phase_run_options simulate_options(const struct job *j, const struct schedule *s);

/* `r` is initialised here. 0 or an error of phase_server_run; a result is there after 0 and after an
 * interruption (then marked). Needs job_lower. */
int simulate(const struct job *j, const struct schedule *s, const struct phase_run_options *o, struct run_result *r,
             struct diag *d);

/* The same for the dynamic machine: start by name, needs job_dynamic; the program is that of job_generate. */
struct dynamic_run_options simulate_dynamic_options(const struct job *j, const char *start);
int simulate_dynamic(const struct job *j, const struct server_program *p, const char *start,
                     const struct dynamic_run_options *o, struct run_result *r, struct diag *d);

#endif
