/* SPDX-License-Identifier: Apache-2.0 */
/* sm_identity.c - identities of what a CTA reads and writes (docs/formats/checksums.md). */
#include <inttypes.h>

#include "hw/sm/sm.h"
#include "sim/base/error.h"
#include "sim/base/hash.h"
#include "sim/kernel/identity.h"

static uint32_t version_now(const struct sm *s)
{
    return s->launch_counter->now.version;
}

void sm_identity_begin(struct sm *s, struct sm_slot *slot)
{
    for (uint32_t i = 0; i < slot->c->n_operands; i++)
        slot->operands[i] = (struct sm_operand) {.numeric_piece = SM_NONE, .piece = SM_NONE};
    slot->result_known = false;
    slot->unseen = slot->c->n_operands;
    uint32_t at = 0, last = SM_NONE; /* operands are numbered by their order among the pieces */
    for (uint32_t i = 0; i < slot->c->n_pieces; i++) {
        const struct cta_piece *p = sm_piece(s, slot, i);
        if (p->role == PIECE_OUTPUT)
            break;
        at += last != SM_NONE && p->operand != last;
        last = p->operand;
        slot->piece_operand[i] = (uint32_t)(slot->operands - s->operands) + at;
        if (p->role != PIECE_CONSTANT)
            continue;
        slot->operands[at].numeric_piece = 0;
        slot->unseen--;
        slot->operands[at].c = s->k.server->tensor_c[version_now(s)][p->tensor];
    }
}

static void fault(struct sm *s, uint64_t cycle, const struct sm_slot *slot, const struct cta_piece *p,
                  const struct identity *id, uint32_t version, uint64_t c)
{
    bool sum = p->home >= s->k.server->chips; /* of a switch; chunks of its partials are added up */
    s->stat.input_faults++;
    fault_add(s->run, s->k.name, sim_clock_edge(&s->launch_counter->domain->clock, cycle), cycle - s->base,
              "task %u needs chunk %u of tensor %u version %u with c %016" PRIx64 " and reads chunk %u of tensor %u "
              "version %u with c %016" PRIx64 " and value %016" PRIx64 " (lines %u..%u of %s %u)",
              slot->c->task, p->chunk, p->tensor, version, c, id->chunk, id->tensor, id->version, id->c, id->value,
              p->line, p->line + p->lines - 1, sum ? "switch" : "chip", sum ? p->home - s->k.server->chips : p->home);
}

/* Warps that have all their lines and whose results follow from others' too. */
static void wake_stores(struct sm *s, const struct sm_slot *slot, uint64_t cycle)
{
    struct sm_warp *first = &s->warps[(size_t)(slot - s->slots) * s->k.p.warps_per_cta];
    for (uint32_t i = 0; i < s->k.p.warps_per_cta; i++)
        if (first[i].state == WARP_SLICE)
            sm_ready(s, &first[i], cycle);
}

void sm_identity_read(struct sm *s, struct sm_slot *slot, const struct sm_txn *x, uint32_t data, uint64_t cycle)
{
    uint32_t piece = x->piece;
    struct sm_operand *o = &s->operands[x->operand];
    /* Lines of a piece are all the same, and the last one has been compared. */
    if (o->piece == piece && o->data == data)
        return;
    const struct identity *id = identity_at(&s->run->identities, data);
    const struct cta_piece *p = sm_piece(s, slot, piece);
    uint32_t version = p->weight ? 0 : version_now(s);
    uint64_t c = s->k.server->tensor_c[version_now(s)][p->tensor];
    uint64_t value = identity_value(c, slot->c->reduce ? p->k_part : p->k_whole, p->k_whole);
    if (id->chunk != p->chunk || id->tensor != p->tensor || id->version != version || id->c != c ||
        id->value != value) {
        fault(s, cycle, slot, p, id, version, c);
        return;
    }
    if (o->numeric_piece == SM_NONE && --slot->unseen == 0)
        wake_stores(s, slot, cycle);
    if (piece < o->numeric_piece) {
        o->numeric_piece = piece;
        o->numeric = id->numeric;
    }
    o->piece = piece;
    o->data = data;
    o->c = id->c;
    o->value = id->value;
}

void sm_identity_result(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    const struct cta *c = slot->c;
    uint64_t sum = c->op, value = 0;
    float number = 0.0f;
    for (uint32_t i = 0; i < c->n_operands; i++) {
        const struct sm_operand *o = &slot->operands[i];
        SIM_CHECK(o->numeric_piece != SM_NONE, "%s: task %u writes before it has read operand %u", s->k.name, c->task,
                  i);
        sum = c->reduce ? o->c : mix64(sum, o->c);
        value += o->value;
        number += identity_float(o->numeric);
    }
    if (!c->reduce)
        number = identity_contraction(s->run->seed, c->op, c->k_first, c->k_part);
    slot->result =
        (struct identity) {.version = version_now(s), .numeric = identity_bits(number), .c = sum, .value = value};
    slot->result_known = true;
    slot->stored_piece = SM_NONE;
    for (uint32_t i = 0; c->reduce && i < c->n_pieces; i++) {
        const struct cta_piece *p = sm_piece(s, slot, i);
        if (p->role != PIECE_OUTPUT || p->k_whole == 0 || value == identity_value(sum, p->k_part, p->k_whole))
            continue;
        s->stat.input_faults++;
        fault_add(s->run, s->k.name, sim_clock_edge(&s->launch_counter->domain->clock, cycle), cycle - s->base,
                  "task %u: partials do not sum to %u of %u for chunk %u", c->task, p->k_part, p->k_whole, p->chunk);
    }
}

uint32_t sm_identity_of(struct sm *s, struct sm_slot *slot, uint32_t piece)
{
    if (slot->stored_piece == piece)
        return slot->stored;
    const struct cta_piece *p = sm_piece(s, slot, piece);
    struct identity id = slot->result;
    id.chunk = p->chunk;
    id.tensor = p->tensor;
    id.value = identity_value(id.c, p->k_part, p->k_whole);
    slot->stored_piece = piece;
    slot->stored = identity_number(&s->run->identities, &id);
    return slot->stored;
}

uint64_t sm_identity_number(const struct sm_slot *slot)
{
    return mix64(slot->c->op, slot->result.numeric);
}
