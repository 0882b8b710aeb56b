/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_switch.h - a switch of the fabric that is no chip: a fabric router without ports, in a clock of its own.
 *
 *     link from chip 0 ==> [VN] --+--------+--> serialiser ==> chip 1
 *     link from chip 1 ==> [VN] --| router |--> serialiser ==> chip 0          launch register <-- host
 *
 * The launch register is not hardware: it tells the counts when the measured repeat begins. */
#ifndef HW_SERVER_DYNAMIC_SWITCH_H
#define HW_SERVER_DYNAMIC_SWITCH_H

#include "hw/chip/fabric_parts.h"
#include "sim/kernel/slot_counter.h"

struct dynamic_switch {
    struct arena *names;
    struct slot_counter counter;
    struct fabric_links links;
    struct fabric_router *fabric;
    struct mailbox *host_in;
};

/* number: from 0 on, among the switches. */
struct dynamic_switch *dynamic_switch_new(const struct machine *m, const struct dynamic_machine *d,
                                          const struct server_program *p, uint32_t number, struct run_control *run);
void dynamic_switch_free(struct dynamic_switch *s);
/* Takes a launch; the last one clears the counts. */
uint64_t dynamic_switch_eval(struct dynamic_switch *s, uint64_t cycle);

#endif
