/* SPDX-License-Identifier: Apache-2.0 */
/* vc_switch.c - switch allocation of the routers, and the flits that win it.
 *
 * A request that is alone at its input and at its output gets the switch; the others are matched, router by router.
 * With options (speculation, a switch that is kept for a packet) everybody is matched. */
#include "hw/noc/vc_router.h"

#include "sim/base/error.h"

#define NO_CHOICE UINT16_MAX
#define GONE      UINT32_MAX

/* The arbiters' pointers move past this match. */
static INLINE void move_pointers(uint32_t vc, uint32_t to, struct vc_port *source, struct vc_port *sink)
{
    source->sent = sink->passed = vc;
    source->sent_to = to;
}

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
        out->held = n->p.shape.wait_for_tail_credit ? HELD_DRAINS : 0;
        if (out->held == 0)
            sink->free |= 1u << (resource & n->vc_mask);
        in->out = VC_IDLE;
        if (count > 0)
            begin_packet(n, sink->router, vc);
    }
    return false;
}

/* ---- options: bids of heads that have no VC yet, a switch that is kept for a packet ---- */

/* A bid has won the switch. It is worth something when its head got a VC with credit in this same cycle. Returns
 * whether the VC can take part again at once. */
static APART bool redeem(struct vc_network *n, uint32_t vc, struct vc_port *source, struct vc_port *sink)
{
    struct vc_in *in = &n->in[vc];
    if (in->out > VC_ACTIVE_MAX || n->out[in->out].credits == 0)
        return false;
    source->asks++;
    sink->asked++;
    n->redeemed[vc] = true;
    return traverse(n, vc, in, source, sink);
}

/* A packet of which more flits wait here keeps input and output. */
static APART void keep_switch(struct vc_network *n, uint32_t at, uint32_t vc)
{
    struct vc_in *in = &n->in[vc];
    if (in->out > VC_ACTIVE_MAX || in->count == 0)
        return;
    if (n->ready[at] != GONE) {
        port_of(n, vc)->asks--;
        port_of(n, in->out)->asked--;
        n->ready[at] = GONE;
    }
    n->keeps[vc] = true;
    n->kept[n->n_kept++] = vc;
}

/* Before others are asked: the packets that keep the switch send on; without credit they lose it, from the next cycle
 * on. `busy`: ports that are not to be had in this cycle. */
static void kept_switches(struct vc_network *n)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < n->n_kept; k++) {
        uint32_t vc = n->kept[k], resource = n->in[vc].out;
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, resource);
        n->busy[vc >> n->vc_shift] |= BUSY_IN;
        n->busy[resource >> n->vc_shift] |= BUSY_OUT;
        n->busy_ports[n->n_busy++] = vc >> n->vc_shift;
        n->busy_ports[n->n_busy++] = resource >> n->vc_shift;
        n->keeps[vc] = false;
        if (n->out[resource].credits == 0)
            continue;
        source->asks++;
        sink->asked++;
        bool again = traverse(n, vc, &n->in[vc], source, sink);
        if (again) {
            source->asks--;
            sink->asked--;
        }
        if (n->in[vc].out <= VC_ACTIVE_MAX && n->in[vc].count > 0) {
            n->keeps[vc] = true;
            n->kept[kept++] = vc;
        }
    }
    n->n_kept = kept;
}

static INLINE uint64_t *requests_of(const struct vc_network *n, uint32_t o, const bool few)
{
    return n->requests + (few ? o : (size_t)o * n->request_stride);
}

/* The output port for which an input VC asks: where it holds a VC, or bids for one. */
static INLINE uint32_t wanted_port(const struct vc_network *n, uint32_t vc)
{
    uint32_t out = n->in[vc].out;
    return out <= VC_ACTIVE_MAX ? out >> n->vc_shift : n->bid_port[vc];
}

/* Who speaks for (input, output), and which inputs is each output asked by? `at`: place in the list of ready VCs. */
static INLINE void collect(struct vc_network *n, const struct vc_router *r, uint32_t at, const bool few)
{
    uint32_t vc = n->ready[at], i = (vc >> n->vc_shift) - r->port_base;
    uint32_t o = wanted_port(n, vc) - r->port_base, turn = (port_of(n, vc)->sent & n->vc_mask) + 1;
    uint64_t *asked = requests_of(n, o, few);
    uint32_t *speaker = &n->speaker[i * r->ports + o];
    if (!bits_test(asked, i, few)) {
        bits_set(asked, i, few);
        bits_set(n->outs, o, few);
        *speaker = at;
        return;
    }
    bool firm = at < n->n_firm, other = *speaker < n->n_firm; /* a bid speaks only where nobody asks in earnest */
    bool closer =
        cyclic_distance(vc & n->vc_mask, turn, n->vcs) < cyclic_distance(n->ready[*speaker] & n->vc_mask, turn, n->vcs);
    if (firm != other ? firm : closer)
        *speaker = at;
}

struct vc_pair {
    uint32_t i, o;
    bool speaks;
};

static INLINE struct vc_pair pair_of(const struct vc_network *n, const struct vc_router *r, uint32_t at)
{
    uint32_t vc = n->ready[at], i = (vc >> n->vc_shift) - r->port_base, o = wanted_port(n, vc) - r->port_base;
    return (struct vc_pair) {i, o, n->speaker[i * r->ports + o] == at};
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

/* Input first: an input chooses one of the outputs it asks for, then an output one of the inputs that chose it. */
static INLINE uint32_t choose(struct vc_network *n, const struct vc_router *r, const bool few)
{
    struct vc_port *ports = &n->port[r->port_base];
    uint32_t n_granted = 0;
    for (uint32_t k = 0; k < r->n_rivals; k++) {
        struct vc_pair x = pair_of(n, r, n->rivals[r->vc_base + k]);
        uint32_t turn = (ports[x.i].sent_to >> n->vc_shift) + 1 - r->port_base, best = ports[x.i].best;
        if (!x.speaks)
            continue;
        n->switch_losses[r->port_base + x.o]++;
        if (best == NO_CHOICE || cyclic_distance(x.o, turn, r->ports) < cyclic_distance(best, turn, r->ports))
            ports[x.i].best = (uint16_t)x.o;
    }
    for (uint32_t k = 0; k < r->n_rivals; k++) {
        struct vc_pair x = pair_of(n, r, n->rivals[r->vc_base + k]);
        uint32_t turn = (ports[x.o].passed >> n->vc_shift) + 1 - r->port_base;
        uint16_t *chosen = &n->chosen[x.o];
        if (x.speaks && ports[x.i].best == x.o &&
            (*chosen == NO_CHOICE || cyclic_distance(x.i, turn, r->ports) < cyclic_distance(*chosen, turn, r->ports)))
            *chosen = (uint16_t)x.i;
    }
    for (uint32_t k = 0; k < r->n_rivals; k++) {
        uint32_t i = pair_of(n, r, n->rivals[r->vc_base + k]).i, best = ports[i].best;
        if (best != NO_CHOICE && n->chosen[best] != i)
            ports[i].best = NO_CHOICE;
    }
    BITS_EACH(o, n->outs, few)
    {
        bits_empty(requests_of(n, o, few), few);
        if (n->chosen[o] == NO_CHOICE)
            continue;
        n->switch_losses[r->port_base + o]--;
        n->granted[n_granted++] = n->chosen[o];
        n->chosen[o] = NO_CHOICE;
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
    uint32_t n_granted = n->input_first ? choose(n, r, few) : grant(n, r, few);
    r->n_rivals = 0;
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t i = n->granted[k], o = ports[i].best, at = n->speaker[i * r->ports + o], vc = n->ready[at];
        ports[i].best = NO_CHOICE;
        move_pointers(vc, (r->port_base + o) << n->vc_shift, &ports[i], &ports[o]);
        if (n->won)
            n->won[at] = true;
        else if (at >= n->n_firm)
            n->ready[at] = redeem(n, vc, &ports[i], &ports[o]) ? vc : GONE;
        else if (!traverse(n, vc, &n->in[vc], &ports[i], &ports[o]))
            n->ready[at] = GONE;
        if (n->keeps && (at < n->n_firm || n->redeemed[vc]))
            keep_switch(n, at, vc);
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
void vc_switch_stage(struct vc_network *n)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < n->n_ready; k++) {
        uint32_t vc = n->ready[k];
        struct vc_in *in = &n->in[vc];
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, in->out);
        n->ready[kept] = vc;
        if (source->asks == 1 && sink->asked == 1) {
            move_pointers(vc, in->out, source, sink);
            kept += traverse(n, vc, in, source, sink);
        } else {
            add_rival(n, source->router, kept++);
        }
    }
    if (n->n_rival_routers > 0) {
        match_routers(n);
        kept = without_gone(n->ready, kept);
    }
    n->n_ready = kept;
}

/* Everybody is matched, firm requests and bids; ports of kept switches stay out of it. */
void vc_switch_stage_with_options(struct vc_network *n)
{
    uint32_t firm = n->n_firm = n->n_ready;
    kept_switches(n);
    for (uint32_t k = 0; k < n->n_bids; k++)
        n->ready[firm + k] = n->bids[k];
    for (uint32_t k = 0; k < firm + n->n_bids; k++) {
        uint32_t vc = n->ready[k];
        bool busy = n->busy[vc >> n->vc_shift] & BUSY_IN || n->busy[wanted_port(n, vc)] & BUSY_OUT;
        if (!busy)
            add_rival(n, port_of(n, vc)->router, k);
    }
    match_routers(n);
    for (uint32_t k = 0; k < n->n_bids; k++) /* who bids and does not win has no place in the list */
        if (!n->redeemed[n->bids[k]])
            n->ready[firm + k] = GONE;
    n->n_ready = without_gone(n->ready, firm + n->n_bids);
    n->n_bids = 0;
    for (; n->n_busy > 0; n->n_busy--)
        n->busy[n->busy_ports[n->n_busy - 1]] = 0;
    n->n_firm = UINT32_MAX;
}

/* Switch allocation of several cycles: all are matched in the first one and leave the list; in the last one a winner's
 * flit goes, and the others ask again from the next cycle on. */
void vc_switch_stage_delayed(struct vc_network *n)
{
    uint64_t due = n->now + n->p.shape.sw_alloc_delay - 1;
    for (uint32_t k = 0; k < n->n_ready; k++)
        add_rival(n, port_of(n, n->ready[k])->router, k);
    match_routers(n);
    for (uint32_t k = 0; k < n->n_ready; k++) {
        uint32_t vc = n->ready[k];
        port_of(n, vc)->asks--;
        port_of(n, n->in[vc].out)->asked--;
        vc_match_later(&n->switch_matches, due, (struct vc_head) {.vc = vc}, n->won[k]);
        n->won[k] = false;
    }
    n->n_ready = 0;
    for (const struct vc_matched *m; (m = vc_match_due(&n->switch_matches, n->now));) {
        uint32_t vc = m->head.vc, out = n->in[vc].out;
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, out);
        set_ready(n, vc, out); /* in the list again, unless it goes and nothing follows */
        if (m->got && !traverse(n, vc, &n->in[vc], source, sink))
            n->n_ready--;
    }
}
