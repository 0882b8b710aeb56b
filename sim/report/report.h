/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what a `bpsim run` hands to its user: files for scripts, a table for people.
 *
 *     run_result x n ---> results.json, summary.csv, idle.csv, links.csv, slots.csv, phases.csv, conflicts.csv
 *     (fixed order)  \--> table on the terminal (with the host's time, which no file ever holds)
 *
 * Files: docs/formats/results.md. Writers fill a struct text and cannot fail. */
#ifndef SIM_REPORT_REPORT_H
#define SIM_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/mem.h"
#include "sim/base/text.h"
#include "sim/machine/machine.h"
#include "sim/stats/run_result.h"

#define REPORT_SCHEMA_VERSION 1u

struct report_failure {
    char *name;    /* phase.list.cold */
    int exit_code; /* of the process that ran it */
};

/* What a run cost the host; for the terminal only. Same index as the run. */
struct report_host {
    double cpu_seconds; /* user + system */
    uint64_t peak_bytes;
};

/* A line of the silicon budget: a value per machine, in the order of report.machines; 0 where a machine has none. */
struct report_silicon {
    const char *item, *unit;
    uint64_t *values;
};

struct report {
    char *name;
    const char *version;
    char config_hash[65];
    VEC(char *, warnings);
    VEC(char *, machines); /* every MACHINE that was asked for: phase.levels, dynamic.gpu-today, ... */
    VEC(struct report_silicon, silicon);
    VEC(struct run_result, runs); /* in the order of the configuration; owned */
    VEC(struct report_host, hosts);
    VEC(struct report_failure, failures);
    bool interrupted;
};

void report_init(struct report *r);
void report_free(struct report *r);

/* One more machine with its budget. Rows of one name are one line; a new one comes after the row before it.
 * "phase.list" needs local timers: value_list. */
void report_add_machine(struct report *r, const char *machine, const struct silicon_item *items, uint32_t n);
bool report_silicon_equal(const struct report *r, const struct report_silicon *row);

/* All runs must be of the same work and, where they are whole, end with the same outputs. 0, or SIM_ERR_VIOLATION with
 * messages that name two runs. */
int report_agree(const struct report *r, struct diag *d);

/* Makespan over that of the fastest whole dynamic run of the same start; NaN without one. */
double report_against_dynamic(const struct report *r, const struct run_result *run);

/* The key "silicon" and its list, inside an open object. */
struct json;
void report_silicon_json(struct json *j, const struct report *r);

void report_json(const struct report *r, struct text *out);
void report_summary_csv(const struct report *r, struct text *out);
void report_idle_csv(const struct report *r, struct text *out);
void report_links_csv(const struct report *r, struct text *out);
void report_slots_csv(const struct report *r, struct text *out); /* runs of phase machines */
void report_phases_csv(const struct report *r, struct text *out);
void report_conflicts_csv(const struct report *r, struct text *out);

/* All of the above into a folder; each file appears whole or not at all. 0 or SIM_ERR_IO. */
int report_write_files(const struct report *r, const char *folder, struct diag *d);

struct report_style {
    uint32_t width; /* of the terminal, in columns */
    bool color;
    bool explain; /* every cause with its meaning, those that did not occur too */
};

/* The table of a run: a column per machine and start, below each other where the terminal is narrow. */
void report_table(const struct report *r, const struct report_style *style, struct text *out);

/* The silicon budget, a column per distinct machine; lines that differ are flagged. */
void report_silicon_table(const struct report *r, const struct report_style *style, struct text *out);

#endif
