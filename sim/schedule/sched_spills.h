/* SPDX-License-Identifier: Apache-2.0 */
/* sched_spills.h - how much of what tasks make goes to HBM for want of SRAM, and comes back. */
#ifndef SIM_SCHEDULE_SCHED_SPILLS_H
#define SIM_SCHEDULE_SCHED_SPILLS_H

#include "sim/schedule/schedule.h"

struct sched_spills {
    uint32_t writes, reads; /* transfers */
    uint64_t written_bytes; /* of chunks that a task makes and that are no outputs, into HBM */
    uint64_t read_bytes;    /* of chunks that a task makes, out of HBM */
};

/* Payload bytes of one program of a valid schedule. */
struct sched_spills sched_spills_of(const struct schedule *s, const struct sched_program *p);

#endif
