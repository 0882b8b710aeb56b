/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - the commands of bpsim: one row each, one function each.
 *
 *     int cmd_NAME(int argc, char **argv);    argv[0] is the command's name; returns the exit code
 *
 * What a command was asked for goes to stdout, everything else to stderr. */
#ifndef SIM_CLI_COMMANDS_H
#define SIM_CLI_COMMANDS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help; /* one line */
};

extern const struct command commands[];
extern const size_t n_commands;

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_describe(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_steps(int argc, char **argv);
int cmd_compile(int argc, char **argv);
int cmd_schedule(int argc, char **argv);
int cmd_trace(int argc, char **argv);
int cmd_mem(int argc, char **argv);
int cmd_noc(int argc, char **argv);
int cmd_micro(int argc, char **argv);

/* The whole program: finds the command and runs it. */
int commands_main(int argc, char **argv);

const char *bpsim_version(void);

#ifdef __cplusplus
}
#endif

#endif
