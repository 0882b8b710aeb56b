/* SPDX-License-Identifier: Apache-2.0 */
/* protocol.h - coherence protocols as data: state x event -> actions, next state.
 *
 *     access of the SM, eviction, message --event--> row[state][event]: GO      actions in order, then the next state
 *                                                                       WAIT    not now: refused (L1), queued (home)
 *                                                                       NEVER   cannot happen; happening stops the run
 *
 * Two sides: the L1 that asks, the home (L2 slice with directory) that answers. Both cores only look up
 * rows and carry out actions; which state allows what is written in protocol_vi.c and protocol_mesi.c and nowhere
 * else. A row that says nothing is ROW_UNDECLARED and never legal: tests go through all of them.
 *
 * Nothing is assumed about the order in which the network delivers messages, not even of two with the same source,
 * destination and virtual network. docs/model/coherence.md shows the tables and tells why they are so; mesi follows
 * Nagarajan, Sorin, Hill, Wood: A Primer on Memory Consistency and Cache Coherence, 2nd ed., chapter 8. */
#ifndef HW_CACHE_PROTOCOL_H
#define HW_CACHE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

enum row_kind { ROW_UNDECLARED, ROW_GO, ROW_WAIT, ROW_NEVER };

#define ROW_ACTIONS 6u

struct protocol_row {
    uint8_t kind, next;
    uint8_t actions[ROW_ACTIONS]; /* 0 ends the list */
};

/* What a state means to the cores. */
#define STATE_READABLE 1u /* the copy may be read */
#define STATE_PENDING  2u /* a transaction is under way: never a victim */

/* ---- the L1's side ---- */

#define L1_STATES(X)                                                                                                   \
    X(I, 0)                               /* no copy */                                                                \
    X(PASS, 0)                            /* passes by the tags: another chip's line, a bypassing load, a write */     \
    X(V, STATE_READABLE)                  /* vi: a copy, clean */                                                      \
    X(IV, STATE_PENDING)                  /* vi: read sent */                                                          \
    X(VV, STATE_READABLE | STATE_PENDING) /* vi: further sectors of a copy asked for */                                \
    X(S, STATE_READABLE)                  /* mesi: a copy, others may have one */                                      \
    X(E, STATE_READABLE)                  /* the only copy, clean */                                                   \
    X(M, STATE_READABLE)                  /* the only copy, modified */                                                \
    X(IS, STATE_PENDING)                  /* read sent */                                                              \
    X(IS_I, STATE_PENDING)                /* and invalidated since: data is used once */                               \
    X(IS_FR, STATE_PENDING)               /* read sent, granted exclusively, and a forwarded read is here already */   \
    X(IS_FX, STATE_PENDING)               /* the same with a forwarded read_ex */                                      \
    X(IM, STATE_PENDING)                  /* read_ex sent, or an upgrade whose copy was lost */                        \
    X(IM_FR, STATE_PENDING)                                                                                            \
    X(IM_FX, STATE_PENDING)                                                                                            \
    X(SM, STATE_PENDING) /* upgrade sent */                                                                            \
    X(SM_FR, STATE_PENDING)                                                                                            \
    X(SM_FX, STATE_PENDING)                                                                                            \
    X(MI, STATE_PENDING) /* put sent, no way any more */                                                               \
    X(EI, STATE_PENDING) /* put_clean sent */                                                                          \
    X(II, STATE_PENDING) /* put sent, ownership gone since */

#define L1_EVENTS(X)                                                                                                   \
    X(LOAD)                                                                                                            \
    X(LOAD_SECTOR) /* the copy lacks a sector */                                                                       \
    X(LOAD_BYPASS)                                                                                                     \
    X(STORE)                                                                                                           \
    X(STORE_THROUGH) /* a result of the work, to memory at once */                                                     \
    X(ATOMIC)                                                                                                          \
    X(POLL)                                                                                                            \
    X(EVICT)                                                                                                           \
    X(ACQUIRE)                                                                                                         \
    X(HOST) /* the host has written the line */                                                                        \
    X(INVALIDATE)                                                                                                      \
    X(FORWARD_READ)                                                                                                    \
    X(FORWARD_READ_EX)                                                                                                 \
    X(DATA)                                                                                                            \
    X(DATA_EX)                                                                                                         \
    X(UPGRADE_ACK)                                                                                                     \
    X(PUT_ACK)                                                                                                         \
    X(WRITE_ACK)                                                                                                       \
    X(ATOMIC_ACK)                                                                                                      \
    X(POLL_VALUE)

/* Name, what an access needs before it may be accepted. */
#define NEED_OUT    1u /* a place in the request queue */
#define NEED_MSHR   2u
#define NEED_WAY    4u
#define NEED_TARGET 8u  /* a free target of the line's MSHR, which asked for these sectors */
#define NEED_PASS   16u /* as NEED_TARGET where a bypassing read of the line is under way, else as MSHR and OUT */

#define L1_ACTIONS(X)                                                                                                  \
    X(NONE, 0)                                                                                                         \
    X(HIT, 0)                          /* the load is done after the hit latency */                                    \
    X(STORE_HIT, 0)                    /* the copy takes the store, done after the hit latency */                      \
    X(UPDATE, 0)                       /* the copy takes the store */                                                  \
    X(ALLOCATE, NEED_WAY)              /* evicts the victim */                                                         \
    X(READ, NEED_MSHR | NEED_OUT)      /* opens an MSHR, asks for the sectors that lack */                             \
    X(READ_LINE, NEED_MSHR | NEED_OUT) /* the same for the whole line */                                               \
    X(READ_EX, NEED_MSHR | NEED_OUT)   /* a store of the whole line asks for no sectors */                             \
    X(UPGRADE, NEED_MSHR | NEED_OUT)                                                                                   \
    X(READ_PASS, NEED_PASS)            /* an MSHR without a way */                                                     \
    X(READ_ONCE, NEED_MSHR | NEED_OUT) /* likewise, of its own: no other load may share it */                          \
    X(MERGE, NEED_TARGET)                                                                                              \
    X(WRITE, NEED_OUT)                                                                                                 \
    X(ATOMIC, NEED_OUT)                                                                                                \
    X(POLL, NEED_OUT)                                                                                                  \
    X(PUT, NEED_MSHR | NEED_OUT) /* the line moves into an MSHR and is sent home */                                    \
    X(PUT_CLEAN, NEED_MSHR | NEED_OUT)                                                                                 \
    X(DETACH, 0) /* the MSHR goes on without the way, its data is not kept */                                          \
    X(LOSE, 0)   /* the copy is invalidated: the next miss on it is one of coherence */                                \
    X(DROP, 0)   /* the copy goes */                                                                                   \
    X(FILL, 0)                                                                                                         \
    X(COMPLETE, 0)       /* all that waits in the MSHR, in order */                                                    \
    X(RELEASE, 0)        /* the MSHR */                                                                                \
    X(ANSWER, 0)         /* the access with this message's tag is done */                                              \
    X(INVALIDATE_ACK, 0) /* to home: no copy here, or none that differs from the home's */                             \
    X(OWNER_DATA, 0)     /* to home */

#define X(id, flags) L1_##id,
enum l1_state { L1_STATES(X) L1_STATE_COUNT };
#undef X
#define X(id) L1_ON_##id,
enum l1_event { L1_EVENTS(X) L1_EVENT_COUNT };
#undef X
#define X(id, needs) L1_DO_##id,
enum l1_action { L1_ACTIONS(X) L1_ACTION_COUNT };
#undef X

struct l1_protocol {
    const char *name;
    uint32_t states; /* mask of those in use */
    struct protocol_row row[L1_STATE_COUNT][L1_EVENT_COUNT];
};

/* ---- the home's side ---- */

#define HOME_STATES(X)                                                                                                 \
    X(N, 0)              /* not in this cache */                                                                       \
    X(V, STATE_READABLE) /* vi: here */                                                                                \
    X(S, STATE_READABLE) /* mesi: here, and at the sharers, if any */                                                  \
    X(X, 0)              /* mesi: an owner has it, perhaps modified */                                                 \
    X(F, STATE_PENDING)  /* sectors are read from memory */                                                            \
    X(SI, STATE_PENDING) /* invalidations are out */                                                                   \
    X(XR, STATE_PENDING) /* a read is forwarded to the owner */                                                        \
    X(XI, STATE_PENDING) /* a read_ex is forwarded to the owner */

/* Guards are part of the event: *_OTHERS says that a cache besides the requester holds a copy (for a write or an
 * eviction: any cache). */
#define HOME_EVENTS(X)                                                                                                 \
    X(MISS) /* a read whose sectors are not all here; told in states in which the home's copy counts */                \
    X(READ)                                                                                                            \
    X(READ_OTHERS) /* also a line that the host writes: never given exclusively */                                     \
    X(READ_EX)                                                                                                         \
    X(READ_EX_OTHERS)                                                                                                  \
    X(UPGRADE) /* by a sharer; by others it is a read_ex */                                                            \
    X(UPGRADE_OTHERS)                                                                                                  \
    X(WRITE)                                                                                                           \
    X(WRITE_OTHERS)                                                                                                    \
    X(ATOMIC)                                                                                                          \
    X(POLL)                                                                                                            \
    X(PUT)       /* by the owner */                                                                                    \
    X(PUT_CLEAN) /* by the owner */                                                                                    \
    X(PUT_STALE) /* by somebody who no longer is */                                                                    \
    X(EVICT)                                                                                                           \
    X(EVICT_OTHERS)                                                                                                    \
    X(HOST) /* the host has written the line */                                                                        \
    X(FILL)                                                                                                            \
    X(INVALIDATE_ACK)                                                                                                  \
    X(LAST_ACK)                                                                                                        \
    X(OWNER_DATA)

#define HOME_ACTIONS(X)                                                                                                \
    X(NONE)                                                                                                            \
    X(ALLOCATE)                                                                                                        \
    X(FETCH) /* opens an MSHR in which the request waits, reads the missing sectors */                                 \
    X(FILL)                                                                                                            \
    X(DATA)                                                                                                            \
    X(DATA_EX)                                                                                                         \
    X(UPGRADE_ACK)                                                                                                     \
    X(WRITE)      /* the line takes the data */                                                                        \
    X(WRITE_ACK)  /* at once, or when memory has taken a result */                                                     \
    X(ATOMIC)     /* with its ack */                                                                                   \
    X(POLL)       /* with its answer */                                                                                \
    X(ADD_SHARER) /* the requester */                                                                                  \
    X(DROP_SHARER)                                                                                                     \
    X(SET_OWNER)                                                                                                       \
    X(OWNER_SHARES) /* the owner becomes a sharer */                                                                   \
    X(NO_OWNER)                                                                                                        \
    X(INVALIDATE) /* to all others; opens an MSHR in which the request waits */                                        \
    X(INVALIDATE_ALL)                                                                                                  \
    X(FORWARD_READ) /* to the owner; opens an MSHR likewise */                                                         \
    X(FORWARD_READ_EX)                                                                                                 \
    X(TAKE) /* the owner's data */                                                                                     \
    X(PUT_ACK)                                                                                                         \
    X(REPLAY) /* what waits in the MSHR is told anew, in order */                                                      \
    X(FREE)   /* the way, after its dirty sectors went to the write queue */                                           \
    X(STALE)  /* nothing of the line is here any more */

#define X(id, flags) HOME_##id,
enum home_state { HOME_STATES(X) HOME_STATE_COUNT };
#undef X
#define X(id) HOME_ON_##id,
enum home_event { HOME_EVENTS(X) HOME_EVENT_COUNT };
#undef X
#define X(id) HOME_DO_##id,
enum home_action { HOME_ACTIONS(X) HOME_ACTION_COUNT };
#undef X

struct home_protocol {
    const char *name;
    uint32_t states;
    bool directory; /* keeps sharers and owner */
    struct protocol_row row[HOME_STATE_COUNT][HOME_EVENT_COUNT];
};

extern const char *const l1_state_names[L1_STATE_COUNT], *const l1_event_names[L1_EVENT_COUNT],
                                                             *const l1_action_names[L1_ACTION_COUNT];
extern const char *const home_state_names[HOME_STATE_COUNT], *const home_event_names[HOME_EVENT_COUNT],
                                                                 *const home_action_names[HOME_ACTION_COUNT];
extern const uint8_t l1_state_flags[L1_STATE_COUNT], home_state_flags[HOME_STATE_COUNT];
extern const uint8_t l1_action_needs[L1_ACTION_COUNT];

extern const struct l1_protocol l1_vi, l1_mesi;
extern const struct home_protocol home_vi, home_mesi;

/* By enum dynamic_protocol. */
const struct l1_protocol *l1_protocol_of(uint32_t protocol);
const struct home_protocol *home_protocol_of(uint32_t protocol);

/* For the tables: actions and next state; next state alone; the same state. */
/* clang-format off */
#define GO(next, ...) {ROW_GO, (next), {__VA_ARGS__}}
#define MOVE(next)    {ROW_GO, (next), {0}}
#define STAY(state)   {ROW_GO, (state), {0}}
#define WAIT          {ROW_WAIT, 0, {0}}
#define NEVER         {ROW_NEVER, 0, {0}}
/* clang-format on */

#endif
