/* SPDX-License-Identifier: Apache-2.0 */
/* change_log.h - changes of variables come in any order and leave sorted, in bounded memory.
 *
 *     add --> lists by time --full--> packed run in a nameless file --+--> merge --> next
 *                  \----------------- packed at the end --------------/
 *
 * They leave time by time, those of a time sorted by variable; of several of one variable at one time the last that
 * came. So the output does not depend on which box reported first. External merge sort (Knuth, The Art of Computer
 * Programming 3, 5.4), with runs of few bytes per change. */
#ifndef SIM_TRACE_CHANGE_LOG_H
#define SIM_TRACE_CHANGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change {
    uint64_t value;
    uint32_t variable;
};

/* What changes at one time. */
struct changes {
    uint64_t time;
    const struct change *change; /* sorted by variable, each once; until the next call */
    uint32_t n;                  /* at least 1 */
};

struct change_log;

/* Variables are numbered from 0 to `variables` - 1. `capacity`: changes held in memory (0: a default of 1 MiB). */
struct change_log *change_log_new(uint32_t variables, size_t capacity);
void change_log_free(struct change_log *l); /* NULL is nothing */
void change_log_add(struct change_log *l, uint64_t time, uint32_t variable, uint64_t value);

/* After the last add: the changes of the next time; false at the end. */
bool change_log_next(struct change_log *l, struct changes *out);

/* The temporary file could not be written or read back: what came out is not all. */
bool change_log_failed(const struct change_log *l);

#endif
