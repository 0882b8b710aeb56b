/* SPDX-License-Identifier: Apache-2.0 */
/* core_bench.h - a C core under test without SystemC: a domain, a slot counter that runs from cycle 0, mailboxes. */
#ifndef TESTS_UNIT_HW_CORE_BENCH_H
#define TESTS_UNIT_HW_CORE_BENCH_H

#include "sim/kernel/burst.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

struct core_bench {
    struct domain *domain;
    struct slot_counter counter;
    struct run_control run;
};

static inline void core_bench_init(struct core_bench *b)
{
    *b = (struct core_bench) {.domain = domain_new((struct sim_clock) {1000, 0}, false)};
    domain_add_box(b->domain);
    slot_counter_init(&b->counter, b->domain);
    b->counter.now.launch = 1;
    b->counter.now.measured = true;
    b->run.cross_check = true;
}

static inline struct mailbox *core_bench_mail(struct core_bench *b, uint32_t item_bytes, uint32_t capacity)
{
    struct mailbox *m = mailbox_new("mail", item_bytes, capacity, false);
    mailbox_connect_writer(m, b->domain);
    mailbox_connect_reader(m, b->domain, 0);
    return m;
}

static inline void core_bench_free(struct core_bench *b)
{
    slot_counter_free(&b->counter);
    run_control_free(&b->run);
    domain_free(b->domain);
}

static inline void core_bench_woken(void *self, uint32_t box)
{
    (void)box;
    *(bool *)self = true;
}

/* Runs the core at every cycle at which it or its mailboxes want it, up to `end`; `every`: in each cycle. Returns the
 * number of evaluations. */
static inline uint32_t core_bench_run(struct core_bench *b, uint64_t (*eval)(void *core, uint64_t cycle), void *core,
                                      uint64_t end, bool every)
{
    uint32_t evaluations = 0;
    for (uint64_t cycle = 0, next = 0; cycle < end && b->run.n_faults == 0; cycle++) {
        bool timer = false;
        domain_begin(b->domain, cycle, core_bench_woken, &timer);
        if (cycle < next && !timer && !every)
            continue;
        next = eval(core, cycle);
        evaluations++;
        domain_rest(b->domain, 0, CYCLE_NEVER); /* `next` is kept here */
        domain_commit(b->domain);
    }
    return evaluations;
}

#endif
