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
    return from == to ? 0 : m->topology->fabric->hops(m->chips, from, to);
}

uint32_t machine_chip_path(const struct machine *m, uint32_t from, uint32_t to, uint32_t alternate, uint32_t *chips)
{
    uint32_t n = 0;
    while (from != to) {
        from = m->topology->fabric->next(m->chips, from, to, alternate);
        chips[n++] = from;
    }
    return n;
}

uint32_t machine_chip_link(const struct machine *m, uint32_t from, uint32_t to)
{
    uint32_t link = m->chips > 1 ? m->topology->chip_link[from * m->chips + to] : NODE_NONE;
    SIM_CHECK(link != NODE_NONE, "no link from chip %u to chip %u", from, to);
    return link;
}

/* Number of `neighbour` among the neighbours of a chip. */
static uint32_t neighbour_number(const struct topology *t, uint32_t chip, uint32_t neighbour)
{
    uint32_t i = 0;
    while (t->neighbours[chip * t->degree + i] != neighbour) {
        i++;
        SIM_CHECK(i < t->degree, "chip %u is no neighbour of chip %u", neighbour, chip);
    }
    return i;
}

uint32_t machine_chip_link_ports(const struct machine *m, uint32_t link, const uint32_t **send_ports,
                                 const uint32_t **receive_ports)
{
    const struct topology *t = m->topology;
    const struct link *l = &m->links[link];
    SIM_CHECK(l->type == LINK_CHIP, "%s is no chip link", l->id);
    uint32_t a = l->from_node, b = l->to_node; /* a port sends to the neighbour that it receives from */
    *send_ports = &t->ports[(a * t->degree + neighbour_number(t, a, b)) * t->ports_per_link];
    *receive_ports = &t->ports[(b * t->degree + neighbour_number(t, b, a)) * t->ports_per_link];
    return t->ports_per_link;
}

uint32_t machine_neighbours(const struct machine *m, uint32_t chip, const uint32_t **neighbours)
{
    *neighbours = m->topology->degree ? &m->topology->neighbours[chip * m->topology->degree] : NULL;
    return m->topology->degree;
}
