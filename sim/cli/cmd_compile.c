/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_compile.c - bpsim compile: a schedule and nothing else. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/compile_graph.h"
#include "sim/cli/grace.h"
#include "sim/cli/job.h"
#include "sim/cli/options.h"
#include "sim/cli/run_plan.h"
#include "sim/graph/task_dag.h"
#include "sim/report/report_units.h"
#include "sim/sched/dag_schedule.h"
#include "sim/schedule/sched_spills.h"

#define MAX_BUDGET 1000000 /* seconds */

enum { OUT, POLICY, START, SET, UNITS, BUDGET, ITERATIONS, PROGRESS, JSON };

static const struct cli_option options[] = {
    [OUT] = {"out", 'o', "FILE",
             "write the schedule to FILE.bps (of a graph: CSV); without it only the figures are printed"},
    [POLICY] = {"policy", 'p', "NAME",
                "levels, barrier, list or search; default: the configuration's first. Of a graph: list (default) or "
                "search"},
    [START] = {"start", 0, "NAME", "cold or steady; default: the configuration's first"},
    [SET] = {"set", 's', "KEY=VALUE", "give a key: chip.units.rows=16; may be repeated, later ones win"},
    [UNITS] = {"units", 0, "P", "schedule a task graph on P identical units"},
    [BUDGET] = {"budget", 0, "S", "search: S seconds of processor time"},
    [ITERATIONS] = {"iterations", 0, "N",
                    "search: N iterations; the same result on every machine (default: the configuration's; of a graph "
                    "1000)"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [JSON] = {"json", 0, NULL, "print the figures as JSON"},
};

static const struct cli_usage usage = {
    "compile",
    "CONFIG|GRAPH",
    "Compiles the work of a configuration to a schedule for one policy and start, and verifies it.\n"
    "With --units: schedules a task graph on identical units.",
    options,
    sizeof options / sizeof options[0],
    "GRAPH is an STG file (no communication) or a Graphviz digraph whose nodes and edges have the attribute Weight\n"
    "(the weight of an edge is a delay between two units, none within one). The ending tells which (.stg; .dot, .gv),\n"
    "else the content: an STG file begins with a number.",
};

struct limits {
    uint64_t iterations, budget_ns; /* 0: not given */
};

struct compile_command {
    const char *config, *out;
    struct run_options choice; /* policies, starts, sets */
    enum progress_mode progress;
    struct limits limits;
    struct compile_graph graph; /* units: 0 where a configuration is compiled */
    bool json;
};

struct figures {
    uint64_t makespan, transfers, phases;
    struct sched_spills spills;
    double gap, schedule_gap;
};

/* Of the measured repeat's program. */
static void figures_of(const struct schedule *s, struct figures *f)
{
    const struct sched_program *p = &s->programs[s->repeats[s->n_repeats - 1]];
    *f = (struct figures) {.makespan = p->makespan, .transfers = p->n_transfers, .phases = p->n_phases};
    f->spills = sched_spills_of(s, p);
    f->gap = s->lower_bound ? (double)p->makespan / (double)s->lower_bound - 1 : NAN;
    f->schedule_gap = s->schedule_bound ? (double)p->makespan / (double)s->schedule_bound - 1 : NAN;
}

static void print_json(const struct schedule *s, bool interrupted)
{
    struct figures f;
    struct text t = {0};
    struct json j;
    figures_of(s, &f);
    json_init(&j, &t);
    json_begin_object(&j);
    json_key_u64(&j, "makespan", f.makespan);
    json_key_u64(&j, "lower_bound", s->lower_bound);
    json_key(&j, "schedule_bound");
    if (s->schedule_bound) {
        json_u64(&j, s->schedule_bound);
    } else {
        json_null(&j);
    }
    json_key_real(&j, "gap", f.gap);
    json_key_real(&j, "schedule_gap", f.schedule_gap);
    json_key_string(&j, "policy", s->policy);
    json_key_string(&j, "start", s->start);
    json_key_u64(&j, "iterations", s->iterations);
    json_key_bool(&j, "proven", f.makespan == s->lower_bound);
    json_key_bool(&j, "interrupted", interrupted);
    json_key_u64(&j, "tasks", s->n_tasks);
    json_key_u64(&j, "transfers", f.transfers);
    json_key_u64(&j, "phases", f.phases);
    json_key_u64(&j, "spilled_bytes", f.spills.written_bytes);
    json_key_u64(&j, "read_back_bytes", f.spills.read_bytes);
    json_key_string(&j, "work_hash", s->work_hash);
    json_key_string(&j, "tasks_hash", s->tasks_hash);
    json_end_object(&j);
    fwrite(t.s, 1, t.n, stdout);
    text_free(&t);
}

static void print_text(const struct schedule *s)
{
    struct figures f;
    char gap[REPORT_CELL];
    char line[REPORT_CELL + 40];
    figures_of(s, &f);
    printf("%s, phase.%s, %s\n", s->work_name, s->policy, s->start);
    report_print_line("makespan", f.makespan, " cycles");
    snprintf(line, sizeof line, " cycles (%s); makespan %s", s->lower_bound_by, report_gap(gap, f.gap));
    report_print_line("lower bound", s->lower_bound, line);
    snprintf(line, sizeof line, " cycles; makespan %s", report_gap(gap, f.schedule_gap));
    report_print_line("schedule bound", s->schedule_bound, line);
    if (strcmp(s->policy, "search") == 0) {
        report_print_line("iterations", s->iterations, "");
    }
    report_print_line("tasks", s->n_tasks, "");
    report_print_line("transfers", f.transfers, "");
    report_print_line("phases", f.phases, "");
    if (f.spills.writes + f.spills.reads) {
        char read[REPORT_CELL];
        snprintf(line, sizeof line, " bytes to memory, %s back", report_count(read, f.spills.read_bytes));
        report_print_line("spilled", f.spills.written_bytes, line);
    }
}

/* Finds out before the work whether the file can be written. */
static int check_place(const struct compile_command *c, struct diag *d)
{
    struct file_out f;
    int rc = c->out ? file_open(&f, c->out, d) : SIM_OK;
    if (c->out && rc == SIM_OK) {
        file_abort(&f);
    }
    return rc;
}

static int check_limits(const struct limits *l, const char *policy, struct diag *d)
{
    const char *wrong = NULL;
    if ((l->iterations || l->budget_ns) && strcmp(policy, "search") != 0) {
        wrong = "belong to --policy search";
    } else if (l->iterations && l->budget_ns) {
        wrong = "exclude each other";
    }
    if (wrong) {
        diag_add(d, "", 0, 0, "", "--budget and --iterations %s", wrong);
    }
    return wrong ? SIM_ERR_INPUT : SIM_OK;
}

static int compile(const struct compile_command *c, struct job *j, struct run_plan *plan, struct schedule *s,
                   struct diag *d)
{
    int rc = job_load_for(CONFIG_FOR_PHASE, j, c->config, c->choice.sets, c->choice.n_sets, d);
    rc = rc ? rc : run_plan_make(plan, &c->choice, &j->config, NULL, d);
    rc = rc ? rc : job_machine(j, d);
    fputs(rc == SIM_OK && j->told.n > 0 ? j->told.s : "", stderr);
    rc = rc ? rc : check_place(c, d);
    rc = rc ? rc : job_lower(j, d);
    rc = rc ? rc : check_limits(&c->limits, plan->runs[0].policy, d);
    uint64_t steps = c->limits.iterations;
    struct job_search search = {.iterations = steps > 0 && steps < UINT32_MAX ? (uint32_t)steps : UINT32_MAX,
                                .seconds = 1e-9 * (double)c->limits.budget_ns};
    bool limited = steps > 0 || c->limits.budget_ns > 0;
    rc = rc ? rc : job_compile(j, limited ? &search : NULL, plan->runs[0].policy, plan->runs[0].start, s, d);
    return rc || !c->out ? rc : schedule_write(s, c->out, d);
}

static int run_command(const struct compile_command *c)
{
    struct job j = {0};
    struct run_plan plan = {0};
    struct schedule s;
    struct diag d;
    diag_init(&d);
    schedule_init(&s);
    interrupt_install();
    grace_begin(GRACE_SECONDS);
    int rc = compile(c, &j, &plan, &s, &d);
    if (rc == SIM_ERR_INTERRUPTED && interrupt_pending()) {
        rc = interrupt_pending();
    }
    if (rc == SIM_OK && c->json) {
        print_json(&s, interrupt_pending() != 0);
    } else if (rc == SIM_OK) {
        print_text(&s);
    }
    if (rc == SIM_OK) { /* a search that was ended keeps its best */
        rc = interrupt_pending();
    }
    diag_print(&d, stderr);
    schedule_free(&s);
    run_plan_free(&plan);
    job_free(&j);
    diag_free(&d);
    return sim_exit_code(rc);
}

/* Seconds, also parts of one, as nanoseconds. */
static bool budget(struct cli_parser *p, uint64_t *ns)
{
    double seconds;
    if (text_parse_real(p->value, &seconds) != SIM_OK || !(seconds > 0 && seconds <= MAX_BUDGET)) {
        p->done = true;
        p->exit_code =
            cli_refuse(&usage, "--budget: '%s' is no number of seconds above 0, at most %d", p->value, MAX_BUDGET);
        return false;
    }
    *ns = seconds < 1e-9 ? 1 : (uint64_t)(seconds * 1e9);
    return true;
}

static void take_option(struct compile_command *c, struct cli_parser *p, int option)
{
    uint64_t units;
    switch (option) {
    case OUT:
        c->out = p->value;
        break;
    case JSON:
        c->json = true;
        break;
    case PROGRESS:
        cli_progress(p, &c->progress);
        break;
    case UNITS:
        if (cli_number(p, "units", 1, DAG_MAX_UNITS, &units)) {
            c->graph.units = (uint32_t)units;
        }
        break;
    case BUDGET:
        budget(p, &c->limits.budget_ns);
        break;
    case ITERATIONS:
        cli_number(p, "iterations", 1, UINT64_MAX, &c->limits.iterations);
        break;
    default:
        *(option == POLICY  ? VEC_PUSH(&c->choice, policies)
          : option == START ? VEC_PUSH(&c->choice, starts)
                            : VEC_PUSH(&c->choice, sets)) = p->value;
    }
}

static int graph_command(struct compile_command *c)
{
    struct compile_graph *g = &c->graph;
    if (c->choice.n_starts || c->choice.n_sets) {
        return cli_refuse(&usage, "--start and --set are for configurations, not for graphs");
    }
    if (c->choice.n_policies > 1) {
        return cli_refuse(&usage, "one policy at a time");
    }
    g->graph = c->config;
    g->iterations = c->limits.iterations;
    g->budget_ns = c->limits.budget_ns;
    g->out = c->out;
    g->json = c->json;
    g->policy = c->choice.n_policies ? c->choice.policies[0] : NULL;
    int wrong = compile_graph_check(g);
    return wrong ? wrong : compile_graph(g);
}

int cmd_compile(int argc, char **argv)
{
    struct compile_command c = {.choice.phase_only = "compile"};
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        take_option(&c, &p, i);
    }
    int exit_code = p.done ? p.exit_code : cli_want_operands(&p, 1);
    if (!p.done && !exit_code && !c.graph.units && task_dag_named(p.operands[0])) {
        exit_code = cli_refuse(&usage, "%s is a task graph: give --units", p.operands[0]);
    } else if (!p.done && !exit_code) {
        c.config = p.operands[0];
        progress_init(c.progress);
        exit_code = c.graph.units ? graph_command(&c) : run_command(&c);
    }
    run_options_free(&c.choice);
    return exit_code;
}
