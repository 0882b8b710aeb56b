/* SPDX-License-Identifier: Apache-2.0 */
/* network_dot.c - networks that arbitrate, of the dynamic machine and alone, as Graphviz text. */
#include <stdio.h>

#include "sim/machine/dot_chip.h"
#include "sim/machine/machine_dot.h"

/* Places of the grid x link_latency on a link; the stages of routers are not in it. */
static struct dot_chip drawing_of(const struct noc_layout *l, const struct vc_network_shape *s, uint32_t flit_bytes,
                                  char *prefix, struct arena *a)
{
    struct topology *t = arena_alloc(a, sizeof *t);
    uint32_t node = s->node_latency > 0 ? s->node_latency : s->link_latency;
    t->layout = *l;
    topology_wire(t, a);
    struct dot_chip c = {.arena = a,
                         .prefix = prefix,
                         .wires = t,
                         .rate = {.num = flit_bytes, .den = 1},
                         .latency = arena_alloc(a, (t->noc_links + 1u) * sizeof *c.latency),
                         .enter = node,
                         .leave = node};
    for (uint32_t i = 0; i < t->noc_links; i++) {
        c.latency[i] = t->link_places[i] * s->link_latency;
    }
    return c;
}

static void draw(const struct dot_chip *c, const struct vc_network_shape *s, const char *comment, struct text *legend,
                 struct text *out)
{
    struct dot d;
    dot_open(&d, out, comment);
    dot_chip_draw(&d, c, (struct dot_point) {0}, NULL);
    dot_chip_legend(c, legend);
    text_printf(legend, "\\nrouters with %u virtual channel%s of %u flits", s->vcs, s->vcs > 1 ? "s" : "", s->depth);
    dot_close(&d, legend->s);
}

void network_dot(const struct network *n, struct text *out)
{
    struct arena *a = arena_new();
    struct text legend = {0};
    struct dot_chip c = drawing_of(&n->layout, &n->shape, n->flit_bytes, arena_strdup(a, ""), a);
    for (uint32_t i = 0; i < n->node_rows * n->node_cols; i++) {
        char name[32];
        snprintf(name, sizeof name, "node%u", i);
        dot_chip_add(&c, noc_layout_router(&n->layout, i), DOT_OF_UNITS, false, DOT_UNIT, name);
    }
    text_printf(&legend, "%u x %u nodes on a ", n->node_rows, n->node_cols);
    draw(&c, &n->shape, "network that arbitrates, alone; an edge: a link each way", &legend, out);
    text_free(&legend);
    dot_chip_free(&c);
    arena_free(a);
}

/* SMs stand where units do, slices where their channel does, ports where those of the machine do. */
static void add_endpoints(struct dot_chip *c, const struct dynamic_machine *d, const struct machine *m)
{
    uint32_t first_slice = m->units_per_chip, first_port = first_slice + d->l2.slices;
    for (uint32_t i = 0; i < dynamic_endpoints(d, m); i++) {
        uint32_t router = dynamic_router(d, m, i);
        char name[32];
        if (i < first_slice) {
            snprintf(name, sizeof name, "unit%u", i);
            struct dot_chip_end *look = dot_chip_add(c, router, DOT_OF_UNITS, false, DOT_UNIT, name);
            look->label = arena_printf(c->arena, "SM %u", i);
            look->dotted = m->dead[i];
        } else if (i < first_port) {
            uint32_t slice = i - first_slice, channel = slice % m->channels_per_chip;
            snprintf(name, sizeof name, "l2_%u", slice);
            struct dot_chip_end *look = dot_chip_add(c, router, DOT_WEST_OR_EAST, channel % 2 != 0, DOT_SLICE, name);
            look->label = arena_printf(c->arena, "L2 %u", slice);
            look->tip = arena_printf(c->arena, "in front of hbm%u", channel);
        } else {
            uint32_t port = i - first_port;
            const struct endpoint *e = &m->endpoints[m->units_per_chip + m->channels_per_chip + port];
            snprintf(name, sizeof name, "port%u", port);
            struct dot_chip_end *look = dot_chip_add(c, router, DOT_NORTH_OR_SOUTH, port % 2 != 0, DOT_PORT, name);
            look->label = arena_printf(c->arena, "port%u\\n%s", port, m->links[e->neighbour].to);
        }
    }
}

void dynamic_dot(const struct dynamic_machine *d, const struct machine *m, struct text *out)
{
    struct arena *a = arena_new();
    struct text legend = {0};
    struct dot_chip c = drawing_of(&d->layout, &d->noc, m->flit_bytes, arena_strdup(a, "chip0."), a);
    add_endpoints(&c, d, m);
    text_printf(&legend, "chip0 of %u, network of dynamic.%s: ", m->chips, d->preset);
    draw(&c, &d->noc, "network of a chip of the dynamic machine; an edge: a link each way", &legend, out);
    text_free(&legend);
    dot_chip_free(&c);
    arena_free(a);
}
