/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - GNU long options of a command, from one table: parsing, --help, "did you mean".
 *
 *     static const struct cli_option options[] = {{"out", 'o', "DIR", "where the files go"}, ...};
 *     static const struct cli_usage usage = {"run", "CONFIG", "runs ...", options, count, NULL};
 *     struct cli_parser p;
 *     cli_begin(&p, &usage, argc, argv);
 *     for (int i; (i = cli_next(&p)) >= 0;) switch (i) { ... p.value ... }
 *     if (p.done) return p.exit_code;          (--help was asked for, or an option was wrong)
 *     p.operands[0 .. p.n_operands)
 *
 * `--name value`, `--name=value`, unique prefixes, `-o value`, `-ovalue`; options and operands may be
 * mixed; `--` ends the options. `--help` and `-h` belong to every command. A wrong option is named on
 * stderr, exit code 2. Operands are gathered at the head of argv, in place. */
#ifndef SIM_CLI_OPTIONS_H
#define SIM_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/progress.h"

struct cli_option {
    const char *name;
    char letter;          /* 0: none */
    const char *argument; /* how --help names its value; "[=WHAT]": may have one; NULL: takes none */
    const char *help;     /* NULL: not shown */
};

struct cli_usage {
    const char *command;  /* "run" */
    const char *operands; /* "CONFIG" */
    const char *about;    /* one or more lines */
    const struct cli_option *options;
    size_t n_options;
    const char *notes; /* below the options, or NULL */
};

struct cli_parser {
    const struct cli_usage *usage;
    int argc, next;
    char **argv;
    const char *value;   /* of the option just returned; NULL: it has none */
    const char *letters; /* rest of a group of one-letter options */
    char **operands;
    int n_operands;
    bool only_operands;
    bool done; /* stop: return exit_code */
    int exit_code;
};

void cli_begin(struct cli_parser *p, const struct cli_usage *usage, int argc, char **argv);

/* Index of the next option in the table, or -1 at the end. */
int cli_next(struct cli_parser *p);

/* Says what is wrong with a command line and where help is; returns the exit code, 2. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int cli_refuse(const struct cli_usage *usage, const char *fmt, ...);

/* Exactly this many operands? Else says so and returns 2; 0 when right. */
int cli_want_operands(const struct cli_parser *p, int n);

/* A whole number in range; false after a message. */
bool cli_number(struct cli_parser *p, const char *option, uint64_t min, uint64_t max, uint64_t *value);

/* The value of --progress; false after a message. */
bool cli_progress(struct cli_parser *p, enum progress_mode *mode);

#endif
