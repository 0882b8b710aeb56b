/* SPDX-License-Identifier: Apache-2.0 */
/* program_text.h - a program as text, one line per CTA, piece, wait and signal: for tests and for reading. */
#ifndef SIM_PROGRAM_PROGRAM_TEXT_H
#define SIM_PROGRAM_PROGRAM_TEXT_H

#include "sim/base/text.h"
#include "sim/program/program.h"

void server_program_print(const struct server_program *p, struct text *out);

#endif
