/* SPDX-License-Identifier: Apache-2.0 */
/* network.h - a network that arbitrates, alone, in plain numbers: what `bpsim noc` builds.
 *
 *     chip.units: rows x cols nodes --blocks of `concentration`--> routers --chip.noc.topology--> network */
#ifndef SIM_MACHINE_NETWORK_H
#define SIM_MACHINE_NETWORK_H

#include "sim/base/diag.h"
#include "sim/base/dynamic_params.h"
#include "sim/machine/noc_layout.h"

/* Limits of hw/noc/vc_network. */
#define NETWORK_ROUTER_WIDE 4096u        /* ports x virtual channels of a router, numbered up to a power of two: less */
#define NETWORK_FLITS_MAX   (1ull << 25) /* flits that the buffers hold: a packet's number has 25 bits; less */
#define NETWORK_WAY_MAX     255u         /* routers on the way of a packet: counted in 8 bits */

/* Routers of a ring, at most; round: a packet may go all the way round. */
static inline uint32_t network_ring_max(bool round)
{
    return round ? NETWORK_WAY_MAX - 1 : 2 * NETWORK_WAY_MAX - 1;
}

struct config;

struct network {
    struct vc_network_shape shape;
    uint32_t node_rows, node_cols; /* nodes are numbered row by row */
    uint32_t rows, cols;           /* of routers, where they stand in a grid */
    uint32_t arity, levels;        /* fat tree: arity^levels nodes, node i at leaf i / arity */
    uint32_t centre_links;         /* partitioned crossbar */
    struct noc_layout layout;      /* of its routers */
    uint32_t flit_bytes;
    uint32_t *router; /* of each node; NULL: node i at router i, or as above */
};

/* What chip.noc.router and chip.noc say about routers goes into the shape; topology and virtual networks do not. */
void router_resolve(struct vc_network_shape *s, const struct config *c);

/* 0, or SIM_ERR_INPUT with messages about keys (config_locate finds their places). network_free in any case. */
int network_resolve(struct network *n, const struct config *c, struct diag *d);
void network_free(struct network *n);

#endif
