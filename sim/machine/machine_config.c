/* SPDX-License-Identifier: Apache-2.0 */
/* machine_config.c - a checked configuration as the plain numbers of a machine. */
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"
#include "sim/machine/params.h"

int machine_build(struct machine *m, const struct config *c, struct diag *d)
{
    struct machine_spec s;
    machine_spec_default(&s);
    s.chips = c->server.chips;
    s.fabric = c->server.chips > 1 ? c->fabric.topology : MACHINE_NO_FABRIC; /* one chip: nobody reads it */
    s.fabric_rows = c->fabric.rows;
    s.fabric_cols = c->fabric.cols;
    s.fabric_layers = c->fabric.layers;
    s.fabric_group = c->fabric.group;
    s.fabric_global_links = c->fabric.global_links;
    s.fabric_planes = c->fabric.planes;
    s.fabric_leaf = c->fabric.leaf;
    s.fabric_spines = c->fabric.spines == PARAM_AUTO32 ? 0 : c->fabric.spines;
    s.switch_latency_fs = c->fabric.switch_latency;
    s.adders = c->fabric.adders;
    s.adder_latency_fs = c->fabric.adder_latency;
    s.link_bandwidth = c->link.bandwidth;
    s.link_latency_fs = c->link.latency;
    s.link_fec = c->link.fec;
    s.link_fec_latency_fs = c->link.fec_latency;
    s.link_bit_errors = c->link.bit_error_rate;
    s.clock_hz = c->chip.clock;
    s.rows = c->units.rows;
    s.cols = c->units.cols;
    s.macs_per_cycle = c->units.macs_per_cycle;
    s.engine_m = c->engine.m;
    s.engine_n = c->engine.n;
    s.engine_k = c->engine.k;
    s.vector_lanes = c->units.vector_lanes;
    s.sram_bytes = c->units.sram;
    s.sram_read = c->units.sram_read;
    s.sram_write = c->units.sram_write;
    s.noc = c->noc.topology;
    s.noc_concentration = c->noc.concentration;
    s.noc_centre_links = c->noc.centre_links;
    s.flit_bytes = c->noc.flit;
    s.noc_link_latency = c->noc.link_latency;
    s.noc_node_latency = c->noc.node_latency;
    s.noc_router_latency = c->noc.slot_router_latency;
    s.channels = c->memory.channels;
    s.memory_bandwidth = c->memory.bandwidth;
    s.timing = c->memory.timing;
    s.no_refresh = !c->memory.refresh;
    s.staging_bytes = c->memory.staging;
    s.max_burst = c->compile.max_burst;
    s.launch_fs = c->run.launch;
    s.toggle_cycles = c->phase.toggle_cycles;
    s.broadcast_cycles = c->phase.broadcast_cycles;
    s.guard_cycles = c->phase.guard_cycles;
    s.align_interval = c->phase.align_interval;
    s.drift_ppb = c->phase.drift_ppb;
    return machine_build_from(m, &s, d);
}
