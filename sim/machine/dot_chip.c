/* SPDX-License-Identifier: Apache-2.0 */
/* dot_chip.c - routers where their topology has them, endpoints beside them, links as lines and curves. */
#include "sim/machine/dot_chip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/params.h"

#define PARALLEL 9.0 /* points between parallel links */
#define NAME_MAX 64

struct dot_chip_end *dot_chip_add(struct dot_chip *c, uint32_t router, enum dot_side side, bool second,
                                  enum dot_shape shape, const char *name)
{
    struct dot_chip_end *look = VEC_PUSH(c, looks);
    *VEC_PUSH(c, ends) = (struct dot_end) {.router = router, .side = side, .second = second};
    *look = (struct dot_chip_end) {
        .name = arena_printf(c->arena, "%s%s", c->prefix, name), .label = arena_strdup(c->arena, name), .shape = shape};
    return look;
}

void dot_chip_free(struct dot_chip *c)
{
    free(c->ends);
    free(c->looks);
}

static const char *router_name(char buf[NAME_MAX], const struct dot_chip *c, uint32_t router)
{
    snprintf(buf, NAME_MAX, "%sr%u", c->prefix, router);
    return buf;
}

/* "2 clk" or, of two directions that differ, "2 and 1 clk". */
static void add_cycles(struct text *out, uint32_t there, uint32_t back)
{
    text_printf(out, there == back ? "%u clk" : "%u and %u clk", there, back);
}

static void draw_nodes(struct dot *d, const struct dot_chip *c, const struct dot_point *routers,
                       const struct dot_point *ends)
{
    char name[NAME_MAX];
    for (uint32_t r = 0; r < c->wires->layout.routers; r++) {
        router_name(name, c, r);
        dot_node(d, &(struct dot_node) {
                        .name = name, .at = routers[r], .shape = DOT_ROUTER, .label = name + strlen(c->prefix)});
    }
    for (size_t i = 0; i < c->n_ends; i++) {
        const struct dot_chip_end *e = &c->looks[i];
        dot_node(d, &(struct dot_node) {.name = e->name,
                                        .at = ends[i],
                                        .shape = e->shape,
                                        .label = e->label,
                                        .tip = e->tip,
                                        .dotted = e->dotted});
    }
}

static void draw_end_edges(struct dot *d, const struct dot_chip *c, const struct dot_point *routers,
                           const struct dot_point *ends)
{
    char name[NAME_MAX];
    struct text label = {0};
    dot_rate(&label, c->rate);
    text_add(&label, ", ");
    add_cycles(&label, c->enter, c->leave);
    for (size_t i = 0; i < c->n_ends; i++) {
        uint32_t router = c->ends[i].router;
        dot_edge(d, &(struct dot_edge) {.from = c->looks[i].name,
                                        .to = router_name(name, c, router),
                                        .a = ends[i],
                                        .b = routers[router],
                                        .label = label.s});
    }
    text_free(&label);
}

/* Which of the parallel links from a to b this one is, and how many there are. */
static uint32_t parallel(const struct topology *t, uint32_t link, uint32_t *n)
{
    uint32_t earlier = 0, port, from = t->link_from[link];
    *n = 0;
    for (port = 0; port < t->layout.ports; port++) {
        uint32_t other = t->out[from * t->layout.ports + port];
        bool again = port > 0 && other != NODE_NONE && other == t->out[from * t->layout.ports + port - 1];
        if (other != NODE_NONE && !again && t->link_to[other] == t->link_to[link]) {
            earlier += other < link;
            ++*n;
        }
    }
    return earlier;
}

/* One edge for a link and the one of the way back. */
static void draw_links(struct dot *d, const struct dot_chip *c, const struct dot_point *routers)
{
    const struct topology *t = c->wires;
    char from[NAME_MAX], to[NAME_MAX];
    struct text label = {0};
    for (uint32_t i = 0; i < t->noc_links; i++) {
        uint32_t a = t->link_from[i], b = t->link_to[i], n;
        if (a > b) {
            continue;
        }
        double beside = parallel(t, i, &n);
        label.n = 0;
        dot_rate(&label, c->rate);
        text_printf(&label, ", %u clk", c->latency[i]);
        dot_edge(d, &(struct dot_edge) {.from = router_name(from, c, a),
                                        .to = router_name(to, c, b),
                                        .a = routers[a],
                                        .b = routers[b],
                                        .bulge = dot_chip_bulge(&t->layout, a, b) + (beside - (n - 1) / 2.0) * PARALLEL,
                                        .label = label.s});
    }
    text_free(&label);
}

void dot_chip_draw(struct dot *d, const struct dot_chip *c, struct dot_point origin, struct dot_point *at)
{
    uint32_t n_routers = c->wires->layout.routers;
    struct dot_point *routers = mem_alloc_array(n_routers, sizeof *routers);
    struct dot_point *ends = mem_alloc_array(c->n_ends, sizeof *ends);
    dot_chip_places(&c->wires->layout, c->ends, (uint32_t)c->n_ends, routers, ends);
    for (uint32_t i = 0; i < n_routers; i++) {
        routers[i].x += origin.x;
        routers[i].y += origin.y;
    }
    for (size_t i = 0; i < c->n_ends; i++) {
        ends[i].x += origin.x;
        ends[i].y += origin.y;
        if (at) {
            at[i] = ends[i];
        }
    }
    draw_nodes(d, c, routers, ends);
    draw_end_edges(d, c, routers, ends);
    draw_links(d, c, routers);
    free(ends);
    free(routers);
}

static void add_shape(const struct noc_layout *l, struct text *out)
{
    text_add(out, noc_topology_choices.names[l->topology]);
    if (l->levels > 0) {
        text_printf(out, ", %u levels of %u routers", l->levels, l->routers / l->levels);
    } else if (l->topology == NOC_PARTITIONED) {
        text_printf(out, ", %u links through the middle", l->centre_links);
    } else if (noc_is_grid(l->topology) && l->topology != NOC_RING) {
        text_printf(out, ", %u x %u routers", l->rows, l->cols);
    } else {
        text_printf(out, ", %u router%s", l->routers, l->routers > 1 ? "s" : "");
    }
}

void dot_chip_legend(const struct dot_chip *c, struct text *out)
{
    const struct topology *t = c->wires;
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t i = 0; i < t->noc_links; i++) {
        uint32_t cycles = c->latency[i];
        least = cycles < least ? cycles : least;
        most = cycles > most ? cycles : most;
    }
    add_shape(&t->layout, out);
    text_add(out, "\\na line is a link each way, ");
    dot_rate(out, c->rate);
    if (most > 0) {
        text_printf(out, least == most ? "; between routers %u clk" : "; between routers %u..%u clk", least, most);
    }
    text_add(out, "; of endpoints ");
    add_cycles(out, c->enter, c->leave);
    text_add(out, c->enter == c->leave ? "" : " (in, out)");
}
