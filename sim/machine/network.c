/* SPDX-License-Identifier: Apache-2.0 */
/* network.c - a network that arbitrates, from a configuration. */
#include "sim/machine/network.h"

#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/base/mem.h"
#include "sim/machine/params.h"

_Static_assert((uint32_t)ROUTER_ISLIP == (uint32_t)ALLOC_ISLIP &&
                   (uint32_t)ROUTER_SEPARABLE_INPUT == (uint32_t)ALLOC_SEPARABLE_INPUT &&
                   (uint32_t)ROUTER_SEPARABLE_OUTPUT == (uint32_t)ALLOC_SEPARABLE_OUTPUT,
               "names of allocators stand in the order of the hardware's");

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

/* Routers, and where the nodes stand: at router i, at leaf i / arity, or as `router` says. */
static int lay_out(struct network *n, const struct config *c, struct diag *d)
{
    struct noc_layout *l = &n->layout;
    struct noc_wish wish = {.topology = c->noc.topology,
                            .unit_rows = n->node_rows,
                            .unit_cols = n->node_cols,
                            .concentration = c->noc.concentration,
                            .centre_links = c->noc.centre_links};
    int rc = noc_layout_make(l, &wish, d);
    l->pairs = true;
    if (rc) {
        return rc;
    }
    n->rows = l->rows;
    n->cols = l->cols;
    n->arity = l->arity;
    n->levels = l->levels;
    n->centre_links = l->centre_links;
    if (l->topology == NOC_PARTITIONED || (noc_is_grid(l->topology) && wish.concentration > 1)) {
        n->router = mem_alloc_array(nodes_of(n), sizeof *n->router);
        for (uint32_t i = 0; i < nodes_of(n); i++) {
            n->router[i] = noc_layout_router(l, i);
        }
    }
    return SIM_OK;
}

static int check_size(const struct network *n, struct diag *d)
{
    const struct noc_layout *l = &n->layout;
    uint32_t nodes = nodes_of(n);
    uint32_t channels = 1;
    while (channels < n->shape.vcs) {
        channels *= 2; /* numbers of virtual channels have whole bits */
    }
    uint64_t ports = (uint64_t)l->ports + noc_layout_crowd(l);
    if (ports * channels >= NETWORK_ROUTER_WIDE) {
        diag_add(d, "", 0, 0, "chip.noc.router.vcs",
                 "a router of %llu ports with %u virtual channels each is too wide; allowed: less than %u channels, "
                 "numbered up to the next power of two",
                 (unsigned long long)ports, n->shape.vcs, NETWORK_ROUTER_WIDE);
        return SIM_ERR_INPUT;
    }
    uint64_t ends = l->routers * (uint64_t)l->ports + 2 * (uint64_t)nodes;
    if (ends * n->shape.vcs * n->shape.depth + 32ull * nodes >= NETWORK_FLITS_MAX) {
        diag_add(d, "", 0, 0, "chip.noc.router.depth",
                 "%llu ports with %u virtual channels of %u flits hold too many; allowed: less than %llu flits",
                 (unsigned long long)ends, n->shape.vcs, n->shape.depth, NETWORK_FLITS_MAX);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

static int check_ring(const struct network *n, struct diag *d)
{
    uint32_t routers = n->rows * n->cols;
    uint32_t longest = network_ring_max(n->shape.valiant || n->shape.adaptive);
    if (n->shape.topology == DYN_NOC_RING && routers > longest) {
        diag_add(d, "", 0, 0, "chip.noc.topology", "a ring of %u routers is too long; allowed: %u", routers, longest);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

/* Ways that the topology has, and channels enough for them: whatever the layout. */
static int check_routes(const struct network *n, const struct config *c, struct diag *d)
{
    const char *name = noc_topology_choices.names[c->noc.topology];
    if (n->shape.valiant && !noc_is_grid(c->noc.topology)) {
        diag_add(d, "", 0, 0, "chip.noc.router.valiant",
                 "a %s has no detours; allowed: mesh, torus, ring, flattened_butterfly", name);
        return SIM_ERR_INPUT;
    }
    bool adapts = noc_is_grid(c->noc.topology) || c->noc.topology == NOC_FAT_TREE;
    if (n->shape.adaptive && (n->shape.valiant || !adapts)) {
        diag_add(d, "", 0, 0, "chip.noc.router.adaptive", "%s",
                 n->shape.valiant ? "routes are adaptive or Valiant's, not both"
                                  : "the routes of this topology are fixed; allowed: mesh, torus, ring, "
                                    "flattened_butterfly, fat_tree");
        return SIM_ERR_INPUT;
    }
    bool detours = n->shape.valiant || (n->shape.adaptive && n->shape.topology == DYN_NOC_FLATFLY);
    bool orders = n->shape.adaptive && n->shape.topology == DYN_NOC_TORUS; /* of dimensions: two */
    uint32_t classes = (noc_wraps(c->noc.topology) ? 2u : 1u) * (detours || orders ? 2u : 1u);
    if (n->shape.vcs < classes) {
        diag_add(d, "", 0, 0, "chip.noc.router.vcs",
                 "a %s with %u virtual channel%s%s can deadlock: packets wait for each other in a circle; "
                 "allowed: %u..32",
                 name, n->shape.vcs, n->shape.vcs == 1 ? "" : "s",
                 n->shape.valiant    ? " and Valiant routes"
                 : detours || orders ? " and adaptive routes"
                                     : "",
                 classes);
        return SIM_ERR_INPUT;
    }
    return SIM_OK;
}

int network_resolve(struct network *n, const struct config *c, struct diag *d)
{
    *n = (struct network) {.node_rows = c->units.rows, .node_cols = c->units.cols, .flit_bytes = c->noc.flit};
    n->shape.topology = noc_to_dynamic(c->noc.topology);
    n->shape.vns = 1;
    router_resolve(&n->shape, c);
    int rc = lay_out(n, c, d);
    rc = rc ? rc : check_ring(n, d);
    int routes = check_routes(n, c, d);
    rc = rc ? rc : routes;
    return rc ? rc : check_size(n, d);
}

void network_free(struct network *n)
{
    free(n->router);
    n->router = NULL;
}
