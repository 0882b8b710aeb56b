/* SPDX-License-Identifier: Apache-2.0 */
/* vc_traffic.h - the mesh of the reference figures, and traffic on it (hw/noc/noc_traffic). */
#ifndef TESTS_UNIT_HW_VC_TRAFFIC_H
#define TESTS_UNIT_HW_VC_TRAFFIC_H

#include "hw/noc/noc_traffic.h"

/* A line of 128 bytes is a packet of `flits` flits. */
static inline struct vc_network_params vc_traffic_mesh(uint32_t rows, uint32_t cols, uint32_t flits)
{
    return (struct vc_network_params) {
        .name = "chip0.noc",
        .chip = "chip0",
        .shape = {.topology = DYN_NOC_MESH,
                  .vcs = 4,
                  .depth = 8,
                  .vns = 1,
                  .routing_delay = 1,
                  .vc_alloc_delay = 1,
                  .sw_alloc_delay = 1,
                  .link_latency = 1},
        .flit_bytes = (LINE_BYTES + flits - 1) / flits,
        .endpoints = rows * cols,
        .rows = rows,
        .cols = cols,
        .out_places = 512,
        .in_places = UINT32_MAX,
    };
}

/* Uniform traffic between all endpoints; per_mille: thousandths of a flit per node and cycle. */
static inline struct noc_traffic_params vc_traffic(struct vc_network_params p, uint32_t flits, uint32_t per_mille,
                                                   uint64_t warm_up, uint64_t measured, uint64_t seed)
{
    return (struct noc_traffic_params) {
        .network = p,
        .space = {.nodes = p.endpoints, .rows = p.rows, .cols = p.cols},
        .pattern = noc_pattern_find("uniform"),
        .flits = flits,
        .rate = per_mille * (NOC_RATE_ONE / 1000),
        .warm_up = warm_up,
        .measured = measured,
        .seed = seed,
    };
}

#endif
