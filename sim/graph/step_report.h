/* SPDX-License-Identifier: Apache-2.0 */
/* step_report.h - the step model's results as text: the study's four files, JSON, a table to read.
 *
 *     struct step_result --> results_steps.csv  results_summary.csv  table_results_bw.csv  table_results_bw.tex
 *                        --> --json             terminal
 *
 * The four files are byte for byte what the study's own programs write (docs/formats/steps.md); reals
 * there are Python's repr. Every function appends to out. */
#ifndef SIM_GRAPH_STEP_REPORT_H
#define SIM_GRAPH_STEP_REPORT_H

#include <stdbool.h>

#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/graph/steps.h"

struct step_result {
    const char *source; /* random, transformer, cnn */
    const struct step_dag *graph;
    const struct step_run *levels, *dynamic;
    struct step_energy energy;
    uint32_t max_parallel;
    bool equal;         /* levels were cut to max_parallel */
    double next_random; /* the generator's next number after all of it */
};

void step_report_steps_csv(const struct step_result *r, struct text *out);
void step_report_summary_csv(const struct step_result *r, struct text *out);
void step_report_table_csv(const struct step_result *r, struct text *out);
void step_report_table_tex(const struct step_result *r, struct text *out);

/* Object of `bpsim steps --json`, with its final newline. */
void step_report_json(const struct step_result *r, struct text *out);

/* Table for people, with a note on what the two sides compare. */
void step_report_plain(const struct step_result *r, struct text *out);

/* Writes the four files into folder, which is made if need be. 0 or SIM_ERR_IO with a message. */
int step_report_write_files(const struct step_result *r, const char *folder, struct diag *d);

#endif
