/* SPDX-License-Identifier: Apache-2.0 */
/* test_slot_switch.c - a switch of the phase machine alone: times, copies, order, what it refuses. */
#include <string.h>

#include "tests/unit/hw/switch_bench.h"

/* 2 flits of 4/3 cycles come in 20: the line out is taken until 22 2/3, whole after 23 + 10. */
static void a_burst_goes_on_in_the_cycle_in_which_it_comes(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_out(&x, add_entry(&x, 7), 1, 100);
    build(&x);
    come(&x, 0, 20, 0, 7, 100);
    assert_int_equal(slot_switch_in_flight(x.s), 100);
    core_bench_run(&x.core, switch_eval, x.s, 60, false);
    slot_switch_end(x.s, CYCLE_NEVER);
    check_out(x.out[1], 0, 30, 33, 20);
    assert_int_equal(mailbox_count(x.out[0]) + mailbox_count(x.out[2]), 0);
    const struct link_account *a = &x.s->ports[1].account[CLASS_DATA];
    assert_int_equal(a->payload, 100);
    assert_int_equal(a->padding, 28);
    assert_int_equal(a->entered, 128);
    assert_int_equal(a->left, 128);
    assert_int_equal(a->busy_cycles, 3);
    assert_int_equal(x.s->replicated + x.s->late_line + slot_switch_in_flight(x.s), 0);
    assert_int_equal(x.core.run.n_faults, 0);
    end(&x);
}

static void a_burst_is_copied_to_every_line_that_it_takes(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    uint32_t e = add_entry(&x, 7);
    add_out(&x, e, 1, 64);
    add_out(&x, e, 2, 64);
    build(&x);
    come(&x, 0, 20, e, 7, 64);
    core_bench_run(&x.core, switch_eval, x.s, 60, true);
    check_out(x.out[1], 0, 30, 32, 20);
    check_out(x.out[2], 0, 30, 32, 21);
    assert_int_equal(x.s->replicated, 64);
    end(&x);
}

/* Both come in 20 for line 2: first what the schedule has first, from whatever line; the other follows to the tick. */
static void bursts_of_one_cycle_go_in_the_order_of_the_schedule(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    uint32_t a = add_entry(&x, 7), b = add_entry(&x, 8);
    add_out(&x, b, 2, 16);
    add_out(&x, a, 2, 16);
    build(&x);
    x.s->ports[2].line.rate = (struct fraction) {256, 1}; /* a quarter of a cycle */
    come(&x, 0, 20, a, 7, 16);
    come(&x, 1, 20, b, 8, 16);
    core_bench_run(&x.core, switch_eval, x.s, 60, false);
    assert_int_equal(x.core.run.n_faults, 0);
    check_out(x.out[2], 0, 30, 31, 20);
    check_out(x.out[2], 1, 30, 31, 21);
    assert_int_equal(x.s->ports[2].account[CLASS_DATA].busy_cycles, 1);
    end(&x);
}

static void a_line_that_is_taken_stops_the_run_or_is_waited_for(void **state)
{
    (void)state;
    for (uint32_t stall = 0; stall < 2; stall++) {
        struct sw x = {.s = NULL};
        uint32_t a = add_entry(&x, 7), b = add_entry(&x, 8);
        add_out(&x, a, 2, 128);
        add_out(&x, b, 2, 128);
        build(&x);
        x.core.run.stall = stall;
        come(&x, 0, 20, a, 7, 128);
        come(&x, 1, 21, b, 8, 128);
        core_bench_run(&x.core, switch_eval, x.s, 60, false);
        assert_int_equal(x.s->late_line, 1);
        assert_int_equal(x.core.run.n_faults, stall ? 0 : 1);
        if (!stall)
            assert_non_null(strstr(x.core.run.faults[0].text, "transfer 8: finds the line taken in its slot"));
        check_out(x.out[2], 1, 32, 36, 21); /* 22 2/3 to 25 1/3 */
        end(&x);
    }
}

static void what_nobody_expects_stops_the_run(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_out(&x, add_entry(&x, 7), 1, 64);
    build(&x);
    come(&x, 0, 20, 0, 9, 64);
    core_bench_run(&x.core, switch_eval, x.s, 60, false);
    assert_int_equal(x.core.run.n_faults, 1);
    assert_non_null(strstr(x.core.run.faults[0].text, "transfer 9: comes to the switch and is not expected"));
    end(&x);
}

static void a_launch_clears_the_accounts(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_out(&x, add_entry(&x, 7), 1, 64);
    build(&x);
    come(&x, 0, 20, 0, 7, 64);
    core_bench_run(&x.core, switch_eval, x.s, 60, false);
    assert_int_equal(x.s->ports[1].account[CLASS_DATA].entered, 64);
    launch(&x, 2);
    slot_switch_eval(x.s, 61);
    assert_int_equal(x.s->ports[1].account[CLASS_DATA].entered, 0);
    assert_int_equal(x.s->counter.now.launch, 2);
    end(&x);
}

/* ---- sums ---- */

/* Slot 0 is cycle 5. The last partial is whole in 28, the adders take 128 B at 96 a cycle from 30 on, until 32; the
 * sum leaves in 36 and is on the far side from 46, whole in 36 + 2 + 10. */
static void a_sum_waits_for_all_and_goes_to_all(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    build(&x);
    struct burst a = partial_of(0, 20), b = partial_of(1, 25);
    send_partial(&x, 0, 20, &a);
    send_partial(&x, 1, 25, &b);
    core_bench_run(&x.core, switch_eval, x.s, 80, false);
    slot_switch_end(x.s, CYCLE_NEVER);
    assert_int_equal(x.core.run.n_faults, 0);
    check_out(x.out[1], 0, 46, 48, 20);
    check_out(x.out[2], 0, 46, 48, 21);
    const struct burst *sum = mailbox_item(x.out[2], 0);
    assert_int_equal(sum->id.chunk, 7);
    assert_int_equal(sum->id.tensor, 9);
    assert_int_equal(sum->id.value, 4 * PARTIAL_C);
    assert_int_equal(sum->id.numeric, 0x40400000); /* 1 + 2 */
    assert_int_equal(sum->transfer, 60);
    const struct link_account *adder = &x.s->adder.account[CLASS_DATA];
    assert_int_equal(adder->entered, 128);
    assert_int_equal(adder->busy_cycles, 2);
    assert_int_equal(x.s->injected + x.s->replicated, 128);
    assert_int_equal(x.s->delivered, 256);
    assert_int_equal(x.s->sums, 1);
    assert_int_equal(slot_switch_in_flight(x.s), 0);
    end(&x);
}

/* The sum of a leaf: 4 of 6 steps, a partial for a spine. It is none that numeric_checksum counts. */
static void the_sum_of_a_leaf_is_a_partial(void **state)
{
    (void)state;
    for (uint32_t wrong = 0; wrong < 2; wrong++) {
        struct sw x = {.s = NULL};
        add_sum(&x, 25);
        x.program.sums[0].k_part = 4 + wrong;
        x.program.sums[0].k_whole = 6;
        build(&x);
        struct burst a = partial_of(0, 20), b = partial_of(1, 25);
        send_partial(&x, 0, 20, &a);
        send_partial(&x, 1, 25, &b);
        core_bench_run(&x.core, switch_eval, x.s, 80, false);
        assert_int_equal(x.core.run.n_faults, wrong);
        assert_int_equal(x.s->numeric_checksum, 0);
        assert_int_equal(x.s->sums, 1);
        if (wrong) { /* the run ends here */
            assert_non_null(strstr(x.core.run.faults[0].text, "do not sum to what the leaf's sum holds"));
        } else {
            const struct burst *sum = mailbox_item(x.out[2], 0);
            assert_int_equal(sum->id.numeric, 0x40400000);
            assert_int_equal(sum->id.value, 4 * PARTIAL_C);
        }
        end(&x);
    }
}

/* A partial that comes 4 cycles late is not whole in slot 25; under stall the sum is as much later. */
static void a_late_partial_stops_the_run_or_delays_the_sum(void **state)
{
    (void)state;
    for (uint32_t stall = 0; stall < 2; stall++) {
        struct sw x = {.s = NULL};
        add_sum(&x, 25);
        build(&x);
        x.core.run.stall = stall;
        struct burst a = partial_of(0, 20), b = partial_of(1, 29);
        send_partial(&x, 0, 20, &a);
        send_partial(&x, 1, 29, &b);
        core_bench_run(&x.core, switch_eval, x.s, 80, false);
        assert_int_equal(x.core.run.n_faults, stall ? 0 : 1);
        if (!stall)
            assert_non_null(strstr(x.core.run.faults[0].text, "a partial is not whole when the adders need it"));
        else
            check_out(x.out[1], 0, 48, 50, 20);
        end(&x);
    }
}

static void a_sum_without_a_partial_never_leaves(void **state)
{
    (void)state;
    struct sw x = {.s = NULL};
    add_sum(&x, 25);
    build(&x);
    struct burst a = partial_of(0, 20);
    send_partial(&x, 0, 20, &a);
    core_bench_run(&x.core, switch_eval, x.s, 80, true);
    assert_int_equal(mailbox_count(x.out[1]) + mailbox_count(x.out[2]), 0);
    end(&x);
}

static void partials_that_do_not_fit_stop_the_run(void **state)
{
    (void)state;
    static const char *const texts[] = {"do not sum to the whole", "is not the partial", "is not the partial"};
    for (uint32_t wrong = 0; wrong < 3; wrong++) {
        struct sw x = {.s = NULL};
        add_sum(&x, 25);
        build(&x);
        struct burst a = partial_of(0, 20), b = partial_of(1, 25);
        b.id.value += wrong == 0;
        b.id.c += wrong == 1;
        b.id.version += wrong == 2;
        send_partial(&x, 0, 20, &a);
        send_partial(&x, 1, 25, &b);
        core_bench_run(&x.core, switch_eval, x.s, 80, true);
        assert_int_equal(x.core.run.n_faults, 1);
        assert_non_null(strstr(x.core.run.faults[0].text, texts[wrong]));
        end(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_goes_on_in_the_cycle_in_which_it_comes),
        cmocka_unit_test(a_burst_is_copied_to_every_line_that_it_takes),
        cmocka_unit_test(bursts_of_one_cycle_go_in_the_order_of_the_schedule),
        cmocka_unit_test(a_line_that_is_taken_stops_the_run_or_is_waited_for),
        cmocka_unit_test(what_nobody_expects_stops_the_run),
        cmocka_unit_test(a_launch_clears_the_accounts),
        cmocka_unit_test(a_sum_waits_for_all_and_goes_to_all),
        cmocka_unit_test(the_sum_of_a_leaf_is_a_partial),
        cmocka_unit_test(a_late_partial_stops_the_run_or_delays_the_sum),
        cmocka_unit_test(a_sum_without_a_partial_never_leaves),
        cmocka_unit_test(partials_that_do_not_fit_stop_the_run),
    };
    return cmocka_run_group_tests_name("slot_switch", tests, NULL, NULL);
}
