/* SPDX-License-Identifier: Apache-2.0 */
/* bound_passages.c - from the hops of a program to the passages of its chunks over chip links. */
#include "sim/compile/bound_passages.h"

#include <stdlib.h>

#include "sim/base/max.h"

struct gathering {
    struct passages *p;
    const struct run *r;
    uint32_t *unit_of;    /* per link: the unit that it leads into, or LAYOUT_NONE */
    uint32_t *line_of;    /* per link: its number among those that are passed, or LAYOUT_NONE */
    uint64_t *delivered;  /* per copy: bytes */
    uint32_t *passage_of; /* per hop of the transfer at hand: its passage, or LAYOUT_NONE */
};

static const struct link *link_of(const struct gathering *g, uint32_t hop)
{
    return &g->r->l->m->links[g->r->out.hops[hop].link];
}

/* Cycles from a line's far end on: on a chip a piece goes on behind the guard band. */
static uint64_t crossing(const struct gathering *g, uint32_t hop)
{
    const struct link *link = link_of(g, hop);
    return link->latency + (link->to_node < g->r->l->m->chips ? g->r->l->m->guard_cycles : 0);
}

static uint64_t line_ticks(const struct gathering *g, const struct link *line, uint32_t flits)
{
    return fraction_ticks(line->rate, (uint64_t)flits * g->r->l->m->flit_bytes);
}

/* Cycles of a piece on a hop, at least, and from there: `last` on its chip, it is in a port or a unit when its last
 * flit is. On a chip flits follow each other; ports send on what is whole, switches what comes. */
static uint64_t passing(const struct gathering *g, uint32_t hop, uint32_t flits, bool last)
{
    const struct link *link = link_of(g, hop);
    if (link->type != LINK_CHIP) {
        return link->latency + (last ? flits - 1 : 0);
    }
    bool whole = link->to_node < g->r->l->m->chips;
    return (whole ? line_ticks(g, link, flits) / link->rate.num : 0) + crossing(g, hop);
}

static uint32_t number_line(struct gathering *g, uint32_t link)
{
    if (g->line_of[link] == LAYOUT_NONE) {
        g->line_of[link] = (uint32_t)g->p->n_lines;
        *VEC_PUSH(g->p, lines) = link;
    }
    return g->line_of[link];
}

/* Do the pieces take the same hops? */
static bool same_way(const struct gathering *g, const struct sched_transfer *a, const struct sched_transfer *b)
{
    const struct sched_hop *x = &g->r->out.hops[a->first_hop], *y = &g->r->out.hops[b->first_hop];
    bool same = a->chunk == b->chunk && a->n_hops == b->n_hops;
    for (uint32_t i = 0; same && i < a->n_hops; i++) {
        same = x[i].link == y[i].link && x[i].parent == y[i].parent;
    }
    return same;
}

/* From the source to the hop, a line or not, for a piece of so many flits. */
static uint64_t way_to(const struct gathering *g, const struct sched_transfer *t, uint32_t hop, uint32_t flits,
                       bool line)
{
    uint64_t cycles = 0;
    bool last = line;
    for (uint32_t up = g->r->out.hops[t->first_hop + hop].parent; up != SCHED_NONE;
         up = g->r->out.hops[t->first_hop + up].parent) {
        cycles += passing(g, t->first_hop + up, flits, last);
        last = link_of(g, t->first_hop + up)->type == LINK_CHIP;
    }
    return cycles;
}

/* One more piece on the passages of the one before, or passages of its own. */
static void add_ticks(struct gathering *g, const struct sched_transfer *t, bool more, uint32_t least_flits)
{
    for (uint32_t h = 0; h < t->n_hops; h++) {
        const struct link *link = link_of(g, t->first_hop + h);
        if (link->type != LINK_CHIP) {
            continue;
        }
        if (!more) {
            g->passage_of[h] = (uint32_t)g->p->n_all;
            *VEC_PUSH(g->p, all) = (struct passage) {.line = number_line(g, g->r->out.hops[t->first_hop + h].link),
                                                     .chunk = t->chunk,
                                                     .before = way_to(g, t, h, least_flits, true)};
        }
        g->p->all[g->passage_of[h]].ticks += line_ticks(g, link, t->flits);
    }
}

static uint32_t copy_in(const struct layout *l, uint32_t chunk, uint32_t unit)
{
    uint32_t i = l->copy_first[chunk];
    while (i < l->copy_first[chunk + 1] && l->copies[i].unit != unit) {
        i++;
    }
    return i < l->copy_first[chunk + 1] ? i : LAYOUT_NONE;
}

/* Else readers may have had the first. When all are counted. */
static bool comes_once(const struct gathering *g, uint32_t copy)
{
    const struct layout *l = g->r->l;
    return g->delivered[copy] <= l->t->chunks[l->copies[copy].chunk].bytes;
}

/* From each unit that the transfer reaches back to its source. */
static void add_ends(struct gathering *g, const struct sched_transfer *t, bool more, uint32_t least_flits)
{
    for (uint32_t h = 0; h < t->n_hops; h++) {
        uint32_t unit = g->unit_of[g->r->out.hops[t->first_hop + h].link];
        uint32_t copy = unit == LAYOUT_NONE ? LAYOUT_NONE : copy_in(g->r->l, t->chunk, unit);
        if (copy == LAYOUT_NONE) {
            continue;
        }
        g->delivered[copy] += t->bytes;
        uint64_t after = 0;
        bool last = true; /* what follows is the unit or a line */
        for (uint32_t up = h; !more && up != SCHED_NONE; up = g->r->out.hops[t->first_hop + up].parent) {
            bool line = link_of(g, t->first_hop + up)->type == LINK_CHIP;
            if (line) {
                *VEC_PUSH(g->p, ends) = (struct passage_end) {
                    .copy = copy, .passage = g->passage_of[up], .after = after + crossing(g, t->first_hop + up)};
            }
            /* A switch sends on what comes: the line out of it ends the latency of the one into it later than that. */
            bool follows = line && link_of(g, t->first_hop + up)->from_node >= g->r->l->m->chips;
            after += follows ? crossing(g, t->first_hop + up) : passing(g, t->first_hop + up, least_flits, last);
            last = line;
        }
    }
}

static bool counts(const struct run *r, const struct sched_transfer *t)
{
    if (t->chunk >= r->l->t->n_chunks) { /* entries, clocks */
        return false;
    }
    uint32_t producer = r->l->t->chunks[t->chunk].producer;
    return producer != TASK_NONE && !task_in_switch(&r->l->t->tasks[producer]) &&
           layout_sum_of(r->l, t->chunk) == TASK_NONE;
}

static void gather(struct gathering *g)
{
    const struct run *r = g->r;
    uint32_t most = 0;
    for (size_t i = 0; i < r->out.n_transfers; i++) {
        most = max32(most, r->out.transfers[i].n_hops);
    }
    g->passage_of = mem_alloc_array(most, sizeof *g->passage_of);
    for (size_t i = 0, end; i < r->out.n_transfers; i = end) {
        const struct sched_transfer *first = &r->out.transfers[i];
        uint32_t least_flits = first->flits;
        for (end = i + 1; end < r->out.n_transfers && same_way(g, first, &r->out.transfers[end]); end++) {
            uint32_t flits = r->out.transfers[end].flits;
            least_flits = flits < least_flits ? flits : least_flits;
        }
        for (size_t k = i; k < end && counts(r, first); k++) {
            add_ticks(g, &r->out.transfers[k], k > i, least_flits);
            add_ends(g, &r->out.transfers[k], k > i, least_flits);
        }
    }
    free(g->passage_of);
}

/* ---- from memory ---- */

static void gather_reads(struct gathering *g)
{
    const struct run *r = g->r;
    for (size_t i = 0; i < r->out.n_transfers; i++) {
        const struct sched_transfer *t = &r->out.transfers[i];
        if (t->chunk >= r->l->t->n_chunks || r->l->t->chunks[t->chunk].producer != TASK_NONE) {
            continue;
        }
        for (uint32_t h = 0; h < t->n_hops; h++) {
            uint32_t unit = g->unit_of[r->out.hops[t->first_hop + h].link];
            uint32_t copy = unit == LAYOUT_NONE ? LAYOUT_NONE : copy_in(r->l, t->chunk, unit);
            if (copy != LAYOUT_NONE) {
                uint64_t after = way_to(g, t, h, t->flits, false) + passing(g, t->first_hop + h, t->flits, true);
                g->delivered[copy] += t->bytes;
                *VEC_PUSH(g->p, reads) = (struct read_end) {.transfer = (uint32_t)i, .copy = copy, .after = after};
            }
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < g->p->n_reads; i++) {
        uint32_t copy = g->p->reads[i].copy;
        if (comes_once(g, copy)) {
            g->p->reads[kept++] = g->p->reads[i];
        }
    }
    g->p->n_reads = kept;
}

/* By copy, of which end_first says where its few begin, and passage. */
static void sort_ends(struct passages *p, size_t n_copies)
{
    struct passage_end *sorted = mem_alloc_uncleared(p->n_ends, sizeof *sorted);
    uint32_t *filled = mem_alloc_array(n_copies, sizeof *filled);
    for (size_t i = 0; i < p->n_ends; i++) {
        const struct passage_end *x = &p->ends[i];
        struct passage_end *first = &sorted[p->end_first[x->copy]];
        uint32_t k = filled[x->copy]++;
        for (; k > 0 && x->passage < first[k - 1].passage; k--) {
            first[k] = first[k - 1];
        }
        first[k] = *x;
    }
    free(filled);
    free(p->ends);
    p->ends = sorted;
    p->cap_ends = p->n_ends;
}

/* Passages by chunk; ends by copy, without those of copies that get more than there is. */
static void sort_passages(struct gathering *g)
{
    struct passages *p = g->p;
    const struct layout *l = g->r->l;
    uint32_t *place = mem_alloc_array(p->n_all, sizeof *place);
    struct passage *sorted = mem_alloc_array(p->n_all, sizeof *sorted);
    p->chunk_first = mem_alloc_array(l->t->n_chunks + 1, sizeof *p->chunk_first);
    p->end_first = mem_alloc_array(l->n_copies + 1, sizeof *p->end_first);
    for (size_t i = 0; i < p->n_all; i++) {
        p->chunk_first[p->all[i].chunk + 1]++;
    }
    for (size_t c = 0; c < l->t->n_chunks; c++) {
        p->chunk_first[c + 1] += p->chunk_first[c];
    }
    uint32_t *fill = mem_alloc_array(l->t->n_chunks, sizeof *fill);
    for (size_t i = 0; i < p->n_all; i++) {
        uint32_t c = p->all[i].chunk;
        place[i] = p->chunk_first[c] + fill[c]++;
        sorted[place[i]] = p->all[i];
    }
    free(fill);
    free(p->all);
    p->all = sorted;
    size_t kept = 0;
    for (size_t i = 0; i < p->n_ends; i++) {
        struct passage_end x = p->ends[i];
        if (comes_once(g, x.copy)) {
            x.passage = place[x.passage];
            p->all[x.passage].n_copies++;
            p->ends[kept++] = x;
            p->end_first[x.copy + 1]++;
        }
    }
    p->n_ends = kept;
    for (size_t i = 0; i < l->n_copies; i++) {
        p->end_first[i + 1] += p->end_first[i];
    }
    sort_ends(p, l->n_copies);
    free(place);
}

void passages_init(struct passages *p, const struct run *r)
{
    const struct machine *m = r->l->m;
    struct gathering g = {.p = p, .r = r};
    *p = (struct passages) {0};
    g.unit_of = mem_alloc_array(m->n_links, sizeof *g.unit_of);
    g.line_of = mem_alloc_array(m->n_links, sizeof *g.line_of);
    g.delivered = mem_alloc_array(r->l->n_copies, sizeof *g.delivered);
    for (size_t i = 0; i < m->n_links; i++) {
        g.unit_of[i] = g.line_of[i] = LAYOUT_NONE;
    }
    for (uint32_t u = 0; u < r->l->units; u++) {
        g.unit_of[m->endpoints[machine_unit_endpoint(m, u)].eject] = u;
    }
    gather(&g);
    gather_reads(&g);
    sort_passages(&g);
    free(g.unit_of);
    free(g.line_of);
    free(g.delivered);
}

void passages_free(struct passages *p)
{
    free(p->all);
    free(p->ends);
    free(p->reads);
    free(p->lines);
    free(p->chunk_first);
    free(p->end_first);
    *p = (struct passages) {0};
}
