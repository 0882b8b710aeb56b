/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_bench.h - chips that are only fabric routers: each in a domain of its own, joined by links; the test plays
 * their networks. */
#ifndef TESTS_UNIT_HW_FABRIC_BENCH_H
#define TESTS_UNIT_HW_FABRIC_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/link/fabric_sums.h"
#include "hw/link/fabric_via.h"
#include "tests/unit/hw/port_bench.h"

#define BENCH_CHIPS 32u /* and switches */
#define BENCH_LINKS 8u
#define BENCH_PORTS 4u
#define BENCH_HOPS  8u /* of the longest way */

/* A dragonfly has one global link per chip: groups of n chips, n + 1 groups. Switches: `group` chips on a leaf,
 * `spines` above the leaves, 0 where there is one leaf. */
enum bench_kind { BENCH_RING, BENCH_FULL, BENCH_TORUS, BENCH_DRAGONFLY, BENCH_SWITCH };

struct bench_shape {
    enum bench_kind kind;
    uint32_t chips, ports, in_places, out_places;
    uint32_t side[3]; /* torus */
    uint32_t group;   /* dragonfly, switch */
    uint32_t spines;
    struct packet_link_size size;
    struct fraction rate;
    uint32_t latency;
    bool no_dateline;
    int64_t drift_ppb; /* of the odd chips */
    struct link_errors errors;
    uint64_t seed;
    /* Switches that add, lines or stores at a time; 0: none does. Group 0: the chips of the list, a switch knows those
     * that hang on it, a spine the leaves. */
    uint32_t sum_places, adder_latency, group_chips;
    struct fraction adder_rate;
    const uint16_t *group_chip;
    struct fabric_via_params via; /* ways by a third chip; cluster 0: none */
};

struct bench_chip {
    char name[16];
    struct domain *domain;
    struct fabric_router *r;
    struct message_store store;
    struct net_port port[BENCH_PORTS];
    struct credit_line out_credit[BENCH_PORTS];
    uint32_t given[BENCH_PORTS][VN_COUNT]; /* messages that the network has handed over */
    uint64_t next;                         /* cycle that the router asked for */
    bool timer;                            /* one was due when the tick began */
    uint64_t cycle;
    uint32_t links;
    struct fabric_mail mail[BENCH_LINKS];
    struct packet_link_params out[BENCH_LINKS], in[BENCH_LINKS];
    struct fabric_route route[BENCH_CHIPS];
    uint32_t path[BENCH_CHIPS][FABRIC_WAYS][BENCH_HOPS];
    struct fabric_group members;
    uint16_t member[BENCH_CHIPS];
};

struct bench {
    struct bench_shape s;
    struct run_control run;
    struct slot_counter launch;
    uint32_t nodes; /* chips, then switches, which have no ports */
    struct bench_chip chip[BENCH_CHIPS];
    const struct fabric_route *ways[BENCH_CHIPS];
    uint64_t evals;
};

/* ---- where links lead and packets go, by hand, not by the machine's functions ---- */

static inline uint32_t bench_stride(const struct bench *b, uint32_t d)
{
    return d == 0 ? 1 : d == 1 ? b->s.side[0] : b->s.side[0] * b->s.side[1];
}

static inline uint32_t bench_place(const struct bench *b, uint32_t chip, uint32_t d)
{
    return chip / bench_stride(b, d) % b->s.side[d];
}

/* The chip `far` further up in dimension d. */
static inline uint32_t bench_moved(const struct bench *b, uint32_t chip, uint32_t d, uint32_t far)
{
    uint32_t at = bench_place(b, chip, d);
    return chip + ((at + far) % b->s.side[d]) * bench_stride(b, d) - at * bench_stride(b, d);
}

/* Up and down in each dimension; where there are two chips, up only. */
static inline uint32_t bench_torus_peer(const struct bench *b, uint32_t chip, uint32_t link)
{
    uint32_t n = 0;
    for (uint32_t d = 0; d < 3; d++) {
        if (b->s.side[d] > 1 && n++ == link)
            return bench_moved(b, chip, d, 1);
        if (b->s.side[d] > 2 && n++ == link)
            return bench_moved(b, chip, d, b->s.side[d] - 1);
    }
    return UINT32_MAX;
}

/* Chips, leaves, spines; a chip's link is to its leaf, a leaf's first ones to its chips. */
static inline uint32_t bench_switch_peer(const struct bench *b, uint32_t node, uint32_t link)
{
    uint32_t leaf_chips = b->s.group > 0 ? b->s.group : 1;
    uint32_t leaves = b->s.chips / leaf_chips;
    if (node < b->s.chips)
        return b->s.chips + node / leaf_chips;
    if (node >= b->s.chips + leaves)
        return b->s.chips + link;
    return link < leaf_chips ? (node - b->s.chips) * leaf_chips + link : b->s.chips + leaves + link - leaf_chips;
}

static inline uint32_t bench_peer(const struct bench *b, uint32_t chip, uint32_t link)
{
    uint32_t n = b->s.group, group = n ? chip / n : 0, own = n ? chip % n : 0;
    switch (b->s.kind) {
    case BENCH_FULL:
        return link < chip ? link : link + 1;
    case BENCH_SWITCH:
        return bench_switch_peer(b, chip, link);
    case BENCH_DRAGONFLY:
        if (link == n - 1) /* chip i of a group leads to the (i + 1)th group further on, from where the last chip but i
                              leads back */
            return (group + own + 1) % (n + 1) * n + n - 1 - own;
        return group * n + (link < own ? link : link + 1);
    default:
        return bench_torus_peer(b, chip, link);
    }
}

static inline uint32_t bench_link_to(const struct bench *b, uint32_t chip, uint32_t peer)
{
    uint32_t link = 0;
    while (bench_peer(b, chip, link) != peer)
        link++;
    return link;
}

/* Dimension by dimension the shorter way; of two equal ones bit d of the way's number says which. */
static inline uint32_t bench_torus_next(const struct bench *b, uint32_t from, uint32_t to, uint32_t way)
{
    uint32_t d = 0;
    while (bench_place(b, from, d) == bench_place(b, to, d))
        d++;
    uint32_t n = b->s.side[d], up = (bench_place(b, to, d) + n - bench_place(b, from, d)) % n, down = n - up;
    bool is_up = up < down || (up == down && (way >> d) % 2 == 0);
    return bench_moved(b, from, d, is_up ? 1 : n - 1);
}

/* Up to the leaf that both have, or to the spine that the goal's number names. */
static inline uint32_t bench_switch_next(const struct bench *b, uint32_t from, uint32_t to, uint32_t way)
{
    uint32_t chips = b->s.chips, leaves = chips / b->s.group, leaf = chips + to / b->s.group;
    if (from < chips)
        return chips + from / b->s.group;
    if (from >= chips + leaves)
        return leaf;
    return from == leaf ? to : chips + leaves + (to + way) % b->s.spines;
}

/* To a switch: the own leaf, or by it to a spine; from a spine down to a leaf. */
static inline uint32_t bench_home_next(const struct bench *b, uint32_t from)
{
    return b->s.chips + from / b->s.group;
}

static inline bool bench_goes_home(const struct bench *b, uint32_t from, uint32_t to)
{
    uint32_t spine = b->s.chips + b->s.chips / b->s.group;
    return from < b->s.chips ? to >= spine || to == bench_home_next(b, from) : (from < spine) != (to < spine);
}

static inline uint32_t bench_next(const struct bench *b, uint32_t from, uint32_t to, uint32_t way)
{
    uint32_t n = b->s.group;
    if (b->s.kind == BENCH_SWITCH && to >= b->s.chips)
        return from < b->s.chips ? bench_home_next(b, from) : to;
    if (b->s.kind == BENCH_SWITCH)
        return bench_switch_next(b, from, to, way);
    if (b->s.kind == BENCH_FULL || (b->s.kind == BENCH_DRAGONFLY && from / n == to / n))
        return to;
    if (b->s.kind != BENCH_DRAGONFLY)
        return bench_torus_next(b, from, to, way);
    uint32_t door = from / n * n + (to / n + n - from / n) % (n + 1);
    return from == door ? bench_peer(b, from, n - 1) : door;
}

static inline void bench_route(struct bench *b, uint32_t from, uint32_t to)
{
    struct fabric_route *route = &b->chip[from].route[to];
    if (from == to || (to >= b->s.chips && !bench_goes_home(b, from, to)))
        return;
    route->ways = to >= b->s.chips ? 1 : b->s.kind == BENCH_FULL || b->s.kind == BENCH_DRAGONFLY ? 1 : FABRIC_WAYS;
    for (uint32_t way = 0; way < route->ways; way++) {
        uint32_t *path = b->chip[from].path[to][way];
        for (uint32_t c = from; c != to; route->hops[way]++) {
            uint32_t next = bench_next(b, c, to, way);
            path[route->hops[way]] = c * BENCH_LINKS + bench_link_to(b, c, next);
            c = next;
            if (route->turn_hops[way] == 0 && b->s.via.cluster > 0 && c / b->s.via.cluster == to / b->s.via.cluster) {
                route->turn_hops[way] = route->hops[way] + 1;
                route->turn[way] = c;
            }
        }
        route->link[way] = path[0] % BENCH_LINKS;
        route->path[way] = path;
    }
}

static inline struct packet_link_params bench_link(const struct bench *b, uint32_t from, uint32_t link)
{
    uint32_t to = bench_peer(b, from, link), d = 0;
    bool line = b->s.kind == BENCH_DRAGONFLY && from / b->s.group != to / b->s.group;
    if (b->s.kind == BENCH_RING || b->s.kind == BENCH_TORUS) {
        while (bench_place(b, from, d) == bench_place(b, to, d))
            d++;
        uint32_t x = bench_place(b, from, d), y = bench_place(b, to, d);
        line = (x > y ? x - y : y - x) > 1;
    }
    return (struct packet_link_params) {.id = "link",
                                        .peer = (uint16_t)to,
                                        .rate = b->s.rate,
                                        .latency = b->s.latency,
                                        .dimension = (uint8_t)d,
                                        .dateline = line && !b->s.no_dateline,
                                        .errors = b->s.errors};
}

/* A ring is a torus of one dimension. */
static inline uint32_t bench_degree(struct bench *b, uint32_t node)
{
    uint32_t n = 0, leaves = b->s.kind == BENCH_SWITCH ? b->s.chips / b->s.group : 0;
    if (b->s.kind == BENCH_SWITCH)
        return node < b->s.chips ? 1 : node < b->s.chips + leaves ? b->s.group + b->s.spines : leaves;
    if (b->s.kind == BENCH_FULL)
        return b->s.chips - 1;
    if (b->s.kind == BENCH_DRAGONFLY)
        return b->s.group;
    for (uint32_t d = 0; d < 3; d++) {
        b->s.side[d] = b->s.kind == BENCH_RING ? (d == 0 ? b->s.chips : 1) : b->s.side[d];
        n += b->s.side[d] > 2 ? 2 : b->s.side[d] - 1;
    }
    return n;
}

/* ---- making ---- */

static inline struct mailbox *bench_mail(struct domain *writer, struct domain *reader, uint32_t box, size_t bytes,
                                         uint32_t items)
{
    struct mailbox *m = mailbox_new("mail", (uint32_t)bytes, items, false);
    mailbox_connect_writer(m, writer);
    mailbox_connect_reader(m, reader, box);
    return m;
}

static inline struct fabric_sums *bench_sums(struct bench *b, uint32_t node)
{
    struct bench_chip *x = &b->chip[node];
    uint32_t leaves = b->s.chips / b->s.group;
    for (uint32_t i = 0; i < b->s.group_chips; i++) {
        uint32_t chip = b->s.group_chip[i], leaf = b->s.chips + chip / b->s.group;
        bool above = node >= b->s.chips + leaves;
        uint16_t member = (uint16_t)(above ? leaf : chip);
        if ((above || leaf == node) && !(above && x->members.n > 0 && x->member[x->members.n - 1] == member))
            x->member[x->members.n++] = member;
    }
    x->members.members = x->member;
    struct fabric_sums_params p = {.id = "adder",
                                   .rate = b->s.adder_rate,
                                   .latency = b->s.adder_latency,
                                   .places = b->s.sum_places,
                                   .n_groups = 1,
                                   .groups = &x->members};
    return fabric_sums_new(&p, &b->launch);
}

static inline void bench_make_chip(struct bench *b, uint32_t c)
{
    struct bench_chip *x = &b->chip[c];
    for (uint32_t i = 0; i < x->links; i++) {
        uint32_t peer = bench_peer(b, c, i);
        x->out[i] = bench_link(b, c, i);
        x->in[i] = bench_link(b, peer, bench_link_to(b, peer, c));
        x->in[i].peer = (uint16_t)c;
    }
    uint32_t homes = b->s.sum_places > 0 ? b->nodes : b->s.chips;
    for (uint32_t to = 0; to < homes; to++)
        bench_route(b, c, to);
    snprintf(x->name, sizeof x->name, "chip%u.fabric", c);
    struct fabric_router_params p = {.name = x->name,
                                     .chip = (uint16_t)c,
                                     .chips = b->s.chips,
                                     .homes = homes,
                                     .ports = c < b->s.chips ? b->s.ports : 0,
                                     .links = x->links,
                                     .machine_links = b->nodes * BENCH_LINKS,
                                     .size = b->s.size,
                                     .out = x->out,
                                     .in = x->in,
                                     .route = x->route,
                                     .via = b->s.via,
                                     .sums = b->s.sum_places > 0 && c >= b->s.chips ? bench_sums(b, c) : NULL};
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
    b->nodes = s.chips + (s.kind == BENCH_SWITCH ? s.chips / s.group + s.spines : 0);
    if (b->nodes > BENCH_CHIPS)
        abort();
    for (uint32_t c = 0; c < b->nodes; c++) {
        b->chip[c].links = bench_degree(b, c);
        if (b->chip[c].links > BENCH_LINKS)
            abort();
    }
    for (uint32_t c = 0; c < b->nodes; c++) {
        b->chip[c].domain = domain_new((struct sim_clock) {1000, c % 2 ? s.drift_ppb : 0}, false);
        domain_add_box(b->chip[c].domain);
        domain_add_box(b->chip[c].domain);
        bench_make_chip(b, c);
    }
    for (uint32_t c = 0; c < b->nodes; c++) {
        for (uint32_t i = 0; i < b->chip[c].links; i++) { /* the mailboxes of outgoing link i */
            uint32_t to = bench_peer(b, c, i), in = bench_link_to(b, to, c), items = packet_link_items(&s.size);
            struct domain *here = b->chip[c].domain, *there = b->chip[to].domain;
            b->chip[c].mail[i].out = bench_mail(here, there, 0, sizeof(struct fabric_packet), items);
            b->chip[c].mail[i].credit_in = bench_mail(there, here, 0, sizeof(struct packet_credit), items);
            b->chip[to].mail[in].in = b->chip[c].mail[i].out;
            b->chip[to].mail[in].credit_out = b->chip[c].mail[i].credit_in;
        }
    }
    for (uint32_t c = 0; c < b->nodes; c++) {
        b->ways[c] = b->chip[c].route;
        if (s.via.cluster > 0)
            fabric_router_far(b->chip[c].r, b->ways);
        fabric_router_connect(b->chip[c].r, b->chip[c].domain, b->chip[c].port, b->chip[c].mail);
    }
    return b;
}

static inline void bench_free(struct bench *b)
{
    for (uint32_t c = 0; c < b->nodes; c++) {
        struct bench_chip *x = &b->chip[c];
        fabric_router_free(x->r);
        message_store_free(&x->store);
        for (uint32_t i = 0; i < b->s.ports; i++) {
            mailbox_free(x->port[i].in);
            mailbox_free(x->port[i].out);
        }
        for (uint32_t i = 0; i < b->chip[c].links; i++) {
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
    return x->given[port][vn] - credit_line_seen(&x->port[port].in_credit, vn, x->domain->cycle) < b->s.in_places;
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
    for (uint32_t c = 0; c < b->nodes; c++)
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
