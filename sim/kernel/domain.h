/* SPDX-License-Identifier: Apache-2.0 */
/* domain.h - one clock domain: its boxes, who of them sleeps until when, what was written and must be committed.
 *
 *     tick k:  1. timers due at k wake their boxes      (a wake only marks, nothing is evaluated)
 *              2. every awake box evaluates once        (reads what is for k, writes what is for k + 1 or later;
 *                                                        a write sets a timer of the reader)
 *              3. commit                                (SystemC's update phase: credits, and what is for others)
 *              4. plan the next tick: k + 1 when somebody is awake, else the earliest timer, else none
 *
 * This is the C half: it decides which cycle comes next and who takes part. domain_sc.h gives it events and
 * simulated time. docs/timing.md has the whole picture. A timer that fires too early is harmless: boxes
 * work from the cycle number and find nothing to do.
 *
 * Boxes of a clock that write nothing for each other can be a part of their own, with timers of its own: a struct
 * domain that names the clock's other one as its `whole`. A part does several cycles in a row (domain_take), box by
 * box, as far as what the others write for it is known; each item and each credit has its cycle, so nothing is seen too
 * early, and a part never writes for a cycle that another one has done. */
#ifndef SIM_KERNEL_DOMAIN_H
#define SIM_KERNEL_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/kernel/sim_clock.h"

#define CYCLE_NEVER UINT64_MAX

struct mailbox;
struct slot_counter;

/* How the C half calls its SystemC half. */
struct domain_hooks {
    void *self;
    void (*replan)(void *self); /* a timer was set while no tick is under way */
};

struct domain_timer {
    uint64_t cycle;
    uint32_t box;
};

/* Timers of the next DOMAIN_WHEEL cycles: per cycle a set of boxes. Later ones wait in a heap. What another chip sends
 * is ready within the wheel: the latency of a link, and as much again while the sender is ahead of the reader. */
#define DOMAIN_WHEEL 2048u
#define DOMAIN_SPOKE 64u /* cycles of which is known whether one of them may have a timer */

struct domain_box {
    uint64_t far; /* cycle of the last timer it got in the heap: a second one for it is not needed */
};

struct domain {
    uint64_t cycle; /* of the tick under way, or the last one; of a part: that is done */
    bool never_sleep;
    bool ahead; /* may run ahead: only what clock_domain::hear() tells of comes from other domains */
    uint32_t words;
    VEC(uint64_t, awake_bits); /* the boxes that are awake, a set of `words` words */
    VEC(uint64_t, soon);       /* timers of cycle + 1, a set of `words` words */
    struct mailbox *written;   /* in this cycle, with what the commit makes visible */
    uint64_t unasked;          /* flags of mailboxes whose reader did not ask for them */
    VEC(uint64_t, wheel);      /* later timers: DOMAIN_WHEEL sets of `words` words, by cycle mod DOMAIN_WHEEL */
    uint8_t occupied[DOMAIN_WHEEL / DOMAIN_SPOKE]; /* 0: no timer in these cycles; 1: perhaps */
    VEC(struct domain_timer, timers);              /* binary heap by (cycle, box) */
    VEC(struct domain_box, boxes);
    const struct domain *whole;           /* of which it is a part; itself */
    VEC(uint64_t, taken);                 /* by domain_take: boxes, a set of `words` words */
    VEC(uint64_t, due);                   /* per box: cycles of what was taken, a bit each */
    VEC(struct slot_counter *, counters); /* published in this cycle */
    struct sim_clock clock;
    struct domain_hooks hooks;
};

struct domain *domain_new(struct sim_clock clock, bool never_sleep);
void domain_free(struct domain *d);

/* A box joins; all boxes are awake in the first tick. Returns its number. */
uint32_t domain_add_box(struct domain *d);

void domain_far_timer(struct domain *d, uint32_t box, uint64_t cycle);

/* Boxes of one word of the set. */
static inline void domain_wheel_timers(struct domain *d, size_t word, uint64_t boxes, uint64_t cycle)
{
    uint32_t at = (uint32_t)cycle % DOMAIN_WHEEL;
    d->wheel[at * d->words + word] |= boxes;
    d->occupied[at / DOMAIN_SPOKE] = 1;
}

/* A timer without a new plan for the next edge: for what comes before the plan of a tick, rests, writes and commits. */
static inline void domain_set_timer(struct domain *d, uint32_t box, uint64_t cycle)
{
    uint64_t ahead = cycle - d->cycle - 1;
    if (ahead == 0) {
        d->soon[box / 64] |= 1ull << box % 64;
    } else if (ahead < DOMAIN_WHEEL - 1) {
        domain_wheel_timers(d, box / 64, 1ull << box % 64, cycle);
    } else {
        domain_far_timer(d, box, cycle);
    }
}

/* After a box (one bit of a word of the set) evaluated: it wants to be evaluated at `next`, not the next cycle;
 * CYCLE_NEVER: only a mailbox wakes it. */
static inline void domain_tired(struct domain *d, size_t word, uint64_t box, uint64_t next)
{
    uint64_t cycle = d->cycle;
    if (next - cycle - 1 < DOMAIN_WHEEL - 1) {
        domain_wheel_timers(d, word, box, next);
    } else if (next != CYCLE_NEVER) {
        SIM_CHECK(next > cycle, "a box wants cycle %llu again in cycle %llu", (unsigned long long)next,
                  (unsigned long long)cycle);
        domain_far_timer(d, (uint32_t)word * 64 + (uint32_t)__builtin_ctzll(box), next);
    }
}

/* Boxes of one word of the set, all of which want to. */
static inline void domain_sleep(struct domain *d, size_t word, uint64_t boxes)
{
    d->awake_bits[word] &= d->never_sleep ? ~0ull : ~boxes;
}

/* Both at once, if it does not want the next cycle. Returns whether it sleeps. */
static inline bool domain_rest(struct domain *d, uint32_t box, uint64_t next)
{
    if (next == d->cycle + 1)
        return false;
    domain_tired(d, box / 64, 1ull << box % 64, next);
    domain_sleep(d, box / 64, 1ull << box % 64);
    return !d->never_sleep;
}

static inline bool domain_awake(const struct domain *d, uint32_t box)
{
    return d->awake_bits[box / 64] >> box % 64 & 1;
}

/* A box must be evaluated at `cycle`, however it rests. */
void domain_wake_at(struct domain *d, uint32_t box, uint64_t cycle);

/* Begins tick `cycle`: wakes the boxes that are due, in the order of their numbers, and tells `wake` (NULL: nobody). */
void domain_begin(struct domain *d, uint64_t cycle, void (*wake)(void *self, uint32_t box), void *self);

void domain_wake_far(struct domain *d);

/* The same behind tick 0, where nobody is told. */
static inline void domain_go_on(struct domain *d, uint64_t cycle)
{
    uint64_t *row = d->wheel + (uint32_t)cycle % DOMAIN_WHEEL * d->words;
    d->cycle = cycle;
    for (uint32_t word = 0; word < d->words; word++) {
        d->awake_bits[word] |= d->soon[word] | row[word];
        d->soon[word] = row[word] = 0;
    }
    if (d->n_timers > 0)
        domain_wake_far(d);
}

/* Is the next tick that of the next cycle? */
static inline bool domain_busy(const struct domain *d)
{
    uint64_t any = 0;
    for (uint32_t word = 0; word < d->words; word++)
        any |= d->awake_bits[word] | d->soon[word];
    return any != 0;
}

/* A part, the n <= 64 cycles behind d->cycle at once: which boxes are evaluated (taken), and when at least (due, bit k:
 * d->cycle + 1 + k). Who goes on from there takes care of what boxes want within these cycles; no other timer is set in
 * them. */
void domain_take(struct domain *d, uint32_t n);

/* The cycle of the next tick, CYCLE_NEVER when nobody is awake and no timer runs. */
uint64_t domain_next(struct domain *d);

/* Commits what was written; SystemC's update phase. */
void domain_commit(struct domain *d);
static inline bool domain_has_written(const struct domain *d)
{
    return d->written || d->n_counters > 0;
}

/* The next commit, at the end of the tick under way, is for this counter. */
void domain_published(struct domain *d, struct slot_counter *c);

#endif
