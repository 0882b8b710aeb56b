/* SPDX-License-Identifier: Apache-2.0 */
/* tiling.c - into which grid of tiles a part of an op is cut.
 *
 * Every candidate grid (rows x columns x contraction) gets an integer cost in cycles; the cheapest wins,
 * ties go to fewer tiles, then to more row tiles, then to the first in the order of the loops. docs/model/lowering.md
 * has the formula and its reasons. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/lowering.h"

#define MAX_CUTS 40u /* candidates along one axis */

/* Assumed cycles and shares; docs/model/lowering.md says where they come from. */
#define TASK_OVERHEAD 48u /* of each more task on a unit, besides toggling */
#define PIECE_CYCLES  8u  /* of a piece that is read: it ends in a half-empty flit and takes an entry */
#define MOVE_LATENCY  64u /* of an activation that another unit has, before its first byte is here */
#define LOAD_OVERLAP  4u  /* of what arrives while a unit computes, one part in this many shows */
#define TILES_PER_UNIT                                                                                                 \
    2u              /* candidates with twice as many are looked at when none fits, and so on; twice as many too        \
                     * where tiles are to be fine */
#define FINE_LAG 2u /* there, one part in this many of a tile's work counts once more: what follows waits for it */

/* The largest tile of a candidate, and what the cost needs to know of it. */
struct candidate {
    const struct cuts *rows, *cols, *k;
    uint64_t r, c, kk;    /* largest extents */
    uint64_t in_bytes;    /* all operands of one tile */
    uint64_t moved_bytes; /* activations and inputs of one tile that its unit is not likely to hold */
    uint64_t weight_bytes;
    bool moves;      /* some activation has to come from another unit */
    uint64_t pieces; /* chunks that one tile is likely to read */
    uint64_t out_bytes;
};

struct search;

/* How a kind of unit sees a candidate. */
struct tiling_view {
    bool (*fits)(const struct search *s, const struct candidate *c);
    uint64_t (*cost)(const struct search *s, const struct candidate *c);
};

struct search {
    struct lowering *l;
    const struct tiling_view *view;
    uint32_t part;
    const struct op_part *x;
    const struct op *o;
    uint64_t max_bytes; /* inputs and outputs of a task */
    uint32_t largest;   /* operand of most bytes in the smallest tile seen: named when nothing fits */
    struct grid best;
    uint64_t best_cost, best_tiles;
};

/* ---- candidates ---- */

/* As share_of() spreads it, piece by piece. */
struct cuts tiling_cut(struct lowering *l, struct span extent, uint32_t granule, uint32_t pieces)
{
    struct cuts c = {pieces, arena_alloc(l->scratch, ((size_t)pieces + 1) * sizeof *c.at)};
    uint32_t granules = (uint32_t)ceil_div(span_size(extent), granule), each = granules / pieces;
    uint32_t more = granules % pieces;
    uint64_t size = span_size(extent), first = 0;
    for (uint32_t i = 0; i < pieces; i++) {
        c.at[i] = extent.first + (uint32_t)(first < size ? first : size);
        first += (uint64_t)(each + (i < more)) * granule;
    }
    c.at[pieces] = extent.end;
    return c;
}

/* 1, 2, .. 8, then quarter steps of powers of two: 10, 12, 14, 16, 20, 24, 28, 32, 40 ... */
static uint32_t next_count(uint32_t n)
{
    uint32_t step = 1;
    while (step * 8 <= n)
        step *= 2;
    return n + step;
}

static uint32_t add_even_cuts(struct lowering *l, struct span extent, uint32_t granule, struct cuts *out)
{
    uint32_t granules = (uint32_t)ceil_div(span_size(extent), granule);
    uint32_t n = 0;
    if (granules == 0)
        out[n++] = tiling_cut(l, extent, granule, 1);
    for (uint32_t pieces = 1; pieces <= granules && n < MAX_CUTS; pieces = next_count(pieces))
        out[n++] = tiling_cut(l, extent, granule, pieces);
    return n;
}

static bool same_cuts(const struct cuts *a, const struct cuts *b, uint32_t shift)
{
    if (a->n != b->n)
        return false;
    for (uint32_t i = 0; i <= a->n; i++)
        if (a->at[i] + shift != b->at[i])
            return false;
    return true;
}

static uint32_t row_granule(const struct search *s)
{
    const struct op_window *w = &s->o->window;
    if (w->kernel > 0)
        return w->out_width;
    return s->o->k > 0 ? s->l->m->engine_m : 1;
}

/* ---- what the producers of the operands look like ---- */

/* Grid of the part of the producer on this chip, or NULL: inputs, weights, shares of a collective, other chips. */
static const struct grid *producer_grid(const struct search *s, const struct operand *x)
{
    const struct partition *p = s->l->p;
    uint32_t op = p->ops->tensors[x->tensor].producer;
    if (op == OP_NONE)
        return NULL;
    for (uint32_t i = p->first_part[op]; i < p->first_part[op + 1]; i++)
        if (p->parts[i].chip == s->x->chip)
            return s->l->outputs[i].rows.n > 0 ? &s->l->outputs[i] : NULL;
    return NULL;
}

/* Does each tile of the candidate read exactly one tile of the producer, the one of its own number? Then the unit
 * that wrote it can go on with it and nothing moves. */
static bool aligned(const struct search *s, const struct operand *x, const struct candidate *c)
{
    const struct grid *g = producer_grid(s, x);
    if (g == NULL || !same_cuts(c->rows, &g->rows, 0))
        return false;
    bool alone = c->cols->n == 1;
    switch (x->role) {
    case ROLE_ELEMENT:
        return same_cuts(c->cols, &g->cols, x->col0);
    case ROLE_ROWS:
        return g->cols.n == 1 && alone;
    case ROLE_A:
        return alone && x->cols == s->o->k && same_cuts(c->k, &g->cols, x->col0);
    default:
        return false;
    }
}

/* Row cuts of producers whose rows this op walks along are candidates too. */
static uint32_t add_inherited(const struct search *s, bool rows, struct cuts *out, uint32_t n)
{
    struct span extent = {rows ? s->x->row0 : s->x->col0, rows ? s->x->row0 + s->x->rows : s->x->col0 + s->x->cols};
    for (uint32_t i = 0; i < s->o->n_operands; i++) {
        const struct operand *x = &s->l->p->ops->operands[s->o->first_operand + i];
        bool walks = x->role == ROLE_ELEMENT || (rows && (x->role == ROLE_ROWS || x->role == ROLE_A));
        const struct grid *g = walks ? producer_grid(s, x) : NULL;
        if (g == NULL || n >= 2 * MAX_CUTS)
            continue;
        const struct cuts *from = rows ? &g->rows : &g->cols;
        uint32_t shift = rows ? 0 : x->col0;
        if (from->at[0] == extent.first + shift && from->at[from->n] == extent.end + shift) {
            out[n] = (struct cuts) {from->n, arena_alloc(s->l->scratch, ((size_t)from->n + 1) * sizeof *from->at)};
            for (uint32_t k = 0; k <= from->n; k++)
                out[n].at[k] = from->at[k] - shift;
            n++;
        }
    }
    return n;
}

/* ---- cost ---- */

static uint64_t largest_piece(const struct cuts *c)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < c->n; i++)
        if (c->at[i + 1] - c->at[i] > most)
            most = c->at[i + 1] - c->at[i];
    return most;
}

struct extent {
    uint64_t rows, cols;
};

/* What the largest tile reads of an operand, not less than any tile of the grid does; *k is what of its contraction
 * is left for this and the following left sides. */
static struct extent operand_extent(const struct search *s, const struct operand *x, const struct candidate *c,
                                    uint64_t *k)
{
    const struct op_window *w = &s->o->window;
    struct extent e = {c->r, c->c};
    switch (x->role) {
    case ROLE_A:
        e.cols = *k < x->cols ? *k : x->cols;
        *k -= e.cols;
        break;
    case ROLE_B:
        e.rows = c->kk;
        break;
    case ROLE_B_T:
        e = (struct extent) {c->c, c->kk};
        break;
    case ROLE_ROWS:
        e.cols = x->cols;
        break;
    case ROLE_WINDOW:
        e.rows = (ceil_div(c->r, w->out_width) - 1) * w->stride + w->kernel;
        e.rows = (e.rows < w->in_height ? e.rows : w->in_height) * w->in_width;
        if (s->o->kind == OP_CONV)
            e.cols = c->kk / ((uint64_t)w->kernel * w->kernel) + 2;
        e.cols = e.cols < x->cols ? e.cols : x->cols;
        break;
    default:
        break;
    }
    return e;
}

/* Tiles of the producer that one tile of the candidate touches. */
static uint64_t operand_pieces(const struct search *s, const struct operand *x, const struct candidate *c,
                               struct extent e)
{
    const struct grid *g = producer_grid(s, x);
    if (g == NULL || aligned(s, x, c))
        return e.cols > 0;
    uint64_t rows = g->rows.at[g->rows.n] - g->rows.at[0], cols = g->cols.at[g->cols.n] - g->cols.at[0];
    return ceil_div(e.rows * g->rows.n, rows) * ceil_div(e.cols * g->cols.n, cols);
}

/* An output that is cut by columns but read by whole rows has to be put together again. */
static bool breaks_rows(const struct search *s, const struct candidate *c)
{
    return c->cols->n > 1 && s->l->row_readers[s->o->output] > 0;
}

static void count_bytes(struct search *s, struct candidate *c)
{
    uint64_t most = 0, k = c->kk;
    c->in_bytes = c->moved_bytes = c->weight_bytes = c->pieces = 0;
    c->moves = false;
    for (uint32_t i = 0; i < s->o->n_operands; i++) {
        const struct operand *x = &s->l->p->ops->operands[s->o->first_operand + i];
        struct extent e = operand_extent(s, x, c, &k);
        uint64_t bytes = e.rows * e.cols * s->l->p->ops->tensors[x->tensor].elem_bytes;
        if (bytes > most) {
            most = bytes;
            s->largest = x->tensor;
        }
        c->in_bytes += bytes;
        c->pieces += operand_pieces(s, x, c, e);
        enum tensor_kind kind = s->l->p->ops->tensors[x->tensor].kind;
        if (kind == TENSOR_WEIGHT) {
            c->weight_bytes += bytes;
        } else if (!aligned(s, x, c)) {
            c->moved_bytes += bytes;
            c->moves = c->moves || kind == TENSOR_ACTIVATION;
        }
    }
    bool partial = c->k->n > 1 || s->l->p->spread[s->x->op] == SPREAD_K;
    c->out_bytes = c->r * c->c * (partial ? PARTIAL_BYTES : s->l->p->ops->tensors[s->o->output].elem_bytes);
}

/* Lane operations of the op itself on so many elements of its output. */
static uint64_t vector_share(const struct search *s, uint64_t elements)
{
    uint64_t all = (uint64_t)s->o->m * s->o->n;
    return all > 0 ? s->o->vector_ops / all * elements : 0;
}

/* Adding up the partials of a split contraction: as many reductions as there are tiles, those of all waves but the
 * last while others compute. */
static uint64_t reduce_cost(const struct search *s, const struct candidate *c, uint64_t waves)
{
    if (c->k->n == 1)
        return 0;
    const struct machine *m = s->l->m;
    uint64_t elements = ceil_div(c->r * c->c, c->k->n);
    uint64_t operations = elements * (c->k->n - 1) + vector_share(s, elements);
    struct task_needs needs;
    machine_needs(m, 1, 1, 0, operations, elements * PARTIAL_BYTES * c->k->n, elements * PARTIAL_BYTES, &needs);
    machine_needs_on(m, s->x->chip, &needs);
    uint64_t move = ceil_div(elements * PARTIAL_BYTES * (c->k->n - 1), m->flit_bytes);
    return waves * (needs.cycles + m->toggle_cycles) + move + TASK_OVERHEAD;
}

/* Copies of one weight in the units of a chip: each row tile needs it, but a unit that does several tiles does those
 * with the same weights first. */
uint64_t tiling_weight_copies(const struct lowering *l, uint32_t part, const struct grid *g)
{
    uint64_t tiles = (uint64_t)g->rows.n * g->cols.n * g->k.n;
    return ceil_div(g->rows.n, ceil_div(tiles * l->siblings[part], l->m->live_units[l->p->parts[part].chip]));
}

static uint64_t weight_copies_cost(const struct search *s, const struct candidate *c)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < s->o->n_operands; i++) {
        const struct operand *x = &s->l->p->ops->operands[s->o->first_operand + i];
        const struct tensor *t = &s->l->p->ops->tensors[x->tensor];
        if (t->kind == TENSOR_WEIGHT && x->role == ROLE_B)
            bytes += (uint64_t)s->x->k * s->x->cols * t->elem_bytes;
    }
    struct grid g = {*c->rows, *c->cols, *c->k};
    uint64_t wires = (uint64_t)s->l->m->live_units[s->x->chip] * s->l->m->flit_bytes;
    return s->l->weight_pressure * (tiling_weight_copies(s->l, s->part, &g) - 1) * ceil_div(bytes, wires);
}

/* Cycles for which the first tiles of all units wait: until, of the weights, those pieces are there that they read. */
static uint64_t first_weights(const struct search *s, const struct candidate *c)
{
    const struct part_reads *reads = s->l->reads ? &s->l->reads[s->part] : NULL;
    if (!reads || reads->bytes == 0)
        return 0;
    const struct machine *m = s->l->m;
    uint64_t pieces = (uint64_t)c->cols->n * c->k->n;
    uint64_t units = ceil_div(m->live_units[s->x->chip], s->l->siblings[s->part]);
    uint64_t bytes = ceil_div(reads->bytes * (pieces < units ? pieces : units), pieces);
    uint64_t there = reads->from + fraction_ticks(m->dram.rate, bytes) / (m->dram.rate.num * m->channels_per_chip);
    return there > reads->work ? there - reads->work : 0;
}

/* What follows on a tile waits for all of it; where it reads all rows it waits for all tiles whatever their size. */
static uint64_t lag_of(const struct search *s, uint64_t tile)
{
    bool all = s->l->o->whole && s->l->read_whole[s->o->output];
    return s->l->o->fine && !all ? tile / FINE_LAG : 0;
}

static uint64_t cost_of(const struct search *s, const struct candidate *c)
{
    const struct machine *m = s->l->m;
    uint64_t tiles = (uint64_t)c->rows->n * c->cols->n * c->k->n;
    uint64_t waves = ceil_div(tiles * s->l->siblings[s->part], m->live_units[s->x->chip]);
    uint64_t operations = c->k->n == 1 ? vector_share(s, c->r * c->c) : 0;
    struct task_needs needs;
    machine_needs(m, (uint32_t)c->r, (uint32_t)c->c, (uint32_t)c->kk, operations, c->in_bytes, c->out_bytes, &needs);
    machine_needs_on(m, s->x->chip, &needs);
    uint64_t compute = needs.cycles + m->toggle_cycles + TASK_OVERHEAD;
    uint64_t again = breaks_rows(s, c) ? ceil_div(c->out_bytes, m->flit_bytes) + c->cols->n * PIECE_CYCLES : 0;
    uint64_t latency = (c->moves ? MOVE_LATENCY : 0) + (again > 0 ? MOVE_LATENCY : 0);
    uint64_t move = ceil_div(c->moved_bytes, m->flit_bytes) + c->pieces * PIECE_CYCLES + again + latency;
    bool doubled = 2 * c->in_bytes + c->out_bytes <= s->l->sram_limit;
    uint64_t flow = doubled ? move + waves * (compute > move ? compute : move) : waves * (compute + move);
    uint64_t load = waves * move + ceil_div(waves, c->rows->n) * ceil_div(c->weight_bytes, m->flit_bytes);
    return flow + lag_of(s, compute) + load / LOAD_OVERLAP + reduce_cost(s, c, waves) + weight_copies_cost(s, c) +
           first_weights(s, c);
}

/* A unit that holds its operands: all of a task, or all partials of a sum. */
static bool fits_held(const struct search *s, const struct candidate *c)
{
    uint64_t reduce_bytes = c->k->n > 1 ? c->r * c->c * PARTIAL_BYTES * (c->k->n + 1) / c->k->n : 0;
    return c->in_bytes + c->out_bytes <= s->max_bytes && reduce_bytes <= s->max_bytes;
}

/* A unit that streams them: the sums of a tile. */
static bool fits_streamed(const struct search *s, const struct candidate *c)
{
    return s->o->k == 0 || c->r * c->c * PARTIAL_BYTES <= s->l->o->stream->accumulator_bytes;
}

/* Any machine of this silicon: operands fit a unit that holds them, sums half of the registers that an SM has by
 * default. */
static bool fits_all(const struct search *s, const struct candidate *c)
{
    return fits_held(s, c) && (s->o->k == 0 || c->r * c->c * PARTIAL_BYTES <= s->l->m->sram_bytes / 8);
}

/* Operands of every tile come through the unit's door while its engine works; what is moved is paid by others too. */
static uint64_t cost_streamed(const struct search *s, const struct candidate *c)
{
    const struct machine *m = s->l->m;
    const struct stream_limits *stream = s->l->o->stream;
    uint64_t tiles = (uint64_t)c->rows->n * c->cols->n * c->k->n;
    uint64_t waves = ceil_div(tiles * s->l->siblings[s->part], m->live_units[s->x->chip]);
    uint64_t operations = c->k->n == 1 ? vector_share(s, c->r * c->c) : 0;
    struct task_needs needs;
    machine_needs(m, (uint32_t)c->r, (uint32_t)c->c, (uint32_t)c->kk, operations, 0, 0, &needs);
    machine_needs_on(m, s->x->chip, &needs);
    uint64_t load = ceil_div(c->in_bytes, m->flit_bytes), store = ceil_div(c->out_bytes, m->flit_bytes);
    uint64_t work = (needs.cycles > load ? needs.cycles : load) + store;
    uint64_t parts = c->k->n, elements = ceil_div(c->r * c->c, parts);
    uint64_t sum =
        parts > 1 ? stream->level_cycles + waves * ceil_div(elements * PARTIAL_BYTES * parts, m->flit_bytes) : 0;
    return waves * (work + stream->task_cycles) + lag_of(s, work) + waves * load / LOAD_OVERLAP + sum;
}

enum { VIEW_HELD, VIEW_STREAMED, VIEW_ALL };
static const struct tiling_view views[] = {[VIEW_HELD] = {fits_held, cost_of},
                                           [VIEW_STREAMED] = {fits_streamed, cost_streamed},
                                           [VIEW_ALL] = {fits_all, cost_of}};

static const struct tiling_view *view_of(const struct lower_options *o)
{
    return &views[o->stream ? VIEW_STREAMED : o->tiling_common ? VIEW_ALL : VIEW_HELD];
}

static void try_candidate(struct search *s, const struct cuts *rows, const struct cuts *cols, const struct cuts *k)
{
    struct candidate c = {
        .rows = rows, .cols = cols, .k = k, .r = largest_piece(rows), .c = largest_piece(cols), .kk = largest_piece(k)};
    count_bytes(s, &c);
    if (!s->view->fits(s, &c))
        return;
    uint64_t tiles = (uint64_t)rows->n * cols->n * k->n;
    uint64_t cost = s->view->cost(s, &c);
    bool fewer = tiles < s->best_tiles || (tiles == s->best_tiles && rows->n > s->best.rows.n);
    if (cost < s->best_cost || (cost == s->best_cost && fewer)) {
        s->best = (struct grid) {*rows, *cols, *k};
        s->best_cost = cost;
        s->best_tiles = tiles;
    }
}

/* ---- search ---- */

struct axes {
    struct cuts rows[2 * MAX_CUTS], cols[2 * MAX_CUTS], k[MAX_CUTS];
    uint32_t n_rows, n_cols, n_k;
};

static void make_axes(const struct search *s, struct axes *a)
{
    struct lowering *l = s->l;
    struct span rows = {s->x->row0, s->x->row0 + s->x->rows}, cols = {s->x->col0, s->x->col0 + s->x->cols};
    struct span k = {s->x->k0, s->x->k0 + s->x->k};
    bool matrix = s->o->k > 0;
    a->n_rows = add_inherited(s, true, a->rows, add_even_cuts(l, rows, row_granule(s), a->rows));
    a->n_cols = add_inherited(s, false, a->cols, add_even_cuts(l, cols, matrix ? l->m->engine_n : 1, a->cols));
    a->n_k = add_even_cuts(l, k, NUMERIC_STEP, a->k);
}

static void search_grids(struct search *s, const struct axes *a, uint64_t max_tiles, uint64_t max_bytes)
{
    s->max_bytes = max_bytes;
    for (uint32_t i = 0; i < a->n_rows; i++)
        for (uint32_t j = 0; j < a->n_cols; j++)
            for (uint32_t k = 0; k < a->n_k; k++)
                if ((uint64_t)a->rows[i].n * a->cols[j].n * a->k[k].n <= max_tiles)
                    try_candidate(s, &a->rows[i], &a->cols[j], &a->k[k]);
}

/* More tiles are better than tiles beyond the wanted size, which leaves room for the next task's inputs and for what
 * stays. */
int tiling_choose(struct lowering *l, uint32_t part, struct grid *out)
{
    struct search s = {.l = l,
                       .view = view_of(l->o),
                       .part = part,
                       .x = &l->p->parts[part],
                       .o = &l->p->ops->ops[l->p->parts[part].op],
                       .best_cost = UINT64_MAX};
    struct axes *a = mem_alloc(sizeof *a);
    make_axes(&s, a);
    uint64_t tiles = (uint64_t)TILES_PER_UNIT * (l->o->fine ? 2 : 1) * l->m->live_units[s.x->chip];
    for (; s.best_cost == UINT64_MAX && tiles <= UINT32_MAX; tiles *= 2)
        search_grids(&s, a, tiles, l->sram_wanted);
    if (s.best_cost == UINT64_MAX)
        search_grids(&s, a, UINT64_MAX, l->sram_limit);
    free(a);
    if (s.best_cost == UINT64_MAX) {
        diag_add(l->d, "", 0, 0, "chip.units.sram",
                 "no tiling of %s lets a task fit %llu bytes of a unit's SRAM; tensor %s is the largest that it reads",
                 s.o->name, (unsigned long long)l->sram_limit, l->p->ops->tensors[s.largest].name);
        return SIM_ERR_BUILD;
    }
    *out = s.best;
    return SIM_OK;
}
