/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_bound.h - no schedule with this placement and these transfers can be shorter.
 *
 *     head(v)   no earlier start: launch; work of the producers on each unit; latency; flits into the unit
 *     tail(v)   nor a shorter way from its finish to the end
 *     one resource (unit, link, channel bus): its jobs (head, length, tail) one after the other, where
 *     even interrupting one for another were allowed (Jackson's preemptive schedule; Carlier, EJOR 11, 1982)
 *
 * A serial stage of n tasks of t cycles on P units thus counts max(ceil(n / P) x t, its transfers).
 * Derivation: docs/model/compiler.md. Cycles; 0 when there is no task. */
#ifndef SIM_COMPILE_SCHEDULE_BOUND_H
#define SIM_COMPILE_SCHEDULE_BOUND_H

#include "sim/compile/run.h"

uint64_t schedule_bound_of(const struct run *r);

/* The bound of one resource. Jobs are sorted in place; length > 0. */
struct bound_job {
    uint64_t head, length, tail;
};
uint64_t bound_of_jobs(struct bound_job *jobs, size_t n);

#endif
