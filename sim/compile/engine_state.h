/* SPDX-License-Identifier: Apache-2.0 */
/* engine_state.h - what the parts of the engine share. Private to engine*.c.
 *
 *     engine.c         events, chunks that are offered and admitted, one cycle after the other
 *     engine_sources.c what tasks read from memory, and when it is booked
 *     engine_lines.c   what leaves a chip, and when it is booked
 *     engine_units.c   which task a unit takes, room for it, boundaries
 *     engine_spill.c   what happens when nothing can happen for want of room */
#ifndef SIM_COMPILE_ENGINE_STATE_H
#define SIM_COMPILE_ENGINE_STATE_H

#include "sim/base/event_heap.h"
#include "sim/compile/engine.h"

enum { EVENT_FREE, EVENT_FINISH, EVENT_READ, EVENT_LINE, EVENT_WAKE };

struct unit_state {
    struct event_heap future;  /* known tasks, by ready time; key: position */
    struct event_heap ready;   /* by position */
    struct event_heap waiting; /* copies without room, by position; key: copy */
    uint64_t busy_until;
    uint64_t leaving;  /* bytes that are going to be free */
    uint32_t works_on; /* the task that it started last */
    uint32_t head;     /* position of the first task that has not started */
    uint32_t on;       /* barrier: task whose bit is 1, finished or not; LAYOUT_NONE */
    bool dirty;
};

/* What units of the server want to read from the memory of a chip, and have room for. */
struct source_queue {
    struct event_heap chunks; /* by order; key: chunk */
    uint64_t booked_to;       /* the last read of the chunk that was booked last begins then */
    bool woken;               /* an event stands for it */
};

/* What leaves a chip by a line. */
struct line_queue {
    struct event_heap coming; /* chunks, by the cycle from which they may be booked */
    struct event_heap chunks; /* by urgency */
    uint64_t booked_to;       /* the last piece on the line begins then */
    uint64_t wakes;           /* next event that stands for it; TIME_NONE: none */
};

struct engine {
    struct run *r;
    const struct engine_options *o;
    struct event_heap events;
    struct unit_state *units;
    uint64_t now, boundary; /* last boundary; TIME_NONE: none yet */
    bool tick_pending, late;
    VEC(uint32_t, dirty);
    VEC(uint32_t, started);
    VEC(uint32_t, group);
    struct source_queue *sources; /* per chip */
    uint32_t ahead;               /* cycles for which their reads are booked ahead */
    uint32_t *source_order;       /* per chunk from memory: the first are read first */
    bool *wanted;                 /* per copy of one: it has room and is not booked yet */
    struct line_queue *lines;     /* per link; NULL: what leaves a chip is booked at once */
};

void engine_push(struct engine *e, uint64_t time, uint32_t kind, uint32_t id);

/* Adds every copy of the chunk that is not under way and has room to e->group; others wait in their units. */
void engine_gather(struct engine *e, uint32_t chunk);
/* Sends the chunk to the copies in e->group. */
void engine_send(struct engine *e, uint32_t chunk);
/* The chunk exists (or will, from its producer's finish on): it goes to every unit that has room. */
void engine_offer(struct engine *e, uint32_t chunk);

/* engine_sources.c: all that lies in memory is wanted; this copy has room now; what is booked in this cycle. */
void engine_sources_init(struct engine *e);
void engine_sources_free(struct engine *e);
void engine_want(struct engine *e, uint32_t copy);
void engine_read(struct engine *e, uint32_t chip);

/* engine_lines.c: offers the chunk when its line is next; false: nothing of it leaves its chip, or there are no queues.
 * What is booked on a line in this cycle. */
void engine_lines_init(struct engine *e);
void engine_lines_free(struct engine *e);
bool engine_queue(struct engine *e, uint32_t chunk);
void engine_cross(struct engine *e, uint32_t line);

/* Room was made in a unit, or its queue moved on: what waits for it is sent while it fits. */
void engine_offer_waiting(struct engine *e, uint32_t unit);

/* The unit starts a task now when it is free and has one; what it starts is added to e->started. */
void engine_dispatch(struct engine *e, uint32_t unit);

/* engine_spill.c: nothing happens any more and tasks are left: makes room for the most urgent one by spilling. False:
 * nothing can be moved. */
bool engine_relieve(struct engine *e);

/* Spills until all that the unit wants up to this position of its queue has room, or will have. */
void engine_spill_for(struct engine *e, uint32_t unit, uint32_t pos);

/* The unit has begun to work: room for the tasks that come next. */
void engine_spill_ahead(struct engine *e, uint32_t unit);

/* The copy's bytes are free from `time` on. */
void engine_free_at(struct engine *e, uint32_t copy, uint64_t time);

/* Boundaries: may bits change now? Those of this cycle; what is still on at the end. */
bool engine_may_change(struct engine *e);
void engine_close_phase(struct engine *e);
void engine_close_last_phase(struct engine *e);

#endif
