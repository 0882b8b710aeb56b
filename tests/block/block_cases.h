/* SPDX-License-Identifier: Apache-2.0 */
/* block_cases.h - the cases: each a claim, in the file of its subject. */
#ifndef TESTS_BLOCK_BLOCK_CASES_H
#define TESTS_BLOCK_BLOCK_CASES_H

/* unit_cases.c */
void a_chain_of_equal_tasks_takes_their_sum(void);
void a_task_without_its_input_stops_the_run(void);
void a_task_that_is_longer_than_planned_stops_the_run(void);
void phases_start_tasks_at_their_boundary_and_leave_bits_on(void);
void a_repeat_finds_other_versions_of_inputs_and_the_same_weights(void);
void a_schedule_for_another_machine_is_refused(void);
void a_burst_that_ends_on_the_way_is_refused(void);

/* noc_cases.c */
void a_burst_on_an_empty_mesh_takes_its_links_and_flits(void);
void a_burst_on_an_empty_torus_takes_its_links_and_flits(void);
void a_burst_on_an_empty_ring_takes_its_links_and_flits(void);
void a_burst_on_an_empty_crossbar_takes_its_links_and_flits(void);
void a_burst_on_an_empty_flattened_butterfly_takes_its_links_and_flits(void);
void a_burst_on_an_empty_fat_tree_takes_its_links_and_flits(void);
void a_burst_on_an_empty_partitioned_crossbar_takes_its_links_and_flits(void);
void an_input_that_comes_a_cycle_late_stops_the_run(void);
void two_bursts_in_one_slot_stop_the_run(void);
void a_burst_that_misses_its_slot_stops_the_run(void);
void bursts_back_to_back_use_the_width_of_the_link(void);

/* hbm_cases.c */
void a_read_takes_its_commands_bus_and_path(void);
void a_column_before_its_row_is_open_stops_the_run(void);
void an_output_is_complete_with_its_last_byte_on_the_bus(void);
void a_missing_output_is_a_violation(void);
void an_injection_before_the_data_stops_the_run(void);
void a_read_that_is_late_stretches_the_run_that_stalls(void);

/* link_cases.c */
void a_burst_between_chips_takes_path_line_and_latency(void);
void waiting_between_chips_is_charged_to_the_link_and_the_guard(void);
void a_late_burst_stops_the_run_that_halts(void);
void a_late_burst_within_the_slack_does_no_harm(void);
void a_late_burst_stretches_the_run_that_stalls(void);
void a_stall_reaches_the_other_chip(void);
void a_lost_burst_stops_the_run_that_halts(void);
void a_lost_burst_stretches_the_run_that_stalls_by_its_round_trip(void);
void a_burst_that_is_lost_three_times_comes_after_three_round_trips(void);
void a_code_takes_its_share_of_the_line_and_its_time(void);
void a_stall_without_end_is_noticed(void);
void drifting_clocks_keep_the_schedule(void);
void what_a_fast_clock_sends_early_waits_outside_the_buffer(void);

/* fabric_cases_sc.cpp */
void a_request_between_chips_takes_line_and_latency(void);

/* ahead_cases_sc.cpp */
void neighbours_run_ahead_by_turns(void);
void boxes_take_turns_forth_and_back(void);

/* dynamic_cases.c */
void a_missing_signal_is_reported_as_who_waits_for_whom(void);
void a_report_of_waiting_tasks_tells_the_ended_from_the_others(void);
void a_graph_whose_acquires_do_nothing_reads_stale_data(void);
void a_persistent_kernel_whose_acquires_do_nothing_reads_stale_data(void);
void a_graph_whose_sharers_keep_their_copies_reads_stale_data(void);
void the_mesi_graph_without_damage_is_whole(void);
void the_same_runs_without_damage_are_whole(void);
void a_sum_that_lacks_a_partial_is_a_fault(void);
void a_sum_with_a_partial_twice_is_a_fault(void);
void a_sum_with_one_partial_for_another_is_a_fault(void);
void the_same_sums_without_damage_are_whole(void);

/* memory_cases.c */
void a_replay_under_the_whole_protocol_finds_nothing(void);
void a_replay_with_a_forgotten_invalidation_reads_an_old_value(void);
void a_replay_with_a_lost_ack_tells_who_waits(void);

#endif
