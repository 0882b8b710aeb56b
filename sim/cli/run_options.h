/* SPDX-License-Identifier: Apache-2.0 */
/* run_options.h - the command line of `bpsim run`, which its children get too. */
#ifndef SIM_CLI_RUN_OPTIONS_H
#define SIM_CLI_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/server/phase_server.h"
#include "sim/base/diag.h"
#include "sim/base/mem.h"
#include "sim/base/progress.h"

struct run_options {
    const char *config;
    VEC(const char *, sets);
    VEC(const char *, machines); /* globs; none: all */
    VEC(const char *, policies); /* instead of the configuration's; none: those */
    VEC(const char *, starts);
    const char *out; /* NULL: results/NAME */
    uint32_t jobs;   /* 0: as many as there are cores */
    bool json, quiet, explain, keep_schedules;
    enum progress_mode progress;
    /* a given schedule */
    const char *schedule;
    bool no_verify;
    VEC(struct phase_injection, injections);
    const char *on_violation; /* NULL: the configuration's */
    /* waveform */
    const char *vcd;
    VEC(const char *, vcd_scopes);
    uint64_t vcd_from, vcd_to;
    /* for those who work on the simulator */
    bool cross_check, never_sleep;
    bool lose_signal; /* dynamic machines: the program lacks one signal and cannot end */
    uint64_t shuffle_seed;
    /* a command that needs a schedule, by its name: no dynamic machines; NULL: all kinds */
    const char *phase_only;
    /* set by the parent for its children */
    const char *child;     /* NAME of the run to do: phase.list.cold */
    const char *child_vcd; /* its waveform */
};

/* Reads the command line; *exit_code is what to return when it says stop (true). */
bool run_options_read(struct run_options *o, int argc, char **argv, int *exit_code);
void run_options_free(struct run_options *o);

/* "A:B" in cycles, either side may be empty. false: not so. */
bool run_window_parse(const char *s, uint64_t *from, uint64_t *to);

/* "chip:neighbour:cycle:delay". */
bool run_injection_parse(const char *s, struct phase_injection *out);

#endif
