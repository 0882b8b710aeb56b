/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic.c - the dynamic machine of a configuration: a preset's row, overrides, the split of the SRAM.
 *
 *     unit's share of the SRAM: | registers | shared | L1 data | L2 data, tags, directory, MSHRs, VC buffers |
 *                               | ------- of an SM ----------- | ---- pooled over the chip --------------- |
 *
 * The L2 gets what is left: the largest number of whole sets with which everything fits. */
#include "sim/machine/dynamic.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/machine/network.h"
#include "sim/machine/params.h"

#define LINE_BYTES   128u /* as in sim/kernel/message.h, which this folder does not see */
#define LINE_SECTORS 4u
#define HEADER_BYTES 8u     /* of a flit, on wires beside the data */
#define LINK_SLACK   64u    /* cycles at the ends of a link, on top of two latencies; assumed */
#define ENDPOINT_MAX 65535u /* endpoints of a chip have 16-bit numbers */

/* ---- presets ---- */

struct preset_row {
    uint32_t dispatch, protocol, topology;
    uint64_t kernel_launch_fs; /* the residual: docs/model/dynamic.md */
};

/* 0.97 us: 1.29 us of a small kernel in a graph (H200, the shortest published) less the 0.32 us that the model itself
 * takes for one that stores (bpsim micro kernel-chain, 560 cycles at 1.755 GHz). */
static const struct preset_row presets[] = {
    [DYNAMIC_GPU_TODAY] = {DISPATCH_GRAPH, PROTOCOL_VI, DYN_NOC_CROSSBAR, 970000000u},
    [DYNAMIC_GPU_PERSISTENT] = {DISPATCH_PERSISTENT, PROTOCOL_VI, DYN_NOC_CROSSBAR, 0},
};

_Static_assert(GIVEN_PROTOCOL_MESI == PROTOCOL_MESI + 1 && GIVEN_DISPATCH_PERSISTENT == DISPATCH_PERSISTENT + 1 &&
                   GIVEN_TOPOLOGY_CROSSBAR == DYN_NOC_CROSSBAR + 1 && GIVEN_TOPOLOGY_MESH == DYN_NOC_MESH + 1 &&
                   GIVEN_TOPOLOGY_TORUS == DYN_NOC_TORUS + 1 && GIVEN_TOPOLOGY_RING == DYN_NOC_RING + 1 &&
                   GIVEN_TOPOLOGY_FLATFLY == DYN_NOC_FLATFLY + 1 && GIVEN_TOPOLOGY_FAT_TREE == DYN_NOC_FAT_TREE + 1 &&
                   GIVEN_TOPOLOGY_PARTITIONED == DYN_NOC_PARTITIONED + 1 &&
                   (uint32_t)SCHEDULER_GTY == (uint32_t)WARP_GTY,
               "names of choices stand in the order of the hardware's");

/* A given choice is `preset` or one more than the value. */
static uint32_t given_or(uint32_t given, uint32_t of_preset)
{
    return given ? given - 1 : of_preset;
}

uint32_t dynamic_protocol_of(const struct config *c, uint32_t preset)
{
    return given_or(c->dynamic.protocol, presets[preset].protocol);
}

uint32_t dynamic_virtual_networks(uint32_t protocol)
{
    return protocol == PROTOCOL_MESI ? 3 : 2; /* vi has no forwards */
}

uint32_t dynamic_topology_of(const struct config *c, uint32_t preset)
{
    return noc_from_dynamic(given_or(c->dynamic.topology, presets[preset].topology));
}

bool dynamic_apart(const struct config *c, uint32_t preset)
{
    return c->server.chips > 1 && dynamic_topology_of(c, preset) != NOC_CROSSBAR;
}

uint32_t dynamic_route_classes(const struct config *c, uint32_t topology)
{
    bool detours = c->router.valiant || (c->router.adaptive && topology == NOC_FLATFLY);
    bool orders = c->router.adaptive && topology == NOC_TORUS;
    return detours || orders ? 2 : 1;
}

uint32_t dynamic_channels(const struct config *c, uint32_t preset, bool apart)
{
    uint32_t topology = dynamic_topology_of(c, preset), sides = noc_wraps(topology) ? 2 : 1;
    uint32_t networks = dynamic_virtual_networks(dynamic_protocol_of(c, preset)) * (apart ? 2 : 1);
    return networks * sides * dynamic_route_classes(c, topology);
}

int dynamic_layout(struct noc_layout *l, const struct config *c, uint32_t preset, struct diag *d)
{
    uint32_t topology = dynamic_topology_of(c, preset);
    bool shared = noc_is_grid(topology) || topology == NOC_FAT_TREE; /* crossbars have nothing to concentrate */
    struct noc_wish wish = {.topology = topology,
                            .unit_rows = c->units.rows,
                            .unit_cols = c->units.cols,
                            .concentration = shared ? c->noc.concentration : 1,
                            .centre_links = c->noc.centre_links};
    int rc = noc_layout_make(l, &wish, d);
    l->pairs = true;
    uint32_t longest = network_ring_max(c->router.valiant || c->router.adaptive);
    if (rc == SIM_OK && topology == NOC_RING && l->routers > longest) {
        diag_add(d, "", 0, 0, "machines.dynamic.topology", "a ring of %u routers is too long; allowed: %u", l->routers,
                 longest);
        return SIM_ERR_INPUT;
    }
    return rc;
}

/* ---- the split of a unit's SRAM ---- */

void dynamic_sram_shares(const struct config *c, uint32_t *registers, uint32_t *shared, uint32_t *l1)
{
    uint32_t quarter = c->units.sram / 4;
    *registers = c->dynamic_sm.registers == PARAM_AUTO32 ? quarter : c->dynamic_sm.registers;
    *shared = c->dynamic_sm.shared;
    *l1 = c->dynamic_l1.size;
    if (*l1 == PARAM_AUTO32) {
        *l1 = *shared < quarter ? quarter - *shared : quarter / 4;
    }
    if (*shared == PARAM_AUTO32) {
        *shared = *l1 < quarter ? quarter - *l1 : quarter - quarter / 4;
    }
}

static uint32_t log2_floor(uint64_t n)
{
    uint32_t bits = 0;
    for (; n > 1; n >>= 1) {
        bits++;
    }
    return bits;
}

static uint32_t log2_ceil(uint64_t n)
{
    return n < 2 ? 0 : log2_floor(n - 1) + 1;
}

/* Bits of a line's tag: line number less the index, a bit of valid and one of dirty per sector, place in the order of
 * use. */
static uint64_t tag_bits(uint64_t sets, uint32_t ways)
{
    return 32 - log2_floor(sets) + 2 * LINE_SECTORS + log2_ceil(ways);
}

/* Those that something comes in at. */
static uint64_t router_ports(const struct dynamic_machine *d, const struct machine *m)
{
    return (uint64_t)dynamic_endpoints(d, m) + d->layout.links;
}

/* Bits of an MSHR: line, sectors and state; 32 bits per access that waits at an L1, 64 at an L2. */
static uint64_t mshr_bits(uint32_t mshrs, uint32_t targets, uint32_t target_bits)
{
    return (uint64_t)mshrs * (64 + (uint64_t)targets * target_bits);
}

struct dynamic_metadata dynamic_metadata_of(const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t l1_lines = d->l1.bytes / LINE_BYTES;
    uint64_t l2_lines = (uint64_t)d->l2.bytes / LINE_BYTES * d->l2.slices;
    struct dynamic_metadata bits = {
        .l1_tags = m->units_per_chip * l1_lines * tag_bits(l1_lines / d->l1.ways, d->l1.ways),
        .l2_tags = l2_lines * tag_bits((uint64_t)d->l2.bytes / LINE_BYTES / d->l2.ways, d->l2.ways),
        .mshrs = m->units_per_chip * mshr_bits(d->l1.mshrs, d->l1.mshr_targets, 32) +
                 d->l2.slices * mshr_bits(d->l2.mshrs, d->l2.mshr_targets, 64),
        .vc_buffers = router_ports(d, m) * d->noc.vcs * d->noc.depth * 8 * ((uint64_t)m->flit_bytes + HEADER_BYTES),
    };
    if (d->l2.protocol == PROTOCOL_MESI) { /* a bit per L1, the owner, two of state */
        bits.directory = l2_lines * (m->units_per_chip + log2_ceil(m->units_per_chip) + 2);
        bits.l1_tags += 2 * m->units_per_chip * l1_lines;
    }
    return bits;
}

static uint64_t metadata_bytes(const struct dynamic_machine *d, const struct machine *m)
{
    struct dynamic_metadata b = dynamic_metadata_of(d, m);
    return ceil_div(b.l1_tags, 8) + ceil_div(b.l2_tags, 8) + ceil_div(b.directory, 8) + ceil_div(b.mshrs, 8) +
           ceil_div(b.vc_buffers, 8);
}

/* Everything but the L2's data, its tags and directory grows with it: the most sets that fit, found by halving. */
static int size_l2(struct dynamic_machine *d, const struct machine *m, struct diag *diag)
{
    uint64_t own = (uint64_t)d->sm.register_bytes + d->sm.shared_bytes + d->l1.bytes;
    uint64_t pool = own < m->sram_bytes ? (m->sram_bytes - own) * m->units_per_chip : 0;
    uint64_t set_bytes = (uint64_t)d->l2.ways * LINE_BYTES;
    uint64_t low = 0;
    uint64_t high = pool / d->l2.slices / set_bytes;
    high = high < UINT32_MAX / set_bytes ? high : UINT32_MAX / set_bytes;
    while (low < high) {
        uint64_t sets = (low + high + 1) / 2;
        d->l2.bytes = (uint32_t)(sets * set_bytes);
        bool fits = sets * set_bytes * d->l2.slices + metadata_bytes(d, m) <= pool;
        low = fits ? sets : low;
        high = fits ? high : sets - 1;
    }
    d->l2.bytes = (uint32_t)(low * set_bytes);
    if (low) {
        d->metadata_bytes = (uint32_t)ceil_div(metadata_bytes(d, m), m->units_per_chip);
        return SIM_OK;
    }
    d->l2.bytes = (uint32_t)set_bytes;
    diag_add(diag, "", 0, 0, "chip0.l2",
             "%llu B of the chip's SRAM are left beside registers, shared memory and L1, and %u slices with one set "
             "each need %llu B with tags, directory, MSHRs and VC buffers",
             (unsigned long long)pool, d->l2.slices,
             (unsigned long long)(set_bytes * d->l2.slices + metadata_bytes(d, m)));
    return SIM_ERR_BUILD;
}

/* ---- parts ---- */

static int resolve_sm(struct dynamic_machine *d, const struct machine *m, const struct config *c, struct diag *diag)
{
    const struct dynamic_sm_params *p = &c->dynamic_sm;
    uint32_t l1_data;
    d->sm = (struct sm_params) {
        .subcores = p->subcores,
        .warps_per_cta = p->warps_per_cta,
        .cta_slots = p->cta_slots,
        .policy = p->scheduler,
        .macs_per_cycle = m->macs_per_cycle,
        .lanes = m->vector_lanes,
        .engine_m = m->engine_m,
        .engine_n = m->engine_n,
        .engine_k = m->engine_k,
        .mma_latency = p->mma_latency,
        .alu_latency = p->alu_latency,
        .shared_latency = p->shared_latency,
        .barrier_latency = p->barrier_latency,
        .branch_latency = p->branch_latency,
        .shared_read = m->sram_read,
        .shared_write = m->sram_write,
        .lsu_interval = p->lsu_interval,
        .stages = p->stages,
        .poll_interval = p->poll_interval,
        .max_writes = p->max_writes,
    };
    dynamic_sram_shares(c, &d->sm.register_bytes, &d->sm.shared_bytes, &l1_data);
    uint32_t set_bytes = c->dynamic_l1.ways * LINE_BYTES;
    d->l1 = (struct l1_params) {
        .bytes = l1_data / set_bytes * set_bytes,
        .ways = c->dynamic_l1.ways,
        .hit_latency = c->dynamic_l1.hit_latency,
        .mshrs = c->dynamic_l1.mshrs,
        .mshr_targets = c->dynamic_l1.mshr_targets,
        .protocol = d->protocol,
    };
    if (d->l1.bytes == 0) {
        diag_add(diag, "", 0, 0, "chip0.sm0.l1", "%u B of data are less than one set, %u lines of %u B", l1_data,
                 d->l1.ways, LINE_BYTES);
        return SIM_ERR_BUILD;
    }
    return SIM_OK;
}

static int resolve_network(struct dynamic_machine *d, const struct config *c, uint32_t preset, struct diag *diag)
{
    d->noc = (struct vc_network_shape) {
        .topology = given_or(c->dynamic.topology, presets[preset].topology),
        .apart = dynamic_apart(c, preset),
        .vns = dynamic_virtual_networks(d->protocol),
    };
    router_resolve(&d->noc, c);
    if (c->dynamic_router.routing_delay != PARAM_AUTO32) {
        d->noc.routing_delay = c->dynamic_router.routing_delay;
    }
    if (c->dynamic_router.credit_delay != PARAM_AUTO32) {
        d->noc.credit_delay = c->dynamic_router.credit_delay;
    }
    return dynamic_layout(&d->layout, c, preset, diag) ? SIM_ERR_BUILD : SIM_OK;
}

/* A queue that keeps every link busy over the way there and back: packets of one line. */
static uint32_t link_queue_of(const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t most = 1;
    for (size_t i = 0; m->chips > 1 && i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        uint64_t cycles = l->type == LINK_CHIP ? 2 * (uint64_t)l->latency + LINK_SLACK : 0;
        uint64_t packets = ceil_div(cycles * l->rate.num, l->rate.den * (LINE_BYTES + (uint64_t)d->link_header));
        most = packets > most ? packets : most;
    }
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX;
}

/* What the longest link carries in its latency. */
static uint64_t link_cost_of(const struct machine *m)
{
    uint64_t most = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        uint64_t bytes = l->type == LINK_CHIP ? ceil_div(l->latency * l->rate.num, l->rate.den) : 0;
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* The same for what is kept until it is acknowledged, and a packet that waits for room: of the longest link, which is
 * one into a switch where there are any. */
static uint32_t link_replay_of(const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t most = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        uint64_t cycles = l->type == LINK_CHIP ? 2 * (uint64_t)l->latency + LINK_SLACK : 0;
        uint64_t bytes = ceil_div(cycles * l->rate.num, l->rate.den) + LINE_BYTES + d->link_header;
        most = bytes > most ? bytes : most;
    }
    return most < UINT32_MAX ? (uint32_t)most : UINT32_MAX - 1;
}

/* Behind a line there is a place for each packet that its credits let come; half a GiB of them are enough. */
#define LINE_PLACES_MAX (1u << 21)

static int check_lines(const struct dynamic_machine *d, const struct machine *m, bool given, struct diag *diag)
{
    uint64_t places = 3 * (uint64_t)machine_fabric_classes(m) * d->link_queue * (d->link_replay > 0 ? 3 : 1);
    if (m->chips == 1 || places <= LINE_PLACES_MAX) {
        return SIM_OK;
    }
    diag_add(diag, "", 0, 0, given ? "machines.dynamic.link_queue" : "server.fabric.link.latency",
             "a line with buffers of %u packets has up to %llu under way: %u are possible%s", d->link_queue,
             (unsigned long long)places, LINE_PLACES_MAX,
             given ? "" : "; machines.dynamic.link_queue makes buffers smaller than two latencies");
    return SIM_ERR_BUILD;
}

uint32_t dynamic_router(const struct dynamic_machine *d, const struct machine *m, uint32_t endpoint)
{
    uint32_t first_slice = m->units_per_chip, first_port = first_slice + d->l2.slices, local = endpoint;
    if (endpoint >= first_port) {
        local = m->units_per_chip + m->channels_per_chip + (endpoint - first_port);
    } else if (endpoint >= first_slice) {
        local = m->units_per_chip + (endpoint - first_slice) % m->channels_per_chip;
    }
    return noc_layout_router(&d->layout, m->endpoints[local].host_unit);
}

/* Ports of the router that has most. */
static uint32_t widest_router(const struct dynamic_machine *d, const struct machine *m)
{
    uint32_t *ports = mem_alloc_array(d->layout.routers, sizeof *ports), most = 0;
    for (uint32_t e = 0; e < dynamic_endpoints(d, m); e++) {
        uint32_t *here = &ports[dynamic_router(d, m, e)];
        most = ++*here > most ? *here : most;
    }
    free(ports);
    return d->layout.ports + most;
}

static int check_network(const struct dynamic_machine *d, const struct machine *m, struct diag *diag)
{
    const char *name = noc_topology_choices.names[d->layout.topology];
    uint32_t endpoints = dynamic_endpoints(d, m);
    if (endpoints > ENDPOINT_MAX) {
        diag_add(diag, "", 0, 0, "chip0.noc", "%u endpoints are too many for the VC network: %u are possible",
                 endpoints, ENDPOINT_MAX);
        return SIM_ERR_BUILD;
    }
    uint32_t widest = widest_router(d, m);
    if (widest << log2_ceil(d->noc.vcs) >= NETWORK_ROUTER_WIDE) {
        diag_add(diag, "", 0, 0, "chip0.noc",
                 "a router of a %s with %u ports of %u virtual channels each, numbered up to the next power of two, is "
                 "too wide: less than %u channels are possible%s",
                 name, widest, d->noc.vcs, NETWORK_ROUTER_WIDE,
                 d->layout.topology == NOC_MESH ? "" : "; machines.dynamic.topology: mesh has smaller routers");
        return SIM_ERR_BUILD;
    }
    if (machine_fabric_classes(m) > NET_LINK_CLASSES) {
        diag_add(diag, "", 0, 0, "server.dead_links",
                 "the ways round these links can close a circle of waits and have %u links: the dynamic machine can "
                 "cut circles of ways of up to %u",
                 machine_fabric_classes(m) - 1, NET_LINK_CLASSES - 1);
        return SIM_ERR_BUILD;
    }
    uint64_t ends = d->layout.routers * (uint64_t)d->layout.ports + 2 * (uint64_t)endpoints;
    uint64_t places = 2 * (uint64_t)endpoints * 3 * (NET_SOURCE_PLACES + NET_ENDPOINT_PLACES);
    if (ends * d->noc.vcs * d->noc.depth + places >= NETWORK_FLITS_MAX) {
        diag_add(diag, "", 0, 0, "chip0.noc",
                 "%llu ports of a %s with %u virtual channels of %u flits hold too many: less than %llu are possible",
                 (unsigned long long)ends, name, d->noc.vcs, d->noc.depth, NETWORK_FLITS_MAX);
        return SIM_ERR_BUILD;
    }
    return SIM_OK;
}

static int resolve_l2(struct dynamic_machine *d, const struct machine *m, const struct config *c, struct diag *diag)
{
    const struct dynamic_l2_params *p = &c->dynamic_l2;
    uint32_t per_channel = (uint32_t)ceil_div(m->units_per_chip, m->channels_per_chip);
    d->l2 = (struct l2_params) {
        .slices = m->channels_per_chip * per_channel,
        .ways = p->ways,
        .latency = p->latency,
        .mshrs = p->mshrs,
        .mshr_targets = p->mshr_targets,
        .queue = p->queue,
        .protocol = d->protocol,
    };
    return check_network(d, m, diag);
}

int dynamic_resolve(struct dynamic_machine *d, const struct machine *m, const struct config *c, uint32_t preset,
                    struct diag *diag)
{
    SIM_CHECK(preset < dynamic_preset_choices.count, "preset %u", preset);
    const struct preset_row *row = &presets[preset];
    uint64_t launch = c->dynamic.kernel_launch == PARAM_AUTO64 ? row->kernel_launch_fs : c->dynamic.kernel_launch;
    *d = (struct dynamic_machine) {
        .preset = dynamic_preset_choices.names[preset],
        .dispatch = given_or(c->dynamic.dispatch, row->dispatch),
        .protocol = dynamic_protocol_of(c, preset),
        .placed = c->dynamic.placement == PLACEMENT_PHASE,
        .kernel_launch = ceil_div(launch, m->period_fs),
        .cta_rate = c->dynamic.cta_rate,
        .cta_start = c->dynamic.cta_start,
        .link_header = c->dynamic.link_header,
        .dram_queue = c->dynamic.dram_queue,
    };
    d->link_queue = c->dynamic.link_queue == PARAM_AUTO32 ? link_queue_of(d, m) : c->dynamic.link_queue;
    if (machine_fabric_between(m).adaptive) {
        d->link_cost = c->fabric.link_cost == PARAM_AUTO32 ? link_cost_of(m) : c->fabric.link_cost;
    }
    if (m->link_bit_errors > 0) {
        d->link_replay = c->dynamic.link_replay == PARAM_AUTO32 ? link_replay_of(d, m) : c->dynamic.link_replay;
    }
    int rc = check_lines(d, m, c->dynamic.link_queue != PARAM_AUTO32, diag);
    rc = rc ? rc : resolve_network(d, c, preset, diag);
    if (rc) {
        return rc;
    }
    rc = resolve_sm(d, m, c, diag);
    int rc_l2 = resolve_l2(d, m, c, diag);
    return rc ? rc : rc_l2 ? rc_l2 : size_l2(d, m, diag);
}
