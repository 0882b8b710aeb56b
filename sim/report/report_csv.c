/* SPDX-License-Identifier: Apache-2.0 */
/* report_csv.c - the tables for scripts. Names hold no comma and no quote, so nothing is quoted. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/report_rows.h"
#include "sim/stats/run_figures.h"

static void whole(struct text *out, const struct run_result *run, const char *metric, uint64_t value, const char *unit)
{
    text_printf(out, "%s,%s,%s,%" PRIu64 ",%s\n", run->machine, run->start, metric, value, unit);
}

/* A ratio that does not exist is an empty field. */
static void real(struct text *out, const struct run_result *run, const char *metric, double value, const char *unit)
{
    char buf[TEXT_REAL_MAX];
    text_printf(out, "%s,%s,%s,%s,%s\n", run->machine, run->start, metric, isfinite(value) ? text_real(buf, value) : "",
                unit);
}

static void summary_of(const struct report *r, const struct run_result *run, struct text *out)
{
    double against = report_against_dynamic(r, run);
    struct run_figures f;
    char metric[64];
    run_figures_of(run, &f);
    whole(out, run, "makespan", run->makespan_cycles, "cycles");
    real(out, run, "time", f.time_ns, "ns");
    real(out, run, "utilisation", f.utilisation, "1");
    whole(out, run, "lower_bound", run->lower_bound, "cycles");
    if (run->schedule_bound) {
        whole(out, run, "schedule_bound", run->schedule_bound, "cycles");
    } else {
        real(out, run, "schedule_bound", NAN, "cycles");
    }
    real(out, run, "gap", f.gap, "1");
    if (isfinite(against)) {
        real(out, run, "against_dynamic", against, "1");
    }
    for (int c = 0; c < CAUSE_COUNT; c++) {
        snprintf(metric, sizeof metric, "idle.%s", cause_names[c]);
        whole(out, run, metric, f.causes[c], "unit-cycles");
    }
    for (int c = 0; c < CLASS_COUNT; c++) {
        snprintf(metric, sizeof metric, "link_bytes.%s", class_names[c]);
        whole(out, run, metric, f.link_bytes[c], "B");
    }
}

void report_summary_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,start,metric,value,unit\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        summary_of(r, &r->runs[i], out);
    }
}

void report_idle_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,unit,cause,cycles\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        for (size_t u = 0; u < run->n_units; u++) {
            for (int c = 0; c < CAUSE_COUNT; c++) {
                text_printf(out, "%s,%s,%s,%" PRIu64 "\n", run->name, run->units[u].name, cause_names[c],
                            run->units[u].account.cycles[c]);
            }
        }
    }
}

static void link_row(const struct run_result *run, const struct result_link *l, int c, struct text *out)
{
    const struct link_account *a = &l->classes[c];
    text_printf(out, "%s,%s,%s,%s,%s,%s", run->name, l->id, l->from, l->to, link_type_names[l->type], class_names[c]);
    text_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, a->payload, a->header, a->padding, a->retry);
    text_printf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", a->entered, a->left, a->busy_cycles,
                a->peak_queue);
}

void report_links_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,link,from,to,type,class,payload,header,padding,retry,entered,left,busy_cycles,peak_queue\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        for (size_t l = 0; l < run->n_links; l++) {
            for (int c = 0; c < CLASS_COUNT; c++) {
                if (report_link_has_row(&run->links[l], c)) {
                    link_row(run, &run->links[l], c, out);
                }
            }
        }
    }
}

/* Slots of scheduled links: a cycle each. One that a burst takes in part, between chips, is reserved. */
void report_slots_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,link,type,slots,reserved,unused\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        for (size_t l = 0; strcmp(run->kind, "phase") == 0 && l < run->n_links; l++) {
            const struct result_link *link = &run->links[l];
            uint64_t busy = 0;
            for (int c = 0; c < CLASS_COUNT; c++) {
                busy += link->classes[c].busy_cycles;
            }
            busy = busy < run->makespan_cycles ? busy : run->makespan_cycles;
            text_printf(out, "%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", run->name, link->id,
                        link_type_names[link->type], run->makespan_cycles, busy, run->makespan_cycles - busy);
        }
    }
}

void report_phases_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,phase,start_cycle,length_cycles,units_on,tasks,transfers\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        for (size_t p = 0; p < run->n_phases; p++) {
            const struct result_phase *phase = &run->phases[p];
            text_printf(out, "%s,%zu,%" PRIu64 ",%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 "\n", run->name, p,
                        phase->start, phase->length, phase->units_on, phase->tasks, phase->transfers);
        }
    }
}

void report_conflicts_csv(const struct report *r, struct text *out)
{
    text_add(out, "machine,place,kind,count\n");
    for (size_t i = 0; i < r->n_runs; i++) {
        const struct run_result *run = &r->runs[i];
        for (size_t c = 0; c < run->n_conflicts; c++) {
            text_printf(out, "%s,%s,%s,%" PRIu64 "\n", run->name, run->conflicts[c].place, run->conflicts[c].kind,
                        run->conflicts[c].count);
        }
    }
}
