/* SPDX-License-Identifier: Apache-2.0 */
/* test_schedule_rules.c - the verifier accepts what keeps the rules; for each rule there is a schedule that
 * breaks it and no other, and the verifier names that rule and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "tests/unit/schedule/schedule_edit.h"

static void print_verdict(const struct sched_verdict *v)
{
    for (size_t i = 0; i < v->n_violations; i++) {
        print_error("%s: %s: %s\n", v->violations[i].rule, v->violations[i].where, v->violations[i].message);
    }
}

static void expect(struct builder *b, const char *rule)
{
    struct sched_verdict v;
    int rc = schedule_verify(&b->s, 50, &v);
    bool right = rule ? rc == SIM_ERR_INPUT && v.n_violations > 0 : rc == SIM_OK && v.n_violations == 0;
    for (size_t i = 0; rule && i < v.n_violations; i++) {
        right =
            right && strcmp(v.violations[i].rule, rule) == 0 && v.violations[i].where[0] && v.violations[i].message[0];
    }
    if (!right) {
        print_error("expected %s, got\n", rule ? rule : "nothing");
        print_verdict(&v);
    }
    sched_verdict_free(&v);
    schedule_free(&b->s);
    assert_true(right);
}

/* A test: change the example (program 1 is p), put it in order, see which rule that breaks. */
#define TEST(name, rule, ...)                                                                                          \
    static void name(void **state)                                                                                     \
    {                                                                                                                  \
        (void)state;                                                                                                   \
        struct builder b;                                                                                              \
        example(&b);                                                                                                   \
        struct sched_program *p = b.s.programs + 1;                                                                    \
        (void)p;                                                                                                       \
        __VA_ARGS__;                                                                                                   \
        settle(&b);                                                                                                    \
        expect(&b, rule);                                                                                              \
    }

#define COLD(b) ((b).s.programs[0])

/* ---- what keeps the rules ---- */

TEST(a_schedule_that_keeps_every_rule_is_accepted, NULL, (void)0)

TEST(tasks_without_data_and_alignment_messages_are_accepted, NULL, {
    add_idle(&b, 0);
    add_sync(&b, rest(&b, 1), false);
    add_sync(&b, rest(&b, 1) + 2, true);
    add_copy(&b, CHUNK_O3, U3, op_of(p, 3)->finish + 1);
})

TEST(a_schedule_of_barriers_is_accepted, NULL, {
    free(b.s.policy);
    b.s.policy = mem_strdup("barrier");
    b.s.local_timers = false;
    b.s.machine.broadcast_cycles = 1;
})

TEST(flits_may_follow_each_other_on_a_chip_link_closer_than_a_flit_takes, NULL, {
    uint32_t first = add_sync(&b, rest(&b, 1), true);
    uint32_t second = add_sync(&b, rest(&b, 1) + 1, true);
    hop_of(p, second, 2)->start = hop_of(p, first, 2)->start + 1;
    hop_of(p, second, 3)->start += 2;
    hop_of(p, second, 4)->start += 2;
})

TEST(a_refresh_may_come_before_the_launch, NULL, {
    for (size_t i = 0; i < p->n_dram; i++) {
        p->dram[i].cycle = p->dram[i].command == DRAM_REF && p->dram[i].channel == 1 ? 3 : p->dram[i].cycle;
    }
})

/* ---- units ---- */

TEST(a_task_on_no_unit_breaks_task_once, "task-once", add_task(&b, 0))

TEST(a_task_on_two_units_breaks_task_once, "task-once", {
    uint32_t task = add_idle(&b, 0);
    add_op(&b, 1, task, 1, rest(&b, 1) + 10);
})

TEST(a_task_on_another_chip_breaks_task_chip, "task-chip", add_idle(&b, 1))

TEST(an_operation_before_the_launch_breaks_before_launch, "before-launch", {
    uint32_t task = add_idle(&b, 0);
    op_of(p, task)->start = 39;
    op_of(p, task)->finish = op_of(p, task)->off = 43;
})

TEST(an_operation_that_is_too_short_breaks_op_times, "op-times", op_of(p, add_idle(&b, 0))->start++)

TEST(a_bit_on_after_the_end_under_list_breaks_op_times, "op-times", op_of(p, add_idle(&b, 0))->off++)

TEST(a_bit_off_before_the_end_breaks_op_times, "op-times", op_of(p, add_idle(&b, 0))->off--)

TEST(an_operation_with_slack_is_accepted, NULL, {
    struct sched_op *o = op_of(p, add_idle(&b, 0));
    o->off = o->finish += 2;
})

TEST(an_operation_on_a_unit_that_does_not_work_breaks_dead_unit, "dead-unit", {
    b.s.machine.endpoints[0].kind = SCHED_DEAD_UNIT; /* chunks lie there too */
})

TEST(a_hop_over_a_link_that_is_down_breaks_dead_link, "dead-link", {
    for (size_t i = 0; i < b.s.machine.n_links; i++) {
        b.s.machine.links[i].type =
            b.s.machine.links[i].type == LINK_CHIP ? SCHED_DEAD_LINK : b.s.machine.links[i].type;
    }
})

TEST(operations_that_overlap_on_a_unit_break_unit_overlap, "unit-overlap", {
    uint32_t task = add_idle(&b, 0);
    add_idle(&b, 0);
    op_of(&COLD(b), task)->start += 4;
    op_of(&COLD(b), task)->finish += 4;
    op_of(&COLD(b), task)->off += 4;
})

static void a_table_of_phases_that_is_wrong_breaks_phases(void **state)
{
    (void)state;
    for (int what = 0; what < 6; what++) {
        struct builder b;
        example(&b);
        struct sched_program *p = &b.s.programs[1];
        p->phases[2].units_on += what == 0;
        p->phases[2].tasks += what == 1;
        p->phases[2].transfers -= what == 2;
        p->phases[2].start += what == 3;
        p->n_phases -= what == 4;
        if (what == 5) {
            *VEC_PUSH(p, phases) = (struct sched_phase) {.start = p->makespan};
        }
        expect(&b, "phases");
    }
}

TEST(changes_faster_than_a_broadcast_break_phase_length, "phase-length", {
    free(b.s.policy);
    b.s.policy = mem_strdup("levels");
    b.s.local_timers = false;
    b.s.machine.broadcast_cycles = 500;
})

TEST(list_without_local_timers_breaks_policy, "policy", {
    b.s.local_timers = false;
    b.s.machine.broadcast_cycles = 1;
})

/* ---- SRAM ---- */

TEST(a_place_beyond_the_end_of_sram_breaks_sram_bounds, "sram-bounds", sram_of(p, 3, CHUNK_O3)->address = B_SRAM - 63)

TEST(a_place_smaller_than_its_chunk_breaks_sram_bounds, "sram-bounds", sram_of(p, 3, CHUNK_O3)->bytes--)

TEST(a_byte_with_two_chunks_breaks_sram_overlap, "sram-overlap", sram_of(p, 0, CHUNK_X)->address = AT_W - 299)

TEST(places_that_meet_in_time_or_address_only_are_accepted, NULL, {
    sram_of(p, 0, CHUNK_X)->address = AT_W - 300;
    sram_of(p, 0, CHUNK_O4)->address = AT_A;
})

TEST(two_places_of_one_chunk_in_a_unit_break_sram_twice, "sram-twice", {
    struct sched_sram copy = *sram_of(p, 3, CHUNK_B);
    copy.address = 60000;
    *VEC_PUSH(p, sram) = copy;
})

TEST(staging_buffers_that_are_too_small_break_sram_reserved, "sram-reserved", sram_of(p, 1, SCHED_NONE)->bytes--)

TEST(staging_buffers_for_a_part_of_the_time_break_sram_reserved, "sram-reserved", sram_of(p, 1, SCHED_NONE)->from++)

TEST(something_left_that_is_no_weight_breaks_sram_initial, "sram-initial", b.s.chunks[CHUNK_V].flags = 0)

TEST(a_place_given_up_while_a_task_reads_breaks_sram_missing, "sram-missing", sram_of(p, 3, CHUNK_B)->to--)

TEST(a_place_too_late_for_a_result_breaks_sram_missing, "sram-missing", {
    struct builder at[2] = {{.p = &COLD(b)}, {.p = p}};
    uint32_t task = add_idle(&b, 0), chunk = b_output(&b, 64, 0);
    for (uint32_t i = 0; i < 2; i++) {
        b_place(&at[i], 1, 60000, 64, chunk, op_of(at[i].p, task)->start + i, at[i].p->makespan, 0);
    }
})

TEST(a_place_given_up_while_it_is_sent_breaks_sram_missing, "sram-missing", sram_of(p, 0, CHUNK_A)->to--)

TEST(a_piece_without_a_place_breaks_sram_missing, "sram-missing", {
    add_copy(&b, CHUNK_O3, U3, op_of(p, 3)->finish + 1);
    p->n_sram--;
})

/* ---- inputs ---- */

TEST(an_input_that_lacks_its_last_byte_breaks_input_missing, "input-missing",
     p->transfers[transfer_of(p, CHUNK_X, HBM0)].bytes--)

TEST(an_operation_before_its_input_breaks_input_late, "input-late", {
    struct sched_op *o = op_of(p, 2);
    o->start--;
    o->finish--;
    o->off--;
    sram_of(p, 2, CHUNK_O2)->from--;
})

static void depend_across(struct builder *b, uint64_t distance)
{
    uint32_t first = add_idle(b, 0);
    b_output(b, 0, 0);
    uint32_t chunk = (uint32_t)b->s.n_chunks - 1, second = add_task(b, 1);
    b_input(b, chunk);
    for (uint32_t i = 0; i < 2; i++) {
        add_op(b, i, second, 3, op_of(&b->s.programs[i], first)->finish + (i ? distance : 3));
    }
}

TEST(a_dependence_across_chips_keeps_the_guard_band, NULL, depend_across(&b, 3))

TEST(a_dependence_across_chips_without_guard_band_breaks_predecessor, "predecessor", depend_across(&b, 2))

/* ---- transfers ---- */

TEST(a_piece_with_the_wrong_number_of_flits_breaks_transfer_piece, "transfer-piece",
     p->transfers[add_sync(&b, rest(&b, 1), false)].bytes = 65)

TEST(a_piece_of_an_unknown_class_breaks_transfer_piece, "transfer-piece",
     p->transfers[add_sync(&b, rest(&b, 1), false)].class_of = CLASS_COHERENCE)

TEST(a_piece_beyond_its_chunk_breaks_transfer_piece, "transfer-piece",
     p->transfers[add_copy(&b, CHUNK_O3, U3, op_of(p, 3)->finish + 1)].offset = 1)

TEST(a_transfer_with_two_roots_breaks_transfer_tree, "transfer-tree",
     hop_of(p, add_sync(&b, rest(&b, 1), false), 1)->parent = SCHED_NONE)

TEST(a_hop_that_begins_elsewhere_breaks_transfer_tree, "transfer-tree",
     hop_of(p, add_sync(&b, rest(&b, 1), false), 1)->link = 8)

TEST(a_transfer_that_ends_between_routers_breaks_transfer_tree, "transfer-tree", {
    p->transfers[add_sync(&b, rest(&b, 1), false)].n_hops--;
    p->n_hops--;
})

TEST(a_transfer_that_ends_in_a_port_breaks_transfer_tree, "transfer-tree", {
    p->transfers[add_sync(&b, rest(&b, 1), true)].n_hops -= 3;
    p->n_hops -= 3;
})

TEST(a_slot_used_twice_on_chip_breaks_link_slot, "link-slot", {
    add_sync(&b, rest(&b, 1), false);
    add_sync(&b, rest(&b, 1), false);
})

TEST(a_chip_link_that_is_not_free_within_a_cycle_breaks_link_slot, "link-slot", {
    for (uint32_t i = 0; i < 3; i++) { /* the line is free at 0, 1.2, 2.4 */
        uint32_t t = add_sync(&b, rest(&b, 1) + i, true);
        hop_of(p, t, 2)->start = rest(&b, 1) + 10 + (i ? 1 : 0);
        hop_of(p, t, 3)->start = rest(&b, 1) + 30 + i;
        hop_of(p, t, 4)->start = rest(&b, 1) + 32 + i;
    }
})

TEST(a_flit_that_would_have_to_wait_on_chip_breaks_hop_offset, "hop-offset", {
    uint32_t t = add_sync(&b, rest(&b, 1), false);
    hop_of(p, t, 1)->start++;
    hop_of(p, t, 2)->start++;
})

TEST(a_chip_link_before_its_piece_stands_at_the_port_breaks_hop_early, "hop-early",
     hop_of(p, add_sync(&b, rest(&b, 1), true), 2)->start--)

TEST(an_arrival_without_guard_band_breaks_guard_band, "guard-band", {
    uint32_t t = add_sync(&b, rest(&b, 1), true);
    hop_of(p, t, 3)->start--;
    hop_of(p, t, 4)->start--;
})

TEST(sending_what_is_not_there_breaks_source_missing, "source-missing", add_copy(&b, CHUNK_O3, U1, rest(&b, 1)))

TEST(sending_what_is_not_ready_breaks_source_late, "source-late", add_copy(&b, CHUNK_O3, U3, op_of(p, 3)->finish - 1))

TEST(a_burst_less_than_the_piece_needs_breaks_read_missing, "read-missing",
     run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0))->count--)

TEST(sending_before_the_data_are_read_breaks_read_late, "read-late",
     run_move(run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0)), 1))

TEST(a_burst_less_written_breaks_write_missing, "write-missing",
     run_of(p, DRAM_WR, transfer_of(p, CHUNK_O2, U2))->count--)

TEST(writing_before_the_piece_is_there_breaks_write_early, "write-early", {
    uint32_t t = transfer_of(p, CHUNK_O3, U3);
    struct sched_dram_op *run = run_of(p, DRAM_WR, t);
    uint64_t stands = hop_of(p, t, 2)->start + p->transfers[t].flits;
    run_move(run, (int64_t)stands - 1 - (int64_t)run->cycle);
})

TEST(more_bytes_at_a_port_than_its_buffer_holds_break_staging, "staging", b.s.machine.staging_bytes = 4095)

TEST(what_arrives_after_the_end_breaks_after_end, "after-end", add_sync(&b, p->makespan - 4, false))

/* ---- memory ---- */

TEST(a_row_that_is_not_open_breaks_dram_row, "dram-row", run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0))->row = 40)

static void every_spacing_of_the_timing_table_is_kept(void **state)
{
    (void)state;
    static const size_t fields[] = {
        offsetof(struct dram_timing, rcd),   offsetof(struct dram_timing, rp),    offsetof(struct dram_timing, ras),
        offsetof(struct dram_timing, rrd_l), offsetof(struct dram_timing, ccd_s), offsetof(struct dram_timing, ccd_l),
        offsetof(struct dram_timing, faw),   offsetof(struct dram_timing, wr),    offsetof(struct dram_timing, wtr_s),
        offsetof(struct dram_timing, wtr_l), offsetof(struct dram_timing, rtp),   offsetof(struct dram_timing, rfc),
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct builder b;
        example(&b);
        uint32_t more = 200;
        memcpy((char *)&b.s.machine.dram + fields[i], &more, sizeof more);
        expect(&b, "dram-timing");
    }
}

TEST(data_that_meet_on_the_bus_break_dram_bus, "dram-bus", {
    struct sched_dram_op *o = COLD(b).dram;
    while (o->command != DRAM_RD || o[2].command != DRAM_RD) {
        o++;
    }
    run_move(o + 2, -1);
})

TEST(a_refresh_that_is_left_out_breaks_dram_refresh, "dram-refresh", {
    size_t i = 0;
    while (COLD(b).dram[i].command != DRAM_REF) {
        i++;
    }
    memmove(&COLD(b).dram[i], &COLD(b).dram[i + 1], (--COLD(b).n_dram - i) * sizeof *COLD(b).dram);
})

TEST(a_refresh_that_comes_late_breaks_dram_refresh, "dram-refresh", b.s.machine.dram.refi = 300)

TEST(a_run_for_a_transfer_from_elsewhere_breaks_dram_run, "dram-run", {
    uint32_t t = add_sync(&b, rest(&b, 1), false);
    struct builder append = {.s = b.s, .p = p};
    b_run(&append, 1, false, 0, 50, 1, t, 100);
})

TEST(a_source_where_another_one_lies_breaks_dram_data, "dram-data",
     run_to_row(run_of(p, DRAM_RD, transfer_of(p, CHUNK_X, HBM0)), 1))

TEST(writing_over_a_source_breaks_dram_data, "dram-data",
     run_to_row(run_of(p, DRAM_WR, transfer_of(p, CHUNK_A, U0)), 1))

TEST(reading_what_nobody_wrote_breaks_dram_data, "dram-data",
     run_to_row(run_of(p, DRAM_RD, transfer_of(p, CHUNK_A, HBM0)), 30))

TEST(writing_over_an_output_breaks_dram_data, "dram-data", {
    struct sched_dram_op *run = run_of(p, DRAM_WR, transfer_of(p, CHUNK_O4, U0));
    b.s.chunks[CHUNK_A].flags = 2;
    run_to_row(run, 5);
    run[0].set = run[-1].set = 1;
})

/* ---- end ---- */

TEST(an_output_that_lacks_its_last_byte_breaks_output_missing, "output-missing",
     p->transfers[transfer_of(p, CHUNK_O2, U2)].bytes--)

static void a_makespan_that_is_not_the_end_of_the_last_output_breaks_makespan(void **state)
{
    (void)state;
    struct builder b;
    example(&b);
    struct sched_program *p = &b.s.programs[1];
    for (size_t i = 0; i < p->n_sram; i++) {
        p->sram[i].to += p->sram[i].to == p->makespan;
    }
    p->makespan++;
    expect(&b, "makespan");
}

/* ---- the schedule itself, repeats, format ---- */

TEST(more_entries_than_the_table_holds_break_schedule_room, "schedule-room", sram_of(p, 2, SCHED_CONTROL)->bytes = 16)

TEST(entries_that_nobody_loads_break_schedule_missing, "schedule-missing", COLD(b).transfers[3].bytes--)

TEST(room_for_entries_that_nobody_fills_breaks_schedule_missing, "schedule-missing",
     *VEC_PUSH(&COLD(b), sram) = (struct sched_sram) {
         .unit = 2, .address = B_SRAM - 64, .bytes = 64, .chunk = SCHED_CONTROL, .to = COLD(b).makespan})

TEST(an_operation_before_its_entry_is_there_breaks_schedule_late, "schedule-late", {
    uint32_t task = add_idle(&b, 0);
    op_of(&COLD(b), task)->start = 50;
    op_of(&COLD(b), task)->finish = op_of(&COLD(b), task)->off = 54;
})

TEST(a_weight_that_is_not_where_it_was_left_breaks_repeats, "repeats", sram_of(p, 0, CHUNK_W)->address += 64)

TEST(a_steady_program_without_one_before_it_breaks_repeats, "repeats", b.s.repeats[0] = 1)

TEST(a_cold_start_with_repeats_breaks_repeats, "repeats", {
    free(b.s.start);
    b.s.start = mem_strdup("cold");
})

TEST(an_index_that_points_outside_breaks_format, "format", p->transfers[0].chunk = 999)

static void arrays_out_of_order_break_format(void **state)
{
    (void)state;
    struct builder b;
    example(&b);
    struct sched_op swap = b.s.programs[0].ops[0];
    b.s.programs[0].ops[0] = b.s.programs[0].ops[1];
    b.s.programs[0].ops[1] = swap;
    expect(&b, "format");
}

static void no_more_violations_are_told_than_wanted(void **state)
{
    (void)state;
    struct builder b;
    example(&b);
    struct sched_verdict v;
    b.s.machine.guard_cycles = b.s.machine.toggle_cycles = 50;
    assert_int_equal(schedule_verify(&b.s, 3, &v), SIM_ERR_INPUT);
    assert_int_equal(v.n_violations, 3);
    sched_verdict_free(&v);
    assert_int_equal(schedule_verify(&b.s, 0, &v), SIM_ERR_INPUT);
    assert_int_equal(v.n_violations, 0);
    sched_verdict_free(&v);
    schedule_free(&b.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schedule_that_keeps_every_rule_is_accepted),
        cmocka_unit_test(tasks_without_data_and_alignment_messages_are_accepted),
        cmocka_unit_test(a_schedule_of_barriers_is_accepted),
        cmocka_unit_test(flits_may_follow_each_other_on_a_chip_link_closer_than_a_flit_takes),
        cmocka_unit_test(a_refresh_may_come_before_the_launch),
        cmocka_unit_test(a_task_on_no_unit_breaks_task_once),
        cmocka_unit_test(a_task_on_two_units_breaks_task_once),
        cmocka_unit_test(a_task_on_another_chip_breaks_task_chip),
        cmocka_unit_test(an_operation_before_the_launch_breaks_before_launch),
        cmocka_unit_test(an_operation_that_is_too_short_breaks_op_times),
        cmocka_unit_test(a_bit_on_after_the_end_under_list_breaks_op_times),
        cmocka_unit_test(a_bit_off_before_the_end_breaks_op_times),
        cmocka_unit_test(an_operation_with_slack_is_accepted),
        cmocka_unit_test(an_operation_on_a_unit_that_does_not_work_breaks_dead_unit),
        cmocka_unit_test(a_hop_over_a_link_that_is_down_breaks_dead_link),
        cmocka_unit_test(operations_that_overlap_on_a_unit_break_unit_overlap),
        cmocka_unit_test(a_table_of_phases_that_is_wrong_breaks_phases),
        cmocka_unit_test(changes_faster_than_a_broadcast_break_phase_length),
        cmocka_unit_test(list_without_local_timers_breaks_policy),
        cmocka_unit_test(a_place_beyond_the_end_of_sram_breaks_sram_bounds),
        cmocka_unit_test(a_place_smaller_than_its_chunk_breaks_sram_bounds),
        cmocka_unit_test(a_byte_with_two_chunks_breaks_sram_overlap),
        cmocka_unit_test(places_that_meet_in_time_or_address_only_are_accepted),
        cmocka_unit_test(two_places_of_one_chunk_in_a_unit_break_sram_twice),
        cmocka_unit_test(staging_buffers_that_are_too_small_break_sram_reserved),
        cmocka_unit_test(staging_buffers_for_a_part_of_the_time_break_sram_reserved),
        cmocka_unit_test(something_left_that_is_no_weight_breaks_sram_initial),
        cmocka_unit_test(a_place_given_up_while_a_task_reads_breaks_sram_missing),
        cmocka_unit_test(a_place_too_late_for_a_result_breaks_sram_missing),
        cmocka_unit_test(a_place_given_up_while_it_is_sent_breaks_sram_missing),
        cmocka_unit_test(a_piece_without_a_place_breaks_sram_missing),
        cmocka_unit_test(an_input_that_lacks_its_last_byte_breaks_input_missing),
        cmocka_unit_test(an_operation_before_its_input_breaks_input_late),
        cmocka_unit_test(a_dependence_across_chips_keeps_the_guard_band),
        cmocka_unit_test(a_dependence_across_chips_without_guard_band_breaks_predecessor),
        cmocka_unit_test(a_piece_with_the_wrong_number_of_flits_breaks_transfer_piece),
        cmocka_unit_test(a_piece_of_an_unknown_class_breaks_transfer_piece),
        cmocka_unit_test(a_piece_beyond_its_chunk_breaks_transfer_piece),
        cmocka_unit_test(a_transfer_with_two_roots_breaks_transfer_tree),
        cmocka_unit_test(a_hop_that_begins_elsewhere_breaks_transfer_tree),
        cmocka_unit_test(a_transfer_that_ends_between_routers_breaks_transfer_tree),
        cmocka_unit_test(a_transfer_that_ends_in_a_port_breaks_transfer_tree),
        cmocka_unit_test(a_slot_used_twice_on_chip_breaks_link_slot),
        cmocka_unit_test(a_chip_link_that_is_not_free_within_a_cycle_breaks_link_slot),
        cmocka_unit_test(a_flit_that_would_have_to_wait_on_chip_breaks_hop_offset),
        cmocka_unit_test(a_chip_link_before_its_piece_stands_at_the_port_breaks_hop_early),
        cmocka_unit_test(an_arrival_without_guard_band_breaks_guard_band),
        cmocka_unit_test(sending_what_is_not_there_breaks_source_missing),
        cmocka_unit_test(sending_what_is_not_ready_breaks_source_late),
        cmocka_unit_test(a_burst_less_than_the_piece_needs_breaks_read_missing),
        cmocka_unit_test(sending_before_the_data_are_read_breaks_read_late),
        cmocka_unit_test(a_burst_less_written_breaks_write_missing),
        cmocka_unit_test(writing_before_the_piece_is_there_breaks_write_early),
        cmocka_unit_test(more_bytes_at_a_port_than_its_buffer_holds_break_staging),
        cmocka_unit_test(what_arrives_after_the_end_breaks_after_end),
        cmocka_unit_test(a_row_that_is_not_open_breaks_dram_row),
        cmocka_unit_test(every_spacing_of_the_timing_table_is_kept),
        cmocka_unit_test(data_that_meet_on_the_bus_break_dram_bus),
        cmocka_unit_test(a_refresh_that_is_left_out_breaks_dram_refresh),
        cmocka_unit_test(a_refresh_that_comes_late_breaks_dram_refresh),
        cmocka_unit_test(a_run_for_a_transfer_from_elsewhere_breaks_dram_run),
        cmocka_unit_test(a_source_where_another_one_lies_breaks_dram_data),
        cmocka_unit_test(writing_over_a_source_breaks_dram_data),
        cmocka_unit_test(reading_what_nobody_wrote_breaks_dram_data),
        cmocka_unit_test(writing_over_an_output_breaks_dram_data),
        cmocka_unit_test(an_output_that_lacks_its_last_byte_breaks_output_missing),
        cmocka_unit_test(a_makespan_that_is_not_the_end_of_the_last_output_breaks_makespan),
        cmocka_unit_test(more_entries_than_the_table_holds_break_schedule_room),
        cmocka_unit_test(entries_that_nobody_loads_break_schedule_missing),
        cmocka_unit_test(room_for_entries_that_nobody_fills_breaks_schedule_missing),
        cmocka_unit_test(an_operation_before_its_entry_is_there_breaks_schedule_late),
        cmocka_unit_test(a_weight_that_is_not_where_it_was_left_breaks_repeats),
        cmocka_unit_test(a_steady_program_without_one_before_it_breaks_repeats),
        cmocka_unit_test(a_cold_start_with_repeats_breaks_repeats),
        cmocka_unit_test(an_index_that_points_outside_breaks_format),
        cmocka_unit_test(arrays_out_of_order_break_format),
        cmocka_unit_test(no_more_violations_are_told_than_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
