/* SPDX-License-Identifier: Apache-2.0 */
/* policy.c - table of policies. */
#include "sim/compile/policy.h"

#include <string.h>

#include "sim/compile/compile.h"

static policy_function *const levels_variants[] = {policy_levels, NULL};
static policy_function *const barrier_variants[] = {policy_barrier, policy_barrier_eager, policy_levels, NULL};
static policy_function *const list_variants[] = {
    policy_list, policy_list_eager, policy_list_of_barrier, policy_list_of_barrier_eager, policy_list_of_levels, NULL,
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
