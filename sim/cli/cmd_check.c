/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - `bpsim check`: is the configuration right, and what does it come to? */
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/file.h"
#include "sim/base/json.h"
#include "sim/cli/budget.h"
#include "sim/cli/check_dot.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/cli/parallel_auto.h"
#include "sim/config/config.h"
#include "sim/report/report.h"

enum { OPTION_SET, OPTION_EFFECTIVE, OPTION_DOT, OPTION_OUT, OPTION_JSON };
static const struct cli_option options[] = {
    {"set", 's', "KEY=VALUE", "give a key: chip.units.rows=16; may be repeated, later ones win; null takes a key away"},
    {"effective", 0, NULL, "print the effective configuration: every value, no includes"},
    {"dot", 0, "[=WHAT]",
     "print a drawing as Graphviz text: server (chips and switches; default where there are several chips), chip or "
     "chipN (the network of chip N), dynamic (that of a dynamic machine's chip 0), all (server with the networks of "
     "all chips)"},
    {"out", 'o', "FILE", "write that to FILE (with --effective: and the workload file beside it)"},
    {"json", 0, NULL, "print {ok, errors, silicon} as JSON"},
};
static const struct cli_usage usage = {
    "check",
    "CONFIG",
    "Checks a configuration and prints the silicon budget of the machines in it. All that is wrong is told in one go,\n"
    "as file:line:column: key: what is wrong, what is allowed. Exit code 2 when something is.\n"
    "A file with a chip and neither memory nor anything besides the chip is checked as `bpsim noc` reads it: the\n"
    "network alone, which has no silicon budget; --dot draws it.",
    options,
    sizeof options / sizeof options[0],
    NULL,
};

struct check {
    const char *path;
    const char **sets;
    size_t n_sets;
    bool effective, dot, json, built;
    struct check_dot drawing;
    const char *out;
    struct config config;
    struct machine machine;
    struct text told; /* of parallel: auto */
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
        json_key_string(j, "file", m->file);
        json_key_u64(j, "line", m->line);
        json_key_u64(j, "col", m->col);
        json_key_string(j, "key", m->key);
        json_key_string(j, "message", m->text);
        json_end_object(j);
    }
    json_compact(j, false);
    json_end_array(j);
}

static void print_budget(const struct check *c, const struct report *r, struct text *out)
{
    const struct config *k = &c->config;
    struct report_style style = {.width = 100};
    if (k->network_only) {
        text_printf(out, "%s: right, as the network of a chip alone (bpsim noc): %s of %u x %u nodes\n", c->path,
                    noc_topology_choices.names[k->noc.topology], k->units.rows, k->units.cols);
        return;
    }
    text_printf(out, "%s: right\n\nsilicon budget\n\n", c->path);
    report_silicon_table(r, &style, out);
}

/* What was asked for, of a configuration and machine that are right. */
static int print_right(struct check *c, const struct report *r, struct text *out)
{
    if (c->dot && !c->json) {
        return check_dot_draw(&c->drawing, &c->config, c->built ? &c->machine : NULL, out, &c->diag);
    }
    if (c->json) {
        struct json j;
        json_init(&j, out);
        json_begin_object(&j);
        json_key_bool(&j, "ok", true);
        errors_json(&j, &c->diag);
        json_key_string(&j, "checked", c->config.network_only ? "network" : "server");
        report_silicon_json(&j, r);
        json_end_object(&j);
    } else if (c->effective) {
        config_write(&c->config, out);
    } else {
        print_budget(c, r, out);
    }
    return SIM_OK;
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
    json_key_bool(&j, "ok", false);
    errors_json(&j, &c->diag);
    json_key_string(&j, "checked", c->config.network_only ? "network" : "server");
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

static int make(struct check *c, struct report *r)
{
    int rc = config_load_for(CONFIG_FOR_EITHER, c->path, c->sets, c->n_sets, &c->config, &c->diag);
    if (rc || c->config.network_only) {
        return rc;
    }
    rc = machine_build(&c->machine, &c->config, &c->diag);
    c->built = rc == SIM_OK;
    rc = rc ? rc : parallel_auto(&c->config, &c->machine, &c->told, &c->diag);
    rc = rc ? rc : budget_fill(r, &c->machine, &c->config, &c->diag);
    config_locate(&c->config, &c->diag, 0);
    return rc;
}

static int check(struct check *c)
{
    struct text out = {0};
    struct report r;
    diag_init(&c->diag);
    report_init(&r);
    int rc = make(c, &r);
    if (rc == SIM_OK) {
        fputs(c->told.n > 0 ? c->told.s : "", stderr);
        rc = print_right(c, &r, &out);
        if (rc == SIM_OK) {
            rc = put_out(c, &out);
        } else {
            diag_print(&c->diag, stderr);
        }
    } else {
        print_wrong(c, &out);
        fwrite(out.n ? out.s : "", 1, out.n, stdout);
    }
    if (c->built) {
        machine_free(&c->machine);
    }
    text_free(&out);
    text_free(&c->told);
    report_free(&r);
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
            if (!check_dot_read(&c.drawing, p.value)) {
                p.done = true;
                p.exit_code = cli_refuse(
                    &usage, "--dot: there is no drawing %s; allowed: server, chip, chipN, dynamic, all", p.value);
            }
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
