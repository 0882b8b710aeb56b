/* SPDX-License-Identifier: Apache-2.0 */
/* link_receiver.h - the receiving half of a chip link: deskew and staging buffer, injection into the network.
 *
 *     line ~~~~> [staging of the link] ==slot==> inject of port 0 ==> network
 *                                      ==slot==> inject of port 1 ==> network
 *
 * Arrival times come from another clock; a burst waits in the buffer until its slot, so early ones do no harm. Behind
 * the line stands a deskew FIFO of guard_cycles: what a fast clock sends early waits there, not in the buffer. In its
 * slot it must be whole. If not: halt, a violation; stall, the port asks the phase controller, HOLD_AHEAD
 * slots ahead, to hold the counter until it is. One with bit errors that could not be corrected ends the run (under
 * stall the sender never delivers it, but sends it again). A burst may be injected more than once (branches of its
 * tree). */
#ifndef HW_LINK_LINK_RECEIVER_H
#define HW_LINK_LINK_RECEIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/account.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/hold_port.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"
#include "sim/kernel/staging.h"

struct receiver_arrival {
    uint32_t transfer, hop;
    uint32_t port; /* whose buffer it stands in */
    uint32_t bytes;
    uint32_t sends;   /* how often it is injected */
    uint64_t planned; /* slot in which its first flit comes when both clocks agree */
};

struct receiver_send {
    uint64_t start;
    uint32_t transfer, hop, arrival, port;
    uint32_t peer; /* entry of the network */
    uint32_t flits, class_of;
};

struct receiver_program {
    VEC(struct receiver_arrival, arrivals);
    VEC(struct receiver_send, sends); /* sorted by start */
};

struct receiver_port {
    const char *inject_id;
    uint32_t inject_latency;
};

struct receiver_params {
    const char *name; /* chip1.from.chip0 */
    uint32_t ports, flit_bytes, staging_bytes, guard_cycles;
    const struct receiver_port *port; /* per port */
};

struct receiver_stat {
    struct link_account (*inject)[CLASS_COUNT]; /* per port */
    uint64_t replicated, staging_overflows, late;
};

struct link_receiver {
    struct receiver_params p;
    struct receiver_port *ports;
    struct receiver_program *programs;
    uint32_t n_programs;
    const struct slot_counter *counter;
    struct mailbox *in, **out; /* out: per port */
    struct run_control *run;
    struct hold_port hold;
    /* state */
    uint32_t launch;
    const struct receiver_program *program;
    uint32_t next;
    struct burst *staged;    /* per arrival */
    uint64_t *whole;         /* per arrival: cycle in which it is whole; CYCLE_NEVER: not come */
    uint32_t *left;          /* per arrival: injections to come */
    uint64_t *free_at;       /* per port: first free slot of the inject link */
    struct staging *staging; /* per port */
    struct receiver_stat stat;
    struct link_probe *probes;
};

struct link_receiver *link_receiver_new(const struct receiver_params *p, struct receiver_program *programs,
                                        uint32_t n_programs, struct run_control *run);
void link_receiver_free(struct link_receiver *r);
void link_receiver_connect(struct link_receiver *r, const struct slot_counter *counter, struct mailbox *in,
                           struct mailbox **out, struct mailbox *hold_out);
uint64_t link_receiver_eval(struct link_receiver *r, uint64_t cycle);
void link_receiver_end(struct link_receiver *r);
uint64_t link_receiver_in_flight(const struct link_receiver *r);
void link_receiver_dump(const struct link_receiver *r, uint64_t cycle, struct diag *d);

#endif
