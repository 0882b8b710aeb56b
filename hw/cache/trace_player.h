/* SPDX-License-Identifier: Apache-2.0 */
/* trace_player.h - plays memory accesses into an L1, in the place of an SM.
 *
 *     accesses, in order --one line per cycle--> L1 ==> net_port
 *       issued, done, value <--completions------
 *
 * An access starts at its cycle of the run at the earliest, or when the access before it has completed (dependent);
 * several may be outstanding, as many as the L1 takes. What the L1 refuses is asked again when the L1 has moved and
 * holds up what follows. An access that touches several lines is a group of pieces, one per line, issued one after the
 * other. Every write carries its number as the version of the line's data; what a read got is noted, access_check.h
 * judges it. Calls: connect once, then eval in every cycle that it asked for or in which a message came. */
#ifndef HW_CACHE_TRACE_PLAYER_H
#define HW_CACHE_TRACE_PLAYER_H

#include "hw/cache/l1.h"

/* A piece of an access; what happened to it is filled in. */
struct player_access {
    uint64_t cycle;         /* not before */
    uint32_t line, version; /* version: of a write; of a read: what it got */
    uint32_t group;         /* index of its access's first piece */
    uint32_t source;        /* line of the trace */
    uint8_t sectors;
    bool dependent, write;
    /* filled in */
    bool tried, issued, done, hit;
    uint64_t tried_at, issued_at, done_at;
};

struct trace_player {
    struct l1 *l1;
    struct player_access *accesses; /* the caller's */
    uint32_t n, next;
    uint32_t completed;
    uint64_t latency; /* sum over the completed: from the first attempt on */
    uint16_t chip;
    struct run_control *run;
};

void trace_player_init(struct trace_player *p, struct l1 *l1, uint16_t chip, struct player_access *accesses, uint32_t n,
                       struct run_control *run);
uint64_t trace_player_eval(struct trace_player *p, uint64_t cycle);
void trace_player_dump(const struct trace_player *p, uint64_t cycle, struct diag *d);

/* Has nothing under way, whether or not accesses are still to come. */
bool trace_player_idle(const struct trace_player *p);

#endif
