/* SPDX-License-Identifier: Apache-2.0 */
/* access_trace.h - reads a trace of memory accesses, plain or gzip.
 *
 *     # comment                          lines are  cycle|- requester r|w address-hex [size]
 *     -  u0 r 1000
 *     40 3  w 0x1080 128
 *
 * All mistakes of a file are told at once, "file:line:col: ...", up to ACCESS_MISTAKES. The format:
 * docs/formats/access-trace.md. */
#ifndef SIM_TRACE_ACCESS_TRACE_H
#define SIM_TRACE_ACCESS_TRACE_H

#include "sim/base/diag.h"
#include "sim/base/mem.h"
#include "sim/kernel/access.h"

#define ACCESS_MISTAKES 20u

struct access_trace {
    VEC(struct memory_access, accesses); /* in order of the file */
};

/* 0 or SIM_ERR_INPUT; requesters are 0 .. requesters - 1. The caller frees the trace in any case. */
int access_trace_read(struct access_trace *t, const char *path, uint32_t requesters, struct diag *d);
void access_trace_free(struct access_trace *t);

#endif
