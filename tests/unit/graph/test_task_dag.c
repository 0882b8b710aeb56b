/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of task graphs: what each variant means, and what is refused where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/graph/task_dag.h"

static int parse(const char *text, struct task_dag *g, struct diag *d)
{
    diag_init(d);
    bool stg = *text >= '0' && *text <= '9';
    return (stg ? task_dag_parse_stg : task_dag_parse_dot)(g, "g", text, strlen(text), d);
}

/* "name:weight ..." of the tasks, then "from>to:delay ..." of the edges, in the order of the graph. */
static void assert_graph(const char *text, const char *want)
{
    struct task_dag g;
    struct diag d;
    struct text t = {0};
    if (parse(text, &g, &d) != SIM_OK) {
        fail_msg("%s: %s", text, d.messages[0].text);
    }
    text_add(&t, "");
    for (uint32_t v = 0; v < g.n_tasks; v++) {
        text_printf(&t, "%s%s:%d", v ? " " : "", g.name[v], (int)g.weight[v]);
    }
    for (uint32_t v = 0; v < g.n_tasks; v++) {
        for (uint64_t e = g.succ_first[v]; e < g.succ_first[v + 1]; e++) {
            text_printf(&t, " %s>%s:%d", g.name[v], g.name[g.succ[e].task], (int)g.succ[e].delay);
        }
    }
    assert_string_equal(t.s, want);
    text_free(&t);
    task_dag_free(&g);
    diag_free(&d);
}

/* The first message is at line:col and has these words. */
static void assert_refused(const char *text, uint32_t line, uint32_t col, const char *words)
{
    struct task_dag g;
    struct diag d;
    if (parse(text, &g, &d) != SIM_ERR_INPUT || d.count == 0) {
        fail_msg("not refused: %s", text);
    }
    if (!strstr(d.messages[0].text, words) || d.messages[0].line != line || d.messages[0].col != col) {
        fail_msg("%s\n%u:%u: %s", text, d.messages[0].line, d.messages[0].col, d.messages[0].text);
    }
    assert_int_equal(g.n_tasks, 0);
    diag_free(&d);
}

static void stg_files_of_all_kinds_become_task_graphs(void **state)
{
    (void)state;
    assert_graph("2\n0 0 0\n1 5 1 0\n2 3 1 1\n3 0 1 2\n# end", "1:5 2:3 1>2:0");
    assert_graph("4 2\n0 0 0\n1 5 1 0\n2 3 1 1\n3 0 1 2\n", "1:5 2:3 1>2:0");
    assert_graph("2\n1 5 0\n2 3 1 1\n", "1:5 2:3 1>2:0");
    assert_graph("3\n0 0 0\n1 5 1 0\n2 0 1 1\n3 3 1 2\n4 0 1 3\n", "1:5 2:0 3:3 1>2:0 2>3:0");
    assert_graph("0\n0 0 0\n1 0 1 0\n", "");
    assert_refused("2\n0 0 0\n1 5 1 2\n2 3 1 1\n3 0 1 2\n", 3, 1, "cycle: '1' -> '2' -> '1'");
    assert_refused("3\n0 0 0\n1 5 1 0\n", 3, 1, "");
}

static void nodes_and_edges_stand_in_any_order(void **state)
{
    (void)state;
    assert_graph("digraph { a [Weight=5]; b [Weight=3]; a -> b [Weight=2]; }", "a:5 b:3 a>b:2");
    assert_graph("digraph g { a -> b [Weight=2] b [Weight=3] a [Weight=5] }", "a:5 b:3 a>b:2");
    assert_graph("strict digraph \"g g\" {\n a\n [\n Weight\n =\n 5,\n label=\"x\"\n ]\n}", "a:5");
    assert_graph("digraph { a [label=x][Weight=5] }", "a:5");
    assert_graph("digraph { }", "");
    assert_graph("digraph { 0 [Weight=7]; 1[Weight=1.0]; 0->1[Weight=\"4.00\"] }", "0:7 1:1 0>1:4");
    assert_graph("digraph { a [Weight=0]; b [weight=2]; a -> b [weight=9, Weight=1] }", "a:0 b:2 a>b:1");
}

static void names_may_be_quoted_and_comments_stand_anywhere(void **state)
{
    (void)state;
    assert_graph("# first\ndigraph { // a\n \"a -> \\\"b\\\" [\" [Weight /* x\n */ = 5]; }", "a -> \"b\" [:5");
    assert_graph("digraph { \"a\" [Weight=1] a -> \"b\" + \"c\" [Weight=3]; bc [Weight=2]; rankdir = LR; }",
                 "a:1 bc:2 a>bc:3");
    assert_graph("digraph { \"node\" [Weight=1]; x:port:n -> \"node\" [Weight=1]; x [Weight=2, label=<a<b>c>] }",
                 "node:1 x:2 x>node:1");
}

static void chains_defaults_and_subgraphs_mean_what_they_mean_to_graphviz(void **state)
{
    (void)state;
    assert_graph("digraph { node [Weight=2]; edge [Weight=3]; a -> b -> c; d [Weight=9]; c -> d [Weight=1] }",
                 "a:2 b:2 c:2 d:9 a>b:3 b>c:3 c>d:1");
    assert_graph("digraph { node [Weight=1]; subgraph s { node [Weight=2]; a } b; a -> { b c } [Weight=5]; }",
                 "a:2 b:1 c:1 a>b:5 a>c:5");
    assert_graph("digraph { a [Weight=1]; node [Weight=2]; graph [x=y]; b; a -> b [Weight=0] }", "a:1 b:2 a>b:0");
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    (void)state;
    assert_refused("digraph {\n  a [Weight=1];\n  b;\n}", 3, 3, "node 'b' has no attribute Weight");
    assert_refused("digraph { a [Weight=1]; b [Weight=1];\n a -> b }", 2, 7, "edge 'a' -> 'b' has no attribute Weight");
    assert_refused("digraph { a [Weight=-3] }", 1, 21, "'-3' is negative");
    assert_refused("digraph { a [Weight=1.5] }", 1, 21, "'1.5' is no whole number");
    assert_refused("digraph { a [Weight=x] }", 1, 21, "'x' is no whole number");
    assert_refused("digraph { a [Weight=9007199254740992] }", 1, 21, "larger than 2^53 - 1");
    assert_refused("digraph { a [Weight=9007199254740991]; b [Weight=1] }", 1, 1, "all weights together");
    assert_refused("digraph { a [Weight=1];\n a [Weight=1] }", 2, 4, "the weight of node 'a' is given twice");
    assert_refused("digraph { a [Weight=1, Weight=2] }", 1, 24, "given twice");
    assert_refused("digraph { a [Weight=1]; a -> a [Weight=1] }", 1, 30, "leads from a node to itself");
    assert_refused("digraph { node [Weight=1]; edge [Weight=1]; a -> b;\n a -> b }", 2, 7, "is given twice");
    assert_refused("digraph { node [Weight=1]; edge [Weight=1];\n a -> b -> c -> a }", 2, 2,
                   "cycle: 'a' -> 'b' -> 'c' -> 'a'");
}

static void what_is_no_digraph_is_refused(void **state)
{
    (void)state;
    assert_refused("", 1, 1, "digraph is expected");
    assert_refused("graph { a -- b }", 1, 1, "digraph is expected");
    assert_refused("digraph { a -- b }", 1, 13, "no direction");
    assert_refused("digraph { a [Weight=1", 1, 22, "the file ends");
    assert_refused("digraph { a [Weight=1]; ", 1, 25, "} is expected");
    assert_refused("digraph { a [Weight=1] } x", 1, 26, "end of the file");
    assert_refused("digraph { \"a [Weight=1] }", 1, 11, "does not end");
    assert_refused("digraph { /* }", 1, 11, "does not end");
    assert_refused("digraph { a [Weight=", 1, 21, "the file ends");
    assert_refused("digraph { a -> }", 1, 16, "a node is expected");
    assert_refused("digraph { 1a }", 1, 11, "in quotes");
    assert_refused("digraph { a @ b }", 1, 13, "in quotes");
}

/* Every beginning of a file is a file that was cut off. */
static void truncated_files_are_refused_wherever_they_end(void **state)
{
    (void)state;
    const char *text = "digraph \"g\" { a [Weight=5]; /* c */ b [Weight=\"3\"]; a -> b [Weight=2]; }";
    for (size_t n = 0; n < strlen(text); n++) {
        struct task_dag g;
        struct diag d;
        diag_init(&d);
        assert_int_equal(task_dag_parse_dot(&g, "g", text, n, &d), SIM_ERR_INPUT);
        assert_true(d.count > 0);
        diag_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stg_files_of_all_kinds_become_task_graphs),
        cmocka_unit_test(nodes_and_edges_stand_in_any_order),
        cmocka_unit_test(names_may_be_quoted_and_comments_stand_anywhere),
        cmocka_unit_test(chains_defaults_and_subgraphs_mean_what_they_mean_to_graphviz),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(what_is_no_digraph_is_refused),
        cmocka_unit_test(truncated_files_are_refused_wherever_they_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
