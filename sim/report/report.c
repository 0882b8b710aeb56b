/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - life of a report; its files. */
#include "sim/report/report.h"

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
    free(r->warnings);
    free(r->machines);
    free(r->silicon);
    free(r->runs);
    free(r->hosts);
    free(r->failures);
    free(r->name);
    report_init(r);
}

uint64_t report_silicon_value(const struct silicon_item *item, const char *machine)
{
    return strcmp(machine, "phase.list") == 0 ? item->value_list : item->value;
}

bool report_silicon_equal(const struct report *r, const struct silicon_item *item)
{
    for (size_t i = 1; i < r->n_machines; i++) {
        if (report_silicon_value(item, r->machines[i]) != report_silicon_value(item, r->machines[0])) {
            return false;
        }
    }
    return true;
}

static const struct {
    const char *name;
    void (*write)(const struct report *r, struct text *out);
} files[] = {
    {"results.json", report_json},   {"summary.csv", report_summary_csv}, {"idle.csv", report_idle_csv},
    {"links.csv", report_links_csv}, {"phases.csv", report_phases_csv},   {"conflicts.csv", report_conflicts_csv},
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
