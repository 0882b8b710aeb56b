/* SPDX-License-Identifier: Apache-2.0 */
/* test_hbm_timing.c - every spacing of the table, one cycle too early and just right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hw/hbm/hbm_rules.h"

/* 4 groups of 4 banks; bursts of 64 bytes take 2.5 cycles. Numbers differ, so that no rule hides behind another. */
static const struct dram_timing params = {.banks = 16,
                                          .groups = 4,
                                          .row_bytes = 1024,
                                          .burst_bytes = 64,
                                          .rcd = 14,
                                          .rp = 13,
                                          .ras = 34,
                                          .rrd_s = 4,
                                          .rrd_l = 6,
                                          .ccd_s = 2,
                                          .ccd_l = 5,
                                          .faw = 30,
                                          .wr = 16,
                                          .wtr_s = 6,
                                          .wtr_l = 9,
                                          .rtp = 7,
                                          .cl = 14,
                                          .cwl = 4,
                                          .rfc = 260,
                                          .refi = 3900,
                                          .interleave = 4,
                                          .rate = {128, 5}};

struct channel {
    struct hbm_timing t;
    uint64_t early;
};

static void open_channel(struct channel *c)
{
    hbm_timing_init(&c->t, &params);
    c->early = 0;
}

static const char *act(struct channel *c, uint64_t cycle, uint32_t bank)
{
    return hbm_activate(&c->t, cycle, bank, 1, &c->early);
}

/* One column of a bank: set = bank's set, column = its member. */
static const char *column(struct channel *c, uint64_t cycle, bool write, uint32_t bank)
{
    for (uint32_t set = 0; set < 4; set++)
        for (uint32_t member = 0; member < 4; member++)
            if (hbm_bank_of(&params, set, member) == bank)
                return hbm_columns(&c->t, cycle, write, set, 1, member, 1, &c->early);
    return "no such bank";
}

#define BROKEN(call, rule)                                                                                             \
    do {                                                                                                               \
        const char *said = call;                                                                                       \
        assert_non_null(said);                                                                                         \
        assert_non_null(strstr(said, rule));                                                                           \
    } while (0)

static void members_of_a_set_lie_in_different_groups(void **state)
{
    (void)state;
    uint32_t seen = 0;
    for (uint32_t set = 0; set < 4; set++) {
        uint32_t groups = 0;
        for (uint32_t member = 0; member < 4; member++) {
            uint32_t bank = hbm_bank_of(&params, set, member);
            groups |= 1u << bank / 4;
            seen |= 1u << bank;
        }
        assert_int_equal(groups, 15);
    }
    assert_int_equal(seen, 0xffff);
}

static void columns_of_a_run_follow_the_bus_to_the_tick(void **state)
{
    (void)state;
    assert_int_equal(hbm_column_cycle(&params, 100, 0, 0), 100);
    assert_int_equal(hbm_column_cycle(&params, 100, 0, 1), 102);
    assert_int_equal(hbm_column_cycle(&params, 100, 0, 2), 105);
    assert_int_equal(hbm_column_cycle(&params, 100, 0, 1001), 2602);
    /* data that begin half a cycle behind the edge */
    assert_int_equal(hbm_column_cycle(&params, 100, 64, 0), 100);
    assert_int_equal(hbm_column_cycle(&params, 100, 64, 1), 103);
    assert_int_equal(hbm_column_cycle(&params, 100, 64, 2), 105);
    assert_int_equal(hbm_column_cycle(&params, 100, 64, 1001), 2603);
}

static void rows_open_no_faster_than_rrd_and_faw(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    assert_null(act(&c, 0, 0));
    BROKEN(act(&c, 3, 4), "rrd_s");
    assert_int_equal(c.early, 1);
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    BROKEN(act(&c, 5, 1), "rrd_l");
    hbm_timing_clear(&c.t);
    for (uint32_t i = 0; i < 4; i++)
        assert_null(act(&c, 4 * i, 4 * i));
    BROKEN(act(&c, 29, 1), "faw");
    assert_int_equal(c.early, 1);
    hbm_timing_free(&c.t);
}

static void a_row_opens_again_when_it_is_closed_and_precharged(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    assert_null(act(&c, 0, 0));
    BROKEN(act(&c, 34 + 13 - 1, 0), "of its last row");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    assert_null(column(&c, 40, false, 0)); /* read: rtp counts */
    BROKEN(act(&c, 40 + 7 + 13 - 1, 0), "of its last row");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    assert_null(column(&c, 20, true, 0)); /* write: cwl + burst + wr */
    BROKEN(act(&c, 20 + 4 + 3 + 16 + 13 - 1, 0), "of its last row");
    assert_int_equal(c.early, 1);
    hbm_timing_free(&c.t);
}

static void columns_wait_for_their_row_and_for_each_other(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    BROKEN(column(&c, 100, false, 0), "not open");
    assert_int_equal(c.early, 0);
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    BROKEN(column(&c, 13, false, 0), "rcd");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    assert_null(act(&c, 6, 1));
    assert_null(column(&c, 30, false, 0));
    BROKEN(column(&c, 34, false, 1), "ccd_l");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    assert_null(act(&c, 6, 4));
    assert_null(column(&c, 30, false, 0));
    BROKEN(column(&c, 31, false, 4), "ccd_s");
    hbm_timing_free(&c.t);
}

static void a_read_waits_for_the_data_of_a_write(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    assert_null(act(&c, 0, 0));
    assert_null(act(&c, 6, 4));
    assert_null(act(&c, 12, 1));
    assert_null(column(&c, 40, true, 0));
    BROKEN(column(&c, 40 + 4 + 3 + 6 - 1, false, 4), "wtr_s");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 0));
    assert_null(act(&c, 6, 1));
    assert_null(column(&c, 40, true, 0));
    BROKEN(column(&c, 40 + 4 + 3 + 9 - 1, false, 1), "wtr_l");
    hbm_timing_free(&c.t);
}

static void a_refresh_wants_all_rows_closed_and_blocks_the_channel(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    assert_null(act(&c, 0, 9));
    BROKEN(hbm_refresh(&c.t, 46, &c.early), "not closed");
    hbm_timing_clear(&c.t);
    assert_null(act(&c, 0, 9));
    assert_null(hbm_refresh(&c.t, 47, &c.early));
    BROKEN(act(&c, 47 + 259, 3), "rfc");
    hbm_timing_clear(&c.t);
    assert_null(hbm_refresh(&c.t, 47, &c.early));
    assert_null(act(&c, 47 + 260, 3));
    BROKEN(column(&c, 400, false, 9), "not open");
    hbm_timing_free(&c.t);
}

static void a_legal_run_breaks_nothing(void **state)
{
    (void)state;
    struct channel c;
    open_channel(&c);
    for (uint32_t j = 0; j < 4; j++)
        assert_null(hbm_activate(&c.t, 100 + 4 * j, hbm_bank_of(&params, 2, j), 7, &c.early));
    assert_null(hbm_columns(&c.t, 100 + 12 + 14 - 7, false, 2, 7, 0, 64, &c.early));
    hbm_timing_free(&c.t);
}

/* A cycle before the earliest one breaks a rule, the earliest one does not. */
static void the_earliest_cycle_is_the_first_that_breaks_nothing(void **state)
{
    (void)state;
    uint64_t x = 1, cycle = 0;
    struct channel c, early;
    open_channel(&c);
    open_channel(&early);
    for (uint32_t i = 0; i < 4000; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint32_t bank = (uint32_t)(x >> 33) % 16, kind = c.t.banks[bank].open ? (uint32_t)(x >> 40) % 4 : 3;
        bool write = kind == 1;
        uint64_t at = hbm_activate_channel(&c.t), of_bank = hbm_activate_bank(&c.t, bank);
        if (kind < 2) {
            at = hbm_column_channel(&c.t, write);
            of_bank = hbm_column_group(&c.t, write, c.t.banks[bank].group);
            of_bank = hbm_column_bank(&c.t, bank) > of_bank ? hbm_column_bank(&c.t, bank) : of_bank;
        } else if (c.t.banks[bank].open) {
            at = of_bank = hbm_precharge_earliest(&c.t, bank);
        }
        at = of_bank > at ? of_bank : at;
        for (int late = 0; late < 2; late++) {
            struct channel *to = late ? &c : &early;
            uint64_t when = at > cycle ? at - !late : cycle;
            if (!late) {
                memcpy(early.t.banks, c.t.banks, 16 * sizeof *c.t.banks);
                memcpy(early.t.groups, c.t.groups, 4 * sizeof *c.t.groups);
                memcpy(early.t.acts, c.t.acts, sizeof c.t.acts);
                early.t.any = c.t.any;
                early.t.n_acts = c.t.n_acts;
            }
            const char *broken = kind < 2               ? column(to, when, write, bank)
                                 : c.t.banks[bank].open ? hbm_precharge(&to->t, when, bank, &to->early)
                                                        : act(to, when, bank);
            assert_true((broken == NULL) == (late || at <= cycle));
            cycle = late ? when : cycle;
        }
    }
    hbm_timing_free(&c.t);
    hbm_timing_free(&early.t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_a_set_lie_in_different_groups),
        cmocka_unit_test(columns_of_a_run_follow_the_bus_to_the_tick),
        cmocka_unit_test(rows_open_no_faster_than_rrd_and_faw),
        cmocka_unit_test(a_row_opens_again_when_it_is_closed_and_precharged),
        cmocka_unit_test(columns_wait_for_their_row_and_for_each_other),
        cmocka_unit_test(a_read_waits_for_the_data_of_a_write),
        cmocka_unit_test(a_refresh_wants_all_rows_closed_and_blocks_the_channel),
        cmocka_unit_test(a_legal_run_breaks_nothing),
        cmocka_unit_test(the_earliest_cycle_is_the_first_that_breaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
