/* SPDX-License-Identifier: Apache-2.0 */
/* control_stream.h - entries that are read while the program runs.
 *
 *     table of a unit    | head: there from the start | segment 0 | segment 1 | segment 2 | ...     in HBM
 *                                                          |           |           |
 *     its region in SRAM | head ................ | place 0 | place 1 | place 2 |                    the ring
 *
 *     time               head is used up ->| segment 0 ->| segment 1 ->|
 *     place 0                  <- read --->| in force    |<- segment n is read --->| in force ...
 *
 * Of a table that would take too much of the SRAM only the head is there whole; behind it the entries come in segments,
 * one piece from memory each. A segment ends with a cycle, not with a number of entries: what is booked later, the
 * reading of other segments above all, falls into the segment of its time and moves no other one; a share of each is
 * left free for that. The places of a ring take the segments in turn; the next one comes when the entries of the one
 * before have all acted. Segments are booked when everything else of the program has its time, in order of the cycle at
 * which they have to be there, into what links and channels have left. Where that is too little, the program is made
 * again: about as many segments, at about the times that its units needed them, are read before the work is booked, and
 * the work goes round them. */
#ifndef SIM_COMPILE_CONTROL_STREAM_H
#define SIM_COMPILE_CONTROL_STREAM_H

#include "sim/compile/run.h"

/* Bytes of the largest table of one program that is kept whole when tables are streamed. */
uint32_t control_whole(const struct layout *l, bool cold);

/* Regions of all units from the estimates of both programs; with what loads the heads of the tables. */
void control_stream_plan(struct memory_plan *mem, const struct layout *l);

/* Where a table takes more than that its region becomes a head and a ring. */
void control_stream_cap(struct memory_plan *mem, const struct layout *l, uint32_t unit, bool cold);

/* What did not work out. */
struct stream_fault {
    uint32_t unit;
    uint64_t bytes;       /* all of its entries */
    uint64_t cycle, late; /* from when on some are missing, and for how long; late 0: there are too many at once */
    bool endless;         /* reading segments takes as many entries as they bring: nothing helps */
};

/* After run_boot: reads the segments that the attempt before found too little room for behind the work. */
void control_stream_reserve(struct run *r, const struct memory_plan *mem);

/* Books the segments of the program, whose other entries all have their time. False: a segment comes too late or holds
 * too much; mem->tight[] then marks the units that need more room, *fault the first of them. */
bool control_stream(struct run *r, struct memory_plan *mem, struct stream_fault *fault);

/* Where *fault is not endless: reads segments before the work, gives the marked units a larger region, or more room in
 * each segment; false where there is no more to give. */
bool control_stream_relieve(struct memory_plan *mem, const struct layout *l, bool cold);

#endif
