/* SPDX-License-Identifier: Apache-2.0 */
/* test_pipeline.c - stages of a pipeline: where they are cut, on which chips they are, what passes between them. */
#include "tests/unit/lower/lower_fixture.h"

static struct op_graph *tiny(uint32_t layers, uint32_t batch)
{
    struct graph_options o = {.given = GRAPH_BIT(preset) | GRAPH_BIT(layers) | GRAPH_BIT(batch),
                              .preset = "tiny",
                              .layers = layers,
                              .batch = batch};
    return made("transformer", &o);
}

static struct partition spread(struct op_graph *g, uint32_t chips, struct parallel x)
{
    struct partition p;
    struct diag d;
    diag_init(&d);
    expect_ok(partition_spread(&p, g, chips, &x, &d), &d);
    return p;
}

static void assert_refused(struct op_graph *g, uint32_t chips, struct parallel x, const char *key, const char *text)
{
    struct partition p;
    struct diag d;
    diag_init(&d);
    assert_int_equal(partition_spread(&p, g, chips, &x, &d), SIM_ERR_INPUT);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].key, key);
    assert_non_null(strstr(d.messages[0].text, text));
    diag_free(&d);
}

/* Layers per stage of a transformer. */
static void assert_layers(const struct partition *p, const uint32_t *stage_of_layer)
{
    for (size_t i = 0; i < p->ops->n_ops; i++) {
        const struct op *o = &p->ops->ops[i];
        assert_int_equal(o->stage, stage_of_layer[o->layer]);
        for (uint32_t k = p->first_part[i]; k < p->first_part[i + 1]; k++)
            assert_int_equal(p->parts[k].chip / p->tensor_parallel, o->stage);
    }
}

static void equal_layers_are_dealt_out_evenly_to_stages_of_their_own_chips(void **state)
{
    (void)state;
    static const uint32_t halves[8] = {0, 0, 0, 0, 1, 1, 1, 1}, quarters[8] = {0, 0, 1, 1, 2, 2, 3, 3};
    struct partition two = spread(tiny(8, 1), 4, (struct parallel) {2, 2, 1}),
                     four = spread(tiny(8, 3), 4, (struct parallel) {1, 4, 1});
    assert_layers(&two, halves);
    assert_layers(&four, quarters);
    partition_free(&two);
    partition_free(&four);
}

static void layers_that_cannot_be_even_differ_by_one(void **state)
{
    (void)state;
    struct partition p = spread(tiny(7, 1), 5, (struct parallel) {1, 5, 1});
    uint32_t layers[5] = {0};
    for (size_t i = 0; i < p.ops->n_ops; i++)
        if (p.ops->ops[i].kind == OP_GELU)
            layers[p.ops->ops[i].stage]++;
    for (uint32_t s = 0; s < 5; s++)
        assert_in_range(layers[s], 1, 2);
    partition_free(&p);
}

/* A chain of generic ops of 10 cycles; one hands on fewer bytes than the others. */
static struct op_graph *chain(uint32_t n, uint32_t narrow)
{
    struct op_graph *g = op_graph_new("test");
    for (uint32_t i = 0; i < n; i++) {
        uint32_t out = op_graph_add_tensor(g, TENSOR_ACTIVATION, 1, i == narrow ? 64 : 4096, 1, "y%u", i);
        uint32_t op = op_graph_add_op(g, OP_GENERIC, out, "n%u", i);
        g->ops[op].cycles = 1000;
        g->ops[op].split = SPLIT_RANGE;
        if (i > 0)
            op_graph_add_operand(g, op, out - 1, 0, g->tensors[out - 1].cols, ROLE_ALL);
    }
    return g;
}

static void a_graph_without_layers_is_cut_where_few_bytes_cross(void **state)
{
    (void)state;
    /* 40 ops: halves of 20, one more is a 20th and within the slack of a 16th. */
    for (uint32_t narrow = 17; narrow < 22; narrow++) {
        struct partition p = spread(chain(40, narrow), 2, (struct parallel) {1, 2, 1});
        uint32_t first = 0;
        for (uint32_t i = 0; i < 40; i++)
            first += p.ops->ops[i].stage == 0;
        bool near = narrow >= 18 && narrow <= 20;
        assert_int_equal(first, near ? narrow + 1 : 20);
        partition_free(&p);
    }
}

static void generic_ops_of_a_stage_are_ranges_over_its_chips(void **state)
{
    (void)state;
    struct partition p = spread(chain(8, 99), 4, (struct parallel) {2, 2, 1});
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(p.parts[p.first_part[i]].chip, i / 2);
    partition_free(&p);
}

static void what_cannot_be_a_pipeline_is_refused(void **state)
{
    (void)state;
    assert_refused(tiny(3, 1), 4, (struct parallel) {1, 4, 1}, "workload.parallel.pipeline", "3 layers");
    assert_refused(chain(3, 0), 4, (struct parallel) {1, 4, 1}, "workload.parallel.pipeline", "3 operations");
    assert_refused(tiny(4, 1), 4, (struct parallel) {2, 3, 1}, "workload.parallel.pipeline", "4 chips of the server");
    assert_refused(tiny(4, 1), 4, (struct parallel) {5, 1, 1}, "workload.parallel.tensor", "1..4");
    assert_refused(tiny(4, 6), 4, (struct parallel) {1, 2, 4}, "workload.parallel.micro_batches", "divisor of 6");
    assert_refused(chain(8, 0), 4, (struct parallel) {1, 2, 2}, "workload.parallel.micro_batches", "divisor of 1");
}

static void one_stage_is_the_work_without_a_pipeline(void **state)
{
    (void)state;
    struct diag d;
    diag_init(&d);
    struct partition one = spread(tiny(4, 4), 4, (struct parallel) {2, 1, 1}), old;
    expect_ok(partition_build(&old, tiny(4, 4), 4, 2, &d), &d);
    assert_string_equal(one.work_hash, old.work_hash);
    partition_free(&one);
    partition_free(&old);
}

static void the_work_hash_knows_stages_and_micro_batches(void **state)
{
    (void)state;
    static const struct parallel shapes[] = {{4, 1, 1}, {2, 2, 1}, {1, 4, 1}, {1, 4, 2}, {1, 4, 4}, {1, 1, 4}};
    char seen[6][65];
    for (size_t i = 0; i < 6; i++) {
        struct partition p = spread(tiny(4, 4), 4, shapes[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(p.work_hash, seen[k]);
        memcpy(seen[i], p.work_hash, sizeof seen[i]);
        partition_free(&p);
    }
}

static struct fixture lowered_as(struct op_graph *g, uint32_t chips, struct parallel x)
{
    struct machine_spec s = server(chips, 4, 4);
    struct lower_options o = {.tensor_parallel = x.tensor, .pipeline = x.pipeline, .micro_batches = x.micro_batches};
    return lowered_on(g, &s, &o);
}

/* Every byte of weights lies on one chip: each chip has those of its stage, once for all items of the batch. */
static void weights_lie_with_their_stage_once_for_the_batch(void **state)
{
    (void)state;
    struct op_graph_figures bare;
    struct diag d;
    diag_init(&d);
    struct op_graph *g = tiny(4, 1);
    expect_ok(op_graph_figures(g, &bare, &d), &d);
    op_graph_free(g);
    struct fixture f = lowered_as(tiny(4, 8), 4, (struct parallel) {2, 2, 4});
    uint64_t bytes[4] = {0};
    for (size_t i = 0; i < f.tasks.n_chunks; i++)
        if (f.tasks.chunks[i].is_weight)
            bytes[f.tasks.chunks[i].chip] += f.tasks.chunks[i].bytes;
    for (uint32_t chip = 0; chip < 4; chip++)
        assert_int_equal(bytes[chip], bare.weight_bytes / 4);
    fixture_free(&f);
}

/* Between stages of replicated values a chip reads what the chip at its place in the stage before has. */
static void a_chip_reads_copies_of_the_chip_at_its_place(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 32, 64, 2, "x");
    uint32_t norm = add_rowwise(g, OP_NORM, x, ROLE_ROWS);
    uint32_t wide = add_matmul(g, output_of(g, norm), 32, 256, 64, SPLIT_COLUMNS);
    g->ops[wide].layer = 1;
    g->layers = 2;
    struct fixture f = lowered_as(g, 4, (struct parallel) {2, 2, 1});
    uint32_t crossing = 0;
    assert_int_equal(f.partition.spread[norm], SPREAD_ALL);
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        for (uint32_t k = t->first_input; t->op == wide && k < t->first_input + t->n_inputs; k++) {
            const struct chunk *c = &f.tasks.chunks[f.tasks.inputs[k].chunk];
            if (c->producer != TASK_NONE) {
                assert_int_equal(c->chip, t->chip - 2);
                crossing++;
            }
        }
    }
    assert_true(crossing > 0);
    fixture_free(&f);
}

/* Levels of a chain of four generic ops a stage and item: stage s is at micro-batch m in turn m + s. */
static void stages_turn_to_the_next_micro_batch_level_by_level(void **state)
{
    (void)state;
    struct graph_options o = {.given = GRAPH_BIT(shape) | GRAPH_BIT(layers) | GRAPH_BIT(heads) | GRAPH_BIT(batch),
                              .shape = "plain",
                              .layers = 6,
                              .heads = 1,
                              .batch = 6};
    struct fixture f = lowered_as(made("transformer", &o), 3, (struct parallel) {1, 3, 3});
    uint32_t *order = mem_alloc_array(f.tasks.n_tasks, sizeof *order), *level = mem_alloc_array(f.tasks.n_tasks, 4);
    struct micro_batch_turns turns;
    micro_batch_order(&f.tasks, order);
    micro_batch_turns_init(&turns, &f.tasks);
    for (size_t n = 0; n < f.tasks.n_tasks; n++) {
        const struct task *t = &f.tasks.tasks[order[n]];
        const struct op *op = &f.tasks.ops->ops[t->op];
        uint32_t place = op->layer % 2 * 2 + t->op % 2; /* in the chain of the stage */
        level[order[n]] = micro_batch_first_level(&turns, t);
        for (uint32_t i = t->first_input; i < t->first_input + t->n_inputs; i++) {
            uint32_t after = level[f.tasks.chunks[f.tasks.inputs[i].chunk].producer] + 1;
            level[order[n]] = level[order[n]] > after ? level[order[n]] : after;
        }
        micro_batch_add_level(&turns, t, level[order[n]]);
        assert_int_equal(op->micro_batch, op->item / 2);
        assert_int_equal(level[order[n]], 4 * (op->micro_batch + op->stage) + place);
        assert_true(n == 0 || op->micro_batch >= task_micro_batch(&f.tasks, &f.tasks.tasks[order[n - 1]]));
    }
    micro_batch_turns_free(&turns);
    free(order);
    free(level);
    fixture_free(&f);
}

/* What runs beside each other shares the units: a micro-batch of one sequence gets the tiles of one sequence. */
static void tiles_are_for_what_a_micro_batch_runs_side_by_side(void **state)
{
    (void)state;
    struct fixture one = lowered_as(tiny(2, 1), 2, (struct parallel) {1, 2, 1}),
                   four = lowered_as(tiny(2, 4), 2, (struct parallel) {1, 2, 4}),
                   together = lowered_as(tiny(2, 4), 2, (struct parallel) {1, 2, 1});
    assert_int_equal(four.tasks.n_tasks, 4 * one.tasks.n_tasks);
    assert_true(together.tasks.n_tasks < four.tasks.n_tasks);
    fixture_free(&one);
    fixture_free(&four);
    fixture_free(&together);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_layers_are_dealt_out_evenly_to_stages_of_their_own_chips),
        cmocka_unit_test(layers_that_cannot_be_even_differ_by_one),
        cmocka_unit_test(a_graph_without_layers_is_cut_where_few_bytes_cross),
        cmocka_unit_test(generic_ops_of_a_stage_are_ranges_over_its_chips),
        cmocka_unit_test(what_cannot_be_a_pipeline_is_refused),
        cmocka_unit_test(one_stage_is_the_work_without_a_pipeline),
        cmocka_unit_test(the_work_hash_knows_stages_and_micro_batches),
        cmocka_unit_test(weights_lie_with_their_stage_once_for_the_batch),
        cmocka_unit_test(a_chip_reads_copies_of_the_chip_at_its_place),
        cmocka_unit_test(stages_turn_to_the_next_micro_batch_level_by_level),
        cmocka_unit_test(tiles_are_for_what_a_micro_batch_runs_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
