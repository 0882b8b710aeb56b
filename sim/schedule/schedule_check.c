/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_check.c - ranges, spans and order of a schedule's arrays. */
#include "sim/schedule/schedule_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/schedule/bps_layout.h"

#define MAX_PIECE (1u << 24)

bool sched_fault_set(struct sched_fault *f, const char *section, const char *fmt, ...)
{
    *f = (struct sched_fault) {.section = section};
    va_list args;
    va_start(args, fmt);
    vsnprintf(f->message, sizeof f->message, fmt, args);
    va_end(args);
    return false;
}

/* ---- fields, by the tables of the layout ---- */

static bool check_hash(const struct bps_section *c, const struct bps_field *f, const char *hash, struct sched_fault *t)
{
    size_t n = strnlen(hash, BPS_HASH_BYTES + 1);
    if (n != 0 && (n != BPS_HASH_BYTES || strspn(hash, "0123456789abcdef") != n)) {
        return sched_fault_set(t, c->tag, "%s is no SHA-256 in hex digits", f->name);
    }
    return true;
}

static bool check_fields(const struct bps_section *c, const struct schedule *s, const struct sched_program *p,
                         struct sched_fault *t)
{
    struct bps_array a = bps_array_of(c, s, p);
    if (a.count > UINT32_MAX - 2) {
        return sched_fault_set(t, c->tag, "%zu records", a.count);
    }
    for (uint32_t k = 0; k < c->n_fields; k++) {
        const struct bps_field *f = &c->fields[k];
        if (f->kind == BPS_HASH && !check_hash(c, f, (const char *)a.items + f->offset, t)) {
            return false;
        }
        if (f->range == RANGE_ANY) {
            continue;
        }
        for (size_t i = 0; i < a.count; i++) {
            uint64_t value = bps_field_get(f, a.items + i * c->struct_bytes);
            if (!bps_value_fits(f->range, value, s, p)) {
                return sched_fault_set(t, c->tag, "record %zu: %s: %llu is outside its range", i, f->name,
                                       (unsigned long long)value);
            }
        }
    }
    return true;
}

static bool check_sections(enum bps_section_number first, enum bps_section_number end, const struct schedule *s,
                           const struct sched_program *p, struct sched_fault *t)
{
    for (enum bps_section_number i = first; i < end; i++) {
        if (bps_sections[i].fields && !check_fields(&bps_sections[i], s, p, t)) {
            return false;
        }
    }
    return true;
}

/* ---- the work ---- */

static bool is_one_of(const char *s, const char *const *names, size_t n)
{
    for (size_t i = 0; s && i < n; i++) {
        if (strcmp(s, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_words(const struct schedule *s, struct sched_fault *t)
{
    static const char *const policies[] = {"levels", "barrier", "list", "search"};
    static const char *const starts[] = {"cold", "steady"};
    if (!is_one_of(s->policy, policies, 4)) {
        return sched_fault_set(t, "TEXT", "the policy is none of levels, barrier, list, search");
    }
    if (!is_one_of(s->start, starts, 2)) {
        return sched_fault_set(t, "TEXT", "the start is neither cold nor steady");
    }
    if (s->n_repeats == 0 || s->n_programs == 0) {
        return sched_fault_set(t, "REPT", "nothing runs");
    }
    return true;
}

static bool span_fits(uint64_t first, uint64_t n, uint64_t total)
{
    return first + n <= total;
}

/* No work of a unit; partials of one size, and something that they add up to. */
static bool is_sum(const struct schedule *s, const struct sched_task *k)
{
    uint64_t bytes = 0;
    bool alike = k->n_inputs > 0 && k->cycles == 0 && k->matrix_cycles == 0 && k->vector_cycles == 0;
    for (uint32_t i = k->first_input; i < k->first_input + k->n_inputs; i++) {
        uint32_t first = s->inputs[k->first_input].chunk, chunk = s->inputs[i].chunk;
        alike = alike && s->chunks[chunk].bytes > 0 && s->chunks[chunk].bytes == s->chunks[first].bytes;
    }
    for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
        bytes += s->chunks[c].bytes;
    }
    return alike && bytes > 0;
}

static bool check_work(const struct schedule *s, struct sched_fault *t)
{
    for (size_t i = 0; i < s->n_tasks; i++) {
        const struct sched_task *k = &s->tasks[i];
        if (!span_fits(k->first_input, k->n_inputs, s->n_inputs) ||
            !span_fits(k->first_output, k->n_outputs, s->n_chunks)) {
            return sched_fault_set(t, "TASK", "record %zu: its inputs or outputs lie outside", i);
        }
        if (k->kind == SCHED_IN_SWITCH ? !is_sum(s, k) : k->cycles == 0) {
            return sched_fault_set(t, "TASK", "record %zu: %s", i,
                                   k->kind == SCHED_IN_SWITCH ? "it is no sum for a switch" : "it takes no time");
        }
        for (uint32_t c = k->first_output; c < k->first_output + k->n_outputs; c++) {
            if (s->chunks[c].producer != i || s->chunks[c].chip != k->chip) {
                return sched_fault_set(t, "TASK", "record %zu: chunk %u is not its own", i, c);
            }
        }
    }
    for (size_t c = 0; c < s->n_chunks; c++) {
        uint32_t producer = s->chunks[c].producer;
        const struct sched_task *k = producer == SCHED_NONE ? NULL : &s->tasks[producer];
        if (k && (c < k->first_output || c - k->first_output >= k->n_outputs)) {
            return sched_fault_set(t, "CHNK", "record %zu: its producer does not name it", c);
        }
        if (!k && s->chunks[c].flags & 2) {
            return sched_fault_set(t, "CHNK", "record %zu: an output that nobody computes", c);
        }
    }
    return true;
}

/* ---- a program ---- */

static bool check_transfers(const struct sched_program *p, struct sched_fault *t)
{
    uint64_t hops = 0;
    for (uint32_t i = 0; i < p->n_transfers; i++) {
        const struct sched_transfer *x = &p->transfers[i];
        if (x->n_hops == 0 || !span_fits(x->first_hop, x->n_hops, p->n_hops)) {
            return sched_fault_set(t, "XFER", "record %u: its hops lie outside", i);
        }
        if (x->bytes == 0 || x->bytes > MAX_PIECE || x->flits == 0 || x->flits > MAX_PIECE) {
            return sched_fault_set(t, "XFER", "record %u: bytes and flits are outside 1..%u", i, MAX_PIECE);
        }
        hops += x->n_hops;
        for (uint32_t h = 0; h < x->n_hops; h++) {
            const struct sched_hop *hop = &p->hops[x->first_hop + h];
            if (hop->transfer != i) {
                return sched_fault_set(t, "HOPS", "record %u: it belongs to another transfer", x->first_hop + h);
            }
            if (hop->parent != SCHED_NONE && hop->parent >= h) {
                return sched_fault_set(t, "HOPS", "record %u: its parent does not come before it", x->first_hop + h);
            }
        }
    }
    return hops == p->n_hops ||
           sched_fault_set(t, "HOPS", "%zu records, the transfers have %llu hops", p->n_hops, (unsigned long long)hops);
}

static bool check_dram(const struct sched_machine *m, const struct sched_program *p, struct sched_fault *t)
{
    uint64_t columns =
        m->channels_per_chip ? (uint64_t)m->dram.row_bytes / m->dram.burst_bytes * m->dram.interleave : 0;
    for (size_t i = 0; i < p->n_dram; i++) {
        const struct sched_dram_op *o = &p->dram[i];
        bool data = o->command == DRAM_RD || o->command == DRAM_WR;
        if (data != (o->transfer != SCHED_NONE)) {
            return sched_fault_set(t, "DRAM", "record %zu: a transfer for RD and WR, and for no other", i);
        }
        if (o->command != DRAM_REF && o->set >= m->dram.banks / m->dram.interleave) {
            return sched_fault_set(t, "DRAM", "record %zu: there is no set %u", i, o->set);
        }
        if (data && (o->count == 0 || (uint64_t)o->column + o->count > columns)) {
            return sched_fault_set(t, "DRAM", "record %zu: %u columns from %u on do not lie in the row", i, o->count,
                                   o->column);
        }
        if (i && (o[-1].channel > o->channel || (o[-1].channel == o->channel && o[-1].cycle > o->cycle))) {
            return sched_fault_set(t, "DRAM", "record %zu: not in order of channel and cycle", i);
        }
    }
    return true;
}

static bool sram_in_order(const struct sched_sram *a, const struct sched_sram *b)
{
    if (a->unit != b->unit) {
        return a->unit < b->unit;
    }
    return a->from != b->from ? a->from < b->from : a->address <= b->address;
}

static bool check_order(const struct sched_program *p, struct sched_fault *t)
{
    for (size_t i = 1; i < p->n_ops; i++) {
        const struct sched_op *a = &p->ops[i - 1], *b = &p->ops[i];
        if (a->start > b->start || (a->start == b->start && a->unit > b->unit)) {
            return sched_fault_set(t, "OPER", "record %zu: not in order of start and unit", i);
        }
    }
    for (size_t i = 0; i < p->n_sram; i++) {
        if (p->sram[i].bytes == 0 || p->sram[i].from >= p->sram[i].to) {
            return sched_fault_set(t, "SRAM", "record %zu: it is empty", i);
        }
        if (i && !sram_in_order(&p->sram[i - 1], &p->sram[i])) {
            return sched_fault_set(t, "SRAM", "record %zu: not in order of unit, time and address", i);
        }
    }
    for (size_t i = 1; i < p->n_phases; i++) {
        if (p->phases[i - 1].start >= p->phases[i].start) {
            return sched_fault_set(t, "PHAS", "record %zu: not in order of time", i);
        }
    }
    return true;
}

bool schedule_check(const struct schedule *s, struct sched_fault *t)
{
    if (!check_words(s, t) || !check_sections(SECTION_META, SECTION_PROG, s, NULL, t) ||
        !schedule_check_machine(&s->machine, t) || !check_work(s, t)) {
        return false;
    }
    for (uint32_t i = 0; i < s->n_programs; i++) {
        const struct sched_program *p = &s->programs[i];
        if (!check_sections(SECTION_PROG, SECTION_COUNT, s, p, t) || !check_transfers(p, t) ||
            !check_dram(&s->machine, p, t) || !check_order(p, t)) {
            t->in_program = true;
            t->program = i;
            return false;
        }
    }
    return true;
}
