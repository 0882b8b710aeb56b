/* SPDX-License-Identifier: Apache-2.0 */
/* access_check.h - judges, after a replay, whether every read got a value that its protocol allows.
 *
 *     line:   -----w1---------w2-------------w3----->   order in which writes took effect
 *     read:              [issued ......... done]        may return w1, w2 or w3; not what was gone before it was issued
 *
 * `coherent` (mesi): per line there is one order of writes, a write takes effect at its cache while it is the only
 * copy, and a read returns a value that was current at some moment between its issue and its completion, never one
 * older than its own requester's last write before it (linearizability per line: Herlihy, Wing, TOPLAS 1990). Not
 * coherent (vi without acquires): some write to that line that had been issued, or what was there at the start. Works
 * on what players noted; the run is over, so it knows both sides of every moment. */
#ifndef HW_CACHE_ACCESS_CHECK_H
#define HW_CACHE_ACCESS_CHECK_H

#include "hw/cache/trace_player.h"

#define WRONG_READS 32u /* told of, at most */

struct wrong_read {
    uint32_t requester, index; /* the read: players[requester].accesses[index] */
    uint32_t allowed;          /* the newest version that it could have returned; 0: what was there at the start */
};

/* Calls `wrong` for each bad read, lines ascending, up to WRONG_READS. `writes`: versions are 1 .. writes. */
void access_check(const struct trace_player *players, uint32_t n, uint32_t writes, bool coherent,
                  void (*wrong)(void *self, const struct wrong_read *w), void *self);

#endif
