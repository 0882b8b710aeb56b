/* SPDX-License-Identifier: Apache-2.0 */
/* job.h - the way from a configuration to a schedule or a program, in the steps that several commands share.
 *
 *     job_load: config --> job_machine: machine --> job_lower: op graph, partition, tasks
 *                                     |                  --> job_compile: schedule, verified
 *                                     \-> job_dynamic: dynamic machine, partition, its own tasks
 *                                                        --> job_generate: program
 *
 * Each step needs those before it. A step that fails leaves a job that can be freed. */
#ifndef SIM_CLI_JOB_H
#define SIM_CLI_JOB_H

#include "sim/compile/compile.h"
#include "sim/config/config.h"
#include "sim/lower/task_graph.h"
#include "sim/machine/dynamic.h"
#include "sim/machine/machine.h"
#include "sim/program/program.h"
#include "sim/schedule/schedule.h"

struct job {
    struct config config;
    struct machine machine;
    struct partition partition;
    struct task_graph tasks; /* of the phase machine, or of the dynamic one */
    struct dynamic_machine dynamic;
    struct text told; /* what parallel: auto has tried, a line each; empty without */
    bool has_config, has_machine, has_partition, has_tasks;
};

int job_load(struct job *j, const char *path, const char *const *sets, size_t n_sets, struct diag *d);
int job_load_for(enum config_use use, struct job *j, const char *path, const char *const *sets, size_t n_sets,
                 struct diag *d);
/* The machine, and with parallel: auto the parallelism: from here on the configuration names it. */
int job_machine(struct job *j, struct diag *d);
int job_lower(struct job *j, struct diag *d);
void job_free(struct job *j);

/* How far policy search goes, instead of what the configuration says. */
struct job_search {
    uint32_t iterations;
    double seconds; /* 0: no limit */
};

/* `policy` and `start` by name; search: NULL, or see there; the result is verified. SIM_CHECKs that the verifier
 * accepts it: the compiler must never make a schedule that breaks a rule. */
int job_compile(const struct job *j, const struct job_search *search, const char *policy, const char *start,
                struct schedule *s, struct diag *d);

/* The dynamic machine of a preset (enum dynamic_preset), and the work cut for it. */
int job_dynamic(struct job *j, uint32_t preset, struct diag *d);

/* The program of the dynamic machine for a start by name; the caller frees it where 0 is returned. */
int job_generate(const struct job *j, const char *start, struct server_program *p, struct diag *d);

/* Repeats of the work in a run: a cold one is the first, a steady one the last of several. */
uint32_t job_repeats(const struct job *j, const char *start);

/* Up to this many violations as messages "file: where: rule: ..."; 0 or SIM_ERR_INPUT. */
int job_verify(const struct schedule *s, const char *path, struct diag *d);

/* Was the schedule made for a machine of this size, and for this work on units like these (needs job_lower)?
 * Latencies need not agree: what a schedule made for others does is what a user may want to see. 0 or
 * SIM_ERR_INPUT. */
int job_matches(const struct job *j, const struct schedule *s, const char *path, struct diag *d);

#endif
