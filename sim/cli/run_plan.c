/* SPDX-License-Identifier: Apache-2.0 */
/* run_plan.c - which runs a `bpsim run` consists of. */
#include "sim/cli/run_plan.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

static int find_choice(const struct choices *choices, const char *name)
{
    for (uint32_t i = 0; i < choices->count; i++) {
        if (strcmp(choices->names[i], name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* The names replace the list; each counts once. */
static int replace(struct choice_list *list, const struct choices *choices, const char *const *names, size_t n,
                   const char *option, struct diag *d)
{
    int rc = SIM_OK;
    list->n = n ? 0 : list->n;
    for (size_t i = 0; i < n; i++) {
        int value = find_choice(choices, names[i]);
        if (value < 0) {
            const char *near = text_nearest(names[i], choices->names, choices->count);
            diag_add(d, "", 0, 0, option, "there is no %s%s%s%s", names[i], near ? "; did you mean " : "",
                     near ? near : "", near ? "?" : "");
            rc = SIM_ERR_INPUT;
            continue;
        }
        bool again = false;
        for (uint32_t k = 0; k < list->n; k++) {
            again |= list->value[k] == (uint32_t)value;
        }
        if (!again) {
            list->value[list->n++] = (uint32_t)value;
        }
    }
    return rc;
}

/* ---- machines: rows of a table by kind ---- */

static struct choice_list *phase_list(struct config *c)
{
    return &c->phase.policy;
}

static struct choice_list *dynamic_list(struct config *c)
{
    return &c->dynamic.preset;
}

/* Order of the runs: one kind after the other. A machine is KIND.CHOICE. */
static const struct machine_kind {
    const char *name;
    const struct choices *choices;
    struct choice_list *(*chosen)(struct config *c); /* those of the configuration */
} kinds[RUN_KINDS] = {
    [RUN_PHASE] = {"phase", &phase_policy_choices, phase_list},
    [RUN_DYNAMIC] = {"dynamic", &dynamic_preset_choices, dynamic_list},
};

static char *machine_name(const struct machine_kind *k, uint32_t choice)
{
    return mem_printf("%s.%s", k->name, k->choices->names[choice]);
}

static bool pattern_fits(const char *pattern, const struct machine_kind *k, uint32_t choice)
{
    char *machine = machine_name(k, choice);
    bool fits = text_glob(pattern, machine) || strcmp(pattern, k->name) == 0;
    free(machine);
    return fits;
}

static bool wanted(const struct run_options *o, const struct machine_kind *k, uint32_t choice)
{
    bool any = o->n_machines == 0;
    for (size_t i = 0; i < o->n_machines && !any; i++) {
        any = pattern_fits(o->machines[i], k, choice);
    }
    return any;
}

enum config_use run_plan_use(const struct run_options *o)
{
    for (uint32_t i = 0; i < phase_policy_choices.count; i++) {
        if (wanted(o, &kinds[RUN_PHASE], i)) {
            return o->n_policies > 0 || o->schedule ? CONFIG_FOR_PHASE : CONFIG_FOR_ALL;
        }
    }
    return CONFIG_FOR_DYNAMIC;
}

/* The configuration's machines that the pattern fits; `names` gets all of them. */
static uint32_t count_fits(const char *pattern, struct config *c, struct text *names)
{
    uint32_t fits = 0;
    for (int kind = 0; kind < RUN_KINDS; kind++) {
        const struct choice_list *list = kinds[kind].chosen(c);
        for (uint32_t i = 0; i < list->n; i++) {
            char *machine = machine_name(&kinds[kind], list->value[i]);
            text_printf(names, "%s%s", names->n ? ", " : "", machine);
            fits += pattern_fits(pattern, &kinds[kind], list->value[i]);
            free(machine);
        }
    }
    return fits;
}

/* Leaves the machines that --machine wants. A pattern that fits none of the configuration's is a mistake. */
static int filter(const struct run_options *o, struct config *c, struct diag *d)
{
    int rc = SIM_OK;
    for (size_t i = 0; i < o->n_machines; i++) {
        struct text names = {0};
        if (count_fits(o->machines[i], c, &names) == 0) {
            diag_add(d, "", 0, 0, "--machine", "%s is not in the configuration; it has %s", o->machines[i],
                     names.n ? names.s : "none");
            rc = SIM_ERR_INPUT;
        }
        text_free(&names);
    }
    for (int kind = 0; kind < RUN_KINDS; kind++) {
        struct choice_list *list = kinds[kind].chosen(c);
        uint32_t n = 0;
        for (uint32_t i = 0; i < list->n; i++) {
            if (wanted(o, &kinds[kind], list->value[i])) {
                list->value[n++] = list->value[i];
            }
        }
        list->n = n;
    }
    return rc;
}

/* Takes the dynamic machines away where a schedule is made or given: they have none. */
static int only_phase(const struct run_options *o, struct config *c, struct diag *d)
{
    int rc = SIM_OK;
    for (size_t i = 0; i < o->n_machines; i++) {
        if (strncmp(o->machines[i], "dynamic", strlen("dynamic")) == 0) {
            diag_add(d, "", 0, 0, "--machine", "%s has no schedule; %s is for phase machines", o->machines[i],
                     o->phase_only);
            rc = SIM_ERR_INPUT;
        }
    }
    c->dynamic.preset.n = 0;
    if (rc == SIM_OK && c->phase.policy.n == 0) {
        diag_add(d, "", 0, 0, "machines.phase.policy",
                 "names no policy, and a dynamic machine has no schedule; %s is for phase machines", o->phase_only);
        rc = SIM_ERR_INPUT;
    }
    return rc;
}

/* ---- runs ---- */

static void add_run(struct run_plan *plan, enum run_kind kind, uint32_t choice, const char *start)
{
    const char *name = kinds[kind].choices->names[choice];
    *VEC_PUSH(plan, runs) = (struct planned_run) {
        .name = mem_printf("%s.%s.%s", kinds[kind].name, name, start),
        .machine = machine_name(&kinds[kind], choice),
        .kind = kind,
        .choice = choice,
        .policy = mem_strdup(kind == RUN_PHASE ? name : ""),
        .preset = mem_strdup(kind == RUN_DYNAMIC ? name : ""),
        .start = mem_strdup(start),
    };
}

static void add_runs(struct run_plan *plan, struct config *c)
{
    for (int kind = 0; kind < RUN_KINDS; kind++) {
        const struct choice_list *list = kinds[kind].chosen(c);
        for (uint32_t i = 0; i < list->n; i++) {
            for (uint32_t s = 0; s < c->run.start.n; s++) {
                add_run(plan, (enum run_kind)kind, list->value[i], start_choices.names[c->run.start.value[s]]);
            }
        }
    }
}

/* What is late on the phase machine is an ordinary wait on the dynamic one. */
static int check_injected(const struct run_options *o, const struct config *c, struct diag *d)
{
    if (o->n_injections == 0 || c->dynamic.preset.n == 0) {
        return SIM_OK;
    }
    diag_add(d, "", 0, 0, "--inject", "is for phase machines, and the run has dynamic ones; choose with --machine");
    return SIM_ERR_INPUT;
}

/* Schedules have no signals. */
static int check_lost(const struct run_options *o, const struct config *c, struct diag *d)
{
    if (!o->lose_signal || c->phase.policy.n == 0) {
        return SIM_OK;
    }
    diag_add(d, "", 0, 0, "--debug-lose-signal", "is for dynamic machines; choose with --machine");
    return SIM_ERR_INPUT;
}

/* A steady run measures a repeat that follows another. */
static int check_repeats(const struct config *c, struct diag *d)
{
    for (uint32_t i = 0; i < c->run.start.n; i++) {
        if (c->run.start.value[i] == START_STEADY && c->run.repeats < 2) {
            diag_add(d, "", 0, 0, "run.repeats", "is %u; a steady run needs at least 2", c->run.repeats);
            return SIM_ERR_INPUT;
        }
    }
    return SIM_OK;
}

int run_plan_make(struct run_plan *plan, const struct run_options *o, struct config *c, const struct schedule *given,
                  struct diag *d)
{
    memset(plan, 0, sizeof *plan);
    if (o->on_violation) {
        c->phase.on_violation = (uint32_t)find_choice(&on_violation_choices, o->on_violation);
    }
    const char *const *policies = o->policies;
    const char *const *starts = o->starts;
    const char *given_policy = given ? given->policy : NULL;
    const char *given_start = given ? given->start : NULL;
    int rc = replace(&c->phase.policy, &phase_policy_choices, given ? &given_policy : policies,
                     given ? 1 : o->n_policies, given ? o->schedule : "--policy", d);
    int rc_start = replace(&c->run.start, &start_choices, given ? &given_start : starts, given ? 1 : o->n_starts,
                           given ? o->schedule : "--start", d);
    rc = rc ? rc : rc_start;
    if (given) {
        c->dynamic.preset.n = 0;
    }
    rc = rc ? rc : o->phase_only ? only_phase(o, c, d) : SIM_OK;
    rc = rc ? rc : filter(o, c, d);
    rc = rc ? rc : check_injected(o, c, d);
    rc = rc ? rc : check_lost(o, c, d);
    rc = rc ? rc : given ? SIM_OK : check_repeats(c, d);
    if (rc == SIM_OK) {
        add_runs(plan, c);
    }
    return rc;
}

void run_plan_free(struct run_plan *plan)
{
    for (size_t i = 0; i < plan->n_runs; i++) {
        free(plan->runs[i].name);
        free(plan->runs[i].machine);
        free(plan->runs[i].policy);
        free(plan->runs[i].preset);
        free(plan->runs[i].start);
    }
    free(plan->runs);
    memset(plan, 0, sizeof *plan);
}

char *run_vcd_path(const char *file, const struct run_plan *plan, size_t run)
{
    static const char *const endings[] = {".vcd.gz", ".vcd", ".gz"};
    if (plan->n_runs == 1) {
        return mem_strdup(file);
    }
    size_t n = strlen(file);
    const char *ending = "";
    for (size_t i = 0; i < sizeof endings / sizeof endings[0] && !*ending; i++) {
        size_t e = strlen(endings[i]);
        if (n > e && strcmp(file + n - e, endings[i]) == 0) {
            ending = endings[i];
            n -= e;
        }
    }
    return mem_printf("%.*s.%s%s", (int)n, file, plan->runs[run].name, *ending ? ending : ".vcd");
}
