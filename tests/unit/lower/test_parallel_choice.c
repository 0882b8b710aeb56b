/* SPDX-License-Identifier: Apache-2.0 */
/* test_parallel_choice.c - what parallel: auto tries, and what it takes. */
#include "sim/lower/parallel_choice.h"

#include "tests/unit/lower/lower_fixture.h"

/* A batch of plain graphs: `layers` layers of a head and its FFN, of so many cycles each, nothing between them. */
struct plain {
    uint64_t layers, batch, cycles;
    uint32_t made;
};

static int make_plain(void *context, uint32_t micro_batches, struct op_graph **g, struct diag *d)
{
    struct plain *x = context;
    struct graph_options o = {.given = GRAPH_BIT(shape) | GRAPH_BIT(layers) | GRAPH_BIT(heads) | GRAPH_BIT(batch) |
                                       GRAPH_BIT(task_cycles) | GRAPH_BIT(edge_bytes),
                              .shape = "plain",
                              .layers = x->layers,
                              .heads = 1,
                              .batch = x->batch,
                              .task_cycles = x->cycles,
                              .edge_bytes = 0};
    (void)micro_batches;
    x->made++;
    return graph_source_make("transformer", &o, g, d);
}

static struct machine machine_of(const struct machine_spec *s)
{
    struct machine m;
    struct diag d;
    diag_init(&d);
    expect_ok(machine_build_from(&m, s, &d), &d);
    return m;
}

static struct parallel_trials chosen(struct plain *work, const struct machine *m, uint32_t widest)
{
    struct parallel_trials t;
    struct parallel_question q = {
        .m = m, .widest = widest, .batch = (uint32_t)work->batch, .make = make_plain, .context = work};
    struct diag d;
    diag_init(&d);
    expect_ok(parallel_choose(&t, &q, &d), &d);
    return t;
}

/* Balanced stages of c cycles a task, two tasks each, no bytes: the estimate is the closed form, with the overhead and
 * the toggling of each level. */
static void balanced_stages_are_estimated_by_the_closed_form(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 1, 1);
    struct machine m = machine_of(&s);
    for (uint32_t micro_batches = 1; micro_batches <= 8; micro_batches *= 2) {
        struct plain work = {.layers = 4, .batch = 8, .cycles = 5000};
        struct op_graph *g;
        struct partition p;
        struct diag d;
        diag_init(&d);
        assert_int_equal(make_plain(&work, micro_batches, &g, &d), SIM_OK);
        expect_ok(partition_spread(&p, g, 4, &(struct parallel) {1, 4, micro_batches}, &d), &d);
        uint64_t level = 8 / micro_batches * 5000 + 112 + m.toggle_cycles;
        assert_int_equal(parallel_estimate(&p, &m), (micro_batches + 3) * 2 * level);
        partition_free(&p);
    }
    machine_free(&m);
}

/* Of the trials with four stages the micro-batches of the best. */
static uint32_t best_micro_batches(const struct parallel_trials *t)
{
    const struct parallel_trial *best = NULL;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->trials[i].x.pipeline == 4 && (best == NULL || t->trials[i].cycles < best->cycles))
            best = &t->trials[i];
    assert_non_null(best);
    return best->x.micro_batches;
}

static void many_micro_batches_suit_long_stages_and_few_short_ones(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 1, 1);
    struct machine m = machine_of(&s);
    struct plain work = {.layers = 4, .batch = 64, .cycles = 100000};
    struct parallel_trials t = chosen(&work, &m, 1);
    assert_int_equal(best_micro_batches(&t), 64);
    work.cycles = 1;
    t = chosen(&work, &m, 1);
    assert_true(best_micro_batches(&t) <= 4);
    machine_free(&m);
}

static void trials_use_all_chips_and_divide_the_batch(void **state)
{
    (void)state;
    struct machine_spec s = server(8, 1, 1);
    struct machine m = machine_of(&s);
    struct plain work = {.layers = 8, .batch = 12, .cycles = 100};
    struct parallel_trials t = chosen(&work, &m, 4);
    assert_int_equal(work.made, t.n);
    assert_true(t.n > 6 && t.n <= PARALLEL_TRIALS_MAX);
    for (uint32_t i = 0; i < t.n; i++) {
        const struct parallel *x = &t.trials[i].x;
        bool narrow = i == 0 && x->tensor == 4; /* what can be done without a pipeline: four chips at most */
        assert_true(narrow || x->tensor * x->pipeline == 8);
        assert_int_equal(12 % x->micro_batches, 0);
        assert_true(x->tensor <= 4);
        for (uint32_t k = 0; k < i; k++)
            assert_memory_not_equal(x, &t.trials[k].x, sizeof *x);
        assert_true(t.trials[t.best].cycles <= t.trials[i].cycles);
    }
    machine_free(&m);
}

static void what_cannot_be_spread_is_not_taken(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 1, 1);
    struct machine m = machine_of(&s);
    struct plain work = {.layers = 2, .batch = 16, .cycles = 100000};
    struct parallel_trials t = chosen(&work, &m, 4);
    bool refused = false;
    for (uint32_t i = 0; i < t.n; i++) {
        refused = refused || t.trials[i].cycles == 0;
        assert_int_equal(t.trials[i].cycles == 0, t.trials[i].x.pipeline > 2);
    }
    assert_true(refused && t.trials[t.best].cycles > 0);
    machine_free(&m);
}

/* Never below what no machine can beat. */
static void estimates_are_not_below_the_bound(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 4, 4);
    struct machine m = machine_of(&s);
    static const struct parallel shapes[] = {{4, 1, 1}, {2, 2, 1}, {2, 2, 2}, {1, 4, 4}, {1, 1, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct graph_options o = {.given = GRAPH_BIT(preset) | GRAPH_BIT(layers) | GRAPH_BIT(batch),
                                  .preset = "gpt2-small",
                                  .layers = 4,
                                  .batch = 4};
        struct partition p;
        struct lower_bound b;
        struct diag d;
        diag_init(&d);
        expect_ok(partition_spread(&p, made("transformer", &o), 4, &shapes[i], &d), &d);
        lower_bound_of(&p, &m, false, &b);
        assert_true(parallel_estimate(&p, &m) >= b.cycles);
        partition_free(&p);
    }
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(balanced_stages_are_estimated_by_the_closed_form),
        cmocka_unit_test(many_micro_batches_suit_long_stages_and_few_short_ones),
        cmocka_unit_test(trials_use_all_chips_and_divide_the_batch),
        cmocka_unit_test(what_cannot_be_spread_is_not_taken),
        cmocka_unit_test(estimates_are_not_below_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
