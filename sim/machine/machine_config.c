/* SPDX-License-Identifier: Apache-2.0 */
/* machine_config.c - a checked configuration as the plain numbers of a machine. */
#include <stdlib.h>

#include "sim/base/error.h"
#include "sim/machine/degraded.h"
#include "sim/machine/machine.h"
#include "sim/machine/machine_spec.h"
#include "sim/machine/params.h"

/* The rules have looked the names up before. */
static uint32_t *dead_units_of(const struct config *c)
{
    const struct name_list *list = &c->server.dead_units;
    uint32_t *unit = mem_alloc_array(list->n, sizeof *unit);
    for (uint32_t i = 0; i < list->n; i++) {
        bool found = degraded_unit(list->value[i], c->server.chips, c->units.rows * c->units.cols, &unit[i]);
        SIM_CHECK(found, "an unchecked name: %s", list->value[i]);
    }
    return unit;
}

static struct node_pair *dead_links_of(const struct config *c, const struct machine_spec *s)
{
    const struct name_list *list = &c->server.dead_links;
    struct node_pair *link = mem_alloc_array(list->n, sizeof *link);
    struct fabric_shape shape = machine_spec_fabric(s);
    const char *key;
    char why[FABRIC_WHY_MAX];
    bool sound = list->n == 0 || fabric_shape_resolve(&shape, &key, why);
    for (uint32_t i = 0; i < list->n; i++) {
        SIM_CHECK(sound && degraded_link(list->value[i], &shape, &link[i]), "an unchecked name: %s", list->value[i]);
    }
    return link;
}

static uint32_t *slow_permille_of(const struct config *c)
{
    const struct name_list *list = &c->server.slow_chips;
    uint32_t *permille = mem_alloc_array(c->server.chips, sizeof *permille), chip, slow;
    for (uint32_t i = 0; i < c->server.chips; i++) {
        permille[i] = DEGRADED_SLOW_MIN;
    }
    for (uint32_t i = 0; i < list->n; i++) {
        bool found = degraded_chip(list->value[i], c->server.chips, &chip, &slow);
        SIM_CHECK(found, "an unchecked name: %s", list->value[i]);
        permille[chip] = slow;
    }
    return permille;
}

int machine_build(struct machine *m, const struct config *c, struct diag *d)
{
    uint32_t *dead_units = dead_units_of(c), *slow_permille = slow_permille_of(c);
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
    s.fabric_routing = s.fabric == MACHINE_NO_FABRIC ? ROUTING_MINIMAL : c->fabric.routing;
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
    s.no_phase = c->phase.policy.n == 0;
    s.max_burst = c->compile.max_burst;
    s.launch_fs = c->run.launch;
    s.toggle_cycles = c->phase.toggle_cycles;
    s.broadcast_cycles = c->phase.broadcast_cycles;
    s.guard_cycles = c->phase.guard_cycles;
    s.align_interval = c->phase.align_interval;
    s.drift_ppb = c->phase.drift_ppb;
    s.skew = c->phase.skew_cycles;
    s.slack_permille = c->phase.slack_permille;
    s.dead_units = dead_units;
    s.n_dead_units = c->server.dead_units.n;
    s.slow_permille = slow_permille;
    struct node_pair *dead_links = dead_links_of(c, &s);
    s.dead_links = dead_links;
    s.n_dead_links = c->server.dead_links.n;
    int rc = machine_build_from(m, &s, d);
    free(dead_links);
    free(dead_units);
    free(slow_permille);
    return rc;
}
