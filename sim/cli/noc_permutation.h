/* SPDX-License-Identifier: Apache-2.0 */
/* noc_permutation.h - a file that says for each node where it sends to.
 *
 *     # comment
 *     3 2 1 0          destination of node 0, 1, 2, ...; blanks and new lines part them */
#ifndef SIM_CLI_NOC_PERMUTATION_H
#define SIM_CLI_NOC_PERMUTATION_H

#include <stdint.h>

#include "sim/base/diag.h"

/* 0, or an error with messages file:line:col; *to is freed by the caller in any case. */
int noc_permutation_read(const char *path, uint32_t nodes, uint32_t **to, struct diag *d);

#endif
