/* SPDX-License-Identifier: Apache-2.0 */
/* program_damage.h - a program that cannot end, for tests of the watchdog and of what it says.
 *
 * The last CTA that signals anything, on the first chip that has one, leaves out one word: its counter stays one too
 * low, and who waits for it waits for ever. The program keeps no rule of program.h that asks for this signal. */
#ifndef SIM_PROGRAM_PROGRAM_DAMAGE_H
#define SIM_PROGRAM_PROGRAM_DAMAGE_H

#include "sim/program/program.h"

struct lost_signal {
    uint32_t from_chip, from_task;
    uint32_t chip, word; /* the counter */
};

/* false: no CTA signals anything. */
bool program_lose_signal(struct server_program *p, struct lost_signal *lost);

#endif
