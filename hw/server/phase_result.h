/* SPDX-License-Identifier: Apache-2.0 */
/* phase_result.h - what the boxes of the phase machine counted, put together as a run_result. */
#ifndef HW_SERVER_PHASE_RESULT_H
#define HW_SERVER_PHASE_RESULT_H

#include "hw/chip/chip_core.h"
#include "sim/stats/run_result.h"

/* Ends the accounts of all boxes and fills the result. `now_fs`: where a run that was cut short stood; otherwise
 * UINT64_MAX, and what must hold at the end is checked: faults are noted in `run` when outputs are missing or bursts
 * are left over. */
void phase_result_fill(struct run_result *r, struct chip_core **chips, struct slot_switch **switches,
                       const struct server_plan *plan, struct run_control *run, uint64_t now_fs);

#endif
