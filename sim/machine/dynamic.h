/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic.h - the dynamic machine in plain numbers: a preset, with what the configuration overrides.
 *
 *     chip: SMs (warp schedulers, pipes, L1 + shared memory) == VC network == L2 slices (directory) -- HBM channels
 *                                                                  \== fabric router == chip links
 *
 * Everything here is an integer; cycles are of the chip's clock. Where a number comes from: docs/model/dynamic.md. */
#ifndef SIM_MACHINE_DYNAMIC_H
#define SIM_MACHINE_DYNAMIC_H

#include "sim/base/dynamic_params.h"
#include "sim/machine/machine.h"
#include "sim/machine/noc_layout.h"

struct dynamic_machine {
    const char *preset; /* "gpu-today" */
    uint32_t dispatch;  /* enum dynamic_dispatch */
    uint32_t protocol;
    bool placed; /* CTAs run where the phase compiler would place their tasks */
    uint64_t
        kernel_launch;  /* graph: cycles from the end of a kernel to the first CTA of the next, less what is modelled */
    uint32_t cta_rate;  /* CTAs dispatched per cycle and chip */
    uint32_t cta_start; /* cycles from dispatch to the first instruction */
    uint32_t link_header; /* bytes of a packet on a chip link besides its payload, which is padded to 16 B */
    uint32_t link_queue;  /* packets per virtual network and dateline class behind a chip link */
    uint64_t link_cost;   /* adaptive ways between chips: of a link more, in bytes that wait */
    uint32_t link_replay; /* bytes that its sender keeps until they are acknowledged; 0: there are no bit errors */
    uint32_t dram_queue;  /* requests that FR-FCFS sees at a time */
    struct sm_params sm;
    struct l1_params l1;
    struct l2_params l2;
    struct vc_network_shape noc;
    struct noc_layout layout; /* its routers: of the network's own topology, not of the phase machine's */
    uint32_t metadata_bytes;  /* of a unit's SRAM share: tags, directory, MSHRs, VC buffers (docs) */
};

/* SRAM of a unit's share that is no tensor data, in bits of the chip: docs/model/dynamic.md has the formulas. */
struct dynamic_metadata {
    uint64_t l1_tags, l2_tags, directory, mshrs, vc_buffers;
};

struct config;
/* What a configuration makes of a preset (params.h: enum dynamic_preset), the machine not needed. */
uint32_t dynamic_protocol_of(const struct config *c, uint32_t preset); /* enum dynamic_protocol */
uint32_t dynamic_virtual_networks(uint32_t protocol);
uint32_t dynamic_topology_of(const struct config *c, uint32_t preset); /* enum noc_topology */
/* Do messages of other chips need channels of their own? Where they share buffers with those that leave the chip, on
 * all networks but a crossbar, the two would wait for each other in a circle. */
bool dynamic_apart(const struct config *c, uint32_t preset);
/* Classes of virtual channels that routes want besides those of datelines: two where packets have detours (Valiant's,
 * UGAL's of a flattened butterfly) or two orders of dimensions (O1TURN by credits, torus). topology: enum noc_topology.
 */
uint32_t dynamic_route_classes(const struct config *c, uint32_t topology);
/* Virtual channels without which the network could deadlock: one for each virtual network, twice that where messages
 * of other chips go apart (as dynamic_apart says; not where one chip is alone), twice that where rings have a dateline,
 * times the classes of routes. */
uint32_t dynamic_channels(const struct config *c, uint32_t preset, bool apart);
/* 0, or SIM_ERR_INPUT with a message whose key is chip.noc.concentration or machines.dynamic.topology. */
int dynamic_layout(struct noc_layout *l, const struct config *c, uint32_t preset, struct diag *d);
void dynamic_sram_shares(const struct config *c, uint32_t *registers, uint32_t *shared, uint32_t *l1);

/* The preset with number `preset` (params.h) on this machine. 0, or SIM_ERR_BUILD with messages. */
int dynamic_resolve(struct dynamic_machine *d, const struct machine *m, const struct config *c, uint32_t preset,
                    struct diag *diag);

struct dynamic_metadata dynamic_metadata_of(const struct dynamic_machine *d, const struct machine *m);

/* The silicon budget of this machine, rows with the names of machine_silicon where both have them. */
uint32_t dynamic_silicon(const struct dynamic_machine *d, const struct machine *m, struct silicon_item *items,
                         uint32_t max);

/* Router, of the chip, at which an endpoint of the chip's VC network stands: a slice where its channel does. */
uint32_t dynamic_router(const struct dynamic_machine *d, const struct machine *m, uint32_t endpoint);

/* Endpoints of a chip's VC network: SMs 0..units-1, slices units.., then one for the fabric router's ports (one per
 * port of the machine). */
static inline uint32_t dynamic_endpoints(const struct dynamic_machine *d, const struct machine *m)
{
    return m->units_per_chip + d->l2.slices + m->ports_per_chip;
}

#endif
