/* SPDX-License-Identifier: Apache-2.0 */
/* run_figures.h - sums and ratios of one run, as tables and files show them.
 *
 * The only doubles of a result; each is made by one division of integers, so they do not depend on
 * the order of units or links. A ratio without a denominator is NaN (JSON: null). */
#ifndef SIM_STATS_RUN_FIGURES_H
#define SIM_STATS_RUN_FIGURES_H

#include "sim/stats/run_result.h"

struct run_figures {
    uint64_t unit_cycles;             /* units x makespan */
    uint64_t causes[CAUSE_COUNT];     /* unit-cycles, summed over units */
    uint64_t on_cycles;               /* summed over units */
    uint64_t link_bytes[CLASS_COUNT]; /* wire bytes on links that are not local */
    double time_ns;                   /* makespan x period_fs / 10^6 */
    double utilisation;               /* MACs executed / (units x MACs per cycle x makespan) */
    double gap;                       /* makespan / lower bound - 1; NaN of a part of a run */
    double schedule_gap;              /* makespan / schedule bound - 1; likewise */
    double cause_share[CAUSE_COUNT];  /* of unit_cycles */
};

void run_figures_of(const struct run_result *r, struct run_figures *f);

#endif
