/* SPDX-License-Identifier: Apache-2.0 */
/* link_sender.h - the sending half of a chip link: staging buffers of its ports, serialiser, line.
 *
 *     network --eject--> [staging]--+
 *     network --eject--> [staging]--+==> serialiser ==exact rate==> line ~~latency~~> link_receiver of the other chip
 *
 * A burst leaves in its slot: it must stand whole in its port's buffer, and the line must be free before the slot
 * is over (it follows the burst before to the tick). On the wire it is whole flits. What the other chip sees: the
 * first flit `latency` after the slot, the last one `latency` after the line has taken it.
 *
 * With bit errors a burst can be lost: one of the code's frames in it could not be corrected. Under halt the receiver
 * gets it marked, and stops the run. Under stall the sender, which keeps what it sent, hears of the loss two latencies
 * after the burst's end and sends it again, before what has its slot then. A switch at the far end passes a burst on
 * before it can know that it is bad: it gets the lost one too, nullified (under stall: lost_frames > 0), and passes it
 * on so (slot_switch.h). A chip that gets one drops it, so to a chip it is not delivered at all.
 *
 *     slot    A B C . . D             docs/model/link.md, ADR 0080
 *     line    A B C . . A D           A was lost; D waits until the line is free
 *                ~~~~~~> latency of the loss and its message */
#ifndef HW_LINK_LINK_SENDER_H
#define HW_LINK_LINK_SENDER_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/link/link_errors.h"
#include "sim/base/account.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/link_probe.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"
#include "sim/kernel/staging.h"

struct sender_entry {
    uint64_t start;
    uint32_t transfer, hop;
    uint32_t peer; /* entry of the receiver */
    uint32_t bytes, flits, class_of;
};

struct sender_program {
    VEC(struct sender_entry, entries); /* sorted by start */
};

/* From `cycle` of the measured repeat on, the first burst that enters arrives `delay` cycles late. */
struct sender_delay {
    uint64_t cycle, delay;
    bool done;
};

struct sender_params {
    const char *id; /* chip0-chip1 */
    uint32_t ports, flit_bytes, staging_bytes;
    struct fraction rate;
    uint32_t latency;          /* cycles of this chip's clock */
    struct link_errors errors; /* loss and frame_bytes; frame_bytes 0: no errors */
    bool to_switch;            /* the far end passes on what comes */
};

struct sender_stat {
    struct link_account account[CLASS_COUNT];
    uint64_t late_line, staging_overflows;
    uint64_t lost; /* bursts with frames that could not be corrected */
};

/* A lost burst, to be sent again when the loss is known here. */
struct sender_again {
    struct burst b;
    uint32_t entry;
    uint64_t due;
};

struct link_sender {
    struct sender_params p;
    struct sender_program *programs;
    uint32_t n_programs;
    const struct slot_counter *counter;
    struct mailbox **in; /* per port */
    struct mailbox *out;
    struct run_control *run;
    VEC(struct sender_delay, delays);
    /* state */
    uint32_t launch;
    const struct sender_program *program;
    uint32_t next;
    struct serial_line line;
    uint64_t busy_until;  /* cycle after the last one in which the line was busy */
    uint64_t clear_fs;    /* when the last burst has left the far end; bursts keep their order */
    struct burst *staged; /* per entry */
    bool *here;
    uint32_t *port_of;
    struct staging *staging; /* per port */
    struct link_errors errors;
    VEC(struct sender_again, again); /* in order of `due` */
    uint64_t last_wire;              /* of what went onto the line last, and its class */
    uint32_t last_class;
    struct sender_stat stat;
    struct link_probe probe, again_probe; /* again_probe: what is sent again, with errors only */
};

struct link_sender *link_sender_new(const struct sender_params *p, struct sender_program *programs, uint32_t n_programs,
                                    struct run_control *run);
void link_sender_free(struct link_sender *s);
void link_sender_connect(struct link_sender *s, const struct slot_counter *counter, struct mailbox **in,
                         struct mailbox *out);
void link_sender_delay(struct link_sender *s, uint64_t cycle, uint64_t delay);
uint64_t link_sender_eval(struct link_sender *s, uint64_t cycle);
void link_sender_end(struct link_sender *s, uint64_t cycle);
uint64_t link_sender_in_flight(const struct link_sender *s);
void link_sender_dump(const struct link_sender *s, uint64_t cycle, struct diag *d);

#endif
