/* SPDX-License-Identifier: Apache-2.0 */
/* cache_bench.h - L1s and L2 slices of one chip without SystemC, on a network that delivers each message after a
 * chosen or random delay, in any order, and a memory that does the same.
 *
 *     driver --l1_access--> L1 0..n-1 ==port==> network (list of messages with due cycles) ==port==> slice 0..m-1
 *                                                                            memory (one) <--mailboxes--'
 *
 * The order in which boxes are evaluated is turned round every cycle when `shuffle` is set. */
#ifndef TESTS_UNIT_CACHE_CACHE_BENCH_H
#define TESTS_UNIT_CACHE_CACHE_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "hw/cache/l1.h"
#include "hw/cache/l2_slice.h"
#include "hw/cache/protocol.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"
#include "tests/unit/hw/core_bench.h"
#include "tests/unit/hw/port_bench.h"

#define BENCH_CACHES 16u
#define BENCH_SLICES 4u
#define BENCH_ENDS   (BENCH_CACHES + BENCH_SLICES + 1u) /* the last: another chip */

struct bench_flight {
    struct message m;
    uint64_t due;
};

struct bench_reply {
    struct dram_reply r;
    uint32_t slice, line;
    uint64_t due;
};

struct bench_end {
    struct net_port port;
    struct credit_line out_credit; /* network's */
    uint32_t sent[VN_COUNT];       /* to the endpoint */
};

struct cache_bench_params {
    uint32_t caches, slices;
    struct l1_params l1;
    struct l2_params l2;
    uint32_t counter_lines, input_first, input_lines;
    uint32_t delay_min, delay_max; /* network */
    uint32_t dram_min, dram_max;
    uint32_t places; /* messages per virtual network at each end */
    const struct l1_protocol *l1_table;
    const struct home_protocol *home_table;
    uint64_t seed;
    bool shuffle;
    bool lazy; /* slices sleep when they say so */
};

struct cache_bench {
    struct core_bench core;
    struct cache_bench_params p;
    struct l1 *l1[BENCH_CACHES];
    struct l2_slice *l2[BENCH_SLICES];
    struct bench_end ends[BENCH_ENDS];
    uint32_t n_ends;
    struct message_store store;
    struct mailbox *dram_out[BENCH_SLICES], *dram_in[BENCH_SLICES];
    VEC(struct bench_flight, flights);
    VEC(struct bench_reply, replies);
    VEC(uint32_t, memory); /* by line: identity_number() */
    struct rng rng;
    uint64_t cycle;
    uint64_t messages[MSG_COUNT], dram_reads, dram_writes;
    struct home_map map;
    uint64_t next[BENCH_SLICES], evaluations;
    bool deaf; /* the network takes nothing of slices */
};

static inline void bench_end_init(struct cache_bench *b, struct bench_end *e)
{
    uint32_t places = b->p.places;
    e->port.store = &b->store;
    e->port.out = core_bench_mail(&b->core, sizeof(uint32_t), places * VN_COUNT);
    e->port.in = core_bench_mail(&b->core, sizeof(uint32_t), places * VN_COUNT);
    credit_line_init(&e->out_credit, b->core.domain);
    credit_line_init(&e->port.in_credit, b->core.domain);
    e->port.out_credit = &e->out_credit;
    e->port.out_places = e->port.in_places = places;
}

static inline void cache_bench_init(struct cache_bench *b, const struct cache_bench_params *p)
{
    memset(b, 0, sizeof *b);
    b->p = *p;
    core_bench_init(&b->core);
    message_store_init(&b->store, PORT_BENCH_PLACES);
    rng_init(&b->rng, p->seed, "cache_bench");
    b->map = (struct home_map) {p->slices, 1};
    b->n_ends = p->caches + p->slices + 1;
    for (uint32_t i = 0; i < b->n_ends; i++)
        bench_end_init(b, &b->ends[i]);
    for (uint32_t i = 0; i < p->caches; i++) {
        struct l1_map map = {.home = b->map,
                             .chip = 0,
                             .endpoint = (uint16_t)i,
                             .first_slice = (uint16_t)p->caches,
                             .first_port = (uint16_t)(p->caches + p->slices),
                             .ports = 1};
        b->l1[i] =
            l1_new_with("l1", &p->l1, &map, &b->core.run, p->l1_table ? p->l1_table : l1_protocol_of(p->l1.protocol));
        l1_connect(b->l1[i], &b->ends[i].port);
    }
    for (uint32_t i = 0; i < p->slices; i++) {
        struct l2_map map = {.home = b->map,
                             .chip = 0,
                             .endpoint = (uint16_t)(p->caches + i),
                             .slice = (uint16_t)i,
                             .caches = (uint16_t)p->caches,
                             .first_port = (uint16_t)(p->caches + p->slices),
                             .ports = 1,
                             .counter_lines = p->counter_lines,
                             .input_first = p->input_first,
                             .input_lines = p->input_lines};
        b->l2[i] = l2_slice_new_with("l2", &p->l2, &map, &b->core.run,
                                     p->home_table ? p->home_table : home_protocol_of(p->l2.protocol));
        b->dram_out[i] = core_bench_mail(&b->core, sizeof(struct dram_request), p->l2.mshrs + p->l2.queue);
        b->dram_in[i] = core_bench_mail(&b->core, sizeof(struct dram_reply), p->l2.mshrs + p->l2.queue);
        l2_slice_connect(b->l2[i], &b->ends[p->caches + i].port, &b->core.counter, b->dram_out[i], b->dram_in[i]);
    }
}

static inline void cache_bench_free(struct cache_bench *b)
{
    for (uint32_t i = 0; i < b->p.caches; i++)
        l1_free(b->l1[i]);
    for (uint32_t i = 0; i < b->p.slices; i++) {
        l2_slice_free(b->l2[i]);
        mailbox_free(b->dram_out[i]);
        mailbox_free(b->dram_in[i]);
    }
    for (uint32_t i = 0; i < b->n_ends; i++) {
        mailbox_free(b->ends[i].port.out);
        mailbox_free(b->ends[i].port.in);
    }
    free(b->flights);
    free(b->replies);
    free(b->memory);
    message_store_free(&b->store);
    core_bench_free(&b->core);
}

/* Of a version of a line. */
static inline uint32_t bench_data(struct cache_bench *b, uint32_t line, uint32_t version)
{
    struct identity id = {.chunk = line, .version = version, .value = version};
    return identity_number(&b->core.run.identities, &id);
}

static inline uint32_t *bench_memory(struct cache_bench *b, uint32_t line)
{
    while (b->n_memory <= line) {
        uint32_t nobody_wrote = bench_data(b, (uint32_t)b->n_memory, 0);
        *VEC_PUSH(b, memory) = nobody_wrote;
    }
    return &b->memory[line];
}

static inline uint64_t bench_delay(struct cache_bench *b, uint32_t min, uint32_t max)
{
    return min + (max > min ? rng_below(&b->rng, max - min + 1) : 0);
}

/* ---- network ---- */

static inline void bench_collect(struct cache_bench *b)
{
    for (uint32_t i = 0; i < b->n_ends; i++) {
        const struct message *m;
        bool deaf = b->deaf && i >= b->p.caches && i < b->p.caches + b->p.slices;
        while (!deaf && (m = port_sent(&b->ends[i].port, b->cycle))) {
            *VEC_PUSH(b, flights) =
                (struct bench_flight) {*m, b->cycle + bench_delay(b, b->p.delay_min, b->p.delay_max)};
            b->messages[m->type]++;
            credit_line_give(&b->ends[i].out_credit, message_vn(m), 1);
            port_sent_pop(&b->ends[i].port);
        }
    }
}

static inline void bench_deliver(struct cache_bench *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n_flights; i++) {
        struct bench_flight *f = &b->flights[i];
        struct bench_end *e = &b->ends[f->m.to];
        uint32_t vn = message_vn(&f->m);
        if (f->due <= b->cycle &&
            e->sent[vn] - credit_line_seen(&e->port.in_credit, vn, b->cycle) < e->port.in_places) {
            e->sent[vn]++;
            port_deliver(&e->port, b->cycle + 1, &f->m);
        } else {
            b->flights[kept++] = *f;
        }
    }
    b->n_flights = kept;
}

/* ---- memory ---- */

static inline void bench_dram(struct cache_bench *b)
{
    for (uint32_t i = 0; i < b->p.slices; i++) {
        const struct dram_request *q;
        while ((q = mailbox_front(b->dram_out[i], b->cycle))) {
            struct bench_reply r = {.slice = i, .due = b->cycle + bench_delay(b, b->p.dram_min, b->p.dram_max)};
            r.r = (struct dram_reply) {.tag = q->tag, .write = q->write, .done = r.due};
            /* A write takes effect when it is done. */
            r.r.data = q->data;
            r.line = q->line;
            *VEC_PUSH(b, replies) = r;
            *(q->write ? &b->dram_writes : &b->dram_reads) += 1;
            mailbox_pop(b->dram_out[i]);
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < b->n_replies; i++) {
        struct bench_reply *r = &b->replies[i];
        if (r->due > b->cycle) {
            b->replies[kept++] = *r;
            continue;
        }
        if (r->r.write)
            *bench_memory(b, r->line) = r->r.data;
        else
            r->r.data = *bench_memory(b, r->line);
        mailbox_write(b->dram_in[r->slice], b->cycle + 1, &r->r, sizeof r->r);
    }
    b->n_replies = kept;
}

/* ---- the cycle ---- */

/* drive: completions and accesses of L1 i in this cycle. */
typedef void bench_drive(void *self, struct cache_bench *b, uint32_t i);

static inline void bench_l1(struct cache_bench *b, uint32_t i, bench_drive *drive, void *self)
{
    l1_begin(b->l1[i], b->cycle);
    if (drive)
        drive(self, b, i);
    l1_end(b->l1[i], b->cycle);
}

static inline void bench_l2(struct cache_bench *b, uint32_t i)
{
    bool mail = mailbox_front(b->ends[b->p.caches + i].port.in, b->cycle) || mailbox_front(b->dram_in[i], b->cycle);
    if (b->p.lazy && !mail && b->cycle < b->next[i])
        return;
    b->next[i] = l2_slice_eval(b->l2[i], b->cycle);
    b->evaluations++;
}

static inline void cache_bench_step(struct cache_bench *b, bench_drive *drive, void *self)
{
    b->core.domain->cycle = b->cycle;
    uint32_t n = b->p.caches + b->p.slices, turn = b->p.shuffle ? (uint32_t)rng_below(&b->rng, n) : 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = (k + turn) % n;
        if (i < b->p.caches)
            bench_l1(b, i, drive, self);
        else
            bench_l2(b, i - b->p.caches);
    }
    bench_collect(b);
    bench_deliver(b);
    bench_dram(b);
    domain_commit(b->core.domain);
    b->core.domain->n_timers = 0; /* everybody is evaluated in every cycle */
    b->cycle++;
}

static inline bool cache_bench_idle(const struct cache_bench *b)
{
    bool idle = b->n_flights == 0 && b->n_replies == 0;
    for (uint32_t i = 0; i < b->p.caches; i++)
        idle = idle && l1_idle(b->l1[i]);
    for (uint32_t i = 0; i < b->p.slices; i++)
        idle = idle && l2_slice_idle(b->l2[i]);
    for (uint32_t i = 0; i < b->n_ends; i++)
        idle = idle && mailbox_count(b->ends[i].port.out) == 0 && mailbox_count(b->ends[i].port.in) == 0;
    return idle;
}

/* ---- one access at a time ---- */

struct bench_completion {
    uint64_t ready;
    struct identity data;
    uint64_t value, computed; /* of a message */
    struct trail trail;
};

struct bench_done {
    uint32_t cache;
    bool done;
    struct bench_completion c;
};

static inline void bench_wait_drive(void *self, struct cache_bench *b, uint32_t i)
{
    struct bench_done *d = self;
    const struct l1_completion *c;
    while ((c = l1_done(b->l1[i], b->cycle)))
        if (i == d->cache) {
            d->done = true;
            d->c =
                (struct bench_completion) {.ready = c->ready, .data = *identity_at(&b->core.run.identities, c->data)};
            if (c->message) {
                d->c.value = c->message->value;
                d->c.computed = c->message->computed;
            }
            l1_trail(c, &d->c.trail);
        }
}

/* Makes the access and waits until it is done and all is quiet. */
static inline struct bench_completion bench_access(struct cache_bench *b, uint32_t cache, const struct l1_request *r)
{
    struct bench_done d = {.cache = cache};
    l1_begin(b->l1[cache], b->cycle);
    enum l1_answer a = l1_access(b->l1[cache], b->cycle, r);
    SIM_CHECK(a == L1_ACCEPTED, "refused: %d", (int)a);
    uint64_t limit = b->cycle + 100000;
    while (!d.done || !cache_bench_idle(b)) {
        cache_bench_step(b, bench_wait_drive, &d);
        SIM_CHECK(b->cycle < limit, "no answer to an access of line %u", r->line);
    }
    return d.c;
}

static inline struct bench_completion bench_load(struct cache_bench *b, uint32_t cache, uint32_t line)
{
    struct l1_request r = {.kind = L1_LOAD, .sectors = ALL_SECTORS, .line = line, .tag = 7};
    return bench_access(b, cache, &r);
}

static inline struct bench_completion bench_store(struct cache_bench *b, uint32_t cache, uint32_t line,
                                                  uint32_t version, bool through)
{
    struct l1_request r = {.kind = L1_STORE,
                           .sectors = ALL_SECTORS,
                           .bytes = LINE_BYTES,
                           .line = line,
                           .tag = 9,
                           .through = through,
                           .data = bench_data(b, line, version)};
    return bench_access(b, cache, &r);
}

/* A store from another chip, pushed here: the fabric's endpoint sends it and waits for the ack. */
static inline void bench_remote_store(struct cache_bench *b, uint32_t line, uint32_t version)
{
    struct net_port *port = &b->ends[b->n_ends - 1].port;
    uint16_t to = (uint16_t)(b->p.caches + home_slice(&b->map, line));
    struct message m = {.type = MSG_WRITE,
                        .sectors = ALL_SECTORS,
                        .bytes = LINE_BYTES,
                        .line = line,
                        .from_chip = 1,
                        .from = 3,
                        .to_end = to,
                        .to = to,
                        .tag = 5,
                        .data = bench_data(b, line, version)};
    net_port_send(port, b->cycle, &m);
    const struct message *ack = NULL;
    uint64_t limit = b->cycle + 100000;
    while (!ack) {
        cache_bench_step(b, NULL, NULL);
        ack = net_port_front(port, b->cycle);
        SIM_CHECK(b->cycle < limit, "no answer to a store of line %u", line);
    }
    SIM_CHECK(ack->type == MSG_WRITE_ACK && ack->to_chip == 1 && ack->to_end == 3 && ack->tag == 5, "a wrong ack");
    net_port_pop(port);
    net_port_credit(port, VN_RESPONSE);
    while (!cache_bench_idle(b))
        cache_bench_step(b, NULL, NULL);
}

#endif
