/* SPDX-License-Identifier: Apache-2.0 */
/* sm_identity.c - identities of what a CTA reads and writes (docs/formats/checksums.md). */
#include <inttypes.h>
#include <string.h>

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
    memset(slot->operands, 0, slot->c->n_operands * sizeof *slot->operands);
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
        slot->operands[at].seen = true;
        slot->unseen--;
        slot->operands[at].line.c = s->k.server->tensor_c[version_now(s)][p->tensor];
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

_Static_assert(sizeof(struct identity) == 32, "identities are compared as bytes: no padding");

/* Lines of a piece are all the same, and the last one has been compared. */
static bool known(const struct sm_operand *o, uint32_t piece, const struct identity *id)
{
    return o->seen && o->piece == piece && memcmp(&o->line, id, sizeof *id) == 0;
}

void sm_identity_read(struct sm *s, struct sm_slot *slot, const struct sm_txn *x, const struct identity *id,
                      uint64_t cycle)
{
    uint32_t piece = x->piece;
    struct sm_operand *o = &s->operands[x->operand];
    if (known(o, piece, id))
        return;
    const struct cta_piece *p = sm_piece(s, slot, piece);
    uint32_t version = p->weight ? 0 : version_now(s);
    uint64_t c = s->k.server->tensor_c[version_now(s)][p->tensor];
    uint64_t value = identity_value(c, slot->c->reduce ? p->k_part : p->k_whole, p->k_whole);
    if (id->chunk != p->chunk || id->tensor != p->tensor || id->version != version || id->c != c ||
        id->value != value) {
        fault(s, cycle, slot, p, id, version, c);
        return;
    }
    if (!o->seen || piece < o->numeric_piece) {
        o->numeric_piece = piece;
        o->numeric = id->numeric;
    }
    if (!o->seen && --slot->unseen == 0)
        wake_stores(s, slot, cycle);
    o->seen = true;
    o->piece = piece;
    o->line = *id;
}

void sm_identity_result(struct sm *s, struct sm_slot *slot, uint64_t cycle)
{
    const struct cta *c = slot->c;
    uint64_t sum = c->op, value = 0;
    float number = 0.0f;
    for (uint32_t i = 0; i < c->n_operands; i++) {
        const struct sm_operand *o = &slot->operands[i];
        SIM_CHECK(o->seen, "%s: task %u writes before it has read operand %u", s->k.name, c->task, i);
        sum = c->reduce ? o->line.c : mix64(sum, o->line.c);
        value += o->line.value;
        number += identity_float(o->numeric);
    }
    if (!c->reduce)
        number = identity_contraction(s->run->seed, c->op, c->k_first, c->k_part);
    slot->result =
        (struct identity) {.version = version_now(s), .numeric = identity_bits(number), .c = sum, .value = value};
    slot->result_known = true;
    for (uint32_t i = 0; c->reduce && i < c->n_pieces; i++) {
        const struct cta_piece *p = sm_piece(s, slot, i);
        if (p->role != PIECE_OUTPUT || p->k_whole == 0 || value == identity_value(sum, p->k_part, p->k_whole))
            continue;
        s->stat.input_faults++;
        fault_add(s->run, s->k.name, sim_clock_edge(&s->launch_counter->domain->clock, cycle), cycle - s->base,
                  "task %u: partials do not sum to %u of %u for chunk %u", c->task, p->k_part, p->k_whole, p->chunk);
    }
}

struct identity sm_identity_of(const struct sm *s, const struct sm_slot *slot, const struct cta_piece *p)
{
    (void)s;
    struct identity id = slot->result;
    id.chunk = p->chunk;
    id.tensor = p->tensor;
    id.value = identity_value(id.c, p->k_part, p->k_whole);
    return id;
}

uint64_t sm_identity_number(const struct sm_slot *slot)
{
    return mix64(slot->c->op, slot->result.numeric);
}
