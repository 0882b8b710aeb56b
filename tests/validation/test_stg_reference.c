/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs of the Standard Task Graph Set that lie beside the source tree: tasks, work and critical path as published. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/graph/graph_source.h"
#include "tests/validation/reference_csv.h"

#define FOLDER BPSIM_SOURCE_DIR "/../shared/reference/stg/"

static uint64_t cell(const struct reference_csv *t, size_t row, const char *column)
{
    return strtoull(reference_cell(t, row, column), NULL, 10);
}

static void every_graph_has_its_published_size_work_and_critical_path(void **state)
{
    (void)state;
    struct reference_csv t;
    assert_true(reference_read(&t, FOLDER "optimal.csv"));
    for (size_t row = 0; row < t.n_rows; row++) {
        char path[1024];
        struct op_graph *g;
        struct op_graph_figures f;
        struct diag d;
        diag_init(&d);
        snprintf(path, sizeof path, FOLDER "%s", reference_cell(&t, row, "graph"));
        struct graph_options o = {.given = GRAPH_BIT(file), .file = path};
        assert_int_equal(graph_source_make("stg", &o, &g, &d), SIM_OK);
        assert_int_equal(op_graph_figures(g, &f, &d), SIM_OK);
        assert_int_equal(f.nodes, cell(&t, row, "tasks"));
        assert_int_equal(f.total_work, cell(&t, row, "total_work"));
        assert_int_equal(f.critical_path, cell(&t, row, "critical_path"));
        op_graph_free(g);
        diag_free(&d);
    }
    reference_free(&t);
}

int main(void)
{
    if (access(FOLDER "optimal.csv", R_OK) != 0) {
        puts("skipped: ../shared/reference/stg is not there");
        return 77;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_graph_has_its_published_size_work_and_critical_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
