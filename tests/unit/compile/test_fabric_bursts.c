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
        uint32_t topology, chips, rows, cols, layers, group, global, planes, leaf;
    } shapes[] = {
        {.topology = FABRIC_RING, .chips = 5},
        {.topology = FABRIC_FULLY_CONNECTED, .chips = 4},
        {.topology = FABRIC_TORUS2D, .chips = 15, .rows = 3, .cols = 5},
        {.topology = FABRIC_TORUS2D, .chips = 16, .rows = 4, .cols = 4},
        {.topology = FABRIC_TORUS3D, .chips = 24, .rows = 3, .cols = 4, .layers = 2},
        {.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 3, .global = 1},
        {.topology = FABRIC_DRAGONFLY, .chips = 12, .group = 6, .global = 1},
        {.topology = FABRIC_SWITCH, .chips = 5, .planes = 2},
        {.topology = FABRIC_SWITCH, .chips = 12, .planes = 1, .leaf = 4},
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
        spec.fabric_planes = shapes[i].planes;
        spec.fabric_leaf = shapes[i].leaf;
        spec.guard_cycles = 3;
        spec.channels = 1;
        spec.memory_bandwidth = 51200000000u;
        spec.sram_bytes = 1 << 22;
        fixture_machine(&m, &spec);
        const struct link *line = &m.links[m.n_links - 1];
        uint64_t on_chip = 2 + 1 + 7 - 1; /* inject, eject, flits */
        uint64_t wire = ceil_div(7ull * m.flit_bytes * line->rate.den, line->rate.num);
        for (uint32_t a = 0; a < m.chips; a++) {
            for (uint32_t b = 0; b < m.chips; b++) {
                uint32_t hops = machine_chip_hops(&m, a, b); /* against search: test_fabric_kinds.c */
                if (a == b)
                    continue;
                /* Switches pass a burst on as it comes: 878 cycles a line, 176 a switch, at 1.755 GHz. */
                uint64_t way = m.switches ? on_chip + wire + hops * 878 + (hops - 1) * 176 + 3 + on_chip
                                          : on_chip + hops * (wire + 878 + 3 + on_chip);
                assert_int_equal(usable(&m, a, b), 1000 + way);
            }
        }
        machine_free(&m);
    }
}

/* One producer on chip 0, readers on the four chips of two leaves. */
static void fork_over_switches(struct hand_graph *g, struct machine *m, struct schedule *s)
{
    struct machine_spec spec = fixture_spec(4, 1, 1);
    spec.fabric = FABRIC_SWITCH;
    spec.fabric_leaf = 2;
    fixture_machine(m, &spec);
    hand_begin(g, m);
    uint32_t a = hand_task(g, 0, 10, NULL, 0, 2000, false);
    for (uint32_t chip = 1; chip < 4; chip++)
        hand_task(g, chip, 10, &a, 1, 0, true);
    compile_hand(s, g, m, "list", true);
}

static bool of_switch(const struct machine *m, const struct sched_hop *h)
{
    const struct link *l = &m->links[h->link];
    return l->type == LINK_CHIP && l->from_node >= m->chips;
}

/* Up one line, copied in the leaf to its other chip and to a spine, copied in the other leaf. */
static void a_switch_copies_for_several_readers(void **state)
{
    (void)state;
    struct hand_graph g;
    struct machine m;
    struct schedule s;
    fork_over_switches(&g, &m, &s);
    const struct sched_program *p = &s.programs[1];
    uint32_t up = 0, on = 0;
    assert_int_equal(p->n_transfers, 1);
    for (size_t i = 0; i < p->n_hops; i++) {
        up += m.links[p->hops[i].link].type == LINK_CHIP && !of_switch(&m, &p->hops[i]);
        on += of_switch(&m, &p->hops[i]);
    }
    assert_int_equal(up, 1);
    assert_int_equal(on, 2 + 1 + 2); /* leaf to chip and spine, spine to leaf, leaf to two chips */
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static bool refused_by(const struct schedule *s, const char *rule)
{
    struct sched_verdict v;
    bool found = false;
    assert_int_equal(schedule_verify(s, 50, &v), SIM_ERR_INPUT);
    for (size_t i = 0; i < v.n_violations; i++)
        found = found || strcmp(v.violations[i].rule, rule) == 0;
    sched_verdict_free(&v);
    return found;
}

/* The slot of a line out of a switch follows from the line in; the line must begin where that ends. */
static void the_verifier_refuses_what_a_switch_cannot_do(void **state)
{
    (void)state;
    struct hand_graph g;
    struct machine m;
    struct schedule s;
    fork_over_switches(&g, &m, &s);
    struct sched_program *p = &s.programs[1];
    for (size_t i = 0; i < p->n_hops; i++) {
        struct sched_hop *h = &p->hops[i];
        if (!of_switch(&m, h))
            continue;
        struct sched_hop kept = *h;
        h->start++;
        assert_true(refused_by(&s, "hop-offset"));
        h->start -= 2;
        assert_true(refused_by(&s, "hop-offset"));
        *h = kept;
        h->link = machine_chip_link(&m, 0, m.chips); /* a line of chip 0 */
        assert_true(refused_by(&s, "transfer-tree"));
        *h = kept;
        h->parent = 0; /* not on a line at all */
        assert_true(refused_by(&s, "transfer-tree"));
        *h = kept;
    }
    assert_verified(&s);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_chips_is_as_far_apart_as_its_hops),
        cmocka_unit_test(a_switch_copies_for_several_readers),
        cmocka_unit_test(the_verifier_refuses_what_a_switch_cannot_do),
    };
    return cmocka_run_group_tests_name("fabric_bursts", tests, NULL, NULL);
}
