/* SPDX-License-Identifier: Apache-2.0 */
/* test_machine.c - numbers of a built machine, needs of tasks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/machine/build_machine.h"

static void build_default(struct machine *m)
{
    struct machine_spec s;
    machine_spec_default(&s);
    build(m, &s);
}

static void times_become_cycles_of_the_rounded_period(void **state)
{
    (void)state;
    struct machine m;
    build_default(&m);
    assert_int_equal(m.period_fs, 569801);   /* 10^15 / 1.755 x 10^9 = 569800.57 */
    assert_int_equal(m.launch_cycles, 4037); /* 2.3 us / 569801 fs = 4036.5 */
    const struct link *l = &m.links[machine_chip_link(&m, 0, 1)];
    assert_int_equal(l->latency, 878);         /* 500 ns / 569801 fs = 877.5 */
    assert_int_equal(l->rate.num, 3 * 569801); /* 3 x 10^11 x 569801 / 10^15 */
    assert_int_equal(l->rate.den, 10000);
    assert_int_equal(m.broadcast_cycles, 2 + 6 * 2 + 1); /* r0 to the far corner of 4 x 4 */
    machine_free(&m);
}

static void dram_spacings_are_rounded_up_and_the_bus_is_exact(void **state)
{
    (void)state;
    struct machine m;
    build_default(&m);
    const struct dram_timing *t = &m.dram;
    /* ns / 0.569801: 14 -> 24.6, 34 -> 59.7, 4 -> 7.02, 6 -> 10.5, 30 -> 52.6, 16 -> 28.1, 8 -> 14.04,
     * 2 -> 3.5, 1 -> 1.8, 260 -> 456.3, 3900 -> 6844.5 (rounded down: refresh may not come later) */
    const uint32_t got[] = {t->rcd, t->rp,    t->ras,   t->rrd_s, t->rrd_l, t->ccd_s, t->ccd_l, t->faw,
                            t->wr,  t->wtr_s, t->wtr_l, t->rtp,   t->cl,    t->cwl,   t->rfc,   t->refi};
    const uint32_t want[] = {25, 25, 60, 8, 11, 2, 4, 53, 29, 11, 15, 11, 25, 8, 457, 6844};
    assert_memory_equal(got, want, sizeof want);
    assert_int_equal(t->banks, 16);
    assert_int_equal(t->groups, 4);
    /* 51.2 x 10^9 B/s x 569801 / 10^15 = 29.1738... B per cycle: a burst of 64 B takes 2.19 cycles */
    assert_int_equal(t->rate.num, 4 * 569801);
    assert_int_equal(t->rate.den, 78125);
    assert_int_equal(t->interleave, 2); /* 2 x 1.25 ns >= ccd_l, 2 ns */
    machine_free(&m);
}

static void memory_without_refresh_has_no_interval_and_all_else_alike(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine a, b;
    struct diag d;
    diag_init(&d);
    build_default(&a);
    machine_spec_default(&s);
    s.no_refresh = true;
    assert_int_equal(machine_build_from(&b, &s, &d), SIM_OK);
    assert_int_equal(b.dram.refi, 0);
    b.dram.refi = a.dram.refi;
    assert_memory_equal(&a.dram, &b.dram, sizeof a.dram);
    machine_free(&a);
    machine_free(&b);
    diag_free(&d);
}

/* Command q of a run, the next one, and the next to its group. */
static void check_full_bus(const struct dram_timing *t)
{
    uint64_t burst = t->burst_bytes * t->rate.den;
    for (uint64_t q = 0; q < 100; q++) {
        uint64_t at = q * burst / t->rate.num;
        assert_true((q + 1) * burst / t->rate.num - at >= t->ccd_s);
        assert_true((q + t->interleave) * burst / t->rate.num - at >= t->ccd_l);
    }
}

/* In ns ccd_l is one burst of hbm2 and 1.6 of the others: so many banks make a set, in whatever cycles they count. */
static void a_full_bus_never_breaks_the_column_spacings_and_sets_are_those_of_the_memory(void **state)
{
    (void)state;
    static const uint32_t timings[] = {MEMORY_HBM2, MEMORY_HBM2E, MEMORY_HBM3}, sets_of[] = {1, 2, 2};
    for (uint32_t i = 0; i < 3; i++) {
        for (uint64_t clock = 100000000; clock <= 5000000000; clock += 50000000) {
            const struct memory_generation *g = &memory_generations[timings[i]];
            struct machine_spec s;
            machine_spec_default(&s);
            s.timing = timings[i];
            s.clock_hz = clock;
            s.memory_bandwidth = g->width_bits / 8 * g->pin_bits_per_second * s.channels;
            struct machine m;
            build(&m, &s);
            check_full_bus(&m.dram);
            assert_int_equal(m.dram.interleave, sets_of[i]);
            machine_free(&m);
        }
    }
}

static uint64_t silicon_value(const struct machine *m, const char *item, bool list)
{
    struct silicon_item items[MACHINE_SILICON_MAX];
    uint32_t n = machine_silicon(m, items, MACHINE_SILICON_MAX);
    assert_true(n < MACHINE_SILICON_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(items[i].item, item) == 0) {
            return list ? items[i].value_list : items[i].value;
        }
    }
    fail_msg("no row %s", item);
    return 0;
}

static void the_silicon_budget_counts_the_server(void **state)
{
    (void)state;
    struct machine m;
    build_default(&m);
    static const struct {
        const char *item;
        uint64_t value, list;
    } rows[] = {
        {"units", 64, 64},
        {"macs", 65536, 65536},
        {"vector_lanes", 8192, 8192},
        {"sram", 33554432, 33554432},
        {"sram.staging", 4 * (16 + 2 * 4) * 16384, 4 * (16 + 2 * 4) * 16384},
        {"sram.data_and_schedule", 33554432 - 1572864, 33554432 - 1572864},
        {"sram.read_port", 256, 256},
        {"sram.write_port", 128, 128},
        {"sram.dma_read_port", 128, 128},
        {"noc.endpoints", 4 * 36, 4 * 36},
        {"noc.endpoint_width", 128, 128},
        {"noc.bisection", 512, 512},
        {"dma_engines", 64, 64},
        {"local_timers", 0, 64},
        {"chip_links", 8, 8},
        {"chip_link.bandwidth", 300000000000, 300000000000},
        {"chip_link.deskew_fifos", 0, 0},
        {"hbm.channels", 64, 64},
        {"hbm.bandwidth", 3276800000000, 3276800000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(silicon_value(&m, rows[i].item, false), rows[i].value);
        assert_int_equal(silicon_value(&m, rows[i].item, true), rows[i].list);
    }
    struct silicon_item few[3];
    assert_int_equal(machine_silicon(&m, few, 3), 3);
    machine_free(&m);
}

/* kp4 leaves 16/17 of 170.9403 B per cycle and adds 100 ns to 500: ceil(600,000,000 / 569,801) cycles. */
static void a_code_takes_bandwidth_and_time_from_chip_links(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    struct diag d;
    machine_spec_default(&s);
    s.link_fec = FEC_KP4;
    s.link_fec_latency_fs = link_codes[FEC_KP4].latency_fs;
    diag_init(&d);
    assert_int_equal(machine_build_from(&m, &s, &d), SIM_OK);
    for (uint32_t i = 0; i < m.n_links; i++) {
        const struct link *l = &m.links[i];
        if (l->type != LINK_CHIP) {
            assert_true(l->rate.num == m.flit_bytes && l->rate.den == 1);
            continue;
        }
        assert_int_equal(l->rate.num, 1709403);
        assert_int_equal(l->rate.den, 10625);
        assert_int_equal(l->latency, 1053);
    }
    assert_int_equal(silicon_value(&m, "chip_link.bandwidth", false), 300000000000);
    assert_int_equal(silicon_value(&m, "chip_link.latency", false), 1053);
    uint64_t buffers = silicon_value(&m, "buffers", false);
    machine_free(&m);
    s.link_bit_errors = 100000000000000u; /* 1e-4: bursts may have to be sent again */
    assert_int_equal(machine_build_from(&m, &s, &d), SIM_OK);
    assert_int_equal(silicon_value(&m, "chip_link.replay", false), 8 * 342920);
    assert_int_equal(silicon_value(&m, "buffers", false), buffers + 8 * 342920);
    machine_free(&m);
    diag_free(&d);
}

/* 878 cycles down from a switch and 176 more up into it, 170.9403 B per cycle: 2 x 1054 and 2 x 878 of them, and a
 * burst. */
static void lines_out_of_switches_keep_what_they_may_have_to_send_again(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    machine_spec_default(&s);
    s.fabric = FABRIC_SWITCH;
    s.fabric_planes = 2;
    s.link_bit_errors = 100000000000000u;
    build(&m, &s);
    assert_int_equal(silicon_value(&m, "chip_link.replay", false), 8 * (360343 + 4096) + 8 * (300172 + 4096));
    machine_free(&m);
}

/* 2 planes of a switch, each with a line from each of 4 chips: 16 KiB behind a line, two bursts of 4 KiB a switch. */
static void switches_that_add_are_in_links_and_budget(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    machine_spec_default(&s);
    s.fabric = FABRIC_SWITCH;
    s.fabric_planes = 2;
    build(&m, &s);
    uint64_t buffers = silicon_value(&m, "buffers", false), entries = silicon_value(&m, "buffers.entries", false);
    size_t links = m.n_links;
    machine_free(&m);
    s.adders = 48;
    build(&m, &s);
    assert_int_equal(m.n_links, links + 2);
    const struct link *l = &m.links[machine_adder(&m, machine_adding_switch(&m, 7))];
    assert_string_equal(l->id, "switch1.adder");
    assert_int_equal(l->type, LINK_ADDER);
    assert_true(l->from_node == 5 && l->to_node == 5);
    assert_true(l->rate.num == 192 && l->rate.den == 1);
    assert_int_equal(l->latency, 18);
    assert_int_equal(silicon_value(&m, "chip_link.adders", false), 2 * 4 * 48);
    assert_int_equal(silicon_value(&m, "chip_link.adder_buffers", false), 8 * 16384 + 2 * 8192);
    uint64_t more = silicon_value(&m, "buffers.entries", false) - entries;
    assert_int_equal(silicon_value(&m, "buffers", false), buffers + more + 8 * 16384 + 2 * 8192);
    machine_free(&m);
}

/* 2 planes of 2 leaves of 2 chips and 3 spines: by 8 lines partials come from chips, by 12 from leaves. */
static void leaves_and_spines_that_add_are_in_links_and_budget(void **state)
{
    (void)state;
    struct machine_spec s;
    struct machine m;
    machine_spec_default(&s);
    s.fabric = FABRIC_SWITCH;
    s.fabric_planes = 2;
    s.fabric_leaf = 2;
    s.fabric_spines = 3;
    s.adders = 48;
    build(&m, &s);
    assert_int_equal(m.switches, 10);
    for (uint32_t i = 0; i < m.switches; i++) {
        const struct link *l = &m.links[machine_adder(&m, m.chips + i)];
        assert_true(l->type == LINK_ADDER && l->from_node == m.chips + i && l->to_node == m.chips + i);
    }
    assert_int_equal(silicon_value(&m, "chip_link.adders", false), 20 * 48);
    assert_int_equal(silicon_value(&m, "chip_link.adder_buffers", false), 20 * 16384 + 10 * 8192);
    assert_int_equal(machine_leaf_chips(&m), 2);
    assert_int_equal(machine_leaves(&m), 2);
    uint32_t used[10] = {0};
    for (uint32_t sum = 0; sum < 12; sum++) {
        uint32_t spine = machine_adding_spine(&m, sum) - m.chips, plane = sum % 2;
        used[spine]++;
        assert_true(spine >= plane * 5 + 2 && spine < plane * 5 + 5);
        for (uint32_t leaf = 0; leaf < 2; leaf++) {
            assert_int_equal(machine_adding_leaf(&m, sum, leaf), m.chips + plane * 5 + leaf);
            machine_chip_link(&m, m.chips + plane * 5 + leaf, m.chips + spine); /* there is one */
        }
    }
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(used[i], i % 5 < 2 ? 0 : 2);
    for (uint32_t chip = 0; chip < 4; chip++)
        assert_int_equal(machine_near_chip(&m, chip), chip ^ 1);
    assert_int_equal(machine_spine_cycles(&m), machine_chip_cycles(&m, 0, 2) - machine_chip_cycles(&m, 0, 1));
    machine_free(&m);
    s.fabric_leaf = s.fabric_spines = 0;
    build(&m, &s);
    assert_int_equal(machine_leaf_chips(&m), 4);
    assert_int_equal(machine_spine_cycles(&m), 0);
    assert_int_equal(machine_near_chip(&m, 0), 1);
    assert_int_equal(machine_near_chip(&m, 3), 0);
    machine_free(&m);
}

static void one_chip_needs_no_fabric(void **state)
{
    (void)state;
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = 1;
    s.fabric = MACHINE_NO_FABRIC;
    s.link_bandwidth = s.link_latency_fs = 0;
    struct machine m;
    build(&m, &s);
    assert_int_equal(m.ports_per_chip, 0);
    assert_int_equal(m.endpoints_per_chip, 32);
    assert_int_equal(machine_chip_hops(&m, 0, 0), 0);
    assert_int_equal(silicon_value(&m, "chip_links", false), 0);
    assert_string_equal(m.fabric_topology, "none");
    machine_free(&m);
}

static void drift_makes_a_guard_band(void **state)
{
    (void)state;
    int64_t drift[] = {-20000, 0, 30000, 10000};
    struct machine_spec s;
    machine_spec_default(&s);
    s.drift_ppb = (struct ppb_list) {.n = 4, .value = drift};
    s.align_interval = 100001;
    struct machine m;
    build(&m, &s);
    assert_int_equal(m.guard_cycles, 7); /* ceil(100001 x 50000 / 10^9) + 1 */
    assert_int_equal(m.drift_ppb[2], 30000);
    machine_free(&m);
    s.guard_cycles = 9;
    build(&m, &s);
    assert_int_equal(m.guard_cycles, 9);
    assert_int_equal(silicon_value(&m, "chip_link.deskew_fifos", true), 8 * 1539); /* ceil(9 x 170.9403) */
    machine_free(&m);
    s.drift_ppb.n = 1; /* all chips drift alike */
    s.guard_cycles = PARAM_AUTO32;
    build(&m, &s);
    assert_int_equal(m.guard_cycles, 1); /* all are fast: 902 cycles of a flight are 902.02 of theirs */
    assert_int_equal(m.drift_ppb[3], -20000);
    machine_free(&m);
    drift[0] = 20000;
    build(&m, &s);
    assert_int_equal(m.guard_cycles, 0);
    machine_free(&m);
}

/* The configuration of the default machine, as the reader leaves it. */
static void configure(struct config *c, int64_t *drift)
{
    *c = (struct config) {
        .server = {.chips = 4},
        .fabric = {.topology = FABRIC_RING},
        .link = {.bandwidth = 300000000000, .latency = 500000000},
        .chip = {.clock = 1755000000},
        .units = {.rows = 4,
                  .cols = 4,
                  .count = 16,
                  .macs_per_cycle = 1024,
                  .vector_lanes = 128,
                  .sram = 524288,
                  .sram_read = 256,
                  .sram_write = 128},
        .engine = {.m = 16, .n = 8, .k = 8},
        .noc = {.topology = NOC_MESH,
                .flit = 128,
                .link_latency = 1,
                .node_latency = 1,
                .concentration = 1,
                .centre_links = 4,
                .slot_router_latency = 1},
        .memory =
            {.channels = 16, .timing = MEMORY_HBM2E, .bandwidth = 819200000000, .refresh = true, .staging = 16384},
        .phase = {.toggle_cycles = 1,
                  .guard_cycles = PARAM_AUTO32,
                  .broadcast_cycles = PARAM_AUTO32,
                  .drift_ppb = {.n = 1, .value = drift},
                  .align_interval = 1000000},
        .compile = {.max_burst = 4096},
        .run = {.launch = 2300000000},
    };
}

static void a_configuration_makes_the_machine_of_its_numbers(void **state)
{
    (void)state;
    int64_t drift = 0;
    struct config c;
    configure(&c, &drift);
    struct diag d;
    diag_init(&d);
    struct machine a, b;
    build_default(&a);
    assert_int_equal(machine_build(&b, &c, &d), SIM_OK);
    struct silicon_item of_a[MACHINE_SILICON_MAX], of_b[MACHINE_SILICON_MAX];
    uint32_t n = machine_silicon(&a, of_a, MACHINE_SILICON_MAX);
    assert_int_equal(machine_silicon(&b, of_b, MACHINE_SILICON_MAX), n);
    assert_memory_equal(of_a, of_b, n * sizeof of_a[0]);
    assert_memory_equal(&a.dram, &b.dram, sizeof a.dram);
    assert_int_equal(a.launch_cycles, b.launch_cycles);
    assert_int_equal(a.toggle_cycles, b.toggle_cycles);
    assert_int_equal(a.broadcast_cycles, b.broadcast_cycles);
    assert_int_equal(a.guard_cycles, b.guard_cycles);
    assert_int_equal(a.max_burst, b.max_burst);
    assert_int_equal(a.n_links, b.n_links);
    for (size_t i = 0; i < a.n_links; i++) {
        assert_string_equal(a.links[i].id, b.links[i].id);
        assert_int_equal(a.links[i].latency, b.links[i].latency);
    }
    struct task_needs of_task_a, of_task_b;
    machine_needs(&a, 100, 50, 70, 999, 12345, 2345, &of_task_a);
    machine_needs(&b, 100, 50, 70, 999, 12345, 2345, &of_task_b);
    assert_memory_equal(&of_task_a, &of_task_b, sizeof of_task_a);
    machine_free(&a);
    machine_free(&b);
    c.server.chips = 1; /* then nobody reads the fabric */
    assert_int_equal(machine_build(&b, &c, &d), SIM_OK);
    assert_int_equal(b.ports_per_chip, 0);
    machine_free(&b);
    diag_free(&d);
}

static void a_server_of_64_chips_and_1024_units_each_is_built(void **state)
{
    (void)state;
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = 64;
    s.rows = s.cols = 32;
    struct machine m;
    build(&m, &s);
    assert_int_equal(m.routers, 65536);
    assert_int_equal(m.n_links, 64 * (2 * (1024 + 16 + 4) + 4 * 31 * 32 + 2));
    uint32_t path[MACHINE_PATH_MAX];
    assert_int_equal(machine_path(&m, machine_endpoint(&m, 63, 0), machine_endpoint(&m, 63, 1023), path), 64);
    machine_free(&m);
}

static void needs_are_the_longest_of_engines_and_ports(void **state)
{
    (void)state;
    struct machine m;
    build_default(&m);
    struct task_needs n;
    machine_needs(&m, 32, 16, 64, 0, 4096, 1024, &n);
    assert_int_equal(n.matrix_cycles, 2 * 2 * 8);
    assert_int_equal(n.macs, 32768);
    assert_int_equal(n.macs_padded, 32 * 1024);
    assert_int_equal(n.read_cycles, 16);
    assert_int_equal(n.write_cycles, 8);
    assert_int_equal(n.cycles, 32);
    machine_needs(&m, 17, 9, 9, 129, 0, 0, &n); /* one more than the engine's granule in each dimension */
    assert_int_equal(n.matrix_cycles, 8);
    assert_int_equal(n.vector_cycles, 2);
    assert_int_equal(n.macs, 17 * 9 * 9);
    machine_needs(&m, 1, 1, 1, 0, 257, 257, &n);
    assert_int_equal(n.read_cycles, 2);
    assert_int_equal(n.cycles, 3);
    machine_needs(&m, 5, 5, 0, 25, 0, 0, &n);
    assert_int_equal(n.matrix_cycles, 0);
    assert_int_equal(n.macs_padded, 0);
    machine_needs(&m, 0, 0, 0, 0, 0, 0, &n);
    assert_int_equal(n.cycles, 1);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_become_cycles_of_the_rounded_period),
        cmocka_unit_test(dram_spacings_are_rounded_up_and_the_bus_is_exact),
        cmocka_unit_test(memory_without_refresh_has_no_interval_and_all_else_alike),
        cmocka_unit_test(a_full_bus_never_breaks_the_column_spacings_and_sets_are_those_of_the_memory),
        cmocka_unit_test(the_silicon_budget_counts_the_server),
        cmocka_unit_test(a_code_takes_bandwidth_and_time_from_chip_links),
        cmocka_unit_test(lines_out_of_switches_keep_what_they_may_have_to_send_again),
        cmocka_unit_test(switches_that_add_are_in_links_and_budget),
        cmocka_unit_test(leaves_and_spines_that_add_are_in_links_and_budget),
        cmocka_unit_test(one_chip_needs_no_fabric),
        cmocka_unit_test(drift_makes_a_guard_band),
        cmocka_unit_test(a_configuration_makes_the_machine_of_its_numbers),
        cmocka_unit_test(a_server_of_64_chips_and_1024_units_each_is_built),
        cmocka_unit_test(needs_are_the_longest_of_engines_and_ports),
    };
    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
