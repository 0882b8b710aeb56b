/* SPDX-License-Identifier: Apache-2.0 */
/* vc_masks.c - the routers' cycle where the input VCs of a router fit in one word.
 *
 *     want    of an output port: heads that ask for a VC there          wanted, asked: ports where they are not empty,
 *     ask     of an output port: input VCs with a flit and credit       whichever router they belong to, in no order
 *     grants  of an input port, within a step: outputs that grant it    granted: likewise
 *
 * An arbiter is a search for the first bit behind its pointer. A stage is a loop over one list for all routers, without
 * branches where it can do without: a loop per router ends after one or two rounds, and the host mispredicts each end.
 * What comes out is what the lists of vc_router.c and vc_switch.c give (a test compares them). */
#include "hw/noc/vc_router.h"

#include <string.h>

#define MASK_BITS 64u

/* ---- VC allocation ---- */

static INLINE uint32_t set_of(const struct vc_network *n, uint32_t vc)
{
    return n->set_mask[(n->in[vc].out & (VC_WAITING - 1)) >> VC_WAITING_SET];
}

/* A head gets an output VC, by local numbers. It asks for the switch from the next cycle on. */
static INLINE void take_vc(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint32_t head,
                           uint32_t resource)
{
    uint32_t vc = sink->first + head;
    sink->mask.want &= ~(1ull << head);
    if (!n->again) {
        n->out[sink->first + resource].served = (uint16_t)head;
        n->out[vc].took = (uint16_t)resource;
    }
    t->winners[t->n_winners] = (struct vc_bid) {(uint32_t)(sink - n->port), head};
    t->n_winners += hold_vc(n, vc, sink->first + resource);
}

/* Of the free VCs of an output port the one that a head takes: the first behind the one it accepted last. */
static INLINE uint32_t first_choice(const struct vc_network *n, const struct vc_port *sink, uint32_t head, uint32_t can)
{
    uint32_t first = (uint32_t)(sink - n->port) << n->vc_shift;
    return mask_behind((uint64_t)can << (first - sink->first), n->out[sink->first + head].took);
}

/* Of heads that want the same VCs each free VC grants one, and each head takes the first of its grants. With
 * input_first a head first chooses a VC, then the VC one of those that chose it. Returns those that got none. */
static uint64_t match_once(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint64_t heads, uint32_t can)
{
    const struct vc_out *outs = &n->out[sink->first];
    uint32_t first = ((uint32_t)(sink - n->port) << n->vc_shift) - sink->first;
    uint64_t choosers[VC_NETWORK_VCS], grants[MASK_BITS], matched = 0;
    for (uint32_t v = 0; v < n->vcs; v++)
        choosers[v] = n->input_first ? 0 : heads;
    for (uint64_t rest = n->input_first && can ? heads : 0; rest; rest &= rest - 1)
        choosers[first_choice(n, sink, bits_low(rest), can) - first] |= rest & -rest;
    for (uint32_t v = 0; v < n->vcs; v++) { /* all of them, as nothing predicts how many there are */
        uint64_t from = choosers[v], grants_one = (can >> v & 1) & (from != 0);
        uint32_t head = mask_behind(from ? from : 1, outs[first + v].served);
        grants[head] = (matched >> head & 1 ? grants[head] : 0) | grants_one << (first + v);
        matched |= grants_one << head;
    }
    for (uint64_t rest = matched; rest; rest &= rest - 1) {
        uint32_t head = bits_low(rest);
        take_vc(n, t, sink, head, mask_behind(grants[head], outs[head].took));
    }
    return heads & ~matched;
}

/* iSLIP of several iterations: those that got none try again for what is still free. Returns how many got none. */
static uint32_t match_heads(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint64_t heads, uint32_t set)
{
    heads = match_once(n, t, sink, heads, sink->free & set);
    for (uint32_t i = 1; i < n->iterations && heads && sink->free & set; i++) {
        n->again = true;
        heads = match_once(n, t, sink, heads, sink->free & set);
    }
    n->again = false;
    return mask_count(heads);
}

/* Several heads ask for VCs of an output port: set by set. */
static APART uint32_t match_sets(struct vc_network *n, struct vc_tile *t, struct vc_port *sink)
{
    uint64_t heads = sink->mask.want;
    uint32_t losers = 0;
    if (n->lanes == 1 && n->set_shift == 0)
        return match_heads(n, t, sink, heads, n->set_mask[0]);
    while (heads) {
        uint32_t set = set_of(n, sink->first + bits_low(heads));
        uint64_t group = 0;
        for (uint64_t rest = heads; rest; rest &= rest - 1)
            group |= set_of(n, sink->first + bits_low(rest)) == set ? rest & -rest : 0;
        heads &= ~group;
        losers += match_heads(n, t, sink, group, set);
    }
    return losers;
}

static INLINE void allocate_vcs(struct vc_network *n, struct vc_tile *t)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < t->n_wanted; k++) {
        uint32_t port = t->wanted[k], losers = 0;
        struct vc_port *sink = &n->port[port];
        FETCH(&n->port[t->wanted[k + VC_AHEAD]]);
        FETCH(&n->out[t->wanted[k + VC_AHEAD] << n->vc_shift]);
        uint64_t heads = sink->mask.want;
        if (word_single(heads)) {
            uint32_t head = bits_low(heads), can = sink->free & set_of(n, sink->first + head);
            if (can)
                take_vc(n, t, sink, head, first_choice(n, sink, head, can));
            else
                losers = 1;
        } else {
            losers = match_sets(n, t, sink);
        }
        n->vc_losses[port] += losers;
        t->wanted[kept] = port;
        kept += sink->mask.want != 0;
    }
    t->n_wanted = kept;
}

/* Heads that came to the front when a tail left have their routes and ask. */
static INLINE void ask_for_vcs(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_fresh; k++) {
        uint32_t vc = t->fresh[k], first = port_of(n, vc)->first;
        uint32_t port = local_port(n, first) + decided(n, vc);
        ask_vc(t, &n->port[port], port, vc - first);
    }
    t->n_fresh = 0;
}

/* ---- switch allocation ---- */

/* How many inputs ask, with one VC or several? */
static INLINE uint32_t inputs_of(const struct vc_network *n, uint64_t ask)
{
    for (uint32_t k = 0; k < n->vc_shift; k++)
        ask |= ask >> (1u << k);
    return mask_count(ask & n->firsts);
}

/* What stands there within a step. All tiles use the same places: ports of a tile differ in their last bits. */
static INLINE uint64_t *grants_of(const struct vc_network *n, uint32_t port)
{
    return &n->input_grants[port & n->step_mask];
}
static INLINE uint64_t *choosers_of(const struct vc_network *n, uint32_t port)
{
    return &n->choosers[port & n->step_mask];
}

/* An output, by its local number, grants an input, or an input wishes it. */
static INLINE void grant(struct vc_network *n, struct vc_tile *t, uint32_t port, uint32_t o)
{
    t->granted[t->n_granted] = port;
    t->n_granted += *grants_of(n, port) == 0;
    *grants_of(n, port) |= 1ull << o;
}

/* The input VC that speaks for this input at this output has won. */
static INLINE void pass_switch(struct vc_network *n, struct vc_tile *t, struct vc_port *source, struct vc_port *sink,
                               const bool moves)
{
    uint32_t base = source->first >> n->vc_shift, i = (uint32_t)(source - n->port) - base;
    uint32_t local = mask_behind(sink->mask.ask & n->port_vcs << (i << n->vc_shift), source->sent);
    source->sent = (uint16_t)local;
    if (moves) {
        sink->passed = (uint16_t)local;
        source->sent_to = (uint16_t)(((uint32_t)(sink - n->port) - base) << n->vc_shift);
    }
    uint64_t stays = send_front(n, t, source->first + local, source, sink, true) == REST_READY;
    sink->mask.ask = (sink->mask.ask & ~(1ull << local)) | stays << local;
}

/* Each output grants one input, each input accepts the first of its grants. */
static INLINE void allocate_switch_by_outputs(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k];
        const struct vc_port *sink = &n->port[port];
        uint64_t ask = sink->mask.ask;
        uint32_t base = sink->first >> n->vc_shift;
        uint32_t vc = mask_behind(ask, sink->passed | n->vc_mask), i = local_port(n, vc);
        FETCH(&n->port[t->asked[k + VC_AHEAD]]);
        FETCH(&n->out[port << n->vc_shift]);
        FETCH(&n->in[sink->first + vc]);
        if (!word_single(ask))
            n->switch_losses[port] += inputs_of(n, ask) - 1;
        grant(n, t, base + i, port - base);
    }
    for (uint32_t k = 0; k < t->n_granted; k++) {
        struct vc_port *source = &n->port[t->granted[k]];
        uint64_t grants = *grants_of(n, t->granted[k]);
        uint32_t base = source->first >> n->vc_shift, o = bits_low(grants);
        *grants_of(n, t->granted[k]) = 0;
        if (!word_single(grants)) {
            o = mask_behind(grants, local_port(n, source->sent_to));
            for (uint64_t lost = grants & ~(1ull << o); lost; lost &= lost - 1)
                n->switch_losses[base + bits_low(lost)]++;
        }
        pass_switch(n, t, source, &n->port[base + o], true);
    }
    t->n_granted = 0;
}

/* One iteration of several: outputs that are not matched grant inputs that are not, and these accept. What is matched
 * stands in `granted`, with one grant each. */
static void match_more(struct vc_network *n, struct vc_tile *t)
{
    uint32_t from = t->n_granted;
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k], base = n->port[port].first >> n->vc_shift;
        uint64_t ask = *choosers_of(n, port) ? 0 : n->port[port].mask.ask & ~n->taken[n->port[port].router];
        if (ask)
            grant(n, t, base + local_port(n, mask_behind(ask, n->port[port].passed | n->vc_mask)), port - base);
    }
    for (uint32_t k = from; k < t->n_granted; k++) {
        uint32_t port = t->granted[k], base = n->port[port].first >> n->vc_shift;
        uint32_t o = mask_behind(*grants_of(n, port), local_port(n, n->port[port].sent_to));
        *grants_of(n, port) = 1ull << o;
        *choosers_of(n, base + o) = 1ull << (port - base);
        n->taken[n->port[port].router] |= n->port_vcs << ((port - base) << n->vc_shift);
        n->switch_losses[base + o]--;
    }
}

/* iSLIP of several iterations. Flits go when all is matched; only matches of the first one move pointers. */
static APART void allocate_switch_repeatedly(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_asked; k++)
        n->switch_losses[t->asked[k]] += inputs_of(n, n->port[t->asked[k]].mask.ask);
    match_more(n, t);
    uint32_t first = t->n_granted;
    for (uint32_t i = 1; i < n->iterations; i++)
        match_more(n, t);
    for (uint32_t k = 0; k < t->n_granted; k++) {
        struct vc_port *source = &n->port[t->granted[k]];
        uint32_t sink = (source->first >> n->vc_shift) + bits_low(*grants_of(n, t->granted[k]));
        *grants_of(n, t->granted[k]) = *choosers_of(n, sink) = n->taken[source->router] = 0;
        pass_switch(n, t, source, &n->port[sink], k < first);
    }
    t->n_granted = 0;
}

/* Each input chooses one output, each output one of the inputs that chose it. */
static APART void allocate_switch_by_inputs(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k], base = n->port[port].first >> n->vc_shift;
        n->switch_losses[port] += inputs_of(n, n->port[port].mask.ask);
        for (uint64_t ask = n->port[port].mask.ask; ask; ask &= ask - 1)
            grant(n, t, base + local_port(n, bits_low(ask)), port - base);
    }
    for (uint32_t k = 0; k < t->n_granted; k++) {
        uint32_t port = t->granted[k], base = n->port[port].first >> n->vc_shift;
        uint32_t o = mask_behind(*grants_of(n, port), local_port(n, n->port[port].sent_to));
        *grants_of(n, port) = 0;
        *choosers_of(n, base + o) |= 1ull << (port - base);
    }
    t->n_granted = 0;
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k];
        struct vc_port *sink = &n->port[port];
        if (*choosers_of(n, port) == 0)
            continue;
        uint32_t i = mask_behind(*choosers_of(n, port), local_port(n, sink->passed));
        *choosers_of(n, port) = 0;
        n->switch_losses[port]--;
        pass_switch(n, t, &n->port[(sink->first >> n->vc_shift) + i], sink, true);
    }
}

/* ---- the cycle ---- */

/* Ports for which nobody asks any more leave the list; winners of a VC ask from now on. */
static INLINE void close_cycle(struct vc_network *n, struct vc_tile *t)
{
    uint32_t kept = 0;
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k];
        t->asked[kept] = port;
        kept += n->port[port].mask.ask != 0;
    }
    t->n_asked = kept;
    for (uint32_t k = 0; k < t->n_winners; k++)
        ask_switch(t, &n->port[t->winners[k].port], t->winners[k].port, t->winners[k].local);
    t->n_winners = 0;
}

/* Another order of the same lists must change nothing. */
static APART void shuffle(struct vc_network *n, uint64_t cycle, uint32_t *list, uint32_t count)
{
    uint32_t *order = (uint32_t *)n->order;
    for (uint32_t i = 0; i < count; i++)
        order[i] = list[run_order(n->run, cycle, i, count)];
    memcpy(list, order, count * sizeof *list);
}

/* VC allocation decides on heads whose routes were known when the cycle began; with look-ahead they come with them. */
static INLINE void tile_cycle(struct vc_network *n, struct vc_tile *t, struct vc_slot *s, uint64_t cycle)
{
    const bool looks_ahead = n->p.shape.routing_delay == 0;
    arrive_credits(n, t, s, true);
    if (looks_ahead) {
        ask_for_vcs(n, t);
        arrive_flits(n, t, s, true);
    }
    if (n->run->shuffle) {
        shuffle(n, cycle, t->wanted, t->n_wanted);
        shuffle(n, cycle, t->asked, t->n_asked);
    }
    allocate_vcs(n, t);
    if (!looks_ahead) {
        ask_for_vcs(n, t);
        arrive_flits(n, t, s, true);
    }
    if (n->input_first)
        allocate_switch_by_inputs(n, t);
    else if (n->iterations > 1)
        allocate_switch_repeatedly(n, t);
    else
        allocate_switch_by_outputs(n, t);
    close_cycle(n, t);
}

void vc_masks_cycle(struct vc_network *n, uint64_t cycle)
{
    for (uint32_t i = 0; i < n->n_tiles; i++)
        tile_cycle(n, &n->tiles[i], &slots_at(n, cycle)[i], cycle);
}
