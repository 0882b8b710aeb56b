/* SPDX-License-Identifier: Apache-2.0 */
/* vc_build.c - a VC network is laid out: ports, neighbours, virtual networks, memory. */
#include "hw/noc/vc_state.h"

#include "sim/base/error.h"

#define TILE_VCS 1280u /* 32 bytes each, with their ports: 40 KiB, of which a cycle touches a part */

/* A lane is a virtual network, or, where messages of other chips go apart, that of one origin: own ones first.
 * Lower-numbered lanes get one VC more when they do not split evenly. */
static void split_vcs(struct vc_network *n)
{
    static const uint32_t lanes[VN_COUNT + 1][VN_COUNT] = {
        [1] = {0, 0, 0}, [2] = {0, VC_NONE, 1}, [3] = {0, 1, 2}}; /* request, forward, response */
    for (uint32_t vn = 0; vn < VN_COUNT; vn++)
        n->lane_of[vn] = lanes[n->p.shape.vns][vn];
    for (uint32_t lane = 0, first = 0; lane < n->lanes; lane++) {
        uint32_t share = n->vcs / n->lanes + (lane < n->vcs % n->lanes);
        for (uint32_t v = first; v < first + share && v < VC_NETWORK_VCS; v++) {
            n->lane_of_vc[v] = (uint8_t)lane;
            n->lane_mask[lane] |= 1u << v;
        }
        first += share;
    }
}

/* Sets of VCs: the lanes; where routes want classes, then the parts into which the VCs of each lane are split, as
 * evenly as possible: class 0 has the lowest ones. */
static void split_lanes(struct vc_network *n)
{
    uint32_t classes = n->adaptive ? n->topology->classes_adaptive : n->topology->classes * (n->valiant ? 2 : 1);
    uint32_t sets = n->lanes * (classes > 1 ? 1 + classes : 1);
    while (1u << n->set_shift < sets)
        n->set_shift++;
    n->classes = classes > 1;
    for (uint32_t lane = 0; lane < n->lanes; lane++) {
        uint32_t rest = n->set_mask[lane] = n->lane_mask[lane], vcs = (uint32_t)__builtin_popcount(rest);
        SIM_CHECK(vcs >= classes, "%s: a %s needs %u VCs of each virtual network", n->p.name, n->topology->name,
                  classes);
        for (uint32_t k = 0; sets > n->lanes && k < classes; k++) {
            uint32_t *part = &n->set_mask[n->lanes * (1 + k) + lane];
            for (uint32_t i = vcs / classes + (k >= classes - vcs % classes); i > 0; i--, rest &= rest - 1)
                *part |= rest & -rest;
            if (n->p.debug_one_class)
                *part = n->lane_mask[lane];
        }
    }
}

static void measure_kinds(struct vc_network *n)
{
    for (uint32_t kind = 0; kind < PACKET_KINDS; kind++) {
        uint32_t bytes = n->kind_bytes[kind] = kind % PAYLOAD_KINDS * SECTOR_BYTES;
        uint32_t needed = n->p.packet_flits ? n->p.packet_flits : (bytes + n->p.flit_bytes - 1) / n->p.flit_bytes;
        n->kind_flits[kind] = bytes ? needed : 1;
    }
    for (uint32_t type = 0; type < MSG_COUNT; type++)
        for (uint32_t sectors = 0; sectors <= ALL_SECTORS; sectors++) {
            const struct message m = {.type = (uint8_t)type, .sectors = (uint8_t)sectors};
            uint32_t bytes = message_payload(&m), class_of = message_infos[type].class_of;
            uint32_t kind = class_of * PAYLOAD_KINDS + bytes / SECTOR_BYTES;
            /* Who polls a counter that nobody will raise goes round for ever and gets nowhere. */
            bool polls = type == MSG_POLL || type == MSG_POLL_VALUE;
            n->shapes[type][sectors] = (struct vc_shape) {
                .flits = (uint16_t)n->kind_flits[kind],
                .bytes = (uint16_t)bytes,
                .meta = (uint16_t)(kind | (uint32_t)message_infos[type].vn << META_VN | (uint32_t)polls << META_POLL),
                .lane = (uint8_t)n->lane_of[message_infos[type].vn],
                .class_of = (uint8_t)class_of};
        }
}

static uint32_t router_of(const struct vc_network *n, uint32_t e)
{
    if (n->routers == 1)
        return 0;
    return n->p.endpoint_router ? n->p.endpoint_router[e] : e / n->p.concentration;
}

/* Masks or lists? Wide masks know what a crossbar needs. */
static void choose_engine(struct vc_network *n, uint32_t ports)
{
    const struct vc_network_shape *s = &n->p.shape;
    const uint32_t circle = ports << n->vc_shift;
    bool wide = circle > 64;
    n->few_ports = ports < 64;
    n->most_ports = ports;
    n->iterations = s->iterations > 0 ? s->iterations : 1;
    n->input_first = s->allocator == ALLOC_SEPARABLE_INPUT;
    bool one_round = !n->input_first && n->iterations == 1;
    n->masks = !n->p.debug_lists && s->routing_delay <= 1 && s->vc_alloc_delay == 1 && s->sw_alloc_delay == 1 &&
               !s->speculative && !s->hold_switch && (!wide || (one_round && !n->classes));
    n->wide = n->masks && wide;
    n->plain = n->masks && one_round && n->vc_shift == PLAIN_SHIFT && !n->adaptive;
    n->port_vcs = n->vc_shift == 5 ? UINT32_MAX : (1ull << (1u << n->vc_shift)) - 1;
    for (uint32_t vc = 0; vc < 64; vc += 1u << n->vc_shift)
        n->firsts |= 1ull << vc;
}

/* Endpoints take the ports behind the links between routers, in the order of their numbers. */
static void lay_out_ports(struct vc_network *n)
{
    n->places = mem_alloc_array(n->endpoints, sizeof *n->places);
    n->router = mem_alloc_array(n->routers, sizeof *n->router);
    for (uint32_t i = 0; i < n->routers; i++)
        n->router[i].ports = n->link_ports;
    for (uint32_t e = 0; e < n->endpoints; e++) {
        uint32_t at = router_of(n, e);
        SIM_CHECK(at < n->routers, "%s: endpoint %u stands at router %u of %u", n->p.name, e, at, n->routers);
        n->places[e] = (struct vc_place) {.router = at, .port = (uint16_t)n->router[at].ports++}; /* in its router */
    }
    uint32_t most = 0;
    for (uint32_t i = 0; i < n->routers; i++) {
        struct vc_router *r = &n->router[i];
        r->port_base = n->ports;
        r->vc_base = n->ports << n->vc_shift;
        r->circle = r->ports << n->vc_shift;
        n->ports += r->ports;
        most = r->ports > most ? r->ports : most;
    }
    n->router_vcs = n->ports << n->vc_shift;
    uint32_t largest = most << n->vc_shift;
    SIM_CHECK(largest < VC_NETWORK_WIDE, "%s: %u ports of %u VCs are too many", n->p.name, most, n->vcs);
    choose_engine(n, most);
}

/* Routers of a tile, all alike in size; where there are lists they belong to one. */
static uint32_t tile_routers(const struct vc_network *n)
{
    uint32_t circle = n->ports / n->routers << n->vc_shift, fit = TILE_VCS / (circle ? circle : 1);
    return !n->masks ? n->routers : fit > 0 ? fit : 1;
}

static uint32_t tile_of(const struct vc_network *n, uint32_t router)
{
    return router / tile_routers(n);
}

/* What a tile needs within its step, for the one with most ports. Lists grow before they know whether they do: a place
 * more each. */
static void make_step(struct vc_network *n, uint32_t ports)
{
    for (n->step_mask = 1; n->step_mask < ports; n->step_mask *= 2)
        ;
    n->input_grants = mem_alloc_array(n->step_mask, sizeof *n->input_grants);
    n->choosers = mem_alloc_array(n->step_mask, sizeof *n->choosers);
    n->step_mask--;
    n->step_granted = mem_alloc_array((size_t)ports + 1, sizeof *n->step_granted);
    n->step_winners = mem_alloc_array(((size_t)ports << n->vc_shift) + 1, sizeof *n->step_winners);
    for (uint32_t i = 0; i < n->n_tiles; i++) {
        n->tiles[i].granted = n->step_granted;
        n->tiles[i].winners = n->step_winners;
    }
}

static void make_chains(struct vc_network *n)
{
    n->next_head = mem_alloc_array(n->router_vcs, sizeof *n->next_head);
    n->chains = mem_alloc_array((size_t)n->ports * n->lanes, sizeof *n->chains);
    for (uint32_t i = 0; i < n->ports * n->lanes; i++)
        n->chains[i] = (struct vc_chain) {.port = i / n->lanes, .set = n->lane_mask[i % n->lanes]};
}

static void make_tiles(struct vc_network *n)
{
    n->n_tiles = tile_of(n, n->routers - 1) + 1;
    n->tiles = mem_alloc_array(n->n_tiles, sizeof *n->tiles);
    if (!n->masks)
        return;
    n->taken = mem_alloc_array(n->routers, sizeof *n->taken);
    if (n->wide)
        make_chains(n);
    uint32_t groups = n->wide ? n->lanes : 1; /* of heads, per output port */
    n->order = mem_alloc_array((size_t)n->ports * groups, sizeof *n->order);
    size_t places = n->router_vcs + (size_t)(1 + groups) * n->ports + (size_t)2 * VC_AHEAD * n->n_tiles;
    uint32_t *place = n->tile_lists = mem_alloc_array(places, sizeof *place), most = 0;
    for (uint32_t i = 0, from = 0, to; i < n->n_tiles; i++, from = to) {
        struct vc_tile *t = &n->tiles[i];
        to = from + tile_routers(n) < n->routers ? from + tile_routers(n) : n->routers;
        const struct vc_router *last = &n->router[to - 1];
        uint32_t ports = last->port_base + last->ports - n->router[from].port_base, vcs = ports << n->vc_shift;
        t->first_port = n->router[from].port_base;
        t->ports = ports;
        t->fresh = place;
        t->wanted = t->fresh + vcs;
        t->asked = t->wanted + ports * groups + VC_AHEAD;
        place = t->asked + ports + VC_AHEAD;
        most = ports > most ? ports : most;
    }
    make_step(n, most);
}

static void make_lists(struct vc_network *n)
{
    size_t groups = (size_t)n->ports << n->set_shift;
    n->ready = mem_alloc_array(n->router_vcs, sizeof *n->ready);
    n->heads = mem_alloc_array((size_t)n->router_vcs + 1, sizeof *n->heads);
    n->winners = mem_alloc_array(n->router_vcs, sizeof *n->winners);
    n->order = mem_alloc_array(n->router_vcs, sizeof *n->heads); /* what it holds at most: heads */
    n->askers = mem_alloc_array(groups, sizeof *n->askers);
    n->rival_groups = mem_alloc_array(groups, sizeof *n->rival_groups);
    n->group_asked = mem_alloc_array(groups, sizeof *n->group_asked);
    n->grants = mem_alloc_array(n->router_vcs, sizeof *n->grants);
    n->choice = mem_alloc_array(n->router_vcs, sizeof *n->choice);
    for (uint32_t vc = 0; vc < n->router_vcs; vc++)
        n->grants[vc] = n->choice[vc] = VC_NONE;
    uint32_t most = n->most_ports;
    n->request_stride = bits_words(most, n->few_ports);
    n->outs = mem_alloc_array(n->request_stride, sizeof *n->outs);
    n->requests = mem_alloc_array((size_t)most * n->request_stride, sizeof *n->requests);
    n->rivals = mem_alloc_array(n->router_vcs, sizeof *n->rivals);
    n->rival_routers = mem_alloc_array(n->routers, sizeof *n->rival_routers);
    n->speaker = mem_alloc_array((size_t)most * most, sizeof *n->speaker);
    n->inputs = mem_alloc_array(most, sizeof *n->inputs);
    n->chosen = mem_alloc_array(most, sizeof *n->chosen);
    for (uint32_t i = 0; i < most; i++)
        n->chosen[i] = UINT16_MAX;
}

static struct vc_matches matches_of(const struct vc_network *n)
{
    return (struct vc_matches) {.items = mem_alloc_array(n->router_vcs, sizeof(struct vc_matched)),
                                .places = n->router_vcs};
}

static void make_options(struct vc_network *n)
{
    const struct vc_network_shape *s = &n->p.shape;
    n->options = s->speculative || s->hold_switch;
    n->bids_yield = s->speculative && s->allocator != ALLOC_ISLIP;
    n->n_firm = UINT32_MAX;
    if (s->routing_delay > 1)
        n->routing = mem_alloc_array(s->routing_delay, sizeof *n->routing);
    if (s->vc_alloc_delay > 1)
        n->vc_matches = matches_of(n);
    if (s->sw_alloc_delay > 1) {
        n->switch_matches = matches_of(n);
        n->won = mem_alloc_array(n->router_vcs, sizeof *n->won);
    }
    if (!n->options)
        return;
    n->bids = mem_alloc_array(n->router_vcs, sizeof *n->bids);
    n->bid_port = mem_alloc_array(n->router_vcs, sizeof *n->bid_port);
    n->redeemed = mem_alloc_array(n->router_vcs, sizeof *n->redeemed);
    n->busy = mem_alloc_array(n->ports, sizeof *n->busy);
    n->busy_ports = mem_alloc_array((size_t)2 * n->router_vcs, sizeof *n->busy_ports);
    if (s->hold_switch) {
        n->kept = mem_alloc_array(n->router_vcs, sizeof *n->kept);
        n->keeps = mem_alloc_array(n->router_vcs, sizeof *n->keeps);
    }
}

static void make_vcs(struct vc_network *n)
{
    size_t all = end_vc(n, n->endpoints);
    while (1u << n->fifo_shift < n->depth)
        n->fifo_shift++;
    n->fifo_mask = (1u << n->fifo_shift) - 1;
    n->vc_memory = mem_alloc_lines(all, sizeof *n->vc);
    n->vc = mem_lines(n->vc_memory);
    n->flits = mem_alloc_array(all << n->fifo_shift, sizeof *n->flits);
    for (size_t i = 0; i < all; i++)
        n->vc[i] = (struct vc) {.out = VC_IDLE, .credits = (uint16_t)n->depth, .owner = OWNER_NONE};
}

static void join(struct vc_network *n, uint32_t router, uint32_t port)
{
    uint32_t here = n->router[router].port_base + port;
    uint32_t theirs, to = n->topology->neighbour(n, router, port, &theirs);
    if (to == VC_NONE)
        return;
    n->port[here].down = (n->router[to].port_base + theirs) << n->vc_shift;
    n->port[n->router[to].port_base + theirs].back = here << n->vc_shift;
    n->port[here].down_tile = tile_of(n, to);
    n->port[n->router[to].port_base + theirs].back_tile = tile_of(n, router);
    n->port_latency[here] = n->back_latency[n->router[to].port_base + theirs] =
        (uint16_t)n->topology->latency(n, router, port);
}

static void join_ports(struct vc_network *n)
{
    n->port_memory = mem_alloc_lines(n->ports, sizeof *n->port);
    n->port = mem_lines(n->port_memory);
    n->port_latency = mem_alloc_array(n->ports, sizeof *n->port_latency);
    n->back_latency = mem_alloc_array(n->ports, sizeof *n->back_latency);
    n->ends_memory = mem_alloc_lines(n->endpoints, sizeof *n->ends);
    n->ends = mem_lines(n->ends_memory);
    n->credits_memory = mem_alloc_lines(n->endpoints, sizeof *n->out_credits);
    n->out_credits = mem_lines(n->credits_memory);
    for (uint32_t i = 0; i < n->ports; i++) {
        n->port[i].free = (uint32_t)((1ull << n->vcs) - 1);
        n->port[i].down = VC_NONE;
        if (n->wide)
            n->port[i].wide.best = UINT16_MAX;
        else if (!n->masks)
            n->port[i].list.best = UINT16_MAX;
    }
    for (uint32_t i = 0; i < n->routers; i++) {
        const struct vc_router *r = &n->router[i];
        for (uint32_t k = r->port_base; k < r->port_base + r->ports; k++) {
            n->port[k].router = (uint16_t)i;
            n->port[k].first = r->vc_base;
            n->port[k].sent = (uint16_t)(((k - r->port_base) << n->vc_shift) + n->vcs - 1);
            n->port[k].sent_to = n->port[k].passed = (uint16_t)(r->circle - 1);
        }
        for (uint32_t vc = r->vc_base; vc < r->vc_base + r->circle; vc++)
            n->vc[vc].served = n->vc[vc].took = (uint16_t)(r->circle - 1);
        for (uint32_t k = 0; k < n->link_ports; k++)
            join(n, i, k);
    }
    for (uint32_t e = 0; e < n->endpoints; e++) {
        uint32_t port = n->ends[e].port = n->router[n->places[e].router].port_base + n->places[e].port;
        n->port[port].down = end_vc(n, e);
        n->port[port].back = end_vc(n, e);
        n->port[port].down_tile = n->port[port].back_tile = n->n_tiles;
        n->ends[e].tile = n->ends[e].credits_to = (uint16_t)tile_of(n, n->places[e].router);
        n->ends[e].number = (uint16_t)e;
        n->ends[e].out_credit = &n->out_credits[e];
        n->ends[e].end_vc = end_vc(n, e);
        n->ends[e].port_vc = port << n->vc_shift;
    }
}

/* Room for an item per link that ends in the tile. */
static void make_slots(struct vc_network *n)
{
    size_t slots = (size_t)n->wheel_mask * (n->n_tiles + 1);
    size_t items = (size_t)n->wheel_mask * (n->ports + n->endpoints) + slots * VC_AHEAD;
    n->wheel = mem_alloc_array(slots, sizeof *n->wheel);
    struct vc_flit *flit = n->wheel_flits = mem_alloc_array(items, sizeof *flit);
    uint32_t *credit = n->wheel_credits = mem_alloc_array(items, sizeof *credit);
    for (uint32_t i = 0; i < n->wheel_mask; i++)
        for (uint32_t tile = 0, from = 0, to; tile <= n->n_tiles; tile++, from = to) {
            struct vc_slot *s = &n->wheel[i * (n->n_tiles + 1) + tile];
            uint32_t router = (tile + 1) * tile_routers(n);
            to = router < n->routers ? n->router[router].port_base : n->ports;
            uint32_t places = (tile < n->n_tiles ? to - from : n->endpoints) + VC_AHEAD;
            *s = (struct vc_slot) {.flit = flit, .credit = credit};
            flit += places;
            credit += places;
        }
}

/* A tile can go through two cycles where nothing acts elsewhere in less: with links of a cycle. That pays where it has
 * to be fetched each time. */
static void make_wheel(struct vc_network *n)
{
    uint32_t longest = 0, shortest = n->node_latency;
    for (uint32_t i = 0; i < n->ports; i++) {
        if (n->port[i].down >= n->router_vcs)
            continue;
        longest = n->port_latency[i] > longest ? n->port_latency[i] : longest;
        shortest = n->port_latency[i] < shortest ? n->port_latency[i] : shortest;
    }
    for (uint32_t i = 0; i < n->ports; i++)
        n->varied = n->varied || (n->port[i].down < n->router_vcs && n->port_latency[i] != longest);
    n->latency = longest;
    n->plain = n->plain && !n->varied;
    n->lags = n->p.lags && n->masks && n->n_tiles > TILES_NEAR && shortest > 0;
    longest = (longest > n->node_latency ? longest : n->node_latency) + 2 + n->p.shape.credit_delay + n->lags;
    for (n->wheel_mask = 1; n->wheel_mask <= longest;)
        n->wheel_mask *= 2;
    make_slots(n);
    n->wheel_mask--;
}

static void make_packets(struct vc_network *n)
{
    size_t queues = (size_t)n->endpoints * n->lanes;
    for (uint32_t e = 0; e < n->endpoints; e++) {
        n->ends[e].credits = (uint32_t)((1ull << n->vcs) - 1);
        for (uint32_t lane = 0; lane < n->lanes; lane++) /* the first packet takes the lane's first VC */
            n->ends[e].used[lane] = (uint8_t)(31 - __builtin_clz(n->lane_mask[lane]));
    }
    /* Whatever is not in a source queue (the endpoint's mailbox is a part of it) holds a place of some VC. */
    size_t most = queues * n->queue_places + ((size_t)n->ports + n->endpoints) * n->vcs * n->depth;
    most += n->p.kept;
    if (n->p.in_places < UINT32_MAX) /* handed over and not yet read, or not yet given back, by the endpoint */
        most += (size_t)2 * n->endpoints * n->p.in_places * VN_COUNT;
    SIM_CHECK(most < 1u << (32 - FLIT_FIRST), "%s: %zu packets are more than a flit can name", n->p.name, most);
    n->packets = mem_alloc_array(most, sizeof *n->packets);
    n->aims = n->places;
    n->to = mem_alloc_array(most, sizeof *n->to);
    n->way_mask = n->ways > 1 || n->valiant ? UINT32_MAX : 0;
    n->way = mem_alloc_array(n->way_mask ? most : 1, sizeof *n->way);
    message_store_init(&n->store, (uint32_t)most);
}

static void check_shape(const struct vc_network_params *p)
{
    const struct vc_network_shape *s = &p->shape;
    SIM_CHECK(s->vns >= 1 && s->vns <= VN_COUNT && s->vcs >= s->vns && s->vcs <= VC_NETWORK_VCS,
              "%s: %u VCs for %u virtual networks", p->name, s->vcs, s->vns);
    SIM_CHECK(s->allocator <= ALLOC_SEPARABLE_OUTPUT &&
                  (s->iterations <= 1 || (s->allocator == ALLOC_ISLIP && s->vc_alloc_delay == 1)),
              "%s: allocator %u with %u iterations", p->name, s->allocator, s->iterations);
    SIM_CHECK(s->depth >= 1 && s->depth <= VC_NETWORK_DEPTH, "%s: VCs of %u flits", p->name, s->depth);
    SIM_CHECK(s->routing_delay <= VC_DELAY_MAX && s->vc_alloc_delay >= 1 && s->vc_alloc_delay <= VC_DELAY_MAX &&
                  s->sw_alloc_delay >= 1 && s->sw_alloc_delay <= VC_DELAY_MAX,
              "%s: route %u, VC allocation %u, switch allocation %u cycles", p->name, s->routing_delay,
              s->vc_alloc_delay, s->sw_alloc_delay);
    SIM_CHECK((s->vc_alloc_delay == 1 && s->sw_alloc_delay == 1) || !(s->speculative || s->hold_switch),
              "%s: speculation and kept switches need allocations of one cycle", p->name);
    SIM_CHECK(s->link_latency < 60000 && s->node_latency < 60000 && s->credit_delay < 250,
              "%s: links of %u and %u, credits of %u cycles", p->name, s->link_latency, s->node_latency,
              s->credit_delay);
    SIM_CHECK(!s->valiant || (s->topology >= DYN_NOC_MESH && s->topology <= DYN_NOC_FLATFLY),
              "%s: Valiant routes need a mesh, torus, ring or flattened butterfly", p->name);
    SIM_CHECK(!s->adaptive || (!s->valiant && vc_topologies[s->topology].adapt), "%s: there are no adaptive routes",
              p->name);
    SIM_CHECK(p->endpoints > 0 && p->flit_bytes > 0 && p->out_places > 0 && p->in_places > 0, "%s: nothing to connect",
              p->name);
}

static void lay_out_grid(struct vc_network *n)
{
    n->column = mem_alloc_array(n->routers, sizeof *n->column);
    n->row = mem_alloc_array(n->routers, sizeof *n->row);
    for (uint32_t i = 0; i < n->routers && n->p.cols > 0; i++) {
        n->column[i] = (uint16_t)(i % n->p.cols);
        n->row[i] = (uint16_t)(i / n->p.cols);
    }
}

void vc_build(struct vc_network *n)
{
    check_shape(&n->p);
    n->topology = &vc_topologies[n->p.shape.topology];
    n->vcs = n->p.shape.vcs;
    while (1u << n->vc_shift < n->vcs)
        n->vc_shift++;
    n->vc_mask = (1u << n->vc_shift) - 1;
    n->depth = n->p.shape.depth;
    n->foreign = n->p.apart ? n->p.shape.vns : 0;
    n->lanes = n->p.shape.vns + n->foreign;
    n->node_latency = n->p.shape.node_latency > 0 ? n->p.shape.node_latency : n->p.shape.link_latency;
    n->p.concentration += n->p.concentration == 0;
    n->endpoints = n->p.endpoints;
    n->routers = n->topology->routers(&n->p);
    n->link_ports = n->topology->links(&n->p);
    n->ways = n->topology->ways;
    n->adaptive = n->p.shape.adaptive;
    n->valiant = n->p.shape.valiant || (n->adaptive && n->p.shape.topology == DYN_NOC_FLATFLY);
    n->mesh = n->p.shape.topology == DYN_NOC_MESH;
    SIM_CHECK(n->routers > 0 && n->routers <= UINT16_MAX, "%s: %u routers", n->p.name, n->routers);
    n->queue_places = n->p.out_places * (n->p.shape.vns == 1 ? VN_COUNT : 1);
    split_vcs(n);
    split_lanes(n);
    measure_kinds(n);
    lay_out_grid(n);
    lay_out_ports(n);
    n->end_words = (n->endpoints + 63) / 64;
    n->sending = mem_alloc_array(n->end_words, sizeof *n->sending);
    n->arrived = mem_alloc_array((size_t)2 * n->end_words, sizeof *n->arrived);
    n->holding = mem_alloc_array(n->end_words, sizeof *n->holding);
    make_tiles(n);
    if (!n->masks)
        make_lists(n);
    make_vcs(n);
    make_options(n);
    join_ports(n);
    make_wheel(n);
    make_packets(n);
    if (vc_lines_fit(n))
        vc_lines_build(n);
    vc_build_links(n);
    if (vc_crossbar_fits(n))
        vc_crossbar_build(n);
}
