/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_bench.h - chips that are only fabric routers: each in a domain of its own, joined by links; the test plays
 * their networks. */
#ifndef TESTS_UNIT_HW_FABRIC_BENCH_H
#define TESTS_UNIT_HW_FABRIC_BENCH_H

#include <stdlib.h>
#include <string.h>

#include "hw/link/fabric_router.h"
#include "tests/unit/hw/port_bench.h"

#define BENCH_CHIPS 8u
#define BENCH_PORTS 4u

enum bench_kind { BENCH_RING, BENCH_FULL };

struct bench_shape {
    enum bench_kind kind;
    uint32_t chips, ports, in_places, out_places;
    struct packet_link_size size;
    struct fraction rate;
    uint32_t latency;
    bool no_dateline;
    int64_t drift_ppb; /* of the odd chips */
    struct link_errors errors;
    uint64_t seed;
};

struct bench_chip {
    struct domain *domain;
    struct fabric_router *r;
    struct message_store store;
    struct net_port port[BENCH_PORTS];
    struct credit_line out_credit[BENCH_PORTS];
    uint32_t given[BENCH_PORTS][VN_COUNT]; /* messages that the network has handed over */
    uint64_t next;                         /* cycle that the router asked for */
    bool timer;                            /* one was due when the tick began */
    uint64_t cycle;
    struct fabric_mail mail[BENCH_CHIPS];
    struct packet_link_params out[BENCH_CHIPS], in[BENCH_CHIPS];
    struct fabric_route route[BENCH_CHIPS];
    uint32_t path[BENCH_CHIPS][2][BENCH_CHIPS];
};

struct bench {
    struct bench_shape s;
    struct run_control run;
    uint32_t links; /* of a chip */
    struct bench_chip chip[BENCH_CHIPS];
    uint64_t evals;
};

static inline uint32_t bench_peer(const struct bench *b, uint32_t chip, uint32_t link)
{
    uint32_t n = b->s.chips;
    if (b->s.kind == BENCH_FULL)
        return link < chip ? link : link + 1;
    return link == 0 ? (chip + 1) % n : (chip + n - 1) % n;
}

static inline uint32_t bench_link_to(const struct bench *b, uint32_t chip, uint32_t peer)
{
    uint32_t link = 0;
    while (bench_peer(b, chip, link) != peer)
        link++;
    return link;
}

/* Ways by hand, not by the machine's functions: on a ring up, down or both. */
static inline void bench_route(struct bench *b, uint32_t from, uint32_t to)
{
    uint32_t n = b->s.chips, up = (to + n - from) % n, down = n - up;
    struct fabric_route *route = &b->chip[from].route[to];
    if (from == to)
        return;
    for (uint32_t way = 0; way < 2; way++) {
        bool ring = b->s.kind == BENCH_RING;
        if (ring ? (way == 0 ? up > down : down > up) : way == 1)
            continue;
        uint32_t *path = b->chip[from].path[to][route->ways], hops = 0;
        uint32_t link = ring ? way : bench_link_to(b, from, to);
        for (uint32_t c = from; c != to; c = bench_peer(b, c, link))
            path[hops++] = c * b->links + link;
        route->link[route->ways] = link;
        route->path[route->ways] = path;
        route->hops[route->ways++] = hops;
    }
}

static inline struct packet_link_params bench_link(const struct bench *b, uint32_t from, uint32_t link)
{
    uint32_t to = bench_peer(b, from, link);
    uint32_t far = from > to ? from - to : to - from;
    bool wrap = b->s.kind == BENCH_RING && far > 1 && !b->s.no_dateline;
    return (struct packet_link_params) {.id = "link",
                                        .peer = (uint16_t)to,
                                        .rate = b->s.rate,
                                        .latency = b->s.latency,
                                        .dateline = wrap,
                                        .errors = b->s.errors};
}

static inline struct mailbox *bench_mail(struct domain *writer, struct domain *reader, uint32_t box, size_t bytes,
                                         uint32_t items)
{
    struct mailbox *m = mailbox_new("mail", (uint32_t)bytes, items, false);
    mailbox_connect_writer(m, writer);
    mailbox_connect_reader(m, reader, box);
    return m;
}

static inline void bench_make_chip(struct bench *b, uint32_t c)
{
    struct bench_chip *x = &b->chip[c];
    for (uint32_t i = 0; i < b->links; i++) {
        uint32_t peer = bench_peer(b, c, i);
        x->out[i] = bench_link(b, c, i);
        x->in[i] = bench_link(b, peer, bench_link_to(b, peer, c));
        x->in[i].peer = (uint16_t)c;
    }
    for (uint32_t to = 0; to < b->s.chips; to++)
        bench_route(b, c, to);
    struct fabric_router_params p = {.name = "fabric",
                                     .chip = (uint16_t)c,
                                     .chips = b->s.chips,
                                     .ports = b->s.ports,
                                     .links = b->links,
                                     .machine_links = b->s.chips * b->links,
                                     .size = b->s.size,
                                     .out = x->out,
                                     .in = x->in,
                                     .route = x->route};
    x->r = fabric_router_new(&p, &b->run);
    message_store_init(&x->store, PORT_BENCH_PLACES);
    for (uint32_t i = 0; i < b->s.ports; i++) {
        credit_line_init(&x->out_credit[i], x->domain);
        x->port[i] = (struct net_port) {.store = &x->store, .in_places = b->s.in_places, .out_places = b->s.out_places};
        x->port[i].in = bench_mail(x->domain, x->domain, 0, sizeof(uint32_t), b->s.in_places * VN_COUNT);
        x->port[i].out = bench_mail(x->domain, x->domain, 1, sizeof(uint32_t), b->s.out_places * VN_COUNT);
        x->port[i].out_credit = &x->out_credit[i];
        credit_line_init(&x->port[i].in_credit, x->domain);
    }
}

static inline struct bench *bench_new(struct bench_shape s)
{
    struct bench *b = mem_alloc(sizeof *b);
    b->s = s;
    b->run.seed = s.seed;
    b->links = s.kind == BENCH_RING ? 2 : s.chips - 1;
    for (uint32_t c = 0; c < s.chips; c++) {
        b->chip[c].domain = domain_new((struct sim_clock) {1000, c % 2 ? s.drift_ppb : 0}, false);
        domain_add_box(b->chip[c].domain);
        domain_add_box(b->chip[c].domain);
        bench_make_chip(b, c);
    }
    for (uint32_t c = 0; c < s.chips; c++) {
        for (uint32_t i = 0; i < b->links; i++) { /* the mailboxes of outgoing link i */
            uint32_t to = bench_peer(b, c, i), in = bench_link_to(b, to, c), items = packet_link_items(&s.size);
            struct domain *here = b->chip[c].domain, *there = b->chip[to].domain;
            b->chip[c].mail[i].out = bench_mail(here, there, 0, sizeof(struct fabric_packet), items);
            b->chip[c].mail[i].credit_in = bench_mail(there, here, 0, sizeof(struct packet_credit), items);
            b->chip[to].mail[in].in = b->chip[c].mail[i].out;
            b->chip[to].mail[in].credit_out = b->chip[c].mail[i].credit_in;
        }
    }
    for (uint32_t c = 0; c < s.chips; c++)
        fabric_router_connect(b->chip[c].r, b->chip[c].domain, b->chip[c].port, b->chip[c].mail);
    return b;
}

static inline void bench_free(struct bench *b)
{
    for (uint32_t c = 0; c < b->s.chips; c++) {
        struct bench_chip *x = &b->chip[c];
        fabric_router_free(x->r);
        message_store_free(&x->store);
        for (uint32_t i = 0; i < b->s.ports; i++) {
            mailbox_free(x->port[i].in);
            mailbox_free(x->port[i].out);
        }
        for (uint32_t i = 0; i < b->links; i++) {
            mailbox_free(x->mail[i].out);
            mailbox_free(x->mail[i].credit_in);
        }
        domain_free(x->domain);
    }
    run_control_free(&b->run);
    free(b);
}

/* The network's side of a port. */
static inline bool bench_may_give(const struct bench *b, uint32_t chip, uint32_t port, enum virtual_network vn)
{
    const struct bench_chip *x = &b->chip[chip];
    return x->given[port][vn] - x->port[port].in_credit.total[vn] < b->s.in_places;
}

static inline void bench_give(struct bench *b, uint32_t chip, const struct message *m)
{
    struct bench_chip *x = &b->chip[chip];
    uint32_t port = m->line % b->s.ports;
    x->given[port][message_vn(m)]++;
    port_deliver(&x->port[port], x->domain->cycle + 1, m);
}

/* Box 0 is the router, box 1 the test, which looks in every cycle. */
static inline void bench_woken(void *self, uint32_t box)
{
    *(bool *)self |= box == 0;
}

static inline void bench_begin(struct bench *b, uint32_t chip, uint64_t cycle)
{
    struct bench_chip *x = &b->chip[chip];
    x->timer = false;
    domain_begin(x->domain, cycle, bench_woken, &x->timer);
    domain_rest(x->domain, 0, CYCLE_NEVER); /* `next` is kept here */
    domain_rest(x->domain, 1, CYCLE_NEVER);
}

/* The router evaluates when it or a mailbox wants it, or in every cycle. */
static inline void bench_eval(struct bench *b, uint32_t chip, bool every)
{
    struct bench_chip *x = &b->chip[chip];
    struct domain *d = x->domain;
    if (d->cycle < x->next && !x->timer && !every)
        return;
    x->next = fabric_router_eval(x->r, d->cycle);
    b->evals++;
}

static inline void bench_commit(struct bench *b)
{
    for (uint32_t c = 0; c < b->s.chips; c++)
        domain_commit(b->chip[c].domain);
}

static inline struct message to_chip(enum message_type type, uint16_t from, uint16_t to, uint32_t line)
{
    return (struct message) {.type = (uint8_t)type,
                             .sectors = ALL_SECTORS,
                             .line = line,
                             .home_chip = to,
                             .from_chip = from,
                             .to_chip = to,
                             .to_end = 77};
}

#endif
