/* SPDX-License-Identifier: Apache-2.0 */
/* test_link.c - both halves of a chip link alone: times to the femtosecond, staging, lateness. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/link/link_receiver.h"
#include "hw/link/link_sender.h"
#include "tests/unit/hw/core_bench.h"

/* ---- sender: 64-byte flits at 48 bytes per cycle, 4/3 cycles each; latency 10 cycles of 1000 fs ---- */

struct tx {
    struct core_bench core;
    struct sender_program program;
    struct link_sender *s;
    struct mailbox *in, *out;
};

static uint64_t eval_sender(void *core, uint64_t cycle)
{
    return link_sender_eval(core, cycle);
}

static void add_entry(struct tx *x, uint64_t start, uint32_t bytes)
{
    uint32_t i = (uint32_t)x->program.n_entries;
    *VEC_PUSH(&x->program, entries) = (struct sender_entry) {
        .start = start, .transfer = i, .peer = i, .bytes = bytes, .flits = (bytes + 63) / 64, .class_of = CLASS_DATA};
}

static void build_lossy_tx(struct tx *x, uint32_t staging, struct link_errors errors)
{
    struct sender_params p = {.id = "chip0-chip1",
                              .ports = 1,
                              .flit_bytes = 64,
                              .staging_bytes = staging,
                              .rate = {48, 1},
                              .latency = 10,
                              .errors = errors};
    x->s = link_sender_new(&p, &x->program, 1, &x->core.run);
    x->in = core_bench_mail(&x->core, sizeof(struct burst), 16);
    x->out = core_bench_mail(&x->core, sizeof(struct burst), 16);
    link_sender_connect(x->s, &x->core.counter, &x->in, x->out);
}

static void build_tx(struct tx *x, uint32_t staging)
{
    build_lossy_tx(x, staging, (struct link_errors) {0});
}

/* The first flit of piece i takes the eject link in `entered`; whole three cycles later. */
static void eject(struct tx *x, uint32_t i, uint64_t entered)
{
    const struct sender_entry *e = &x->s->programs[0].entries[i];
    struct burst b = {.transfer = e->transfer,
                      .peer = i,
                      .bytes = e->bytes,
                      .flits = e->flits,
                      .entered = entered,
                      .usable = entered + 3};
    mailbox_write(x->in, entered + 1, &b, burst_size(&b));
    domain_commit(x->core.domain);
}

static void end_tx(struct tx *x)
{
    link_sender_free(x->s);
    mailbox_free(x->in);
    mailbox_free(x->out);
    core_bench_free(&x->core);
}

static void bursts_leave_to_the_tick_and_arrive_after_the_latency(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    core_bench_init(&x.core);
    add_entry(&x, 20, 100); /* 2 flits: 8/3 cycles, until 22 2/3 */
    add_entry(&x, 22, 64);  /* 4/3 cycles, from 22 2/3 to 24 */
    build_tx(&x, 1000);
    eject(&x, 0, 10);
    eject(&x, 1, 12);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    link_sender_end(x.s, 100);
    assert_int_equal(x.core.run.n_faults, 0);
    const struct burst *b = mailbox_item(x.out, 0);
    assert_int_equal(mailbox_item_at(x.out, 0), 30); /* first flit */
    assert_int_equal(b->usable, 33 * 1000);          /* last one, in fs */
    b = mailbox_item(x.out, 1);
    assert_int_equal(mailbox_item_at(x.out, 1), 32);
    assert_int_equal(b->usable, 34 * 1000);
    const struct link_account *a = &x.s->stat.account[CLASS_DATA];
    assert_int_equal(a->payload, 164);
    assert_int_equal(a->padding, 28);
    assert_int_equal(a->busy_cycles, 4); /* 20, 21, 22, 23 */
    assert_int_equal(a->peak_queue, 164);
    assert_int_equal(a->left, a->entered);
    end_tx(&x);
}

static void a_line_that_is_taken_is_noticed(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    core_bench_init(&x.core);
    add_entry(&x, 20, 128);
    add_entry(&x, 21, 64); /* the line is free at 22 2/3 */
    build_tx(&x, 1000);
    eject(&x, 0, 10);
    eject(&x, 1, 12);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_string_equal(x.core.run.faults[0].place, "chip0-chip1");
    assert_int_equal(x.core.run.faults[0].slot, 21);
    end_tx(&x);
}

static void a_burst_that_is_not_whole_at_its_port_is_noticed(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    core_bench_init(&x.core);
    add_entry(&x, 20, 128);
    build_tx(&x, 1000);
    eject(&x, 0, 18); /* whole at 21 */
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_non_null(strstr(x.core.run.faults[0].text, "not whole"));
    end_tx(&x);
}

static void a_full_buffer_is_noticed(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    core_bench_init(&x.core);
    add_entry(&x, 20, 128);
    add_entry(&x, 30, 128);
    build_tx(&x, 200);
    eject(&x, 0, 10);
    eject(&x, 1, 22); /* the first one leaves at 23 */
    core_bench_run(&x.core, eval_sender, x.s, 100, true);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_int_equal(x.core.run.faults[0].slot, 22);
    end_tx(&x);
}

static void a_delayed_burst_holds_up_only_the_first_one(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    core_bench_init(&x.core);
    add_entry(&x, 20, 64);
    add_entry(&x, 40, 64);
    build_tx(&x, 1000);
    link_sender_delay(x.s, 15, 7);
    eject(&x, 0, 10);
    eject(&x, 1, 12);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(mailbox_item_at(x.out, 0), 37);
    assert_int_equal(mailbox_item_at(x.out, 1), 50);
    end_tx(&x);
}

/* ---- bit errors: half of the frames are lost, a frame is a burst of 64 B ---- */

static const struct link_errors half = {.loss = UINT64_MAX / 2, .frame_bytes = 64};

/* A run seed with which of the first bursts on the line those are lost whose bits are set. */
static uint64_t seed_of(uint32_t lost, uint32_t n)
{
    for (uint64_t seed = 1; seed < 100000; seed++) {
        struct link_errors e = half;
        uint32_t is = 0;
        link_errors_init(&e, seed, "chip0-chip1");
        for (uint32_t i = 0; i < n; i++)
            is |= (link_errors_send(&e, 64) > 0 ? 1u : 0u) << i;
        if (is == lost)
            return seed;
    }
    fail_msg("no seed loses %x of %u", lost, n);
    return 0;
}

static void begin_lossy(struct tx *x, bool stall, uint32_t lost, uint32_t n)
{
    core_bench_init(&x->core);
    x->core.run.stall = stall;
    x->core.run.seed = seed_of(lost, n);
    add_entry(x, 20, 64); /* until 21 1/3: lost, that is known in 22 + 2 x 10 */
    add_entry(x, 41, 60); /* until 42 1/3 */
    build_lossy_tx(x, 1000, half);
    eject(x, 0, 10);
    eject(x, 1, 12);
}

/* On the line: 0 in its slot, lost; 1 in its slot; 0 again from 42 1/3 to 43 2/3. */
static void a_lost_burst_is_sent_again_when_the_loss_is_known(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    begin_lossy(&x, true, 1, 3);
    core_bench_run(&x.core, eval_sender, x.s, 40, false);
    assert_int_equal(mailbox_count(x.out), 0);
    assert_int_equal(link_sender_in_flight(x.s), 64 + 60);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(mailbox_count(x.out), 2);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 0))->transfer, 1);
    assert_int_equal(mailbox_item_at(x.out, 0), 51);
    assert_int_equal(mailbox_item_at(x.out, 1), 52);
    const struct burst *b = mailbox_item(x.out, 1);
    assert_int_equal(b->transfer, 0);
    assert_int_equal(b->usable, (44 + 10) * 1000);
    assert_int_equal(b->lost_frames, 0);
    const struct link_account *a = &x.s->stat.account[CLASS_DATA];
    assert_int_equal(a->payload, 124);
    assert_int_equal(a->padding, 4);
    assert_int_equal(a->retry, 64);
    assert_int_equal(a->entered, 192);
    assert_int_equal(a->left, 192);
    assert_int_equal(x.s->stat.lost, 1);
    assert_int_equal(x.core.run.n_faults, 0);
    assert_int_equal(link_sender_in_flight(x.s), 0);
    end_tx(&x);
}

/* Lost in 20, in 41 (the other one) and again in 42 1/3; known in 43 + 20 and 44 + 20. */
static void what_is_lost_again_is_sent_again(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    begin_lossy(&x, true, 7, 5);
    core_bench_run(&x.core, eval_sender, x.s, 200, false);
    assert_int_equal(mailbox_count(x.out), 2);
    assert_int_equal(mailbox_item_at(x.out, 0), 63 + 10);
    assert_int_equal(mailbox_item_at(x.out, 1), 64 + 10);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 0))->transfer, 1);
    assert_int_equal(x.s->stat.account[CLASS_DATA].retry, 3 * 64);
    assert_int_equal(x.s->stat.lost, 3);
    end_tx(&x);
}

/* The switch has passed on most of it when it can know. */
static void a_switch_gets_a_lost_burst_nullified_and_then_again(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    begin_lossy(&x, true, 1, 3);
    x.s->p.to_switch = true;
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    static const struct {
        uint32_t transfer, lost;
        uint64_t head;
    } copies[] = {{0, 1, 30}, {1, 0, 51}, {0, 0, 52}};
    assert_int_equal(mailbox_count(x.out), 3);
    for (uint32_t i = 0; i < 3; i++) {
        const struct burst *b = mailbox_item(x.out, i);
        assert_int_equal(b->transfer, copies[i].transfer);
        assert_int_equal(b->lost_frames, copies[i].lost);
        assert_int_equal(mailbox_item_at(x.out, i), copies[i].head);
    }
    assert_int_equal(x.s->stat.account[CLASS_DATA].retry, 64);
    end_tx(&x);
}

/* Seven cycles late it would have been whole in 22 + 17; the word of it is there in 49. */
static void a_delayed_burst_that_is_lost_is_known_as_much_later(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    begin_lossy(&x, true, 1, 3);
    link_sender_delay(x.s, 15, 7);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(mailbox_count(x.out), 2);
    assert_int_equal(mailbox_item_at(x.out, 0), 51);
    assert_int_equal(mailbox_item_at(x.out, 1), 59);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 1))->transfer, 0);
    end_tx(&x);
}

static void a_machine_that_halts_gets_a_lost_burst_marked(void **state)
{
    (void)state;
    struct tx x = {.s = NULL};
    begin_lossy(&x, false, 1, 2);
    core_bench_run(&x.core, eval_sender, x.s, 100, false);
    assert_int_equal(mailbox_count(x.out), 2);
    assert_int_equal(mailbox_item_at(x.out, 0), 30);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 0))->lost_frames, 1);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 1))->lost_frames, 0);
    assert_int_equal(x.s->stat.account[CLASS_DATA].retry, 0);
    end_tx(&x);
}

/* ---- receiver ---- */

struct rx {
    struct core_bench core;
    struct receiver_program program;
    struct link_receiver *r;
    struct mailbox *in, *out, *hold;
};

static uint64_t eval_receiver(void *core, uint64_t cycle)
{
    return link_receiver_eval(core, cycle);
}

static void build_rx(struct rx *x, uint64_t start, uint64_t again, bool stall)
{
    static const struct receiver_port port = {"chip1.local.p0-r0", 2};
    core_bench_init(&x->core);
    x->core.run.stall = stall;
    *VEC_PUSH(&x->program, arrivals) = (struct receiver_arrival) {.bytes = 128, .sends = again ? 2 : 1};
    *VEC_PUSH(&x->program, sends) = (struct receiver_send) {.start = start, .flits = 2, .peer = 5};
    if (again)
        *VEC_PUSH(&x->program, sends) = (struct receiver_send) {.start = again, .flits = 2, .peer = 6};
    struct receiver_params p = {
        .name = "chip1.from_chip0", .ports = 1, .flit_bytes = 64, .staging_bytes = 128, .port = &port};
    x->r = link_receiver_new(&p, &x->program, 1, &x->core.run);
    x->in = core_bench_mail(&x->core, sizeof(struct burst), 4);
    x->out = core_bench_mail(&x->core, sizeof(struct burst), 4);
    x->hold = core_bench_mail(&x->core, sizeof(struct hold_request), 8);
    link_receiver_connect(x->r, &x->core.counter, x->in, &x->out, x->hold);
}

static void come(struct rx *x, uint64_t first, uint64_t whole)
{
    struct burst b = {.bytes = 128, .flits = 2, .usable = whole * 1000};
    mailbox_write_fs(x->in, first * 1000, &b, burst_size(&b));
    domain_commit(x->core.domain);
}

static void end_rx(struct rx *x)
{
    link_receiver_free(x->r);
    mailbox_free(x->in);
    mailbox_free(x->out);
    mailbox_free(x->hold);
    core_bench_free(&x->core);
}

static void a_burst_waits_for_its_slots_and_is_injected_as_often_as_planned(void **state)
{
    (void)state;
    struct rx x = {.r = NULL};
    build_rx(&x, 40, 50, false);
    come(&x, 30, 33);
    core_bench_run(&x.core, eval_receiver, x.r, 100, false);
    assert_int_equal(x.core.run.n_faults, 0);
    assert_int_equal(mailbox_count(x.out), 2);
    assert_int_equal(mailbox_item_at(x.out, 0), 42);
    assert_int_equal(mailbox_item_at(x.out, 1), 52);
    assert_int_equal(((const struct burst *)mailbox_item(x.out, 1))->peer, 6);
    assert_int_equal(x.r->stat.replicated, 128);
    assert_int_equal(link_receiver_in_flight(x.r), 0);
    end_rx(&x);
}

static void a_late_burst_is_told_with_its_lateness(void **state)
{
    (void)state;
    struct rx x = {.r = NULL};
    build_rx(&x, 40, 0, false);
    come(&x, 38, 43);
    core_bench_run(&x.core, eval_receiver, x.r, 100, false);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_non_null(strstr(x.core.run.faults[0].text, "it comes 3 cycles late"));
    end_rx(&x);
}

static void a_lost_burst_is_a_violation_in_its_slot(void **state)
{
    (void)state;
    struct rx x = {.r = NULL};
    build_rx(&x, 40, 0, false);
    struct burst b = {.bytes = 128, .flits = 2, .usable = 33000, .lost_frames = 2};
    mailbox_write_fs(x.in, 30000, &b, burst_size(&b));
    domain_commit(x.core.domain);
    core_bench_run(&x.core, eval_receiver, x.r, 100, false);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_int_equal(x.core.run.faults[0].slot, 40);
    assert_string_equal(x.core.run.faults[0].text,
                        "transfer 0: has bit errors in 2 frames of the link that cannot be corrected");
    end_rx(&x);
}

static void a_late_burst_is_seen_ahead_and_the_counter_asked_to_wait(void **state)
{
    (void)state;
    struct rx x = {.r = NULL};
    build_rx(&x, 40, 0, true);
    come(&x, 38, 43);
    core_bench_run(&x.core, eval_receiver, x.r, 39, false);
    assert_int_equal(mailbox_count(x.hold), 1);
    const struct hold_request *h = mailbox_item(x.hold, 0);
    assert_int_equal(h->slot, 40);
    assert_int_equal(h->until, 43);
    assert_true(mailbox_item_at(x.hold, 0) <= 40 - 2); /* decision and gate need a cycle each */
    assert_int_equal(x.r->stat.late, 1);
    end_rx(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bursts_leave_to_the_tick_and_arrive_after_the_latency),
        cmocka_unit_test(a_line_that_is_taken_is_noticed),
        cmocka_unit_test(a_burst_that_is_not_whole_at_its_port_is_noticed),
        cmocka_unit_test(a_full_buffer_is_noticed),
        cmocka_unit_test(a_delayed_burst_holds_up_only_the_first_one),
        cmocka_unit_test(a_lost_burst_is_sent_again_when_the_loss_is_known),
        cmocka_unit_test(what_is_lost_again_is_sent_again),
        cmocka_unit_test(a_switch_gets_a_lost_burst_nullified_and_then_again),
        cmocka_unit_test(a_delayed_burst_that_is_lost_is_known_as_much_later),
        cmocka_unit_test(a_machine_that_halts_gets_a_lost_burst_marked),
        cmocka_unit_test(a_lost_burst_is_a_violation_in_its_slot),
        cmocka_unit_test(a_burst_waits_for_its_slots_and_is_injected_as_often_as_planned),
        cmocka_unit_test(a_late_burst_is_told_with_its_lateness),
        cmocka_unit_test(a_late_burst_is_seen_ahead_and_the_counter_asked_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
