/* SPDX-License-Identifier: Apache-2.0 */
/* codegen_missing.c - holds the place of the code generator. */
#include "sim/base/error.h"
#include "sim/codegen/codegen.h"

int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag)
{
    (void)t;
    (void)p;
    (void)m;
    (void)o;
    diag_add(diag, "", 0, 0, "server", "dynamic.%s: not built in", d->preset);
    return SIM_ERR_BUILD;
}

int codegen(struct server_program *out, const struct task_graph *t, const struct machine *m,
            const struct dynamic_machine *d, uint32_t repeats, struct diag *diag)
{
    (void)out;
    (void)t;
    (void)m;
    (void)repeats;
    diag_add(diag, "", 0, 0, "server", "dynamic.%s: not built in", d->preset);
    return SIM_ERR_BUILD;
}

void server_program_free(struct server_program *p)
{
    *p = (struct server_program) {0};
}
