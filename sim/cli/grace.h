/* SPDX-License-Identifier: Apache-2.0 */
/* grace.h - a process that was told to end does so, even when what it is busy with does not look.
 *
 * Work looks at interrupt_pending() and ends in order. Work that does not within the grace period is
 * cut off: the process exits with the code of the signal (130, 143). Costs one timer signal per second. */
#ifndef SIM_CLI_GRACE_H
#define SIM_CLI_GRACE_H

#include <stdint.h>

#define GRACE_SECONDS 5u

/* After interrupt_install(). */
void grace_begin(uint32_t seconds);

#endif
