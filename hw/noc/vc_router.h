/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.h - what the stages of the routers' cycle share; private to hw/noc.
 *
 * Functions with `how` exist several times, see struct vc_engine; those with `few`, for sets of one word and of more: a
 * constant in each. */
#ifndef HW_NOC_VC_ROUTER_H
#define HW_NOC_VC_ROUTER_H

#include "hw/noc/vc_state.h"
#include "sim/base/error.h"

/* How routers are evaluated; what is a constant here costs nothing. */
struct vc_engine {
    bool masks;     /* routers have masks, not lists */
    bool wide;      /* they have too many VCs for a word of them */
    bool plain;     /* links of one latency, routes without classes of VCs that do not adapt, no waveform, */
    uint32_t shift; /* and this vc_shift; else 0 */
};

static INLINE uint32_t shift_of(const struct vc_network *n, const struct vc_engine how)
{
    return how.plain ? how.shift : n->vc_shift;
}
static INLINE uint32_t mask_of(const struct vc_network *n, const struct vc_engine how)
{
    return how.plain ? (1u << how.shift) - 1 : n->vc_mask;
}

static INLINE struct vc_port *port_of(const struct vc_network *n, uint32_t vc)
{
    return &n->port[vc >> n->vc_shift];
}

/* The output VC that an active input VC holds. */
static INLINE uint32_t held_by(const struct vc_network *n, uint32_t vc)
{
    return port_of(n, vc)->first + n->vc[vc].out;
}

/* The port of a VC, both by local numbers. */
static INLINE uint32_t local_port(const struct vc_network *n, uint32_t vc)
{
    return vc >> n->vc_shift;
}

/* Masks: an active VC of the router asks for its output port, for the switch. */
static INLINE void ask_switch(struct vc_network *n, struct vc_tile *t, uint32_t port, uint32_t vc,
                              const struct vc_engine how)
{
    struct vc_port *sink = &n->port[port];
    t->asked[t->n_asked] = port;
    if (how.wide) {
        t->n_asked += sink->wide.ask == 0;
        sink->wide.ask |= 1u << (n->vc[vc].out & mask_of(n, how));
    } else {
        t->n_asked += sink->mask.ask == 0;
        sink->mask.ask |= 1ull << (vc - sink->first);
    }
}
/* A head asks for a VC of an output port. */
static INLINE void ask_vc(struct vc_network *n, struct vc_tile *t, uint32_t port, uint32_t vc,
                          const struct vc_engine how)
{
    struct vc_port *sink = &n->port[port];
    if (how.wide) {
        uint32_t number = port * n->lanes + n->lane_of_vc[vc & mask_of(n, how)];
        struct vc_chain *chain = &n->chains[number];
        t->wanted[t->n_wanted] = number;
        t->n_wanted += chain->count == 0;
        n->next_head[vc] = chain->first;
        chain->first = (uint16_t)(vc - sink->first);
        chain->count++;
    } else {
        t->wanted[t->n_wanted] = port;
        t->n_wanted += sink->mask.want == 0;
        sink->mask.want |= 1ull << (vc - sink->first);
    }
}

/* An active VC of an input port that has a flit and credit takes part in switch allocation from now on. */
static INLINE void set_ready(struct vc_network *n, struct vc_tile *t, uint32_t vc, struct vc_port *source,
                             const struct vc_engine how)
{
    uint32_t port = (source->first + n->vc[vc].out) >> shift_of(n, how);
    if (how.masks) {
        ask_switch(n, t, port, vc, how);
        return;
    }
    source->list.asks++;
    n->port[port].list.asked++;
    n->ready[n->n_ready++] = vc;
}

/* vc_adaptive.c: the head at the front of the FIFO is to be routed; it decides in the cycle in which its route is
 * known, before the switch. Returns the output port, in its router; *set: VCs there. */
void vc_begin_adaptive(struct vc_network *n, struct vc_tile *t, uint32_t vc, bool waits);
uint32_t vc_decide(struct vc_network *n, uint32_t vc, uint32_t *set);

/* Masks: the head has its route. */
static INLINE uint32_t decided(struct vc_network *n, uint32_t vc, const struct vc_engine how)
{
    uint32_t set, port;
    if (how.plain || !n->adaptive)
        return route_port(n->vc[vc].out, how.wide);
    port = vc_decide(n, vc, &set);
    n->vc[vc].out = route_told(port, set, how.wide);
    return port;
}

/* The head at the front of the FIFO finds its output port. Masks: it asks for a VC there from the next VC allocation
 * on, unless it is to wait for the one after that. Lists: it asks from the next cycle on, with look-ahead (the route
 * came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, struct vc_tile *t, uint32_t vc, const struct vc_port *source,
                                bool waits, const struct vc_engine how)
{
    if (!how.plain && n->adaptive) {
        vc_begin_adaptive(n, t, vc, waits);
        return;
    }
    struct vc *in = &n->vc[vc];
    const uint32_t shift = shift_of(n, how);
    uint32_t packet = flit_packet(in->front), set = n->lane_of_vc[vc & mask_of(n, how)], first = source->first, port;
    struct vc_place *to = &n->to[packet];
    if (how.plain && n->routers == 1)
        port = to->port;
    else
        port = vc_route(n, source->router, (vc - first) >> shift, to, &n->way[packet & n->way_mask], &set);
    uint32_t sink = port + (first >> shift);
    to->hops++;
    if (!how.masks) {
        in->out = VC_WAITING;
        n->heads[n->n_heads++] = (struct vc_head) {sink << n->set_shift | set, vc, sink, n->set_mask[set]};
        return;
    }
    in->out = route_told(port, set, how.wide);
    if (waits)
        t->fresh[t->n_fresh++] = vc;
    else
        ask_vc(n, t, sink, vc, how);
}

/* ---- what arrives ---- */

static INLINE void arrive_flit(struct vc_network *n, struct vc_tile *t, uint32_t vc, uint32_t flit,
                               const struct vc_engine how)
{
    struct vc *in = &n->vc[vc];
    struct vc_port *p = &n->port[vc >> shift_of(n, how)];
    uint32_t count = fifo_count(in), out = in->out;
    SIM_CHECK(count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, p->router);
    fifo_put(n, vc, flit);
    if (out == VC_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, p->router);
        begin_packet(n, t, vc, p, false, how);
    } else if (out < VC_WAITING && count == 0 && n->vc[p->first + out].credits > 0) {
        set_ready(n, t, vc, p, how);
    }
}

/* A credit comes home to a VC whose packet has gone: with the last one the VC is free. */
static INLINE void drained(struct vc_network *n, uint32_t vc)
{
    if (n->vc[vc].credits < n->depth)
        return;
    n->vc[vc].owner = OWNER_NONE;
    port_of(n, vc)->free |= 1u << (vc & n->vc_mask);
}

static INLINE void arrive_credit(struct vc_network *n, struct vc_tile *t, uint32_t vc, const struct vc_engine how)
{
    struct vc *out = &n->vc[vc];
    uint32_t credits = out->credits, owner = out->owner;
    SIM_CHECK(credits < n->depth, "%s: router %u has more credits than places", n->p.name, port_of(n, vc)->router);
    out->credits = (uint16_t)(credits + 1);
    if (owner == OWNER_DRAINS)
        drained(n, vc);
    if (credits > 0 || owner >= OWNER_DRAINS)
        return;
    owner += port_of(n, vc)->first;
    if (fifo_count(&n->vc[owner]) > 0 && (how.masks || !n->keeps || !n->keeps[owner]))
        set_ready(n, t, owner, port_of(n, owner), how);
}

static INLINE void arrive_credits(struct vc_network *n, struct vc_tile *t, struct vc_slot *s,
                                  const struct vc_engine how)
{
    const uint32_t *credit = s->credit, count = s->credits;
    for (uint32_t i = 0; i < count; i++) {
        if (how.masks && !how.wide)
            FETCH(&n->vc[credit[i + VC_AHEAD]]);
        arrive_credit(n, t, credit[i], how);
    }
    s->credits = 0;
}

static INLINE void fetch_ahead(const struct vc_network *n, const struct vc_flit *f, const struct vc_engine how)
{
    FETCH(&n->to[flit_packet(f->flit)]);
    FETCH(&n->vc[f->target]);
    FETCH(&n->port[f->target >> shift_of(n, how)]);
}

static INLINE void arrive_flits(struct vc_network *n, struct vc_tile *t, struct vc_slot *s, const struct vc_engine how)
{
    const struct vc_flit *flit = s->flit;
    const uint32_t count = s->flits;
    for (uint32_t i = 0; i < count; i++) {
        if (how.masks && !how.wide)
            fetch_ahead(n, &flit[i + VC_AHEAD], how);
        arrive_flit(n, t, flit[i].target, flit[i].flit, how);
    }
    s->flits = 0;
}

/* ---- VC allocation ---- */

/* The head of an input VC gets an output VC of `sink`, both by local numbers. Returns whether it has credit. */
static INLINE bool hold_vc(struct vc_network *n, struct vc_port *sink, uint32_t head, uint32_t resource,
                           const struct vc_engine how)
{
    struct vc *out = &n->vc[sink->first + resource];
    sink->free &= ~(1u << (resource & mask_of(n, how)));
    out->owner = (uint16_t)head;
    n->vc[sink->first + head].out = (uint16_t)resource;
    return out->credits > 0;
}

static INLINE uint32_t free_vcs(const struct vc_network *n, const struct vc_head *h)
{
    return n->port[h->port].free & h->set;
}

/* ---- the switch ---- */

enum vc_rest { REST_READY, REST_STOPS, REST_TAIL }; /* of what leaves: more can follow at once; not; it was a tail */

/* The slots into which a flit and its credit go; tile 0's. */
static INLINE struct vc_slot *flit_slots(const struct vc_network *n, const struct vc_port *sink,
                                         const struct vc_engine how)
{
    const bool to_end = sink->down >= n->router_vcs;
    if (!how.plain && n->varied && !to_end)
        return slots_at(n, n->now + n->port_latency[sink - n->port] + 2);
    return n->flits_to[to_end];
}
static INLINE struct vc_slot *credit_slots(const struct vc_network *n, const struct vc_port *source,
                                           const struct vc_engine how)
{
    const bool from_end = source->back >= n->router_vcs;
    if (!how.plain && n->varied && !from_end)
        return slots_at(n, n->now + n->back_latency[source - n->port] + 1 + n->p.shape.credit_delay);
    return n->credits_to[from_end];
}

/* The flit at the front of an input VC has won the switch: it leaves, and a credit goes back. */
static INLINE enum vc_rest send_front(struct vc_network *n, struct vc_tile *t, uint32_t vc,
                                      const struct vc_port *source, struct vc_port *sink, const struct vc_engine how)
{
    struct vc *in = &n->vc[vc];
    uint32_t resource = source->first + in->out, lane_vc = resource & mask_of(n, how);
    uint32_t target = sink->down + lane_vc, back = source->back + (vc & mask_of(n, how));
    struct vc *out = &n->vc[resource];
    uint32_t credits = out->credits;
    SIM_CHECK(credits > 0 && fifo_count(in) > 0, "%s: a flit leaves without credit", n->p.name);
    uint32_t flit = fifo_get(n, vc), count = fifo_count(in);
    out->credits = (uint16_t)--credits;
    send_flit(flit_slots(n, sink, how) + sink->down_tile, target, flit);
    send_credit(credit_slots(n, source, how) + source->back_tile, back);
    if (!how.plain && n->moved) {
        send_flit(n->moved, target, flit);
        send_credit(n->moved, back);
    }
    if (flit & FLIT_HEAD)
        ++*entered(n, (uint32_t)(sink - n->port), flit_kind(flit));
    if (!(flit & FLIT_TAIL))
        return count > 0 && credits > 0 ? REST_READY : REST_STOPS;
    bool drains = n->p.shape.wait_for_tail_credit;
    out->owner = drains ? OWNER_DRAINS : OWNER_NONE;
    if (!drains)
        sink->free |= 1u << lane_vc;
    in->out = VC_IDLE;
    if (count > 0)
        begin_packet(n, t, vc, source, true, how);
    return REST_TAIL;
}

static inline void vc_match_later(struct vc_matches *m, uint64_t due, struct vc_head head, uint32_t got)
{
    m->items[(m->head + m->n++) % m->places] = (struct vc_matched) {due, head, got};
}
/* The next one whose last cycle has come, or NULL; valid until the next call. */
static inline const struct vc_matched *vc_match_due(struct vc_matches *m, uint64_t now)
{
    const struct vc_matched *first = &m->items[m->head];
    if (m->n == 0 || first->due > now)
        return NULL;
    m->head = (m->head + 1) % m->places;
    m->n--;
    return first;
}

/* vc_switch.c: input VCs that may send a flit get the switch; firm requests only, or also bids and kept switches. */
void vc_switch_stage(struct vc_network *n);
void vc_switch_stage_with_options(struct vc_network *n);
void vc_switch_stage_delayed(struct vc_network *n);

#endif
