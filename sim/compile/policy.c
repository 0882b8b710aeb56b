/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - table of policies. */
#include "sim/compile/policy.h"

#include <string.h>

#include "sim/compile/compile.h"

/* Time to compile grows with the number of recipes: where there are many tasks there are fewer of them. */
#define FEW_TASKS  4000u
#define SOME_TASKS 20000u

#define LEVELS  .make = policy_levels
#define BARRIER .make = engine_run, .boundaries = true
#define LIST    .make = engine_run
#define PATIENT .engine = {.patience = 2, .quick = 4}
#define EAGER   .engine = {.patience = 0, .quick = 4}
/* The first rows ahead of the others, in smaller tasks. No one set of numbers is best for all work. */
#define STRIPES_4                                                                                                      \
    .engine = {.patience = 1, .quick = 8}, .layout = {.stripes = 4, .skew = 16, .insertion = true}, .room = 4
#define STRIPES_8     .engine = {.patience = 4, .quick = 4}, .layout = {.stripes = 8, .skew = 16}
#define STRIPES_8_FAR .engine = {.patience = 1, .quick = 2}, .layout = {.stripes = 8, .skew = 24}, .room = 6

static const struct variant levels_variants[] = {
    {{LEVELS}, false, UINT32_MAX},
    {{NULL}, false, 0},
};
static const struct variant barrier_variants[] = {
    {{BARRIER, PATIENT}, false, UINT32_MAX},
    {{BARRIER, STRIPES_4}, true, SOME_TASKS},
    {{BARRIER, EAGER}, false, FEW_TASKS},
    {{NULL}, false, 0},
};
static const struct variant list_variants[] = {
    {{LIST, PATIENT}, false, UINT32_MAX},
    {{LIST, STRIPES_8}, true, SOME_TASKS},
    {{LIST, STRIPES_8_FAR}, true, FEW_TASKS},
    {{LIST, STRIPES_4}, true, FEW_TASKS},
    {{LIST, PATIENT, .layout = {.insertion = true}, .room = 4}, false, FEW_TASKS},
    {{LIST, EAGER}, false, FEW_TASKS},
    {{NULL}, false, 0},
};

static const struct policy policies[] = {
    {"levels", false, false, levels_variants, NULL},
    {"barrier", false, false, barrier_variants, &policies[0]},
    {"list", true, false, list_variants, &policies[1]},
    {"search", true, true, list_variants, &policies[1]},
    {NULL, false, false, NULL, NULL},
};

const char *const compile_policies[] = {"levels", "barrier", "list", "search", NULL};

const struct policy *policy_find(const char *name)
{
    const struct policy *p = policies;
    while (p->name && strcmp(p->name, name) != 0) {
        p++;
    }
    return p->name ? p : NULL;
}

bool compile_takes_finer(const char *policy)
{
    const struct variant *v = policy_find(policy)->variants;
    while (v->recipe.make && !v->fine) {
        v++;
    }
    return v->fine;
}

int policy_run(struct run *r, const struct recipe *recipe, struct stuck *stuck)
{
    struct engine_options o = recipe->engine;
    uint32_t broadcast = r->l->m->broadcast_cycles;
    o.quantum = !recipe->boundaries ? 0 : broadcast ? broadcast : 1;
    int result = recipe->make(r, &o, stuck);
    for (size_t i = 0; result == 0 && recipe->own_ends && i < r->l->t->n_tasks; i++) {
        r->off[i] = r->finish[i];
    }
    return result;
}

bool policy_substitute(struct recipe *recipe)
{
    if (recipe->make != policy_levels) {
        return false;
    }
    recipe->make = engine_run;
    recipe->boundaries = true;
    recipe->engine = (struct engine_options) {.patience = 2, .quick = 4, .ahead = recipe->engine.ahead};
    return true;
}
