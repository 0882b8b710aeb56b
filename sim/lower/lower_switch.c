/* SPDX-License-Identifier: Apache-2.0 */
/* lower_switch.c - sums that switches add, a burst of partials of each chip at a time.
 *
 *     one switch         chips 0 .. n - 1 --partials--> [task]
 *     leaves, a spine    chips of a leaf --partials--> [task of the leaf] --partial--+
 *                        chips of a leaf --partials--> [task of the leaf] --partial--+--> [task of the spine]  */
#include <stdlib.h>

#include "sim/lower/gathering.h"

/* ---- pieces ---- */

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Borders of the partials of all chips inside the span, ascending, and its ends. */
static struct cuts merged_borders(const struct gathering *x, struct span s, bool columns)
{
    size_t most = 2;
    for (uint32_t i = 0; i < x->n; i++)
        most += (columns ? x->grids[i].cols.n : x->grids[i].rows.n) + 1u;
    uint32_t *all = arena_alloc(x->l->scratch, most * sizeof *all), n = 0, kept = 0;
    all[n++] = s.first;
    all[n++] = s.end;
    for (uint32_t i = 0; i < x->n; i++) {
        const struct cuts *c = columns ? &x->grids[i].cols : &x->grids[i].rows;
        for (uint32_t k = 0; k <= c->n; k++)
            if (c->at[k] > s.first && c->at[k] < s.end)
                all[n++] = c->at[k];
    }
    qsort(all, n, sizeof *all, ascending);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || all[i] != all[i - 1])
            all[kept++] = all[i];
    return (struct cuts) {kept - 1, all};
}

/* The same with pieces of at most `most`, evenly cut. */
static struct cuts short_pieces(struct lowering *l, struct cuts c, uint32_t most)
{
    size_t n = 0;
    for (uint32_t i = 0; i < c.n; i++)
        n += ceil_div(span_size(cuts_piece(&c, i)), most);
    struct cuts out = {0, arena_alloc(l->scratch, (n + 1) * sizeof *out.at)};
    out.at[0] = c.at[0];
    for (uint32_t i = 0; i < c.n; i++) {
        uint32_t size = span_size(cuts_piece(&c, i)), pieces = (uint32_t)ceil_div(size, most);
        for (uint32_t k = 0; k < pieces; k++)
            out.at[++out.n] = c.at[i] + share_of(size, 1, pieces, k).end;
    }
    return out;
}

struct grid switch_grid(const struct gathering *x, struct area area)
{
    uint32_t elements = x->l->m->max_burst / PARTIAL_BYTES, widest = 1;
    struct cuts cols = short_pieces(x->l, merged_borders(x, area.cols, true), elements);
    for (uint32_t i = 0; i < cols.n; i++)
        widest = span_size(cuts_piece(&cols, i)) > widest ? span_size(cuts_piece(&cols, i)) : widest;
    return (struct grid) {short_pieces(x->l, merged_borders(x, area.rows, false), elements / widest), cols, {0, NULL}};
}

/* ---- tasks ---- */

/* A switch adds the partials of parts [first, end), in chip order. */
static uint32_t add_in_switch(struct gathering *x, uint32_t chip, uint32_t number, struct area area, struct span parts)
{
    uint32_t k = 0;
    for (uint32_t i = parts.first; i < parts.end; i++)
        k += x->parts[i].k;
    struct task_plan plan = gathering_plan(x, chip, number, area, k, span_size(parts));
    plan.kind = TASK_SWITCH;
    task_open(x->l, &plan);
    for (uint32_t i = parts.first; i < parts.end; i++)
        gathering_read(x, &plan, i - parts.first, i, area);
    return task_close(x->l, &plan);
}

/* The parts from `first` on that are on chips of one leaf switch. */
static struct span parts_of_leaf(const struct gathering *x, uint32_t first)
{
    struct span s = {first, first};
    uint32_t chips = machine_leaf_chips(x->l->m);
    while (s.end < x->n && x->parts[s.end].chip / chips == x->parts[first].chip / chips)
        s.end++;
    return s;
}

/* Each leaf switch adds the partials of its chips, be it one; a spine adds the leaves' sums, in their order. Where one
 * leaf has all, its sum is the whole. */
static uint32_t add_in_leaves(struct gathering *x, uint32_t owner, struct area area)
{
    uint32_t leaves = machine_leaves(x->l->m), chips = machine_leaf_chips(x->l->m), n = 0, sum = x->sums++;
    uint32_t *tiles = arena_alloc(x->l->scratch, leaves * sizeof *tiles);
    for (struct span s = parts_of_leaf(x, 0); s.first < x->n; s = parts_of_leaf(x, s.end)) {
        uint32_t leaf = x->parts[s.first].chip / chips;
        bool all = span_size(s) == x->n;
        tiles[n++] =
            add_in_switch(x, all ? owner : x->parts[s.first].chip, switch_tile_of(x->l->m, sum, leaf), area, s);
    }
    if (n == 1)
        return tiles[0];
    struct task_plan plan = gathering_plan(x, owner, switch_tile_of(x->l->m, sum, leaves), area, x->k_whole, n);
    plan.kind = TASK_SWITCH;
    task_open(x->l, &plan);
    for (uint32_t i = 0; i < n; i++)
        task_read_tile(x->l, &plan, i, tiles[i], area);
    return task_close(x->l, &plan);
}

/* All pieces of an area. Their sums have their homes on chip `owner`, or in equal shares on all chips with partials. */
static void switch_area(struct gathering *x, const struct grid *g, uint32_t owner, bool shared)
{
    uint32_t pieces = g->rows.n * g->cols.n, i = 0;
    for (uint32_t k = 0; k < pieces; k++) {
        while (shared && k >= share_of(pieces, 1, x->n, i).end)
            i++;
        uint32_t chip = shared ? x->parts[i].chip : owner;
        uint32_t tile = machine_leaves(x->l->m) > 1
                            ? add_in_leaves(x, chip, grid_piece(g, k))
                            : add_in_switch(x, chip, k, grid_piece(g, k), (struct span) {0, x->n});
        source_add(x->l, x->l->p->ops->ops[x->op].output, tile);
    }
}

void lower_in_switch(struct gathering *x)
{
    const struct lowering *l = x->l;
    const struct op *o = &l->p->ops->ops[x->op];
    if (collective_in_shares(l, x->op)) {
        struct grid g = switch_grid(x, (struct area) {{0, o->m}, {0, o->n}});
        switch_area(x, &g, 0, true);
        return;
    }
    for (uint32_t i = l->p->first_part[x->op]; i < l->p->first_part[x->op + 1]; i++)
        switch_area(x, &l->outputs[i], l->p->parts[i].chip, false);
}
