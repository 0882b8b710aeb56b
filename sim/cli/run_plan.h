/* SPDX-License-Identifier: Apache-2.0 */
/* run_plan.h - which runs a `bpsim run` consists of: one per machine and start, in the configuration's order; phase
 * machines first. */
#ifndef SIM_CLI_RUN_PLAN_H
#define SIM_CLI_RUN_PLAN_H

#include "sim/cli/job.h"
#include "sim/cli/run_options.h"

enum run_kind { RUN_PHASE, RUN_DYNAMIC, RUN_KINDS };

struct planned_run {
    char *name;    /* phase.list.cold, dynamic.gpu-today.cold */
    char *machine; /* phase.list */
    enum run_kind kind;
    uint32_t choice;       /* enum phase_policy, or enum dynamic_preset */
    char *policy, *preset; /* the one that the kind has; else "" */
    char *start;
};

struct run_plan {
    VEC(struct planned_run, runs);
};

/* CONFIG_FOR_DYNAMIC where --machine leaves no phase machine, of whatever configuration; CONFIG_FOR_PHASE where the
 * options name one. */
enum config_use run_plan_use(const struct run_options *o);

/* Options that choose and override become part of the configuration, so that the effective one runs
 * again to the same results. `given` is the schedule of --schedule, or NULL. 0 or SIM_ERR_INPUT. */
int run_plan_make(struct run_plan *plan, const struct run_options *o, struct config *c, const struct schedule *given,
                  struct diag *d);
void run_plan_free(struct run_plan *plan);

/* Path of a run's waveform: FILE, or FILE with the run's name before .vcd when there are several. */
char *run_vcd_path(const char *file, const struct run_plan *plan, size_t run);

#endif
