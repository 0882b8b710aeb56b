/* SPDX-License-Identifier: Apache-2.0 */
/* region.c - which part of an operand a piece of the output reads. */
#include "sim/base/error.h"
#include "sim/lower/lowering.h"

static struct span span_intersect(struct span a, struct span b)
{
    uint32_t first = a.first > b.first ? a.first : b.first;
    uint32_t end = a.end < b.end ? a.end : b.end;
    return (struct span) {first, end > first ? end : first};
}

struct area area_intersect(struct area a, struct area b)
{
    return (struct area) {span_intersect(a.rows, b.rows), span_intersect(a.cols, b.cols)};
}

bool area_empty(struct area a)
{
    return a.rows.end <= a.rows.first || a.cols.end <= a.cols.first;
}

uint64_t area_elements(struct area a)
{
    return area_empty(a) ? 0 : (uint64_t)span_size(a.rows) * span_size(a.cols);
}

bool area_inside(struct area inner, struct area outer)
{
    return inner.rows.first >= outer.rows.first && inner.rows.end <= outer.rows.end &&
           inner.cols.first >= outer.cols.first && inner.cols.end <= outer.cols.end;
}

/* Image rows that the windows of output rows first..end-1 touch: first * stride - pad .. cut to the image.
 * A window that lies wholly in the padding touches none. */
static struct span window_rows(const struct op_window *w, struct span out)
{
    int64_t first = (int64_t)out.first * w->stride - w->pad;
    int64_t end = (int64_t)(out.end - 1) * w->stride - w->pad + w->kernel;
    first = first < 0 ? 0 : first > w->in_height ? w->in_height : first;
    end = end < first ? first : end > w->in_height ? w->in_height : end;
    return (struct span) {(uint32_t)first, (uint32_t)end};
}

/* Pixels are stored row by row and tiles hold whole image rows, so whole image rows are read. A tile
 * inside one image row reads the whole rows around it: the columns it could leave out are not contiguous. */
static struct span window_pixels(const struct op_window *w, struct span pixels)
{
    struct span image = {pixels.first / w->out_width, (uint32_t)ceil_div(pixels.end, w->out_width)};
    struct span in = window_rows(w, image);
    return (struct span) {in.first * w->in_width, in.end * w->in_width};
}

/* Contraction of a convolution runs channel by channel, the whole window of a channel in turn. */
static struct span window_channels(const struct op *o, const struct box *box)
{
    if (o->kind != OP_CONV)
        return box->cols;
    uint32_t window = o->window.kernel * o->window.kernel;
    return (struct span) {box->k.first / window, (uint32_t)ceil_div(box->k.end, window)};
}

/* Where the slice of a ROLE_A operand starts in k: the slices stand side by side. */
static uint32_t k_start(const struct op_graph *g, const struct op *o, uint32_t operand)
{
    uint32_t k = 0;
    for (uint32_t i = 0; i < operand; i++)
        if (g->operands[o->first_operand + i].role == ROLE_A)
            k += g->operands[o->first_operand + i].cols;
    return k;
}

static struct span shifted(struct span s, uint32_t by)
{
    return (struct span) {s.first + by, s.end + by};
}

struct area operand_area(const struct op_graph *g, uint32_t op, uint32_t operand, const struct box *box)
{
    const struct op *o = &g->ops[op];
    const struct operand *x = &g->operands[o->first_operand + operand];
    struct span all = {x->col0, x->col0 + x->cols};
    switch (x->role) {
    case ROLE_A: {
        uint32_t start = k_start(g, o, operand);
        struct span k = span_intersect(box->k, (struct span) {start, start + x->cols});
        if (span_size(k) == 0)
            return (struct area) {box->rows, {x->col0, x->col0}};
        return (struct area) {box->rows, {k.first - start + x->col0, k.end - start + x->col0}};
    }
    case ROLE_B:
        return (struct area) {box->k, shifted(box->cols, x->col0)};
    case ROLE_B_T:
        return (struct area) {box->cols, shifted(box->k, x->col0)};
    case ROLE_ELEMENT:
    case ROLE_PARTIALS:
        return (struct area) {box->rows, shifted(box->cols, x->col0)};
    case ROLE_ROWS:
        return (struct area) {box->rows, all};
    case ROLE_WINDOW:
        return (struct area) {window_pixels(&o->window, box->rows), shifted(window_channels(o, box), x->col0)};
    case ROLE_ALL:
        break;
    }
    return (struct area) {{0, g->tensors[x->tensor].rows}, all};
}
