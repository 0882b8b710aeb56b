/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.c - the routers' cycle: buffer write, VC allocation, route, switch allocation.
 *
 * All stages of a cycle decide on what was pending when the cycle began. So the order is: VC allocation (its winners
 * may not ask for the switch yet: they are remembered; heads that arrived in this cycle have their routes then), switch
 * allocation (what its tails leave behind, free output VCs and heads to be routed, is for the next cycle), then the
 * remembered winners. Routers do not meet within a cycle.
 *
 * VC allocation is one matching over all ports x VCs of a router; as a head asks for VCs of one output port and one
 * virtual network only, the matching falls apart into groups that are solved one by one, with the same result.
 * Almost always a head is alone in its group and a request alone at its input and its output: such a one gets what it
 * asks for without sets or searches, and moves the pointers as the full matching would.
 *
 * Functions with `few` exist twice, for sets of one word and of more: a constant in both. */
#include "hw/noc/vc_state.h"

#include <string.h>

#include "sim/base/error.h"

#define NO_CHOICE UINT16_MAX
#define GONE      UINT32_MAX

#if defined(__GNUC__)
#define INLINE __attribute__((always_inline)) inline
#define APART  __attribute__((noinline)) /* rare: keeps its registers out of the loops */
#else
#define INLINE inline
#define APART
#endif

static INLINE struct vc_port *port_of(const struct vc_network *n, uint32_t vc)
{
    return &n->port[vc >> n->vc_shift];
}

/* An active VC that has a flit and credit takes part in switch allocation from now on. */
static INLINE void set_ready(struct vc_network *n, uint32_t vc, uint32_t out)
{
    port_of(n, vc)->asks++;
    port_of(n, out)->asked++;
    n->ready[n->n_ready++] = vc;
}

/* The head at the front of the FIFO finds its output port in this cycle; it asks for a VC from the next one on, with
 * look-ahead (the route came with it) in this one. */
static INLINE void begin_packet(struct vc_network *n, uint32_t router, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    struct vc_packet *p = &n->packets[flit_packet(in->front)];
    uint32_t set = n->lane_of_vc[vc & n->vc_mask], port = vc_route(n, router, vc >> n->vc_shift, p, &set);
    uint32_t group = port << n->set_shift | set;
    p->to.hops++;
    in->out = VC_WAITING;
    n->heads[n->n_heads++] = (struct vc_head) {group, vc};
}

/* ---- what arrives ---- */

static INLINE void take_flit(struct vc_network *n, uint32_t vc, uint32_t flit)
{
    struct vc_in *in = &n->in[vc];
    const struct vc_port *p = port_of(n, vc);
    uint32_t count = in->count, out = in->out;
    SIM_CHECK(count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, p->router);
    fifo_put(n, vc, flit);
    if (flit & FLIT_TAIL)
        passed(n, link_in(n, p), flit_kind(flit))->left++;
    if (out == VC_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, p->router);
        begin_packet(n, p->router, vc);
    } else if (out != VC_WAITING && count == 0 && n->out[out].credits > 0) {
        set_ready(n, vc, out);
    }
}

static INLINE void take_credit(struct vc_network *n, uint32_t vc)
{
    struct vc_out *out = &n->out[vc];
    SIM_CHECK(out->credits < n->depth, "%s: router %u has more credits than places", n->p.name, port_of(n, vc)->router);
    if (out->credits++ > 0 || !out->held)
        return;
    uint32_t ahead = (uint16_t)(out->owner - vc), owner = vc + ahead - (ahead >> 15 << 16);
    if (n->in[owner].count > 0)
        set_ready(n, owner, vc);
}

void vc_routers_arrive(struct vc_network *n, struct vc_slot *s, uint64_t cycle)
{
    for (uint32_t i = 0; i < s->credits; i++) {
        uint32_t target = s->credit[i];
        if (target < n->router_vcs)
            take_credit(n, target);
        else
            vc_interface_credit(n, target);
    }
    for (uint32_t i = 0; i < s->flits; i++) {
        const struct vc_flit *f = &s->flit[i];
        if (f->target < n->router_vcs)
            take_flit(n, f->target, f->flit);
        else
            vc_interface_flit(n, f, cycle);
    }
    s->credits = s->flits = 0;
}

/* ---- VC allocation ---- */

static INLINE void take_vc(struct vc_network *n, uint32_t group, uint32_t vc, uint32_t resource)
{
    struct vc_in *in = &n->in[vc];
    struct vc_out *out = &n->out[resource];
    n->askers[group]--;
    port_of(n, resource)->free &= ~(1u << (resource & n->vc_mask));
    out->owner = out->served = (uint16_t)vc;
    out->held = true;
    in->took = in->out = resource;
    if (out->credits > 0)
        n->winners[n->n_winners++] = vc;
}

static INLINE uint32_t group_port(const struct vc_network *n, uint32_t group)
{
    return group >> n->set_shift;
}

static INLINE uint32_t free_vcs(const struct vc_network *n, uint32_t group)
{
    return n->port[group_port(n, group)].free & n->set_mask[group & ((1u << n->set_shift) - 1)];
}

/* How late a number comes on its router's circle when `last` was served last. */
static INLINE uint16_t behind(uint32_t number, uint32_t last)
{
    return (uint16_t)(number - last -
                      1); /* those up to `last` wrap round and come after all others, in their order too */
}

/* A head that is not alone in its group asks: each free VC remembers the one it would grant. */
static APART void ask_among_rivals(struct vc_network *n, uint32_t group, uint32_t vc, uint32_t free)
{
    uint32_t first = group_port(n, group) << n->vc_shift;
    if (n->grants[first + (uint32_t)__builtin_ctz(free)] == VC_NONE)
        n->rival_groups[n->n_rival_groups++] = group;
    for (; free; free &= free - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(free), last = n->out[resource].served;
        uint32_t *to = &n->grants[resource];
        if (*to == VC_NONE || behind(vc, last) < behind(*to, last))
            *to = vc;
    }
}

/* Each head takes the first of its grants. */
static void accept_grants(struct vc_network *n, uint32_t group)
{
    uint32_t first = group_port(n, group) << n->vc_shift, free = free_vcs(n, group);
    for (uint32_t rest = free; rest; rest &= rest - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(rest), vc = n->grants[resource], last = n->in[vc].took;
        uint32_t *choice = &n->choice[vc];
        if (*choice == VC_NONE || behind(resource, last) < behind(*choice, last))
            *choice = resource;
    }
    for (uint32_t rest = free; rest; rest &= rest - 1) {
        uint32_t resource = first + (uint32_t)__builtin_ctz(rest), vc = n->grants[resource];
        n->grants[resource] = VC_NONE;
        if (n->choice[vc] != resource)
            continue;
        n->choice[vc] = VC_NONE;
        n->vc_losses[group_port(n, group)]--;
        take_vc(n, group, vc, resource);
    }
}

static APART void match_groups(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_rival_groups; i++)
        accept_grants(n, n->rival_groups[i]);
    n->n_rival_groups = 0;
}

/* How many of the first `count` heads got no VC; they close up. */
static uint32_t still_waiting(struct vc_network *n, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        n->heads[kept] = n->heads[i];
        kept += n->in[n->heads[i].vc].out == VC_WAITING;
    }
    return kept;
}

/* The heads behind the first `kept` and the gap up to `from` have their routes and ask from now on. */
static void more_ask(struct vc_network *n, uint32_t kept, uint32_t from)
{
    for (uint32_t i = from; i < n->n_heads; i++) {
        struct vc_head h = n->heads[i];
        n->askers[h.group]++;
        n->heads[kept++] = h;
    }
    n->n_heads = n->n_asking = kept;
}

/* A head alone in its group takes the first free VC at or after its pointer. Whoever stays without a VC has lost. */
static void vc_stage(struct vc_network *n)
{
    if (n->p.shape.routing_delay == 0)
        more_ask(n, n->n_asking, n->n_asking);
    uint32_t kept = 0, asking = n->n_asking;
    for (uint32_t i = 0; i < asking; i++) {
        struct vc_head h = n->heads[i];
        uint32_t free = free_vcs(n, h.group);
        if (free && n->askers[h.group] == 1) {
            uint32_t first = group_port(n, h.group) << n->vc_shift, turn = n->in[h.vc].took + 1 - first;
            turn = turn < n->vcs ? turn : 0; /* elsewhere on the circle: from VC 0 on */
            uint32_t later = free >> turn << turn;
            take_vc(n, h.group, h.vc, first + (uint32_t)__builtin_ctz(later ? later : free));
            continue;
        }
        if (free)
            ask_among_rivals(n, h.group, h.vc, free);
        n->vc_losses[group_port(n, h.group)]++;
        n->heads[kept++] = h;
    }
    if (n->n_rival_groups > 0) {
        match_groups(n);
        kept = still_waiting(n, kept);
    }
    more_ask(n, kept, asking);
}

/* ---- switch allocation ---- */

/* The flit at the front of an input VC has won the switch: it leaves, and a credit goes back. Returns whether the VC
 * can take part again at once. */
static INLINE bool traverse(struct vc_network *n, uint32_t vc, struct vc_in *in, struct vc_port *source,
                            struct vc_port *sink)
{
    uint32_t resource = in->out;
    struct vc_out *out = &n->out[resource];
    uint32_t credits = out->credits, back = source->back;
    SIM_CHECK(credits > 0 && in->count > 0, "%s: a flit leaves without credit", n->p.name);
    uint32_t flit = fifo_get(n, vc), count = in->count;
    out->credits = (uint16_t)--credits;
    source->sent = sink->passed = vc;
    source->sent_to = resource;
    const bool router_behind = back < n->router_vcs;
    struct vc_slot *flits = n->flit_slot, *back_slot = router_behind ? n->credit_slot : n->node_slot;
    if (n->varied) {
        uint32_t delay = router_behind ? n->p.shape.credit_delay : 0;
        flits = slot_at(n, n->now + n->port_latency[resource >> n->vc_shift] + 2);
        back_slot = slot_at(n, n->now + n->back_latency[vc >> n->vc_shift] + 1 + delay);
    }
    send_flit(flits, sink->down + (resource & n->vc_mask), flit);
    send_credit(back_slot, back + (vc & n->vc_mask));
    if (n->moved) {
        send_flit(n->moved, sink->down + (resource & n->vc_mask), flit);
        send_credit(n->moved, back + (vc & n->vc_mask));
    }
    if (flit & FLIT_HEAD)
        passed(n, resource >> n->vc_shift, flit_kind(flit))->entered++;
    if (!(flit & FLIT_TAIL) && count > 0 && credits > 0)
        return true;
    source->asks--;
    sink->asked--;
    if (flit & FLIT_TAIL) {
        sink->free |= 1u << (resource & n->vc_mask);
        out->held = false;
        in->out = VC_IDLE;
        if (count > 0)
            begin_packet(n, sink->router, vc);
    }
    return false;
}

static INLINE uint64_t *requests_of(const struct vc_network *n, uint32_t o, const bool few)
{
    return n->requests + (few ? o : (size_t)o * n->request_stride);
}

/* Who speaks for (input, output), and which inputs is each output asked by? `at`: place in the list of ready VCs. */
static INLINE void collect(struct vc_network *n, const struct vc_router *r, uint32_t at, const bool few)
{
    uint32_t vc = n->ready[at], i = (vc >> n->vc_shift) - r->port_base;
    uint32_t o = (n->in[vc].out >> n->vc_shift) - r->port_base, turn = (port_of(n, vc)->sent & n->vc_mask) + 1;
    uint64_t *asked = requests_of(n, o, few);
    uint32_t *speaker = &n->speaker[i * r->ports + o];
    if (!bits_test(asked, i, few)) {
        bits_set(asked, i, few);
        bits_set(n->outs, o, few);
        *speaker = at;
    } else if (cyclic_distance(vc & n->vc_mask, turn, n->vcs) <
               cyclic_distance(n->ready[*speaker] & n->vc_mask, turn, n->vcs)) {
        *speaker = at;
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
        uint32_t i = bits_cyclic(asked, (ports[o].passed >> n->vc_shift) + 1 - r->port_base, few), best = ports[i].best;
        if (!bits_single(asked, few))
            n->switch_losses[r->port_base + o] += bits_count(asked, few) - 1;
        bits_empty(asked, few);
        if (best == NO_CHOICE) {
            n->granted[n_granted++] = (uint16_t)i;
            ports[i].best = (uint16_t)o;
            continue;
        }
        uint32_t turn = (ports[i].sent_to >> n->vc_shift) + 1 - r->port_base;
        bool closer = cyclic_distance(o, turn, r->ports) < cyclic_distance(best, turn, r->ports);
        n->switch_losses[r->port_base + (closer ? best : o)]++;
        ports[i].best = (uint16_t)(closer ? o : best);
    }
    bits_empty(n->outs, few);
    return n_granted;
}

/* The router's rivals are matched; who wins and does not take part again is GONE from the list. */
static INLINE void match_router(struct vc_network *n, struct vc_router *r, const bool few)
{
    struct vc_port *ports = &n->port[r->port_base];
    for (uint32_t k = 0; k < r->n_rivals; k++)
        collect(n, r, n->rivals[r->vc_base + k], few);
    uint32_t n_granted = grant(n, r, few);
    r->n_rivals = 0;
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t i = n->granted[k], o = ports[i].best, at = n->speaker[i * r->ports + o], vc = n->ready[at];
        ports[i].best = NO_CHOICE;
        if (!traverse(n, vc, &n->in[vc], &ports[i], &ports[o]))
            n->ready[at] = GONE;
    }
}

static APART void match_routers(struct vc_network *n)
{
    for (uint32_t k = 0; k < n->n_rival_routers; k++)
        if (n->few_ports)
            match_router(n, &n->router[n->rival_routers[k]], true);
        else
            match_router(n, &n->router[n->rival_routers[k]], false);
    n->n_rival_routers = 0;
}

static APART void add_rival(struct vc_network *n, uint32_t router, uint32_t at)
{
    struct vc_router *r = &n->router[router];
    if (r->n_rivals == 0)
        n->rival_routers[n->n_rival_routers++] = router;
    n->rivals[r->vc_base + r->n_rivals++] = at;
}

static uint32_t without_gone(uint32_t *list, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < count; k++) {
        list[kept] = list[k];
        kept += list[k] != GONE;
    }
    return kept;
}

/* A request that is alone at its input and at its output gets the switch; the others are matched. */
static void switch_stage(struct vc_network *n)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < n->n_ready; k++) {
        uint32_t vc = n->ready[k];
        struct vc_in *in = &n->in[vc];
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, in->out);
        n->ready[kept] = vc;
        if (source->asks == 1 && sink->asked == 1)
            kept += traverse(n, vc, in, source, sink);
        else
            add_rival(n, source->router, kept++);
    }
    if (n->n_rival_routers > 0) {
        match_routers(n);
        kept = without_gone(n->ready, kept);
    }
    n->n_ready = kept;
}

/* ---- the cycle ---- */

static void winners_get_ready(struct vc_network *n)
{
    for (uint32_t i = 0; i < n->n_winners; i++)
        set_ready(n, n->winners[i], n->in[n->winners[i]].out);
    n->n_winners = 0;
}

/* Another order of the same lists must change nothing. */
static void shuffle(struct vc_network *n, uint64_t cycle)
{
    struct vc_head *heads = (struct vc_head *)n->order;
    for (uint32_t i = 0; i < n->n_asking; i++)
        heads[i] = n->heads[run_order(n->run, cycle, i, n->n_asking)];
    memcpy(n->heads, heads, n->n_asking * sizeof *heads);
    uint32_t *ready = (uint32_t *)n->order;
    for (uint32_t i = 0; i < n->n_ready; i++)
        ready[i] = n->ready[run_order(n->run, cycle, i, n->n_ready)];
    memcpy(n->ready, ready, n->n_ready * sizeof *ready);
}

void vc_routers_step(struct vc_network *n, uint64_t cycle)
{
    if (n->run->shuffle)
        shuffle(n, cycle);
    vc_stage(n);
    switch_stage(n);
    winners_get_ready(n);
}
