/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.c - the routers' cycle: buffer write, VC allocation, route, switch allocation.
 *
 * All stages of a cycle decide on what was pending when the cycle began. So the order is: VC allocation (its winners
 * may not ask for the switch yet: they are remembered), routes (their heads may not ask for a VC yet), switch
 * allocation (what its tails leave behind, free output VCs and heads to be routed, is for the next cycle), then the
 * remembered winners. Each stage goes over all routers that have something for it; routers do not meet within a cycle.
 *
 * VC allocation is one matching over all ports x VCs of a router; as a head asks for VCs of one output port and one
 * virtual network only, the matching falls apart into groups that are solved one by one, with the same result.
 *
 * The functions here exist twice, for narrow and for wide masks; `narrow` is a constant in both. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"

#define NO_CHOICE UINT16_MAX

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) inline
#else
#define INLINE inline
#endif

static INLINE size_t stride_of(const struct vc_network *n, const bool narrow)
{
    return narrow ? 1 : n->stride;
}

static INLINE void mark(uint64_t *words, uint32_t i)
{
    words[i >> 6] |= 1ull << (i & 63);
}

static INLINE void unmark(uint64_t *words, uint32_t i)
{
    words[i >> 6] &= ~(1ull << (i & 63));
}

static INLINE void set_ready(struct vc_network *n, uint32_t router, uint32_t local, const bool narrow)
{
    bits_set(n->ready + router * stride_of(n, narrow), local, narrow);
    mark(n->busy, router);
}

static INLINE void ask_for_vc(struct vc_network *n, uint32_t group, uint32_t local, const bool narrow)
{
    bits_set(n->wait + group * stride_of(n, narrow), local, narrow);
    mark(n->groups, group);
}

/* The head at the front of the FIFO finds its output port in this cycle; it asks for a VC from the next one on, with
 * look-ahead (the route came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, uint32_t router, uint32_t local, const bool narrow)
{
    const struct vc_router *r = &n->router[router];
    struct vc_in *in = &n->in[r->vc_base + local];
    struct vc_packet *p = &n->packets[flit_packet(in->front)];
    uint32_t port = p->router == router ? p->port : n->topology->route(n, router, p->router);
    uint32_t group = (r->port_base + port) << n->group_shift | n->lane_of_vc[local & n->vc_mask];
    p->hops++;
    in->phase = VC_WAITING;
    if (n->p.shape.routing_delay == 0)
        ask_for_vc(n, group, local, narrow);
    else
        n->routing[n->n_routing++] = (struct vc_head) {group, local};
}

/* ---- what arrives ---- */

static INLINE void take_flit(struct vc_network *n, uint32_t vc, uint32_t flit, const bool narrow)
{
    struct vc_in *in = &n->in[vc];
    const struct vc_port *p = &n->port[vc >> n->vc_shift];
    uint32_t count = in->count, phase = in->phase, base = n->router[p->router].vc_base;
    SIM_CHECK(count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, p->router);
    fifo_put(n, vc, flit);
    if (flit & FLIT_TAIL)
        passed(n, p->link_in, flit_kind(flit))->left++;
    if (phase == VC_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, p->router);
        begin_packet(n, p->router, vc - base, narrow);
    } else if (phase == VC_ACTIVE && count == 0 && n->out[base + in->out].credits > 0) {
        set_ready(n, p->router, vc - base, narrow);
    }
}

static INLINE void take_credit(struct vc_network *n, uint32_t vc, const bool narrow)
{
    struct vc_out *out = &n->out[vc];
    SIM_CHECK(out->credits < n->depth, "%s: router %u has more credits than places", n->p.name,
              n->port[vc >> n->vc_shift].router);
    if (out->credits++ > 0 || out->owner == VC_NOBODY)
        return;
    uint32_t router = n->port[vc >> n->vc_shift].router;
    if (n->in[n->router[router].vc_base + out->owner].count > 0)
        set_ready(n, router, out->owner, narrow);
}

static INLINE void arrive(struct vc_network *n, struct vc_slot *s, const bool narrow)
{
    for (uint32_t i = 0; i < s->credits[0]; i++)
        take_credit(n, s->credit[0][i], narrow);
    for (uint32_t i = 0; i < s->credits[1]; i++)
        vc_interface_credit(n, s->credit[1][i]);
    for (uint32_t i = 0; i < s->flits[0]; i++)
        take_flit(n, s->flit[0][i].target, s->flit[0][i].flit, narrow);
    for (uint32_t i = 0; i < s->flits[1]; i++)
        vc_interface_flit(n, &s->flit[1][i]);
    s->credits[0] = s->credits[1] = s->flits[0] = s->flits[1] = 0;
}

void vc_routers_arrive(struct vc_network *n, struct vc_slot *s)
{
    if (n->narrow)
        arrive(n, s, true);
    else
        arrive(n, s, false);
}

/* ---- VC allocation ---- */

/* Input VC `local` of the router gets VC v of the group's output port. */
static INLINE void take_vc(struct vc_network *n, const struct vc_router *r, uint32_t group, uint32_t local, uint32_t v,
                           const bool narrow)
{
    uint32_t port = group >> n->group_shift, resource = (port << n->vc_shift) + v;
    struct vc_in *in = &n->in[r->vc_base + local];
    struct vc_out *out = &n->out[resource];
    uint64_t *wait = n->wait + group * stride_of(n, narrow);
    n->port[port].free &= ~(1u << v);
    out->owner = (uint16_t)local;
    out->grant = (uint16_t)(local + 1u);
    in->accept = (uint16_t)(resource - r->vc_base + 1);
    in->out = (uint16_t)(resource - r->vc_base);
    in->phase = VC_ACTIVE;
    bits_clear(wait, local, narrow);
    if (!wait[0])
        unmark(n->groups, group);
    if (out->credits > 0)
        n->winners[n->n_winners++] = (struct vc_winner) {n->port[port].router, (uint16_t)local};
}

/* Several heads: each free VC grants one, each head takes the first of its grants. */
static INLINE void match_group(struct vc_network *n, const struct vc_router *r, uint32_t group, uint32_t free,
                               const bool narrow)
{
    uint32_t circle = r->circle, n_granted = 0, first = (group >> n->group_shift << n->vc_shift) - r->vc_base;
    const uint64_t *wait = n->wait + group * stride_of(n, narrow);
    for (; free; free &= free - 1) {
        uint32_t v = (uint32_t)__builtin_ctz(free), resource = first + v;
        uint32_t local = bits_cyclic(wait, n->out[r->vc_base + resource].grant, narrow);
        uint32_t accept = n->in[r->vc_base + local].accept;
        uint16_t *choice = &n->choice[local];
        if (*choice == NO_CHOICE) {
            n->granted[n_granted++] = (uint16_t)local;
            *choice = (uint16_t)v;
        } else if (cyclic_distance(resource, accept, circle) < cyclic_distance(first + *choice, accept, circle)) {
            *choice = (uint16_t)v;
        }
    }
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t local = n->granted[k], v = n->choice[local];
        n->choice[local] = NO_CHOICE;
        take_vc(n, r, group, local, v, narrow);
    }
}

static INLINE void vc_stage(struct vc_network *n, uint32_t group, const bool narrow)
{
    uint32_t port = group >> n->group_shift;
    uint32_t free = n->port[port].free & n->lane_mask[group & ((1u << n->group_shift) - 1)];
    const struct vc_router *r = &n->router[n->port[port].router];
    const uint64_t *wait = n->wait + group * stride_of(n, narrow);
    if (free && bits_single(wait, narrow)) {
        uint32_t local = bits_first(wait, narrow);
        uint32_t turn = r->vc_base + n->in[r->vc_base + local].accept - (port << n->vc_shift);
        turn = turn < n->vcs ? turn : 0; /* elsewhere on the circle: from VC 0 on */
        uint32_t later = free >> turn << turn;
        take_vc(n, r, group, local, (uint32_t)__builtin_ctz(later ? later : free), narrow);
        return;
    }
    if (free)
        match_group(n, r, group, free, narrow);
    n->vc_losses[port] += bits_count(wait, narrow);
}

/* ---- switch allocation ---- */

/* The flit at the front of input VC `local` has won the switch: it leaves, and a credit goes back. */
static INLINE void traverse(struct vc_network *n, const struct vc_router *r, uint64_t *ready, uint32_t local,
                            const bool narrow)
{
    uint32_t vc = r->vc_base + local, from = local >> n->vc_shift, v = local & n->vc_mask;
    struct vc_in *in = &n->in[vc];
    uint32_t resource = in->out, to = resource >> n->vc_shift, out_vc = resource & n->vc_mask;
    struct vc_out *out = &n->out[r->vc_base + resource];
    struct vc_port *source = &n->port[r->port_base + from], *sink = &n->port[r->port_base + to];
    uint32_t credits = out->credits;
    SIM_CHECK(credits > 0 && in->count > 0, "%s: a flit leaves without credit", n->p.name);
    uint32_t flit = fifo_get(n, vc), count = in->count;
    out->credits = (uint16_t)--credits;
    source->turn = (uint16_t)(v + 1);
    source->switch_accept = (uint16_t)(to + 1);
    sink->switch_grant = (uint16_t)(from + 1);
    uint32_t down = sink->down + out_vc, link = source->link_in;
    send_flit(n->flit_slot, down >= n->router_vcs, down, flit);
    send_credit(link < n->ports ? n->credit_slot : n->node_slot, link >= n->ports, (link << n->vc_shift) + v);
    if (flit & FLIT_HEAD)
        passed(n, r->port_base + to, flit_kind(flit))->entered++;
    if (flit & FLIT_TAIL || count == 0 || credits == 0)
        bits_clear(ready, local, narrow);
    if (flit & FLIT_TAIL) {
        sink->free |= 1u << out_vc;
        out->owner = VC_NOBODY;
        in->phase = VC_IDLE;
        if (count > 0)
            begin_packet(n, sink->router, local, narrow);
    }
}

/* Who speaks for (input, output), and which inputs each output is asked by. */
static INLINE void collect(struct vc_network *n, const struct vc_router *r, const uint64_t *ready, const bool narrow)
{
    const struct vc_in *ins = &n->in[r->vc_base];
    BITS_EACH(local, ready, narrow)
    {
        uint32_t resource = ins[local].out, i = local >> n->vc_shift, o = resource >> n->vc_shift;
        uint64_t *asked = n->requests + o * stride_of(n, narrow);
        uint16_t *speaker = &n->speaker[i * r->ports + o];
        if (!bits_test(asked, i, narrow)) {
            bits_set(asked, i, narrow);
            bits_set(n->outs, o, narrow);
            *speaker = (uint16_t)local;
            continue;
        }
        uint32_t turn = n->port[r->port_base + i].turn;
        if (cyclic_distance(local & n->vc_mask, turn, n->vcs) < cyclic_distance(*speaker & n->vc_mask, turn, n->vcs))
            *speaker = (uint16_t)local;
    }
}

/* Each output grants one input; an input remembers the grant that comes first for it. Returns how many inputs have
 * one. */
static INLINE uint32_t grant(struct vc_network *n, const struct vc_router *r, const bool narrow)
{
    struct vc_port *ports = &n->port[r->port_base];
    uint32_t n_granted = 0;
    BITS_EACH(o, n->outs, narrow)
    {
        uint64_t *asked = n->requests + o * stride_of(n, narrow);
        uint32_t i = bits_cyclic(asked, ports[o].switch_grant, narrow), best = ports[i].best;
        if (!bits_single(asked, narrow))
            n->switch_losses[r->port_base + o] += bits_count(asked, narrow) - 1;
        bits_empty(asked, narrow);
        if (best == NO_CHOICE) {
            n->granted[n_granted++] = (uint16_t)i;
            ports[i].best = (uint16_t)o;
            continue;
        }
        uint32_t turn = ports[i].switch_accept;
        bool closer = cyclic_distance(o, turn, r->ports) < cyclic_distance(best, turn, r->ports);
        n->switch_losses[r->port_base + (closer ? best : o)]++;
        ports[i].best = (uint16_t)(closer ? o : best);
    }
    bits_empty(n->outs, narrow);
    return n_granted;
}

/* No two of them come from one input or go to one output: then the matching gives each the switch. */
static INLINE bool all_apart(const struct vc_network *n, const struct vc_router *r, const uint64_t *ready,
                             const bool narrow)
{
    uint64_t from = 0, to = 0, twice = 0;
    if (!narrow && r->ports > 64)
        return bits_single(ready, narrow);
    BITS_EACH(local, ready, narrow)
    {
        uint64_t i = 1ull << (local >> n->vc_shift), o = 1ull << (n->in[r->vc_base + local].out >> n->vc_shift);
        twice |= (from & i) | (to & o);
        from |= i;
        to |= o;
    }
    return twice == 0;
}

static INLINE void switch_stage(struct vc_network *n, uint32_t router, const bool narrow)
{
    const struct vc_router *r = &n->router[router];
    uint64_t *ready = n->ready + router * stride_of(n, narrow);
    if (all_apart(n, r, ready, narrow)) {
        BITS_EACH(local, ready, narrow)
        traverse(n, r, ready, local, narrow);
    } else {
        collect(n, r, ready, narrow);
        uint32_t n_granted = grant(n, r, narrow);
        struct vc_port *ports = &n->port[r->port_base];
        for (uint32_t k = 0; k < n_granted; k++) {
            uint32_t i = n->granted[k], o = ports[i].best;
            ports[i].best = NO_CHOICE;
            traverse(n, r, ready, n->speaker[i * r->ports + o], narrow);
        }
    }
    if (!ready[0])
        unmark(n->busy, router);
}

/* ---- the cycle ---- */

static INLINE void route_stage(struct vc_network *n, const bool narrow)
{
    for (uint32_t i = 0; i < n->n_routing; i++)
        ask_for_vc(n, n->routing[i].group, n->routing[i].local, narrow);
    n->n_routing = 0;
}

static INLINE void winners_get_ready(struct vc_network *n, const bool narrow)
{
    for (uint32_t i = 0; i < n->n_winners; i++)
        set_ready(n, n->winners[i].router, n->winners[i].local, narrow);
    n->n_winners = 0;
}

/* A visit clears its own mark only. */
#define MARKS_EACH(i, words, n_words)                                                                                  \
    for (uint32_t w_ = 0; w_ < (n_words); w_++)                                                                        \
        for (uint64_t rest_ = (words)[w_]; rest_; rest_ &= rest_ - 1)                                                  \
            for (uint32_t i = w_ * 64 + bits_low(rest_), once_ = 1; once_; once_ = 0)

static INLINE void steps(struct vc_network *n, const bool narrow)
{
    MARKS_EACH(group, n->groups, n->group_words)
    vc_stage(n, group, narrow);
    route_stage(n, narrow);
    MARKS_EACH(router, n->busy, n->busy_words)
    switch_stage(n, router, narrow);
    winners_get_ready(n, narrow);
}

static uint32_t list_marks(struct vc_network *n, const uint64_t *words, uint32_t n_words)
{
    uint32_t count = 0;
    MARKS_EACH(i, words, n_words)
    n->order[count++] = i;
    return count;
}

static void shuffled_steps(struct vc_network *n, uint64_t cycle)
{
    uint32_t count = list_marks(n, n->groups, n->group_words);
    for (uint32_t i = 0; i < count; i++)
        vc_stage(n, n->order[run_order(n->run, cycle, i, count)], n->narrow);
    route_stage(n, n->narrow);
    count = list_marks(n, n->busy, n->busy_words);
    for (uint32_t i = 0; i < count; i++)
        switch_stage(n, n->order[run_order(n->run, cycle, i, count)], n->narrow);
    winners_get_ready(n, n->narrow);
}

void vc_routers_step(struct vc_network *n, uint64_t cycle)
{
    n->flit_slot = slot_at(n, cycle + n->latency + 2);
    n->credit_slot = slot_at(n, cycle + n->latency + 1 + n->p.shape.credit_delay);
    n->node_slot = slot_at(n, cycle + n->latency + 1);
    if (n->run->shuffle)
        shuffled_steps(n, cycle);
    else if (n->narrow)
        steps(n, true);
    else
        steps(n, false);
}
