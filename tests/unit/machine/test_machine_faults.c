/* SPDX-License-Identifier: Apache-2.0 */
/* test_machine_faults.c - machines that cannot be built, and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"

static int64_t drift_of_three[] = {0, 0, 0};
static int64_t drift_of_two[] = {0, 40000};

static void no_rows(struct machine_spec *s)
{
    s->rows = 0;
}
static void no_chips(struct machine_spec *s)
{
    s->chips = 0;
}
static void ring_of_one(struct machine_spec *s)
{
    s->chips = 1;
}
static void chips_apart(struct machine_spec *s)
{
    s->fabric = MACHINE_NO_FABRIC;
}
static void no_such_fabric(struct machine_spec *s)
{
    s->fabric = 17;
}
static void no_flit(struct machine_spec *s)
{
    s->flit_bytes = 0;
}
static void no_link_bandwidth(struct machine_spec *s)
{
    s->link_bandwidth = 0;
}
static void no_link_latency(struct machine_spec *s)
{
    s->link_latency_fs = 0;
}
static void no_channels(struct machine_spec *s)
{
    s->channels = 0;
}
static void no_memory_bandwidth(struct machine_spec *s)
{
    s->memory_bandwidth = 0;
}
static void no_clock(struct machine_spec *s)
{
    s->clock_hz = 0;
}
static void odd_engine(struct machine_spec *s)
{
    s->engine_k = 7;
}
static void long_ring(struct machine_spec *s)
{
    s->noc = NOC_RING;
    s->rows = 32;
    s->cols = 32;
}
static void odd_blocks(struct machine_spec *s)
{
    s->noc_concentration = 3;
}
static void concentrated_crossbar(struct machine_spec *s)
{
    s->noc = NOC_CROSSBAR;
    s->noc_concentration = 2;
}
static void odd_tree(struct machine_spec *s)
{
    s->noc = NOC_FAT_TREE;
    s->noc_concentration = 3;
}
static void tree_of_arity_one(struct machine_spec *s)
{
    s->noc = NOC_FAT_TREE;
}
static void too_many_routers(struct machine_spec *s)
{
    s->noc = NOC_FAT_TREE;
    s->noc_concentration = 2;
    s->rows = s->cols = 128;
}
static void too_many_links(struct machine_spec *s)
{
    s->noc = NOC_FLATFLY;
    s->rows = s->cols = 128;
}
static void nodes_at_no_distance(struct machine_spec *s)
{
    s->noc_node_latency = 0;
}
static void half_of_one(struct machine_spec *s)
{
    s->noc = NOC_PARTITIONED;
    s->rows = s->cols = 1;
}
static void no_centre(struct machine_spec *s)
{
    s->noc = NOC_PARTITIONED;
    s->noc_centre_links = 0;
}
static void too_many_units(struct machine_spec *s)
{
    s->chips = 256;
    s->rows = 128;
    s->cols = 128;
}
static void odd_burst(struct machine_spec *s)
{
    s->max_burst = 200;
}
static void long_burst(struct machine_spec *s)
{
    s->max_burst = 32768;
}
static void odd_row(struct machine_spec *s)
{
    s->row_bytes = 1000;
}
static void short_bursts(struct machine_spec *s)
{
    s->burst_bytes = 8;
}
static void slow_clock(struct machine_spec *s)
{
    s->clock_hz = 1000000; /* a refresh every 3 cycles: it fits, but no row beside it */
}
static void ports_without_end(struct machine_spec *s)
{
    s->chips = 256;
    s->fabric = FABRIC_FULLY_CONNECTED;
    s->link_bandwidth = 100000000000000u;
    s->flit_bytes = 8;
}
static void no_room_for_staging(struct machine_spec *s)
{
    s->sram_bytes = 65536;
}
static void uneven_rate(struct machine_spec *s)
{
    s->link_bandwidth = 299999999999;
}
static void wrong_drift(struct machine_spec *s)
{
    s->drift_ppb = (struct ppb_list) {.n = 3, .value = drift_of_three};
}
static void small_guard(struct machine_spec *s)
{
    s->chips = 2;
    s->drift_ppb = (struct ppb_list) {.n = 2, .value = drift_of_two};
    s->guard_cycles = 40;
}

static void no_such_code(struct machine_spec *s)
{
    s->link_fec = LINK_CODES;
}
static void more_errors_than_bits(struct machine_spec *s)
{
    s->link_bit_errors = BIT_ERRORS_IN_ALL;
}
static void slow_code(struct machine_spec *s)
{
    s->link_fec_latency_fs = 1000000000001u;
}

static void what_cannot_be_built_is_named(void **state)
{
    (void)state;
    static const struct {
        void (*spoil)(struct machine_spec *s);
        const char *box;
    } cases[] = {
        {no_rows, "chip.units"},
        {no_chips, "server"},
        {ring_of_one, "server.fabric"},
        {chips_apart, "server.fabric"},
        {no_such_fabric, "server.fabric"},
        {no_flit, "chip.noc"},
        {no_link_bandwidth, "server.fabric.link"},
        {no_link_latency, "server.fabric.link"},
        {no_such_code, "server.fabric.link"},
        {more_errors_than_bits, "server.fabric.link"},
        {slow_code, "server.fabric.link"},
        {no_channels, "chip.memory"},
        {no_memory_bandwidth, "chip.memory"},
        {no_clock, "chip"},
        {odd_engine, "chip.units.engine"},
        {long_ring, "chip.noc"},
        {odd_blocks, "chip.noc.concentration"},
        {concentrated_crossbar, "chip.noc.concentration"},
        {odd_tree, "chip.noc.concentration"},
        {tree_of_arity_one, "chip.noc.concentration"},
        {too_many_routers, "chip.noc.topology"},
        {too_many_links, "chip.noc"},
        {half_of_one, "chip.noc.topology"},
        {no_centre, "chip.noc"},
        {nodes_at_no_distance, "chip.noc"},
        {too_many_units, "server"},
        {odd_burst, "machines.phase.compile"},
        {long_burst, "chip.memory"},
        {odd_row, "chip.memory"},
        {short_bursts, "chip.memory"},
        {slow_clock, "chip.memory"},
        {ports_without_end, "server.fabric.link"},
        {no_room_for_staging, "chip0.unit0"},
        {uneven_rate, "server.fabric.link"},
        {wrong_drift, "machines.phase"},
        {small_guard, "machines.phase"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine_spec s;
        machine_spec_default(&s);
        cases[i].spoil(&s);
        struct machine m;
        struct diag d;
        diag_init(&d);
        assert_int_equal(machine_build_from(&m, &s, &d), SIM_ERR_BUILD);
        assert_true(d.count >= 1);
        assert_string_equal(d.messages[0].key, cases[i].box);
        assert_null(m.arena);
        machine_free(&m);
        diag_free(&d);
    }
}

static void all_faults_come_in_one_go(void **state)
{
    (void)state;
    struct machine_spec s;
    machine_spec_default(&s);
    s.rows = 0;
    s.flit_bytes = 0;
    s.link_bandwidth = 0;
    struct machine m;
    struct diag d;
    diag_init(&d);
    assert_int_equal(machine_build_from(&m, &s, &d), SIM_ERR_BUILD);
    assert_int_equal(d.count, 3);
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_built_is_named),
        cmocka_unit_test(all_faults_come_in_one_go),
    };
    return cmocka_run_group_tests_name("machine faults", tests, NULL, NULL);
}
