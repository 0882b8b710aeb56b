/* SPDX-License-Identifier: Apache-2.0 */
/* slot_retry.c - lines out of a switch: what goes, what is nullified, what is sent again. */
#include <stdlib.h>
#include <string.h>

#include "hw/link/slot_switch.h"

void switch_retry_init(struct slot_switch *s, struct switch_port *port)
{
    link_probe_declare(&port->probe, s->run->probe, port->p.id);
    port->errors = s->p.errors;
    link_errors_init(&port->errors, s->run->seed, port->p.id);
    char *again = mem_printf("%s_retry", port->p.id);
    link_probe_declare(&port->again_probe, port->errors.frame_bytes > 0 ? s->run->probe : NULL, again);
    free(again);
}

void switch_retry_clear(struct switch_port *port)
{
    SIM_CHECK(port->n_again == 0, "%s: a new launch while %zu bursts are to be sent again", port->p.id, port->n_again);
    memset(port->account, 0, sizeof port->account);
    port->lost = 0;
    link_probe_reset(&port->probe);
    link_probe_reset(&port->again_probe);
}

static void show_again(struct slot_switch *s, struct switch_port *port, uint32_t class_of, uint64_t from, uint64_t end)
{
    uint64_t base = s->counter.now.base;
    if (!s->run->probe || !s->counter.now.measured)
        return;
    link_probe_burst(&port->probe, s->run->probe, &s->counter, from - base, end - base, class_of);
    link_probe_burst(&port->again_probe, s->run->probe, &s->counter, from - base, end - base, class_of);
}

static void keep(struct switch_port *port, const struct burst *b, uint32_t out, uint64_t due)
{
    struct switch_again *a = VEC_PUSH(port, again);
    burst_copy(&a->b, b);
    a->b.lost_frames = 0;
    a->out = out;
    a->due = due;
}

/* Its first flit is on the far side a latency after `from`. */
static void deliver(struct slot_switch *s, const struct switch_out *o, struct burst *b, uint64_t from, uint64_t end)
{
    const struct sim_clock *clock = &s->counter.domain->clock;
    uint32_t latency = s->ports[o->line].p.latency;
    b->usable = sim_clock_edge(clock, end + latency);
    mailbox_write_fs(s->out[o->line], sim_clock_edge(clock, from + latency), b, burst_size(b));
}

/* What is nullified goes out as long as nobody knows that it is: where the line is not free before its end, it does not
 * go at all. So copies of it do not pile up in front of a line that is full. */
void switch_put(struct slot_switch *s, uint32_t out, struct burst *b, uint64_t cycle, bool again)
{
    const struct switch_out *o = &s->program.outs[out];
    struct switch_port *port = &s->ports[o->line];
    bool nullified = switch_nullified(s, b), payload = !again && !nullified;
    if (nullified && port->line.free.cycle >= sim_clock_at(&s->counter.domain->clock, b->usable))
        return;
    uint64_t wire = (uint64_t)o->flits * s->p.flit_bytes;
    struct line_time from = serial_line_occupy(&port->line, cycle, wire);
    uint64_t end = line_time_ceil(port->line.free);
    if (from.cycle > cycle && payload) {
        s->late_line++;
        if (!s->run->stall)
            switch_tell(s, port->p.id, cycle, b->transfer, "finds the line taken in its slot");
    }
    switch_account(port, o->class_of, o->bytes, wire, !payload, from.cycle, end);
    if (payload) {
        s->run->progress++;
        switch_show(s, port, b->transfer, o->hop, o->start, o->class_of, from.cycle, end);
    } else {
        show_again(s, port, o->class_of, from.cycle, end);
    }
    b->hop = o->hop;
    b->peer = o->peer;
    b->entered = slot_of(&s->counter.now, cycle);
    uint32_t lost = link_errors_send(&port->errors, wire);
    port->lost += lost > 0 && !nullified;
    if (lost > 0 && s->run->stall && !nullified)
        keep(port, b, out, end + 2 * (uint64_t)port->p.latency);
    b->lost_frames += lost;
    if (!switch_nullified(s, b) || port->p.to_switch)
        deliver(s, o, b, from.cycle, end);
}

void switch_retry_eval(struct slot_switch *s, uint64_t cycle)
{
    for (uint32_t i = 0; s->p.errors.frame_bytes > 0 && i < s->p.lines; i++) {
        struct switch_port *port = &s->ports[i];
        size_t n = 0;
        while (n < port->n_again && port->again[n].due <= cycle) {
            struct switch_again a = port->again[n++]; /* may be lost again, which moves the array */
            switch_put(s, a.out, &a.b, cycle, true);
        }
        if (n == 0)
            continue;
        port->n_again -= n;
        memmove(port->again, port->again + n, port->n_again * sizeof *port->again);
    }
}

uint64_t switch_retry_next(const struct slot_switch *s)
{
    uint64_t next = CYCLE_NEVER;
    for (uint32_t i = 0; s->p.errors.frame_bytes > 0 && i < s->p.lines; i++)
        if (s->ports[i].n_again > 0 && s->ports[i].again[0].due < next)
            next = s->ports[i].again[0].due;
    return next;
}
