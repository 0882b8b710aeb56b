/* SPDX-License-Identifier: Apache-2.0 */
/* vc_account.c - what the VC network counted: links, conflicts, the walk of packets' routes.
 *
 * A link counts packets by kind, when the head enters; bytes follow from the kind. How many have left it follows from
 * those that are on it: their flits are looked up where they are. The walk is counted apart: flits by route at
 * injection, laid out over the links at the end. */
#include "hw/noc/vc_state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"

/* ---- links ---- */

static char *endpoint_name(const struct vc_network *n, uint32_t e)
{
    return n->p.endpoint_name ? mem_strdup(n->p.endpoint_name[e]) : mem_printf("e%u", e);
}

/* twin: number among the links from `from` to `to`; from the second one on it stands behind the name. */
static void add_link(struct vc_network *n, enum link_type type, uint32_t raw, char *from, char *to, uint32_t twin)
{
    const char *chip = n->p.chip, *name = n->p.name;
    char *id = type == LINK_LOCAL ? mem_printf("%s.local.%s-%s", chip, from, to)
               : twin > 0         ? mem_printf("%s.%s-%s_%u", name, from, to, twin)
                                  : mem_printf("%s.%s-%s", name, from, to);
    n->links[n->n_links++] =
        (struct vc_link) {.id = id, .from = from, .to = to, .type = type, .raw = raw, .twin = twin};
}

/* Ports of the router below this one that lead to the same neighbour. */
static uint32_t twins_before(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t to)
{
    uint32_t twins = 0, theirs;
    for (uint32_t i = 0; i < port; i++)
        twins += n->topology->neighbour(n, router, i, &theirs) == to;
    return twins;
}

static size_t all_links(const struct vc_network *n)
{
    return (size_t)n->ports + n->endpoints;
}

static size_t pairs(const struct vc_network *n)
{
    return (size_t)n->endpoints * n->endpoints;
}

/* Legs along x and y of one way. */
static size_t legs_x(const struct vc_network *n)
{
    return (size_t)n->routers * n->p.cols;
}
static size_t legs_y(const struct vc_network *n)
{
    return (size_t)n->routers * n->p.rows;
}

static void make_route_counts(struct vc_network *n)
{
    bool grid = n->mesh || n->p.shape.topology == DYN_NOC_TORUS || n->p.shape.topology == DYN_NOC_FLATFLY;
    if (n->valiant || n->adaptive) {
        n->walked = mem_alloc_array(all_links(n), sizeof *n->walked);
    } else if (grid) {
        n->legs_x = mem_alloc_array(n->ways * legs_x(n), sizeof *n->legs_x);
        n->legs_y = mem_alloc_array(n->ways * legs_y(n), sizeof *n->legs_y);
    } else if (n->routers > 1) {
        n->pair_flits = mem_alloc_array(n->ways * pairs(n), sizeof *n->pair_flits);
    }
    n->flits_for = mem_alloc_array(n->endpoints, sizeof *n->flits_for);
}

void vc_build_links(struct vc_network *n)
{
    size_t most = all_links(n);
    n->links = mem_alloc_array(most, sizeof *n->links);
    n->entered = mem_alloc_array(most * PACKET_KINDS, sizeof *n->entered);
    n->on_links = mem_alloc_array(most * PACKET_KINDS, sizeof *n->on_links);
    n->on_links_before = mem_alloc_array(most * PACKET_KINDS, sizeof *n->on_links_before);
    make_route_counts(n);
    for (uint32_t i = 0; i < n->routers; i++)
        for (uint32_t port = 0; port < n->link_ports; port++) {
            uint32_t theirs, to = n->topology->neighbour(n, i, port, &theirs);
            if (to != VC_NONE)
                add_link(n, LINK_NOC, n->router[i].port_base + port, mem_printf("r%u", i), mem_printf("r%u", to),
                         twins_before(n, i, port, to));
        }
    for (uint32_t e = 0; e < n->endpoints; e++) {
        uint32_t at = n->places[e].router;
        add_link(n, LINK_LOCAL, n->ports + e, endpoint_name(n, e), mem_printf("r%u", at), 0);
        add_link(n, LINK_LOCAL, n->ends[e].port, mem_printf("r%u", at), endpoint_name(n, e), 0);
    }
}

uint32_t vc_network_links(const struct vc_network *n)
{
    return n->n_links;
}

const struct vc_link *vc_network_link(const struct vc_network *n, uint32_t link)
{
    return &n->links[link];
}

/* ---- packets on links: head sent, tail not arrived ---- */

static void count_on_link(const struct vc_network *n, uint32_t *counts, uint32_t link, uint32_t flit)
{
    counts[flit_kind(flit) * all_links(n) + link]++;
}

/* Tails that are on their way. */
static void count_tails(const struct vc_network *n, uint32_t *counts)
{
    for (uint32_t k = 0; k < (n->wheel_mask + 1) * (n->n_tiles + 1); k++)
        for (uint32_t i = 0; i < n->wheel[k].flits; i++) {
            const struct vc_flit *f = &n->wheel[k].flit[i];
            uint32_t port = f->target >> n->vc_shift;
            if (f->flit & FLIT_TAIL)
                count_on_link(n, counts, port < n->ports ? link_in(n, port) : n->ends[port - n->ports].port, f->flit);
        }
}

/* Packets of which something is still to be sent. What an empty FIFO held last is of the packet that holds the VC. */
static void count_begun(const struct vc_network *n, uint32_t *counts)
{
    for (uint32_t vc = 0; vc < n->router_vcs; vc++) {
        const struct vc_port *sink = &n->port[vc >> n->vc_shift];
        const struct vc *in = &n->vc[sink->first + (n->vc[vc].owner < OWNER_DRAINS ? n->vc[vc].owner : 0u)];
        if (n->vc[vc].owner < OWNER_DRAINS && (fifo_count(in) == 0 || !(in->front & FLIT_HEAD)))
            count_on_link(n, counts, vc >> n->vc_shift, in->front);
    }
    for (uint32_t e = 0; e < n->endpoints; e++)
        for (uint32_t lane = 0; lane < n->lanes; lane++)
            if (n->ends[e].queues[lane].left > 0)
                count_on_link(n, counts, n->ports + e, packet_kind(&n->packets[n->ends[e].queues[lane].first]) << 2);
}

static void count_packets_on_links(const struct vc_network *n, uint32_t *counts)
{
    memset(counts, 0, all_links(n) * PACKET_KINDS * sizeof *counts);
    if (n->crossbar) {
        vc_crossbar_count(n, counts);
        return;
    }
    vc_lines_show(n);
    count_tails(n, counts);
    count_begun(n, counts);
}

/* Packets whose tail has arrived since counts were cleared. */
static uint64_t left(struct vc_network *n, uint32_t link, uint32_t kind)
{
    size_t at = kind * all_links(n) + link;
    if (n->on_links_at != n->evals) {
        count_packets_on_links(n, n->on_links);
        n->on_links_at = n->evals;
    }
    return n->entered[at] + n->on_links_before[at] - n->on_links[at];
}

struct link_account vc_network_account(struct vc_network *n, uint32_t link, enum traffic_class class_of)
{
    struct link_account a = {0};
    uint32_t raw = n->links[link].raw;
    for (uint32_t sectors = 0; sectors < PAYLOAD_KINDS; sectors++) {
        uint32_t kind = class_of * PAYLOAD_KINDS + sectors, bytes = sectors * SECTOR_BYTES;
        uint64_t in = *entered(n, raw, kind), out = left(n, raw, kind);
        uint64_t wire = (uint64_t)n->kind_flits[kind] * (n->p.flit_bytes + MESSAGE_HEADER);
        a.payload += in * bytes;
        a.header += in * MESSAGE_HEADER;
        a.padding += in * (wire - bytes - MESSAGE_HEADER);
        a.entered += in * wire;
        a.left += out * wire;
        a.busy_cycles += in * n->kind_flits[kind];
        if (raw >= n->ports && in > 0) /* a packet that was sent had been in its source queue, were it for a moment */
            a.peak_queue = bytes + MESSAGE_HEADER;
    }
    if (raw >= n->ports && n->ends[raw - n->ports].peak[class_of] > a.peak_queue)
        a.peak_queue = n->ends[raw - n->ports].peak[class_of];
    return a;
}

static uint64_t flit_wires(const struct vc_network *n)
{
    return n->p.flit_bytes + MESSAGE_HEADER;
}

/* Adds `amount` to each link between routers, by raw number, on the way from a router's input port to a place. */
static void walk(const struct vc_network *n, uint32_t router, uint32_t in, const struct vc_place *to, struct vc_way w,
                 uint64_t amount, uint64_t *raw)
{
    for (;;) {
        uint32_t set = 0, port = vc_route(n, router, in, to, &w, &set);
        if (port >= n->link_ports)
            return;
        raw[n->router[router].port_base + port] += amount;
        router = n->topology->neighbour(n, router, port, &in);
    }
}

static void walk_leg(const struct vc_network *n, uint32_t from, uint32_t to, uint32_t coins, uint64_t flits,
                     uint64_t *raw)
{
    const struct vc_place end = {.router = to, .port = (uint16_t)n->link_ports};
    if (flits > 0)
        walk(n, from, n->link_ports, &end, (struct vc_way) {.coins = (uint16_t)coins}, flits, raw);
}

void vc_count_route(struct vc_network *n, uint32_t from, uint32_t to, struct vc_way w, uint32_t flits)
{
    const struct vc_place *place = &n->places[to];
    uint32_t router = n->places[from].router, cols = n->p.cols;
    if (n->adaptive) /* routers count, where they decide */
        return;
    if (n->walked) {
        walk(n, router, n->places[from].port, place, w, flits, n->walked);
    } else if (n->pair_flits) {
        n->pair_flits[w.coins * pairs(n) + (size_t)from * n->endpoints + to] += flits;
    } else {
        uint32_t x = n->column[place->router], corner = router - n->column[router] + x;
        n->legs_x[w.coins * legs_x(n) + (size_t)router * cols + x] += flits;
        n->legs_y[w.coins * legs_y(n) + (size_t)corner * n->p.rows + n->row[place->router]] += flits;
    }
}

static void walk_pairs(const struct vc_network *n, uint64_t *raw)
{
    const uint64_t *flits = n->pair_flits;
    for (uint32_t coins = 0; coins < n->ways; coins++)
        for (uint32_t from = 0; from < n->endpoints; from++)
            for (uint32_t to = 0; to < n->endpoints; to++, flits++) {
                const struct vc_place *at = &n->places[from];
                if (*flits > 0)
                    walk(n, at->router, at->port, &n->places[to], (struct vc_way) {.coins = (uint16_t)coins}, *flits,
                         raw);
            }
}

static void walk_legs(const struct vc_network *n, uint64_t *raw)
{
    uint32_t cols = n->p.cols, rows = n->p.rows;
    for (uint32_t coins = 0; coins < n->ways; coins++)
        for (uint32_t router = 0; router < n->routers; router++) {
            const uint64_t *x = n->legs_x + coins * legs_x(n) + (size_t)router * cols;
            const uint64_t *y = n->legs_y + coins * legs_y(n) + (size_t)router * rows;
            for (uint32_t to = 0; to < cols; to++)
                walk_leg(n, router, router - n->column[router] + to, coins, x[to], raw);
            for (uint32_t to = 0; to < rows; to++)
                walk_leg(n, router, to * cols + n->column[router], coins, y[to], raw);
        }
}

void vc_network_walk(const struct vc_network *n, uint64_t *wire_walked)
{
    uint64_t *raw = mem_alloc_array(all_links(n), sizeof *raw);
    for (uint32_t e = 0; e < n->endpoints; e++) {
        raw[n->ports + e] += n->ends[e].flits_sent;
        raw[n->ends[e].port] += n->flits_for[e];
    }
    if (n->pair_flits)
        walk_pairs(n, raw);
    if (n->legs_x)
        walk_legs(n, raw);
    for (uint32_t i = 0; i < n->n_links; i++)
        wire_walked[i] = (raw[n->links[i].raw] + (n->walked ? n->walked[n->links[i].raw] : 0)) * flit_wires(n);
    free(raw);
}

/* ---- counts ---- */

struct vc_endpoint_stat vc_network_endpoint(const struct vc_network *n, uint32_t endpoint)
{
    return (struct vc_endpoint_stat) {n->ends[endpoint].injected, n->ends[endpoint].handed_over};
}

uint64_t vc_network_in_flight(const struct vc_network *n)
{
    if (n->crossbar)
        return vc_crossbar_in_flight(n);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < n->store.fresh; i++)
        if (n->packets[i].flits > 0)
            bytes += message_payload(message_at(&n->store, i));
    return bytes;
}

uint64_t vc_network_flit_hops(const struct vc_network *n)
{
    uint64_t flits = 0;
    for (uint32_t port = 0; port < n->ports; port++)
        for (uint32_t kind = 0; kind < PACKET_KINDS; kind++)
            flits += *entered(n, port, kind) * n->kind_flits[kind];
    return flits;
}

uint32_t vc_network_routers(const struct vc_network *n)
{
    return n->routers;
}

uint32_t vc_network_ports(const struct vc_network *n, uint32_t router)
{
    return n->router[router].ports;
}

struct vc_port_conflicts vc_network_conflicts(const struct vc_network *n, uint32_t router, uint32_t port)
{
    uint32_t at = n->router[router].port_base + port;
    if (n->lines)
        vc_lines_show_port(n, at);
    return (struct vc_port_conflicts) {n->port[at].vc_losses, n->port[at].switch_losses};
}

uint64_t vc_network_eject_waits(const struct vc_network *n, uint32_t endpoint)
{
    return n->ends[endpoint].waits;
}

void vc_network_stat_clear(struct vc_network *n)
{
    size_t links = all_links(n);
    memset(n->entered, 0, links * PACKET_KINDS * sizeof *n->entered);
    count_packets_on_links(n, n->on_links_before);
    n->on_links_at = UINT64_MAX;
    for (uint32_t i = 0; i < n->ports; i++)
        n->port[i].vc_losses = n->port[i].switch_losses = 0;
    if (n->walked)
        memset(n->walked, 0, links * sizeof *n->walked);
    if (n->pair_flits)
        memset(n->pair_flits, 0, n->ways * pairs(n) * sizeof *n->pair_flits);
    if (n->legs_x) {
        memset(n->legs_x, 0, n->ways * legs_x(n) * sizeof *n->legs_x);
        memset(n->legs_y, 0, n->ways * legs_y(n) * sizeof *n->legs_y);
    }
    memset(n->flits_for, 0, n->endpoints * sizeof *n->flits_for);
    for (uint32_t e = 0; e < n->endpoints; e++) {
        n->ends[e].injected = n->ends[e].handed_over = n->ends[e].flits_sent = 0;
        n->ends[e].waits = 0;
        memcpy(n->ends[e].peak, n->ends[e].queued, sizeof n->ends[e].peak);
    }
}

void vc_network_end(const struct vc_network *n)
{
    if (!vc_network_idle(n))
        return;
    if (n->crossbar) {
        vc_crossbar_end(n);
        return;
    }
    if (vc_under_way(n) > 0)
        return;
    vc_lines_show(n);
    for (uint32_t i = 0; i < end_vc(n, n->endpoints); i++)
        SIM_CHECK(n->vc[i].credits == n->depth && fifo_count(&n->vc[i]) == 0,
                  "%s: idle, and VC %u has %u of %u credits", n->p.name, i, n->vc[i].credits, n->depth);
    for (uint32_t i = 0; i < n->ports; i++)
        SIM_CHECK((n->port[i].free ^ (uint32_t)((1ull << n->vcs) - 1)) == 0, "%s: idle, and port %u has VCs taken",
                  n->p.name, i);
}
