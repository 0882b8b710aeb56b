/* SPDX-License-Identifier: Apache-2.0 */
/* test_halves.c - of a steady schedule the program that is measured is made first; where it is beaten the other one is
 * not made, and what is hopeless is given up before it is over (ADR 0111). */
#include "compile_fixture.h"
#include "sim/compile/candidate.h"

#define TASKS 96u

/* Two chips, weights in memory, each task after two before it. */
static void begin(struct hand_graph *g, struct machine *m)
{
    struct machine_spec spec = fixture_spec(2, 2, 2);
    uint32_t made[TASKS];
    fixture_machine(m, &spec);
    hand_begin(g, m);
    for (uint32_t i = 0; i < TASKS; i++) {
        uint32_t inputs[3] = {hand_source(g, i % 2, 2048, true)}, n = 1;
        for (uint32_t back = 3; back <= 8 && i >= 8; back += 5) {
            inputs[n++] = made[i - back];
        }
        made[i] = hand_task(g, i % 2, 200, inputs, n, 1024, i + 8 >= TASKS);
    }
}

static void end(struct hand_graph *g, struct machine *m)
{
    hand_end(g);
    machine_free(m);
}

static struct candidate *make(const struct hand_graph *g, const struct machine *m, const char *policy, bool half,
                              uint64_t hopeless, int expected)
{
    struct candidate *c;
    struct candidate_error why;
    struct candidate_wish wish = {
        .steady = true, .limit = TIME_NONE, .hopeless = hopeless, .attempts = CANDIDATE_ATTEMPTS, .half = half};
    assert_int_equal(candidate_make(&c, &g->t, m, &policy_find(policy)->variants[0].recipe, &wish, &why), expected);
    return c;
}

static void a_half_becomes_what_is_made_in_one_go(void **state)
{
    (void)state;
    struct hand_graph g;
    struct machine m;
    begin(&g, &m);
    for (const char *const *policy = (const char *const[]) {"levels", "barrier", "list", NULL}; *policy; policy++) {
        struct candidate *whole = make(&g, &m, *policy, false, 0, 0), *half = make(&g, &m, *policy, true, 0, 0);
        assert_true(half->half && !half->cold.l && half->steady.l);
        assert_false(whole->half);
        assert_int_equal(half->makespan, whole->makespan);
        assert_int_equal(candidate_finish(half), 0);
        assert_true(!half->half && half->cold.l && !half->longer);
        assert_int_equal(half->attempts, whole->attempts);
        assert_int_equal(half->cold.out.n_hops, whole->cold.out.n_hops);
        assert_memory_equal(half->cold.out.hops, whole->cold.out.hops,
                            whole->cold.out.n_hops * sizeof *whole->cold.out.hops);
        assert_memory_equal(half->mem.entries, whole->mem.entries, m.chips * m.units_per_chip * sizeof(uint32_t));
        candidate_free(whole);
        candidate_free(half);
    }
    end(&g, &m);
}

static void what_is_hopeless_is_given_up(void **state)
{
    (void)state;
    struct hand_graph g;
    struct machine m;
    begin(&g, &m);
    for (const char *const *policy = (const char *const[]) {"levels", "barrier", "list", NULL}; *policy; policy++) {
        struct candidate *c = make(&g, &m, *policy, true, 0, 0);
        uint64_t makespan = c->makespan;
        candidate_free(c);
        assert_null(make(&g, &m, *policy, true, makespan / 2, CANDIDATE_LATE));
        c = make(&g, &m, *policy, true, makespan, 0);
        assert_int_equal(c->makespan, makespan);
        candidate_free(c);
    }
    end(&g, &m);
}

static void near_misses_are_not_beaten(void **state)
{
    (void)state;
    assert_false(candidate_beaten(1000, TIME_NONE));
    assert_false(candidate_beaten(999, 1000));
    assert_false(candidate_beaten(1030, 1000));
    assert_true(candidate_beaten(1031, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_half_becomes_what_is_made_in_one_go),
        cmocka_unit_test(what_is_hopeless_is_given_up),
        cmocka_unit_test(near_misses_are_not_beaten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
