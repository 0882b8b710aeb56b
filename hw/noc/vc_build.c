/* SPDX-License-Identifier: Apache-2.0 */
/* vc_build.c - a VC network is laid out: ports, neighbours, virtual networks, memory. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"
#include "sim/base/mem.h"

/* Lower-numbered virtual networks get one VC more when they do not split evenly. */
static void split_vcs(struct vc_network *n)
{
    static const uint32_t lanes[VN_COUNT + 1][VN_COUNT] = {
        [1] = {0, 0, 0}, [2] = {0, VC_NONE, 1}, [3] = {0, 1, 2}}; /* request, forward, response */
    for (uint32_t vn = 0; vn < VN_COUNT; vn++)
        n->lane_of[vn] = lanes[n->lanes][vn];
    for (uint32_t lane = 0, first = 0; lane < n->lanes; lane++) {
        uint32_t share = n->vcs / n->lanes + (lane < n->vcs % n->lanes);
        n->lane_mask[lane] = (uint32_t)(((1ull << share) - 1) << first);
        first += share;
    }
}

static void measure_kinds(struct vc_network *n)
{
    for (uint32_t kind = 0; kind < PACKET_KINDS; kind++) {
        uint32_t bytes = kind % PAYLOAD_KINDS * SECTOR_BYTES;
        n->kind_flits[kind] = bytes ? (bytes + n->p.flit_bytes - 1) / n->p.flit_bytes : 1;
    }
}

/* Endpoints take the ports behind the links between routers, in the order of their numbers. */
static void lay_out_ports(struct vc_network *n)
{
    n->end_router = mem_alloc_array(n->endpoints, sizeof *n->end_router);
    n->end_port = mem_alloc_array(n->endpoints, sizeof *n->end_port);
    n->router = mem_alloc_array(n->routers, sizeof *n->router);
    for (uint32_t i = 0; i < n->routers; i++)
        n->router[i].ports = n->topology->links;
    for (uint32_t e = 0; e < n->endpoints; e++) {
        uint32_t at = n->routers == 1 ? 0 : n->p.endpoint_router ? n->p.endpoint_router[e] : e;
        SIM_CHECK(at < n->routers, "%s: endpoint %u stands at router %u of %u", n->p.name, e, at, n->routers);
        n->end_router[e] = at;
        n->end_port[e] = n->router[at].ports++;
    }
    uint32_t most = 0;
    for (uint32_t i = 0; i < n->routers; i++) {
        struct vc_router *r = &n->router[i];
        r->port_base = n->ports;
        r->vc_base = n->ports * n->vcs;
        n->ports += r->ports;
        most = r->ports > most ? r->ports : most;
    }
    n->router_vcs = n->ports * n->vcs;
    SIM_CHECK(most * n->vcs <= VC_NETWORK_WIDE, "%s: %u ports of %u VCs are too many", n->p.name, most, n->vcs);
    n->narrow = most * n->vcs <= 64;
    n->stride = bits_words(most * n->vcs, n->narrow);
    n->outs = mem_alloc_array(n->stride, sizeof *n->outs);
    n->requests = mem_alloc_array((size_t)most * n->stride, sizeof *n->requests);
    n->speaker = mem_alloc((size_t)most * most);
    n->granted = mem_alloc_array((size_t)most + n->vcs, sizeof *n->granted);
    n->choice = mem_alloc_array((size_t)most * n->vcs, sizeof *n->choice);
    n->tails = mem_alloc_array(most, sizeof *n->tails);
    n->port_of = mem_alloc_array((size_t)most * n->vcs, sizeof *n->port_of);
    n->vc_of = mem_alloc_array((size_t)most * n->vcs, sizeof *n->vc_of);
    for (uint32_t i = 0; i < most * n->vcs; i++) {
        n->choice[i] = UINT16_MAX;
        n->port_of[i] = (uint16_t)(i / n->vcs);
        n->vc_of[i] = (uint16_t)(i % n->vcs);
    }
}

static void make_masks(struct vc_network *n)
{
    size_t sets = 0, groups = 0;
    for (uint32_t i = 0; i < n->routers; i++) {
        sets += 3 + (size_t)n->router[i].ports * n->lanes;
        groups += (size_t)n->router[i].ports * n->lanes;
    }
    uint64_t *mask = n->masks = mem_alloc_array(sets * n->stride, sizeof *n->masks);
    uint16_t *count = n->counts = mem_alloc_array(groups, sizeof *n->counts);
    for (uint32_t i = 0; i < n->routers; i++) {
        struct vc_router *r = &n->router[i];
        r->ready = mask;
        r->routing = mask + n->stride;
        r->groups = mask + 2 * (size_t)n->stride;
        r->wait = mask + 3 * (size_t)n->stride;
        r->n_wait = count;
        mask += (3 + (size_t)r->ports * n->lanes) * n->stride;
        count += (size_t)r->ports * n->lanes;
    }
}

static uint32_t lane_of_vc(const struct vc_network *n, uint32_t vc)
{
    uint32_t lane = 0;
    while (!(n->lane_mask[lane] >> vc & 1))
        lane++;
    return lane;
}

static void make_vcs(struct vc_network *n)
{
    size_t all = (size_t)n->router_vcs + (size_t)n->endpoints * n->vcs;
    n->in = mem_alloc_array(all, sizeof *n->in);
    n->out = mem_alloc_array(all, sizeof *n->out);
    n->flits = mem_alloc_array(all * n->depth, sizeof *n->flits);
    for (uint32_t i = 0; i < n->routers; i++)
        for (uint32_t k = 0; k < n->router[i].ports * n->vcs; k++) {
            struct vc_in *in = &n->in[n->router[i].vc_base + k];
            in->router = (uint16_t)i;
            in->local = (uint16_t)k;
            in->lane = (uint8_t)lane_of_vc(n, k % n->vcs);
        }
    for (size_t i = 0; i < all; i++)
        n->out[i].credits = (uint16_t)n->depth;
}

static void join(struct vc_network *n, uint32_t router, uint32_t port)
{
    struct vc_port *p = &n->port[n->router[router].port_base + port];
    uint32_t theirs, to = n->topology->neighbour(n, router, port, &theirs);
    if (to == VC_NONE)
        return;
    uint32_t far = n->router[to].port_base + theirs;
    p->down = far * n->vcs;
    n->port[far].up = (n->router[router].port_base + port) * n->vcs;
    n->port[far].link_in = n->router[router].port_base + port;
    n->port[far].credit_slot = (uint8_t)(n->latency + 1 + n->p.shape.credit_delay);
}

static void join_ports(struct vc_network *n)
{
    n->port = mem_alloc_array(n->ports, sizeof *n->port);
    n->ends = mem_alloc_array(n->endpoints, sizeof *n->ends);
    for (uint32_t i = 0; i < n->ports; i++) {
        n->port[i].down = n->port[i].up = VC_NONE;
        n->port[i].free = (uint32_t)((1ull << n->vcs) - 1);
        n->port[i].best = UINT16_MAX;
    }
    for (uint32_t i = 0; i < n->routers; i++)
        for (uint32_t k = 0; k < n->topology->links; k++)
            join(n, i, k);
    for (uint32_t e = 0; e < n->endpoints; e++) {
        n->ends[e].port = n->router[n->end_router[e]].port_base + n->end_port[e];
        struct vc_port *p = &n->port[n->ends[e].port];
        p->down = p->up = n->router_vcs + e * n->vcs;
        p->link_in = n->ports + e;
        p->credit_slot = (uint8_t)(n->latency + 1);
    }
}

static void make_wheel(struct vc_network *n)
{
    uint32_t longest = n->latency + 2 + n->p.shape.credit_delay, links = n->ports + n->endpoints;
    for (n->wheel_mask = 1; n->wheel_mask <= longest;)
        n->wheel_mask *= 2;
    n->wheel = mem_alloc_array(n->wheel_mask, sizeof *n->wheel);
    for (uint32_t i = 0; i < n->wheel_mask; i++) {
        n->wheel[i].flit = mem_alloc_array(links, sizeof *n->wheel[i].flit);
        n->wheel[i].credit = mem_alloc_array(links, sizeof *n->wheel[i].credit);
    }
    n->wheel_mask--;
}

static void make_packets(struct vc_network *n)
{
    size_t queues = (size_t)n->endpoints * n->lanes;
    n->queues = mem_alloc_array(queues, sizeof *n->queues);
    n->queue_items = mem_alloc_array(queues * n->queue_places, sizeof *n->queue_items);
    for (size_t i = 0; i < queues; i++) /* the first packet takes the lane's first VC */
        n->queues[i].vc = 31u - (uint32_t)__builtin_clz(n->lane_mask[i % n->lanes]);
    /* Whatever is not in a source queue holds a place of some VC. */
    size_t most = queues * n->queue_places + ((size_t)n->router_vcs + (size_t)n->endpoints * n->vcs) * n->depth;
    SIM_CHECK(most < 1u << (32 - FLIT_FIRST), "%s: %zu packets are more than a flit can name", n->p.name, most);
    n->n_packets = (uint32_t)most;
    n->packets = mem_alloc_array(most, sizeof *n->packets);
    n->messages = mem_alloc_array(most, sizeof *n->messages);
    n->unused = mem_alloc_array(most, sizeof *n->unused);
}

static void check_shape(const struct vc_network_params *p)
{
    const struct vc_network_shape *s = &p->shape;
    SIM_CHECK(s->vns >= 1 && s->vns <= VN_COUNT && s->vcs >= s->vns && s->vcs <= VC_NETWORK_VCS,
              "%s: %u VCs for %u virtual networks", p->name, s->vcs, s->vns);
    SIM_CHECK(s->depth >= 1 && s->depth <= VC_NETWORK_DEPTH, "%s: VCs of %u flits", p->name, s->depth);
    SIM_CHECK(s->routing_delay <= 1 && s->vc_alloc_delay == 1 && s->sw_alloc_delay == 1,
              "%s: route %u, VC allocation %u, switch allocation %u cycles", p->name, s->routing_delay,
              s->vc_alloc_delay, s->sw_alloc_delay);
    SIM_CHECK(s->link_latency + s->credit_delay < 250, "%s: links of %u, credits of %u cycles", p->name,
              s->link_latency, s->credit_delay);
    SIM_CHECK(p->endpoints > 0 && p->flit_bytes > 0 && p->out_places > 0 && p->in_places > 0, "%s: nothing to connect",
              p->name);
}

void vc_build(struct vc_network *n)
{
    check_shape(&n->p);
    n->topology = &vc_topologies[n->p.shape.topology];
    n->vcs = n->p.shape.vcs;
    n->depth = n->p.shape.depth;
    n->lanes = n->p.shape.vns;
    n->latency = n->p.shape.link_latency;
    n->endpoints = n->p.endpoints;
    n->routers = n->topology->routers(&n->p);
    SIM_CHECK(n->routers > 0 && n->routers <= UINT16_MAX, "%s: %u routers", n->p.name, n->routers);
    n->queue_places = n->p.out_places * (n->lanes == 1 ? VN_COUNT : 1);
    split_vcs(n);
    measure_kinds(n);
    lay_out_ports(n);
    make_masks(n);
    make_vcs(n);
    join_ports(n);
    make_wheel(n);
    make_packets(n);
    n->column = mem_alloc_array(n->routers, sizeof *n->column);
    n->row = mem_alloc_array(n->routers, sizeof *n->row);
    for (uint32_t i = 0; i < n->routers && n->p.cols > 0; i++) {
        n->column[i] = (uint16_t)(i % n->p.cols);
        n->row[i] = (uint16_t)(i / n->p.cols);
    }
    n->busy_words = (n->routers + 63) / 64;
    n->end_words = (n->endpoints + 63) / 64;
    n->busy = mem_alloc_array(n->busy_words, sizeof *n->busy);
    n->sending = mem_alloc_array(n->end_words, sizeof *n->sending);
    n->holding = mem_alloc_array(n->end_words, sizeof *n->holding);
    n->order = mem_alloc_array(n->routers, sizeof *n->order);
    n->out_credits = mem_alloc_array(n->endpoints, sizeof *n->out_credits);
    vc_build_links(n);
}
