/* SPDX-License-Identifier: Apache-2.0 */
/* machine_spec.h - the numbers a machine is made of, before it is built: plain, checked by the builder.
 *
 *     machine_spec --machine_build_from()--> machine
 *
 * The configuration is one way to fill it (machine_config.c), tests are another:
 *
 *     struct machine_spec s;
 *     machine_spec_default(&s);
 *     s.chips = 8;
 *     if (machine_build_from(&m, &s, &d)) ...
 *
 * Pointers are borrowed during the call only. Rates in bytes per second, times in fs or cycles as
 * named. All defaults are those of configs/run/quickstart.yaml; what is not in it is *assumed*. */
#ifndef SIM_MACHINE_MACHINE_SPEC_H
#define SIM_MACHINE_MACHINE_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/diag.h"
#include "sim/machine/degraded.h"
#include "sim/machine/fabric_shape.h"
#include "sim/machine/params.h"

#define MACHINE_NO_FABRIC UINT32_MAX
#define DRAM_ROW_BYTES    1024u /* of a bank; assumed */
#define DRAM_BURST_BYTES  64u   /* 128 bit x burst length 4, or 64 bit x 8 (assumed for HBM3) */

struct machine_spec {
    /* server */
    uint32_t chips;
    uint32_t fabric;                                    /* enum fabric_topology; MACHINE_NO_FABRIC: one chip alone */
    uint32_t fabric_rows, fabric_cols, fabric_layers;   /* fabric_shape.h; 0: auto */
    uint32_t fabric_group, fabric_global_links;         /* the same */
    uint32_t fabric_planes, fabric_leaf, fabric_spines; /* the same */
    uint32_t fabric_routing;                            /* enum fabric_routing, of the dynamic machine */
    uint64_t switch_latency_fs;
    uint32_t adders; /* of a switch, fp32, behind each line by which partials come; 0: it does not add */
    uint64_t adder_latency_fs;
    uint64_t link_bandwidth; /* raw, per link and direction */
    uint64_t link_latency_fs;
    uint32_t link_fec;            /* enum link_fec; its rate is taken off the bandwidth */
    uint64_t link_fec_latency_fs; /* added to the latency */
    uint64_t link_bit_errors;     /* wrong bits on the line in 10^18 */
    /* what of it does not work as built; borrowed like all pointers */
    const uint32_t *dead_units; /* global */
    uint32_t n_dead_units;
    const struct node_pair *dead_links; /* both directions of each */
    uint32_t n_dead_links;
    const uint32_t *slow_permille; /* per chip: cycles of its engines for 1000 of one that works; NULL: all work */
    /* chip */
    uint64_t clock_hz;
    uint32_t rows, cols;
    uint32_t macs_per_cycle, engine_m, engine_n, engine_k; /* of a unit; m x n x k = macs_per_cycle */
    uint32_t vector_lanes;
    uint32_t sram_bytes, sram_read, sram_write; /* ports in bytes per cycle */
    uint32_t noc;                               /* enum noc_topology */
    uint32_t noc_concentration;                 /* units of a router: noc_layout.h */
    uint32_t noc_centre_links; /* of a partitioned crossbar; PARAM_AUTO32: those over the middle of a mesh */
    uint32_t flit_bytes, noc_link_latency, noc_router_latency;
    uint32_t noc_node_latency; /* between a router and an endpoint; PARAM_AUTO32: noc_link_latency */
    /* memory of a chip */
    uint32_t channels;
    uint64_t memory_bandwidth; /* all channels together */
    uint32_t timing;           /* enum memory_timing */
    uint32_t row_bytes, burst_bytes;
    bool no_refresh;        /* memory that needs none */
    uint32_t staging_bytes; /* buffer of a channel port; of a link port: per direction */
    bool no_phase;          /* no phase machine is made of it: nothing stages */
    uint32_t max_burst;     /* bytes of one burst at most, whole flits */
    /* phase control */
    uint64_t launch_fs;
    uint32_t toggle_cycles;
    uint32_t broadcast_cycles; /* PARAM_AUTO32: the farthest path of the chip's network from router 0 */
    uint32_t guard_cycles;     /* PARAM_AUTO32: what the drift needs; less than that is refused */
    uint64_t align_interval;   /* cycles from one alignment of the chips' counters to the next */
    struct ppb_list drift_ppb; /* n = 1: all chips; n = 0: none */
    struct ppb_list skew;      /* cycles; the same */
    uint32_t slack_permille;   /* of a task's cycles */
};

void machine_spec_default(struct machine_spec *s);
/* The shape of its fabric as given, not resolved. */
struct fabric_shape machine_spec_fabric(const struct machine_spec *s);

struct machine;
/* Builds the machine. 0, or SIM_ERR_BUILD with a message per fault, each naming the box (chip0.unit3,
 * server.fabric, chip.memory). On failure *m is empty and machine_free is harmless. */
int machine_build_from(struct machine *m, const struct machine_spec *s, struct diag *d);

#endif
