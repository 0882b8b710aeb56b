/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - whole files in, whole files out: output goes to a temporary name beside its place and is
 * renamed when complete, so a half file never stands under a final name. */
#ifndef SIM_BASE_FILE_H
#define SIM_BASE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "sim/base/diag.h"

/* Reads at most max_bytes (more is an error); *data is NUL-terminated, freed by the caller. 0, SIM_ERR_IO or
 * SIM_ERR_INPUT with a message, or what interrupt_pending() says when a signal ends the wait for a pipe. */
int file_read(const char *path, size_t max_bytes, char **data, size_t *bytes, struct diag *d);
int file_write(const char *path, const void *data, size_t bytes, struct diag *d);

/* For streams: file_open gives a FILE on a temporary name; file_commit closes and renames it; file_abort removes it. */
struct file_out {
    FILE *stream;
    char *temporary;
    char *path;
};
int file_open(struct file_out *f, const char *path, struct diag *d);
int file_commit(struct file_out *f, struct diag *d);
void file_abort(struct file_out *f);

/* Makes a folder and its parents, and proves that it can be written to. */
int file_make_dir(const char *path, struct diag *d);

#endif
