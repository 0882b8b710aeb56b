/* SPDX-License-Identifier: Apache-2.0 */
/* lower_bound.c - no machine of this silicon can be quicker: compute, path, links, memory.
 *
 * Definition and derivations: docs/model/bounds.md. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/lower/bound.h"

uint64_t bound_transfer_cycles(uint64_t bytes, struct fraction rate, uint64_t lines)
{
    /* bytes x den may pass 64 bits where bytes and den both are large */
    __extension__ unsigned __int128 ticks = (unsigned __int128)bytes * rate.den;
    __extension__ unsigned __int128 per_cycle = (unsigned __int128)rate.num * lines;
    return (uint64_t)((ticks + per_cycle - 1) / per_cycle);
}

uint64_t bound_scaled(uint64_t work, uint64_t num, uint64_t den)
{
    __extension__ unsigned __int128 product = (unsigned __int128)work * num;
    return (uint64_t)((product + den - 1) / den);
}

uint64_t bound_speed(const struct machine *m, uint32_t chip)
{
    return ceil_div((uint64_t)m->live_units[chip] * 1000 * 1000, m->slow_permille[chip]);
}

/* ---- which chip reads what ---- */

static void collect_uses(struct bound_work *w)
{
    const struct partition *p = w->p;
    const struct op_graph *g = w->g;
    w->first_use = mem_alloc_array(g->n_tensors + 1, sizeof *w->first_use);
    for (size_t i = 0; i < p->n_parts; i++) {
        const struct op *o = &g->ops[p->parts[i].op];
        for (uint32_t k = 0; k < o->n_operands; k++) {
            w->first_use[g->operands[o->first_operand + k].tensor + 1]++;
        }
    }
    for (size_t t = 0; t < g->n_tensors; t++) {
        w->first_use[t + 1] += w->first_use[t];
    }
    w->uses = mem_alloc_array(w->first_use[g->n_tensors], sizeof *w->uses);
    uint32_t *at = mem_alloc_array(g->n_tensors, sizeof *at);
    for (size_t i = 0; i < p->n_parts; i++) {
        const struct op_part *part = &p->parts[i];
        const struct op *o = &g->ops[part->op];
        struct box box = part_box(part);
        w->chips = part->chip >= w->chips ? part->chip + 1 : w->chips;
        for (uint32_t k = 0; k < o->n_operands; k++) {
            uint32_t t = g->operands[o->first_operand + k].tensor;
            w->uses[w->first_use[t] + at[t]++] =
                (struct bound_use) {.chip = part->chip, .area = operand_area(g, part->op, k, &box)};
        }
    }
    free(at);
}

/* ---- compute ---- */

struct chip_work {
    uint64_t matrix;  /* cycles of a matrix engine */
    uint64_t vector;  /* lane operations */
    uint64_t generic; /* cycles of a unit */
};

static void add_part_work(const struct bound_work *w, const struct op_part *x, struct chip_work *sum)
{
    const struct machine *m = w->m;
    const struct op *o = &w->g->ops[x->op];
    uint64_t size = (uint64_t)o->m * o->n;
    if (x->k > 0) {
        sum->matrix += ceil_div(x->rows, m->engine_m) * ceil_div(x->cols, m->engine_n) * ceil_div(x->k, m->engine_k);
    }
    sum->vector += (size > 0 ? o->vector_ops / size : 0) * x->rows * x->cols;
    sum->generic += o->kind == OP_GENERIC ? o->cycles : 0;
}

/* `speed`: thousandths of a unit's engines. */
static uint64_t longest_of(const struct bound_work *w, const struct chip_work *sum, uint64_t speed)
{
    SIM_CHECK(speed > 0, "work on no unit");
    uint64_t cycles = bound_scaled(sum->matrix, 1000, speed);
    uint64_t vector = bound_scaled(sum->vector, 1000, speed * w->m->vector_lanes);
    uint64_t generic = bound_scaled(sum->generic, 1000, speed);
    cycles = vector > cycles ? vector : cycles;
    return generic > cycles ? generic : cycles;
}

/* Each chip does its parts; additions of a collective may fall to any of them, so they count in the
 * whole only. */
uint64_t bound_compute(const struct bound_work *w)
{
    const struct partition *p = w->p;
    struct chip_work *sums = mem_alloc_array(w->chips, sizeof *sums);
    struct chip_work all = {0};
    for (size_t i = 0; i < p->n_parts; i++) {
        if (w->g->ops[p->parts[i].op].kind != OP_COLLECTIVE) {
            add_part_work(w, &p->parts[i], &sums[p->parts[i].chip]);
        }
    }
    uint64_t cycles = 0, together_speed = 0;
    for (uint32_t c = 0; c < w->chips; c++) {
        uint64_t speed = bound_speed(w->m, c), one = longest_of(w, &sums[c], speed);
        together_speed += speed;
        cycles = one > cycles ? one : cycles;
        all.matrix += sums[c].matrix;
        all.vector += sums[c].vector;
        all.generic += sums[c].generic;
    }
    for (size_t i = 0; w->m->adders == 0 && i < w->g->n_ops; i++) { /* else switches may add */
        all.vector += w->g->ops[i].kind == OP_COLLECTIVE ? w->g->ops[i].vector_ops : 0;
    }
    uint64_t together = longest_of(w, &all, together_speed);
    free(sums);
    return together > cycles ? together : cycles;
}

/* ---- memory ---- */

uint64_t bound_memory(const struct bound_work *w)
{
    const struct op_graph *g = w->g;
    struct region read = {0};
    uint64_t bytes = 0;
    for (uint32_t t = 0; t < g->n_tensors; t++) {
        const struct tensor *x = &g->tensors[t];
        if (x->is_output) {
            bytes += op_tensor_bytes(x);
        }
        if (x->producer != OP_NONE) {
            continue;
        }
        region_clear(&read);
        for (uint32_t i = w->first_use[t]; i < w->first_use[t + 1]; i++) {
            region_add(&read, w->uses[i].area);
        }
        bytes += region_elements(&read) * x->elem_bytes;
    }
    region_free(&read);
    return bound_transfer_cycles(bytes, w->m->dram.rate, (uint64_t)w->m->channels_per_chip * w->m->chips);
}

/* ---- all ---- */

void lower_bound_of(const struct partition *p, const struct machine *m, bool cold, struct lower_bound *out)
{
    struct bound_work w = {.p = p, .g = p->ops, .m = m, .chips = 1};
    SIM_CHECK(p->chips == m->chips, "work for %u chips on a machine of %u", p->chips, m->chips);
    collect_uses(&w);
    *out = (struct lower_bound) {.compute = bound_compute(&w),
                                 .path = bound_path(&w),
                                 .links = bound_links(&w),
                                 .memory = cold ? bound_memory(&w) : 0};
    free(w.first_use);
    free(w.uses);
    const struct {
        const char *name;
        uint64_t cycles;
    } each[] = {{"compute", out->compute}, {"path", out->path}, {"links", out->links}, {"memory", out->memory}};
    out->by = each[0].name;
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        if (each[i].cycles > out->cycles) {
            out->cycles = each[i].cycles;
            out->by = each[i].name;
        }
    }
}
