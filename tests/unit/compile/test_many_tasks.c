/* SPDX-License-Identifier: Apache-2.0 */
/* test_many_tasks.c - where there are many tasks (ADR 0107) a piece is given its slots with few looks at lines that are
 * taken for long, however many chips are on its way, and a program whose entries are streamed is made once. */
#include "compile_fixture.h"
#include "sim/base/rng.h"
#include "sim/compile/candidate.h"

#define CHIPS 16u

/* Tasks on all chips, each after three drawn from all before it. */
static void far_edges(struct hand_graph *g, const struct machine *m, uint32_t tasks, uint32_t bytes)
{
    struct rng rng;
    rng_init(&rng, 1, "test.many");
    hand_begin(g, m);
    for (uint32_t i = 0; i < tasks; i++) {
        uint32_t inputs[3], n = i < 3 * CHIPS ? 0 : 3;
        for (uint32_t k = 0; k < n; k++) { /* one of each third: three of them */
            inputs[k] = k * (i / 3) + (uint32_t)rng_below(&rng, i / 3);
        }
        hand_task(g, i % CHIPS, 100, inputs, n, bytes, false);
    }
}

struct figures {
    double starts_per_piece;
    uint32_t attempts;
    bool streamed;
};

/* The first recipe of `list` on chips of side x side units. */
static struct figures make(uint32_t side, uint32_t bytes, uint32_t sram, bool stream)
{
    struct machine_spec spec = fixture_spec(CHIPS, side, side);
    spec.sram_bytes = sram;
    struct machine m;
    struct hand_graph g;
    struct candidate *c;
    struct candidate_error why;
    fixture_machine(&m, &spec);
    far_edges(&g, &m, MANY_TASKS + 1, bytes);
    struct candidate_wish wish = {.limit = TIME_NONE, .attempts = CANDIDATE_ATTEMPTS, .stream = stream};
    assert_int_equal(candidate_make(&c, &g.t, &m, &policy_find("list")->variants[0].recipe, &wish, &why), 0);
    struct figures f = {.starts_per_piece = (double)c->cold.book.starts / (double)c->cold.out.n_transfers,
                        .attempts = c->attempts,
                        .streamed = c->cold.n_segments > 0};
    candidate_free(c);
    hand_end(&g);
    machine_free(&m);
    return f;
}

static void a_piece_looks_at_few_starts_however_full_the_lines_are(void **state)
{
    (void)state;
    struct figures many = make(2, 8192, 8 << 20, false);
    assert_true(many.starts_per_piece < 25); /* 16; 38 where nothing is used again before 256 */
}

static void a_program_with_streamed_entries_is_made_once(void **state)
{
    (void)state;
    struct figures many = make(4, 4096, 448 << 10, true);
    assert_true(many.streamed);
    assert_int_equal(many.attempts, 1); /* 3 where what passes through a unit is not foreseen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_looks_at_few_starts_however_full_the_lines_are),
        cmocka_unit_test(a_program_with_streamed_entries_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
