/* SPDX-License-Identifier: Apache-2.0 */
/* in_stream.h - lines of a text file, plain or gzip, that is not trusted.
 *
 * Memory is bounded by the file: a line has at most IN_LINE_MAX bytes, and unpacking gives at most
 * IN_RATIO bytes per byte of the file. Errors are messages "file:line:1: ..." and SIM_ERR_INPUT. */
#ifndef SIM_TRACE_IN_STREAM_H
#define SIM_TRACE_IN_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/diag.h"

#define IN_LINE_MAX 4096u
#define IN_RATIO    256u

struct in_stream;

int in_open(struct in_stream **s, const char *path, struct diag *d);
void in_close(struct in_stream *s); /* NULL is nothing */

/* The next line without its end, valid until the next call; NULL at the end of the file or on an error
 * (in_failed tells). A last line without an end of line is an error: the file is cut off. */
char *in_line(struct in_stream *s);
/* The same of a text that people write, whose last line needs no end. (zlib finds a packed file that is cut off.) */
char *in_text_line(struct in_stream *s);

/* Exactly n bytes, freed by the caller; NULL on an error. */
char *in_bytes(struct in_stream *s, size_t n);

bool in_failed(const struct in_stream *s);

/* Adds "file:line:1: text" for the line read last; returns SIM_ERR_INPUT and makes the stream fail. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int in_refuse(struct in_stream *s, const char *fmt, ...);

#endif
