/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_show.c - what `schedule show` prints is what happens: single memory commands, ends of hops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/text.h"
#include "sim/schedule/schedule_summary.h"
#include "tests/unit/schedule/schedule_edit.h"

static void expect_line(const struct text *t, const char *fmt, ...)
{
    char line[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    if (!strstr(t->s, line)) {
        fail_msg("not printed: %s", line);
    }
}

static uint32_t count(const struct text *t, const char *what)
{
    uint32_t n = 0;
    for (const char *s = t->s; (s = strstr(s, what)); s++) {
        n++;
    }
    return n;
}

typedef unsigned long long ull;

static void a_run_is_printed_as_single_commands_of_its_banks(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    const struct sched_dram_op *run = run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0)); /* set 1: banks 1, 3 */
    ull at = run->cycle, act = run[-1].cycle;
    schedule_show_json(&b.s, 1, &t);
    const char *command = "{\"channel\": \"chip0.hbm0\", \"bank\": %u, \"command\": \"%s\", \"cycle\": %llu";
    expect_line(&t, command, 1u, "ACT", act);
    expect_line(&t, command, 3u, "ACT", act + 2);
    expect_line(&t, command, 1u, "RD", at);
    expect_line(&t, command, 3u, "RD", at + 2);
    expect_line(&t, command, 1u, "RD", at + 5);
    expect_line(&t, command, 3u, "RD", at + 7);
    expect_line(&t, command, 1u, "RD", at + 10);
    text_free(&t);
    schedule_free(&b.s);
}

static void a_bank_precharges_after_its_last_column_and_not_before_ras(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    const struct sched_dram_op *run = run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0));
    const struct sched_dram_op *store = run_of(p, DRAM_WR, transfer_of(p, CHUNK_O3, U3));
    ull at = run->cycle, act = run[-1].cycle;
    schedule_show_json(&b.s, 1, &t);
    const char *command = "{\"channel\": \"%s\", \"bank\": %u, \"command\": \"PRE\", \"cycle\": %llu}";
    expect_line(&t, command, "chip0.hbm0", 1u, at + 10 + 4);                                 /* rtp */
    expect_line(&t, command, "chip0.hbm0", 3u, act + 2 + 15 > at + 11 ? act + 17 : at + 11); /* ras or rtp */
    expect_line(&t, command, "chip1.hbm0", store->set, (ull)store->cycle + 3 + 3 + 8);       /* cwl, burst, wr */
    assert_int_equal(count(&t, "\"ACT\""), count(&t, "\"PRE\""));
    text_free(&t);
    schedule_free(&b.s);
}

static void a_burst_ends_when_its_link_is_free(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    uint32_t number = transfer_of(p, CHUNK_B, U1); /* 4 flits: 4 slots on chip, 4.8 cycles between chips */
    ull inject = hop_of(p, number, 0)->start, line = hop_of(p, number, 2)->start;
    schedule_show_json(&b.s, 1, &t);
    const char *burst = "{\"id\": %u, \"hop\": %u, \"link\": \"link%u\", \"start\": %llu, \"end\": %llu, \"chunk\": 4";
    expect_line(&t, burst, number, 0u, 2u, inject, inject + 4);
    expect_line(&t, burst, number, 2u, 20u, line, line + 5);
    text_free(&t);
    schedule_free(&b.s);
}

static void tasks_and_places_are_printed_with_their_units(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    const struct sched_op *o = op_of(p, 3);
    const struct sched_sram *r = sram_of(p, 3, CHUNK_B);
    schedule_show_json(&b.s, 1, &t);
    expect_line(&t, "{\"id\": 3, \"unit\": \"chip1.unit1\", \"start\": %llu, \"end\": %llu, \"off\": %llu}",
                (ull)o->start, (ull)o->finish, (ull)o->off);
    expect_line(
        &t, "{\"unit\": \"chip1.unit1\", \"address\": %u, \"bytes\": 256, \"from\": %llu, \"to\": %llu, \"chunk\": 4",
        r->address, (ull)r->from, (ull)r->to);
    expect_line(&t, "\"chunk\": null, \"use\": \"staging\"");
    expect_line(&t, "\"chunk\": null, \"use\": \"schedule\", \"initial\": true");
    text_free(&t);
    schedule_free(&b.s);
}

static void the_summary_has_makespan_and_a_row_for_each_unit(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    schedule_summary(&b.s, 1, &t);
    expect_line(&t, "by hand: policy list, start steady, program 1 of 2, repeats 0, 1, 1");
    expect_line(&t, "makespan     %llu cycles", (ull)b.s.programs[1].makespan);
    expect_line(&t, "chip1.unit1     ...");
    expect_line(&t, "tasks        5 in");
    text_free(&t);
    schedule_free(&b.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_is_printed_as_single_commands_of_its_banks),
        cmocka_unit_test(a_bank_precharges_after_its_last_column_and_not_before_ras),
        cmocka_unit_test(a_burst_ends_when_its_link_is_free),
        cmocka_unit_test(tasks_and_places_are_printed_with_their_units),
        cmocka_unit_test(the_summary_has_makespan_and_a_row_for_each_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
