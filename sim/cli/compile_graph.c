/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cli/compile_graph.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/grace.h"
#include "sim/report/report_units.h"
#include "sim/sched/dag_search.h"

#define DEFAULT_ITERATIONS 1000 /* of search: about a second on small graphs */

static bool is_search(const struct compile_graph *c)
{
    return c->policy && strcmp(c->policy, "search") == 0;
}

int compile_graph_check(const struct compile_graph *c)
{
    const char *wrong = NULL;
    if (c->policy && !is_search(c) && strcmp(c->policy, "list") != 0) {
        wrong = "with --units the policy is list or search";
    } else if (!is_search(c) && (c->iterations || c->budget_ns)) {
        wrong = "--budget and --iterations belong to --policy search";
    } else if (c->iterations && c->budget_ns) {
        wrong = "--budget and --iterations exclude each other";
    }
    if (wrong) {
        fprintf(stderr, "bpsim compile: %s\ntry: bpsim compile --help\n", wrong);
    }
    return wrong ? 2 : 0;
}

/* An empty graph meets its bound. */
static double gap_of(uint64_t makespan, uint64_t bound)
{
    return makespan == bound ? 0 : bound == 0 ? NAN : (double)makespan / (double)bound - 1;
}

static void print_json(const struct compile_graph *c, const struct task_dag *g, const struct dag_result *r)
{
    char hash[65];
    struct text t = {0};
    struct json j;
    json_init(&j, &t);
    json_begin_object(&j);
    json_key_u64(&j, "makespan", r->schedule.makespan);
    json_key_u64(&j, "lower_bound", r->lower_bound);
    json_key_u64(&j, "schedule_bound", r->schedule_bound);
    json_key_real(&j, "gap", gap_of(r->schedule.makespan, r->lower_bound));
    json_key_real(&j, "schedule_gap", gap_of(r->schedule.makespan, r->schedule_bound));
    json_key_string(&j, "policy", is_search(c) ? "search" : "list");
    json_key_u64(&j, "iterations", r->iterations);
    json_key_bool(&j, "proven", r->proven);
    json_key_u64(&j, "units", c->units);
    json_key_u64(&j, "tasks", g->n_tasks);
    json_key_u64(&j, "edges", g->n_edges);
    json_key_u64(&j, "transfers", dag_schedule_transfers(&r->schedule, g));
    json_key_u64(&j, "phases", dag_schedule_phases(&r->schedule, g));
    task_dag_hash(g, hash);
    json_key_string(&j, "tasks_hash", hash);
    json_key_bool(&j, "interrupted", r->interrupted);
    json_end_object(&j);
    fwrite(t.s, 1, t.n, stdout);
    text_free(&t);
}

static void print_text(const struct compile_graph *c, const struct task_dag *g, const struct dag_result *r)
{
    char gap[REPORT_CELL], line[REPORT_CELL + 40];
    uint64_t makespan = r->schedule.makespan;
    printf("%s, %" PRIu32 " units, %s%s\n", c->graph, c->units, is_search(c) ? "search" : "list",
           r->interrupted ? " (interrupted)" : "");
    report_print_line("makespan", makespan, r->proven ? " (optimal)" : "");
    snprintf(line, sizeof line, "; makespan %s", report_gap(gap, gap_of(makespan, r->lower_bound)));
    report_print_line("lower bound", r->lower_bound, line);
    snprintf(line, sizeof line, "; makespan %s", report_gap(gap, gap_of(makespan, r->schedule_bound)));
    report_print_line("schedule bound", r->schedule_bound, line);
    report_print_line("iterations", r->iterations, "");
    report_print_line("tasks", g->n_tasks, "");
    report_print_line("transfers", dag_schedule_transfers(&r->schedule, g), "");
    report_print_line("phases", dag_schedule_phases(&r->schedule, g), "");
}

/* Finds out before the work whether the file can be written. */
static int check_place(const struct compile_graph *c, struct diag *d)
{
    struct file_out f;
    int rc = c->out ? file_open(&f, c->out, d) : SIM_OK;
    if (c->out && rc == SIM_OK) {
        file_abort(&f);
    }
    return rc;
}

static int schedule(const struct compile_graph *c, const struct task_dag *g, struct dag_result *r, struct diag *d)
{
    struct dag_search_options o = {
        .policy = is_search(c) ? DAG_SEARCH : DAG_LIST, .iterations = c->iterations, .budget_ns = c->budget_ns};
    if (is_search(c) && !o.iterations && !o.budget_ns) {
        o.iterations = DEFAULT_ITERATIONS;
    }
    int rc = check_place(c, d);
    rc = rc ? rc : dag_search(g, c->units, &o, r);
    return rc || !c->out ? rc : dag_schedule_write(&r->schedule, g, c->out, d);
}

int compile_graph(const struct compile_graph *c)
{
    struct task_dag g;
    struct dag_result r = {0};
    struct diag d;
    diag_init(&d);
    interrupt_install();
    grace_begin(GRACE_SECONDS);
    int rc = task_dag_read(&g, c->graph, &d);
    rc = rc ? rc : schedule(c, &g, &r, &d);
    if (rc == SIM_OK) {
        (c->json ? print_json : print_text)(c, &g, &r);
        rc = r.interrupted ? interrupt_pending() : SIM_OK;
    }
    diag_print(&d, stderr);
    dag_result_free(&r);
    task_dag_free(&g);
    diag_free(&d);
    return sim_exit_code(rc);
}
