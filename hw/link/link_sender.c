/* SPDX-License-Identifier: Apache-2.0 */
/* link_sender.c - bursts out of staging onto the line. */
#include "hw/link/link_sender.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

struct link_sender *link_sender_new(const struct sender_params *p, struct sender_program *programs, uint32_t n_programs,
                                    struct run_control *run)
{
    struct link_sender *s = mem_alloc(sizeof *s);
    size_t most = 1;
    s->p = *p;
    s->run = run;
    s->n_programs = n_programs;
    s->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        s->programs[i] = programs[i];
        most = programs[i].n_entries > most ? programs[i].n_entries : most;
        programs[i] = (struct sender_program) {0};
    }
    s->line.rate = p->rate;
    s->staged = mem_alloc_array(most, sizeof *s->staged);
    s->here = mem_alloc_array(most, sizeof *s->here);
    s->port_of = mem_alloc_array(most, sizeof *s->port_of);
    s->staging = mem_alloc_array(p->ports, sizeof *s->staging);
    for (uint32_t i = 0; i < p->ports; i++)
        staging_init(&s->staging[i], p->staging_bytes, (uint32_t)most);
    link_probe_declare(&s->probe, run->probe, p->id);
    return s;
}

void link_sender_free(struct link_sender *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->n_programs; i++)
        free(s->programs[i].entries);
    for (uint32_t i = 0; i < s->p.ports; i++)
        staging_free(&s->staging[i]);
    free(s->programs);
    free(s->staged);
    free(s->here);
    free(s->port_of);
    free(s->staging);
    free(s->delays);
    free(s);
}

void link_sender_connect(struct link_sender *s, const struct slot_counter *counter, struct mailbox **in,
                         struct mailbox *out)
{
    s->counter = counter;
    s->in = in;
    s->out = out;
}

void link_sender_delay(struct link_sender *s, uint64_t cycle, uint64_t delay)
{
    *VEC_PUSH(s, delays) = (struct sender_delay) {cycle, delay, false};
}

static void begin_program(struct link_sender *s)
{
    const struct slot_state *now = &s->counter->now;
    s->launch = now->launch;
    s->program = &s->programs[now->program];
    s->next = 0;
    memset(s->here, 0, s->program->n_entries * sizeof *s->here);
    for (uint32_t i = 0; i < s->p.ports; i++)
        staging_clear(&s->staging[i]);
    s->stat = (struct sender_stat) {0};
    link_probe_reset(&s->probe);
}

static void tell(struct link_sender *s, uint64_t cycle, uint32_t transfer, const char *what)
{
    fault_add(s->run, s->p.id, sim_clock_edge(&s->counter->domain->clock, cycle), slot_of(&s->counter->now, cycle),
              "transfer %u: %s", transfer, what);
}

/* The network tells of a burst one cycle after its first flit took the eject link. */
static void take_bursts(struct link_sender *s, uint64_t cycle)
{
    for (uint32_t i = 0; i < s->p.ports; i++) {
        const struct burst *b;
        while ((b = mailbox_front(s->in[i], cycle)) != NULL) {
            if (b->peer >= s->program->n_entries || s->program->entries[b->peer].transfer != b->transfer) {
                tell(s, cycle, b->transfer, "arrives at the port and is not expected");
            } else {
                burst_copy(&s->staged[b->peer], b);
                s->here[b->peer] = true;
                s->port_of[b->peer] = i;
                staging_add(&s->staging[i], b->entered, b->bytes);
            }
            mailbox_pop(s->in[i]);
        }
    }
}

static void watch_staging(struct link_sender *s, uint64_t cycle, uint64_t slot)
{
    for (uint32_t i = 0; i < s->p.ports; i++) {
        if (!staging_advance(&s->staging[i], slot > 2 ? slot - 2 : 0))
            continue;
        s->stat.staging_overflows++;
        if (!s->run->stall)
            fault_add(s->run, s->p.id, sim_clock_edge(&s->counter->domain->clock, cycle), s->staging[i].overflow_slot,
                      "port %u: staging holds %" PRIu64 " of %u bytes", i, s->staging[i].peak, s->p.staging_bytes);
    }
}

static uint64_t injected_delay(struct link_sender *s, uint64_t slot)
{
    uint64_t delay = 0;
    for (size_t i = 0; s->counter->now.measured && i < s->n_delays; i++) {
        struct sender_delay *d = &s->delays[i];
        if (d->done || slot < d->cycle)
            continue;
        d->done = true;
        delay += d->delay;
    }
    return delay;
}

static void account(struct link_sender *s, const struct sender_entry *e, struct line_time from, uint64_t end)
{
    struct link_account *a = &s->stat.account[e->class_of];
    uint64_t wire = (uint64_t)e->flits * s->p.flit_bytes;
    uint64_t first = from.cycle > s->busy_until ? from.cycle : s->busy_until;
    a->payload += e->bytes;
    a->padding += wire - e->bytes;
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += end > first ? end - first : 0;
    s->busy_until = end;
    s->run->progress++;
}

static void send(struct link_sender *s, uint32_t i, uint64_t cycle, uint64_t slot)
{
    const struct sender_entry *e = &s->program->entries[i];
    struct burst *b = &s->staged[i];
    if (!s->here[i] || b->usable > slot || e->start != slot) {
        tell(s, cycle, e->transfer,
             s->here[i] ? "is not whole in the port's buffer in its slot" : "is not in the port's buffer in its slot");
        return;
    }
    struct line_time from = serial_line_occupy(&s->line, cycle, (uint64_t)e->flits * s->p.flit_bytes);
    if (from.cycle > cycle) {
        s->stat.late_line++;
        if (!s->run->stall)
            tell(s, cycle, e->transfer, "finds the line taken in its slot");
    }
    const struct sim_clock *clock = &s->counter->domain->clock;
    uint64_t end = line_time_ceil(s->line.free);
    uint64_t late = (injected_delay(s, slot) + s->p.latency) * clock->period_fs;
    uint64_t head = sim_clock_edge(clock, from.cycle) + late;
    if (head < s->clear_fs) { /* nothing overtakes a late burst */
        late += s->clear_fs - head;
        head = s->clear_fs;
    }
    s->clear_fs = sim_clock_edge(clock, s->line.free.cycle) + late;
    uint64_t now = slot_time(&s->counter->now, cycle);
    account(s, e, from, end);
    staging_remove(&s->staging[s->port_of[i]], slot + (end - cycle), e->bytes);
    burst_stamp(b, now - (slot - b->usable), PLACE_LINK);
    b->hop = e->hop;
    b->peer = e->peer;
    b->entered = slot;
    b->usable = sim_clock_edge(clock, end) + late; /* between chips: in fs */
    mailbox_write_fs(s->out, head, b, burst_size(b));
    s->here[i] = false;
    if (s->run->probe && s->counter->now.measured) {
        link_probe_burst(&s->probe, s->run->probe, s->counter, now + (from.cycle - cycle), now + (end - cycle),
                         e->class_of);
        if (s->run->probe->hop)
            s->run->probe->hop(s->run->probe->self, e->transfer, e->hop, e->start);
    }
}

uint64_t link_sender_eval(struct link_sender *s, uint64_t cycle)
{
    const struct slot_state *now = &s->counter->now;
    if (now->launch != s->launch)
        begin_program(s);
    uint64_t slot = slot_of(now, cycle);
    if (slot == SLOT_BEFORE)
        return now->launch == 0 ? CYCLE_NEVER : now->base;
    take_bursts(s, cycle);
    while (s->next < s->program->n_entries && s->program->entries[s->next].start <= slot)
        send(s, s->next++, cycle, slot);
    watch_staging(s, cycle, slot);
    if (s->next >= s->program->n_entries)
        return CYCLE_NEVER;
    uint64_t next = slot_cycle(now, s->program->entries[s->next].start);
    return next > cycle ? next : cycle + 1;
}

void link_sender_end(struct link_sender *s, uint64_t cycle)
{
    uint64_t peak = 0;
    for (uint32_t i = 0; i < s->p.ports; i++) {
        staging_advance(&s->staging[i], UINT64_MAX);
        peak += s->staging[i].peak;
    }
    for (int c = 0; c < CLASS_COUNT; c++)
        s->stat.account[c].peak_queue = s->stat.account[c].entered > 0 ? peak : 0;
    if (s->next > 0 && s->busy_until > cycle) { /* cut short: the last burst is still on its way in */
        const struct sender_entry *e = &s->program->entries[s->next - 1];
        s->stat.account[e->class_of].left -= (uint64_t)e->flits * s->p.flit_bytes;
    }
    link_probe_flush(&s->probe, s->run->probe, s->counter);
}

uint64_t link_sender_in_flight(const struct link_sender *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; s->program && i < s->program->n_entries; i++)
        bytes += s->here[i] ? s->staged[i].bytes : 0;
    for (uint32_t port = 0; port < s->p.ports; port++)
        for (uint32_t i = 0; i < mailbox_count(s->in[port]); i++)
            bytes += ((const struct burst *)mailbox_item(s->in[port], i))->bytes;
    return bytes;
}

void link_sender_dump(const struct link_sender *s, uint64_t cycle, struct diag *d)
{
    if (!s->program || s->next >= s->program->n_entries)
        return;
    diag_add(d, "", 0, 0, s->p.id, "slot %" PRIu64 ": next is transfer %u, planned for %" PRIu64,
             slot_of(&s->counter->now, cycle), s->program->entries[s->next].transfer,
             s->program->entries[s->next].start);
}
