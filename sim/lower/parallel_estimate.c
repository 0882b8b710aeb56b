/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_estimate.c - about how long a work takes, spread like this, on silicon that all machines share.
 *
 *     stage 0  | m0 | m1 | m2 |           turn(s)  = levels of a micro-batch on the stage, its collectives
 *     stage 1       | m0 | m1 | m2 |      way(s)   = what comes from other stages
 *              \____________/\____/
 *              (M - 1) x the longest turn or way, and once through all turns and ways
 *
 * docs/model/parallel.md has the formula and what it leaves out. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/bound.h"
#include "sim/lower/parallel_choice.h"

#define LEVEL_OVERHEAD 112u /* a level's start and its inputs' way on the chip: 48 + 64, as in tiling.c */

/* What a chip has to do in one level, of one micro-batch. */
struct load {
    uint64_t steps; /* of a matrix engine */
    uint64_t operations;
    uint64_t cycles, longest; /* generic ops */
    bool any;
};

/* The collectives of one level on a stage, of one micro-batch: side by side. */
struct sums {
    uint64_t bytes, operations, far, holders;
};

struct estimate {
    const struct partition *p;
    const struct op_graph *g;
    const struct machine *m;
    uint32_t *level; /* per op */
    uint32_t levels;
    struct load *loads; /* levels x chips */
    struct sums *sums;  /* levels x stages */
    uint64_t *in;       /* per chip: bytes from other stages */
    uint64_t *away;     /* per chip: cycles to the farthest chip from which they come */
    uint64_t *weights;  /* per chip: bytes */
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* All micro-batches are alike: the first one stands for them. */
static bool counts(const struct op *o)
{
    return o->micro_batch == 0;
}

static void add_load(struct estimate *e, const struct op_part *x)
{
    const struct op *o = &e->g->ops[x->op];
    struct load *load = &e->loads[(size_t)e->level[x->op] * e->m->chips + x->chip];
    uint64_t size = (uint64_t)o->m * o->n;
    load->any = true;
    if (x->k > 0)
        load->steps +=
            ceil_div(x->rows, e->m->engine_m) * ceil_div(x->cols, e->m->engine_n) * ceil_div(x->k, e->m->engine_k);
    load->operations += (size > 0 ? o->vector_ops / size : 0) * x->rows * x->cols;
    if (o->kind == OP_GENERIC) {
        load->cycles += o->cycles;
        load->longest = later(load->longest, o->cycles);
    }
}

static uint64_t load_cycles(const struct machine *m, uint32_t chip, const struct load *x)
{
    uint64_t units = m->live_units[chip];
    uint64_t work = ceil_div(x->steps, units) + ceil_div(x->operations, units * m->vector_lanes);
    uint64_t generic = later(ceil_div(x->cycles, units), x->longest);
    return x->any ? LEVEL_OVERHEAD + m->toggle_cycles + machine_slowed(m, chip, later(work, generic)) : 0;
}

/* ---- collectives ---- */

/* Chip links among the chips of a stage, those from and to switches included. */
static uint64_t stage_links(const struct estimate *e, uint32_t stage)
{
    const struct machine *m = e->m;
    uint32_t first = stage * e->p->tensor_parallel, end = first + e->p->tensor_parallel;
    uint64_t n = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        bool from = l->from_node >= first && l->from_node < end;
        n += l->type == LINK_CHIP && !l->dead && from &&
             (l->to_node >= m->chips || (l->to_node >= first && l->to_node < end));
    }
    return n > 0 ? n : 1;
}

/* n - 1 messages of each partial and, where all need the sum, n - 1 of that, evenly over the links of the stage; a
 * latency for each of the two rounds; the additions on all units of the holders. */
static void add_collective(struct estimate *e, uint32_t op)
{
    const struct op *o = &e->g->ops[op];
    const struct machine *m = e->m;
    uint32_t producer = e->g->tensors[e->g->operands[o->first_operand].tensor].producer;
    const struct op_part *parts = &e->p->parts[e->p->first_part[producer]];
    uint64_t n = e->p->first_part[producer + 1] - e->p->first_part[producer], elements = (uint64_t)o->m * o->n;
    bool all = e->p->spread[op] == SPREAD_ALL;
    struct sums *sum = &e->sums[(size_t)e->level[op] * e->p->pipeline + o->stage];
    sum->bytes += (n - 1) * elements * (PARTIAL_BYTES + (all ? e->g->tensors[o->output].elem_bytes : 0));
    sum->operations += o->vector_ops;
    sum->holders = later(sum->holders, n);
    for (uint64_t i = 1; i < n; i++)
        sum->far = later(sum->far, machine_chip_cycles(m, parts[0].chip, parts[i].chip) * (all ? 2 : 1));
}

/* Additions on the holders, as on the chip of the stage that takes longest for its share of them. */
static uint64_t addition_cycles(const struct estimate *e, uint32_t stage, const struct sums *sum)
{
    const struct machine *m = e->m;
    uint64_t slowest = 0;
    for (uint32_t i = 0; i < e->p->tensor_parallel; i++) {
        uint32_t chip = stage * e->p->tensor_parallel + i;
        uint64_t lanes = sum->holders * m->live_units[chip] * m->vector_lanes;
        slowest = later(slowest, machine_slowed(m, chip, ceil_div(sum->operations, lanes)));
    }
    return slowest;
}

static uint64_t sum_cycles(const struct estimate *e, uint32_t level, uint32_t stage)
{
    const struct sums *sum = &e->sums[(size_t)level * e->p->pipeline + stage];
    const struct machine *m = e->m;
    if (sum->holders == 0)
        return 0;
    return LEVEL_OVERHEAD + sum->far + bound_transfer_cycles(sum->bytes, machine_line(m)->rate, stage_links(e, stage)) +
           addition_cycles(e, stage, sum);
}

/* ---- what a chip reads ---- */

/* A chip that has the value, for a reader on another stage: the one at its place. */
static uint32_t giver(const struct estimate *e, uint32_t stage, uint32_t reader)
{
    uint32_t chips = e->p->tensor_parallel;
    return stage * chips + reader % chips;
}

/* Most of a tensor that one op on a chip reads: ops of a chip share what they read. */
static void read_tensor(struct estimate *e, uint32_t tensor, uint32_t chip, uint64_t elements)
{
    const struct tensor *t = &e->g->tensors[tensor];
    if (t->kind == TENSOR_WEIGHT)
        e->weights[chip] += elements * t->elem_bytes;
    if (t->producer == OP_NONE || e->g->ops[t->producer].stage == chip / e->p->tensor_parallel || elements == 0)
        return;
    e->in[chip] += elements * t->elem_bytes;
    e->away[chip] = later(e->away[chip], machine_chip_cycles(e->m, giver(e, e->g->ops[t->producer].stage, chip), chip));
}

/* Uses of a tensor by a chip come as operands of several ops; the largest counts. */
struct use {
    uint32_t tensor, chip;
    uint64_t elements;
};

static int by_tensor_and_chip(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    if (x->tensor != y->tensor)
        return x->tensor < y->tensor ? -1 : 1;
    if (x->chip != y->chip)
        return x->chip < y->chip ? -1 : 1;
    return (x->elements < y->elements) - (x->elements > y->elements);
}

static void add_reads(struct estimate *e)
{
    const struct partition *p = e->p;
    size_t most = 0, n = 0;
    for (size_t i = 0; i < p->n_parts; i++)
        most += e->g->ops[p->parts[i].op].n_operands;
    struct use *uses = mem_alloc_array(most, sizeof *uses);
    for (size_t i = 0; i < p->n_parts; i++) {
        const struct op *o = &e->g->ops[p->parts[i].op];
        struct box box = part_box(&p->parts[i]);
        for (uint32_t k = 0; counts(o) && k < o->n_operands; k++)
            uses[n++] = (struct use) {e->g->operands[o->first_operand + k].tensor, p->parts[i].chip,
                                      area_elements(operand_area(e->g, p->parts[i].op, k, &box))};
    }
    qsort(uses, n, sizeof *uses, by_tensor_and_chip);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || uses[i].tensor != uses[i - 1].tensor || uses[i].chip != uses[i - 1].chip)
            read_tensor(e, uses[i].tensor, uses[i].chip, uses[i].elements);
    free(uses);
}

/* ---- the sum ---- */

/* Weights beyond three quarters of the SRAM come anew for each micro-batch. */
static uint64_t fetch_cycles(const struct estimate *e, uint32_t chip)
{
    const struct machine *m = e->m;
    uint64_t room = (uint64_t)m->live_units[chip] * m->sram_bytes / 4 * 3;
    return e->weights[chip] <= room ? 0 : bound_transfer_cycles(e->weights[chip], m->dram.rate, m->channels_per_chip);
}

static uint64_t turn_of(const struct estimate *e, uint32_t stage, uint32_t first, uint32_t end)
{
    uint64_t turn = 0, fetch = 0;
    for (uint32_t level = 0; level < e->levels; level++) {
        uint64_t slowest = 0;
        for (uint32_t chip = first; chip < end; chip++)
            slowest = later(slowest, load_cycles(e->m, chip, &e->loads[(size_t)level * e->m->chips + chip]));
        turn += slowest + sum_cycles(e, level, stage);
    }
    for (uint32_t chip = first; chip < end; chip++)
        fetch = later(fetch, fetch_cycles(e, chip));
    return later(turn, fetch);
}

static uint64_t way_of(const struct estimate *e, uint32_t first, uint32_t end)
{
    uint64_t way = 0;
    for (uint32_t chip = first; chip < end; chip++)
        if (e->in[chip] > 0)
            way = later(way, e->away[chip] + bound_transfer_cycles(e->in[chip], machine_line(e->m)->rate, 1));
    return way;
}

static uint64_t sum_up(const struct estimate *e)
{
    const struct partition *p = e->p;
    uint64_t once = 0, longest = 0;
    for (uint32_t stage = 0; stage < p->pipeline; stage++) {
        /* Generic ops without any parallelism named lie on all chips. */
        uint32_t first = p->pipeline == 1 ? 0 : stage * p->tensor_parallel;
        uint32_t end = p->pipeline == 1 ? e->m->chips : first + p->tensor_parallel;
        uint64_t turn = turn_of(e, stage, first, end), way = way_of(e, first, end);
        once += turn + way;
        longest = later(longest, later(turn, way));
    }
    return once + (p->micro_batches - 1) * longest;
}

static void weigh(struct estimate *e, const uint32_t *order)
{
    for (size_t i = 0; i < e->g->n_ops; i++)
        e->levels = e->level[i] >= e->levels ? e->level[i] + 1 : e->levels;
    e->loads = mem_alloc_array((size_t)e->levels * e->m->chips, sizeof *e->loads);
    e->sums = mem_alloc_array((size_t)e->levels * e->p->pipeline, sizeof *e->sums);
    for (size_t i = 0; i < e->g->n_ops; i++) {
        uint32_t op = order[i];
        if (!counts(&e->g->ops[op]))
            continue;
        if (e->g->ops[op].kind == OP_COLLECTIVE)
            add_collective(e, op);
        for (uint32_t k = e->p->first_part[op]; e->g->ops[op].kind != OP_COLLECTIVE && k < e->p->first_part[op + 1];
             k++)
            add_load(e, &e->p->parts[k]);
    }
    add_reads(e);
}

uint64_t parallel_estimate(const struct partition *p, const struct machine *m)
{
    struct estimate e = {.p = p, .g = p->ops, .m = m};
    uint32_t *order = mem_alloc_array(p->ops->n_ops, sizeof *order);
    struct lower_bound bound;
    struct diag d;
    diag_init(&d);
    e.level = mem_alloc_array(p->ops->n_ops, sizeof *e.level);
    e.in = mem_alloc_array(m->chips, sizeof *e.in);
    e.away = mem_alloc_array(m->chips, sizeof *e.away);
    e.weights = mem_alloc_array(m->chips, sizeof *e.weights);
    SIM_CHECK(op_graph_order(p->ops, order, e.level, &d) == SIM_OK, "a partition of a graph with a cycle");
    weigh(&e, order);
    uint64_t cycles = sum_up(&e);
    lower_bound_of(p, m, false, &bound);
    free(order);
    free(e.level);
    free(e.loads);
    free(e.sums);
    free(e.in);
    free(e.away);
    free(e.weights);
    diag_free(&d);
    return later(cycles, bound.cycles);
}
