/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_result.h - from counters of the dynamic machine's boxes to the result of a run. */
#ifndef HW_SERVER_DYNAMIC_RESULT_H
#define HW_SERVER_DYNAMIC_RESULT_H

#include "hw/chip/dynamic_chip.h"
#include "hw/server/dynamic_switch.h"
#include "sim/stats/run_result.h"

/* now_fs: UINT64_MAX after a whole run, else when it was cut short. Faults of the end go into run. */
void dynamic_result_fill(struct run_result *r, struct dynamic_chip **chips, struct dynamic_switch **switches,
                         const struct machine *m, const struct server_program *p, struct run_control *run,
                         uint64_t now_fs);

#endif
