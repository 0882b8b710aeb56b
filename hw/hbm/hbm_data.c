/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_data.c - data of a channel: bus, staging, what the memory holds. */
#include <inttypes.h>

#include "hw/hbm/hbm_channel.h"
#include "sim/base/hash.h"

/* The network tells of a burst one cycle after its first flit took the eject link. */
void hbm_data_take(struct hbm_channel *c, uint64_t cycle)
{
    const struct burst *b;
    while ((b = mailbox_front(c->in, cycle)) != NULL) {
        const struct hbm_program *p = c->program;
        if (b->peer >= p->n_writes || p->writes[b->peer].transfer != b->transfer) {
            hbm_fault(c, cycle, "transfer %u arrives at the port and is not expected", b->transfer);
        } else {
            burst_copy(&c->writes[b->peer].burst, b);
            c->writes[b->peer].here = true;
            staging_add(&c->staging, b->entered, b->bytes);
            c->stat.delivered += b->bytes;
        }
        mailbox_pop(c->in);
    }
}

/* Puts a run on the bus; it must begin before the cycle after `wanted` is there. Returns its first time. */
static struct line_time use_bus(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t wanted)
{
    struct line_time from = serial_line_occupy(&c->bus, wanted, (uint64_t)e->count * c->p.dram.burst_bytes);
    if (from.cycle > wanted) {
        c->stat.timing_faults++;
        hbm_fault(c, cycle, "data of the command belong on the bus %" PRIu64 " cycles later, it is in use until then",
                  from.cycle - wanted);
    }
    return from;
}

void hbm_data_read(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot)
{
    uint64_t wanted = cycle + c->p.dram.cl;
    use_bus(c, e, cycle, wanted);
    if (e->piece >= c->program->n_reads) {
        hbm_fault(c, cycle, "a read feeds no transfer of this port");
        return;
    }
    const struct hbm_read *r = &c->program->reads[e->piece];
    struct hbm_read_state *s = &c->reads[e->piece];
    if (s->bytes == 0)
        staging_add(&c->staging, slot + c->p.dram.cl, r->bytes);
    s->bytes += e->count * c->p.dram.burst_bytes;
    if (s->bytes >= r->bytes)
        s->whole = line_time_ceil(c->bus.free);
}

/* What the memory holds of a chunk: a source, or what was written. */
static bool fetch(struct hbm_channel *c, const struct hbm_read *r, uint64_t cycle, struct burst *b)
{
    uint32_t version = r->weight ? 0 : c->counter->now.version;
    if (r->written != HBM_NOBODY) {
        const struct hbm_write_state *w = &c->writes[r->written];
        if (!w->stored) {
            hbm_fault(c, cycle, "transfer %u reads chunk %u before it is written", r->transfer, r->chunk);
            return false;
        }
        burst_copy(b, &w->burst);
        return true;
    }
    *b = (struct burst) {.id = {.chunk = r->chunk, .tensor = r->tensor, .version = version}};
    if (r->chunk != BURST_CONTROL) {
        b->id.c = mix64(r->tensor, version);
        b->id.value = r->k_whole == 0 ? b->id.c : b->id.c * r->k_part;
    }
    burst_stamp(b, 0, PLACE_DRAM);
    return true;
}

static void account_send(struct hbm_channel *c, const struct hbm_read *r)
{
    struct link_account *a = &c->stat.inject[r->class_of];
    uint64_t wire = (uint64_t)r->flits * c->p.flit_bytes;
    a->payload += r->bytes;
    a->padding += wire - r->bytes;
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += r->flits;
    c->stat.injected += r->bytes;
    c->run->progress++;
}

static void show_send(struct hbm_channel *c, const struct hbm_read *r, uint64_t now)
{
    link_probe_burst(&c->inject_probe, c->run->probe, c->counter, now, now + r->flits, r->class_of);
    if (c->run->probe->hop)
        c->run->probe->hop(c->run->probe->self, r->transfer, r->hop, r->start);
}

void hbm_data_send(struct hbm_channel *c, uint32_t read, uint64_t cycle, uint64_t slot)
{
    const struct hbm_read *r = &c->program->reads[read];
    uint64_t whole = c->reads[read].whole;
    struct burst b;
    if (slot != r->start || c->inject_free > slot) {
        hbm_fault(c, cycle, "transfer %u finds its inject link taken", r->transfer);
        return;
    }
    if (whole > cycle) {
        if (whole == CYCLE_NEVER)
            hbm_fault(c, cycle, "transfer %u is not in the port's buffer in its slot: it was not read", r->transfer);
        else
            hbm_fault(c, cycle,
                      "transfer %u is not whole in the port's buffer in its slot, it comes %" PRIu64 " cycles late",
                      r->transfer, whole - cycle);
        return;
    }
    if (!fetch(c, r, cycle, &b))
        return;
    uint64_t now = slot_time(&c->counter->now, cycle);
    burst_stamp(&b, now, PLACE_NOC);
    b.transfer = r->transfer;
    b.hop = r->hop;
    b.peer = r->peer;
    b.offset = r->offset;
    b.bytes = r->bytes;
    b.flits = r->flits;
    b.class_of = r->class_of;
    b.entered = slot;
    b.usable = slot + c->p.inject_latency + r->flits - 1;
    mailbox_write(c->out, cycle + c->p.inject_latency, &b, burst_size(&b));
    c->inject_free = slot + r->flits;
    staging_remove(&c->staging, slot + r->flits, r->bytes);
    account_send(c, r);
    if (c->run->probe && c->counter->now.measured)
        show_send(c, r, now);
}

/* The last byte is in the memory: an output is complete. */
static void store(struct hbm_channel *c, const struct hbm_write *w, struct hbm_write_state *s, uint64_t cycle,
                  uint64_t end)
{
    const struct identity *id = &s->burst.id;
    uint64_t now = slot_time(&c->counter->now, cycle) + (end - cycle);
    s->stored = true;
    burst_stamp(&s->burst, now, PLACE_DRAM);
    if (!w->output)
        return;
    uint64_t whole = w->k_whole == 0 ? id->c : id->c * w->k_whole;
    if (id->chunk != w->chunk || id->version != c->counter->now.version || id->value != whole ||
        id->c != c->program->tensor_c[id->version][w->tensor]) {
        hbm_fault(c, cycle, "output chunk %u is not whole or not of this run: chunk %u version %u", w->chunk, id->chunk,
                  id->version);
        return;
    }
    c->stat.output_bytes += w->bytes;
    c->stat.output_checksum += w->bytes * id->c;
    c->stat.last_output = now > c->stat.last_output ? now : c->stat.last_output;
}

void hbm_data_write(struct hbm_channel *c, const struct hbm_entry *e, uint64_t cycle, uint64_t slot)
{
    uint64_t wanted = cycle + c->p.dram.cwl;
    use_bus(c, e, cycle, wanted);
    const struct hbm_write *w = e->piece < c->program->n_writes ? &c->program->writes[e->piece] : NULL;
    if (!w) {
        hbm_fault(c, cycle, "a write takes no transfer of this port");
        return;
    }
    struct hbm_write_state *s = &c->writes[e->piece];
    if (!s->here || s->burst.usable > slot) {
        hbm_fault(c, cycle, "transfer %u is not whole in the port's buffer when it is written", w->transfer);
        return;
    }
    uint32_t before = s->bytes;
    s->bytes += e->count * c->p.dram.burst_bytes;
    if (before >= w->bytes || s->bytes < w->bytes)
        return;
    uint64_t end = line_time_ceil(c->bus.free);
    staging_remove(&c->staging, slot + (end - cycle), w->bytes);
    store(c, w, s, cycle, end);
}
