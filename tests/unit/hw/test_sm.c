/* SPDX-License-Identifier: Apache-2.0 */
/* test_sm.c - an SM with its L1: what each cycle was, worked out by hand; who issues; faults.
 *
 * The CTA arrives in cycle 1 and begins 10 cycles later: T = 11. A line asked for in cycle x is back in x + 20 and was
 * x noc, x + 3 l2, x + 7 dram, x + 17 noc. Each case runs twice: the SM evaluates when it has to, and in each cycle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/hw/sm_bench.h"

/* Runs the same twice; both ways give these stretches. `build` fills a fresh bench. */
typedef void builder(struct sm_bench *b);

static void run_case(struct sm_bench *b, builder *build, bool every)
{
    sm_bench_init(b);
    build(b);
    sm_bench_make(b);
    sm_bench_start(b, b->persistent ? CTA_FROM_QUEUE : 0);
    sm_bench_run(b, 600, every);
}

static void expect(builder *build, const char *account)
{
    struct sm_stat first = {0};
    for (int every = 0; every < 2; every++) {
        struct sm_bench b;
        run_case(&b, build, every);
        assert_int_equal(b.core.run.n_faults, 0);
        assert_string_equal(sm_bench_account(&b), account);
        assert_true(b.drained);
        assert_int_equal(b.ended, 1);
        if (every)
            assert_memory_equal(&first, &b.sm->stat, sizeof first);
        first = b.sm->stat;
        sm_bench_free(&b);
    }
}

/* ---- idle causes ---- */

static void busy_node(struct sm_bench *b)
{
    sm_bench_cta(b, CTA_CYCLES)->vector_cycles = 100;
}

static void a_node_that_reads_nothing_is_dispatch_issue_and_compute(void **state)
{
    (void)state;
    /* T prologue; T + 1 busy for 100; T + 101 store (of nothing); T + 102 exit. */
    expect(busy_node, "0 - 1 control.dispatch 11 control.issue 12 compute.useful 112 control.issue 113 -");
}

static void two_warps(struct sm_bench *b)
{
    b->p.subcores = b->p.warps_per_cta = 2;
    busy_node(b);
}

static void a_barrier_costs_its_latency_as_issue(void **state)
{
    (void)state;
    /* T prologue; T + 1 both at the barrier; T + 24 busy; T + 124 store; T + 125 barrier; T + 148 exit. */
    expect(two_warps, "0 - 1 control.dispatch 11 control.issue 35 compute.useful 135 control.issue 159 -");
}

static void reading_node(struct sm_bench *b)
{
    sm_bench_cta(b, CTA_CYCLES)->vector_cycles = 100;
    sm_bench_piece(b, PIECE_ROUND, 0, 1);
}

static void a_slice_is_charged_to_the_places_of_its_line(void **state)
{
    (void)state;
    /* T prologue, the line is asked for; back in T + 20: busy; T + 120 store; T + 121 exit. */
    expect(reading_node, "0 - 1 control.dispatch 11 control.issue 12 network.noc 14 memory.l2 18 memory.dram "
                         "28 network.noc 31 compute.useful 131 control.issue 132 -");
}

static void all_places(struct sm_bench *b)
{
    static const struct bench_stop way[] = {{TRAIL_NOC, 3},       {TRAIL_LINK, 40}, {TRAIL_L2, 4},
                                            {TRAIL_COHERENCE, 9}, {TRAIL_DRAM, 10}, {TRAIL_NOC, 3}};
    memcpy(b->way, way, sizeof way);
    b->stops = 6;
    reading_node(b);
}

static void each_place_of_a_trail_has_its_cause(void **state)
{
    (void)state;
    expect(all_places, "0 - 1 control.dispatch 11 control.issue 12 network.noc 14 network.link 54 memory.l2 "
                       "58 coherence 67 memory.dram 77 network.noc 80 compute.useful 180 control.issue 181 -");
}

static void storing_node(struct sm_bench *b)
{
    sm_bench_cta(b, CTA_CYCLES)->vector_cycles = 100;
    sm_bench_piece(b, PIECE_OUTPUT, 0, 1);
}

static void a_fence_is_coherence_once_the_home_has_the_store(void **state)
{
    (void)state;
    /* T + 101 store, noc for 3 cycles; T + 102 fence; T + 121 the acknowledgement, exit. */
    expect(storing_node, "0 - 1 control.dispatch 11 control.issue 12 compute.useful 112 control.issue 113 network.noc "
                         "115 coherence 132 -");
}

static void far_storing_node(struct sm_bench *b)
{
    static const struct bench_stop way[] = {
        {TRAIL_NOC, 3}, {TRAIL_LINK, 40}, {TRAIL_NOC, 2}, {TRAIL_L2, 4}, {TRAIL_COHERENCE, 60}};
    memcpy(b->store_way, way, sizeof way);
    b->store_stops = 5;
    storing_node(b);
}

static void a_fence_is_charged_to_the_places_of_the_store(void **state)
{
    (void)state;
    /* The store leaves in T + 101 = 112; the acknowledgement takes the way back as part of 60 cycles. */
    expect(far_storing_node, "0 - 1 control.dispatch 11 control.issue 12 compute.useful 112 control.issue "
                             "113 network.noc 115 network.link 155 network.noc 157 memory.l2 161 coherence 221 -");
}

static void nine_stores(struct sm_bench *b)
{
    sm_bench_cta(b, CTA_CYCLES)->vector_cycles = 100;
    sm_bench_piece(b, PIECE_OUTPUT, 0, 9);
}

static void a_fence_waits_for_the_oldest_store(void **state)
{
    (void)state;
    /* Four lines in T + 101, four in T + 105, one in T + 109; a message leaves in each of T + 101 .. T + 109. The
     * oldest is in noc until T + 104 = 115 and acknowledged in T + 121; each other one is in coherence by the time it
     * is the oldest; the last is acknowledged in T + 129. Lines that the LSU still holds do not count before that. */
    expect(nine_stores, "0 - 1 control.dispatch 11 control.issue 12 compute.useful 112 control.issue 113 network.noc "
                        "115 coherence 140 -");
}

static void signalling_node(struct sm_bench *b)
{
    far_storing_node(b);
    *VEC_PUSH(&b->program, signals) = (struct cta_signal) {.chip = 0, .line = 1, .words = 1};
    b->program.ctas[0].n_signals = 1;
}

static void a_signal_tells_when_the_result_was_there_and_where_its_store_was(void **state)
{
    (void)state;
    struct sm_bench b;
    run_case(&b, signalling_node, false);
    /* Computed in T + 101 = 112; acknowledged in 221, when the signal is accepted by the L1 and leaves. */
    static const struct {
        uint64_t at;
        enum trail_place place;
    } want[] = {{112, TRAIL_L1}, {112, TRAIL_NOC},       {115, TRAIL_LINK}, {155, TRAIL_NOC},
                {157, TRAIL_L2}, {161, TRAIL_COHERENCE}, {221, TRAIL_L1},   {221, TRAIL_NOC}};
    assert_int_equal(b.messages[MSG_ATOMIC], 1);
    assert_int_equal(b.signal.computed, 112);
    assert_int_equal(b.signal.trail.n, 8);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(trail_cycle(&b.signal.trail, i, 221), want[i].at);
        assert_int_equal(trail_place(&b.signal.trail, i), want[i].place);
    }
    sm_bench_free(&b);
}

static void waiting_node(struct sm_bench *b)
{
    sm_bench_cta(b, CTA_CYCLES)->vector_cycles = 100;
    *VEC_PUSH(&b->program, waits) = (struct cta_wait) {.word = 3, .n = 2};
    b->program.ctas[0].n_waits = 1;
    b->counter_from = 65;
    b->counter = 2;
    b->computed = 30;
    trail_stamp(&b->told, 33, TRAIL_L1);
    trail_stamp(&b->told, 34, TRAIL_NOC);
    trail_stamp(&b->told, 36, TRAIL_LINK);
    trail_stamp(&b->told, 46, TRAIL_NOC);
    trail_stamp(&b->told, 49, TRAIL_COHERENCE);
    trail_stamp(&b->told, 58, TRAIL_L1);
    trail_stamp(&b->told, 59, TRAIL_NOC);
    trail_stamp(&b->told, 62, TRAIL_L2);
}

static void a_result_is_dependency_until_it_is_computed_then_where_its_signal_is(void **state)
{
    (void)state;
    /* T = 11 poll, back in T + 20: too low; again in T + 50, back in T + 70 = 81 by 3 cycles of noc; prologue; T + 71
     * busy. The result was computed in 30. */
    expect(waiting_node, "0 - 1 control.dispatch 11 dependency 30 memory.l1 34 network.noc 36 network.link "
                         "46 network.noc 49 coherence 58 memory.l1 59 network.noc 62 memory.l2 78 network.noc "
                         "81 control.issue 82 compute.useful 182 control.issue 183 -");
}

static void early_result(struct sm_bench *b)
{
    waiting_node(b);
    b->counter_from = 0;
    b->computed = 2;
    b->told.n = 0;
    trail_stamp(&b->told, 3, TRAIL_NOC);
    trail_stamp(&b->told, 9, TRAIL_L2);
}

static void a_signal_that_came_before_the_first_poll_is_read_from_the_l2(void **state)
{
    (void)state;
    expect(early_result, "0 - 1 control.dispatch 11 memory.l2 28 network.noc 31 control.issue 32 compute.useful "
                         "132 control.issue 133 -");
}

static void late_producer(struct sm_bench *b)
{
    waiting_node(b);
    b->computed = 60; /* of another producer, whose signal came first */
}

static void the_last_producer_to_compute_ends_the_dependency(void **state)
{
    (void)state;
    expect(late_producer, "0 - 1 control.dispatch 11 dependency 60 network.noc 62 memory.l2 78 network.noc "
                          "81 control.issue 82 compute.useful 182 control.issue 183 -");
}

static void endless_wait(struct sm_bench *b)
{
    waiting_node(b);
    b->counter_from = CYCLE_NEVER;
}

static void a_result_that_never_comes_is_dependency_to_the_end(void **state)
{
    (void)state;
    struct sm_bench b;
    run_case(&b, endless_wait, false);
    assert_string_equal(sm_bench_account(&b), "0 - 1 control.dispatch 11 dependency");
    sm_bench_free(&b);
}

static void queued_node(struct sm_bench *b)
{
    busy_node(b);
    b->persistent = true;
}

static void a_persistent_cta_is_charged_for_its_fetch_by_place(void **state)
{
    (void)state;
    /* T the queue's atomic; T + 20 prologue; T + 21 busy; T + 22 the next fetch; T + 121 store; T + 122 exit; one cycle
     * later it sees that the queue is empty. */
    expect(queued_node, "0 - 1 control.dispatch 11 network.noc 14 memory.l2 18 memory.dram 28 network.noc "
                        "31 control.issue 32 compute.useful 132 control.issue 134 -");
}

static void crowded_mshrs(struct sm_bench *b)
{
    b->p.warps_per_cta = 2;
    b->l1.mshrs = 1;
    sm_bench_cta(b, CTA_VECTOR);
    sm_bench_piece(b, PIECE_ROUND, 0, 2);
}

static void a_line_that_the_l1_refuses_is_memory_l1(void **state)
{
    (void)state;
    /* T warp 1 (the youngest) asks for its line; T + 1 warp 0 issues, T + 2 the L1 refuses its line: one MSHR.
     * T + 20 that of warp 1 is back and warp 0's line goes out; T + 40 it is here: store, T + 41 loop, T + 49 barrier,
     * T + 72 warp 0 exits, T + 73 warp 1. */
    expect(crowded_mshrs, "0 - 1 control.dispatch 11 control.issue 13 memory.l1 31 network.noc 34 memory.l2 "
                          "38 memory.dram 48 network.noc 51 control.issue 84 -");
}

/* The network has a place again five cycles after a message, far too few for the lines. */
static void crowded_network(struct sm_bench *b)
{
    b->p.warps_per_cta = 2;
    b->out_places = 1;
    b->credit_after = 5;
    sm_bench_cta(b, CTA_VECTOR);
    sm_bench_piece(b, PIECE_ROUND, 0, 40);
}

static void an_sm_that_waits_for_a_place_in_the_network_sleeps_and_loses_no_cycle(void **state)
{
    (void)state;
    struct sm_bench b[2];
    char account[2][sizeof b[0].text];
    for (int every = 0; every < 2; every++) {
        run_case(&b[every], crowded_network, every);
        assert_int_equal(b[every].core.run.n_faults, 0);
        assert_true(b[every].drained);
        snprintf(account[every], sizeof account[every], "%s", sm_bench_account(&b[every]));
    }
    /* 40 lines leave one each five cycles, the last one is back 20 later. */
    assert_in_range(b[0].ended_at, 13 + 39 * 5 + 20, 13 + 39 * 5 + 20 + 60);
    assert_int_equal(b[0].ended_at, b[1].ended_at);
    assert_string_equal(account[0], account[1]);
    assert_memory_equal(&b[0].sm->stat, &b[1].sm->stat, sizeof b[0].sm->stat);
    assert_true(b[0].evaluations < b[0].ended_at * 3 / 5);
    sm_bench_free(&b[0]);
    sm_bench_free(&b[1]);
}

/* ---- engines ---- */

/* 8 x 8 x 32 with an engine of 8 x 8 x 4: 8 granules; 2 slices of 2 parts, 2 granules each; 256 B of fragments. */
static void multiply(struct sm_bench *b)
{
    struct cta *c = sm_bench_cta(b, CTA_MATRIX);
    c->rows = c->cols = 8;
    c->k = 32;
    c->steps = 2;
    c->matrix_cycles = 8;
    c->macs = 7 * 256 - 5;
    c->macs_padded = 8 * 256;
    sm_bench_piece(b, PIECE_STREAM_A, 0, 4);
    sm_bench_piece(b, PIECE_STREAM_B, 1, 4);
    sm_bench_piece(b, PIECE_OUTPUT, 2, 1);
}

static void a_multiplication_in_two_slices_by_hand(void **state)
{
    (void)state;
    /* T prologue: lines asked for in T..T + 3, back in T + 20..T + 23.
     * T + 23 copy of slice 1 (lines T + 23..T + 26, back T + 43..T + 46); T + 24 first fragment: port 2 cycles, latency
     * 5: T + 31; T + 25 second fragment: port from T + 26, T + 33. MMA T + 31 and T + 33, 2 cycles each. T + 34
     * loop, 8. T + 42 slice 1 is not whole until T + 46; fragments T + 46 (T + 53), T + 47 (from T + 48: T + 55); MMA T
     * + 53, T + 55, result in T + 57 + 10. T + 56 loop, T + 64; store T + 67, acknowledged T + 87. */
    expect(multiply, "0 - 1 control.dispatch 11 control.issue 12 network.noc 14 memory.l2 18 memory.dram "
                     "28 network.noc 34 control.issue 42 compute.useful 46 control.issue 53 network.noc "
                     "57 control.issue 64 compute.useful 68 control.issue 79 network.noc 81 coherence 98 -");
}

static void multiply_ahead(struct sm_bench *b)
{
    multiply(b);
    b->p.stages = 3;
}

static void a_third_stage_hides_the_second_slice(void **state)
{
    (void)state;
    /* The prologue asks for both slices: 8 lines, T..T + 7, the second slice back in T + 24..T + 27. Slice 0 goes on in
     * T + 23 without a copy: fragments T + 23 (T + 30) and T + 24 (from T + 25: T + 32), MMA T + 30, T + 32, loop T +
     * 33; T + 41 slice 1 is here: fragments T + 48 and T + 50; MMA T + 48, T + 50, result T + 62; store, acknowledged T
     * + 82. */
    expect(multiply_ahead, "0 - 1 control.dispatch 11 control.issue 12 network.noc 14 memory.l2 18 memory.dram "
                           "28 network.noc 34 control.issue 41 compute.useful 45 control.issue 59 compute.useful "
                           "63 control.issue 74 network.noc 76 coherence 93 -");
}

static void counts_and_padding_of_a_multiplication(void **state)
{
    (void)state;
    struct sm_bench b;
    run_case(&b, multiply, false);
    assert_int_equal(b.sm->account.padding, 1); /* 8 cycles, ceil(1787 / 256) = 7 of them useful */
    assert_int_equal(b.sm->stat.tasks, 1);
    assert_int_equal(b.sm->stat.macs, 1787);
    assert_int_equal(b.sm->stat.macs_padded, 2048);
    assert_int_equal(b.sm->stat.mma, 4); /* of two granules */
    assert_int_equal(b.sm->stat.loads, 8);
    assert_int_equal(b.sm->stat.stores, 1);
    assert_int_equal(b.sm->stat.shared_read_bytes, 4 * 256);
    assert_int_equal(b.sm->stat.shared_write_bytes, 8 * 128);
    assert_int_equal(b.messages[MSG_READ], 8);
    assert_int_equal(b.messages[MSG_WRITE], 1);
    /* prologue, 2 slices: copy or not, 2 fragments, 2 MMA, loop; store, exit */
    assert_int_equal(b.sm->stat.instructions, 1 + 1 + 2 * (2 + 2 + 1) + 2);
    assert_int_equal(b.ended_at, 99);
    sm_bench_free(&b);
}

/* Two subcores have half of the engine each: a granule holds its pipe 2 cycles, two warps share the work. */
static void multiply_on_two(struct sm_bench *b)
{
    multiply(b);
    b->p.subcores = b->p.warps_per_cta = 2;
    b->p.stages = 3;
}

static void two_subcores_multiply_at_the_rate_of_the_whole_engine(void **state)
{
    (void)state;
    /* The warps split K: a granule of each part per warp, 2 cycles on half an engine; fragments of 128 B, 1 cycle.
     * Lines of warp 0 T..T + 3, of warp 1 T + 4..T + 7. Warp 0 at the barrier T + 21, warp 1 T + 25: its slice 0 was T
     * + 4 and T + 5. T + 48 and T + 49 fragments, the port serves T + 48..T + 51; MMA warp 0 T + 54, T + 56, warp 1 T +
     * 55, T + 57. Loop T + 57, T + 58; barrier T + 66, T + 89; MMA T + 95..T + 100, results T + 109, T + 110. 64
     * additions join the halves: one warp instruction of each, 2 cycles on 16 lanes: T + 109..T + 112. Store T + 115, T
     * + 116 (the line is warp 1's), acknowledged T + 136; barrier; T + 159 exit. */
    expect(multiply_on_two, "0 - 1 control.dispatch 11 control.issue 12 network.noc 14 memory.l2 18 memory.dram "
                            "28 network.noc 36 control.issue 65 compute.useful 70 control.issue 106 compute.useful "
                            "111 control.issue 120 compute.useful 123 control.issue 128 network.noc 130 coherence "
                            "147 control.issue 170 -");
}

static void lane_operations(struct sm_bench *b)
{
    b->p.lanes = 16;
    struct cta *c = sm_bench_cta(b, CTA_VECTOR);
    c->vector_cycles = 80; /* x 16 lanes = 40 warp instructions of 32 operations */
}

static void lane_operations_take_their_interval(void **state)
{
    (void)state;
    /* An instruction holds the pipe 2 cycles. T prologue; T + 1 a run of 32: 64 cycles, until T + 65; then 8: 16, until
     * T + 81, result 4 later: store T + 85; loop T + 86; T + 94 exit. */
    expect(lane_operations, "0 - 1 control.dispatch 11 control.issue 12 compute.useful 92 control.issue 105 -");
}

/* ---- who issues ---- */

/* Four warps of 4 warp instructions each on one subcore. */
static void four_warps(struct sm_bench *b)
{
    b->p.warps_per_cta = 4;
    sm_bench_cta(b, CTA_VECTOR)->vector_cycles = 16;
}

static void four_by_lrr(struct sm_bench *b)
{
    four_warps(b);
    b->p.policy = WARP_LRR;
}
static void four_by_gto(struct sm_bench *b)
{
    four_warps(b);
    b->p.policy = WARP_GTO;
}
static void four_by_gty(struct sm_bench *b)
{
    four_warps(b);
    b->p.policy = WARP_GTY;
}

/* Which warp issued each instruction: prologue, run, store, loop, barrier, exit of each. */
static void expect_order(builder *build, const char *order)
{
    for (int every = 0; every < 2; every++) {
        struct sm_bench b;
        char text[BENCH_SEEN + 1] = "";
        run_case(&b, build, every);
        for (uint32_t i = 0; i < b.n_issued; i++)
            text[i] = (char)('0' + b.issued[i]);
        assert_string_equal(text, order);
        sm_bench_free(&b);
    }
}

static void lrr_goes_round(void **state)
{
    (void)state;
    /* Stores from T + 20 on; in T + 23 warp 3 still waits for its result (T + 24), so it is warp 0's turn again. */
    expect_order(four_by_lrr, "012301230120123301230123");
}

static void gto_stays_and_then_takes_the_oldest(void **state)
{
    (void)state;
    /* Warp 0: prologue, run of 4; its result takes 4 more, so warp 1 gets its turn; in T + 10 warp 0 is the oldest that
     * is ready: store, loop; ... the exits: the one that issued last first. */
    expect_order(four_by_gto, "001100221103322133233012");
}

static void gty_stays_and_then_takes_the_youngest(void **state)
{
    (void)state;
    expect_order(four_by_gty, "332233112230011200100321");
}

/* ---- faults ---- */

static void stale_reader(struct sm_bench *b)
{
    reading_node(b);
    b->wrong_version = 7;
}

static void data_of_another_version_are_a_fault_with_words(void **state)
{
    (void)state;
    struct sm_bench b;
    run_case(&b, stale_reader, false);
    assert_int_equal(b.core.run.n_faults, 1);
    assert_string_equal(b.core.run.faults[0].place, "chip0.unit0");
    assert_int_equal(b.core.run.faults[0].slot, 31);
    assert_non_null(strstr(b.core.run.faults[0].text, "task 41 needs chunk 0 of tensor 0 version 0 with c "
                                                      "0000000000001111 and reads chunk 0 of tensor 0 version 7"));
    assert_int_equal(b.sm->stat.input_faults, 1);
    sm_bench_free(&b);
}

static void a_dump_says_what_a_warp_waits_for(void **state)
{
    (void)state;
    struct sm_bench b;
    sm_bench_init(&b);
    waiting_node(&b);
    b.counter_from = CYCLE_NEVER;
    sm_bench_make(&b);
    sm_bench_start(&b, 0);
    sm_bench_run(&b, 300, false);
    struct diag d;
    diag_init(&d);
    sm_dump(b.sm, 300, &d);
    assert_true(d.count >= 1);
    assert_string_equal(d.messages[0].text, "task 41 (warp 0) waits for 2 signals in counter word 3 of its chip");
    diag_free(&d);
    sm_bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_reads_nothing_is_dispatch_issue_and_compute),
        cmocka_unit_test(a_barrier_costs_its_latency_as_issue),
        cmocka_unit_test(a_slice_is_charged_to_the_places_of_its_line),
        cmocka_unit_test(each_place_of_a_trail_has_its_cause),
        cmocka_unit_test(a_fence_is_coherence_once_the_home_has_the_store),
        cmocka_unit_test(a_fence_is_charged_to_the_places_of_the_store),
        cmocka_unit_test(a_fence_waits_for_the_oldest_store),
        cmocka_unit_test(a_signal_tells_when_the_result_was_there_and_where_its_store_was),
        cmocka_unit_test(a_result_is_dependency_until_it_is_computed_then_where_its_signal_is),
        cmocka_unit_test(a_signal_that_came_before_the_first_poll_is_read_from_the_l2),
        cmocka_unit_test(the_last_producer_to_compute_ends_the_dependency),
        cmocka_unit_test(a_result_that_never_comes_is_dependency_to_the_end),
        cmocka_unit_test(a_persistent_cta_is_charged_for_its_fetch_by_place),
        cmocka_unit_test(a_line_that_the_l1_refuses_is_memory_l1),
        cmocka_unit_test(an_sm_that_waits_for_a_place_in_the_network_sleeps_and_loses_no_cycle),
        cmocka_unit_test(a_multiplication_in_two_slices_by_hand),
        cmocka_unit_test(a_third_stage_hides_the_second_slice),
        cmocka_unit_test(counts_and_padding_of_a_multiplication),
        cmocka_unit_test(two_subcores_multiply_at_the_rate_of_the_whole_engine),
        cmocka_unit_test(lane_operations_take_their_interval),
        cmocka_unit_test(lrr_goes_round),
        cmocka_unit_test(gto_stays_and_then_takes_the_oldest),
        cmocka_unit_test(gty_stays_and_then_takes_the_youngest),
        cmocka_unit_test(data_of_another_version_are_a_fault_with_words),
        cmocka_unit_test(a_dump_says_what_a_warp_waits_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
