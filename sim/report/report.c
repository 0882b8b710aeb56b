/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - life of a report; its files. */
#include "sim/report/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"

void report_init(struct report *r)
{
    memset(r, 0, sizeof *r);
}

void report_free(struct report *r)
{
    for (size_t i = 0; i < r->n_warnings; i++) {
        free(r->warnings[i]);
    }
    for (size_t i = 0; i < r->n_machines; i++) {
        free(r->machines[i]);
    }
    for (size_t i = 0; i < r->n_runs; i++) {
        run_result_free(&r->runs[i]);
    }
    for (size_t i = 0; i < r->n_failures; i++) {
        free(r->failures[i].name);
    }
    for (size_t i = 0; i < r->n_silicon; i++) {
        free(r->silicon[i].values);
    }
    free(r->warnings);
    free(r->machines);
    free(r->silicon);
    free(r->runs);
    free(r->hosts);
    free(r->failures);
    free(r->name);
    report_init(r);
}

static const struct {
    const char *name;
    void (*write)(const struct report *r, struct text *out);
} files[] = {
    {"results.json", report_json},           {"summary.csv", report_summary_csv}, {"idle.csv", report_idle_csv},
    {"links.csv", report_links_csv},         {"slots.csv", report_slots_csv},     {"phases.csv", report_phases_csv},
    {"conflicts.csv", report_conflicts_csv},
};

int report_write_files(const struct report *r, const char *folder, struct diag *d)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct text out = {0};
        files[i].write(r, &out);
        char *path = mem_printf("%s/%s", folder, files[i].name);
        int error = file_write(path, out.s, out.n, d);
        free(path);
        text_free(&out);
        if (error) {
            return error;
        }
    }
    return SIM_OK;
}

/* ---- what runs have to do with each other ---- */

int report_agree(const struct report *r, struct diag *d)
{
    const struct run_result *first = r->n_runs ? &r->runs[0] : NULL;
    const struct run_result *whole = NULL;
    int rc = SIM_OK;
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        if (strcmp(run->work_hash, first->work_hash) != 0) {
            diag_add(d, "", 0, 0, run->name, "is of other work than %s: work_hash %.12s... and %.12s...", first->name,
                     run->work_hash, first->work_hash);
            rc = SIM_ERR_VIOLATION;
        }
        if (run->interrupted) {
            continue;
        }
        whole = whole ? whole : run;
        if (run->output_checksum != whole->output_checksum) {
            diag_add(d, "", 0, 0, run->name,
                     "has other outputs than %s: output_checksum %016" PRIx64 " and %016" PRIx64, whole->name,
                     run->output_checksum, whole->output_checksum);
            rc = SIM_ERR_VIOLATION;
        }
    }
    return rc;
}

double report_against_dynamic(const struct report *r, const struct run_result *run)
{
    uint64_t fastest = 0;
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *other = &r->runs[i];
        if (strcmp(other->kind, "dynamic") != 0 || strcmp(other->start, run->start) != 0 || other->interrupted) {
            continue;
        }
        fastest = fastest && fastest < other->makespan_cycles ? fastest : other->makespan_cycles;
    }
    return fastest && !run->interrupted ? (double)run->makespan_cycles / (double)fastest : NAN;
}
