/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - table of policies. */
#include "sim/compile/policy.h"

#include <string.h>

#include "sim/compile/compile.h"

/* Time to compile grows with the number of recipes: where there are many tasks there are fewer of them. */
#define FEW_TASKS 6000u

/* How a unit chooses; how the layout orders and places; how lines are booked; what it leaves free. Of some 400 drawn at
 * random those that did best together on the works of configs/run (docs/adr/0095): no one set of numbers is best for
 * all work. */
#define WAITS(patience_, quick_) .engine = {.patience = patience_, .quick = quick_}
#define PLACES(affinity_)        .layout = {.affinity = affinity_}
#define STRIPES(stripes_, skew_, gaps_, affinity_)                                                                     \
    .layout = {.stripes = stripes_, .skew = skew_, .insertion = gaps_, .affinity = affinity_}
#define TURNS(stripes_, skew_, gaps_, affinity_)                                                                       \
    .layout = {.stripes = stripes_, .skew = skew_, .turns = true, .insertion = gaps_, .affinity = affinity_}
/* What leaves a chip: by queues of its lines, in slots of them. */
#define LINES(queued_, slotted_) .queued = queued_, .slotted = slotted_

#define LEVELS  .make = policy_levels
#define BARRIER .make = engine_run, .boundaries = true
#define LIST    .make = engine_run

static const struct variant levels_variants[] = {
    {{LEVELS, PLACES(16)}, TILING_LARGE, UINT32_MAX},
    {{LEVELS}, TILING_LARGE, MANY_TASKS},
    {{NULL}, TILING_LARGE, 0},
};
static const struct variant barrier_variants[] = {
    {{BARRIER, WAITS(2, 4), PLACES(8), LINES(true, false)}, TILING_LARGE, UINT32_MAX},
    {{BARRIER, WAITS(1, 4), TURNS(8, 24, false, 0)}, TILING_FINE, MANY_TASKS},
    {{BARRIER, WAITS(4, 4), TURNS(4, 12, true, 32), LINES(false, true)}, TILING_FINE, FEW_TASKS},
    {{BARRIER, WAITS(2, 8), TURNS(4, 32, false, 0), LINES(true, true)}, TILING_FINE, FEW_TASKS},
    {{BARRIER, WAITS(1, 8), TURNS(4, 16, false, 16), LINES(false, true)}, TILING_FINE, FEW_TASKS},
    {{BARRIER, WAITS(0, 4), STRIPES(2, 32, false, 8), .room = 4}, TILING_COLUMNS, FEW_TASKS},
    {{BARRIER, WAITS(0, 4)}, TILING_LARGE, FEW_TASKS},
    {{NULL}, TILING_LARGE, 0},
};
static const struct variant list_variants[] = {
    {{LIST, WAITS(2, 4), PLACES(8), LINES(false, true)}, TILING_LARGE, UINT32_MAX},
    {{LIST, WAITS(1, 4), TURNS(8, 24, false, 0), LINES(true, true)}, TILING_FINE, MANY_TASKS},
    {{LIST, WAITS(4, 4), TURNS(4, 12, true, 32)}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(2, 4), TURNS(4, 24, true, 16)}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(4, 4), TURNS(4, 4, false, 16), .room = 4}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(1, 8), TURNS(4, 16, false, 16), LINES(false, true)}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(2, 4), STRIPES(4, 8, false, 24)}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(1, 8), STRIPES(2, 16, false, 12), .room = 6}, TILING_FINE, FEW_TASKS},
    {{LIST, WAITS(2, 2), STRIPES(8, 20, false, 32), LINES(true, false)}, TILING_COLUMNS, FEW_TASKS},
    {{LIST, WAITS(0, 4), LINES(true, false)}, TILING_LARGE, FEW_TASKS},
    {{NULL}, TILING_LARGE, 0},
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

bool compile_takes(const char *policy, enum compile_tiling tiling)
{
    const struct variant *v = policy_find(policy)->variants;
    while (v->recipe.make && v->tiling != tiling) {
        v++;
    }
    return v->recipe.make != NULL;
}

int policy_run(struct run *r, const struct recipe *recipe, struct stuck *stuck)
{
    struct engine_options o = recipe->engine;
    uint32_t broadcast = r->l->m->broadcast_cycles;
    o.queued = recipe->queued;
    r->book.slotted = recipe->slotted;
    o.quantum = !recipe->boundaries ? 0 : broadcast ? broadcast : 1;
    r->parts_trees = recipe->make != policy_levels; /* there a stage is over with its last transfer */
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
