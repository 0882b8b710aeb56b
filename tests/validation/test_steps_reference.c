/* SPDX-License-Identifier: Apache-2.0 */
/* The step model against the study's own programs run under CPython 3.11: every row, every column, and the files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/base/text.h"
#include "sim/graph/step_report.h"
#include "tests/validation/reference_csv.h"

#define FOLDER BPSIM_SOURCE_DIR "/tests/validation/seed_python/"

/* One row executed. */
struct execution {
    struct cpython_random random;
    struct step_dag graph;
    struct step_run levels, dynamic;
    struct step_result result;
};

static void seed(struct execution *x, const char *text)
{
    assert_int_equal(cpython_random_seed(&x->random, text), SIM_OK);
}

static void finish(struct execution *x, struct step_energy energy, uint32_t max_parallel)
{
    step_run_levels(&x->levels, &x->graph);
    assert_int_equal(step_run_dynamic(&x->dynamic, &x->graph, max_parallel, &x->random), SIM_OK);
    x->result = (struct step_result) {.source = "random",
                                      .graph = &x->graph,
                                      .levels = &x->levels,
                                      .dynamic = &x->dynamic,
                                      .energy = energy,
                                      .max_parallel = max_parallel,
                                      .next_random = cpython_random_real(&x->random)};
}

static void release(struct execution *x)
{
    step_dag_free(&x->graph);
    step_run_free(&x->levels);
    step_run_free(&x->dynamic);
}

static const struct step_energy study_energy = {.compute = 1.0, .idle = 0.3, .max_units = 32};

static void add_repr(struct text *out, double x)
{
    char buf[TEXT_REAL_MAX];
    text_add(out, text_real(buf, x));
}

/* Python's float.hex. */
static void add_hex(struct text *out, double x)
{
    if (x == 0.0) {
        text_add(out, "0x0.0p+0");
    } else {
        text_printf(out, "%.13a", x);
    }
}

/* Python's statistics.mean: an integer when it is one; rounded has no effect on integers. */
static void add_mean(struct text *out, const struct step_stats *s, bool rounded)
{
    if (s->mean_is_integer) {
        text_printf(out, "%llu", (unsigned long long)(s->sum / s->total_steps));
    } else {
        add_repr(out, rounded ? step_round2(s->mean) : s->mean);
    }
}

static void add_sizes(struct text *out, const struct step_run *run)
{
    for (uint32_t s = 0; s < run->steps; s++) {
        text_printf(out, "%s%u", s > 0 ? ";" : "", step_run_size(run, s));
    }
}

static void add_side_hash(struct text *out, const struct step_run *run)
{
    char hex[65];
    step_run_sha256(run, hex);
    text_add(out, hex);
}

enum figure {
    AVG,
    AVG_HEX,
    MEAN_REPR,
    MAX,
    TOTAL,
    SUM,
    VAR_NUM,
    VAR_DEN,
    STD,
    STD_HEX,
    ENERGY,
    ENERGY_HEX,
    AVG_R2,
    STD_R2,
    ENERGY_R2,
    FIGURES
};
static const char *const figure_names[FIGURES] = {
    "avg", "avg_hex", "mean_repr", "max",        "total_steps", "sum_parallelism", "var_num",  "var_den",
    "std", "std_hex", "energy",    "energy_hex", "avg_r2",      "std_r2",          "energy_r2"};

static void add_figure(struct text *out, enum figure figure, const struct step_stats *s)
{
    switch (figure) {
    case AVG:
        add_repr(out, s->mean);
        break;
    case AVG_HEX:
        add_hex(out, s->mean);
        break;
    case MEAN_REPR:
        add_mean(out, s, false);
        break;
    case MAX:
        text_printf(out, "%u", s->max);
        break;
    case TOTAL:
        text_printf(out, "%u", s->total_steps);
        break;
    case SUM:
        text_printf(out, "%llu", (unsigned long long)s->sum);
        break;
    case VAR_NUM:
        text_printf(out, "%llu", (unsigned long long)s->variance_num);
        break;
    case VAR_DEN:
        text_printf(out, "%llu", (unsigned long long)s->variance_den);
        break;
    case STD:
        add_repr(out, s->std);
        break;
    case STD_HEX:
        add_hex(out, s->std);
        break;
    case ENERGY:
        add_repr(out, s->energy);
        break;
    case ENERGY_HEX:
        add_hex(out, s->energy);
        break;
    case AVG_R2:
        add_mean(out, s, true);
        break;
    case STD_R2:
        add_repr(out, step_round2(s->std));
        break;
    case ENERGY_R2:
        add_repr(out, step_round2(s->energy));
        break;
    case FIGURES:
        break;
    }
}

/* bp_* and dyn_* columns that are figures of one side. */
static bool add_side_column(const char *column, const struct execution *x, struct text *out)
{
    bool phase = strncmp(column, "bp_", 3) == 0;
    if (!phase && strncmp(column, "dyn_", 4) != 0) {
        return false;
    }
    struct step_stats s = step_stats_of(phase ? &x->levels : &x->dynamic, &x->result.energy);
    const char *name = column + (phase ? 3 : 4);
    if (phase && strcmp(name, "steps") == 0) {
        name = "total_steps";
    }
    for (enum figure f = 0; f < FIGURES; f++) {
        if (strcmp(figure_names[f], name) == 0) {
            add_figure(out, f, &s);
            return true;
        }
    }
    return false;
}

static bool add_graph_column(const char *column, const struct execution *x, struct text *out)
{
    char hex[65];
    if (strcmp(column, "nodes") == 0) {
        text_printf(out, "%u", x->graph.nodes);
    } else if (strcmp(column, "edges") == 0) {
        text_printf(out, "%llu", (unsigned long long)x->graph.edges);
    } else if (strcmp(column, "edge_list_sha256") == 0) {
        step_dag_edge_list_sha256(&x->graph, hex);
        text_add(out, hex);
    } else if (strcmp(column, "level_sizes") == 0) {
        add_sizes(out, &x->levels);
    } else if (strcmp(column, "levels_sha256") == 0) {
        add_side_hash(out, &x->levels);
    } else if (strcmp(column, "dyn_step_sizes") == 0) {
        add_sizes(out, &x->dynamic);
    } else if (strcmp(column, "dyn_steps_sha256") == 0) {
        add_side_hash(out, &x->dynamic);
    } else if (strcmp(column, "next_random") == 0) {
        add_repr(out, x->result.next_random);
    } else if (strcmp(column, "next_random_hex") == 0) {
        add_hex(out, x->result.next_random);
    } else {
        return false;
    }
    return true;
}

/* Columns that say what was run, not what came out. */
static bool is_input(const char *column)
{
    static const char *const inputs[] = {"n",
                                         "p",
                                         "seed",
                                         "kind",
                                         "layers",
                                         "width",
                                         "dyn_seed",
                                         "dyn_max_parallel",
                                         "compute_energy",
                                         "idle_energy",
                                         "max_units",
                                         "max_parallel"};
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        if (strcmp(inputs[i], column) == 0) {
            return true;
        }
    }
    return false;
}

/* Checks all columns of a row; returns how many were outputs. */
static size_t check_row(const struct reference_csv *t, size_t row, const struct execution *x)
{
    size_t checked = 0;
    for (size_t c = 0; c < t->columns; c++) {
        const char *column = t->header.cell[c];
        if (is_input(column)) {
            continue;
        }
        struct text got = {0};
        text_add(&got, "");
        if (!add_graph_column(column, x, &got) && !add_side_column(column, x, &got)) {
            fail_msg("column %s is not checked", column);
        }
        if (strcmp(got.s, t->rows[row].cell[c]) != 0) {
            fail_msg("row %zu, %s: %s, expected %s", row, column, got.s, t->rows[row].cell[c]);
        }
        text_free(&got);
        checked++;
    }
    return checked;
}

static double real_cell(const struct reference_csv *t, size_t row, const char *column)
{
    return strtod(reference_cell(t, row, column), NULL);
}

static uint32_t u32_cell(const struct reference_csv *t, size_t row, const char *column)
{
    return (uint32_t)strtoul(reference_cell(t, row, column), NULL, 10);
}

static void execute_random(struct execution *x, const struct reference_csv *t, size_t row, struct step_energy energy,
                           uint32_t max_parallel)
{
    struct diag d;
    diag_init(&d);
    *x = (struct execution) {0};
    seed(x, reference_cell(t, row, "seed"));
    assert_int_equal(step_dag_random(&x->graph, u32_cell(t, row, "n"), real_cell(t, row, "p"), &x->random, &d), SIM_OK);
    diag_free(&d);
    finish(x, energy, max_parallel);
}

static void every_random_graph_of_the_reference_is_reproduced(void **state)
{
    (void)state;
    struct reference_csv t;
    assert_true(reference_read(&t, FOLDER "generate_dag.csv"));
    assert_int_equal(t.n_rows, 42);
    for (size_t row = 0; row < t.n_rows; row++) {
        struct execution x;
        execute_random(&x, &t, row, study_energy, 8);
        assert_int_equal(check_row(&t, row, &x), t.columns - 3);
        release(&x);
    }
    reference_free(&t);
}

static void every_model_graph_of_the_reference_is_reproduced(void **state)
{
    (void)state;
    struct reference_csv t;
    assert_true(reference_read(&t, FOLDER "model_dags.csv"));
    assert_int_equal(t.n_rows, 20);
    for (size_t row = 0; row < t.n_rows; row++) {
        struct diag d;
        diag_init(&d);
        struct execution x = {0};
        bool transformer = strcmp(reference_cell(&t, row, "kind"), "transformer") == 0;
        int (*make)(struct step_dag *, uint64_t, uint64_t, struct diag *) =
            transformer ? step_dag_transformer : step_dag_cnn;
        assert_int_equal(make(&x.graph, u32_cell(&t, row, "layers"), u32_cell(&t, row, "width"), &d), SIM_OK);
        seed(&x, reference_cell(&t, row, "dyn_seed"));
        finish(&x, study_energy, u32_cell(&t, row, "dyn_max_parallel"));
        assert_int_equal(check_row(&t, row, &x), t.columns - 5);
        release(&x);
        diag_free(&d);
    }
    reference_free(&t);
}

static void every_energy_of_the_reference_is_reproduced(void **state)
{
    (void)state;
    struct reference_csv t;
    assert_true(reference_read(&t, FOLDER "energy_params.csv"));
    assert_int_equal(t.n_rows, 6);
    for (size_t row = 0; row < t.n_rows; row++) {
        struct execution x;
        struct step_energy energy = {.compute = real_cell(&t, row, "compute_energy"),
                                     .idle = real_cell(&t, row, "idle_energy"),
                                     .max_units = u32_cell(&t, row, "max_units")};
        execute_random(&x, &t, row, energy, u32_cell(&t, row, "max_parallel"));
        assert_int_equal(check_row(&t, row, &x), t.columns - 7);
        release(&x);
    }
    reference_free(&t);
}

static void assert_same_file(const char *run, const char *name, const struct step_result *r,
                             void (*put)(const struct step_result *, struct text *))
{
    struct diag d;
    diag_init(&d);
    char path[512];
    char *expected;
    size_t bytes;
    snprintf(path, sizeof path, FOLDER "own_csv/%s.%s", run, name);
    assert_int_equal(file_read(path, 1 << 20, &expected, &bytes, &d), SIM_OK);
    struct text got = {0};
    put(r, &got);
    assert_int_equal(got.n, bytes);
    assert_memory_equal(got.s, expected, bytes);
    text_free(&got);
    free(expected);
    diag_free(&d);
}

static void the_four_files_equal_those_of_the_study_byte_for_byte(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *run;
    } runs[] = {{"1", "n120_p0.04_s1"}, {"42", "n120_p0.04_s42"}};
    for (size_t i = 0; i < 2; i++) {
        struct diag d;
        diag_init(&d);
        struct execution x = {0};
        seed(&x, runs[i].seed);
        assert_int_equal(step_dag_random(&x.graph, 120, 0.04, &x.random, &d), SIM_OK);
        finish(&x, study_energy, 8);
        assert_same_file(runs[i].run, "results_steps.csv", &x.result, step_report_steps_csv);
        assert_same_file(runs[i].run, "results_summary.csv", &x.result, step_report_summary_csv);
        assert_same_file(runs[i].run, "table_results_bw.csv", &x.result, step_report_table_csv);
        assert_same_file(runs[i].run, "table_results_bw.tex", &x.result, step_report_table_tex);
        release(&x);
        diag_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_random_graph_of_the_reference_is_reproduced),
        cmocka_unit_test(every_model_graph_of_the_reference_is_reproduced),
        cmocka_unit_test(every_energy_of_the_reference_is_reproduced),
        cmocka_unit_test(the_four_files_equal_those_of_the_study_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
