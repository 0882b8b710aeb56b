/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - table of policies. */
#include "sim/compile/policy.h"

#include <string.h>

#include "sim/compile/compile.h"

/* Time to compile grows with the number of variants: where there are many tasks there are fewer of them. */
#define FEW_TASKS  4000u
#define MANY_TASKS 50000u

static const struct variant levels_variants[] = {
    {policy_levels, UINT32_MAX},
    {NULL, 0},
};
static const struct variant barrier_variants[] = {
    {policy_barrier, UINT32_MAX},
    {policy_barrier_eager, FEW_TASKS},
    {policy_levels, MANY_TASKS},
    {NULL, 0},
};
static const struct variant list_variants[] = {
    {policy_list, UINT32_MAX},
    {policy_list_eager, FEW_TASKS},
    {policy_list_ranked, FEW_TASKS},
    {policy_list_of_barrier, MANY_TASKS},
    {policy_list_of_barrier_eager, FEW_TASKS},
    {policy_list_of_levels, MANY_TASKS},
    {NULL, 0},
};

const struct policy policies[] = {
    {"levels", false, levels_variants},
    {"barrier", false, barrier_variants},
    {"list", true, list_variants},
    {NULL, false, NULL},
};

const char *const compile_policies[] = {"levels", "barrier", "list", NULL};

const struct policy *policy_find(const char *name)
{
    const struct policy *p = policies;
    while (p->name && strcmp(p->name, name) != 0) {
        p++;
    }
    return p->name ? p : NULL;
}

policy_function *policy_substitute(policy_function *variant)
{
    if (variant == policy_levels) {
        return policy_barrier;
    }
    return variant == policy_list_of_levels ? policy_list_of_barrier : NULL;
}
