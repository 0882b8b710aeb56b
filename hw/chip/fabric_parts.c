/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_parts.c - parameters of a node's fabric router. */
#include "hw/chip/fabric_parts.h"

#include <string.h>

#include "sim/base/error.h"

_Static_assert(FABRIC_WAYS == MACHINE_WAYS, "the fabric's table has a place for each way of the machine's");

struct site {
    const struct machine *m;
    uint32_t node;
    const struct fabric_links *links;
    struct arena *names;
};

static uint32_t number_of(const uint32_t *links, uint32_t n, uint32_t link)
{
    for (uint32_t i = 0; i < n; i++)
        if (links[i] == link)
            return i;
    SIM_CHECK(false, "link %u is not one of this node", link);
    return 0;
}

uint32_t fabric_links_incoming(const struct fabric_links *links, uint32_t link)
{
    return number_of(links->in, links->n, link);
}

struct fabric_links fabric_links_of(const struct machine *m, uint32_t node, struct arena *names)
{
    const uint32_t *neighbours;
    struct fabric_links l = {.n = machine_neighbours(m, node, &neighbours)};
    l.out = arena_alloc(names, l.n * sizeof *l.out);
    l.in = arena_alloc(names, l.n * sizeof *l.in);
    for (uint32_t i = 0; i < l.n; i++) {
        l.out[i] = machine_chip_link(m, node, neighbours[i]);
        l.in[i] = machine_chip_link(m, neighbours[i], node);
    }
    return l;
}

static struct packet_link_params link_params(const struct machine *m, uint32_t link)
{
    const struct link *l = &m->links[link];
    struct chip_hop hop = machine_chip_hop(m, link);
    return (struct packet_link_params) {
        .id = l->id,
        .peer = (uint16_t)l->to_node,
        .rate = l->rate,
        .latency = l->latency,
        .dimension = (uint8_t)hop.dimension,
        .dateline = hop.dateline,
        .errors = {.loss = link_code_loss(m->link_code, m->link_bit_errors), .frame_bytes = m->link_code->data_bytes}};
}

/* As the first half of a way by a third chip: the end of the first link that leads into the cluster of `to`. */
static void find_turn(const struct site *s, uint32_t to, uint32_t way, const uint32_t *links, struct fabric_route *r)
{
    uint32_t cluster = machine_fabric_between(s->m).cluster, n = 0;
    if (cluster == 0 || s->node / cluster == to / cluster)
        return;
    while (s->m->links[links[n]].to_node / cluster != to / cluster)
        n++;
    r->turn_hops[way] = n + 1;
    r->turn[way] = s->m->links[links[n]].to_node;
}

/* Way number `way` to a chip, in links; one that is there already is kept once. */
static void find_way(const struct site *s, uint32_t to, uint32_t way, uint32_t *scratch, struct fabric_route *r)
{
    uint32_t hops = machine_chip_path(s->m, s->node, to, way, scratch);
    for (uint32_t i = 0, at = s->node; i < hops; i++) {
        uint32_t next = scratch[i];
        scratch[i] = machine_chip_link(s->m, at, next);
        at = next;
    }
    r->link[way] = number_of(s->links->out, s->links->n, scratch[0]);
    r->hops[way] = hops;
    find_turn(s, to, way, scratch, r);
    for (uint32_t i = 0; i < way && !r->path[way]; i++)
        if (r->hops[i] == hops && memcmp(r->path[i], scratch, hops * sizeof *scratch) == 0)
            r->path[way] = r->path[i];
    if (r->path[way])
        return;
    uint32_t *path = arena_alloc(s->names, hops * sizeof *path);
    memcpy(path, scratch, hops * sizeof *path);
    r->path[way] = path;
}

/* Do the first n ways, over and over, make all of them? */
static bool ways_repeat(const struct fabric_route *r, uint32_t n)
{
    for (uint32_t i = n; i < FABRIC_WAYS; i++)
        if (r->path[i] != r->path[i - n])
            return false;
    return true;
}

/* Every router on a way looks the packet's number up anew, modulo its own count of ways: counts are powers of two, so
 * that all follow the same way. */
static void find_ways(const struct site *s, uint32_t to, uint32_t *scratch, struct fabric_route *r)
{
    for (uint32_t way = 0; way < FABRIC_WAYS; way++)
        find_way(s, to, way, scratch, r);
    r->ways = 1;
    while (!ways_repeat(r, r->ways))
        r->ways *= 2;
}

struct fabric_router *fabric_parts_router(const struct machine *m, const struct dynamic_machine *d,
                                          const struct server_program *p, uint32_t node,
                                          const struct fabric_links *links, struct fabric_sums *sums,
                                          struct arena *names, struct run_control *run)
{
    uint32_t homes = p->n_groups > 0 ? machine_nodes(m) : m->chips;
    struct site s = {m, node, links, names};
    struct chip_between between = machine_fabric_between(m);
    bool chip = node < m->chips;
    struct packet_link_params *out = arena_alloc(names, links->n * sizeof *out);
    struct packet_link_params *in = arena_alloc(names, links->n * sizeof *in);
    struct fabric_route *route = arena_alloc(names, homes * sizeof *route);
    uint32_t *scratch = arena_alloc(names, machine_nodes(m) * sizeof *scratch);
    for (uint32_t i = 0; i < links->n; i++) {
        out[i] = link_params(m, links->out[i]);
        in[i] = link_params(m, links->in[i]);
    }
    for (uint32_t to = 0; to < m->chips; to++)
        if (to != node)
            find_ways(&s, to, scratch, &route[to]);
    for (uint32_t to = m->chips; to < homes; to++)
        route[to] = fabric_home_way(m, node, to, links, names);
    struct fabric_router_params params = {.name = chip ? arena_printf(names, "chip%u.fabric", node)
                                                       : arena_printf(names, "switch%u", node - m->chips),
                                          .chip = (uint16_t)node,
                                          .chips = m->chips,
                                          .homes = homes,
                                          .ports = chip ? m->ports_per_chip : 0,
                                          .links = links->n,
                                          .machine_links = (uint32_t)m->n_links,
                                          .size = {.header = d->link_header,
                                                   .queue = d->link_queue,
                                                   .classes = machine_fabric_classes(m),
                                                   .replay = d->link_replay,
                                                   .turn = between.turn},
                                          .via = {between.cluster, between.adaptive, d->link_cost},
                                          .out = out,
                                          .in = in,
                                          .route = route,
                                          .sums = sums};
    return fabric_router_new(&params, run);
}
