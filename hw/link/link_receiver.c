/* SPDX-License-Identifier: Apache-2.0 */
/* link_receiver.c - bursts from the line into staging, from there into the network. */
#include "hw/link/link_receiver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

static void allocate(struct link_receiver *r)
{
    size_t arrivals = 1, sends = 1;
    for (uint32_t i = 0; i < r->n_programs; i++) {
        arrivals = r->programs[i].n_arrivals > arrivals ? r->programs[i].n_arrivals : arrivals;
        sends = r->programs[i].n_sends > sends ? r->programs[i].n_sends : sends;
    }
    r->staged = mem_alloc_array(arrivals, sizeof *r->staged);
    r->whole = mem_alloc_array(arrivals, sizeof *r->whole);
    r->left = mem_alloc_array(arrivals, sizeof *r->left);
    r->free_at = mem_alloc_array(r->p.ports, sizeof *r->free_at);
    r->staging = mem_alloc_array(r->p.ports, sizeof *r->staging);
    r->stat.inject = mem_alloc_array(r->p.ports, sizeof *r->stat.inject);
    r->probes = mem_alloc_array(r->p.ports, sizeof *r->probes);
    for (uint32_t i = 0; i < r->p.ports; i++) {
        staging_init(&r->staging[i], r->p.staging_bytes, (uint32_t)arrivals);
        link_probe_declare(&r->probes[i], r->run->probe, r->ports[i].inject_id);
    }
    hold_port_init(&r->hold, (uint32_t)sends);
}

struct link_receiver *link_receiver_new(const struct receiver_params *p, struct receiver_program *programs,
                                        uint32_t n_programs, struct run_control *run)
{
    struct link_receiver *r = mem_alloc(sizeof *r);
    r->p = *p;
    r->run = run;
    r->ports = mem_alloc_array(p->ports, sizeof *r->ports);
    memcpy(r->ports, p->port, p->ports * sizeof *r->ports);
    r->n_programs = n_programs;
    r->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        r->programs[i] = programs[i];
        programs[i] = (struct receiver_program) {0};
    }
    allocate(r);
    return r;
}

void link_receiver_free(struct link_receiver *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->n_programs; i++) {
        free(r->programs[i].arrivals);
        free(r->programs[i].sends);
    }
    for (uint32_t i = 0; i < r->p.ports; i++)
        staging_free(&r->staging[i]);
    hold_port_free(&r->hold);
    free(r->programs);
    free(r->ports);
    free(r->staged);
    free(r->whole);
    free(r->left);
    free(r->free_at);
    free(r->staging);
    free(r->stat.inject);
    free(r->probes);
    free(r);
}

void link_receiver_connect(struct link_receiver *r, const struct slot_counter *counter, struct mailbox *in,
                           struct mailbox **out, struct mailbox *hold_out)
{
    r->counter = counter;
    r->in = in;
    r->out = out;
    r->hold.out = hold_out;
    if (r->run->stall)
        mailbox_look_ahead(r->in);
}

static void begin_program(struct link_receiver *r)
{
    const struct slot_state *s = &r->counter->now;
    struct link_account(*inject)[CLASS_COUNT] = r->stat.inject;
    r->launch = s->launch;
    r->program = &r->programs[s->program];
    r->next = 0;
    for (size_t i = 0; i < r->program->n_arrivals; i++) {
        r->whole[i] = CYCLE_NEVER;
        r->left[i] = r->program->arrivals[i].sends;
    }
    memset(inject, 0, r->p.ports * sizeof *inject);
    memset(r->free_at, 0, r->p.ports * sizeof *r->free_at);
    r->stat = (struct receiver_stat) {.inject = inject};
    for (uint32_t i = 0; i < r->p.ports; i++) {
        staging_clear(&r->staging[i]);
        link_probe_reset(&r->probes[i]);
    }
    hold_port_clear(&r->hold, (uint32_t)r->program->n_sends);
}

static uint64_t whole_at(const struct link_receiver *r, const struct burst *b)
{
    return sim_clock_at(&r->counter->domain->clock, b->usable);
}

static void tell(struct link_receiver *r, uint64_t cycle, uint32_t transfer, const char *what, uint64_t late)
{
    char by[48] = "";
    if (late > 0)
        snprintf(by, sizeof by, ", it comes %" PRIu64 " cycles late", late);
    fault_add(r->run, r->p.name, sim_clock_edge(&r->counter->domain->clock, cycle), slot_of(&r->counter->now, cycle),
              "transfer %u: %s%s", transfer, what, by);
}

/* A burst that comes before its time waits in the deskew FIFO as long as that holds it, then in the buffer. */
static void stage(struct link_receiver *r, const struct receiver_arrival *a, uint64_t slot, uint32_t bytes)
{
    uint64_t early = a->planned > slot ? a->planned - slot : 0;
    staging_add(&r->staging[a->port], slot + (early < r->p.guard_cycles ? early : r->p.guard_cycles), bytes);
}

static void take_bursts(struct link_receiver *r, uint64_t cycle, uint64_t slot)
{
    const struct burst *b;
    while ((b = mailbox_front(r->in, cycle)) != NULL) {
        if (b->peer >= r->program->n_arrivals || r->program->arrivals[b->peer].transfer != b->transfer) {
            tell(r, cycle, b->transfer, "comes over the link and is not expected", 0);
        } else {
            burst_copy(&r->staged[b->peer], b);
            r->whole[b->peer] = whole_at(r, b);
            stage(r, &r->program->arrivals[b->peer], slot, b->bytes);
        }
        mailbox_pop(r->in);
    }
}

/* Cycle in which an arrival is whole, looking at headers that the line has shown already. */
static uint64_t expected(const struct link_receiver *r, uint32_t arrival)
{
    if (r->whole[arrival] != CYCLE_NEVER)
        return r->whole[arrival];
    for (uint32_t i = 0; i < mailbox_count(r->in); i++) {
        const struct burst *b = mailbox_item(r->in, i);
        if (b->peer == arrival)
            return whole_at(r, b);
    }
    return CYCLE_NEVER;
}

static void look_ahead(struct link_receiver *r, uint64_t cycle, uint64_t slot)
{
    for (uint32_t i = r->hold.next; i < r->program->n_sends; i++) {
        const struct receiver_send *e = &r->program->sends[i];
        if (e->start > slot + HOLD_AHEAD)
            break;
        uint64_t planned = slot_cycle(&r->counter->now, e->start);
        r->stat.late += hold_port_look(&r->hold, i, e->start, planned, expected(r, e->arrival), cycle);
    }
}

static void account(struct link_receiver *r, const struct receiver_send *e, uint32_t bytes)
{
    struct link_account *a = &r->stat.inject[e->port][e->class_of];
    uint64_t wire = (uint64_t)e->flits * r->p.flit_bytes;
    a->payload += bytes;
    a->padding += wire - bytes;
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += e->flits;
    r->run->progress++;
}

static void stamp(struct link_receiver *r, struct burst *b, uint64_t whole, uint64_t now)
{
    uint64_t came = slot_time(&r->counter->now, whole);
    if (r->p.guard_cycles > 0) {
        burst_stamp(b, came, PLACE_GUARD);
        if (came + r->p.guard_cycles < now)
            burst_stamp(b, came + r->p.guard_cycles, PLACE_LINK);
    }
    burst_stamp(b, now, PLACE_NOC);
}

static void show(struct link_receiver *r, const struct receiver_send *e, uint64_t now)
{
    link_probe_burst(&r->probes[e->port], r->run->probe, r->counter, now, now + e->flits, e->class_of);
    if (r->run->probe->hop)
        r->run->probe->hop(r->run->probe->self, e->transfer, e->hop, e->start);
}

/* The decoder or a CRC has seen it. */
static void tell_lost(struct link_receiver *r, uint64_t cycle, const struct burst *b)
{
    fault_add(r->run, r->p.name, sim_clock_edge(&r->counter->domain->clock, cycle), slot_of(&r->counter->now, cycle),
              "transfer %u: has bit errors in %u frame%s of the link that cannot be corrected", b->transfer,
              b->lost_frames, b->lost_frames == 1 ? "" : "s");
}

static void send(struct link_receiver *r, const struct receiver_send *e, uint64_t cycle, uint64_t slot)
{
    uint64_t whole = expected(r, e->arrival);
    if (e->start != slot || r->free_at[e->port] > slot) {
        tell(r, cycle, e->transfer, "finds its inject link taken", 0);
        return;
    }
    if (r->whole[e->arrival] == CYCLE_NEVER || whole > cycle) {
        tell(r, cycle, e->transfer, "is not whole in the link's buffer in its slot",
             whole == CYCLE_NEVER ? 0 : whole - cycle);
        return;
    }
    if (r->staged[e->arrival].lost_frames > 0) {
        tell_lost(r, cycle, &r->staged[e->arrival]);
        return;
    }
    uint64_t now = slot_time(&r->counter->now, cycle);
    struct burst b;
    burst_copy(&b, &r->staged[e->arrival]);
    stamp(r, &b, whole, now);
    b.hop = e->hop;
    b.peer = e->peer;
    b.entered = slot;
    b.usable = slot + r->ports[e->port].inject_latency + e->flits - 1;
    mailbox_write(r->out[e->port], cycle + r->ports[e->port].inject_latency, &b, burst_size(&b));
    r->free_at[e->port] = slot + e->flits;
    account(r, e, b.bytes);
    const struct receiver_arrival *a = &r->program->arrivals[e->arrival];
    r->stat.replicated += r->left[e->arrival] < a->sends ? b.bytes : 0;
    if (--r->left[e->arrival] == 0)
        staging_remove(&r->staging[a->port], slot + e->flits, b.bytes);
    if (r->run->probe && r->counter->now.measured)
        show(r, e, now);
}

static void watch_staging(struct link_receiver *r, uint64_t cycle, uint64_t slot)
{
    for (uint32_t i = 0; i < r->p.ports; i++) {
        if (!staging_advance(&r->staging[i], slot > 2 ? slot - 2 : 0))
            continue;
        r->stat.staging_overflows++;
        if (!r->run->stall)
            fault_add(r->run, r->p.name, sim_clock_edge(&r->counter->domain->clock, cycle), r->staging[i].overflow_slot,
                      "port %u: staging holds %" PRIu64 " of %u bytes", i, r->staging[i].peak, r->p.staging_bytes);
    }
}

static uint64_t next_cycle(const struct link_receiver *r, uint64_t cycle)
{
    const struct receiver_program *p = r->program;
    uint64_t slot = r->next < p->n_sends ? p->sends[r->next].start : CYCLE_NEVER;
    if (r->run->stall && r->hold.next < p->n_sends && !r->hold.open[r->hold.next]) {
        uint64_t look = p->sends[r->hold.next].start;
        look = look > HOLD_AHEAD ? look - HOLD_AHEAD : 0;
        slot = look < slot ? look : slot;
    }
    if (slot == CYCLE_NEVER)
        return CYCLE_NEVER;
    uint64_t next = slot_cycle(&r->counter->now, slot);
    return next > cycle ? next : cycle + 1;
}

uint64_t link_receiver_eval(struct link_receiver *r, uint64_t cycle)
{
    const struct slot_state *s = &r->counter->now;
    if (s->launch != r->launch)
        begin_program(r);
    uint64_t slot = slot_of(s, cycle);
    if (slot == SLOT_BEFORE)
        return s->launch == 0 ? CYCLE_NEVER : s->base;
    take_bursts(r, cycle, slot);
    if (r->run->stall)
        look_ahead(r, cycle, slot);
    while (r->next < r->program->n_sends && r->program->sends[r->next].start <= slot)
        send(r, &r->program->sends[r->next++], cycle, slot);
    watch_staging(r, cycle, slot);
    return next_cycle(r, cycle);
}

void link_receiver_end(struct link_receiver *r)
{
    uint64_t overflows = 0;
    for (uint32_t i = 0; i < r->p.ports; i++) {
        staging_advance(&r->staging[i], UINT64_MAX);
        overflows += r->staging[i].overflows;
        link_probe_flush(&r->probes[i], r->run->probe, r->counter);
    }
    if (r->run->stall) /* all of them; how many are seen at a time depends on who sleeps */
        r->stat.staging_overflows = overflows;
}

uint64_t link_receiver_in_flight(const struct link_receiver *r)
{
    uint64_t bytes = 0;
    for (size_t i = 0; r->program && i < r->program->n_arrivals; i++)
        if (r->whole[i] != CYCLE_NEVER && r->left[i] == r->program->arrivals[i].sends)
            bytes += r->staged[i].bytes;
    for (uint32_t i = 0; i < mailbox_count(r->in); i++)
        bytes += ((const struct burst *)mailbox_item(r->in, i))->bytes;
    return bytes;
}

void link_receiver_dump(const struct link_receiver *r, uint64_t cycle, struct diag *d)
{
    if (!r->program || r->next >= r->program->n_sends)
        return;
    const struct receiver_send *e = &r->program->sends[r->next];
    diag_add(d, "", 0, 0, r->p.name, "slot %" PRIu64 ": waits to inject transfer %u, planned for %" PRIu64 "%s",
             slot_of(&r->counter->now, cycle), e->transfer, e->start,
             r->whole[e->arrival] == CYCLE_NEVER ? "; it has not come" : "");
}
