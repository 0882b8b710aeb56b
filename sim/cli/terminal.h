/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.h - how wide standard output is, and whether it wants colours (NO_COLOR, https://no-color.org). */
#ifndef SIM_CLI_TERMINAL_H
#define SIM_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

uint32_t terminal_width(void); /* 100 when it is none */
bool terminal_color(void);

#endif
