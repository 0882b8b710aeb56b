/* SPDX-License-Identifier: Apache-2.0 */
/* topology.c - paths on a chip and between chips: walks over coordinates, nothing is allocated. */
#include "sim/machine/topology.h"

#include "sim/base/error.h"

uint32_t machine_guided_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t guide,
                             uint32_t links[MACHINE_PATH_MAX])
{
    const struct topology *t = m->topology;
    const struct endpoint *a = &m->endpoints[from], *b = &m->endpoints[to];
    SIM_CHECK(a->chip == b->chip && from != to, "path from endpoint %u to %u: one chip, two endpoints", from, to);
    uint32_t base = a->chip * t->links_per_chip + 2 * m->endpoints_per_chip;
    uint32_t routers = m->routers_per_chip, ports = t->layout.ports;
    uint32_t at = a->router - a->chip * routers, goal = b->router - b->chip * routers;
    struct guide g = {m->endpoints[guide].router % routers, m->endpoints[guide].place};
    uint32_t n = 0;
    links[n++] = a->inject;
    while (at != goal) {
        uint32_t link = t->out[at * ports + t->noc->next(&t->layout, at, goal, &g)];
        links[n++] = base + link;
        at = t->link_to[link];
    }
    links[n++] = b->eject;
    return n;
}

uint32_t machine_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t links[MACHINE_PATH_MAX])
{
    return machine_guided_path(m, from, to, to, links);
}

uint64_t machine_path_latency(const struct machine *m, uint32_t from, uint32_t to, uint32_t flits)
{
    uint32_t links[MACHINE_PATH_MAX];
    uint32_t n = machine_path(m, from, to, links);
    uint64_t latency = flits - 1u; /* the last flit starts so much after the first */
    for (uint32_t i = 0; i < n; i++) {
        latency += m->links[links[i]].latency;
    }
    return latency;
}

uint32_t machine_chip_hops(const struct machine *m, uint32_t from, uint32_t to)
{
    const struct topology *t = m->topology;
    if (from == to) {
        return 0;
    }
    return t->detours ? t->detours->hops[from * t->chips + to] : t->fabric->hops(&t->shape, from, to);
}

/* The node after `from` on the way to a chip; alternate < MACHINE_WAYS. */
static uint32_t next_node(const struct topology *t, uint32_t from, uint32_t to, uint32_t alternate)
{
    return t->detours ? detours_next(t->detours, alternate, from, to) : t->fabric->next(&t->shape, from, to, alternate);
}

uint32_t machine_chip_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t alternate, uint32_t *nodes)
{
    uint32_t n = 0;
    while (from != to) {
        from = next_node(m->topology, from, to, alternate % MACHINE_WAYS);
        nodes[n++] = from;
    }
    return n;
}

struct chip_way machine_chip_way(const struct machine *m, uint32_t from, uint32_t to)
{
    struct chip_way w = {0};
    for (uint32_t at = from; at != to;) {
        uint32_t next = next_node(m->topology, at, to, 0);
        w.latency += m->links[machine_chip_link(m, at, next)].latency;
        w.arrivals += next < m->chips;
        at = next;
    }
    return w;
}

const struct link *machine_line(const struct machine *m)
{
    const struct link *l = &m->links[m->n_links - 1];
    while (l->to_node >= m->chips) {
        l--;
    }
    return l;
}

uint32_t machine_adder(const struct machine *m, uint32_t node)
{
    SIM_CHECK(m->adders > 0 && node >= m->chips, "node %u has no adders", node);
    return (uint32_t)m->n_links - m->switches + (node - m->chips);
}

static uint32_t first_switch(const struct machine *m, uint32_t plane)
{
    return m->chips + plane * (m->switches / m->topology->shape.planes);
}

uint32_t machine_adding_leaf(const struct machine *m, uint32_t n, uint32_t leaf)
{
    return first_switch(m, n % m->topology->shape.planes) + leaf;
}

uint32_t machine_adding_spine(const struct machine *m, uint32_t n)
{
    const struct fabric_shape *s = &m->topology->shape;
    SIM_CHECK(s->spines > 0, "one switch has all chips");
    return first_switch(m, n % s->planes) + machine_leaves(m) + n / s->planes % s->spines;
}

uint32_t machine_leaf_chips(const struct machine *m)
{
    return m->switches > 0 ? m->topology->shape.leaf : m->chips;
}

uint32_t machine_near_chip(const struct machine *m, uint32_t chip)
{
    uint32_t leaf = machine_leaf_chips(m);
    SIM_CHECK(leaf > 0, "a switch has no chips");
    uint32_t first = chip - chip % leaf;
    if (leaf == 1) {
        return chip == 0 ? 1 : 0;
    }
    return chip == first ? chip + 1 : first;
}

uint64_t machine_spine_cycles(const struct machine *m)
{
    uint32_t leaf = machine_leaf_chips(m);
    if (leaf == m->chips) {
        return 0;
    }
    return machine_chip_cycles(m, 0, leaf) - machine_chip_cycles(m, 0, machine_near_chip(m, 0));
}

bool machine_leads_up(const struct machine *m, const struct link *l)
{
    bool into_switch = l->type == LINK_CHIP && l->to_node >= m->chips;
    return into_switch && l->from_node < l->to_node; /* leaves are numbered before the spines of their plane */
}

/* All shortest ways pass as many switches, round links that are down too (detours.h). */
uint64_t machine_chip_cycles(const struct machine *m, uint32_t from, uint32_t to)
{
    if (from == to) {
        return 0;
    }
    return machine_chip_way(m, from, to).latency;
}

uint32_t machine_walk_place(const struct machine *m, uint32_t chip)
{
    return m->chips > 1 ? fabric_walk_place(&m->topology->shape, chip) : chip;
}

struct chip_hop machine_chip_hop(const struct machine *m, uint32_t link)
{
    const struct link *l = &m->links[link];
    SIM_CHECK(l->type == LINK_CHIP, "%s is no chip link", l->id);
    if (m->topology->detours) {
        return (struct chip_hop) {.dateline = m->topology->detours->circles}; /* one class more behind each link */
    }
    return m->topology->fabric->hop(&m->topology->shape, l->from_node, l->to_node);
}

uint32_t machine_fabric_classes(const struct machine *m)
{
    const struct detours *d = m->topology->detours;
    if (d) {
        return d->circles ? d->longest + 1 : 1;
    }
    if (m->chips == 1) {
        return 1;
    }
    uint32_t classes = m->topology->fabric->classes(&m->topology->shape);
    struct chip_between between = machine_fabric_between(m);
    return between.cluster == 0 ? classes : m->topology->fabric->goes_on ? classes + 1 : 2 * classes;
}

struct chip_between machine_fabric_between(const struct machine *m)
{
    const struct topology *t = m->topology;
    if (m->chips == 1 || t->routing == ROUTING_MINIMAL) {
        return (struct chip_between) {0};
    }
    return (struct chip_between) {.cluster = fabric_shape_cluster(&t->shape),
                                  .turn = t->fabric->goes_on ? 0 : t->fabric->classes(&t->shape),
                                  .adaptive = t->routing == ROUTING_ADAPTIVE};
}

uint32_t machine_chip_link(const struct machine *m, uint32_t from, uint32_t to)
{
    uint32_t link = m->chips > 1 ? m->topology->chip_link[from * machine_nodes(m) + to] : NODE_NONE;
    SIM_CHECK(link != NODE_NONE, "no link from node %u to node %u", from, to);
    return link;
}

/* Number of `neighbour` among the neighbours of a node. */
static uint32_t neighbour_number(const struct topology *t, uint32_t node, uint32_t neighbour)
{
    uint32_t first = t->first_neighbour[node], i = first;
    while (t->neighbours[i] != neighbour) {
        i++;
        SIM_CHECK(i < t->first_neighbour[node + 1], "node %u is no neighbour of node %u", neighbour, node);
    }
    return i - first;
}

static const uint32_t *ports_to(const struct topology *t, uint32_t node, uint32_t neighbour)
{
    return node < t->chips ? &t->ports[(node * t->degree + neighbour_number(t, node, neighbour)) * t->ports_per_link]
                           : NULL;
}

uint32_t machine_chip_link_ports(const struct machine *m, uint32_t link, const uint32_t **send_ports,
                                 const uint32_t **receive_ports)
{
    const struct link *l = &m->links[link];
    SIM_CHECK(l->type == LINK_CHIP, "%s is no chip link", l->id);
    *send_ports = ports_to(m->topology, l->from_node, l->to_node); /* a port sends where it receives from */
    *receive_ports = ports_to(m->topology, l->to_node, l->from_node);
    return m->topology->ports_per_link;
}

uint32_t machine_neighbours(const struct machine *m, uint32_t node, const uint32_t **neighbours)
{
    const struct topology *t = m->topology;
    *neighbours = t->fabric ? &t->neighbours[t->first_neighbour[node]] : NULL;
    return t->fabric ? t->first_neighbour[node + 1] - t->first_neighbour[node] : 0;
}

uint32_t machine_chip_links(const struct machine *m)
{
    const struct topology *t = m->topology;
    return t->fabric ? t->first_neighbour[machine_nodes(m)] : 0;
}

uint32_t machine_live_links(const struct machine *m, uint32_t node)
{
    const uint32_t *neighbours;
    uint32_t n = machine_neighbours(m, node, &neighbours), live = 0;
    for (uint32_t i = 0; i < n; i++) {
        live += !m->links[machine_chip_link(m, node, neighbours[i])].dead;
    }
    return live;
}

uint32_t machine_dead_links(const struct machine *m)
{
    uint32_t n = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        n += m->links[i].dead;
    }
    return n;
}
