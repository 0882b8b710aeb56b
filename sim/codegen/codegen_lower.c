/* SPDX-License-Identifier: Apache-2.0 */
/* codegen_lower.c - tiles for SMs, from the candidates that lowering has for units. */
#include "sim/codegen/codegen.h"

int codegen_lower(struct task_graph *t, const struct partition *p, const struct machine *m,
                  const struct dynamic_machine *d, const struct lower_options *o, struct diag *diag)
{
    (void)d;
    return lower_tasks(t, p, m, o, diag);
}
