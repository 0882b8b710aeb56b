/* SPDX-License-Identifier: Apache-2.0 */
/* slot_counter.h - the counter of schedule cycles ("slots") that all boxes of a chip follow.
 *
 *     clock cycle   ... base    base+1 ...  from     from+1 ...  until   ...
 *     slot                0       1          s        s            s      s+1 ...      gate [from, until) shut
 *                                            (s = slot of from - 1)
 *
 * A broadcast register: the phase controller publishes, everybody on the chip reads; what is published in t
 * is seen from t + 1 on. While the gate is shut the counter stands and with it all that runs by slots. The
 * gate is shut for one of three reasons: a late burst (from a link or a DRAM channel), or to keep a fast clock
 * in step with the slowest (align).
 *
 * Two scales: `slot` is what the schedule speaks of. `time` is what results count: cycles since the launch was
 * issued, in which the machine either works or stalls; alignment is part of keeping time and not counted. */
#ifndef SIM_KERNEL_SLOT_COUNTER_H
#define SIM_KERNEL_SLOT_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"
#include "sim/kernel/domain.h"

#define SLOT_BEFORE UINT64_MAX /* no program runs yet in this cycle */

enum slot_hold { HOLD_LINK, HOLD_DRAM, HOLD_ALIGN, HOLD_COUNT };

struct slot_state {
    uint32_t launch;           /* number of the launch, from 1 on; 0: none yet */
    uint32_t program;          /* what runs */
    uint32_t version;          /* of inputs in this repeat */
    bool measured;             /* the last repeat */
    uint64_t base;             /* clock cycle of slot 0: the launch is issued */
    uint64_t held[HOLD_COUNT]; /* cycles that past gates were shut */
    uint64_t from, until;      /* the gate under way or to come; from = CYCLE_NEVER: none */
    enum slot_hold why;
};

/* Controller -> unit: from `slot` on this phase is open. */
struct phase_message {
    uint64_t slot;
    uint32_t launch, phase;
};

#define HOLD_AHEAD 3u /* slots: request, decision and gate take one cycle each */

/* Port -> controller: `slot` must not begin before clock cycle `until` (CYCLE_NEVER: not known yet). Entries of a port
 * ask each for themselves: several may have the same slot. */
struct hold_request {
    uint64_t slot, until;
    uint32_t entry;
};

struct slot_reader {
    struct domain *domain; /* the counter's or a part of it */
    uint32_t box;
};

struct slot_counter {
    struct slot_state now, next;
    struct domain *domain;
    VEC(struct slot_reader, readers);
    bool written;
};

void slot_counter_init(struct slot_counter *c, struct domain *d);
void slot_counter_free(struct slot_counter *c);
/* The box, of the counter's domain or a part of it, is woken by what is published. */
void slot_counter_subscribe(struct slot_counter *c, struct domain *d, uint32_t box);
void slot_counter_publish(struct slot_counter *c, const struct slot_state *s);
void slot_counter_commit(struct slot_counter *c); /* domain_commit only */

/* What a launch makes of the counter: slot 0 at the launch's instant, no gate. */
struct launch_message;
struct slot_state slot_state_of(const struct launch_message *m, const struct domain *d);

/* Folds a gate that is over by `cycle` into held[]. */
void slot_state_fold(struct slot_state *s, uint64_t cycle);

/* Slot of a clock cycle, as far as the published gates tell; SLOT_BEFORE before base. */
uint64_t slot_of(const struct slot_state *s, uint64_t cycle);
/* Is the gate shut in this cycle? */
static inline bool slot_shut(const struct slot_state *s, uint64_t cycle)
{
    return cycle >= s->from && cycle < s->until;
}
/* First clock cycle of a slot; CYCLE_NEVER when an open-ended gate stands before it. */
uint64_t slot_cycle(const struct slot_state *s, uint64_t slot);
/* Cycles since launch, alignment left out. */
uint64_t slot_time(const struct slot_state *s, uint64_t cycle);
/* Stall cycles of one kind up to a clock cycle. */
uint64_t slot_held(const struct slot_state *s, enum slot_hold why, uint64_t cycle);
/* Femtoseconds from launch to a time as of slot_time (waveforms). */
uint64_t slot_time_fs(const struct slot_counter *c, uint64_t time);

#endif
