/* SPDX-License-Identifier: Apache-2.0 */
/* vc_router.c - one router's cycle: buffer write, switch allocation, VC allocation, route.
 *
 * All stages of a cycle decide on what was pending when the cycle began. So the order is: switch allocation, then VC
 * allocation (its winners may not ask for the switch yet), then routes (their heads may not ask for a VC yet), then
 * what the tails leave behind (output VCs to be taken, heads to be routed from the next cycle on).
 *
 * VC allocation is one matching over all ports x VCs; as a head asks for VCs of one output port and one virtual
 * network only, the matching falls apart into groups that are solved one by one, with the same result. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"

#if defined(__GNUC__)
#define ALWAYS_INLINE __attribute__((always_inline)) inline
#else
#define ALWAYS_INLINE inline
#endif

static inline void wake(struct vc_network *n, uint32_t router)
{
    n->busy[router >> 6] |= 1ull << (router & 63);
}

static inline void set_ready(struct vc_network *n, struct vc_router *r, uint32_t local)
{
    bits_set(r->ready, local, n->narrow);
}

/* The head at the front of the FIFO finds its output port and asks for a VC. */
static ALWAYS_INLINE void route_head(struct vc_network *n, uint32_t router, uint32_t vc, const bool narrow)
{
    struct vc_router *r = &n->router[router];
    struct vc_in *in = &n->in[vc];
    struct vc_packet *p = &n->packets[flit_packet(n->flits[(size_t)vc * n->depth + in->head])];
    uint32_t port = vc_route(n, router, p->to);
    p->hops = (uint8_t)(p->hops + (p->hops < UINT8_MAX));
    in->out_port = (uint16_t)port;
    in->phase = VC_WAITING;
    uint32_t group = port * n->lanes + in->lane;
    bits_set(r->wait + (size_t)group * n->stride, in->local, narrow);
    bits_set(r->groups, group, narrow);
    r->n_wait[group]++;
}

static inline void begin_packet(struct vc_network *n, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    struct vc_router *r = &n->router[in->router];
    if (n->p.shape.routing_delay == 0) {
        route_head(n, in->router, vc, n->narrow);
        return;
    }
    in->phase = VC_ROUTING;
    bits_set(r->routing, in->local, n->narrow);
}

/* ---- what arrives ---- */

void vc_router_flit(struct vc_network *n, const struct vc_flit *f)
{
    struct vc_in *in = &n->in[f->target];
    SIM_CHECK(in->count < n->depth, "%s: a flit comes to a full VC of router %u", n->p.name, in->router);
    uint32_t at = in->head + in->count;
    n->flits[(size_t)f->target * n->depth + (at < n->depth ? at : at - n->depth)] = f->flit;
    in->count++;
    if (f->flit & FLIT_TAIL) {
        uint32_t link = n->port[n->router[in->router].port_base + n->port_of[in->local]].link_in;
        n->left[(size_t)link * KIND_STRIDE + flit_kind(f->flit)]++;
    }
    if (in->phase == VC_IDLE) {
        SIM_CHECK(f->flit & FLIT_HEAD, "%s: router %u: a packet without a head", n->p.name, in->router);
        begin_packet(n, f->target);
        wake(n, in->router);
    } else if (in->phase == VC_ACTIVE && in->count == 1 && n->out[in->out].credits > 0) {
        set_ready(n, &n->router[in->router], in->local);
        wake(n, in->router);
    }
}

void vc_router_credit(struct vc_network *n, uint32_t vc)
{
    struct vc_out *out = &n->out[vc];
    SIM_CHECK(out->credits < n->depth, "%s: router %u has more credits than places", n->p.name, n->in[vc].router);
    if (out->credits++ > 0)
        return;
    uint32_t router = n->in[vc].router;
    struct vc_router *r = &n->router[router];
    uint32_t local = n->in[vc].local;
    if (n->port[r->port_base + n->port_of[local]].free >> n->vc_of[local] & 1)
        return;
    if (n->in[r->vc_base + out->owner].count > 0) {
        set_ready(n, r, out->owner);
        wake(n, router);
    }
}

/* ---- switch allocation ---- */

/* Input VC `local` has the switch to output port `to`. */
static ALWAYS_INLINE void traverse(struct vc_network *n, struct vc_router *r, uint32_t local, uint64_t cycle,
                                   struct vc_slot *flits, const bool narrow)
{
    uint32_t vc = r->vc_base + local, v = n->vc_of[local], from = n->port_of[local];
    struct vc_in *in = &n->in[vc];
    struct vc_out *out = &n->out[in->out];
    uint32_t to = in->out_port, out_vc = in->out_vc;
    struct vc_port *source = &n->port[r->port_base + from], *sink = &n->port[r->port_base + to];
    uint32_t flit = n->flits[(size_t)vc * n->depth + in->head];
    SIM_CHECK(out->credits > 0 && in->count > 0, "%s: a flit leaves without credit", n->p.name);
    in->head = (uint8_t)(in->head + 1u == n->depth ? 0 : in->head + 1u);
    in->count--;
    out->credits--;
    source->turn = (uint8_t)(v + 1 == n->vcs ? 0 : v + 1);
    source->switch_accept = (uint16_t)(to + 1 == r->ports ? 0 : to + 1);
    sink->switch_grant = (uint16_t)(from + 1 == r->ports ? 0 : from + 1);
    send_flit(n, flits, sink->down + out_vc, flit);
    send_credit(n, slot_at(n, cycle + source->credit_slot), source->up + v);
    if (flit & FLIT_HEAD)
        n->entered[(size_t)(r->port_base + to) * KIND_STRIDE + flit_kind(flit)]++;
    if (flit & FLIT_TAIL)
        n->tails[n->n_tails++] = (struct vc_tail) {vc, r->port_base + to, out_vc};
    if (flit & FLIT_TAIL || in->count == 0 || out->credits == 0)
        bits_clear(r->ready, local, narrow);
}

/* Who speaks for (input, output), which inputs each output is asked by. Returns the number of requests. */
static ALWAYS_INLINE void collect(struct vc_network *n, struct vc_router *r, const bool narrow)
{
    uint32_t stride = n->stride;
    BITS_EACH(local, r->ready, narrow)
    {
        uint32_t i = n->port_of[local], v = n->vc_of[local], o = n->in[r->vc_base + local].out_port;
        uint64_t *asked = n->requests + (size_t)o * stride;
        uint8_t *speaker = &n->speaker[i * r->ports + o];
        uint32_t turn = n->port[r->port_base + i].turn;
        if (!bits_test(asked, i, narrow)) {
            bits_set(asked, i, narrow);
            bits_set(n->outs, o, narrow);
            n->switch_losses[r->port_base + o]++; /* taken back where it wins */
            *speaker = (uint8_t)v;
        } else if (cyclic_distance(v, turn, n->vcs) < cyclic_distance(*speaker, turn, n->vcs)) {
            *speaker = (uint8_t)v;
        }
    }
}

#define NO_CHOICE UINT16_MAX

static ALWAYS_INLINE void switch_stage(struct vc_network *n, struct vc_router *r, uint64_t cycle, const bool narrow)
{
    struct vc_slot *flits = slot_at(n, cycle + n->latency + 2);
    struct vc_port *ports = &n->port[r->port_base];
    if (narrow && (r->ready[0] & (r->ready[0] - 1)) == 0) { /* nobody to compete with */
        traverse(n, r, bits_low(r->ready[0]), cycle, flits, narrow);
        return;
    }
    collect(n, r, narrow);
    uint32_t n_granted = 0;
    BITS_EACH(o, n->outs, narrow)
    {
        uint64_t *asked = n->requests + (size_t)o * n->stride;
        uint32_t i = bits_cyclic(asked, ports[o].switch_grant, narrow);
        bits_empty(asked, narrow);
        struct vc_port *p = &ports[i];
        if (p->best == NO_CHOICE) {
            n->granted[n_granted++] = (uint16_t)i;
            p->best = (uint16_t)o;
        } else if (cyclic_distance(o, p->switch_accept, r->ports) <
                   cyclic_distance(p->best, p->switch_accept, r->ports)) {
            p->best = (uint16_t)o;
        }
    }
    bits_empty(n->outs, narrow);
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t i = n->granted[k], o = ports[i].best;
        ports[i].best = NO_CHOICE;
        n->switch_losses[r->port_base + o]--;
        traverse(n, r, i * n->vcs + n->speaker[i * r->ports + o], cycle, flits, narrow);
    }
}

/* ---- VC allocation ---- */

static ALWAYS_INLINE void take_vc(struct vc_network *n, struct vc_router *r, uint32_t group, uint32_t port,
                                  uint32_t local, uint32_t v, const bool narrow)
{
    uint32_t circle = r->ports * n->vcs, resource = port * n->vcs + v;
    struct vc_in *in = &n->in[r->vc_base + local];
    struct vc_out *out = &n->out[r->vc_base + resource];
    n->port[r->port_base + port].free &= ~(1u << v);
    out->owner = (uint16_t)local;
    out->grant = (uint16_t)(local + 1 == circle ? 0 : local + 1);
    in->accept = (uint16_t)(resource + 1 == circle ? 0 : resource + 1);
    in->out = r->vc_base + resource;
    in->out_vc = (uint8_t)v;
    in->phase = VC_ACTIVE;
    uint64_t *wait = r->wait + (size_t)group * n->stride;
    bits_clear(wait, local, narrow);
    if (--r->n_wait[group] == 0)
        bits_clear(r->groups, group, narrow);
    if (out->credits > 0)
        bits_set(r->ready, local, narrow);
}

/* Several heads: each free VC grants one, each head takes the first of its grants. */
static ALWAYS_INLINE void match_group(struct vc_network *n, struct vc_router *r, uint32_t group, uint32_t port,
                                      uint32_t free, const bool narrow)
{
    uint32_t circle = r->ports * n->vcs, n_granted = 0;
    const uint64_t *wait = r->wait + (size_t)group * n->stride;
    for (; free; free &= free - 1) {
        uint32_t v = (uint32_t)__builtin_ctz(free), resource = port * n->vcs + v;
        uint32_t local = bits_cyclic(wait, n->out[r->vc_base + resource].grant, narrow);
        uint32_t accept = n->in[r->vc_base + local].accept;
        uint16_t *choice = &n->choice[local];
        if (*choice == NO_CHOICE) {
            n->granted[n_granted++] = (uint16_t)local;
            *choice = (uint16_t)v;
        } else if (cyclic_distance(resource, accept, circle) <
                   cyclic_distance(port * n->vcs + *choice, accept, circle)) {
            *choice = (uint16_t)v;
        }
    }
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t local = n->granted[k], v = n->choice[local];
        n->choice[local] = NO_CHOICE;
        take_vc(n, r, group, port, local, v, narrow);
    }
}

static ALWAYS_INLINE void vc_stage(struct vc_network *n, struct vc_router *r, const bool narrow)
{
    BITS_EACH(group, r->groups, narrow)
    {
        uint32_t port = n->lanes == 1 ? group : group / n->lanes;
        uint32_t free = n->port[r->port_base + port].free & n->lane_mask[group - port * n->lanes];
        const uint64_t *wait = r->wait + (size_t)group * n->stride;
        if (free && r->n_wait[group] == 1) {
            uint32_t local = bits_cyclic(wait, 0, narrow), first = port * n->vcs;
            uint32_t accept = n->in[r->vc_base + local].accept;
            uint32_t turn = accept - first < n->vcs ? accept - first : 0; /* elsewhere on the circle: from 0 on */
            uint32_t later = free >> turn << turn;
            take_vc(n, r, group, port, local, (uint32_t)__builtin_ctz(later ? later : free), narrow);
            continue;
        }
        if (free)
            match_group(n, r, group, port, free, narrow);
        n->vc_losses[r->port_base + port] += r->n_wait[group];
    }
}

/* ---- the cycle ---- */

static ALWAYS_INLINE void step(struct vc_network *n, uint32_t router, uint64_t cycle, const bool narrow)
{
    struct vc_router *r = &n->router[router];
    n->n_tails = 0;
    if (r->ready[0])
        switch_stage(n, r, cycle, narrow);
    if (r->groups[0])
        vc_stage(n, r, narrow);
    if (r->routing[0]) {
        BITS_EACH(local, r->routing, narrow)
        route_head(n, router, r->vc_base + local, narrow);
        bits_empty(r->routing, narrow);
    }
    for (uint32_t i = 0; i < n->n_tails; i++) {
        const struct vc_tail *t = &n->tails[i];
        n->port[t->port].free |= 1u << t->vc;
        n->in[t->in].phase = VC_IDLE;
        if (n->in[t->in].count > 0)
            begin_packet(n, t->in);
    }
    if (!(r->ready[0] | r->groups[0] | r->routing[0]))
        n->busy[router >> 6] &= ~(1ull << (router & 63));
}

void vc_router_step(struct vc_network *n, uint32_t router, uint64_t cycle)
{
    if (n->narrow)
        step(n, router, cycle, true);
    else
        step(n, router, cycle, false);
}
