/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - GNU long options of a command, from one table. */
#include "sim/cli/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/mem.h"
#include "sim/base/text.h"

#define HELP_COLUMN 30
#define HELP_WIDTH  100

void cli_begin(struct cli_parser *p, const struct cli_usage *usage, int argc, char **argv)
{
    *p = (struct cli_parser) {.usage = usage, .argc = argc, .next = 1, .argv = argv, .operands = argv + 1};
}

int cli_refuse(const struct cli_usage *usage, const char *fmt, ...)
{
    va_list args;
    fprintf(stderr, "bpsim %s: ", usage->command);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\ntry: bpsim %s --help\n", usage->command);
    return 2;
}

/* Prints text from `column` on, broken at spaces. */
static void print_wrapped(const char *text, int column)
{
    int width = HELP_WIDTH - column;
    while (*text) {
        int n = (int)strlen(text);
        int skip = 0;
        if (n > width) {
            n = width;
            while (n > 0 && text[n] != ' ') {
                n--;
            }
            n = n ? n : width;
            skip = text[n] == ' ';
        }
        printf("%.*s\n", n, text);
        text += n + skip;
        if (*text) {
            printf("%*s", column, "");
        }
    }
}

/* "[=WHAT]": a value, if any, stands behind an equals sign. */
static bool is_optional(const struct cli_option *o)
{
    return o->argument && o->argument[0] == '[';
}

static void print_option(const struct cli_option *o)
{
    char left[96];
    char letter[8] = "    ";
    if (o->letter) {
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    }
    int n = snprintf(left, sizeof left, "  %s--%s%s%s", letter, o->name, o->argument && !is_optional(o) ? " " : "",
                     o->argument ? o->argument : "");
    printf("%s", left);
    if (n + 2 > HELP_COLUMN) {
        printf("\n%*s", HELP_COLUMN, "");
    } else {
        printf("%*s", HELP_COLUMN - n, "");
    }
    print_wrapped(o->help, HELP_COLUMN);
}

static void print_help(const struct cli_usage *u)
{
    static const struct cli_option help = {"help", 'h', NULL, "this text"};
    printf("usage: bpsim %s%s%s [options]\n\n%s\n\n", u->command, *u->operands ? " " : "", u->operands, u->about);
    for (size_t i = 0; i < u->n_options; i++) {
        if (u->options[i].help) {
            print_option(&u->options[i]);
        }
    }
    print_option(&help);
    if (u->notes) {
        printf("\n%s\n", u->notes);
    }
}

static int stop(struct cli_parser *p, int exit_code)
{
    p->done = true;
    p->exit_code = exit_code;
    return -1;
}

static int unknown(struct cli_parser *p, const char *name, size_t n)
{
    const struct cli_usage *u = p->usage;
    const char **names = mem_alloc_array(u->n_options + 1, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < u->n_options; i++) {
        if (u->options[i].help) {
            names[count++] = u->options[i].name;
        }
    }
    char *word = mem_printf("%.*s", (int)n, name);
    const char *near = text_nearest(word, names, count);
    int code = near ? cli_refuse(u, "unknown option --%s; did you mean --%s?", word, near)
                    : cli_refuse(u, "unknown option --%s", word);
    free(word);
    free(names);
    return stop(p, code);
}

/* The option that `name` spells or begins; -1 none, -2 several. */
static int find_long(const struct cli_usage *u, const char *name, size_t n)
{
    int found = -1;
    for (size_t i = 0; n && i < u->n_options; i++) {
        if (strncmp(u->options[i].name, name, n) != 0) {
            continue;
        }
        if (strlen(u->options[i].name) == n) {
            return (int)i;
        }
        if (u->options[i].help) {
            found = found == -1 ? (int)i : -2;
        }
    }
    return found;
}

static int take_value(struct cli_parser *p, int i, const char *attached)
{
    const struct cli_option *o = &p->usage->options[i];
    p->value = attached;
    if (!o->argument && attached) {
        return stop(p, cli_refuse(p->usage, "--%s takes no value", o->name));
    }
    if (o->argument && !attached && !is_optional(o)) {
        if (p->next >= p->argc) {
            return stop(p, cli_refuse(p->usage, "--%s needs a value: %s", o->name, o->argument));
        }
        p->value = p->argv[p->next++];
    }
    return i;
}

static int next_long(struct cli_parser *p, const char *name)
{
    size_t n = strcspn(name, "=");
    if (n == 4 && strncmp(name, "help", 4) == 0) {
        if (name[n]) {
            return stop(p, cli_refuse(p->usage, "--help takes no value"));
        }
        print_help(p->usage);
        return stop(p, 0);
    }
    int i = find_long(p->usage, name, n);
    if (i == -2) {
        return stop(p, cli_refuse(p->usage, "--%.*s begins several options", (int)n, name));
    }
    return i < 0 ? unknown(p, name, n) : take_value(p, i, name[n] ? name + n + 1 : NULL);
}

static int next_letter(struct cli_parser *p)
{
    char letter = *p->letters++;
    const struct cli_usage *u = p->usage;
    for (size_t i = 0; i < u->n_options; i++) {
        if (u->options[i].letter != letter) {
            continue;
        }
        const char *rest = u->options[i].argument && *p->letters ? p->letters : NULL;
        if (rest || !*p->letters) {
            p->letters = NULL;
        }
        return take_value(p, (int)i, rest);
    }
    if (letter == 'h') {
        print_help(u);
        return stop(p, 0);
    }
    return stop(p, cli_refuse(u, "unknown option -%c", letter));
}

int cli_next(struct cli_parser *p)
{
    if (p->done) {
        return -1;
    }
    if (p->letters) {
        return next_letter(p);
    }
    while (p->next < p->argc) {
        char *arg = p->argv[p->next++];
        if (p->only_operands || arg[0] != '-' || arg[1] == '\0') {
            p->operands[p->n_operands++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            p->only_operands = true;
        } else if (arg[1] == '-') {
            return next_long(p, arg + 2);
        } else {
            p->letters = arg + 1;
            return next_letter(p);
        }
    }
    return -1;
}

int cli_want_operands(const struct cli_parser *p, int n)
{
    if (p->n_operands < n) {
        return cli_refuse(p->usage, "%s is missing", p->usage->operands);
    }
    if (p->n_operands > n) {
        return cli_refuse(p->usage, "unexpected argument: %s", p->operands[n]);
    }
    return 0;
}

bool cli_number(struct cli_parser *p, const char *option, uint64_t min, uint64_t max, uint64_t *value)
{
    if (text_parse_u64(p->value, value) == 0 && *value >= min && *value <= max) {
        return true;
    }
    stop(p,
         cli_refuse(p->usage, "--%s: %s is not a whole number in %" PRIu64 "..%" PRIu64, option, p->value, min, max));
    return false;
}

bool cli_progress(struct cli_parser *p, enum progress_mode *mode)
{
    static const char *const names[] = {[PROGRESS_AUTO] = "auto", [PROGRESS_PLAIN] = "plain", [PROGRESS_NONE] = "none"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(p->value, names[i]) == 0) {
            *mode = (enum progress_mode)i;
            return true;
        }
    }
    stop(p, cli_refuse(p->usage, "--progress: %s is not auto, plain or none", p->value));
    return false;
}
