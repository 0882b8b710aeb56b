/* SPDX-License-Identifier: Apache-2.0 */
/* test_multicast.c - one burst to many receivers on every topology: the tree, when each copy arrives, and that the
 * verifier sees two bursts in one slot of a link. */
#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/compile/booking.h"

static const struct shape {
    uint32_t noc, rows, cols, concentration;
} shapes[] = {
    {NOC_MESH, 4, 4, 1},        {NOC_MESH, 3, 4, 2},        {NOC_TORUS, 4, 5, 1},    {NOC_TORUS, 4, 4, 4},
    {NOC_RING, 3, 4, 1},        {NOC_CROSSBAR, 3, 3, 1},    {NOC_FLATFLY, 4, 4, 1},  {NOC_FLATFLY, 4, 6, 2},
    {NOC_FAT_TREE, 4, 4, 2},    {NOC_FAT_TREE, 4, 4, 4},    {NOC_FAT_TREE, 3, 9, 3}, {NOC_FAT_TREE, 2, 2, 4},
    {NOC_PARTITIONED, 4, 4, 1}, {NOC_PARTITIONED, 3, 1, 1},
};

static uint64_t draw(uint64_t *state, uint64_t bound)
{
    *state = mix64(*state, bound);
    return *state % bound;
}

static void build(struct machine *m, const struct shape *s)
{
    struct machine_spec spec = fixture_spec(1, s->rows, s->cols);
    spec.noc = s->noc;
    spec.noc_concentration = s->concentration;
    spec.noc_link_latency = 2;
    spec.noc_node_latency = 3;
    spec.sram_bytes = 1 << 24;
    fixture_machine(m, &spec);
}

/* A random set of receivers, units and channels, in random order; the sender is none of them. */
static uint32_t random_targets(const struct machine *m, uint32_t source, uint32_t *targets, uint64_t *seed)
{
    uint32_t n = 0, share = 1 + (uint32_t)draw(seed, 4);
    for (uint32_t e = 0; e < m->endpoints_per_chip; e++) {
        if (e != source && draw(seed, share) == 0) {
            targets[n++] = e;
        }
    }
    for (uint32_t i = n; i > 1; i--) {
        uint32_t k = (uint32_t)draw(seed, i), held = targets[i - 1];
        targets[i - 1] = targets[k];
        targets[k] = held;
    }
    return n;
}

/* Hops of the route hang together, enter each router once, and end at the receivers only. */
static void assert_tree(const struct machine *m, const struct route *r, uint32_t n_targets)
{
    uint32_t *entered = mem_alloc_array(m->routers, sizeof *entered);
    uint32_t *children = mem_alloc_array(r->n_hops, sizeof *children);
    uint32_t ends = 0;
    for (uint32_t h = 0; h < r->n_hops; h++) {
        const struct link *l = &m->links[r->hops[h].link];
        bool ejects = l->type == LINK_LOCAL && h > 0;
        if (h > 0) {
            const struct hop_plan *parent = &r->hops[r->hops[h].parent];
            assert_true(r->hops[h].parent < h);
            assert_int_equal(m->links[parent->link].to_node, l->from_node);
            assert_int_equal(r->hops[h].offset, parent->offset + m->links[parent->link].latency);
            children[r->hops[h].parent]++;
        }
        if (!ejects) {
            assert_int_equal(entered[l->to_node]++, 0);
        }
        ends += ejects;
    }
    assert_int_equal(ends, n_targets);
    for (uint32_t h = 0; h < r->n_hops; h++) {
        bool ejects = m->links[r->hops[h].link].type == LINK_LOCAL && h > 0;
        assert_int_equal(children[h] == 0, ejects);
    }
    free(entered);
    free(children);
}

/* Copies made at branches alone: no link is taken twice, so links carry the burst once each. */
static uint32_t union_of_paths(const struct machine *m, const struct segment *g, const uint32_t *targets, uint32_t n)
{
    uint32_t links[MACHINE_PATH_MAX], edges = 0;
    bool *seen = mem_alloc_array(m->n_links, sizeof *seen);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t length = machine_guided_path(m, g->root, targets[i], g->guide, links);
        for (uint32_t k = 0; k < length; k++) {
            edges += !seen[links[k]];
            seen[links[k]] = true;
        }
    }
    free(seen);
    return edges;
}

static void a_burst_to_many_goes_down_a_tree_and_is_as_early_everywhere_as_alone(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct machine m;
        build(&m, &shapes[i]);
        uint32_t *targets = mem_alloc_array(m.endpoints_per_chip, sizeof *targets);
        for (uint32_t round = 0; round < 60; round++) {
            struct sched_program out = {0};
            struct booking b;
            booking_init(&b, &m, &out);
            uint32_t source = (uint32_t)draw(&seed, m.endpoints_per_chip);
            struct shipment s = {.chunk = round, .bytes = 512, .source = source, .targets = targets};
            s.n_targets = random_targets(&m, source, targets, &seed);
            if (s.n_targets > 0) {
                route_build(&b, &s);
                assert_tree(&m, &b.route, s.n_targets);
                assert_int_equal(b.route.n_hops, union_of_paths(&m, &b.route.segments[0], targets, s.n_targets));
            }
            for (uint32_t t = 0; t < s.n_targets; t++) {
                const struct hop_plan *h = &b.route.hops[b.route.target_hop[t]];
                assert_int_equal(h->link, m.endpoints[targets[t]].eject);
                assert_int_equal(h->offset + 4 - 1 + m.links[h->link].latency,
                                 machine_path_latency(&m, source, targets[t], 4));
            }
            booking_free(&b);
        }
        free(targets);
        machine_free(&m);
    }
}

/* Where ways are equally long, all copies climb together: to everybody no more links than routers need. */
static void a_tree_to_all_takes_one_link_for_each_router_it_has_to_enter(void **state)
{
    (void)state;
    static const struct {
        struct shape shape;
        uint32_t links; /* between routers */
    } cases[] = {
        {{NOC_MESH, 4, 4, 1}, 15},
        {{NOC_FLATFLY, 4, 4, 1}, 15},
        {{NOC_PARTITIONED, 4, 4, 1}, 1},
        {{NOC_FAT_TREE, 4, 4, 4}, 4},                             /* up to one root, down to three other leaves */
        {{NOC_FAT_TREE, 4, 4, 2}, 3 + 1 + (1 + 2) + (1 + 2 + 4)}, /* up three; down at each turn to what is below */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct machine m;
        build(&m, &cases[i].shape);
        uint32_t targets[64], ways = 0;
        for (uint32_t u = 1; u < m.units_per_chip; u++) {
            targets[u - 1] = u;
        }
        for (uint32_t chunk = 0; chunk < 16; chunk++) {
            struct sched_program out = {0};
            struct booking b;
            booking_init(&b, &m, &out);
            struct shipment s = {.chunk = chunk, .bytes = 512, .targets = targets, .n_targets = m.units_per_chip - 1};
            route_build(&b, &s);
            uint32_t links = 0;
            for (size_t h = 0; h < b.route.n_hops; h++) {
                const struct link *l = &m.links[b.route.hops[h].link];
                ways |= l->type == LINK_NOC && links == 0 ? 1u << l->to_node % 32 : 0; /* the first one */
                links += l->type == LINK_NOC;
            }
            assert_int_equal(links, cases[i].links);
            booking_free(&b);
        }
        if (cases[i].shape.noc == NOC_FAT_TREE) { /* pieces take turns among the ways up */
            assert_true((ways & (ways - 1)) != 0);
        }
        machine_free(&m);
    }
}

/* ---- whole schedules ---- */

/* One task feeds all other units, twice over; everything is written back. */
static void fork_graph(struct hand_graph *g, const struct machine *m)
{
    hand_begin(g, m);
    uint32_t source = hand_source(g, 0, 4000, false);
    uint32_t roots[2];
    for (int i = 0; i < 2; i++) {
        roots[i] = hand_task(g, 0, 50, &source, 1, 3000, false);
    }
    for (uint32_t u = 0; u < m->units_per_chip; u++) {
        hand_task(g, 0, 100, roots, 2, 500, true);
    }
}

static bool says(const struct sched_verdict *v, const char *rule)
{
    for (size_t i = 0; i < v->n_violations; i++) {
        if (strcmp(v->violations[i].rule, rule) == 0) {
            return true;
        }
    }
    return false;
}

/* Another transfer that passes the link of a hop; SCHED_NONE without one. */
static uint32_t rival_of(const struct sched_program *p, uint32_t hop)
{
    for (uint32_t k = 0; k < p->n_hops; k++) {
        if (p->hops[k].link == p->hops[hop].link && p->hops[k].transfer != p->hops[hop].transfer) {
            return k;
        }
    }
    return SCHED_NONE;
}

/* Moves a transfer as a whole, so that its hops still follow each other, into the slots of another one. */
static void an_overlap_on_a_link_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct machine m;
        struct hand_graph g;
        struct schedule s;
        build(&m, &shapes[i]);
        fork_graph(&g, &m);
        compile_hand(&s, &g, &m, "list", true);
        struct sched_program *p = &s.programs[1];
        uint32_t moved = 0;
        for (uint32_t h = 0; h < p->n_hops && moved < 20; h++) {
            uint32_t rival = s.machine.links[p->hops[h].link].type == LINK_NOC ? rival_of(p, h) : SCHED_NONE;
            if (rival == SCHED_NONE) {
                continue;
            }
            const struct sched_transfer *t = &p->transfers[p->hops[h].transfer];
            uint64_t by = p->hops[rival].start - p->hops[h].start; /* modulo 2^64 */
            struct sched_verdict v;
            for (uint32_t k = t->first_hop; k < t->first_hop + t->n_hops; k++) {
                p->hops[k].start += by;
            }
            assert_int_equal(schedule_verify(&s, 1000, &v), SIM_ERR_INPUT);
            assert_true(says(&v, "link-slot"));
            sched_verdict_free(&v);
            for (uint32_t k = t->first_hop; k < t->first_hop + t->n_hops; k++) {
                p->hops[k].start -= by;
            }
            moved++;
        }
        assert_verified(&s);
        assert_true(moved > 0 || m.routers == 1);
        schedule_free(&s);
        hand_end(&g);
        machine_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_to_many_goes_down_a_tree_and_is_as_early_everywhere_as_alone),
        cmocka_unit_test(a_tree_to_all_takes_one_link_for_each_router_it_has_to_enter),
        cmocka_unit_test(an_overlap_on_a_link_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
