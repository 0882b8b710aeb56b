/* SPDX-License-Identifier: Apache-2.0 */
/* dot_fabric_places.c - chips and switches in a drawing of the server. */
#include <math.h>

#include "sim/machine/dot_places.h"
#include "sim/machine/params.h"

#define PI          3.14159265358979323846
#define ROW_CHIPS   12u  /* of a switch: more stand round it */
#define LAYER_X     0.75 /* of a 3D torus: a layer stands so far beside the one before it */
#define LAYER_Y     0.55
#define ARC         0.32 /* bend of a link round a torus */
#define GROUP_LEAST 0.75 /* radius of a group of a dragonfly */
#define NARROW      0.72 /* chips below a leaf stand closer */

/* Place i of n on a circle, the first on top, clockwise; two stand side by side. */
static struct dot_point on_circle(uint32_t i, uint32_t n, double radius, double turn)
{
    double angle = (n == 2 ? PI : PI / 2) - turn - 2 * PI * i / n;
    return (struct dot_point) {radius * cos(angle), radius * sin(angle)};
}

static double radius_for(uint32_t n, double distance, double least)
{
    return fmax(least, n * distance / (2 * PI));
}

static void place_ring(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    for (uint32_t i = 0; i < nodes; i++) {
        at[i] = on_circle(i, s->chips, radius_for(s->chips, 1, 0.75), 0);
    }
}

static void place_full(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    for (uint32_t i = 0; i < nodes; i++) {
        at[i] = on_circle(i, s->chips, radius_for(s->chips, 1.25, 0.9), 0);
    }
}

static uint32_t layers_of(const struct fabric_shape *s)
{
    return s->topology == FABRIC_TORUS3D ? s->layers : 1;
}

static void place_torus(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    uint32_t layers = layers_of(s);
    double x = layers > 1 ? layers * LAYER_X + 0.4 : 1.1, y = layers > 1 ? layers * LAYER_Y + 0.3 : 1.3;
    for (uint32_t i = 0; i < nodes; i++) {
        uint32_t layer = i / s->cols / s->rows;
        at[i].x = i % s->cols * x + layer * LAYER_X;
        at[i].y = -(double)(i / s->cols % s->rows) * y + layer * LAYER_Y;
    }
}

/* Groups stand on a circle, each turned so that its first chip looks outward. */
static void place_dragonfly(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    uint32_t groups = s->chips / s->group;
    double inner = radius_for(s->group, 0.9, GROUP_LEAST);
    double outer = (2 * inner + 0.85) / sqrt(2) / sin(PI / groups); /* frames do not meet, side by side or aslant */
    for (uint32_t i = 0; i < nodes; i++) {
        struct dot_point middle = on_circle(i / s->group, groups, outer, 0);
        struct dot_point own = on_circle(i % s->group, s->group, inner, 0);
        at[i] = (struct dot_point) {middle.x + own.x, middle.y + own.y};
    }
}

/* One switch in a plane has all chips: below it, or round it where they are many. */
static void place_one_level(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    bool row = s->chips <= ROW_CHIPS;
    double radius = radius_for(s->chips, 0.9, 1.4);
    for (uint32_t i = 0; i < s->chips; i++) {
        at[i] = row ? (struct dot_point) {i, 0} : on_circle(i, s->chips, radius, 0);
    }
    double pitch = row ? fmax(1, (double)s->chips / s->planes) : fmin(1, 1.4 * radius / s->planes);
    for (uint32_t i = s->chips; i < nodes; i++) {
        double x = (i - s->chips - (s->planes - 1) / 2.0) * pitch;
        at[i] = row ? (struct dot_point) {(s->chips - 1) / 2.0 + x, 1.8} : (struct dot_point) {x, 0};
    }
}

/* Leaves above their chips, one beside the other where there are planes; spines above all, plane by plane. */
static void place_two_levels(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    uint32_t leaves = s->chips / s->leaf, plane_size = leaves + s->spines, all_spines = s->planes * s->spines;
    double wide = fmax(s->leaf, s->planes), group = wide + 0.5;
    double middle = ((leaves - 1) * group + wide - 1) / 2, pitch = fmax(1, leaves * group / all_spines);
    for (uint32_t i = 0; i < s->chips; i++) {
        uint32_t leaf = i / s->leaf;
        at[i] = (struct dot_point) {leaf * group + i % s->leaf + (wide - s->leaf) / 2, 0};
    }
    for (uint32_t i = s->chips; i < nodes; i++) {
        uint32_t plane = (i - s->chips) / plane_size, number = (i - s->chips) % plane_size;
        if (number < leaves) {
            at[i] = (struct dot_point) {number * group + (wide - s->planes) / 2 + plane, 1.5};
        } else {
            uint32_t spine = plane * s->spines + number - leaves;
            at[i] = (struct dot_point) {middle + (spine - (all_spines - 1) / 2.0) * pitch, 3.2};
        }
    }
    for (uint32_t i = 0; i < nodes; i++) {
        at[i].x *= NARROW;
    }
}

void dot_fabric_places(const struct fabric_shape *s, uint32_t nodes, struct dot_point *at)
{
    static void (*const place[])(const struct fabric_shape *, uint32_t, struct dot_point *) = {
        [FABRIC_RING] = place_ring,     [FABRIC_FULLY_CONNECTED] = place_full, [FABRIC_TORUS2D] = place_torus,
        [FABRIC_TORUS3D] = place_torus, [FABRIC_DRAGONFLY] = place_dragonfly,  [FABRIC_SWITCH] = place_two_levels,
    };
    if (s->topology == FABRIC_SWITCH && s->spines == 0) {
        place_one_level(s, nodes, at);
    } else {
        place[s->topology](s, nodes, at);
    }
}

/* Links round a torus pass beside the row, column or line of layers that they close. */
double dot_fabric_bulge(const struct fabric_shape *s, uint32_t from, uint32_t to)
{
    if (s->topology != FABRIC_TORUS2D && s->topology != FABRIC_TORUS3D) {
        return 0;
    }
    uint32_t size[] = {s->cols, s->rows, layers_of(s)}, stride[] = {1, s->cols, s->cols * s->rows};
    bool far = false;
    for (int d = 0; d < 3; d++) {
        uint32_t a = from / stride[d] % size[d], b = to / stride[d] % size[d];
        far = far || a > b + 1 || b > a + 1;
    }
    return far ? ARC : 0;
}
