/* SPDX-License-Identifier: Apache-2.0 */
/* vc_topology.c - the topologies of the VC network, one row each: who is whose neighbour, which way to go.
 *
 *     crossbar   one router, endpoint e at port e
 *     mesh       router = y x cols + x; ports 0 +x, 1 -x, 2 +y, 3 -y, then its endpoints; first x, then y
 *
 * A route must not close a circle of channels (docs/model/vc-network.md). */
#include "hw/noc/vc_state.h"

static uint32_t crossbar_routers(const struct vc_network_params *p)
{
    (void)p;
    return 1;
}

static uint32_t crossbar_neighbour(const struct vc_network *n, uint32_t router, uint32_t port, uint32_t *their_port)
{
    (void)n;
    (void)router;
    (void)port;
    (void)their_port;
    return VC_NONE;
}

static uint32_t crossbar_route(const struct vc_network *n, uint32_t router, uint32_t to)
{
    (void)n;
    (void)router;
    (void)to;
    return VC_NONE; /* there is no other router */
}

enum mesh_port { MESH_EAST, MESH_WEST, MESH_SOUTH, MESH_NORTH, MESH_LINKS };

static uint32_t mesh_routers(const struct vc_network_params *p)
{
    return p->rows * p->cols;
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

static uint32_t mesh_route(const struct vc_network *n, uint32_t router, uint32_t to)
{
    uint32_t along_x = n->column[to] < n->column[router] ? MESH_WEST : MESH_EAST;
    uint32_t along_y = n->row[to] < n->row[router] ? MESH_NORTH : MESH_SOUTH;
    return n->column[to] != n->column[router] ? along_x : along_y;
}

const struct vc_topology vc_topologies[] = {
    [DYN_NOC_CROSSBAR] = {"crossbar", 0, crossbar_routers, crossbar_neighbour, crossbar_route},
    [DYN_NOC_MESH] = {"mesh", MESH_LINKS, mesh_routers, mesh_neighbour, mesh_route},
};
