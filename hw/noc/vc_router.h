/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.h - what the stages of the routers' cycle share; private to hw/noc.
 *
 * Functions with `masks` exist twice, for routers with masks and with lists; those with `few`, for sets of one word and
 * of more: a constant in both. */
#ifndef HW_NOC_VC_ROUTER_H
#define HW_NOC_VC_ROUTER_H

#include "hw/noc/vc_state.h"
#include "sim/base/error.h"

#if defined(__GNUC__)
#define INLINE   __attribute__((always_inline)) inline
#define APART    __attribute__((noinline)) /* rare: keeps its registers out of the loops */
#define FETCH(p) __builtin_prefetch(p)
#else
#define INLINE inline
#define APART
#define FETCH(p) ((void)(p))
#endif

static INLINE struct vc_port *port_of(const struct vc_network *n, uint32_t vc)
{
    return &n->port[vc >> n->vc_shift];
}

/* The output VC that an active input VC holds. */
static INLINE uint32_t held_by(const struct vc_network *n, uint32_t vc)
{
    return port_of(n, vc)->first + n->in[vc].out;
}

/* The port of a VC, both by local numbers. */
static INLINE uint32_t local_port(const struct vc_network *n, uint32_t vc)
{
    return vc >> n->vc_shift;
}

/* Masks: an input VC of the router asks for an output port, for the switch; its head, for a VC there. */
static INLINE void ask_switch(struct vc_tile *t, struct vc_port *sink, uint32_t port, uint32_t local)
{
    t->asked[t->n_asked] = port;
    t->n_asked += sink->mask.ask == 0;
    sink->mask.ask |= 1ull << local;
}
static INLINE void ask_vc(struct vc_tile *t, struct vc_port *sink, uint32_t port, uint32_t local)
{
    t->wanted[t->n_wanted] = port;
    t->n_wanted += sink->mask.want == 0;
    sink->mask.want |= 1ull << local;
}

/* An active VC that has a flit and credit takes part in switch allocation from now on. */
static INLINE void set_ready(struct vc_network *n, struct vc_tile *t, uint32_t vc, const bool masks)
{
    struct vc_port *source = port_of(n, vc);
    uint32_t first = source->first, port = (first + n->in[vc].out) >> n->vc_shift;
    struct vc_port *sink = &n->port[port];
    if (masks) {
        ask_switch(t, sink, port, vc - first);
        return;
    }
    source->list.asks++;
    sink->list.asked++;
    n->ready[n->n_ready++] = vc;
}

/* vc_adaptive.c: the head at the front of the FIFO is to be routed; it decides in the cycle in which its route is
 * known, before the switch. Returns the output port, in its router; *set: VCs there. */
void vc_begin_adaptive(struct vc_network *n, struct vc_tile *t, uint32_t vc, bool waits);
uint32_t vc_decide(struct vc_network *n, uint32_t vc, uint32_t *set);

/* Masks: the head has its route. */
static INLINE uint32_t decided(struct vc_network *n, uint32_t vc)
{
    uint32_t set, port;
    if (!n->adaptive)
        return n->in[vc].out & VC_WAITING_PORT;
    port = vc_decide(n, vc, &set);
    n->in[vc].out = (uint16_t)(VC_WAITING | set << VC_WAITING_SET | port);
    return port;
}

/* The head at the front of the FIFO finds its output port. Masks: it asks for a VC there from the next VC allocation
 * on, unless it is to wait for the one after that. Lists: it asks from the next cycle on, with look-ahead (the route
 * came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, struct vc_tile *t, uint32_t vc, bool waits, const bool masks)
{
    if (n->adaptive) {
        vc_begin_adaptive(n, t, vc, waits);
        return;
    }
    struct vc_in *in = &n->in[vc];
    const struct vc_port *source = port_of(n, vc);
    uint32_t packet = flit_packet(in->front), set = n->lane_of_vc[vc & n->vc_mask], first = source->first;
    struct vc_packet *p = &n->packets[packet];
    uint32_t port = vc_route(n, source->router, local_port(n, vc - first), &p->to, &n->way[packet & n->way_mask], &set);
    uint32_t sink = port + local_port(n, first);
    p->to.hops++;
    if (!masks) {
        in->out = VC_WAITING;
        n->heads[n->n_heads++] = (struct vc_head) {sink << n->set_shift | set, vc, sink, n->set_mask[set]};
        return;
    }
    in->out = (uint16_t)(VC_WAITING | set << VC_WAITING_SET | port);
    if (waits)
        t->fresh[t->n_fresh++] = vc;
    else
        ask_vc(t, &n->port[sink], sink, vc - first);
}

/* ---- what arrives ---- */

static INLINE void arrive_flit(struct vc_network *n, struct vc_tile *t, uint32_t vc, uint32_t flit, const bool masks)
{
    struct vc_in *in = &n->in[vc];
    const struct vc_port *p = port_of(n, vc);
    uint32_t count = fifo_count(in), out = in->out;
    SIM_CHECK(count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, p->router);
    fifo_put(n, vc, flit);
    if (out == VC_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, p->router);
        begin_packet(n, t, vc, false, masks);
    } else if (out < VC_WAITING && count == 0 && n->out[p->first + out].credits > 0) {
        set_ready(n, t, vc, masks);
    }
}

/* A credit comes home to a VC whose packet has gone: with the last one the VC is free. */
static INLINE void drained(struct vc_network *n, uint32_t vc)
{
    if (n->out[vc].credits < n->depth)
        return;
    n->out[vc].owner = OWNER_NONE;
    port_of(n, vc)->free |= 1u << (vc & n->vc_mask);
}

static INLINE void arrive_credit(struct vc_network *n, struct vc_tile *t, uint32_t vc, const bool masks)
{
    struct vc_out *out = &n->out[vc];
    uint32_t credits = out->credits, owner = out->owner;
    SIM_CHECK(credits < n->depth, "%s: router %u has more credits than places", n->p.name, port_of(n, vc)->router);
    out->credits = (uint16_t)(credits + 1);
    if (owner == OWNER_DRAINS)
        drained(n, vc);
    if (credits > 0 || owner >= OWNER_DRAINS)
        return;
    owner += port_of(n, vc)->first;
    if (fifo_count(&n->in[owner]) > 0 && (masks || !n->keeps || !n->keeps[owner]))
        set_ready(n, t, owner, masks);
}

static INLINE void arrive_credits(struct vc_network *n, struct vc_tile *t, struct vc_slot *s, const bool masks)
{
    for (uint32_t i = 0; i < s->credits; i++) {
        if (masks)
            FETCH(&n->out[s->credit[i + VC_AHEAD]]);
        arrive_credit(n, t, s->credit[i], masks);
    }
    s->credits = 0;
}

static INLINE void fetch_ahead(const struct vc_network *n, const struct vc_flit *f)
{
    FETCH(&n->packets[flit_packet(f->flit)]);
    FETCH(&n->in[f->target]);
    FETCH(port_of(n, f->target));
}

static INLINE void arrive_flits(struct vc_network *n, struct vc_tile *t, struct vc_slot *s, const bool masks)
{
    for (uint32_t i = 0; i < s->flits; i++) {
        if (masks)
            fetch_ahead(n, &s->flit[i + VC_AHEAD]);
        arrive_flit(n, t, s->flit[i].target, s->flit[i].flit, masks);
    }
    s->flits = 0;
}

/* ---- VC allocation ---- */

/* Returns whether the VC has credit. */
static INLINE bool hold_vc(struct vc_network *n, uint32_t vc, uint32_t resource)
{
    struct vc_out *out = &n->out[resource];
    struct vc_port *sink = port_of(n, resource);
    sink->free &= ~(1u << (resource & n->vc_mask));
    out->owner = (uint16_t)(vc - sink->first);
    n->in[vc].out = (uint16_t)(resource - sink->first);
    return out->credits > 0;
}

static INLINE uint32_t free_vcs(const struct vc_network *n, const struct vc_head *h)
{
    return n->port[h->port].free & h->set;
}

/* ---- the switch ---- */

enum vc_rest { REST_READY, REST_STOPS, REST_TAIL }; /* of what leaves: more can follow at once; not; it was a tail */

/* The flit at the front of an input VC has won the switch: it leaves, and a credit goes back. */
static INLINE enum vc_rest send_front(struct vc_network *n, struct vc_tile *t, uint32_t vc,
                                      const struct vc_port *source, struct vc_port *sink, const bool masks)
{
    struct vc_in *in = &n->in[vc];
    uint32_t resource = source->first + in->out, lane_vc = resource & n->vc_mask;
    const struct vc_wires *ahead = &n->wires[resource >> n->vc_shift], *behind = &n->wires[vc >> n->vc_shift];
    uint32_t down = ahead->down, back = behind->back;
    struct vc_out *out = &n->out[resource];
    uint32_t credits = out->credits;
    SIM_CHECK(credits > 0 && fifo_count(in) > 0, "%s: a flit leaves without credit", n->p.name);
    uint32_t flit = fifo_get(n, vc), count = fifo_count(in);
    out->credits = (uint16_t)--credits;
    const bool to_end = down >= n->router_vcs, from_end = back >= n->router_vcs;
    struct vc_slot *flits = n->flits_to[to_end], *credits_back = n->credits_to[from_end];
    if (n->varied && !to_end)
        flits = slots_at(n, n->now + n->port_latency[resource >> n->vc_shift] + 2);
    if (n->varied && !from_end)
        credits_back = slots_at(n, n->now + n->back_latency[vc >> n->vc_shift] + 1 + n->p.shape.credit_delay);
    send_flit(flits + ahead->down_tile, down + lane_vc, flit);
    send_credit(credits_back + behind->back_tile, back + (vc & n->vc_mask));
    if (n->moved) {
        send_flit(n->moved, down + lane_vc, flit);
        send_credit(n->moved, back + (vc & n->vc_mask));
    }
    if (flit & FLIT_HEAD)
        ++*entered(n, resource >> n->vc_shift, flit_kind(flit));
    if (!(flit & FLIT_TAIL))
        return count > 0 && credits > 0 ? REST_READY : REST_STOPS;
    bool drains = n->p.shape.wait_for_tail_credit;
    out->owner = drains ? OWNER_DRAINS : OWNER_NONE;
    if (!drains)
        sink->free |= 1u << lane_vc;
    in->out = VC_IDLE;
    if (count > 0)
        begin_packet(n, t, vc, true, masks);
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
