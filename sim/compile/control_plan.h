/* SPDX-License-Identifier: Apache-2.0 */
/* control_plan.h - schedule entries: how many each unit holds, and how they get there.
 *
 *     HBM --fixed loader: first 16 KiB of each unit--> SRAM      [launch, booted)
 *         --scheduled control transfers: the rest-->   SRAM      when the unit will soon have used up what it has
 *
 * An entry is 16 bytes: an operation, a hop, a DRAM command. Host of a hop: layout.h (host); of a DRAM
 * command: the unit at the channel's port. A steady program finds its entries in place: the cold
 * program before it has loaded them too. */
#ifndef SIM_COMPILE_CONTROL_PLAN_H
#define SIM_COMPILE_CONTROL_PLAN_H

#include "sim/compile/run.h"

/* Bytes of entries of the finished program, added to bytes[unit]. */
void control_count(const struct run *r, uint32_t *bytes);

/* The same before there is a program: every chunk by one multicast tree, and a little more. Copies
 * marked in `there` (may be NULL) need no transfer. */
void control_estimate(const struct layout *l, const bool *there, uint32_t *bytes);

/* Adds the entries of the transfers that bring entries beyond the loader's share: those of the cold and
 * then of the steady program, and so on for what these transfers need in their turn. False: that has no
 * end, because a burst brings fewer entries than it needs. */
bool control_estimate_loading(const struct layout *l, uint32_t *cold, const uint32_t *steady);

/* Adds the entries of the transfers that bring so many segments to each unit, from the channels of its chip in turn. */
void control_estimate_segments(const struct layout *l, const uint32_t *segments, uint32_t *bytes);

/* Calls f for each entry of the program that is not the fixed loader's own: its unit, the cycle at which it acts. */
typedef void entry_function(void *self, uint32_t unit, uint64_t cycle);
void control_each_entry(const struct run *r, entry_function *f, void *self);

/* Bytes of a unit's table that are there whole: of the cold program that for the next one's first entries too. */
uint32_t control_table(const struct memory_plan *mem, uint32_t unit, bool cold);

/* So much and some sixteenths more, in whole entries. */
uint32_t control_spare(uint32_t bytes, uint32_t sixteenths);

/* Bytes of the region for entries in a unit's SRAM of a program that has `bytes` of them: at least what
 * the loader brings when the program is cold. */
uint32_t control_region(uint32_t bytes, bool cold);

/* True when no refresh falls between the loader's last command on a channel and the arrival of the first
 * entries in the unit that hosts it: nobody could issue it there. After run_boot. */
bool control_refresh_clear(const struct run *r);

/* Reads what run_boot has left of the entries, in what the finished work leaves free, the first due first. */
void control_load_rest(struct run *r);

/* True when every entry arrives before it is needed. Else `ahead`, per unit, is made to tell up to where they would
 * have to be read before the work. */
bool control_in_time(const struct run *r, uint32_t *ahead);

#endif
