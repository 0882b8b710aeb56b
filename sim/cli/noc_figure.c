/* SPDX-License-Identifier: Apache-2.0 */
/* noc_figure.c - the load-latency curve as SVG, in grey, without anything from outside the file. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/mem.h"
#include "sim/cli/noc_slots.h"

/* Points of the page. */
#define WIDTH  640.0
#define HEIGHT 420.0
#define LEFT   70.0
#define RIGHT  20.0
#define TOP    40.0
#define BOTTOM 55.0
#define SHOWN  6.0 /* latencies up to so many times the one without load; beyond it the curve leaves the page */
#define TICKS  5.0
#define MARK   3.5 /* half its size */

struct axes {
    double rate, latency; /* at the right and the upper end */
};

static double x_of(const struct axes *a, double rate)
{
    return LEFT + rate / a->rate * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct axes *a, double latency)
{
    double part = latency / a->latency;
    return HEIGHT - BOTTOM - (part > 1 ? 1 : part) * (HEIGHT - TOP - BOTTOM);
}

/* 1, 2 or 5 times a power of ten, TICKS of which reach the end at least. */
static double tick(double end)
{
    static const double steps[] = {2, 5, 10};
    double size = 1e-6;
    while (size * 10 * TICKS <= end) {
        size *= 10;
    }
    double best = size;
    for (int i = 0; i < 3; i++) {
        best = steps[i] * size * TICKS <= end ? steps[i] * size : best;
    }
    return best;
}

static void draw_frame(const struct axes *a, const char *title, struct text *out)
{
    text_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
        WIDTH, HEIGHT, WIDTH, HEIGHT);
    text_printf(out, "<text x=\"%.1f\" y=\"22\" text-anchor=\"middle\" font-size=\"14\">%s</text>\n", WIDTH / 2, title);
    double step = tick(a->rate);
    for (int i = 0; i * step <= a->rate * 1.0001; i++) {
        text_printf(out,
                    "<path d=\"M%.1f %.1fV%.1f\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%.1f\" "
                    "text-anchor=\"middle\">%g</text>\n",
                    x_of(a, i * step), TOP, HEIGHT - BOTTOM, x_of(a, i * step), HEIGHT - BOTTOM + 18, i * step);
    }
    step = tick(a->latency);
    for (int i = 0; i * step <= a->latency * 1.0001; i++) {
        text_printf(out,
                    "<path d=\"M%.1f %.1fH%.1f\" stroke=\"#ddd\"/><text x=\"%.1f\" y=\"%.1f\" "
                    "text-anchor=\"end\">%g</text>\n",
                    LEFT, y_of(a, i * step), WIDTH - RIGHT, LEFT - 6, y_of(a, i * step) + 4, i * step);
    }
    text_printf(out, "<path d=\"M%.1f %.1fV%.1fH%.1f\" fill=\"none\" stroke=\"black\"/>\n", LEFT, TOP, HEIGHT - BOTTOM,
                WIDTH - RIGHT);
    text_printf(out,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">offered load (flits per node and cycle)</text>\n",
                (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14);
    text_printf(out,
                "<text transform=\"translate(20 %.1f) rotate(-90)\" text-anchor=\"middle\">packet latency "
                "(cycles)</text>\n",
                (TOP + HEIGHT - BOTTOM) / 2);
}

struct point {
    double rate, value;
    bool saturated;
};

/* Where a curve ends: it leaves the page, or its network saturates. */
static void draw_leaving(double x, double y, struct text *out)
{
    text_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fh%.1fz\" fill=\"black\"/>\n", x, y, MARK, 2 * MARK, -2 * MARK);
}

static void draw_saturated(double x, double y, struct text *out)
{
    text_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"white\" stroke=\"black\"/>\n", x, y, MARK);
}

/* Up to the first point beyond saturation, and no further than the upper edge. */
static void draw_curve(const struct point *points, size_t n, const struct axes *a, const char *style, struct text *out)
{
    double last_rate = 0;
    double last = 0;
    double x = 0;
    bool leaves = false;
    bool saturated = false;
    text_add(out, "<path d=\"");
    for (size_t i = 0; i < n && !leaves && !saturated && !isnan(points[i].value); i++) {
        double rate = points[i].rate;
        double y = points[i].value;
        leaves = y > a->latency;
        if (leaves && i > 0) { /* where the line between the two points meets the edge */
            rate = last_rate + (rate - last_rate) * (a->latency - last) / (y - last);
        }
        x = x_of(a, rate);
        text_printf(out, "%c%.1f %.1f", i ? 'L' : 'M', x, y_of(a, y));
        saturated = points[i].saturated;
        last_rate = rate;
        last = y;
    }
    text_printf(out, "\" fill=\"none\" %s/>\n", style);
    if (leaves) {
        draw_leaving(x, TOP, out);
    } else if (saturated) {
        draw_saturated(x, y_of(a, last), out);
    }
}

static struct point point_of(const struct noc_figures *f, double value)
{
    return (struct point) {(double)f->rate / NOC_RATE_ONE, value, f->saturated};
}

static void draw_name(double x, double y, const char *style, const char *name, struct text *out)
{
    text_printf(out, "<path d=\"M%.1f %.1fh30\" %s/><text x=\"%.1f\" y=\"%.1f\">%s</text>\n", x, y, style, x + 36,
                y + 4, name);
}

/* What the ends of curves mean, below the names. */
static void draw_ends(double x, double y, struct text *out)
{
    draw_saturated(x + 15, y, out);
    text_printf(out, "<text x=\"%.1f\" y=\"%.1f\">saturated: grows with the window</text>\n", x + 36, y + 4);
    draw_leaving(x + 15, y + 18 - MARK, out);
    text_printf(out, "<text x=\"%.1f\" y=\"%.1f\">leaves the page</text>\n", x + 36, y + 22);
}

static double least_latency(const struct noc_sweep *w)
{
    return w->n_points && !isnan(w->points[0].packet_latency_mean) ? w->points[0].packet_latency_mean : 1;
}

void noc_figure(const struct noc_sweep *w, const char *title, struct text *out)
{
    static const char mean_style[] = "stroke=\"black\" stroke-width=\"2\"";
    static const char p99_style[] = "stroke=\"#666\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"";
    double saturation = (double)w->saturation / NOC_RATE_ONE;
    double end = saturation * 1.15 < 0.02 ? 0.02 : saturation * 1.15;
    const struct axes a = {.rate = end > 1 ? 1 : end, .latency = SHOWN * least_latency(w)};
    struct point *mean = mem_alloc_array(w->n_points, sizeof *mean), *p99 = mem_alloc_array(w->n_points, sizeof *p99);
    for (size_t i = 0; i < w->n_points; i++) {
        mean[i] = point_of(&w->points[i], w->points[i].packet_latency_mean);
        p99[i] = point_of(&w->points[i], (double)w->points[i].packet_latency_p99);
    }
    draw_frame(&a, title, out);
    draw_curve(p99, w->n_points, &a, p99_style, out);
    draw_curve(mean, w->n_points, &a, mean_style, out);
    if (w->saturation) {
        text_printf(out, "<path d=\"M%.1f %.1fV%.1f\" stroke=\"black\" stroke-dasharray=\"1 3\"/>\n",
                    x_of(&a, saturation), TOP, HEIGHT - BOTTOM);
        text_printf(out,
                    "<text transform=\"translate(%.1f %.1f) rotate(-90)\" text-anchor=\"middle\">keeps up to "
                    "%.3f</text>\n",
                    x_of(&a, saturation) + 16, (TOP + HEIGHT - BOTTOM) / 2, saturation);
    }
    draw_name(LEFT + 20, TOP + 14, mean_style, "mean", out);
    draw_name(LEFT + 20, TOP + 32, p99_style, "99 % of packets", out);
    draw_ends(LEFT + 20, TOP + 50, out);
    text_add(out, "</svg>\n");
    free(mean);
    free(p99);
}

/* Both networks: the axis of rates reaches as far as the one that keeps up longer. */
static struct axes both_axes(const struct noc_sweep *queued, const struct slot_sweep *scheduled)
{
    double last = (double)queued->saturation / NOC_RATE_ONE;
    for (size_t i = 0; i < scheduled->n_points; i++) {
        double rate = (double)scheduled->points[i].rate / NOC_RATE_ONE;
        last = !scheduled->points[i].saturated && rate > last ? rate : last;
    }
    double end = last * 1.15 < 0.02 ? 0.02 : last * 1.15;
    return (struct axes) {.rate = end > 1 ? 1 : end, .latency = SHOWN * least_latency(queued)};
}

void noc_slots_figure(const struct noc_sweep *queued, const struct slot_sweep *scheduled, const char *title,
                      struct text *out)
{
    static const char queued_style[] = "stroke=\"black\" stroke-width=\"2\"";
    static const char created_style[] = "stroke=\"#666\" stroke-width=\"2\" stroke-dasharray=\"7 3\"";
    static const char slot_style[] = "stroke=\"#666\" stroke-width=\"2\" stroke-dasharray=\"2 3\"";
    const struct axes a = both_axes(queued, scheduled);
    struct point *q = mem_alloc_array(queued->n_points, sizeof *q);
    struct point *created = mem_alloc_array(scheduled->n_points, sizeof *created);
    struct point *slot = mem_alloc_array(scheduled->n_points, sizeof *slot);
    for (size_t i = 0; i < queued->n_points; i++) {
        q[i] = point_of(&queued->points[i], queued->points[i].packet_latency_mean);
    }
    for (size_t i = 0; i < scheduled->n_points; i++) {
        const struct slot_figures *f = &scheduled->points[i];
        double rate = (double)f->rate / NOC_RATE_ONE;
        created[i] = (struct point) {rate, f->latency_mean, f->saturated};
        slot[i] = (struct point) {rate, f->from_slot_mean, f->saturated};
    }
    draw_frame(&a, title, out);
    draw_curve(q, queued->n_points, &a, queued_style, out);
    draw_curve(created, scheduled->n_points, &a, created_style, out);
    draw_curve(slot, scheduled->n_points, &a, slot_style, out);
    draw_name(LEFT + 20, TOP + 14, queued_style, "queued, from creation", out);
    draw_name(LEFT + 20, TOP + 32, created_style, "scheduled, from creation (waits for its slot)", out);
    draw_name(LEFT + 20, TOP + 50, slot_style, "scheduled, from its slot", out);
    draw_ends(LEFT + 20, TOP + 68, out);
    text_add(out, "</svg>\n");
    free(q);
    free(created);
    free(slot);
}
