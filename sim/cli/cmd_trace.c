/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_trace.c - bpsim trace record|replay: what a run did, and the same again from it.
 *
 *     record: config -> schedule -> machine, heard by a recorder -> F.trace.gz
 *     replay: F.trace.gz -> schedule of the recorded times -> machine (of the recorded configuration) */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/base/progress.h"
#include "sim/cli/commands.h"
#include "sim/cli/grace.h"
#include "sim/cli/options.h"
#include "sim/cli/run_plan.h"
#include "sim/cli/simulate.h"
#include "sim/cli/temp_folder.h"
#include "sim/trace/run_trace.h"

enum { OUT, MACHINE, POLICY, START, SET, CONFIG, PROGRESS, JSON };

static const struct cli_option options[] = {
    [OUT] = {"out", 'o', "FILE", "record: write the trace to FILE.trace.gz"},
    [MACHINE] = {"machine", 'm', "GLOB", "record: the machine that matches: phase.list"},
    [POLICY] = {"policy", 'p', "NAME", "record: schedule policy instead of the configuration's"},
    [START] = {"start", 0, "NAME", "record: cold or steady instead of the configuration's"},
    [SET] = {"set", 's', "KEY=VALUE", "give a key of the configuration: chip.units.rows=16; may be repeated"},
    [CONFIG] = {"config", 'c', "FILE", "replay: the machine of this configuration instead of the recorded one"},
    [PROGRESS] = {"progress", 0, "HOW", "auto, plain or none"},
    [JSON] = {"json", 0, NULL, "print the figures as JSON"},
};

static const struct cli_usage usage = {
    "trace",
    "record CONFIG | replay FILE",
    "record: simulates one machine and writes when each task, burst and memory command began.\n"
    "replay: drives the machine from these times instead of a schedule; makespan and checksums must be the same.",
    options,
    sizeof options / sizeof options[0],
    "Of several machines and starts in the configuration the first is recorded. exit code of replay: 0 when the run\n"
    "is the same, 5 when it is not",
};

struct trace_command {
    const char *file; /* CONFIG or FILE */
    const char *out, *config;
    struct run_options choice;
    enum progress_mode progress;
    bool json;
    struct job job;
    struct run_trace trace;
    struct diag d;
};

/* ---- record ---- */

static int add_files_of(struct run_trace *t, const char *folder, struct diag *d)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    int rc = n < 0 ? SIM_ERR_IO : SIM_OK;
    for (int i = 0; i < n; i++) {
        char *path = mem_printf("%s/%s", folder, entries[i]->d_name);
        char *data;
        size_t bytes;
        if (rc == SIM_OK && entries[i]->d_name[0] != '.') {
            rc = file_read(path, SIZE_MAX / 2, &data, &bytes, d);
            if (rc == SIM_OK) {
                run_trace_add_file(t, entries[i]->d_name, data, bytes);
                free(data);
            }
        }
        free(path);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    return rc;
}

/* The effective configuration, and the workload file if there is one, as they would stand beside results. */
static int add_config(struct trace_command *c)
{
    char *folder = temp_folder_make(&c->d);
    if (!folder) {
        return SIM_ERR_IO;
    }
    char *path = mem_printf("%s/config.yaml", folder);
    int rc = config_save(&c->job.config, path, &c->d);
    rc = rc ? rc : add_files_of(&c->trace, folder, &c->d);
    free(path);
    temp_folder_remove(folder);
    return rc;
}

static int check_place(struct trace_command *c)
{
    struct file_out f;
    int rc = file_open(&f, c->out, &c->d);
    if (rc == SIM_OK) {
        file_abort(&f);
    }
    return rc;
}

/* The configuration keeps only what is recorded, so that the trace says what it is a trace of. */
static int choose(struct trace_command *c, struct planned_run *run)
{
    struct run_plan plan;
    int rc = job_load_for(CONFIG_FOR_PHASE, &c->job, c->file, c->choice.sets, c->choice.n_sets, &c->d);
    if (rc) {
        return rc;
    }
    c->choice.phase_only = "trace record";
    rc = run_plan_make(&plan, &c->choice, &c->job.config, NULL, &c->d);
    if (rc == SIM_OK) {
        c->job.config.phase.policy.n = 1;
        c->job.config.run.start.n = 1;
        *run = (struct planned_run) {
            .policy = mem_strdup(phase_policy_choices.names[c->job.config.phase.policy.value[0]]),
            .start = mem_strdup(start_choices.names[c->job.config.run.start.value[0]]),
        };
    }
    run_plan_free(&plan);
    return rc;
}

/* Chips that stretched apart have no common count of cycles in which their times could be told. */
static int check_stalls(struct trace_command *c, const struct run_result *r)
{
    if (r->stalls == 0) {
        return SIM_OK;
    }
    diag_add(&c->d, c->file, 0, 0, "",
             "the run stalled %" PRIu64 " times; only a run that kept its schedule can be recorded", r->stalls);
    return SIM_ERR_VIOLATION;
}

static int record_run(struct trace_command *c, struct run_result *r)
{
    struct schedule *s = &c->trace.schedule;
    struct trace_recorder *recorder = trace_recorder_new(s);
    struct phase_run_options o = simulate_options(&c->job, s);
    o.probe = trace_recorder_probe(recorder);
    int rc = simulate(&c->job, s, &o, r, &c->d);
    rc = rc ? rc : check_stalls(c, r);
    if (rc == SIM_OK) {
        trace_recorder_apply(recorder, s);
        c->trace.makespan = r->makespan_cycles;
        c->trace.output_checksum = r->output_checksum;
        c->trace.numeric_checksum = r->numeric_checksum;
    }
    trace_recorder_free(recorder);
    return rc;
}

static int record(struct trace_command *c, struct run_result *r)
{
    struct planned_run run = {0};
    int rc = choose(c, &run);
    rc = rc ? rc : job_machine(&c->job, &c->d);
    rc = rc ? rc : check_place(c);
    rc = rc ? rc : job_lower(&c->job, &c->d);
    rc = rc ? rc : job_compile(&c->job, NULL, run.policy, run.start, &c->trace.schedule, &c->d);
    rc = rc ? rc : add_config(c);
    rc = rc ? rc : record_run(c, r);
    rc = rc ? rc : run_trace_write(&c->trace, c->out, &c->d);
    free(run.policy);
    free(run.start);
    return rc;
}

/* ---- replay ---- */

/* The machine, and the work that the trace must be of. */
static int load_work(struct trace_command *c, const char *config, struct diag *d)
{
    int rc = job_load(&c->job, config, c->choice.sets, c->choice.n_sets, d);
    rc = rc ? rc : job_machine(&c->job, d);
    return rc ? rc : job_lower(&c->job, d);
}

static int load_recorded_config(struct trace_command *c)
{
    char *folder = temp_folder_make(&c->d);
    if (!folder) {
        return SIM_ERR_IO;
    }
    int rc = SIM_OK;
    for (size_t i = 0; rc == SIM_OK && i < c->trace.n_files; i++) {
        char *path = mem_printf("%s/%s", folder, c->trace.files[i].name);
        rc = file_write(path, c->trace.files[i].data, c->trace.files[i].bytes, &c->d);
        free(path);
    }
    char *path = mem_printf("%s/config.yaml", folder);
    struct diag inner;
    diag_init(&inner);
    rc = rc ? rc : load_work(c, path, &inner);
    for (size_t i = 0; i < inner.count; i++) {
        diag_add(&c->d, c->file, 0, 0, inner.messages[i].key, "in its configuration, line %u: %s",
                 inner.messages[i].line, inner.messages[i].text);
    }
    diag_free(&inner);
    free(path);
    temp_folder_remove(folder);
    return rc;
}

static bool same(const struct run_trace *t, const struct run_result *r)
{
    return r->makespan_cycles == t->makespan && r->output_checksum == t->output_checksum &&
           r->numeric_checksum == t->numeric_checksum;
}

static int replay(struct trace_command *c, struct run_result *r)
{
    const struct schedule *s = &c->trace.schedule;
    int rc = run_trace_read(&c->trace, c->file, &c->d);
    if (rc == SIM_OK) {
        rc = c->config ? load_work(c, c->config, &c->d) : load_recorded_config(c);
    }
    rc = rc ? rc : job_matches(&c->job, s, c->file, &c->d);
    if (rc == SIM_OK) {
        struct phase_run_options o = simulate_options(&c->job, s);
        rc = simulate(&c->job, s, &o, r, &c->d);
    }
    if (rc == SIM_OK && !same(&c->trace, r)) {
        diag_add(&c->d, c->file, 0, 0, "", "the replay is not the same: %" PRIu64 " cycles, recorded were %" PRIu64,
                 r->makespan_cycles, c->trace.makespan);
        rc = SIM_ERR_VIOLATION;
    }
    return rc;
}

/* ---- both ---- */

static void print_json(const struct trace_command *c, const struct run_result *r)
{
    const struct schedule *s = &c->trace.schedule;
    const struct sched_program *p = &s->programs[s->repeats[s->n_repeats - 1]];
    struct text t = {0};
    struct json j;
    json_init(&j, &t);
    json_begin_object(&j);
    json_key_u64(&j, "makespan", r->makespan_cycles);
    json_key(&j, "output_checksum");
    json_hex64(&j, r->output_checksum);
    json_key(&j, "numeric_checksum");
    json_hex64(&j, r->numeric_checksum);
    json_key_bool(&j, "same", same(&c->trace, r));
    json_key_string(&j, "policy", s->policy);
    json_key_string(&j, "start", s->start);
    json_key_u64(&j, "tasks", p->n_ops);
    json_key_u64(&j, "bursts", p->n_hops);
    json_key_u64(&j, "dram_commands", p->n_dram);
    json_end_object(&j);
    fwrite(t.s, 1, t.n, stdout);
    text_free(&t);
}

static void print_text(const struct trace_command *c, const struct run_result *r, bool replayed)
{
    const struct schedule *s = &c->trace.schedule;
    const struct sched_program *p = &s->programs[s->repeats[s->n_repeats - 1]];
    printf("%s phase.%s.%s: %" PRIu64 " cycles, output checksum %016" PRIx64 "\n", replayed ? "replayed" : "recorded",
           s->policy, s->start, r->makespan_cycles, r->output_checksum);
    printf("%zu tasks, %zu bursts on links, %zu memory commands\n", p->n_ops, p->n_hops, p->n_dram);
}

static int run_command(struct trace_command *c, bool replaying)
{
    struct run_result r;
    diag_init(&c->d);
    run_trace_init(&c->trace);
    run_result_init(&r);
    interrupt_install();
    grace_begin(GRACE_SECONDS);
    int rc = replaying ? replay(c, &r) : record(c, &r);
    if (rc == SIM_OK && c->json) {
        print_json(c, &r);
    } else if (rc == SIM_OK) {
        print_text(c, &r, replaying);
    }
    diag_print(&c->d, stderr);
    run_result_free(&r);
    run_trace_free(&c->trace);
    job_free(&c->job);
    diag_free(&c->d);
    return sim_exit_code(rc);
}

static void take(struct trace_command *c, int option, struct cli_parser *p)
{
    const char *value = p->value;
    switch (option) {
    case OUT:
        c->out = value;
        break;
    case MACHINE:
        *VEC_PUSH(&c->choice, machines) = value;
        break;
    case POLICY:
        *VEC_PUSH(&c->choice, policies) = value;
        break;
    case START:
        *VEC_PUSH(&c->choice, starts) = value;
        break;
    case SET:
        *VEC_PUSH(&c->choice, sets) = value;
        break;
    case CONFIG:
        c->config = value;
        break;
    case PROGRESS:
        cli_progress(p, &c->progress);
        break;
    default:
        c->json = true;
        break;
    }
}

static int check_command(const struct trace_command *c, const char *verb)
{
    bool recording = strcmp(verb, "record") == 0;
    if (!recording && strcmp(verb, "replay") != 0) {
        return cli_refuse(&usage, "%s is neither record nor replay", verb);
    }
    if (recording && !c->out) {
        return cli_refuse(&usage, "record needs --out FILE");
    }
    if (recording && c->config) {
        return cli_refuse(&usage, "--config goes with replay");
    }
    if (!recording && (c->out || c->choice.n_machines || c->choice.n_policies || c->choice.n_starts)) {
        return cli_refuse(&usage, "--out, --machine, --policy and --start go with record");
    }
    return 0;
}

int cmd_trace(int argc, char **argv)
{
    struct trace_command c = {0};
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        take(&c, i, &p);
    }
    int exit_code = p.done ? p.exit_code : cli_want_operands(&p, 2);
    if (!p.done && !exit_code) {
        exit_code = check_command(&c, p.operands[0]);
        c.file = p.operands[1];
    }
    if (!p.done && !exit_code) {
        progress_init(c.progress);
        exit_code = run_command(&c, strcmp(p.operands[0], "replay") == 0);
    }
    run_options_free(&c.choice);
    return exit_code;
}
