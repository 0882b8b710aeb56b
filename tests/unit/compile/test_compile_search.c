/* SPDX-License-Identifier: Apache-2.0 */
/* test_compile_search.c - policy search, and what its recipes change: order in stripes, gaps, pinned tasks. */
#include "compile_fixture.h"

#include "sim/compile/layout.h"

static uint64_t makespan_of(const struct hand_graph *g, const struct machine *m, const char *policy, uint32_t steps)
{
    struct schedule s;
    struct compile_options o = {.policy = policy, .search_iterations = steps};
    assert_int_equal(compile_with(&s, &g->t, NULL, m, &o), SIM_OK);
    assert_verified(&s);
    uint64_t makespan = s.programs[0].makespan;
    assert_int_equal(s.iterations, steps ? steps : 1);
    schedule_free(&s);
    return makespan;
}

/* 3 + 3 and 2 + 2 + 2 on two units: the longest first gives 3 + 2 + 2. */
static void search_finds_what_the_longest_first_misses(void **state)
{
    (void)state;
    static const uint64_t cycles[] = {3000, 3000, 2000, 2000, 2000};
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    for (uint32_t i = 0; i < 5; i++) {
        hand_task(&g, 0, cycles[i], NULL, 0, 0, true);
    }
    uint64_t list = makespan_of(&g, &m, "list", 0), best = makespan_of(&g, &m, "search", 200);
    /* two tasks of 3000 on one unit instead of three of 3000, 2000, 2000: one toggle less, too */
    assert_int_equal(list - best, 1000);
    hand_end(&g);
    machine_free(&m);
}

/* Random layers of tasks that read two of the layer before. */
static void layered(struct hand_graph *g, uint32_t layers, uint32_t width)
{
    uint64_t x = 7;
    uint32_t before[8], now[8];
    for (uint32_t i = 0; i < layers; i++) {
        for (uint32_t k = 0; k < width; k++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            uint32_t inputs[2] = {before[(x >> 33) % width], before[(x >> 37) % width]};
            now[k] = hand_task(g, 0, 100 + (x >> 40) % 1000, inputs,
                               i == 0                   ? 0
                               : inputs[0] == inputs[1] ? 1
                                                        : 2,
                               640, i + 1 == layers);
        }
        memcpy(before, now, sizeof before);
    }
}

static void more_steps_are_never_longer_and_the_same_ones_the_same(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 3);
    struct machine m;
    struct hand_graph g;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    layered(&g, 6, 8);
    uint64_t before = makespan_of(&g, &m, "list", 0);
    for (uint32_t steps = 1; steps <= 256; steps *= 4) {
        uint64_t now = makespan_of(&g, &m, "search", steps);
        assert_int_equal(now, makespan_of(&g, &m, "search", steps));
        assert_in_range(now, 0, before);
        before = now;
    }
    assert_true(before < makespan_of(&g, &m, "list", 0));
    hand_end(&g);
    machine_free(&m);
}

/* Seconds are only another way to say steps. */
static void a_budget_of_seconds_tells_its_steps(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 3);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    layered(&g, 6, 8);
    struct compile_options o = {.policy = "search", .search_iterations = UINT32_MAX, .search_seconds = 0.02};
    assert_int_equal(compile_with(&s, &g.t, NULL, &m, &o), SIM_OK);
    assert_in_range(s.iterations, 1, 1000000);
    assert_int_equal(s.programs[0].makespan, makespan_of(&g, &m, "search", s.iterations));
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* Two ops of eight rows, each in two tasks of four; the second op reads the first row by row. */
static void striped_ops(struct hand_graph *g)
{
    uint32_t out[2];
    for (uint32_t half = 0; half < 2; half++) {
        out[half] = hand_task(g, 0, 100, NULL, 0, 64, false);
    }
    for (uint32_t half = 0; half < 2; half++) {
        hand_task(g, 0, 100, &out[half], 1, 64, true);
    }
    for (uint32_t i = 0; i < 4; i++) {
        g->t.tasks[i].op = i / 2;
        g->t.tasks[i].row0 = i % 2 * 4;
        g->t.tasks[i].rows = 4;
        g->ops->ops[i / 2].m = 8;
    }
}

static void assert_order(const struct hand_graph *g, const struct machine *m, const struct layout_options *o,
                         const uint32_t *order)
{
    struct layout l;
    layout_init(&l, &g->t, m, o);
    assert_memory_equal(l.order, order, 4 * sizeof *order);
    layout_free(&l);
}

static void stripes_go_one_after_the_other_when_the_skew_is_large(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    int32_t second_first[4] = {0, 50, 0, 0};
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    striped_ops(&g);
    assert_order(&g, &m, &(struct layout_options) {0}, (uint32_t[]) {0, 1, 2, 3});
    assert_order(&g, &m, &(struct layout_options) {.stripes = 2, .skew = 10}, (uint32_t[]) {0, 1, 2, 3});
    assert_order(&g, &m, &(struct layout_options) {.stripes = 2, .skew = 1000}, (uint32_t[]) {0, 2, 1, 3});
    assert_order(&g, &m, &(struct layout_options) {.stripes = 2, .shift = second_first}, (uint32_t[]) {1, 0, 2, 3});
    hand_end(&g);
    machine_free(&m);
}

/* Unit 0 waits for the output of a task that is pinned to unit 1; a task without inputs fits before. */
static void insertion_fills_the_gap_before_a_task_that_waits(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct layout l;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t first = hand_task(&g, 0, 5000, NULL, 0, 64, false);
    hand_task(&g, 0, 9000, &first, 1, 64, true);
    hand_task(&g, 0, 6000, NULL, 0, 64, true); /* lowest rank: placed last */
    hand_task(&g, 0, 4000, NULL, 0, 64, true);
    uint32_t pin[] = {1, 0, 1, LAYOUT_NONE};
    layout_init(&l, &g.t, &m, &(struct layout_options) {.pin = pin, .insertion = true});
    assert_int_equal(l.unit_of[3], 0); /* before task 1 */
    layout_free(&l);
    layout_init(&l, &g.t, &m, &(struct layout_options) {.pin = pin});
    assert_int_equal(l.unit_of[3], 1); /* behind 5000 + 6000 instead of 5000 + 9000 */
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(l.unit_of[i], pin[i]);
    }
    layout_free(&l);
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_finds_what_the_longest_first_misses),
        cmocka_unit_test(more_steps_are_never_longer_and_the_same_ones_the_same),
        cmocka_unit_test(a_budget_of_seconds_tells_its_steps),
        cmocka_unit_test(stripes_go_one_after_the_other_when_the_skew_is_large),
        cmocka_unit_test(insertion_fills_the_gap_before_a_task_that_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
