/* SPDX-License-Identifier: Apache-2.0 */
/* vc_lines.c - the routers' cycle of vc_masks.c, with a line per port: stages and arbiters are the same.
 *
 * A store of 8 bits may alias anything, so what the stages need of the network stands in a local record, struct work,
 * whose address goes nowhere. */
#include "hw/noc/vc_lines.h"

#include <string.h>

#include "sim/base/error.h"

#define LINES_NEAR 32u   /* so many tiles stay in the host's second cache: nothing is fetched ahead */
#define LOST_MOST  0x80u /* a line counts so many lost requests, about, before it passes them on */

/* A tile's cycle. */
struct work {
    struct vc_line *line;
    struct vc_place *to;
    uint32_t *flits; /* FIFOs */
    uint64_t *entered, *vc_lost;
    struct vc_port *port; /* for what lines pass on */
    const char *name;
    struct vc_slot *flits_to, *credits_to; /* of tile 0; those of the ends are behind the last tile's */
    uint16_t *grants;                      /* per input port of the tile: output ports */
    uint32_t *fresh, *wanted, *asked, *granted, *winners;
    uint32_t n_fresh, n_wanted, n_asked, n_granted, n_winners;
    uint32_t links, depth;
    bool one_set, looks_ahead;
    uint8_t sets[LINE_VCS]; /* per VC: those of its lane */
};

/* ---- numbers ---- */

static INLINE uint32_t low(uint32_t word)
{
    return (uint32_t)__builtin_ctz(word);
}

/* The first member of a set behind `last`, cyclic; the set is not empty. */
static INLINE uint32_t first_behind(uint32_t set, uint32_t last)
{
    uint32_t later = set & ~1u << last;
    return low(later ? later : set);
}

/* The router's first port. */
static INLINE uint32_t base_of(const struct vc_line *l)
{
    return l->here & PORT_OF;
}

static INLINE uint32_t *fifo_slot(const struct work *w, uint32_t vc, uint32_t i)
{
    return &w->flits[(vc << FIFO_SHIFT) + (i & FIFO_COUNT)];
}

/* Ports, or their first VCs, of a set of VCs. */
static INLINE uint32_t ports_of(uint32_t vcs)
{
    vcs |= vcs >> 1;
    return (vcs | vcs >> 2) & PORT_FIRSTS;
}

/* ---- who asks for what ---- */

static INLINE void ask_switch(struct work *w, uint32_t port, uint32_t local)
{
    struct vc_line *sink = &w->line[port];
    uint32_t ask = sink->ask;
    w->asked[w->n_asked] = port;
    w->n_asked += ask == 0;
    sink->ask = ask | 1u << local;
}

static INLINE void ask_vc(struct work *w, uint32_t port, uint32_t local)
{
    struct vc_line *sink = &w->line[port];
    uint32_t want = sink->want;
    w->wanted[w->n_wanted] = port;
    w->n_wanted += want == 0;
    sink->want = want | 1u << local;
}

/* The port on the way, in its router: first x, then y; without branches, as nothing predicts it. Of two routers in a
 * row the one further east has the higher number, of two in a column the one further south. */
static INLINE uint32_t route(uint32_t here, const struct vc_place *to)
{
    uint32_t there = to->router, apart = here ^ there, back = there < here;
    const uint32_t to_south = MESH_SOUTH - MESH_EAST, in_column = (apart >> COLUMN_AT) == 0;
    uint32_t along = MESH_EAST + back + in_column * to_south, arrived = -(uint32_t)(apart == 0);
    return along ^ ((along ^ to->port) & arrived);
}

/* The head at the front of a FIFO finds its output port, and asks for a VC there. */
static INLINE void begin_packet(struct work *w, struct vc_line *l, uint32_t vc, uint32_t base, uint32_t flit,
                                const bool waits)
{
    struct vc_place *to = &w->to[flit_packet(flit)];
    uint32_t port = route(l->here, to);
    to->hops++;
    l->out[vc & LINE_MASK] = (uint8_t)(LINE_WAITING | port);
    if (waits)
        w->fresh[w->n_fresh++] = vc;
    else
        ask_vc(w, base + port, vc - (base << LINE_SHIFT));
}

/* ---- what arrives ---- */

static INLINE void arrive_flit(struct work *w, uint32_t vc, uint32_t flit)
{
    struct vc_line *l = &w->line[vc >> LINE_SHIFT];
    const uint32_t v = vc & LINE_MASK, fifo = l->fifo[v], count = fifo & FIFO_COUNT, out = l->out[v];
    SIM_CHECK(count < w->depth, "%s: a flit comes to a full VC of the router of port %u", w->name, base_of(l));
    if (count == 0)
        l->front[v] = flit;
    else
        *fifo_slot(w, vc, (fifo >> FIFO_AT) + count) = flit;
    l->fifo[v] = (uint8_t)(fifo + 1);
    uint32_t base = base_of(l);
    if (out == LINE_IDLE) {
        SIM_CHECK(flit & FLIT_HEAD, "%s: router of port %u: a packet without a head", w->name, base_of(l));
        begin_packet(w, l, vc, base, flit, false);
    } else if (out < LINE_WAITING && count == 0) {
        uint32_t sink = base + (out >> LINE_SHIFT);
        if (w->line[sink].credits[out & LINE_MASK] > 0)
            ask_switch(w, sink, vc - (base << LINE_SHIFT));
    }
}

static INLINE void arrive_flits(struct work *w, struct vc_slot *s, const bool far)
{
    const struct vc_flit *flit = s->flit;
    for (uint32_t i = 0, count = s->flits; i < count; i++) {
        if (far) {
            FETCH(&w->to[flit_packet(flit[i + VC_AHEAD].flit)]);
            FETCH(&w->line[flit[i + VC_AHEAD].target >> LINE_SHIFT]);
        }
        arrive_flit(w, flit[i].target, flit[i].flit);
    }
    s->flits = 0;
}

static INLINE void arrive_credit(struct work *w, uint32_t vc)
{
    struct vc_line *l = &w->line[vc >> LINE_SHIFT];
    const uint32_t v = vc & LINE_MASK, credits = l->credits[v], owner = l->owner[v];
    SIM_CHECK(credits < w->depth, "%s: the router of port %u has more credits than places", w->name, base_of(l));
    l->credits[v] = (uint8_t)(credits + 1);
    if (credits > 0 || owner == LINE_NOBODY)
        return;
    const struct vc_line *source = &w->line[base_of(l) + (owner >> LINE_SHIFT)];
    if (source->fifo[owner & LINE_MASK] & FIFO_COUNT)
        ask_switch(w, vc >> LINE_SHIFT, owner);
}

static INLINE void arrive_credits(struct work *w, struct vc_slot *s, const bool far)
{
    const uint32_t *credit = s->credit;
    for (uint32_t i = 0, count = s->credits; i < count; i++) {
        if (far)
            FETCH(&w->line[credit[i + VC_AHEAD] >> LINE_SHIFT]);
        arrive_credit(w, credit[i]);
    }
    s->credits = 0;
}

/* ---- VC allocation ---- */

/* A head gets an output VC, by local numbers. It asks for the switch from the next cycle on. */
static INLINE void take_vc(struct work *w, struct vc_line *sink, uint32_t port, uint32_t base, uint32_t head,
                           uint32_t resource)
{
    const uint32_t r = resource & LINE_MASK;
    struct vc_line *source = &w->line[base + (head >> LINE_SHIFT)];
    sink->want &= ~(1u << head);
    sink->free &= (uint8_t) ~(1u << r);
    sink->served[r] = sink->owner[r] = (uint8_t)head;
    source->took[head & LINE_MASK] = source->out[head & LINE_MASK] = (uint8_t)resource;
    w->winners[w->n_winners] = port << WINNER_PORT | head;
    w->n_winners += sink->credits[r] > 0;
}

/* Heads that want the same VCs: each free VC grants one, and each head takes the first of its grants. */
static INLINE void match(struct work *w, struct vc_line *sink, uint32_t port, uint32_t base, uint32_t heads,
                         uint32_t can)
{
    const uint32_t first = (port - base) << LINE_SHIFT;
    uint32_t grants[LINE_CIRCLE], head_of[LINE_VCS], matched = 0;
    for (uint32_t v = 0; v < LINE_VCS; v++) { /* all of them, as nothing predicts how many there are */
        head_of[v] = first_behind(heads, sink->served[v]);
        grants[head_of[v]] = 0;
    }
    for (uint32_t v = 0; v < LINE_VCS; v++) {
        uint32_t grant = can >> v & 1;
        grants[head_of[v]] |= grant << (first + v);
        matched |= grant << head_of[v];
    }
    for (uint32_t rest = matched; rest; rest &= rest - 1) {
        uint32_t head = low(rest), took = w->line[base + (head >> LINE_SHIFT)].took[head & LINE_MASK];
        take_vc(w, sink, port, base, head, first_behind(grants[head], took));
    }
}

/* Several heads ask: lane by lane. */
static INLINE void match_lanes(struct work *w, struct vc_line *sink, uint32_t port, uint32_t base)
{
    uint32_t heads = sink->want;
    if (w->one_set) {
        match(w, sink, port, base, heads, sink->free);
        return;
    }
    while (heads) {
        uint32_t set = w->sets[low(heads) & LINE_MASK], group = heads & set * PORT_FIRSTS;
        heads &= ~group;
        match(w, sink, port, base, group, sink->free & set);
    }
}

static INLINE void allocate_vcs(struct work *w, const bool far)
{
    const uint32_t count = w->n_wanted;
    uint32_t kept = 0;
    for (uint32_t k = 0; k < count; k++) {
        const uint32_t port = w->wanted[k];
        struct vc_line *sink = &w->line[port];
        const uint32_t want = sink->want, base = base_of(sink);
        if (far)
            FETCH(&w->line[w->wanted[k + VC_AHEAD]]);
        if (word_single(want)) {
            uint32_t head = low(want), can = sink->free & w->sets[head & LINE_MASK];
            if (can) {
                uint32_t took = w->line[base + (head >> LINE_SHIFT)].took[head & LINE_MASK];
                take_vc(w, sink, port, base, head, first_behind(can << ((port - base) << LINE_SHIFT), took));
                continue;
            }
        } else {
            match_lanes(w, sink, port, base);
        }
        uint32_t losers = mask_count(sink->want);
        w->vc_lost[port] += losers;
        w->wanted[kept] = port;
        kept += losers > 0;
    }
    w->n_wanted = kept;
}

/* Heads that came to the front when a tail left have their routes and ask. */
static INLINE void ask_for_vcs(struct work *w)
{
    for (uint32_t k = 0; k < w->n_fresh; k++) {
        const uint32_t vc = w->fresh[k];
        const struct vc_line *l = &w->line[vc >> LINE_SHIFT];
        uint32_t base = base_of(l);
        ask_vc(w, base + (l->out[vc & LINE_MASK] & ~LINE_WAITING), vc - (base << LINE_SHIFT));
    }
    w->n_fresh = 0;
}

/* ---- switch allocation ---- */

/* A line hands on what it has counted. */
static APART void pass_on_lost(struct vc_port *port, struct vc_line *l)
{
    port->switch_losses += l->lost;
    l->lost = 0;
}

static INLINE void lose(struct work *w, uint32_t port, uint32_t requests)
{
    struct vc_line *l = &w->line[port];
    uint32_t lost = l->lost + requests;
    l->lost = (uint8_t)lost;
    if (lost >= LOST_MOST)
        pass_on_lost(&w->port[port], l);
}

/* Each output grants one input. */
static INLINE void grant_inputs(struct work *w, const bool far)
{
    for (uint32_t k = 0, count = w->n_asked; k < count; k++) {
        const uint32_t port = w->asked[k];
        struct vc_line *sink = &w->line[port];
        const uint32_t ask = sink->ask, base = base_of(sink);
        if (far)
            FETCH(&w->line[w->asked[k + VC_AHEAD]]);
        if (!word_single(ask))
            lose(w, port, ((ports_of(ask) * PORT_FIRSTS) >> 28) - 1);
        const uint32_t input = base + (first_behind(ask, sink->passed | LINE_MASK) >> LINE_SHIFT);
        uint16_t *grants = &w->grants[input & STEP_MASK];
        w->granted[w->n_granted] = input;
        w->n_granted += *grants == 0;
        *grants = (uint16_t)(*grants | 1u << (port - base));
    }
}

/* The output that an input accepts: the first of its grants. */
static INLINE uint32_t accept(struct work *w, const struct vc_line *source, uint32_t input, uint32_t base)
{
    uint16_t *place = &w->grants[input & STEP_MASK];
    uint32_t grants = *place, o = low(grants);
    *place = 0;
    if (word_single(grants))
        return o;
    o = first_behind(grants, source->sent >> SENT_TO);
    for (uint32_t lost = grants & ~(1u << o); lost; lost &= lost - 1)
        lose(w, base + low(lost), 1);
    return o;
}

/* The flit at the front of a FIFO leaves. Returns it, *rest: how many are behind it. */
static INLINE uint32_t take_front(const struct work *w, struct vc_line *l, uint32_t vc, uint32_t *rest)
{
    const uint32_t v = vc & LINE_MASK, fifo = l->fifo[v], flit = l->front[v], count = (fifo & FIFO_COUNT) - 1;
    uint32_t left = 0;
    if (count > 0) {
        uint32_t head = fifo >> FIFO_AT;
        l->front[v] = *fifo_slot(w, vc, head + 1);
        left = (head + 1) << FIFO_AT | count;
    }
    l->fifo[v] = (uint8_t)left;
    *rest = count;
    return flit;
}

/* An input and an output are matched: a flit leaves, and a credit goes back. */
static INLINE void pass_switch(struct work *w, struct vc_line *source, uint32_t input, uint32_t base, uint32_t o)
{
    const uint32_t port = base + o, i = input - base;
    struct vc_line *sink = &w->line[port];
    const uint32_t v = first_behind(sink->ask >> (i << LINE_SHIFT) & PORT_VCS, source->sent & LINE_MASK);
    const uint32_t local = i << LINE_SHIFT | v, r = source->out[v] & LINE_MASK, credits = sink->credits[r] - 1u;
    const uint32_t down = sink->down, back = source->back;
    SIM_CHECK(credits < LINE_DEPTH && source->fifo[v] & FIFO_COUNT, "%s: a flit leaves without credit", w->name);
    uint32_t count, flit = take_front(w, source, input << LINE_SHIFT | v, &count);
    source->sent = (uint8_t)(o << SENT_TO | v);
    sink->passed = (uint8_t)local;
    sink->credits[r] = (uint8_t)credits;
    send_flit(w->flits_to + (down >> TILE_AT), (down & VC_OF) + r, flit);
    send_credit(w->credits_to + (back >> TILE_AT), (back & VC_OF) + v);
    w->entered[flit_kind(flit) * (size_t)w->links + port] += flit >> 1 & 1;
    if (!(flit & FLIT_TAIL)) {
        uint32_t stays = count > 0 && credits > 0;
        sink->ask = (sink->ask & ~(1u << local)) | stays << local;
        return;
    }
    sink->ask &= ~(1u << local);
    sink->owner[r] = LINE_NOBODY;
    sink->free |= (uint8_t)(1u << r);
    source->out[v] = LINE_IDLE;
    if (count > 0)
        begin_packet(w, source, input << LINE_SHIFT | v, base, source->front[v], true);
}

/* Each output grants one input, each input accepts the first of its grants. */
static INLINE void allocate_switch(struct work *w, const bool far)
{
    grant_inputs(w, far);
    for (uint32_t k = 0, count = w->n_granted; k < count; k++) {
        const uint32_t input = w->granted[k];
        struct vc_line *source = &w->line[input];
        uint32_t base = base_of(source);
        pass_switch(w, source, input, base, accept(w, source, input, base));
    }
    w->n_granted = 0;
}

/* ---- the cycle ---- */

/* Ports for which nobody asks any more leave the list; winners of a VC ask from now on. */
static INLINE void close_cycle(struct work *w)
{
    uint32_t kept = 0;
    for (uint32_t k = 0, count = w->n_asked; k < count; k++) {
        uint32_t port = w->asked[k];
        w->asked[kept] = port;
        kept += w->line[port].ask != 0;
    }
    w->n_asked = kept;
    for (uint32_t k = 0, count = w->n_winners; k < count; k++)
        ask_switch(w, w->winners[k] >> WINNER_PORT, w->winners[k] & (LINE_CIRCLE - 1));
    w->n_winners = 0;
}

/* Another order of the same lists must change nothing. */
static APART void shuffle(struct vc_network *n, uint64_t cycle, uint32_t *list, uint32_t count)
{
    uint32_t *order = (uint32_t *)n->order;
    for (uint32_t i = 0; i < count; i++)
        order[i] = list[run_order(n->run, cycle, i, count)];
    memcpy(list, order, count * sizeof *list);
}

/* What all tiles have in common. */
static INLINE struct work work_of(const struct vc_network *n)
{
    struct work w = {.line = n->lines->line,
                     .to = n->to,
                     .flits = n->lines->flits,
                     .entered = n->entered,
                     .vc_lost = n->lines->vc_lost,
                     .port = n->port,
                     .name = n->p.name,
                     .grants = n->lines->grants,
                     .granted = n->step_granted,
                     .winners = n->lines->winners,
                     .links = n->ports + n->endpoints,
                     .depth = n->depth,
                     .one_set = n->lanes == 1,
                     .looks_ahead = n->p.shape.routing_delay == 0};
    for (uint32_t v = 0; v < LINE_VCS; v++)
        w.sets[v] = (uint8_t)n->lane_mask[n->lane_of_vc[v]];
    return w;
}

static INLINE void open_tile(struct work *w, const struct vc_tile *t)
{
    w->fresh = t->fresh;
    w->wanted = t->wanted;
    w->asked = t->asked;
    w->n_fresh = t->n_fresh;
    w->n_wanted = t->n_wanted;
    w->n_asked = t->n_asked;
}
static INLINE void close_tile(const struct work *w, struct vc_tile *t)
{
    t->n_fresh = w->n_fresh;
    t->n_wanted = w->n_wanted;
    t->n_asked = w->n_asked;
}

static INLINE void tile_cycle(struct work *w, struct vc_slot *s, const bool far)
{
    arrive_credits(w, s, far);
    if (!w->looks_ahead)
        allocate_vcs(w, far);
    ask_for_vcs(w);
    arrive_flits(w, s, far);
    if (w->looks_ahead)
        allocate_vcs(w, far);
    allocate_switch(w, far);
    close_cycle(w);
}

static INLINE void all_tiles(struct vc_network *n, uint64_t cycle, uint32_t cycles, const bool far)
{
    struct work w = work_of(n);
    const bool shuffles = n->run->shuffle;
    for (uint32_t i = 0; i < n->n_tiles; i++) {
        struct vc_tile *t = &n->tiles[i];
        open_tile(&w, t);
        for (uint64_t now = cycle; now < cycle + cycles; now++) {
            w.flits_to = slots_at(n, now + n->latency + 2);
            w.credits_to = slots_at(n, now + n->latency + 1);
            if (shuffles) {
                shuffle(n, now, w.wanted, w.n_wanted);
                shuffle(n, now, w.asked, w.n_asked);
            }
            tile_cycle(&w, &slots_at(n, now)[i], far);
        }
        close_tile(&w, t);
    }
}

static APART void near_tiles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, false);
}
static APART void far_tiles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    all_tiles(n, cycle, cycles, true);
}

void vc_lines_cycles(struct vc_network *n, uint64_t cycle, uint32_t cycles)
{
    (n->n_tiles > LINES_NEAR ? far_tiles : near_tiles)(n, cycle, cycles);
}
