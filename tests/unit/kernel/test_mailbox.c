/* SPDX-License-Identifier: Apache-2.0 */
/* test_mailbox.c - mailboxes against a list of what they must hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/rng.h"
#include "sim/kernel/mailbox.h"

/* What a mailbox must do, item by item. */
struct expected {
    uint64_t at[4096];
    uint32_t number[4096];
    uint32_t first, seen, n; /* [first, seen): in the FIFO; [seen, n): not yet committed */
};

static void compare(const struct mailbox *m, const struct expected *x, uint64_t cycle)
{
    uint32_t count = x->seen - x->first;
    assert_int_equal(mailbox_count(m), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(*(const uint32_t *)mailbox_item(m, i), x->number[x->first + i]);
        assert_int_equal(mailbox_item_at(m, i), x->at[x->first + i]);
    }
    assert_true(mailbox_front_at(m) == (count > 0 ? x->at[x->first] : CYCLE_NEVER));
    bool ready = count > 0 && x->at[x->first] <= cycle;
    assert_ptr_equal(mailbox_front(m, cycle), ready ? mailbox_item(m, 0) : NULL);
    if (!ready)
        return;
    assert_int_equal(mailbox_alone(m, cycle), count == 1 || x->at[x->first + 1] > cycle);
}

/* Each item that came since then has its flag, in the word of its cycle where there are two. */
static void compare_flags(uint64_t flags[static 2], const struct expected *x, uint32_t since, bool by_turns)
{
    uint64_t want[2] = {0};
    for (uint32_t i = since; i < x->seen; i++)
        want[by_turns ? x->at[i] % 2 : 0] = 1u << 5;
    assert_int_equal(flags[0], want[0]);
    assert_int_equal(flags[1], want[1]);
    flags[0] = flags[1] = 0;
}

/* Of numbers the oldest one does not lie in the ring; within a domain, and between two. */
static void mailboxes_of_numbers_and_of_records_do_the_same(void **state)
{
    (void)state;
    for (uint32_t kind = 0; kind < 8; kind++) {
        bool small = kind & 1, apart = kind & 2, by_turns = kind & 4;
        uint64_t flags[2] = {0};
        struct sim_clock clock = {1000, 0};
        struct domain *d = domain_new(clock, false), *reader = apart ? domain_new(clock, false) : d;
        struct mailbox *m = mailbox_new("m", small ? sizeof(uint32_t) : 24, 5, false);
        mailbox_connect_writer(m, d);
        mailbox_connect_reader(m, reader, domain_add_box(reader));
        (by_turns ? mailbox_flag_by_turns : mailbox_flag)(m, flags, 1u << 5);
        struct expected x = {.n = 0};
        struct rng r;
        rng_init(&r, 3, small ? "numbers" : "records");
        for (uint64_t cycle = 1; x.n < 4000; cycle++) {
            domain_begin(d, cycle, NULL, NULL);
            if (apart)
                domain_begin(reader, cycle, NULL, NULL);
            for (uint64_t n = rng_below(&r, 3); n > 0 && mailbox_front_at(m) <= cycle; n--) {
                if (small && rng_below(&r, 2))
                    mailbox_pop_number(m);
                else
                    mailbox_pop(m);
                x.first++;
                compare(m, &x, cycle);
            }
            const uint32_t before = x.n;
            for (uint64_t n = rng_below(&r, 4); n > 0 && x.n - x.first < 5; n--) {
                uint32_t record[6] = {x.n * 7};
                uint64_t at = cycle + 1 + rng_below(&r, 3);
                if (apart)
                    mailbox_write_fs(m, at * clock.period_fs, record, small ? sizeof *record : sizeof record);
                else if (small && rng_below(&r, 2))
                    mailbox_put(m, at, *record);
                else
                    mailbox_write(m, at, record, small ? sizeof *record : sizeof record);
                x.at[x.n] = at;
                x.number[x.n++] = *record;
                x.seen = apart ? x.seen : x.n;
                compare(m, &x, cycle);
            }
            domain_commit(d);
            x.seen = x.n;
            compare(m, &x, cycle);
            compare_flags(flags, &x, before, by_turns);
        }
        mailbox_free(m);
        domain_free(d);
        if (apart)
            domain_free(reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailboxes_of_numbers_and_of_records_do_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
