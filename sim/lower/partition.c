/* SPDX-License-Identifier: Apache-2.0 */
/* partition.c - which chip does what of each op, and the collectives that join partials.
 *
 * Needs no machine: the same work on the same number of chips is spread alike on every machine, and
 * work_hash says so. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/lowering.h"

/* How one op is cut, decided from its consumers backwards. */
enum way { WAY_WHOLE, WAY_ALL, WAY_COLUMNS, WAY_ROWS, WAY_K, WAY_GROUP, WAY_RANGE };

struct cutter {
    struct partition *p;
    enum way *way;    /* per op */
    bool *rowwise;    /* per op: every reader reads its output by rows that are cut over the chips */
    uint32_t *ranged; /* per stage: ops with SPLIT_RANGE */
};

/* Cuts of columns and of the contraction go in whole groups; where any cut is allowed, in granules that
 * engines and the steps of 64 of a contraction like. A producer cut by columns and its reader cut along
 * the contraction have the same extent, hence the same cuts. */
static uint32_t granule_of(uint32_t extent, uint32_t group, uint32_t chips)
{
    if (group > 1)
        return group;
    if (extent >= 64u * chips)
        return 64;
    return extent >= 8u * chips ? 8 : 1;
}

struct span share_of(uint32_t extent, uint32_t granule, uint32_t sharers, uint32_t i)
{
    uint32_t granules = (uint32_t)ceil_div(extent, granule);
    uint32_t each = granules / sharers, more = granules % sharers;
    uint64_t first = ((uint64_t)i * each + (i < more ? i : more)) * granule;
    uint64_t end = first + (uint64_t)(each + (i < more)) * granule;
    first = first < extent ? first : extent;
    end = end < extent ? end : extent;
    return (struct span) {(uint32_t)first, (uint32_t)end};
}

static uint32_t row_granule(const struct op *o)
{
    return o->window.kernel > 0 && o->m % o->window.out_width == 0 ? o->window.out_width : 1;
}

/* ---- collectives ---- */

/* The op writes fp32 partials into a new tensor and a collective makes the old one of them. Both are
 * appended, so ids of ops and tensors, and with them all checksums, do not depend on the parallelism. */
static void insert_collective(struct op_graph *g, uint32_t op, uint32_t parts)
{
    uint32_t whole = g->ops[op].output;
    struct tensor t = g->tensors[whole];
    uint32_t partial = op_graph_add_tensor(g, TENSOR_ACTIVATION, t.rows, t.cols, PARTIAL_BYTES, "%s.partial", t.name);
    g->ops[op].output = partial;
    g->tensors[partial].producer = op;
    g->tensors[whole].producer = OP_NONE;
    uint32_t collective = op_graph_add_op(g, OP_COLLECTIVE, whole, "%s.all_reduce", g->ops[op].name);
    g->ops[collective].vector_ops = (uint64_t)(parts - 1) * t.rows * t.cols;
    g->ops[collective].layer = g->ops[op].layer;
    g->ops[collective].item = g->ops[op].item;
    g->ops[collective].stage = g->ops[op].stage;
    op_graph_add_operand(g, collective, partial, 0, t.cols, ROLE_PARTIALS);
}

static uint32_t k_granule(const struct partition *p, const struct op *o)
{
    return granule_of(o->k, o->group_cols, p->tensor_parallel);
}

static void insert_collectives(struct partition *p)
{
    if (p->tensor_parallel == 1)
        return;
    size_t before = p->ops->n_ops;
    for (uint32_t i = 0; i < before; i++) {
        const struct op *o = &p->ops->ops[i];
        if (o->split != SPLIT_K || o->k == 0)
            continue;
        uint64_t granules = ceil_div(o->k, k_granule(p, o));
        uint32_t parts = granules < p->tensor_parallel ? (uint32_t)granules : p->tensor_parallel;
        if (parts > 1)
            insert_collective(p->ops, i, parts);
    }
}

/* ---- ways ---- */

/* A matrix op that the source would replicate gets owners: MACs are never done twice. Columns keep the
 * weights apart; rows are for outputs of few columns. */
static enum way owner_way(const struct op *o, uint32_t chips)
{
    return o->n >= 8u * chips || o->n >= o->m ? WAY_COLUMNS : WAY_ROWS;
}

static enum way way_of(const struct cutter *c, uint32_t op)
{
    const struct op *o = &c->p->ops->ops[op];
    uint32_t chips = c->p->tensor_parallel;
    if (o->split == SPLIT_RANGE)
        return WAY_RANGE;
    if (chips == 1)
        return WAY_WHOLE;
    if (o->split == SPLIT_COLUMNS)
        return WAY_COLUMNS;
    if (o->split == SPLIT_GROUP)
        return WAY_GROUP;
    if (o->split == SPLIT_K && o->k > 0)
        return WAY_K;
    if (o->macs > 0)
        return owner_way(o, chips);
    return c->rowwise[op] ? WAY_ROWS : WAY_ALL;
}

static bool reads_by_rows(enum operand_role role)
{
    return role == ROLE_ELEMENT || role == ROLE_ROWS;
}

/* Readers before writers: an op whose readers all work on their own rows only, or that nobody reads,
 * need not be replicated. */
static void decide_ways(struct cutter *c, const uint32_t *order)
{
    const struct op_graph *g = c->p->ops;
    for (size_t i = 0; i < g->n_ops; i++)
        c->rowwise[i] = true;
    for (size_t i = g->n_ops; i-- > 0;) {
        uint32_t op = order[i];
        const struct op *o = &g->ops[op];
        c->way[op] = way_of(c, op);
        c->ranged[o->stage] += c->way[op] == WAY_RANGE;
        bool by_rows = c->way[op] == WAY_ROWS && o->macs == 0;
        for (uint32_t x = 0; x < o->n_operands; x++) {
            const struct operand *operand = &g->operands[o->first_operand + x];
            uint32_t producer = g->tensors[operand->tensor].producer;
            if (producer != OP_NONE && !(by_rows && reads_by_rows(operand->role)))
                c->rowwise[producer] = false;
        }
    }
}

/* ---- parts ---- */

static void add_part(struct partition *p, uint32_t op, uint32_t chip, struct span rows, struct span cols, struct span k)
{
    const struct op *o = &p->ops->ops[op];
    bool empty = rows.end == rows.first || (cols.end == cols.first && o->n > 0) || (k.end == k.first && o->k > 0);
    if (empty)
        return;
    *VEC_PUSH(p, parts) = (struct op_part) {.op = op,
                                            .chip = chip,
                                            .row0 = rows.first,
                                            .rows = rows.end - rows.first,
                                            .col0 = cols.first,
                                            .cols = cols.end - cols.first,
                                            .k0 = k.first,
                                            .k = k.end - k.first};
}

static uint32_t owner_of_group(const struct op *o, uint32_t chips)
{
    uint32_t chip = 0;
    while (chip + 1 < chips && share_of(o->group_count, 1, chips, chip).end <= o->group)
        chip++;
    return chip;
}

/* `chip_of_range` and all that follows count the chips of the op's stage. */
static void add_parts(struct partition *p, uint32_t op, enum way way, uint32_t chip_of_range)
{
    const struct op *o = &p->ops->ops[op];
    struct span rows = {0, o->m}, cols = {0, o->n}, k = {0, o->k};
    uint32_t chips = p->tensor_parallel, base = o->stage * chips;
    uint32_t only = way == WAY_GROUP ? owner_of_group(o, chips) : way == WAY_RANGE ? chip_of_range : 0;
    if (way == WAY_WHOLE || way == WAY_GROUP || way == WAY_RANGE) {
        add_part(p, op, base + only, rows, cols, k);
        return;
    }
    for (uint32_t chip = 0; chip < chips; chip++) {
        if (way == WAY_COLUMNS)
            cols = share_of(o->n, granule_of(o->n, o->group_cols, chips), chips, chip);
        else if (way == WAY_ROWS)
            rows = share_of(o->m, row_granule(o), chips, chip);
        else if (way == WAY_K)
            k = share_of(o->k, k_granule(p, o), chips, chip);
        add_part(p, op, base + chip, rows, cols, k);
    }
}

/* Chips among which the generic ops of a stage are dealt out: without a pipeline every chip of the server unless the
 * parallelism names fewer. */
static uint32_t range_chips(const struct partition *p)
{
    return p->tensor_parallel > 1 || p->pipeline > 1 ? p->tensor_parallel : p->chips;
}

/* Where the generic ops of a stage stand: the next one's rank among them, and its chip. */
struct range {
    uint32_t rank, chip;
};

static uint32_t next_in_range(const struct cutter *c, struct range *r, uint32_t stage)
{
    uint32_t chips = range_chips(c->p);
    SIM_CHECK(chips > 0, "stage %u has no chip", stage);
    while (r->chip + 1 < chips && share_of(c->ranged[stage], 1, chips, r->chip).end <= r->rank)
        r->chip++;
    r->rank++;
    return r->chip;
}

static void add_all_parts(struct cutter *c)
{
    struct partition *p = c->p;
    struct range *at = mem_alloc_array(p->pipeline, sizeof *at);
    for (uint32_t op = 0; op < p->ops->n_ops; op++) {
        uint32_t stage = p->ops->ops[op].stage;
        p->first_part[op] = (uint32_t)p->n_parts;
        add_parts(p, op, c->way[op], c->way[op] == WAY_RANGE ? next_in_range(c, &at[stage], stage) : 0);
        uint32_t parts = (uint32_t)p->n_parts - p->first_part[op];
        SIM_CHECK(parts > 0, "op %s belongs to no chip", p->ops->ops[op].name);
        p->spread[op] = c->way[op] == WAY_ALL ? SPREAD_ALL : c->way[op] == WAY_K && parts > 1 ? SPREAD_K : SPREAD_CUT;
    }
    p->first_part[p->ops->n_ops] = (uint32_t)p->n_parts;
    free(at);
}

/* ---- hash ---- */

/* Where all work lies on chip 0 the parallelism says all there is to say. */
static void hash_work(struct partition *p)
{
    struct text text = {0};
    bool spread = false;
    text_printf(&text, "parallel %u\n", p->tensor_parallel);
    if (p->pipeline > 1 || p->micro_batches > 1)
        text_printf(&text, "pipeline %u\nmicro_batches %u\n", p->pipeline, p->micro_batches);
    for (size_t i = 0; p->micro_batches > 1 && i < p->ops->n_ops; i++)
        text_printf(&text, "micro_batch %zu %u\n", i, p->ops->ops[i].micro_batch);
    for (size_t i = 0; i < p->n_parts; i++)
        spread = spread || p->parts[i].chip != 0;
    for (size_t i = 0; spread && i < p->n_parts; i++) {
        const struct op_part *x = &p->parts[i];
        text_printf(&text, "part %u %u %u %u %u %u %u %u\n", x->op, x->chip, x->row0, x->rows, x->col0, x->cols, x->k0,
                    x->k);
    }
    op_graph_work_hash(p->ops, text.s, p->work_hash);
    text_free(&text);
}

static int cut_ops(struct partition *p, struct diag *d)
{
    size_t n = p->ops->n_ops;
    struct cutter c = {
        .p = p, .way = mem_alloc_array(n, sizeof *c.way), .rowwise = mem_alloc_array(n, sizeof *c.rowwise)};
    c.ranged = mem_alloc_array(p->pipeline, sizeof *c.ranged);
    uint32_t *order = mem_alloc_array(n, sizeof *order);
    uint32_t *level = mem_alloc_array(n, sizeof *level);
    p->first_part = mem_alloc_array(n + 1, sizeof *p->first_part);
    p->spread = mem_alloc_array(n, sizeof *p->spread);
    int error = op_graph_order(p->ops, order, level, d);
    if (error == SIM_OK) {
        decide_ways(&c, order);
        add_all_parts(&c);
        hash_work(p);
    }
    free(order);
    free(level);
    free(c.way);
    free(c.rowwise);
    free(c.ranged);
    return error;
}

/* ---- all ---- */

static int check_chips(const struct partition *p, struct diag *d)
{
    uint32_t tensor = p->tensor_parallel;
    if (tensor < 1 || tensor > p->chips) {
        diag_add(d, "", 0, 0, "workload.parallel.tensor", "%u is outside 1..%u, the chips of the server", tensor,
                 p->chips);
        return SIM_ERR_INPUT;
    }
    if ((uint64_t)tensor * p->pipeline > p->chips) {
        diag_add(d, "", 0, 0, "workload.parallel.pipeline",
                 "%u stages of %u chips are more than the %u chips of the server; allowed: 1..%u", p->pipeline, tensor,
                 p->chips, p->chips / tensor);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

/* Whole items each, in their order. */
static int deal_micro_batches(struct partition *p, struct diag *d)
{
    struct op_graph *g = p->ops;
    if (g->items % p->micro_batches != 0) {
        diag_add(d, "", 0, 0, "workload.parallel.micro_batches",
                 "%u micro-batches cannot share the %u items of the batch alike; allowed: a divisor of %u",
                 p->micro_batches, g->items, g->items);
        return SIM_ERR_INPUT;
    }
    for (size_t i = 0; i < g->n_ops; i++)
        g->ops[i].micro_batch = g->ops[i].item / (g->items / p->micro_batches);
    return SIM_OK;
}

int partition_spread(struct partition *p, struct op_graph *ops, uint32_t chips, const struct parallel *x,
                     struct diag *d)
{
    *p = (struct partition) {.ops = ops,
                             .chips = chips,
                             .tensor_parallel = x->tensor,
                             .pipeline = x->pipeline > 0 ? x->pipeline : 1,
                             .micro_batches = x->micro_batches > 0 ? x->micro_batches : 1};
    int error = op_graph_check(ops, d);
    error = error ? error : check_chips(p, d);
    error = error ? error : stages_cut(ops, p->pipeline, d);
    if (error == SIM_OK) {
        insert_collectives(p);
        error = deal_micro_batches(p, d);
    }
    error = error ? error : cut_ops(p, d);
    if (error != SIM_OK)
        partition_free(p);
    return error;
}

int partition_build(struct partition *p, struct op_graph *ops, uint32_t chips, uint32_t tensor_parallel, struct diag *d)
{
    return partition_spread(p, ops, chips, &(struct parallel) {tensor_parallel, 1, 1}, d);
}

int lower_partition(struct partition *p, struct op_graph *ops, const struct machine *m, const struct lower_options *o,
                    struct diag *d)
{
    struct parallel x = {o->tensor_parallel, o->pipeline, o->micro_batches};
    return partition_spread(p, ops, m->chips, &x, d);
}

void partition_free(struct partition *p)
{
    op_graph_free(p->ops);
    free(p->parts);
    free(p->first_part);
    free(p->spread);
    *p = (struct partition) {0};
}
