/* SPDX-License-Identifier: Apache-2.0 */
/* l1.h - first-level cache of an SM: tags, MSHRs, a protocol table; the SM's door to the network.
 *
 *     SM --access--> [tags, data identities] --miss--> [MSHRs] --> out queues (per virtual network) ==> net_port
 *     SM <--done---- [hits under way] | what the messages of this cycle bring <======================== net_port
 *
 * Part of the SM's box: called by the SM core, no mailbox between them. Cycle of the box:
 *   1. l1_begin(cycle): takes messages in, answers forwards and invalidations, up to a message that completes something
 *   2. the SM takes completions until there is none (l1_done, which takes in the other messages), only then makes
 *      acquires and accesses (l1_access)
 *   3. l1_end(cycle): sends what its queues hold and the port has room for; returns its next own cycle
 *
 * One request leaves per cycle. Where the port has room for it now, it will have it then: the request is written to the
 * port when it is made, to be seen when it would have left, and nobody wakes up to send it. (Not where the cache also
 * answers: the mailbox keeps its order, and an answer must not stand behind a later request.)
 *
 * An access names whole sectors of one line. A plain load that hits is done at cycle + hit_latency. Loads that miss
 * wait in an MSHR (several may share one). Stores: `vi` writes through, a copy here is updated; `mesi` makes the line
 * modified here. Bypassing loads (cp.async.cg, ld.cg) do not look at the tags under `vi`; under `mesi`
 * they are plain loads. Remote lines (home chip != own) are never cached; nor are those of a switch, which adds what
 * the chips of a group have there (L1_LOAD), or stores to all of them. Polls and atomics go to the home.
 * A miss on a line that this cache had and lost to an invalidation says so (accounts: coherence).
 * Identities of data travel with the lines; who reads compares. Source of the tables: docs/model/coherence.md. */
#ifndef HW_CACHE_L1_H
#define HW_CACHE_L1_H

#include "sim/base/dynamic_params.h"
#include "sim/kernel/net_port.h"
#include "sim/kernel/run_control.h"
#include "sim/kernel/slot_counter.h"

enum l1_kind { L1_LOAD, L1_LOAD_BYPASS, L1_STORE, L1_ATOMIC, L1_POLL };

struct l1_request {
    uint8_t kind; /* enum l1_kind */
    uint8_t sectors;
    uint8_t word;  /* L1_POLL */
    uint8_t bytes; /* L1_STORE: payload in this line */
    bool through;  /* L1_STORE: a result of the work, to HBM at once */
    uint16_t home; /* chip, or switch */
    uint32_t line;
    uint32_t words;          /* L1_ATOMIC; to a switch: its group */
    uint32_t tag;            /* handed back in the completion */
    uint32_t data;           /* L1_STORE: identity_number() */
    uint64_t computed;       /* L1_ATOMIC: the cycle in which what it tells of had been computed */
    const struct trail *way; /* L1_ATOMIC: where that was until now; NULL: it tells of nothing */
};

/* Accepted, or why not; who is refused asks again in a later cycle (l1_taken). */
enum l1_answer { L1_ACCEPTED, L1_MSHRS_FULL, L1_TARGETS_FULL, L1_SET_BUSY, L1_QUEUE_FULL };

/* Every access that was accepted is completed once: a load with its data, a store when it is visible to all. */
struct l1_completion {
    uint32_t tag;
    bool lost;                     /* the line had been lost to an invalidation */
    uint64_t ready;                /* cycle from which on the SM may use it */
    uint64_t since;                /* cycle of the access; 0: the history is its own alone */
    uint32_t data;                 /* identity_number() */
    const struct message *message; /* that brought it, with its history; NULL: a hit */
};
/* Where it was, from the access on; empty for hits. */
void l1_trail(const struct l1_completion *c, struct trail *t);

struct l1_map { /* where to send: who am I, where do lines live, which endpoint leads to another chip */
    struct home_map home;
    uint16_t chip, endpoint;    /* own */
    uint16_t first_slice;       /* endpoint of slice 0 */
    uint16_t first_port, ports; /* fabric router's endpoints; a remote line goes to port line mod ports */
};

#define L1_FOUND 32u /* states of any protocol, at most */

struct l1_stat {
    uint64_t loads, stores;                  /* lines of accesses, each of which is one of these: */
    uint64_t hits, misses, merges, throughs; /* throughs: stores that go to the home whatever is here */
    uint64_t invalidated, acquires, evictions, writebacks;
    uint64_t coherence_misses;                                           /* on lines lost to an invalidation */
    uint64_t refused_mshrs, refused_targets, refused_set, refused_queue; /* attempts */
    uint64_t found[L1_FOUND];                                            /* accesses, by the state of their line */
};

struct l1;
struct l1 *l1_new(const char *name, const struct l1_params *p, const struct l1_map *map, struct run_control *run);
/* With another table than the protocol's own (tests take entries away). */
struct l1_protocol;
struct l1 *l1_new_with(const char *name, const struct l1_params *p, const struct l1_map *map, struct run_control *run,
                       const struct l1_protocol *protocol);
void l1_free(struct l1 *c);
/* Messages that stay in the chip's store while it works on them, at most; besides those for which its network port has
 * places. */
uint32_t l1_keeps(const struct l1_params *p);
/* Before the first cycle; the port is the caller's. */
void l1_connect(struct l1 *c, struct net_port *port);

/* Before the run: the waveform shows misses outstanding, acquires and invalidations in this scope. */
void l1_show(struct l1 *c, const char *scope, const struct slot_counter *launch);
void l1_show_end(struct l1 *c);

/* Messages or completions are ready in this cycle; without them l1_begin and l1_done have nothing to do. */
bool l1_due(struct l1 *c, uint64_t cycle);
void l1_begin(struct l1 *c, uint64_t cycle);
enum l1_answer l1_access(struct l1 *c, uint64_t cycle, const struct l1_request *r);
/* Loads of the n > 0 lines from r->line on, with tags from r->tag on, one after the other as far as they are accepted;
 * the answer to the last one that was tried. */
enum l1_answer l1_access_lines(struct l1 *c, uint64_t cycle, const struct l1_request *r, uint32_t n,
                               uint32_t *accepted);
/* Messages taken in so far. An access that was refused need not ask again before a message has come or the caller has
 * taken a completion or made an acquire; after L1_QUEUE_FULL also when a request has left. */
uint32_t l1_taken(const struct l1 *c);
/* After l1_end: a request leaves in this cycle. */
bool l1_sends(const struct l1 *c, uint64_t cycle);
/* The next completion that is ready in this cycle, or NULL; each is shown once, valid until the next call. All are to
 * be taken before the next access. */
const struct l1_completion *l1_done(struct l1 *c, uint64_t cycle);
/* Next cycle in which this cache has something to do by itself (completions, queues), CYCLE_NEVER: none. A message that
 * waits for room in the network's queue has the box woken by the credit. */
uint64_t l1_end(struct l1 *c, uint64_t cycle);

/* Acquire: `vi` drops every clean copy at once; `mesi` does nothing. */
void l1_acquire(struct l1 *c, uint64_t cycle);
/* The host has written lines [first, first + n) of this chip's memory: copies are dropped (start of a repeat). */
void l1_host_wrote(struct l1 *c, uint32_t first, uint32_t n);

const struct l1_stat *l1_stat_of(const struct l1 *c);
void l1_stat_clear(struct l1 *c); /* the measured repeat begins */
/* Where the oldest outstanding request with this tag stood last, as far as this cache knows: for dumps. */
void l1_dump(const struct l1 *c, uint64_t cycle, struct diag *d);
/* Accesses that may be under way at once. */
uint32_t l1_most(const struct l1 *c);
/* No request is outstanding and nothing is queued. */
bool l1_idle(const struct l1 *c);

#endif
