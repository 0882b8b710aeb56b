/* SPDX-License-Identifier: Apache-2.0 */
/* test_slot_retry.c - a switch of the phase machine whose lines have bit errors: what is nullified, what goes again. */
#include <string.h>

#include "tests/unit/hw/switch_bench.h"

/* Half of the frames are lost, a frame is a burst of 64 B. */
static const struct link_errors half = {.loss = UINT64_MAX / 2, .frame_bytes = 64};
static const struct link_errors none = {.loss = 0, .frame_bytes = 64};

#define TRIES 3u

/* A run seed with which of the first TRIES frames on each line those are lost whose bits are set. */
static uint64_t seed_of(const uint32_t lost[LINES])
{
    for (uint64_t seed = 1; seed < 100000; seed++) {
        bool fits = true;
        for (uint32_t line = 0; line < LINES; line++) {
            struct link_errors e = half;
            uint32_t is = 0;
            link_errors_init(&e, seed, switch_bench_ids[line]);
            for (uint32_t i = 0; i < TRIES; i++)
                is |= (link_errors_send(&e, 64) > 0 ? 1u : 0u) << i;
            fits = fits && is == lost[line];
        }
        if (fits)
            return seed;
    }
    fail_msg("no seed loses that");
    return 0;
}

/* On lines 1 and 2 those of the first frames are lost whose bits are set. */
static void build_lossy(struct sw *x, bool stall, uint32_t lost1, uint32_t lost2)
{
    core_bench_init(&x->core);
    x->core.run.stall = stall;
    x->core.run.seed = seed_of((const uint32_t[LINES]) {0, lost1, lost2});
    x->errors = half;
    build_switch(x);
}

static void build_lossless(struct sw *x)
{
    core_bench_init(&x->core);
    x->core.run.stall = true;
    x->errors = none;
    build_switch(x);
}

/* Whole in cycle `whole`, with so many lost frames. */
static void come_with(struct sw *x, uint32_t line, uint64_t cycle, uint64_t whole, uint32_t entry, uint32_t bytes,
                      uint32_t lost)
{
    struct burst b = {.transfer = 7 + entry,
                      .peer = entry,
                      .bytes = bytes,
                      .flits = (bytes + 63) / 64,
                      .lost_frames = lost,
                      .usable = whole * 1000};
    mailbox_write(x->in[line], cycle, &b, burst_size(&b));
    domain_commit(x->core.domain);
}

static const struct link_account *account(const struct sw *x, uint32_t line)
{
    return &x->s->ports[line].account[CLASS_DATA];
}

static void check_account(const struct sw *x, uint32_t line, uint64_t payload, uint64_t padding, uint64_t retry)
{
    const struct link_account *a = account(x, line);
    assert_int_equal(a->payload, payload);
    assert_int_equal(a->padding, padding);
    assert_int_equal(a->retry, retry);
    assert_int_equal(a->entered, payload + padding + retry);
    assert_int_equal(a->left, a->entered);
}

static void run_to(struct sw *x, uint64_t end)
{
    core_bench_run(&x->core, switch_eval, x->s, end, false);
}

/* Lost on the line in: the copies are on their way when that shows. A chip drops its one, a switch passes it on. */
static void what_comes_bad_takes_its_lines_and_is_dropped_behind_them(void **state)
{
    (void)state;
    struct sw x = {.to_switch = {false, false, true}};
    uint32_t e = add_entry(&x, 7);
    add_out(&x, e, 1, 100);
    add_out(&x, e, 2, 100);
    build_lossless(&x);
    come_with(&x, 0, 20, 23, e, 100, 1);
    assert_int_equal(slot_switch_in_flight(x.s), 0); /* its sender has it */
    run_to(&x, 25);
    assert_int_equal(mailbox_count(x.out[1]), 0);
    check_out(x.out[2], 0, 30, 33, 21);
    assert_int_equal(((const struct burst *)mailbox_item(x.out[2], 0))->lost_frames, 1);
    assert_int_equal(x.s->replicated + x.core.run.progress, 0);
    check_account(&x, 1, 0, 0, 128);
    assert_int_equal(account(&x, 1)->busy_cycles, 3);
    come_with(&x, 0, 50, 53, e, 100, 0); /* again */
    assert_int_equal(slot_switch_in_flight(x.s), 100);
    run_to(&x, 100);
    check_out(x.out[1], 0, 60, 63, 20);
    check_out(x.out[2], 1, 60, 63, 21);
    check_account(&x, 1, 100, 28, 128);
    check_account(&x, 2, 100, 28, 128);
    assert_int_equal(x.s->replicated, 100);
    assert_int_equal(x.s->ports[1].lost + x.s->ports[2].lost, 0);
    assert_int_equal(x.s->late_line + x.core.run.n_faults, 0);
    end(&x);
}

/* The line is free from 28 on. What ends before that, and is bad, never goes; what ends later has begun by then. */
static void what_is_known_to_be_bad_in_time_does_not_go(void **state)
{
    (void)state;
    for (uint32_t bytes = 64; bytes <= 384; bytes += 320) {
        struct sw x = {.s = NULL};
        add_out(&x, add_entry(&x, 7), 1, 384);
        add_out(&x, add_entry(&x, 8), 1, bytes);
        build_lossless(&x);
        come_with(&x, 0, 20, 28, 0, 384, 0);
        come_with(&x, 2, 21, bytes == 64 ? 23 : 29, 1, bytes, 1);
        run_to(&x, 60);
        check_account(&x, 1, 384, 0, bytes == 64 ? 0 : 384);
        assert_int_equal(mailbox_count(x.out[1]), 1);
        assert_int_equal(x.s->late_line, 0); /* it has no slot */
        end(&x);
    }
}

/* Until 21 1/3 on both lines; lost on line 1: known in 22 + 2 x 10, so again from 42 to 43 1/3. What has its slot in 42
 * goes behind it, until 44 2/3. */
static void a_line_down_repeats_what_it_lost_and_no_other(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    uint32_t e = add_entry(&x, 7), f = add_entry(&x, 8);
    add_out(&x, e, 1, 64);
    add_out(&x, e, 2, 64);
    add_out(&x, f, 1, 60);
    build_lossy(&x, true, 1, 0);
    come_with(&x, 0, 20, 22, e, 64, 0);
    come_with(&x, 2, 42, 44, f, 60, 0);
    run_to(&x, 41);
    assert_int_equal(mailbox_count(x.out[1]), 0);
    check_out(x.out[2], 0, 30, 32, 21);
    assert_int_equal(slot_switch_in_flight(x.s), 64 + 60);
    run_to(&x, 100);
    check_out(x.out[1], 0, 52, 54, 20);
    check_out(x.out[1], 1, 53, 55, 22);
    assert_int_equal(mailbox_count(x.out[2]), 1);
    assert_int_equal(((const struct burst *)mailbox_item(x.out[1], 0))->lost_frames, 0);
    check_account(&x, 1, 124, 4, 64);
    check_account(&x, 2, 64, 0, 0);
    assert_int_equal(x.s->replicated, 64);
    assert_int_equal(x.s->ports[1].lost, 1);
    assert_int_equal(x.s->ports[2].lost, 0);
    assert_int_equal(x.s->late_line, 1);
    assert_int_equal(x.core.run.n_faults + slot_switch_in_flight(x.s), 0);
    end(&x);
}

/* In 20, in 42 (until 43 1/3) and in 44 + 20; each copy reaches the other switch, the bad ones nullified. */
static void what_is_lost_again_between_switches_goes_again(void **state)
{
    (void)state;
    struct sw x = {.to_switch = {false, true, false}};
    uint32_t e = add_entry(&x, 7);
    add_out(&x, e, 1, 64);
    build_lossy(&x, true, 3, 0);
    come_with(&x, 0, 20, 22, e, 64, 0);
    run_to(&x, 100);
    check_out(x.out[1], 0, 30, 32, 20);
    check_out(x.out[1], 1, 52, 54, 20);
    check_out(x.out[1], 2, 74, 76, 20);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(((const struct burst *)mailbox_item(x.out[1], i))->lost_frames, i < 2);
    check_account(&x, 1, 64, 0, 128);
    assert_int_equal(x.s->ports[1].lost, 2);
    assert_int_equal(x.core.run.progress, 1);
    end(&x);
}

/* The copy of what came bad takes the line's first frame, which is lost: nobody repeats it here. */
static void nobody_repeats_what_came_bad(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    uint32_t e = add_entry(&x, 7);
    add_out(&x, e, 1, 64);
    build_lossy(&x, true, 1, 0);
    come_with(&x, 0, 20, 22, e, 64, 1);
    come_with(&x, 0, 70, 72, e, 64, 0);
    run_to(&x, 120);
    assert_int_equal(mailbox_count(x.out[1]), 1);
    check_out(x.out[1], 0, 80, 82, 20);
    assert_int_equal(x.s->ports[1].lost, 0);
    end(&x);
}

/* Partial 1 is lost in 25 and comes again in 60, whole in 63: added until 64 1/3, leaves in 69 until 70 1/3. */
static void a_sum_waits_for_a_partial_that_was_lost(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    build_lossless(&x);
    struct burst a = partial_of(0, 20), bad = partial_of(1, 25), b = partial_of(1, 60);
    bad.lost_frames = 1;
    send_partial(&x, 0, 20, &a);
    send_partial(&x, 1, 25, &bad);
    send_partial(&x, 1, 60, &b);
    run_to(&x, 100);
    assert_int_equal(x.core.run.n_faults, 0);
    check_out(x.out[1], 0, 79, 81, 20);
    check_out(x.out[2], 0, 79, 81, 21);
    assert_int_equal(((const struct burst *)mailbox_item(x.out[1], 0))->id.numeric, 0x40400000); /* 1 + 2, once each */
    assert_int_equal(x.s->delivered, 256);
    assert_int_equal(x.s->injected + x.s->replicated, 128);
    end(&x);
}

/* It leaves in 36, until 37 1/3; known in 38 + 20. */
static void a_sum_that_is_lost_goes_again_over_its_line(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    build_lossy(&x, true, 1, 0);
    struct burst a = partial_of(0, 20), b = partial_of(1, 25);
    send_partial(&x, 0, 20, &a);
    send_partial(&x, 1, 25, &b);
    run_to(&x, 50);
    assert_int_equal(slot_switch_in_flight(x.s), 64);
    run_to(&x, 100);
    check_out(x.out[1], 0, 68, 70, 20);
    check_out(x.out[2], 0, 46, 48, 21);
    assert_int_equal(mailbox_count(x.out[2]), 1);
    check_account(&x, 1, 64, 0, 64);
    assert_int_equal(x.s->sums, 1);
    end(&x);
}

static void under_halt_a_burst_goes_on_with_all_frames_that_it_lost(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    uint32_t e = add_entry(&x, 7);
    add_out(&x, e, 1, 64);
    add_out(&x, e, 2, 64);
    build_lossy(&x, false, 1, 0);
    come_with(&x, 0, 20, 22, e, 64, 2);
    run_to(&x, 100);
    check_out(x.out[1], 0, 30, 32, 20);
    check_out(x.out[2], 0, 30, 32, 21);
    assert_int_equal(((const struct burst *)mailbox_item(x.out[1], 0))->lost_frames, 3);
    assert_int_equal(((const struct burst *)mailbox_item(x.out[2], 0))->lost_frames, 2);
    check_account(&x, 1, 64, 0, 0);
    assert_int_equal(x.s->ports[1].lost, 1);
    assert_int_equal(x.core.run.n_faults, 0);
    end(&x);
}

/* In slot 25, cycle 30. */
static void under_halt_adders_stop_the_run_at_a_partial_that_was_lost(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    build_lossy(&x, false, 0, 0);
    struct burst a = partial_of(0, 20), b = partial_of(1, 25);
    a.lost_frames = 2;
    b.lost_frames = 1;
    send_partial(&x, 0, 20, &a);
    send_partial(&x, 1, 25, &b);
    run_to(&x, 100);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_string_equal(x.core.run.faults[0].place, "switch0");
    assert_int_equal(x.core.run.faults[0].slot, 25);
    assert_string_equal(x.core.run.faults[0].text,
                        "transfer 50: is to be added and has bit errors in 3 frames that cannot be corrected");
    assert_int_equal(x.s->sum_faults, 1);
    end(&x);
}

static void a_dump_names_what_goes_again_and_what_sums_wait_for(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    uint32_t e = add_entry(&x, 9);
    add_out(&x, e, 1, 64);
    build_lossy(&x, true, 1, 0);
    struct burst a = partial_of(0, 20);
    send_partial(&x, 0, 20, &a);
    come_with(&x, 2, 20, 22, e, 64, 0);
    run_to(&x, 30);
    struct diag d = {0};
    slot_switch_dump(x.s, 30, &d);
    assert_int_equal(d.count, 2);
    assert_string_equal(d.messages[0].key, "switch0-chip1");
    assert_string_equal(d.messages[0].text,
                        "cycle 30: 1 bursts were lost, the first, of transfer 9, goes again in cycle 42");
    assert_string_equal(d.messages[1].key, "switch0");
    assert_string_equal(d.messages[1].text, "cycle 30: 1 sums wait for partials; the first, of op 3, has 1 of 2");
    diag_free(&d);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_bad_takes_its_lines_and_is_dropped_behind_them),
        cmocka_unit_test(what_is_known_to_be_bad_in_time_does_not_go),
        cmocka_unit_test(a_line_down_repeats_what_it_lost_and_no_other),
        cmocka_unit_test(what_is_lost_again_between_switches_goes_again),
        cmocka_unit_test(nobody_repeats_what_came_bad),
        cmocka_unit_test(a_sum_waits_for_a_partial_that_was_lost),
        cmocka_unit_test(a_sum_that_is_lost_goes_again_over_its_line),
        cmocka_unit_test(under_halt_a_burst_goes_on_with_all_frames_that_it_lost),
        cmocka_unit_test(under_halt_adders_stop_the_run_at_a_partial_that_was_lost),
        cmocka_unit_test(a_dump_names_what_goes_again_and_what_sums_wait_for),
    };
    return cmocka_run_group_tests_name("slot_retry", tests, NULL, NULL);
}
