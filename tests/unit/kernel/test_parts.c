/* SPDX-License-Identifier: Apache-2.0 */
/* test_parts.c - parts of a clock domain that need not stand at one cycle; credits between them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aborts.h"
#include "sim/kernel/credit_line.h"
#include "sim/kernel/mailbox.h"

static void a_part_takes_what_is_due_in_several_cycles(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    for (int i = 0; i < 3; i++)
        domain_add_box(d);
    domain_begin(d, 0, NULL, NULL);
    domain_wake_at(d, 1, 3000); /* waits in the heap */
    d->cycle = 2990;
    assert_false(domain_rest(d, 0, 2991)); /* stays awake */
    assert_true(domain_rest(d, 1, 2993));
    assert_true(domain_rest(d, 2, 3001));
    domain_take(d, 10); /* cycles 2991 .. 3000 */
    assert_int_equal(d->taken[0], 3);
    assert_int_equal(d->due[0], 1);
    assert_int_equal(d->due[1], 1u << 2 | 1u << 9);
    assert_int_equal(d->due[2], 0);
    d->cycle = 3000;
    d->awake_bits[0] = 0;
    assert_int_equal(domain_next(d), 3001);
    domain_free(d);
}

/* Near and far ones, in the wheel and behind it, over its borders and those of what is noted of it; two words of boxes.
 */
static void the_next_timer_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const uint64_t gaps[] = {2, 63, 64, 65, 128, 700, 2046, 2047, 2048, 5000};
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    uint64_t cycle = 0;
    for (uint32_t i = 0; i < 70; i++)
        domain_add_box(d);
    domain_begin(d, cycle, NULL, NULL);
    for (uint32_t i = 0; i < 70; i++)
        domain_rest(d, i, CYCLE_NEVER);
    assert_true(domain_next(d) == CYCLE_NEVER);
    for (uint32_t i = 0; i < 700; i++) {
        uint32_t box = i * 37 % 70, other = (box + 1) % 70;
        uint64_t next = cycle + gaps[i % 10], later = next + gaps[i / 10 % 10];
        domain_set_timer(d, box, next);
        domain_set_timer(d, other, later);
        assert_int_equal(domain_next(d), next);
        domain_go_on(d, next);
        assert_true(domain_awake(d, box) && !domain_awake(d, other));
        domain_rest(d, box, CYCLE_NEVER);
        assert_int_equal(domain_next(d), later);
        domain_go_on(d, later);
        assert_true(domain_awake(d, other) && !domain_awake(d, box));
        domain_rest(d, other, CYCLE_NEVER);
        assert_true(domain_next(d) == CYCLE_NEVER);
        cycle = later;
    }
    domain_free(d);
}

static void write_for_what_is_done(void *arg)
{
    struct mailbox *m = arg;
    int item = 1;
    mailbox_write(m, m->reader->cycle, &item, sizeof item);
}

static void a_part_may_stand_behind_the_others_or_before_them(void **state)
{
    (void)state;
    struct domain *whole = domain_new((struct sim_clock) {1000, 0}, false),
                  *part = domain_new((struct sim_clock) {1000, 0}, false);
    struct mailbox *there = mailbox_new("there", sizeof(int), 4, false),
                   *back = mailbox_new("back", sizeof(int), 4, false);
    int item = 5;
    part->whole = whole;
    mailbox_connect_reader(there, part, domain_add_box(part));
    mailbox_connect_writer(there, whole);
    mailbox_connect_reader(back, whole, domain_add_box(whole));
    mailbox_connect_writer(back, part);
    domain_begin(part, 4, NULL, NULL);
    domain_begin(whole, 12, NULL, NULL);
    domain_rest(part, 0, CYCLE_NEVER);
    domain_rest(whole, 0, CYCLE_NEVER);
    mailbox_write(there, 13, &item, sizeof item);
    assert_null(mailbox_front(there, 12));
    assert_non_null(mailbox_front(there, 13));
    assert_int_equal(domain_next(part), 13);
    mailbox_write(back, 13, &item, sizeof item);
    assert_int_equal(domain_next(whole), 13);
    assert_true(aborts(write_for_what_is_done, back)); /* later than the writer's cycle, but the reader was there */
    mailbox_free(there);
    mailbox_free(back);
    domain_free(whole);
    domain_free(part);
}

static void who_awaits_a_credit_is_woken_when_it_is_seen_and_once(void **state)
{
    (void)state;
    struct domain *d = domain_new((struct sim_clock) {1000, 0}, false);
    struct credit_line c;
    uint32_t box = domain_add_box(d);
    credit_line_init(&c, d);
    domain_begin(d, 0, NULL, NULL);
    assert_true(credit_line_await(&c, d, box));
    domain_rest(d, box, CYCLE_NEVER);
    domain_commit(d);
    assert_true(domain_next(d) == CYCLE_NEVER);
    credit_line_give(&c, 1, 1);
    domain_commit(d);
    assert_int_equal(domain_next(d), 1);
    domain_begin(d, 1, NULL, NULL);
    assert_true(domain_awake(d, box));
    domain_rest(d, box, CYCLE_NEVER);
    credit_line_give(&c, 1, 1);
    domain_commit(d);
    assert_true(domain_next(d) == CYCLE_NEVER);
    assert_false(credit_line_await(&c, d, box)); /* it is seen in the next one */
    domain_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_takes_what_is_due_in_several_cycles),
        cmocka_unit_test(the_next_timer_is_found_wherever_it_stands),
        cmocka_unit_test(a_part_may_stand_behind_the_others_or_before_them),
        cmocka_unit_test(who_awaits_a_credit_is_woken_when_it_is_seen_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
