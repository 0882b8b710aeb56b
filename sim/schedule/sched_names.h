/* SPDX-License-Identifier: Apache-2.0 */
/* sched_names.h - how places are called: chip0.unit3, chip0.hbm3, chip0.port1. Links have their own ids.
 *
 * Private to sim/schedule and its command. Each function fills and returns `buf`. */
#ifndef SIM_SCHEDULE_SCHED_NAMES_H
#define SIM_SCHEDULE_SCHED_NAMES_H

#include "sim/schedule/schedule.h"

#define SCHED_NAME_MAX 64

const char *sched_unit_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t unit);       /* global */
const char *sched_channel_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t channel); /* global */
const char *sched_endpoint_name(char buf[SCHED_NAME_MAX], const struct sched_machine *m, uint32_t endpoint);

/* Global endpoint of a global unit or channel. */
uint32_t sched_unit_endpoint(const struct sched_machine *m, uint32_t unit);
uint32_t sched_channel_endpoint(const struct sched_machine *m, uint32_t channel);

#endif
