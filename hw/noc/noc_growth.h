/* SPDX-License-Identifier: Apache-2.0 */
/* noc_growth.h - does a network keep up with its sources? Told by what it owes each of them, at marks in time.
 *
 *     warm-up |- half -|- half -|--- as long again ---|--- twice as long ---------------| ...
 *             ^        ^        ^ end of the window   ^                                 ^     marks
 *
 * Backlog of a source: its packets created and not delivered yet, in its queue or in the network. The network does not
 * keep up in a stretch in which the backlog of any source grows, or that of all together, by more than 1 % of what is
 * created in this time and by more than chance moves it. Any source: where the network fails a few, the others hide it.
 * Where it keeps up, backlogs come and go; where not, some grow in proportion to the time, so that a longer stretch
 * tells them apart better. Two stretches in a row without growth, three with it, or two with 4 % or more, are the
 * verdict; until then stretches double, up to NOC_GROWTH_TIMES windows in all, when the last one decides. */
#ifndef HW_NOC_NOC_GROWTH_H
#define HW_NOC_NOC_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

#define NOC_GROWTH_TIMES 8u
#define NOC_GROWTH_LAST  4000000000ull /* no mark beyond: cycles of creation are kept modulo 2^32 */

struct noc_growth {
    uint64_t next;                /* mark; UINT64_MAX when decided */
    bool decided, grows;          /* grows: what the last stretch says, where nothing is decided yet, too */
    uint64_t *before;             /* backlogs at the last mark */
    uint64_t warm_up, window, at; /* at: the last mark */
    uint32_t sources, rate, flits;
    uint32_t times;             /* windows until the last stretch decides; NOC_GROWTH_TIMES unless changed */
    uint32_t calm, grown, much; /* stretches in a row that say so */
};

/* Packets of `flits` at `rate`, billionths of a flit per source and cycle. */
void noc_growth_init(struct noc_growth *g, uint32_t sources, uint32_t rate, uint32_t flits, uint64_t warm_up,
                     uint64_t measured);
/* Packets that a source creates in so many cycles, on average; rounded down. */
uint64_t noc_growth_created(const struct noc_growth *g, uint64_t cycles);
/* The backlogs of all sources at `next`, packets. Not once it is decided. */
void noc_growth_mark(struct noc_growth *g, const uint64_t *backlog);
void noc_growth_free(struct noc_growth *g);

#endif
