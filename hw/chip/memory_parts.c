/* SPDX-License-Identifier: Apache-2.0 */
/* memory_parts.c - parameters of the boxes of a chip's memory system. */
#include "hw/chip/memory_parts.h"

/* ---- where things are ---- */

struct home_map memory_homes(const struct memory_site *s)
{
    return (struct home_map) {.slices = s->d->l2.slices, .channels = s->m->channels_per_chip};
}

static uint16_t first_slice(const struct memory_site *s)
{
    return (uint16_t)s->m->units_per_chip;
}

static uint16_t first_port(const struct memory_site *s)
{
    return (uint16_t)(s->m->units_per_chip + s->d->l2.slices);
}

static const char *name_of(const struct memory_site *s, uint32_t e)
{
    if (e >= first_port(s))
        return arena_printf(s->names, "p%u", e - first_port(s));
    if (e >= first_slice(s))
        return arena_printf(s->names, "s%u", e - first_slice(s));
    return arena_printf(s->names, "u%u", e);
}

/* ---- boxes ---- */

struct vc_network *memory_network(const struct memory_site *s, struct net_port *ports, struct run_control *run)
{
    uint32_t endpoints = memory_endpoints(s);
    uint32_t *router = arena_alloc(s->names, endpoints * sizeof *router);
    const char **name = arena_alloc(s->names, endpoints * sizeof *name);
    for (uint32_t e = 0; e < endpoints; e++) {
        router[e] = dynamic_router(s->d, s->m, e);
        name[e] = name_of(s, e);
        ports[e].out_places = NET_SOURCE_PLACES;
        ports[e].in_places = NET_ENDPOINT_PLACES;
    }
    struct vc_network_params p = {.name = arena_printf(s->names, "chip%u.noc", s->chip),
                                  .chip = arena_printf(s->names, "chip%u", s->chip),
                                  .shape = s->d->noc,
                                  .flit_bytes = s->m->flit_bytes,
                                  .endpoints = endpoints,
                                  .rows = s->d->layout.rows,
                                  .cols = s->d->layout.cols,
                                  .arity = s->d->layout.arity,
                                  .levels = s->d->layout.levels,
                                  .centre_links = s->d->layout.centre_links,
                                  .endpoint_router = router,
                                  .endpoint_name = name,
                                  .out_places = NET_SOURCE_PLACES,
                                  .in_places = NET_ENDPOINT_PLACES,
                                  .kept = s->d->l2.slices * l2_slice_keeps(&s->d->l2, s->m->units_per_chip) +
                                          s->m->units_per_chip * l1_keeps(&s->d->l1),
                                  .apart = s->d->noc.apart,
                                  .chip_number = (uint16_t)s->chip};
    struct vc_network *network = vc_network_new(&p, run);
    for (uint32_t e = 0; e < endpoints; e++) {
        ports[e].out_credit = vc_network_out_credit(network, e);
        ports[e].store = vc_network_store(network);
    }
    return network;
}

struct l1 *memory_l1(const struct memory_site *s, uint32_t unit, const struct l1_protocol *table,
                     struct run_control *run)
{
    struct l1_map map = {.home = memory_homes(s),
                         .chip = (uint16_t)s->chip,
                         .endpoint = (uint16_t)unit,
                         .first_slice = first_slice(s),
                         .first_port = first_port(s),
                         .ports = (uint16_t)s->ports};
    const char *name = arena_printf(s->names, "chip%u.unit%u.l1", s->chip, unit);
    return table ? l1_new_with(name, &s->d->l1, &map, run, table) : l1_new(name, &s->d->l1, &map, run);
}

struct l2_slice *memory_slice(const struct memory_site *s, uint32_t slice, const struct memory_extent *e,
                              struct run_control *run)
{
    struct l2_map map = {.home = memory_homes(s),
                         .chip = (uint16_t)s->chip,
                         .endpoint = (uint16_t)(first_slice(s) + slice),
                         .slice = (uint16_t)slice,
                         .caches = (uint16_t)s->m->units_per_chip,
                         .first_port = first_port(s),
                         .ports = (uint16_t)s->ports,
                         .counter_lines = e->counter_lines,
                         .input_first = e->input_first,
                         .input_lines = e->input_lines};
    return l2_slice_new(arena_printf(s->names, "chip%u.l2_%u", s->chip, slice), &s->d->l2, &map, run);
}

struct frfcfs *memory_channel(const struct memory_site *s, uint32_t channel, uint32_t lines, uint64_t *const *tensor_c,
                              struct run_control *run)
{
    struct home_map h = memory_homes(s);
    uint32_t groups = lines / h.slices + 1, slices = h.slices / h.channels;
    struct frfcfs_params p = {.name = arena_printf(s->names, "chip%u.hbm%u", s->chip, channel),
                              .dram = &s->m->dram,
                              .lines = groups * slices,
                              .slices = slices,
                              .tensor_c = tensor_c};
    frfcfs_defaults(&p, s->d->dram_queue);
    return frfcfs_new(&p, run);
}
