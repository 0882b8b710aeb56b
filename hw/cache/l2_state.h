/* SPDX-License-Identifier: Apache-2.0 */
/* l2_state.h - inside of the L2 slice, shared by l2_*.c only.
 *
 *     requests --> tag slot (one per cycle) <-- replays of what waited in MSHRs
 *                    |            |
 *                    v latency    v latency
 *                 out queues    memory queue --> dram_out
 *
 * Only the request at the head of its queue ever waits for something while it holds nothing: for a way
 * (its victim is recalled), an MSHR, a place in a queue. What is under way holds a way and an MSHR and needs only
 * answers, which are always taken. So nothing here can wait in a circle. */
#ifndef HW_CACHE_L2_STATE_H
#define HW_CACHE_L2_STATE_H

#include "hw/cache/l2_slice.h"
#include "hw/cache/message_ring.h"
#include "hw/cache/protocol.h"

#define L2_NOBODY   UINT32_MAX
#define L2_EVICTION MSG_COUNT /* type of the request that a recall works for */

struct l2_way {
    uint32_t line;
    uint8_t state, valid, dirty;
    uint32_t mshr;
    uint32_t owner; /* L1 or L2_NOBODY */
    uint32_t n_sharers;
};

struct l2_mshr {
    uint32_t way, next; /* next: free list, replay list */
    uint32_t head, n;   /* targets: requests that wait, in order */
    uint32_t acks;      /* to come */
    uint8_t fetch;      /* sectors asked of memory */
    bool used, recall, listed;
};

/* A write to memory, from the moment in which it is decided until memory has it. */
struct l2_write {
    bool used, acked; /* acked: somebody waits for it */
    uint32_t line;
    uint64_t number;
    struct dram_request request;
    struct message ack;
};

struct l2_memory_op {
    uint32_t index; /* MSHR (read) or write */
    bool write;
    uint64_t ready, number; /* number: order in which they came */
};

/* In the order of their numbers and of their ready cycles. */
struct l2_op_queue {
    struct l2_memory_op *items;
    uint32_t head, n;
};

struct l2_slice {
    char *name;
    struct l2_params p;
    struct l2_map map;
    struct run_control *run;
    const struct home_protocol *protocol;
    struct net_port *port;
    const struct slot_counter *launch;
    uint32_t launched;
    struct mailbox *dram_out, *dram_in;
    uint32_t sets, sharer_words;
    /* lines */
    struct l2_way *ways;
    uint32_t *lines; /* of the ways once more, close together; L2_NOBODY: free */
    uint64_t *used, uses;
    struct identity *data;
    uint64_t *sharers; /* [way][word] */
    uint32_t *counters;
    /* transactions */
    struct l2_mshr *mshrs;
    struct message *targets;                                       /* [mshr][target] */
    uint32_t free_mshr, n_free, replay_first, replay_last, recall; /* recall: for the request at the head */
    uint64_t atomic_free;
    struct message_ring requests;
    struct message_ring late[VN_COUNT], soon[VN_COUNT]; /* out, behind the pipeline; from replays */
    /* memory */
    struct l2_write *writes;
    uint32_t n_writes;
    uint64_t write_number;
    struct l2_op_queue ops[2]; /* [1]: those that became ready before what was in [0] already */
    uint64_t op_number;
    uint32_t n_ops;  /* in both */
    uint64_t ops_at; /* no operation can go before */
    struct l2_stat stat;
    struct l2_wave *wave; /* NULL: nothing of it is shown */
};

struct l2_step {
    uint64_t cycle;
    const struct message *message; /* request, or what answers */
    uint32_t line, way, mshr;
    uint32_t requester; /* L1 of this chip, or L2_NOBODY */
    bool replay;
};

/* ---- l2_lines.c ---- */
uint32_t l2_find(const struct l2_slice *s, uint32_t line);
uint32_t l2_victim(const struct l2_slice *s, uint32_t line);
void l2_way_take(struct l2_slice *s, uint32_t way, uint32_t line);
void l2_way_free(struct l2_slice *s, uint32_t way);
bool l2_is_sharer(const struct l2_slice *s, uint32_t way, uint32_t cache);
void l2_add_sharer(struct l2_slice *s, uint32_t way, uint32_t cache);
void l2_drop_sharer(struct l2_slice *s, uint32_t way, uint32_t cache);
bool l2_others(const struct l2_slice *s, uint32_t way, uint32_t cache);
uint32_t l2_mshr_open(struct l2_slice *s, uint32_t way, const struct message *first);
void l2_mshr_close(struct l2_slice *s, uint32_t mshr);
struct message *l2_target(const struct l2_slice *s, uint32_t mshr, uint32_t i);
void l2_mshr_trail(struct l2_slice *s, uint32_t mshr, uint64_t cycle, enum trail_place place);

/* ---- l2_action.c ---- */
enum home_event l2_event_of(const struct l2_slice *s, const struct l2_step *step, enum home_state state);
const struct protocol_row *l2_row(const struct l2_slice *s, enum home_state state, enum home_event event,
                                  uint32_t line);
/* Has everything that this row needs room? */
bool l2_room_for(const struct l2_slice *s, const struct l2_step *step, const struct protocol_row *row);
void l2_apply(struct l2_slice *s, struct l2_step *step, enum home_state state, enum home_event event);
struct message *l2_reply(struct l2_slice *s, const struct l2_step *step, enum message_type type);

/* ---- l2_memory.c ---- */
bool l2_write_room(const struct l2_slice *s);
void l2_memory_read(struct l2_slice *s, uint64_t ready, uint32_t mshr);
/* Sectors of a way go to memory; `ack`: the write that waits for it, or NULL. */
void l2_memory_write(struct l2_slice *s, uint64_t ready, uint32_t way, uint8_t sectors, const struct message *ack);
void l2_memory_issue(struct l2_slice *s, uint64_t cycle);
void l2_memory_take(struct l2_slice *s, uint64_t cycle);

/* ---- l2_wave.c, where a wave is there: a row is carried out; after the cycle ---- */
void l2_wave_event(struct l2_slice *s, const struct protocol_row *row, enum home_event event);
void l2_wave_cycle(struct l2_slice *s, uint64_t cycle);

static inline bool l2_counts_here(const struct l2_slice *s, uint32_t line)
{
    return line < s->map.counter_lines;
}
static inline bool l2_is_input(const struct l2_slice *s, uint32_t line)
{
    return line - s->map.input_first < s->map.input_lines;
}

#endif
