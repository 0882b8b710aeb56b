/* SPDX-License-Identifier: Apache-2.0 */
/* staging.h - how full a port's staging buffer is, and was at most.
 *
 * Bytes come and go at known slots, reported in any order within a few cycles; they are sorted and applied
 * when time has passed them. At equal times what leaves makes room first. */
#ifndef SIM_KERNEL_STAGING_H
#define SIM_KERNEL_STAGING_H

#include <stdbool.h>
#include <stdint.h>

struct staging_event {
    uint64_t slot;
    int64_t bytes;
};

struct staging {
    uint64_t capacity;
    uint64_t level, peak;
    uint64_t overflows;           /* additions that went beyond the capacity */
    uint64_t overflow_slot;       /* the first one */
    struct staging_event *events; /* sorted */
    uint32_t n_events, cap_events;
};

/* `pieces`: how many pieces may be on their way in or out at the same time. */
void staging_init(struct staging *s, uint64_t capacity, uint32_t pieces);
void staging_free(struct staging *s);
void staging_clear(struct staging *s);
void staging_add(struct staging *s, uint64_t slot, uint64_t bytes);
void staging_remove(struct staging *s, uint64_t slot, uint64_t bytes);
/* Applies everything before `slot`; true when an addition did not fit. */
bool staging_advance(struct staging *s, uint64_t slot);

#endif
