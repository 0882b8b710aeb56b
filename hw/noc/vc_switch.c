/* SPDX-License-Identifier: Apache-2.0 */
/* vc_switch.c - switch allocation of the routers, and the flits that win it.
 *
 * A request that is alone at its input and at its output gets the switch; the others are matched, router by router.
 * With options (speculation, a switch that is kept for a packet) everybody is matched.
 *
 * Functions with `few` exist twice, for sets of one word and of more: a constant in both. */
#include "hw/noc/vc_router.h"

#include "sim/base/error.h"

#define NO_CHOICE UINT16_MAX
#define GONE      UINT32_MAX

static const struct vc_engine lists = {0};

/* The arbiters' pointers move past this match; of one in a later iteration only that of the input's VCs does. */
static INLINE void move_pointers(const struct vc_network *n, uint32_t vc, struct vc_port *source, struct vc_port *sink,
                                 bool first)
{
    source->sent = (uint16_t)(vc - source->first);
    if (!first)
        return;
    sink->passed = source->sent;
    source->sent_to = (uint16_t)(((uint32_t)(sink - n->port) << n->vc_shift) - source->first);
}

/* A flit goes; returns whether the VC can take part again at once. */
static INLINE bool traverse(struct vc_network *n, uint32_t vc, struct vc_port *source, struct vc_port *sink)
{
    if (send_front(n, n->tiles, vc, source, sink, lists) == REST_READY)
        return true;
    source->list.asks--;
    sink->list.asked--;
    return false;
}

/* ---- options: bids of heads that have no VC yet, a switch that is kept for a packet ---- */

/* A bid has won the switch. It is worth something when its head got a VC with credit in this same cycle. Returns
 * whether the VC can take part again at once. */
static APART bool redeem(struct vc_network *n, uint32_t vc, struct vc_port *source, struct vc_port *sink)
{
    if (n->vc[vc].out >= VC_WAITING || n->vc[held_by(n, vc)].credits == 0)
        return false;
    source->list.asks++;
    sink->list.asked++;
    n->redeemed[vc] = true;
    return traverse(n, vc, source, sink);
}

/* A packet of which more flits wait here keeps input and output. */
static APART void keep_switch(struct vc_network *n, uint32_t at, uint32_t vc)
{
    if (n->vc[vc].out >= VC_WAITING || fifo_count(&n->vc[vc]) == 0)
        return;
    if (n->ready[at] != GONE) {
        port_of(n, vc)->list.asks--;
        port_of(n, held_by(n, vc))->list.asked--;
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
        uint32_t vc = n->kept[k], resource = held_by(n, vc);
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, resource);
        n->busy[vc >> n->vc_shift] |= BUSY_IN;
        n->busy[resource >> n->vc_shift] |= BUSY_OUT;
        n->busy_ports[n->n_busy++] = vc >> n->vc_shift;
        n->busy_ports[n->n_busy++] = resource >> n->vc_shift;
        n->keeps[vc] = false;
        if (n->vc[resource].credits == 0)
            continue;
        source->list.asks++;
        sink->list.asked++;
        bool again = traverse(n, vc, source, sink);
        if (again) {
            source->list.asks--;
            sink->list.asked--;
        }
        if (n->vc[vc].out < VC_WAITING && fifo_count(&n->vc[vc]) > 0) {
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
    return n->vc[vc].out < VC_WAITING ? held_by(n, vc) >> n->vc_shift : n->bid_port[vc];
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

/* How late the request of input i for output o comes, where `number` is the one of the two that the arbiter at `turn`
 * counts. Separable allocators know priorities: bids come behind all who ask in earnest. iSLIP knows none. */
static INLINE uint32_t rank(const struct vc_network *n, const struct vc_router *r, uint32_t i, uint32_t o,
                            uint32_t number, uint32_t turn)
{
    bool behind_all = n->bids_yield && n->speaker[i * r->ports + o] >= n->n_firm;
    return cyclic_distance(number, turn, r->ports) + (behind_all ? r->ports : 0);
}

/* The input that output o grants where bids yield. */
static APART uint32_t first_to_grant(const struct vc_network *n, const struct vc_router *r, uint32_t o, const bool few)
{
    uint32_t turn = local_port(n, n->port[r->port_base + o].passed) + 1, best = UINT32_MAX, least = UINT32_MAX;
    BITS_EACH(i, requests_of(n, o, few), few)
    {
        uint32_t late = rank(n, r, i, o, i, turn);
        best = late < least ? i : best;
        least = late < least ? late : least;
    }
    return best;
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
        uint32_t i =
            n->bids_yield ? first_to_grant(n, r, o, few) : bits_cyclic(asked, local_port(n, ports[o].passed) + 1, few);
        uint32_t best = ports[i].list.best;
        if (!bits_single(asked, few))
            n->port[r->port_base + o].switch_losses += bits_count(asked, few) - 1;
        bits_empty(asked, few);
        if (best == NO_CHOICE) {
            n->inputs[n_granted++] = (uint16_t)i;
            ports[i].list.best = (uint16_t)o;
            continue;
        }
        uint32_t turn = local_port(n, ports[i].sent_to) + 1;
        bool closer = rank(n, r, i, o, o, turn) < rank(n, r, i, best, best, turn);
        n->port[r->port_base + (closer ? best : o)].switch_losses++;
        ports[i].list.best = (uint16_t)(closer ? o : best);
    }
    bits_empty(n->outs, few);
    return n_granted;
}

/* An input is matched: no output that is still to be had waits for it. */
static INLINE void withdraw(struct vc_network *n, uint32_t i, uint32_t o, const bool few)
{
    bits_empty(requests_of(n, o, few), few);
    bits_clear(n->outs, o, few);
    BITS_EACH(other, n->outs, few)
    {
        uint64_t *asked = requests_of(n, other, few);
        bits_clear(asked, i, few);
        if (asked[0] == 0)
            bits_clear(n->outs, other, few);
    }
}

/* iSLIP of several iterations. *first: so many were matched in the first one. */
static APART uint32_t grant_repeatedly(struct vc_network *n, const struct vc_router *r, uint32_t *first, const bool few)
{
    struct vc_port *ports = &n->port[r->port_base];
    uint32_t n_granted = 0;
    BITS_EACH(o, n->outs, few)
    {
        n->port[r->port_base + o].switch_losses += bits_count(requests_of(n, o, few), few);
    }
    for (uint32_t round = 0; round < n->iterations; round++) {
        uint32_t from = n_granted;
        BITS_EACH(o, n->outs, few)
        {
            uint32_t i = bits_cyclic(requests_of(n, o, few), local_port(n, ports[o].passed) + 1, few);
            uint32_t turn = local_port(n, ports[i].sent_to) + 1, best = ports[i].list.best;
            if (best == NO_CHOICE)
                n->inputs[n_granted++] = (uint16_t)i;
            if (best == NO_CHOICE || cyclic_distance(o, turn, r->ports) < cyclic_distance(best, turn, r->ports))
                ports[i].list.best = (uint16_t)o;
        }
        for (uint32_t k = from; k < n_granted; k++) {
            n->port[r->port_base + ports[n->inputs[k]].list.best].switch_losses--;
            withdraw(n, n->inputs[k], ports[n->inputs[k]].list.best, few);
        }
        *first = round == 0 ? n_granted : *first;
    }
    BITS_EACH(o, n->outs, few)
    {
        bits_empty(requests_of(n, o, few), few);
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
        uint32_t turn = local_port(n, ports[x.i].sent_to) + 1, best = ports[x.i].list.best;
        if (!x.speaks)
            continue;
        n->port[r->port_base + x.o].switch_losses++;
        if (best == NO_CHOICE || rank(n, r, x.i, x.o, x.o, turn) < rank(n, r, x.i, best, best, turn))
            ports[x.i].list.best = (uint16_t)x.o;
    }
    for (uint32_t k = 0; k < r->n_rivals; k++) {
        struct vc_pair x = pair_of(n, r, n->rivals[r->vc_base + k]);
        uint32_t turn = local_port(n, ports[x.o].passed) + 1;
        uint16_t *chosen = &n->chosen[x.o];
        if (x.speaks && ports[x.i].list.best == x.o &&
            (*chosen == NO_CHOICE || rank(n, r, x.i, x.o, x.i, turn) < rank(n, r, *chosen, x.o, *chosen, turn)))
            *chosen = (uint16_t)x.i;
    }
    for (uint32_t k = 0; k < r->n_rivals; k++) {
        uint32_t i = pair_of(n, r, n->rivals[r->vc_base + k]).i, best = ports[i].list.best;
        if (best != NO_CHOICE && n->chosen[best] != i)
            ports[i].list.best = NO_CHOICE;
    }
    BITS_EACH(o, n->outs, few)
    {
        bits_empty(requests_of(n, o, few), few);
        if (n->chosen[o] == NO_CHOICE)
            continue;
        n->port[r->port_base + o].switch_losses--;
        n->inputs[n_granted++] = n->chosen[o];
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
    uint32_t first = UINT32_MAX, n_granted;
    if (n->iterations > 1)
        n_granted = grant_repeatedly(n, r, &first, few);
    else
        n_granted = n->input_first ? choose(n, r, few) : grant(n, r, few);
    r->n_rivals = 0;
    for (uint32_t k = 0; k < n_granted; k++) {
        uint32_t i = n->inputs[k], o = ports[i].list.best, at = n->speaker[i * r->ports + o], vc = n->ready[at];
        ports[i].list.best = NO_CHOICE;
        move_pointers(n, vc, &ports[i], &ports[o], k < first);
        if (n->won)
            n->won[at] = true;
        else if (at >= n->n_firm)
            n->ready[at] = redeem(n, vc, &ports[i], &ports[o]) ? vc : GONE;
        else if (!traverse(n, vc, &ports[i], &ports[o]))
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
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, source->first + n->vc[vc].out);
        n->ready[kept] = vc;
        if (source->list.asks == 1 && sink->list.asked == 1) {
            move_pointers(n, vc, source, sink, true);
            kept += traverse(n, vc, source, sink);
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
        port_of(n, vc)->list.asks--;
        port_of(n, held_by(n, vc))->list.asked--;
        vc_match_later(&n->switch_matches, due, (struct vc_head) {.vc = vc}, n->won[k]);
        n->won[k] = false;
    }
    n->n_ready = 0;
    for (const struct vc_matched *m; (m = vc_match_due(&n->switch_matches, n->now));) {
        uint32_t vc = m->head.vc;
        struct vc_port *source = port_of(n, vc), *sink = port_of(n, held_by(n, vc));
        set_ready(n, n->tiles, vc, source, lists); /* in the list again, unless it goes and nothing follows */
        if (m->got && !traverse(n, vc, source, sink))
            n->n_ready--;
    }
}
