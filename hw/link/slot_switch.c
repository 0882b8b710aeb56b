/* SPDX-License-Identifier: Apache-2.0 */
/* slot_switch.c - bursts from lines in to lines out. */
#include "hw/link/slot_switch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"
#include "sim/kernel/launch.h"

struct slot_switch *slot_switch_new(const struct slot_switch_params *p, struct switch_program *program,
                                    struct run_control *run)
{
    struct slot_switch *s = mem_alloc(sizeof *s);
    s->p = *p;
    s->p.name = mem_strdup(p->name);
    s->run = run;
    s->program = *program;
    *program = (struct switch_program) {0};
    s->ports = mem_alloc_array(p->lines, sizeof *s->ports);
    for (uint32_t i = 0; i < p->lines; i++) {
        s->ports[i].p = p->out[i];
        s->ports[i].line.rate = p->out[i].rate;
        switch_retry_init(s, &s->ports[i]);
    }
    s->p.out = NULL;
    switch_sums_init(s);
    return s;
}

void slot_switch_free(struct slot_switch *s)
{
    if (!s)
        return;
    slot_counter_free(&s->counter);
    free((void *)s->p.name);
    free(s->program.entries);
    free(s->program.outs);
    free(s->coming);
    switch_sums_free(s);
    for (uint32_t i = 0; i < s->p.lines; i++)
        free(s->ports[i].again);
    free(s->ports);
    free(s);
}

void slot_switch_connect(struct slot_switch *s, struct mailbox *host_in, struct mailbox **in, struct mailbox **out)
{
    s->host_in = host_in;
    s->in = in;
    s->out = out;
}

static void take_launch(struct slot_switch *s, uint64_t cycle)
{
    const struct launch_message *m;
    while ((m = mailbox_front(s->host_in, cycle)) != NULL) {
        s->counter.now = slot_state_of(m, s->counter.domain);
        s->replicated = s->late_line = 0;
        s->delivered = s->injected = s->sums = s->sum_faults = s->numeric_checksum = 0;
        memset(s->adder.account, 0, sizeof s->adder.account);
        link_probe_reset(&s->adder.probe);
        for (uint32_t i = 0; i < s->p.lines; i++)
            switch_retry_clear(&s->ports[i]);
        mailbox_pop(s->host_in);
    }
}

void switch_tell(struct slot_switch *s, const char *who, uint64_t cycle, uint32_t transfer, const char *what)
{
    fault_add(s->run, who, sim_clock_edge(&s->counter.domain->clock, cycle), slot_of(&s->counter.now, cycle),
              "transfer %u: %s", transfer, what);
}

/* ---- in ---- */

static void note(struct slot_switch *s, uint64_t cycle, const struct burst *b)
{
    const struct switch_entry *e = b->peer < s->program.n_entries ? &s->program.entries[b->peer] : NULL;
    if (!e || e->transfer != b->transfer) {
        switch_tell(s, s->p.name, cycle, b->transfer, "comes to the switch and is not expected");
        return;
    }
    bool nullified = switch_nullified(s, b);
    if (e->partial != SWITCH_NOBODY) {
        if (!nullified)
            switch_sums_take(s, cycle, b, e->partial);
        return;
    }
    for (uint32_t out = e->first_out; out != SWITCH_NOBODY; out = s->program.outs[out].next) {
        struct switch_coming *c = VEC_PUSH(s, coming);
        c->out = out;
        burst_copy(&c->b, b);
        s->replicated += out != e->first_out && !nullified ? b->bytes : 0;
    }
}

static int by_out(const void *a, const void *b)
{
    const struct switch_coming *x = a, *y = b;
    return x->out < y->out ? -1 : x->out > y->out;
}

/* ---- out ---- */

void switch_account(struct switch_port *port, uint32_t class_of, uint64_t bytes, uint64_t wire, bool retry,
                    uint64_t from, uint64_t end)
{
    struct link_account *a = &port->account[class_of];
    uint64_t first = from > port->busy_until ? from : port->busy_until;
    if (retry) {
        a->retry += wire;
    } else {
        a->payload += bytes;
        a->padding += wire - bytes;
    }
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += end > first ? end - first : 0;
    port->busy_until = end;
    port->last_class = class_of;
    port->last_wire = (uint32_t)wire;
}

void switch_show(struct slot_switch *s, struct switch_port *port, uint32_t transfer, uint32_t hop, uint64_t start,
                 uint32_t class_of, uint64_t from, uint64_t end)
{
    uint64_t base = s->counter.now.base;
    if (!s->run->probe || !s->counter.now.measured)
        return;
    link_probe_burst(&port->probe, s->run->probe, &s->counter, from - base, end - base, class_of);
    if (s->run->probe->hop)
        s->run->probe->hop(s->run->probe->self, transfer, hop, start);
}

/* Bursts of one cycle take a line in the order of the schedule, whatever line they come from; behind what this line has
 * lost before. */
uint64_t slot_switch_eval(struct slot_switch *s, uint64_t cycle)
{
    take_launch(s, cycle);
    s->n_coming = 0;
    for (uint32_t i = 0; i < s->p.lines; i++) {
        const struct burst *b;
        while ((b = mailbox_front(s->in[i], cycle)) != NULL) {
            note(s, cycle, b);
            mailbox_pop(s->in[i]);
        }
    }
    switch_sums_eval(s, cycle);
    switch_retry_eval(s, cycle);
    if (s->n_coming > 1)
        qsort(s->coming, s->n_coming, sizeof *s->coming, by_out);
    for (size_t i = 0; i < s->n_coming; i++)
        switch_put(s, s->coming[i].out, &s->coming[i].b, cycle, false);
    uint64_t sums = switch_sums_next(s), again = switch_retry_next(s);
    return sums < again ? sums : again;
}

/* ---- the end ---- */

static void end_port(struct slot_switch *s, struct switch_port *port, uint64_t cycle)
{
    if (port->busy_until > cycle && port->account[port->last_class].left >= port->last_wire)
        port->account[port->last_class].left -= port->last_wire; /* cut short: still on its way in */
    link_probe_flush(&port->probe, s->run->probe, &s->counter);
    if (port->errors.frame_bytes > 0)
        link_probe_flush(&port->again_probe, s->run->probe, &s->counter);
}

void slot_switch_end(struct slot_switch *s, uint64_t cycle)
{
    for (uint32_t i = 0; i < s->p.lines; i++)
        end_port(s, &s->ports[i], cycle);
    if (s->p.adder)
        end_port(s, &s->adder, cycle);
}

uint64_t slot_switch_in_flight(const struct slot_switch *s)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < s->n_due; i++)
        bytes += s->due[i].leaves ? s->program.results[s->due[i].result].bytes : 0;
    for (uint32_t i = 0; i < s->p.lines; i++) {
        for (uint32_t k = 0; k < mailbox_count(s->in[i]); k++) {
            const struct burst *b = mailbox_item(s->in[i], k);
            bytes += switch_nullified(s, b) ? 0 : b->bytes; /* its sender has it */
        }
        for (size_t k = 0; k < s->ports[i].n_again; k++)
            bytes += s->ports[i].again[k].b.bytes;
    }
    return bytes;
}

/* ---- who waits for whom ---- */

void slot_switch_dump(const struct slot_switch *s, uint64_t cycle, struct diag *d)
{
    uint32_t waiting = 0, first = 0;
    for (uint32_t i = 0; i < s->p.lines; i++) {
        const struct switch_port *port = &s->ports[i];
        if (port->n_again > 0)
            diag_add(d, "", 0, 0, port->p.id,
                     "cycle %" PRIu64 ": %zu bursts were lost, the first, of transfer %u, goes again in cycle %" PRIu64,
                     cycle, port->n_again, port->again[0].b.transfer, port->again[0].due);
    }
    for (uint32_t i = 0; i < s->program.n_sums; i++) {
        bool waits = s->adding[i].come > 0 && s->adding[i].come < s->program.sums[i].n_partials;
        first = waits && waiting == 0 ? i : first;
        waiting += waits;
    }
    if (waiting > 0)
        diag_add(d, "", 0, 0, s->p.name,
                 "cycle %" PRIu64 ": %u sums wait for partials; the first, of op %u, has %u of %u", cycle, waiting,
                 s->program.sums[first].op, s->adding[first].come, s->program.sums[first].n_partials);
}
