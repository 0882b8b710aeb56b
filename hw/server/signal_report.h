/* SPDX-License-Identifier: Apache-2.0 */
/* signal_report.h - whose signals have not come, when a machine does not get on.
 *
 *     chip1.unit1: counter word 13: 1 of 2 signals have come; outstanding: of task 203 (ended, not sent)
 *
 * A signal counts as outstanding while its task has not ended, and when the task has ended without it
 * (program_damage.h); all others have been sent, and what the counter lacks beyond the outstanding ones is on its way.
 */
#ifndef HW_SERVER_SIGNAL_REPORT_H
#define HW_SERVER_SIGNAL_REPORT_H

#include "hw/chip/dynamic_chip.h"

/* A line for each warp of SM `unit` of a chip that polls. */
void signal_report(struct dynamic_chip *const *chips, uint32_t n_chips, uint32_t chip, uint32_t unit, struct diag *d);

#endif
