/* SPDX-License-Identifier: Apache-2.0 */
/* sched_ends.h - how long each hop occupies its link. Private to sim/schedule. */
#ifndef SIM_SCHEDULE_SCHED_ENDS_H
#define SIM_SCHEDULE_SCHED_ENDS_H

#include "sim/schedule/schedule.h"

/* ends[hop] = first cycle in which its link is free again; ends is n_hops long. On chip links and adders the exact
 * ticks count: a hop begins when it starts or, less than a cycle later, when the line is free. */
void sched_hop_ends(const struct schedule *s, const struct sched_program *p, uint64_t *ends);

#endif
