/* SPDX-License-Identifier: Apache-2.0 */
/* silicon.c - the silicon budget: what both machines are made of, so that nobody gets more. */
#include "sim/machine/degraded.h"
#include "sim/machine/machine.h"
#include "sim/machine/topology.h"

#define ENTRY_BYTES   16u /* of the schedule */
#define ENTRIES_AHEAD 2u  /* in registers: the one at work and the next; assumed */
#define ENGINES       3u  /* of a unit: matrix, vector, DMA */

struct rows {
    struct silicon_item *items;
    uint32_t n, max;
};

static void add_row(struct rows *r, const char *item, const char *unit, uint64_t value, uint64_t value_list)
{
    if (r->n < r->max) {
        r->items[r->n++] = (struct silicon_item) {item, unit, value, value_list};
    }
}

static void add(struct rows *r, const char *item, const char *unit, uint64_t value)
{
    add_row(r, item, unit, value, value);
}

static void add_sram(struct rows *r, const struct machine *m)
{
    uint64_t staging = 0;
    for (uint32_t unit = 0; unit < m->units_per_chip; unit++) {
        staging += machine_staging_of_unit(m, unit);
    }
    staging *= m->chips;
    uint64_t total = (uint64_t)m->chips * m->units_per_chip * m->sram_bytes;
    add(r, "sram", "B", total);
    add(r, "sram.staging", "B", staging);
    add(r, "sram.data_and_schedule", "B", total - staging);
    add(r, "sram.read_port", "B/clk/unit", m->sram_read);
    add(r, "sram.write_port", "B/clk/unit", m->sram_write);
    add(r, "sram.dma_read_port", "B/clk/unit", m->flit_bytes);
    add(r, "sram.dma_write_port", "B/clk/unit", m->flit_bytes);
}

uint32_t machine_slow_chips(const struct machine *m)
{
    uint32_t n = 0;
    for (uint32_t chip = 0; chip < m->chips; chip++) {
        n += m->slow_permille[chip] > DEGRADED_SLOW_MIN;
    }
    return n;
}

/* What a link can bring in during a guard band: the FIFO behind it holds what a fast clock sends early. */
static uint64_t deskew_bytes(const struct machine *m)
{
    const struct fraction rate = machine_line(m)->rate;
    return ceil_div(m->guard_cycles * rate.num, rate.den);
}

static uint64_t deskew_fifos(const struct machine *m)
{
    return (uint64_t)m->chips * m->topology->degree * (m->topology->degree ? deskew_bytes(m) : 0);
}

/* What chips and switches keep, for each line out, of the bursts that they may have to send again (on_violation:
 * stall): those of two latencies, and one more. */
static uint64_t replay_buffers(const struct machine *m)
{
    if (m->link_bit_errors == 0) {
        return 0;
    }
    uint64_t bytes = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        const struct link *l = &m->links[i];
        if (l->type == LINK_CHIP) {
            bytes += ceil_div(2 * (uint64_t)l->latency * l->rate.num, l->rate.den) + m->max_burst;
        }
    }
    return bytes;
}

/* Into switches, of those by which partials come: what comes down from a spine is a sum. */
static uint64_t lines_in(const struct machine *m)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < m->n_links; i++) {
        lines += machine_leads_up(m, &m->links[i]);
    }
    return lines;
}

uint64_t machine_adders(const struct machine *m)
{
    return lines_in(m) * m->adders;
}

/* Partials that wait behind each line into a switch, and of each switch a sum that is made and one that leaves. */
static uint64_t adder_buffers(const struct machine *m)
{
    uint64_t bytes = lines_in(m) * m->staging_bytes + 2 * (uint64_t)m->switches * m->max_burst;
    return m->adders ? bytes : 0;
}

/* Bytes outside the SRAM. Networks have no queues here, and what waits at channels and chip links waits in staging. */
static void add_buffers(struct rows *r, const struct machine *m)
{
    uint64_t sequencers = (uint64_t)m->chips * (m->units_per_chip * ENGINES + m->channels_per_chip) + m->n_links;
    uint64_t entries = sequencers * ENTRIES_AHEAD * ENTRY_BYTES;
    add(r, "buffers", "B", entries + deskew_fifos(m) + replay_buffers(m) + adder_buffers(m));
    add(r, "buffers.entries", "B", entries);
}

static void add_network(struct rows *r, const struct machine *m)
{
    const struct topology *t = m->topology;
    uint64_t bisection = t->noc->bisection(&t->layout, m->endpoints_per_chip);
    add(r, "noc.endpoints", "1", (uint64_t)m->chips * m->endpoints_per_chip);
    add(r, "noc.endpoint_width", "B/clk", m->flit_bytes);
    add(r, "noc.bisection", "B/clk/chip", bisection * m->flit_bytes);
    add(r, "dma_engines", "1", (uint64_t)m->chips * m->units_per_chip);
    add(r, "phase_controllers", "1", m->chips);
    add_row(r, "local_timers", "1", 0, (uint64_t)m->chips * m->units_per_chip);
    add(r, "chip_links", "1", machine_chip_links(m));
    if (m->switches > 0) {
        add(r, "chip_link.switches", "1", m->switches);
    }
    if (m->adders > 0) {
        add(r, "chip_link.adders", "1", machine_adders(m));
        add(r, "chip_link.adder_buffers", "B", adder_buffers(m));
    }
    add(r, "chip_link.bandwidth", "B/s", m->link_bandwidth);
    add(r, "chip_link.latency", "cycles", t->degree ? machine_line(m)->latency : 0);
    add(r, "chip_link.deskew_fifos", "B", deskew_fifos(m));
    if (m->link_bit_errors > 0) {
        add(r, "chip_link.replay", "B", replay_buffers(m));
    }
}

uint32_t machine_silicon_faults(const struct machine *m, struct silicon_item *items, uint32_t max)
{
    const struct {
        const char *item;
        uint64_t count;
    } faults[] = {{"units.dead", m->n_dead_units},
                  {"chip_links.dead", machine_dead_links(m)},
                  {"chips.slow", machine_slow_chips(m)}};
    struct rows r = {.items = items, .max = max};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].count > 0) {
            add(&r, faults[i].item, "1", faults[i].count);
        }
    }
    return r.n;
}

uint32_t machine_silicon(const struct machine *m, struct silicon_item *items, uint32_t max)
{
    struct rows r = {.items = items, .max = max};
    uint64_t units = (uint64_t)m->chips * m->units_per_chip;
    add(&r, "chips", "1", m->chips);
    add(&r, "units", "1", units);
    r.n += machine_silicon_faults(m, &r.items[r.n], r.max - r.n);
    add(&r, "clock", "Hz", m->clock_hz);
    add(&r, "macs", "MAC/clk", units * m->macs_per_cycle);
    add(&r, "vector_lanes", "op/clk", units * m->vector_lanes);
    add_sram(&r, m);
    add_buffers(&r, m);
    add_network(&r, m);
    add(&r, "hbm.channels", "1", (uint64_t)m->chips * m->channels_per_chip);
    add(&r, "hbm.bandwidth", "B/s", m->chips * m->memory_bandwidth);
    return r.n;
}
