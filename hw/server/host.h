/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - the host: launches the program of each repeat on all chips, and waits until all are done.
 *
 *     host --launch (program, version of the inputs, instant of slot 0)--> controllers
 *          <--done-- controllers         (switches of the fabric are told too: they count by repeats)
 *
 * Slot 0 of a repeat is the instant in which the launch is issued; that the message takes launch_cycles is in
 * the schedule: nothing acts before. A repeat is launched when all outputs of the one before are complete. The last
 * repeat has version 0, the one before 1, and so on: cold and steady runs end with the same outputs. */
#ifndef HW_SERVER_HOST_H
#define HW_SERVER_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"

struct host {
    uint32_t chips, nodes;   /* nodes: chips, then switches */
    const uint32_t *repeats; /* program of each; borrowed */
    uint32_t n_repeats;
    struct domain *domain;
    struct mailbox **launch_out, **done_in; /* per node, per chip */
    struct run_control *run;
    uint32_t launch; /* number of the one under way */
    uint32_t done;   /* chips that have finished it */
};

struct host *host_new(uint32_t chips, uint32_t switches, const uint32_t *repeats, uint32_t n_repeats,
                      struct run_control *run);
void host_free(struct host *h);
void host_connect(struct host *h, struct domain *domain, struct mailbox **launch_out, struct mailbox **done_in);
uint64_t host_eval(struct host *h, uint64_t cycle);

#endif
