/* SPDX-License-Identifier: Apache-2.0 */
/* steps.h - the study's step model: unit-time nodes, executed by levels or dynamically.
 *
 *     graph --levels-->   24 | 15 | 14 | 15 | ...      as wide as the graph allows
 *           --dynamic-->   8 |  8 |  8 |  8 | ...      at most max_parallel, ready nodes shuffled each step
 *           --cut levels-> 8 8 8 | 8 7 | 8 6 | ...     levels on max_parallel units
 *
 * A model apart from the hardware: no tensors, no machine, every node takes one step. The two sides
 * of the study do not have the same number of units (a level may be wider than max_parallel);
 * step_run_cut gives them the same. Order inside a level is order of release: level 0 ascending, then
 * the successors of each node in turn, ascending, when their last predecessor is done.
 *
 * Statistics follow CPython 3.11: mean and variance as exact fractions, pstdev the correctly rounded
 * root of the exact variance, energy in plain doubles in step order. */
#ifndef SIM_GRAPH_STEPS_H
#define SIM_GRAPH_STEPS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/graph/cpython_random.h"
#include "sim/graph/step_dag.h"

/* An execution: step s runs order[first[s]] .. order[first[s+1]-1]. */
struct step_run {
    uint32_t steps;
    uint32_t *first; /* steps + 1 */
    uint32_t *order; /* nodes of the graph */
};

void step_run_levels(struct step_run *run, const struct step_dag *g);

/* max_parallel > 0. One shuffle of the ready nodes per step, also when all of them run. 0, or what
 * interrupt_pending() says (then the run is empty). */
int step_run_dynamic(struct step_run *run, const struct step_dag *g, uint32_t max_parallel, struct cpython_random *r);

/* Cuts every step, in its order, into steps of at most max_parallel nodes. */
void step_run_cut(struct step_run *run, uint32_t max_parallel);

void step_run_free(struct step_run *run);

static inline uint32_t step_run_size(const struct step_run *run, uint32_t step)
{
    return run->first[step + 1] - run->first[step];
}

/* SHA-256 of one line per step: node numbers in order of execution, one space between. */
void step_run_sha256(const struct step_run *run, char hex[65]);

/* Energy per node that runs and per unit of max_units that idles in a step. A step wider than
 * max_units has a negative number of idle units and lowers the energy, as in the study. */
struct step_energy {
    double compute;
    double idle;
    uint32_t max_units;
};

struct step_stats {
    uint32_t total_steps;
    uint32_t max;
    uint64_t sum;
    uint64_t variance_num, variance_den; /* population variance in lowest terms */
    bool mean_is_integer;                /* then Python's statistics.mean prints no ".0" */
    double mean;
    double std;
    double energy;
};

/* The run has at least one step. */
struct step_stats step_stats_of(const struct step_run *run, const struct step_energy *energy);

/* Python's round(x, 2). */
double step_round2(double x);

#endif
