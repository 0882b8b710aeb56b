/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_describe.c - `bpsim describe`: every key of a configuration. */
#include <stdio.h>

#include "sim/base/error.h"
#include "sim/cli/commands.h"
#include "sim/cli/options.h"
#include "sim/config/config.h"

enum { OPTION_JSON, OPTION_SCHEMA, OPTION_MARKDOWN };
static const struct cli_option options[] = {
    {"json", 0, NULL, "as JSON"},
    {"schema", 0, NULL, "a JSON Schema of the whole, for editors"},
    {"markdown", 0, NULL, "the whole as docs/config.md"},
};
static const struct cli_usage usage = {
    "describe",
    "[BLOCK]",
    "Prints the parameters of a block and of those below it: type, default, what is allowed, unit, meaning, source.\n"
    "BLOCK is a dotted key such as chip.noc or chip.noc.flit; without it everything is printed.",
    options,
    sizeof options / sizeof options[0],
    NULL,
};

int cmd_describe(int argc, char **argv)
{
    struct cli_parser p;
    struct text out = {0};
    struct diag d;
    int form = -1;
    bool several = false;
    cli_begin(&p, &usage, argc, argv);
    for (int i; (i = cli_next(&p)) >= 0;) {
        several |= form >= 0 && form != i;
        form = i;
    }
    if (p.done) {
        return p.exit_code;
    }
    if (several) {
        return cli_refuse(&usage, "--json, --schema and --markdown are different outputs: give one of them");
    }
    bool whole = form == OPTION_SCHEMA || form == OPTION_MARKDOWN;
    if (p.n_operands > (whole ? 0 : 1)) {
        return cli_refuse(&usage, "%s",
                          whole ? "--schema and --markdown describe everything: no BLOCK is taken"
                                : "one BLOCK at a time");
    }
    const char *block = p.n_operands ? p.operands[0] : NULL;
    int rc = SIM_OK;
    diag_init(&d);
    switch (form) {
    case OPTION_SCHEMA:
        config_schema_json(&out);
        break;
    case OPTION_MARKDOWN:
        config_docs_markdown(&out);
        break;
    case OPTION_JSON:
        rc = config_describe_json(&out, block, &d);
        break;
    default:
        rc = config_describe(&out, block, &d);
        break;
    }
    diag_print(&d, stderr);
    fwrite(out.n ? out.s : "", 1, out.n, stdout);
    text_free(&out);
    diag_free(&d);
    return sim_exit_code(rc);
}
