/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar_build.c - a crossbar for packets of one flit is laid out, and what others ask about it is looked up. */
#include "hw/noc/vc_crossbar.h"

#include <stdlib.h>

#include "sim/base/error.h"

bool vc_crossbar_fits(const struct vc_network *n)
{
    for (uint32_t kind = 0; kind < PACKET_KINDS; kind++)
        if (n->kind_flits[kind] > 1)
            return false;
    return n->plain && n->routers == 1 && n->link_ports == 0 && n->foreign == 0 && n->p.shape.routing_delay == 0 &&
           !n->p.shape.wait_for_tail_credit && n->depth <= CROSS_PLACES;
}

static void make_lists(struct vc_network *n, struct vc_crossbar *x)
{
    const uint32_t chains = n->ports * n->lanes;
    x->asked = mem_alloc_array(n->router_vcs, sizeof *x->asked);
    x->rivals = mem_alloc_array(n->router_vcs, sizeof *x->rivals);
    x->wanted = mem_alloc_array(chains + 1, sizeof *x->wanted); /* a list grows before it knows whether it does */
    x->fresh = mem_alloc_array(n->ports, sizeof *x->fresh);
    x->granted = mem_alloc_array((size_t)2 * n->ports + 1, sizeof *x->granted);
    x->limit = mem_alloc_array((size_t)n->endpoints << 2, sizeof *x->limit);
    x->next_head = mem_alloc_array(n->router_vcs, sizeof *x->next_head);
    x->chain = mem_alloc_array(chains, sizeof *x->chain);
    for (uint32_t i = 0; i < chains; i++)
        x->chain[i] =
            (struct cross_chain) {.port = (uint16_t)(i % n->ports), .set = (uint16_t)n->lane_mask[i / n->ports]};

    x->entered = mem_alloc_array(PACKET_KINDS, sizeof *x->entered);
    for (uint32_t kind = 0; kind < PACKET_KINDS; kind++)
        x->entered[kind] = entered(n, 0, kind);
    free(n->order);
    n->order = mem_alloc_array(n->router_vcs, sizeof *n->order);
}

static void make_vcs(struct vc_network *n, struct vc_crossbar *x)
{
    const size_t places = (size_t)n->router_vcs << CROSS_PLACE_SHIFT;
    x->vc_memory = mem_alloc_lines(n->router_vcs, sizeof *x->vc);
    x->vc = mem_lines(x->vc_memory);
    x->place_memory = mem_alloc_lines(2 * places, sizeof *x->in);
    x->in = mem_lines(x->place_memory);
    x->out = x->in + places;
    for (uint32_t vc = 0; vc < n->router_vcs; vc++) {
        x->vc[vc].owner = n->vc[vc].served;
        x->vc[vc].took = n->vc[vc].took;
    }
    for (uint32_t lane = 0; lane < n->lanes; lane++)
        for (uint32_t rest = n->lane_mask[lane]; rest; rest &= rest - 1) {
            uint32_t v = bits_low(rest), later = n->lane_mask[lane] & ~1u << v;
            x->next_vc[v] = (uint16_t)bits_low(later ? later : n->lane_mask[lane]);
        }
    for (uint32_t e = 0; e < n->endpoints; e++)
        for (uint32_t lane = 0; lane < n->lanes; lane++)
            x->vc[(e << CROSS_SHIFT) + lane].turn = x->next_vc[n->ends[e].used[lane]];
}

static void make_shapes(const struct vc_network *n, struct vc_crossbar *x)
{
    for (uint32_t type = 0; type < MSG_COUNT; type++)
        for (uint32_t sectors = 0; sectors <= ALL_SECTORS; sectors++) {
            const struct vc_shape *s = &n->shapes[type][sectors];
            x->shape[type][sectors] = (struct cross_shape) {.told = s->meta | (s->lane * n->ports) << TOLD_CHAIN,
                                                            .bytes = s->bytes,
                                                            .lane = s->lane,
                                                            .class_of = s->class_of};
        }
}

void vc_crossbar_build(struct vc_network *n)
{
    struct vc_crossbar *x = n->crossbar = mem_alloc(sizeof *x);
    x->n = n;
    x->port = n->port;
    x->ends = n->ends;
    x->depth = n->depth;
    x->ports = n->ports;
    x->all = (1u << n->vcs) - 1;
    make_vcs(n, x);
    make_lists(n, x);
    make_shapes(n, x);
    for (uint32_t i = 0; i < n->ports; i++) {
        n->port[i].mask.ask = n->port[i].mask.want = 0;
        n->port[i].cross.best = CROSS_NO_BEST;
    }
}

/* Nothing has happened yet, or nothing will: else masks would have to go on from here. */
void vc_crossbar_free(struct vc_network *n)
{
    struct vc_crossbar *x = n->crossbar;
    if (!x)
        return;
    for (uint32_t i = 0; i < n->ports; i++) {
        n->port[i].mask.ask = n->port[i].mask.want = 0;
        if (n->wide)
            n->port[i].wide.best = UINT16_MAX;
    }
    void *const blocks[] = {x->vc_memory, x->place_memory, x->limit, x->asked,   x->rivals,   x->wanted,
                            x->fresh,     x->granted,      x->chain, x->entered, x->next_head};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(x);
    n->crossbar = NULL;
}

/* ---- what others ask ---- */

/* Credits that are home, of a buffer. */
static uint16_t credits_of(const struct vc_network *n, const struct cross_place *place)
{
    uint16_t credits = 0;
    for (uint32_t i = 0; i < n->depth; i++)
        credits = (uint16_t)(credits + (place[i].free_at <= n->now));
    return credits;
}

/* Does this input VC hold an output VC? */
static bool holds_vc(const struct vc_crossbar *x, uint32_t vc)
{
    uint32_t r = x->vc[vc].took;
    return x->vc[r].owner == vc && !(x->port[r >> CROSS_SHIFT].free >> (r & CROSS_MASK) & 1);
}

static void show_vc(const struct vc_network *n, uint32_t vc)
{
    const struct vc_crossbar *x = n->crossbar;
    const struct cross_vc *c = &x->vc[vc];
    const struct cross_place *in = &x->in[vc << CROSS_PLACE_SHIFT], *out = &x->out[vc << CROSS_PLACE_SHIFT];
    const struct cross_place *front = &in[c->head];
    struct vc *router = &n->vc[vc], *end = &n->vc[n->router_vcs + vc];
    router->front = front->packet << FLIT_FIRST | (front->told & META_KIND) << 2 | FLIT_HEAD | FLIT_TAIL;
    router->fifo = (uint16_t)(c->head << FIFO_HEAD | c->count);
    const uint32_t wanted = (front->told >> TOLD_CHAIN) % n->ports,
                   held = holds_vc(x, vc) ? c->took : VC_WAITING | wanted;
    router->out = (uint16_t)(c->count == 0 ? VC_IDLE : held);
    router->took = c->took;
    router->credits = credits_of(n, out);
    router->owner = n->port[vc >> CROSS_SHIFT].free >> (vc & CROSS_MASK) & 1 ? OWNER_NONE : c->owner;
    router->served = c->owner;
    end->fifo = c->held & HELD_COUNT;
    end->credits = credits_of(n, in);
}

void vc_crossbar_show(const struct vc_network *n)
{
    for (uint32_t vc = 0; n->crossbar && vc < n->router_vcs; vc++)
        if ((vc & CROSS_MASK) < n->vcs)
            show_vc(n, vc);
}

void vc_crossbar_count(const struct vc_network *n, uint32_t *counts)
{
    const struct vc_crossbar *x = n->crossbar;
    for (uint32_t k = 0; k < (n->wheel_mask + 1) * 2; k++)
        for (uint32_t i = 0; i < n->wheel[k].credits; i++) {
            uint32_t at = n->wheel[k].credit[i], port = at >> CROSS_PLACE_SHIFT >> CROSS_SHIFT;
            uint32_t kind = (k & 1 ? x->out : x->in)[at].told & META_KIND, link = k & 1 ? port : n->ports + port;
            counts[kind * (n->ports + n->endpoints) + link]++;
        }
}

uint64_t vc_crossbar_in_flight(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    uint64_t bytes = 0;
    for (size_t i = 0; i < (size_t)n->router_vcs << CROSS_PLACE_SHIFT; i++) {
        bytes += x->in[i].free_at == CROSS_TAKEN ? n->kind_bytes[x->in[i].told & META_KIND] : 0;
        bytes += x->out[i].free_at == CROSS_TAKEN ? n->kind_bytes[x->out[i].told & META_KIND] : 0;
    }
    for (uint32_t e = 0; e < n->endpoints; e++)
        for (uint32_t lane = 0; lane < n->lanes; lane++)
            for (uint32_t i = n->ends[e].queues[lane].count, p = n->ends[e].queues[lane].first; i > 0; i--) {
                bytes += n->kind_bytes[n->packets[p].meta & META_KIND];
                p = n->packets[p].next;
            }
    return bytes;
}

uint32_t vc_crossbar_under_way(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    uint32_t items = 0;
    for (uint32_t k = 0; k < (n->wheel_mask + 1) * 2; k++)
        items += n->wheel[k].credits;
    for (size_t i = 0; i < (size_t)n->router_vcs << CROSS_PLACE_SHIFT; i++) {
        items += x->in[i].free_at > n->now && x->in[i].free_at != CROSS_TAKEN;
        items += x->out[i].free_at > n->now && x->out[i].free_at != CROSS_TAKEN;
    }
    return items;
}

/* Nothing is inside: places are free, or will be when their credits are home. */
void vc_crossbar_end(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    for (uint32_t vc = 0; vc < n->router_vcs; vc++) {
        const uint32_t first = vc << CROSS_PLACE_SHIFT;
        for (uint32_t i = 0; i < n->depth; i++)
            SIM_CHECK(x->in[first + i].free_at != CROSS_TAKEN && x->out[first + i].free_at != CROSS_TAKEN,
                      "%s: idle, and VC %u has not all its credits", n->p.name, vc);
        SIM_CHECK(x->vc[vc].count == 0 && x->vc[vc].held == 0, "%s: idle, and VC %u holds packets", n->p.name, vc);
    }
    for (uint32_t i = 0; i < n->ports; i++)
        SIM_CHECK(n->port[i].free == x->all && n->port[i].cross.active == 0, "%s: idle, and port %u has VCs taken",
                  n->p.name, i);
}
