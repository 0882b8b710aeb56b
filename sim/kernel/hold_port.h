/* SPDX-License-Identifier: Apache-2.0 */
/* hold_port.h - a port that sees a late burst coming and asks the phase controller to hold the counter.
 *
 * The port looks HOLD_AHEAD slots ahead at the entries that need a burst in its buffer. For each it knows the cycle
 * in which the burst will be whole, or not yet. It asks once when the burst will be late, and once more
 * when an unknown time has become known. Behind a gate without an end nobody knows what will be late: there it asks to
 * be on the safe side, as the end may come too soon to ask then. */
#ifndef SIM_KERNEL_HOLD_PORT_H
#define SIM_KERNEL_HOLD_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/kernel/mailbox.h"
#include "sim/kernel/slot_counter.h"

struct hold_port {
    struct mailbox *out;
    uint32_t next; /* first entry that is not settled */
    uint8_t *open; /* per entry: asked for without an end */
    uint8_t *settled;
    uint32_t n;
};

void hold_port_init(struct hold_port *h, uint32_t entries);
void hold_port_free(struct hold_port *h);
void hold_port_clear(struct hold_port *h, uint32_t entries);

/* Entry `entry` begins in `slot`, planned for clock cycle `planned` (CYCLE_NEVER: a gate without an end is shut); its
 * burst is whole at `whole` (CYCLE_NEVER: not known). Returns true when it is found late for the first time. */
bool hold_port_look(struct hold_port *h, uint32_t entry, uint64_t slot, uint64_t planned, uint64_t whole,
                    uint64_t cycle);

#endif
