/* SPDX-License-Identifier: Apache-2.0 */
/* test_frfcfs_data.c - what memory holds: sources of a launch, results and their sums. */
#include "frfcfs_bench.h"

static void a_source_has_the_identity_of_its_launch(void **state)
{
    (void)state;
    static uint64_t c0[] = {11, 12, 13}, c1[] = {21, 22, 23};
    static uint64_t *const tensor_c[] = {c0, c1};
    struct bench b;
    bench_init(&b, &bench_dram, 64, 1);
    b.p.tensor_c = tensor_c;
    bench_open(&b);
    b.core.counter.now.version = 1;
    frfcfs_set_source(b.channel, 5, 50, 2, false, 0, 0);
    frfcfs_set_source(b.channel, 6, 60, 1, true, 0, 0);
    frfcfs_set_source(b.channel, 7, 70, 0, false, 3, 4);
    for (uint32_t i = 5; i < 9; i++)
        bench_send(&b, 1, 0, i, ALL_SECTORS, false);
    bench_run(&b, 1000, false);
    static const struct identity want[] = {{50, 2, 1, 0, 23, 23}, {60, 1, 0, 0, 12, 12}, {70, 0, 1, 0, 21, 63}};
    for (int i = 0; i < 3; i++)
        assert_memory_equal(bench_read(&b, (uint32_t)i), &want[i], sizeof want[i]);
    assert_int_equal(bench_read(&b, 3)->chunk, FRFCFS_NO_CHUNK);
    bench_free(&b);
}

static void results_are_summed_when_their_last_byte_is_off_the_bus(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    bench_send(&b, 1, 0, 0, ALL_SECTORS, true);
    bench_send(&b, 1, 0, 1, 0x3, true);
    bench_send(&b, 1, 0, 2, 0x3, true);
    for (int i = 0; i < 2; i++) {
        b.list[i].r.output = true;
        b.list[i].r.bytes = i == 0 ? 128 : 40;
        b.list[i].r.data = bench_number(&b, &(struct identity) {.chunk = 9, .tensor = 4, .c = mix64(4, 0)});
    }
    bench_run(&b, 1000, false);
    const struct frfcfs_stats *s = frfcfs_stat(b.channel);
    assert_int_equal(s->output_bytes, 168);
    assert_int_equal(s->output_checksum, 168 * mix64(4, 0));
    assert_int_equal(s->last_output, b.replies[b.replies[1].done > b.replies[0].done].done);
    assert_int_equal(b.core.run.n_faults, 0);
    bench_free(&b);
}

static void a_result_of_another_repeat_is_a_fault(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &bench_dram);
    bench_send(&b, 1, 0, 0, ALL_SECTORS, true);
    b.list[0].r.output = true;
    b.list[0].r.data = bench_number(&b, &(struct identity) {.chunk = 9, .tensor = 4, .c = mix64(4, 1), .version = 1});
    bench_run(&b, 1000, false);
    assert_int_equal(b.core.run.n_faults, 1);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_has_the_identity_of_its_launch),
        cmocka_unit_test(results_are_summed_when_their_last_byte_is_off_the_bus),
        cmocka_unit_test(a_result_of_another_repeat_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
