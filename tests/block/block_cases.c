/* SPDX-License-Identifier: Apache-2.0 */
/* block_cases.c - table of cases; CMake makes a test of each row. */
#include "tests/block/block_cases.h"

#include <stdio.h>
#include <string.h>

#include "tests/block/block_server.h"

#define CASE(name)                                                                                                     \
    {                                                                                                                  \
#name, name                                                                                                    \
    }

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    CASE(a_chain_of_equal_tasks_takes_their_sum),
    CASE(a_task_without_its_input_stops_the_run),
    CASE(a_task_that_is_longer_than_planned_stops_the_run),
    CASE(phases_start_tasks_at_their_boundary_and_leave_bits_on),
    CASE(a_repeat_finds_other_versions_of_inputs_and_the_same_weights),
    CASE(a_schedule_for_another_machine_is_refused),
    CASE(a_burst_that_ends_on_the_way_is_refused),
    CASE(a_burst_on_an_empty_mesh_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_torus_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_ring_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_crossbar_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_flattened_butterfly_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_fat_tree_takes_its_links_and_flits),
    CASE(a_burst_on_an_empty_partitioned_crossbar_takes_its_links_and_flits),
    CASE(an_input_that_comes_a_cycle_late_stops_the_run),
    CASE(two_bursts_in_one_slot_stop_the_run),
    CASE(a_burst_that_misses_its_slot_stops_the_run),
    CASE(bursts_back_to_back_use_the_width_of_the_link),
    CASE(a_read_takes_its_commands_bus_and_path),
    CASE(a_column_before_its_row_is_open_stops_the_run),
    CASE(an_output_is_complete_with_its_last_byte_on_the_bus),
    CASE(a_missing_output_is_a_violation),
    CASE(an_injection_before_the_data_stops_the_run),
    CASE(a_read_that_is_late_stretches_the_run_that_stalls),
    CASE(a_burst_between_chips_takes_path_line_and_latency),
    CASE(waiting_between_chips_is_charged_to_the_link_and_the_guard),
    CASE(a_late_burst_stops_the_run_that_halts),
    CASE(a_late_burst_within_the_slack_does_no_harm),
    CASE(a_late_burst_stretches_the_run_that_stalls),
    CASE(a_stall_reaches_the_other_chip),
    CASE(a_lost_burst_stops_the_run_that_halts),
    CASE(a_lost_burst_stretches_the_run_that_stalls_by_its_round_trip),
    CASE(a_burst_that_is_lost_three_times_comes_after_three_round_trips),
    CASE(a_code_takes_its_share_of_the_line_and_its_time),
    CASE(a_stall_without_end_is_noticed),
    CASE(drifting_clocks_keep_the_schedule),
    CASE(what_a_fast_clock_sends_early_waits_outside_the_buffer),
    CASE(a_request_between_chips_takes_line_and_latency),
    CASE(neighbours_run_ahead_by_turns),
    CASE(boxes_take_turns_forth_and_back),
    CASE(a_missing_signal_is_reported_as_who_waits_for_whom),
    CASE(a_report_of_waiting_tasks_tells_the_ended_from_the_others),
    CASE(a_graph_whose_acquires_do_nothing_reads_stale_data),
    CASE(a_persistent_kernel_whose_acquires_do_nothing_reads_stale_data),
    CASE(a_graph_whose_sharers_keep_their_copies_reads_stale_data),
    CASE(the_mesi_graph_without_damage_is_whole),
    CASE(the_same_runs_without_damage_are_whole),
    CASE(a_sum_that_lacks_a_partial_is_a_fault),
    CASE(a_sum_with_a_partial_twice_is_a_fault),
    CASE(a_sum_with_one_partial_for_another_is_a_fault),
    CASE(the_same_sums_without_damage_are_whole),
    CASE(a_replay_under_the_whole_protocol_finds_nothing),
    CASE(a_replay_with_a_forgotten_invalidation_reads_an_old_value),
    CASE(a_replay_with_a_lost_ack_tells_who_waits),
};

/* 0: the claim holds. */
int block_case(const char *name);

int block_case(const char *name)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            cases[i].run();
            return block_failures ? 1 : 0;
        }
    }
    printf("no case %s\n", name);
    return 2;
}
