/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - builds the machine from plain numbers: routers, endpoints, links, ports.
 *
 * Order of the links, which compiler, verifier and hardware share:
 *
 *     chip 0: inject e0, eject e0, inject e1, ... | noc links, by router and direction | chip 1: ...
 *     then all chip links, by sending chip and neighbour, then the adders of switches */
#include "sim/machine/machine.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/machine/degraded.h"
#include "sim/machine/topology.h"

_Static_assert(FEC_PCIE6 + 1 == LINK_CODES, "a code per name");

void machine_spec_default(struct machine_spec *s)
{
    *s = (struct machine_spec) {
        .chips = 4,
        .fabric = FABRIC_RING,
        .link_bandwidth = 300000000000u,
        .link_latency_fs = 500000000u,
        .switch_latency_fs = 100000000u,
        .adder_latency_fs = 10000000u,
        .clock_hz = 1755000000u,
        .rows = 4,
        .cols = 4,
        .macs_per_cycle = 1024,
        .engine_m = 16,
        .engine_n = 8,
        .engine_k = 8,
        .vector_lanes = 128,
        .sram_bytes = 524288,
        .sram_read = 256,
        .sram_write = 128,
        .noc = NOC_MESH,
        .noc_concentration = 1,
        .noc_centre_links = PARAM_AUTO32,
        .flit_bytes = 128,
        .noc_link_latency = 1,
        .noc_node_latency = PARAM_AUTO32,
        .noc_router_latency = 1,
        .channels = 16,
        .memory_bandwidth = 819200000000u,
        .timing = MEMORY_HBM2E,
        .row_bytes = DRAM_ROW_BYTES,
        .burst_bytes = DRAM_BURST_BYTES,
        .staging_bytes = 16384,
        .max_burst = 4096,
        .launch_fs = 2300000000u,
        .toggle_cycles = 1,
        .broadcast_cycles = PARAM_AUTO32,
        .guard_cycles = PARAM_AUTO32,
        .align_interval = 1000000,
    };
}

/* ---- scalars ---- */

static uint32_t cycles_of(uint64_t fs, uint64_t period_fs)
{
    uint64_t cycles = ceil_div(fs, period_fs);
    SIM_CHECK(cycles <= UINT32_MAX, "%llu cycles", (unsigned long long)cycles);
    return (uint32_t)cycles;
}

static void copy_scalars(struct machine *m, const struct machine_spec *s)
{
    m->chips = s->chips;
    m->rows = s->rows;
    m->cols = s->cols;
    m->units_per_chip = s->rows * s->cols;
    m->channels_per_chip = s->channels;
    m->clock_hz = s->clock_hz;
    m->period_fs = clock_period_fs(s->clock_hz);
    m->engine_m = s->engine_m;
    m->engine_n = s->engine_n;
    m->engine_k = s->engine_k;
    m->macs_per_cycle = s->macs_per_cycle;
    m->vector_lanes = s->vector_lanes;
    m->sram_bytes = s->sram_bytes;
    m->sram_read = s->sram_read;
    m->sram_write = s->sram_write;
    m->flit_bytes = s->flit_bytes;
    m->staging_bytes = s->staging_bytes;
    m->max_burst = s->max_burst;
    m->link_bandwidth = s->fabric == MACHINE_NO_FABRIC ? 0 : s->link_bandwidth;
    m->adders = s->fabric == FABRIC_SWITCH ? s->adders : 0;
    m->link_code = &link_codes[s->link_fec];
    m->link_bit_errors = s->fabric == MACHINE_NO_FABRIC ? 0 : s->link_bit_errors;
    m->memory_bandwidth = s->memory_bandwidth;
    m->launch_cycles = ceil_div(s->launch_fs, m->period_fs);
    m->toggle_cycles = s->toggle_cycles;
    m->slack_permille = s->slack_permille;
    m->align_interval = s->align_interval;
    m->noc_topology = arena_strdup(m->arena, noc_topology_choices.names[s->noc]);
    m->fabric_topology =
        arena_strdup(m->arena, s->fabric == MACHINE_NO_FABRIC ? "none" : fabric_topology_choices.names[s->fabric]);
}

static void copy_faults(struct machine *m, const struct machine_spec *s)
{
    m->dead = arena_alloc(m->arena, (size_t)m->chips * m->units_per_chip * sizeof *m->dead);
    m->live_units = arena_alloc(m->arena, m->chips * sizeof *m->live_units);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        m->live_units[chip] = m->units_per_chip;
    }
    m->slow_permille = arena_alloc(m->arena, m->chips * sizeof *m->slow_permille);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        m->slow_permille[chip] = s->slow_permille ? s->slow_permille[chip] : DEGRADED_SLOW_MIN;
    }
    m->n_dead_units = s->n_dead_units;
    for (uint32_t i = 0; i < s->n_dead_units; i++) {
        m->dead[s->dead_units[i]] = true;
        m->live_units[s->dead_units[i] / m->units_per_chip]--;
    }
}

static uint32_t build_phase_control(struct machine *m, const struct machine_spec *s, struct diag *d)
{
    int64_t none = 0;
    struct phase_params p = {.align_interval = s->align_interval, .drift_ppb = s->drift_ppb, .skew_cycles = s->skew};
    if (p.drift_ppb.n == 0) {
        p.drift_ppb = (struct ppb_list) {.n = 1, .value = &none};
    }
    m->drift_ppb = arena_alloc(m->arena, m->chips * sizeof *m->drift_ppb);
    m->skew = arena_alloc(m->arena, m->chips * sizeof *m->skew);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        m->drift_ppb[chip] = phase_drift_ppb(&p, chip);
        m->skew[chip] = s->skew.n ? phase_skew(&p, chip) : 0;
    }
    uint64_t flight = m->chips == 1 ? 0
                                    : phase_flight_cycles(s->link_latency_fs + s->link_fec_latency_fs,
                                                          machine_link_rate(s), s->max_burst, m->period_fs);
    uint64_t guard = phase_guard_needed(&p, m->chips, flight);
    if (guard >= PARAM_AUTO32 || (s->guard_cycles != PARAM_AUTO32 && s->guard_cycles < guard)) {
        diag_add(d, "", 0, 0, "machines.phase",
                 "a guard band of %u cycles is less than the %llu that drift and skew need", s->guard_cycles,
                 (unsigned long long)guard);
        return 1;
    }
    m->guard_cycles = s->guard_cycles == PARAM_AUTO32 ? (uint32_t)guard : s->guard_cycles;
    return 0;
}

struct fraction machine_link_rate(const struct machine_spec *s)
{
    struct fraction raw = fraction_rate(s->link_bandwidth, clock_period_fs(s->clock_hz));
    return link_code_rate(&link_codes[s->link_fec], raw);
}

/* ---- topology ---- */

struct fabric_shape machine_spec_fabric(const struct machine_spec *s)
{
    return (struct fabric_shape) {.topology = s->fabric,
                                  .chips = s->chips,
                                  .rows = s->fabric_rows,
                                  .cols = s->fabric_cols,
                                  .layers = s->fabric_layers,
                                  .group = s->fabric_group,
                                  .global_links = s->fabric_global_links,
                                  .planes = s->fabric_planes,
                                  .leaf = s->fabric_leaf,
                                  .spines = s->fabric_spines};
}

static void ascend(uint32_t *a, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        for (uint32_t k = i; k > 0 && a[k] < a[k - 1]; k--) {
            uint32_t swap = a[k];
            a[k] = a[k - 1];
            a[k - 1] = swap;
        }
    }
}

static uint32_t link_latency(const struct machine_spec *s, uint32_t places)
{
    return places * s->noc_link_latency + s->noc_router_latency;
}

static uint32_t node_latency(const struct machine_spec *s)
{
    return s->noc_node_latency == PARAM_AUTO32 ? s->noc_link_latency : s->noc_node_latency;
}

/* Cycles of an empty path from router 0 to the farthest unit, from endpoint to endpoint. */
static uint32_t farthest(const struct machine_spec *s, const struct topology *t)
{
    uint32_t most = 0;
    for (uint32_t unit = 0; unit < s->rows * s->cols; unit++) {
        uint32_t to = noc_layout_router(&t->layout, unit), cycles = 0;
        struct guide g = {to, 0};
        for (uint32_t at = 0; at != to;) {
            uint32_t link = t->out[at * t->layout.ports + t->noc->next(&t->layout, at, to, &g)];
            cycles += link_latency(s, t->link_places[link]);
            at = t->link_to[link];
        }
        most = cycles > most ? cycles : most;
    }
    return node_latency(s) + s->noc_router_latency + most + node_latency(s);
}

static void build_fabric(struct machine *m, struct topology *t, const struct machine_spec *s)
{
    const char *key;
    char why[FABRIC_WHY_MAX];
    t->fabric = &fabric_kinds[s->fabric];
    t->shape = machine_spec_fabric(s);
    t->routing = s->fabric_routing;
    SIM_CHECK(fabric_shape_resolve(&t->shape, &key, why), "an unchecked fabric: %s", why);
    t->nodes = t->fabric->nodes(&t->shape);
    t->degree = t->fabric->degree(&t->shape, 0);
    m->switches = t->nodes - s->chips;
    t->first_neighbour = arena_alloc(m->arena, (t->nodes + 1u) * sizeof *t->first_neighbour);
    for (uint32_t node = 0; node < t->nodes; node++) {
        t->first_neighbour[node + 1] = t->first_neighbour[node] + t->fabric->degree(&t->shape, node);
    }
    t->neighbours = arena_alloc(m->arena, t->first_neighbour[t->nodes] * sizeof *t->neighbours);
    for (uint32_t node = 0; node < t->nodes; node++) {
        uint32_t *row = &t->neighbours[t->first_neighbour[node]];
        t->fabric->neighbours(&t->shape, node, row);
        ascend(row, t->first_neighbour[node + 1] - t->first_neighbour[node]);
    }
    struct fraction rate = machine_link_rate(s);
    t->ports_per_link = (uint32_t)ceil_div(rate.num, rate.den * s->flit_bytes);
}

static void build_topology(struct machine *m, const struct machine_spec *s, const struct noc_layout *layout)
{
    struct topology *t = arena_alloc(m->arena, sizeof *t);
    m->topology = t;
    t->layout = *layout;
    t->chips = s->chips;
    topology_wire(t, m->arena);
    m->broadcast_cycles = s->broadcast_cycles == PARAM_AUTO32 ? farthest(s, t) : s->broadcast_cycles;
    if (s->fabric != MACHINE_NO_FABRIC) {
        build_fabric(m, t, s);
    }
}

static void count(struct machine *m)
{
    struct topology *t = m->topology;
    m->ports_per_chip = t->degree * t->ports_per_link;
    m->endpoints_per_chip = m->units_per_chip + m->channels_per_chip + m->ports_per_chip;
    m->routers_per_chip = t->layout.routers;
    m->routers = m->routers_per_chip * m->chips;
    t->links_per_chip = 2 * m->endpoints_per_chip + t->noc_links;
    VEC_RESERVE(m, endpoints, (size_t)m->chips * m->endpoints_per_chip);
    VEC_RESERVE(m, links, (size_t)m->chips * t->links_per_chip + machine_chip_links(m) + m->switches);
}

/* ---- endpoints and links ---- */

/* Unit at whose router the port number `index` of a kind hangs: channels go round robin to the west
 * and east columns, link ports to the north and south rows. */
static uint32_t attachment(const struct machine *m, enum endpoint_kind kind, uint32_t index)
{
    bool first = index % 2 == 0;
    if (kind == ENDPOINT_UNIT) {
        return index;
    }
    if (kind == ENDPOINT_CHANNEL) {
        return index / 2 % m->rows * m->cols + (first ? 0 : m->cols - 1);
    }
    return (first ? 0 : m->rows - 1) * m->cols + index / 2 % m->cols;
}

static void add_local_link(struct machine *m, const char *stem, char *from, char *to, uint32_t from_node,
                           uint32_t to_node, uint32_t latency)
{
    struct link *l = VEC_PUSH(m, links);
    *l = (struct link) {
        .id = arena_printf(m->arena, "%s", stem),
        .from = from,
        .to = to,
        .type = LINK_LOCAL,
        .from_node = from_node,
        .to_node = to_node,
        .host_unit = NODE_NONE,
        .latency = latency,
        .rate = {.num = m->flit_bytes, .den = 1},
    };
}

/* The routers of the chip that is being built. */
struct router_site {
    char *name;
    uint32_t endpoints; /* so far */
};

static void add_endpoint(struct machine *m, const struct machine_spec *s, uint32_t chip, enum endpoint_kind kind,
                         uint32_t index, struct router_site *routers)
{
    static const char letters[] = {'u', 'c', 'p'};
    static const char *const words[] = {"unit", "hbm", "port"};
    uint32_t unit = attachment(m, kind, index);
    uint32_t router = noc_layout_router(&m->topology->layout, unit);
    uint32_t number = (uint32_t)m->n_endpoints;
    struct endpoint *e = VEC_PUSH(m, endpoints);
    *e = (struct endpoint) {
        .kind = kind,
        .chip = chip,
        .index = index,
        .router = chip * m->routers_per_chip + router,
        .place = routers[router].endpoints++,
        .inject = (uint32_t)m->n_links,
        .eject = (uint32_t)m->n_links + 1,
        .host_unit = chip * m->units_per_chip + unit,
        .neighbour = NODE_NONE,
    };
    char *name = arena_printf(m->arena, "chip%u.%s%u", chip, words[kind], index);
    char id[64];
    snprintf(id, sizeof id, "chip%u.local.%c%u-r%u", chip, letters[kind], index, router);
    add_local_link(m, id, name, routers[router].name, number, e->router, node_latency(s) + s->noc_router_latency);
    snprintf(id, sizeof id, "chip%u.local.r%u-%c%u", chip, router, letters[kind], index);
    add_local_link(m, id, routers[router].name, name, e->router, number, node_latency(s));
}

/* Parallel links have a number behind their name, from the second one on. */
static char *noc_link_id(const struct machine *m, uint32_t chip, uint32_t link)
{
    const struct topology *t = m->topology;
    uint32_t a = t->link_from[link], b = t->link_to[link], earlier = 0;
    while (earlier < link && t->link_from[link - earlier - 1] == a && t->link_to[link - earlier - 1] == b) {
        earlier++;
    }
    if (earlier) {
        return arena_printf(m->arena, "chip%u.noc.r%u-r%u_%u", chip, a, b, earlier);
    }
    return arena_printf(m->arena, "chip%u.noc.r%u-r%u", chip, a, b);
}

/* The units at each router in the order of their numbers: those of router r from first[r] to first[r + 1]. */
struct router_units {
    uint32_t *first, *unit;
};

static struct router_units units_at_routers(const struct machine *m)
{
    const struct noc_layout *l = &m->topology->layout;
    struct router_units u = {.first = mem_alloc_array(l->routers + 1, sizeof *u.first),
                             .unit = mem_alloc_array(m->units_per_chip, sizeof *u.unit)};
    uint32_t *fill = mem_alloc_array(l->routers, sizeof *fill);
    for (uint32_t i = 0; i < m->units_per_chip; i++) {
        u.first[noc_layout_router(l, i) + 1]++;
    }
    for (uint32_t r = 0; r < l->routers; r++) {
        u.first[r + 1] += u.first[r];
    }
    for (uint32_t i = 0; i < m->units_per_chip; i++) {
        uint32_t r = noc_layout_router(l, i);
        u.unit[u.first[r] + fill[r]++] = i;
    }
    free(fill);
    return u;
}

/* The units at the sending router hold the entries of its links, in turn; where there are none, all of the chip. */
static uint32_t host_of(const struct machine *m, const struct router_units *u, uint32_t link)
{
    uint32_t router = m->topology->link_from[link];
    SIM_CHECK(m->units_per_chip > 0, "a chip without units");
    uint32_t first = u->first[router], n = u->first[router + 1] - first;
    return n ? u->unit[first + link % n] : link % m->units_per_chip;
}

static void add_noc_links(struct machine *m, const struct machine_spec *s, uint32_t chip,
                          const struct router_site *routers)
{
    const struct topology *t = m->topology;
    struct router_units units = units_at_routers(m);
    for (uint32_t i = 0; i < t->noc_links; i++) {
        uint32_t a = t->link_from[i], b = t->link_to[i];
        struct link *l = VEC_PUSH(m, links);
        *l = (struct link) {
            .id = noc_link_id(m, chip, i),
            .from = routers[a].name,
            .to = routers[b].name,
            .type = LINK_NOC,
            .from_node = chip * m->routers_per_chip + a,
            .to_node = chip * m->routers_per_chip + b,
            .host_unit = chip * m->units_per_chip + host_of(m, &units, i),
            .latency = link_latency(s, t->link_places[i]),
            .rate = {.num = m->flit_bytes, .den = 1},
        };
    }
    free(units.first);
    free(units.unit);
}

static void build_chip(struct machine *m, const struct machine_spec *s, uint32_t chip)
{
    struct router_site *routers = mem_alloc_array(m->routers_per_chip, sizeof *routers);
    for (uint32_t r = 0; r < m->routers_per_chip; r++) {
        routers[r].name = arena_printf(m->arena, "chip%u.r%u", chip, r);
    }
    for (uint32_t i = 0; i < m->units_per_chip; i++) {
        add_endpoint(m, s, chip, ENDPOINT_UNIT, i, routers);
    }
    for (uint32_t i = 0; i < m->channels_per_chip; i++) {
        add_endpoint(m, s, chip, ENDPOINT_CHANNEL, i, routers);
    }
    for (uint32_t i = 0; i < m->ports_per_chip; i++) {
        add_endpoint(m, s, chip, ENDPOINT_LINK_PORT, i, routers);
    }
    add_noc_links(m, s, chip, routers);
    free(routers);
}

/* The ports of chip a that feed `link`, to its neighbour number i, and receive from there. */
static void give_ports(struct machine *m, uint32_t a, uint32_t i, uint32_t link)
{
    struct topology *t = m->topology;
    for (uint32_t j = 0; j < t->ports_per_link; j++) {
        uint32_t port = i * t->ports_per_link + j;
        uint32_t endpoint = machine_endpoint(m, a, m->units_per_chip + m->channels_per_chip + port);
        m->endpoints[endpoint].neighbour = link;
        t->ports[a * m->ports_per_chip + port] = endpoint;
    }
}

static void add_chip_link(struct machine *m, const struct machine_spec *s, uint32_t a, uint32_t b, char *const *names)
{
    uint32_t latency = cycles_of(s->link_latency_fs + s->link_fec_latency_fs, m->period_fs);
    m->topology->chip_link[a * machine_nodes(m) + b] = (uint32_t)m->n_links;
    *VEC_PUSH(m, links) = (struct link) {
        .id = arena_printf(m->arena, "%s-%s", names[a], names[b]),
        .from = names[a],
        .to = names[b],
        .type = LINK_CHIP,
        .from_node = a,
        .to_node = b,
        .host_unit = NODE_NONE,
        .latency = latency + (b < m->chips ? 0 : cycles_of(s->switch_latency_fs, m->period_fs)),
        .rate = machine_link_rate(s),
    };
}

static void add_adders(struct machine *m, const struct machine_spec *s, char *name, uint32_t node)
{
    *VEC_PUSH(m, links) = (struct link) {
        .id = arena_printf(m->arena, "%s.adder", name),
        .from = name,
        .to = name,
        .type = LINK_ADDER,
        .from_node = node,
        .to_node = node,
        .host_unit = NODE_NONE,
        .latency = cycles_of(s->adder_latency_fs, m->period_fs),
        .rate = {.num = (uint64_t)m->adders * MACHINE_SUM_BYTES, .den = 1},
    };
}

static void build_chip_links(struct machine *m, const struct machine_spec *s)
{
    struct topology *t = m->topology;
    uint32_t nodes = machine_nodes(m);
    char **names = mem_alloc_array(nodes, sizeof *names);
    for (uint32_t c = 0; c < nodes; c++) {
        names[c] =
            c < m->chips ? arena_printf(m->arena, "chip%u", c) : arena_printf(m->arena, "switch%u", c - m->chips);
    }
    size_t pairs = (size_t)nodes * nodes;
    t->chip_link = arena_alloc(m->arena, pairs * sizeof *t->chip_link);
    for (size_t i = 0; i < pairs; i++) {
        t->chip_link[i] = NODE_NONE;
    }
    t->ports = arena_alloc(m->arena, (size_t)m->chips * m->ports_per_chip * sizeof *t->ports);
    for (uint32_t a = 0; a < nodes; a++) {
        for (uint32_t i = t->first_neighbour[a]; i < t->first_neighbour[a + 1]; i++) {
            if (a < m->chips) {
                give_ports(m, a, i - t->first_neighbour[a], (uint32_t)m->n_links);
            }
            add_chip_link(m, s, a, t->neighbours[i], names);
        }
    }
    for (uint32_t i = 0; m->adders > 0 && i < m->switches; i++) {
        add_adders(m, s, names[m->chips + i], m->chips + i);
    }
    for (uint32_t i = 0; i < s->n_dead_links; i++) {
        m->links[machine_chip_link(m, s->dead_links[i].a, s->dead_links[i].b)].dead = true;
        m->links[machine_chip_link(m, s->dead_links[i].b, s->dead_links[i].a)].dead = true;
    }
    t->detours = detours_new(m);
    free(names);
}

/* ---- staging ---- */

uint64_t machine_staging_of_unit(const struct machine *m, uint32_t unit)
{
    uint32_t chip = unit / m->units_per_chip;
    uint64_t bytes = 0;
    for (uint32_t i = m->units_per_chip; i < m->endpoints_per_chip; i++) {
        const struct endpoint *e = &m->endpoints[machine_endpoint(m, chip, i)];
        if (e->host_unit == unit) {
            bytes += (uint64_t)m->staging_bytes * (e->kind == ENDPOINT_LINK_PORT ? 2 : 1);
        }
    }
    return bytes;
}

static uint32_t check_staging(const struct machine *m, struct diag *d)
{
    uint32_t faults = 0;
    for (uint32_t unit = 0; unit < m->units_per_chip; unit++) {
        uint64_t bytes = machine_staging_of_unit(m, unit);
        if (bytes >= m->sram_bytes) {
            char box[48];
            snprintf(box, sizeof box, "chip0.unit%u", unit);
            diag_add(d, "", 0, 0, box, "the staging buffers of the ports beside it need %llu B, it has %u B of SRAM",
                     (unsigned long long)bytes, m->sram_bytes);
            faults++;
        }
    }
    return faults;
}

static uint32_t check_detours(const struct machine *m, struct diag *d)
{
    const struct detours *x = m->topology->detours;
    if (!x || x->longest <= DETOUR_LONGEST) {
        return 0;
    }
    diag_add(d, "", 0, 0, "server.dead_links", "a way between two chips has %u links; %u are possible", x->longest,
             DETOUR_LONGEST);
    return 1;
}

/* ---- build, free ---- */

int machine_build_from(struct machine *m, const struct machine_spec *s, struct diag *d)
{
    struct noc_layout layout;
    *m = (struct machine) {0};
    if (machine_spec_check(s, &layout, d)) {
        return SIM_ERR_BUILD;
    }
    m->arena = arena_new();
    copy_scalars(m, s);
    copy_faults(m, s);
    uint32_t faults = build_phase_control(m, s, d) + dram_build(m, s, d);
    build_topology(m, s, &layout);
    count(m);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        build_chip(m, s, chip);
    }
    if (m->chips > 1) {
        build_chip_links(m, s);
    }
    faults += (s->no_phase ? 0 : check_staging(m, d)) + check_detours(m, d);
    if (faults) {
        machine_free(m);
        return SIM_ERR_BUILD;
    }
    return SIM_OK;
}

void machine_free(struct machine *m)
{
    free(m->endpoints);
    free(m->links);
    arena_free(m->arena);
    *m = (struct machine) {0};
}
