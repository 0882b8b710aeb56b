/* SPDX-License-Identifier: Apache-2.0 */
/* dot_text.h - Graphviz text of a drawing whose places are known; private to sim/machine.
 *
 *     dot_open --> dot_node, dot_edge, dot_box .. dot_box_end in any order --> dot_close
 *
 * The text names the layout engine (nop2), the place of every node and the curve of every edge, so `dot -Tsvg` draws
 * what is written and looks for no places of its own: a ring is round and a mesh has its rows, also when they are
 * large. Lengths are points (1/72 inch), y upwards; what is written is rounded to whole points. */
#ifndef SIM_MACHINE_DOT_TEXT_H
#define SIM_MACHINE_DOT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/fraction.h"
#include "sim/base/text.h"

struct dot_point {
    double x, y;
};

struct dot_bounds {
    struct dot_point low, high;
};

enum dot_shape { DOT_CHIP, DOT_SWITCH, DOT_ADDING_SWITCH, DOT_ROUTER, DOT_UNIT, DOT_MEMORY, DOT_SLICE, DOT_PORT };

struct dot {
    struct text *out;
    struct dot_bounds bounds; /* of the nodes, boxes and curves so far */
    bool any;
};

struct dot_node {
    const char *name;
    struct dot_point at;
    enum dot_shape shape;
    const char *label, *tip; /* tip: NULL, or what is shown when pointed at */
    bool dotted;             /* it does not work */
};

/* A link each way between two nodes. */
struct dot_edge {
    const char *from, *to;
    struct dot_point a, b;
    double bulge;      /* of the curve, to the left of the way from a to b; 0: straight */
    const char *label; /* written in the drawing, or only shown when pointed at */
    bool labelled, dotted;
};

void dot_open(struct dot *d, struct text *out, const char *comment);
void dot_node(struct dot *d, const struct dot_node *n);
void dot_edge(struct dot *d, const struct dot_edge *e);
/* A frame with a title round the nodes that follow, up to the end of the box. */
void dot_box(struct dot *d, const char *name, const char *title, struct dot_bounds b);
void dot_box_end(struct dot *d);
/* The legend stands above everything; lines end in "\n" as in Graphviz, "\\n" in C. */
void dot_close(struct dot *d, const char *legend);

void dot_widen(struct dot_bounds *b, struct dot_point p, double margin);
/* "128 B/clk", "170.9 B/clk". */
void dot_rate(struct text *out, struct fraction rate);

#endif
