/* SPDX-License-Identifier: Apache-2.0 */
/* unit.c - a unit's cycle: what is due in this slot is done, in the order of the schedule. */
#include "hw/unit/unit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/error.h"

#define UNIT_WIRE(s, u) ((uint64_t)(s)->flits * (u)->p.flit_bytes)

static void declare(struct unit *u)
{
    const struct probe *p = u->run->probe;
    u->var_bit = u->var_state = u->var_op = UINT32_MAX;
    link_probe_declare(&u->inject_probe, p, u->p.inject_id);
    if (!p)
        return;
    u->var_bit = p->declare(p->self, u->p.name, "bit", PROBE_BIT, 1, NULL);
    u->var_state = p->declare(p->self, u->p.name, "state", PROBE_TEXT, CAUSE_COUNT, cause_names);
    u->var_op = p->declare(p->self, u->p.name, "op", PROBE_VECTOR, 32, NULL);
}

static uint32_t most_phases(const struct unit *u)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < u->n_programs; i++)
        most = u->programs[i].n_phases > most ? u->programs[i].n_phases : most;
    return most;
}

/* Bytes of a program's table that milestones speak of. */
static uint32_t bytes_due(const struct unit_program *p)
{
    const struct unit_milestone *last = p->n_milestones > 0 ? &p->milestones[p->n_milestones - 1] : NULL;
    return last ? last->offset + last->bytes : 0;
}

static uint32_t most_bytes_due(const struct unit *u)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < u->n_programs; i++)
        most = bytes_due(&u->programs[i]) > most ? bytes_due(&u->programs[i]) : most;
    return most;
}

struct unit *unit_new(const struct unit_params *p, struct unit_program *programs, uint32_t n_programs,
                      struct run_control *run)
{
    struct unit *u = mem_alloc(sizeof *u);
    u->p = *p;
    u->run = run;
    u->n_programs = n_programs;
    u->programs = mem_alloc_array(n_programs, sizeof *programs);
    for (uint32_t i = 0; i < n_programs; i++) {
        u->programs[i] = programs[i];
        programs[i] = (struct unit_program) {0};
    }
    u->missing = mem_alloc_array((size_t)p->sram_borders + 2, sizeof(struct sram_piece *));
    u->began = mem_alloc_array((size_t)most_phases(u) + 1, sizeof *u->began);
    u->table = mem_alloc_array(most_bytes_due(u), sizeof *u->table);
    unit_sram_init(&u->sram, p->sram_bytes, p->sram_borders);
    declare(u);
    return u;
}

void unit_free(struct unit *u)
{
    if (!u)
        return;
    for (uint32_t i = 0; i < u->n_programs; i++) {
        free(u->programs[i].ops);
        free(u->programs[i].chunks);
        free(u->programs[i].sends);
        free(u->programs[i].arrivals);
        free(u->programs[i].milestones);
    }
    free(u->programs);
    free(u->missing);
    free(u->delays);
    free(u->began);
    free(u->table);
    unit_sram_free(&u->sram);
    free(u);
}

void unit_connect(struct unit *u, const struct slot_counter *counter, struct mailbox *phase_in,
                  struct mailbox *eject_in, struct mailbox *inject_out)
{
    u->counter = counter;
    u->phase_in = phase_in;
    u->eject_in = eject_in;
    u->inject_out = inject_out;
}

void unit_delay(struct unit *u, uint64_t cycle, uint64_t delay)
{
    *VEC_PUSH(u, delays) = (struct task_delay) {cycle, delay, false};
}

static uint64_t injected_delay(struct unit *u, uint64_t slot)
{
    uint64_t delay = 0;
    for (size_t i = 0; u->counter->now.measured && i < u->n_delays; i++) {
        struct task_delay *d = &u->delays[i];
        if (d->done || slot < d->cycle)
            continue;
        d->done = true;
        delay += d->delay;
    }
    return delay;
}

/* A launch: the program begins anew; SRAM keeps what it holds. Counters start again, so that the last repeat is
 * what they show. */
static void begin_program(struct unit *u)
{
    const struct slot_state *s = &u->counter->now;
    u->launch = s->launch;
    u->program = &u->programs[s->program];
    u->next_op = u->next_send = u->next_milestone = 0;
    memset(u->table, 0, bytes_due(u->program));
    u->phase = UNIT_NO_PHASE;
    u->on = u->busy = false;
    u->inject_free = 0;
    u->boot_left += u->program->boot_bytes; /* what did not come for the repeat before is still missing */
    u->table_left += u->program->table_bytes - u->program->boot_bytes;
    u->boot_end = u->p.launch_cycles;
    u->idle_from = 0;
    u->stat = (struct unit_stat) {0};
    unit_sram_age(&u->sram);
    link_probe_reset(&u->inject_probe);
}

/* ---- arrivals ---- */

static void mark(struct unit *u, uint32_t offset, uint32_t bytes, int here)
{
    uint32_t due = bytes_due(u->program);
    if (offset < due)
        memset(u->table + offset, here, bytes < due - offset ? bytes : due - offset);
}

/* Entries are noted, not kept. What lies behind the boot is no part of it, however early it comes. */
static void take_entries(struct unit *u, const struct unit_arrival *a, const struct burst *b, uint64_t now)
{
    bool boot = (uint64_t)b->offset + b->bytes <= u->program->boot_bytes;
    uint64_t *left = boot ? &u->boot_left : &u->table_left;
    *left -= b->bytes < *left ? b->bytes : *left;
    mark(u, a->gone, a->gone_bytes, 0);
    mark(u, b->offset, b->bytes, 1);
    if (boot && u->boot_end < now)
        u->boot_end = now;
}

static void take_arrival(struct unit *u, uint64_t cycle, const struct burst *b)
{
    uint64_t now = slot_time(&u->counter->now, cycle);
    u->stat.delivered += b->bytes;
    u->run->progress++;
    const struct unit_arrival *a = b->peer < u->program->n_arrivals ? &u->program->arrivals[b->peer] : NULL;
    if (!a || a->transfer != b->transfer) {
        unit_fault(u, cycle, "burst of transfer %u arrives and is not expected", b->transfer);
        return;
    }
    u->stat.sram_write_bytes += b->bytes;
    if (a->chunk == BURST_CONTROL) {
        take_entries(u, a, b, now);
        return;
    }
    if (a->address == UNIT_NO_ADDRESS)
        unit_fault(u, cycle, "burst of transfer %u arrives and chunk %u has no address", b->transfer, b->id.chunk);
    else
        unit_sram_write(&u->sram, a->address, b->bytes, b, now);
}

static void take_arrivals(struct unit *u, uint64_t cycle)
{
    const struct burst *b;
    while ((b = mailbox_front(u->eject_in, cycle)) != NULL) {
        take_arrival(u, cycle, b);
        mailbox_pop(u->eject_in);
    }
}

static void check_entries(struct unit *u, uint64_t cycle, uint64_t slot)
{
    const struct unit_program *p = u->program;
    while (u->next_milestone < p->n_milestones && p->milestones[u->next_milestone].slot <= slot) {
        const struct unit_milestone *m = &p->milestones[u->next_milestone++];
        const unsigned char *hole = memchr(u->table + m->offset, 0, m->bytes);
        if (hole)
            unit_fault(u, cycle, "schedule entry %u is in force and byte %u of the table of entries is not here",
                       m->offset / UNIT_ENTRY_BYTES, (uint32_t)(hole - u->table));
    }
}

static void take_phase(struct unit *u, uint64_t cycle, uint64_t slot)
{
    const struct phase_message *m;
    while ((m = mailbox_front(u->phase_in, cycle)) != NULL && m->launch <= u->launch) {
        if (m->launch == u->launch && m->slot > slot)
            break;
        if (m->launch == u->launch) {
            SIM_CHECK(m->phase <= u->program->n_phases, "%s: phase %u of %u", u->p.name, m->phase,
                      u->program->n_phases);
            u->phase = m->phase;
            u->began[m->phase] = slot_time(&u->counter->now, cycle);
        }
        mailbox_pop(u->phase_in);
    }
}

/* ---- operations ---- */

static void start_op(struct unit *u, const struct unit_op *op, uint64_t cycle, uint64_t slot)
{
    const struct slot_state *s = &u->counter->now;
    uint64_t now = slot_time(s, cycle);
    if (slot != op->start)
        unit_fault(u, cycle, "task %u starts at %" PRIu64 ", planned was %" PRIu64, op->task, slot, op->start);
    if (u->boot_left > 0)
        unit_fault(u, cycle, "task %u starts before its schedule entry is here: %" PRIu64 " bytes are missing",
                   op->task, u->boot_left);
    u->late = injected_delay(u, slot);
    u->finish_slot = slot + u->p.toggle_cycles + op->cycles + u->late;
    if (u->finish_slot > op->finish)
        unit_fault(u, cycle, "task %u lasts until %" PRIu64 ", planned was %" PRIu64, op->task, u->finish_slot,
                   op->finish);
    else
        u->finish_slot = op->finish; /* nobody reads sooner */
    u->held_link = slot_held(s, HOLD_LINK, cycle);
    u->held_dram = slot_held(s, HOLD_DRAM, cycle);
    if (unit_task_begin(u, op, cycle))
        unit_account_gap(u, op, u->idle_from, now);
    u->on = u->busy = true;
    u->started = now;
    u->stat.toggles++;
    u->stat.tasks++;
    u->run->progress++;
    probe_change(u->run->probe, s->measured ? u->var_op : UINT32_MAX, u->run->probe ? slot_time_fs(u->counter, now) : 0,
                 op->task);
    if (u->run->probe && u->run->probe->task && s->measured)
        u->run->probe->task(u->run->probe->self, op->task, op->global, op->start, op->finish, op->off);
}

static void finish_op(struct unit *u, const struct unit_op *op, uint64_t cycle)
{
    const struct slot_state *s = &u->counter->now;
    u->busy = false;
    u->finished = slot_time(s, cycle);
    unit_task_end(u, op, cycle);
    unit_account_task(u, op, u->started, slot_held(s, HOLD_LINK, cycle) - u->held_link,
                      slot_held(s, HOLD_DRAM, cycle) - u->held_dram);
    u->stat.macs += op->macs;
    u->stat.macs_padded += op->macs_padded;
    u->stat.vector_cycles += op->vector_cycles;
}

static void off_op(struct unit *u, uint64_t cycle)
{
    uint64_t now = slot_time(&u->counter->now, cycle);
    unit_account_add(u, CAUSE_IMBALANCE, u->finished, now);
    u->stat.account.on_cycles += now - u->started;
    u->idle_from = now;
    u->on = false;
    u->next_op++;
}

static bool start_is_due(const struct unit *u, const struct unit_op *op, uint64_t slot)
{
    if (u->p.by_phase)
        return u->phase != UNIT_NO_PHASE && u->phase >= op->phase_on;
    return slot >= op->start;
}

static bool off_is_due(const struct unit *u, const struct unit_op *op, uint64_t slot)
{
    if (u->p.by_phase)
        return u->phase != UNIT_NO_PHASE && u->phase >= op->phase_off;
    return slot >= op->off;
}

static void run_ops(struct unit *u, uint64_t cycle, uint64_t slot)
{
    const struct unit_program *p = u->program;
    while (u->next_op < p->n_ops && u->run->n_faults == 0) {
        const struct unit_op *op = &p->ops[u->next_op];
        if (!u->on) {
            if (!start_is_due(u, op, slot))
                return;
            start_op(u, op, cycle, slot);
        }
        if (u->busy && slot >= u->finish_slot)
            finish_op(u, op, cycle);
        if (u->busy || !off_is_due(u, op, slot))
            return;
        off_op(u, cycle);
    }
}

/* ---- sends ---- */

static void account_send(struct unit *u, const struct unit_send *s)
{
    struct link_account *a = &u->stat.inject[s->class_of];
    uint64_t wire = UNIT_WIRE(s, u);
    a->payload += s->bytes;
    a->padding += wire - s->bytes;
    a->entered += wire;
    a->left += wire;
    a->busy_cycles += s->flits;
    u->stat.injected += s->bytes;
    u->stat.sram_read_bytes += s->bytes;
    u->run->progress++;
}

static void send(struct unit *u, const struct unit_send *s, uint64_t cycle, uint64_t slot)
{
    struct burst b;
    if (slot != s->start || u->inject_free > slot) {
        unit_fault(u, cycle, "transfer %u enters %s at %" PRIu64 ", the link is taken until %" PRIu64, s->transfer,
                   u->p.inject_id, slot, u->inject_free);
        return;
    }
    if (!unit_task_read(u, s, cycle, &b))
        return;
    b.id.chunk = s->chunk;
    b.transfer = s->transfer;
    b.hop = s->hop;
    b.peer = s->peer;
    b.offset = s->offset;
    b.bytes = s->bytes;
    b.flits = s->flits;
    b.class_of = s->class_of;
    b.entered = slot;
    b.usable = slot + u->p.inject_latency + s->flits - 1;
    uint64_t now = slot_time(&u->counter->now, cycle);
    burst_stamp(&b, now, PLACE_NOC);
    mailbox_write(u->inject_out, cycle + u->p.inject_latency, &b, burst_size(&b));
    u->inject_free = slot + s->flits;
    account_send(u, s);
    if (u->run->probe && u->counter->now.measured) {
        link_probe_burst(&u->inject_probe, u->run->probe, u->counter, now, now + s->flits, s->class_of);
        if (u->run->probe->hop)
            u->run->probe->hop(u->run->probe->self, s->transfer, s->hop, s->start);
    }
}

/* ---- the cycle ---- */

/* A phase index that is here before its slot, because the counter was held meanwhile, waits in its box. */
static uint64_t phase_slot(const struct unit *u, uint64_t cycle)
{
    const struct phase_message *m = mailbox_front(u->phase_in, cycle);
    return m && m->launch == u->launch ? m->slot : CYCLE_NEVER;
}

static uint64_t next_cycle(const struct unit *u, uint64_t cycle)
{
    const struct unit_program *p = u->program;
    uint64_t slot = phase_slot(u, cycle);
    if (u->busy && u->finish_slot < slot)
        slot = u->finish_slot;
    else if (!u->busy && u->next_op < p->n_ops && !u->p.by_phase)
        slot = u->on ? p->ops[u->next_op].off : p->ops[u->next_op].start;
    if (u->next_send < p->n_sends && p->sends[u->next_send].start < slot)
        slot = p->sends[u->next_send].start;
    if (u->next_milestone < p->n_milestones && p->milestones[u->next_milestone].slot < slot)
        slot = p->milestones[u->next_milestone].slot;
    if (slot == CYCLE_NEVER)
        return CYCLE_NEVER;
    uint64_t next = slot_cycle(&u->counter->now, slot);
    return next > cycle ? next : cycle + 1;
}

static void show_bit(struct unit *u, uint64_t cycle)
{
    if (u->shown_on == u->on || !u->counter->now.measured)
        return;
    u->shown_on = u->on;
    probe_change(u->run->probe, u->var_bit, slot_time_fs(u->counter, slot_time(&u->counter->now, cycle)), u->on);
}

uint64_t unit_eval(struct unit *u, uint64_t cycle)
{
    const struct slot_state *s = &u->counter->now;
    if (s->launch != u->launch)
        begin_program(u);
    uint64_t slot = slot_of(s, cycle);
    if (slot == SLOT_BEFORE)
        return s->launch == 0 ? CYCLE_NEVER : s->base;
    take_arrivals(u, cycle);
    check_entries(u, cycle, slot);
    take_phase(u, cycle, slot);
    run_ops(u, cycle, slot);
    while (u->next_send < u->program->n_sends && u->program->sends[u->next_send].start <= slot)
        send(u, &u->program->sends[u->next_send++], cycle, slot);
    show_bit(u, cycle);
    return next_cycle(u, cycle);
}

void unit_end(struct unit *u, uint64_t time)
{
    uint64_t boot_end = u->boot_left > 0 ? time : u->boot_end;
    if (u->p.dead)
        unit_account_add(u, CAUSE_NO_WORK, 0, time);
    else if (u->program && u->on) { /* cut short: what the running task did so far is not told apart */
        unit_account_add(u, u->busy ? CAUSE_COMPUTE_USEFUL : CAUSE_IMBALANCE, u->busy ? u->started : u->finished, time);
        u->stat.account.on_cycles += time > u->started ? time - u->started : 0;
    } else if (u->program && u->next_op < u->program->n_ops) {
        uint64_t launched = boot_end < time ? boot_end : time;
        launched = launched > u->idle_from ? launched : u->idle_from;
        unit_account_add(u, CAUSE_CONTROL_LAUNCH, u->idle_from, launched);
        unit_account_add(u, CAUSE_DEPENDENCY, launched, time);
    } else {
        uint64_t launched = boot_end < time ? boot_end : time;
        if (u->idle_from == 0)
            unit_account_add(u, CAUSE_CONTROL_LAUNCH, 0, launched);
        unit_account_add(u, CAUSE_NO_WORK, u->idle_from == 0 ? launched : u->idle_from, time);
    }
    link_probe_flush(&u->inject_probe, u->run->probe, u->counter);
}

uint64_t unit_in_flight(const struct unit *u)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < mailbox_count(u->eject_in); i++)
        bytes += ((const struct burst *)mailbox_item(u->eject_in, i))->bytes;
    return bytes;
}

void unit_dump(const struct unit *u, uint64_t cycle, struct diag *d)
{
    if (!u->program || u->next_op >= u->program->n_ops)
        return;
    const struct unit_op *op = &u->program->ops[u->next_op];
    diag_add(d, "", 0, 0, u->p.name, "slot %" PRIu64 ": %s task %u, planned for %" PRIu64 "; phase %d",
             slot_of(&u->counter->now, cycle), u->on ? "runs" : "waits to start", op->task, op->start, (int)u->phase);
}
