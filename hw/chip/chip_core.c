/* SPDX-License-Identifier: Apache-2.0 */
/* chip_core.c - parameters of the boxes of a chip. */
#include "hw/chip/chip_core.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

/* ---- units ---- */

static int by_address(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t count_writes(const struct unit_program *programs, uint32_t n)
{
    size_t writes = 0;
    for (uint32_t i = 0; i < n; i++)
        writes += programs[i].n_arrivals + programs[i].n_chunks;
    return writes;
}

/* Distinct addresses at which something that is written begins or ends. */
static uint32_t sram_borders(const struct unit_program *programs, uint32_t n)
{
    uint32_t *at = mem_alloc_array(2 * count_writes(programs, n) + 1, sizeof *at);
    size_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (size_t k = 0; k < programs[i].n_arrivals; k++) {
            at[count++] = programs[i].arrivals[k].address;
            at[count++] = programs[i].arrivals[k].address + programs[i].arrivals[k].bytes;
        }
        for (size_t k = 0; k < programs[i].n_chunks; k++) {
            at[count++] = programs[i].chunks[k].address;
            at[count++] = programs[i].chunks[k].address + programs[i].chunks[k].bytes;
        }
    }
    if (count > 0)
        qsort(at, count, sizeof *at, by_address);
    uint32_t distinct = 0;
    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || at[i] != at[i - 1];
    free(at);
    return distinct;
}

static void make_units(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                       struct run_control *run)
{
    const struct machine *m = c->m;
    c->units = mem_alloc_array(m->units_per_chip, sizeof(struct unit *));
    for (uint32_t i = 0; i < m->units_per_chip; i++) {
        const struct link *inject = &m->links[m->endpoints[machine_endpoint(m, c->chip, i)].inject];
        struct unit_params p = {.name = arena_printf(c->names, "chip%u.unit%u", c->chip, i),
                                .inject_id = inject->id,
                                .sram_bytes = m->sram_bytes,
                                .sram_borders = sram_borders(x->units[i], plan->n_programs),
                                .flit_bytes = m->flit_bytes,
                                .toggle_cycles = m->toggle_cycles,
                                .macs_per_cycle = m->macs_per_cycle,
                                .inject_latency = inject->latency,
                                .launch_cycles = m->launch_cycles,
                                .by_phase = !plan->s->local_timers,
                                .by_stage = strcmp(plan->s->policy, "levels") == 0,
                                .dead = m->dead[c->chip * m->units_per_chip + i]};
        c->units[i] = unit_new(&p, x->units[i], plan->n_programs, run);
    }
}

/* ---- network ---- */

static void make_network(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                         struct run_control *run)
{
    const struct machine *m = c->m;
    c->n_noc = (uint32_t)x->n_noc_links;
    c->noc_links = x->noc_links;
    x->noc_links = NULL;
    struct noc_link *links = mem_alloc_array(c->n_noc, sizeof *links);
    for (uint32_t i = 0; i < c->n_noc; i++) {
        const struct link *l = &m->links[c->noc_links[i]];
        uint32_t e = plan->endpoint[c->noc_links[i]];
        links[i] = (struct noc_link) {.id = l->id,
                                      .latency = l->latency,
                                      .out = e == NODE_NONE ? NOC_NO_PORT : e % m->endpoints_per_chip,
                                      .staged = e != NODE_NONE && m->endpoints[e].kind != ENDPOINT_UNIT};
    }
    struct slot_network_params p = {.name = arena_printf(c->names, "chip%u.noc", c->chip),
                                    .n_links = c->n_noc,
                                    .n_ports = m->endpoints_per_chip,
                                    .flit_bytes = m->flit_bytes,
                                    .links = links};
    c->network = slot_network_new(&p, x->network, plan->n_programs, run);
    free(links);
}

/* ---- memory ---- */

static void make_channels(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                          struct run_control *run)
{
    const struct machine *m = c->m;
    c->channels = mem_alloc_array(m->channels_per_chip, sizeof(struct hbm_channel *));
    for (uint32_t i = 0; i < m->channels_per_chip; i++) {
        const struct link *inject = &m->links[m->endpoints[machine_endpoint(m, c->chip, m->units_per_chip + i)].inject];
        struct hbm_channel_params p = {.name = arena_printf(c->names, "chip%u.hbm%u", c->chip, i),
                                       .inject_id = inject->id,
                                       .dram = m->dram,
                                       .inject_latency = inject->latency,
                                       .flit_bytes = m->flit_bytes,
                                       .staging_bytes = m->staging_bytes};
        c->channels[i] = hbm_channel_new(&p, x->channels[i], plan->n_programs, run);
    }
}

/* ---- links ---- */

static void make_senders(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                         struct run_control *run)
{
    const struct machine *m = c->m;
    c->senders = mem_alloc_array(c->n_out, sizeof(struct link_sender *));
    for (uint32_t i = 0; i < c->n_out; i++) {
        const struct link *l = &m->links[c->out_links[i]];
        const uint32_t *send_ports, *receive_ports;
        struct sender_params p = {.id = l->id,
                                  .ports = machine_chip_link_ports(m, c->out_links[i], &send_ports, &receive_ports),
                                  .flit_bytes = m->flit_bytes,
                                  .staging_bytes = m->staging_bytes,
                                  .rate = l->rate,
                                  .latency = l->latency,
                                  .errors = plan_link_errors(m),
                                  .to_switch = l->to_node >= m->chips};
        c->senders[i] = link_sender_new(&p, x->senders[i], plan->n_programs, run);
    }
}

static void make_receivers(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                           struct run_control *run)
{
    const struct machine *m = c->m;
    c->receivers = mem_alloc_array(c->n_in, sizeof(struct link_receiver *));
    for (uint32_t i = 0; i < c->n_in; i++) {
        const struct link *l = &m->links[c->in_links[i]];
        const uint32_t *send_ports, *receive_ports;
        uint32_t n = machine_chip_link_ports(m, c->in_links[i], &send_ports, &receive_ports);
        struct receiver_port *ports = mem_alloc_array(n, sizeof *ports);
        for (uint32_t k = 0; k < n; k++) {
            const struct link *inject = &m->links[m->endpoints[receive_ports[k]].inject];
            ports[k] = (struct receiver_port) {inject->id, inject->latency};
        }
        struct receiver_params p = {.name = arena_printf(c->names, "chip%u.from_%s", c->chip, l->from),
                                    .ports = n,
                                    .flit_bytes = m->flit_bytes,
                                    .staging_bytes = m->staging_bytes,
                                    .guard_cycles = m->guard_cycles,
                                    .port = ports};
        c->receivers[i] = link_receiver_new(&p, x->receivers[i], plan->n_programs, run);
        free(ports);
    }
}

/* ---- control ---- */

static struct sim_clock slowest_clock(const struct machine *m)
{
    struct sim_clock slowest = {m->period_fs, m->drift_ppb ? m->drift_ppb[0] : 0};
    for (uint32_t i = 1; m->drift_ppb && i < m->chips; i++)
        slowest.drift_ppb = m->drift_ppb[i] > slowest.drift_ppb ? m->drift_ppb[i] : slowest.drift_ppb;
    return slowest;
}

/* In ascending order, so chip a's place among those of b follows from its number. */
static void find_peers(struct chip_core *c)
{
    const struct machine *m = c->m;
    c->peers = mem_alloc_array(m->chips, sizeof *c->peers);
    c->peer_latency_fs = mem_alloc_array(m->chips, sizeof *c->peer_latency_fs);
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        bool peer = chip != c->chip && m->switches > 0;
        for (uint32_t i = 0; i < c->n_out && !peer; i++)
            peer = m->links[c->out_links[i]].to_node == chip && !m->links[c->out_links[i]].dead;
        if (!peer)
            continue;
        c->peer_latency_fs[c->n_peers] = machine_chip_way(m, c->chip, chip).latency * m->period_fs;
        c->peers[c->n_peers++] = chip;
    }
}

static void make_controller(struct chip_core *c, const struct server_plan *plan, struct chip_plan *x,
                            struct run_control *run)
{
    const struct machine *m = c->m;
    uint32_t ports = m->channels_per_chip + c->n_in;
    c->port_why = mem_alloc_array(ports, sizeof *c->port_why);
    for (uint32_t i = 0; i < ports; i++)
        c->port_why[i] = i < m->channels_per_chip ? HOLD_DRAM : HOLD_LINK;
    find_peers(c);
    struct controller_params p = {.name = arena_printf(c->names, "chip%u.ctl", c->chip),
                                  .broadcast_id = arena_printf(c->names, "chip%u.noc.broadcast", c->chip),
                                  .units = m->units_per_chip,
                                  .ports = ports,
                                  .neighbours = c->n_peers,
                                  .port_why = c->port_why,
                                  .broadcast_cycles = m->broadcast_cycles,
                                  .align_interval = m->align_interval,
                                  .slowest = slowest_clock(m),
                                  .skew = m->skew[c->chip],
                                  .neighbour_latency_fs = c->peer_latency_fs,
                                  .by_phase = !plan->s->local_timers};
    c->controller = controller_new(&p, x->controller, plan->n_programs, run);
}

struct chip_core *chip_core_new(struct server_plan *plan, uint32_t chip, struct run_control *run)
{
    struct chip_core *c = mem_alloc(sizeof *c);
    struct chip_plan *x = &plan->chips[chip];
    c->m = plan->m;
    c->chip = chip;
    c->names = arena_new();
    c->n_out = x->n_out;
    c->n_in = x->n_in;
    c->out_links = x->out_links;
    c->in_links = x->in_links;
    x->out_links = x->in_links = NULL;
    make_controller(c, plan, x, run);
    make_units(c, plan, x, run);
    make_network(c, plan, x, run);
    make_channels(c, plan, x, run);
    make_senders(c, plan, x, run);
    make_receivers(c, plan, x, run);
    return c;
}

void chip_core_free(struct chip_core *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->m->units_per_chip; i++)
        unit_free(c->units[i]);
    for (uint32_t i = 0; i < c->m->channels_per_chip; i++)
        hbm_channel_free(c->channels[i]);
    for (uint32_t i = 0; i < c->n_out; i++)
        link_sender_free(c->senders[i]);
    for (uint32_t i = 0; i < c->n_in; i++)
        link_receiver_free(c->receivers[i]);
    slot_network_free(c->network);
    controller_free(c->controller);
    slot_counter_free(&c->counter);
    free(c->units);
    free(c->channels);
    free(c->senders);
    free(c->receivers);
    free(c->out_links);
    free(c->in_links);
    free(c->noc_links);
    free(c->peers);
    free(c->peer_latency_fs);
    free(c->port_why);
    arena_free(c->names);
    free(c);
}

uint32_t chip_core_port(const struct chip_core *c, uint32_t endpoint, bool receive, uint32_t *link)
{
    const uint32_t *links = receive ? c->in_links : c->out_links;
    for (uint32_t i = 0; i < (receive ? c->n_in : c->n_out); i++) {
        const uint32_t *send_ports, *receive_ports;
        uint32_t n = machine_chip_link_ports(c->m, links[i], &send_ports, &receive_ports);
        const uint32_t *ports = receive ? receive_ports : send_ports;
        for (uint32_t k = 0; k < n; k++) {
            if (ports[k] == endpoint) {
                *link = i;
                return k;
            }
        }
    }
    SIM_CHECK(false, "endpoint %u is no port of a chip link", endpoint);
    return 0;
}
