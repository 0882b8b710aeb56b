/* SPDX-License-Identifier: Apache-2.0 */
/* fabric_homes.c - switches that are homes of lines: whom they ask, and the ways to them. */
#include "hw/chip/fabric_parts.h"

#include "sim/base/error.h"

static bool joined(const struct machine *m, uint32_t from, uint32_t to)
{
    const uint32_t *neighbours;
    uint32_t n = machine_neighbours(m, from, &neighbours);
    for (uint32_t i = 0; i < n; i++)
        if (neighbours[i] == to)
            return true;
    return false;
}

/* ---- ways ---- */

static uint32_t number_of(const struct fabric_links *links, uint32_t link)
{
    uint32_t i = 0;
    while (links->out[i] != link)
        i++;
    return i;
}

/* To a neighbour, or from a chip by its leaf to a spine: up, or from a spine down, never up again. */
struct fabric_route fabric_home_way(const struct machine *m, uint32_t node, uint32_t home,
                                    const struct fabric_links *links, struct arena *names)
{
    const uint32_t *neighbours;
    struct fabric_route none = {0}, way = {.ways = 1};
    uint32_t n = machine_neighbours(m, node, &neighbours), by = home;
    for (uint32_t i = 0; !joined(m, node, home) && node < m->chips && i < n; i++)
        by = joined(m, neighbours[i], home) ? neighbours[i] : by;
    if (!joined(m, node, by))
        return none;
    uint32_t *path = arena_alloc(names, 2 * sizeof *path);
    path[0] = machine_chip_link(m, node, by);
    if (by != home)
        path[1] = machine_chip_link(m, by, home);
    way.link[0] = number_of(links, path[0]);
    way.path[0] = path;
    way.hops[0] = by == home ? 1 : 2;
    return way;
}

/* ---- groups ---- */

/* Chips that hang on the switch, or leaves on which chips of the group hang. */
static struct fabric_group members_of(const struct machine *m, const struct server_program *p, uint32_t group,
                                      uint32_t node, struct arena *names)
{
    const struct multicast_group *g = &p->groups[group];
    uint16_t *members = arena_alloc(names, g->n * sizeof *members);
    struct fabric_group out = {.members = members};
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t chip = p->group_chips[g->first + i], member = chip;
        for (uint32_t leaf = m->chips; !joined(m, node, chip) && leaf < machine_nodes(m); leaf++)
            member = joined(m, node, leaf) && joined(m, leaf, chip) ? leaf : member;
        bool again = member != chip && out.n > 0 && members[out.n - 1] == member;
        if (joined(m, node, member) && !again)
            members[out.n++] = (uint16_t)member;
    }
    return out;
}

struct fabric_sums *fabric_parts_sums(const struct machine *m, const struct dynamic_machine *d,
                                      const struct server_program *p, uint32_t node, const struct slot_counter *launch,
                                      struct arena *names)
{
    if (p->n_groups == 0)
        return NULL;
    const struct link *adder = &m->links[machine_adder(m, node)];
    struct fabric_group *groups = arena_alloc(names, p->n_groups * sizeof *groups);
    for (uint32_t i = 0; i < p->n_groups; i++)
        groups[i] = members_of(m, p, i, node, names);
    struct fabric_sums_params s = {.id = adder->id,
                                   .rate = adder->rate,
                                   .latency = adder->latency,
                                   .places = d->link_queue,
                                   .n_groups = (uint32_t)p->n_groups,
                                   .groups = groups};
    return fabric_sums_new(&s, launch);
}
