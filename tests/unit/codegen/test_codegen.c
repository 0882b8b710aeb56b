/* SPDX-License-Identifier: Apache-2.0 */
/* test_codegen.c - small task graphs made by hand, and all of what becomes of them. */
#include "tests/unit/codegen/codegen_fixture.h"

struct hand {
    struct op_graph *ops;
    struct task_graph t;
    struct machine machine;
    struct dynamic_machine dynamic;
    struct server_program program;
};

static struct hand hand_new(uint32_t chips)
{
    struct hand h = {.ops = op_graph_new("test")};
    struct machine_spec s = server(chips, 2, 2);
    struct diag d;
    diag_init(&d);
    expect_ok(machine_build_from(&h.machine, &s, &d), &d);
    h.t = (struct task_graph) {.arena = arena_new(), .chips = chips, .units_per_chip = 4};
    return h;
}

static void hand_free(struct hand *h)
{
    server_program_free(&h->program);
    task_graph_free(&h->t);
    op_graph_free(h->ops);
    machine_free(&h->machine);
}

/* All of a row of a tensor, or columns of it. */
static uint32_t add_chunk(struct hand *h, uint32_t tensor, uint32_t producer, uint32_t chip, uint32_t col0,
                          uint32_t cols)
{
    const struct tensor *x = &h->ops->tensors[tensor];
    *VEC_PUSH(&h->t, chunks) = (struct chunk) {.tensor = tensor,
                                               .producer = producer,
                                               .chip = chip,
                                               .bytes = x->rows * cols * x->elem_bytes,
                                               .is_weight = x->kind == TENSOR_WEIGHT,
                                               .is_output = x->is_output,
                                               .rows = x->rows,
                                               .col0 = col0,
                                               .cols = cols};
    return (uint32_t)(h->t.n_chunks - 1);
}

static struct task *add_task(struct hand *h, uint32_t op, uint32_t chip)
{
    struct task *x = VEC_PUSH(&h->t, tasks);
    *x = (struct task) {.op = op,
                        .chip = chip,
                        .first_input = (uint32_t)h->t.n_inputs,
                        .first_output = (uint32_t)h->t.n_chunks,
                        .n_outputs = 1,
                        .rows = h->ops->ops[op].m,
                        .cols = h->ops->ops[op].n,
                        .needs = {.vector_cycles = 1, .cycles = 1}};
    return x;
}

static void add_input(struct hand *h, uint32_t operand, uint32_t chunk)
{
    *VEC_PUSH(&h->t, inputs) = (struct task_input) {.chunk = chunk, .operand = operand};
    h->t.tasks[h->t.n_tasks - 1].n_inputs++;
}

static void generate(struct hand *h, enum dynamic_dispatch dispatch)
{
    struct diag d;
    diag_init(&d);
    h->t.ops = h->ops;
    h->dynamic = sms(&h->machine, dispatch);
    server_program_free(&h->program);
    expect_ok(codegen(&h->program, &h->t, &h->machine, &h->dynamic, 1, &d), &d);
    server_program_check(&h->program);
}

/* x (16 x 8) times w (8 x 16), the columns on two chips; then a ReLU of it all on chip 0. */
static struct hand two_chips(void)
{
    struct hand h = hand_new(2);
    uint32_t x = op_graph_add_tensor(h.ops, TENSOR_INPUT, 16, 8, 2, "x");
    uint32_t matmul = add_matmul(h.ops, x, 16, 16, 8, SPLIT_COLUMNS);
    uint32_t relu = add_rowwise(h.ops, OP_RELU, output_of(h.ops, matmul), ROLE_ELEMENT);
    h.ops->tensors[output_of(h.ops, relu)].is_output = true;
    for (uint32_t chip = 0; chip < 2; chip++)
        add_chunk(&h, x, TASK_NONE, chip, 0, 8);
    for (uint32_t chip = 0; chip < 2; chip++)
        add_chunk(&h, 1, TASK_NONE, chip, 8 * chip, 8);
    for (uint32_t chip = 0; chip < 2; chip++) {
        struct task *t = add_task(&h, matmul, chip);
        t->k_part = t->k_whole = 8;
        t->cols = 8;
        t->needs.matrix_cycles = t->needs.macs = 1;
        add_input(&h, 0, chip);
        add_input(&h, 1, 2 + chip);
        uint32_t chunk = add_chunk(&h, output_of(h.ops, matmul), chip, chip, 8 * chip, 8);
        h.t.chunks[chunk].k_part = h.t.chunks[chunk].k_whole = 8;
    }
    add_task(&h, relu, 0);
    add_input(&h, 0, 4);
    add_input(&h, 0, 5);
    add_chunk(&h, output_of(h.ops, relu), 2, 0, 0, 16);
    return h;
}

static void check_piece(const struct chip_program *p, uint32_t i, uint8_t role, uint16_t home, uint32_t line,
                        uint32_t lines)
{
    assert_int_equal(p->pieces[i].role, role);
    assert_int_equal(p->pieces[i].home, home);
    assert_int_equal(p->pieces[i].line, line);
    assert_int_equal(p->pieces[i].lines, lines);
}

static void a_chunk_is_pushed_to_the_chip_that_reads_it_and_signalled(void **state)
{
    (void)state;
    struct hand h = two_chips();
    generate(&h, DISPATCH_GRAPH);
    const struct chip_program *a = &h.program.chip[0], *b = &h.program.chip[1];
    /* chip 0: counters 0..1, x 2..3, w 4, the copy from chip 1 5..6, own columns 7..8, the result 9..12 */
    assert_int_equal(a->counter_lines, 2);
    assert_int_equal(a->queue_word, 32);
    assert_int_equal(a->input_first, 2);
    assert_int_equal(a->input_lines, 2);
    assert_int_equal(a->memory_lines, 13);
    assert_int_equal(a->n_kernels, 2);
    assert_int_equal(a->n_ctas, 2);
    check_piece(a, 0, PIECE_STREAM_A, 0, 2, 2);
    check_piece(a, 1, PIECE_STREAM_B, 0, 4, 1);
    check_piece(a, 2, PIECE_OUTPUT, 0, 7, 2);
    check_piece(a, 3, PIECE_ROUND, 0, 7, 2);
    check_piece(a, 4, PIECE_ROUND, 0, 5, 2);
    check_piece(a, 5, PIECE_OUTPUT, 0, 9, 4);
    assert_true(a->pieces[5].through && !a->pieces[2].through);
    assert_int_equal(a->n_signals, 0);
    assert_int_equal(a->n_waits, 1);
    assert_int_equal(a->ctas[1].n_waits, 1);
    assert_int_equal(a->waits[0].word, 0);
    assert_int_equal(a->waits[0].n, 1);
    /* chip 1: counters 0, x 1..2, w 3; what it writes lies on chip 0 only */
    assert_int_equal(b->memory_lines, 4);
    check_piece(b, 2, PIECE_OUTPUT, 0, 5, 2);
    assert_int_equal(b->n_pieces, 3);
    assert_int_equal(b->n_signals, 1);
    assert_int_equal(b->signals[0].chip, 0);
    assert_int_equal(b->signals[0].line, 0);
    assert_int_equal(b->signals[0].words, 1);
    assert_int_equal(h.program.output_bytes, 512);
    hand_free(&h);
}

static void without_a_stream_every_producer_signals(void **state)
{
    (void)state;
    struct hand h = two_chips();
    generate(&h, DISPATCH_PERSISTENT);
    const struct chip_program *a = &h.program.chip[0];
    assert_int_equal(a->n_waits, 1);
    assert_int_equal(a->waits[0].n, 2);
    assert_int_equal(a->ctas[0].n_signals, 1);
    assert_int_equal(a->ctas[0].n_waits, 0);
    assert_true(a->ctas[0].weights_ahead);
    assert_false(a->ctas[1].weights_ahead);
    hand_free(&h);
}

/* n generic ops in a row, each handing on so many bytes; op i on chip i % chips. */
static struct hand chain(uint32_t n, uint32_t bytes, uint32_t chips)
{
    struct hand h = hand_new(chips);
    uint32_t last = op_graph_add_tensor(h.ops, TENSOR_INPUT, 1, 128, 1, "x"),
             chunk = add_chunk(&h, last, TASK_NONE, 0, 0, 128);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t out = op_graph_add_tensor(h.ops, TENSOR_ACTIVATION, 1, bytes, 1, "y%u", i);
        uint32_t op = op_graph_add_op(h.ops, OP_GENERIC, out, "op%u", i);
        op_graph_add_operand(h.ops, op, last, 0, h.ops->tensors[last].cols, ROLE_ALL);
        h.ops->tensors[out].is_output = i == n - 1;
        add_task(&h, op, i % chips);
        add_input(&h, 0, chunk);
        chunk = add_chunk(&h, out, i, i % chips, 0, bytes);
        last = out;
    }
    return h;
}

static uint32_t output_line(const struct hand *h, uint32_t cta)
{
    const struct chip_program *p = &h->program.chip[0];
    return p->pieces[p->ctas[cta].first_piece + p->ctas[cta].n_pieces - 1].line;
}

static void lines_are_used_again_when_the_last_reader_has_ended(void **state)
{
    (void)state;
    struct hand h = chain(4, 128, 1);
    generate(&h, DISPATCH_GRAPH);
    const uint32_t stream[] = {2, 3, 2, 3}, persistent[] = {2, 3, 4, 5};
    assert_int_equal(h.program.chip[0].n_kernels, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(output_line(&h, i), stream[i]);
    assert_int_equal(h.program.chip[0].memory_lines, 4);
    generate(&h, DISPATCH_PERSISTENT); /* one more line of counters */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(output_line(&h, i), persistent[i] + 1);
    hand_free(&h);
}

static void a_dependence_of_no_bytes_has_a_wait_and_no_piece(void **state)
{
    (void)state;
    struct hand h = chain(2, 0, 2);
    generate(&h, DISPATCH_GRAPH);
    const struct chip_program *b = &h.program.chip[1];
    assert_int_equal(h.program.chip[0].n_pieces, 1);
    assert_int_equal(h.program.chip[0].n_signals, 1);
    assert_int_equal(b->n_pieces, 0);
    assert_int_equal(b->n_waits, 1);
    assert_int_equal(b->waits[0].n, 1);
    assert_int_equal(b->ctas[0].n_operands, 0);
    assert_int_equal(b->ctas[0].kind, CTA_CYCLES);
    hand_free(&h);
}

static void what_a_tile_does_not_read_is_a_constant_in_its_place(void **state)
{
    (void)state;
    struct hand h = hand_new(1);
    uint32_t first = op_graph_add_tensor(h.ops, TENSOR_INPUT, 16, 8, 2, "first");
    uint32_t second = op_graph_add_tensor(h.ops, TENSOR_INPUT, 16, 8, 2, "second");
    uint32_t none = op_graph_add_tensor(h.ops, TENSOR_INPUT, 1, 0, 2, "none");
    uint32_t w = op_graph_add_tensor(h.ops, TENSOR_WEIGHT, 16, 8, 2, "w");
    uint32_t out = op_graph_add_tensor(h.ops, TENSOR_ACTIVATION, 16, 8, 2, "out");
    uint32_t op = op_graph_add_op(h.ops, OP_MATMUL, out, "heads");
    op_graph_add_operand(h.ops, op, first, 0, 8, ROLE_A);
    op_graph_add_operand(h.ops, op, second, 0, 8, ROLE_A);
    op_graph_add_operand(h.ops, op, none, 0, 0, ROLE_ALL);
    op_graph_add_operand(h.ops, op, w, 0, 8, ROLE_B);
    add_chunk(&h, second, TASK_NONE, 0, 0, 8);
    add_chunk(&h, w, TASK_NONE, 0, 0, 8);
    struct task *t = add_task(&h, op, 0);
    t->needs.matrix_cycles = 1;
    t->k_first = t->k_part = 8;
    t->k_whole = 16;
    add_input(&h, 1, 0);
    add_input(&h, 3, 1);
    add_chunk(&h, out, 0, 0, 0, 8);
    generate(&h, DISPATCH_GRAPH);
    const struct chip_program *p = &h.program.chip[0];
    assert_int_equal(p->n_pieces, 4);
    check_piece(p, 0, PIECE_CONSTANT, 0, 0, 0);
    assert_int_equal(p->pieces[0].tensor, first);
    check_piece(p, 1, PIECE_STREAM_A, 0, 1, 2);
    check_piece(p, 2, PIECE_STREAM_B, 0, 3, 2);
    assert_int_equal(p->pieces[2].operand, 3);
    assert_int_equal(p->ctas[0].n_operands, 3);
    hand_free(&h);
}

static void a_stream_goes_along_k(void **state)
{
    (void)state;
    struct hand h = hand_new(1);
    uint32_t x = op_graph_add_tensor(h.ops, TENSOR_INPUT, 16, 128, 2, "x");
    uint32_t op = add_matmul(h.ops, x, 16, 16, 128, SPLIT_COLUMNS);
    for (uint32_t row = 0; row < 2; row++) { /* rows outside, K inside: as lowering lists them */
        for (uint32_t k = 0; k < 2; k++) {
            uint32_t i = add_chunk(&h, x, TASK_NONE, 0, 64 * k, 64);
            struct chunk *c = &h.t.chunks[i];
            c->row0 = 8 * row;
            c->rows = 8;
            c->bytes = 8 * 64 * 2;
        }
    }
    add_chunk(&h, 1, TASK_NONE, 0, 0, 16);
    struct task *t = add_task(&h, op, 0);
    t->needs.matrix_cycles = 1;
    t->k_part = t->k_whole = 128;
    for (uint32_t i = 0; i < 4; i++)
        add_input(&h, 0, i);
    add_input(&h, 1, 4);
    add_chunk(&h, output_of(h.ops, op), 0, 0, 0, 16);
    generate(&h, DISPATCH_GRAPH);
    const struct chip_program *p = &h.program.chip[0];
    const uint32_t chunks[] = {0, 2, 1, 3};
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(p->pieces[i].chunk, chunks[i]);
    /* K in two slices of 64; 16 lines of each operand and slice; the pipeline is no longer than the stream */
    assert_int_equal(p->ctas[0].steps, 2);
    assert_int_equal(p->ctas[0].shared_bytes, (16 + 16) * 128 * 2);
    assert_int_equal(p->ctas[0].register_bytes, 16 * 16 * 4 + 8 * 32 * 128);
    hand_free(&h);
}

static void a_tile_that_fits_no_sm_is_refused(void **state)
{
    (void)state;
    struct hand h = two_chips();
    struct diag d;
    diag_init(&d);
    h.t.ops = h.ops;
    h.dynamic = sms(&h.machine, DISPATCH_GRAPH);
    h.dynamic.sm.register_bytes = 32768;
    assert_int_equal(codegen(&h.program, &h.t, &h.machine, &h.dynamic, 1, &d), SIM_ERR_BUILD);
    assert_int_equal(d.count, 1);
    assert_non_null(strstr(d.messages[0].text, "matmul0"));
    assert_non_null(strstr(d.messages[0].text, "registers"));
    assert_null(h.program.chip);
    diag_free(&d);
    diag_init(&d);
    h.dynamic = sms(&h.machine, DISPATCH_GRAPH);
    h.dynamic.sm.shared_bytes = 256;
    assert_int_equal(codegen(&h.program, &h.t, &h.machine, &h.dynamic, 1, &d), SIM_ERR_BUILD);
    assert_non_null(strstr(d.messages[0].text, "shared memory"));
    diag_free(&d);
    hand_free(&h);
}

static void more_memory_than_line_numbers_is_refused(void **state)
{
    (void)state;
    struct hand h = hand_new(1);
    uint32_t w = op_graph_add_tensor(h.ops, TENSOR_WEIGHT, 65535, 65535, 1, "w");
    uint32_t out = op_graph_add_tensor(h.ops, TENSOR_ACTIVATION, 1, 1, 1, "out");
    uint32_t op = op_graph_add_op(h.ops, OP_GENERIC, out, "large");
    op_graph_add_operand(h.ops, op, w, 0, 65535, ROLE_ALL);
    for (uint32_t i = 0; i < 129; i++) /* of 2^25 lines each */
        add_chunk(&h, w, TASK_NONE, 0, 0, 65535);
    add_task(&h, op, 0);
    for (uint32_t i = 0; i < 129; i++)
        add_input(&h, 0, i);
    add_chunk(&h, out, 0, 0, 0, 1);
    struct diag d;
    diag_init(&d);
    h.t.ops = h.ops;
    h.dynamic = sms(&h.machine, DISPATCH_GRAPH);
    assert_int_equal(codegen(&h.program, &h.t, &h.machine, &h.dynamic, 1, &d), SIM_ERR_BUILD);
    assert_non_null(strstr(d.messages[0].text, "chip0.memory"));
    diag_free(&d);
    hand_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chunk_is_pushed_to_the_chip_that_reads_it_and_signalled),
        cmocka_unit_test(without_a_stream_every_producer_signals),
        cmocka_unit_test(lines_are_used_again_when_the_last_reader_has_ended),
        cmocka_unit_test(a_dependence_of_no_bytes_has_a_wait_and_no_piece),
        cmocka_unit_test(what_a_tile_does_not_read_is_a_constant_in_its_place),
        cmocka_unit_test(a_stream_goes_along_k),
        cmocka_unit_test(a_tile_that_fits_no_sm_is_refused),
        cmocka_unit_test(more_memory_than_line_numbers_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
