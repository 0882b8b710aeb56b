/* SPDX-License-Identifier: Apache-2.0 */
/* cache_random.h - random accesses of several L1s to a few lines, every load checked.
 *
 * The k-th store to a line carries version k. Stores race. A load may return store w unless another one, w', was
 * begun after w was done and was done before the load's floor: the load's beginning (mesi) or the cache's last
 * acquire before it (vi). Atomics and polls: between what was done and what was begun. */
#ifndef TESTS_UNIT_CACHE_CACHE_RANDOM_H
#define TESTS_UNIT_CACHE_CACHE_RANDOM_H

#include "tests/unit/cache/cache_bench.h"

#define RANDOM_LINES   24u
#define RANDOM_PENDING 32u /* accesses of a cache */

struct random_store {
    uint64_t begun, done;
};

struct random_line {
    VEC(struct random_store, stores);
    uint64_t newest; /* begun: of the stores that are done */
};

struct random_access {
    bool used;
    uint8_t kind;
    uint32_t line, store;
    uint64_t floor; /* a store that was done before this must not be returned */
    uint32_t least; /* polls, atomics: the word was at least this */
};

struct random_cache {
    struct random_access a[RANDOM_PENDING];
    uint32_t n;
    uint64_t floors[RANDOM_LINES]; /* at the last acquire */
};

struct cache_random {
    struct cache_bench b;
    struct random_line lines[RANDOM_LINES];
    struct random_cache caches[BENCH_CACHES];
    uint32_t begun[LINE_WORDS], done[LINE_WORDS]; /* atomics on the words of line 0 */
    uint64_t accesses, loads, wrong;
    uint64_t pushes;
    bool vi, stop, pushing; /* another chip's store is under way */
    bool ends_at_wrong;     /* the first wrong value ends the run */
    uint32_t push_line, push_store;
};

static inline void random_init(struct cache_random *r, const struct cache_bench_params *p)
{
    memset(r, 0, sizeof *r);
    cache_bench_init(&r->b, p);
    r->vi = p->l1.protocol == PROTOCOL_VI;
    for (uint32_t i = 0; i < RANDOM_LINES; i++)
        *VEC_PUSH(&r->lines[i], stores) = (struct random_store) {0, 0};
}

static inline void random_free(struct cache_random *r)
{
    for (uint32_t i = 0; i < RANDOM_LINES; i++)
        free(r->lines[i].stores);
    cache_bench_free(&r->b);
}

static inline void random_done(struct cache_random *r, uint32_t i, const struct l1_completion *c)
{
    struct random_access *a = &r->caches[i].a[c->tag];
    SIM_CHECK(a->used, "cache %u: access %u is done twice", i, c->tag);
    a->used = false;
    r->caches[i].n--;
    struct random_line *l = &r->lines[a->line];
    if (a->kind == L1_STORE) {
        struct random_store *s = &l->stores[a->store];
        s->done = c->ready;
        if (s->begun > l->newest)
            l->newest = s->begun;
    } else if (a->kind == L1_ATOMIC || a->kind == L1_POLL) {
        uint32_t w = a->store;
        r->wrong += c->message->value < a->least || c->message->value > r->begun[w];
        r->done[w] += a->kind == L1_ATOMIC;
    } else {
        r->loads++;
        uint32_t version = identity_at(&r->b.core.run.identities, c->data)->version;
        r->wrong += version >= l->n_stores || l->stores[version].done < a->floor;
    }
}

/* Counter line 0 is not loaded; data lines are 1 .. */
static inline void random_make(struct cache_random *r, uint32_t i, uint32_t tag)
{
    struct rng *g = &r->b.rng;
    struct random_cache *c = &r->caches[i];
    struct random_access *a = &c->a[tag];
    uint32_t dice = (uint32_t)rng_below(g, 100);
    struct l1_request q = {.tag = tag, .line = 1 + (uint32_t)rng_below(g, RANDOM_LINES - 1), .sectors = ALL_SECTORS};
    q.kind = dice < 45 ? L1_LOAD : dice < 60 ? L1_LOAD_BYPASS : dice < 90 ? L1_STORE : dice < 95 ? L1_ATOMIC : L1_POLL;
    *a = (struct random_access) {.kind = q.kind, .line = q.line};
    struct random_line *l = &r->lines[q.line];
    a->floor = r->vi ? c->floors[q.line] : l->newest;
    if (r->vi && q.kind != L1_STORE && rng_below(g, 3) == 0)
        q.sectors = (uint8_t)(1 + rng_below(g, ALL_SECTORS));
    if (q.kind == L1_STORE) {
        a->store = (uint32_t)l->n_stores;
        q.data = bench_data(&r->b, q.line, a->store);
        q.bytes = LINE_BYTES;
        q.through = rng_below(g, 4) == 0;
    }
    if (q.kind == L1_ATOMIC || q.kind == L1_POLL) {
        q.line = 0;
        a->store = q.word = (uint8_t)rng_below(g, LINE_WORDS);
        q.words = 1u << q.word;
        a->least = r->done[a->store];
    }
    if (l1_access(r->b.l1[i], r->b.cycle, &q) != L1_ACCEPTED)
        return;
    a->used = true;
    c->n++;
    r->accesses++;
    if (q.kind == L1_STORE)
        *VEC_PUSH(l, stores) = (struct random_store) {r->b.cycle, UINT64_MAX};
    r->begun[a->store % LINE_WORDS] += q.kind == L1_ATOMIC;
}

static inline void random_drive(void *self, struct cache_bench *b, uint32_t i)
{
    struct cache_random *r = self;
    const struct l1_completion *done;
    while ((done = l1_done(b->l1[i], b->cycle)))
        random_done(r, i, done);
    if (rng_below(&b->rng, 40) == 0) {
        l1_acquire(b->l1[i], b->cycle);
        for (uint32_t k = 0; k < RANDOM_LINES; k++)
            r->caches[i].floors[k] = r->lines[k].newest;
    }
    if (r->stop || rng_below(&b->rng, 3) == 0)
        return;
    uint32_t tag = (uint32_t)rng_below(&b->rng, RANDOM_PENDING);
    if (!r->caches[i].a[tag].used)
        random_make(r, i, tag);
}

/* Another chip stores into lines here, one at a time. */
static inline void random_push(struct cache_random *r)
{
    struct cache_bench *b = &r->b;
    struct net_port *port = &b->ends[b->n_ends - 1].port;
    const struct message *ack = net_port_front(port, b->cycle);
    struct random_line *l = &r->lines[r->push_line];
    if (ack) {
        l->stores[r->push_store].done = b->cycle;
        if (l->stores[r->push_store].begun > l->newest)
            l->newest = l->stores[r->push_store].begun;
        net_port_pop(port);
        net_port_credit(port, VN_RESPONSE);
        r->pushing = false;
    }
    if (r->pushing || r->stop || rng_below(&b->rng, 20) > 0 || !net_port_room(port, VN_REQUEST))
        return;
    r->push_line = 1 + (uint32_t)rng_below(&b->rng, RANDOM_LINES - 1);
    l = &r->lines[r->push_line];
    r->push_store = (uint32_t)l->n_stores;
    *VEC_PUSH(l, stores) = (struct random_store) {b->cycle, UINT64_MAX};
    uint16_t to = (uint16_t)(b->p.caches + home_slice(&b->map, r->push_line));
    struct message m = {.type = MSG_WRITE,
                        .sectors = ALL_SECTORS,
                        .bytes = LINE_BYTES,
                        .line = r->push_line,
                        .through = rng_below(&b->rng, 2) == 0,
                        .from_chip = 1,
                        .from = 3,
                        .to_end = to,
                        .to = to,
                        .data = bench_data(b, r->push_line, r->push_store)};
    b->core.domain->cycle = b->cycle;
    net_port_send(port, b->cycle, &m);
    r->pushing = true;
    r->pushes++;
}

/* Runs until `accesses` were made and all are done. Returns the number of wrong values; -1: no progress. */
static inline int64_t random_run(struct cache_random *r, uint64_t accesses)
{
    uint64_t last = 0, at = 0;
    while (r->accesses < accesses || r->pushing || !cache_bench_idle(&r->b)) {
        r->stop = r->accesses >= accesses;
        random_push(r);
        cache_bench_step(&r->b, random_drive, r);
        uint32_t pending = 0;
        for (uint32_t i = 0; i < r->b.p.caches; i++)
            pending += r->caches[i].n;
        if (r->accesses - pending != last) {
            last = r->accesses - pending;
            at = r->b.cycle;
        }
        if (r->b.cycle - at > 20000)
            return -1;
        if (r->ends_at_wrong && r->wrong > 0)
            break;
    }
    return (int64_t)r->wrong;
}

#endif
