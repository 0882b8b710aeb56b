/* SPDX-License-Identifier: Apache-2.0 */
/* room.h - how many bytes of a unit's SRAM are spoken for while a program is made.
 *
 *     room = SRAM - staging - schedule entries - resident weights - margin
 *
 *     queue of a unit    t0 (running)  t1     t2     t3 ...
 *     still missing                    8 KiB  4 KiB  96 KiB     inputs not under way yet, and outputs
 *
 * A chunk may come in early only when everything that the tasks before its first reader still need
 * fits beside it: used + missing(0 .. pos) <= room. So early arrivals never take the place of what
 * must come first. Addresses are given later (sram_plan.h). */
#ifndef SIM_COMPILE_ROOM_H
#define SIM_COMPILE_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/compile/layout.h"

/* Where the entries of a unit did not work out when they were to be read while the program runs. */
enum tight { NOT_TIGHT, TIGHT_SEGMENTS, TIGHT_REGION };

/* A segment of entries that is to be read before the work is booked, as what is left behind it was too little. */
struct control_wish {
    uint32_t unit;
    uint64_t earliest;
};

struct control_wishes {
    VEC(struct control_wish, all); /* by cycle */
    uint32_t rounds;               /* in which they were made */
};

/* What the programs of a schedule have in common in SRAM. */
struct memory_plan {
    bool *resident;           /* per copy: a weight that stays from program to program */
    uint32_t *entries;        /* per unit: bytes of schedule entries of the cold program */
    uint32_t *steady_entries; /* likewise of the steady one; both are loaded by the cold program */
    uint32_t *ring[2];        /* of the steady and of the cold program, per unit: bytes at the end of these in which
                               * segments of entries follow each other; 0: all entries are there at once */
    uint32_t *spare[2];       /* likewise: eighths of a segment that are left free for entries that come later */
    struct control_wishes wishes[2]; /* likewise */
    uint64_t foreseen[2];            /* likewise: entries of all units, before tables were cut */
    enum tight *tight;               /* per unit: wanted more of that when an attempt came to a halt */
    uint32_t *staging;               /* per unit: bytes of port buffers */
    uint32_t *margin;                /* per unit: bytes withheld because addresses did not work out */
    bool *blocked;                   /* per unit: wanted room when an attempt came to a halt */
    struct {
        uint32_t chunk;     /* output that is written last, or LAYOUT_NONE ... */
        uint32_t task;      /* or task that starts last, or LAYOUT_NONE ... */
        uint64_t until;     /* ... and not before this cycle */
    } held[2];              /* of the steady and of the cold program */
    uint64_t refresh_shift; /* see dram_plan.h */
    uint32_t *ahead;        /* per unit: bytes of the cold program's entries that are read before the work; those behind
                             * come in what the work leaves free; UINT32_MAX: there are none */
    bool wait_for_control;  /* nothing starts before all schedule entries are there */
    bool stream;            /* large tables are read while the program runs (control_stream.h) */
    bool endless;           /* loading entries takes more entries than it brings: no program */
};

struct room {
    const struct layout *l;
    int64_t *cap, *used;
    int64_t *missing; /* per unit a Fenwick tree over its queue */
    int64_t *spare;   /* per unit: with so many bytes less in cap all answers would have been the same ... */
    bool counted;     /* ... but for the numbers of bytes that were told */
};

void room_init(struct room *r, const struct layout *l, const struct memory_plan *mem, bool cold);
void room_free(struct room *r);

/* May something that is wanted at position pos of the unit's queue (and counted there) come now? */
bool room_for(struct room *r, uint32_t unit, uint32_t pos);
/* Do so many bytes more fit into the unit? */
bool room_holds(struct room *r, uint32_t unit, int64_t more);
/* Bytes by which these do not fit; 0: they do. */
uint64_t room_short_of(struct room *r, uint32_t unit, int64_t more);
/* It comes: from missing to used. */
void room_take(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes);
/* It is wanted at pos, again. */
void room_want(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes);
/* It is gone again, and wanted at pos. */
void room_return(struct room *r, uint32_t unit, uint32_t pos, uint32_t bytes);
void room_give(struct room *r, uint32_t unit, uint32_t bytes);

/* Bytes still missing for the queue up to and with pos. */
int64_t room_missing(const struct room *r, uint32_t unit, uint32_t pos);

/* Queue position at which a copy is wanted: its first reader's, or its producer's. */
uint32_t room_position(const struct layout *l, uint32_t copy);

#endif
