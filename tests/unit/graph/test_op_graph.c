/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"
#include "sim/graph/op_graph.h"

/* x --relu--> a --matmul with w--> y, in this order of ids: tensors x 0, w 1, a 2, y 3; ops relu 0, matmul 1. */
static struct op_graph *small_graph(void)
{
    struct op_graph *g = op_graph_new("test");
    g->dtype_bytes = 2;
    op_graph_add_tensor(g, TENSOR_INPUT, 4, 8, 2, "x");
    op_graph_add_tensor(g, TENSOR_WEIGHT, 8, 3, 2, "w");
    op_graph_add_tensor(g, TENSOR_ACTIVATION, 4, 8, 2, "a");
    op_graph_add_tensor(g, TENSOR_ACTIVATION, 4, 3, 2, "y");
    op_graph_add_op(g, OP_RELU, 2, "relu");
    op_graph_add_operand(g, 0, 0, 0, 8, ROLE_ELEMENT);
    op_graph_add_op(g, OP_MATMUL, 3, "matmul");
    op_graph_add_operand(g, 1, 2, 0, 8, ROLE_A);
    op_graph_add_operand(g, 1, 1, 0, 3, ROLE_B);
    g->ops[1].k = 8;
    g->ops[1].macs = 4 * 3 * 8;
    g->tensors[3].is_output = true;
    return g;
}

/* Generic ops; edges are pairs, ended by {0, 0}. Tensor v is op v's. */
struct edge {
    uint32_t from, to;
};
static struct op_graph *generic_graph(uint32_t nodes, const struct edge *edges, uint32_t bytes)
{
    struct op_graph *g = op_graph_new("test");
    for (uint32_t v = 0; v < nodes; v++) {
        op_graph_add_tensor(g, TENSOR_ACTIVATION, 1, bytes, 1, "n%u", v);
    }
    for (uint32_t v = 0; v < nodes; v++) {
        op_graph_add_op(g, OP_GENERIC, v, "n%u", v);
        g->ops[v].cycles = 10 + v;
        for (const struct edge *e = edges; e->from != e->to; e++) {
            if (e->to == v) {
                op_graph_add_operand(g, v, e->from, 0, bytes, ROLE_ALL);
            }
        }
    }
    return g;
}

static int order_of(const struct op_graph *g, uint32_t *order, uint32_t *level, struct text *message)
{
    struct diag d;
    diag_init(&d);
    int error = op_graph_order(g, order, level, &d);
    if (d.count > 0) {
        text_add(message, d.messages[0].text);
    }
    diag_free(&d);
    return error;
}

static void ready_ops_come_in_order_of_their_index(void **state)
{
    (void)state;
    /* 5 and 4 are sources; 0 waits for 5, 1 for 4, 2 for both, 3 for nobody. */
    static const struct edge edges[] = {{5, 0}, {4, 1}, {4, 2}, {5, 2}, {0, 0}};
    static const uint32_t expected[] = {3, 4, 1, 5, 0, 2}, levels[] = {1, 1, 1, 0, 0, 0};
    struct op_graph *g = generic_graph(6, edges, 4);
    uint32_t order[6], level[6];
    assert_int_equal(order_of(g, order, level, NULL), SIM_OK);
    assert_memory_equal(order, expected, sizeof order);
    assert_memory_equal(level, levels, sizeof level);
    op_graph_free(g);
}

static void a_cycle_is_refused_with_the_names_of_its_ops(void **state)
{
    (void)state;
    static const struct edge edges[] = {{0, 1}, {1, 2}, {2, 3}, {3, 1}, {3, 4}, {0, 0}};
    struct op_graph *g = generic_graph(5, edges, 4);
    uint32_t order[5], level[5];
    struct text message = {0};
    assert_int_equal(order_of(g, order, level, &message), SIM_ERR_INPUT);
    assert_string_equal(message.s, "the graph has a cycle of 3 ops: n1 -> n2 -> n3 -> n1");
    text_free(&message);
    assert_int_equal(op_graph_cycle(g, order), 3);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 3);
    op_graph_free(g);
}

static void an_op_that_reads_itself_is_a_cycle_of_one(void **state)
{
    (void)state;
    struct op_graph *g = op_graph_new("test");
    op_graph_add_tensor(g, TENSOR_ACTIVATION, 1, 4, 1, "n0");
    op_graph_add_op(g, OP_GENERIC, 0, "n0");
    op_graph_add_operand(g, 0, 0, 0, 4, ROLE_ALL);
    uint32_t order[1], level[1];
    struct text message = {0};
    assert_int_equal(order_of(g, order, level, &message), SIM_ERR_INPUT);
    assert_string_equal(message.s, "the graph has a cycle of 1 ops: n0 -> n0");
    text_free(&message);
    op_graph_free(g);
}

static void the_critical_path_of_generic_ops_is_in_cycles(void **state)
{
    (void)state;
    static const struct edge edges[] = {{0, 1}, {1, 3}, {2, 3}, {0, 0}};
    struct op_graph *g = generic_graph(4, edges, 4);
    struct op_graph_figures f;
    struct diag d;
    diag_init(&d);
    g->ops[2].cycles = 1000;
    assert_int_equal(op_graph_figures(g, &f, &d), SIM_OK);
    assert_int_equal(f.nodes, 4);
    assert_int_equal(f.edges, 3);
    assert_int_equal(f.levels, 3);
    assert_int_equal(f.critical_path, 1013);
    assert_int_equal(f.total_work, 10 + 11 + 1000 + 13);
    diag_free(&d);
    op_graph_free(g);
}

static void an_op_that_reads_a_tensor_twice_has_one_edge_from_it(void **state)
{
    (void)state;
    static const struct edge edges[] = {{0, 1}, {0, 1}, {0, 2}, {0, 0}};
    struct op_graph *g = generic_graph(3, edges, 4);
    struct op_edge *list;
    assert_int_equal(op_graph_edges(g, &list), 2);
    assert_int_equal(list[0].to, 1);
    assert_int_equal(list[1].to, 2);
    free(list);
    op_graph_free(g);
}

static void checksums_fold_the_operands_in_operand_order(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    uint64_t c[4];
    op_graph_checksums(g, 0, c);
    assert_true(c[0] == mix64(0, 0));
    assert_true(c[1] == mix64(1, 0));
    assert_true(c[2] == mix64(0, c[0]));
    assert_true(c[3] == mix64(mix64(1, c[2]), c[1]));
    op_graph_free(g);
}

static void another_version_changes_inputs_and_what_hangs_on_them_but_no_weights(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    uint64_t a[4], b[4];
    op_graph_checksums(g, 0, a);
    op_graph_checksums(g, 1, b);
    assert_true(a[0] != b[0] && a[1] == b[1] && a[2] != b[2] && a[3] != b[3]);
    op_graph_free(g);
}

static void operands_without_bytes_do_not_take_part_in_checksums(void **state)
{
    (void)state;
    static const struct edge edges[] = {{0, 1}, {0, 0}};
    struct op_graph *g = generic_graph(2, edges, 0);
    uint64_t c[2];
    op_graph_checksums(g, 0, c);
    assert_true(c[0] == 0 && c[1] == 1);
    op_graph_free(g);
}

static void a_collective_hands_its_checksum_through(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    uint64_t c[5];
    op_graph_add_tensor(g, TENSOR_ACTIVATION, 4, 3, 2, "sum");
    uint32_t op = op_graph_add_op(g, OP_COLLECTIVE, 4, "all_reduce");
    op_graph_add_operand(g, op, 3, 0, 3, ROLE_PARTIALS);
    op_graph_checksums(g, 0, c);
    assert_true(c[4] == c[3]);
    op_graph_free(g);
}

/* Breaks one thing of a sound graph; the check must see it. */
static void assert_broken(struct op_graph *g, const char *text)
{
    struct diag d;
    diag_init(&d);
    assert_int_equal(op_graph_check(g, &d), SIM_ERR_INPUT);
    assert_true(d.count >= 1);
    if (strstr(d.messages[0].text, text) == NULL) {
        fail_msg("'%s' does not say '%s'", d.messages[0].text, text);
    }
    diag_free(&d);
    op_graph_free(g);
}

static void a_sound_graph_passes_the_check(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    struct diag d;
    diag_init(&d);
    assert_int_equal(op_graph_check(g, &d), SIM_OK);
    assert_int_equal(d.count, 0);
    diag_free(&d);
    op_graph_free(g);
}

static void each_broken_rule_is_named(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    g->ops[1].macs++;
    assert_broken(g, "op matmul: its MACs are not m x n x k");
    g = small_graph();
    g->operands[1].cols = 7;
    assert_broken(g, "op matmul: its left operands do not add up to its contraction");
    g = small_graph();
    g->operands[2].col0 = 1;
    assert_broken(g, "op matmul: it reads columns that are not there");
    g = small_graph();
    g->operands[2].tensor = 4;
    assert_broken(g, "op matmul: it reads a tensor that is not there");
    g = small_graph();
    g->tensors[1].rows = 9;
    assert_broken(g, "op matmul: an operand has not the shape of its role");
    g = small_graph();
    g->ops[0].n = 9;
    assert_broken(g, "op relu: its output has another shape");
    g = small_graph();
    g->tensors[2].producer = 1;
    assert_broken(g, "tensor a: no op writes it");
    g = small_graph();
    g->ops[1].split = SPLIT_COLUMNS;
    g->ops[1].group_cols = 2;
    assert_broken(g, "op matmul: its columns are not whole groups");
    g = small_graph();
    g->tensors[0].elem_bytes = 0;
    assert_broken(g, "tensor x: its elements are not of 1 to 16 bytes");
    g = small_graph();
    g->tensors[0].rows = UINT32_MAX;
    g->tensors[0].cols = UINT32_MAX;
    assert_broken(g, "tensor x: it has no row or more than 2^40 bytes");
    assert_broken(op_graph_new("test"), "the graph has no op");
}

static void sums_that_would_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct edge edges[] = {{0, 1}, {0, 0}};
    struct op_graph *g = generic_graph(2, edges, 4);
    g->ops[0].cycles = g->ops[1].cycles = (uint64_t)1 << 62;
    assert_broken(g, "more than 2^62");
}

static void the_canonical_text_is_as_documented(void **state)
{
    (void)state;
    static const char expected[] = "bpsim-work 1\n"
                                   "tensors 4\n"
                                   "tensor 0 input 4 8 2 0\n"
                                   "tensor 1 weight 8 3 2 0\n"
                                   "tensor 2 activation 4 8 2 0\n"
                                   "tensor 3 activation 4 3 2 1\n"
                                   "ops 2\n"
                                   "op 0 relu 4 8 0 32 0 2\n"
                                   "split replicate 0 1 0\n"
                                   "operand 0 0 8 element\n"
                                   "op 1 matmul 4 3 8 0 0 3\n"
                                   "split replicate 0 1 0\n"
                                   "operand 2 0 8 a\n"
                                   "operand 1 0 3 b\n";
    struct op_graph *g = small_graph();
    struct text text = {0};
    op_graph_canonical(g, &text);
    assert_string_equal(text.s, expected);
    text_add(&text, "parallel 1\n");
    char by_hand[65], hash[65];
    struct sha256 *s = sha256_new();
    sha256_add(s, text.s, text.n);
    sha256_hex(s, by_hand);
    op_graph_work_hash(g, NULL, hash);
    assert_string_equal(hash, by_hand);
    assert_string_equal(hash, "3c863e20c5f2757b29f9145ce960098dcf57f5ee4726ea6bb70db5058184afd2");
    text_free(&text);
    op_graph_free(g);
}

static void names_do_not_change_the_work_hash_and_sizes_do(void **state)
{
    (void)state;
    char a[65], b[65], c[65];
    struct op_graph *g = small_graph();
    op_graph_work_hash(g, NULL, a);
    g->ops[0].name = arena_strdup(g->arena, "other");
    op_graph_work_hash(g, NULL, b);
    assert_string_equal(a, b);
    g->ops[0].vector_ops++;
    op_graph_work_hash(g, NULL, c);
    assert_string_not_equal(a, c);
    op_graph_work_hash(g, "parallel 2\n", b);
    assert_string_not_equal(b, c);
    op_graph_free(g);
}

static void dot_quotes_names(void **state)
{
    (void)state;
    struct op_graph *g = small_graph();
    struct diag d;
    struct text out = {0};
    diag_init(&d);
    g->ops[0].name = arena_strdup(g->arena, "a \"b\\");
    assert_int_equal(op_graph_dot(g, &out, &d), SIM_OK);
    assert_non_null(strstr(out.s, "n0 [label=\"a \\\"b\\\\\\nrelu 4x8\"]"));
    assert_non_null(strstr(out.s, "n1 [label=\"matmul\\nmatmul 4x3x8\"]"));
    assert_non_null(strstr(out.s, "n0 -> n1 [label=\"64 B\"]"));
    text_free(&out);
    diag_free(&d);
    op_graph_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_ops_come_in_order_of_their_index),
        cmocka_unit_test(a_cycle_is_refused_with_the_names_of_its_ops),
        cmocka_unit_test(an_op_that_reads_itself_is_a_cycle_of_one),
        cmocka_unit_test(the_critical_path_of_generic_ops_is_in_cycles),
        cmocka_unit_test(an_op_that_reads_a_tensor_twice_has_one_edge_from_it),
        cmocka_unit_test(checksums_fold_the_operands_in_operand_order),
        cmocka_unit_test(another_version_changes_inputs_and_what_hangs_on_them_but_no_weights),
        cmocka_unit_test(operands_without_bytes_do_not_take_part_in_checksums),
        cmocka_unit_test(a_collective_hands_its_checksum_through),
        cmocka_unit_test(a_sound_graph_passes_the_check),
        cmocka_unit_test(each_broken_rule_is_named),
        cmocka_unit_test(sums_that_would_not_fit_are_refused),
        cmocka_unit_test(the_canonical_text_is_as_documented),
        cmocka_unit_test(names_do_not_change_the_work_hash_and_sizes_do),
        cmocka_unit_test(dot_quotes_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
