/* SPDX-License-Identifier: Apache-2.0 */
/* noc_figure.c - the load-latency curve as SVG, in grey, without anything from outside the file. */
#include <math.h>

#include "sim/cli/noc_sweep.h"

/* Points of the page. */
#define WIDTH  640.0
#define HEIGHT 420.0
#define LEFT   70.0
#define RIGHT  20.0
#define TOP    40.0
#define BOTTOM 55.0
#define SHOWN  6.0 /* latencies up to so many times the one without load; beyond it the curve leaves the page */
#define TICKS  5.0

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

static double mean_of(const struct noc_figures *f)
{
    return f->packet_latency_mean;
}

static double p99_of(const struct noc_figures *f)
{
    return (double)f->packet_latency_p99;
}

/* Up to the first point beyond saturation, and no further than the upper edge. */
static void draw_curve(const struct noc_sweep *w, const struct axes *a, double (*value)(const struct noc_figures *f),
                       const char *style, struct text *out)
{
    double last_rate = 0;
    double last = 0;
    text_add(out, "<path d=\"");
    for (size_t i = 0; i < w->n_points; i++) {
        double rate = (double)w->points[i].rate / NOC_RATE_ONE;
        double y = value(&w->points[i]);
        if (isnan(y)) {
            break;
        }
        if (y > a->latency && i > 0) { /* where the line between the two points meets the edge */
            rate = last_rate + (rate - last_rate) * (a->latency - last) / (y - last);
        }
        text_printf(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(a, rate), y_of(a, y));
        if (w->points[i].saturated || y > a->latency) {
            break;
        }
        last_rate = rate;
        last = y;
    }
    text_printf(out, "\" fill=\"none\" %s/>\n", style);
}

void noc_figure(const struct noc_sweep *w, const char *title, struct text *out)
{
    static const char mean_style[] = "stroke=\"black\" stroke-width=\"2\"";
    static const char p99_style[] = "stroke=\"#666\" stroke-width=\"1.5\" stroke-dasharray=\"5 3\"";
    double saturation = (double)w->saturation / NOC_RATE_ONE;
    double least = w->n_points && !isnan(mean_of(&w->points[0])) ? mean_of(&w->points[0]) : 1;
    double end = saturation * 1.15 < 0.02 ? 0.02 : saturation * 1.15;
    const struct axes a = {.rate = end > 1 ? 1 : end, .latency = SHOWN * least};
    draw_frame(&a, title, out);
    draw_curve(w, &a, p99_of, p99_style, out);
    draw_curve(w, &a, mean_of, mean_style, out);
    if (w->saturation) {
        text_printf(out, "<path d=\"M%.1f %.1fV%.1f\" stroke=\"black\" stroke-dasharray=\"1 3\"/>\n",
                    x_of(&a, saturation), TOP, HEIGHT - BOTTOM);
        text_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">keeps up to %.3f</text>\n",
                    x_of(&a, saturation) - 6, TOP + 14, saturation);
    }
    text_printf(out, "<path d=\"M%.1f %.1fh30\" %s/><text x=\"%.1f\" y=\"%.1f\">mean</text>\n", LEFT + 20, TOP + 14,
                mean_style, LEFT + 56, TOP + 18);
    text_printf(out, "<path d=\"M%.1f %.1fh30\" %s/><text x=\"%.1f\" y=\"%.1f\">99 %% of packets</text>\n", LEFT + 20,
                TOP + 32, p99_style, LEFT + 56, TOP + 36);
    text_add(out, "</svg>\n");
}
