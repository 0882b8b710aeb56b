/* SPDX-License-Identifier: Apache-2.0 */
/* l1_state.h - inside of the L1, shared by l1.c, l1_lines.c and l1_action.c only.
 *
 *     way:  line, state, sectors, number of the data --mshr--> MSHR: what waits for the line (targets), whom to tell
 * apart
 *
 * A transaction with a way keeps its state there; one without (a line being put back, a bypassing or
 * detached read) keeps it in its MSHR, found through a small hash table of lines. */
#ifndef HW_CACHE_L1_STATE_H
#define HW_CACHE_L1_STATE_H

#include "hw/cache/l1.h"
#include "hw/cache/message_ring.h"
#include "hw/cache/protocol.h"
#include "hw/cache/set_index.h"

#define L1_NOBODY UINT32_MAX

struct l1_way {
    uint32_t line;
    uint8_t state, valid; /* state I: no copy; line still says what was here */
    bool lost;            /* by an invalidation */
    uint32_t mshr;
};

/* An access that waits. */
struct l1_target {
    uint64_t cycle;
    uint32_t tag;
    bool store; /* its data is in target_data[] */
};

/* Half a line of the host's cache, with the first target: most have no other. */
struct l1_mshr {
    uint64_t cycle; /* when it was opened: of the first target */
    uint32_t tag;   /* the first target's */
    uint32_t line, way;
    uint16_t home;
    uint16_t chain; /* next with the same hash, L1_CHAIN_END */
    uint8_t state;  /* of a transaction without a way */
    uint8_t sectors;
    uint8_t n_targets;
    uint8_t stores;  /* L1_FIRST_STORES, L1_STORES */
    bool used, open; /* open: later bypassing loads may share it */
    bool passed;     /* data completes and releases it: no way, no stores, till it is closed */
    bool lost;       /* the line, to an invalidation */
};
/* The first target, any of them, is a store. */
#define L1_FIRST_STORES 1u
#define L1_STORES       2u

#define L1_CHAIN_END UINT16_MAX

/* A load that hit, until its latency is over. */
struct l1_hit {
    uint32_t tag;
    uint64_t ready;
    uint32_t data;
};

struct hit_ring {
    struct l1_hit *items;
    uint32_t head, n, places;
};

/* What the message taken in last completes: the n targets of an MSHR, or the access with its tag. The MSHR may be free
 * again, and the message is given back: neither is used anew before all has been taken. */
struct l1_fill {
    uint32_t mshr; /* L1_NOBODY: the tag's */
    uint8_t next, n;
    bool stores;
};

/* What the cache knows of the lines with the same hash. */
struct l1_bucket {
    uint16_t mshrs; /* chain */
    uint16_t ways;  /* how many hold such a line, or wait for it; UINT16_MAX: nobody counts any more */
};

/* What every evaluation looks at is in the first line of the host's cache, what completes a load that passed in the
 * second one, what accesses need besides in the next ones. */
struct l1 {
    struct net_port *port;
    uint64_t hit_at;             /* the oldest hit is ready; CYCLE_NEVER: none is under way */
    struct mailbox *in;          /* the port's */
    struct message_store *store; /* likewise */
    struct l1_wave *wave;        /* NULL: nothing of it is shown */
    uint32_t waiting;            /* messages in out[] and forwards */
    uint32_t taken;              /* messages */
    uint32_t outstanding;        /* accesses not yet handed back */
    struct l1_fill fill;         /* its completions not yet handed back: next < n */
    uint32_t n_free;

    struct l1_completion shown;
    struct l1_mshr *mshrs;
    struct l1_bucket *buckets;
    uint32_t bucket_mask;
    uint16_t n_mshrs;

    uint16_t *free;  /* MSHRs, n_free: the one closed last is opened first */
    uint64_t leaves; /* requests written to the port leave in the cycles before */
    struct hit_ring hits;
    uint32_t max_outstanding;
    uint32_t slice_bits;       /* slices are 2^slice_bits; 0: another number */
    uint32_t *mshr_data;       /* of lines that are put back; NULL: the table knows none */
    struct l1_target *targets; /* [mshr][target - 1]: behind the first */
    bool answers;              /* the table also sends responses */
    bool acquires;             /* it does something at an acquire */
    bool passes;               /* it lets bypassing loads of all states pass by: READ_PASS and nothing else */
    bool completes;            /* data for an MSHR without a way completes and releases it, and nothing else */
    uint32_t told;             /* types of messages that tell the access with their tag that it is done, no more */
    struct message blank;      /* of a message to the own chip's memory */
    struct l1_map map;
    struct l1_params p;
    struct message_ring out[VN_COUNT], forwards; /* requests that found no room in the port; answers */
    struct l1_stat stat;
    /* lines */
    const struct l1_protocol *protocol;
    struct l1_way *ways; /* [set][way] */
    uint64_t *used;
    uint32_t *data;
    uint64_t uses;
    uint32_t sets, set_bits;
    uint32_t *target_data;                         /* of stores that wait; NULL: as mshr_data */
    uint8_t needs[L1_STATE_COUNT][L1_EVENT_COUNT]; /* of the rows' actions */
    struct run_control *run;
    char *name;
    void *mshr_block, *block; /* block: of this itself */
};

/* What an event is about while its row is carried out. */
struct l1_step {
    uint64_t cycle;
    const struct l1_request *request; /* or */
    const struct message *message;
    uint32_t line, way, mshr, victim; /* L1_NOBODY: none; victim: where ALLOCATE puts the line */
    uint32_t pass;                    /* READ_PASS: an open read to share, found by the check of the access's needs */
};

/* Carries out a row, which is GO; the row of (state, event). */
void l1_carry_out(struct l1 *c, struct l1_step *s, const struct protocol_row *row);
/* The same of an access. */
void l1_access_row(struct l1 *c, struct l1_step *s, const struct protocol_row *row);
/* Where the table says `passes`: l1_access_lines of bypassing loads. */
enum l1_answer l1_pass(struct l1 *c, uint64_t cycle, const struct l1_request *r, uint32_t n, uint32_t *accepted);
/* Where it says `completes`: data has come for the MSHR of a load that passed. */
void l1_complete(struct l1 *c, uint64_t cycle, uint32_t mshr, const struct message *m);
/* A message of one of the types in `told`. */
void l1_tell(struct l1 *c, uint64_t cycle, const struct message *m);
void l1_apply(struct l1 *c, struct l1_step *s, enum l1_state state, enum l1_event event);
/* The row of (state, event) is not GO: another one than WAIT stops the run. */
void l1_must_wait(const struct l1 *c, enum l1_state state, enum l1_event event, uint32_t line);

static inline struct l1_bucket *l1_bucket_of(const struct l1 *c, uint32_t line)
{
    return &c->buckets[(line ^ line >> 7) & c->bucket_mask];
}
static inline void l1_set_state(struct l1 *c, struct l1_way *w, uint8_t state)
{
    if ((w->state == L1_I) != (state == L1_I)) {
        struct l1_bucket *b = l1_bucket_of(c, w->line);
        if (b->ways != UINT16_MAX)
            b->ways = (uint16_t)(state == L1_I ? b->ways - 1 : b->ways + 1);
    }
    w->state = state;
}
/* Target i > 0. */
static inline struct l1_target *l1_target(const struct l1 *c, uint32_t mshr, uint32_t i)
{
    return &c->targets[mshr * (c->p.mshr_targets - 1) + i - 1];
}
static inline bool l1_target_stores(const struct l1 *c, uint32_t mshr, uint32_t i)
{
    return i == 0 ? c->mshrs[mshr].stores & L1_FIRST_STORES : l1_target(c, mshr, i)->store;
}
static inline uint32_t *l1_target_data(const struct l1 *c, uint32_t mshr, uint32_t i)
{
    return &c->target_data[mshr * c->p.mshr_targets + i];
}

/* A new message, to be filled in, behind those of this virtual network that wait. */
static inline struct message *l1_wait(struct l1 *c, enum virtual_network vn)
{
    uint32_t number = message_take(c->port->store);
    c->waiting++;
    message_ring_push(&c->out[vn], number);
    return message_at(c->port->store, number);
}
static inline enum l1_answer l1_refuse(uint64_t *count, enum l1_answer answer)
{
    ++*count;
    return answer;
}
/* Requests that have not left before this cycle. */
static inline uint32_t l1_queued(const struct l1 *c, uint64_t cycle)
{
    return (c->waiting > 0 ? c->out[VN_REQUEST].n : 0) + (c->leaves > cycle ? (uint32_t)(c->leaves - cycle) : 0);
}
/* The cycle in which the next request leaves, when that is certain now; else CYCLE_NEVER. */
static inline uint64_t l1_leaves(const struct l1 *c, uint64_t cycle)
{
    uint64_t at = c->leaves > cycle ? c->leaves : cycle;
    return net_port_room(c->port, VN_REQUEST) && (at == cycle || !c->answers) ? at : CYCLE_NEVER;
}

/* Way and MSHR of a line of the own chip, and its state. */
enum l1_state l1_lookup(const struct l1 *c, uint32_t line, uint32_t *way, uint32_t *mshr);
/* Way for a new line: a free one, else the least recently used that is not pending; L1_NOBODY: all are pending. */
uint32_t l1_victim(const struct l1 *c, uint32_t line);
/* Open bypassing read of the line that asks for these sectors. */
static inline uint32_t l1_find_pass(const struct l1 *c, const struct l1_bucket *b, uint16_t home, uint32_t line,
                                    uint8_t sectors)
{
    for (uint32_t i = b->mshrs; i != L1_CHAIN_END; i = c->mshrs[i].chain) {
        const struct l1_mshr *m = &c->mshrs[i];
        if (m->line == line && m->home == home && m->open && (sectors & ~m->sectors) == 0)
            return i;
    }
    return L1_NOBODY;
}

/* The next free one, for a line of this bucket. Nothing waits in it yet; its state and sectors are the caller's. */
static inline uint32_t l1_mshr_take(struct l1 *c, struct l1_bucket *b, uint16_t home, uint32_t line, uint64_t cycle)
{
    SIM_CHECK(c->n_free > 0, "%s: no free MSHR for line %u", c->name, line);
    uint32_t i = c->free[--c->n_free];
    struct l1_mshr *m = &c->mshrs[i];
    m->chain = b->mshrs;
    b->mshrs = (uint16_t)i;
    m->cycle = cycle;
    m->line = line;
    m->way = L1_NOBODY;
    m->home = home;
    m->n_targets = 0;
    m->used = true;
    m->stores = 0;
    m->open = m->passed = m->lost = false;
    return i;
}
uint32_t l1_mshr_open(struct l1 *c, uint16_t home, uint32_t line, uint64_t cycle);
static inline void l1_mshr_close(struct l1 *c, uint32_t mshr)
{
    struct l1_mshr *m = &c->mshrs[mshr];
    uint16_t *at = &l1_bucket_of(c, m->line)->mshrs;
    while (*at != mshr)
        at = &c->mshrs[*at].chain;
    *at = m->chain;
    m->used = m->passed = false;
    c->free[c->n_free++] = (uint16_t)mshr;
}

/* l1_wave.c, where a wave is there: after the cycle; when the counts are cleared. */
void l1_wave_cycle(struct l1 *c, uint64_t cycle);
void l1_wave_clear(struct l1 *c);

#endif
