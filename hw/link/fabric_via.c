/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_via.c - chips in between: drawn, compared, reached. */
#include "hw/link/fabric_via.h"

#include <stdlib.h>

#include "hw/link/packet_due.h"
#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/base/rng.h"

struct fabric_via {
    const struct fabric_route *const *far; /* tables of all chips */
    struct rng *random;                    /* per port */
    uint64_t *queue;                       /* per link, when the cycle began; wire bytes */
};

struct fabric_via *fabric_via_new(const struct fabric_router_params *p, uint64_t seed)
{
    struct fabric_via *v = mem_alloc(sizeof *v);
    SIM_CHECK(p->chips % p->via.cluster == 0 && p->chips / p->via.cluster > 2, "%s: %u chips in clusters of %u",
              p->name, p->chips, p->via.cluster);
    v->random = mem_alloc_array(p->ports, sizeof *v->random);
    v->queue = mem_alloc_array(p->links, sizeof *v->queue);
    for (uint32_t i = 0; i < p->ports; i++) {
        char *path = mem_printf("%s.port%u.via", p->name, i);
        rng_init(&v->random[i], seed, path);
        free(path);
    }
    return v;
}

void fabric_via_free(struct fabric_via *v)
{
    if (!v)
        return;
    free(v->random);
    free(v->queue);
    free(v);
}

void fabric_router_far(struct fabric_router *r, const struct fabric_route *const *routes)
{
    r->via->far = routes;
}

static uint32_t cluster_of(const struct fabric_router *r, uint32_t chip)
{
    return chip / r->p.via.cluster;
}

bool fabric_via_turns(const struct fabric_router *r, uint16_t via)
{
    return cluster_of(r, via) == cluster_of(r, r->p.chip);
}

struct fabric_legs fabric_via_legs(const struct fabric_router *r, const struct message *m, uint16_t via)
{
    const struct fabric_route *first = &r->p.route[via == PACKET_DIRECT ? m->to_chip : via];
    uint32_t way = fabric_way(m, first->ways);
    if (via == PACKET_DIRECT)
        return (struct fabric_legs) {.path = {first->path[way]}, .hops = {first->hops[way]}};
    const struct fabric_route *second = &r->via->far[first->turn[way]][m->to_chip];
    uint32_t on = fabric_way(m, second->ways);
    return (struct fabric_legs) {.path = {first->path[way], second->path[on]},
                                 .hops = {first->turn_hops[way], second->hops[on]}};
}

void fabric_via_look(struct fabric_router *r, uint64_t cycle)
{
    for (uint32_t i = 0; r->p.via.adaptive && i < r->p.links; i++) {
        struct packet_sender *s = &r->senders[i];
        packet_sender_credits(s, cycle);
        uint64_t bytes = packet_due_overdue(s->due, cycle);
        for (int c = 0; c < CLASS_COUNT; c++)
            bytes += s->waiting[c];
        r->via->queue[i] = bytes;
    }
}

/* Any chip outside two clusters, all alike. */
static uint16_t draw(struct fabric_router *r, uint32_t port, uint32_t a, uint32_t b)
{
    uint32_t size = r->p.via.cluster, low = a < b ? a : b, high = a < b ? b : a;
    uint32_t chip = (uint32_t)rng_below(&r->via->random[port], r->p.chips - 2 * size);
    chip += chip >= low * size ? size : 0;
    chip += chip >= high * size ? size : 0;
    return (uint16_t)chip;
}

static uint64_t cost(const struct fabric_router *r, const struct message *m, uint16_t via)
{
    const struct fabric_route *first = &r->p.route[via == PACKET_DIRECT ? m->to_chip : via];
    struct fabric_legs legs = fabric_via_legs(r, m, via);
    uint64_t queue = r->via->queue[first->link[fabric_way(m, first->ways)]];
    return (queue + r->p.via.link_bytes) * (legs.hops[0] + legs.hops[1]);
}

uint16_t fabric_via_choose(struct fabric_router *r, uint32_t port, const struct message *m)
{
    uint32_t own = cluster_of(r, r->p.chip), goal = cluster_of(r, m->to_chip);
    if (own == goal)
        return PACKET_DIRECT;
    uint16_t via = draw(r, port, own, goal);
    bool shortest = r->p.via.adaptive && cost(r, m, PACKET_DIRECT) <= cost(r, m, via);
    return shortest ? PACKET_DIRECT : via;
}
