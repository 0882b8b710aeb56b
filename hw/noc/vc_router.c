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
 * Almost always a head is alone in its group and a request alone at its input and its output: such a one gets what it
 * asks for without sets or searches, and moves the pointers as the full matching would.
 *
 * Functions with `narrow` or `few` exist twice, for sets of one word and of more: constants in both. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"

#define NO_CHOICE UINT16_MAX
#define GONE      UINT32_MAX

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) inline
#define RARE   __attribute__((noinline))
#else
#define INLINE inline
#define RARE
#endif

static INLINE void set_ready(struct vc_network *n, uint32_t vc)
{
    uint32_t router = n->port[vc >> n->vc_shift].router;
    struct vc_router *r = &n->router[router];
    if (r->n_ready == 0)
        n->busy[n->n_busy++] = router;
    n->ready[r->vc_base + r->n_ready++] = vc;
}

/* ---- heads that wait for a VC ---- */

static uint64_t *wait_of(const struct vc_network *n, uint32_t group)
{
    return n->wait + (size_t)group * n->stride;
}

static uint32_t local_of(const struct vc_network *n, uint32_t vc)
{
    return vc - n->router[n->port[vc >> n->vc_shift].router].vc_base;
}

/* One more in a group in which somebody waits. */
static RARE void ask_in_company(struct vc_network *n, uint32_t group, uint32_t vc)
{
    struct vc_group *g = &n->groups[group];
    if (g->count == 1)
        bits_set(wait_of(n, group), local_of(n, g->alone), n->narrow);
    bits_set(wait_of(n, group), local_of(n, vc), n->narrow);
    g->count++;
}

static INLINE void ask_for_vc(struct vc_network *n, uint32_t group, uint32_t vc)
{
    struct vc_group *g = &n->groups[group];
    if (g->count > 0) {
        ask_in_company(n, group, vc);
        return;
    }
    *g = (struct vc_group) {1, vc};
    n->asked[n->n_asked++] = group;
}

/* The head at the front of the FIFO finds its output port in this cycle; it asks for a VC from the next one on, with
 * look-ahead (the route came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, uint32_t router, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    struct vc_packet *p = &n->packets[flit_packet(in->front)];
    uint32_t port = p->router == router ? p->port : n->topology->route(n, router, p->router);
    uint32_t group = (n->router[router].port_base + port) << n->group_shift | n->lane_of_vc[vc & n->vc_mask];
    p->hops++;
    in->phase = VC_WAITING;
    if (n->p.shape.routing_delay == 0)
        ask_for_vc(n, group, vc);
    else
        n->routing[n->n_routing++] = (struct vc_head) {group, vc};
}

/* ---- what arrives ---- */

static INLINE void take_flit(struct vc_network *n, uint32_t vc, uint32_t flit)
{
    struct vc_in *in = &n->in[vc];
    const struct vc_port *p = &n->port[vc >> n->vc_shift];
    uint32_t count = in->count, phase = in->phase;
    SIM_CHECK(count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, p->router);
    fifo_put(n, vc, flit);
    if (flit & FLIT_TAIL)
        passed(n, p->link_in, flit_kind(flit))->left++;
    if (phase == VC_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, p->router);
        begin_packet(n, p->router, vc);
    } else if (phase == VC_ACTIVE && count == 0 && n->out[in->out].credits > 0) {
        set_ready(n, vc);
    }
}

static INLINE void take_credit(struct vc_network *n, uint32_t vc)
{
    struct vc_out *out = &n->out[vc];
    SIM_CHECK(out->credits < n->depth, "%s: router %u has more credits than places", n->p.name,
              n->port[vc >> n->vc_shift].router);
    if (out->credits++ == 0 && out->owner != VC_NONE && n->in[out->owner].count > 0)
        set_ready(n, out->owner);
}

void vc_routers_arrive(struct vc_network *n, struct vc_slot *s, uint64_t cycle)
{
    for (uint32_t i = 0; i < s->credits[0]; i++)
        take_credit(n, s->credit[0][i]);
    for (uint32_t i = 0; i < s->credits[1]; i++)
        vc_interface_credit(n, s->credit[1][i]);
    for (uint32_t i = 0; i < s->flits[0]; i++)
        take_flit(n, s->flit[0][i].target, s->flit[0][i].flit);
    for (uint32_t i = 0; i < s->flits[1]; i++)
        vc_interface_flit(n, &s->flit[1][i], cycle);
    s->credits[0] = s->credits[1] = s->flits[0] = s->flits[1] = 0;
}

/* ---- VC allocation ---- */

/* Input VC `vc` of the router gets VC v of the group's output port. */
static INLINE void take_vc(struct vc_network *n, const struct vc_router *r, uint32_t port, uint32_t vc, uint32_t v)
{
    uint32_t resource = (port << n->vc_shift) + v;
    struct vc_in *in = &n->in[vc];
    struct vc_out *out = &n->out[resource];
    n->port[port].free &= ~(1u << v);
    out->owner = vc;
    out->grant = (uint16_t)(vc - r->vc_base + 1);
    in->accept = (uint16_t)(resource - r->vc_base + 1);
    in->out = resource;
    in->phase = VC_ACTIVE;
    if (out->credits > 0)
        n->winners[n->n_winners++] = vc;
}

/* Several heads: each free VC grants one, each head takes the first of its grants. */
static INLINE void match_group(struct vc_network *n, const struct vc_router *r, uint32_t group, uint32_t free,
                               const bool narrow)
{
    uint32_t circle = r->circle, n_granted = 0, port = group >> n->group_shift;
    uint32_t first = (port << n->vc_shift) - r->vc_base;
    uint64_t *wait = wait_of(n, group);
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
        bits_clear(wait, local, narrow);
        take_vc(n, r, port, r->vc_base + local, v);
    }
    n->groups[group].count -= n_granted;
    if (n->groups[group].count == 1) {
        uint32_t local = bits_first(wait, narrow);
        bits_clear(wait, local, narrow);
        n->groups[group].alone = r->vc_base + local;
    }
}

/* Returns whether heads of the group still wait. */
static INLINE bool vc_stage(struct vc_network *n, uint32_t group, const bool narrow)
{
    uint32_t port = group >> n->group_shift;
    uint32_t free = n->port[port].free & n->lane_mask[group & ((1u << n->group_shift) - 1)];
    const struct vc_router *r = &n->router[n->port[port].router];
    struct vc_group *g = &n->groups[group];
    if (free && g->count == 1) {
        uint32_t vc = g->alone, turn = r->vc_base + n->in[vc].accept - (port << n->vc_shift);
        turn = turn < n->vcs ? turn : 0; /* elsewhere on the circle: from VC 0 on */
        uint32_t later = free >> turn << turn;
        g->count = 0;
        take_vc(n, r, port, vc, (uint32_t)__builtin_ctz(later ? later : free));
        return false;
    }
    if (free)
        match_group(n, r, group, free, narrow);
    n->vc_losses[port] += g->count;
    return g->count > 0;
}

static INLINE void vc_stages(struct vc_network *n, const bool narrow)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n_asked; i++) {
        uint32_t group = n->asked[i];
        n->asked[kept] = group;
        kept += vc_stage(n, group, narrow);
    }
    n->n_asked = kept;
}

/* ---- switch allocation ---- */

/* The flit at the front of an input VC has won the switch: it leaves, and a credit goes back. Returns whether the VC
 * can take part again at once. */
static INLINE bool traverse(struct vc_network *n, const struct vc_router *r, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    uint32_t resource = in->out, out_vc = resource & n->vc_mask, v = vc & n->vc_mask;
    uint32_t from = vc >> n->vc_shift, to = resource >> n->vc_shift;
    struct vc_out *out = &n->out[resource];
    struct vc_port *source = &n->port[from], *sink = &n->port[to];
    uint32_t credits = out->credits;
    SIM_CHECK(credits > 0 && in->count > 0, "%s: a flit leaves without credit", n->p.name);
    uint32_t flit = fifo_get(n, vc), count = in->count;
    out->credits = (uint16_t)--credits;
    source->turn = (uint16_t)(v + 1);
    source->switch_accept = (uint16_t)(to - r->port_base + 1);
    sink->switch_grant = (uint16_t)(from - r->port_base + 1);
    uint32_t down = sink->down + out_vc, link = source->link_in;
    send_flit(n->flit_slot, down >= n->router_vcs, down, flit);
    send_credit(link < n->ports ? n->credit_slot : n->node_slot, link >= n->ports, (link << n->vc_shift) + v);
    if (flit & FLIT_HEAD)
        passed(n, to, flit_kind(flit))->entered++;
    if (!(flit & FLIT_TAIL))
        return count > 0 && credits > 0;
    sink->free |= 1u << out_vc;
    out->owner = VC_NONE;
    in->phase = VC_IDLE;
    if (count > 0)
        begin_packet(n, sink->router, vc);
    return false;
}

static INLINE uint64_t *requests_of(const struct vc_network *n, uint32_t o, const bool few)
{
    return n->requests + (few ? o : (size_t)o * n->request_stride);
}

/* The k-th ready VC asks: who speaks for (input, output), and which inputs is each output asked by? */
static INLINE void collect(struct vc_network *n, const struct vc_router *r, uint32_t k, const bool few)
{
    const uint32_t *ready = n->ready + r->vc_base;
    uint32_t vc = ready[k], from = vc >> n->vc_shift, i = from - r->port_base;
    uint32_t o = (n->in[vc].out >> n->vc_shift) - r->port_base, turn = n->port[from].turn;
    uint64_t *asked = requests_of(n, o, few);
    uint16_t *speaker = &n->speaker[i * r->ports + o];
    if (!bits_test(asked, i, few)) {
        bits_set(asked, i, few);
        bits_set(n->outs, o, few);
        *speaker = (uint16_t)k;
    } else if (cyclic_distance(vc & n->vc_mask, turn, n->vcs) <
               cyclic_distance(ready[*speaker] & n->vc_mask, turn, n->vcs)) {
        *speaker = (uint16_t)k;
    }
}

/* Each output grants one input; an input remembers the grant that comes first for it. Returns how many inputs have
 * one. */
static INLINE uint32_t grant(struct vc_network *n, const struct vc_router *r, const bool few)
{
    struct vc_port *ports = &n->port[r->port_base];
    uint32_t n_granted = 0;
    BITS_EACH(o, n->outs, few)
    {
        uint64_t *asked = requests_of(n, o, few);
        uint32_t i = bits_cyclic(asked, ports[o].switch_grant, few), best = ports[i].best;
        if (!bits_single(asked, few))
            n->switch_losses[r->port_base + o] += bits_count(asked, few) - 1;
        bits_empty(asked, few);
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
    bits_empty(n->outs, few);
    return n_granted;
}

/* Matches what was collected; who wins and does not take part again is GONE from the list. */
static INLINE void match_switch(struct vc_network *n, const struct vc_router *r, const bool few)
{
    uint32_t n_granted = grant(n, r, few), *ready = n->ready + r->vc_base;
    struct vc_port *ports = &n->port[r->port_base];
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t i = n->granted[k], o = ports[i].best, at = n->speaker[i * r->ports + o];
        ports[i].best = NO_CHOICE;
        if (!traverse(n, r, ready[at]))
            ready[at] = GONE;
    }
}

/* Ports at which ready VCs stand, and ports at which more than one does: [0] inputs, [1] outputs. */
#define PORT_WORDS (VC_NETWORK_WIDE / 64)
struct crowd {
    uint64_t some[2][PORT_WORDS], several[2][PORT_WORDS];
};

static INLINE void crowd_add(struct crowd *c, uint32_t way, uint32_t port, const bool few)
{
    uint32_t word = few ? 0 : port >> 6;
    uint64_t bit = 1ull << (port & 63);
    c->several[way][word] |= c->some[way][word] & bit;
    c->some[way][word] |= bit;
}

static INLINE bool crowd_at(const struct crowd *c, uint32_t way, uint32_t port, const bool few)
{
    return c->several[way][few ? 0 : port >> 6] >> (port & 63) & 1;
}

static INLINE void find_crowd(struct vc_network *n, const struct vc_router *r, struct crowd *c, const bool few)
{
    const uint32_t *ready = n->ready + r->vc_base;
    for (uint32_t word = 0; word < (few ? 1 : r->ports / 64 + 1); word++)
        c->some[0][word] = c->some[1][word] = c->several[0][word] = c->several[1][word] = 0;
    for (uint32_t k = 0; k < r->n_ready; k++) {
        crowd_add(c, 0, (ready[k] >> n->vc_shift) - r->port_base, few);
        crowd_add(c, 1, (n->in[ready[k]].out >> n->vc_shift) - r->port_base, few);
    }
}

static INLINE uint32_t without_gone(uint32_t *list, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < count; k++) {
        list[kept] = list[k];
        kept += list[k] != GONE;
    }
    return kept;
}

/* A request that is alone at its input and at its output gets the switch; the others are matched. */
static INLINE void switch_stage(struct vc_network *n, struct vc_router *r, const bool few)
{
    uint32_t *ready = n->ready + r->vc_base, kept = 0, collected = 0;
    if (r->n_ready == 1) {
        r->n_ready = traverse(n, r, ready[0]);
        return;
    }
    struct crowd c;
    find_crowd(n, r, &c, few);
    for (uint32_t k = 0; k < r->n_ready; k++) {
        uint32_t vc = ready[k];
        ready[kept] = vc;
        if (crowd_at(&c, 0, (vc >> n->vc_shift) - r->port_base, few) ||
            crowd_at(&c, 1, (n->in[vc].out >> n->vc_shift) - r->port_base, few)) {
            collect(n, r, kept++, few);
            collected++;
        } else {
            kept += traverse(n, r, vc);
        }
    }
    if (collected > 0) {
        match_switch(n, r, few);
        kept = without_gone(ready, kept);
    }
    r->n_ready = kept;
}

static INLINE void switch_stages(struct vc_network *n, const bool few)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n->n_busy; i++) {
        uint32_t router = n->busy[i];
        switch_stage(n, &n->router[router], few);
        n->busy[kept] = router;
        kept += n->router[router].n_ready > 0;
    }
    n->n_busy = kept;
}

/* ---- the cycle ---- */

static void route_stage(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_routing; i++)
        ask_for_vc(n, n->routing[i].group, n->routing[i].vc);
    n->n_routing = 0;
}

static void winners_get_ready(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_winners; i++)
        set_ready(n, n->winners[i]);
    n->n_winners = 0;
}

/* Another order of the same stages must change nothing. */
static void shuffle(struct vc_network *n, uint32_t *list, uint32_t count, uint64_t cycle)
{
    for (uint32_t i = 0; i < count; i++)
        n->order[i] = list[run_order(n->run, cycle, i, count)];
    for (uint32_t i = 0; i < count; i++)
        list[i] = n->order[i];
}

void vc_routers_step(struct vc_network *n, uint64_t cycle)
{
    n->flit_slot = slot_at(n, cycle + n->latency + 2);
    n->credit_slot = slot_at(n, cycle + n->latency + 1 + n->p.shape.credit_delay);
    n->node_slot = slot_at(n, cycle + n->latency + 1);
    if (n->run->shuffle) {
        shuffle(n, n->asked, n->n_asked, cycle);
        shuffle(n, n->busy, n->n_busy, cycle);
    }
    if (n->narrow)
        vc_stages(n, true);
    else
        vc_stages(n, false);
    route_stage(n);
    if (n->few_ports)
        switch_stages(n, true);
    else
        switch_stages(n, false);
    winners_get_ready(n);
}
