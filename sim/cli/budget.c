/* SPDX-License-Identifier: Apache-2.0 */
/* budget.c - the silicon budget of the machines that a configuration names. */
#include "sim/cli/budget.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/machine/dynamic.h"

static void add(struct report *r, const char *kind, const char *name, const struct silicon_item *items, uint32_t n)
{
    char *machine = mem_printf("%s.%s", kind, name);
    report_add_machine(r, machine, items, n);
    free(machine);
}

int budget_fill(struct report *r, const struct machine *m, const struct config *c, struct diag *d)
{
    struct silicon_item items[MACHINE_SILICON_MAX];
    int rc = SIM_OK;
    uint32_t n = c->phase.policy.n > 0 ? machine_silicon(m, items, MACHINE_SILICON_MAX) : 0;
    for (uint32_t i = 0; i < c->phase.policy.n; i++) {
        add(r, "phase", phase_policy_choices.names[c->phase.policy.value[i]], items, n);
    }
    for (uint32_t i = 0; i < c->dynamic.preset.n; i++) {
        struct dynamic_machine dynamic;
        uint32_t preset = c->dynamic.preset.value[i];
        size_t before = d->count;
        if (dynamic_resolve(&dynamic, m, c, preset, d)) {
            /* Presets differ in little: what the one before has said is enough. */
            rc = SIM_ERR_BUILD;
            break;
        }
        SIM_CHECK(d->count == before, "messages about dynamic.%s, which can be made", dynamic.preset);
        n = dynamic_silicon(&dynamic, m, items, MACHINE_SILICON_MAX);
        add(r, "dynamic", dynamic.preset, items, n);
    }
    return rc;
}
