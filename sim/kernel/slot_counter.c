/* SPDX-License-Identifier: Apache-2.0 */
/* slot_counter.c - clock cycles to schedule cycles and back. */
#include "sim/kernel/slot_counter.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/kernel/launch.h"

struct slot_state slot_state_of(const struct launch_message *m, const struct domain *d)
{
    return (struct slot_state) {.launch = m->launch,
                                .program = m->program,
                                .version = m->version,
                                .measured = m->measured,
                                .base = sim_clock_at(&d->clock, m->base_fs),
                                .from = CYCLE_NEVER,
                                .until = CYCLE_NEVER};
}

void slot_counter_init(struct slot_counter *c, struct domain *d)
{
    *c = (struct slot_counter) {.domain = d};
    c->now.from = c->now.until = CYCLE_NEVER;
    c->next = c->now;
}

void slot_counter_free(struct slot_counter *c)
{
    free(c->readers);
    *c = (struct slot_counter) {0};
}

void slot_counter_subscribe(struct slot_counter *c, struct domain *d, uint32_t box)
{
    *VEC_PUSH(c, readers) = (struct slot_reader) {d, box};
}

void slot_counter_publish(struct slot_counter *c, const struct slot_state *s)
{
    SIM_CHECK(!c->written, "the slot counter is written twice in cycle %llu", (unsigned long long)c->domain->cycle);
    c->next = *s;
    c->written = true;
    domain_published(c->domain, c);
}

void slot_counter_commit(struct slot_counter *c)
{
    c->now = c->next;
    c->written = false;
    for (size_t i = 0; i < c->n_readers; i++) {
        SIM_CHECK(c->readers[i].domain->cycle == c->domain->cycle,
                  "the slot counter is written out of step, in cycle %llu", (unsigned long long)c->domain->cycle);
        domain_set_timer(c->readers[i].domain, c->readers[i].box, c->domain->cycle + 1);
    }
}

static uint64_t held_before(const struct slot_state *s)
{
    return s->held[HOLD_LINK] + s->held[HOLD_DRAM] + s->held[HOLD_ALIGN];
}

/* Cycles of the gate under way that lie before `cycle`. */
static uint64_t shut_before(const struct slot_state *s, uint64_t cycle)
{
    if (cycle <= s->from)
        return 0;
    return (cycle < s->until ? cycle : s->until) - s->from;
}

void slot_state_fold(struct slot_state *s, uint64_t cycle)
{
    if (s->from != CYCLE_NEVER && s->until <= cycle) {
        s->held[s->why] += s->until - s->from;
        s->from = s->until = CYCLE_NEVER;
    }
}

uint64_t slot_of(const struct slot_state *s, uint64_t cycle)
{
    if (s->launch == 0 || cycle < s->base)
        return SLOT_BEFORE;
    uint64_t running = cycle - s->base - held_before(s) - shut_before(s, cycle);
    return slot_shut(s, cycle) ? running - 1 : running;
}

uint64_t slot_cycle(const struct slot_state *s, uint64_t slot)
{
    uint64_t cycle = s->base + held_before(s) + slot;
    if (cycle < s->from)
        return cycle;
    return s->until == CYCLE_NEVER ? CYCLE_NEVER : cycle + (s->until - s->from);
}

uint64_t slot_held(const struct slot_state *s, enum slot_hold why, uint64_t cycle)
{
    return s->held[why] + (s->why == why ? shut_before(s, cycle) : 0);
}

uint64_t slot_time(const struct slot_state *s, uint64_t cycle)
{
    return cycle - s->base - slot_held(s, HOLD_ALIGN, cycle);
}

uint64_t slot_time_fs(const struct slot_counter *c, uint64_t time)
{
    const struct slot_state *s = &c->now;
    uint64_t cycle = s->base + s->held[HOLD_ALIGN] + time;
    return sim_clock_edge(&c->domain->clock, cycle) - sim_clock_edge(&c->domain->clock, s->base);
}
