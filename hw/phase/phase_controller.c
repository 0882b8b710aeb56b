/* SPDX-License-Identifier: Apache-2.0 */
/* phase_controller.c - launch, phases, end of a program. */
#include "hw/phase/phase_controller.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sim/base/mem.h"

static uint32_t most_phases(const struct controller_program *programs, uint32_t n)
{
    size_t most = 0;
    for (uint32_t i = 0; i < n; i++)
        most = programs[i].n_phases > most ? programs[i].n_phases : most;
    return (uint32_t)most;
}

struct controller *controller_new(const struct controller_params *p, struct controller_program *programs,
                                  uint32_t n_programs, struct run_control *run)
{
    struct controller *c = mem_alloc(sizeof *c);
    c->p = *p;
    c->run = run;
    c->n_programs = n_programs;
    c->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        c->programs[i] = programs[i];
        programs[i] = (struct controller_program) {0};
    }
    c->began = mem_alloc_array(most_phases(c->programs, n_programs) + 1, sizeof *c->began);
    VEC_RESERVE(c, pending, (size_t)4 * (HOLD_AHEAD + 1) * (p->ports + p->neighbours + 1));
    c->var_phase = UINT32_MAX;
    if (run->probe)
        c->var_phase = run->probe->declare(run->probe->self, p->name, "phase", PROBE_VECTOR, 32, NULL);
    return c;
}

void controller_free(struct controller *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->n_programs; i++)
        free(c->programs[i].phases);
    free(c->programs);
    free(c->began);
    free(c->pending);
    free(c);
}

void controller_connect(struct controller *c, struct slot_counter *counter, struct mailbox *host_in,
                        struct mailbox *host_out, struct mailbox **hold_in, struct mailbox **offset_in,
                        struct mailbox **phase_out, struct mailbox **offset_out)
{
    c->counter = counter;
    c->state = counter->now;
    c->host_in = host_in;
    c->host_out = host_out;
    c->hold_in = hold_in;
    c->offset_in = offset_in;
    c->phase_out = phase_out;
    c->offset_out = offset_out;
    c->finished = true;
}

static const struct controller_program *program_of(const struct controller *c)
{
    return &c->programs[c->state.program];
}

/* A broadcast must be over before the next one begins; the first index comes with the launch. */
static void check_phases(struct controller *c, uint64_t cycle)
{
    const struct controller_program *p = program_of(c);
    for (size_t i = 1; c->p.by_phase && i + 1 < p->n_phases; i++) {
        uint64_t length = p->phases[i + 1].start - p->phases[i].start;
        if (length >= c->p.broadcast_cycles && length > 0)
            continue;
        fault_add(c->run, c->p.name, sim_clock_edge(&c->counter->domain->clock, cycle), p->phases[i].start,
                  "phase %zu lasts %" PRIu64 " cycles, a broadcast takes %u", i, length, c->p.broadcast_cycles);
        return;
    }
}

static void account_broadcast(struct controller *c)
{
    struct link_account *a = &c->stat.broadcast;
    a->payload += PHASE_INDEX_BYTES;
    a->entered += PHASE_INDEX_BYTES;
    a->left += PHASE_INDEX_BYTES;
    a->busy_cycles++;
    c->stat.broadcasts++;
}

static void take_launch(struct controller *c, uint64_t cycle)
{
    const struct launch_message *m = mailbox_front(c->host_in, cycle);
    if (!m)
        return;
    c->base_fs = m->base_fs + c->p.skew * c->counter->domain->clock.period_fs;
    c->state = slot_state_of(m, c->counter->domain);
    c->state.base += c->p.skew; /* what an alignment leaves: this counter is behind */
    mailbox_pop(c->host_in);
    for (uint32_t i = 0; i < c->p.ports; i++)
        while (mailbox_front(c->hold_in[i], cycle))
            mailbox_pop(c->hold_in[i]); /* of the program before */
    c->next_send = c->next_shown = 0;
    c->next_align = c->p.align_interval;
    c->told_offset = 0;
    c->n_pending = 0;
    c->finished = false;
    c->stat = (struct controller_stat) {0};
    check_phases(c, cycle);
    if (!c->p.by_phase)
        account_broadcast(c); /* the start of all local counters */
    slot_counter_publish(c->counter, &c->state);
}

/* First slot of phase i; the one after the last is the end of the program, when all bits are off. */
static uint64_t phase_start(const struct controller *c, uint32_t i)
{
    const struct controller_program *p = program_of(c);
    return i < p->n_phases ? p->phases[i].start : p->makespan;
}

static uint64_t lead_of(const struct controller *c)
{
    return c->p.broadcast_cycles > 0 ? c->p.broadcast_cycles : 1;
}

/* The cycle in which the index of the next phase must be sent; the first one comes with the launch. */
static uint64_t send_cycle(const struct controller *c)
{
    uint64_t start = phase_start(c, c->next_send);
    return start > lead_of(c) ? slot_cycle(&c->state, start - lead_of(c)) : 0;
}

static void send_phase(struct controller *c, uint64_t cycle)
{
    if (!c->p.by_phase || c->next_send > program_of(c)->n_phases || send_cycle(c) > cycle)
        return;
    struct phase_message m = {phase_start(c, c->next_send), c->state.launch, c->next_send};
    uint64_t ready = c->state.base + c->state.held[0] + c->state.held[1] + c->state.held[2] + m.slot;
    ready = ready > cycle ? ready : cycle + 1;
    for (uint32_t u = 0; u < c->p.units; u++)
        mailbox_write(c->phase_out[u], ready, &m, sizeof m);
    account_broadcast(c);
    c->next_send++;
    c->run->progress++;
}

static void show_phase(struct controller *c, uint64_t cycle, uint64_t slot)
{
    const struct controller_program *p = program_of(c);
    while (c->next_shown < p->n_phases && p->phases[c->next_shown].start <= slot) {
        uint64_t now = slot_time(&c->counter->now, cycle);
        c->index = c->next_shown;
        c->began[c->next_shown++] = now;
        if (c->state.measured)
            probe_change(c->run->probe, c->var_phase, slot_time_fs(c->counter, now), c->index);
    }
}

static void end_program(struct controller *c, uint64_t cycle, uint64_t slot)
{
    if (c->finished || slot < program_of(c)->makespan)
        return;
    struct done_message m = {c->state.launch, sim_clock_edge(&c->counter->domain->clock, cycle)};
    mailbox_write_fs(c->host_out, m.cycle_fs + 1, &m, sizeof m);
    c->finished = true;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_cycle(const struct controller *c, uint64_t cycle)
{
    const struct controller_program *p = program_of(c);
    uint64_t next = c->finished ? CYCLE_NEVER : slot_cycle(&c->state, p->makespan);
    if (c->next_shown < p->n_phases)
        next = earlier(next, slot_cycle(&c->state, p->phases[c->next_shown].start));
    if (c->p.by_phase && c->next_send <= p->n_phases)
        next = earlier(next, send_cycle(c));
    if (!c->finished && c->p.slowest.drift_ppb != c->counter->domain->clock.drift_ppb)
        next = earlier(next, slot_cycle(&c->state, c->next_align - HOLD_AHEAD));
    if (c->state.from != CYCLE_NEVER)
        next = earlier(next, c->state.until);
    return next > cycle ? next : cycle + 1;
}

uint64_t controller_eval(struct controller *c, uint64_t cycle)
{
    uint32_t before = c->state.launch;
    take_launch(c, cycle);
    if (c->state.launch == 0)
        return CYCLE_NEVER;
    if (c->state.launch == before && !c->finished)
        controller_holds(c, cycle);
    send_phase(c, cycle);
    uint64_t slot = slot_of(&c->counter->now, cycle);
    if (slot != SLOT_BEFORE && c->counter->now.launch == c->state.launch) {
        show_phase(c, cycle, slot);
        end_program(c, cycle, slot);
    }
    return next_cycle(c, cycle);
}

uint64_t controller_progress(const struct controller *c, uint64_t cycle)
{
    if (c->state.launch == 0)
        return 0;
    uint64_t slot = slot_of(&c->counter->now, cycle);
    if (slot == SLOT_BEFORE || c->counter->now.launch != c->state.launch)
        return 0;
    return c->finished ? program_of(c)->makespan : slot;
}

void controller_dump(const struct controller *c, uint64_t cycle, struct diag *d)
{
    const struct slot_state *s = &c->counter->now;
    if (c->finished)
        return;
    diag_add(d, "", 0, 0, c->p.name, "slot %" PRIu64 " of %" PRIu64 ", phase %u%s", slot_of(s, cycle),
             program_of(c)->makespan, c->index, slot_shut(s, cycle) ? ", the counter is held" : "");
    for (size_t i = 0; i < c->n_pending; i++) {
        uint32_t port = c->pending[i].port;
        char *who = port == PORT_NEIGHBOUR ? mem_strdup("a neighbour")
                    : port == PORT_ALIGN
                        ? mem_strdup("alignment")
                        : mem_printf("%s port %u", c->pending[i].why == HOLD_DRAM ? "DRAM" : "link", port);
        diag_add(d, "", 0, 0, c->p.name, "holds slot %" PRIu64 " for %s", c->pending[i].slot, who);
        free(who);
    }
}
