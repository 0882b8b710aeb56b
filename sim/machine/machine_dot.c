/* SPDX-License-Identifier: Apache-2.0 */
/* machine_dot.c - the server, a chip of it, or both, as Graphviz text. */
#include "sim/machine/machine_dot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/machine/dot_chip.h"

#define UNIT         110.0 /* points from a chip to the next one */
#define LABELS_MAX   16u   /* edges of a ring or torus; more have their labels only where they are pointed at */
#define LABELS_CROSS 6u    /* the same of fabrics whose edges cross */
#define CHIP_SPACE   60.0  /* points between drawings of chips */
#define FS_PER_NS    1000000.0
#define WORKS_AS_NEW 1000u

/* ---- links between chips ---- */

static void node_name(char buf[32], const struct machine *m, uint32_t node)
{
    if (node < m->chips) {
        snprintf(buf, 32, "chip%u", node);
    } else {
        snprintf(buf, 32, "switch%u", node - m->chips);
    }
}

/* "170.9 B/clk, 878 clk"; the way back may take longer or less. */
static void add_link_label(const struct machine *m, const struct link *l, const char *between, struct text *out)
{
    uint32_t back = m->links[machine_chip_link(m, l->to_node, l->from_node)].latency;
    dot_rate(out, l->rate);
    text_printf(out, l->latency == back ? "%s%u clk" : "%s%u and %u clk", between, l->latency, back);
}

/* Every link has its way back; one edge stands for both. */
static bool is_drawn(const struct link *l)
{
    return l->type == LINK_CHIP && l->from_node < l->to_node;
}

/* What does not work in a chip, a line each. */
static void add_faults(const struct machine *m, uint32_t chip, struct text *out)
{
    if (m->live_units[chip] < m->units_per_chip) {
        text_printf(out, "\\n%u unit%s down", m->units_per_chip - m->live_units[chip],
                    m->units_per_chip - m->live_units[chip] > 1 ? "s" : "");
    }
    if (m->slow_permille[chip] != WORKS_AS_NEW) {
        text_printf(out, "\\nslow x %.4g", m->slow_permille[chip] / 1000.0);
    }
}

/* A switch that adds has a border of two lines. */
static void add_adding(const struct machine *m, uint32_t node, struct text *out)
{
    const struct link *a = &m->links[machine_adder(m, node)];
    const uint32_t *neighbours;
    machine_neighbours(m, node, &neighbours);
    text_add(out, "adds ");
    dot_rate(out, a->rate);
    text_printf(out, " of each %s, %u clk", neighbours[0] >= m->chips ? "leaf" : "chip", a->latency);
}

static void draw_switch(struct dot *d, const struct machine *m, uint32_t node, struct dot_point at)
{
    char name[32];
    struct text tip = {0};
    node_name(name, m, node);
    if (m->adders > 0) {
        add_adding(m, node, &tip);
    }
    dot_node(d, &(struct dot_node) {.name = name,
                                    .at = at,
                                    .shape = m->adders > 0 ? DOT_ADDING_SWITCH : DOT_SWITCH,
                                    .label = name,
                                    .tip = tip.s});
    text_free(&tip);
}

static void draw_chip_node(struct dot *d, const struct machine *m, uint32_t chip, struct dot_point at)
{
    char name[32];
    struct text label = {0};
    node_name(name, m, chip);
    text_add(&label, name);
    add_faults(m, chip, &label);
    dot_node(d, &(struct dot_node) {.name = name, .at = at, .shape = DOT_CHIP, .label = label.s});
    text_free(&label);
}

/* The groups of a dragonfly are framed. */
static void draw_chips(struct dot *d, const struct machine *m, const struct dot_point *at)
{
    uint32_t group = m->chips > 1 && m->topology->shape.topology == FABRIC_DRAGONFLY ? m->topology->shape.group : 0;
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        if (group && chip % group == 0) {
            struct dot_bounds b = {at[chip], at[chip]};
            char name[32], title[32];
            for (uint32_t i = 0; i < group; i++) {
                dot_widen(&b, at[chip + i], 40);
            }
            snprintf(name, sizeof name, "group%u", chip / group);
            snprintf(title, sizeof title, "group %u", chip / group);
            dot_box(d, name, title, b);
        }
        draw_chip_node(d, m, chip, at[chip]);
        if (group && chip % group == group - 1) {
            dot_box_end(d);
        }
    }
}

static uint32_t most_labels(const struct machine *m)
{
    uint32_t t = m->chips > 1 ? m->topology->shape.topology : FABRIC_RING;
    return t == FABRIC_RING || t == FABRIC_TORUS2D || t == FABRIC_TORUS3D ? LABELS_MAX : LABELS_CROSS;
}

static void draw_fabric_links(struct dot *d, const struct machine *m, const struct dot_point *at)
{
    bool labelled = machine_chip_links(m) / 2 <= most_labels(m);
    char from[32], to[32];
    struct text label = {0};
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        if (!is_drawn(l)) {
            continue;
        }
        node_name(from, m, l->from_node);
        node_name(to, m, l->to_node);
        label.n = 0;
        add_link_label(m, l, labelled ? "\\n" : ", ", &label);
        dot_edge(d, &(struct dot_edge) {.from = from,
                                        .to = to,
                                        .a = at[l->from_node],
                                        .b = at[l->to_node],
                                        .bulge = UNIT * dot_fabric_bulge(&m->topology->shape, l->from_node, l->to_node),
                                        .label = label.s,
                                        .labelled = labelled,
                                        .dotted = l->dead});
    }
    text_free(&label);
}

static void add_fabric_shape(const struct machine *m, struct text *out)
{
    const struct fabric_shape *s = &m->topology->shape;
    text_printf(out, "%u chips, %s", m->chips, m->fabric_topology);
    if (s->topology == FABRIC_TORUS2D) {
        text_printf(out, " of %u x %u", s->rows, s->cols);
    } else if (s->topology == FABRIC_TORUS3D) {
        text_printf(out, " of %u x %u x %u", s->layers, s->rows, s->cols);
    } else if (s->topology == FABRIC_DRAGONFLY) {
        text_printf(out, ", %u groups of %u", s->chips / s->group, s->group);
    } else if (s->topology == FABRIC_SWITCH && s->spines > 0) {
        uint32_t leaves = s->chips / s->leaf;
        text_printf(out, ", %u plane%s of %u leaf switches and %u spine%s", s->planes, s->planes > 1 ? "s" : "", leaves,
                    s->spines, s->spines > 1 ? "s" : "");
    } else if (s->topology == FABRIC_SWITCH && s->planes > 1) {
        text_printf(out, ", %u planes", s->planes);
    }
}

static void add_fabric_legend(const struct machine *m, struct text *out)
{
    if (m->chips == 1) {
        text_add(out, "1 chip, no fabric");
        return;
    }
    const struct link *line = machine_line(m);
    add_fabric_shape(m, out);
    text_add(out, "\\na line is a link each way, ");
    dot_rate(out, line->rate);
    text_printf(out, ", %u clk (%.4g ns)", line->latency, (double)line->latency * (double)m->period_fs / FS_PER_NS);
    if (m->switches > 0) {
        const uint32_t *up;
        machine_neighbours(m, 0, &up);
        text_printf(out, " to a chip, %u clk into a switch", m->links[machine_chip_link(m, 0, up[0])].latency);
    }
    if (m->adders > 0) {
        text_add(out, "\\na switch ");
        add_adding(m, m->chips, out);
    }
}

static struct dot_point *fabric_places(const struct machine *m, double unit)
{
    struct dot_point *at = mem_alloc_array(machine_nodes(m), sizeof *at);
    if (m->chips > 1) {
        dot_fabric_places(&m->topology->shape, machine_nodes(m), at);
    }
    for (uint32_t i = 0; i < machine_nodes(m); i++) {
        at[i].x *= unit;
        at[i].y *= unit;
    }
    return at;
}

void machine_dot_server(const struct machine *m, struct text *out)
{
    struct dot d;
    struct text legend = {0};
    struct dot_point *at = fabric_places(m, UNIT);
    dot_open(&d, out, "chips and switches of the server; an edge: a link each way");
    draw_chips(&d, m, at);
    for (uint32_t node = m->chips; node < machine_nodes(m); node++) {
        draw_switch(&d, m, node, at[node]);
    }
    draw_fabric_links(&d, m, at);
    add_fabric_legend(m, &legend);
    dot_close(&d, legend.s);
    text_free(&legend);
    free(at);
}

/* ---- the network of a chip ---- */

static uint32_t router_of(const struct machine *m, const struct endpoint *e)
{
    return e->router - e->chip * m->routers_per_chip;
}

static struct dot_chip chip_of(const struct machine *m, uint32_t chip, struct arena *a)
{
    static const enum dot_shape shapes[] = {
        [ENDPOINT_UNIT] = DOT_UNIT, [ENDPOINT_CHANNEL] = DOT_MEMORY, [ENDPOINT_LINK_PORT] = DOT_PORT};
    static const enum dot_side sides[] = {[ENDPOINT_UNIT] = DOT_OF_UNITS,
                                          [ENDPOINT_CHANNEL] = DOT_WEST_OR_EAST,
                                          [ENDPOINT_LINK_PORT] = DOT_NORTH_OR_SOUTH};
    const struct endpoint *unit = &m->endpoints[machine_endpoint(m, chip, 0)];
    struct dot_chip c = {.arena = a,
                         .prefix = arena_printf(a, "chip%u.", chip),
                         .wires = m->topology,
                         .rate = {.num = m->flit_bytes, .den = 1},
                         .enter = m->links[unit->inject].latency,
                         .leave = m->links[unit->eject].latency};
    uint32_t first = chip * m->topology->links_per_chip + 2 * m->endpoints_per_chip;
    c.latency = arena_alloc(a, (m->topology->noc_links + 1u) * sizeof *c.latency);
    for (uint32_t i = 0; i < m->topology->noc_links; i++) {
        c.latency[i] = m->links[first + i].latency;
    }
    for (uint32_t i = 0; i < m->endpoints_per_chip; i++) {
        const struct endpoint *e = &m->endpoints[machine_endpoint(m, chip, i)];
        const char *name = m->links[e->inject].from + strlen(c.prefix);
        bool second = e->kind != ENDPOINT_UNIT && e->index % 2 != 0;
        struct dot_chip_end *look = dot_chip_add(&c, router_of(m, e), sides[e->kind], second, shapes[e->kind], name);
        if (e->kind == ENDPOINT_UNIT) {
            look->dotted = m->dead[e->host_unit];
        } else if (e->kind == ENDPOINT_LINK_PORT) {
            const struct link *l = &m->links[e->neighbour];
            look->label = arena_printf(a, "%s\\n%s", name, l->to);
            look->tip = arena_printf(a, "feeds %s", l->id);
            look->dotted = l->dead;
        }
    }
    return c;
}

void machine_dot_chip(const struct machine *m, uint32_t chip, struct text *out)
{
    struct dot d;
    struct text legend = {0};
    struct arena *a = arena_new();
    struct dot_chip c = chip_of(m, chip, a);
    dot_open(&d, out, "network of a chip; an edge: a link each way");
    dot_chip_draw(&d, &c, (struct dot_point) {0}, NULL);
    text_printf(&legend, "chip%u of %u, scheduled network: ", chip, m->chips);
    dot_chip_legend(&c, &legend);
    dot_close(&d, legend.s);
    text_free(&legend);
    dot_chip_free(&c);
    arena_free(a);
}

/* ---- all chips ---- */

/* Side of the square that a drawing of each chip fits in; low: its corner. */
static double chip_extent(const struct dot_chip *c, struct dot_point *low)
{
    struct dot d;
    struct text unread = {0};
    dot_open(&d, &unread, "");
    dot_chip_draw(&d, c, (struct dot_point) {0}, NULL);
    text_free(&unread);
    *low = d.bounds.low;
    return fmax(d.bounds.high.x - d.bounds.low.x, d.bounds.high.y - d.bounds.low.y);
}

/* How near two nodes come to each other, along x or along y. */
static double nearest(const struct dot_point *at, uint32_t n)
{
    double least = 1;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < i; k++) {
            least = fmin(least, fmax(fabs(at[i].x - at[k].x), fabs(at[i].y - at[k].y)));
        }
    }
    return least;
}

static void draw_framed_chip(struct dot *d, const struct machine *m, uint32_t chip, struct dot_point corner,
                             struct dot_point *ends)
{
    struct arena *a = arena_new();
    struct dot_chip c = chip_of(m, chip, a);
    struct dot_point low;
    char name[32];
    double extent = chip_extent(&c, &low);
    struct dot_bounds frame = {corner, {corner.x + extent, corner.y + extent}};
    node_name(name, m, chip);
    dot_widen(&frame, corner, 8);
    dot_box(d, name, name, frame);
    dot_chip_draw(d, &c, (struct dot_point) {corner.x - low.x, corner.y - low.y}, ends);
    dot_box_end(d);
    dot_chip_free(&c);
    arena_free(a);
}

/* A link is fed by several ports where it is faster than one: the edge leads from the first to the first. */
static void draw_port_links(struct dot *d, const struct machine *m, struct dot_point *const *ends,
                            const struct dot_point *at)
{
    struct text label = {0};
    char names[2][32];
    for (uint32_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        const uint32_t *ports[2];
        if (!is_drawn(l)) {
            continue;
        }
        uint32_t node[2] = {l->from_node, l->to_node}, n = machine_chip_link_ports(m, i, &ports[0], &ports[1]);
        struct dot_edge e = {.dotted = l->dead};
        struct dot_point place[2];
        for (int k = 0; k < 2; k++) {
            node_name(names[k], m, node[k]);
            place[k] = ports[k] ? ends[node[k]][ports[k][0] % m->endpoints_per_chip] : at[node[k]];
        }
        label.n = 0;
        add_link_label(m, l, ", ", &label);
        text_printf(&label, ", over %u port%s", n, n > 1 ? "s" : "");
        e.from = ports[0] ? m->links[m->endpoints[ports[0][0]].inject].from : names[0];
        e.to = ports[1] ? m->links[m->endpoints[ports[1][0]].inject].from : names[1];
        e.a = place[0];
        e.b = place[1];
        e.label = label.s;
        dot_edge(d, &e);
    }
    text_free(&label);
}

void machine_dot_all(const struct machine *m, struct text *out)
{
    struct dot d;
    struct text legend = {0};
    struct arena *a = arena_new();
    struct dot_chip c = chip_of(m, 0, a);
    struct dot_point low, *at = fabric_places(m, 1);
    double extent = chip_extent(&c, &low), unit = (extent + CHIP_SPACE) / nearest(at, machine_nodes(m));
    struct dot_point **ends = mem_alloc_array(m->chips, sizeof *ends);
    dot_open(&d, out, "server and the networks of its chips; an edge: a link each way");
    for (uint32_t i = 0; i < machine_nodes(m); i++) {
        at[i].x *= unit;
        at[i].y *= unit;
    }
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        ends[chip] = mem_alloc_array(m->endpoints_per_chip, sizeof **ends);
        draw_framed_chip(&d, m, chip, (struct dot_point) {at[chip].x - extent / 2, at[chip].y - extent / 2},
                         ends[chip]);
    }
    for (uint32_t node = m->chips; node < machine_nodes(m); node++) {
        draw_switch(&d, m, node, at[node]);
    }
    draw_port_links(&d, m, ends, at);
    add_fabric_legend(m, &legend);
    text_add(&legend, "\\nin a chip the scheduled network: ");
    dot_chip_legend(&c, &legend);
    dot_close(&d, legend.s);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        free(ends[chip]);
    }
    free(ends);
    free(at);
    text_free(&legend);
    dot_chip_free(&c);
    arena_free(a);
}
