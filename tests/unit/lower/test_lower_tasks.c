/* SPDX-License-Identifier: Apache-2.0 */
/* test_lower_tasks.c - tasks and chunks: coverage, contraction, results, what does not fit. */
#include "tests/unit/lower/lower_fixture.h"

static void a_gpt2_block_on_the_quickstart_server_is_a_sane_number_of_tasks(void **state)
{
    (void)state;
    struct fixture f = lowered(gpt2_block(), 4, 4);
    struct task_graph_figures x;
    task_graph_figures(&f.tasks, &x);
    assert_int_equal(x.macs, 931135488);
    assert_int_equal(x.weight_bytes, 14155776);
    assert_int_equal(x.output_bytes, 128 * 768 * 2);
    assert_in_range(x.tasks, 600, 2500);
    assert_true(x.inputs < 20000);
    assert_true(x.macs_padded < x.macs + x.macs / 20);
    fixture_free(&f);
}

static void weights_of_tensor_parallel_chips_are_not_duplicated(void **state)
{
    (void)state;
    for (uint32_t chips = 2; chips <= 8; chips++) {
        struct fixture f = lowered(gpt2_block(), chips, chips);
        struct task_graph_figures x;
        task_graph_figures(&f.tasks, &x);
        assert_int_equal(x.macs, 931135488);
        assert_int_equal(x.weight_bytes, 14155776);
        assert_int_equal(x.output_bytes, 128 * 768 * 2);
        fixture_free(&f);
    }
}

static void without_tensor_parallelism_chip_0_does_everything(void **state)
{
    (void)state;
    struct fixture f = lowered(gpt2_block(), 4, 1);
    for (size_t i = 0; i < f.tasks.n_tasks; i++)
        assert_int_equal(f.tasks.tasks[i].chip, 0);
    fixture_free(&f);
}

static void every_task_fits_the_sram_of_its_unit(void **state)
{
    (void)state;
    for (uint32_t sram = 96; sram <= 512; sram *= 2) {
        struct machine_spec s = server(4, 4, 4);
        s.sram_bytes = sram * 1024;
        s.staging_bytes = 4096;
        struct lower_options o = {.tensor_parallel = 4};
        struct fixture f = lowered_on(gpt2_block(), &s, &o);
        struct task_graph_figures x;
        task_graph_figures(&f.tasks, &x);
        assert_true(x.largest_task_bytes <= s.sram_bytes - 16384);
        fixture_free(&f);
    }
}

/* Bytes of the fp32 sums of the largest matrix tile. */
static uint64_t largest_sums(const struct task_graph *t)
{
    uint64_t most = 0;
    for (size_t i = 0; i < t->n_tasks; i++) {
        uint64_t sums = (uint64_t)t->tasks[i].rows * t->tasks[i].cols * 4;
        most = t->tasks[i].needs.matrix_cycles > 0 && sums > most ? sums : most;
    }
    return most;
}

static struct op_graph *outer_product(void)
{
    struct op_graph *g = op_graph_new("test");
    add_matmul(g, OP_NONE, 1024, 1024, 16, SPLIT_REPLICATE);
    return g;
}

/* Next to nothing to read, much to add up: a unit that holds its operands takes larger tiles than an SM has registers
 * for. */
static void common_tiles_have_sums_that_fit_an_eighth_of_the_sram(void **state)
{
    (void)state;
    struct machine_spec s = server(1, 1, 2);
    struct lower_options best = {.tensor_parallel = 1}, common = {.tensor_parallel = 1, .tiling_common = true};
    struct fixture f = lowered_on(outer_product(), &s, &best);
    assert_true(largest_sums(&f.tasks) > s.sram_bytes / 8);
    fixture_free(&f);
    f = lowered_on(outer_product(), &s, &common);
    assert_true(largest_sums(&f.tasks) > 0 && largest_sums(&f.tasks) <= s.sram_bytes / 8);
    fixture_free(&f);
}

/* Where sums of the best tiles fit, it is the best tiling. */
static void common_is_best_where_that_fits_all(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 4, 4);
    struct lower_options best = {.tensor_parallel = 4}, common = {.tensor_parallel = 4, .tiling_common = true};
    struct fixture a = lowered_on(gpt2_block(), &s, &best), b = lowered_on(gpt2_block(), &s, &common);
    assert_true(largest_sums(&a.tasks) <= s.sram_bytes / 8);
    assert_int_equal(a.tasks.n_tasks, b.tasks.n_tasks);
    assert_int_equal(a.tasks.n_chunks, b.tasks.n_chunks);
    fixture_free(&a);
    fixture_free(&b);
}

static void a_task_that_fits_no_sram_names_its_tensor(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 4, 1 << 20, 2, "huge");
    add_rowwise(g, OP_SOFTMAX, x, ROLE_ROWS);
    struct machine_spec s = server(1, 4, 4);
    struct machine m;
    struct partition p;
    struct task_graph t;
    struct lower_options o = {.tensor_parallel = 1};
    struct diag d;
    diag_init(&d);
    assert_int_equal(machine_build_from(&m, &s, &d), SIM_OK);
    assert_int_equal(lower_partition(&p, g, &m, &o, &d), SIM_OK);
    assert_int_equal(lower_tasks(&t, &p, &m, &o, &d), SIM_ERR_BUILD);
    assert_int_equal(d.count, 1);
    assert_non_null(strstr(d.messages[0].text, "tensor huge"));
    diag_free(&d);
    partition_free(&p);
    machine_free(&m);
}

/* 16 units, but one tile of output: only the contraction can be cut. */
static void a_deep_contraction_of_a_small_output_is_cut_and_added_up(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t op = add_matmul(g, OP_NONE, 16, 8, 16384, SPLIT_REPLICATE);
    struct fixture f = lowered(g, 1, 1);
    uint32_t tiles = count_tasks(&f.tasks, op, 0, TASK_COMPUTE), sums = count_tasks(&f.tasks, op, 0, TASK_REDUCE);
    assert_in_range(tiles, 8, 32);
    assert_true(sums >= 1);
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->kind == TASK_REDUCE) {
            assert_int_equal(t->k_part, 16384);
            assert_int_equal(f.tasks.chunks[t->first_output].bytes, t->rows * t->cols * 2);
            for (uint32_t k = 0; k < t->n_inputs; k++)
                assert_int_equal(f.tasks.inputs[t->first_input + k].operand, k);
        } else {
            assert_int_equal(t->k_first % NUMERIC_STEP, 0);
            assert_true(t->k_part < t->k_whole);
            assert_int_equal(f.tasks.chunks[t->first_output].bytes % (t->cols * 4), 0);
        }
    }
    fixture_free(&f);
}

static void a_bias_is_added_once_by_the_task_that_completes_the_value(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t op = add_matmul(g, OP_NONE, 16, 8, 16384, SPLIT_REPLICATE);
    g->ops[op].vector_ops = 16 * 8 * 1000;
    struct fixture f = lowered(g, 1, 1);
    uint64_t lanes = f.machine.vector_lanes, cycles = 0;
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        assert_int_equal(t->needs.vector_cycles > 0, t->kind == TASK_REDUCE);
        cycles += t->needs.vector_cycles;
    }
    assert_in_range(cycles, 16 * 8 * 1000 / lanes, 16 * 8 * 1040 / lanes + f.tasks.n_tasks);
    fixture_free(&f);
}

static void a_tensor_is_cut_where_its_readers_cut_it_and_no_finer(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 16, 64, 2, "x");
    uint32_t norm = add_rowwise(g, OP_NORM, x, ROLE_ROWS);
    add_rowwise(g, OP_GELU, output_of(g, norm), ROLE_ELEMENT);
    struct fixture f = lowered(g, 1, 1);
    uint32_t norms = count_tasks(&f.tasks, norm, 0, TASK_COMPUTE), inputs = 0;
    for (size_t i = 0; i < f.tasks.n_chunks; i++)
        inputs += f.tasks.chunks[i].tensor == x;
    assert_int_equal(inputs, norms);
    for (size_t i = 0; i < f.tasks.n_tasks; i++)
        assert_int_equal(f.tasks.tasks[i].n_inputs, 1);
    fixture_free(&f);
}

static void a_chain_of_elementwise_ops_keeps_one_grid(void **state)
{
    (void)state;
    struct fixture f = lowered(gpt2_block(), 4, 4);
    uint32_t up = op_named(f.partition.ops, "ffn.up"), gelu = op_named(f.partition.ops, "gelu");
    for (size_t i = 0; i < f.tasks.n_tasks; i++) {
        const struct task *t = &f.tasks.tasks[i];
        if (t->op != gelu)
            continue;
        uint32_t producer = f.tasks.chunks[f.tasks.inputs[t->first_input].chunk].producer;
        assert_int_equal(t->n_inputs, 1);
        assert_int_equal(f.tasks.tasks[producer].op, up);
        assert_int_equal(f.tasks.tasks[producer].tile, t->tile);
        assert_int_equal(f.tasks.tasks[producer].chip, t->chip);
    }
    fixture_free(&f);
}

/* A replicated result that others read too: each chip keeps all of it, each row is written to HBM once, also where
 * the shares of 13, 13, 12 and 12 rows end inside a tile. */
static void a_replicated_result_is_written_once_rows_over_the_chips(void **state)
{
    (void)state;
    static const uint32_t first[5] = {0, 13, 26, 38, 50};
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 50, 128, 2, "x");
    uint32_t norm = add_rowwise(g, OP_NORM, x, ROLE_ROWS);
    g->tensors[output_of(g, norm)].is_output = true;
    add_matmul(g, output_of(g, norm), 50, 256, 128, SPLIT_COLUMNS);
    struct fixture f = lowered(g, 4, 4);
    uint64_t bytes[4] = {0};
    for (size_t i = 0; i < f.tasks.n_chunks; i++) {
        const struct chunk *c = &f.tasks.chunks[i];
        if (c->tensor != output_of(g, norm) || !c->is_output)
            continue;
        bytes[c->chip] += c->bytes;
        assert_in_range(c->row0, first[c->chip], first[c->chip + 1] - 1);
    }
    for (uint32_t chip = 0; chip < 4; chip++)
        assert_int_equal(bytes[chip], (first[chip + 1] - first[chip]) * 128 * 2);
    fixture_free(&f);
}

static void work_of_too_many_tasks_is_refused_before_it_takes_the_memory(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    add_matmul(g, OP_NONE, 1, 524288, 1000000, SPLIT_REPLICATE);
    struct machine_spec s = server(1, 2, 2);
    struct lower_options o = {.tensor_parallel = 1};
    struct machine m;
    struct partition p;
    struct task_graph t;
    struct diag d;
    diag_init(&d);
    assert_int_equal(machine_build_from(&m, &s, &d), SIM_OK);
    assert_int_equal(lower_partition(&p, g, &m, &o, &d), SIM_OK);
    assert_int_equal(lower_tasks(&t, &p, &m, &o, &d), SIM_ERR_BUILD);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.messages[0].key, "workload");
    assert_non_null(strstr(d.messages[0].text, "1000000 tasks"));
    diag_free(&d);
    partition_free(&p);
    machine_free(&m);
}

static void a_generic_node_is_one_task_with_one_chunk(void **state)
{
    (void)state;
    struct graph_options o = {.given = GRAPH_BIT(nodes) | GRAPH_BIT(edge_prob) | GRAPH_BIT(task_cycles) |
                                       GRAPH_BIT(edge_bytes),
                              .nodes = 60,
                              .edge_prob = 0.1,
                              .task_cycles = 77};
    for (uint64_t bytes = 0; bytes <= 4096; bytes += 4096) {
        o.edge_bytes = bytes;
        struct op_graph *g = made("random", &o);
        size_t edges = g->n_operands;
        struct fixture f = lowered(g, 4, 1);
        assert_int_equal(f.tasks.n_tasks, 60);
        assert_int_equal(f.tasks.n_chunks, 60);
        assert_int_equal(f.tasks.n_inputs, edges);
        for (size_t i = 0; i < 60; i++) {
            const struct chunk *c = &f.tasks.chunks[i];
            assert_int_equal(f.tasks.tasks[i].needs.cycles, 77);
            assert_int_equal(f.tasks.tasks[i].needs.vector_cycles, 77);
            assert_int_equal(c->bytes, bytes);
            assert_int_equal(c->is_output, f.partition.ops->tensors[c->tensor].is_output);
        }
        fixture_free(&f);
    }
}

static size_t gpt2_tensors(void)
{
    struct op_graph *g = gpt2_block();
    size_t n = g->n_tensors;
    op_graph_free(g);
    return n;
}

static void the_same_work_gives_the_same_tasks(void **state)
{
    (void)state;
    struct fixture a = lowered(gpt2_block(), 4, 4), b = lowered(gpt2_block(), 4, 4), c = lowered(gpt2_block(), 4, 2);
    struct text x = {0}, y = {0};
    task_graph_print(&a.tasks, &x);
    task_graph_print(&b.tasks, &y);
    assert_string_equal(x.s, y.s);
    assert_string_equal(a.tasks.tasks_hash, b.tasks.tasks_hash);
    assert_string_not_equal(a.tasks.tasks_hash, c.tasks.tasks_hash);
    assert_memory_equal(a.tasks.tensor_c, c.tasks.tensor_c, gpt2_tensors() * sizeof *a.tasks.tensor_c);
    text_free(&x);
    text_free(&y);
    fixture_free(&a);
    fixture_free(&b);
    fixture_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gpt2_block_on_the_quickstart_server_is_a_sane_number_of_tasks),
        cmocka_unit_test(weights_of_tensor_parallel_chips_are_not_duplicated),
        cmocka_unit_test(without_tensor_parallelism_chip_0_does_everything),
        cmocka_unit_test(every_task_fits_the_sram_of_its_unit),
        cmocka_unit_test(common_tiles_have_sums_that_fit_an_eighth_of_the_sram),
        cmocka_unit_test(common_is_best_where_that_fits_all),
        cmocka_unit_test(a_task_that_fits_no_sram_names_its_tensor),
        cmocka_unit_test(a_deep_contraction_of_a_small_output_is_cut_and_added_up),
        cmocka_unit_test(a_bias_is_added_once_by_the_task_that_completes_the_value),
        cmocka_unit_test(a_tensor_is_cut_where_its_readers_cut_it_and_no_finer),
        cmocka_unit_test(a_chain_of_elementwise_ops_keeps_one_grid),
        cmocka_unit_test(a_replicated_result_is_written_once_rows_over_the_chips),
        cmocka_unit_test(work_of_too_many_tasks_is_refused_before_it_takes_the_memory),
        cmocka_unit_test(a_generic_node_is_one_task_with_one_chunk),
        cmocka_unit_test(the_same_work_gives_the_same_tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
