/* SPDX-License-Identifier: Apache-2.0 */
/* test_phase_controller.c - the controller alone: launch, broadcasts, gates, alignment, end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/phase/phase_controller.h"
#include "tests/unit/hw/core_bench.h"

#define BASE 10u /* cycle of slot 0 */

static const enum slot_hold why[] = {HOLD_DRAM, HOLD_LINK};
static const uint64_t latency_fs[] = {20000}; /* 20 cycles */

struct bench {
    struct core_bench core;
    struct controller_program program;
    struct controller *c;
    struct mailbox *host_in, *host_out, *hold[2], *offset_in, *offset_out, *unit[1];
};

static void build(struct bench *b, bool by_phase, uint64_t makespan, int64_t drift, int64_t slowest)
{
    core_bench_init(&b->core);
    slot_counter_free(&b->core.counter);
    slot_counter_init(&b->core.counter, b->core.domain);
    slot_counter_subscribe(&b->core.counter, b->core.domain, 0);
    b->core.domain->clock.drift_ppb = drift;
    b->program.makespan = makespan;
    struct controller_params p = {.name = "chip0.ctl",
                                  .units = 1,
                                  .ports = 2,
                                  .neighbours = 1,
                                  .port_why = why,
                                  .broadcast_cycles = 5,
                                  .align_interval = 1000,
                                  .slowest = {1000, slowest},
                                  .neighbour_latency_fs = latency_fs,
                                  .by_phase = by_phase};
    b->c = controller_new(&p, &b->program, 1, &b->core.run);
    b->host_in = core_bench_mail(&b->core, sizeof(struct launch_message), 4);
    b->host_out = core_bench_mail(&b->core, sizeof(struct done_message), 4);
    b->hold[0] = core_bench_mail(&b->core, sizeof(struct hold_request), 4);
    b->hold[1] = core_bench_mail(&b->core, sizeof(struct hold_request), 4);
    b->offset_in = core_bench_mail(&b->core, sizeof(struct offset_message), 4);
    b->offset_out = core_bench_mail(&b->core, sizeof(struct offset_message), 4);
    b->unit[0] = core_bench_mail(&b->core, sizeof(struct phase_message), 16);
    controller_connect(b->c, &b->core.counter, b->host_in, b->host_out, b->hold, &b->offset_in, b->unit,
                       &b->offset_out);
    struct launch_message m = {.launch = 1, .measured = true, .base_fs = sim_clock_edge(&b->core.domain->clock, BASE)};
    mailbox_write(b->host_in, 4, &m, sizeof m);
    domain_commit(b->core.domain);
}

static void phases(struct bench *b, const uint64_t *starts, int n)
{
    for (int i = 0; i < n; i++)
        *VEC_PUSH(&b->program, phases) = (struct controller_phase) {starts[i]};
}

static void end(struct bench *b)
{
    struct mailbox *all[] = {b->host_in, b->host_out, b->hold[0], b->hold[1], b->offset_in, b->offset_out, b->unit[0]};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        mailbox_free(all[i]);
    controller_free(b->c);
    core_bench_free(&b->core);
}

static uint64_t eval(void *core, uint64_t cycle)
{
    return controller_eval(core, cycle);
}

static void ask_for(struct bench *b, int port, uint64_t ready, struct hold_request h)
{
    mailbox_write(b->hold[port], ready, &h, sizeof h);
    domain_commit(b->core.domain);
}

static void ask(struct bench *b, int port, uint64_t ready, uint64_t slot, uint64_t until)
{
    ask_for(b, port, ready, (struct hold_request) {.slot = slot, .until = until});
}

static void each_index_arrives_with_the_first_slot_of_its_phase(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    const uint64_t starts[] = {0, 20, 50};
    phases(&b, starts, 3);
    build(&b, true, 80, 0, 0);
    core_bench_run(&b.core, eval, b.c, 200, false);
    assert_int_equal(mailbox_count(b.unit[0]), 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct phase_message *m = mailbox_item(b.unit[0], i);
        assert_int_equal(m->phase, i);
        assert_int_equal(m->slot, i < 3 ? starts[i] : 80); /* the last one: all off */
        assert_int_equal(mailbox_item_at(b.unit[0], i), BASE + m->slot);
    }
    assert_int_equal(b.c->stat.broadcasts, 4);
    assert_int_equal(b.c->began[2], 50);
    assert_int_equal(mailbox_count(b.host_out), 1);
    assert_int_equal(mailbox_item_at(b.host_out, 0), BASE + 80 + 1);
    end(&b);
}

static void phases_shorter_than_a_broadcast_are_refused(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    const uint64_t starts[] = {0, 20, 24, 50};
    phases(&b, starts, 4);
    build(&b, true, 80, 0, 0);
    core_bench_run(&b.core, eval, b.c, 200, false);
    assert_int_equal(b.core.run.n_faults, 1);
    end(&b);
}

static void local_timers_get_one_broadcast(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    const uint64_t starts[] = {0, 20, 24, 50};
    phases(&b, starts, 4);
    build(&b, false, 80, 0, 0);
    core_bench_run(&b.core, eval, b.c, 200, false);
    assert_int_equal(b.core.run.n_faults, 0);
    assert_int_equal(b.c->stat.broadcasts, 1);
    assert_int_equal(mailbox_count(b.unit[0]), 0);
    assert_int_equal(b.c->index, 3);
    end(&b);
}

/* Slot 30 is asked for by both ports, the link's burst is the later one; slot 31 by one of them. */
static void the_gate_stands_before_the_smallest_slot_until_the_latest_cycle(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 80, 0, 0);
    ask(&b, 0, BASE + 28, 30, BASE + 33);
    ask(&b, 1, BASE + 28, 30, BASE + 37);
    ask(&b, 0, BASE + 29, 31, BASE + 40);
    core_bench_run(&b.core, eval, b.c, 300, false);
    const struct slot_state *s = &b.core.counter.now;
    /* 7 cycles for slot 30, which then runs in BASE + 37; slot 31 would be in 38, and waits for 40. */
    assert_int_equal(s->held[HOLD_LINK], 7);
    assert_int_equal(s->held[HOLD_DRAM], 2);
    assert_int_equal(b.c->stat.stalls, 2);
    assert_int_equal(b.c->stat.stall_cycles, 9);
    assert_int_equal(mailbox_count(b.offset_out), 2);
    assert_int_equal(((const struct offset_message *)mailbox_item(b.offset_out, 1))->offset, 9);
    assert_int_equal(mailbox_item_at(b.host_out, 0), BASE + 80 + 9 + 1);
    end(&b);
}

/* It is read in the cycle in which slot 30 runs: slot 31 is the first one that can be held. */
static void a_request_that_comes_too_late_holds_the_next_slot(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 80, 0, 0);
    ask(&b, 1, BASE + 30, 30, BASE + 36);
    core_bench_run(&b.core, eval, b.c, 300, false);
    assert_int_equal(b.core.counter.now.held[HOLD_LINK], 5);
    end(&b);
}

static void a_request_without_an_end_holds_until_it_gets_one(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 80, 0, 0);
    ask(&b, 1, BASE + 28, 30, CYCLE_NEVER);
    ask(&b, 1, BASE + 90, 30, BASE + 100);
    core_bench_run(&b.core, eval, b.c, 300, false);
    assert_int_equal(b.core.counter.now.held[HOLD_LINK], 70);
    end(&b);
}

/* Two entries of one port, both for slot 30: that one has its end says nothing of the other. */
static void a_slot_waits_for_all_of_a_port_that_ask_for_it(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 80, 0, 0);
    ask_for(&b, 1, BASE + 28, (struct hold_request) {.slot = 30, .until = CYCLE_NEVER, .entry = 7});
    ask_for(&b, 1, BASE + 28, (struct hold_request) {.slot = 30, .until = BASE + 40, .entry = 8});
    ask_for(&b, 1, BASE + 90, (struct hold_request) {.slot = 30, .until = BASE + 100, .entry = 7});
    core_bench_run(&b.core, eval, b.c, 300, false);
    assert_int_equal(b.core.counter.now.held[HOLD_LINK], 70);
    end(&b);
}

static void a_neighbours_larger_offset_is_caught_up_with(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 80, 0, 0);
    struct offset_message m = {1, 12};
    mailbox_write(b.offset_in, BASE + 20, &m, sizeof m);
    domain_commit(b.core.domain);
    core_bench_run(&b.core, eval, b.c, 300, false);
    assert_int_equal(b.core.counter.now.held[HOLD_LINK], 12);
    assert_int_equal(((const struct offset_message *)mailbox_item(b.offset_out, 0))->offset, 12);
    end(&b);
}

static void a_fast_clock_waits_for_the_slowest_at_each_alignment(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 3500, -1000000, 1000000); /* 2000 ppm apart: 2 cycles in 1000 */
    core_bench_run(&b.core, eval, b.c, 5000, false);
    assert_int_equal(b.c->stat.align_holds, 3);
    assert_in_range(b.core.counter.now.held[HOLD_ALIGN], 6, 8);
    assert_int_equal(b.core.counter.now.held[HOLD_LINK], 0);
    /* Slot 3000 is not before the slowest clock's. */
    uint64_t cycle = slot_cycle(&b.core.counter.now, 3000);
    uint64_t slow = sim_clock_edge(&(struct sim_clock) {1000, 1000000}, 3000);
    uint64_t base = sim_clock_edge(&b.core.domain->clock, BASE);
    assert_true(sim_clock_edge(&b.core.domain->clock, cycle) >= base + slow);
    assert_true(sim_clock_edge(&b.core.domain->clock, cycle - 1) < base + slow);
    end(&b);
}

static void the_slowest_clock_never_waits(void **state)
{
    (void)state;
    struct bench b = {.c = NULL};
    build(&b, false, 3500, 1000000, 1000000);
    core_bench_run(&b.core, eval, b.c, 5000, false);
    assert_int_equal(b.c->stat.align_holds, 0);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_index_arrives_with_the_first_slot_of_its_phase),
        cmocka_unit_test(phases_shorter_than_a_broadcast_are_refused),
        cmocka_unit_test(local_timers_get_one_broadcast),
        cmocka_unit_test(the_gate_stands_before_the_smallest_slot_until_the_latest_cycle),
        cmocka_unit_test(a_request_that_comes_too_late_holds_the_next_slot),
        cmocka_unit_test(a_request_without_an_end_holds_until_it_gets_one),
        cmocka_unit_test(a_slot_waits_for_all_of_a_port_that_ask_for_it),
        cmocka_unit_test(a_neighbours_larger_offset_is_caught_up_with),
        cmocka_unit_test(a_fast_clock_waits_for_the_slowest_at_each_alignment),
        cmocka_unit_test(the_slowest_clock_never_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
