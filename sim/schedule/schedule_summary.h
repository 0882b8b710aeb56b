/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_summary.h - a program of a schedule for people: figures, how full links and units are, and a
 * drawing of who works when. */
#ifndef SIM_SCHEDULE_SCHEDULE_SUMMARY_H
#define SIM_SCHEDULE_SCHEDULE_SUMMARY_H

#include "sim/base/text.h"
#include "sim/schedule/schedule.h"

void schedule_summary(const struct schedule *s, uint32_t program, struct text *out);

#endif
