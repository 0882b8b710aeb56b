/* SPDX-License-Identifier: Apache-2.0 */
/* dispatcher.h - launch queue and work dispatcher of a chip: kernels one after the other, CTAs to SMs with room.
 *
 *     host --launch--> [kernel 0][kernel 1] ...   stream order: a kernel begins when the one before has ended
 *                          |  CTA, CTA, ...  cta_rate per cycle, to the SM with the fewest CTAs that has room
 *                          v
 *                      SM 0 .. P-1 --done-->  registers, shared memory and slots are free again
 *
 * graph: each kernel of the program; the next one's first CTA goes out kernel_launch cycles after the last CTA of the
 * one before has told that it ended. persistent: one kernel that fills all slots; its CTAs take tasks from a queue in
 * memory. A repeat is over when all kernels are, and every SM has told that nothing of it is outstanding.
 *
 * Cycle: 1. launch from the host, published to the chip; 2. what SMs tell; 3. end of a kernel; 4. CTAs out. */
#ifndef HW_DISPATCH_DISPATCHER_H
#define HW_DISPATCH_DISPATCHER_H

#include "sim/base/account.h"
#include "sim/base/dynamic_params.h"
#include "sim/kernel/launch.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"
#include "sim/program/program.h"

struct dispatcher_config {
    const char *name;          /* chip0.dispatch */
    uint32_t units, cta_slots; /* slots: of an SM that this work can use */
    uint32_t register_bytes, shared_bytes;
    bool persistent;
    uint64_t launch_cycles, kernel_launch;
    uint32_t cta_rate;
    const struct chip_program *program;
    const bool *dead; /* per SM: it gets no CTA; the caller's, stays. NULL: all work */
};

/* What an SM without a CTA waits for, from this cycle on (measured repeat). */
struct dispatch_mark {
    uint64_t from;
    enum cause cause;
};

struct dispatch_unit {
    uint32_t ctas, register_bytes, shared_bytes; /* held */
    uint32_t kernel;                             /* last one of which it got a CTA, + 1; 0: none in this launch */
    uint32_t next;                               /* placed: its next CTA, index into the program's unit_ctas */
    bool drained;
};

struct dispatcher_stat {
    uint64_t kernels, ctas;
};

struct dispatcher {
    struct dispatcher_config k;
    struct run_control *run;
    struct slot_counter *counter;
    struct mailbox *host_in, *host_out;
    struct mailbox **start_out, **done_in; /* per unit */
    /* state */
    struct slot_state state; /* as published last */
    uint32_t kernel, next_cta, running;
    uint64_t open_at;
    uint64_t over_at;    /* the last kernel has ended (measured repeat) */
    uint32_t live_units; /* SMs that work */
    bool busy;           /* a repeat is under way */
    uint32_t turn;       /* unit that is asked first among equals */
    struct dispatch_unit *unit;
    VEC(struct dispatch_mark, marks);
    struct dispatcher_stat stat;
    uint32_t var_kernel;
};

struct dispatcher *dispatcher_new(const struct dispatcher_config *k, struct run_control *run);
void dispatcher_free(struct dispatcher *d);
/* Mailbox arrays are the caller's and stay. */
void dispatcher_connect(struct dispatcher *d, struct slot_counter *counter, struct mailbox *host_in,
                        struct mailbox *host_out, struct mailbox **start_out, struct mailbox **done_in);
uint64_t dispatcher_eval(struct dispatcher *d, uint64_t cycle);
void dispatcher_dump(const struct dispatcher *d, uint64_t cycle, struct diag *diag);

#endif
