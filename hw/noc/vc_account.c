/* SPDX-License-Identifier: Apache-2.0 */
/* vc_account.c - what the VC network counted: links, conflicts, the walk of packets' routes.
 *
 * A link counts packets by kind, when the head enters and when the tail has left; bytes follow from the kind. The walk
 * is counted apart: flits per pair of endpoints at injection, laid out over the routes at the end. */
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

static void add_link(struct vc_network *n, enum link_type type, uint32_t raw, char *from, char *to)
{
    const char *chip = n->p.chip, *name = n->p.name;
    char *id = type == LINK_NOC ? mem_printf("%s.%s-%s", name, from, to) : mem_printf("%s.local.%s-%s", chip, from, to);
    n->links[n->n_links++] = (struct vc_link) {.id = id, .from = from, .to = to, .type = type, .raw = raw};
}

static size_t pair_counts(const struct vc_network *n)
{
    return (size_t)n->topology->ways * n->endpoints * n->endpoints;
}

void vc_build_links(struct vc_network *n)
{
    size_t most = (size_t)n->ports + n->endpoints;
    n->links = mem_alloc_array(most, sizeof *n->links);
    n->links_passed = mem_alloc_array(most * KIND_STRIDE, sizeof *n->links_passed);
    for (uint32_t kind = 0; kind < KIND_STRIDE; kind++)
        n->kind_passed[kind] = n->links_passed + kind * most;
    n->vc_losses = mem_alloc_array(n->ports, sizeof *n->vc_losses);
    n->switch_losses = mem_alloc_array(n->ports, sizeof *n->switch_losses);
    if (n->routers > 1)
        n->pair_flits = mem_alloc_array(pair_counts(n), sizeof *n->pair_flits);
    for (uint32_t i = 0; i < n->routers; i++)
        for (uint32_t port = 0; port < n->link_ports; port++) {
            uint32_t theirs, to = n->topology->neighbour(n, i, port, &theirs);
            if (to != VC_NONE)
                add_link(n, LINK_NOC, n->router[i].port_base + port, mem_printf("r%u", i), mem_printf("r%u", to));
        }
    for (uint32_t e = 0; e < n->endpoints; e++) {
        uint32_t at = n->places[e].router;
        add_link(n, LINK_LOCAL, n->ports + e, endpoint_name(n, e), mem_printf("r%u", at));
        add_link(n, LINK_LOCAL, n->ends[e].port, mem_printf("r%u", at), endpoint_name(n, e));
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

struct link_account vc_network_account(const struct vc_network *n, uint32_t link, enum traffic_class class_of)
{
    struct link_account a = {0};
    uint32_t raw = n->links[link].raw;
    for (uint32_t sectors = 0; sectors < PAYLOAD_KINDS; sectors++) {
        uint32_t kind = class_of * PAYLOAD_KINDS + sectors, bytes = sectors * SECTOR_BYTES;
        uint64_t in = passed(n, raw, kind)->entered;
        uint64_t out = passed(n, raw, kind)->left;
        uint64_t wire = (uint64_t)n->kind_flits[kind] * (n->p.flit_bytes + MESSAGE_HEADER);
        a.payload += in * bytes;
        a.header += in * MESSAGE_HEADER;
        a.padding += in * (wire - bytes - MESSAGE_HEADER);
        a.entered += in * wire;
        a.left += out * wire;
        a.busy_cycles += in * n->kind_flits[kind];
    }
    if (raw >= n->ports)
        a.peak_queue = n->ends[raw - n->ports].peak[class_of];
    return a;
}

static uint64_t flit_wires(const struct vc_network *n)
{
    return n->p.flit_bytes + MESSAGE_HEADER;
}

static void walk_pair(const struct vc_network *n, uint32_t from, struct vc_packet p, uint64_t wire, uint64_t *raw)
{
    uint32_t router = n->places[from].router, in_port = n->places[from].port, theirs;
    raw[n->ports + from] += wire;
    for (;;) {
        uint32_t set = 0, raw_port = vc_route(n, router, in_port, &p, &set);
        uint32_t port = raw_port - n->router[router].port_base;
        raw[raw_port] += wire;
        if (port >= n->link_ports)
            return;
        router = n->topology->neighbour(n, router, port, &theirs);
        in_port = n->router[router].port_base + theirs;
    }
}

void vc_network_walk(const struct vc_network *n, uint64_t *wire_walked)
{
    uint64_t *raw = mem_alloc_array((size_t)n->ports + n->endpoints, sizeof *raw);
    for (uint32_t e = 0; e < n->endpoints; e++) {
        raw[n->ports + e] += n->ends[e].flits_sent * flit_wires(n);
        raw[n->ends[e].port] += n->ends[e].flits_for * flit_wires(n);
    }
    size_t pairs = n->pair_flits ? (size_t)n->endpoints * n->endpoints : 0;
    for (size_t i = 0; i < pairs * n->topology->ways; i++) {
        uint32_t from = (uint32_t)(i % pairs / n->endpoints), to = (uint32_t)(i % n->endpoints);
        const struct vc_packet p = {.to = n->places[to], .coins = (uint16_t)(i / pairs)};
        if (n->pair_flits[i] > 0)
            walk_pair(n, from, p, n->pair_flits[i] * flit_wires(n), raw);
    }
    for (uint32_t i = 0; i < n->n_links; i++)
        wire_walked[i] = raw[n->links[i].raw];
    free(raw);
}

/* ---- counts ---- */

struct vc_endpoint_stat vc_network_endpoint(const struct vc_network *n, uint32_t endpoint)
{
    return (struct vc_endpoint_stat) {n->ends[endpoint].injected, n->ends[endpoint].handed_over};
}

uint64_t vc_network_in_flight(const struct vc_network *n)
{
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
            flits += passed(n, port, kind)->entered * n->kind_flits[kind];
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
    return (struct vc_port_conflicts) {n->vc_losses[at], n->switch_losses[at]};
}

uint64_t vc_network_eject_waits(const struct vc_network *n, uint32_t endpoint)
{
    return n->ends[endpoint].waits;
}

void vc_network_stat_clear(struct vc_network *n)
{
    size_t links = (size_t)n->ports + n->endpoints;
    memset(n->links_passed, 0, links * KIND_STRIDE * sizeof *n->links_passed);
    memset(n->vc_losses, 0, n->ports * sizeof *n->vc_losses);
    memset(n->switch_losses, 0, n->ports * sizeof *n->switch_losses);
    if (n->pair_flits)
        memset(n->pair_flits, 0, pair_counts(n) * sizeof *n->pair_flits);
    for (uint32_t e = 0; e < n->endpoints; e++) {
        n->ends[e].injected = n->ends[e].handed_over = n->ends[e].flits_sent = n->ends[e].flits_for = 0;
        n->ends[e].waits = 0;
        memcpy(n->ends[e].peak, n->ends[e].queued, sizeof n->ends[e].peak);
    }
}

void vc_network_end(const struct vc_network *n)
{
    if (!vc_network_idle(n) || vc_under_way(n) > 0)
        return;
    for (uint32_t i = 0; i < end_vc(n, n->endpoints); i++)
        SIM_CHECK(n->out[i].credits == n->depth && n->in[i].count == 0, "%s: idle, and VC %u has %u of %u credits",
                  n->p.name, i, n->out[i].credits, n->depth);
    for (uint32_t i = 0; i < n->ports; i++)
        SIM_CHECK((n->port[i].free ^ (uint32_t)((1ull << n->vcs) - 1)) == 0, "%s: idle, and port %u has VCs taken",
                  n->p.name, i);
}
