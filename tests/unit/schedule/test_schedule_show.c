/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_show.c - what `schedule show` prints is what happens: single memory commands, ends of hops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/text.h"
#include "sim/schedule/link_slots.h"
#include "sim/schedule/sched_ends.h"
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

/* Each cycle of the makespan is counted once: slot by slot, without what the tables themselves say. */
static void slots_of_a_link_are_reserved_or_unused(void **state)
{
    (void)state;
    struct builder b;
    struct slot_tables t;
    example(&b);
    const struct sched_machine *m = &b.s.machine;
    for (uint32_t program = 0; program < 2; program++) {
        const struct sched_program *p = &b.s.programs[program];
        uint64_t *ends = mem_alloc_array(p->n_hops, sizeof *ends);
        sched_hop_ends(&b.s, p, ends);
        slot_tables_make(&t, &b.s, p);
        size_t hops = 0;
        for (uint32_t l = 0; l < m->n_links; l++) {
            uint64_t unused = 0, run = 0, longest = 0;
            for (uint64_t cycle = 0; cycle < p->makespan; cycle++) {
                bool taken = false;
                for (size_t h = 0; h < p->n_hops; h++) {
                    taken |= p->hops[h].link == l && p->hops[h].start <= cycle && cycle < ends[h];
                }
                unused += !taken;
                run = taken ? 0 : run + 1;
                longest = run > longest ? run : longest;
            }
            assert_int_equal(t.links[l].unused, unused);
            assert_int_equal(t.links[l].reserved, p->makespan - unused);
            assert_int_equal(t.links[l].gap_slots, longest);
            for (size_t i = 0; i < t.links[l].n; i++) {
                const struct slot_entry *e = &t.entries[t.links[l].first + i];
                assert_int_equal(p->hops[e->hop].link, l);
                assert_true(i == 0 || e->from >= e[-1].from);
            }
            hops += t.links[l].n;
        }
        assert_int_equal(hops, p->n_hops);
        slot_tables_free(&t);
        free(ends);
    }
    schedule_free(&b.s);
}

static void slot_tables_are_printed_as_text_and_csv(void **state)
{
    (void)state;
    struct builder b;
    struct text t = {0};
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    uint32_t number = transfer_of(p, CHUNK_B, U1);
    ull line = hop_of(p, number, 2)->start;
    schedule_show_slots(&b.s, 1, "link20", SLOT_CSV, &t);
    expect_line(&t, "link,from,to,transfer,hop,chunk,offset,bytes,class\n");
    expect_line(&t, "\nlink20,%llu,%llu,%u,2,4,0,", line, line + 5, number);
    assert_null(strstr(t.s, "link2,"));
    text_free(&t);
    schedule_show_links(&b.s, 1, "*", SLOT_CSV, &t);
    expect_line(&t, "link,type,bursts,reserved,unused,longest_gap,gap_from\nlink0,");
    assert_int_equal(count(&t, "\n"), 1 + b.s.machine.n_links);
    text_free(&t);
    schedule_show_links(&b.s, 1, "nothing", SLOT_TEXT, &t);
    expect_line(&t, "slots of %llu cycles\n", (ull)p->makespan);
    assert_int_equal(count(&t, "\n"), 2);
    text_free(&t);
    schedule_show_json(&b.s, 1, &t);
    expect_line(&t, "{\"link\": \"link20\", \"type\": \"chip\", \"bursts\": ");
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
        cmocka_unit_test(slots_of_a_link_are_reserved_or_unused),
        cmocka_unit_test(slot_tables_are_printed_as_text_and_csv),
        cmocka_unit_test(the_summary_has_makespan_and_a_row_for_each_unit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
