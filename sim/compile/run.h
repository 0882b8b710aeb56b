/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one program in the making: which task starts when, which chunk is where since when.
 *
 *     run_init -> run_boot -> policy: run_start, run_ship, run_store, run_finish ... -> program_assemble
 *
 * A policy decides when; this part does the book-keeping: units, copies, ready times, SRAM counts, and
 * books every transfer (booking.h). Times are cycles of the program. */
#ifndef SIM_COMPILE_RUN_H
#define SIM_COMPILE_RUN_H

#include "sim/compile/booking.h"
#include "sim/compile/layout.h"
#include "sim/compile/room.h"

#define TIME_NONE UINT64_MAX

struct copy_state {
    uint64_t usable;   /* all of it, in this SRAM; TIME_NONE: not under way */
    uint64_t from, to; /* in SRAM; to = TIME_NONE: not known yet, or to the end */
    uint32_t readers_left;
    uint32_t pos; /* queue position for which it is wanted next */
};

/* An earlier stay of a copy that was given up and read again later. */
struct stay {
    uint32_t copy;
    uint64_t from, to;
};

/* Entries of a unit that are read while the program runs, in the order of their cycles. */
struct control_segment {
    uint32_t unit, number; /* the unit's first one is 0 */
    uint32_t place, bytes; /* place: in the unit's ring */
    uint64_t from, to;     /* in SRAM; to = TIME_NONE: to the end */
};

/* Entries of a unit that were booked before the work. */
struct control_read {
    uint32_t unit, transfer;
    uint64_t from, there; /* first flit; all of it */
};

struct run {
    const struct layout *l;
    const struct memory_plan *mem;
    bool cold;
    bool parts_trees;         /* a multicast may be taken apart */
    uint64_t deadline;        /* the engine gives up when a task's start + its rank comes to it; TIME_NONE: never */
    uint64_t hopeless;        /* likewise when a task would start then or later */
    struct sched_program out; /* transfers and hops; the rest is added by program_assemble */
    struct booking book;
    struct room room;
    uint64_t *start, *finish, *off; /* per task; TIME_NONE: not yet */
    uint64_t *ready;                /* per task: last usable time of its inputs so far */
    uint32_t *unbooked;             /* per task: inputs that are not under way */
    struct copy_state *copies;
    uint64_t *departed;   /* per chunk: its home copy is read by transfers until then */
    uint64_t *stored;     /* per chunk: it can be read from HBM from then on; TIME_NONE: it cannot */
    uint32_t *unsent;     /* per chunk: copies, and the one in HBM, that have not been sent */
    uint64_t *booted;     /* per unit: its first entries are there */
    uint64_t *loaded;     /* per channel: last command of the fixed loader */
    uint64_t complete;    /* last output so far */
    uint32_t last_output; /* its chunk, when it has bytes; else LAYOUT_NONE */
    uint32_t last_task;   /* task of the last output without bytes, or LAYOUT_NONE */
    uint64_t last_read;   /* of what run_ship has sent last from memory: when its last read begins */
    uint64_t control_end; /* last arrival of schedule entries */
    uint32_t *entries;    /* cold, per unit: those of what is booked so far ... */
    uint32_t *entries_to; /* ... and bytes of its table of which the read is booked; NULL: nothing is read */
    size_t hops_counted;  /* in `entries` */
    uint32_t tasks_left;
    VEC(struct stay, stays);
    VEC(struct control_read, reads);       /* by unit and time */
    VEC(struct control_segment, segments); /* by unit and number */
    VEC(uint32_t, evicted);                /* by the last run_evict or run_spill: they come again */
    VEC(uint32_t, leaving);                /* by the last run_spill: their bytes are free from gone_at[] on */
    VEC(uint64_t, gone_at);
    /* scratch of run_ship */
    VEC(uint32_t, endpoints);
    VEC(uint32_t, known); /* tasks whose inputs are all under way since the policy last looked */
};

void run_init(struct run *r, const struct layout *l, const struct memory_plan *mem, bool cold);
void run_free(struct run *r);

/* control_plan.c: the fixed loader of a cold program, and what lies beyond it. Opens the gates. */
void run_boot(struct run *r);

/* control_plan.c: reads on where a unit will soon have used up its entries. */
void run_follow_entries(struct run *r);

/* Sends the chunk to copies[0..n), from its home or from HBM, not before `earliest`. */
void run_ship(struct run *r, uint32_t chunk, const uint32_t *copies, uint32_t n, uint64_t earliest);

/* sums.c: a leaf's sum that a spine adds, and that is made with that. */
bool run_is_leaf_sum(const struct run *r, uint32_t task);
/* The home copies of the partials that were added to a sum, be it by leaves. */
typedef void partial_function(void *self, uint32_t copy);
void run_each_partial(const struct run *r, const struct task *k, partial_function *f, void *self);

/* Sends the partials of a task to a switch and the sum from there to its homes and to copies[0..n) of its
 * outputs, n may be 0. Its inputs are under way; the homes have room. */
void run_sum(struct run *r, uint32_t task, const uint32_t *copies, size_t n, uint64_t now);

/* The cycle from which a chunk of a task can be sent on from its home. */
uint64_t run_available(const struct run *r, uint32_t chunk);

/* Writes an output chunk to the HBM of its chip. */
void run_store(struct run *r, uint32_t chunk, uint64_t earliest);

/* Writes a chunk to its place in HBM from the SRAM of a unit. Returns the cycle by which all of it is there; the unit
 * needs it no more from *departed on. */
uint64_t run_write(struct run *r, uint32_t chunk, uint32_t unit, uint64_t earliest, uint64_t *departed);

/* All copies of an input of the task are under way, this one until `usable`. */
void run_known(struct run *r, uint32_t task, uint64_t usable);
void run_copy_booked(struct run *r, uint32_t copy);

/* The task works over [start, start + toggle + cycles). All its inputs must be usable at start. */
void run_start(struct run *r, uint32_t task, uint64_t start);

/* The task has read its inputs. */
void run_finish(struct run *r, uint32_t task);

/* When nobody needs the copy any more: sets and returns the cycle from which its place is free, else TIME_NONE. */
uint64_t run_retire(struct run *r, uint32_t copy, uint64_t now);

/* eviction.c: gives up copies in the unit, of what lies in memory too and is wanted for queue positions
 * from `pos` on but not by task `keep`, the farthest first, until `bytes` are free or nothing is left; they
 * are in r->evicted and have to be shipped again. No task of the unit may be at work. Returns the bytes. */
uint64_t run_evict(struct run *r, uint32_t unit, uint32_t pos, uint32_t keep, uint64_t bytes, uint64_t now);

/* The copy is not needed in its unit until a task at queue position `pos` reads it; LAYOUT_NONE: no task there does.
 * Its stay ends at `to`; it has to be shipped again for the readers that have not started. Room is the caller's. */
void run_give_up(struct run *r, uint32_t copy, uint32_t pos, uint64_t to);

static inline bool run_from_memory(const struct run *r, uint32_t chunk)
{
    return r->l->t->chunks[chunk].producer == TASK_NONE;
}

/* The copy is in its unit, or on its way there. */
static inline bool run_is_there(const struct run *r, uint32_t copy)
{
    return r->copies[copy].from != TIME_NONE && r->copies[copy].to == TIME_NONE;
}

#endif
