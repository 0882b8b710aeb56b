/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - `bpsim check`: is the configuration right, and what does it come to? */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/config/config.h"
#include "sim/report/report.h"

enum { OPTION_SET, OPTION_EFFECTIVE, OPTION_DOT, OPTION_OUT, OPTION_JSON };
static const struct cli_option options[] = {
    {"set", 's', "KEY=VALUE", "give a key: chip.units.rows=16; may be repeated, later ones win; null takes a key away"},
    {"effective", 0, NULL, "print the effective configuration: every value, no includes"},
    {"dot", 0, NULL, "print the topology as Graphviz text"},
    {"out", 'o', "FILE", "write that to FILE (with --effective: and the workload file beside it)"},
    {"json", 0, NULL, "print {ok, errors, silicon} as JSON"},
};
static const struct cli_usage usage = {
    "check",
    "CONFIG",
    "Checks a configuration and prints the silicon budget of the machines in it. All that is wrong is told in one go,\n"
    "as file:line:column: key: what is wrong, what is allowed. Exit code 2 when something is.",
    options,
    sizeof options / sizeof options[0],
    NULL,
};

struct check {
    const char *path;
    const char **sets;
    size_t n_sets;
    bool effective, dot, json;
    const char *out;
    struct config config;
    struct machine machine;
    struct diag diag;
};

static void errors_json(struct json *j, const struct diag *d)
{
    json_key(j, "errors");
    json_begin_array(j);
    json_compact(j, true);
    for (size_t i = 0; i < d->count; i++) {
        const struct diag_message *m = &d->messages[i];
        json_begin_object(j);
        json_key(j, "file");
        json_string(j, m->file);
        json_key(j, "line");
        json_u64(j, m->line);
        json_key(j, "col");
        json_u64(j, m->col);
        json_key(j, "key");
        json_string(j, m->key);
        json_key(j, "message");
        json_string(j, m->text);
        json_end_object(j);
    }
    json_compact(j, false);
    json_end_array(j);
}

/* The silicon of the machines that the configuration names. */
static void fill_report(struct check *c, struct report *r)
{
    struct silicon_item items[MACHINE_SILICON_MAX];
    uint32_t count = machine_silicon(&c->machine, items, MACHINE_SILICON_MAX);
    for (uint32_t i = 0; i < count; i++) {
        *VEC_PUSH(r, silicon) = items[i];
    }
    for (uint32_t i = 0; i < c->config.phase.policy.n; i++) {
        const char *policy = phase_policy_choices.names[c->config.phase.policy.value[i]];
        *VEC_PUSH(r, machines) = mem_printf("phase.%s", policy);
    }
}

/* What was asked for, of a configuration and machine that are right. */
static void print_right(struct check *c, struct text *out)
{
    struct report r;
    report_init(&r);
    fill_report(c, &r);
    if (c->json) {
        struct json j;
        json_init(&j, out);
        json_begin_object(&j);
        json_key(&j, "ok");
        json_bool(&j, true);
        errors_json(&j, &c->diag);
        report_silicon_json(&j, &r);
        json_end_object(&j);
    } else if (c->dot) {
        machine_dot(&c->machine, out);
    } else if (c->effective) {
        config_write(&c->config, out);
    } else {
        struct report_style style = {.width = 100};
        text_printf(out, "%s: right\n\nsilicon budget\n\n", c->path);
        report_silicon_table(&r, &style, out);
    }
    report_free(&r);
}

static void print_wrong(struct check *c, struct text *out)
{
    struct json j;
    diag_print(&c->diag, stderr);
    if (!c->json) {
        return;
    }
    json_init(&j, out);
    json_begin_object(&j);
    json_key(&j, "ok");
    json_bool(&j, false);
    errors_json(&j, &c->diag);
    json_key(&j, "silicon");
    json_raw(&j, "[]");
    json_end_object(&j);
}

/* To stdout, or to --out; the effective configuration takes its workload file along. */
static int put_out(struct check *c, const struct text *out)
{
    int rc = SIM_OK;
    if (!c->out) {
        fwrite(out->s, 1, out->n, stdout);
    } else if (c->effective && !c->json) {
        rc = config_save(&c->config, c->out, &c->diag);
    } else {
        rc = file_write(c->out, out->s, out->n, &c->diag);
    }
    if (rc) {
        diag_print(&c->diag, stderr);
    }
    return rc;
}

static int check(struct check *c)
{
    struct text out = {0};
    diag_init(&c->diag);
    int rc = config_load(c->path, c->sets, c->n_sets, &c->config, &c->diag);
    bool built = false;
    if (rc == SIM_OK) {
        rc = machine_build(&c->machine, &c->config, &c->diag);
        config_locate(&c->config, &c->diag, 0);
        built = rc == SIM_OK;
    }
    if (built) {
        print_right(c, &out);
        rc = put_out(c, &out);
        machine_free(&c->machine);
    } else {
        print_wrong(c, &out);
        fwrite(out.n ? out.s : "", 1, out.n, stdout);
    }
    text_free(&out);
    config_free(&c->config);
    diag_free(&c->diag);
    return sim_exit_code(rc);
}

int cmd_check(int argc, char **argv)
{
    struct check c = {0};
    struct cli_parser p;
    c.sets = mem_alloc_array((size_t)argc, sizeof *c.sets);
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        switch (i) {
        case OPTION_SET:
            c.sets[c.n_sets++] = p.value;
            break;
        case OPTION_EFFECTIVE:
            c.effective = true;
            break;
        case OPTION_DOT:
            c.dot = true;
            break;
        case OPTION_OUT:
            c.out = p.value;
            break;
        default:
            c.json = true;
            break;
        }
    }
    int exit_code = p.done ? p.exit_code : cli_want_operands(&p, 1);
    if (!p.done && !exit_code && c.effective + c.dot + c.json > 1) {
        exit_code = cli_refuse(&usage, "--effective, --dot and --json are different outputs: give one of them");
    }
    if (!p.done && !exit_code) {
        c.path = p.operands[0];
        exit_code = check(&c);
    }
    free((void *)c.sets);
    return exit_code;
}
