/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - the table of commands and the way into it. */
#include "sim/cli/commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/mem.h"
#include "sim/base/text.h"

const struct command commands[] = {
    {"run", cmd_run, "simulate the machines of a configuration; tables and files"},
    {"check", cmd_check, "validate a configuration; silicon budget, effective configuration, topology"},
    {"graph", cmd_graph, "make, import and inspect op graphs"},
    {"steps", cmd_steps, "the study's step model: levels against shuffled dynamic steps"},
    {"compile", cmd_compile, "make a schedule (.bps) and nothing else"},
    {"schedule", cmd_schedule, "look into a schedule (.bps), or verify it"},
    {"trace", cmd_trace, "record what a run did; replay it"},
    {"mem", cmd_mem, "replay memory accesses on caches, coherence and DRAM alone"},
    {"noc", cmd_noc, "synthetic traffic on the network of a chip alone: latency, throughput, saturation"},
    {"micro", cmd_micro, "micro-benchmarks of the dynamic machine: latencies, bandwidths, hand-overs"},
    {"describe", cmd_describe, "every key of a configuration: default, range, unit, meaning, source"},
};
const size_t n_commands = sizeof commands / sizeof commands[0];

const char *bpsim_version(void)
{
    return BPSIM_VERSION;
}

static int print_help(void)
{
    printf("usage: bpsim COMMAND [arguments]\n\n"
           "Cycle-level simulator of multi-chip AI servers whose every decision is made before the run, or during "
           "it.\n\n");
    for (size_t i = 0; i < n_commands; i++) {
        printf("  %-10s %s\n", commands[i].name, commands[i].help);
    }
    printf("\n  bpsim COMMAND --help says more; bpsim --version\n"
           "\nexit codes: 0 done; 1 file system or memory; 2 bad input; 3 machine cannot be built; 4 no progress;\n"
           "5 schedule violated at run time; 130, 143 interrupted; 134 the model broke its own rule\n");
    return 0;
}

static int unknown(const char *name)
{
    const char *names[sizeof commands / sizeof commands[0]];
    for (size_t i = 0; i < n_commands; i++) {
        names[i] = commands[i].name;
    }
    const char *near = text_nearest(name, names, n_commands);
    fprintf(stderr, "bpsim: unknown command %s", name);
    if (near) {
        fprintf(stderr, "; did you mean %s?", near);
    }
    fprintf(stderr, "\ntry: bpsim --help\n");
    return 2;
}

/* What could not be written to stdout is lost: that is a failure, not a success. */
static int flushed(int exit_code)
{
    int failed = fflush(stdout) || ferror(stdout);
    if (failed && exit_code == 0) {
        fprintf(stderr, "bpsim: standard output cannot be written\n");
        return 1;
    }
    return exit_code;
}

/* With stdout closed, the next file opened would be number 1 and get what is printed: a file that
 * cannot be written holds the place, so printing fails as it should. */
static void hold_standard_files(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) {
            return;
        }
    }
}

int commands_main(int argc, char **argv)
{
    mem_prepare();
    hold_standard_files();
    if (argc < 2) {
        fprintf(stderr, "bpsim: which command?\ntry: bpsim --help\n");
        return 2;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        return flushed(print_help());
    }
    if (strcmp(name, "--version") == 0) {
        printf("bpsim %s\n", bpsim_version());
        return flushed(0);
    }
    for (size_t i = 0; i < n_commands; i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return flushed(commands[i].run(argc - 1, argv + 1));
        }
    }
    return unknown(name);
}
