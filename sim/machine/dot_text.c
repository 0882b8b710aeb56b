/* SPDX-License-Identifier: Apache-2.0 */
/* dot_text.c - nodes, curves and frames as Graphviz statements. */
#include "sim/machine/dot_text.h"

#include <inttypes.h>
#include <math.h>

#define TITLE_HEIGHT 16.0
#define LINE_HEIGHT  18.0
#define LABEL_WIDTH  46.0
#define LABEL_HEIGHT 20.0 /* of two lines */

static const struct shape {
    const char *text;
    double width, height;
} shapes[] = {
    [DOT_CHIP] = {"shape=box, fillcolor=\"#dce9f7\", fontsize=10", 66, 34},
    [DOT_SWITCH] = {"shape=box3d, fillcolor=\"#f7e3c4\", fontsize=10", 64, 30},
    [DOT_ADDING_SWITCH] = {"shape=box, peripheries=2, fillcolor=\"#f7e3c4\", fontsize=10", 64, 30},
    [DOT_ROUTER] = {"shape=circle, fillcolor=\"#eeeeee\", fontsize=8", 26, 26},
    [DOT_UNIT] = {"shape=box, fillcolor=\"#dce9f7\", fontsize=8", 36, 16},
    [DOT_MEMORY] = {"shape=cylinder, fillcolor=\"#d5ecd4\", fontsize=8", 36, 18},
    [DOT_SLICE] = {"shape=box, fillcolor=\"#d5ecd4\", fontsize=8", 36, 16},
    [DOT_PORT] = {"shape=box, fillcolor=\"#f3d9e6\", fontsize=8", 42, 24},
};

void dot_widen(struct dot_bounds *b, struct dot_point p, double margin)
{
    b->low.x = fmin(b->low.x, p.x - margin);
    b->low.y = fmin(b->low.y, p.y - margin);
    b->high.x = fmax(b->high.x, p.x + margin);
    b->high.y = fmax(b->high.y, p.y + margin);
}

static void widen(struct dot *d, struct dot_point p, double margin)
{
    if (!d->any) {
        d->bounds = (struct dot_bounds) {p, p};
        d->any = true;
    }
    dot_widen(&d->bounds, p, margin);
}

static void point(struct text *out, struct dot_point p)
{
    text_printf(out, "%ld,%ld", lround(p.x), lround(p.y));
}

void dot_open(struct dot *d, struct text *out, const char *comment)
{
    *d = (struct dot) {.out = out};
    text_printf(
        out,
        "// %s\ndigraph machine {\n  layout=nop2;\n  outputorder=edgesfirst;\n  fontname=Helvetica;\n  fontsize=12;\n"
        "  node [style=filled, fontname=Helvetica, fixedsize=shape, margin=0];\n"
        "  edge [dir=none, color=\"#555555\", fontname=Helvetica, fontsize=8];\n",
        comment);
}

void dot_node(struct dot *d, const struct dot_node *n)
{
    const struct shape *s = &shapes[n->shape];
    text_printf(d->out, "  \"%s\" [%s, width=%.2f, height=%.2f, pos=\"", n->name, s->text, s->width / 72,
                s->height / 72);
    point(d->out, n->at);
    text_printf(d->out, "\", label=\"%s\"", n->label);
    if (n->tip) {
        text_printf(d->out, ", tooltip=\"%s\"", n->tip);
    }
    text_add(d->out, n->dotted ? ", style=\"filled,dotted\"];\n" : "];\n");
    widen(d, n->at, s->width / 2);
}

/* Of a cubic curve whose middle lies `bulge` beside the straight line; its ends leave the nodes steeply. */
static struct dot_point control(const struct dot_edge *e, double part, double bulge)
{
    double dx = e->b.x - e->a.x, dy = e->b.y - e->a.y, length = hypot(dx, dy);
    double across = length > 0 ? bulge / length : 0;
    return (struct dot_point) {e->a.x + part * dx - across * dy, e->a.y + part * dy + across * dx};
}

/* Outside of a curve, above or left of a line, as far off as the label needs. */
static struct dot_point label_place(const struct dot_edge *e)
{
    double dx = e->b.x - e->a.x, dy = e->b.y - e->a.y, length = fmax(1, hypot(dx, dy));
    double space = LABEL_WIDTH / 2 * fabs(dy) / length + LABEL_HEIGHT / 2 * fabs(dx) / length + 2;
    bool left = e->bulge > 0 || (e->bulge == 0 && (fabs(dx) >= fabs(dy) ? dx > 0 : dy > 0));
    return control(e, 0.5, e->bulge + (left ? space : -space));
}

void dot_edge(struct dot *d, const struct dot_edge *e)
{
    double lift = e->bulge * 4 / 3, part = e->bulge == 0 ? 1.0 / 3 : 0.15;
    struct dot_point curve[4] = {e->a, control(e, part, lift), control(e, 1 - part, lift), e->b};
    text_printf(d->out, "  \"%s\" -> \"%s\" [pos=\"", e->from, e->to);
    for (int i = 0; i < 4; i++) {
        text_add(d->out, i ? " " : "");
        point(d->out, curve[i]);
    }
    text_add(d->out, e->dotted ? "\", style=dotted" : "\"");
    if (e->labelled) {
        struct dot_point middle = label_place(e);
        text_printf(d->out, ", label=\"%s\", lp=\"", e->label);
        point(d->out, middle);
        text_add(d->out, "\"];\n");
        widen(d, middle, LABEL_WIDTH / 2);
    } else {
        text_printf(d->out, ", tooltip=\"%s\"];\n", e->label);
    }
    widen(d, control(e, 0.5, e->bulge), 2);
}

void dot_box(struct dot *d, const char *name, const char *title, struct dot_bounds b)
{
    struct dot_point at = {(b.low.x + b.high.x) / 2, b.high.y + TITLE_HEIGHT / 2};
    b.high.y += TITLE_HEIGHT;
    text_printf(d->out, "  subgraph cluster_%s {\n    label=\"%s\"; lp=\"", name, title);
    point(d->out, at);
    text_add(d->out, "\"; bb=\"");
    point(d->out, b.low);
    text_add(d->out, ",");
    point(d->out, b.high);
    text_add(d->out, "\"; style=rounded; color=\"#999999\"; fontsize=11;\n");
    widen(d, b.low, 4);
    widen(d, b.high, 4);
}

void dot_box_end(struct dot *d)
{
    text_add(d->out, "  }\n");
}

void dot_close(struct dot *d, const char *legend)
{
    double lines = 1;
    for (const char *s = legend; *s; s++) {
        lines += s[0] == '\\' && s[1] == 'n';
    }
    const struct dot_bounds *b = &d->bounds;
    struct dot_point at = {(b->low.x + b->high.x) / 2, b->high.y + 20 + LINE_HEIGHT * lines / 2};
    text_printf(d->out, "  label=\"%s\";\n  lp=\"", legend);
    point(d->out, at);
    text_add(d->out, "\";\n}\n");
}

void dot_rate(struct text *out, struct fraction rate)
{
    double value = (double)rate.num / (double)rate.den;
    if (rate.den == 1) {
        text_printf(out, "%" PRIu64 " B/clk", rate.num);
    } else {
        text_printf(out, value >= 1000 ? "%.0f B/clk" : "%.4g B/clk", value);
    }
}
