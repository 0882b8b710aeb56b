/* SPDX-License-Identifier: Apache-2.0 */
/* out_stream.h - a large output file: buffered, gzip when its name ends in .gz, renamed when whole.
 *
 * The gzip header holds no time and no name, so equal contents give equal bytes. Write errors are
 * kept and reported by out_commit. */
#ifndef SIM_TRACE_OUT_STREAM_H
#define SIM_TRACE_OUT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/diag.h"

struct out_stream;

/* 0 or SIM_ERR_IO with a message. */
int out_open(struct out_stream **s, const char *path, struct diag *d);
int out_commit(struct out_stream *s, struct diag *d); /* frees s */
void out_abort(struct out_stream *s);                 /* frees s; NULL is nothing */

void out_bytes(struct out_stream *s, const void *data, size_t n);
void out_text(struct out_stream *s, const char *text);
void out_u64(struct out_stream *s, uint64_t value); /* decimal */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void out_printf(struct out_stream *s, const char *fmt, ...);

/* Room for n more bytes (n <= 16384) to be written in place; out_advance says how many were. */
char *out_reserve(struct out_stream *s, size_t n);
void out_advance(struct out_stream *s, size_t n);

bool out_is_gzip(const char *path);

#endif
