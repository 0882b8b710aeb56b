/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/graph/step_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/mem.h"

#define METRICS 5

/* One metric of both sides, as text. */
struct metric {
    const char *csv;   /* name in results_summary.csv */
    const char *table; /* name in the table edition and on the terminal */
    char phase[TEXT_REAL_MAX];
    char dynamic[TEXT_REAL_MAX];
};

static void put_u32(char buf[TEXT_REAL_MAX], uint32_t value)
{
    snprintf(buf, TEXT_REAL_MAX, "%u", value);
}

static void put_real(char buf[TEXT_REAL_MAX], double value, bool rounded)
{
    text_real(buf, rounded ? step_round2(value) : value);
}

/* statistics.mean of integers is an integer when it can be, and prints without ".0". */
static void put_mean(char buf[TEXT_REAL_MAX], const struct step_stats *s, bool rounded)
{
    if (s->mean_is_integer) {
        put_u32(buf, (uint32_t)(s->sum / s->total_steps));
    } else {
        put_real(buf, s->mean, rounded);
    }
}

static void put_metrics(const struct step_result *r, bool rounded, struct metric out[METRICS])
{
    struct step_stats a = step_stats_of(r->levels, &r->energy);
    struct step_stats b = step_stats_of(r->dynamic, &r->energy);
    static const struct metric names[METRICS] = {
        {.csv = "total_steps", .table = "Total Steps"},
        {.csv = "avg_parallelism", .table = "Avg Parallelism"},
        {.csv = "max_parallelism", .table = "Max Parallelism"},
        {.csv = "std_parallelism", .table = "Std Parallelism"},
        {.csv = "estimated_energy", .table = "Estimated Energy"},
    };
    for (uint32_t i = 0; i < METRICS; i++) {
        out[i] = names[i];
    }
    put_u32(out[0].phase, a.total_steps);
    put_u32(out[0].dynamic, b.total_steps);
    put_mean(out[1].phase, &a, rounded);
    put_mean(out[1].dynamic, &b, rounded);
    put_u32(out[2].phase, a.max);
    put_u32(out[2].dynamic, b.max);
    put_real(out[3].phase, a.std, rounded);
    put_real(out[3].dynamic, b.std, rounded);
    put_real(out[4].phase, a.energy, rounded);
    put_real(out[4].dynamic, b.energy, rounded);
}

void step_report_steps_csv(const struct step_result *r, struct text *out)
{
    uint32_t rows = r->levels->steps > r->dynamic->steps ? r->levels->steps : r->dynamic->steps;
    text_add(out, "Step,BinaryPhase_Parallelism,Dynamic_Parallelism\r\n");
    for (uint32_t s = 0; s < rows; s++) {
        text_printf(out, "%u,", s);
        if (s < r->levels->steps) {
            text_printf(out, "%u", step_run_size(r->levels, s));
        }
        text_add(out, ",");
        if (s < r->dynamic->steps) {
            text_printf(out, "%u", step_run_size(r->dynamic, s));
        }
        text_add(out, "\r\n");
    }
}

void step_report_summary_csv(const struct step_result *r, struct text *out)
{
    struct metric m[METRICS];
    put_metrics(r, false, m);
    text_add(out, "Metric,BinaryPhase,Dynamic\r\n");
    for (uint32_t i = 0; i < METRICS; i++) {
        text_printf(out, "%s,%s,%s\r\n", m[i].csv, m[i].phase, m[i].dynamic);
    }
}

void step_report_table_csv(const struct step_result *r, struct text *out)
{
    struct metric m[METRICS];
    put_metrics(r, true, m);
    text_add(out, "Metric,Binary-Phase,Dynamic\r\n");
    for (uint32_t i = 0; i < METRICS; i++) {
        text_printf(out, "%s,%s,%s\r\n", m[i].table, m[i].phase, m[i].dynamic);
    }
}

void step_report_table_tex(const struct step_result *r, struct text *out)
{
    struct metric m[METRICS];
    put_metrics(r, true, m);
    text_add(out, "\\begin{table}[t]\n"
                  "\\centering\n"
                  "\\caption{Performance Comparison (Grayscale Table)}\n"
                  "\\label{tab:performance_bw}\n"
                  "\\begin{tabular}{lcc}\n"
                  "\\hline\n"
                  "Metric & Binary-Phase & Dynamic \\\\\n"
                  "\\hline\n");
    for (uint32_t i = 0; i < METRICS; i++) {
        text_printf(out, "%s & %s & %s \\\\\n", m[i].table, m[i].phase, m[i].dynamic);
    }
    text_add(out, "\\hline\n"
                  "\\end{tabular}\n"
                  "\\end{table}\n");
}

static const char *note_of(const struct step_result *r)
{
    return r->equal
               ? "equal: each level is cut, in order of release, into steps of at most max_parallel nodes, so both "
                 "sides run on the same number of units; what remains is the order of the work, and the phase side "
                 "still waits at the end of each level"
               : "the two sides do not have the same number of units: a level is as wide as the graph allows, a "
                 "dynamic step has at most max_parallel nodes; --equal gives both the same";
}

static void json_side(struct json *j, const char *name, const struct step_run *run, const struct step_energy *energy)
{
    struct step_stats s = step_stats_of(run, energy);
    char hex[65];
    json_key(j, name);
    json_begin_object(j);
    json_key(j, "steps");
    json_compact(j, true);
    json_begin_array(j);
    for (uint32_t i = 0; i < run->steps; i++) {
        json_u64(j, step_run_size(run, i));
    }
    json_end_array(j);
    json_compact(j, false);
    json_key_u64(j, "total_steps", s.total_steps);
    json_key_real(j, "avg_parallelism", s.mean);
    json_key_u64(j, "max_parallelism", s.max);
    json_key_real(j, "std_parallelism", s.std);
    json_key_real(j, "energy", s.energy);
    json_key(j, "steps_sha256");
    step_run_sha256(run, hex);
    json_string(j, hex);
    json_end_object(j);
}

void step_report_json(const struct step_result *r, struct text *out)
{
    struct json j;
    char hex[65];
    json_init(&j, out);
    json_begin_object(&j);
    json_key(&j, "graph");
    json_begin_object(&j);
    json_key_u64(&j, "nodes", r->graph->nodes);
    json_key_u64(&j, "edges", r->graph->edges);
    json_key(&j, "edge_list_sha256");
    step_dag_edge_list_sha256(r->graph, hex);
    json_string(&j, hex);
    json_end_object(&j);
    json_side(&j, "binary_phase", r->levels, &r->energy);
    json_side(&j, "dynamic", r->dynamic, &r->energy);
    json_key_real(&j, "next_random", r->next_random);
    json_key_bool(&j, "equal", r->equal);
    json_key_string(&j, "note", note_of(r));
    json_end_object(&j);
}

static void put_sizes(struct text *out, const char *name, const struct step_run *run)
{
    text_printf(out, "%s", name);
    for (uint32_t s = 0; s < run->steps; s++) {
        text_printf(out, " %u", step_run_size(run, s));
    }
    text_add(out, "\n");
}

void step_report_plain(const struct step_result *r, struct text *out)
{
    struct metric m[METRICS];
    put_metrics(r, true, m);
    text_printf(out, "%s: %u nodes, %llu edges; a node takes one step\n\n", r->source, r->graph->nodes,
                (unsigned long long)r->graph->edges);
    text_printf(out, "%-18s %14s %14s\n", "", "Binary-Phase", "Dynamic");
    for (uint32_t i = 0; i < METRICS; i++) {
        text_printf(out, "%-18s %14s %14s\n", m[i].table, m[i].phase, m[i].dynamic);
    }
    text_add(out, "\n");
    put_sizes(out, "Binary-Phase, nodes per step:", r->levels);
    put_sizes(out, "Dynamic, nodes per step:     ", r->dynamic);
    text_printf(out, "\nNote: %s (max_parallel %u, energy for %u units).\n", note_of(r), r->max_parallel,
                r->energy.max_units);
    struct step_stats widest = step_stats_of(r->levels, &r->energy);
    if (widest.max > r->energy.max_units) {
        text_printf(out,
                    "Note: the widest level (%u) has more nodes than max_units (%u); its idle units count as negative, "
                    "as in the study, which lowers the energy.\n",
                    widest.max, r->energy.max_units);
    }
}

int step_report_write_files(const struct step_result *r, const char *folder, struct diag *d)
{
    static const struct {
        const char *name;
        void (*put)(const struct step_result *, struct text *);
    } files[] = {
        {"results_steps.csv", step_report_steps_csv},
        {"results_summary.csv", step_report_summary_csv},
        {"table_results_bw.csv", step_report_table_csv},
        {"table_results_bw.tex", step_report_table_tex},
    };
    int error = file_make_dir(folder, d);
    for (size_t i = 0; i < sizeof files / sizeof files[0] && error == SIM_OK; i++) {
        struct text content = {0};
        files[i].put(r, &content);
        char *path = mem_printf("%s/%s", folder, files[i].name);
        error = file_write(path, content.s, content.n, d);
        free(path);
        text_free(&content);
    }
    return error;
}
