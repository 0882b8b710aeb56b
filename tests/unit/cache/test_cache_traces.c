/* SPDX-License-Identifier: Apache-2.0 */
/* test_cache_traces.c - small traces and sharing patterns with hits, misses, messages and cycles counted by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/cache/cache_exact.h"

static void hits_and_misses_of_a_trace_are_as_counted_by_hand(void **state)
{
    (void)state;
    /* Four sets of two ways: set = (line mod 4 + exclusive or of the 2-bit digits of line / 4) mod 4. Lines 8 (0 + 2),
     * 15 (3 + 3) and 17 (1 + 0 ^ 1) lie in set 2 of the L1, 9 (1 + 2) in set 3. */
    static const struct {
        uint32_t line;
        bool hit;
    } trace[] = {{8, false},
                 {8, true},
                 {15, false},
                 {9, false},
                 {8, true},
                 {17, false}, /* 15 goes */
                 {8, true},
                 {15, false} /* 17 goes */,
                 {17, false} /* 8 goes */,
                 {9, true},
                 {8, false}};
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    uint64_t hits = 0;
    for (uint32_t i = 0; i < sizeof trace / sizeof trace[0]; i++) {
        bench_load(&b, 0, trace[i].line);
        hits += trace[i].hit;
        assert_int_equal(l1_stat_of(b.l1[0])->hits, hits);
    }
    assert_int_equal(l1_stat_of(b.l1[0])->misses, 7);
    assert_int_equal(l1_stat_of(b.l1[0])->evictions, 4);
    /* Four lines from memory; the three that came again were in the slice. */
    assert_int_equal(l2_slice_stat(b.l2[0])->misses, 4);
    assert_int_equal(l2_slice_stat(b.l2[0])->hits, 3);
    assert_int_equal(b.dram_reads, 4);
    cache_bench_free(&b);
}

static void a_load_takes_the_sum_of_its_ways(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    /* Access t; sent t; network takes it t+1, due t+11, written for t+12; slice t+12, latency 6: memory request
     * t+18, taken t+19, due t+49, written for t+50; replay t+50, out t+51; taken t+52, due t+62, L1 at t+63. */
    uint64_t begin = b.cycle;
    assert_int_equal(bench_load(&b, 0, 8).ready - begin, 63);
    /* A hit in the slice: t+12, out t+18, taken t+19, L1 t+30. */
    begin = b.cycle;
    assert_int_equal(bench_load(&b, 1, 8).ready - begin, 30);
    begin = b.cycle;
    assert_int_equal(bench_load(&b, 1, 8).ready - begin, 4);
    cache_bench_free(&b);
}

static void a_store_waits_for_coherence_once_it_is_done(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    uint64_t t = b.cycle;
    struct bench_completion c = bench_store(&b, 0, 8, 1, false);
    const struct stamp to_l2[] = {{t, TRAIL_L1}, {t, TRAIL_NOC}, {t + 12, TRAIL_L2}, {t + 12, TRAIL_COHERENCE}};
    expect_trail(&b, &c.trail, to_l2, 4);
    t = b.cycle;
    c = bench_store(&b, 0, 9, 1, true);
    const struct stamp to_memory[] = {
        {t, TRAIL_L1}, {t, TRAIL_NOC}, {t + 12, TRAIL_L2}, {t + 18, TRAIL_DRAM}, {t + 49, TRAIL_COHERENCE}};
    expect_trail(&b, &c.trail, to_memory, 5);
    cache_bench_free(&b);
}

static void a_poll_is_told_of_the_result_that_it_waits_for(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    struct trail way = {0};
    uint64_t t = b.cycle;
    trail_stamp(&way, t, TRAIL_COHERENCE);
    struct l1_request add = {.kind = L1_ATOMIC, .line = 1, .words = 1u << 3 | 1u << 5, .computed = t + 9, .way = &way};
    struct l1_request poll = {.kind = L1_POLL, .line = 1, .word = 5};
    bench_access(&b, 0, &add);
    uint64_t last = b.cycle;
    add.words = 1u << 5;
    add.computed = t + 4; /* computed earlier, told later */
    bench_access(&b, 1, &add);
    uint64_t polled = b.cycle;
    struct bench_completion c = bench_access(&b, 3, &poll);
    assert_int_equal(c.value, 2);
    assert_int_equal(c.computed, t + 9);
    /* In the slice until the answer leaves: t + 12, out t + 18. */
    const struct stamp want[] = {
        {t, TRAIL_COHERENCE}, {last, TRAIL_L1}, {last, TRAIL_NOC}, {last + 12, TRAIL_L2}, {polled + 18, TRAIL_NOC}};
    expect_trail(&b, &c.trail, want, 5);
    /* A word of which nobody has told: the poll's own way. */
    poll.word = 4;
    polled = b.cycle;
    c = bench_access(&b, 3, &poll);
    const struct stamp own[] = {
        {polled, TRAIL_L1}, {polled, TRAIL_NOC}, {polled + 12, TRAIL_L2}, {polled + 18, TRAIL_NOC}};
    expect_trail(&b, &c.trail, own, 4);
    cache_bench_free(&b);
}

static void a_miss_tells_where_it_was(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    uint64_t t = b.cycle;
    struct bench_completion c = bench_load(&b, 0, 8);
    const struct stamp want[] = {{t, TRAIL_L1},        {t, TRAIL_NOC},     {t + 12, TRAIL_L2},
                                 {t + 18, TRAIL_DRAM}, {t + 49, TRAIL_L2}, {t + 51, TRAIL_NOC}};
    expect_trail(&b, &c.trail, want, 6);
    cache_bench_free(&b);
}

static void atomics_count_and_hand_back_the_word_before(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    struct l1_request add = {.kind = L1_ATOMIC, .line = 1, .words = 1u << 3 | 1u << 5};
    struct l1_request poll = {.kind = L1_POLL, .line = 1, .word = 5};
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(bench_access(&b, i, &add).value, i);
    assert_int_equal(bench_access(&b, 3, &poll).value, 3);
    poll.word = 4;
    assert_int_equal(bench_access(&b, 3, &poll).value, 0);
    assert_int_equal(l2_slice_stat(b.l2[0])->serialised_atomics, 3);
    assert_int_equal(b.messages[MSG_ATOMIC], 3);
    assert_int_equal(b.messages[MSG_ATOMIC_ACK], 3);
    cache_bench_free(&b);
}

static void results_are_in_memory_when_their_store_is_done(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    bench_store(&b, 0, 8, 5, true);
    assert_int_equal(b.dram_writes, 1);
    assert_int_equal(*bench_memory(&b, 8), bench_data(&b, 8, 5));
    bench_store(&b, 0, 9, 6, false);
    assert_int_equal(b.dram_writes, 1);
    /* Neither allocates in the L1; both lines are in the slice. */
    assert_int_equal(bench_load(&b, 0, 8).data.version, 5);
    assert_int_equal(bench_load(&b, 0, 9).data.version, 6);
    assert_int_equal(l1_stat_of(b.l1[0])->misses, 2);
    assert_int_equal(b.dram_reads, 0);
    cache_bench_free(&b);
}

static void refusals_say_what_is_full(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_VI);
    cache_bench_init(&b, &p);
    struct l1_request r = {.kind = L1_LOAD, .sectors = ALL_SECTORS};
    static const struct {
        uint32_t line;
        enum l1_answer answer;
    } tries[] = {{8, L1_ACCEPTED},
                 {8, L1_ACCEPTED},
                 {8, L1_ACCEPTED},
                 {8, L1_ACCEPTED},
                 {8, L1_TARGETS_FULL} /* the fifth of four */,
                 {15, L1_ACCEPTED},
                 {17, L1_SET_BUSY}, /* the same set, two ways */
                 {9, L1_ACCEPTED},
                 {10, L1_ACCEPTED},
                 {11, L1_MSHRS_FULL}}; /* the fifth of four */
    l1_begin(b.l1[0], b.cycle);
    for (uint32_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        r.line = tries[i].line;
        assert_int_equal(l1_access(b.l1[0], b.cycle, &r), tries[i].answer);
    }
    r.kind = L1_STORE;
    r.bytes = 128;
    for (uint32_t i = 4; i < 9; i++) /* four requests wait already, eight places */
        assert_int_equal(l1_access(b.l1[0], b.cycle, &r), i < 8 ? L1_ACCEPTED : L1_QUEUE_FULL);
    const struct l1_stat *s = l1_stat_of(b.l1[0]);
    assert_int_equal(s->refused_targets, 1);
    assert_int_equal(s->refused_set, 1);
    assert_int_equal(s->refused_mshrs, 1);
    assert_int_equal(s->refused_queue, 1);
    assert_int_equal(s->merges, 3);
    cache_bench_free(&b);
}

/* ---- sharing patterns: how many messages of each type ---- */

static void expect(const struct cache_bench *b, const uint64_t *want)
{
    for (uint32_t t = 0; t < MSG_COUNT; t++)
        if (b->messages[t] != want[t])
            fail_msg("%s: %llu messages, by hand %llu", message_infos[t].name, (unsigned long long)b->messages[t],
                     (unsigned long long)want[t]);
}

static void store_part(struct cache_bench *b, uint32_t cache, uint32_t line, uint8_t sectors, uint32_t version)
{
    struct l1_request r = {
        .kind = L1_STORE, .sectors = sectors, .bytes = 32, .line = line, .data = bench_data(b, line, version)};
    bench_access(b, cache, &r);
}

static void producer_and_consumer(uint32_t protocol, const uint64_t *want)
{
    struct cache_bench b;
    struct cache_bench_params p = exact(protocol);
    cache_bench_init(&b, &p);
    for (uint32_t round = 1; round <= 3; round++) {
        bench_store(&b, 0, 8, round, false);
        l1_acquire(b.l1[1], b.cycle);
        assert_int_equal(bench_load(&b, 1, 8).data.version, round);
    }
    expect(&b, want);
    /* The consumer's second and third miss are on a line that it lost. */
    assert_int_equal(l1_stat_of(b.l1[1])->coherence_misses, 2);
    cache_bench_free(&b);
}

static void messages_of_a_producer_and_a_consumer(void **state)
{
    (void)state;
    producer_and_consumer(PROTOCOL_VI, (const uint64_t[MSG_COUNT]) {
                                           [MSG_WRITE] = 3, [MSG_WRITE_ACK] = 3, [MSG_READ] = 3, [MSG_DATA] = 3});
    /* The first store reads the line exclusively, later ones upgrade a copy that the consumer shares. */
    producer_and_consumer(PROTOCOL_MESI, (const uint64_t[MSG_COUNT]) {[MSG_READ_EX] = 1,
                                                                      [MSG_DATA_EX] = 1,
                                                                      [MSG_READ] = 3,
                                                                      [MSG_FORWARD_READ] = 3,
                                                                      [MSG_OWNER_DATA] = 3,
                                                                      [MSG_DATA] = 3,
                                                                      [MSG_UPGRADE] = 2,
                                                                      [MSG_INVALIDATE] = 2,
                                                                      [MSG_INVALIDATE_ACK] = 2,
                                                                      [MSG_UPGRADE_ACK] = 2});
}

static void ping_pong(uint32_t protocol, const uint64_t *want)
{
    struct cache_bench b;
    struct cache_bench_params p = exact(protocol);
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 6; i++)
        bench_store(&b, i % 2, 8, i + 1, false);
    expect(&b, want);
    /* Whole lines are stored: nothing is read from memory. */
    assert_int_equal(b.dram_reads, 0);
    cache_bench_free(&b);
}

static void messages_of_two_caches_that_store_in_turn(void **state)
{
    (void)state;
    ping_pong(PROTOCOL_VI, (const uint64_t[MSG_COUNT]) {[MSG_WRITE] = 6, [MSG_WRITE_ACK] = 6});
    ping_pong(PROTOCOL_MESI,
              (const uint64_t[MSG_COUNT]) {
                  [MSG_READ_EX] = 6, [MSG_DATA_EX] = 6, [MSG_FORWARD_READ_EX] = 5, [MSG_OWNER_DATA] = 5});
}

static void read_sharing(uint32_t protocol, const uint64_t *reads, const uint64_t *with_store)
{
    struct cache_bench b;
    struct cache_bench_params p = exact(protocol);
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 8; i++)
        bench_load(&b, i % 4, 8);
    expect(&b, reads);
    bench_store(&b, 0, 8, 1, false);
    expect(&b, with_store);
    assert_int_equal(b.dram_reads, 1);
    cache_bench_free(&b);
}

static void messages_of_four_readers_and_a_store(void **state)
{
    (void)state;
    read_sharing(PROTOCOL_VI, (const uint64_t[MSG_COUNT]) {[MSG_READ] = 4, [MSG_DATA] = 4},
                 (const uint64_t[MSG_COUNT]) {[MSG_READ] = 4, [MSG_DATA] = 4, [MSG_WRITE] = 1, [MSG_WRITE_ACK] = 1});
    /* Nobody has stored to the line, so the first reader shares it, too; the store tells three. */
    read_sharing(PROTOCOL_MESI, (const uint64_t[MSG_COUNT]) {[MSG_READ] = 4, [MSG_DATA] = 4},
                 (const uint64_t[MSG_COUNT]) {[MSG_READ] = 4,
                                              [MSG_DATA] = 4,
                                              [MSG_UPGRADE] = 1,
                                              [MSG_INVALIDATE] = 3,
                                              [MSG_INVALIDATE_ACK] = 3,
                                              [MSG_UPGRADE_ACK] = 1});
}

/* Lines 8, 15 and 17 lie in one set of two ways of an L1. */
static void a_reader_of_a_line_that_was_stored_to_gets_it_exclusively(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_MESI);
    cache_bench_init(&b, &p);
    bench_store(&b, 0, 8, 1, false);
    bench_store(&b, 0, 15, 1, false);
    bench_store(&b, 0, 17, 1, false); /* line 8 is put back */
    bench_load(&b, 1, 8);
    uint64_t want[MSG_COUNT] = {
        [MSG_READ_EX] = 3, [MSG_PUT] = 1, [MSG_PUT_ACK] = 1, [MSG_READ] = 1, [MSG_DATA_EX] = 3 + 1};
    expect(&b, want);
    bench_store(&b, 1, 8, 2, false); /* without a message */
    expect(&b, want);
    assert_int_equal(bench_load(&b, 2, 8).data.version, 2);
    want[MSG_READ]++;
    want[MSG_FORWARD_READ] = want[MSG_OWNER_DATA] = want[MSG_DATA] = 1;
    expect(&b, want);
    cache_bench_free(&b);
}

static void a_bypassing_load_leaves_no_copy_and_no_sharer(void **state)
{
    (void)state;
    struct cache_bench b;
    struct cache_bench_params p = exact(PROTOCOL_MESI);
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 4; i++)
        load_once(&b, i % 2, 8);
    bench_store(&b, 2, 8, 1, false); /* nobody is to be told */
    uint64_t want[MSG_COUNT] = {[MSG_READ_ONCE] = 4, [MSG_DATA] = 4, [MSG_READ_EX] = 1, [MSG_DATA_EX] = 1};
    expect(&b, want);
    /* From the owner, who keeps a copy; the owner itself has a hit. */
    assert_int_equal(load_once(&b, 0, 8).data.version, 1);
    assert_int_equal(load_once(&b, 2, 8).data.version, 1);
    want[MSG_READ_ONCE]++;
    want[MSG_DATA]++;
    want[MSG_FORWARD_READ] = want[MSG_OWNER_DATA] = 1;
    expect(&b, want);
    assert_int_equal(l1_stat_of(b.l1[0])->evictions, 0);
    cache_bench_free(&b);
}

static void false_sharing(uint32_t protocol, uint64_t dram_reads, const uint64_t *want)
{
    struct cache_bench b;
    struct cache_bench_params p = exact(protocol);
    cache_bench_init(&b, &p);
    for (uint32_t i = 0; i < 4; i++)
        store_part(&b, i % 2, 8, (uint8_t)(1u << i % 2), i + 1);
    expect(&b, want);
    assert_int_equal(b.dram_reads, dram_reads);
    cache_bench_free(&b);
}

static void messages_of_false_sharing(void **state)
{
    (void)state;
    false_sharing(PROTOCOL_VI, 0, (const uint64_t[MSG_COUNT]) {[MSG_WRITE] = 4, [MSG_WRITE_ACK] = 4});
    false_sharing(PROTOCOL_MESI, 1,
                  (const uint64_t[MSG_COUNT]) {
                      [MSG_READ_EX] = 4, [MSG_DATA_EX] = 4, [MSG_FORWARD_READ_EX] = 3, [MSG_OWNER_DATA] = 3});
}

static void a_store_from_another_chip_takes_the_copies_here_first(void **state)
{
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct cache_bench b;
        struct cache_bench_params p = exact(protocol);
        cache_bench_init(&b, &p);
        bench_store(&b, 0, 8, 1, false);
        bench_load(&b, 1, 8);
        bench_remote_store(&b, 8, 2);
        assert_int_equal(b.messages[MSG_INVALIDATE], protocol == PROTOCOL_MESI ? 2 : 0);
        l1_acquire(b.l1[1], b.cycle);
        assert_int_equal(bench_load(&b, 1, 8).data.version, 2);
        bench_store(&b, 0, 8, 3, false);
        bench_remote_store(&b, 8, 4);
        assert_int_equal(b.messages[MSG_INVALIDATE] + b.messages[MSG_FORWARD_READ_EX],
                         protocol == PROTOCOL_MESI ? 2 + 2 : 0);
        l1_acquire(b.l1[0], b.cycle);
        assert_int_equal(bench_load(&b, 0, 8).data.version, 4);
        cache_bench_free(&b);
    }
}

/* Results go on to memory while their acks cannot leave: the slice holds 8 + `queue` answers and its port `places`;
 * what memory has done beyond that is not taken from it, and then no write goes there. */
static void results_whose_acks_cannot_leave_are_held_up(void **state)
{
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct cache_bench b;
        struct cache_bench_params p = exact(protocol);
        const uint32_t results = 40;
        cache_bench_init(&b, &p);
        b.deaf = true;
        for (uint32_t i = 0; i < results; i++) {
            struct message m = {.type = MSG_WRITE,
                                .sectors = ALL_SECTORS,
                                .bytes = LINE_BYTES,
                                .through = true,
                                .line = 8 + i,
                                .from_chip = 1,
                                .to = (uint16_t)p.caches,
                                .data = bench_data(&b, 8 + i, 1 + i)};
            *VEC_PUSH(&b, flights) = (struct bench_flight) {m, b.cycle};
        }
        for (uint32_t i = 0; i < 3000; i++)
            cache_bench_step(&b, NULL, NULL);
        assert_int_equal(b.messages[MSG_WRITE_ACK], 0);
        assert_in_range(b.dram_writes, p.places + p.l2.queue, results - 1);
        b.deaf = false;
        for (uint32_t i = 0; i < 3000; i++)
            cache_bench_step(&b, NULL, NULL);
        assert_int_equal(b.messages[MSG_WRITE_ACK], results);
        for (uint32_t i = 0; i < results; i++)
            assert_int_equal(*bench_memory(&b, 8 + i), bench_data(&b, 8 + i, 1 + i));
        cache_bench_free(&b);
    }
}

static void a_launch_drops_the_inputs_and_nothing_else(void **state)
{
    (void)state;
    for (uint32_t protocol = 0; protocol < 2; protocol++) {
        struct cache_bench b;
        struct cache_bench_params p = exact(protocol);
        p.input_first = 8;
        p.input_lines = 2;
        cache_bench_init(&b, &p);
        for (uint32_t line = 8; line < 12; line++)
            bench_load(&b, 0, line);
        for (uint32_t line = 8; line < 12; line++)
            *bench_memory(&b, line) = bench_data(&b, line, 1); /* the host writes */
        b.core.counter.now.launch++;
        l1_host_wrote(b.l1[0], 8, 2);
        for (uint32_t line = 8; line < 12; line++)
            assert_int_equal(bench_load(&b, 0, line).data.version, line < 10 ? 1 : 0);
        assert_int_equal(b.dram_reads, 4 + 2);
        cache_bench_free(&b);
    }
}

/* A table without the answer: nobody is told that the store is done. */
static void a_store_is_done_when_the_table_says_so(void **state)
{
    (void)state;
    for (uint32_t answers = 0; answers < 2; answers++) {
        struct l1_protocol table = l1_vi;
        struct cache_bench b;
        struct cache_bench_params p = exact(PROTOCOL_VI);
        if (!answers)
            table.row[L1_PASS][L1_ON_WRITE_ACK] = (struct protocol_row)STAY(L1_PASS);
        p.l1_table = &table;
        cache_bench_init(&b, &p);
        struct l1_request r = {.kind = L1_STORE, .sectors = ALL_SECTORS, .bytes = LINE_BYTES, .line = 8, .tag = 9};
        struct bench_done d = {0};
        assert_int_equal(l1_access(b.l1[0], b.cycle, &r), L1_ACCEPTED);
        for (uint32_t i = 0; i < 200; i++)
            cache_bench_step(&b, bench_wait_drive, &d);
        assert_int_equal(b.messages[MSG_WRITE_ACK], 1);
        assert_int_equal(d.done, answers);
        assert_int_equal(l1_idle(b.l1[0]), answers);
        cache_bench_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_and_misses_of_a_trace_are_as_counted_by_hand),
        cmocka_unit_test(a_load_takes_the_sum_of_its_ways),
        cmocka_unit_test(a_miss_tells_where_it_was),
        cmocka_unit_test(a_store_waits_for_coherence_once_it_is_done),
        cmocka_unit_test(a_poll_is_told_of_the_result_that_it_waits_for),
        cmocka_unit_test(atomics_count_and_hand_back_the_word_before),
        cmocka_unit_test(results_are_in_memory_when_their_store_is_done),
        cmocka_unit_test(refusals_say_what_is_full),
        cmocka_unit_test(messages_of_a_producer_and_a_consumer),
        cmocka_unit_test(messages_of_two_caches_that_store_in_turn),
        cmocka_unit_test(messages_of_four_readers_and_a_store),
        cmocka_unit_test(a_reader_of_a_line_that_was_stored_to_gets_it_exclusively),
        cmocka_unit_test(a_bypassing_load_leaves_no_copy_and_no_sharer),
        cmocka_unit_test(messages_of_false_sharing),
        cmocka_unit_test(a_store_from_another_chip_takes_the_copies_here_first),
        cmocka_unit_test(results_whose_acks_cannot_leave_are_held_up),
        cmocka_unit_test(a_launch_drops_the_inputs_and_nothing_else),
        cmocka_unit_test(a_store_is_done_when_the_table_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
