/* SPDX-License-Identifier: Apache-2.0 */
/* change_log.h - changes of variables come in any order and leave sorted, in bounded memory.
 *
 *     add --> buffer --full--> radix sort --> run in a nameless file --+--> merge --> next
 *                   \--------- sorted at the end ----------------------/
 *
 * Order: time, then variable; changes of one variable at one time keep the order in which they came.
 * So the output does not depend on which box reported first. External merge sort (Knuth, The Art of
 * Computer Programming 3, 5.4). */
#ifndef SIM_TRACE_CHANGE_LOG_H
#define SIM_TRACE_CHANGE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct change {
    uint64_t time;
    uint64_t value;
    uint64_t variable;
};

struct change_log;

/* `capacity`: changes held in memory (0: a default of 12 MiB). */
struct change_log *change_log_new(size_t capacity);
void change_log_free(struct change_log *l);
void change_log_add(struct change_log *l, uint64_t time, uint32_t variable, uint64_t value);

/* After the last add: the changes in order; false at the end. */
bool change_log_next(struct change_log *l, struct change *out);

/* The temporary file could not be written or read back: what came out is not all. */
bool change_log_failed(const struct change_log *l);

#endif
