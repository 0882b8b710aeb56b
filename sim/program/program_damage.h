/* SPDX-License-Identifier: Apache-2.0 */
/* program_damage.h - a program that cannot end, for tests of the watchdog and of what it says.
 *
 * The last CTA that signals anything, on the first chip that has one, leaves out one word: its counter stays one too
 * low, and who waits for it waits for ever. The program keeps no rule of program.h that asks for this signal; what it
 * was stays in p->lost, for the report of the watchdog. Once per program. */
#ifndef SIM_PROGRAM_PROGRAM_DAMAGE_H
#define SIM_PROGRAM_PROGRAM_DAMAGE_H

#include "sim/program/program.h"

/* Fills p->lost. false: no CTA signals anything. */
bool program_lose_signal(struct server_program *p);
/* The same of a given CTA; program_lose_signal tries it from the last one on. */
bool program_lose_signal_of(struct server_program *p, uint32_t chip, uint32_t cta);

#endif
