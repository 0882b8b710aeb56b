/* SPDX-License-Identifier: Apache-2.0 */
/* lower_collective.c - an all-reduce (or reduce-scatter) to reduce tasks.
 *
 *     one-shot   every chip reads all partials of what it needs and adds them in chip order
 *     two-step   each chip adds its share of all partials in chip order; readers on other chips fetch the shares
 *     ring       each share's partial sum travels round the chips (machine_walk_place), every chip adds its own
 * partial, the last one is the owner; readers fetch the shares; odd shares travel the other way round
 *     tree       each share's partial sums meet in pairs, at distance 1, 2, 4 .. on the ring, at its owner in the end
 * (recursive halving); readers fetch the shares; odd shares count the other way round
 *     doubling   whole values are exchanged in pairs: every chip has the sum of 2, 4, 8 .. chips, in the end of all
 *     in-switch  a switch adds the partials of all chips in chip order, a burst at a time, and sends the sum to all;
 * with leaves and spines each leaf switch those of its chips, and a spine the sums of the leaves
 *
 * Whole values are never copied by a task: a reader names the chunk, the compiler sends it. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/lower/gathering.h"

/* By their places on the walk over all chips. */
static uint32_t *ring_of(const struct gathering *x)
{
    uint32_t *ring = arena_alloc(x->l->scratch, x->n * sizeof *ring);
    for (uint32_t i = 0; i < x->n; i++) {
        uint32_t k = i, place = machine_walk_place(x->l->m, x->parts[i].chip);
        for (; k > 0 && machine_walk_place(x->l->m, x->parts[ring[k - 1]].chip) > place; k--)
            ring[k] = ring[k - 1];
        ring[k] = i;
    }
    return ring;
}

static struct gathering gathering_of(struct lowering *l, uint32_t op)
{
    const struct partition *p = l->p;
    const struct op_graph *g = p->ops;
    struct gathering x = {.l = l, .op = op, .partial = g->operands[g->ops[op].first_operand].tensor};
    uint32_t producer = g->tensors[x.partial].producer;
    x.n = p->first_part[producer + 1] - p->first_part[producer];
    x.k_whole = g->ops[producer].k;
    x.parts = &p->parts[p->first_part[producer]];
    x.grids = &l->outputs[p->first_part[producer]];
    x.ring = ring_of(&x);
    return x;
}

static void find_partials(struct gathering *x)
{
    const struct source *s = &x->l->sources[x->partial];
    x->first = arena_alloc(x->l->scratch, (x->n + 1u) * sizeof *x->first);
    uint32_t at = s->first;
    for (uint32_t i = 0; i < x->n; i++) {
        x->first[i] = at;
        while (at < s->first + s->n && x->l->tiles[x->l->source_tiles[at]].chip == x->parts[i].chip)
            at++;
    }
    x->first[x->n] = at;
}

/* ---- pieces ---- */

/* Column borders of the partials of chip i inside the area, thinned out to at most `most` pieces. */
static struct cuts column_cuts(const struct gathering *x, uint32_t i, struct area area, uint32_t most)
{
    const struct cuts *tiles = &x->grids[i].cols;
    struct cuts c = {0, arena_alloc(x->l->scratch, ((size_t)tiles->n + 2) * sizeof *c.at)};
    c.at[0] = area.cols.first;
    for (uint32_t k = 0; k <= tiles->n; k++)
        if (tiles->at[k] > c.at[c.n] && tiles->at[k] < area.cols.end)
            c.at[++c.n] = tiles->at[k];
    c.at[++c.n] = area.cols.end;
    if (c.n > most) {
        for (uint32_t k = 0; k < most; k++)
            c.at[k] = c.at[share_of(c.n, 1, most, k).first];
        c.at[most] = c.at[c.n];
        c.n = most;
    }
    return c;
}

/* Pieces of an area that one chip adds up: along the columns of its own partials, half as many as units at most so
 * that readers of rows find few pieces in theirs, then by rows until all units have so many and each fits
 * with all partials of it. */
static struct grid piece_grid(const struct gathering *x, uint32_t i, struct area area, uint32_t per_unit)
{
    struct lowering *l = x->l;
    uint32_t units = l->m->live_units[x->parts[i].chip];
    struct cuts cols = column_cuts(x, i, area, (units + 1) / 2);
    SIM_CHECK(cols.n > 0, "a chip without units");
    uint32_t height = span_size(area.rows), rows = units * per_unit / cols.n;
    uint64_t widest = ceil_div(span_size(area.cols), cols.n);
    uint64_t per_row = (widest * 2) * PARTIAL_BYTES * (x->n + 1u);
    uint64_t fitting = l->sram_limit / per_row > 0 ? ceil_div(height, l->sram_limit / per_row) : height;
    rows = rows < fitting ? (uint32_t)fitting : rows;
    rows = rows < 1 ? 1 : rows > height ? height : rows;
    return (struct grid) {tiling_cut(l, area.rows, 1, rows), cols, {0, NULL}};
}

struct area grid_piece(const struct grid *g, uint32_t i)
{
    return (struct area) {cuts_piece(&g->rows, i / g->cols.n), cuts_piece(&g->cols, i % g->cols.n)};
}

/* ---- tasks ---- */

struct task_plan gathering_plan(const struct gathering *x, uint32_t chip, uint32_t number, struct area area,
                                uint32_t k_part, uint32_t partials)
{
    bool whole = k_part == x->k_whole;
    return (struct task_plan) {.op = x->op,
                               .chip = chip,
                               .tile = number,
                               .kind = TASK_REDUCE,
                               .box = {area.rows, area.cols, {0, 0}},
                               .tensor = whole ? x->l->p->ops->ops[x->op].output : x->partial,
                               .k_part = k_part,
                               .k_whole = x->k_whole,
                               .vector_ops = area_elements(area) * (partials - 1)};
}

void gathering_read(struct gathering *x, struct task_plan *plan, uint32_t operand, uint32_t i, struct area area)
{
    for (uint32_t k = x->first[i]; k < x->first[i + 1]; k++)
        task_read_tile(x->l, plan, operand, x->l->source_tiles[k], area);
}

/* One chip adds the partials of all, in chip order. */
static uint32_t add_all(struct gathering *x, uint32_t owner, uint32_t number, struct area area)
{
    struct task_plan plan = gathering_plan(x, owner, number, area, x->k_whole, x->n);
    task_open(x->l, &plan);
    for (uint32_t i = 0; i < x->n; i++)
        gathering_read(x, &plan, i, i, area);
    return task_close(x->l, &plan);
}

/* The sum travels from the owner's neighbour round to the owner, upwards or downwards. */
static uint32_t add_round(struct gathering *x, uint32_t owner, uint32_t number, struct area area)
{
    uint32_t step = number % 2 == 0 ? 1 : x->n - 1, place = 0;
    while (x->ring[place] != owner)
        place++;
    place = (place + step) % x->n;
    uint32_t at = x->ring[place], held = x->parts[at].k, sum = TASK_NONE;
    for (uint32_t i = 1; i < x->n; i++) {
        place = (place + step) % x->n;
        uint32_t next = x->ring[place];
        struct task_plan plan =
            gathering_plan(x, x->parts[next].chip, number * x->n + i - 1, area, held + x->parts[next].k, 2);
        task_open(x->l, &plan);
        if (sum == TASK_NONE)
            gathering_read(x, &plan, 0, at, area);
        else
            task_read_tile(x->l, &plan, 0, sum, area);
        gathering_read(x, &plan, 1, next, area);
        sum = task_close(x->l, &plan);
        held += x->parts[next].k;
        at = next;
    }
    return sum;
}

/* A sum in the making: of chip `at` alone (its partials), or a tile there. */
struct part_sum {
    uint32_t tile, at, held;
};

struct tree {
    struct gathering *x;
    struct area area;
    uint32_t place, step; /* the owner's on the ring; 1 or n - 1: which way ranks are counted from there */
    uint32_t number;      /* of the next task */
};

static void read_part(struct tree *t, struct task_plan *plan, uint32_t operand, const struct part_sum *s)
{
    if (s->tile == TASK_NONE)
        gathering_read(t->x, plan, operand, s->at, t->area);
    else
        task_read_tile(t->x->l, plan, operand, s->tile, t->area);
}

/* Chip number `at` adds two sums. */
static struct part_sum add_pair(struct tree *t, uint32_t at, const struct part_sum *a, const struct part_sum *b)
{
    struct gathering *x = t->x;
    struct part_sum sum = {.at = at, .held = a->held + b->held};
    struct task_plan plan = gathering_plan(x, x->parts[at].chip, t->number, t->area, sum.held, 2);
    task_open(x->l, &plan);
    read_part(t, &plan, 0, a);
    read_part(t, &plan, 1, b);
    sum.tile = task_close(x->l, &plan);
    return sum;
}

/* The sum of ranks first .. first + size - 1, those that there are, on the chip of rank `first`. size: a power of 2. */
static struct part_sum add_ranks(struct tree *t, uint32_t first, uint32_t size)
{
    struct gathering *x = t->x;
    if (size == 1) {
        uint32_t at = x->ring[(t->place + (uint64_t)first * t->step) % x->n];
        return (struct part_sum) {TASK_NONE, at, x->parts[at].k};
    }
    struct part_sum near = add_ranks(t, first, size / 2);
    if (first + size / 2 >= x->n)
        return near;
    struct part_sum far = add_ranks(t, first + size / 2, size / 2);
    near = add_pair(t, near.at, &near, &far);
    t->number++;
    return near;
}

static uint32_t add_tree(struct gathering *x, uint32_t owner, uint32_t number, struct area area)
{
    struct tree t = {.x = x, .area = area, .step = number % 2 == 0 ? 1 : x->n - 1, .number = number * x->n};
    uint32_t size = 1;
    while (x->ring[t.place] != owner)
        t.place++;
    while (size < x->n)
        size *= 2;
    return add_ranks(&t, 0, size).tile;
}

/* Rounds of doubling among the largest power of 2 of the chips; the others join in before the first and at the end. */
static uint32_t doubled_of(uint32_t n)
{
    uint32_t doubled = 1;
    while (doubled <= n / 2)
        doubled *= 2;
    return doubled;
}

static uint64_t rank_hops(const struct gathering *x, uint32_t a, uint32_t b)
{
    return machine_chip_hops(x->l->m, x->parts[x->ring[a]].chip, x->parts[x->ring[b]].chip);
}

/* Most hops and all hops of a round in which rank r meets rank r ^ mask. */
static uint64_t round_hops(const struct gathering *x, uint32_t mask, uint64_t *sum)
{
    uint64_t most = 0;
    *sum = 0;
    for (uint32_t r = 0; r < doubled_of(x->n); r++) {
        uint64_t hops = rank_hops(x, r, r ^ mask);
        *sum += hops;
        most = hops > most ? hops : most;
    }
    return most;
}

/* Sums of `half` ranks meet those of the next `half`: across (r ^ half) or as in a mirror, which is nearer on a ring.
 */
static uint32_t round_mask(const struct gathering *x, uint32_t half)
{
    uint64_t across_sum, mirror_sum, across = round_hops(x, half, &across_sum);
    uint64_t mirror = round_hops(x, 2 * half - 1, &mirror_sum);
    return mirror < across || (mirror == across && mirror_sum < across_sum) ? 2 * half - 1 : half;
}

/* A rank's partner of the round adds the same two sums in the same order, so all chips have the same bits. Odd pieces
 * begin one place further on the ring: on one of four chips all lines are busy in each round. */
static void add_doubling(struct gathering *x, uint32_t number, struct area area, uint32_t *tiles)
{
    struct tree t = {.x = x, .area = area};
    uint32_t doubled = doubled_of(x->n), rounds = 0;
    struct part_sum *sums = arena_alloc(x->l->scratch, 2 * (size_t)x->n * sizeof *sums), *next = sums + x->n;
    for (uint32_t r = 0; r < x->n; r++) {
        uint32_t at = x->ring[(r + number % 2) % x->n];
        sums[r] = (struct part_sum) {TASK_NONE, at, x->parts[at].k};
    }
    t.number = number * 32; /* more than there are rounds */
    for (uint32_t r = doubled; r < x->n; r++) {
        sums[r - doubled] = add_pair(&t, sums[r - doubled].at, &sums[r - doubled], &sums[r]);
    }
    for (uint32_t half = 1; half < doubled; half *= 2) {
        uint32_t mask = round_mask(x, half), ranks = 2 * half < doubled ? doubled : x->n;
        t.number = number * 32 + ++rounds;
        for (uint32_t r = 0; r < ranks; r++) {
            uint32_t a = r % doubled, b = a ^ mask; /* the others add what their first partner adds at the end */
            next[r] = add_pair(&t, sums[r].at, &sums[a < b ? a : b], &sums[a < b ? b : a]);
        }
        memcpy(sums, next, ranks * sizeof *sums);
    }
    for (uint32_t r = 0; r < x->n; r++)
        tiles[sums[r].at] = sums[r].tile;
}

/* Number of the chip among those with partials; a chip without any goes by the last one's tiles. */
static uint32_t station_of(const struct gathering *x, uint32_t chip)
{
    uint32_t i = 0;
    while (i + 1 < x->n && x->parts[i].chip != chip)
        i++;
    return i;
}

/* All pieces of one chip's area. A chip without partials of its own is no station of the ring. */
static void reduce_area(struct gathering *x, uint32_t chip, const struct grid *g, uint32_t way)
{
    uint32_t i = station_of(x, chip);
    bool station = x->parts[i].chip == chip;
    for (uint32_t r = 0; r < g->rows.n; r++) {
        for (uint32_t c = 0; c < g->cols.n; c++) {
            struct area piece = {cuts_piece(&g->rows, r), cuts_piece(&g->cols, c)};
            uint32_t number = r * g->cols.n + c;
            uint32_t tile = station && way == COLLECTIVE_RING   ? add_round(x, i, number, piece)
                            : station && way == COLLECTIVE_TREE ? add_tree(x, i, number, piece)
                                                                : add_all(x, chip, number, piece);
            source_add(x->l, x->l->p->ops->ops[x->op].output, tile);
        }
    }
}

static bool by_columns(const struct gathering *x)
{
    const struct op *o = &x->l->p->ops->ops[x->op];
    return o->m < x->n || (x->l->o->column_shares && o->n >= x->n);
}

/* Shares of a value that every chip needs. */
static struct area share_area(const struct gathering *x, uint32_t i)
{
    const struct op *o = &x->l->p->ops->ops[x->op];
    struct area area = {{0, o->m}, {0, o->n}};
    if (by_columns(x))
        area.cols = share_of(o->n, 1, x->n, i);
    else
        area.rows = share_of(o->m, 1, x->n, i);
    return area;
}

static bool doubles(const struct lowering *l, uint32_t op)
{
    return l->p->spread[op] == SPREAD_ALL && l->ways[op] == COLLECTIVE_DOUBLING;
}

bool collective_in_shares(const struct lowering *l, uint32_t op)
{
    return l->p->spread[op] == SPREAD_ALL && l->ways[op] != COLLECTIVE_ONE_SHOT && l->ways[op] != COLLECTIVE_DOUBLING;
}

void collective_plan(struct lowering *l, uint32_t op)
{
    struct gathering x = gathering_of(l, op);
    l->ways[op] = (uint8_t)(l->o->collective == COLLECTIVE_AUTO ? collective_quickest(&x) : (uint32_t)l->o->collective);
    for (uint32_t i = l->p->first_part[op]; !collective_in_shares(l, op) && i < l->p->first_part[op + 1]; i++) {
        const struct op_part *part = &l->p->parts[i];
        struct area area = {{part->row0, part->row0 + part->rows}, {part->col0, part->col0 + part->cols}};
        uint32_t station = doubles(l, op) ? 0 : station_of(&x, part->chip);
        uint32_t per_unit = doubles(l, op) ? x.n : 1; /* as small as those of a share */
        l->outputs[i] =
            l->ways[op] == COLLECTIVE_IN_SWITCH ? switch_grid(&x, area) : piece_grid(&x, station, area, per_unit);
    }
}

/* All parts are the whole value in the same pieces. A chip without partials of its own adds all of them. */
static void lower_doubling(struct gathering *x)
{
    struct lowering *l = x->l;
    const struct grid *g = &l->outputs[l->p->first_part[x->op]];
    uint32_t pieces = g->rows.n * g->cols.n;
    uint32_t *tiles = arena_alloc(l->scratch, (size_t)pieces * x->n * sizeof *tiles);
    for (uint32_t k = 0; k < pieces; k++)
        add_doubling(x, k, grid_piece(g, k), &tiles[(size_t)k * x->n]);
    for (uint32_t i = l->p->first_part[x->op]; i < l->p->first_part[x->op + 1]; i++) {
        uint32_t chip = l->p->parts[i].chip, station = station_of(x, chip);
        for (uint32_t k = 0; k < pieces; k++) {
            uint32_t tile = x->parts[station].chip == chip ? tiles[(size_t)k * x->n + station]
                                                           : add_all(x, chip, k, grid_piece(g, k));
            source_add(l, l->p->ops->ops[x->op].output, tile);
        }
    }
    source_copies(l, l->p->ops->ops[x->op].output);
}

void lower_collective(struct lowering *l, uint32_t op)
{
    struct gathering x = gathering_of(l, op);
    find_partials(&x);
    if (l->ways[op] == COLLECTIVE_IN_SWITCH) {
        lower_in_switch(&x);
        return;
    }
    uint32_t way = l->ways[op];
    if (doubles(l, op)) {
        lower_doubling(&x);
        return;
    }
    uint32_t per_unit = l->o->column_shares && by_columns(&x) ? x.n : 1;
    for (uint32_t i = 0; collective_in_shares(l, op) && i < x.n; i++) {
        struct area area = share_area(&x, i);
        struct grid g = area_empty(area) ? (struct grid) {0} : piece_grid(&x, i, area, per_unit);
        reduce_area(&x, x.parts[i].chip, &g, way);
    }
    for (uint32_t i = l->p->first_part[op]; !collective_in_shares(l, op) && i < l->p->first_part[op + 1]; i++)
        reduce_area(&x, l->p->parts[i].chip, &l->outputs[i], way);
    if (l->p->spread[op] == SPREAD_ALL && !collective_in_shares(l, op))
        source_copies(l, l->p->ops->ops[op].output);
}
