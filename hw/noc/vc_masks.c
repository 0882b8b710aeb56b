/* SPDX-License-Identifier: Apache-2.0 */
/* vc_masks.c - the routers' cycle with masks of input VCs.
 *
 *     want    of an output port: heads that ask for a VC there          wanted, asked: ports where they are not empty,
 *     ask     of an output port: input VCs with a flit and credit       whichever router they belong to, in no order
 *     grants  of an input port, within a step: outputs that grant it    granted: likewise
 *
 * An arbiter is a search for the first bit behind its pointer. A stage is a loop over one list for all routers, without
 * branches where it can do without: a loop per router ends after one or two rounds, and the host mispredicts each end.
 * What comes out is what the lists of vc_router.c and vc_switch.c give (a test compares them).
 *
 * So it is where the input VCs of a router fit in one word. Wide routers (crossbars) have masks of what is few: `ask`
 * is of the output's VCs, whose owners ask, `want` a chain of heads, mostly of one, and an input remembers its best
 * grant.
 */
#include "hw/noc/vc_router.h"

#include <string.h>

#define MASK_BITS 64u
#define NO_CHOICE UINT16_MAX

static const struct vc_engine narrow = {.masks = true};
static const struct vc_engine narrow_plain = {.masks = true, .plain = true, .shift = PLAIN_SHIFT};

/* ---- VC allocation ---- */

static INLINE uint32_t set_of(const struct vc_network *n, uint32_t vc)
{
    return n->set_mask[(n->vc[vc].out & (VC_WAITING - 1)) >> VC_WAITING_SET];
}

/* A head gets an output VC, by local numbers. It asks for the switch from the next cycle on. */
static INLINE void take_vc(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint32_t head,
                           uint32_t resource, const struct vc_engine how)
{
    if (!how.wide)
        sink->mask.want &= ~(1ull << head);
    if (how.wide || !n->again) {
        n->vc[sink->first + resource].served = (uint16_t)head;
        n->vc[sink->first + head].took = (uint16_t)resource;
    }
    t->winners[t->n_winners] = (struct vc_bid) {(uint32_t)(sink - n->port), head};
    t->n_winners += hold_vc(n, sink, head, resource, how);
}

/* Of the free VCs of an output port the one that a head takes: the first behind the one it accepted last. */
static INLINE uint32_t first_choice(const struct vc_network *n, const struct vc_port *sink, uint32_t head, uint32_t can,
                                    const struct vc_engine how)
{
    uint32_t first = ((uint32_t)(sink - n->port) << shift_of(n, how)) - sink->first;
    uint32_t last = n->vc[sink->first + head].took - first;
    if (!how.wide)
        return mask_behind((uint64_t)can << first, last + first);
    /* elsewhere on the circle: from VC 0 on */
    return first + bits_low(last < n->vcs && can >> last >> 1 ? can >> last >> 1 << 1 << last : can);
}

/* Of heads that want the same VCs each free VC grants one, and each head takes the first of its grants. With
 * input_first a head first chooses a VC, then the VC one of those that chose it. Returns those that got none. */
static INLINE uint64_t match_once(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint64_t heads,
                                  uint32_t can, const struct vc_engine how)
{
    const struct vc *outs = &n->vc[sink->first];
    uint32_t first = ((uint32_t)(sink - n->port) << shift_of(n, how)) - sink->first;
    uint64_t choosers[VC_NETWORK_VCS], grants[MASK_BITS], matched = 0;
    bool choose = !how.plain && n->input_first;
    for (uint32_t v = 0; v < n->vcs; v++)
        choosers[v] = choose ? 0 : heads;
    for (uint64_t rest = choose && can ? heads : 0; rest; rest &= rest - 1)
        choosers[first_choice(n, sink, bits_low(rest), can, how) - first] |= rest & -rest;
    for (uint32_t v = 0; v < n->vcs; v++) { /* all of them, as nothing predicts how many there are */
        uint64_t from = choosers[v], grants_one = (can >> v & 1) & (from != 0);
        uint32_t head = mask_behind(from ? from : 1, outs[first + v].served);
        grants[head] = (matched >> head & 1 ? grants[head] : 0) | grants_one << (first + v);
        matched |= grants_one << head;
    }
    for (uint64_t rest = matched; rest; rest &= rest - 1) {
        uint32_t head = bits_low(rest);
        take_vc(n, t, sink, head, mask_behind(grants[head], outs[head].took), how);
    }
    return heads & ~matched;
}

/* iSLIP of several iterations: those that got none try again for what is still free. Returns how many got none. */
static INLINE uint32_t match_heads(struct vc_network *n, struct vc_tile *t, struct vc_port *sink, uint64_t heads,
                                   uint32_t set, const struct vc_engine how)
{
    heads = match_once(n, t, sink, heads, sink->free & set, how);
    if (how.plain)
        return mask_count(heads);
    for (uint32_t i = 1; i < n->iterations && heads && sink->free & set; i++) {
        n->again = true;
        heads = match_once(n, t, sink, heads, sink->free & set, how);
    }
    n->again = false;
    return mask_count(heads);
}

/* Several heads ask for VCs of an output port: set by set. */
static INLINE uint32_t match_sets(struct vc_network *n, struct vc_tile *t, struct vc_port *sink,
                                  const struct vc_engine how)
{
    uint64_t heads = sink->mask.want;
    uint32_t losers = 0;
    if (n->lanes == 1 && n->set_shift == 0)
        return match_heads(n, t, sink, heads, n->set_mask[0], how);
    while (heads) {
        uint32_t set = set_of(n, sink->first + bits_low(heads));
        uint64_t group = 0;
        for (uint64_t rest = heads; rest; rest &= rest - 1)
            group |= set_of(n, sink->first + bits_low(rest)) == set ? rest & -rest : 0;
        heads &= ~group;
        losers += match_heads(n, t, sink, group, set, how);
    }
    return losers;
}

/* Wide: heads with a VC leave the chain. */
static INLINE void close_up(const struct vc_network *n, struct vc_chain *chain, uint32_t base)
{
    uint16_t *next = n->next_head + base, head = chain->first, first = head;
    const uint32_t count = chain->count;
    chain->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t then = next[head];
        bool stays = n->vc[base + head].out >= VC_WAITING;
        next[head] = first;
        first = stays ? head : first;
        chain->count = (uint16_t)(chain->count + stays);
        head = then;
    }
    chain->first = first;
}

/* Wide: each free VC grants one of several heads, and each head takes the first of its grants. VCs whose pointers stand
 * alike, as they often do, grant the same one. Returns how many heads got none. */
static INLINE uint32_t match_chain(struct vc_network *n, struct vc_tile *t, struct vc_chain *chain,
                                   struct vc_port *sink, uint32_t can, const struct vc_engine how)
{
    const struct vc *outs = &n->vc[chain->port << shift_of(n, how)];
    uint32_t head[VC_NETWORK_VCS], grants[VC_NETWORK_VCS], matched = 0, last = BITS_NONE, granted = 0;
    for (; can; can &= can - 1) {
        uint32_t v = bits_low(can), at = 0;
        if (outs[v].served != last) {
            last = outs[v].served;
            granted = chain_behind(chain->first, chain->count, n->next_head + sink->first, last);
        }
        while (at < matched && head[at] != granted)
            at++;
        head[at] = granted;
        grants[at] = (at < matched ? grants[at] : 0) | 1u << v;
        matched += at == matched;
    }
    for (uint32_t i = 0; i < matched; i++)
        take_vc(n, t, sink, head[i], first_choice(n, sink, head[i], grants[i], how), how);
    if (matched > 0)
        close_up(n, chain, sink->first);
    return chain->count;
}

/* Wide: chain by chain. */
static INLINE void allocate_by_chains(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    uint32_t *wanted = t->wanted, kept = 0;
    const uint32_t count = t->n_wanted;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t number = wanted[k], losers;
        struct vc_chain *chain = &n->chains[number];
        struct vc_port *sink = &n->port[chain->port];
        uint32_t can = sink->free & chain->set;
        losers = chain->count;
        if (can && losers == 1) {
            uint32_t head = chain->first;
            take_vc(n, t, sink, head, first_choice(n, sink, head, can, how), how);
            chain->count = 0;
            losers = 0;
        } else if (can) {
            losers = match_chain(n, t, chain, sink, can, how);
        }
        sink->vc_losses += losers;
        wanted[kept] = number;
        kept += losers > 0;
    }
    t->n_wanted = kept;
}

/* Several heads ask: apart, so that the common case stays short. */
static APART uint32_t match_narrow_plain(struct vc_network *n, struct vc_tile *t, struct vc_port *sink)
{
    return match_sets(n, t, sink, narrow_plain);
}
static APART uint32_t match_narrow(struct vc_network *n, struct vc_tile *t, struct vc_port *sink)
{
    return match_sets(n, t, sink, narrow);
}

static INLINE void allocate_vcs(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    uint32_t *wanted = t->wanted, kept = 0;
    const uint32_t count = t->n_wanted;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t port = wanted[k], losers = 0;
        struct vc_port *sink = &n->port[port];
        FETCH(&n->port[wanted[k + VC_AHEAD]]);
        FETCH(&n->vc[wanted[k + VC_AHEAD] << shift_of(n, how)]);
        if (word_single(sink->mask.want)) {
            uint32_t head = bits_low(sink->mask.want), can = sink->free & set_of(n, sink->first + head);
            if (can)
                take_vc(n, t, sink, head, first_choice(n, sink, head, can, how), how);
            else
                losers = 1;
        } else {
            losers = how.plain ? match_narrow_plain(n, t, sink) : match_narrow(n, t, sink);
        }
        sink->vc_losses += losers;
        wanted[kept] = port;
        kept += sink->mask.want != 0;
    }
    t->n_wanted = kept;
}

/* Heads that came to the front when a tail left have their routes and ask. */
static INLINE void ask_for_vcs(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    for (uint32_t k = 0; k < t->n_fresh; k++) {
        uint32_t vc = t->fresh[k], first = n->port[vc >> shift_of(n, how)].first;
        ask_vc(n, t, (first >> shift_of(n, how)) + decided(n, vc, how), vc, how);
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

/* Wide: likewise, but the input keeps only the output that comes first for it. */
static INLINE void grant_best(struct vc_network *n, struct vc_tile *t, uint32_t port, uint32_t o, uint32_t base,
                              const struct vc_engine how)
{
    struct vc_port *source = &n->port[port];
    uint32_t best = source->wide.best;
    if (best == NO_CHOICE) {
        t->granted[t->n_granted++] = port;
        source->wide.best = (uint16_t)o;
        return;
    }
    uint32_t last = (uint32_t)source->sent_to >> shift_of(n, how);
    bool closer = lateness(o, last) < lateness(best, last);
    n->port[base + (closer ? best : o)].switch_losses++;
    source->wide.best = (uint16_t)(closer ? o : best);
}

/* Wide: of the input VCs that ask for an output, and belong to an input where that is given, the first one behind
 * `last`. */
static INLINE uint32_t first_asker(const struct vc_network *n, const struct vc_port *sink, uint32_t last,
                                   uint32_t input, const struct vc_engine how)
{
    const struct vc *outs = &n->vc[(uint32_t)(sink - n->port) << shift_of(n, how)];
    uint32_t ask = sink->wide.ask, best = BITS_NONE;
    if (word_single(ask))
        return outs[bits_low(ask)].owner;
    for (; ask; ask &= ask - 1) {
        uint32_t local = outs[bits_low(ask)].owner, late = lateness(local, last);
        late = input == BITS_NONE || local >> shift_of(n, how) == input ? late : BITS_NONE;
        best = late < best ? late : best;
    }
    return best & UINT16_MAX;
}

/* Wide: how many inputs ask? Each counts with the last of its VCs that do. */
static INLINE uint32_t askers_of(const struct vc_network *n, const struct vc_port *sink, const struct vc_engine how)
{
    const struct vc *outs = &n->vc[(uint32_t)(sink - n->port) << shift_of(n, how)];
    uint32_t inputs = 0;
    for (uint32_t ask = sink->wide.ask; ask; ask &= ask - 1) {
        uint32_t input = (uint32_t)outs[bits_low(ask)].owner >> shift_of(n, how), again = 0;
        for (uint32_t rest = ask & (ask - 1); rest; rest &= rest - 1)
            again |= (uint32_t)outs[bits_low(rest)].owner >> shift_of(n, how) == input;
        inputs += !again;
    }
    return inputs;
}

/* The input VC that speaks for this input at this output has won. */
static INLINE void pass_switch(struct vc_network *n, struct vc_tile *t, struct vc_port *source, struct vc_port *sink,
                               const bool moves, const struct vc_engine how)
{
    const uint32_t shift = shift_of(n, how), i = (uint32_t)(source - n->port) - (source->first >> shift);
    uint32_t local = how.wide ? first_asker(n, sink, source->sent, i, how)
                              : mask_behind(sink->mask.ask & n->port_vcs << (i << shift), source->sent);
    uint32_t resource = n->vc[source->first + local].out & mask_of(n, how);
    source->sent = (uint16_t)local;
    if (moves) {
        sink->passed = (uint16_t)local;
        source->sent_to = (uint16_t)(((uint32_t)(sink - n->port) << shift) - source->first);
    }
    uint32_t stays = send_front(n, t, source->first + local, source, sink, how) == REST_READY;
    if (how.wide)
        sink->wide.ask = (sink->wide.ask & ~(1u << resource)) | stays << resource;
    else
        sink->mask.ask = (sink->mask.ask & ~(1ull << local)) | (uint64_t)stays << local;
}

/* Each output grants one input. */
static INLINE void grant_inputs(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    const uint32_t *asked = t->asked, count = t->n_asked, shift = shift_of(n, how);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t port = asked[k];
        struct vc_port *sink = &n->port[port];
        uint32_t base = sink->first >> shift, last = sink->passed | mask_of(n, how);
        uint32_t vc = how.wide ? first_asker(n, sink, last, BITS_NONE, how) : mask_behind(sink->mask.ask, last);
        if (how.wide) {
            if (!word_single(sink->wide.ask))
                sink->switch_losses += askers_of(n, sink, how) - 1;
            grant_best(n, t, base + (vc >> shift), port - base, base, how);
        } else {
            FETCH(&n->port[asked[k + VC_AHEAD]]);
            FETCH(&n->vc[sink->first + vc]);
            if (!word_single(sink->mask.ask))
                sink->switch_losses += inputs_of(n, sink->mask.ask) - 1;
            grant(n, t, base + (vc >> shift), port - base);
        }
    }
}

/* The output that an input accepts: the first of its grants. */
static INLINE uint32_t accepted(struct vc_network *n, struct vc_port *source, uint32_t base, const struct vc_engine how)
{
    if (how.wide) {
        uint32_t best = source->wide.best;
        source->wide.best = NO_CHOICE;
        return best;
    }
    uint64_t *place = grants_of(n, (uint32_t)(source - n->port)), grants = *place;
    uint32_t o = bits_low(grants);
    *place = 0;
    if (!word_single(grants)) {
        o = mask_behind(grants, (uint32_t)source->sent_to >> shift_of(n, how));
        for (uint64_t lost = grants & ~(1ull << o); lost; lost &= lost - 1)
            n->port[base + bits_low(lost)].switch_losses++;
    }
    return o;
}

/* Each output grants one input, each input accepts the first of its grants. */
static INLINE void allocate_switch_by_outputs(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    grant_inputs(n, t, how);
    const uint32_t *granted = t->granted, count = t->n_granted;
    for (uint32_t k = 0; k < count; k++) {
        struct vc_port *source = &n->port[granted[k]];
        uint32_t base = source->first >> shift_of(n, how);
        pass_switch(n, t, source, &n->port[base + accepted(n, source, base, how)], true, how);
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
        n->port[base + o].switch_losses--;
    }
}

/* iSLIP of several iterations. Flits go when all is matched; only matches of the first one move pointers. */
static APART void allocate_switch_repeatedly(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_asked; k++)
        n->port[t->asked[k]].switch_losses += inputs_of(n, n->port[t->asked[k]].mask.ask);
    match_more(n, t);
    uint32_t first = t->n_granted;
    for (uint32_t i = 1; i < n->iterations; i++)
        match_more(n, t);
    for (uint32_t k = 0; k < t->n_granted; k++) {
        struct vc_port *source = &n->port[t->granted[k]];
        uint32_t sink = (source->first >> n->vc_shift) + bits_low(*grants_of(n, t->granted[k]));
        *grants_of(n, t->granted[k]) = *choosers_of(n, sink) = n->taken[source->router] = 0;
        pass_switch(n, t, source, &n->port[sink], k < first, narrow);
    }
    t->n_granted = 0;
}

/* Each input chooses one output, each output one of the inputs that chose it. */
static APART void allocate_switch_by_inputs(struct vc_network *n, struct vc_tile *t)
{
    for (uint32_t k = 0; k < t->n_asked; k++) {
        uint32_t port = t->asked[k], base = n->port[port].first >> n->vc_shift;
        n->port[port].switch_losses += inputs_of(n, n->port[port].mask.ask);
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
        n->port[port].switch_losses--;
        pass_switch(n, t, &n->port[(sink->first >> n->vc_shift) + i], sink, true, narrow);
    }
}

/* ---- the cycle ---- */

/* Ports for which nobody asks any more leave the list; winners of a VC ask from now on. */
static INLINE void close_cycle(struct vc_network *n, struct vc_tile *t, const struct vc_engine how)
{
    uint32_t *asked = t->asked, kept = 0;
    const uint32_t count = t->n_asked, n_winners = t->n_winners;
    for (uint32_t k = 0; k < count; k++) {
        uint32_t port = asked[k];
        asked[kept] = port;
        kept += how.wide ? n->port[port].wide.ask != 0 : n->port[port].mask.ask != 0;
    }
    t->n_asked = kept;
    for (uint32_t k = 0; k < n_winners; k++) {
        const struct vc_bid *w = &t->winners[k];
        ask_switch(n, t, w->port, n->port[w->port].first + w->local, how);
    }
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
static INLINE void tile_cycle(struct vc_network *n, struct vc_tile *t, struct vc_slot *s, uint64_t cycle,
                              const struct vc_engine how)
{
    const bool looks_ahead = n->p.shape.routing_delay == 0;
    arrive_credits(n, t, s, how);
    if (looks_ahead) {
        ask_for_vcs(n, t, how);
        arrive_flits(n, t, s, how);
    }
    if (n->run->shuffle) {
        shuffle(n, cycle, t->wanted, t->n_wanted);
        shuffle(n, cycle, t->asked, t->n_asked);
    }
    if (how.wide)
        allocate_by_chains(n, t, how);
    else
        allocate_vcs(n, t, how);
    if (!looks_ahead) {
        ask_for_vcs(n, t, how);
        arrive_flits(n, t, s, how);
    }
    if (!how.plain && !how.wide && n->input_first)
        allocate_switch_by_inputs(n, t);
    else if (!how.plain && !how.wide && n->iterations > 1)
        allocate_switch_repeatedly(n, t);
    else
        allocate_switch_by_outputs(n, t, how);
    close_cycle(n, t, how);
}

/* Where the tiles do not all stay in the host's second cache, it fetches the next one while it works on this one. */
static APART void fetch_tile(const struct vc_network *n, const struct vc_tile *t)
{
    const char *ports = (const char *)&n->port[t->first_port],
               *vcs = (const char *)&n->vc[t->first_port << n->vc_shift];
    for (size_t at = 0; at < t->ports * sizeof *n->port; at += MEM_LINE)
        FETCH(ports + at);
    for (size_t at = 0; at < (t->ports * sizeof *n->vc) << n->vc_shift; at += MEM_LINE)
        FETCH(vcs + at);
}

static INLINE void all_tiles(struct vc_network *n, uint64_t cycle, uint32_t cycles, const struct vc_engine how)
{
    for (uint32_t i = 0; i < n->n_tiles; i++) {
        if (n->n_tiles > TILES_NEAR)
            fetch_tile(n, &n->tiles[i + 1 < n->n_tiles ? i + 1 : 0]);
        for (uint64_t now = cycle; now < cycle + cycles; now++) {
            vc_send_from(n, now);
            tile_cycle(n, &n->tiles[i], &slots_at(n, now)[i], now, how);
        }
    }
}

static APART void narrow_plain_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, narrow_plain);
}
static APART void narrow_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, narrow);
}
static APART void wide_plain_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, (struct vc_engine) {.masks = true, .wide = true, .plain = true, .shift = PLAIN_SHIFT});
}
static APART void wide_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, (struct vc_engine) {.masks = true, .wide = true});
}

void vc_masks_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    bool plain = n->plain && !n->moved;
    if (n->wide)
        (plain ? wide_plain_cycles : wide_cycles)(n, cycle, cycles);
    else
        (plain ? narrow_plain_cycles : narrow_cycles)(n, cycle, cycles);
}
