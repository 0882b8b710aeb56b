/* SPDX-License-Identifier: Apache-2.0 */
/* check_dot.h - `bpsim check --dot[=WHAT]`: which drawing of a configuration is wanted. */
#ifndef SIM_CLI_CHECK_DOT_H
#define SIM_CLI_CHECK_DOT_H

#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/machine/machine.h"
#include "sim/machine/params.h"

enum check_dot_what { CHECK_DOT_BEST, CHECK_DOT_SERVER, CHECK_DOT_CHIP, CHECK_DOT_DYNAMIC, CHECK_DOT_ALL };

struct check_dot {
    enum check_dot_what what;
    uint32_t chip;
};

/* The value of --dot, NULL without one; false: there is no such drawing. */
bool check_dot_read(struct check_dot *w, const char *value);

/* Of a configuration that is right; m: NULL for a network alone. 0, or SIM_ERR_INPUT with a message where it has no
 * such drawing. */
int check_dot_draw(const struct check_dot *w, const struct config *c, const struct machine *m, struct text *out,
                   struct diag *d);

#endif
