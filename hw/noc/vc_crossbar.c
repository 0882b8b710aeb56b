/* SPDX-License-Identifier: Apache-2.0 */
/* vc_crossbar.c - the cycle of a crossbar for packets of one flit: ends, then router.
 *
 * Stages decide on what was pending when the cycle began, so switch allocation comes before VC allocation: what it
 * frees is not for that, and what that gives asks for the switch from the next cycle on. A request that is alone at its
 * input and its output, and a head alone in its chain, get what they ask for; others are matched. */
#include "hw/noc/vc_crossbar.h"

/* ---- switch allocation ---- */

/* The ends of the lists that a step adds to. */
struct passing {
    uint32_t *heads, *come;
    uint32_t next; /* the next cycle */
};

static INLINE struct passing begin_passing(const struct vc_crossbar *x)
{
    return (struct passing) {x->soon->heads + x->soon->n_heads, x->to_ends->come + x->to_ends->n_come,
                             (uint32_t)x->now + 1};
}
static INLINE void end_passing(const struct vc_crossbar *x, struct passing p)
{
    x->soon->n_heads = (uint32_t)(p.heads - x->soon->heads);
    x->to_ends->n_come = (uint32_t)(p.come - x->to_ends->come);
}

/* The next packet of the input VC is still on the link: it asks when it comes. */
static APART void ask_when_there(struct vc_crossbar *x, uint32_t head, uint32_t due)
{
    struct cross_slot *s = cross_slot_at(x, due);
    s->heads[s->n_heads++] = head;
}

/* The packet at the front of input VC `c` has won the switch for output VC `r`, of which place `to` is free. */
static INLINE struct passing pass(struct vc_crossbar *x, struct cross_vc *c, struct cross_vc *r, uint32_t to,
                                  struct vc_port *source, struct vc_port *sink, struct passing p)
{
    const uint32_t head = c->head, next = x->behind[head], left = c->count - 1u;
    const uint64_t place = c->in[head];
    c->in[head] = x->home;
    c->head = (uint16_t)next;
    c->count = (uint16_t)left;
    r->out[to] = place;
    r->out_sends = x->behind[to];
    *p.come++ = (uint32_t)r->number << CROSS_PLACE_SHIFT | to;
    x->passed[place & META_KIND][r->number >> CROSS_SHIFT]++;

    source->sent = c->number;
    source->sent_to = r->number;
    source->cross.active--;
    sink->passed = c->number;
    sink->cross.freed = x->stamp | r->bit;
    sink->cross.held ^= r->bit;

    *p.heads = head_of(c->in[next], c->number);
    p.heads += left > 0;
    if (RARELY((int32_t)(c->due[next] - p.next) > 0) && left > 0)
        ask_when_there(x, *--p.heads, c->due[next]);
    return p;
}

/* Of an output's VCs that ask the one whose owner comes first behind `last`; where `input` is given, of that port. */
static INLINE uint32_t first_asker(const struct cross_vc *outs, uint32_t ask, uint32_t last, uint32_t input)
{
    uint32_t best = BITS_NONE, first = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t v = bits_low(ask), vc = outs[v].served, late = lateness(vc, last);
        if ((input == BITS_NONE || vc >> CROSS_SHIFT == input) && late < best) {
            best = late;
            first = v;
        }
    }
    return first;
}

/* How many inputs ask? Each counts with the last of its VCs that do. */
static INLINE uint32_t askers_of(const struct cross_vc *outs, uint32_t ask)
{
    uint32_t inputs = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t input = (uint32_t)outs[bits_low(ask)].served >> CROSS_SHIFT, again = 0;
        for (uint32_t rest = ask & (ask - 1); rest; rest &= rest - 1)
            again |= (uint32_t)outs[bits_low(rest)].served >> CROSS_SHIFT == input;
        inputs += !again;
    }
    return inputs;
}

/* An output that several VCs ask for chooses an input, then that speaks with one of its VCs. */
static APART struct cross_vc *choose(struct cross_vc *outs, struct vc_port *sink)
{
    const uint32_t ask = sink->cross.ask;
    const struct cross_vc *c = outs[first_asker(outs, ask, sink->passed | CROSS_MASK, BITS_NONE)].owner;
    sink->switch_losses += askers_of(outs, ask) - 1;
    return &outs[first_asker(outs, ask, c->port->sent, c->number >> CROSS_SHIFT)];
}

/* The output grants output VC `r`, or another one that asks, to the input of its owner, which keeps only the grant that
 * comes first for it. Returns the end of the list of inputs with one. */
static INLINE struct vc_port **grant(struct vc_crossbar *x, struct cross_vc *r, struct vc_port **granted)
{
    struct vc_port *sink = r->port;
    if (!word_single(sink->cross.ask))
        r = choose(&x->vc[r->number & ~CROSS_MASK], sink);
    struct vc_port *source = r->owner->port;
    const uint32_t best = source->cross.best;
    if (best == CROSS_NO_BEST) {
        *granted++ = source;
        source->cross.best = r->number;
        return granted;
    }
    const uint32_t last = source->sent_to >> CROSS_SHIFT, o = r->number >> CROSS_SHIFT;
    bool closer = lateness(o, last) < lateness(best >> CROSS_SHIFT, last);
    x->port[closer ? best >> CROSS_SHIFT : o].switch_losses++;
    source->cross.best = (uint16_t)(closer ? r->number : best);
    return granted;
}

/* Requests that share an input or an output. Those that stay join the list again. Returns its end. */
static APART struct cross_vc **match_rivals(struct vc_crossbar *x, struct cross_vc **end, struct cross_vc **kept)
{
    struct cross_vc **outs = x->outs;
    struct vc_port **granted = x->granted;
    for (struct cross_vc **rival = x->rivals; rival < end; rival++) {
        struct cross_vc *r = *rival;
        struct vc_port *sink = r->port;
        const uint32_t ask = sink->cross.ask;
        if (r->out[r->out_sends] > x->now)
            continue;
        *outs = r;
        outs += ask == 0;
        sink->cross.ask = (uint16_t)(ask | r->bit);
    }
    for (struct cross_vc **out = x->outs; out < outs; out++)
        granted = grant(x, *out, granted);
    struct passing p = begin_passing(x);
    for (struct vc_port **input = x->granted; input < granted; input++) {
        struct vc_port *source = *input;
        struct cross_vc *r = &x->vc[source->cross.best];
        source->cross.best = CROSS_NO_BEST;
        p = pass(x, r->owner, r, r->out_sends, source, r->port, p);
    }
    end_passing(x, p);
    for (struct cross_vc **rival = x->rivals; rival < end; rival++) {
        struct cross_vc *r = *rival;
        struct vc_port *sink = r->port;
        sink->cross.ask = 0;
        *kept = r;
        kept += (sink->cross.held & r->bit) != 0;
    }
    return kept;
}

static INLINE void allocate_switch(struct vc_crossbar *x)
{
    struct cross_vc **asked = x->asked, **kept = asked, **rivals = x->rivals, **end = asked + x->n_asked;
    struct passing p = begin_passing(x);
    for (; asked < end; asked++) {
        struct cross_vc *r = *asked, *c = r->owner;
        struct vc_port *sink = r->port, *source = c->port;
        const uint32_t to = r->out_sends;
        if (!word_single(sink->cross.held) || source->cross.active != 1)
            *rivals++ = r;
        else if (r->out[to] <= x->now)
            p = pass(x, c, r, to, source, sink, p);
        else
            *kept++ = r;
    }
    end_passing(x, p);
    if (rivals > x->rivals)
        kept = match_rivals(x, rivals, kept);
    x->n_asked = (uint32_t)(kept - x->asked);
}

/* ---- VC allocation ---- */

/* Heads ask for VCs: each joins the chain of its lane and output port. */
static INLINE void arrive_at_router(struct vc_crossbar *x, struct cross_slot *s)
{
    struct cross_chain **wanted = x->wanted + x->n_wanted;
    for (const uint32_t *head = s->heads, *end = head + s->n_heads; head < end; head++) {
        const uint32_t vc = (uint16_t)*head;
        struct cross_chain *chain = &x->chain[*head >> TOLD_CHAIN];
        const uint32_t count = chain->count;
        *wanted = chain;
        wanted += count == 0;
        x->next_head[vc] = chain->first;
        chain->first = (uint16_t)vc;
        chain->count = (uint16_t)(count + 1);
    }
    s->n_heads = 0;
    x->n_wanted = (uint32_t)(wanted - x->wanted);
}

static INLINE void take_vc(struct cross_vc *c, struct cross_vc *r, struct vc_port *sink)
{
    sink->cross.held |= r->bit;
    r->owner = c;
    r->served = c->number;
    c->took = r->number;
    c->port->cross.active++;
}

/* Of VCs of an output port the one that a head takes: the first behind the one it accepted last. */
static INLINE struct cross_vc *first_choice(const struct vc_crossbar *x, struct cross_vc *outs,
                                            const struct cross_vc *head, uint32_t can)
{
    const uint32_t last = (uint32_t)head->took - outs->number;
    return &outs[x->choice[last < CROSS_VCS ? last : CROSS_VCS][can]];
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
 * grant the same one. Returns the end of the list of VCs that are held. */
static APART struct cross_vc **match_chain(struct vc_crossbar *x, struct cross_chain *chain, uint32_t can,
                                           struct cross_vc **asked)
{
    struct cross_vc *outs = chain->outs;
    uint32_t head[CROSS_VCS], grants[CROSS_VCS], matched = 0, last = BITS_NONE, granted = 0;
    for (; can; can &= can - 1) {
        uint32_t v = bits_low(can), at = 0;
        if (outs[v].served != last) {
            last = outs[v].served;
            granted = chain_behind(chain->first, chain->count, x->next_head, last);
        }
        while (at < matched && head[at] != granted)
            at++;
        grants[at] = (at < matched ? grants[at] : 0) | 1u << v;
        head[at] = granted;
        matched += at == matched;
    }
    for (uint32_t i = 0; i < matched; i++) {
        struct cross_vc *c = &x->vc[head[i]], *r = first_choice(x, outs, c, grants[i]);
        take_vc(c, r, outs->port);
        *asked++ = r;
        leave_chain(chain, x->next_head, head[i]);
    }
    return asked;
}

/* The same where one VC is free. */
static INLINE void match_one(struct vc_crossbar *x, struct cross_chain *chain, struct cross_vc *r)
{
    const uint32_t head = chain_behind(chain->first, chain->count, x->next_head, r->served);
    take_vc(&x->vc[head], r, r->port);
    leave_chain(chain, x->next_head, head);
}

static INLINE void allocate_vcs(struct vc_crossbar *x)
{
    struct cross_chain **kept = x->wanted;
    struct cross_vc **asked = x->asked + x->n_asked;
    for (struct cross_chain **wanted = kept, **end = wanted + x->n_wanted; wanted < end; wanted++) {
        struct cross_chain *chain = *wanted;
        struct cross_vc *outs = chain->outs;
        struct vc_port *sink = outs->port;
        const uint64_t freed = sink->cross.freed ^ x->stamp; /* in this cycle: a set, else more than that */
        const uint32_t can = chain->set & ~(sink->cross.held | (freed < CROSS_SETS ? (uint32_t)freed : 0));
        if (can && chain->count == 1) {
            struct cross_vc *c = &x->vc[chain->first], *r = first_choice(x, outs, c, can);
            take_vc(c, r, sink);
            *asked++ = r;
            chain->count = 0;
            continue;
        }
        if (can && word_single(can)) {
            match_one(x, chain, *asked++ = &outs[bits_low(can)]);
        } else if (can) {
            asked = match_chain(x, chain, can, asked);
        }
        sink->vc_losses += chain->count;
        *kept = chain;
        kept += chain->count > 0;
    }
    x->n_wanted = (uint32_t)(kept - x->wanted);
    x->n_asked = (uint32_t)(asked - x->asked);
}

/* ---- the cycle ---- */

/* The first one in which something comes. */
static APART uint64_t next_slot(const struct vc_crossbar *x)
{
    for (uint64_t next = x->now + 1; next <= x->now + x->wheel_mask; next++)
        if (cross_slot_at(x, next)->n_heads | cross_slot_at(x, next)->n_come)
            return next;
    return CYCLE_NEVER;
}

/* Lists have no order that counts: they are brought into another one. */
static void shuffle(struct vc_crossbar *x)
{
    struct vc_network *n = x->n;
    for (uint32_t i = 0; i < x->n_asked; i++)
        n->order[i] = x->asked[i]->number;
    for (uint32_t i = 0; i < x->n_asked; i++)
        x->asked[i] = &x->vc[n->order[run_order(n->run, x->now, i, x->n_asked)]];
    for (uint32_t i = 0; i < x->n_wanted; i++)
        n->order[i] = (uint64_t)(x->wanted[i] - x->chain);
    for (uint32_t i = 0; i < x->n_wanted; i++)
        x->wanted[i] = &x->chain[n->order[run_order(n->run, x->now, i, x->n_wanted)]];
}

uint64_t vc_crossbar_eval(struct vc_crossbar *x, uint64_t cycle)
{
    struct vc_network *n = x->n;
    struct cross_slot *now = cross_slot_at(x, cycle);
    x->now = cycle;
    x->home = cycle + n->node_latency + 1;
    x->home_out = x->home + n->p.shape.credit_delay;
    x->soon = cross_slot_at(x, cycle + 1);
    x->to_router = cross_slot_at(x, x->home);
    x->to_ends = cross_slot_at(x, x->home + 1);
    x->stamp = cycle << CROSS_VCS;
    const uint64_t ends = vc_crossbar_ends(x, now);
    if (now->n_heads > 0)
        arrive_at_router(x, now);
    if (n->run->shuffle)
        shuffle(x);
    if (x->n_asked > 0)
        allocate_switch(x);
    if (x->n_wanted > 0)
        allocate_vcs(x);
    return ends | x->n_asked | x->n_wanted ? cycle + 1 : next_slot(x);
}
