/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - a network that arbitrates, from a configuration. */
#include "sim/machine/network.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/machine/params.h"

#define ROUTER_WIDE 4096u        /* ports x virtual channels of a router (hw/noc) */
#define FLITS_MAX   (1ull << 25) /* flits that the buffers of a network hold: a packet's number has 25 bits */
#define WAY_MAX     255u         /* routers on the way of a packet: counted in 8 bits */

_Static_assert((uint32_t)ROUTER_ISLIP == (uint32_t)ALLOC_ISLIP &&
                   (uint32_t)ROUTER_SEPARABLE_INPUT == (uint32_t)ALLOC_SEPARABLE_INPUT &&
                   (uint32_t)ROUTER_SEPARABLE_OUTPUT == (uint32_t)ALLOC_SEPARABLE_OUTPUT,
               "names of allocators stand in the order of the hardware's");

/* What the rules have to know about a topology. */
static const struct kind {
    uint32_t topology; /* enum dynamic_topology */
    bool grid;         /* of routers, each with its nodes */
    bool wraps;        /* rings are cut open by classes of virtual channels */
    bool adapts;       /* has adaptive routes */
} kinds[] = {
    [NOC_MESH] = {DYN_NOC_MESH, true, false, true},
    [NOC_TORUS] = {DYN_NOC_TORUS, true, true, false},
    [NOC_RING] = {DYN_NOC_RING, true, true, false},
    [NOC_CROSSBAR] = {DYN_NOC_CROSSBAR, false, false, false},
    [NOC_FLATFLY] = {DYN_NOC_FLATFLY, true, false, true},
    [NOC_FAT_TREE] = {DYN_NOC_FAT_TREE, false, false, true},
    [NOC_PARTITIONED] = {DYN_NOC_PARTITIONED, false, false, false},
};

static uint32_t nodes_of(const struct network *n)
{
    return n->node_rows * n->node_cols;
}

void router_resolve(struct vc_network_shape *s, const struct config *c)
{
    const struct router_params *r = &c->router;
    s->vcs = r->vcs;
    s->depth = r->depth;
    s->routing_delay = r->routing_delay;
    s->vc_alloc_delay = r->vc_alloc_delay;
    s->sw_alloc_delay = r->sw_alloc_delay;
    s->credit_delay = r->credit_delay;
    s->link_latency = c->noc.link_latency;
    s->node_latency = c->noc.node_latency == c->noc.link_latency ? 0 : c->noc.node_latency;
    s->allocator = r->allocator;
    s->iterations = r->iterations;
    s->speculative = r->speculative;
    s->wait_for_tail_credit = r->wait_for_tail_credit;
    s->hold_switch = r->hold_switch;
    s->valiant = r->valiant;
    s->adaptive = r->adaptive;
}

/* Width of a block of `nodes` nodes: the least divisor whose square is not less. */
static uint32_t block_width(uint32_t nodes)
{
    uint32_t width = 1;
    while (width * width < nodes || nodes % width) {
        width++;
    }
    return width;
}

/* A k-ary n-tree of k^n nodes. */
static int grow_tree(struct network *n, const struct config *c, struct diag *d)
{
    uint64_t nodes = 1;
    n->arity = c->noc.concentration;
    for (n->levels = 0; n->arity > 1 && nodes < nodes_of(n); n->levels++) {
        nodes *= n->arity;
    }
    if (n->levels == 0 || nodes != nodes_of(n)) {
        diag_add(d, "", 0, 0, "chip.noc.concentration",
                 "%u: a fat tree of this arity cannot have %u nodes; allowed: a number whose powers include it, "
                 "2 and more",
                 n->arity, nodes_of(n));
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

/* Two crossbars, of the units to the left and to the right; above and below where there is one column. */
static int part(struct network *n, const struct config *c, struct diag *d)
{
    bool by_rows = n->node_cols < 2;
    n->centre_links = c->noc.centre_links;
    if (nodes_of(n) < 2) {
        diag_add(d, "", 0, 0, "chip.noc.topology",
                 "a partitioned crossbar of 1 node has no halves; allowed: 2 and more");
        return SIM_ERR_INPUT;
    }
    n->router = mem_alloc_array(nodes_of(n), sizeof *n->router);
    for (uint32_t y = 0, i = 0; y < n->node_rows; y++) {
        for (uint32_t x = 0; x < n->node_cols; x++) {
            n->router[i++] = by_rows ? y >= n->node_rows / 2 : x >= n->node_cols / 2;
        }
    }
    return SIM_OK;
}

static int concentrate(struct network *n, const struct config *c, struct diag *d)
{
    uint32_t nodes = c->noc.concentration;
    if (c->noc.topology == NOC_FAT_TREE) {
        return grow_tree(n, c, d);
    }
    if (nodes <= 1) {
        return c->noc.topology == NOC_PARTITIONED ? part(n, c, d) : SIM_OK;
    }
    uint32_t width = block_width(nodes);
    uint32_t height = nodes / width;
    if (!kinds[c->noc.topology].grid) {
        diag_add(d, "", 0, 0, "chip.noc.concentration", "%u: the routers of a %s do not stand in a grid; allowed: 1",
                 nodes, noc_topology_choices.names[c->noc.topology]);
        return SIM_ERR_INPUT;
    }
    if (n->node_cols % width || n->node_rows % height) {
        diag_add(d, "", 0, 0, "chip.noc.concentration",
                 "blocks of %u x %u nodes do not fill the grid of %u x %u units (rows x cols)", height, width,
                 n->node_rows, n->node_cols);
        return SIM_ERR_INPUT;
    }
    n->cols = n->node_cols / width;
    n->rows = n->node_rows / height;
    n->router = mem_alloc_array(nodes_of(n), sizeof *n->router);
    for (uint32_t y = 0; y < n->node_rows; y++) {
        for (uint32_t x = 0; x < n->node_cols; x++) {
            n->router[y * n->node_cols + x] = y / height * n->cols + x / width;
        }
    }
    return SIM_OK;
}

/* Ports of a router that lead to others. */
static uint32_t degree(const struct network *n)
{
    switch (n->shape.topology) {
    case DYN_NOC_CROSSBAR:
        return 0;
    case DYN_NOC_PARTITIONED:
        return n->centre_links;
    case DYN_NOC_RING:
        return 2;
    case DYN_NOC_FLATFLY:
        return n->rows - 1 + n->cols - 1;
    case DYN_NOC_FAT_TREE:
        return 2 * n->arity;
    default:
        return 4;
    }
}

static uint32_t routers_of(const struct network *n)
{
    switch (n->shape.topology) {
    case DYN_NOC_CROSSBAR:
        return 1;
    case DYN_NOC_PARTITIONED:
        return 2;
    case DYN_NOC_FAT_TREE:
        return n->levels * (nodes_of(n) / n->arity);
    default:
        return n->rows * n->cols;
    }
}

/* Nodes of a router, at most. */
static uint32_t nodes_of_router(const struct network *n, const struct config *c)
{
    switch (n->shape.topology) {
    case DYN_NOC_CROSSBAR:
        return nodes_of(n);
    case DYN_NOC_PARTITIONED:
        return n->node_cols < 2 ? (n->node_rows + 1) / 2 : (n->node_cols + 1) / 2 * n->node_rows;
    default:
        return c->noc.concentration;
    }
}

static int check_size(const struct network *n, const struct config *c, struct diag *d)
{
    uint32_t nodes = nodes_of(n);
    uint32_t channels = 1;
    while (channels < n->shape.vcs) {
        channels *= 2; /* numbers of virtual channels have whole bits */
    }
    uint64_t ports = (uint64_t)degree(n) + nodes_of_router(n, c);
    if (ports * channels >= ROUTER_WIDE) {
        diag_add(d, "", 0, 0, "chip.noc.router.vcs",
                 "a router of %llu ports with %u virtual channels each is too wide; allowed: less than %u channels, "
                 "numbered up to the next power of two",
                 (unsigned long long)ports, n->shape.vcs, ROUTER_WIDE);
        return SIM_ERR_INPUT;
    }
    uint64_t ends = routers_of(n) * (uint64_t)degree(n) + 2 * (uint64_t)nodes;
    if (ends * n->shape.vcs * n->shape.depth + 32ull * nodes >= FLITS_MAX) {
        diag_add(d, "", 0, 0, "chip.noc.router.depth",
                 "%llu ports with %u virtual channels of %u flits hold too many; allowed: less than %llu flits",
                 (unsigned long long)ends, n->shape.vcs, n->shape.depth, FLITS_MAX);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static int check_topology(const struct network *n, const struct config *c, struct diag *d)
{
    const char *name = noc_topology_choices.names[c->noc.topology];
    uint32_t routers = n->rows * n->cols;
    if (n->shape.topology == DYN_NOC_RING && routers / 2 + 1 > WAY_MAX) {
        diag_add(d, "", 0, 0, "chip.noc.topology", "a ring of %u routers is too long; allowed: %u", routers,
                 2 * WAY_MAX - 1);
        return SIM_ERR_INPUT;
    }
    if (n->shape.valiant && !kinds[c->noc.topology].grid) {
        diag_add(d, "", 0, 0, "chip.noc.router.valiant",
                 "a %s has no detours; allowed: mesh, torus, ring, flattened_butterfly", name);
        return SIM_ERR_INPUT;
    }
    if (n->shape.adaptive && (n->shape.valiant || !kinds[c->noc.topology].adapts)) {
        diag_add(d, "", 0, 0, "chip.noc.router.adaptive", "%s",
                 n->shape.valiant ? "routes are adaptive or Valiant's, not both"
                                  : "the routes of this topology are fixed; allowed: mesh, flattened_butterfly, "
                                    "fat_tree");
        return SIM_ERR_INPUT;
    }
    bool detours = n->shape.valiant || (n->shape.adaptive && n->shape.topology == DYN_NOC_FLATFLY);
    uint32_t classes = (kinds[c->noc.topology].wraps ? 2u : 1u) * (detours ? 2u : 1u);
    if (n->shape.vcs < classes) {
        diag_add(d, "", 0, 0, "chip.noc.router.vcs",
                 "a %s with %u virtual channels%s can deadlock: packets wait for each other in a circle; "
                 "allowed: %u..32",
                 name, n->shape.vcs, detours ? " and Valiant routes" : "", classes);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

int network_resolve(struct network *n, const struct config *c, struct diag *d)
{
    *n = (struct network) {.node_rows = c->units.rows, .node_cols = c->units.cols};
    n->rows = n->node_rows;
    n->cols = n->node_cols;
    n->shape.topology = kinds[c->noc.topology].topology;
    n->shape.vns = 1;
    router_resolve(&n->shape, c);
    int rc = concentrate(n, c, d);
    rc = rc ? rc : check_topology(n, c, d);
    return rc ? rc : check_size(n, c, d);
}

void network_free(struct network *n)
{
    free(n->router);
    n->router = NULL;
}
