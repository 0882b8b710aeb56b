/* SPDX-License-Identifier: Apache-2.0 */
/* l2_state.h - inside of the L2 slice, shared by l2_*.c only.
 *
 *     requests --> tag slot (one per cycle) <-- replays of what waited in MSHRs
 *                    |            |
 *                    v latency    v latency
 *                 out queues    memory queue --> dram_out
 *
 * Only the request at the head of its queue ever waits for something while it holds nothing: for a way, an MSHR, a
 * place in a queue. What is under way holds a way and an MSHR and needs only answers, which are always taken; a recall,
 * for which others wait, is such (l2_recall.c). So nothing here can wait in a circle.
 *
 * What is asked most lies close together: a set, which knows its ways by a byte of their tags and the order of their
 * last uses, is one line of the host's cache (16 ways), line, state, sectors and MSHR of eight ways another one. What
 * the data of a way are lies apart and is touched only where data comes or goes. */
#ifndef HW_CACHE_L2_STATE_H
#define HW_CACHE_L2_STATE_H

#include "hw/cache/l2_queue.h"
#include "hw/cache/l2_slice.h"
#include "hw/cache/message_ring.h"
#include "hw/cache/protocol.h"
#include "hw/cache/set_index.h"

#include <string.h>

#define L2_EVICTION    MSG_COUNT /* type of what makes room: an eviction, a recall before it */
#define L2_SOON_PLACES 8u        /* besides the acks of writes, which always have room */

#define L2_NO_MSHR     UINT16_MAX
#define L2_DIRTY_SHIFT 4u

/* A way: what a look-up and the choice of a victim want to know. */
struct l2_tag {
    uint32_t line;
    uint16_t mshr;   /* in which requests wait for it, or L2_NO_MSHR */
    uint8_t state;   /* enum home_state */
    uint8_t sectors; /* those that are here; << L2_DIRTY_SHIFT: those that memory has not */
};

/* The directory's entry of a way, where there is a directory. */
struct l2_sharing {
    uint32_t owner; /* L1 or L2_NOBODY */
    uint32_t n;     /* of sharers */
};

/* Bytes of a set: the order of the last uses of its ways, those in use only; a byte of each way's tag, 0: free, as many
 * as whole words hold; from set_links on per way the next newer and the next older one. */
enum { SET_NEWEST, SET_OLDEST, SET_USED, SET_TAGS = 8 };

/* In one line of the host's cache. */
struct l2_mshr {
    _Alignas(L2_HOST_LINE) uint32_t line;
    uint32_t way, set;
    uint32_t next;           /* replay list */
    uint32_t first, last, n; /* targets: requests that wait, in order; of a recall: also those of other lines */
    uint32_t acks;           /* to come */
    uint8_t fetch;           /* sectors asked of memory */
    bool used, recall;
    uint32_t sent; /* targets that were there when memory was asked... */
    uint32_t owed; /* ...of these, so many from the first one on do not say yet that they were in memory... */
    uint64_t sent_at, back_at; /* ...from then, till then */
};

/* A write to memory, from the moment in which it is decided until memory has it. */
struct l2_write {
    bool used;
    uint32_t ack;   /* place of the request that waits for it; L2_NOBODY: nobody does */
    uint32_t next;  /* of the free ones */
    uint32_t after; /* the group's next younger one, or L2_NOBODY */
    uint32_t line;
    struct dram_request request;
};

struct l2_memory_op {
    uint32_t index; /* MSHR (read) or write */
    uint32_t line;
    uint8_t sectors;
    bool write;
    uint64_t ready, number; /* number: order in which they came */
};

/* In the order of their numbers and of their ready cycles. */
struct l2_op_queue {
    struct l2_memory_op *items;
    uint32_t head, n;
};

/* What the last producers of a counter word have told, for the account of who waits for it. */
struct l2_signal {
    uint64_t computed; /* the latest cycle in which one of them had computed its result */
    struct trail way;  /* where the result of the one that came last was, up to here */
};

#define L2_WRITE_GROUPS 64u /* of lines: a list of the writes of each, in the order in which they came */

/* Messages of a virtual network that go out. */
struct l2_out {
    struct l2_queue late, soon; /* behind the pipeline; from replays */
};

/* Rows that are most of the work are carried out in one step where the table says just that, nothing of it is shown,
 * and there is no directory, for which more is to be asked and noted. Sets of states, a bit each: in them... */
struct l2_short {
    uint32_t reads;  /* a read of what is here is answered */
    uint32_t joins;  /* a read waits behind what waits for the line already */
    uint32_t misses; /* a read takes a way and fetches */
    uint32_t writes; /* a write is taken and acknowledged; into a way of its own, where it has none */
    uint32_t frees;  /* an eviction frees the way */
    uint32_t fills;  /* what memory brings is kept, and who waits for it told anew */
};

/* In the order of what is asked together: groups of one line of the host's cache each. */
struct l2_slice {
    /* every evaluation: what is due? */
    const uint32_t *launch; /* number of the present one */
    uint32_t launched;
    uint32_t slot_work;      /* requests and MSHRs that wait for the tag slot */
    uint64_t mail;           /* 1: something was put into dram_in since it was looked at */
    uint64_t dram_at;        /* ready cycle of the first reply of memory */
    struct mailbox *net_in;  /* the port's */
    uint64_t ops_at, out_at; /* no operation, no message out can go before */
    struct l2_wave *wave;    /* NULL: nothing of it is shown */
    /* requests */
    struct net_port *port;
    struct message_store *store;       /* likewise */
    struct l2_line_up requests, again; /* again: for which a recall has made room; before all others */
    uint64_t *refused; /* the request at the head cannot enter; counted here each cycle until something changes */
    uint32_t replay_first, replay_last;
    uint32_t slice_shift; /* a division by a power of two; L2_NOBODY: it is none */
    /* look-up */
    struct l2_tag *tags; /* of way i of a set: [set * ways + i]; likewise all else of a way */
    uint32_t *data;      /* identity_number() */
    uint8_t *set_bytes;
    const struct home_protocol *protocol;
    struct l2_short shorts;
    uint64_t set_inverse;
    uint32_t sets, set_stride, set_links, ways;
    uint32_t set_bits; /* of a digit of the set index */
    uint32_t latency;
    /* out */
    struct l2_out out[VN_COUNT];
    struct l2_params p;
    struct l2_map map;
    struct l2_stat stat;
    uint64_t uncounted; /* `refused` of those whose wait is no statistic */
    /* transactions */
    struct l2_mshr *mshrs;
    uint16_t *free_mshrs;     /* n_free: the one closed last is opened first */
    uint32_t n_free, waiting; /* waiting: requests, for recalls or in `again` */
    uint32_t sharer_words;
    uint64_t atomic_free;
    struct l2_sharing *sharing;
    uint64_t *sharers; /* [way][word] */
    uint32_t *counters;
    struct l2_signal *signals; /* of each counter */
    /* memory */
    struct mailbox *dram_out, *dram_in;
    struct l2_op_queue ops[2]; /* [1]: those that became ready before what was in [0] already */
    uint64_t op_number;
    uint32_t n_ops;                         /* in both */
    uint32_t op_mask;                       /* a ring's places are a power of two */
    uint32_t channel_slices, channel_first; /* slices of a channel; this one among them */
    uint32_t n_writes, free_write;
    struct l2_write *writes;
    uint32_t groups[L2_WRITE_GROUPS]; /* the oldest write of each */
    struct run_control *run;
    char *name;
    uint32_t no_launch;
    uint8_t needs[HOME_STATE_COUNT][HOME_EVENT_COUNT]; /* of all actions of a row: HOME_... */
    void *memory, *sets_memory, *tags_memory, *data_memory, *mshrs_memory, *ops_memory;
};

/* What a row is carried out for. */
struct l2_step {
    uint64_t cycle;
    const struct message *message; /* request, or what answers; NULL: an eviction, memory, the host */
    uint32_t place;                /* of the request until an action has kept it: its message; L2_NOBODY */
    uint32_t line, set, way, mshr;
    uint32_t victim;              /* way for ALLOCATE... */
    bool evicts;                  /* ...in which there is a line now */
    uint32_t data;                /* that the message or memory brings */
    uint32_t value;               /* that an answer without data brings */
    const struct l2_signal *told; /* POLL: what the word's producers have told, else NULL */
    uint8_t type, sectors;        /* L2_EVICTION has no message */
    uint8_t answer;               /* type of the answer; L2_EVICTION: none yet */
    uint8_t state, event;         /* of the line and the step when the row was chosen */
    bool replay;
};

/* What an action must find before it begins. */
#define HOME_RESPONSE  1u
#define HOME_FORWARDS  2u  /* to all L1s */
#define HOME_MSHR      4u  /* when the request does not wait in one already */
#define HOME_RESULT    8u  /* a place in the write queue, for a write-through */
#define HOME_VICTIM    16u /* likewise for the way's dirty sectors */
#define HOME_ALLOCATES 32u /* a way; l2_tag.c makes sure of it */

/* ---- l2_lines.c ---- */
void l2_lines_make(struct l2_slice *s);
void l2_lines_free(struct l2_slice *s);
/* The way for a new line of a set; L2_NOBODY: none. *evicts: there is a line in it. */
uint32_t l2_victim(const struct l2_slice *s, uint32_t set, bool *evicts);
/* It becomes the line's way. */
void l2_way_take(struct l2_slice *s, uint32_t line, uint32_t set, uint32_t way);
void l2_way_free(struct l2_slice *s, uint32_t set, uint32_t way);
bool l2_is_sharer(const struct l2_slice *s, uint32_t way, uint32_t cache);
void l2_add_sharer(struct l2_slice *s, uint32_t way, uint32_t cache);
void l2_drop_sharer(struct l2_slice *s, uint32_t way, uint32_t cache);
bool l2_others(const struct l2_slice *s, uint32_t way, uint32_t cache);
/* The request in this place is the first that waits; L2_NOBODY: a recall, for which nobody waits yet. */
uint32_t l2_mshr_open(struct l2_slice *s, uint32_t line, uint32_t set, uint32_t way, uint32_t place);
void l2_mshr_join(struct l2_slice *s, uint32_t mshr, uint32_t place);
void l2_mshr_close(struct l2_slice *s, uint32_t mshr);
void l2_mshr_trail(struct l2_slice *s, uint32_t mshr, uint64_t cycle, enum trail_place place);
/* Memory was asked at sent_at and has answered at `done`. Those who waited for it are told when it is their turn: each
 * lies in another line of the host's cache. */
static inline void l2_mshr_back(struct l2_slice *s, uint32_t mshr, uint64_t done)
{
    s->mshrs[mshr].owed = s->mshrs[mshr].sent;
    s->mshrs[mshr].back_at = done;
}
/* It is the turn of the first one; or of all. */
void l2_mshr_tell_first(struct l2_slice *s, struct l2_mshr *m);
void l2_mshr_tell_all(struct l2_slice *s, struct l2_mshr *m);

/* ---- l2_tag.c ---- */
/* The row for the step in the state of its line, which must be one that says GO or WAIT. */
const struct protocol_row *l2_row(const struct l2_slice *s, struct l2_step *step);
/* A request has come. */
void l2_line_up(struct l2_slice *s, uint32_t place);
/* A request that has come just now and finds nothing before it; L2_NOBODY: there is other work. */
void l2_tag_slot(struct l2_slice *s, uint64_t cycle, uint32_t request);

/* ---- l2_recall.c, where there is a directory ---- */
enum l2_way_answer { L2_WAY_REFUSED, L2_WAY_FOUND, L2_WAY_WAITS };
/* A way of a full set for the request: that of a line without copies, which it evicts; else the request waits for a
 * recall. */
enum l2_way_answer l2_recall_way(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t set, uint32_t *victim);
/* After a line has come into the set: the next one shall find room. */
void l2_recall_ahead(struct l2_slice *s, uint64_t cycle, uint32_t set);
/* Likewise for a request of the line that is recalled. False: there is no place. */
bool l2_recall_wait(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t mshr);
/* The copies are gone. */
void l2_recall_over(struct l2_slice *s, uint64_t cycle, uint32_t mshr);

/* ---- l2_action.c ---- */
void l2_sum_needs(struct l2_slice *s);
/* Actions: */
void l2_allocate(struct l2_slice *s, uint64_t cycle, uint32_t line, uint32_t set, uint32_t way, bool evicts);
void l2_fetch(struct l2_slice *s, uint64_t ready, uint32_t mshr, uint8_t sectors);
void l2_fill(struct l2_slice *s, uint32_t way, uint8_t sectors, uint32_t data);
void l2_write(struct l2_slice *s, const struct message *m, uint32_t set, uint32_t way);
void l2_replay(struct l2_slice *s, uint64_t cycle, uint32_t mshr);
void l2_apply(struct l2_slice *s, struct l2_step *step, const struct protocol_row *row);
/* A read's line is here, in a state of `reads`: the request becomes the answer. A write is done: likewise. */
void l2_answer_read(struct l2_slice *s, uint64_t cycle, uint32_t place, uint32_t way, uint32_t set, bool replay);
void l2_answer_write(struct l2_slice *s, uint64_t cycle, uint32_t place);
/* What is not asked about: memory and caches answer, the host has written. */
void l2_tell(struct l2_slice *s, struct l2_step *step, enum home_event event);
/* The step's request becomes its answer, but for sectors and data. */
struct message *l2_reply(struct l2_slice *s, struct l2_step *step, enum message_type type);

/* ---- l2_memory.c ---- */
void l2_memory_make(struct l2_slice *s);
void l2_memory_free(struct l2_slice *s);
/* The sectors that the MSHR says. */
void l2_memory_read(struct l2_slice *s, uint64_t ready, uint32_t mshr, uint32_t line);
/* Sectors of a way go to memory; `ack`: place of the write that waits for it, or L2_NOBODY. */
void l2_memory_write(struct l2_slice *s, uint64_t ready, uint32_t way, uint8_t sectors, uint32_t ack);
void l2_memory_issue(struct l2_slice *s, uint64_t cycle);
/* Something new has come from memory. */
void l2_memory_expect(const struct l2_slice *s);
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
/* The line's number in this slice. */
static inline uint32_t l2_local(const struct l2_slice *s, uint32_t line)
{
    return s->slice_shift != L2_NOBODY ? line >> s->slice_shift : line / s->map.home.slices;
}
static inline uint32_t l2_set_of(const struct l2_slice *s, uint32_t local)
{
    return set_index_by(local, s->sets, s->set_bits, s->set_inverse);
}
static inline uint8_t *l2_set_bytes(const struct l2_slice *s, uint32_t set)
{
    return &s->set_bytes[(size_t)set * s->set_stride];
}
#define L2_EACH_BYTE UINT64_C(0x0101010101010101)

/* Top bits of the bytes of a word that are `byte`; a byte above such a one may be marked wrongly. */
static inline uint64_t l2_bytes_that_are(const uint8_t *word, uint8_t byte)
{
    uint64_t bytes;
    memcpy(&bytes, word, sizeof bytes);
    bytes ^= byte * L2_EACH_BYTE;
    return (bytes - L2_EACH_BYTE) & ~bytes & L2_EACH_BYTE << 7;
}

/* Multiplicative hashing; 0 is kept for free ways. */
static inline uint8_t l2_tag_byte(uint32_t local)
{
    uint8_t byte = (uint8_t)(local * UINT32_C(2654435769) >> 24);
    return byte ? byte : 1;
}

/* The way of a line in its set, or L2_NOBODY. Most often it is the one that was used last: a line is asked for by
 * several. */
static inline uint32_t l2_way_of(const struct l2_slice *s, uint32_t set, uint32_t local, uint32_t line)
{
    uint32_t first = set * s->ways;
    const struct l2_tag *ways = &s->tags[first];
    __builtin_prefetch(ways); /* while the host fetches the set */
    __builtin_prefetch(ways + s->ways - 1);
    __builtin_prefetch(&s->data[first]);
    const uint8_t *bytes = l2_set_bytes(s, set), *tags = bytes + SET_TAGS, tag = l2_tag_byte(local);
    uint32_t newest = bytes[SET_NEWEST];
    if (tags[newest] == tag && ways[newest].line == line)
        return first + newest;
    for (uint32_t i = 0; i < s->ways; i += 8)
        for (uint64_t bits = l2_bytes_that_are(tags + i, tag); bits; bits &= bits - 1) {
            uint32_t at = i + (uint32_t)__builtin_ctzll(bits) / 8;
            if (tags[at] == tag && ways[at].line == line)
                return first + at;
        }
    return L2_NOBODY;
}
static inline bool l2_is_short(uint32_t states, uint32_t state)
{
    return states >> state & 1;
}
static inline void l2_find(const struct l2_slice *s, struct l2_step *step)
{
    step->way = l2_way_of(s, step->set, l2_local(s, step->line), step->line);
}

static inline bool l2_write_room(const struct l2_slice *s)
{
    return s->n_writes < s->p.queue;
}
static inline struct message *l2_message(const struct l2_slice *s, uint32_t place)
{
    return message_at(s->store, place);
}
/* What came here long ago is no longer in the host's nearest caches. */
static inline void l2_fetch_ahead(const struct l2_slice *s, uint32_t place)
{
    const unsigned char *m = (const unsigned char *)l2_message(s, place);
    __builtin_prefetch(m);
    __builtin_prefetch(m + L2_HOST_LINE);
}
/* L1 of this chip that has sent the step's message and may keep a copy, or L2_NOBODY. */
static inline uint32_t l2_requester(const struct l2_slice *s, const struct l2_step *step)
{
    const struct message *m = step->message;
    bool own = m && m->from_chip == s->map.chip && m->from < s->map.caches;
    return own && m->type != MSG_READ_ONCE ? m->from : L2_NOBODY;
}
static inline uint32_t l2_mshr_of(const struct l2_tag *t)
{
    return t->mshr != L2_NO_MSHR ? t->mshr : L2_NOBODY;
}
static inline uint8_t l2_valid(const struct l2_tag *t)
{
    return t->sectors & ALL_SECTORS;
}
static inline uint8_t l2_dirty(const struct l2_tag *t)
{
    return t->sectors >> L2_DIRTY_SHIFT;
}
static inline bool l2_out_room(const struct l2_slice *s, bool replay, enum virtual_network vn, uint32_t n)
{
    if (!replay)
        return s->out[vn].late.n + n <= s->out[vn].late.most;
    /* Places of acks of results are not for others. */
    uint32_t kept = vn == VN_RESPONSE ? s->p.queue : 0;
    return s->out[vn].soon.n + n + kept <= s->out[vn].soon.most;
}
static inline uint32_t l2_needs(const struct l2_slice *s, const struct l2_step *step)
{
    return s->needs[step->state][step->event];
}
/* May this read be answered by l2_answer_read()? */
static inline bool l2_reads(const struct l2_slice *s, const struct message *m, const struct l2_tag *t)
{
    return l2_is_short(s->shorts.reads, t->state) && l2_valid(t) && (m->sectors & ~l2_valid(t)) == 0;
}
/* Has everything that this row needs room? */
static inline bool l2_room_for(const struct l2_slice *s, const struct l2_step *step, uint32_t needs)
{
    if (needs & HOME_RESPONSE && !l2_out_room(s, step->replay, VN_RESPONSE, 1))
        return false;
    if (needs & HOME_FORWARDS && !l2_out_room(s, step->replay, VN_FORWARD, s->map.caches))
        return false;
    if (needs & HOME_MSHR && step->mshr == L2_NOBODY && s->n_free == 0)
        return false;
    bool result = needs & HOME_RESULT && step->message && step->message->through;
    bool victim = needs & HOME_VICTIM && l2_dirty(&s->tags[step->way]);
    return !(result || victim) || l2_write_room(s);
}
/* The request at the head cannot enter before something changes: counted there in each cycle till then. */
static inline bool l2_refuse(struct l2_slice *s, uint64_t *count)
{
    ++*count;
    s->refused = count;
    return false;
}
/* What evicts the line of a way. */
static inline struct l2_step l2_eviction(uint64_t cycle, uint32_t line, uint32_t set, uint32_t way)
{
    return (struct l2_step) {.cycle = cycle,
                             .place = L2_NOBODY,
                             .line = line,
                             .set = set,
                             .way = way,
                             .mshr = L2_NOBODY,
                             .type = L2_EVICTION,
                             .answer = L2_EVICTION};
}
/* A request that was neither answered nor kept ends here (tables of tests, from which an action was taken). */
static inline void l2_step_over(struct l2_slice *s, const struct l2_step *step)
{
    if (step->place != L2_NOBODY)
        message_give(s->store, step->place);
}
/* The way is used: the newest of its set. */
static inline void l2_touch(struct l2_slice *s, uint32_t way, uint32_t of_set)
{
    uint8_t *set = l2_set_bytes(s, of_set), *links = set + s->set_links, newest = set[SET_NEWEST];
    uint8_t i = (uint8_t)(way - of_set * s->ways);
    if (i == newest)
        return;
    uint8_t newer = links[2 * i], older = links[2 * i + 1];
    links[2 * newer + 1] = older;
    if (set[SET_OLDEST] == i)
        set[SET_OLDEST] = newer;
    else
        links[2 * older] = newer;
    links[2 * i + 1] = newest;
    links[2 * newest] = i;
    set[SET_NEWEST] = i;
}

#endif
