/* SPDX-License-Identifier: Apache-2.0 */
/* domain.c - timers and rest of the boxes of one clock domain. */
#include "sim/kernel/domain.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/slot_counter.h"

struct domain *domain_new(struct sim_clock clock, bool never_sleep)
{
    struct domain *d = mem_alloc(sizeof *d);
    d->clock = clock;
    d->never_sleep = never_sleep;
    d->whole = d;
    return d;
}

void domain_free(struct domain *d)
{
    if (!d)
        return;
    free(d->boxes);
    free(d->awake_bits);
    free(d->soon);
    free(d->timers);
    free(d->wheel);
    free(d->taken);
    free(d->due);
    free(d->counters);
    free(d);
}

uint32_t domain_add_box(struct domain *d)
{
    *VEC_PUSH(d, boxes) = (struct domain_box) {.far = CYCLE_NEVER};
    *VEC_PUSH(d, due) = 0;
    if (d->n_boxes > (size_t)d->words * 64) {
        d->words++;
        *VEC_PUSH(d, awake_bits) = 0;
        *VEC_PUSH(d, soon) = 0;
        *VEC_PUSH(d, taken) = 0;
        VEC_RESERVE(d, wheel, (size_t)DOMAIN_WHEEL * d->words);
        memset(d->wheel, 0, (size_t)DOMAIN_WHEEL * d->words * sizeof *d->wheel); /* no timers before the first tick */
    }
    uint32_t box = (uint32_t)d->n_boxes - 1;
    d->awake_bits[box / 64] |= 1ull << box % 64;
    return box;
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

/* ---- wheel ---- */

static uint64_t *boxes_at(const struct domain *d, uint64_t cycle)
{
    return d->wheel + cycle % DOMAIN_WHEEL * d->words;
}

/* The first of these cycles, which are neighbours in the wheel, that has a box; else `end`. */
static uint64_t first_row(const struct domain *d, uint64_t cycle, uint64_t end)
{
    const uint64_t *first = boxes_at(d, cycle), *at = first, *behind = first + (end - cycle) * d->words;
    while (at < behind && *at == 0)
        at++;
    return cycle + (uint64_t)(at - first) / d->words;
}

/* First cycle behind d->cycle that has a box in the wheel. */
static uint64_t wheel_next(struct domain *d)
{
    uint64_t cycle = d->cycle + 1, end = cycle + DOMAIN_WHEEL;
    while (cycle < end) {
        uint8_t *occupied = &d->occupied[cycle % DOMAIN_WHEEL / DOMAIN_SPOKE];
        uint64_t first = cycle, border = (cycle / DOMAIN_SPOKE + 1) * DOMAIN_SPOKE;
        cycle = *occupied ? first_row(d, cycle, border) : border;
        if (cycle < border)
            return cycle;
        if (first % DOMAIN_SPOKE == 0)
            *occupied = 0;
    }
    return CYCLE_NEVER;
}

void domain_far_timer(struct domain *d, uint32_t box, uint64_t cycle)
{
    if (d->boxes[box].far == cycle)
        return;
    d->boxes[box].far = cycle;
    timer_push(d, (struct domain_timer) {cycle, box});
}

/* ---- wake ---- */

void domain_wake_at(struct domain *d, uint32_t box, uint64_t cycle)
{
    uint64_t before = d->hooks.replan ? domain_next(d) : 0;
    domain_set_timer(d, box, cycle);
    if (cycle < before)
        d->hooks.replan(d->hooks.self);
}

/* Who sleeps and is woken by these timers. */
static void tell(const struct domain *d, uint32_t word, uint64_t due, void (*wake)(void *self, uint32_t box),
                 void *self)
{
    for (uint64_t woken = due & ~d->awake_bits[word]; woken; woken &= woken - 1)
        wake(self, word * 64 + (uint32_t)__builtin_ctzll(woken));
}

static void wake_far(struct domain *d, void (*wake)(void *self, uint32_t box), void *self)
{
    while (d->n_timers > 0 && d->timers[0].cycle <= d->cycle) {
        struct domain_timer t = timer_pop(d);
        if (d->boxes[t.box].far == t.cycle)
            d->boxes[t.box].far = CYCLE_NEVER;
        if (wake)
            tell(d, t.box / 64, 1ull << t.box % 64, wake, self);
        d->awake_bits[t.box / 64] |= 1ull << t.box % 64;
    }
}

void domain_wake_far(struct domain *d)
{
    wake_far(d, NULL, NULL);
}

void domain_begin(struct domain *d, uint64_t cycle, void (*wake)(void *self, uint32_t box), void *self)
{
    d->cycle = cycle;
    uint64_t *row = boxes_at(d, cycle);
    uint64_t soon = cycle > 0 ? ~0ull : 0; /* what was set before tick 0 is for cycle 1 */
    for (uint32_t word = 0; wake && word < d->words; word++)
        tell(d, word, (d->soon[word] & soon) | row[word], wake, self);
    for (uint32_t word = 0; word < d->words; word++) {
        d->awake_bits[word] |= (d->soon[word] & soon) | row[word];
        d->soon[word] &= ~soon;
        row[word] = 0;
    }
    wake_far(d, wake, self);
}

/* ---- several cycles at once ---- */

static void take(struct domain *d, uint32_t word, uint64_t boxes, uint32_t k)
{
    d->taken[word] |= boxes;
    for (; boxes; boxes &= boxes - 1)
        d->due[word * 64 + (uint32_t)__builtin_ctzll(boxes)] |= 1ull << k;
}

void domain_take(struct domain *d, uint32_t n)
{
    uint64_t first = d->cycle + 1;
    for (uint32_t word = 0; word < d->words; word++) {
        d->taken[word] = 0;
        take(d, word, d->awake_bits[word] | d->soon[word], 0);
        d->soon[word] = 0;
    }
    for (uint32_t k = 0; k < n; k++) {
        uint64_t *row = boxes_at(d, first + k);
        for (uint32_t word = 0; word < d->words; word++) {
            take(d, word, row[word], k);
            row[word] = 0;
        }
    }
    while (d->n_timers > 0 && d->timers[0].cycle < first + n) {
        struct domain_timer t = timer_pop(d);
        if (d->boxes[t.box].far == t.cycle)
            d->boxes[t.box].far = CYCLE_NEVER;
        take(d, t.box / 64, 1ull << t.box % 64, (uint32_t)(t.cycle - first));
    }
}

uint64_t domain_next(struct domain *d)
{
    if (domain_busy(d))
        return d->cycle + 1;
    uint64_t near = wheel_next(d), far = d->n_timers > 0 ? d->timers[0].cycle : CYCLE_NEVER;
    return near < far ? near : far;
}

/* ---- commit ---- */

void domain_published(struct domain *d, struct slot_counter *c)
{
    *VEC_PUSH(d, counters) = c;
}

void domain_commit(struct domain *d)
{
    for (struct mailbox *m = d->written; m; m = m->link)
        mailbox_commit(m);
    for (size_t i = 0; i < d->n_counters; i++)
        slot_counter_commit(d->counters[i]);
    d->written = NULL;
    d->n_counters = 0;
}
