/* SPDX-License-Identifier: Apache-2.0 */
/* test_dynamic_machine.c - from machines.dynamic to the dynamic machine in numbers, and its silicon budget. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/config/config.h"
#include "sim/machine/dynamic.h"

#define QUICKSTART BPSIM_SOURCE_DIR "/configs/run/quickstart.yaml"
#define ON         "machines.dynamic={preset: [gpu-today, gpu-persistent]}"

struct bench {
    struct config c;
    struct machine m;
    struct diag d;
};

static void begin(struct bench *b, const char *const *sets, size_t n)
{
    diag_init(&b->d);
    if (config_load(QUICKSTART, sets, n, &b->c, &b->d) || machine_build(&b->m, &b->c, &b->d)) {
        diag_print(&b->d, stderr);
        fail_msg("the configuration is refused");
    }
}

static void end(struct bench *b)
{
    machine_free(&b->m);
    config_free(&b->c);
    diag_free(&b->d);
}

/* The machine of a preset, with one more --set. */
static int resolve(struct bench *b, struct dynamic_machine *d, uint32_t preset, const char *set)
{
    const char *sets[] = {ON, set};
    begin(b, sets, set ? 2 : 1);
    return dynamic_resolve(d, &b->m, &b->c, preset, &b->d);
}

static void without_the_block_no_dynamic_machine_runs(void **state)
{
    (void)state;
    const char *none[] = {"machines.dynamic=null"};
    struct bench b;
    begin(&b, none, 1);
    assert_int_equal(b.c.dynamic.preset.n, 0);
    assert_int_equal(b.c.phase.policy.n, 3);
    struct text t = {0};
    config_write(&b.c, &t);
    assert_null(strstr(t.s, "dynamic"));
    text_free(&t);
    end(&b);
}

static void machines_that_are_named_run(void **state)
{
    (void)state;
    const char *only[] = {"machines={dynamic: {preset: gpu-persistent}}"};
    const char *with_key[] = {"machines={dynamic: {preset: gpu-today}, phase: {toggle_cycles: 2}}"};
    const char *empty[] = {"machines={dynamic: {preset: gpu-today}, phase: {}}"};
    const char *nothing[] = {"machines=null"};
    struct bench b;
    begin(&b, only, 1);
    assert_int_equal(b.c.phase.policy.n, 0);
    assert_int_equal(b.c.dynamic.preset.n, 1);
    assert_int_equal(b.c.dynamic.preset.value[0], DYNAMIC_GPU_PERSISTENT);
    struct text t = {0};
    config_write(&b.c, &t);
    assert_non_null(strstr(t.s, "policy: none\n"));
    assert_non_null(strstr(t.s, "preset: [gpu-persistent]\n"));
    text_free(&t);
    end(&b);
    begin(&b, with_key, 1);
    assert_int_equal(b.c.phase.policy.n, 3);
    assert_int_equal(b.c.dynamic.preset.n, 1);
    end(&b);
    begin(&b, empty, 1);
    assert_int_equal(b.c.phase.policy.n, 3);
    end(&b);
    begin(&b, nothing, 1);
    assert_int_equal(b.c.phase.policy.n, 3);
    assert_int_equal(b.c.dynamic.preset.n, 0);
    end(&b);
}

static void a_preset_says_what_the_file_leaves_open(void **state)
{
    (void)state;
    struct bench b;
    struct dynamic_machine d;
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, NULL), SIM_OK);
    assert_string_equal(d.preset, "gpu-today");
    assert_int_equal(d.dispatch, DISPATCH_GRAPH);
    assert_int_equal(d.protocol, PROTOCOL_VI);
    assert_int_equal(d.noc.topology, DYN_NOC_CROSSBAR);
    assert_int_equal(d.noc.vns, 2);
    assert_int_equal(d.kernel_launch, 1703); /* 970 ns / 569801 fs = 1702.3 */
    assert_int_equal(d.sm.policy, WARP_GTY);
    assert_int_equal(d.l2.protocol, PROTOCOL_VI);
    end(&b);
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_PERSISTENT, NULL), SIM_OK);
    assert_int_equal(d.dispatch, DISPATCH_PERSISTENT);
    assert_int_equal(d.kernel_launch, 0);
    end(&b);
}

static void a_given_key_beats_every_preset(void **state)
{
    (void)state;
    struct bench b;
    struct dynamic_machine d;
    for (uint32_t preset = 0; preset < 2; preset++) {
        const char *sets[] = {"machines.dynamic={preset: [gpu-today, gpu-persistent], protocol: mesi, dispatch: graph, "
                              "topology: mesh, kernel_launch: 1 us, link_queue: 7, sm: {scheduler: lrr}}",
                              "chip.noc.router.vcs=6"}; /* a mesh of four chips: three virtual networks twice */
        begin(&b, sets, 2);
        assert_int_equal(dynamic_resolve(&d, &b.m, &b.c, preset, &b.d), SIM_OK);
        assert_true(d.noc.apart);
        assert_true(d.protocol == PROTOCOL_MESI && d.l1.protocol == PROTOCOL_MESI && d.l2.protocol == PROTOCOL_MESI);
        assert_int_equal(d.noc.vns, 3);
        assert_int_equal(d.dispatch, DISPATCH_GRAPH);
        assert_int_equal(d.noc.topology, DYN_NOC_MESH);
        assert_int_equal(d.kernel_launch, 1755);
        assert_int_equal(d.link_queue, 7);
        assert_int_equal(d.sm.policy, WARP_LRR);
        end(&b);
    }
}

/* The silicon of the phase machine: engines, ports, flit; and the split of 512 KiB. */
static void the_parts_are_those_of_the_chip(void **state)
{
    (void)state;
    struct bench b;
    struct dynamic_machine d;
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, NULL), SIM_OK);
    assert_int_equal(d.sm.macs_per_cycle, 1024);
    assert_int_equal(d.sm.lanes, 128);
    assert_int_equal(d.sm.shared_read, 256);
    assert_int_equal(d.sm.shared_write, 128);
    assert_int_equal(d.sm.register_bytes, 128 << 10);
    assert_int_equal(d.sm.shared_bytes, 96 << 10);
    assert_int_equal(d.l1.bytes, 32 << 10);
    assert_int_equal(d.l2.slices, 16);
    assert_int_equal(d.l2.bytes % (16 * 128), 0);
    assert_true(d.l2.bytes > 200 << 10 && d.l2.bytes < 256 << 10);
    assert_int_equal(dynamic_endpoints(&d, &b.m), 16 + 16 + 4);
    /* Two latencies of 878 cycles and 64 more, 170.9403 B per cycle, 160 B per packet: 1944.4 */
    assert_int_equal(d.link_queue, 1945);
    assert_int_equal(d.link_replay, 0);
    end(&b);
    /* 1053 cycles with the code's 100 ns; (2 x 1053 + 64) x 160.8850 B, and a packet. */
    assert_int_equal(
        resolve(&b, &d, DYNAMIC_GPU_TODAY,
                "server.fabric.link={bandwidth: 300 GB/s, latency: 500 ns, fec: kp4, bit_error_rate: 1e-4}"),
        SIM_OK);
    assert_int_equal(d.link_replay, 349281);
    end(&b);
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY,
                             "server.fabric.link={bandwidth: 300 GB/s, latency: 500 ns, fec: kp4, fec_latency: 0 s, "
                             "bit_error_rate: 1e-4}"),
                     SIM_OK);
    assert_true(d.link_replay < 349281);
    end(&b);
}

static void slices_are_a_multiple_of_the_channels(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        uint32_t slices;
    } cases[] = {
        {"chip.memory={channels: 5}", 20}, {"chip.memory={channels: 32}", 32}, {"chip.memory={channels: 1}", 16}};
    for (size_t i = 0; i < 3; i++) {
        struct bench b;
        struct dynamic_machine d;
        assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, cases[i].set), SIM_OK);
        assert_int_equal(d.l2.slices, cases[i].slices);
        end(&b);
    }
}

static void a_carve_out_leaves_the_other_the_rest_of_the_quarter(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        uint32_t shared, l1;
    } cases[] = {
        {"machines.dynamic={preset: gpu-today, sm: {shared: 64 KiB}}", 64 << 10, 64 << 10},
        {"machines.dynamic={preset: gpu-today, l1: {size: 16 KiB}}", 112 << 10, 16 << 10},
        {"machines.dynamic={preset: gpu-today, sm: {shared: 200 KiB}}", 200 << 10, 32 << 10},
        {"machines.dynamic={preset: gpu-today, sm: {shared: 1 KiB}, l1: {size: 1 KiB}}", 1 << 10, 1 << 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        struct dynamic_machine d;
        assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, cases[i].set), SIM_OK);
        assert_int_equal(d.sm.shared_bytes, cases[i].shared);
        assert_int_equal(d.l1.bytes, cases[i].l1);
        end(&b);
    }
}

static uint64_t value_of(const struct silicon_item *items, uint32_t n, const char *item)
{
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(items[i].item, item) == 0) {
            assert_int_equal(items[i].value, items[i].value_list);
            return items[i].value;
        }
    }
    fail_msg("no row %s", item);
    return 0;
}

static void every_line_keeps_what_the_longest_one_carries(void **state)
{
    (void)state;
    struct bench b;
    struct dynamic_machine d;
    /* Into a switch 1,054 cycles: (2 x 1054 + 64) x 170.9403 B, and a packet; of 4 lines up and 4 down. */
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY,
                             "server.fabric={topology: switch, link: {bandwidth: 300 GB/s, latency: 500 ns, "
                             "bit_error_rate: 1e-6}}"),
                     SIM_OK);
    assert_int_equal(d.link_replay, 371283 + 160);
    struct silicon_item items[MACHINE_SILICON_MAX];
    assert_int_equal(value_of(items, dynamic_silicon(&d, &b.m, items, MACHINE_SILICON_MAX), "chip_link.replay"),
                     8 * 371443);
    end(&b);
}

/* Uses of the SRAM sum to what the phase machine has, whatever is set; nothing but rounding is left over. */
static void the_sram_is_that_of_the_phase_machine_to_the_byte(void **state)
{
    (void)state;
    static const char *const sets[] = {
        NULL,
        "machines.dynamic={preset: gpu-today, protocol: mesi}",
        "machines.dynamic={preset: gpu-today, topology: mesh}",
        "machines.dynamic={preset: gpu-today, topology: flattened_butterfly}",
        "machines.dynamic={preset: gpu-today, topology: partitioned_crossbar}",
        "chip={clock: 1 GHz, units: {rows: 4, cols: 4}, memory: {channels: 4}, noc: {topology: fat_tree, "
        "concentration: "
        "2}}",
        "chip.units.sram=300000 B",
        "chip.memory={channels: 5}",
        "machines.dynamic={preset: gpu-today, l2: {ways: 3}}",
    };
    static const char *const uses[] = {"sram.registers", "sram.l1_shared", "sram.l2_data",    "sram.tags",
                                       "sram.directory", "sram.mshrs",     "sram.vc_buffers", "sram.rounding"};
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct bench b;
        struct dynamic_machine d;
        struct silicon_item dynamic[MACHINE_SILICON_MAX];
        struct silicon_item phase[MACHINE_SILICON_MAX];
        assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, sets[i]), SIM_OK);
        uint32_t n = dynamic_silicon(&d, &b.m, dynamic, MACHINE_SILICON_MAX);
        uint32_t n_phase = machine_silicon(&b.m, phase, MACHINE_SILICON_MAX);
        assert_true(n < MACHINE_SILICON_MAX); /* none was cut off */
        uint64_t sum = 0;
        for (size_t k = 0; k < sizeof uses / sizeof uses[0]; k++) {
            sum += value_of(dynamic, n, uses[k]);
        }
        assert_int_equal(sum, value_of(dynamic, n, "sram"));
        assert_int_equal(sum, value_of(phase, n_phase, "sram"));
        /* One more set in each slice would not have fitted. */
        uint64_t set = (uint64_t)b.m.chips * d.l2.slices * d.l2.ways * 150;
        assert_true(value_of(dynamic, n, "sram.rounding") < set + 64 * b.m.chips * b.m.units_per_chip * d.l1.ways);
        assert_int_equal(value_of(dynamic, n, "sram.directory") > 0, d.protocol == PROTOCOL_MESI);
        end(&b);
    }
}

/* Links between routers, buffers at their ends, and the cut through the middle, for 4 x 4 units of 16 channels. */
static void each_network_has_its_buffers_and_its_middle(void **state)
{
    (void)state;
    static const struct {
        const char *topology;
        uint32_t concentration, links, bisection; /* links: both directions; bisection 0: half of the endpoints */
    } rows[] = {
        {"crossbar", 1, 0, 0},
        {"mesh", 1, 48, 4},
        {"torus", 1, 64, 8},
        {"torus", 4, 4 * 4, 4},
        {"ring", 1, 32, 2},
        {"flattened_butterfly", 1, 96, 16},
        {"partitioned_crossbar", 1, 8, 4},
        {"fat_tree", 4, 32, 8},
        {"fat_tree", 2, 96, 8},
        {"crossbar", 4, 0, 0}, /* blocks are for the phase machine's mesh */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char dynamic[96], noc[96];
        snprintf(dynamic, sizeof dynamic, "machines.dynamic={preset: gpu-today, topology: %s}", rows[i].topology);
        snprintf(noc, sizeof noc, "chip.noc={concentration: %u, router: {vcs: 8, depth: 4}}", rows[i].concentration);
        const char *sets[] = {dynamic, noc};
        struct bench b;
        struct dynamic_machine d;
        struct silicon_item items[MACHINE_SILICON_MAX];
        begin(&b, sets, 2);
        assert_int_equal(dynamic_resolve(&d, &b.m, &b.c, DYNAMIC_GPU_TODAY, &b.d), SIM_OK);
        uint32_t n = dynamic_silicon(&d, &b.m, items, MACHINE_SILICON_MAX), ends = dynamic_endpoints(&d, &b.m);
        assert_int_equal(dynamic_metadata_of(&d, &b.m).vc_buffers, (ends + rows[i].links) * 8ull * 4 * (128 + 8) * 8);
        assert_int_equal(value_of(items, n, "noc.bisection"),
                         (rows[i].bisection ? rows[i].bisection : ends / 2) * 128ull);
        end(&b);
    }
}

/* Worked out by hand: one chip of one unit and one channel. */
static void metadata_counts_every_bit(void **state)
{
    (void)state;
    const char *sets[] = {
        "server={chips: 1}", "workload.parallel=null",
        "chip={clock: 1 GHz, units: {rows: 1, cols: 1}, memory: {channels: 1}, noc: {router: {vcs: 4, depth: 8}}}",
        "machines={dynamic: {preset: gpu-today, protocol: mesi, l1: {size: 32 KiB, ways: 4, mshrs: 2, mshr_targets: 3},"
        " l2: {ways: 16, mshrs: 5, mshr_targets: 7}}}"};
    struct bench b;
    struct dynamic_machine d;
    begin(&b, sets, 4);
    assert_int_equal(dynamic_resolve(&d, &b.m, &b.c, DYNAMIC_GPU_TODAY, &b.d), SIM_OK);
    struct dynamic_metadata bits = dynamic_metadata_of(&d, &b.m);
    uint64_t lines = d.l2.bytes / 128;
    assert_int_equal(bits.l1_tags, 256 * (32 - 6 + 8 + 2 + 2)); /* 64 sets, 8 of sectors, 2 of age, 2 of state */
    assert_int_equal(bits.mshrs, 2 * (64 + 3 * 32) + 5 * (64 + 7 * 64));
    assert_int_equal(bits.vc_buffers, 2 * 4 * 8 * (128 + 8) * 8); /* SM and slice */
    assert_int_equal(bits.directory, lines * (1 + 0 + 2));
    assert_int_equal(bits.l2_tags, lines * (32 - 6 + 8 + 4)); /* 64 to 127 sets, 4 of age */
    end(&b);
}

static void equal_silicon_has_equal_rows(void **state)
{
    (void)state;
    static const char *const equal[] = {"chips",
                                        "units",
                                        "clock",
                                        "macs",
                                        "vector_lanes",
                                        "sram",
                                        "sram.read_port",
                                        "sram.write_port",
                                        "sram.dma_read_port",
                                        "sram.dma_write_port",
                                        "noc.endpoint_width",
                                        "dma_engines",
                                        "chip_links",
                                        "chip_link.bandwidth",
                                        "chip_link.latency",
                                        "hbm.channels",
                                        "hbm.bandwidth"};
    struct bench b;
    struct dynamic_machine d;
    struct silicon_item dynamic[MACHINE_SILICON_MAX];
    struct silicon_item phase[MACHINE_SILICON_MAX];
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, NULL), SIM_OK);
    uint32_t n = dynamic_silicon(&d, &b.m, dynamic, MACHINE_SILICON_MAX);
    uint32_t n_phase = machine_silicon(&b.m, phase, MACHINE_SILICON_MAX);
    for (size_t i = 0; i < sizeof equal / sizeof equal[0]; i++) {
        assert_int_equal(value_of(dynamic, n, equal[i]), value_of(phase, n_phase, equal[i]));
    }
    assert_int_equal(value_of(dynamic, n, "noc.header_wires"), 8);
    assert_int_equal(value_of(dynamic, n, "noc.bisection"), 18 * 128);
    assert_int_equal(value_of(dynamic, n, "warp_schedulers"), 4 * 64);
    /* 8 links, 2 virtual networks, 2 dateline classes */
    assert_int_equal(value_of(dynamic, n, "chip_link.queues"), 8 * 2 * 2 * 1945 * 160);
    assert_int_equal(dynamic_silicon(&d, &b.m, dynamic, 3), 3);
    end(&b);
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, "machines.dynamic={preset: gpu-today, topology: mesh}"),
                     SIM_OK);
    n = dynamic_silicon(&d, &b.m, dynamic, MACHINE_SILICON_MAX);
    assert_int_equal(value_of(dynamic, n, "noc.bisection"), 4 * 128);
    end(&b);
}

struct buffer_row {
    const char *item;
    uint64_t bytes;
};

static void check_buffers(const struct silicon_item *items, uint32_t n, const struct buffer_row *rows, size_t n_rows)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n_rows; i++) {
        assert_int_equal(value_of(items, n, rows[i].item), rows[i].bytes);
        sum += rows[i].bytes;
    }
    assert_int_equal(value_of(items, n, "buffers"), sum);
    uint32_t found = 0; /* no row of this name besides */
    for (uint32_t i = 0; i < n; i++) {
        found += strncmp(items[i].item, "buffers.", 8) == 0 || strcmp(items[i].item, "chip_link.queues") == 0 ||
                 strcmp(items[i].item, "chip_link.deskew_fifos") == 0;
    }
    assert_int_equal(found, n_rows);
}

/* By hand. Line and header: 136 B; header: 8 B; a warp, an instruction: 32 B. Chips 4, each of 16 SMs, slices and
 * channels, 4 ports to the links. vi: SMs send requests, slices responses, ports both. */
static void what_waits_outside_the_sram_is_counted(void **state)
{
    (void)state;
    static const struct buffer_row rows[] = {
        {"buffers.warps", 64 * 4 * 8 * 32},
        {"buffers.lsu", 64 * 16 * 32},
        {"buffers.l1", 64 * 8 * 136},
        {"buffers.noc_endpoints", (uint64_t)4 * (16 + 16 + 2 * 4) * (8 + 16) * 136},
        {"buffers.l2_memory", 64 * (64 * (136 + 8) + (128 + 64) * 8)},
        {"buffers.l2_replies", 64 * ((189 + 64 + 8) * 136 + 64 * 8)},
        {"buffers.hbm", 64 * 64 * 136},
        {"chip_link.queues", 8 * 2 * 2 * 1945 * 160},
    };
    /* 3 engines a unit, channels, links: 36 endpoints with 2, 24 pairs of routers with 2 a chip, 8 between chips */
    static const struct buffer_row phase_rows[] = {
        {"buffers.entries", (64 * 3 + 64 + 4 * (36 * 2 + 24 * 2) + 8) * 2 * 16},
        {"chip_link.deskew_fifos", 0},
    };
    struct bench b;
    struct dynamic_machine d;
    struct silicon_item items[MACHINE_SILICON_MAX];
    assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, NULL), SIM_OK);
    check_buffers(items, dynamic_silicon(&d, &b.m, items, MACHINE_SILICON_MAX), rows, sizeof rows / sizeof rows[0]);
    check_buffers(items, machine_silicon(&b.m, items, MACHINE_SILICON_MAX), phase_rows, 2);
    end(&b);
}

/* mesi: forwards, and answers to them, are kept too, and 16 requests that wait for recalls; two chips have no dateline.
 * Per chip 2 SMs, slices, channels and one port. */
static void a_directory_needs_queues_for_forwards(void **state)
{
    (void)state;
    static const struct buffer_row rows[] = {
        {"buffers.warps", 4 * 3 * 5 * 32},
        {"buffers.lsu", 4 * 16 * 32},
        {"buffers.l1", 4 * (8 + 8 + 4) * 136},
        {"buffers.noc_endpoints", 2 * (2 * (8 * (136 + 136) + 16 * (136 + 8)) + 2 * (8 * (136 + 8) + 16 * (136 + 136)) +
                                       (8 + 16) * (136 + 136))},
        {"buffers.l2_memory", 4 * (6 * (136 + 8) + (5 + 6) * 8)},
        {"buffers.l2_replies", 4 * ((10 + 6 + 8 + 16) * 136 + (6 + 10 + 2 + 2) * 8)},
        {"buffers.hbm", 4 * 10 * 136},
        {"chip_link.queues", 2 * 3 * 7 * (128 + 48)},
    };
    static const struct buffer_row phase_rows[] = {
        {"buffers.entries", (4 * 3 + 4 + 2 * (5 * 2 + 2) + 2) * 2 * 16},
        {"chip_link.deskew_fifos", 0},
    };
    const char *sets[] = {
        "server={chips: 2, fabric: {topology: ring, link: {bandwidth: 64 GB/s, latency: 100 ns}}}",
        "workload.parallel={tensor: 2}",
        "chip={clock: 1 GHz, units: {rows: 1, cols: 2}, memory: {channels: 2}}",
        "machines={phase: {policy: list}, dynamic: {preset: gpu-today, protocol: mesi, link_queue: 7, link_header: 48 "
        "B,"
        " dram_queue: 10, sm: {cta_slots: 3, warps_per_cta: 5}, l1: {mshrs: 4}, l2: {queue: 6, mshrs: 5, latency: "
        "10}}}",
    };
    struct bench b;
    struct dynamic_machine d;
    struct silicon_item items[MACHINE_SILICON_MAX];
    begin(&b, sets, 4);
    assert_int_equal(dynamic_resolve(&d, &b.m, &b.c, DYNAMIC_GPU_TODAY, &b.d), SIM_OK);
    check_buffers(items, dynamic_silicon(&d, &b.m, items, MACHINE_SILICON_MAX), rows, sizeof rows / sizeof rows[0]);
    check_buffers(items, machine_silicon(&b.m, items, MACHINE_SILICON_MAX), phase_rows, 2);
    end(&b);
}

static void what_does_not_fit_names_the_box(void **state)
{
    (void)state;
    static const struct {
        const char *set, *box;
    } cases[] = {
        {"machines.dynamic={preset: gpu-today, l1: {size: 1 KiB, ways: 64}}", "chip0.sm0.l1"},
        {"machines.dynamic={preset: gpu-today, l2: {mshrs: 4096, mshr_targets: 64}}", "chip0.l2"},
        {"chip.noc={router: {vcs: 32, depth: 255}}", "chip0.l2"},
        {"chip={clock: 1 GHz, units: {rows: 64, cols: 64}, memory: {channels: 16}}", "chip0.noc"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        struct dynamic_machine d;
        assert_int_equal(resolve(&b, &d, DYNAMIC_GPU_TODAY, cases[i].set), SIM_ERR_BUILD);
        assert_int_equal(b.d.count, 1);
        assert_string_equal(b.d.messages[0].key, cases[i].box);
        end(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_block_no_dynamic_machine_runs),
        cmocka_unit_test(machines_that_are_named_run),
        cmocka_unit_test(a_preset_says_what_the_file_leaves_open),
        cmocka_unit_test(a_given_key_beats_every_preset),
        cmocka_unit_test(the_parts_are_those_of_the_chip),
        cmocka_unit_test(every_line_keeps_what_the_longest_one_carries),
        cmocka_unit_test(slices_are_a_multiple_of_the_channels),
        cmocka_unit_test(a_carve_out_leaves_the_other_the_rest_of_the_quarter),
        cmocka_unit_test(the_sram_is_that_of_the_phase_machine_to_the_byte),
        cmocka_unit_test(each_network_has_its_buffers_and_its_middle),
        cmocka_unit_test(metadata_counts_every_bit),
        cmocka_unit_test(equal_silicon_has_equal_rows),
        cmocka_unit_test(what_waits_outside_the_sram_is_counted),
        cmocka_unit_test(a_directory_needs_queues_for_forwards),
        cmocka_unit_test(what_does_not_fit_names_the_box),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
