/* SPDX-License-Identifier: Apache-2.0 */
/* bound_path.c - the longest chain of work and hops.
 *
 *     start(part) = latest over its operands of
 *                     start(producer's part) + work + hops x latency
 *                   work = one row of what is read, or all of it where each output needs the whole
 *     path        = latest over all parts of start + one row
 *
 * A node's work runs at the peak of all units of its chip; it takes at least one cycle. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/bound.h"

struct path {
    const struct bound_work *w;
    uint64_t *start; /* per part */
};

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Cycles that the units need for `elements` of the part's output. */
static uint64_t work_cycles(const struct path *x, const struct op_part *part, uint64_t elements)
{
    const struct machine *m = x->w->m;
    const struct op *o = &x->w->g->ops[part->op];
    if (o->kind == OP_GENERIC) {
        return machine_slowed(m, part->chip, later(o->cycles, 1)); /* one task on one unit: nobody can share it */
    }
    uint64_t size = (uint64_t)o->m * o->n, speed = bound_speed(m, part->chip);
    for (uint32_t c = 0; o->kind == OP_COLLECTIVE && c < x->w->chips; c++) {
        speed += c == part->chip ? 0 : bound_speed(m, c); /* any chip may add */
    }
    uint64_t operations = o->kind == OP_COLLECTIVE && m->adders > 0 ? 0 : o->vector_ops; /* switches may add */
    uint64_t matrix = bound_scaled(elements * part->k, 1000, speed * m->macs_per_cycle);
    uint64_t vector = bound_scaled((size > 0 ? operations / size : 0) * elements, 1000, speed * m->vector_lanes);
    return later(later(matrix, vector), 1);
}

static uint64_t hop_cycles(const struct path *x, uint32_t from, uint32_t to)
{
    return machine_chip_cycles(x->w->m, from, to);
}

/* When the part of `area` that `producer` makes can be on chip `to`, its first row or all of it. */
static uint64_t arrival(const struct path *x, uint32_t producer, struct area area, bool whole, uint32_t to)
{
    const struct op_part *q = &x->w->p->parts[producer];
    struct area made = area_intersect(part_area(q), area);
    uint64_t elements = whole ? area_elements(made) : span_size(made.cols);
    return x->start[producer] + work_cycles(x, q, elements) + hop_cycles(x, q->chip, to);
}

/* A copy on every chip: the reader's own, else the one that is there first. */
static uint64_t arrival_of_copy(const struct path *x, uint32_t op, struct area area, bool whole, uint32_t to)
{
    const struct partition *p = x->w->p;
    uint64_t first = UINT64_MAX;
    for (uint32_t i = p->first_part[op]; i < p->first_part[op + 1]; i++) {
        uint64_t t = arrival(x, i, area, whole, to);
        if (p->parts[i].chip == to) {
            return t;
        }
        first = t < first ? t : first;
    }
    return first;
}

/* All pieces must come. A single row lies in one piece where the producer is cut by rows: the earliest
 * one then; else a row lies in all of them. */
static uint64_t arrival_of_pieces(const struct path *x, uint32_t op, struct area area, bool whole, uint32_t to)
{
    const struct partition *p = x->w->p;
    uint32_t first_part = p->first_part[op], end = p->first_part[op + 1];
    bool by_rows = p->parts[first_part].row0 != p->parts[end - 1].row0;
    uint64_t last = 0, first = UINT64_MAX;
    for (uint32_t i = first_part; i < end; i++) {
        if (area_empty(area_intersect(part_area(&p->parts[i]), area))) {
            continue;
        }
        uint64_t t = arrival(x, i, area, whole, to);
        last = later(last, t);
        first = t < first ? t : first;
    }
    return first == UINT64_MAX || whole || !by_rows ? last : first;
}

/* A dependence without bytes holds nothing that would have to travel. */
static uint64_t end_of(const struct path *x, uint32_t op)
{
    const struct partition *p = x->w->p;
    uint64_t end = 0;
    for (uint32_t i = p->first_part[op]; i < p->first_part[op + 1]; i++) {
        end = later(end, x->start[i] + work_cycles(x, &p->parts[i], 1));
    }
    return end;
}

static uint64_t ready(const struct path *x, const struct op_part *part, uint32_t operand)
{
    const struct op_graph *g = x->w->g;
    const struct op *o = &g->ops[part->op];
    const struct operand *read = &g->operands[o->first_operand + operand];
    const struct tensor *t = &g->tensors[read->tensor];
    if (t->producer == OP_NONE) {
        return 0;
    }
    if (op_tensor_bytes(t) == 0) {
        return end_of(x, t->producer);
    }
    struct box box = part_box(part);
    struct area area = operand_area(g, part->op, operand, &box);
    bool nothing =
        read->role == ROLE_WINDOW && o->window.pad >= o->window.kernel; /* a border pixel reads padding only */
    if (nothing || area_empty(area)) {
        return 0;
    }
    bool whole = read->role == ROLE_B || read->role == ROLE_B_T || read->role == ROLE_ALL;
    return x->w->p->spread[t->producer] == SPREAD_ALL ? arrival_of_copy(x, t->producer, area, whole, part->chip)
                                                      : arrival_of_pieces(x, t->producer, area, whole, part->chip);
}

static uint64_t start_of(const struct path *x, const struct op_part *part)
{
    uint64_t start = 0;
    for (uint32_t i = 0; i < x->w->g->ops[part->op].n_operands; i++) {
        start = later(start, ready(x, part, i));
    }
    return start;
}

uint64_t bound_path(const struct bound_work *w)
{
    const struct partition *p = w->p;
    size_t n = w->g->n_ops;
    struct path x = {.w = w, .start = mem_alloc_array(p->n_parts, sizeof *x.start)};
    uint32_t *order = mem_alloc_array(n, sizeof *order), *level = mem_alloc_array(n, sizeof *level);
    struct diag d;
    diag_init(&d);
    SIM_CHECK(op_graph_order(w->g, order, level, &d) == SIM_OK, "a partition of a graph with a cycle");
    diag_free(&d);
    uint64_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = p->first_part[order[i]]; k < p->first_part[order[i] + 1]; k++) {
            x.start[k] = start_of(&x, &p->parts[k]);
            longest = later(longest, x.start[k] + work_cycles(&x, &p->parts[k], p->parts[k].cols));
        }
    }
    free(order);
    free(level);
    free(x.start);
    return longest;
}
