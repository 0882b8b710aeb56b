/* SPDX-License-Identifier: Apache-2.0 */
/* vc_topology.c - the topologies of the VC network, one row each: who is whose neighbour, how far, which way to go.
 *
 *     crossbar     one router, endpoint e at port e
 *     partitioned  two of them; ports 0 .. n-1 are parallel links between them
 *     mesh, torus  router = y x cols + x; ports 0 +x, 1 -x, 2 +y, 3 -y; first x, then y
 *     ring         routers in the order of their numbers; ports 0 up, 1 down
 *     flatfly      router = y x cols + x, links to all of its row, then to all of its column; first x, then y
 *     fat tree     k-ary n-tree: router = level x k^(n-1) + word; ports 0 .. k-1 down, k .. 2k-1 up
 *
 * Endpoints take the ports behind those. A route must not close a circle of channels: docs/model/vc-network.md says for
 * each topology why it does not. */
#include "hw/noc/vc_state.h"

static uint32_t grid_routers(const struct vc_network_params *p)
{
    return p->rows * p->cols;
}

static uint32_t same_latency(const struct vc_network *n, uint32_t router, uint32_t port)
{
    (void)router;
    (void)port;
    return n->p.shape.link_latency;
}

/* ---- crossbar ---- */

static uint32_t crossbar_routers(const struct vc_network_params *p)
{
    (void)p;
    return 1;
}

static uint32_t no_links(const struct vc_network_params *p)
{
    (void)p;
    return 0;
}

static uint32_t crossbar_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    (void)n;
    (void)router;
    (void)port;
    (void)their_port;
    return VC_NONE;
}

static uint32_t crossbar_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    (void)n;
    (void)h;
    (void)w;
    (void)set;
    return VC_NONE; /* there is no other router */
}

/* ---- partitioned crossbar: as many links in the middle as the parameters say, taken by destination ---- */

static uint32_t partitions(const struct vc_network_params *p)
{
    (void)p;
    return 2;
}

static uint32_t centre_links(const struct vc_network_params *p)
{
    return p->centre_links;
}

static uint32_t partitioned_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    (void)n;
    *their_port = port;
    return 1 - router;
}

static uint32_t partitioned_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    (void)w;
    (void)set;
    return (n->router[h->to].port_base + h->last->port) % n->p.centre_links;
}

/* ---- mesh ---- */

static uint32_t mesh_links(const struct vc_network_params *p)
{
    (void)p;
    return MESH_LINKS;
}

static uint32_t mesh_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    uint32_t cols = n->p.cols, x = router % cols, y = router / cols;
    *their_port = port ^ 1u; /* what leaves to the east comes in from the west */
    switch (port) {
    case MESH_EAST:
        return x + 1 < cols ? router + 1 : VC_NONE;
    case MESH_WEST:
        return x > 0 ? router - 1 : VC_NONE;
    case MESH_SOUTH:
        return y + 1 < n->p.rows ? router + cols : VC_NONE;
    default:
        return y > 0 ? router - cols : VC_NONE;
    }
}

static uint32_t mesh_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    (void)w;
    (void)set;
    return vc_mesh_port(n, h->router, h->to);
}

/* ---- torus and ring: the shorter way, a coin where both are as long; two classes of VCs break the circle ---- */

/* The direction and the class of VCs are chosen where a packet enters a dimension, and kept until it leaves it. Up, a
 * packet of class 1 is one that will cross the wrap link; down, one that will not. That is enough as none goes further
 * than half-way round; adaptive routes: vc_adaptive.c. */
static uint32_t circle_route(uint32_t at, uint32_t to, uint32_t size, bool enters, uint32_t coin, uint16_t *way)
{
    if (enters) {
        uint32_t up = to > at ? to - at : to + size - at, down = size - up;
        bool goes_down = up > down || (up == down && coin);
        *way = (uint16_t)((*way & VC_WAY_LAST) | (at > to ? VC_WAY_CLASS : 0) | (goes_down ? VC_WAY_DOWN : 0));
    }
    return *way & VC_WAY_DOWN ? 1 : 0;
}

static uint32_t class_set(const struct vc_network *n, uint16_t way, uint32_t lane)
{
    return lane + n->lanes * (way & VC_WAY_CLASS && !n->p.debug_one_class ? 2 : 1);
}

static uint32_t torus_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    uint32_t cols = n->p.cols, rows = n->p.rows, x = router % cols, y = router / cols;
    *their_port = port ^ 1u;
    if (port < MESH_SOUTH)
        return cols == 1 ? VC_NONE : y * cols + (port == MESH_EAST ? x + 1 : x + cols - 1) % cols;
    return rows == 1 ? VC_NONE : (port == MESH_SOUTH ? y + 1 : y + rows - 1) % rows * cols + x;
}

static uint32_t torus_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    uint32_t to = h->to, at = h->router, port;
    if (n->column[to] != n->column[at])
        port = MESH_EAST +
               circle_route(n->column[at], n->column[to], n->p.cols, h->in >= MESH_SOUTH, w->coins & 1, &w->chosen);
    else
        port = MESH_SOUTH + circle_route(n->row[at], n->row[to], n->p.rows, h->in != MESH_SOUTH && h->in != MESH_NORTH,
                                         w->coins & 2, &w->chosen);
    *set = class_set(n, w->chosen, *set);
    return port;
}

static uint32_t ring_links(const struct vc_network_params *p)
{
    (void)p;
    return RING_LINKS;
}

static uint32_t ring_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    *their_port = port ^ 1u;
    return n->routers == 1 ? VC_NONE : (port == RING_UP ? router + 1 : router + n->routers - 1) % n->routers;
}

static uint32_t ring_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    uint32_t port = circle_route(h->router, h->to, n->routers, h->in >= RING_LINKS, w->coins & 1, &w->chosen);
    *set = class_set(n, w->chosen, *set);
    return port;
}

/* ---- flattened butterfly ---- */

static uint32_t flatfly_links(const struct vc_network_params *p)
{
    return p->cols - 1 + p->rows - 1;
}

/* Port k of a dimension leads to position k, or k + 1 from the own one on. */
static uint32_t position_behind(uint32_t own, uint32_t k)
{
    return k < own ? k : k + 1;
}
static uint32_t port_towards(uint32_t own, uint32_t position)
{
    return position < own ? position : position - 1;
}

static uint32_t flatfly_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    uint32_t cols = n->p.cols, x = router % cols, y = router / cols, along_x = cols - 1;
    if (port < along_x) {
        uint32_t to = position_behind(x, port);
        *their_port = port_towards(to, x);
        return y * cols + to;
    }
    uint32_t to = position_behind(y, port - along_x);
    *their_port = along_x + port_towards(to, y);
    return to * cols + x;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* A wire over d places of the grid takes d times the cycles of one. */
static uint32_t flatfly_latency(const struct vc_network *n, uint32_t router, uint32_t port)
{
    uint32_t theirs, to = flatfly_neighbour(n, router, port, &theirs), cols = n->p.cols;
    return n->p.shape.link_latency * (distance(router % cols, to % cols) + distance(router / cols, to / cols));
}

static uint32_t flatfly_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    (void)w;
    (void)set;
    uint32_t to = h->to, at = h->router;
    if (n->column[to] != n->column[at])
        return port_towards(n->column[at], n->column[to]);
    return n->p.cols - 1 + port_towards(n->row[at], n->row[to]);
}

/* ---- fat tree ---- */

static uint32_t power(uint32_t base, uint32_t exponent)
{
    uint32_t value = 1;
    while (exponent-- > 0)
        value *= base;
    return value;
}

static uint32_t digit(const struct vc_network *n, uint32_t word, uint32_t place)
{
    return word / power(n->p.arity, place) % n->p.arity;
}

static uint32_t with_digit(const struct vc_network *n, uint32_t word, uint32_t place, uint32_t value)
{
    return word + (value - digit(n, word, place)) * power(n->p.arity, place);
}

static uint32_t tree_routers(const struct vc_network_params *p)
{
    return p->levels * power(p->arity, p->levels - 1);
}

static uint32_t tree_links(const struct vc_network_params *p)
{
    return 2 * p->arity;
}

static uint32_t tree_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    uint32_t k = n->p.arity, words = n->routers / n->p.levels, level = router / words, word = router % words;
    if (port < k ? level == 0 : level + 1 == n->p.levels)
        return VC_NONE; /* below the leaves are endpoints, above the roots nothing */
    uint32_t place = port < k ? level - 1 : level;
    *their_port = (port < k ? k : 0) + digit(n, word, place);
    return (port < k ? level - 1 : level + 1) * words + with_digit(n, word, place, port % k);
}

/* Up until the destination lies below, then down. On the way up the destination's digits are taken, that of the
 * endpoint at its leaf first (d-mod-k): packets for one endpoint meet early, those for different ones spread over all
 * roots. */
static uint32_t tree_route(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    (void)w;
    (void)set;
    uint32_t k = n->p.arity, words = n->routers / n->p.levels, level = h->router / words;
    uint32_t word = h->router % words, leaf = h->to, part = power(k, level);
    if (word / part == leaf / part)
        return digit(n, leaf, level - 1);
    uint32_t at_leaf = h->last->port - n->link_ports;
    return k + (level > 0 ? digit(n, leaf, level - 1) : at_leaf % k);
}

/* ---- Valiant: first to a router that was drawn, then to the destination; the second part has VCs of its own ---- */

uint32_t vc_route_valiant(const struct vc_network *n, const struct vc_hop *h, struct vc_way *w, uint32_t *set)
{
    struct vc_hop at = *h;
    uint32_t classes = n->topology->classes, lane = *set;
    if (!(w->chosen & VC_WAY_LAST) && w->via == at.router) {
        w->chosen = VC_WAY_LAST;
        at.in = n->link_ports; /* as if it came from here */
    }
    if ((w->chosen & VC_WAY_LAST) && at.to == at.router)
        return at.last->port;
    if (!(w->chosen & VC_WAY_LAST))
        at.to = w->via;
    uint32_t port = n->topology->route(n, &at, w, set);
    uint32_t class_of = classes == 1 ? 0 : *set / n->lanes - 1;
    *set = lane + n->lanes * (1 + class_of + (w->chosen & VC_WAY_LAST ? classes : 0));
    return port;
}

const struct vc_topology vc_topologies[DYN_NOC_COUNT] = {
    [DYN_NOC_CROSSBAR] = {"crossbar", 1, 1, 1, no_links, crossbar_routers, crossbar_neighbour, same_latency,
                          crossbar_route, NULL},
    [DYN_NOC_MESH] = {"mesh", 1, 1, 1, mesh_links, grid_routers, mesh_neighbour, same_latency, mesh_route,
                      vc_adapt_mesh},
    [DYN_NOC_TORUS] = {"torus", 2, 4, 4, mesh_links, grid_routers, torus_neighbour, same_latency, torus_route,
                       vc_adapt_torus},
    [DYN_NOC_RING] = {"ring", 2, 2, 2, ring_links, grid_routers, ring_neighbour, same_latency, ring_route,
                      vc_adapt_ring},
    [DYN_NOC_FLATFLY] = {"flattened_butterfly", 1, 2, 1, flatfly_links, grid_routers, flatfly_neighbour,
                         flatfly_latency, flatfly_route, vc_adapt_flatfly},
    [DYN_NOC_FAT_TREE] = {"fat_tree", 1, 1, 1, tree_links, tree_routers, tree_neighbour, same_latency, tree_route,
                          vc_adapt_tree},
    [DYN_NOC_PARTITIONED] = {"partitioned_crossbar", 1, 1, 1, centre_links, partitions, partitioned_neighbour,
                             same_latency, partitioned_route, NULL},
};
