/* SPDX-License-Identifier: Apache-2.0 */
/* transfers.c - finds the earliest slots for a piece on its whole way, then takes them.
 *
 * The search is a fixpoint: every resource that is taken at the time in question asks for a later
 * time, until none does. Times only grow, so the result is the earliest way for this route. */
#include "sim/base/error.h"
#include "sim/base/fraction.h"
#include "sim/base/max.h"
#include "sim/compile/booking.h"

/* When the last flit of an on-chip hop is at its far end, for a segment that starts at `start`. */
static uint64_t arrival(const struct booking *b, uint32_t hop, uint32_t flits, uint64_t start)
{
    const struct hop_plan *h = &b->route.hops[hop];
    return start + h->offset + flits - 1 + b->m->links[h->link].latency;
}

/* First slot >= want that is free for a hop. Nothing is taken while a way is looked for. */
static uint64_t fit_hop(const struct booking *b, struct hop_plan *h, uint32_t flits, uint64_t want)
{
    if (want >= h->free_from && want + flits <= h->free_to) {
        return want;
    }
    struct timeline *link = &b->links[h->link];
    h->free_from = timeline_find(link, max64(want, b->gates[h->link]), flits);
    h->free_to = link->gap_to;
    return h->free_from;
}

/* Earliest slot >= t for the first hop at which every hop of the segment finds its link free. */
static uint64_t fit_tree(const struct booking *b, const struct segment *g, uint32_t flits, uint64_t t)
{
    struct hop_plan *hops = &b->route.hops[g->first_hop];
    uint32_t fitting = 0;
    for (uint32_t i = 0; fitting < g->n_hops; i = i + 1 == g->n_hops ? 0 : i + 1) {
        uint64_t want = t + hops[i].offset, found = fit_hop(b, &hops[i], flits, want);
        fitting = found == want ? fitting + 1 : 1;
        t += found - want;
    }
    return t;
}

static uint64_t place_segment(struct booking *b, uint32_t segment, const struct shipment *s, uint32_t flits,
                              uint64_t t);

static uint64_t line_start(const struct booking *b, const struct line_plan *line)
{
    return line->tick / b->m->links[line->link].rate.num;
}

/* What a line, or the adders, is taken for. */
static uint64_t line_ticks(const struct booking *b, const struct line_plan *line, const struct shipment *s,
                           uint32_t flits)
{
    const struct link *l = &b->m->links[line->link];
    return fraction_ticks(l->rate, (uint64_t)(l->type == LINK_ADDER ? s->partial_flits : flits) * b->m->flit_bytes);
}

/* When what takes a line inside a crossing goes on from its far end: from a switch in the slot in which it comes, from
 * adders when all is added. */
static uint64_t goes_on(const struct booking *b, const struct line_plan *line, const struct shipment *s)
{
    const struct link *l = &b->m->links[line->link];
    bool adds = l->type == LINK_ADDER;
    return l->latency + (adds ? ceil_div(line->tick + line_ticks(b, line, s, 0), l->rate.num) : line_start(b, line));
}

/* Where pieces begin at multiples of their length a gap between them is as long as a piece, or there is none. Without
 * that lines that are nearly full are full of gaps that nothing fits into. Of pieces that begin in one cycle the first
 * to be booked goes first: none begins in the cycle of one that is there already, but before it. */
static uint64_t first_ticks(const struct booking *b, const struct line_plan *line, uint64_t earliest, uint64_t ticks,
                            bool choose)
{
    struct timeline *busy = &b->links[line->link];
    uint64_t tick = timeline_find(busy, earliest, ticks);
    uint64_t cycle = b->m->links[line->link].rate.num; /* in ticks */
    while (choose && b->slotted) {
        if (tick % ticks != 0) {
            tick = timeline_find(busy, (tick / ticks + 1) * ticks, ticks);
        } else if (busy->gap_to / cycle == tick / cycle) {
            tick = timeline_find(busy, busy->gap_to, ticks);
        } else {
            break;
        }
    }
    return tick;
}

/* First tick of a line: the first line of a crossing from `ready` on; what comes to a switch goes on in the slot in
 * which it comes. Returns the cycles by which it comes too early for that. */
static uint64_t place_line(const struct booking *b, const struct crossing *c, struct line_plan *line,
                           const struct shipment *s, uint32_t flits, uint64_t ready)
{
    const struct link *l = &b->m->links[line->link];
    bool first = line->parent == SCHED_NONE;
    if (!first) {
        ready = goes_on(b, &b->route.lines[c->first_line + line->parent], s);
    }
    line->tick =
        first_ticks(b, line, ready * l->rate.num, line_ticks(b, line, s, flits), first && l->type == LINK_CHIP);
    return first ? 0 : line_start(b, line) - ready;
}

/* The far side of a line that leads to a chip. Returns the cycles by which its place in the port comes too late. */
static uint64_t place_far_side(struct booking *b, struct line_plan *line, const struct shipment *s, uint32_t flits)
{
    const struct link *l = &b->m->links[line->link];
    uint64_t there = ceil_div(line->tick + line_ticks(b, line, s, flits), l->rate.num) + l->latency;
    uint64_t inject = place_segment(b, line->to, s, flits, there + b->m->guard_cycles);
    uint64_t held = line_start(b, line) + l->latency;
    return filling_find(&b->receive[line->receive_port], held, inject + flits - held, s->bytes) - held;
}

/* The place behind a line into a switch that is free first. */
static uint64_t *sum_place(const struct booking *b, uint32_t link)
{
    uint64_t *places = &b->sum_free[(size_t)(link - b->first_chip_link) * b->sum_places];
    uint64_t *first = places;
    for (uint32_t i = 1; i < b->sum_places; i++) {
        first = places[i] < *first ? &places[i] : first;
    }
    return first;
}

void booking_keep_partials(struct booking *b, uint32_t node, uint64_t cycle)
{
    const uint32_t *neighbours;
    uint32_t n = machine_neighbours(b->m, node, &neighbours);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t link = machine_chip_link(b->m, neighbours[i], node);
        uint64_t *places = &b->sum_free[(size_t)(link - b->first_chip_link) * b->sum_places];
        for (uint32_t k = 0; k < b->sum_places; k++) {
            places[k] = places[k] == UINT64_MAX ? cycle : places[k];
        }
    }
}

/* The line by which a partial comes to its switch: the last one of its crossing. */
static const struct line_plan *line_up(const struct booking *b)
{
    const struct crossing *c = &b->route.crossings[0];
    return &b->route.lines[c->first_line + c->n_lines - 1];
}

/* The cycles by which a partial on that line would come before there is a place for it. */
static uint64_t place_in_switch(const struct booking *b)
{
    const struct line_plan *line = line_up(b);
    uint64_t held = *sum_place(b, line->link), comes = line_start(b, line) + b->m->links[line->link].latency;
    return held > comes ? held - comes : 0;
}

/* The lines and the far sides for a piece that stands in the send port from `ready` on. Sets the
 * crossing; the far segments' starts follow. */
static void place_crossing(struct booking *b, struct crossing *c, const struct shipment *s, uint32_t flits,
                           uint64_t ready)
{
    struct line_plan *lines = &b->route.lines[c->first_line];
    const struct link *first = &b->m->links[lines[0].link];
    uint64_t wait = 1;
    ready = max64(ready, b->gates[lines[0].link]);
    if (b->route.tries > b->sure_tries && c->placed && ready >= c->asked && ready * first->rate.num <= lines[0].tick) {
        return;
    }
    c->placed = true;
    c->asked = ready;
    while (wait > 0) {
        wait = 0;
        for (uint32_t i = 0; i < c->n_lines && wait == 0; i++) {
            wait = place_line(b, c, &lines[i], s, flits, ready);
            if (wait == 0 && lines[i].to != SCHED_NONE) {
                wait = place_far_side(b, &lines[i], s, flits);
            }
        }
        wait = wait == 0 && s->to_switch ? place_in_switch(b) : wait;
        c->end = ceil_div(lines[0].tick + line_ticks(b, &lines[0], s, flits), first->rate.num);
        ready = line_start(b, &lines[0]) + wait;
    }
}

/* Everything that leaves the segment when it starts at t: t when all fits, else a later time to try. */
static uint64_t place_exits(struct booking *b, const struct segment *g, const struct shipment *s, uint32_t flits,
                            uint64_t t)
{
    for (uint32_t i = g->first_exit; i < g->first_exit + g->n_exits; i++) {
        struct crossing *c = &b->route.crossings[i];
        place_crossing(b, c, s, flits, arrival(b, c->eject, flits, t));
        uint64_t held = t + b->route.hops[c->eject].offset;
        uint64_t found = filling_find(&b->send[c->send_port], held, c->end - held, s->bytes);
        if (found != held) {
            return t + (found - held);
        }
    }
    return t;
}

static uint64_t place_segment(struct booking *b, uint32_t segment, const struct shipment *s, uint32_t flits, uint64_t t)
{
    struct segment *g = &b->route.segments[segment];
    if (b->route.tries > b->sure_tries && g->placed && t >= g->asked && t <= g->start) {
        return g->start;
    }
    g->placed = true;
    g->asked = t;
    for (;;) {
        t = fit_tree(b, g, flits, t);
        b->route.tries++;
        b->starts++;
        uint64_t later = place_exits(b, g, s, flits, t);
        if (later == t) {
            g->start = t;
            return t;
        }
        t = later;
    }
}

/* ---- HBM at either end ---- */

static uint32_t columns(const struct booking *b, uint32_t bytes)
{
    return (uint32_t)ceil_div(bytes, b->m->dram.burst_bytes);
}

/* Read, then the tree. The piece stands in the channel's buffer from its first data on. */
static void place_read(struct booking *b, struct shipment *s, uint32_t flits, struct dram_run *run)
{
    struct dram_channel *channel = &b->channels[booking_channel(b->m, s->source)];
    uint64_t earliest = s->earliest;
    for (;;) {
        dram_find(&b->rules, channel, earliest, run);
        uint64_t held = dram_data_start(&b->rules, run);
        uint64_t start = place_segment(b, 0, s, flits, dram_data_end(&b->rules, run));
        uint64_t found = filling_find(&b->send[s->source], held, start + flits - held, s->bytes);
        if (found == held) {
            return;
        }
        earliest = run->command + (found - held);
    }
}

/* The tree, then the write. The piece stands in the channel's buffer until its data is over. */
static void place_write(struct booking *b, struct shipment *s, uint32_t flits, struct dram_run *run)
{
    uint32_t target = s->targets[0];
    struct dram_channel *channel = &b->channels[booking_channel(b->m, target)];
    uint32_t eject = b->route.target_hop[0];
    uint64_t t = s->earliest;
    for (;;) {
        place_segment(b, 0, s, flits, t);
        const struct segment *last = &b->route.segments[b->route.n_segments - 1];
        dram_find(&b->rules, channel, arrival(b, eject, flits, last->start), run);
        uint64_t held = last->start + b->route.hops[eject].offset;
        uint64_t found = filling_find(&b->send[target], held, dram_data_end(&b->rules, run) - held, s->bytes);
        if (found == held) {
            return;
        }
        t = b->route.segments[0].start + (found - held);
    }
}

/* ---- commit ---- */

static void take_lines(struct booking *b, const struct crossing *c, const struct shipment *s, uint32_t flits)
{
    const struct route *r = &b->route;
    for (uint32_t i = c->first_line; i < c->first_line + c->n_lines; i++) {
        const struct line_plan *line = &r->lines[i];
        const struct link *l = &b->m->links[line->link];
        timeline_take(&b->links[line->link], line->tick, line->tick + line_ticks(b, line, s, flits));
        if (line->to != SCHED_NONE) {
            filling_take(&b->receive[line->receive_port], line_start(b, line) + l->latency,
                         r->segments[line->to].start + flits, s->bytes);
        }
    }
}

static void take_crossing(struct booking *b, const struct crossing *c, const struct shipment *s, uint64_t from_start,
                          uint32_t flits)
{
    uint64_t held = from_start + b->route.hops[c->eject].offset;
    filling_take(&b->send[c->send_port], held, c->end, s->bytes);
    take_lines(b, c, s, flits);
}

/* Hops of the transfer with their slots, in the order of the route. */
static void emit(struct booking *b, struct shipment *s, uint32_t flits)
{
    const struct route *r = &b->route;
    struct sched_program *p = b->out;
    uint32_t first = (uint32_t)p->n_hops;
    VEC_RESERVE(p, hops, p->n_hops + r->n_hops);
    for (size_t i = 0; i < r->n_hops; i++) {
        p->hops[p->n_hops++] = (struct sched_hop) {
            .transfer = (uint32_t)p->n_transfers, .link = r->hops[i].link, .parent = r->hops[i].parent};
    }
    for (size_t i = 0; i < r->n_segments; i++) {
        const struct segment *g = &r->segments[i];
        for (uint32_t h = g->first_hop; h < g->first_hop + g->n_hops; h++) {
            p->hops[first + h].start = g->start + r->hops[h].offset;
        }
    }
    for (size_t i = 0; i < r->n_lines; i++) {
        p->hops[first + r->lines[i].hop].start = line_start(b, &r->lines[i]);
    }
    s->transfer = (uint32_t)p->n_transfers;
    *VEC_PUSH(p, transfers) = (struct sched_transfer) {.chunk = s->chunk,
                                                       .offset = s->offset,
                                                       .bytes = s->bytes,
                                                       .flits = flits,
                                                       .class_of = s->class_of,
                                                       .first_hop = first,
                                                       .n_hops = (uint32_t)r->n_hops};
}

static void commit(struct booking *b, struct shipment *s, uint32_t flits)
{
    const struct route *r = &b->route;
    for (size_t i = 0; i < r->n_segments; i++) {
        const struct segment *g = &r->segments[i];
        for (uint32_t h = g->first_hop; h < g->first_hop + g->n_hops; h++) {
            uint64_t slot = g->start + r->hops[h].offset;
            timeline_take(&b->links[r->hops[h].link], slot, slot + flits);
        }
        for (uint32_t e = g->first_exit; e < g->first_exit + g->n_exits; e++) {
            take_crossing(b, &r->crossings[e], s, g->start, flits);
        }
    }
    if (s->from_switch) {
        take_lines(b, &r->crossings[0], s, flits);
    }
    emit(b, s, flits);
    s->departed = s->from_switch ? r->crossings[0].end : r->segments[0].start + flits;
}

/* A partial on its way to a switch: whole there. */
static uint64_t stands_at(const struct booking *b, const struct shipment *s, uint32_t flits)
{
    const struct line_plan *line = line_up(b);
    const struct link *l = &b->m->links[line->link];
    return ceil_div(line->tick + line_ticks(b, line, s, flits), l->rate.num) + l->latency;
}

uint64_t shipment_find_partial(struct booking *b, struct shipment *s)
{
    uint32_t flits = (uint32_t)ceil_div(s->bytes, b->m->flit_bytes);
    route_build(b, s);
    if (s->from_switch) {
        place_crossing(b, &b->route.crossings[0], s, flits, s->earliest);
    } else {
        place_segment(b, 0, s, flits, s->earliest);
    }
    return stands_at(b, s, flits);
}

/* Its place is not free until booking_keep_partials says when. */
static void book_partial(struct booking *b, struct shipment *s, uint32_t flits)
{
    s->stands = shipment_find_partial(b, s);
    *sum_place(b, line_up(b)->link) = UINT64_MAX;
    commit(b, s, flits);
}

static void book_sum(struct booking *b, struct shipment *s, uint32_t flits)
{
    route_build(b, s);
    place_crossing(b, &b->route.crossings[0], s, flits, s->earliest);
    commit(b, s, flits);
}

/* When the last flit is at the last target, on the way that was placed last. */
static uint64_t arrives(const struct booking *b, const struct shipment *s, uint32_t flits)
{
    const struct route *r = &b->route;
    uint64_t last = 0;
    for (uint32_t i = 0; i < s->n_targets; i++) {
        const struct segment *g = &r->segments[r->chip_segment[b->m->endpoints[s->targets[i]].chip]];
        last = max64(last, arrival(b, r->target_hop[i], flits, g->start));
    }
    return last;
}

/* Between chips, of ways of equal length the one on which the piece is there first. */
static void choose_way(struct booking *b, struct shipment *s, uint32_t flits)
{
    uint32_t ways[MACHINE_WAYS], n = route_ways(b, s, ways), best = 0;
    uint64_t first = UINT64_MAX;
    for (uint32_t i = 0; n > 1 && i < n; i++) {
        s->way = ways[i];
        route_build(b, s);
        place_segment(b, 0, s, flits, s->earliest);
        uint64_t there = arrives(b, s, flits);
        route_forget(b);
        best = there < first ? ways[i] : best;
        first = there < first ? there : first;
    }
    s->way = best;
}

uint64_t shipment_find_start(struct booking *b, struct shipment *s)
{
    SIM_CHECK(route_stays_on_chip(b, s), "a tree over several chips is looked at as a whole only");
    route_build(b, s);
    return place_segment(b, 0, s, (uint32_t)ceil_div(s->bytes, b->m->flit_bytes), s->earliest);
}

void shipment_take(struct booking *b, struct shipment *s)
{
    commit(b, s, (uint32_t)ceil_div(s->bytes, b->m->flit_bytes));
}

void shipment_book(struct booking *b, struct shipment *s)
{
    uint32_t flits = (uint32_t)ceil_div(s->bytes, b->m->flit_bytes);
    if (s->to_switch) {
        book_partial(b, s, flits);
        return;
    }
    if (s->from_switch) {
        book_sum(b, s, flits);
        return;
    }
    bool reads = b->m->endpoints[s->source].kind == ENDPOINT_CHANNEL;
    bool writes = b->m->endpoints[s->targets[0]].kind == ENDPOINT_CHANNEL;
    SIM_CHECK(!writes || s->n_targets == 1, "a piece is written to one channel");
    struct dram_run run = {.set = s->set, .row = s->row, .count = columns(b, s->bytes), .write = writes};
    s->way = 0;
    if (!reads && !writes) {
        choose_way(b, s, flits);
    }
    route_build(b, s);
    if (reads) {
        place_read(b, s, flits, &run);
    } else if (writes) {
        place_write(b, s, flits, &run);
    } else {
        place_segment(b, 0, s, flits, s->earliest);
    }
    commit(b, s, flits);
    if (reads || writes) {
        uint32_t port = reads ? s->source : s->targets[0];
        const struct segment *g = &b->route.segments[reads ? 0 : b->route.n_segments - 1];
        uint64_t first =
            reads ? dram_data_start(&b->rules, &run) : g->start + b->route.hops[b->route.target_hop[0]].offset;
        uint64_t end = reads ? g->start + flits : dram_data_end(&b->rules, &run);
        run.transfer = s->transfer;
        dram_take(&b->rules, &b->channels[booking_channel(b->m, port)], &run);
        filling_take(&b->send[port], first, end, s->bytes);
        s->command = run.command;
        s->stored = writes ? dram_data_end(&b->rules, &run) : 0;
    }
}

uint64_t shipment_first_slot(const struct booking *b, uint32_t target)
{
    const struct sched_program *p = b->out;
    return p->hops[p->transfers[p->n_transfers - 1].first_hop + b->route.target_hop[target]].start;
}

uint64_t shipment_usable(const struct booking *b, uint32_t target, uint32_t flits)
{
    uint32_t link = b->route.hops[b->route.target_hop[target]].link;
    return shipment_first_slot(b, target) + flits - 1 + b->m->links[link].latency;
}
