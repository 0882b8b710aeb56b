/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_data.c - the data bus, what the lines hold, replies and results of the work. */
#include <stdlib.h>

#include "hw/hbm/frfcfs_core.h"
#include "sim/base/error.h"
#include "sim/base/hash.h"

/* What a line holds. A source keeps chunk, tensor and in `value` the factor of c. */
enum line_kind { LINE_EMPTY, LINE_INPUT, LINE_WEIGHT, LINE_WRITTEN };

void data_init(struct frfcfs *c)
{
    c->content = mem_alloc_uncleared(c->p.lines, sizeof *c->content); /* says nothing of an empty line */
    c->kind = mem_alloc_array(c->p.lines, sizeof *c->kind);
    uint64_t ticks = fraction_ticks(c->dram->rate, c->dram->burst_bytes), num = c->dram->rate.num;
    c->burst = (struct line_time) {ticks / num, ticks % num};
}

void data_free(struct frfcfs *c)
{
    free(c->content);
    free(c->kind);
}

void frfcfs_set_source(struct frfcfs *c, uint32_t line, uint32_t chunk, uint32_t tensor, bool weight, uint32_t k_part,
                       uint32_t k_whole)
{
    SIM_CHECK(line < c->p.lines, "%s: source line %u of %u", c->p.name, line, c->p.lines);
    struct identity id = {.chunk = chunk, .tensor = tensor, .value = k_whole == 0 ? 1 : k_part};
    c->content[line] = identity_number(&c->run->identities, &id);
    c->kind[line] = weight ? LINE_WEIGHT : LINE_INPUT;
}

static uint64_t c_of(const struct frfcfs *c, uint32_t version, uint32_t tensor)
{
    return c->p.tensor_c ? c->p.tensor_c[version][tensor] : mix64(tensor, version);
}

static uint32_t launch_version(const struct frfcfs *c)
{
    return c->launch ? c->launch->now.version : 0;
}

struct identity frfcfs_content(const struct frfcfs *c, uint32_t line)
{
    if (c->kind[line] == LINE_EMPTY)
        return (struct identity) {.chunk = FRFCFS_NO_CHUNK};
    struct identity id = *identity_at(&c->run->identities, c->content[line]);
    if (c->kind[line] == LINE_WRITTEN)
        return id;
    id.version = c->kind[line] == LINE_WEIGHT ? 0 : launch_version(c);
    id.c = c_of(c, id.version, id.tensor);
    id.value *= id.c;
    return id;
}

/* Its number. A weight is the same in all launches: what is found once stays. */
static uint32_t number_of(struct frfcfs *c, uint32_t line)
{
    if (c->kind[line] == LINE_WRITTEN)
        return c->content[line];
    struct identity id = frfcfs_content(c, line);
    uint32_t number = identity_number(&c->run->identities, &id);
    if (c->kind[line] == LINE_WEIGHT) {
        c->content[line] = number;
        c->kind[line] = LINE_WRITTEN;
    }
    return number;
}

void data_bus(struct frfcfs *c, uint64_t cycle, bool write)
{
    uint64_t num = c->dram->rate.num, wanted = cycle + (write ? c->dram->cwl : c->dram->cl);
    struct line_time from = c->bus.cycle < wanted ? (struct line_time) {wanted, 0} : c->bus;
    SIM_CHECK(from.cycle == wanted, "%s: data belong on the bus at %llu, it is in use until %llu", c->p.name,
              (unsigned long long)wanted, (unsigned long long)from.cycle);
    uint64_t ticks = from.ticks + c->burst.ticks, over = ticks >= num;
    c->bus = (struct line_time) {from.cycle + c->burst.cycle + over, over ? ticks - num : ticks};
}

void data_stat(struct frfcfs *c)
{
    struct frfcfs_stats *s = &c->stat;
    uint64_t bursts = s->commands[FRFCFS_RD] + s->commands[FRFCFS_WR];
    s->hits = bursts - s->misses - s->conflicts;
    s->bus_busy = bursts * c->burst.cycle + bursts * c->burst.ticks / c->dram->rate.num;
}

/* data_bus and data_done: the burst behind the column command's latency, and the pipeline. */
uint32_t frfcfs_soonest(const struct frfcfs *c)
{
    uint32_t column = c->dram->cl < c->dram->cwl ? c->dram->cl : c->dram->cwl;
    return column + (uint32_t)c->burst.cycle + c->p.latency;
}

/* An output counts when its last byte is off the bus; it must be of this repeat. */
static void output(struct frfcfs *c, uint64_t cycle, uint64_t end, const struct dram_request *q)
{
    const struct identity *id = identity_at(&c->run->identities, q->data);
    uint64_t now = c->launch ? slot_time(&c->launch->now, cycle) + (end - cycle) : end;
    if (id->version != launch_version(c) || id->c != c_of(c, id->version, id->tensor)) {
        const struct domain *d = c->slices[0].in->reader;
        fault_add(c->run, c->p.name, sim_clock_edge(&d->clock, cycle), cycle,
                  "an output that is not of this run is written to line %u: chunk %u version %u", q->line, id->chunk,
                  id->version);
        return;
    }
    c->stat.output_bytes += q->bytes;
    c->stat.output_checksum += q->bytes * id->c;
    c->stat.last_output = now > c->stat.last_output ? now : c->stat.last_output;
}

void data_done(struct frfcfs *c, uint64_t cycle, struct frfcfs_window_request *r)
{
    const struct dram_request *q = &r->r;
    uint64_t end = line_time_ceil(c->bus);
    struct dram_reply *reply = mailbox_next(c->slices[r->slice].out, end + c->p.latency);
    reply->tag = q->tag;
    reply->write = q->write;
    reply->took = (uint32_t)(end - r->arrival);
    reply->done = end;
    if (q->write) {
        c->content[q->line] = q->data;
        c->kind[q->line] = LINE_WRITTEN;
        reply->data = q->data;
        c->stat.writes++;
        c->stat.write_latency += end - r->arrival;
        if (q->output)
            output(c, cycle, end, q);
    } else {
        reply->data = number_of(c, q->line);
        c->stat.reads++;
        c->stat.read_latency += end - r->arrival;
    }
    c->run->progress++;
}
