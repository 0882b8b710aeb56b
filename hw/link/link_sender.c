/* SPDX-License-Identifier: Apache-2.0 */
/* link_sender.c - bursts out of staging onto the line. */
#include "hw/link/link_sender.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

static void declare_probes(struct link_sender *s)
{
    link_probe_declare(&s->probe, s->run->probe, s->p.id);
    char *again = mem_printf("%s_retry", s->p.id);
    link_probe_declare(&s->again_probe, s->p.errors.frame_bytes > 0 ? s->run->probe : NULL, again);
    free(again);
}

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
    s->errors = p->errors;
    link_errors_init(&s->errors, run->seed, p->id);
    declare_probes(s);
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
    free(s->again);
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
    SIM_CHECK(s->n_again == 0, "%s: a new launch while %zu bursts are to be sent again", s->p.id, s->n_again);
    link_probe_reset(&s->probe);
    link_probe_reset(&s->again_probe);
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

static void account(struct link_sender *s, const struct sender_entry *e, struct line_time from, uint64_t end,
                    bool again)
{
    struct link_account *a = &s->stat.account[e->class_of];
    uint64_t wire = (uint64_t)e->flits * s->p.flit_bytes;
    uint64_t first = from.cycle > s->busy_until ? from.cycle : s->busy_until;
    if (again) {
        a->retry += wire;
    } else {
        a->payload += e->bytes;
        a->padding += wire - e->bytes;
        s->run->progress++;
    }
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += end > first ? end - first : 0;
    s->busy_until = end;
    s->last_wire = wire;
    s->last_class = e->class_of;
}

static void show(struct link_sender *s, const struct sender_entry *e, uint64_t from, uint64_t end, bool again)
{
    if (!s->run->probe || !s->counter->now.measured)
        return;
    link_probe_burst(&s->probe, s->run->probe, s->counter, from, end, e->class_of);
    if (again)
        link_probe_burst(&s->again_probe, s->run->probe, s->counter, from, end, e->class_of);
    else if (s->run->probe->hop)
        s->run->probe->hop(s->run->probe->self, e->transfer, e->hop, e->start);
}

/* Its way behind the line takes `late` fs, and longer behind a late burst: nothing overtakes that. Returns when its
 * first flit is at the far end. */
static uint64_t arrive(struct link_sender *s, struct burst *b, struct line_time from, uint64_t *late)
{
    const struct sim_clock *clock = &s->counter->domain->clock;
    uint64_t head = sim_clock_edge(clock, from.cycle) + *late;
    if (head < s->clear_fs) {
        *late += s->clear_fs - head;
        head = s->clear_fs;
    }
    s->clear_fs = sim_clock_edge(clock, s->line.free.cycle) + *late;
    b->usable = sim_clock_edge(clock, line_time_ceil(s->line.free)) + *late; /* between chips: in fs */
    return head;
}

static void keep(struct link_sender *s, const struct burst *b, uint32_t entry, uint64_t due)
{
    struct sender_again *a = VEC_PUSH(s, again);
    burst_copy(&a->b, b);
    a->entry = entry;
    a->due = due;
}

/* The burst of entry i takes the line; returns when it has left it. */
static uint64_t put(struct link_sender *s, uint32_t i, struct burst *b, uint64_t cycle, bool again)
{
    const struct sender_entry *e = &s->program->entries[i];
    uint64_t wire = (uint64_t)e->flits * s->p.flit_bytes;
    struct line_time from = serial_line_occupy(&s->line, cycle, wire);
    if (from.cycle > cycle && !again) {
        s->stat.late_line++;
        if (!s->run->stall)
            tell(s, cycle, e->transfer, "finds the line taken in its slot");
    }
    uint64_t end = line_time_ceil(s->line.free), now = slot_time(&s->counter->now, cycle);
    account(s, e, from, end, again);
    show(s, e, now + (from.cycle - cycle), now + (end - cycle), again);
    uint64_t period = s->counter->domain->clock.period_fs,
             delay = again ? 0 : injected_delay(s, slot_of(&s->counter->now, cycle));
    uint64_t late = (delay + s->p.latency) * period, head = arrive(s, b, from, &late);
    b->lost_frames = link_errors_send(&s->errors, wire);
    s->stat.lost += b->lost_frames > 0;
    bool lost = b->lost_frames > 0 && s->run->stall;
    if (lost) /* a latency after it should have been whole there */
        keep(s, b, i, end + ceil_div(late, period) + s->p.latency);
    if (!lost || s->p.to_switch)
        mailbox_write_fs(s->out, head, b, burst_size(b));
    return end;
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
    burst_stamp(b, slot_time(&s->counter->now, cycle) - (slot - b->usable), PLACE_LINK);
    b->hop = e->hop;
    b->peer = e->peer;
    b->entered = slot;
    uint64_t end = put(s, i, b, cycle, false);
    staging_remove(&s->staging[s->port_of[i]], slot + (end - cycle), e->bytes);
    s->here[i] = false;
}

/* Losses that are known by now: their bursts go before those that have their slot. */
static void send_again(struct link_sender *s, uint64_t cycle)
{
    size_t n = 0;
    while (n < s->n_again && s->again[n].due <= cycle) {
        struct sender_again a = s->again[n++];
        put(s, a.entry, &a.b, cycle, true);
    }
    if (n > 0) {
        s->n_again -= n;
        memmove(s->again, s->again + n, s->n_again * sizeof *s->again);
    }
}

static uint64_t next_cycle(const struct link_sender *s, uint64_t cycle)
{
    uint64_t next = CYCLE_NEVER;
    if (s->next < s->program->n_entries)
        next = slot_cycle(&s->counter->now, s->program->entries[s->next].start);
    if (s->n_again > 0 && s->again[0].due < next)
        next = s->again[0].due;
    return next > cycle ? next : cycle + 1;
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
    send_again(s, cycle);
    while (s->next < s->program->n_entries && s->program->entries[s->next].start <= slot)
        send(s, s->next++, cycle, slot);
    watch_staging(s, cycle, slot);
    return next_cycle(s, cycle);
}

void link_sender_end(struct link_sender *s, uint64_t cycle)
{
    uint64_t peak = 0, overflows = 0;
    for (uint32_t i = 0; i < s->p.ports; i++) {
        staging_advance(&s->staging[i], UINT64_MAX);
        peak += s->staging[i].peak;
        overflows += s->staging[i].overflows;
    }
    if (s->run->stall) /* all of them; how many are seen at a time depends on who sleeps */
        s->stat.staging_overflows = overflows;
    for (int c = 0; c < CLASS_COUNT; c++)
        s->stat.account[c].peak_queue = s->stat.account[c].entered > 0 ? peak : 0;
    if (s->next > 0 && s->busy_until > cycle) /* cut short: the last burst is still on its way in */
        s->stat.account[s->last_class].left -= s->last_wire;
    link_probe_flush(&s->probe, s->run->probe, s->counter);
    if (s->p.errors.frame_bytes > 0)
        link_probe_flush(&s->again_probe, s->run->probe, s->counter);
}

uint64_t link_sender_in_flight(const struct link_sender *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; s->program && i < s->program->n_entries; i++)
        bytes += s->here[i] ? s->staged[i].bytes : 0;
    for (size_t i = 0; i < s->n_again; i++)
        bytes += s->again[i].b.bytes;
    for (uint32_t port = 0; port < s->p.ports; port++)
        for (uint32_t i = 0; i < mailbox_count(s->in[port]); i++)
            bytes += ((const struct burst *)mailbox_item(s->in[port], i))->bytes;
    return bytes;
}

void link_sender_dump(const struct link_sender *s, uint64_t cycle, struct diag *d)
{
    if (s->n_again > 0)
        diag_add(d, "", 0, 0, s->p.id,
                 "cycle %" PRIu64 ": %zu bursts were lost, the first goes again in cycle %" PRIu64, cycle, s->n_again,
                 s->again[0].due);
    if (!s->program || s->next >= s->program->n_entries)
        return;
    diag_add(d, "", 0, 0, s->p.id, "slot %" PRIu64 ": next is transfer %u, planned for %" PRIu64,
             slot_of(&s->counter->now, cycle), s->program->entries[s->next].transfer,
             s->program->entries[s->next].start);
}
