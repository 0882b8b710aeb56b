/* SPDX-License-Identifier: Apache-2.0 */
/* detours.h - ways between chips where some links are down; private to sim/machine.
 *
 *     chip0 --x-- chip1        a table per way and destination instead of coordinates:
 *       |           |          next[way][node][chip]
 *     chip3 ----- chip2        chip0 to chip1: chip3, chip2, chip1
 *
 * Each way is a shortest one by (links, switches entered), and of equal ones the one of the smallest sum of numbers
 * that are drawn for the links, for each way anew. Sums are distinct, so every shortest way is the only one: parts of
 * ways are ways, and the ways from one node are a tree as those by coordinates are. docs/model/robustness.md. */
#ifndef SIM_MACHINE_DETOURS_H
#define SIM_MACHINE_DETOURS_H

#include <stdbool.h>
#include <stdint.h>

struct machine;

struct detours {
    uint32_t nodes, chips;
    uint32_t *next; /* [(way * nodes + from) * chips + to] */
    uint32_t *hops; /* [from * chips + to]: links, the same for all ways */
    uint32_t longest;
    bool circles; /* waits for places behind links can close a circle: classes are needed, one per link of a way */
};

#define DETOUR_LONGEST 255u

/* Of a machine whose links are there, with those that are down marked; all chips reach each other. NULL: no link is
 * down. Lives in the machine's arena. */
struct detours *detours_new(const struct machine *m);

static inline uint32_t detours_next(const struct detours *d, uint32_t way, uint32_t from, uint32_t to)
{
    return d->next[((uint64_t)way * d->nodes + from) * d->chips + to];
}

#endif
