/* SPDX-License-Identifier: Apache-2.0 */
/* machine_dot.c - the machine as Graphviz text: a cluster per chip, an edge per pair of links; dotted: it does not
 * work.
 */
#include <inttypes.h>

#include "sim/machine/machine.h"
#include "sim/machine/topology.h"

static const char *const shapes[] = {
    [ENDPOINT_UNIT] = "box", [ENDPOINT_CHANNEL] = "cylinder", [ENDPOINT_LINK_PORT] = "cds"};

static void chip_nodes(const struct machine *m, uint32_t chip, struct text *out)
{
    text_printf(out, "  subgraph cluster_chip%u {\n    label=\"chip%u\";\n", chip, chip);
    for (uint32_t r = 0; r < m->routers_per_chip; r++) {
        text_printf(out, "    \"chip%u.r%u\" [shape=circle, label=\"r%u\"];\n", chip, r, r);
    }
    for (uint32_t i = 0; i < m->endpoints_per_chip; i++) {
        const struct endpoint *e = &m->endpoints[machine_endpoint(m, chip, i)];
        const char *name = m->links[e->inject].from;
        bool dead = e->kind == ENDPOINT_UNIT && m->dead[e->host_unit];
        text_printf(out, "    \"%s\" [shape=%s%s];\n", name, shapes[e->kind], dead ? ", style=dotted" : "");
    }
    text_add(out, "  }\n");
}

/* back: of the other direction. */
static void label(const struct link *l, uint32_t back, struct text *out)
{
    text_printf(out, " [dir=both, label=\"%" PRIu64, l->rate.num);
    if (l->rate.den != 1) {
        text_printf(out, "/%" PRIu64, l->rate.den);
    }
    text_printf(out, " B/clk, %u", l->latency);
    if (back != l->latency) {
        text_printf(out, " and %u", back);
    }
    text_printf(out, " clk\"%s];\n", l->dead ? ", style=dotted" : "");
}

/* A chip link joins the ports that feed it with those that empty it; a switch has none. */
static void chip_edges(const struct machine *m, uint32_t link, struct text *out)
{
    const uint32_t *send, *receive;
    const struct link *l = &m->links[link];
    uint32_t n = machine_chip_link_ports(m, link, &send, &receive);
    for (uint32_t j = 0; j < (send || receive ? n : 1); j++) {
        text_printf(out, "  \"%s\" -> \"%s\"", send ? m->links[m->endpoints[send[j]].inject].from : l->from,
                    receive ? m->links[m->endpoints[receive[j]].inject].from : l->to);
        label(l, m->links[machine_chip_link(m, l->to_node, l->from_node)].latency, out);
    }
}

/* Every link has its way back; one edge with two arrow heads stands for both. */
static void edges(const struct machine *m, struct text *out)
{
    for (uint32_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        if (l->type == LINK_ADDER || l->type == LINK_LOCAL ? m->endpoints[l->from_node].inject != i
                                                           : l->from_node > l->to_node) {
            continue;
        }
        if (l->type == LINK_CHIP) {
            chip_edges(m, i, out);
        } else {
            text_printf(out, "  \"%s\" -> \"%s\"", l->from, l->to);
            label(l, l->latency, out); /* of a local link the way in */
        }
    }
}

/* One that adds has a border of two lines and says how fast. */
static void switch_node(const struct machine *m, uint32_t number, struct text *out)
{
    if (m->adders == 0) {
        text_printf(out, "  \"switch%u\" [shape=box3d];\n", number);
        return;
    }
    const struct link *a = &m->links[machine_adder(m, m->chips + number)];
    const uint32_t *neighbours;
    machine_neighbours(m, m->chips + number, &neighbours);
    bool spine = neighbours[0] >= m->chips;
    text_printf(out,
                "  \"switch%u\" [shape=box3d, peripheries=2, label=\"switch%u\\nadds %" PRIu64
                " B/clk of each %s, %u clk\"];\n",
                number, number, a->rate.num, spine ? "leaf" : "chip", a->latency);
}

void machine_dot(const struct machine *m, struct text *out)
{
    text_printf(out, "// %u chips, fabric %s, network %s; label: rate, latency in cycles\ndigraph machine {\n",
                m->chips, m->fabric_topology, m->noc_topology);
    if (m->topology->layout.levels > 0) {
        text_add(out, "  rankdir=BT;\n"); /* a tree has its leaves below */
    }
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        chip_nodes(m, chip, out);
    }
    for (uint32_t i = 0; i < m->switches; i++) {
        switch_node(m, i, out);
    }
    edges(m, out);
    text_add(out, "}\n");
}
