/* SPDX-License-Identifier: Apache-2.0 */
/* test_cold_tiles.c - tiles of a program whose weights come while it runs, and of operations whose rows are read by all
 * of what follows. */
#include "lower_fixture.h"

#define MOST 256u

struct tiles {
    uint32_t n;       /* of one operation on one chip, sums left out */
    uint32_t weights; /* pieces of its weights that they read */
    uint32_t rows;    /* of the highest one */
};

static struct tiles tiles_of(const struct fixture *f, const char *name, uint32_t chip)
{
    struct tiles all = {0};
    uint32_t seen[MOST][2];
    for (size_t i = 0; i < f->tasks.n_tasks; i++) {
        const struct task *k = &f->tasks.tasks[i];
        if (k->chip != chip || k->kind == TASK_REDUCE || !strstr(f->tasks.ops->ops[k->op].name, name))
            continue;
        uint32_t at = 0;
        while (at < all.weights && (seen[at][0] != k->col0 || seen[at][1] != k->k_first))
            at++;
        if (at == all.weights) {
            assert_true(at < MOST);
            seen[at][0] = k->col0;
            seen[at][1] = k->k_first;
            all.weights++;
        }
        all.n++;
        all.rows = k->rows > all.rows ? k->rows : all.rows;
    }
    return all;
}

static struct fixture block(uint32_t chips, const struct lower_options *o)
{
    struct machine_spec s = server(chips, 4, 4);
    struct lower_options own = *o;
    own.tensor_parallel = chips;
    own.fine = true;
    return lowered_on(gpt2_block(), &s, &own);
}

/* 885 KB of weights take 1,900 cycles to read, all work before them 340. Held in SRAM they may be cut into as few
 * pieces as there are units; else the 16 units begin when half of them are there. Those of later operations have come
 * by then, so nothing changes there. */
static void first_tiles_do_not_wait_for_all_weights(void **state)
{
    (void)state;
    struct fixture held = block(4, &(struct lower_options) {0}),
                   cold = block(4, &(struct lower_options) {.cold = true});
    assert_int_equal(tiles_of(&held, "qkv", 0).weights, 16);
    assert_int_equal(tiles_of(&cold, "qkv", 0).weights, 32);
    static const char *const later[] = {"proj", "ffn.up", "ffn.down"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        struct tiles a = tiles_of(&held, later[i], 0), b = tiles_of(&cold, later[i], 0);
        assert_int_equal(a.n, b.n);
        assert_int_equal(a.weights, b.weights);
        assert_int_equal(a.rows, b.rows);
    }
    fixture_free(&held);
    fixture_free(&cold);
}

/* Scores read all keys, so nothing is gained by tiles of few rows: on chips of two heads and of one. */
static void rows_that_all_read_are_not_cut_for_those_who_wait(void **state)
{
    (void)state;
    struct fixture fine = block(8, &(struct lower_options) {0}),
                   whole = block(8, &(struct lower_options) {.whole = true});
    for (uint32_t chip = 0; chip < 8; chip += 7) {
        assert_int_equal(tiles_of(&fine, "qkv", chip).rows, 16);
        assert_int_equal(tiles_of(&whole, "qkv", chip).rows, 32);
    }
    fixture_free(&fine);
    fixture_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_tiles_do_not_wait_for_all_weights),
        cmocka_unit_test(rows_that_all_read_are_not_cut_for_those_who_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
