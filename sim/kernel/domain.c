/* SPDX-License-Identifier: Apache-2.0 */
/* domain.c - timers and rest of the boxes of one clock domain. */
#include "sim/kernel/domain.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/kernel/credit_line.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/slot_counter.h"

struct domain *domain_new(struct sim_clock clock, bool never_sleep)
{
    struct domain *d = mem_alloc(sizeof *d);
    d->clock = clock;
    d->never_sleep = never_sleep;
    return d;
}

void domain_free(struct domain *d)
{
    if (!d)
        return;
    free(d->boxes);
    free(d->timers);
    free(d->written);
    free(d->counters);
    free(d->credits);
    free(d);
}

uint32_t domain_add_box(struct domain *d)
{
    *VEC_PUSH(d, boxes) = (struct domain_box) {.awake = true, .armed = CYCLE_NEVER, .due = CYCLE_NEVER};
    d->n_awake++;
    return (uint32_t)d->n_boxes - 1;
}

/* ---- heap ---- */

static bool earlier(struct domain_timer a, struct domain_timer b)
{
    return a.cycle != b.cycle ? a.cycle < b.cycle : a.box < b.box;
}

static void timer_push(struct domain *d, struct domain_timer t)
{
    VEC_PUSH(d, timers);
    size_t i = d->n_timers - 1;
    while (i > 0 && earlier(t, d->timers[(i - 1) / 2])) {
        d->timers[i] = d->timers[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    d->timers[i] = t;
}

static struct domain_timer timer_pop(struct domain *d)
{
    struct domain_timer top = d->timers[0], last = d->timers[--d->n_timers];
    size_t i = 0, n = d->n_timers;
    for (size_t child = 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && earlier(d->timers[child + 1], d->timers[child]))
            child++;
        if (!earlier(d->timers[child], last))
            break;
        d->timers[i] = d->timers[child];
        i = child;
    }
    if (n > 0)
        d->timers[i] = last;
    return top;
}

/* ---- rest and wake ---- */

bool domain_rest(struct domain *d, uint32_t box, uint64_t next)
{
    struct domain_box *b = &d->boxes[box];
    SIM_CHECK(next > d->cycle, "box %u wants cycle %llu again in cycle %llu", box, (unsigned long long)next,
              (unsigned long long)d->cycle);
    if (d->never_sleep || next == d->cycle + 1)
        return false;
    if (next != CYCLE_NEVER && next != b->armed) {
        timer_push(d, (struct domain_timer) {next, box});
        b->armed = next < b->armed ? next : b->armed;
    }
    d->n_awake -= b->awake;
    b->awake = false;
    return true;
}

void domain_wake_at(struct domain *d, uint32_t box, uint64_t cycle)
{
    struct domain_box *b = &d->boxes[box];
    if (b->due == cycle)
        return;
    b->due = cycle;
    bool first = d->n_timers == 0 || cycle < d->timers[0].cycle;
    timer_push(d, (struct domain_timer) {cycle, box});
    if (first && d->hooks.replan)
        d->hooks.replan(d->hooks.self);
}

void domain_begin(struct domain *d, uint64_t cycle, void (*wake)(void *self, uint32_t box), void *self)
{
    d->cycle = cycle;
    while (d->n_timers > 0 && d->timers[0].cycle <= cycle) {
        struct domain_timer t = timer_pop(d);
        struct domain_box *b = &d->boxes[t.box];
        if (t.cycle >= b->armed)
            b->armed = CYCLE_NEVER;
        if (!b->awake) {
            b->awake = true;
            d->n_awake++;
            wake(self, t.box);
        }
    }
}

uint64_t domain_next(const struct domain *d)
{
    if (d->n_awake > 0)
        return d->cycle + 1;
    return d->n_timers > 0 ? d->timers[0].cycle : CYCLE_NEVER;
}

/* ---- commit ---- */

static void ask_for_commit(struct domain *d)
{
    if (d->n_written + d->n_counters + d->n_credits == 1 && d->hooks.commit_later)
        d->hooks.commit_later(d->hooks.self);
}

void domain_written(struct domain *d, struct mailbox *m)
{
    *VEC_PUSH(d, written) = m;
    ask_for_commit(d);
}

void domain_published(struct domain *d, struct slot_counter *c)
{
    *VEC_PUSH(d, counters) = c;
    ask_for_commit(d);
}

void domain_credited(struct domain *d, struct credit_line *c)
{
    *VEC_PUSH(d, credits) = c;
    ask_for_commit(d);
}

void domain_commit(struct domain *d)
{
    for (size_t i = 0; i < d->n_written; i++)
        mailbox_commit(d->written[i]);
    for (size_t i = 0; i < d->n_counters; i++)
        slot_counter_commit(d->counters[i]);
    for (size_t i = 0; i < d->n_credits; i++)
        credit_line_commit(d->credits[i]);
    d->n_written = d->n_counters = d->n_credits = 0;
}
