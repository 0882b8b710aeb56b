/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_check.h - is a schedule sound enough to be worked on: every number in range, every index inside
 * its array, facts of the machine that fit together, arrays in their order?
 *
 * Private to sim/schedule. The reader refuses a file that is not sound, so that no later code can be led
 * outside of an array; the verifier begins with it. It says nothing about time: that is the verifier's. */
#ifndef SIM_SCHEDULE_SCHEDULE_CHECK_H
#define SIM_SCHEDULE_SCHEDULE_CHECK_H

#include <stdbool.h>

#include "sim/schedule/schedule.h"

struct sched_fault {
    const char *section; /* "HOPS" */
    bool in_program;
    uint32_t program;
    char message[192];
};

/* True when sound; else the first fault. Linear in the size of the schedule. */
bool schedule_check(const struct schedule *s, struct sched_fault *fault);

/* Says what is wrong and returns false. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool sched_fault_set(struct sched_fault *fault, const char *section, const char *fmt, ...);

/* Of the machine's facts; used by schedule_check. */
bool schedule_check_machine(const struct sched_machine *m, struct sched_fault *fault);

#endif
