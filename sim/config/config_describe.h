/* SPDX-License-Identifier: Apache-2.0 */
/* config_describe.h - words that all descriptions of the parameters share. */
#ifndef SIM_CONFIG_CONFIG_DESCRIBE_H
#define SIM_CONFIG_CONFIG_DESCRIBE_H

#include "sim/base/text.h"
#include "sim/machine/params.h"

/* "number", "bandwidth", "one of", ... */
const char *describe_type(enum param_type type);

/* "required", "every one", "of the preset", or the default itself. */
void describe_default(const struct param *p, struct text *out);

/* Allowed values with their unit: "1..32 flits", "4 KiB..1 GiB", "mesh, torus". */
void describe_allowed(const struct param *p, struct text *out);

#endif
