/* SPDX-License-Identifier: Apache-2.0 */
/* result_text.h - a run_result as lines of text, and back: how a child process hands its result over.
 *
 *     run\tNAME\tMACHINE\tKIND\tPOLICY\tPRESET\tSTART
 *     number\tKEY\tVALUE          hash\tKEY\tHEX          unit\tNAME\tON\tCYCLES...
 *     link\tID\tFROM\tTO\tTYPE\tWALKED    class\tC\tPAYLOAD...      (of the link before)
 *     conflict, event, phase\t...
 *     end
 *
 * Private to one build of the program: no version, not a file format. Names hold no tab and no new
 * line. A text that ends before `end`, or holds anything else, is refused. */
#ifndef SIM_STATS_RESULT_TEXT_H
#define SIM_STATS_RESULT_TEXT_H

#include "sim/base/text.h"
#include "sim/stats/run_result.h"

void result_text_write(const struct run_result *r, struct text *out);

/* `s` is cut into pieces in place. 0 or SIM_ERR_INPUT; `r` is initialised in any case. */
int result_text_read(struct run_result *r, char *s);

#endif
