/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - progress on stderr, and the signals that end a run early.
 *
 * `auto` draws one rewritten line on a terminal and nothing elsewhere; `plain` prints a line per
 * step of at least two seconds; `none` is silent. Host time is used here and nowhere else. */
#ifndef SIM_BASE_PROGRESS_H
#define SIM_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_PLAIN, PROGRESS_NONE };

void progress_init(enum progress_mode mode);
void progress_begin(const char *what, uint64_t total); /* total 0: unknown */
void progress_update(uint64_t done);                   /* cheap; call it often */
void progress_end(void);

/* Installs handlers for SIGINT and SIGTERM; interrupt_pending returns 0, SIM_ERR_INTERRUPTED or SIM_ERR_TERMINATED. */
void interrupt_install(void);
int interrupt_pending(void);

#endif
