/* SPDX-License-Identifier: Apache-2.0 */
/* collective_choice.c - which way of an all-reduce (or reduce-scatter) is the fastest by an estimate: the bytes of a
 * line at its rate, and a latency for each round of messages (docs/model/lowering.md).
 *
 *     chips joined by lines   bytes x hops over all lines alike
 *     chips on switches       the busiest kind of line: out of chips, into them, from leaves to spines, back */
#include "sim/lower/gathering.h"

struct estimate {
    uint64_t bytes; /* of a line */
    uint64_t latency;
};

struct fabric {
    uint64_t lines, latency, hops_max, hops_sum, hops_next;
    struct fraction rate;
};

/* The sum: bytes of all partials of a chip, of the whole sum, of a chip's share of both. */
struct volume {
    uint64_t n, elements, partial, share, sum, part;
    bool all; /* every chip needs the whole sum; else each a share */
};

static struct volume volume_of(const struct gathering *x)
{
    const struct op *o = &x->l->p->ops->ops[x->op];
    uint64_t elements = (uint64_t)o->m * o->n, piece = ceil_div(elements, x->n);
    uint64_t bytes = x->l->p->ops->tensors[o->output].elem_bytes;
    return (struct volume) {.n = x->n,
                            .elements = elements,
                            .partial = elements * PARTIAL_BYTES,
                            .share = piece * PARTIAL_BYTES,
                            .sum = elements * bytes,
                            .part = piece * bytes,
                            .all = x->l->p->spread[x->op] == SPREAD_ALL};
}

static struct fabric fabric_of(const struct gathering *x)
{
    const struct machine *m = x->l->m;
    struct fabric f = {.rate = {1, 1}};
    for (size_t i = 0; i < m->n_links; i++) {
        if (m->links[i].type != LINK_CHIP)
            continue;
        f.rate = m->links[i].rate;
        f.latency = m->links[i].latency;
        f.lines += 1;
    }
    f.lines = f.lines > 0 ? f.lines : 1;
    for (uint32_t i = 0; i < x->n; i++) {
        for (uint32_t j = 0; j < x->n; j++) {
            uint64_t hops = machine_chip_hops(m, x->parts[i].chip, x->parts[j].chip);
            f.hops_sum += hops;
            f.hops_max = hops > f.hops_max ? hops : f.hops_max;
        }
        uint64_t next = machine_chip_hops(m, x->parts[x->ring[i]].chip, x->parts[x->ring[(i + 1) % x->n]].chip);
        f.hops_next = next > f.hops_next ? next : f.hops_next;
    }
    return f;
}

static uint64_t cycles_of(const struct fabric *f, struct estimate e)
{
    return ceil_div(fraction_ticks(f->rate, e.bytes), f->rate.num) + e.latency;
}

/* ---- lines between chips ---- */

/* A chunk for every chip crosses n - 1 lines of a tree; one for a certain chip, its hops. */
static void estimate_lines(const struct fabric *f, const struct volume *v, struct estimate *ways)
{
    uint64_t others = v->n * (v->n - 1), gather = v->all ? others * v->part : 0, last = v->all ? f->hops_max : 0;
    uint64_t one = v->all ? others * v->partial : f->hops_sum * v->share;
    uint64_t two = f->hops_sum * v->share + gather, ring = others * f->hops_next * v->share + gather;
    ways[COLLECTIVE_ONE_SHOT] = (struct estimate) {ceil_div(one, f->lines), f->hops_max * f->latency};
    ways[COLLECTIVE_TWO_STEP] = (struct estimate) {ceil_div(two, f->lines), (f->hops_max + last) * f->latency};
    ways[COLLECTIVE_RING] =
        (struct estimate) {ceil_div(ring, f->lines), ((v->n - 1) * f->hops_next + last) * f->latency};
}

/* ---- switches ---- */

/* Lines of each kind, and what crosses all of a kind. */
enum line_kind { FROM_CHIPS, TO_CHIPS, TO_SPINES, FROM_SPINES, LINE_KINDS };

struct switches {
    uint64_t lines[LINE_KINDS];
    uint64_t leaves, chips; /* leaves with partials; partials of one, at most */
};

static struct switches switches_of(const struct gathering *x)
{
    const struct machine *m = x->l->m;
    uint32_t leaf_chips = machine_leaf_chips(m);
    struct switches s = {.leaves = 0};
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        if (l->type != LINK_CHIP)
            continue;
        bool up = machine_leads_up(m, l);
        s.lines[l->from_node < m->chips ? FROM_CHIPS
                : l->to_node < m->chips ? TO_CHIPS
                : up                    ? TO_SPINES
                                        : FROM_SPINES]++;
    }
    for (uint32_t i = 0, here = 0; i < x->n; i++) {
        bool new = i == 0 || x->parts[i].chip / leaf_chips != x->parts[i - 1].chip / leaf_chips;
        here = new ? 1 : here + 1;
        s.leaves += new;
        s.chips = here > s.chips ? here : s.chips;
    }
    return s;
}

/* The part of a kind's lines that `of` of `whole` use, be they chips or leaves: each has as many. */
static uint64_t share_of_lines(uint64_t lines, uint64_t of, uint64_t whole)
{
    uint64_t n = lines * of / whole;
    return n > 0 ? n : 1;
}

/* What the line with the most of `bytes` carries. */
static uint64_t busiest(const struct gathering *x, const struct switches *s, const uint64_t bytes[LINE_KINDS])
{
    uint64_t most = 0;
    for (uint32_t kind = 0; kind < LINE_KINDS; kind++) {
        uint64_t lines = kind <= TO_CHIPS ? share_of_lines(s->lines[kind], x->n, x->l->m->chips)
                                          : share_of_lines(s->lines[kind], s->leaves, machine_leaves(x->l->m));
        uint64_t of_a_line = ceil_div(bytes[kind], lines);
        most = of_a_line > most ? of_a_line : most;
    }
    return most;
}

/* Planes, and the spines of each, share what leaves carry. Each switch adds what comes to it, its lines side by side.
 */
static struct estimate estimate_adders(const struct gathering *x, const struct fabric *f, const struct switches *s,
                                       const struct volume *v)
{
    const struct machine *m = x->l->m;
    uint64_t up = s->leaves > 1 ? s->leaves : 0, rounds = s->leaves > 1 ? 2 : 1;
    uint64_t planes = share_of_lines(s->lines[FROM_CHIPS], 1, m->chips);
    const uint64_t bytes[LINE_KINDS] = {v->n * v->partial, v->all ? v->n * v->sum : v->sum, up * v->partial,
                                        v->all ? up * v->sum : v->sum};
    uint64_t most = busiest(x, s, bytes), latency = m->links[machine_adder(m, m->chips)].latency;
    struct estimate e = {most, f->hops_max * f->latency + rounds * latency};
    uint64_t added = ceil_div(v->elements, m->adders * planes), moved = cycles_of(f, e) - e.latency;
    e.latency += added > moved ? added - moved : 0;
    return e;
}

/* A chip's units read `bytes` of partials side by side, and add them. */
static uint64_t adding_cycles(const struct gathering *x, uint64_t bytes)
{
    const struct machine *m = x->l->m;
    return ceil_div(bytes, (uint64_t)m->live_units[x->parts[0].chip] * m->sram_read);
}

static void estimate_switches(const struct gathering *x, const struct fabric *f, const struct volume *v,
                              struct estimate *ways)
{
    struct switches s = switches_of(x);
    uint64_t n = v->n, far = n - s.chips, last = v->all ? f->hops_max : 0;
    /* A chunk for every chip goes up once and down to each, to the spines once and to each other leaf. */
    const uint64_t one[LINE_KINDS] = {n * v->partial, n * (n - 1) * v->partial, far ? n * v->partial : 0,
                                      s.leaves * far * v->partial};
    const uint64_t gather[LINE_KINDS] = {n * v->part, n * (n - 1) * v->part, far ? n * v->part : 0,
                                         s.leaves * far * v->part};
    const uint64_t shares = n * (n - 1) * v->share, across = n * far * v->share;
    uint64_t two[LINE_KINDS] = {shares, shares, across, across};
    /* Round the chips one line leads out of each leaf and one in. */
    uint64_t round = far ? s.leaves * (n - 1) * v->share : 0, ring[LINE_KINDS] = {shares, shares, round, round};
    for (uint32_t kind = 0; v->all && kind < LINE_KINDS; kind++) {
        two[kind] += gather[kind];
        ring[kind] += gather[kind];
    }
    uint64_t adding = adding_cycles(x, n * v->share);
    struct estimate share = {busiest(x, &s, two), (f->hops_max + last) * f->latency + adding};
    ways[COLLECTIVE_TWO_STEP] = share;
    ways[COLLECTIVE_ONE_SHOT] = share;
    if (v->all)
        ways[COLLECTIVE_ONE_SHOT] =
            (struct estimate) {busiest(x, &s, one), f->hops_max * f->latency + adding_cycles(x, n * v->partial)};
    ways[COLLECTIVE_RING] = (struct estimate) {busiest(x, &s, ring), ((n - 1) * f->hops_next + last) * f->latency +
                                                                         (n - 1) * adding_cycles(x, 2 * v->share)};
    if (x->l->m->adders > 0)
        ways[COLLECTIVE_IN_SWITCH] = estimate_adders(x, f, &s, v);
}

/* ---- the choice ---- */

uint32_t collective_quickest(const struct gathering *x)
{
    static const uint32_t order[] = {COLLECTIVE_ONE_SHOT, COLLECTIVE_TWO_STEP, COLLECTIVE_RING, COLLECTIVE_IN_SWITCH};
    struct fabric f = fabric_of(x);
    struct volume v = volume_of(x);
    struct estimate ways[COLLECTIVE_IN_SWITCH + 1] = {{0}};
    uint32_t n = x->l->m->adders > 0 ? 4 : 3, best = order[0];
    if (x->l->m->switches > 0)
        estimate_switches(x, &f, &v, ways);
    else
        estimate_lines(&f, &v, ways);
    for (uint32_t i = 1; i < n; i++)
        best = cycles_of(&f, ways[order[i]]) < cycles_of(&f, ways[best]) ? order[i] : best;
    return best;
}
