/* SPDX-License-Identifier: Apache-2.0 */
/* phase_hold.c - when the counter of a chip stands still.
 *
 * Open requests are a short list. The gate stands in front of the smallest slot that is asked for, until the
 * latest cycle asked for it; it is computed anew from the list in each cycle in which something came, and
 * published when it changed. */
#include "hw/phase/phase_controller.h"

static void ask(struct controller *c, uint32_t port, struct hold_request h, enum slot_hold why)
{
    for (size_t i = 0; i < c->n_pending; i++) {
        struct pending_hold *p = &c->pending[i];
        if (p->port == port && p->entry == h.entry && p->slot == h.slot) {
            p->until = h.until;
            return;
        }
    }
    *VEC_PUSH(c, pending) = (struct pending_hold) {port, h.entry, h.slot, h.until, why};
}

static void take_requests(struct controller *c, uint64_t cycle)
{
    const struct hold_request *h;
    for (uint32_t i = 0; i < c->p.ports; i++) {
        while ((h = mailbox_front(c->hold_in[i], cycle)) != NULL) {
            ask(c, i, *h, c->p.port_why[i]);
            mailbox_pop(c->hold_in[i]);
        }
    }
}

static uint64_t offset_of(const struct slot_state *s)
{
    uint64_t gate = s->from != CYCLE_NEVER && s->until != CYCLE_NEVER && s->why != HOLD_ALIGN ? s->until - s->from : 0;
    return s->held[HOLD_LINK] + s->held[HOLD_DRAM] + gate;
}

static void take_offsets(struct controller *c, uint64_t cycle)
{
    const struct offset_message *m;
    uint64_t most = 0;
    for (uint32_t i = 0; i < c->p.neighbours; i++) {
        while ((m = mailbox_front(c->offset_in[i], cycle)) != NULL) {
            if (m->launch == c->state.launch && m->offset > most)
                most = m->offset;
            mailbox_pop(c->offset_in[i]);
        }
    }
    uint64_t mine = offset_of(&c->state);
    uint64_t slot = slot_of(&c->state, cycle);
    if (most <= mine || slot == SLOT_BEFORE)
        return;
    slot += HOLD_AHEAD;
    struct hold_request h = {.slot = slot, .until = slot_cycle(&c->state, slot) + (most - mine)};
    ask(c, PORT_NEIGHBOUR, h, HOLD_LINK);
}

/* A fast clock waits at slot next_align for the slowest one, which gets there after as many of its own cycles. */
static void align(struct controller *c, uint64_t cycle)
{
    if (c->p.slowest.drift_ppb == c->counter->domain->clock.drift_ppb)
        return;
    uint64_t at = slot_cycle(&c->state, c->next_align - HOLD_AHEAD);
    if (at > cycle)
        return;
    uint64_t work = c->next_align + offset_of(&c->state);
    uint64_t target_fs = c->base_fs + sim_clock_edge(&c->p.slowest, work);
    uint64_t until = sim_clock_at(&c->counter->domain->clock, target_fs);
    if (until > slot_cycle(&c->state, c->next_align))
        ask(c, PORT_ALIGN, (struct hold_request) {.slot = c->next_align, .until = until}, HOLD_ALIGN);
    c->next_align += c->p.align_interval;
}

static void drop_satisfied(struct controller *c)
{
    size_t kept = 0;
    uint64_t held = c->state.held[0] + c->state.held[1] + c->state.held[2];
    for (size_t i = 0; i < c->n_pending; i++)
        if (c->pending[i].until > c->state.base + held + c->pending[i].slot)
            c->pending[kept++] = c->pending[i];
    c->n_pending = kept;
}

static void count_gate(struct controller *c, const struct slot_state *gate)
{
    uint64_t length = gate->until - gate->from;
    if (gate->why == HOLD_ALIGN) {
        c->stat.align_holds++;
        c->stat.align_cycles += length;
    } else {
        c->stat.stalls++;
        c->stat.stall_cycles += length;
    }
}

/* Too late for the slot that was asked for: it runs, whoever misses its burst says so, and the next one is held. */
static uint64_t delay_holds(struct controller *c, uint64_t slot, uint64_t possible)
{
    for (size_t i = 0; i < c->n_pending; i++)
        if (c->pending[i].slot == slot)
            c->pending[i].slot = possible;
    return possible;
}

static void choose_gate(struct controller *c, struct slot_state *s, uint64_t cycle)
{
    uint64_t slot = UINT64_MAX;
    s->from = s->until = CYCLE_NEVER;
    for (size_t i = 0; i < c->n_pending; i++)
        slot = c->pending[i].slot < slot ? c->pending[i].slot : slot;
    if (slot == UINT64_MAX)
        return;
    uint64_t first = s->base + s->held[0] + s->held[1] + s->held[2];
    bool standing = c->state.from != CYCLE_NEVER && c->state.from == first + slot;
    if (first + slot <= cycle && !standing)
        slot = delay_holds(c, slot, cycle + 1 - first);
    s->from = first + slot;
    s->until = 0;
    for (size_t i = 0; i < c->n_pending; i++) {
        if (c->pending[i].slot == slot && c->pending[i].until > s->until) {
            s->until = c->pending[i].until;
            s->why = c->pending[i].why;
        }
    }
    s->until = s->until > s->from ? s->until : s->from + 1;
}

static void tell_neighbours(struct controller *c, uint64_t cycle)
{
    uint64_t offset = offset_of(&c->state);
    if (offset <= c->told_offset)
        return;
    struct offset_message m = {c->state.launch, offset};
    uint64_t now_fs = sim_clock_edge(&c->counter->domain->clock, cycle);
    for (uint32_t i = 0; i < c->p.neighbours; i++) {
        mailbox_write_fs(c->offset_out[i], now_fs + c->p.neighbour_latency_fs[i], &m, sizeof m);
        c->stat.offset_messages++;
    }
    c->told_offset = offset;
}

static bool same_gate(const struct slot_state *a, const struct slot_state *b)
{
    return a->from == b->from && a->until == b->until && a->why == b->why;
}

void controller_holds(struct controller *c, uint64_t cycle)
{
    struct slot_state s = c->state;
    take_requests(c, cycle);
    take_offsets(c, cycle);
    align(c, cycle);
    /* A gate that ends with the coming cycle is counted now, so that the list is left to what is still to come. */
    if (s.from != CYCLE_NEVER && s.until <= cycle) {
        count_gate(c, &s);
        slot_state_fold(&s, cycle);
        c->state = s;
    }
    drop_satisfied(c);
    choose_gate(c, &s, cycle);
    if (same_gate(&s, &c->counter->now) && s.held[s.why] == c->counter->now.held[s.why])
        return;
    c->state = s;
    slot_counter_publish(c->counter, &s);
    tell_neighbours(c, cycle);
}
