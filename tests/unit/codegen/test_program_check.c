/* SPDX-License-Identifier: Apache-2.0 */
/* test_program_check.c - the check finds a program in which one thing is wrong. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/codegen/codegen_fixture.h"

/* True when the check of `p` aborts; it runs in a child process. */
static bool refused(const struct server_program *p)
{
    pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        server_program_check(p);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

/* The program of a ring of four: waits across chips and inside a kernel. */
static struct made_program ring(enum dynamic_dispatch dispatch)
{
    struct machine_spec s = server(4, 2, 2);
    struct lower_options o = {.tensor_parallel = 4, .collective = COLLECTIVE_RING, .tiling_common = true};
    struct op_graph *g = op_graph_new("test");
    uint32_t x = op_graph_add_tensor(g, TENSOR_INPUT, 32, 64, 2, "x");
    uint32_t up = add_matmul(g, x, 32, 256, 64, SPLIT_COLUMNS);
    uint32_t down = add_matmul(g, output_of(g, up), 32, 64, 256, SPLIT_K);
    uint32_t norm = add_rowwise(g, OP_NORM, output_of(g, down), ROLE_ROWS);
    uint32_t last = add_matmul(g, output_of(g, norm), 32, 64, 64, SPLIT_COLUMNS);
    g->tensors[output_of(g, last)].is_output = true;
    struct made_program f = program_on(g, &s, &o, dispatch, 2);
    assert_false(refused(&f.program));
    return f;
}

static void a_signal_that_is_dropped_is_found(void **state)
{
    (void)state;
    for (int dispatch = DISPATCH_GRAPH; dispatch <= DISPATCH_PERSISTENT; dispatch++) {
        struct made_program f = ring(dispatch);
        uint32_t found = 0;
        for (uint32_t chip = 0; chip < 4; chip++) {
            struct chip_program *p = &f.program.chip[chip];
            for (size_t i = 0; i < p->n_signals; i += 5, found++) {
                uint32_t words = p->signals[i].words;
                p->signals[i].words = words & (words - 1);
                assert_true(refused(&f.program));
                p->signals[i].words = words;
            }
        }
        assert_true(found > 10);
        made_program_free(&f);
    }
}

static void a_wait_for_another_number_is_found(void **state)
{
    (void)state;
    struct made_program f = ring(DISPATCH_GRAPH);
    for (uint32_t chip = 0; chip < 4; chip++) {
        struct chip_program *p = &f.program.chip[chip];
        for (size_t i = 0; i < p->n_waits; i += 3) {
            p->waits[i].n++;
            assert_true(refused(&f.program));
            p->waits[i].n -= 2;
            assert_true(refused(&f.program));
            p->waits[i].n++;
        }
    }
    made_program_free(&f);
}

static void a_piece_in_another_place_is_found(void **state)
{
    (void)state;
    for (int dispatch = DISPATCH_GRAPH; dispatch <= DISPATCH_PERSISTENT; dispatch++) {
        struct made_program f = ring(dispatch);
        struct chip_program *p = &f.program.chip[1];
        for (size_t i = 0; i < p->n_pieces; i += 7) {
            if (p->pieces[i].role == PIECE_CONSTANT || p->pieces[i].through)
                continue; /* a result that nobody reads may lie elsewhere */
            p->pieces[i].line++;
            assert_true(refused(&f.program));
            p->pieces[i].line--;
        }
        made_program_free(&f);
    }
}

static void two_chunks_in_one_place_are_found(void **state)
{
    (void)state;
    struct made_program f = ring(DISPATCH_PERSISTENT);
    struct chip_program *p = &f.program.chip[0];
    uint32_t results = 0;
    for (size_t i = 0; i < p->n_pieces; i++) {
        if (!p->pieces[i].through)
            continue;
        uint32_t line = p->pieces[i].line;
        p->pieces[i].line = p->sources[0].line;
        assert_true(refused(&f.program));
        p->pieces[i].line = line;
        results++;
    }
    assert_true(results > 0);
    made_program_free(&f);
}

static void a_chip_without_a_stream_needs_every_wait(void **state)
{
    (void)state;
    struct made_program f = ring(DISPATCH_GRAPH);
    f.program.stream = false;
    assert_true(refused(&f.program));
    made_program_free(&f);
}

static void an_order_that_waits_for_itself_is_found(void **state)
{
    (void)state;
    struct made_program f = ring(DISPATCH_PERSISTENT);
    struct chip_program *p = &f.program.chip[0];
    struct kernel *k = &p->kernels[0];
    struct cta first = p->ctas[0];
    assert_true(p->n_kernels > 2 && p->ctas[p->n_ctas - 1].n_waits > 0 && first.n_signals > 0);
    /* One kernel for all, the first CTA last: those before it wait for its signals for ever. */
    for (size_t i = 0; i < p->n_ctas; i++)
        p->ctas[i].kernel = 0;
    k->n_ctas = (uint32_t)p->n_ctas;
    p->n_kernels = 1;
    assert_false(refused(&f.program));
    uint32_t task = p->ctas[0].task;
    memmove(&p->ctas[0], &p->ctas[1], (p->n_ctas - 1) * sizeof *p->ctas);
    p->ctas[p->n_ctas - 1] = first;
    assert_int_equal(p->ctas[p->n_ctas - 1].task, task);
    assert_true(refused(&f.program));
    made_program_free(&f);
}

static void an_operand_left_out_is_found(void **state)
{
    (void)state;
    struct made_program f = ring(DISPATCH_GRAPH);
    struct chip_program *p = &f.program.chip[0];
    for (size_t i = 0; i < p->n_ctas; i++) {
        struct cta_piece *x = &p->pieces[p->ctas[i].first_piece];
        uint32_t tensor = x->tensor;
        x->tensor = (tensor + 1) % f.program.n_tensors;
        assert_true(refused(&f.program));
        x->tensor = tensor;
    }
    f.program.output_bytes++;
    assert_true(refused(&f.program));
    made_program_free(&f);
}

/* ---- sums that switches make ---- */

static struct made_program in_switches(uint32_t chips, uint32_t leaf)
{
    struct machine_spec s = switches(chips, leaf, 1, 2);
    struct made_program f = all_reduce(&s, chips, false, DISPATCH_GRAPH);
    assert_false(refused(&f.program));
    return f;
}

/* One thing about a piece that switches read or write is wrong. */
static uint32_t wrong_in_turn(struct made_program *f, struct cta_piece *x)
{
    struct cta_piece right = *x;
    uint32_t n = 0;
    for (uint32_t what = 0; what < 6; what++, n++) {
        x->line += what == 0;
        x->bytes -= what == 1 ? 4 : 0;
        x->chunk += what == 2;
        x->k_part -= what == 3;
        x->home = (uint16_t)(what == 4 ? (x->home + 1u) % f->program.chips : x->home);
        x->operand += what == 5 && x->role != PIECE_OUTPUT;
        bool as_it_was = memcmp(x, &right, sizeof right) == 0;
        assert_true(as_it_was || refused(&f->program));
        *x = right;
    }
    return n;
}

static void a_wrong_partial_of_a_switch_is_found(void **state)
{
    (void)state;
    for (uint32_t leaf = 2; leaf <= 4; leaf += 2) {
        struct made_program f = in_switches(4, leaf);
        uint32_t found = 0;
        for (uint32_t chip = 0; chip < 4; chip++) {
            struct chip_program *p = &f.program.chip[chip];
            for (size_t i = 0; i < p->n_pieces && found < 100; i++)
                if (p->pieces[i].role == PIECE_PARTIAL || p->pieces[i].home >= 4)
                    found += wrong_in_turn(&f, &p->pieces[i]);
        }
        assert_true(found >= 100);
        assert_false(refused(&f.program));
        for (uint32_t i = 0; i < f.program.n_groups; i++) {
            f.program.groups[i].n--;
            assert_true(refused(&f.program));
            f.program.groups[i].n++;
        }
        made_program_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_that_is_dropped_is_found),
        cmocka_unit_test(a_wait_for_another_number_is_found),
        cmocka_unit_test(a_piece_in_another_place_is_found),
        cmocka_unit_test(two_chunks_in_one_place_are_found),
        cmocka_unit_test(a_chip_without_a_stream_needs_every_wait),
        cmocka_unit_test(an_order_that_waits_for_itself_is_found),
        cmocka_unit_test(an_operand_left_out_is_found),
        cmocka_unit_test(a_wrong_partial_of_a_switch_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
