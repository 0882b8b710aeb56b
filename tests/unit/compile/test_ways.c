/* SPDX-License-Identifier: Apache-2.0 */
/* test_ways.c - which way a piece goes, when a multicast is taken apart, with which rows a chip begins. */
#include "compile_fixture.h"

#include "sim/compile/layout.h"
#include "sim/compile/residency.h"
#include "sim/compile/run.h"
#include "tests/unit/lower/lower_fixture.h"

static uint32_t uses(const struct sched_program *p, uint32_t link)
{
    uint32_t n = 0;
    for (size_t i = 0; i < p->n_hops; i++) {
        n += p->hops[i].link == link;
    }
    return n;
}

/* Half-way round a ring both ways are as long. Only every second chunk has bytes, so taking ways in turn by the number
 * of the chunk is not enough. */
static void pieces_go_the_way_on_which_they_are_there_first(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(4, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t a = hand_task(&g, 0, 10, NULL, 0, 4000, false);
        hand_task(&g, 2, 10, &a, 1, 0, true);
    }
    compile_hand(&s, &g, &m, "list", true);
    const struct sched_program *p = &s.programs[1];
    assert_int_equal(p->n_transfers, 8);
    assert_int_equal(uses(p, machine_chip_link(&m, 0, 1)), 4);
    assert_int_equal(uses(p, machine_chip_link(&m, 0, 3)), 4);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* ---- multicasts ---- */

/* Four units in a row. Unit 2 has sent unit 3 much; then unit 1 sends a little to units 0 and 3. */
struct row {
    struct machine m;
    struct hand_graph g;
    struct layout l;
    struct memory_plan mem;
    struct run r;
    uint32_t much, little, far;
};

static void row_begin(struct row *x)
{
    static const uint32_t pins[] = {2, 1, 3, 0};
    struct machine_spec spec = fixture_spec(1, 1, 4);
    fixture_machine(&x->m, &spec);
    hand_begin(&x->g, &x->m);
    uint32_t in[2] = {hand_task(&x->g, 0, 10, NULL, 0, 3 * 4096, false), hand_task(&x->g, 0, 10, NULL, 0, 512, false)};
    x->much = in[0];
    x->little = in[1];
    hand_task(&x->g, 0, 10, in, 2, 0, true);
    hand_task(&x->g, 0, 10, &in[1], 1, 0, true);
    layout_init(&x->l, &x->g.t, &x->m, &(struct layout_options) {.pin = pins});
    memory_plan_init(&x->mem, &x->l, true, false, 5, NULL);
    run_init(&x->r, &x->l, &x->mem, false);
    x->r.parts_trees = true;
    run_boot(&x->r);
    run_start(&x->r, 0, 1000);
    run_start(&x->r, 1, 1000);
}

static void row_end(struct row *x)
{
    run_free(&x->r);
    memory_plan_free(&x->mem);
    layout_free(&x->l);
    hand_end(&x->g);
    machine_free(&x->m);
}

static uint32_t copy_in(const struct row *x, uint32_t chunk, uint32_t unit)
{
    uint32_t i = x->l.copy_first[chunk];
    while (x->l.copies[i].unit != unit) {
        i++;
    }
    return i;
}

static void a_multicast_waits_for_no_branch_that_is_busy(void **state)
{
    (void)state;
    struct row x;
    row_begin(&x);
    uint32_t busy = copy_in(&x, x.much, 3), both[2] = {copy_in(&x, x.little, 0), copy_in(&x, x.little, 3)};
    uint64_t flits = 512 / x.m.flit_bytes, now = x.r.finish[1];
    run_ship(&x.r, x.much, &busy, 1, now);
    run_ship(&x.r, x.little, both, 2, now);
    assert_int_equal(x.r.out.n_transfers, 3 + 2);
    assert_int_equal(x.r.copies[both[0]].usable, now + machine_path_latency(&x.m, 1, 0, (uint32_t)flits));
    assert_true(x.r.copies[both[1]].usable >= x.r.copies[busy].usable + flits);
    row_end(&x);
}

static void a_multicast_whose_links_are_free_leaves_once(void **state)
{
    (void)state;
    struct row x;
    row_begin(&x);
    uint32_t both[2] = {copy_in(&x, x.little, 0), copy_in(&x, x.little, 3)};
    run_ship(&x.r, x.little, both, 2, x.r.finish[1]);
    assert_int_equal(x.r.out.n_transfers, 1);
    row_end(&x);
}

/* All wait alike where the unit that sends is busy itself: taken apart they would leave no sooner. */
static void a_multicast_that_waits_for_its_source_leaves_once(void **state)
{
    (void)state;
    struct row x;
    row_begin(&x);
    uint32_t both[2] = {copy_in(&x, x.little, 0), copy_in(&x, x.little, 3)};
    uint32_t inject = x.m.endpoints[machine_unit_endpoint(&x.m, 1)].inject;
    timeline_take(&x.r.book.links[inject], x.r.finish[1], x.r.finish[1] + 500);
    run_ship(&x.r, x.little, both, 2, x.r.finish[1]);
    assert_int_equal(x.r.out.n_transfers, 1);
    row_end(&x);
}

/* ---- stripes ---- */

static const uint32_t way_to_a_sum[4][4] = {{3, 1, 0, 2}, {2, 3, 1, 0}, {0, 2, 3, 1}, {1, 0, 2, 3}};

static void a_chip_works_first_for_the_farthest_owner_and_last_for_itself(void **state)
{
    (void)state;
    struct fixture f = lowered(gpt2_block(), 4, 4);
    struct layout l;
    layout_init(&l, &f.tasks, &f.machine, &(struct layout_options) {.stripes = 4, .skew = 10, .turns = true});
    for (uint32_t chip = 0; chip < 4; chip++) {
        for (uint32_t stripe = 0; stripe < 4; stripe++) {
            assert_int_equal(l.turns[0][chip * 4 + stripe], way_to_a_sum[chip][stripe]);
            assert_int_equal(l.turns[1][chip * 4 + stripe], 2 * (3 - way_to_a_sum[chip][stripe]));
        }
    }
    layout_free(&l);
    fixture_free(&f);
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), k = strlen(end);
    return n >= k && strcmp(name + n - k, end) == 0;
}

static void what_follows_a_sum_begins_with_the_chips_own_rows(void **state)
{
    (void)state;
    static const char *const follow[] = {"residual1", "norm2", "ffn.up", "ffn.gelu", "residual2"};
    struct fixture f = lowered(gpt2_block(), 4, 4);
    const struct op_graph *g = f.tasks.ops;
    struct layout l;
    uint32_t found = 0;
    layout_init(&l, &f.tasks, &f.machine, &(struct layout_options) {.stripes = 8, .skew = 10, .turns = true});
    for (uint32_t op = 0; op < g->n_ops; op++) {
        bool follows = false;
        for (size_t i = 0; i < sizeof follow / sizeof *follow; i++) {
            follows |= ends_with(g->ops[op].name, follow[i]);
        }
        assert_int_equal(l.summed[op], follows);
        found += follows;
    }
    assert_int_equal(found, 5);
    layout_free(&l);
    fixture_free(&f);
}

/* Sums by columns, sums that go round the ring, no sums: no rows are a chip's own. */
static void chips_without_rows_of_their_own_keep_the_rows_order(void **state)
{
    (void)state;
    const struct lower_options other[] = {{.tensor_parallel = 4, .fine = true, .column_shares = true},
                                          {.tensor_parallel = 4, .collective = COLLECTIVE_RING},
                                          {.tensor_parallel = 4, .collective = COLLECTIVE_ONE_SHOT},
                                          {.tensor_parallel = 1}};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct machine_spec s = server(4, 4, 4);
        struct fixture f = lowered_on(gpt2_block(), &s, &other[i]);
        struct layout l;
        layout_init(&l, &f.tasks, &f.machine, &(struct layout_options) {.stripes = 4, .skew = 10, .turns = true});
        assert_null(l.turns[0]);
        for (uint32_t task = 0; task < f.tasks.n_tasks; task++) {
            assert_int_equal(layout_turn(&l, task), layout_group(&l, task) % 4);
        }
        layout_free(&l);
        fixture_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_go_the_way_on_which_they_are_there_first),
        cmocka_unit_test(a_multicast_waits_for_no_branch_that_is_busy),
        cmocka_unit_test(a_multicast_whose_links_are_free_leaves_once),
        cmocka_unit_test(a_multicast_that_waits_for_its_source_leaves_once),
        cmocka_unit_test(a_chip_works_first_for_the_farthest_owner_and_last_for_itself),
        cmocka_unit_test(what_follows_a_sum_begins_with_the_chips_own_rows),
        cmocka_unit_test(chips_without_rows_of_their_own_keep_the_rows_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
