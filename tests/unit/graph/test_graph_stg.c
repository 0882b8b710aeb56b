/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/graph/stg_text.h"

#define FOLDER BPSIM_SOURCE_DIR "/tests/unit/graph/stg/"
#define PATH   "text.stg"

static struct op_graph_figures figures_of(const char *path)
{
    struct op_graph *g;
    struct op_graph_figures f;
    struct diag d;
    diag_init(&d);
    if (stg_read(path, &g, &d) != SIM_OK) {
        fail_msg("%s", d.messages[0].text);
    }
    assert_int_equal(op_graph_figures(g, &f, &d), SIM_OK);
    op_graph_free(g);
    diag_free(&d);
    return f;
}

static void assert_figures(const char *path, uint64_t nodes, uint64_t edges, uint64_t work, uint64_t longest)
{
    struct op_graph_figures f = figures_of(path);
    assert_int_equal(f.nodes, nodes);
    assert_int_equal(f.edges, edges);
    assert_int_equal(f.total_work, work);
    assert_int_equal(f.critical_path, longest);
}

static void dummies_that_the_first_number_leaves_out_are_left_out(void **state)
{
    (void)state;
    assert_figures(FOLDER "plain.stg", 5, 5, 17, 11);
}

static void dummies_that_the_first_number_counts_are_left_out(void **state)
{
    (void)state;
    assert_figures(FOLDER "counted_dummies.stg", 4, 3, 21, 14);
}

static void ids_may_start_at_one_without_dummies(void **state)
{
    (void)state;
    assert_figures(FOLDER "from_one.stg", 4, 3, 14, 9);
}

static void tasks_of_time_zero_that_are_no_dummies_stay(void **state)
{
    (void)state;
    assert_figures(FOLDER "zero_time.stg", 5, 4, 10, 10);
}

static struct op_graph *read_text(const char *text)
{
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    if (stg_read_text(text, strlen(text), &g, &d) != SIM_OK) {
        fail_msg("%s", d.messages[0].text);
    }
    diag_free(&d);
    return g;
}

static void an_exit_dummy_alone_is_left_out(void **state)
{
    (void)state;
    struct op_graph *g = read_text("2\n1 5 0\n2 6 1 1\n3 0 1 2\n");
    assert_int_equal(g->n_ops, 2);
    op_graph_free(g);
    g = read_text("3\n1 5 0\n2 6 1 1\n3 0 1 2\n");
    assert_int_equal(g->n_ops, 2);
    op_graph_free(g);
}

static void ops_carry_the_ids_of_the_file(void **state)
{
    (void)state;
    struct op_graph *g = read_text("2\n0 0 0\n1 5 1 0\n2 6 1 1\n3 0 1 2\n");
    assert_string_equal(g->ops[0].name, "t1");
    assert_string_equal(g->ops[1].name, "t2");
    assert_int_equal(g->ops[1].cycles, 6);
    op_graph_free(g);
}

static void line_ends_blanks_and_comments_may_be_of_any_kind(void **state)
{
    (void)state;
    struct op_graph *g = read_text("# head\r\n\r\n 2 \t4 # processors\r\n1\t5  0\r\n\n#\n  2 6 1   1#end");
    assert_int_equal(g->n_ops, 2);
    assert_int_equal(g->ops[1].n_operands, 1);
    op_graph_free(g);
}

static void time_is_multiplied_and_edges_carry_bytes_when_asked(void **state)
{
    (void)state;
    struct graph_options o = {.given = GRAPH_BIT(file) | GRAPH_BIT(task_cycles) | GRAPH_BIT(edge_bytes),
                              .file = FOLDER "plain.stg",
                              .task_cycles = 1000,
                              .edge_bytes = 4096};
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    assert_int_equal(graph_source_make("stg", &o, &g, &d), SIM_OK);
    assert_int_equal(g->ops[1].cycles, 7000);
    assert_int_equal(op_tensor_bytes(&g->tensors[1]), 4096);
    assert_true(g->tensors[4].is_output);
    op_graph_free(g);
    diag_free(&d);
}

static void each_fault_of_a_file_is_reported_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t line, col;
        const char *says;
    } faults[] = {
        {"", 1, 1, "the file is empty"},
        {"# only this\n", 1, 1, "the file is empty"},
        {"x\n", 1, 1, "the number of tasks is expected"},
        {"99999999999999999999999\n", 1, 1, "the number of tasks is larger than 1000000"},
        {"4294967297\n1 1 0\n", 1, 1, "the number of tasks is larger"},
        {"2 3 4\n", 1, 5, "more than two numbers"},
        {"2\n5 1 0\n", 2, 1, "ids start at 0 or 1"},
        {"2\n1 1 0\n3 1 0\n", 3, 1, "task 3 where task 2 is expected"},
        {"2\n1 1 0\n2 1\n", 3, 4, "the number of predecessors is expected"},
        {"2\n1 1 0\n2 1 2 1\n", 3, 8, "a predecessor is expected"},
        {"2\n1 1 0\n2 1 1 1 1\n", 3, 9, "more predecessors than the line says"},
        {"2\n1 1 0\n2 1 1000000000 1\n", 3, 17, "a predecessor is expected"},
        {"2\n1 1 0\n2 -1 0\n", 3, 3, "the processing time is expected"},
        {"2\n1 1 0\n2 1.5 0\n", 3, 3, "the processing time is expected"},
        {"2\n1 1 0\n2 5000000000 0\n", 3, 3, "the processing time is larger than 1000000000"},
        {"2\n1 1 0\n2 1 1 7\n", 3, 1, "predecessor 7 of task 2 is not in the file"},
        {"2\n1 1 0\n2 1 1 0\n", 3, 1, "predecessor 0 of task 2 is not in the file"},
        {"2\n1 1 0\n2 1 2 1 1\n", 3, 1, "predecessor 1 of task 2 is named twice"},
        {"3\n1 1 0\n2 1 1 1\n", 3, 1, "the file ends after 2 of 3 tasks"},
        {"1\n1 1 0\n2 1 0\n3 1 0\n4 1 0\n", 5, 1, "more tasks than the first line says"},
        {"1\n0 3 0\n1 1 1 0\n2 0 1 1\n", 2, 1, "no entry dummy"},
        {"1\n0 0 0\n1 1 1 0\n2 9 1 1\n", 4, 1, "no exit dummy"},
        {"2\n0 0 0\n1 1 1 0\n2 9 1 1\n", 4, 1, "ends without an exit dummy"},
        {"1\n1 1 0\n2 1 1 1\n", 3, 1, "neither the first nor the last is a dummy"},
        {"0\n0 0 0\n1 0 1 0\n", 3, 1, "no task but dummies"},
        {"3\n1 1 0\n2 1 1 3\n3 1 1 2\n", 3, 1, "a cycle of 2 ops: t2 -> t3 -> t2"},
        {"2\n1 1 0\n2 1 1 2\n", 3, 1, "a cycle of 1 ops: t2 -> t2"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct op_graph *g;
        struct diag d;
        diag_init(&d);
        assert_int_equal(stg_read_text(faults[i].text, strlen(faults[i].text), &g, &d), SIM_ERR_INPUT);
        assert_int_equal(d.count, 1);
        assert_string_equal(d.messages[0].file, PATH);
        if (strstr(d.messages[0].text, faults[i].says) == NULL || d.messages[0].line != faults[i].line ||
            d.messages[0].col != faults[i].col) {
            fail_msg("case %zu: %u:%u: %s", i, d.messages[0].line, d.messages[0].col, d.messages[0].text);
        }
        diag_free(&d);
    }
}

static void a_file_that_is_not_there_is_refused_with_its_name(void **state)
{
    (void)state;
    struct op_graph *g;
    struct diag d;
    diag_init(&d);
    assert_int_not_equal(stg_read("no_such_file.stg", &g, &d), SIM_OK);
    assert_null(g);
    assert_string_equal(d.messages[0].file, "no_such_file.stg");
    diag_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dummies_that_the_first_number_leaves_out_are_left_out),
        cmocka_unit_test(dummies_that_the_first_number_counts_are_left_out),
        cmocka_unit_test(ids_may_start_at_one_without_dummies),
        cmocka_unit_test(tasks_of_time_zero_that_are_no_dummies_stay),
        cmocka_unit_test(an_exit_dummy_alone_is_left_out),
        cmocka_unit_test(ops_carry_the_ids_of_the_file),
        cmocka_unit_test(line_ends_blanks_and_comments_may_be_of_any_kind),
        cmocka_unit_test(time_is_multiplied_and_edges_carry_bytes_when_asked),
        cmocka_unit_test(each_fault_of_a_file_is_reported_with_its_place),
        cmocka_unit_test(a_file_that_is_not_there_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
