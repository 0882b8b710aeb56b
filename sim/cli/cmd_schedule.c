/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schedule.c - `bpsim schedule`: looks into a .bps file, or checks it against every rule. */
#include <stdio.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/json.h"
#include "sim/base/text.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/schedule/link_slots.h"
#include "sim/schedule/schedule.h"
#include "sim/schedule/schedule_summary.h"

#define MAX_VIOLATIONS 100u

enum { OPTION_PROGRAM, OPTION_LINKS, OPTION_SLOTS, OPTION_MAX, OPTION_CSV, OPTION_JSON };
static const struct cli_option options[] = {
    {"program", 'p', "N", "show: program N of the file; without it the one of the measured repeat"},
    {"links", 'l', "GLOB",
     "show: of links whose id matches ('*': all), how many slots are reserved and how many unused"},
    {"slots", 's', "GLOB", "show: their slot tables, a row per reservation"},
    {"max", 0, "N", "verify: tell at most N violations (100)"},
    {"csv", 0, NULL, "show: print the table of --links or --slots as CSV"},
    {"json", 0, NULL, "print JSON: {tasks, bursts, sram, dram, links}, or {ok, violations}"},
};
static const struct cli_usage usage = {
    "schedule",
    "show|verify F.bps",
    "show: what every unit, link and memory channel does when, as a summary, as slot tables of links, or all of it\n"
    "as JSON.\n"
    "verify: checks the schedule against every rule of docs/formats/bps.md. Exit code 2 when it breaks one.",
    options,
    sizeof options / sizeof options[0],
    NULL,
};

struct request {
    const char *path;
    const char *links, *slots; /* globs; NULL: not asked for */
    bool verify, json, csv, program_given;
    uint64_t program, max;
};

static void print_text(struct text *t)
{
    if (t->n) {
        fwrite(t->s, 1, t->n, stdout);
    }
    text_free(t);
}

static int show(const struct request *r, const struct schedule *s)
{
    uint64_t program = r->program_given ? r->program : s->repeats[s->n_repeats - 1];
    if (program >= s->n_programs) {
        fprintf(stderr, "%s: there is no program %llu; the last one is %zu\n", r->path, (unsigned long long)program,
                s->n_programs - 1);
        return SIM_ERR_INPUT;
    }
    struct text out = {0};
    enum slot_format format = r->csv ? SLOT_CSV : SLOT_TEXT;
    if (r->json) {
        schedule_show_json(s, (uint32_t)program, &out);
    } else if (r->slots) {
        schedule_show_slots(s, (uint32_t)program, r->slots, format, &out);
    } else if (r->links) {
        schedule_show_links(s, (uint32_t)program, r->links, format, &out);
    } else {
        schedule_summary(s, (uint32_t)program, &out);
    }
    print_text(&out);
    return SIM_OK;
}

static void verdict_json(const struct sched_verdict *v, struct text *out)
{
    struct json j;
    json_init(&j, out);
    json_begin_object(&j);
    json_key_bool(&j, "ok", v->n_violations == 0);
    json_key(&j, "violations");
    json_begin_array(&j);
    json_compact(&j, true);
    for (size_t i = 0; i < v->n_violations; i++) {
        json_begin_object(&j);
        json_key_string(&j, "rule", v->violations[i].rule);
        json_key_string(&j, "where", v->violations[i].where);
        json_key_string(&j, "message", v->violations[i].message);
        json_end_object(&j);
    }
    json_compact(&j, false);
    json_end_array(&j);
    json_end_object(&j);
    text_add(out, "\n");
}

static int verify(const struct request *r, const struct schedule *s)
{
    struct sched_verdict verdict;
    int rc = schedule_verify(s, (uint32_t)r->max, &verdict);
    struct text out = {0};
    if (r->json) {
        verdict_json(&verdict, &out);
    } else if (rc == SIM_OK) {
        text_printf(&out, "%s: keeps every rule\n", r->path);
    }
    for (size_t i = 0; !r->json && i < verdict.n_violations; i++) {
        const struct sched_violation *x = &verdict.violations[i];
        fprintf(stderr, "%s: %s: %s: %s\n", r->path, x->rule, x->where, x->message);
    }
    if (!r->json && verdict.n_violations == r->max) {
        fprintf(stderr, "%s: perhaps more; --max tells them\n", r->path);
    }
    print_text(&out);
    sched_verdict_free(&verdict);
    return rc;
}

/* A file that cannot be read is no schedule: with --json the verdict says so too. */
static int unreadable(const struct request *r, const struct diag *d)
{
    diag_print(d, stderr);
    if (r->json && r->verify) {
        struct sched_verdict verdict = {0};
        for (size_t i = 0; i < d->count; i++) {
            struct sched_violation *x = VEC_PUSH(&verdict, violations);
            snprintf(x->rule, sizeof x->rule, "format");
            snprintf(x->where, sizeof x->where, "%s", d->messages[i].key);
            snprintf(x->message, sizeof x->message, "%s", d->messages[i].text);
        }
        struct text out = {0};
        verdict_json(&verdict, &out);
        print_text(&out);
        sched_verdict_free(&verdict);
    }
    return SIM_ERR_INPUT;
}

static int run(const struct request *r)
{
    struct schedule s;
    struct diag d;
    diag_init(&d);
    int rc = schedule_read(&s, r->path, &d);
    if (rc == SIM_ERR_INPUT) {
        rc = unreadable(r, &d);
    } else if (rc) {
        diag_print(&d, stderr);
    } else {
        rc = r->verify ? verify(r, &s) : show(r, &s);
        schedule_free(&s);
    }
    diag_free(&d);
    return sim_exit_code(rc);
}

int cmd_schedule(int argc, char **argv)
{
    struct request r = {.max = MAX_VIOLATIONS};
    struct cli_parser p;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        switch (i) {
        case OPTION_PROGRAM:
            r.program_given = cli_number(&p, "program", 0, UINT32_MAX, &r.program);
            break;
        case OPTION_LINKS:
            r.links = p.value;
            break;
        case OPTION_SLOTS:
            r.slots = p.value;
            break;
        case OPTION_CSV:
            r.csv = true;
            break;
        case OPTION_MAX:
            cli_number(&p, "max", 1, 1000000, &r.max);
            break;
        default:
            r.json = true;
            break;
        }
    }
    if (p.done) {
        return p.exit_code;
    }
    int exit_code = cli_want_operands(&p, 2);
    if (exit_code) {
        return exit_code;
    }
    r.verify = strcmp(p.operands[0], "verify") == 0;
    if (!r.verify && strcmp(p.operands[0], "show") != 0) {
        return cli_refuse(&usage, "%s: show or verify?", p.operands[0]);
    }
    if (r.verify && (r.links || r.slots || r.csv)) {
        return cli_refuse(&usage, "--links, --slots and --csv go with show");
    }
    if ((r.links != NULL) + (r.slots != NULL) + r.json > 1) {
        return cli_refuse(&usage, "one of --links, --slots and --json");
    }
    if (r.csv && !r.links && !r.slots) {
        return cli_refuse(&usage, "--csv goes with --links or --slots");
    }
    r.path = p.operands[1];
    return run(&r);
}
