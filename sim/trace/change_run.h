/* SPDX-License-Identifier: Apache-2.0 */
/* change_run.h - sorted changes in few bytes. Private to sim/trace.
 *
 *     run     block block ...                               times rise
 *     block   time  changes  (variable  value) ...          variables rise
 *
 * Numbers have 7 bits per byte, the lowest first, bit 7: there are more (LEB128); times and variables are told as what
 * they are above the one before, from 0 on. Most changes take two bytes. */
#ifndef SIM_TRACE_CHANGE_RUN_H
#define SIM_TRACE_CHANGE_RUN_H

#include <stdio.h>

#include "sim/base/mem.h"
#include "sim/trace/change_log.h"

/* Bytes of a run that is being made. */
struct change_packer {
    VEC(uint8_t, bytes);
    uint64_t time; /* of the last block */
};
void change_pack(struct change_packer *p, const struct changes *c);

/* A run that is being read: a part of it stands in memory, the rest in a file. */
struct change_run {
    long place;  /* of the rest in the file */
    size_t left; /* bytes of the rest */
    uint8_t *bytes;
    size_t at, n;
    uint64_t time; /* of the block that comes next */
};

/* Goes to the next block and reads its time; false at the end. *failed: the file cannot be read. */
bool change_run_next(struct change_run *r, FILE *file, bool *failed);
/* After change_run_next: the block's changes; returns how many. `out` has a place for each variable. */
uint32_t change_run_read(struct change_run *r, FILE *file, struct change *out, bool *failed);

#endif
