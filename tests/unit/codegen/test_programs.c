/* SPDX-License-Identifier: Apache-2.0 */
/* test_programs.c - programs of all kinds of work keep the rules of a program. */
#include "sim/base/rng.h"
#include "tests/unit/codegen/codegen_fixture.h"

static const enum dynamic_dispatch dispatches[] = {DISPATCH_GRAPH, DISPATCH_PERSISTENT};

static void check_source(const char *source, const struct graph_options *o, uint32_t chips, uint32_t tensor_parallel)
{
    for (size_t i = 0; i < 2; i++) {
        struct made_program f = program_of(made(source, o), chips, tensor_parallel, dispatches[i]);
        made_program_free(&f);
    }
}

static void gpt2_on_one_to_eight_chips(void **state)
{
    (void)state;
    for (uint32_t chips = 1; chips <= 8; chips *= 2)
        for (uint32_t parallel = 1; parallel <= chips; parallel++)
            for (size_t i = 0; i < 2; i++) {
                struct made_program f = program_of(gpt2_block(), chips, parallel, dispatches[i]);
                made_program_free(&f);
            }
}

static void every_way_of_collectives(void **state)
{
    (void)state;
    for (int way = COLLECTIVE_RING; way <= COLLECTIVE_DOUBLING; way++) {
        for (size_t i = 0; i < 2; i++) {
            struct machine_spec s = server(4, 4, 4);
            struct lower_options o = {.tensor_parallel = 4, .collective = way, .tiling_common = true};
            struct made_program f = program_on(gpt2_block(), &s, &o, dispatches[i], 3);
            made_program_free(&f);
        }
    }
}

static void convolutions_layers_and_generic_graphs(void **state)
{
    (void)state;
    struct graph_options o = {0};
    check_source("cnn", &o, 1, 1);
    check_source("cnn", &o, 4, 4);
    check_source("mlp", &o, 1, 1);
    check_source("mlp", &o, 4, 4);
    check_source("random", &o, 4, 1);
    check_source("random", &o, 4, 4);
    o = (struct graph_options) {.given = GRAPH_BIT(file), .file = BPSIM_SOURCE_DIR "/configs/workload/wave-3x3.stg"};
    check_source("stg", &o, 4, 1);
    o = (struct graph_options) {.given = GRAPH_BIT(edge_bytes), .edge_bytes = 0};
    check_source("random", &o, 4, 1);
}

/* A work of matrix, row-wise and element-wise ops that read one or two of those before. */
static struct op_graph *random_work(struct rng *r)
{
    struct op_graph *g = op_graph_new("test");
    uint32_t rows = 1 + (uint32_t)rng_below(r, 70), cols = 8 * (1 + (uint32_t)rng_below(r, 30));
    uint32_t last = op_graph_add_tensor(g, TENSOR_INPUT, rows, cols, 2, "x"), before = last, op = 0;
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t width = 8 * (1 + (uint32_t)rng_below(r, 30)), read = last;
        switch (rng_below(r, 4)) {
        case 0:
            op = add_rowwise(g, OP_NORM, read, ROLE_ROWS);
            break;
        case 1:
            op = add_rowwise(g, OP_RESIDUAL, read, ROLE_ELEMENT);
            if (g->tensors[before].cols == g->tensors[read].cols)
                op_graph_add_operand(g, op, before, 0, g->tensors[read].cols, ROLE_ELEMENT);
            break;
        default:
            op = add_matmul(g, read, rows, width, g->tensors[read].cols, rng_below(r, 2) ? SPLIT_K : SPLIT_COLUMNS);
        }
        before = last;
        last = output_of(g, op);
    }
    g->tensors[last].is_output = true;
    return g;
}

static void random_works_on_random_servers(void **state)
{
    (void)state;
    struct rng r;
    rng_init(&r, 1, "test_programs");
    for (uint32_t i = 0; i < 60; i++) {
        uint32_t chips = 1 + (uint32_t)rng_below(&r, 5);
        struct machine_spec s = server(chips, 1 + (uint32_t)rng_below(&r, 3), 1 + (uint32_t)rng_below(&r, 3));
        struct lower_options o = {.tensor_parallel = 1 + (uint32_t)rng_below(&r, chips),
                                  .collective = rng_below(&r, 4),
                                  .tiling_common = rng_below(&r, 2)};
        struct op_graph *g = random_work(&r);
        o.pipeline = 1 + (uint32_t)rng_below(&r, chips / o.tensor_parallel);
        struct made_program f = program_on(g, &s, &o, dispatches[rng_below(&r, 2)], 1 + (uint32_t)rng_below(&r, 3));
        made_program_free(&f);
    }
}

/* A queue word per SM, each CTA in the list of its task's SM, in order; on more SMs than a line has words too. */
static void a_placed_program_has_each_cta_on_its_sm_once(void **state)
{
    (void)state;
    for (uint32_t side = 2; side <= 8; side *= 2) {
        struct machine_spec s = server(2, side, side);
        struct lower_options o = {.tensor_parallel = 2, .tiling_common = true};
        struct made_program f = program_for(gpt2_block(), &s, &o, DISPATCH_PERSISTENT, 2, true);
        uint32_t units = side * side, *unit_of = mem_alloc_array(f.tasks.n_tasks, sizeof *unit_of);
        for (uint32_t i = 0; i < f.tasks.n_tasks; i++)
            unit_of[i] = i * 7 % units;
        server_program_place(&f.program, unit_of, units);
        server_program_check(&f.program);
        for (uint32_t chip = 0; chip < 2; chip++) {
            const struct chip_program *p = &f.program.chip[chip];
            assert_int_equal(p->unit_first[units], p->n_ctas);
            assert_true(p->queue_word + units <= p->counter_lines * 32);
            for (uint32_t u = 0; u < units; u++)
                for (uint32_t i = p->unit_first[u]; i < p->unit_first[u + 1]; i++) {
                    assert_int_equal(unit_of[p->ctas[p->unit_ctas[i]].task], u);
                    assert_true(i == p->unit_first[u] || p->unit_ctas[i] > p->unit_ctas[i - 1]);
                }
        }
        free(unit_of);
        made_program_free(&f);
    }
}

static void the_same_work_gives_the_same_program(void **state)
{
    (void)state;
    struct made_program a = program_of(gpt2_block(), 4, 4, DISPATCH_GRAPH);
    struct made_program b = program_of(gpt2_block(), 4, 4, DISPATCH_GRAPH);
    char *x = text_of(&a.program), *y = text_of(&b.program);
    assert_string_equal(x, y);
    free(x);
    free(y);
    made_program_free(&a);
    made_program_free(&b);
}

/* Compute tasks that hold only a part of their contraction. */
static uint32_t count_partials(const struct task_graph *t)
{
    uint32_t n = 0;
    for (size_t i = 0; i < t->n_tasks; i++)
        n += t->tasks[i].kind == TASK_COMPUTE && t->tasks[i].k_part < t->tasks[i].k_whole;
    return n;
}

static void tiles_of_an_sm_cut_the_contraction_less_than_those_of_a_unit(void **state)
{
    (void)state;
    struct machine_spec s = server(1, 4, 4);
    struct lower_options own = {.tensor_parallel = 1};
    struct fixture unit = lowered_on(gpt2_block(), &s, &own);
    struct made_program sm = program_on(gpt2_block(), &s, &own, DISPATCH_GRAPH, 1);
    assert_true(count_partials(&sm.tasks) < count_partials(&unit.tasks));
    for (size_t i = 0; i < sm.tasks.n_tasks; i++)
        assert_true(sm.tasks.tasks[i].needs.matrix_cycles == 0 ||
                    sm.tasks.tasks[i].rows * sm.tasks.tasks[i].cols * 4 + 32768 <= 131072);
    task_graph_check(&sm.tasks);
    made_program_free(&sm);
    fixture_free(&unit);
}

static void common_tiles_are_those_of_the_other_machine(void **state)
{
    (void)state;
    struct machine_spec s = server(4, 4, 4);
    struct lower_options common = {.tensor_parallel = 4, .tiling_common = true};
    struct fixture unit = lowered_on(gpt2_block(), &s, &common);
    struct made_program sm = program_on(gpt2_block(), &s, &common, DISPATCH_PERSISTENT, 1);
    assert_string_equal(sm.program.tasks_hash, unit.tasks.tasks_hash);
    made_program_free(&sm);
    fixture_free(&unit);
}

/* As deep as a load is long: on an SM with room for sixteen slices a CTA has the fewest that hide 1024 cycles. */
static void slices_ahead_hide_a_load_and_are_no_more(void **state)
{
    (void)state;
    struct machine_spec s = server(1, 4, 4);
    struct lower_options o = {.tensor_parallel = 1};
    struct made_program f = program_on(gpt2_block(), &s, &o, DISPATCH_GRAPH, 1);
    struct server_program p;
    struct diag d;
    diag_init(&d);
    f.dynamic.sm.shared_bytes = 4u << 20;
    expect_ok(codegen(&p, &f.tasks, &f.machine, &f.dynamic, 1, &d), &d);
    uint32_t seen = 0;
    for (size_t i = 0; i < p.chip[0].n_ctas; i++) {
        const struct cta *c = &p.chip[0].ctas[i];
        if (c->kind != CTA_MATRIX)
            continue;
        uint32_t held = c->stages < c->steps ? c->stages : c->steps;
        uint64_t lines = c->shared_bytes / 128 / held, multiply = c->matrix_cycles / c->steps;
        uint64_t slice = lines > multiply ? lines : multiply;
        assert_true(c->stages == f.dynamic.sm.stages || (c->stages - 2) * slice < 1024);
        assert_true(c->stages >= c->steps || c->stages == 16 || (c->stages - 1) * slice >= 1024);
        seen += c->stages > f.dynamic.sm.stages;
    }
    assert_true(seen > 0);
    server_program_free(&p);
    made_program_free(&f);
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpt2_on_one_to_eight_chips),
        cmocka_unit_test(every_way_of_collectives),
        cmocka_unit_test(convolutions_layers_and_generic_graphs),
        cmocka_unit_test(random_works_on_random_servers),
        cmocka_unit_test(a_placed_program_has_each_cta_on_its_sm_once),
        cmocka_unit_test(the_same_work_gives_the_same_program),
        cmocka_unit_test(tiles_of_an_sm_cut_the_contraction_less_than_those_of_a_unit),
        cmocka_unit_test(common_tiles_are_those_of_the_other_machine),
        cmocka_unit_test(slices_ahead_hide_a_load_and_are_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
