/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_choice.c - the one dynamic machine that a command works with. */
#include "sim/cli/dynamic_choice.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

#define KIND "dynamic."

static int find_preset(const struct job *j, const char *machine, uint32_t *preset, struct diag *d)
{
    const struct choices *all = &dynamic_preset_choices;
    if (!machine) {
        if (j->config.dynamic.preset.n == 0) {
            diag_add(d, "", 0, 0, "machines.dynamic.preset", "the configuration has no dynamic machine");
            return SIM_ERR_INPUT;
        }
        *preset = j->config.dynamic.preset.value[0];
        return SIM_OK;
    }
    const char *name = strncmp(machine, KIND, strlen(KIND)) == 0 ? machine + strlen(KIND) : machine;
    for (uint32_t i = 0; i < all->count; i++) {
        if (strcmp(all->names[i], name) == 0) {
            *preset = i;
            return SIM_OK;
        }
    }
    const char *near = text_nearest(name, all->names, all->count);
    diag_add(d, "", 0, 0, "--machine", "there is no dynamic machine %s%s%s%s", machine, near ? "; did you mean " : "",
             near ? near : "", near ? "?" : "");
    return SIM_ERR_INPUT;
}

int dynamic_choose(struct job *j, const char *machine, struct diag *d)
{
    uint32_t preset = 0;
    size_t before = d->count;
    int rc = find_preset(j, machine, &preset, d);
    rc = rc ? rc : dynamic_resolve(&j->dynamic, &j->machine, &j->config, preset, d);
    config_locate(&j->config, d, before);
    return rc;
}
