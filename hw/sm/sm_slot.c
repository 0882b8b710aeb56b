/* SPDX-License-Identifier: Apache-2.0 */
/* sm_slot.c - CTAs come, begin, take the next one from the queue, and end. */
#include <string.h>

#include "hw/sm/sm.h"
#include "sim/base/error.h"

static struct sm_slot *free_slot(struct sm *s)
{
    for (uint32_t i = 0; i < s->k.p.cta_slots; i++)
        if (s->slots[i].state == SLOT_FREE)
            return &s->slots[i];
    SIM_CHECK(false, "%s: a CTA arrives and no slot is free", s->k.name);
    return NULL;
}

static void find_oldest(struct sm *s)
{
    s->oldest = NULL;
    s->changed = true;
    for (uint32_t i = 0; i < s->k.p.cta_slots; i++)
        if (s->slots[i].state != SLOT_FREE && (!s->oldest || s->slots[i].age < s->oldest->age))
            s->oldest = &s->slots[i];
}

void sm_slot_arrivals(struct sm *s, uint64_t cycle)
{
    const struct cta_start *m;
    while ((m = mailbox_front(s->start_in, cycle)) != NULL) {
        struct sm_slot *slot = free_slot(s);
        SIM_CHECK(m->launch == s->launch, "%s: a CTA of launch %u in launch %u", s->k.name, m->launch, s->launch);
        slot->state = SLOT_STARTING;
        slot->persistent = m->cta == CTA_FROM_QUEUE;
        slot->acquire = m->acquire;
        slot->cta = m->cta;
        slot->next_cta = SM_NONE;
        slot->fetch_txn = SM_NO_TXN;
        slot->age = s->ages++;
        slot->start_at = cycle + s->k.cta_start;
        sm_slot_at(s, slot->start_at);
        mailbox_pop(s->start_in);
        find_oldest(s);
    }
    if (mailbox_count(s->start_in) == 0)
        s->starts = 0;
}

/* Runs of pieces that are cut together. */
static void find_groups(const struct sm *s, struct sm_slot *slot)
{
    slot->n_groups = slot->output_lines = 0;
    slot->first_output = slot->c->n_pieces;
    for (uint32_t i = 0; i < slot->c->n_pieces; i++) {
        const struct cta_piece *p = sm_piece(s, slot, i);
        if (p->role == PIECE_OUTPUT) {
            slot->first_output = i < slot->first_output ? i : slot->first_output;
            slot->output_lines += p->lines;
        }
        if (p->role == PIECE_OUTPUT || p->role == PIECE_CONSTANT || p->role == PIECE_PARTIAL)
            continue;
        struct sm_group *g = slot->n_groups > 0 ? &slot->groups[slot->n_groups - 1] : NULL;
        bool together = g && g->role == p->role && g->source == p->source && g->first_piece + g->n_pieces == i;
        if (together && p->role == PIECE_ROUND)
            together = sm_piece(s, slot, i - 1)->operand == p->operand;
        if (!together) {
            g = &slot->groups[slot->n_groups++];
            *g = (struct sm_group) {.first_piece = i,
                                    .role = p->role,
                                    .source = p->source,
                                    .shares = {{.slice = SM_NONE}, {.slice = SM_NONE}}};
        }
        slot->piece_first[i] = g->lines;
        g->n_pieces++;
        g->lines += p->lines;
    }
}

static void begin_warps(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    struct sm_warp *first = &s->warps[(size_t)(slot - s->slots) * s->k.p.warps_per_cta];
    for (uint32_t i = 0; i < s->k.p.warps_per_cta; i++) {
        struct sm_warp *w = &first[i];
        SIM_CHECK(w->loads.first == SM_NO_TXN && w->writes == 0 && w->in_lsu == 0, "%s: warp %u is not idle", s->k.name,
                  i);
        w->pc = sm_first_pc(slot->c);
        w->slice = w->part = w->left = 0;
        w->mma_done = w->alu_done = 0;
        sm_ready(s, w, cycle);
        sm_warp_state(s, w, WARP_READY, cycle);
    }
    slot->alive = s->k.p.warps_per_cta;
    slot->at_barrier = 0;
}

static void begin(struct sm *s, struct sm_slot *slot, uint32_t cta, uint64_t cycle)
{
    slot->state = SLOT_RUNNING;
    s->changed = true;
    slot->cta = cta;
    slot->c = &s->k.program->ctas[cta];
    slot->matrix = slot->c->kind == CTA_MATRIX;
    slot->pieces = &s->k.program->pieces[slot->c->first_piece];
    slot->next_cta = SM_NONE;
    slot->waits_left = slot->c->n_waits;
    slot->computed = 0;
    slot->way.n = 0;
    find_groups(s, slot);
    sm_shape(s, slot);
    sm_identity_begin(s, slot);
    begin_warps(s, slot, cycle);
}

bool sm_slot_fetch(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    (void)cycle;
    struct sm_memory_op op = {
        .warp = (uint16_t)((size_t)(slot - s->slots) * s->k.p.warps_per_cta), .kind = TXN_FETCH, .end = 1};
    return sm_lsu_push(s, &op);
}

static void leave(struct sm *s, struct sm_slot *slot)
{
    slot->state = SLOT_FREE;
    find_oldest(s);
    s->ended.ended++;
    s->report = true;
}

/* A persistent CTA between two tasks. */
static uint64_t next_of_queue(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    if (slot->next_cta == SM_NONE)
        return CYCLE_NEVER;
    if (slot->next_cta == s->k.program->n_ctas) {
        leave(s, slot);
        return CYCLE_NEVER;
    }
    begin(s, slot, slot->next_cta, cycle);
    return CYCLE_NEVER;
}

static uint64_t start(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    if (slot->start_at > cycle)
        return slot->start_at;
    if (slot->acquire) {
        l1_acquire(s->l1, cycle);
        if (s->lsu_crowded) /* the line may need no request now */
            sm_lsu_again(s);
    }
    slot->acquire = false;
    if (!slot->persistent) {
        begin(s, slot, slot->cta, cycle);
        return CYCLE_NEVER;
    }
    if (!sm_slot_fetch(s, slot, cycle))
        return cycle + 1;
    slot->state = SLOT_FETCHING;
    s->changed = true;
    return CYCLE_NEVER;
}

void sm_slot_starts(struct sm *s, uint64_t cycle)
{
    s->slots_at = CYCLE_NEVER;
    for (uint32_t i = 0; i < s->k.p.cta_slots; i++) {
        struct sm_slot *slot = &s->slots[i];
        uint64_t at = CYCLE_NEVER;
        if (slot->state == SLOT_STARTING)
            at = start(s, slot, cycle);
        else if (slot->state == SLOT_FETCHING)
            at = next_of_queue(s, slot, cycle);
        sm_slot_at(s, at);
    }
}

static void count_task(struct sm *s, const struct sm_slot *slot)
{
    const struct cta *c = slot->c;
    s->stat.tasks++;
    s->stat.macs += c->macs;
    s->stat.macs_padded += c->macs_padded;
    s->stat.vector_cycles += c->vector_cycles;
    s->account.padding += c->matrix_cycles - ceil_div(c->macs, s->k.p.macs_per_cycle);
    if (c->k_whole > 0 && c->k_part == c->k_whole)
        s->stat.numeric_checksum += sm_identity_number(slot);
    s->run->progress++;
}

void sm_slot_end(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    count_task(s, slot);
    s->ended_ctas[slot->cta / 64] |= 1ull << slot->cta % 64;
    if (!slot->persistent) {
        s->ended.register_bytes += slot->c->register_bytes;
        s->ended.shared_bytes += slot->c->shared_bytes;
    }
    if (!slot->persistent) {
        leave(s, slot);
        return;
    }
    slot->state = SLOT_FETCHING; /* it has asked for the next one already */
    slot->age = s->ages++;
    find_oldest(s);
    if (slot->next_cta != SM_NONE)
        sm_slot_at(s, cycle + 1);
}
