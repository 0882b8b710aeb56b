/* SPDX-License-Identifier: Apache-2.0 */
/* phase_controller.h - the phase controller of a chip: counter, broadcast of the phase index, alignment, stalls.
 *
 *     host --launch--> +------------+ --slot counter--> everybody on the chip
 *     ports --hold---> | controller | --phase index---> units (arrives broadcast_cycles later)
 *     neighbours ----> +------------+ --offset--------> neighbours
 *        offset              \--done--> host
 *
 * levels, barrier: the index of phase p is sent so that it arrives with the phase's first cycle; the units look up
 * what they do. list: the units hold counters of their own, the launch is the one broadcast; the index is shown, not
 * sent.
 *
 * Late bursts (stall mode): a port that sees, HOLD_AHEAD slots ahead, that slot s must not begin before some
 * cycle asks for a hold; the counter stands in front of s until then. The whole offset goes to the
 * neighbours, who hold until theirs is as large (merge by max).
 *
 * Drift: every align_interval slots a counter waits for the edge at which the slowest clock of the server is as
 * far; the slowest never waits. What is between two alignments is covered by the guard band. */
#ifndef HW_PHASE_PHASE_CONTROLLER_H
#define HW_PHASE_PHASE_CONTROLLER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/kernel/launch.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

/* Who asks for a hold, where it is no port of the chip. */
#define PORT_NEIGHBOUR UINT32_MAX
#define PORT_ALIGN     (UINT32_MAX - 1)

#define PHASE_INDEX_BYTES 4u /* a broadcast on its wires; assumed */

struct offset_message {
    uint32_t launch;
    uint64_t offset; /* stall cycles so far */
};

struct controller_phase {
    uint64_t start;
};

struct controller_program {
    VEC(struct controller_phase, phases);
    uint64_t makespan;
};

struct controller_params {
    const char *name; /* chip0.ctl */
    const char *broadcast_id;
    uint32_t units, ports, neighbours;
    const enum slot_hold *port_why; /* per port */
    uint32_t broadcast_cycles;
    uint64_t align_interval;
    struct sim_clock slowest;
    uint64_t skew; /* cycles that this counter is behind at launch, and after each alignment */
    const uint64_t *neighbour_latency_fs;
    bool by_phase;
};

struct controller_stat {
    struct link_account broadcast;
    uint64_t broadcasts, stalls, stall_cycles, align_holds, align_cycles, offset_messages;
};

struct pending_hold {
    uint32_t port, entry;
    uint64_t slot, until;
    enum slot_hold why;
};

struct controller {
    struct controller_params p;
    struct controller_program *programs;
    uint32_t n_programs;
    struct slot_counter *counter;
    struct mailbox *host_in, *host_out;
    struct mailbox **hold_in, **offset_in;    /* ports, neighbours */
    struct mailbox **phase_out, **offset_out; /* units, neighbours */
    struct run_control *run;
    /* state */
    struct slot_state state; /* as published last */
    uint64_t base_fs;
    uint32_t next_send, next_shown;
    uint64_t next_align, told_offset;
    bool finished;
    VEC(struct pending_hold, pending);
    uint32_t index;  /* phase shown */
    uint64_t *began; /* measured repeat: slot_time at which each phase began */
    struct controller_stat stat;
    uint32_t var_phase;
};

struct controller *controller_new(const struct controller_params *p, struct controller_program *programs,
                                  uint32_t n_programs, struct run_control *run);
void controller_free(struct controller *c);
/* Mailbox arrays are the caller's and stay. */
void controller_connect(struct controller *c, struct slot_counter *counter, struct mailbox *host_in,
                        struct mailbox *host_out, struct mailbox **hold_in, struct mailbox **offset_in,
                        struct mailbox **phase_out, struct mailbox **offset_out);
uint64_t controller_eval(struct controller *c, uint64_t cycle);
/* Slots passed in the program under way: grows while the chip moves. */
uint64_t controller_progress(const struct controller *c, uint64_t cycle);
void controller_dump(const struct controller *c, uint64_t cycle, struct diag *d);

/* phase_hold.c: requests and offsets -> the gate; publishes when something changed. */
void controller_holds(struct controller *c, uint64_t cycle);

#endif
