/* SPDX-License-Identifier: Apache-2.0 */
/* micro.h - micro-benchmarks of the dynamic machine: rows of a table, each a curve or several.
 *
 *     plan: points (series, x) --one process each--> measure: a quotient --> value of the point
 *
 * A benchmark plans its points from the machine's sizes; the plan is the same in parent and child. Some series are
 * periods: their first point is only the base, and a value is the quotient of the differences from it.
 * Programs are made here by hand, as sim/codegen would make them. docs/model/micro-benchmarks.md. */
#ifndef SIM_CLI_MICRO_H
#define SIM_CLI_MICRO_H

#include "sim/base/mem.h"
#include "sim/cli/job.h"

#define MICRO_SETS 2u

struct micro_point {
    const char *series;
    uint64_t x;
    const char *sets[MICRO_SETS]; /* keys of the configuration that this point needs; NULL: none */
    uint32_t kind;                /* the benchmark's own */
    bool period;
};

struct micro_plan {
    VEC(struct micro_point, points); /* those of a series follow each other */
};

/* value = top / bottom, or of the differences from the base. */
struct micro_figure {
    uint64_t top, bottom;
};

struct micro_bench {
    const char *name, *about, *x_unit, *value_unit;
    void (*plan)(const struct job *j, struct micro_plan *p);
    /* The job has its dynamic machine. 0, or an error of the simulation. */
    int (*measure)(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
};

extern const struct micro_bench micro_benches[];
extern const size_t n_micro_benches;

/* ---- micro_memory.c: trace players ---- */
void micro_plan_chase(const struct job *j, struct micro_plan *p);
int micro_measure_chase(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
void micro_plan_stream(const struct job *j, struct micro_plan *p);
int micro_measure_stream(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
int micro_measure_line(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
int micro_measure_crowd(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);

/* ---- micro_program.c: CTAs ---- */
void micro_plan_mma(const struct job *j, struct micro_plan *p);
int micro_measure_mma(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
void micro_plan_chain(const struct job *j, struct micro_plan *p);
int micro_measure_chain(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);
int micro_measure_flag(const struct job *j, const struct micro_point *p, struct micro_figure *f, struct diag *d);

/* ---- micro.c ---- */
void micro_add(struct micro_plan *p, struct micro_point point);

#endif
