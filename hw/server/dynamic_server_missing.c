/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_server_missing.c - holds the place of the dynamic machine's hardware. */
#include "hw/server/dynamic_server.h"
#include "sim/base/error.h"

int dynamic_server_run(const struct machine *m, const struct dynamic_machine *d, const struct server_program *p,
                       const struct dynamic_run_options *o, struct run_result *result, struct diag *diag)
{
    (void)m;
    (void)p;
    (void)o;
    (void)result;
    diag_add(diag, "", 0, 0, "server", "dynamic.%s: not built in", d->preset);
    return SIM_ERR_BUILD;
}
