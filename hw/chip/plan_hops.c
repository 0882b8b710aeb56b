/* SPDX-License-Identifier: Apache-2.0 */
/* plan_hops.c - hops to the boxes that carry them out. */
#include <stdlib.h>

#include "hw/chip/chip_plan.h"

/* A hop in its transfer and on its link. */
struct hop_view {
    uint32_t number; /* of all hops */
    const struct sched_hop *h;
    const struct sched_transfer *t;
    uint32_t in_transfer; /* number inside the transfer */
    uint32_t parent;      /* of all hops, SCHED_NONE: root */
    enum link_role role;
};

struct hop_key {
    uint64_t start;
    uint32_t hop;
};

#define RADIX_BITS 11u

/* Least significant digit first: stable, so hops of one slot stay in the order of their numbers. */
static struct hop_key *hops_in_order(const struct sched_program *p)
{
    struct hop_key *keys = mem_alloc_array(p->n_hops, sizeof *keys);
    struct hop_key *other = mem_alloc_array(p->n_hops, sizeof *other);
    uint64_t most = 0;
    for (uint32_t i = 0; i < p->n_hops; i++) {
        keys[i] = (struct hop_key) {p->hops[i].start, i};
        most |= p->hops[i].start;
    }
    for (uint32_t shift = 0; shift < 64 && most >> shift > 0; shift += RADIX_BITS) {
        size_t first[(1u << RADIX_BITS) + 1] = {0};
        for (size_t i = 0; i < p->n_hops; i++)
            first[(keys[i].start >> shift & ((1u << RADIX_BITS) - 1)) + 1]++;
        for (size_t d = 0; d < 1u << RADIX_BITS; d++)
            first[d + 1] += first[d];
        for (size_t i = 0; i < p->n_hops; i++)
            other[first[keys[i].start >> shift & ((1u << RADIX_BITS) - 1)]++] = keys[i];
        struct hop_key *swap = keys;
        keys = other;
        other = swap;
    }
    free(other);
    return keys;
}

static struct hop_view view(const struct plan_cut *c, uint32_t number)
{
    const struct sched_hop *h = &c->p->hops[number];
    const struct sched_transfer *t = &c->p->transfers[h->transfer];
    return (struct hop_view) {.number = number,
                              .h = h,
                              .t = t,
                              .in_transfer = number - t->first_hop,
                              .parent = h->parent == SCHED_NONE ? SCHED_NONE : t->first_hop + h->parent,
                              .role = c->plan->role[h->link]};
}

static const struct endpoint *endpoint_of(const struct plan_cut *c, uint32_t link)
{
    return &c->plan->m->endpoints[c->plan->endpoint[link]];
}

/* Position of a port among those that feed (or empty) a chip link. */
static uint32_t port_number(const struct plan_cut *c, uint32_t chip_link, uint32_t endpoint, bool receive)
{
    const uint32_t *send_ports, *receive_ports;
    uint32_t n = machine_chip_link_ports(c->plan->m, chip_link, &send_ports, &receive_ports);
    const uint32_t *ports = receive ? receive_ports : send_ports;
    for (uint32_t i = 0; i < n; i++)
        if (ports[i] == endpoint)
            return i;
    return SCHED_NONE;
}

/* ---- into the network ---- */

static void add_unit_send(struct plan_cut *c, const struct hop_view *v, uint32_t burst, const struct endpoint *e)
{
    struct unit_program *u = &c->plan->chips[e->chip].units[e->index][c->program];
    uint32_t unit = e->chip * c->plan->m->units_per_chip + e->index, chunk = v->t->chunk;
    uint32_t address = plan_address(c, unit, chunk, v->h->start);
    *VEC_PUSH(u, sends) = (struct unit_send) {
        .start = v->h->start,
        .transfer = v->h->transfer,
        .hop = v->in_transfer,
        .peer = burst,
        .chunk = chunk,
        .address = address == UNIT_NO_ADDRESS ? address : address + v->t->offset,
        .offset = v->t->offset,
        .bytes = v->t->bytes,
        .flits = v->t->flits,
        .class_of = v->t->class_of,
        .weight = chunk < c->plan->s->n_chunks && (c->plan->s->chunks[chunk].flags & 1),
    };
}

static void add_read(struct plan_cut *c, const struct hop_view *v, uint32_t burst, const struct endpoint *e)
{
    struct hbm_program *h = &c->plan->chips[e->chip].channels[e->index][c->program];
    struct hbm_read r = {.start = v->h->start,
                         .transfer = v->h->transfer,
                         .hop = v->in_transfer,
                         .peer = burst,
                         .chunk = v->t->chunk,
                         .tensor = SCHED_NONE,
                         .offset = v->t->offset,
                         .bytes = v->t->bytes,
                         .flits = v->t->flits,
                         .class_of = v->t->class_of,
                         .written = HBM_NOBODY};
    if (v->t->chunk < c->plan->s->n_chunks) {
        const struct sched_chunk *x = &c->plan->s->chunks[v->t->chunk];
        r.tensor = x->tensor;
        r.k_part = x->k_part;
        r.k_whole = x->k_whole;
        r.weight = x->flags & 1;
    }
    c->read[v->h->transfer] = (uint32_t)h->n_reads;
    *VEC_PUSH(h, reads) = r;
}

static void add_port_send(struct plan_cut *c, const struct hop_view *v, uint32_t burst, const struct endpoint *e)
{
    uint32_t link = v->parent == SCHED_NONE ? SCHED_NONE : c->p->hops[v->parent].link;
    uint32_t at = v->parent == SCHED_NONE ? SCHED_NONE : c->entry[v->parent];
    if (at == SCHED_NONE || c->plan->role[link] != ROLE_CHIP || c->plan->m->links[link].to_node != e->chip) {
        plan_fail(c, "transfer %u leaves link port %u of chip %u and does not come over its link", v->h->transfer,
                  e->index, e->chip);
        return;
    }
    uint32_t port = port_number(c, link, c->plan->endpoint[v->h->link], true);
    struct receiver_program *r = &c->plan->chips[e->chip].receivers[c->plan->incoming[link]][c->program];
    if (port == SCHED_NONE) {
        plan_fail(c, "transfer %u comes over %s and leaves by a port of another link", v->h->transfer,
                  c->plan->m->links[link].id);
        return;
    }
    if (r->arrivals[at].sends++ == 0)
        r->arrivals[at].port = port;
    *VEC_PUSH(r, sends) = (struct receiver_send) {.start = v->h->start,
                                                  .transfer = v->h->transfer,
                                                  .hop = v->in_transfer,
                                                  .arrival = at,
                                                  .port = port,
                                                  .peer = burst,
                                                  .flits = v->t->flits,
                                                  .class_of = v->t->class_of};
}

static void add_inject(struct plan_cut *c, const struct hop_view *v)
{
    const struct endpoint *e = endpoint_of(c, v->h->link);
    struct noc_program *n = &c->plan->chips[e->chip].network[c->program];
    uint32_t burst = (uint32_t)n->n_bursts;
    c->entry[v->number] = burst;
    *VEC_PUSH(n, bursts) = (struct noc_burst) {
        .transfer = v->h->transfer,
        .hop = v->in_transfer,
        .port = c->plan->endpoint[v->h->link] % c->plan->m->endpoints_per_chip,
        .latency = c->plan->m->links[v->h->link].latency,
        .flits = v->t->flits,
        .bytes = v->t->bytes,
        .class_of = v->t->class_of,
        .start = v->h->start,
    };
    if (e->kind == ENDPOINT_LINK_PORT)
        add_port_send(c, v, burst, e);
    else if (v->parent != SCHED_NONE)
        plan_fail(c, "transfer %u goes on from a unit or channel", v->h->transfer);
    else if (e->kind == ENDPOINT_UNIT)
        add_unit_send(c, v, burst, e);
    else
        add_read(c, v, burst, e);
}

/* ---- out of the network ---- */

static uint32_t add_unit_arrival(struct plan_cut *c, const struct hop_view *v, const struct endpoint *e)
{
    struct unit_program *u = &c->plan->chips[e->chip].units[e->index][c->program];
    uint32_t unit = e->chip * c->plan->m->units_per_chip + e->index, chunk = v->t->chunk;
    uint64_t first = v->h->start + c->plan->m->links[v->h->link].latency;
    uint32_t address = chunk == SCHED_CONTROL ? UNIT_NO_ADDRESS : plan_address(c, unit, chunk, first);
    *VEC_PUSH(u, arrivals) = (struct unit_arrival) {
        .transfer = v->h->transfer,
        .chunk = chunk == SCHED_CONTROL ? BURST_CONTROL : chunk,
        .address = address == UNIT_NO_ADDRESS ? address : address + v->t->offset,
        .bytes = v->t->bytes,
        .usable = first + v->t->flits - 1,
    };
    return (uint32_t)u->n_arrivals - 1;
}

static uint32_t add_write(struct plan_cut *c, const struct hop_view *v, const struct endpoint *e)
{
    struct hbm_program *h = &c->plan->chips[e->chip].channels[e->index][c->program];
    struct hbm_write w = {
        .transfer = v->h->transfer, .chunk = v->t->chunk, .offset = v->t->offset, .bytes = v->t->bytes};
    if (v->t->chunk < c->plan->s->n_chunks) {
        const struct sched_chunk *x = &c->plan->s->chunks[v->t->chunk];
        w.tensor = x->tensor;
        w.k_part = x->k_part;
        w.k_whole = x->k_whole;
        w.output = x->flags & 2;
    }
    *VEC_PUSH(h, writes) = w;
    return (uint32_t)h->n_writes - 1;
}

static void add_network(struct plan_cut *c, const struct hop_view *v)
{
    const struct machine *m = c->plan->m;
    uint32_t parent = v->parent == SCHED_NONE ? SCHED_NONE : c->entry[v->parent];
    enum link_role from = v->parent == SCHED_NONE ? ROLE_CHIP : c->plan->role[c->p->hops[v->parent].link];
    uint32_t router = v->role == ROLE_EJECT ? endpoint_of(c, v->h->link)->router : m->links[v->h->link].from_node;
    uint32_t chip = router / m->routers_per_chip;
    struct noc_program *n = &c->plan->chips[chip].network[c->program];
    bool from_port = from == ROLE_INJECT;
    if (parent == SCHED_NONE || (!from_port && from != ROLE_NOC) || parent >= (from_port ? n->n_bursts : n->n_hops)) {
        plan_fail(c, "transfer %u, hop %u does not follow from its parent", v->h->transfer, v->in_transfer);
        return;
    }
    struct noc_hop h = {.start = v->h->start,
                        .link = c->plan->local[v->h->link],
                        .burst = from_port ? parent : n->hops[parent].burst,
                        .parent = from_port ? NOC_FROM_PORT : parent,
                        .hop = v->in_transfer,
                        .peer = BURST_NOBODY};
    if (n->bursts[h.burst].transfer != v->h->transfer) {
        plan_fail(c, "transfer %u, hop %u changes the chip", v->h->transfer, v->in_transfer);
        return;
    }
    if (v->role == ROLE_EJECT) {
        const struct endpoint *e = endpoint_of(c, v->h->link);
        if (e->kind == ENDPOINT_UNIT)
            h.peer = add_unit_arrival(c, v, e);
        else if (e->kind == ENDPOINT_CHANNEL)
            h.peer = add_write(c, v, e);
        c->arrival[v->number] = h.peer;
    }
    c->entry[v->number] = (uint32_t)n->n_hops;
    *VEC_PUSH(n, hops) = h;
}

/* ---- between chips ---- */

/* Where a line ends: what expects the burst there. */
static uint32_t add_far_end(struct plan_cut *c, const struct hop_view *v, const struct link *l)
{
    const struct machine *m = c->plan->m;
    if (l->to_node >= m->chips) {
        struct switch_program *s = &c->plan->switches[l->to_node - m->chips].program;
        uint32_t partial = plan_cut_partial(c, v->t->chunk, l, v->h->start);
        *VEC_PUSH(s, entries) = (struct switch_entry) {
            .transfer = v->h->transfer, .first_out = SWITCH_NOBODY, .last_out = SWITCH_NOBODY, .partial = partial};
        return (uint32_t)s->n_entries - 1;
    }
    struct receiver_program *r = &c->plan->chips[l->to_node].receivers[c->plan->incoming[v->h->link]][c->program];
    *VEC_PUSH(r, arrivals) = (struct receiver_arrival) {
        .transfer = v->h->transfer, .hop = v->in_transfer, .bytes = v->t->bytes, .planned = v->h->start + l->latency};
    return (uint32_t)r->n_arrivals - 1;
}

/* From a port of a chip. Returns whether it stands there. */
static bool add_line_of_chip(struct plan_cut *c, const struct hop_view *v, const struct link *l)
{
    struct sender_program *s = &c->plan->chips[l->from_node].senders[c->plan->local[v->h->link]][c->program];
    uint32_t parent = v->parent == SCHED_NONE ? SCHED_NONE : c->entry[v->parent];
    uint32_t eject = v->parent == SCHED_NONE ? 0 : c->p->hops[v->parent].link;
    if (parent == SCHED_NONE || c->plan->role[eject] != ROLE_EJECT ||
        port_number(c, v->h->link, c->plan->endpoint[eject], false) == SCHED_NONE) {
        plan_fail(c, "transfer %u enters %s and does not stand at its port", v->h->transfer, l->id);
        return false;
    }
    struct noc_hop *out = &c->plan->chips[l->from_node].network[c->program].hops[parent];
    if (out->peer != BURST_NOBODY) {
        plan_fail(c, "transfer %u enters %s twice", v->h->transfer, l->id);
        return false;
    }
    out->peer = (uint32_t)s->n_entries;
    *VEC_PUSH(s, entries) = (struct sender_entry) {.start = v->h->start,
                                                   .transfer = v->h->transfer,
                                                   .hop = v->in_transfer,
                                                   .peer = add_far_end(c, v, l),
                                                   .bytes = v->t->bytes,
                                                   .flits = v->t->flits,
                                                   .class_of = v->t->class_of};
    c->entry[v->number] = s->entries[s->n_entries - 1].peer;
    return true;
}

/* From a switch to which the parent leads. */
static void add_line_of_switch(struct plan_cut *c, const struct hop_view *v, const struct link *l)
{
    struct switch_program *s = &c->plan->switches[l->from_node - c->plan->m->chips].program;
    uint32_t entry = v->parent == SCHED_NONE ? SCHED_NONE : c->entry[v->parent];
    uint32_t line = v->parent == SCHED_NONE ? 0 : c->p->hops[v->parent].link;
    if (entry == SCHED_NONE || c->plan->role[line] < ROLE_CHIP || c->plan->m->links[line].to_node != l->from_node) {
        plan_fail(c, "transfer %u enters %s and does not come to its switch", v->h->transfer, l->id);
        return;
    }
    bool sum = c->plan->role[line] == ROLE_ADDER;
    uint32_t *first = sum ? &s->results[entry].first_out : &s->entries[entry].first_out;
    uint32_t *last = sum ? &s->results[entry].last_out : &s->entries[entry].last_out, number = (uint32_t)s->n_outs;
    *VEC_PUSH(s, outs) = (struct switch_out) {.start = v->h->start,
                                              .line = c->plan->local[v->h->link],
                                              .next = SWITCH_NOBODY,
                                              .hop = v->in_transfer,
                                              .bytes = v->t->bytes,
                                              .flits = v->t->flits,
                                              .class_of = v->t->class_of};
    if (*last == SWITCH_NOBODY)
        *first = number;
    else
        s->outs[*last].next = number;
    *last = number;
    c->entry[v->number] = s->outs[number].peer = add_far_end(c, v, l);
}

static void add_chip_link(struct plan_cut *c, const struct hop_view *v)
{
    const struct link *l = &c->plan->m->links[v->h->link];
    if (l->from_node < c->plan->m->chips)
        add_line_of_chip(c, v, l);
    else
        add_line_of_switch(c, v, l);
}

/* Every burst has to leave the network: a tree that ends at a router would lose it. */
static void check_ends(struct plan_cut *c, const bool *goes_on)
{
    for (uint32_t i = 0; i < c->p->n_hops && !c->failed; i++) {
        const struct sched_hop *h = &c->p->hops[i];
        uint32_t chunk = c->p->transfers[h->transfer].chunk;
        enum link_role role = c->plan->role[h->link];
        bool partial = role == ROLE_CHIP && c->plan->m->links[h->link].to_node >= c->plan->m->chips &&
                       chunk < c->plan->s->n_chunks && c->plan->sum_of[chunk] != SCHED_NONE;
        if (!goes_on[i] && role != ROLE_EJECT && !partial)
            plan_fail(c, "transfer %u ends on %s", c->p->hops[i].transfer, c->plan->m->links[c->p->hops[i].link].id);
    }
}

void plan_cut_hops(struct plan_cut *c)
{
    bool *goes_on = mem_alloc_array(c->p->n_hops, sizeof *goes_on);
    struct hop_key *keys = hops_in_order(c->p);
    for (size_t i = 0; i < c->p->n_hops && !c->failed; i++) {
        struct hop_view v = view(c, keys[i].hop);
        if (v.parent != SCHED_NONE)
            goes_on[v.parent] = true;
        if (v.role == ROLE_INJECT)
            add_inject(c, &v);
        else if (v.role == ROLE_CHIP)
            add_chip_link(c, &v);
        else if (v.role == ROLE_ADDER)
            c->entry[v.number] = plan_cut_result(c, v.h);
        else
            add_network(c, &v);
    }
    check_ends(c, goes_on);
    free(goes_on);
    free(keys);
}
