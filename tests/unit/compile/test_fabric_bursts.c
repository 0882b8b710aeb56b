/* SPDX-License-Identifier: Apache-2.0 */
/* test_fabric_bursts.c - a burst between any two chips of an empty server takes what its hops come to. */
#include "compile_fixture.h"

#include "sim/compile/booking.h"

/* Seven flits of 128 B; chips of one unit, so every way on a chip has no link between routers. */
#define BYTES 800u

static uint64_t usable(const struct machine *m, uint32_t from, uint32_t to)
{
    struct sched_program p = {0};
    struct booking b;
    booking_init(&b, m, &p);
    uint32_t target = machine_unit_endpoint(m, to);
    struct shipment s = {.bytes = BYTES,
                         .class_of = CLASS_DATA,
                         .source = machine_unit_endpoint(m, from),
                         .targets = &target,
                         .n_targets = 1,
                         .earliest = 1000};
    shipment_book(&b, &s);
    uint64_t t = shipment_usable(&b, 0, (uint32_t)ceil_div(BYTES, m->flit_bytes));
    booking_free(&b);
    free(p.hops);
    free(p.transfers);
    return t;
}

static void every_pair_of_chips_is_as_far_apart_as_its_hops(void **state)
{
    (void)state;
    static const struct {
        uint32_t topology, chips, rows, cols, layers, group, global;
    } shapes[] = {
        {FABRIC_RING, 5, 0, 0, 0, 0, 0},       {FABRIC_FULLY_CONNECTED, 4, 0, 0, 0, 0, 0},
        {FABRIC_TORUS2D, 15, 3, 5, 0, 0, 0},   {FABRIC_TORUS2D, 16, 4, 4, 0, 0, 0},
        {FABRIC_TORUS3D, 24, 3, 4, 2, 0, 0},   {FABRIC_DRAGONFLY, 12, 0, 0, 0, 3, 1},
        {FABRIC_DRAGONFLY, 12, 0, 0, 0, 6, 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct machine_spec spec = fixture_spec(shapes[i].chips, 1, 1);
        struct machine m;
        spec.fabric = shapes[i].topology;
        spec.fabric_rows = shapes[i].rows;
        spec.fabric_cols = shapes[i].cols;
        spec.fabric_layers = shapes[i].layers;
        spec.fabric_group = shapes[i].group;
        spec.fabric_global_links = shapes[i].global;
        spec.guard_cycles = 3;
        spec.channels = 1;
        spec.memory_bandwidth = 51200000000u;
        spec.sram_bytes = 1 << 22;
        fixture_machine(&m, &spec);
        const struct link *line = &m.links[m.n_links - 1];
        uint64_t on_chip = 2 + 1 + 7 - 1; /* inject, eject, flits */
        uint64_t hop = ceil_div(7ull * m.flit_bytes * line->rate.den, line->rate.num) + line->latency + 3;
        for (uint32_t a = 0; a < m.chips; a++) {
            for (uint32_t b = 0; b < m.chips; b++) {
                uint32_t hops = machine_chip_hops(&m, a, b); /* against search: test_fabric_kinds.c */
                if (a != b)
                    assert_int_equal(usable(&m, a, b), 1000 + on_chip + hops * (hop + on_chip));
            }
        }
        machine_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_pair_of_chips_is_as_far_apart_as_its_hops)};
    return cmocka_run_group_tests_name("fabric_bursts", tests, NULL, NULL);
}
