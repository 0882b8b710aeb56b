/* SPDX-License-Identifier: Apache-2.0 */
/* run_trace.h - what a run did, task by task, burst by burst, command by command, as a text that can be run again.
 *
 *     schedule + probe --> recorder --> F.trace.gz --> reader --> schedule with the recorded times
 *
 * The file holds the tables of the work and of the machine, the programs as they were planned, and for the
 * measured program the starts and ends that the hardware reported. A schedule made from it drives
 * the machine in place of a .bps. Format: docs/formats/trace.md. */
#ifndef SIM_TRACE_RUN_TRACE_H
#define SIM_TRACE_RUN_TRACE_H

#include "sim/base/diag.h"
#include "sim/kernel/probe.h"
#include "sim/schedule/schedule.h"

/* A file that the run was made from, as it was: the effective configuration, a workload. */
struct trace_file {
    char *name; /* without folders */
    char *data;
    size_t bytes;
};

struct run_trace {
    struct schedule schedule;
    VEC(struct trace_file, files);
    uint64_t makespan, output_checksum, numeric_checksum; /* of the recorded run */
};

void run_trace_init(struct run_trace *t);
void run_trace_free(struct run_trace *t);
void run_trace_add_file(struct run_trace *t, const char *name, const char *data, size_t bytes);

/* Hears what the measured repeat does. Lives as long as the schedule that it was made for. */
struct trace_recorder;
struct trace_recorder *trace_recorder_new(const struct schedule *s);
const struct probe *trace_recorder_probe(struct trace_recorder *r);
/* Puts what was heard into the schedule's measured program. SIM_CHECKs that every operation was heard. */
void trace_recorder_apply(const struct trace_recorder *r, struct schedule *s);
void trace_recorder_free(struct trace_recorder *r);

/* gzip when the name ends in .gz. 0 or SIM_ERR_IO. */
int run_trace_write(const struct run_trace *t, const char *path, struct diag *d);

/* Plain or gzip. 0, or SIM_ERR_INPUT with "file:line:1: ..."; `t` may be freed in any case. The schedule
 * is sound (indices in range), not verified. */
int run_trace_read(struct run_trace *t, const char *path, struct diag *d);

#endif
