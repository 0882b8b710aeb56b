/* SPDX-License-Identifier: Apache-2.0 */
/* test_kernel.c - registered communication, clocks, timers, without SystemC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aborts.h"
#include "sim/base/rng.h"
#include "sim/kernel/burst.h"
#include "sim/kernel/credit_line.h"
#include "sim/kernel/hold_port.h"
#include "sim/kernel/mailbox.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/serial_line.h"
#include "sim/kernel/slot_counter.h"
#include "sim/kernel/staging.h"

/* ---- clocks ---- */

static void edges_of_a_drifting_clock_are_exact(void **state)
{
    (void)state;
    struct sim_clock slow = {569801, 50000}, fast = {569801, -50000};
    assert_int_equal(sim_clock_edge(&slow, 0), 0);
    /* 10^9 periods: 50 ppm of them. */
    assert_int_equal(sim_clock_edge(&slow, 1000000000), UINT64_C(569801000000000) + UINT64_C(28490050000));
    assert_int_equal(sim_clock_edge(&fast, 1000000000), UINT64_C(569801000000000) - UINT64_C(28490050000));
    assert_int_equal(sim_clock_edge(&fast, 1), 569801 - 29); /* floor of -28.49005 */
}

static void an_edge_is_found_again_from_its_time(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "clock");
    for (int i = 0; i < 20000; i++) {
        struct sim_clock c = {1 + rng_below(&r, 2000000), (int64_t)rng_below(&r, 2000001) - 1000000};
        uint64_t cycle = rng_below(&r, UINT64_C(1) << (1 + rng_below(&r, 40)));
        uint64_t edge = sim_clock_edge(&c, cycle);
        uint64_t found = sim_clock_at(&c, edge);
        assert_int_equal(sim_clock_edge(&c, found), edge);
        uint64_t after = sim_clock_at(&c, edge + 1);
        assert_true(sim_clock_edge(&c, after) > edge && sim_clock_edge(&c, after - 1) <= edge);
    }
}

/* ---- mailboxes ---- */

struct pair {
    struct domain *writer, *reader;
    struct mailbox *box;
};

static struct pair pair_of(struct sim_clock a, struct sim_clock b, bool one_domain, bool single)
{
    struct pair p = {.writer = domain_new(a, false)};
    p.reader = one_domain ? p.writer : domain_new(b, false);
    p.box = mailbox_new("box", sizeof(int), 4, single);
    mailbox_connect_writer(p.box, p.writer);
    mailbox_connect_reader(p.box, p.reader, domain_add_box(p.reader));
    return p;
}

static void free_pair(struct pair *p)
{
    if (p->reader != p->writer)
        domain_free(p->reader);
    domain_free(p->writer);
    mailbox_free(p->box);
}

static void an_item_is_not_read_before_its_time_which_wakes_the_reader(void **state)
{
    (void)state;
    struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1000, 0}, true, true);
    int item = 7;
    domain_begin(p.writer, 5, NULL, NULL);
    mailbox_write(p.box, 8, &item, sizeof item);
    domain_rest(p.reader, 0, CYCLE_NEVER);
    for (int committed = 0; committed < 2; committed++) {
        assert_null(mailbox_front(p.box, 7));
        assert_int_equal(mailbox_front_at(p.box), 8);
        assert_int_equal(*(const int *)mailbox_front(p.box, 8), 7);
        domain_commit(p.writer);
    }
    assert_int_equal(domain_next(p.reader), 8);
    domain_begin(p.writer, 8, NULL, NULL);
    assert_true(domain_awake(p.reader, 0));
    mailbox_pop(p.box);
    assert_null(mailbox_front(p.box, 8));
    assert_true(mailbox_front_at(p.box) == CYCLE_NEVER);
    free_pair(&p);
}

/* The reader's cycle is the same whether it is evaluated before or behind the writer. */
static void an_item_of_this_cycle_does_not_change_what_its_reader_finds(void **state)
{
    (void)state;
    for (int writer_first = 0; writer_first < 2; writer_first++) {
        struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1000, 0}, true, false);
        domain_begin(p.writer, 1, NULL, NULL);
        mailbox_write(p.box, 2, &(int) {1}, sizeof(int));
        domain_commit(p.writer);
        domain_begin(p.writer, 2, NULL, NULL);
        if (writer_first)
            mailbox_write(p.box, 3, &(int) {2}, sizeof(int));
        assert_true(mailbox_alone(p.box, 2));
        assert_int_equal(*(const int *)mailbox_front(p.box, 2), 1);
        mailbox_pop(p.box);
        assert_null(mailbox_front(p.box, 2));
        domain_rest(p.reader, 0, CYCLE_NEVER);
        if (!writer_first)
            mailbox_write(p.box, 3, &(int) {2}, sizeof(int));
        domain_commit(p.writer);
        assert_int_equal(domain_next(p.reader), 3);
        assert_int_equal(*(const int *)mailbox_front(p.box, 3), 2);
        free_pair(&p);
    }
}

static void items_leave_in_the_order_in_which_they_came(void **state)
{
    (void)state;
    struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1000, 0}, true, true);
    for (int round = 0; round < 5; round++) { /* around the ring */
        for (int i = 0; i < 3; i++) {
            mailbox_write(p.box, p.writer->cycle + 1, &i, sizeof i);
            domain_commit(p.writer);
            p.writer->cycle++;
        }
        for (int i = 0; i < 3; i++) {
            assert_int_equal(*(const int *)mailbox_front(p.box, p.writer->cycle), i);
            mailbox_pop(p.box);
        }
    }
    free_pair(&p);
}

static void write_twice(void *arg)
{
    struct pair *p = arg;
    int item = 1;
    mailbox_write(p->box, 1, &item, sizeof item);
    mailbox_write(p->box, 1, &item, sizeof item);
}

static void write_twice_in_an_instant(void *arg)
{
    struct pair *p = arg;
    int item = 1;
    mailbox_write_fs(p->box, 1000, &item, sizeof item);
    mailbox_write_fs(p->box, 2000, &item, sizeof item);
}

static void write_in_cycles_what_is_looked_at_ahead(void *arg)
{
    struct pair *p = arg;
    int item = 1;
    mailbox_look_ahead(p->box);
    mailbox_write(p->box, 1, &item, sizeof item);
}

static void write_for_now(void *arg)
{
    struct pair *p = arg;
    int item = 1;
    mailbox_write(p->box, p->writer->cycle, &item, sizeof item);
}

static void write_too_many(void *arg)
{
    struct pair *p = arg;
    int item = 1;
    for (int i = 0; i < 5; i++) {
        mailbox_write(p->box, 9, &item, sizeof item);
        domain_commit(p->writer);
        p->writer->cycle++;
    }
}

static void wrong_use_of_a_mailbox_ends_the_program(void **state)
{
    (void)state;
    struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1000, 0}, true, true);
    assert_true(aborts(write_twice, &p));
    assert_true(aborts(write_twice_in_an_instant, &p));
    assert_true(aborts(write_in_cycles_what_is_looked_at_ahead, &p));
    assert_true(aborts(write_for_now, &p));
    assert_true(aborts(write_too_many, &p));
    free_pair(&p);
}

static void between_clocks_an_item_waits_for_the_readers_next_edge(void **state)
{
    (void)state;
    struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1700, 0}, false, true);
    int item = 3;
    p.writer->cycle = 4;
    mailbox_write_fs(p.box, 5101, &item, sizeof item); /* edges of the reader: 3400, 5100, 6800 */
    assert_int_equal(mailbox_count(p.box), 0);
    assert_null(mailbox_front(p.box, 4));
    domain_commit(p.writer);
    assert_int_equal(mailbox_count(p.box), 1);
    assert_null(mailbox_front(p.box, 3));
    assert_non_null(mailbox_front(p.box, 4));
    domain_rest(p.reader, 0, CYCLE_NEVER);
    assert_int_equal(domain_next(p.reader), 4);
    free_pair(&p);
}

/* ---- domain ---- */

struct woken {
    uint32_t boxes[8];
    uint32_t n;
};

static void note(void *self, uint32_t box)
{
    struct woken *w = self;
    w->boxes[w->n++] = box;
}

static void a_domain_sleeps_until_its_earliest_timer(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    struct woken w = {.n = 0};
    for (int i = 0; i < 3; i++)
        domain_add_box(d);
    domain_begin(d, 0, note, &w);
    assert_int_equal(w.n, 0); /* all were awake */
    assert_false(domain_rest(d, 0, 1));
    assert_true(domain_rest(d, 1, 50));
    assert_true(domain_rest(d, 2, CYCLE_NEVER));
    assert_int_equal(domain_next(d), 1);
    domain_begin(d, 1, note, &w);
    assert_true(domain_rest(d, 0, 20));
    assert_int_equal(domain_next(d), 20);
    domain_wake_at(d, 2, 7);
    assert_int_equal(domain_next(d), 7);
    domain_begin(d, 7, note, &w);
    assert_int_equal(w.n, 1);
    assert_int_equal(w.boxes[0], 2);
    assert_true(domain_rest(d, 2, CYCLE_NEVER));
    domain_begin(d, 20, note, &w);
    assert_int_equal(w.boxes[1], 0);
    assert_true(domain_rest(d, 0, CYCLE_NEVER));
    domain_begin(d, 50, note, &w);
    assert_int_equal(w.boxes[2], 1);
    assert_true(domain_rest(d, 1, CYCLE_NEVER));
    assert_int_equal(domain_next(d), CYCLE_NEVER);
    domain_free(d);
}

static void a_timer_set_long_before_is_found_in_the_cycle_before_it(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    domain_add_box(d);
    domain_begin(d, 0, NULL, NULL);
    domain_wake_at(d, 0, 6);
    domain_rest(d, 0, 5);
    domain_begin(d, 5, NULL, NULL);
    domain_rest(d, 0, CYCLE_NEVER);
    assert_int_equal(domain_next(d), 6);
    domain_free(d);
}

static void timers_come_in_order_whatever_the_order_of_setting(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    struct rng r;
    rng_init(&r, 3, "timers");
    domain_add_box(d);
    domain_begin(d, 0, note, &(struct woken) {.n = 0});
    domain_rest(d, 0, CYCLE_NEVER);
    for (int i = 0; i < 500; i++)
        domain_wake_at(d, 0, 1 + rng_below(&r, 2 * DOMAIN_WHEEL)); /* some in the wheel, some behind it */
    uint64_t last = 0;
    while (domain_next(d) != CYCLE_NEVER) {
        struct woken w = {.n = 0};
        uint64_t next = domain_next(d);
        assert_true(next > last);
        domain_begin(d, next, note, &w);
        assert_int_equal(w.n, 1); /* equal timers wake once */
        domain_rest(d, 0, CYCLE_NEVER);
        last = next;
    }
    domain_free(d);
}

static void nobody_sleeps_in_a_domain_that_never_sleeps(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, true);
    domain_add_box(d);
    domain_begin(d, 0, note, &(struct woken) {.n = 0});
    assert_false(domain_rest(d, 0, CYCLE_NEVER));
    assert_int_equal(domain_next(d), 1);
    domain_free(d);
}

/* ---- slot counter ---- */

static void a_gate_holds_the_slot_before_it(void **state)
{
    (void)state;
    struct slot_state s = {.launch = 1, .base = 100, .from = 110, .until = 114, .why = HOLD_LINK};
    assert_int_equal(slot_of(&s, 99), SLOT_BEFORE);
    assert_int_equal(slot_of(&s, 100), 0);
    assert_int_equal(slot_of(&s, 109), 9);
    for (uint64_t c = 110; c < 114; c++) {
        assert_true(slot_shut(&s, c));
        assert_int_equal(slot_of(&s, c), 9);
    }
    assert_int_equal(slot_of(&s, 114), 10);
    assert_int_equal(slot_cycle(&s, 9), 109);
    assert_int_equal(slot_cycle(&s, 10), 114);
    assert_int_equal(slot_time(&s, 114), 14); /* a stall is part of the time */
    assert_int_equal(slot_held(&s, HOLD_LINK, 112), 2);
    slot_state_fold(&s, 114);
    assert_int_equal(slot_of(&s, 114), 10);
    assert_int_equal(slot_held(&s, HOLD_LINK, 200), 4);
}

static void alignment_is_no_time_and_an_open_gate_has_no_end(void **state)
{
    (void)state;
    struct slot_state s = {.launch = 1, .base = 0, .from = 10, .until = 13, .why = HOLD_ALIGN};
    assert_int_equal(slot_time(&s, 13), 10);
    s.until = CYCLE_NEVER;
    assert_int_equal(slot_cycle(&s, 10), CYCLE_NEVER);
    assert_int_equal(slot_cycle(&s, 9), 9);
}

static void everybody_on_the_chip_learns_of_a_published_state(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    struct slot_counter c;
    struct slot_state s = {.launch = 1, .from = CYCLE_NEVER, .until = CYCLE_NEVER};
    slot_counter_init(&c, d);
    slot_counter_subscribe(&c, d, domain_add_box(d));
    slot_counter_subscribe(&c, d, domain_add_box(d));
    domain_begin(d, 9, note, &(struct woken) {.n = 0});
    domain_rest(d, 0, CYCLE_NEVER);
    domain_rest(d, 1, CYCLE_NEVER);
    slot_counter_publish(&c, &s);
    assert_int_equal(c.now.launch, 0);
    domain_commit(d);
    assert_int_equal(c.now.launch, 1);
    struct woken w = {.n = 0};
    assert_int_equal(domain_next(d), 10);
    domain_begin(d, 10, note, &w);
    assert_int_equal(w.n, 2);
    slot_counter_free(&c);
    domain_free(d);
}

/* ---- credits and flags ---- */

static void a_credit_is_seen_a_cycle_later_and_a_write_sets_the_readers_flag(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    struct credit_line c;
    struct mailbox *m = mailbox_new("m", sizeof(int), 4, false);
    uint64_t flags = 0;
    int item = 7;
    mailbox_connect_reader(m, d, domain_add_box(d));
    mailbox_connect_writer(m, d);
    mailbox_flag(m, &flags, 1u << 3);
    credit_line_init(&c, d);
    credit_line_give(&c, 2, 1);
    credit_line_give(&c, 2, 4);
    assert_int_equal(flags, 0);
    mailbox_write(m, 1, &item, sizeof item);
    assert_int_equal(flags, 1u << 3);
    assert_int_equal(credit_line_seen(&c, 2, 0), 0);
    assert_int_equal(credit_line_seen(&c, 2, 1), 5);
    assert_int_equal(credit_line_seen(&c, 0, 1), 0);
    domain_begin(d, 1, NULL, NULL);
    credit_line_give(&c, 0, 1); /* in a later cycle again */
    credit_line_give(&c, 2, 1);
    assert_int_equal(credit_line_seen(&c, 0, 1), 0);
    assert_int_equal(credit_line_seen(&c, 2, 1), 5); /* those of the cycle before */
    assert_int_equal(credit_line_seen(&c, 0, 2), 1);
    assert_int_equal(credit_line_seen(&c, 2, 2), 6);
    mailbox_free(m);
    domain_free(d);
}

/* ---- lines, buffers, histories ---- */

static void bursts_follow_on_a_line_to_the_tick(void **state)
{
    (void)state;
    struct serial_line l = {.rate = {7, 3}};            /* 7 bytes in 3 cycles */
    struct line_time t = serial_line_occupy(&l, 10, 5); /* 15/7 cycles */
    assert_int_equal(t.cycle, 10);
    assert_int_equal(l.free.cycle, 12);
    assert_int_equal(l.free.ticks, 1);
    assert_int_equal(line_time_ceil(l.free), 13);
    t = serial_line_occupy(&l, 12, 14); /* 6 cycles behind it */
    assert_int_equal(t.ticks, 1);
    assert_int_equal(l.free.cycle, 18);
    t = serial_line_occupy(&l, 30, 7);
    assert_int_equal(t.cycle, 30);
    assert_int_equal(t.ticks, 0);
}

static void a_buffer_lets_bytes_leave_before_others_come(void **state)
{
    (void)state;
    struct staging s;
    staging_init(&s, 100, 4);
    staging_add(&s, 10, 100);
    staging_add(&s, 20, 100); /* told before the one that makes room for it */
    staging_remove(&s, 20, 100);
    assert_false(staging_advance(&s, 100));
    assert_int_equal(s.peak, 100);
    staging_add(&s, 110, 1);
    assert_false(staging_advance(&s, 110));
    assert_true(staging_advance(&s, 111));
    assert_int_equal(s.overflow_slot, 110);
    staging_free(&s);
}

static void a_burst_remembers_where_it_stood(void **state)
{
    (void)state;
    struct burst b = {.n_stamps = 0}, copy;
    uint64_t until = 0;
    burst_stamp(&b, 0, PLACE_DRAM);
    burst_stamp(&b, 40, PLACE_NOC);
    burst_stamp(&b, 55, PLACE_LINK);
    burst_copy(&copy, &b);
    assert_int_equal(burst_place_at(&copy, 39, &until), PLACE_DRAM);
    assert_int_equal(until, 40);
    assert_int_equal(burst_place_at(&copy, 40, &until), PLACE_NOC);
    assert_int_equal(until, 55);
    assert_int_equal(burst_place_at(&copy, 1000, &until), PLACE_LINK);
    assert_true(until == UINT64_MAX);
}

static void a_shuffled_order_is_a_permutation(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct run_control r = {.shuffle = seed};
        for (uint32_t n = 1; n < 40; n++) {
            uint64_t seen = 0;
            for (uint32_t i = 0; i < n; i++)
                seen |= UINT64_C(1) << run_order(&r, seed * 17 + n, i, n);
            assert_int_equal(seen, (UINT64_C(1) << n) - 1);
        }
    }
}

static void a_port_asks_for_a_hold_once_and_gives_it_an_end(void **state)
{
    (void)state;
    struct pair p = pair_of((struct sim_clock) {1000, 0}, (struct sim_clock) {1000, 0}, true, false);
    struct mailbox *out = mailbox_new("hold", sizeof(struct hold_request), 8, false);
    struct hold_port h;
    mailbox_connect_writer(out, p.writer);
    mailbox_connect_reader(out, p.reader, 0);
    hold_port_init(&h, 4);
    hold_port_clear(&h, 4);
    h.out = out;
    assert_false(hold_port_look(&h, 0, 50, 150, 149, 10)); /* in time */
    assert_true(hold_port_look(&h, 1, 51, 151, CYCLE_NEVER, 10));
    assert_false(hold_port_look(&h, 1, 51, 151, CYCLE_NEVER, 11));
    assert_int_equal(h.next, 1);
    assert_false(hold_port_look(&h, 1, 51, 151, 170, 12)); /* counted already */
    assert_true(hold_port_look(&h, 2, 52, 152, 160, 12));
    /* A gate without an end stands before it: it may end before 140. */
    assert_false(hold_port_look(&h, 3, 53, CYCLE_NEVER, 140, 12));
    domain_commit(p.writer);
    assert_int_equal(mailbox_count(out), 4);
    assert_int_equal(((const struct hold_request *)mailbox_item(out, 3))->until, 140);
    assert_int_equal(((const struct hold_request *)mailbox_item(out, 3))->entry, 3);
    assert_int_equal(((const struct hold_request *)mailbox_item(out, 0))->until, CYCLE_NEVER);
    assert_int_equal(((const struct hold_request *)mailbox_item(out, 1))->until, 170);
    assert_int_equal(((const struct hold_request *)mailbox_item(out, 2))->slot, 52);
    assert_int_equal(h.next, 4);
    hold_port_free(&h);
    mailbox_free(out);
    free_pair(&p);
}

static void faults_are_shown_by_time_and_place(void **state)
{
    (void)state;
    struct run_control r = {.stall = false};
    struct diag d;
    diag_init(&d);
    fault_add(&r, "chip1.unit0", 200, 2, "b");
    fault_add(&r, "chip0.unit1", 200, 2, "a");
    fault_add(&r, "chip3", 100, 1, "first");
    faults_report(&r, &d);
    assert_string_equal(d.messages[0].key, "chip3");
    assert_string_equal(d.messages[0].text, "cycle 1: first");
    assert_string_equal(d.messages[1].key, "chip0.unit1");
    assert_string_equal(d.messages[2].key, "chip1.unit0");
    diag_free(&d);
    run_control_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_of_a_drifting_clock_are_exact),
        cmocka_unit_test(an_edge_is_found_again_from_its_time),
        cmocka_unit_test(an_item_is_not_read_before_its_time_which_wakes_the_reader),
        cmocka_unit_test(an_item_of_this_cycle_does_not_change_what_its_reader_finds),
        cmocka_unit_test(items_leave_in_the_order_in_which_they_came),
        cmocka_unit_test(wrong_use_of_a_mailbox_ends_the_program),
        cmocka_unit_test(between_clocks_an_item_waits_for_the_readers_next_edge),
        cmocka_unit_test(a_domain_sleeps_until_its_earliest_timer),
        cmocka_unit_test(a_timer_set_long_before_is_found_in_the_cycle_before_it),
        cmocka_unit_test(timers_come_in_order_whatever_the_order_of_setting),
        cmocka_unit_test(a_credit_is_seen_a_cycle_later_and_a_write_sets_the_readers_flag),
        cmocka_unit_test(nobody_sleeps_in_a_domain_that_never_sleeps),
        cmocka_unit_test(a_gate_holds_the_slot_before_it),
        cmocka_unit_test(alignment_is_no_time_and_an_open_gate_has_no_end),
        cmocka_unit_test(everybody_on_the_chip_learns_of_a_published_state),
        cmocka_unit_test(bursts_follow_on_a_line_to_the_tick),
        cmocka_unit_test(a_buffer_lets_bytes_leave_before_others_come),
        cmocka_unit_test(a_burst_remembers_where_it_stood),
        cmocka_unit_test(a_shuffled_order_is_a_permutation),
        cmocka_unit_test(a_port_asks_for_a_hold_once_and_gives_it_an_end),
        cmocka_unit_test(faults_are_shown_by_time_and_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
