/* SPDX-License-Identifier: Apache-2.0 */
/* burst.c - history of a burst. */
#include "sim/kernel/burst.h"

#include <string.h>

void burst_copy(struct burst *to, const struct burst *from)
{
    memcpy(to, from, burst_size(from));
}

#define STAMP_MOST ((1u << 30) - 1)

void burst_stamp(struct burst *b, uint64_t time, enum burst_place place)
{
    if (b->n_stamps == BURST_STAMPS)
        return;
    uint64_t passed = time > b->last_stamp ? time - b->last_stamp : 0;
    if (passed > STAMP_MOST)
        passed = STAMP_MOST;
    b->last_stamp += passed;
    b->stamps[b->n_stamps++] = (uint32_t)passed << 2 | (uint32_t)place;
}

enum burst_place burst_place_at(const struct burst *b, uint64_t time, uint64_t *until)
{
    enum burst_place place = PLACE_NOC;
    uint64_t at = 0;
    for (uint32_t i = 0; i < b->n_stamps; i++) {
        at += b->stamps[i] >> 2;
        if (i > 0 && at > time) {
            *until = at;
            return place;
        }
        place = (enum burst_place)(b->stamps[i] & 3);
    }
    *until = UINT64_MAX;
    return place;
}
