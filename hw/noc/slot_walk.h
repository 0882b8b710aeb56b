/* SPDX-License-Identifier: Apache-2.0 */
/* slot_walk.h - cross-check of the slot network: every flit on every link in every cycle.
 *
 * Each link is a row of `latency` registers; each router a table that says, for this slot, from which link an output
 * takes its flit. Nothing is known of bursts but the number that each flit carries. Flits are counted per link
 * and class, and the slot in which the last flit of a burst leaves the network is compared with the one that
 * the step per burst computed. */
#ifndef HW_NOC_SLOT_WALK_H
#define HW_NOC_SLOT_WALK_H

#include "hw/noc/slot_network.h"

struct slot_walk *slot_walk_new(const struct slot_network *n);
void slot_walk_free(struct slot_walk *w);
void slot_walk_begin(struct slot_walk *w, const struct noc_program *program);
/* Runs one slot; while flits are under way slots come one by one. */
void slot_walk_step(struct slot_walk *w, uint64_t slot);
/* First slot in which something happens again. */
uint64_t slot_walk_next(const struct slot_walk *w);
void slot_walk_compare(const struct slot_walk *w);

#endif
