/* SPDX-License-Identifier: Apache-2.0 */
/* link_probe.h - a link in the waveform: busy, and the class of what it carries.
 *
 *     busy   ___/~~~~~~\___/~~~      a burst that follows without a gap keeps the line high
 *     class  xxx|data  |xxx|control
 *
 * The end of a burst is told when the next one begins or at the end of the run, so nobody has to wake for it. */
#ifndef SIM_KERNEL_LINK_PROBE_H
#define SIM_KERNEL_LINK_PROBE_H

#include <stdint.h>

#include "sim/kernel/probe.h"
#include "sim/kernel/slot_counter.h"

struct link_probe {
    uint32_t busy, class_of; /* variables */
    uint64_t until;          /* time at which the burst told last ends; 0: none yet */
    uint64_t shown;          /* class shown last */
};

/* "chip0.noc.r0-r1": scope chip0.noc, variables r0-r1 (bit) and r0-r1_class. */
void link_probe_declare(struct link_probe *l, const struct probe *p, const char *id);
void link_probe_reset(struct link_probe *l);
/* The link is busy over [from, until) (slot_time); bursts of one link come in order. */
void link_probe_burst(struct link_probe *l, const struct probe *p, const struct slot_counter *c, uint64_t from,
                      uint64_t until, uint32_t class_of);
void link_probe_flush(struct link_probe *l, const struct probe *p, const struct slot_counter *c);

#endif
