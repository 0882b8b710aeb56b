/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar_build.c - a crossbar for packets of one flit is laid out, and what others ask about it is looked up. */
#include "hw/noc/vc_crossbar.h"

#include <stdlib.h>
#include <string.h>

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
    x->asked_memory = mem_alloc_array((size_t)2 * n->router_vcs, sizeof *x->asked);
    x->asked = x->asked_memory;
    x->rivals = x->asked + n->router_vcs;
    x->wanted = mem_alloc_array(chains + 1, sizeof *x->wanted); /* a list grows before it knows whether it does */
    x->outs = mem_alloc_array(n->ports + 1, sizeof *x->outs);   /* likewise */
    x->granted = mem_alloc_array(n->ports, sizeof *x->granted);
    x->limit = mem_alloc_array((size_t)n->endpoints << 2, sizeof *x->limit);
    x->chain = mem_alloc_array(chains, sizeof *x->chain);
    x->next_head = mem_alloc_array(n->router_vcs, sizeof *x->next_head);
    for (uint32_t i = 0; i < chains; i++)
        x->chain[i] = (struct cross_chain) {.outs = &x->vc[(i % n->ports) << CROSS_SHIFT],
                                            .set = (uint16_t)n->lane_mask[i / n->ports]};
    x->flits_for = n->flits_for;
    memcpy(x->kind_bytes, n->kind_bytes, sizeof x->kind_bytes);
    for (uint32_t kind = 0; kind < PACKET_KINDS; kind++) {
        x->passed[kind] = entered(n, 0, kind);
        x->sent[kind] = entered(n, n->ports, kind);
    }
    free(n->order);
    n->order = mem_alloc_array(n->router_vcs, sizeof *n->order);
}

/* An input sends a packet a cycle, and has one that comes to the front in it; an output gets one. */
static void make_wheel(struct vc_network *n, struct vc_crossbar *x)
{
    const uint32_t slots = n->wheel_mask + 1, heads = 2 * n->ports + 1;
    x->wheel_mask = n->wheel_mask;
    x->wheel = mem_alloc_array(slots, sizeof *x->wheel);
    uint32_t *items = mem_alloc_array((size_t)slots * (heads + n->ports), sizeof *items);
    x->wheel_memory = items;
    for (uint32_t i = 0; i < slots; i++, items += heads + n->ports)
        x->wheel[i] = (struct cross_slot) {.heads = items, .come = items + heads};
}

static void make_vcs(struct vc_network *n, struct vc_crossbar *x)
{
    x->held = mem_alloc_array(n->router_vcs, sizeof *x->held);
    x->vc_memory = mem_alloc_lines(n->router_vcs, sizeof *x->vc);
    x->vc = mem_lines(x->vc_memory);
    for (uint32_t vc = 0; vc < n->router_vcs; vc++) {
        x->vc[vc].port = &n->port[vc >> CROSS_SHIFT];
        x->vc[vc].number = (uint16_t)vc;
        x->vc[vc].bit = (uint16_t)(1u << (vc & CROSS_MASK));
        x->vc[vc].served = n->vc[vc].served;
        x->vc[vc].took = n->vc[vc].took;
    }
    for (uint32_t e = 0; e < n->endpoints; e++)
        n->ends[e].eject_turn = CROSS_MASK;
}

static void make_tables(const struct vc_network *n, struct vc_crossbar *x)
{
    for (uint32_t i = 0; i < CROSS_PLACES; i++)
        x->behind[i] = (uint8_t)(i + 1 >= n->depth ? 0 : i + 1);
    for (uint32_t v = 0; v < n->vcs; v++) {
        const uint32_t mask = n->lane_mask[n->lane_of_vc[v]], later = mask & ~1u << v;
        x->next_vc[v] = (uint8_t)bits_low(later ? later : mask);
    }
    for (uint32_t last = 0; last <= CROSS_VCS; last++)
        for (uint32_t set = 1; set < CROSS_SETS; set++) {
            uint32_t later = set >> last >> 1 << 1 << last;
            x->choice[last][set] = (uint8_t)bits_low(last < CROSS_VCS && later ? later : set);
        }
    x->shape = mem_alloc_array(CROSS_SHAPES, sizeof *x->shape);
    for (uint32_t type = 0; type < MSG_COUNT; type++)
        for (uint32_t sectors = 0; sectors <= ALL_SECTORS; sectors++) {
            const struct vc_shape *s = &n->shapes[type][sectors];
            x->shape[sectors << 8 | type] =
                (struct cross_shape) {.place = CROSS_TAKEN | s->meta | (s->lane * n->ports) << TOLD_CHAIN,
                                      .to_end = (uint16_t)(s->lane < n->lanes ? n->ports : 0),
                                      .bytes = s->bytes,
                                      .lane = s->lane,
                                      .class_of = s->class_of};
        }
}

void vc_crossbar_build(struct vc_network *n)
{
    struct vc_crossbar *x = n->crossbar = mem_alloc(sizeof *x);
    SIM_CHECK(n->store.places < 1u << 31, "%s: %u messages", n->p.name, n->store.places);
    x->n = n;
    x->port = n->port;
    x->ends = n->ends;
    x->depth = n->depth;
    x->ports = n->ports;
    make_vcs(n, x);
    make_lists(n, x);
    make_wheel(n, x);
    make_tables(n, x);
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
    for (uint32_t e = 0; e < n->endpoints; e++)
        n->ends[e].eject_turn = 0;
    void *const blocks[] = {x->vc_memory, x->held,   x->wheel, x->wheel_memory, x->limit,     x->asked_memory,
                            x->outs,      x->wanted, x->shape, x->granted,      x->next_head, x->chain};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        free(blocks[i]);
    free(x);
    n->crossbar = NULL;
}

/* ---- what others ask ---- */

/* Credits that are home, of a buffer. */
static uint16_t credits_of(const struct vc_network *n, const uint64_t *place)
{
    uint16_t credits = 0;
    for (uint32_t i = 0; i < n->depth; i++)
        credits = (uint16_t)(credits + (place[i] <= n->now));
    return credits;
}

/* Is the packet in this place of the input VC on its way to it? */
static bool on_link(const struct vc_network *n, const struct cross_vc *c, uint32_t at)
{
    return c->in[at] >= CROSS_TAKEN && (int32_t)(c->due[at] - (uint32_t)n->now) > 0;
}

/* Packets of the input VC that have come. */
static uint32_t waiting_in(const struct vc_network *n, const struct cross_vc *c)
{
    uint32_t count = c->count;
    for (uint32_t i = 0; i < n->depth; i++)
        count -= on_link(n, c, i);
    return count;
}

static void show_vc(const struct vc_network *n, uint32_t vc)
{
    const struct vc_crossbar *x = n->crossbar;
    const struct cross_vc *c = &x->vc[vc], *took = &x->vc[c->took];
    const uint64_t front = c->in[c->head];
    const uint32_t count = waiting_in(n, c), wanted = (uint32_t)front >> TOLD_CHAIN;
    struct vc *router = &n->vc[vc], *end = &n->vc[n->router_vcs + vc];
    const bool holds = took->owner == c && took->port->cross.held & took->bit, held = c->port->cross.held & c->bit;
    router->front = packet_of(front) << FLIT_FIRST | ((uint32_t)front & META_KIND) << 2 | FLIT_HEAD | FLIT_TAIL;
    router->fifo = (uint16_t)((uint32_t)c->head << FIFO_HEAD | count);
    router->out = (uint16_t)(count == 0 ? VC_IDLE : holds ? c->took : VC_WAITING | wanted % n->ports);
    router->took = c->took;
    router->credits = credits_of(n, c->out);
    router->owner = held ? c->served : OWNER_NONE;
    router->served = c->served;
    end->fifo = x->held[vc] & HELD_COUNT;
    end->credits = credits_of(n, c->in);
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
    for (uint32_t vc = 0; vc < n->router_vcs; vc++)
        for (uint32_t i = 0; i < n->depth; i++)
            if (on_link(n, &x->vc[vc], i))
                counts[(x->vc[vc].in[i] & META_KIND) * (n->ports + n->endpoints) + n->ports + (vc >> CROSS_SHIFT)]++;
    for (uint32_t k = 0; k <= x->wheel_mask; k++)
        for (uint32_t i = 0; i < x->wheel[k].n_come; i++) {
            const uint32_t at = x->wheel[k].come[i], vc = at >> CROSS_PLACE_SHIFT;
            const uint64_t place = x->vc[vc].out[at & CROSS_PLACE_MASK];
            counts[(place & META_KIND) * (n->ports + n->endpoints) + (vc >> CROSS_SHIFT)]++;
        }
}

static uint64_t bytes_in(const struct vc_network *n, uint64_t place)
{
    return place >= CROSS_TAKEN ? n->kind_bytes[place & META_KIND] : 0;
}

uint64_t vc_crossbar_in_flight(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    uint64_t bytes = 0;
    for (uint32_t vc = 0; vc < n->router_vcs; vc++)
        for (uint32_t i = 0; i < n->depth; i++)
            bytes += bytes_in(n, x->vc[vc].in[i]) + bytes_in(n, x->vc[vc].out[i]);
    for (uint32_t e = 0; e < n->endpoints; e++)
        for (uint32_t lane = 0; lane < n->lanes; lane++)
            for (uint32_t i = n->ends[e].queues[lane].count, p = n->ends[e].queues[lane].first; i > 0; i--) {
                bytes += n->kind_bytes[n->packets[p].meta & META_KIND];
                p = n->packets[p].next;
            }
    return bytes;
}

/* Packets on links, and credits. */
uint32_t vc_crossbar_under_way(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    uint32_t items = 0;
    for (uint32_t k = 0; k <= x->wheel_mask; k++)
        items += x->wheel[k].n_come;
    for (uint32_t vc = 0; vc < n->router_vcs; vc++)
        for (uint32_t i = 0; i < n->depth; i++) {
            const struct cross_vc *c = &x->vc[vc];
            items += on_link(n, c, i);
            items += c->in[i] > n->now && c->in[i] < CROSS_TAKEN;
            items += c->out[i] > n->now && c->out[i] < CROSS_TAKEN;
        }
    return items;
}

/* Nothing is inside: places are free, or will be when their credits are home. */
void vc_crossbar_end(const struct vc_network *n)
{
    const struct vc_crossbar *x = n->crossbar;
    for (uint32_t vc = 0; vc < n->router_vcs; vc++) {
        const struct cross_vc *c = &x->vc[vc];
        for (uint32_t i = 0; i < n->depth; i++)
            SIM_CHECK(c->in[i] < CROSS_TAKEN && c->out[i] < CROSS_TAKEN, "%s: idle, and VC %u has not all its credits",
                      n->p.name, vc);
        SIM_CHECK(c->count == 0 && x->held[vc] == 0, "%s: idle, and VC %u holds packets", n->p.name, vc);
    }
    for (uint32_t i = 0; i < n->ports; i++)
        SIM_CHECK(n->port[i].cross.held == 0 && n->port[i].cross.active == 0, "%s: idle, and port %u has VCs taken",
                  n->p.name, i);
}
