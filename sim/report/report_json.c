/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c - results.json. */
#include <string.h>

#include "sim/base/json.h"
#include "sim/report/report.h"
#include "sim/report/report_rows.h"
#include "sim/stats/run_figures.h"

void report_silicon_json(struct json *j, const struct report *r)
{
    json_key(j, "silicon");
    json_begin_array(j);
    json_compact(j, true);
    for (size_t i = 0; i < r->n_silicon; i++) {
        const struct report_silicon *item = &r->silicon[i];
        json_begin_object(j);
        json_key_string(j, "item", item->item);
        json_key_string(j, "unit", item->unit);
        json_key(j, "values");
        json_begin_object(j);
        for (size_t m = 0; m < r->n_machines; m++) {
            json_key_u64(j, r->machines[m], item->values[m]);
        }
        json_end_object(j);
        json_key_bool(j, "equal", report_silicon_equal(r, item));
        json_end_object(j);
    }
    json_compact(j, false);
    json_end_array(j);
}

static void states(struct json *j, const struct run_result *run)
{
    json_key(j, "states");
    json_begin_object(j);
    json_compact(j, true);
    for (size_t u = 0; u < run->n_units; u++) {
        json_key(j, run->units[u].name);
        json_begin_object(j);
        for (int c = 0; c < CAUSE_COUNT; c++) {
            json_key_u64(j, cause_names[c], run->units[u].account.cycles[c]);
        }
        json_end_object(j);
    }
    json_compact(j, false);
    json_end_object(j);
    json_key(j, "on_cycles");
    json_compact(j, true);
    json_begin_object(j);
    for (size_t u = 0; u < run->n_units; u++) {
        json_key_u64(j, run->units[u].name, run->units[u].account.on_cycles);
    }
    json_end_object(j);
    json_compact(j, false);
}

static void link_row(struct json *j, const struct result_link *l, int c)
{
    const struct link_account *a = &l->classes[c];
    json_begin_object(j);
    json_key_string(j, "id", l->id);
    json_key_string(j, "from", l->from);
    json_key_string(j, "to", l->to);
    json_key_string(j, "type", link_type_names[l->type]);
    json_key_string(j, "class", class_names[c]);
    json_key_u64(j, "payload", a->payload);
    json_key_u64(j, "header", a->header);
    json_key_u64(j, "padding", a->padding);
    json_key_u64(j, "retry", a->retry);
    json_key_u64(j, "entered", a->entered);
    json_key_u64(j, "left", a->left);
    json_key_u64(j, "busy_cycles", a->busy_cycles);
    json_key_u64(j, "peak_queue", a->peak_queue);
    json_end_object(j);
}

static void links(struct json *j, const struct run_result *run)
{
    json_key(j, "links");
    json_begin_array(j);
    json_compact(j, true);
    for (size_t l = 0; l < run->n_links; l++) {
        for (int c = 0; c < CLASS_COUNT; c++) {
            if (report_link_has_row(&run->links[l], c)) {
                link_row(j, &run->links[l], c);
            }
        }
    }
    json_compact(j, false);
    json_end_array(j);
}

/* conflicts: { PLACE: { KIND: count } }, places in the order of the machine. */
static void conflicts(struct json *j, const struct run_result *run)
{
    json_key(j, "conflicts");
    json_begin_object(j);
    json_compact(j, true);
    for (size_t i = 0; i < run->n_conflicts;) {
        const char *place = run->conflicts[i].place;
        json_key(j, place);
        json_begin_object(j);
        for (; i < run->n_conflicts && strcmp(run->conflicts[i].place, place) == 0; i++) {
            json_key_u64(j, run->conflicts[i].kind, run->conflicts[i].count);
        }
        json_end_object(j);
    }
    json_compact(j, false);
    json_end_object(j);
}

static void events(struct json *j, const struct run_result *run)
{
    json_key(j, "events");
    json_begin_object(j);
    for (size_t i = 0; i < run->n_events; i++) {
        json_key_u64(j, run->events[i].name, run->events[i].count);
    }
    json_end_object(j);
    json_key(j, "energy_pj");
    json_begin_object(j);
    json_end_object(j);
}

static void head(struct json *j, const struct run_result *run, const struct run_figures *f)
{
    json_key_string(j, "kind", run->kind);
    bool dynamic = strcmp(run->kind, "dynamic") == 0;
    json_key_string(j, dynamic ? "preset" : "policy", dynamic ? run->preset : run->policy);
    json_key_string(j, "start", run->start);
    json_key_u64(j, "makespan_cycles", run->makespan_cycles);
    json_key_u64(j, "clock_hz", run->clock_hz);
    json_key_u64(j, "period_fs", run->period_fs);
    json_key_real(j, "time_ns", f->time_ns);
    json_key_u64(j, "macs_executed", run->macs_executed);
    json_key_u64(j, "macs_padded", run->macs_padded);
    json_key_string(j, "work_hash", run->work_hash);
    json_key_string(j, "tasks_hash", run->tasks_hash);
    json_key(j, "output_checksum");
    json_hex64(j, run->output_checksum);
    json_key(j, "numeric_checksum");
    json_hex64(j, run->numeric_checksum);
    json_key(j, "lower_bound");
    json_compact(j, true);
    json_begin_object(j);
    json_key_u64(j, "cycles", run->lower_bound);
    json_key_string(j, "by", run->lower_bound_by);
    json_end_object(j);
    json_compact(j, false);
    json_key(j, "schedule_bound");
    if (run->schedule_bound) {
        json_u64(j, run->schedule_bound);
    } else {
        json_null(j);
    }
    json_key_real(j, "gap", f->gap);
}

static void machine(struct json *j, const struct report *r, const struct run_result *run)
{
    struct run_figures f;
    run_figures_of(run, &f);
    json_key(j, run->name);
    json_begin_object(j);
    head(j, run, &f);
    json_key_real(j, "against_dynamic", report_against_dynamic(r, run));
    states(j, run);
    links(j, run);
    json_key_u64(j, "injected", run->injected);
    json_key_u64(j, "delivered", run->delivered);
    json_key_u64(j, "replicated", run->replicated);
    json_key_u64(j, "in_flight", run->in_flight);
    json_key_u64(j, "byte_hops", run->byte_hops);
    json_key_u64(j, "stalls", run->stalls);
    conflicts(j, run);
    events(j, run);
    json_key_u64(j, "phases", run->n_phases);
    json_key_bool(j, "interrupted", run->interrupted);
    json_end_object(j);
}

static void failed(struct json *j, const struct report *r)
{
    json_key(j, "failed");
    json_begin_array(j);
    for (size_t i = 0; i < r->n_failures; i++) {
        json_begin_object(j);
        json_key_string(j, "name", r->failures[i].name);
        json_key(j, "exit_code");
        json_i64(j, r->failures[i].exit_code);
        json_end_object(j);
    }
    json_end_array(j);
}

void report_json(const struct report *r, struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    json_key_u64(&j, "schema_version", REPORT_SCHEMA_VERSION);
    json_key_string(&j, "name", r->name);
    json_key_string(&j, "bpsim_version", r->version);
    json_key_string(&j, "config_hash", r->config_hash);
    json_key(&j, "warnings");
    json_begin_array(&j);
    for (size_t i = 0; i < r->n_warnings; i++) {
        json_string(&j, r->warnings[i]);
    }
    json_end_array(&j);
    json_key_bool(&j, "interrupted", r->interrupted);
    failed(&j, r);
    report_silicon_json(&j, r);
    json_key(&j, "machines");
    json_begin_object(&j);
    for (size_t i = 0; i < r->n_runs; i++) {
        machine(&j, r, &r->runs[i]);
    }
    json_end_object(&j);
    json_end_object(&j);
}
