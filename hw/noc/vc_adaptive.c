/* SPDX-License-Identifier: Apache-2.0 */
/* vc_adaptive.c - routes that depend on what the router sees: the credits of its own output ports.
 *
 *     mesh       odd-even turn model, minimal (Chiu, IEEE TPDS 11(7), 2000)
 *     torus      at its source x first or y first, minimal (O1TURN: Seo, Ali, Lim, Rafique, Thottethodi, ISCA 2005)
 *     ring       at its source one way round or the other: UGAL, as below
 *     fat tree   any way up, the usual way down
 *     flatfly    UGAL with local queues (Singh 2005; Kim, Dally, Abts, ISCA 2007): at its source minimal or Valiant
 *
 * A route is decided once, in the cycle in which it is known, after the cycle's credits have come and before the switch
 * takes any: in that time the credits of a router do not change, so the order in which its heads are routed does not
 * count. Why none of these can deadlock: docs/model/vc-network.md. */
#include "hw/noc/vc_router.h"

/* Credits of an output port: those of the VCs in `of`. */
static uint32_t credits(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t of)
{
    const struct vc *out = &n->vc[(n->router[router].port_base + port) << n->vc_shift];
    uint32_t sum = 0;
    for (; of; of &= of - 1)
        sum += out[__builtin_ctz(of)].credits;
    return sum;
}

/* Flits that wait for an output port, in the buffer behind it and on the wires. */
static uint32_t waiting(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t of)
{
    return (uint32_t)__builtin_popcount(of) * n->depth - credits(n, router, port, of);
}

/* Turns from east to north or south are taken in odd columns only, those from north or south to west in even ones. So
 * the easternmost column of a circle would have to be both. */
uint32_t vc_adapt_mesh(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    uint32_t x = n->column[h->router], y = n->row[h->router], to_x = n->column[h->to], to_y = n->row[h->to];
    uint32_t along_x = to_x < x ? MESH_WEST : MESH_EAST, along_y = to_y < y ? MESH_NORTH : MESH_SOUTH;
    bool odd = x & 1, goes_east = h->in == MESH_WEST; /* it came in from the west */
    bool may_x = to_x < x || (to_x > x && (to_y == y || (to_x & 1) || to_x - x > 1));
    bool may_y = to_y != y && (to_x < x ? !odd : to_x == x || odd || !goes_east);
    (void)w;
    if (n->p.debug_one_class) {
        may_x = to_x != x;
        may_y = to_y != y;
    }
    if (!may_x || !may_y)
        return may_x ? along_x : along_y;
    uint32_t of = n->set_mask[*set];
    return credits(n, h->router, along_y, of) > credits(n, h->router, along_x, of) ? along_y : along_x;
}

/* A circle of routers: ports up and down, the place of this router and of that to which a packet goes. */
struct circle {
    uint32_t ports, size, at, to;
    bool enters; /* it comes from its source, or from the other dimension */
};

static uint32_t links_up(const struct circle *c)
{
    return c->to > c->at ? c->to - c->at : c->to + c->size - c->at;
}

/* Class 0 up to the wrap link, class 1 behind it; who does not cross it takes the one with more credits. */
static uint32_t go_round(const struct vc_network *n, uint32_t router, const struct circle *c, struct vc_way *w,
                         uint32_t *set)
{
    bool down = w->chosen & VC_WAY_DOWN, wraps = down ? c->to > c->at : c->to < c->at;
    uint32_t port = c->ports + down, before = *set + n->lanes, behind = before + n->lanes;
    if (c->enters) {
        bool more_behind =
            credits(n, router, port, n->set_mask[behind]) >= credits(n, router, port, n->set_mask[before]);
        w->chosen = (uint16_t)((w->chosen & ~VC_WAY_CLASS) | (!wraps && more_behind ? VC_WAY_CLASS : 0));
    } else if (c->at == (down ? c->size - 1 : 0)) {
        w->chosen |= VC_WAY_CLASS;
    }
    *set = w->chosen & VC_WAY_CLASS && !n->p.debug_one_class ? behind : before;
    return port;
}

/* The shorter way round; half-way the one with more credits, or a coin. */
static uint16_t shorter_way(const struct vc_network *n, uint32_t router, const struct circle *c, bool coin, uint32_t of)
{
    uint32_t up = links_up(c), down = c->size - up;
    if (up == down) {
        up = credits(n, router, c->ports + 1, of);
        down = credits(n, router, c->ports, of);
    }
    return up > down || (up == down && coin) ? VC_WAY_DOWN : 0;
}

/* A link of the order of dimensions that the packet has; those of y first have classes of their own. */
static uint32_t torus_hop(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    uint32_t x = n->column[h->router], y = n->row[h->router], to_x = n->column[h->to], to_y = n->row[h->to];
    bool y_first = w->chosen & VC_WAY_Y, along_x = x != to_x && (!y_first || y == to_y);
    bool came_x = h->in < MESH_SOUTH, came_y = !came_x && h->in < MESH_LINKS;
    struct circle c = {MESH_EAST, n->p.cols, x, to_x, !came_x};
    if (!along_x)
        c = (struct circle) {MESH_SOUTH, n->p.rows, y, to_y, !came_y};
    if (c.enters)
        w->chosen = (uint16_t)((w->chosen & VC_WAY_Y) |
                               shorter_way(n, h->router, &c, w->coins & (along_x ? 1 : 2), n->set_mask[*set]));
    if (y_first && !n->p.debug_one_class)
        *set += 2 * n->lanes;
    return go_round(n, h->router, &c, w, set);
}

/* O1TURN, the order being chosen by credits, not by lot. A packet of one dimension chooses between their VCs. */
uint32_t vc_adapt_torus(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    if (h->in < n->link_ports)
        return torus_hop(n, h, w, set);
    struct vc_way y_first = {.chosen = VC_WAY_Y, .coins = w->coins};
    uint32_t y_set = *set, x_port = torus_hop(n, h, w, set), y_port = torus_hop(n, h, &y_first, &y_set);
    if (credits(n, h->router, y_port, n->set_mask[y_set]) <= credits(n, h->router, x_port, n->set_mask[*set]))
        return x_port;
    *w = y_first;
    *set = y_set;
    return y_port;
}

/* Flits that a link at full rate has under way or not yet paid back, if they are heads. */
static uint32_t round_trip(const struct vc_network *n)
{
    const struct vc_network_shape *s = &n->p.shape;
    return 2 * n->latency + 2 + s->routing_delay + s->vc_alloc_delay + s->sw_alloc_delay + s->credit_delay;
}

/* UGAL, the detour being the longer way round. While the shorter one has no more flits out than a link at full rate,
 * none of them need be waiting: without this a flit on the wire would send the next one the other way. */
uint32_t vc_adapt_ring(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    const struct circle c = {RING_UP, n->routers, h->router, h->to, h->in >= RING_LINKS};
    if (c.enters) {
        uint32_t of = n->set_mask[*set], up = links_up(&c), down = c.size - up;
        bool goes_down = up > down || (up == down && w->coins & 1);
        uint32_t links = goes_down ? down : up, port = RING_UP + goes_down, other = RING_DOWN - goes_down;
        uint32_t here = waiting(n, h->router, port, of), there = waiting(n, h->router, other, of);
        bool queue = here > round_trip(n) || credits(n, h->router, port, of) == 0;
        bool detour = queue && there * (c.size - links) < here * links;
        w->chosen = goes_down != detour ? VC_WAY_DOWN : 0;
    }
    return go_round(n, h->router, &c, w, set);
}

/* Of ports up with equal credits, the first one from the one that d-mod-k would take. */
uint32_t vc_adapt_tree(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    uint32_t k = n->p.arity, best = n->topology->route(n, h, w, set), from = best, most = 0;
    for (uint32_t i = 0; from >= k && i < k; i++) {
        uint32_t port = k + (from + i) % k, here = credits(n, h->router, port, n->set_mask[*set]);
        best = here > most ? port : best;
        most = here > most ? here : most;
    }
    return best;
}

/* Links to another router. */
static uint32_t links_to(const struct vc_network *n, uint32_t from, uint32_t to)
{
    return (n->column[from] != n->column[to] ? 1u : 0u) + (n->row[from] != n->row[to] ? 1u : 0u);
}

/* Flits that wait for the port by which a router is reached, x links on that way. */
static uint32_t cost(const struct vc_network *n, const struct vc_hop *h, uint32_t first, struct vc_way w, uint32_t of,
                     uint32_t links)
{
    struct vc_hop at = *h;
    uint32_t lane = 0;
    at.to = first;
    return waiting(n, h->router, n->topology->route(n, &at, &w, &lane), of) * links;
}

/* A packet that goes minimally is one that has its detour behind it: it has the VCs of the second half. */
uint32_t vc_adapt_flatfly(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    if (h->in >= n->link_ports) {
        uint32_t of = n->set_mask[*set], links = links_to(n, h->router, w->via) + links_to(n, w->via, h->to);
        bool detour = w->via != h->router && w->via != h->to &&
                      cost(n, h, w->via, *w, of, links) < cost(n, h, h->to, *w, of, links_to(n, h->router, h->to));
        w->chosen = detour ? 0 : VC_WAY_LAST;
    }
    return vc_route_valiant(n, h, w, set);
}

/* ---- in the routers' cycle ---- */

/* Where a packet decides, its flits are counted: links count them where they pass. */
uint32_t vc_decide(struct vc_network *n, uint32_t vc, uint32_t *set)
{
    const struct vc_port *source = port_of(n, vc);
    uint32_t packet = flit_packet(n->vc[vc].front), port;
    struct vc_place *to = &n->to[packet];
    const struct vc_hop at = {source->router, local_port(n, vc - source->first), to->router, to};
    *set = n->lane_of_vc[vc & n->vc_mask];
    to->hops++;
    if (at.router == at.to)
        return to->port;
    port = n->topology->adapt(n, &at, &n->way[packet & n->way_mask], set);
    n->walked[port + local_port(n, source->first)] += n->packets[packet].flits;
    return port;
}

void vc_begin_adaptive(struct vc_network *n, struct vc_tile *t, uint32_t vc, bool waits)
{
    const struct vc_engine how = {.masks = true, .wide = n->wide};
    n->vc[vc].out = VC_WAITING;
    if (!n->masks)
        n->heads[n->n_heads++] = (struct vc_head) {.vc = vc, .port = VC_NONE};
    else if (waits)
        t->fresh[t->n_fresh++] = vc;
    else
        ask_vc(n, t, decided(n, vc, how) + local_port(n, port_of(n, vc)->first), vc, how);
}
