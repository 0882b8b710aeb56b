/* SPDX-License-Identifier: Apache-2.0 */
/* vc_adaptive.c - routes that depend on what the router sees: the credits of its own output ports.
 *
 *     mesh       odd-even turn model, minimal (Chiu, IEEE TPDS 11(7), 2000)
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
    uint32_t lane = 0, vcs = (uint32_t)__builtin_popcount(of);
    at.to = first;
    return (vcs * n->depth - credits(n, h->router, n->topology->route(n, &at, &w, &lane), of)) * links;
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
