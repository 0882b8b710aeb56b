/* SPDX-License-Identifier: Apache-2.0 */
/* stages.c - the stages of a pipeline: runs of layers, or of operations in topological order where there are none.
 *
 *     layers      l0  l1 | l2  l3 | l4  l5       the heaviest stage as light as it can be (and 1/16 more), among these
 *     stages       0     |    1   |    2         cuts over the fewest bytes, then the most even ones
 *
 * Needs no machine. Work is counted in lane operations, a MAC as 1/8 of one (assumed: matrix engines do 8 MACs in the
 * time in which lanes do one operation); generic ops by their cycles. docs/model/parallel.md. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/lowering.h"

#define MACS_PER_OPERATION 8u
#define SLACK              16u   /* the heaviest stage may be one part in so many heavier than it must */
#define RUNS_MAX           1024u /* operations without layers are cut between at most so many runs */
#define EVENNESS           1024u

struct cost {
    uint64_t bytes;   /* over all cuts */
    uint64_t squares; /* of the work of the stages, the heaviest allowed one being 1024: even ones have the least */
};

struct cutter {
    const struct op_graph *g;
    uint32_t runs;
    uint32_t *run_of; /* per op */
    uint64_t *before; /* runs + 1: work of all runs before */
    uint64_t *border; /* runs + 1: bytes that cross from runs before to this one or later ones */
};

static uint64_t work_of(const struct op *o)
{
    return o->kind == OP_GENERIC ? o->cycles + 1 : o->macs / MACS_PER_OPERATION + o->vector_ops + 1;
}

static void find_runs(struct cutter *c, const uint32_t *order)
{
    size_t n = c->g->n_ops;
    c->runs = c->g->layers > 0 ? c->g->layers : n < RUNS_MAX ? (uint32_t)n : RUNS_MAX;
    for (size_t i = 0; i < n; i++)
        c->run_of[order[i]] =
            c->g->layers > 0 ? c->g->ops[order[i]].layer : (uint32_t)((uint64_t)i * c->runs / (uint64_t)n);
}

/* A value that several later runs read crosses all borders up to the last of them. */
static void weigh_borders(struct cutter *c)
{
    const struct op_graph *g = c->g;
    uint32_t *last = mem_alloc_array(g->n_tensors, sizeof *last);
    for (size_t i = 0; i < g->n_ops; i++)
        for (uint32_t k = 0; k < g->ops[i].n_operands; k++) {
            uint32_t tensor = g->operands[g->ops[i].first_operand + k].tensor;
            last[tensor] = c->run_of[i] > last[tensor] ? c->run_of[i] : last[tensor];
        }
    for (size_t t = 0; t < g->n_tensors; t++) {
        if (g->tensors[t].producer == OP_NONE)
            continue;
        for (uint32_t run = c->run_of[g->tensors[t].producer] + 1; run <= last[t]; run++)
            c->border[run] += op_tensor_bytes(&g->tensors[t]);
    }
    free(last);
}

static void weigh(struct cutter *c)
{
    c->before = mem_alloc_array((size_t)c->runs + 1, sizeof *c->before);
    c->border = mem_alloc_array((size_t)c->runs + 1, sizeof *c->border);
    for (size_t i = 0; i < c->g->n_ops; i++)
        c->before[c->run_of[i] + 1] += work_of(&c->g->ops[i]);
    for (uint32_t i = 0; i < c->runs; i++)
        c->before[i + 1] += c->before[i];
    weigh_borders(c);
}

/* Do the runs fit into so many stages of at most `most` work? */
static bool fits(const struct cutter *c, uint32_t stages, uint64_t most)
{
    uint64_t first = 0;
    for (uint32_t i = 0; i < c->runs; i++) {
        if (c->before[i + 1] - c->before[i] > most)
            return false;
        if (c->before[i + 1] - first <= most)
            continue;
        first = c->before[i];
        if (--stages == 0)
            return false;
    }
    return true;
}

static uint64_t heaviest(const struct cutter *c, uint32_t stages)
{
    uint64_t low = 0, high = c->before[c->runs];
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (fits(c, stages, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

static bool less(struct cost a, struct cost b)
{
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.squares < b.squares;
}

/* best[i]: of the first i runs in s stages, from the same in one stage fewer; from[i]: where the last stage begins. */
static void add_stage(const struct cutter *c, uint64_t most, const struct cost *fewer, struct cost *best,
                      uint32_t *from)
{
    uint64_t unit = most / EVENNESS + 1;
    for (uint32_t i = 0; i <= c->runs; i++) {
        best[i] = (struct cost) {UINT64_MAX, 0};
        for (uint32_t j = i; j-- > 0 && c->before[i] - c->before[j] <= most;) {
            uint64_t work = (c->before[i] - c->before[j]) / unit;
            struct cost x = {fewer[j].bytes, fewer[j].squares + work * work};
            if (x.bytes == UINT64_MAX)
                continue;
            x.bytes += j > 0 ? c->border[j] : 0;
            if (less(x, best[i])) {
                best[i] = x;
                from[i] = j;
            }
        }
    }
}

static void cut(struct cutter *c, uint32_t stages, uint32_t *stage_of_run)
{
    size_t row = (size_t)c->runs + 1;
    uint64_t most = heaviest(c, stages);
    struct cost *best = mem_alloc_array(row * ((size_t)stages + 1), sizeof *best);
    uint32_t *from = mem_alloc_array(row * ((size_t)stages + 1), sizeof *from);
    most += most / SLACK;
    for (size_t i = 1; i < row; i++)
        best[i].bytes = UINT64_MAX;
    for (uint32_t s = 1; s <= stages; s++)
        add_stage(c, most, &best[(s - 1) * row], &best[s * row], &from[s * row]);
    uint32_t end = c->runs;
    for (uint32_t s = stages; s > 0; s--) {
        for (uint32_t i = from[s * row + end]; i < end; i++)
            stage_of_run[i] = s - 1;
        end = from[s * row + end];
    }
    SIM_CHECK(end == 0, "%u runs of ops are not cut into %u stages", c->runs, stages);
    free(best);
    free(from);
}

static int check_stages(const struct cutter *c, uint32_t stages, struct diag *d)
{
    if (stages <= c->runs)
        return SIM_OK;
    diag_add(d, "", 0, 0, "workload.parallel.pipeline", "%u stages are more than the %u %s of the work; allowed: 1..%u",
             stages, c->runs, c->g->layers > 0 ? "layers" : "operations", c->runs);
    return SIM_ERR_INPUT;
}

int stages_cut(struct op_graph *g, uint32_t stages, struct diag *d)
{
    if (stages == 1)
        return SIM_OK;
    uint32_t *order = mem_alloc_array(g->n_ops, sizeof *order), *level = mem_alloc_array(g->n_ops, sizeof *level);
    struct cutter c = {.g = g, .run_of = mem_alloc_array(g->n_ops, sizeof *c.run_of)};
    int error = op_graph_order(g, order, level, d);
    if (error == SIM_OK) {
        find_runs(&c, order);
        error = check_stages(&c, stages, d);
    }
    if (error == SIM_OK) {
        uint32_t *stage_of_run = mem_alloc_array(c.runs, sizeof *stage_of_run);
        weigh(&c);
        cut(&c, stages, stage_of_run);
        for (size_t i = 0; i < g->n_ops; i++)
            g->ops[i].stage = stage_of_run[c.run_of[i]];
        free(stage_of_run);
    }
    free(order);
    free(level);
    free(c.run_of);
    free(c.before);
    free(c.border);
    return error;
}
