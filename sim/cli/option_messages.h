/* SPDX-License-Identifier: Apache-2.0 */
/* option_messages.h - messages of a library whose keys are option names, as a command shows them:
 *
 *     bpsim graph: --heads: 7 heads do not divide the model's width of 768
 *     graph.stg:12:1: task 7 where task 6 is expected */
#ifndef SIM_CLI_OPTION_MESSAGES_H
#define SIM_CLI_OPTION_MESSAGES_H

#include "sim/base/diag.h"

/* On stderr, in the order in which they were added. */
void option_messages_print(const char *command, const struct diag *d);

#endif
