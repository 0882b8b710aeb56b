/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar.c - the cycle of a crossbar for packets of one flit: ends, then router.
 *
 * Stages decide on what was pending when the cycle began, so switch allocation comes before VC allocation: what it
 * frees is not for that, and what that gives asks for the switch from the next cycle on. A request that is alone at its
 * input and its output, and a head alone in its chain, get what they ask for; others are matched. */
#include "hw/noc/vc_crossbar.h"

/* ---- switch allocation ---- */

/* The place to which a packet goes that wins the switch for output VC `r`. */
static INLINE uint32_t place_to_go(const struct vc_crossbar *x, uint32_t r)
{
    return (r << CROSS_PLACE_SHIFT) + x->vc[r].out_sends;
}

/* The packet at the front of input VC `vc` has won the switch for output VC `r`. */
static INLINE void pass(struct vc_crossbar *x, uint32_t vc, uint32_t r, uint32_t to, struct vc_port *source,
                        struct vc_port *sink)
{
    struct cross_vc *c = &x->vc[vc];
    const uint32_t o = r >> CROSS_SHIFT, head = c->head, left = c->count - 1u, bit = 1u << (r & CROSS_MASK);

    struct cross_place *from = &x->in[(vc << CROSS_PLACE_SHIFT) + head];
    const uint32_t told = from->told;
    x->out[to] = (struct cross_place) {CROSS_TAKEN, from->packet, told};
    from->free_at = x->home;
    x->vc[r].out_sends = (uint16_t)place_behind(x, to & CROSS_PLACE_MASK);
    put_on_link(x->to_ends, to);
    x->entered[told & META_KIND][o]++;

    source->sent = (uint16_t)vc;
    source->sent_to = (uint16_t)(o << CROSS_SHIFT);
    source->cross.active--;
    sink->passed = (uint16_t)vc;
    sink->cross.freed = (uint16_t)bit;
    sink->cross.freed_at = x->now;
    sink->free |= bit;
    c->count = (uint16_t)left;
    if (left > 0) {
        c->head = (uint16_t)place_behind(x, head);
        x->fresh[x->n_fresh++] = vc;
    }
}

/* Of the owners of an output's VCs that ask, and belong to an input where that is given, the first behind `last`. */
static INLINE uint32_t first_asker(const struct cross_vc *outs, uint32_t ask, uint32_t last, uint32_t input)
{
    uint32_t best = BITS_NONE;
    if (word_single(ask))
        return outs[bits_low(ask)].owner;
    for (; ask; ask &= ask - 1) {
        uint32_t vc = outs[bits_low(ask)].owner, late = lateness(vc, last);
        late = input == BITS_NONE || vc >> CROSS_SHIFT == input ? late : BITS_NONE;
        best = late < best ? late : best;
    }
    return best & UINT16_MAX;
}

/* How many inputs ask? Each counts with the last of its VCs that do. */
static INLINE uint32_t askers_of(const struct cross_vc *outs, uint32_t ask)
{
    uint32_t inputs = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t input = (uint32_t)outs[bits_low(ask)].owner >> CROSS_SHIFT, again = 0;
        for (uint32_t rest = ask & (ask - 1); rest; rest &= rest - 1)
            again |= (uint32_t)outs[bits_low(rest)].owner >> CROSS_SHIFT == input;
        inputs += !again;
    }
    return inputs;
}

/* An output grants one input, which keeps only the grant that comes first for it. Returns the new number of inputs with
 * one. */
static INLINE uint32_t grant(struct vc_crossbar *x, uint32_t o, uint32_t n_granted)
{
    struct vc_port *sink = &x->port[o];
    const struct cross_vc *outs = &x->vc[o << CROSS_SHIFT];
    const uint32_t ask = sink->cross.ask,
                   input = first_asker(outs, ask, sink->passed | CROSS_MASK, BITS_NONE) >> CROSS_SHIFT;
    struct vc_port *source = &x->port[input];
    const uint32_t best = source->cross.best, last = source->sent_to >> CROSS_SHIFT;
    if (!word_single(ask))
        sink->switch_losses += askers_of(outs, ask) - 1;
    if (best == CROSS_NO_BEST) {
        x->granted[n_granted] = input;
        source->cross.best = (uint16_t)o;
        return n_granted + 1;
    }
    bool closer = lateness(o, last) < lateness(best, last);
    x->port[closer ? best : o].switch_losses++;
    source->cross.best = (uint16_t)(closer ? o : best);
    return n_granted;
}

/* Requests that share an input or an output. Those that stay join the list again. Returns its length. */
static APART uint32_t match_rivals(struct vc_crossbar *x, uint32_t n_rivals, uint32_t kept)
{
    const uint32_t *rivals = x->rivals;
    uint32_t *granted = x->granted, *outs = granted + x->n->ports, *asked = x->asked, n_outs = 0, n_granted = 0;
    for (uint32_t k = 0; k < n_rivals; k++) {
        const uint32_t r = rivals[k], o = r >> CROSS_SHIFT, ask = x->port[o].cross.ask;
        if (x->out[place_to_go(x, r)].free_at > x->now)
            continue;
        outs[n_outs] = o;
        n_outs += ask == 0;
        x->port[o].cross.ask = (uint16_t)(ask | 1u << (r & CROSS_MASK));
    }
    for (uint32_t k = 0; k < n_outs; k++)
        n_granted = grant(x, outs[k], n_granted);
    for (uint32_t k = 0; k < n_granted; k++) {
        struct vc_port *source = &x->port[granted[k]];
        const uint32_t o = source->cross.best;
        const uint32_t vc = first_asker(&x->vc[o << CROSS_SHIFT], x->port[o].cross.ask, source->sent, granted[k]);
        const uint32_t r = x->vc[vc].took;
        source->cross.best = CROSS_NO_BEST;
        pass(x, vc, r, place_to_go(x, r), source, &x->port[o]);
    }
    for (uint32_t k = 0; k < n_rivals; k++) {
        const uint32_t r = rivals[k];
        struct vc_port *sink = &x->port[r >> CROSS_SHIFT];
        sink->cross.ask = 0;
        asked[kept] = r;
        kept += !(sink->free >> (r & CROSS_MASK) & 1);
    }
    return kept;
}

static APART void allocate_switch(struct vc_crossbar *x)
{
    uint32_t *asked = x->asked, kept = 0, n_rivals = 0;
    const uint32_t count = x->n_asked, all = x->all;
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t r = asked[k], vc = x->vc[r].owner;
        struct vc_port *sink = &x->port[r >> CROSS_SHIFT], *source = &x->port[vc >> CROSS_SHIFT];
        const uint32_t to = place_to_go(x, r);
        if (!word_single(sink->free ^ all) || source->cross.active != 1)
            x->rivals[n_rivals++] = r;
        else if (x->out[to].free_at <= x->now)
            pass(x, vc, r, to, source, sink);
        else
            asked[kept++] = r;
    }
    x->n_asked = n_rivals > 0 ? match_rivals(x, n_rivals, kept) : kept;
}

/* ---- VC allocation ---- */

/* The head of an input VC asks for a VC. */
static INLINE void ask_vc(struct vc_crossbar *x, uint32_t vc, uint32_t told)
{
    const uint32_t number = told >> TOLD_CHAIN, n_wanted = x->n_wanted;
    struct cross_chain *chain = &x->chain[number];
    const uint32_t count = chain->count;
    x->wanted[n_wanted] = number;
    x->n_wanted = n_wanted + (count == 0);
    x->next_head[vc] = chain->first;
    chain->first = (uint16_t)vc;
    chain->count = (uint16_t)(count + 1);
}

/* Heads that came to the front in the last cycle, and packets that arrive. */
static APART void arrive_at_router(struct vc_crossbar *x, struct vc_slot *s)
{
    for (uint32_t k = 0, count = x->n_fresh; k < count; k++) {
        const uint32_t vc = x->fresh[k];
        ask_vc(x, vc, x->in[(vc << CROSS_PLACE_SHIFT) + x->vc[vc].head].told);
    }
    x->n_fresh = 0;
    for (uint32_t i = 0, count = s->credits; i < count; i++) {
        const uint32_t at = s->credit[i], vc = at >> CROSS_PLACE_SHIFT;
        struct cross_vc *c = &x->vc[vc];
        const uint32_t before = c->count;
        c->count = (uint16_t)(before + 1);
        if (before > 0)
            continue;
        c->head = at & CROSS_PLACE_MASK;
        ask_vc(x, vc, x->in[at].told);
    }
    s->credits = 0;
}

static INLINE void take_vc(struct vc_crossbar *x, struct vc_port *sink, uint32_t vc, uint32_t r)
{
    sink->free &= ~(1u << (r & CROSS_MASK));
    x->vc[r].owner = (uint16_t)vc;
    x->vc[vc].took = (uint16_t)r;
    x->port[vc >> CROSS_SHIFT].cross.active++;
    x->asked[x->n_asked++] = r;
}

/* Of VCs of an output port the one that a head takes: the first behind the one it accepted last. */
static INLINE uint32_t first_choice(const struct vc_crossbar *x, uint32_t o, uint32_t vc, uint32_t can)
{
    const uint32_t first = o << CROSS_SHIFT, last = x->vc[vc].took - first;
    const uint32_t later = last < CROSS_VCS ? can >> last >> 1 << 1 << last : 0;
    return first + bits_low(later ? later : can);
}

static INLINE void leave_chain(struct cross_chain *chain, uint16_t *next, uint32_t head)
{
    uint16_t *link = &chain->first;
    while (*link != head)
        link = &next[*link];
    *link = next[head];
    chain->count--;
}

/* Each free VC grants one of several heads, and each head takes the first of its grants. VCs whose pointers stand alike
 * grant the same one. */
static APART void match_chain(struct vc_crossbar *x, struct cross_chain *chain, uint32_t can)
{
    const struct cross_vc *outs = &x->vc[chain->port << CROSS_SHIFT];
    uint32_t head[CROSS_VCS], grants[CROSS_VCS], matched = 0, last = BITS_NONE, granted = 0;
    for (; can; can &= can - 1) {
        uint32_t v = bits_low(can), at = 0;
        if (outs[v].owner != last) {
            last = outs[v].owner;
            granted = chain_behind(chain->first, chain->count, x->next_head, last);
        }
        while (at < matched && head[at] != granted)
            at++;
        grants[at] = (at < matched ? grants[at] : 0) | 1u << v;
        head[at] = granted;
        matched += at == matched;
    }
    for (uint32_t i = 0; i < matched; i++) {
        take_vc(x, &x->port[chain->port], head[i], first_choice(x, chain->port, head[i], grants[i]));
        leave_chain(chain, x->next_head, head[i]);
    }
}

static APART void allocate_vcs(struct vc_crossbar *x)
{
    uint32_t *wanted = x->wanted, kept = 0;
    const uint32_t n_wanted = x->n_wanted;
    for (uint32_t k = 0; k < n_wanted; k++) {
        const uint32_t number = wanted[k];
        struct cross_chain *chain = &x->chain[number];
        const uint32_t o = chain->port, count = chain->count;
        struct vc_port *sink = &x->port[o];
        uint32_t can = sink->free & chain->set;
        if (sink->cross.freed_at == x->now)
            can &= ~(uint32_t)sink->cross.freed;
        if (can && count == 1) {
            take_vc(x, sink, chain->first, first_choice(x, o, chain->first, can));
            chain->count = 0;
            continue;
        }
        if (can)
            match_chain(x, chain, can);
        sink->vc_losses += chain->count;
        wanted[kept] = number;
        kept += chain->count > 0;
    }
    x->n_wanted = kept;
}

/* ---- the cycle ---- */

static INLINE uint64_t next_cycle(const struct vc_crossbar *x, uint64_t cycle)
{
    const struct vc_network *n = x->n;
    uint64_t any = x->n_asked | x->n_wanted | x->n_fresh;
    for (uint32_t w = 0; w < n->end_words; w++)
        any |= n->sending[w] | n->holding[w];
    if (any)
        return cycle + 1;
    for (uint64_t next = cycle + 1; next <= cycle + n->wheel_mask; next++)
        if (slots_at(n, next)[0].credits | slots_at(n, next)[1].credits)
            return next;
    return CYCLE_NEVER;
}

uint64_t vc_crossbar_eval(struct vc_crossbar *x, uint64_t cycle)
{
    struct vc_network *n = x->n;
    struct vc_slot *router = &n->wheel[(cycle & n->wheel_mask) * 2];
    x->now = cycle;
    x->home = cycle + n->node_latency + 1;
    x->home_out = x->home + n->p.shape.credit_delay;
    x->to_router = &n->wheel[(x->home & n->wheel_mask) * 2];
    x->to_ends = &n->wheel[((x->home + 1) & n->wheel_mask) * 2 + 1];
    vc_crossbar_ends(x, router + 1);
    if (x->n_fresh > 0 || router->credits > 0)
        arrive_at_router(x, router);
    if (n->run->shuffle) {
        vc_shuffle(n, cycle, x->asked, x->n_asked);
        vc_shuffle(n, cycle, x->wanted, x->n_wanted);
    }
    if (x->n_asked > 0)
        allocate_switch(x);
    if (x->n_wanted > 0)
        allocate_vcs(x);
    return next_cycle(x, cycle);
}
