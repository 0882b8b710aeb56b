/* SPDX-License-Identifier: Apache-2.0 */
/* unit_task.c - identities: what a task finds in SRAM, what it leaves there. docs/formats/checksums.md. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hw/unit/unit.h"
#include "sim/base/hash.h"
#include "sim/kernel/identity.h"

void unit_fault(struct unit *u, uint64_t cycle, const char *fmt, ...)
{
    char text[384];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    u->stat.input_faults++;
    fault_add(u->run, u->p.name, sim_clock_edge(&u->counter->domain->clock, cycle), slot_of(&u->counter->now, cycle),
              "%s", text);
}

/* The pieces of [address, +bytes) must be one chunk of one version from `offset` on without a hole, and agree on what
 * they are; *id is set to that. Returns the address of the first byte that is wrong, or address + bytes. */
static uint32_t read_chunk(const struct unit *u, uint32_t chunk, uint32_t version, uint32_t address, uint32_t offset,
                           uint32_t bytes, struct identity *id, const struct sram_piece **first)
{
    const struct unit_sram *s = &u->sram;
    uint32_t at = address, end = address + bytes;
    for (uint32_t i = unit_sram_find(s, address); at < end; i++) {
        const struct sram_piece *p = i < s->n ? unit_sram_piece(s, i) : NULL;
        if (!p || p->address > at || p->burst.id.chunk != chunk || p->burst.id.version != version)
            return at;
        if (p->burst.offset + (at - p->address) != offset + (at - address))
            return at;
        if (at == address) {
            *id = p->burst.id;
            *first = p;
        } else if (p->burst.id.c != id->c || p->burst.id.value != id->value || p->burst.id.numeric != id->numeric) {
            return at;
        }
        at = p->address + p->bytes;
    }
    return end;
}

/* Says what stands where something else was expected. */
static void tell_wrong(struct unit *u, uint64_t cycle, const char *who, uint32_t number, uint32_t chunk,
                       uint32_t version, uint32_t address, uint32_t at, uint32_t bytes)
{
    uint32_t i = unit_sram_find(&u->sram, at);
    const struct sram_piece *p = i < u->sram.n ? unit_sram_piece(&u->sram, i) : NULL;
    char found[96] = "nothing";
    if (address == UNIT_NO_ADDRESS)
        snprintf(found, sizeof found, "no address in the schedule");
    else if (p && p->address <= at)
        snprintf(found, sizeof found, "byte %u of chunk %u version %u", p->burst.offset + (at - p->address),
                 p->burst.id.chunk, p->burst.id.version);
    unit_fault(u, cycle, "%s %u needs chunk %u version %u (%u bytes at %u): at byte %u there is %s", who, number, chunk,
               version, bytes, address, address == UNIT_NO_ADDRESS ? 0 : at - address, found);
}

static uint32_t version_of(const struct unit *u, bool weight)
{
    return weight ? 0 : u->counter->now.version;
}

/* ---- inputs ---- */

/* What is folded over the operands. */
struct folding {
    uint32_t operand; /* the last one */
    uint32_t n;
    uint64_t c_operand, c, value;
    float sum;
};

/* A whole value where a task needs one; partials only where they are added. */
static bool is_legal(const struct unit_op *op, const struct unit_chunk *x, const struct identity *id)
{
    return op->reduce || id->value == identity_value(id->c, x->k_whole, x->k_whole);
}

/* Reads an input; false: a fault, told. */
static bool read_input(struct unit *u, const struct unit_op *op, const struct unit_chunk *x, uint64_t cycle,
                       struct identity *id)
{
    const struct sram_piece *first = NULL;
    uint32_t version = version_of(u, x->weight), at = 0;
    uint64_t wanted = u->program->tensor_c[u->counter->now.version][x->tensor];
    if (x->bytes == 0) { /* not read by this tile: a constant of the work */
        id->c = wanted;
        return true;
    }
    if (x->address != UNIT_NO_ADDRESS)
        at = read_chunk(u, x->chunk, version, x->address, 0, x->bytes, id, &first);
    if (x->address == UNIT_NO_ADDRESS || at != x->address + x->bytes) {
        tell_wrong(u, cycle, "task", op->task, x->chunk, version, x->address, at, x->bytes);
        return false;
    }
    if (id->c != wanted) {
        unit_fault(u, cycle, "task %u finds c %016" PRIx64 " in chunk %u of tensor %u, it should be %016" PRIx64,
                   op->task, id->c, x->chunk, x->tensor, wanted);
        return false;
    }
    if (!is_legal(op, x, id)) {
        unit_fault(u, cycle, "task %u reads chunk %u, which is not a whole value", op->task, x->chunk);
        return false;
    }
    return true;
}

static bool fold_input(struct unit *u, const struct unit_op *op, const struct unit_chunk *x, uint64_t cycle,
                       struct folding *f)
{
    struct identity id = {0};
    if (!read_input(u, op, x, cycle, &id))
        return false;
    if (f->n > 0 && x->operand == f->operand) {
        if (id.c == f->c_operand)
            return true;
        unit_fault(u, cycle, "task %u: chunks of operand %u do not agree: chunk %u", op->task, x->operand, x->chunk);
        return false;
    }
    if (op->reduce && f->n > 0 && id.c != f->c) {
        unit_fault(u, cycle, "task %u adds partials of different values: chunk %u", op->task, x->chunk);
        return false;
    }
    f->operand = x->operand;
    f->c_operand = id.c;
    f->c = op->reduce ? id.c : mix64(f->c, id.c);
    f->value += id.value;
    f->sum += identity_float(id.numeric);
    f->n++;
    return true;
}

bool unit_task_begin(struct unit *u, const struct unit_op *op, uint64_t cycle)
{
    struct folding f = {.c = op->op};
    const struct unit_program *p = u->program;
    for (uint32_t i = 0; i < op->n_inputs; i++) {
        const struct unit_chunk *x = &p->chunks[op->first_input + i];
        if (!fold_input(u, op, x, cycle, &f))
            return false;
        u->stat.sram_read_bytes += x->bytes;
    }
    u->result = (struct burst) {.id.c = f.c, .id.value = f.value, .id.version = u->counter->now.version};
    u->result.id.numeric =
        identity_bits(op->reduce ? f.sum : identity_contraction(u->run->seed, op->op, op->k_first, op->k_part));
    return true;
}

void unit_task_end(struct unit *u, const struct unit_op *op, uint64_t cycle)
{
    struct burst *b = &u->result;
    uint64_t now = slot_time(&u->counter->now, cycle);
    uint64_t value = b->id.value;
    b->computed = now;
    b->last_stamp = 0;
    b->n_stamps = 0;
    burst_stamp(b, now, PLACE_NOC);
    for (uint32_t i = 0; i < op->n_outputs; i++) {
        const struct unit_chunk *x = &u->program->chunks[op->first_output + i];
        b->id.chunk = x->chunk;
        b->id.tensor = x->tensor;
        b->id.value = identity_value(b->id.c, x->k_part, x->k_whole);
        if (op->reduce && x->k_whole > 0 && value != b->id.value)
            unit_fault(u, cycle, "task %u: partials do not sum to %u of %u for chunk %u", op->task, x->k_part,
                       x->k_whole, x->chunk);
        if (x->address == UNIT_NO_ADDRESS)
            unit_fault(u, cycle, "task %u has no address for chunk %u", op->task, x->chunk);
        else
            unit_sram_write(&u->sram, x->address, x->bytes, b, now);
        u->stat.sram_write_bytes += x->bytes;
    }
    b->id.value = value;
    if (op->k_whole > 0 && op->k_part == op->k_whole)
        u->stat.numeric_checksum += mix64(op->op, b->id.numeric);
}

bool unit_task_read(struct unit *u, const struct unit_send *s, uint64_t cycle, struct burst *b)
{
    const struct sram_piece *first = NULL;
    struct identity id = {0};
    uint32_t version = version_of(u, s->weight), at = 0;
    if (s->address != UNIT_NO_ADDRESS)
        at = read_chunk(u, s->chunk, version, s->address, s->offset, s->bytes, &id, &first);
    if (s->address == UNIT_NO_ADDRESS || at != s->address + s->bytes) {
        tell_wrong(u, cycle, "transfer", s->transfer, s->chunk, version, s->address, at, s->bytes);
        return false;
    }
    burst_copy(b, &first->burst);
    return true;
}
