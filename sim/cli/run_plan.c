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

static bool machine_matches(const struct run_options *o, uint32_t policy)
{
    char machine[64];
    snprintf(machine, sizeof machine, "phase.%s", phase_policy_choices.names[policy]);
    for (size_t i = 0; i < o->n_machines; i++) {
        if (text_glob(o->machines[i], machine) || strcmp(o->machines[i], "phase") == 0) {
            return true;
        }
    }
    return o->n_machines == 0;
}

/* Leaves the policies that --machine wants. A pattern that fits none of the configuration's machines is a mistake. */
static int filter(const struct run_options *o, struct choice_list *policies, struct diag *d)
{
    int rc = SIM_OK;
    for (size_t i = 0; i < o->n_machines; i++) {
        struct run_options one = {.machines = o->machines + i, .n_machines = 1};
        bool any = false;
        for (uint32_t k = 0; k < policies->n; k++) {
            any |= machine_matches(&one, policies->value[k]);
        }
        if (!any) {
            struct text names = {0};
            for (uint32_t k = 0; k < policies->n; k++) {
                text_printf(&names, "%sphase.%s", k ? ", " : "", phase_policy_choices.names[policies->value[k]]);
            }
            diag_add(d, "", 0, 0, "--machine", "%s is not in the configuration; it has %s", o->machines[i], names.s);
            text_free(&names);
            rc = SIM_ERR_INPUT;
        }
    }
    uint32_t n = 0;
    for (uint32_t k = 0; k < policies->n; k++) {
        if (machine_matches(o, policies->value[k])) {
            policies->value[n++] = policies->value[k];
        }
    }
    policies->n = n;
    return rc;
}

static void add_run(struct run_plan *plan, const char *policy, const char *start)
{
    *VEC_PUSH(plan, runs) = (struct planned_run) {
        .name = mem_printf("phase.%s.%s", policy, start),
        .machine = mem_printf("phase.%s", policy),
        .policy = mem_strdup(policy),
        .start = mem_strdup(start),
    };
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
    rc = rc ? rc : filter(o, &c->phase.policy, d);
    rc = rc ? rc : given ? SIM_OK : check_repeats(c, d);
    for (uint32_t p = 0; rc == SIM_OK && p < c->phase.policy.n; p++) {
        for (uint32_t s = 0; s < c->run.start.n; s++) {
            add_run(plan, phase_policy_choices.names[c->phase.policy.value[p]],
                    start_choices.names[c->run.start.value[s]]);
        }
    }
    return rc;
}

void run_plan_free(struct run_plan *plan)
{
    for (size_t i = 0; i < plan->n_runs; i++) {
        free(plan->runs[i].name);
        free(plan->runs[i].machine);
        free(plan->runs[i].policy);
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
