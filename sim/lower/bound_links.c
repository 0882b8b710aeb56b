/* SPDX-License-Identifier: Apache-2.0 */
/* bound_links.c - the unique payload that must cross the boundary of each chip.
 *
 *     tensor cut over chips:   into c    what c reads and does not own
 *                              out of o  what o owns and some other chip reads, once
 *     all-reduce of one element over n holders, wanted by w chips (docs/model/bounds.md):
 *                              n - 1 messages of a partial until the first chip has the sum,
 *                              then one message for each of the w - 1 others
 *                              and at least one into each that wants it, out of each that holds a partial
 *
 * Traffic that a chip only passes on is not unique payload and not counted. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/bound.h"

struct crossing {
    const struct bound_work *w;
    struct region *wanted; /* per chip: of the tensor at hand */
    struct region any, others;
    uint64_t *in, *out; /* bytes, per chip */
    uint64_t total_in;  /* of all chips together: more than the sum of in[], as a collective may choose
                           which chip gets more */
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void collect_wanted(struct crossing *x, uint32_t tensor)
{
    const struct bound_work *w = x->w;
    for (uint32_t c = 0; c < w->chips; c++) {
        region_clear(&x->wanted[c]);
    }
    for (uint32_t i = w->first_use[tensor]; i < w->first_use[tensor + 1]; i++) {
        region_add(&x->wanted[w->uses[i].chip], w->uses[i].area);
    }
}

/* Elements of `area` that some chip other than `chip` wants. */
static uint64_t wanted_by_others(struct crossing *x, uint32_t chip, struct area area)
{
    region_clear(&x->others);
    for (uint32_t c = 0; c < x->w->chips; c++) {
        for (size_t i = 0; c != chip && i < x->wanted[c].n_areas; i++) {
            region_add(&x->others, area_intersect(x->wanted[c].areas[i], area));
        }
    }
    return region_elements(&x->others);
}

static void cross_owned(struct crossing *x, uint32_t op, uint64_t elem_bytes)
{
    const struct partition *p = x->w->p;
    for (uint32_t i = p->first_part[op]; i < p->first_part[op + 1]; i++) {
        uint32_t owner = p->parts[i].chip;
        struct area area = part_area(&p->parts[i]);
        for (uint32_t c = 0; c < x->w->chips; c++) {
            uint64_t bytes = c == owner ? 0 : region_inside(&x->wanted[c], area) * elem_bytes;
            x->in[c] += bytes;
            x->total_in += bytes;
        }
        x->out[owner] += wanted_by_others(x, owner, area) * elem_bytes;
    }
}

/* Every chip of a stage has all of it; chips of other stages must get what they read, from any of them. */
static void cross_copies(struct crossing *x, uint32_t op, uint64_t elem_bytes)
{
    const struct partition *p = x->w->p;
    for (uint32_t c = 0; c < x->w->chips; c++) {
        bool own = c / p->tensor_parallel == x->w->g->ops[op].stage;
        uint64_t bytes = own ? 0 : region_elements(&x->wanted[c]) * elem_bytes;
        x->in[c] += bytes;
        x->total_in += bytes;
    }
}

static void cross_collective(struct crossing *x, uint32_t op)
{
    const struct bound_work *w = x->w;
    const struct partition *p = w->p;
    const struct tensor *whole = &w->g->tensors[w->g->ops[op].output];
    const struct tensor *partial = &w->g->tensors[w->g->operands[w->g->ops[op].first_operand].tensor];
    const uint32_t *holders = &p->first_part[partial->producer];
    uint64_t message = smaller(whole->elem_bytes, partial->elem_bytes), wanted = 0;
    for (uint32_t i = p->first_part[op]; p->spread[op] == SPREAD_CUT && i < p->first_part[op + 1]; i++) {
        region_add(&x->wanted[p->parts[i].chip], part_area(&p->parts[i])); /* its owner ends up with it */
    }
    region_clear(&x->any);
    for (uint32_t c = 0; c < w->chips; c++) {
        uint64_t elements = region_elements(&x->wanted[c]);
        wanted += elements;
        x->in[c] += elements * message;
        for (size_t i = 0; i < x->wanted[c].n_areas; i++) {
            region_add(&x->any, x->wanted[c].areas[i]);
        }
    }
    uint64_t elements = region_elements(&x->any);
    if (w->m->adders > 0) {
        x->total_in += message * wanted; /* partials end in a switch */
    } else {
        x->total_in += (holders[1] - holders[0] - 1) * partial->elem_bytes * elements + message * (wanted - elements);
    }
    for (uint32_t i = holders[0]; i < holders[1]; i++) {
        uint32_t chip = p->parts[i].chip;
        x->out[chip] += wanted_by_others(x, chip, (struct area) {{0, whole->rows}, {0, whole->cols}}) * message;
    }
}

static void cross_tensors(struct crossing *x)
{
    const struct op_graph *g = x->w->g;
    for (uint32_t t = 0; t < g->n_tensors; t++) {
        uint32_t op = g->tensors[t].producer;
        if (op == OP_NONE || x->w->p->spread[op] == SPREAD_K) {
            continue; /* where inputs lie is a matter of placement; partials come with their collective */
        }
        bool collective = g->ops[op].kind == OP_COLLECTIVE;
        bool copies = x->w->p->spread[op] == SPREAD_ALL;
        if (!collective && copies && x->w->p->pipeline == 1) {
            continue; /* every chip has its own */
        }
        collect_wanted(x, t);
        if (collective) {
            cross_collective(x, op);
        } else if (copies) {
            cross_copies(x, op, g->tensors[t].elem_bytes);
        } else {
            cross_owned(x, op, g->tensors[t].elem_bytes);
        }
    }
}

static uint64_t slowest_boundary(const struct crossing *x)
{
    const struct machine *m = x->w->m;
    struct fraction rate = machine_line(m)->rate; /* all links have one */
    uint64_t slowest = 0, lines = 0;
    for (uint32_t c = 0; c < x->w->chips; c++) {
        uint64_t own = machine_live_links(m, c), most = x->in[c] > x->out[c] ? x->in[c] : x->out[c];
        uint64_t cycles = bound_transfer_cycles(most, rate, own);
        slowest = cycles > slowest ? cycles : slowest;
        lines += own;
    }
    uint64_t all = bound_transfer_cycles(x->total_in, rate, lines);
    return slowest > all ? slowest : all;
}

uint64_t bound_links(const struct bound_work *w)
{
    if (w->chips == 1) {
        return 0;
    }
    struct crossing x = {.w = w};
    x.wanted = mem_alloc_array(w->chips, sizeof *x.wanted);
    x.in = mem_alloc_array(w->chips, sizeof *x.in);
    x.out = mem_alloc_array(w->chips, sizeof *x.out);
    cross_tensors(&x);
    uint64_t cycles = slowest_boundary(&x);
    for (uint32_t c = 0; c < w->chips; c++) {
        region_free(&x.wanted[c]);
    }
    region_free(&x.any);
    region_free(&x.others);
    free(x.wanted);
    free(x.in);
    free(x.out);
    return cycles;
}
