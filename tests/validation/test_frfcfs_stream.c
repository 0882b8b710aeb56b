/* SPDX-License-Identifier: Apache-2.0 */
/* test_frfcfs_stream.c - a sequential stream through the controller against the same rows planned beforehand.
 *
 * Both use the machine's timing table; the planner (sim/compile) knows all requests, the controller sees 64. */
#include "../unit/compile/compile_fixture.h"
#include "../unit/hw/frfcfs_bench.h"

#include "sim/compile/dram_plan.h"

#define ROWS 800u /* of a set of banks */

static const uint32_t timings[] = {MEMORY_HBM2, MEMORY_HBM2E, MEMORY_HBM3};
static const char *const names[] = {"hbm2", "hbm2e", "hbm3"};
/* MHz: bursts of less than a cycle, of a cycle and little more, spacings that round well and badly */
static const uint64_t clocks[] = {400, 600, 700, 850, 900, 1000, 1200, 1410, 1590, 1755, 1980, 2000};
#define N_TIMINGS (sizeof timings / sizeof *timings)
#define N_CLOCKS  (sizeof clocks / sizeof *clocks)

static void machine_of(struct machine *m, uint32_t timing, uint64_t clock)
{
    struct machine_spec spec = fixture_spec(1, 2, 2);
    spec.timing = timing;
    spec.clock_hz = clock;
    spec.channels = 8;
    spec.memory_bandwidth =
        memory_generations[timing].width_bits / 8 * memory_generations[timing].pin_bits_per_second * 8;
    fixture_machine(m, &spec);
}

static uint64_t planned(const struct dram_timing *t, bool write)
{
    struct dram_rules r;
    struct dram_channel c = {0};
    dram_rules_init(&r, t);
    for (uint32_t i = 0; i < ROWS; i++) {
        struct dram_run run = {.set = i % r.sets, .row = i / r.sets, .count = r.columns, .transfer = i, .write = write};
        dram_find(&r, &c, 0, &run);
        dram_take(&r, &c, &run);
    }
    uint64_t end = dram_data_end(&r, &c.runs[ROWS - 1]);
    free(c.runs);
    return end;
}

static uint64_t controlled(const struct dram_timing *t, bool write, uint64_t seed)
{
    struct bench b;
    bench_init(&b, t, 64, seed);
    bench_open(&b);
    uint32_t lines = ROWS * (t->row_bytes * t->interleave / LINE_BYTES);
    for (uint32_t i = 0; i < lines; i++)
        bench_send(&b, 1, i % BENCH_SLICES, i, ALL_SECTORS, write);
    bench_run(&b, 400000, false);
    assert_int_equal(b.done, lines);
    uint64_t end = bench_last(&b);
    bench_free(&b);
    return end;
}

/* 1 when one of the two takes more than 2 % longer than the other. */
static uint32_t apart(uint32_t timing, uint64_t mhz, bool write, uint64_t seed)
{
    struct machine m;
    machine_of(&m, timings[timing], mhz * 1000000);
    uint64_t plan = planned(&m.dram, write), got = controlled(&m.dram, write, seed);
    uint64_t bytes = (uint64_t)ROWS * m.dram.row_bytes * m.dram.interleave;
    /* the bus never stands still but for refresh */
    uint64_t peak = bytes * m.dram.rate.den / m.dram.rate.num * m.dram.refi / (m.dram.refi - m.dram.rfc);
    bool ok = got * 100 <= plan * 102 && plan * 100 <= got * 102;
    print_message("%s %s at %llu MHz: planned %llu, controller %llu (%.3f), bus less refresh %llu cycles%s\n",
                  write ? "write" : "read", names[timing], (unsigned long long)mhz, (unsigned long long)plan,
                  (unsigned long long)got, (double)got / (double)plan, (unsigned long long)peak,
                  ok ? "" : ": more than 2 % apart");
    machine_free(&m);
    return !ok;
}

static void a_stream_comes_within_two_percent_of_the_planned_one(void **state)
{
    (void)state;
    uint32_t failed = 0;
    for (uint32_t write = 0; write < 2; write++)
        for (uint32_t i = 0; i < N_TIMINGS; i++)
            for (uint32_t k = 0; k < N_CLOCKS; k++)
                failed += apart(i, clocks[k], write, (write * N_TIMINGS + i) * N_CLOCKS + k);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_stream_comes_within_two_percent_of_the_planned_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
