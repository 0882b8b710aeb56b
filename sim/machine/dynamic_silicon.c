/* SPDX-License-Identifier: Apache-2.0 */
/* dynamic_silicon.c - the silicon budget of the dynamic machine: rows with the names of the phase machine's where both
 * have them, so that they stand side by side. */
#include "sim/machine/dynamic.h"

#include "sim/machine/topology.h"

#define HEADER_BYTES  8u   /* wires beside the data: docs/model/dynamic.md */
#define LINE_BYTES    128u /* payload of the longest packet */
#define MESSAGE_BYTES (HEADER_BYTES + LINE_BYTES)
#define WARP_BYTES    32u /* program counter, scoreboard, loop counters; assumed */
#define PLACE_BYTES   32u /* of a switch: who asks, line, group, answers that lack; assumed */
#define LSU_BYTES     32u /* warp, kind, range of lines; assumed. Data of stores stay in registers until they go */

struct rows {
    struct silicon_item *items;
    uint32_t n, max;
};

static void add(struct rows *r, const char *item, const char *unit, uint64_t value)
{
    if (r->n < r->max) {
        r->items[r->n++] = (struct silicon_item) {item, unit, value, value};
    }
}

/* What is not used is what rounding to whole sets and bytes leaves. */
static void add_sram(struct rows *r, const struct dynamic_machine *d, const struct machine *m)
{
    struct dynamic_metadata bits = dynamic_metadata_of(d, m);
    uint64_t units = (uint64_t)m->chips * m->units_per_chip;
    uint64_t total = units * m->sram_bytes;
    const struct silicon_item uses[] = {
        {.item = "sram.registers", .value = units * d->sm.register_bytes},
        {.item = "sram.l1_shared", .value = units * ((uint64_t)d->sm.shared_bytes + d->l1.bytes)},
        {.item = "sram.l2_data", .value = (uint64_t)m->chips * d->l2.slices * d->l2.bytes},
        {.item = "sram.tags", .value = m->chips * (ceil_div(bits.l1_tags, 8) + ceil_div(bits.l2_tags, 8))},
        {.item = "sram.directory", .value = m->chips * ceil_div(bits.directory, 8)},
        {.item = "sram.mshrs", .value = m->chips * ceil_div(bits.mshrs, 8)},
        {.item = "sram.vc_buffers", .value = m->chips * ceil_div(bits.vc_buffers, 8)},
    };
    uint64_t used = 0;
    add(r, "sram", "B", total);
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        add(r, uses[i].item, "B", uses[i].value);
        used += uses[i].value;
    }
    add(r, "sram.rounding", "B", total - used);
    add(r, "sram.read_port", "B/clk/unit", d->sm.shared_read);
    add(r, "sram.write_port", "B/clk/unit", d->sm.shared_write);
    add(r, "sram.dma_read_port", "B/clk/unit", m->flit_bytes);
    add(r, "sram.dma_write_port", "B/clk/unit", m->flit_bytes);
}

/* ---- what holds bytes outside the SRAM: places that credits and limits allow, times the longest that may lie there
 * ---- */

/* Virtual networks that an endpoint uses, requests and responses with a line of data, forwards without. Forwards, and
 * answers to them, are there under mesi only, and stay on their chip. */
struct endpoint_use {
    uint32_t lines, forwards;
};

static uint64_t places_bytes(uint32_t places, struct endpoint_use use)
{
    return (uint64_t)places * (use.lines * MESSAGE_BYTES + use.forwards * HEADER_BYTES);
}

static uint64_t endpoint_queues(const struct dynamic_machine *d, const struct machine *m)
{
    uint32_t mesi = d->protocol == PROTOCOL_MESI ? 1 : 0;
    const struct {
        uint64_t n;
        struct endpoint_use out, in;
    } kinds[] = {
        {m->units_per_chip, {1 + mesi, 0}, {1, mesi}}, /* requests and answers go; responses and forwards come */
        {d->l2.slices, {1, mesi}, {1 + mesi, 0}},      /* the other way round */
        {m->ports_per_chip, {2, 0}, {2, 0}},           /* requests and responses, both ways */
    };
    uint64_t bytes = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        bytes += kinds[i].n *
                 (places_bytes(NET_SOURCE_PLACES, kinds[i].out) + places_bytes(NET_ENDPOINT_PLACES, kinds[i].in));
    }
    return m->chips * bytes;
}

static uint64_t l1_queue(const struct dynamic_machine *d)
{
    uint32_t answers = d->protocol == PROTOCOL_MESI ? L1_OUT_PLACES + d->l1.mshrs : 0;
    return ((uint64_t)L1_OUT_PLACES + answers) * MESSAGE_BYTES;
}

/* Writes with the header of their ack; the order of all operations at memory. */
static uint64_t l2_memory(const struct dynamic_machine *d)
{
    return (uint64_t)d->l2.queue * (MESSAGE_BYTES + HEADER_BYTES) +
           ((uint64_t)d->l2.mshrs + d->l2.queue) * HEADER_BYTES;
}

/* Responses behind the pipeline and those of replays; acks of writes; forwards likewise, to all L1s at once; requests
 * that wait for recalls. */
static uint64_t l2_replies(const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t lines = (uint64_t)d->l2.latency + d->l2.queue + L2_SOON_PLACES;
    uint64_t headers = d->l2.queue;
    if (d->protocol == PROTOCOL_MESI) {
        lines += L2_RECALL_PLACES;
        headers += d->l2.latency + 2 * (uint64_t)m->units_per_chip;
    }
    return lines * MESSAGE_BYTES + headers * HEADER_BYTES;
}

/* Behind the links, per virtual network and dateline class, of the longest packets. */
static uint64_t link_queues(const struct dynamic_machine *d, const struct machine *m)
{
    return (uint64_t)machine_chip_links(m) * d->noc.vns * machine_fabric_classes(m) * d->link_queue *
           (LINE_BYTES + (uint64_t)d->link_header);
}

static uint64_t link_replays(const struct dynamic_machine *d, const struct machine *m)
{
    return (uint64_t)machine_chip_links(m) * d->link_replay;
}

/* Lines that switches gather: a place for the partial of each line by which they come. And stores to several chips: one
 * for what goes to them. */
static uint64_t adder_buffers(const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t lines = m->adders > 0 ? machine_adders(m) / m->adders : 0, switches = m->adders > 0 ? m->switches : 0;
    return d->link_queue * (lines * LINE_BYTES + switches * ((uint64_t)LINE_BYTES + 2 * PLACE_BYTES));
}

static void add_buffers(struct rows *r, const struct dynamic_machine *d, const struct machine *m)
{
    uint64_t units = (uint64_t)m->chips * m->units_per_chip, slices = (uint64_t)m->chips * d->l2.slices;
    const struct silicon_item uses[] = {
        {.item = "buffers.warps", .value = units * d->sm.cta_slots * d->sm.warps_per_cta * WARP_BYTES},
        {.item = "buffers.lsu", .value = units * SM_LSU_QUEUE * LSU_BYTES},
        {.item = "buffers.l1", .value = units * l1_queue(d)},
        {.item = "buffers.noc_endpoints", .value = endpoint_queues(d, m)},
        {.item = "buffers.l2_memory", .value = slices * l2_memory(d)},
        {.item = "buffers.l2_replies", .value = slices * l2_replies(d, m)},
        {.item = "buffers.hbm", .value = (uint64_t)m->chips * m->channels_per_chip * d->dram_queue * MESSAGE_BYTES},
    };
    const size_t n = sizeof uses / sizeof uses[0];
    uint64_t sum = link_queues(d, m) + link_replays(d, m) + adder_buffers(d, m); /* their rows stand with the links */
    for (size_t i = 0; i < n; i++) {
        sum += uses[i].value;
    }
    add(r, "buffers", "B", sum);
    for (size_t i = 0; i < n; i++) {
        add(r, uses[i].item, "B", uses[i].value);
    }
}

/* Links of one direction over the middle of a chip's network. */
static uint64_t bisection(const struct dynamic_machine *d, const struct machine *m)
{
    return noc_kinds[d->layout.topology].bisection(&d->layout, dynamic_endpoints(d, m));
}

static void add_network(struct rows *r, const struct dynamic_machine *d, const struct machine *m)
{
    const struct topology *t = m->topology;
    add(r, "noc.endpoints", "1", (uint64_t)m->chips * dynamic_endpoints(d, m));
    add(r, "noc.endpoint_width", "B/clk", m->flit_bytes);
    add(r, "noc.header_wires", "B/clk", HEADER_BYTES);
    add(r, "noc.bisection", "B/clk/chip", bisection(d, m) * m->flit_bytes);
    add(r, "dma_engines", "1", (uint64_t)m->chips * m->units_per_chip);
    add(r, "warp_schedulers", "1", (uint64_t)m->chips * m->units_per_chip * d->sm.subcores);
    add(r, "dispatchers", "1", m->chips);
    add(r, "chip_links", "1", machine_chip_links(m));
    if (m->switches > 0) {
        add(r, "chip_link.switches", "1", m->switches);
    }
    if (m->adders > 0) {
        add(r, "chip_link.adders", "1", machine_adders(m));
        add(r, "chip_link.adder_buffers", "B", adder_buffers(d, m));
    }
    add(r, "chip_link.bandwidth", "B/s", m->link_bandwidth);
    add(r, "chip_link.latency", "cycles", t->fabric ? machine_line(m)->latency : 0);
    if (machine_fabric_between(m).cluster > 0) {
        add(r, "chip_link.classes", "1", machine_fabric_classes(m));
    }
    add(r, "chip_link.queues", "B", link_queues(d, m));
    if (m->link_bit_errors > 0) {
        add(r, "chip_link.replay", "B", link_replays(d, m));
    }
}

uint32_t dynamic_silicon(const struct dynamic_machine *d, const struct machine *m, struct silicon_item *items,
                         uint32_t max)
{
    struct rows r = {.items = items, .max = max};
    uint64_t units = (uint64_t)m->chips * m->units_per_chip;
    add(&r, "chips", "1", m->chips);
    add(&r, "units", "1", units);
    r.n += machine_silicon_faults(m, &r.items[r.n], r.max - r.n);
    add(&r, "clock", "Hz", m->clock_hz);
    add(&r, "macs", "MAC/clk", units * d->sm.macs_per_cycle);
    add(&r, "vector_lanes", "op/clk", units * d->sm.lanes);
    add_sram(&r, d, m);
    add_buffers(&r, d, m);
    add_network(&r, d, m);
    add(&r, "hbm.channels", "1", (uint64_t)m->chips * m->channels_per_chip);
    add(&r, "hbm.bandwidth", "B/s", m->chips * m->memory_bandwidth);
    add(&r, "hbm.queues", "requests", (uint64_t)m->chips * m->channels_per_chip * d->dram_queue);
    return r.n;
}
