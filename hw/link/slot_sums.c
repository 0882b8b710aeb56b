/* SPDX-License-Identifier: Apache-2.0 */
/* slot_sums.c - what a switch adds: partials that wait, the adders, sums that leave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hw/link/slot_switch.h"
#include "sim/base/hash.h"
#include "sim/kernel/identity.h"

void switch_sums_init(struct slot_switch *s)
{
    const struct switch_program *p = &s->program;
    s->adding = mem_alloc_array(p->n_sums, sizeof *s->adding);
    s->numeric = mem_alloc_array(p->n_partials, sizeof *s->numeric);
    s->here = mem_alloc_array(p->n_partials, sizeof *s->here);
    if (!s->p.adder)
        return;
    s->adder.p = *s->p.adder;
    s->p.adder = &s->adder.p;
    s->adder.line.rate = s->adder.p.rate;
    link_probe_declare(&s->adder.probe, s->run->probe, s->adder.p.id);
}

void switch_sums_free(struct slot_switch *s)
{
    free(s->program.sums);
    free(s->program.partials);
    free(s->program.results);
    free(s->adding);
    free(s->numeric);
    free(s->here);
    free(s->due);
}

static void fault(struct slot_switch *s, uint64_t cycle, uint32_t transfer, const char *what)
{
    s->sum_faults++;
    switch_tell(s, s->p.name, cycle, transfer, what);
}

static void add_due(struct slot_switch *s, uint64_t cycle, uint32_t result, bool leaves)
{
    *VEC_PUSH(s, due) = (struct switch_due) {.cycle = cycle, .result = result, .leaves = leaves};
}

/* ---- partials ---- */

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* All are here: each piece has its cycle. */
static void plan_pieces(struct slot_switch *s, const struct switch_sum *sum, struct switch_adding *a, uint64_t cycle)
{
    a->left = sum->n_results;
    for (uint32_t r = sum->first_result; r != SWITCH_NOBODY; r = s->program.results[r].next) {
        uint64_t due = slot_cycle(&s->counter.now, s->program.results[r].start) + a->late;
        if (later(due, a->whole) > due && !s->run->stall)
            fault(s, cycle, s->program.results[r].transfer, "a partial is not whole when the adders need it");
        add_due(s, later(later(due, a->whole), cycle), r, false);
    }
}

static bool is_expected(const struct slot_switch *s, const struct switch_partial *p, const struct burst *b,
                        const struct switch_adding *a)
{
    bool alike = a->come == 0 || (b->id.c == a->last.id.c && b->id.version == a->last.id.version);
    return alike && b->id.chunk == p->chunk && b->bytes == p->bytes && b->offset == 0 &&
           b->id.version == s->counter.now.version;
}

void switch_sums_take(struct slot_switch *s, uint64_t cycle, const struct burst *b, uint32_t partial)
{
    const struct switch_partial *p = &s->program.partials[partial];
    const struct switch_sum *sum = &s->program.sums[p->sum];
    struct switch_adding *a = &s->adding[p->sum];
    uint64_t whole = sim_clock_at(&s->counter.domain->clock, b->usable), value = a->come ? a->last.id.value : 0;
    uint64_t slot = slot_of(&s->counter.now, cycle), late = slot > p->planned ? slot - p->planned : 0;
    s->delivered += b->bytes;
    if (s->here[partial] || !is_expected(s, p, b, a)) {
        fault(s, cycle, b->transfer, "is not the partial that the switch expects");
        return;
    }
    if (b->lost_frames > 0 && a->lost_frames == 0)
        a->bad = b->transfer;
    a->lost_frames += b->lost_frames;
    s->here[partial] = true;
    s->numeric[partial] = b->id.numeric;
    a->late = a->come == 0 || late < a->late ? late : a->late;
    if (a->come == 0 || whole >= a->whole) {
        a->whole = whole;
        burst_copy(&a->last, b);
    }
    a->last.id.value = value + b->id.value;
    if (++a->come == sum->n_partials)
        plan_pieces(s, sum, a, cycle);
}

/* ---- the adders ---- */

/* Under halt: decoders or a CRC have seen it, and the sum would be wrong. */
static void tell_lost(struct slot_switch *s, const struct switch_adding *a, uint64_t cycle)
{
    char what[96];
    snprintf(what, sizeof what, "is to be added and has bit errors in %u frame%s that cannot be corrected",
             a->lost_frames, a->lost_frames == 1 ? "" : "s");
    fault(s, cycle, a->bad, what);
}

/* In the order of the partials. */
static uint32_t add_numbers(const struct slot_switch *s, const struct switch_sum *sum)
{
    float f = 0.0f;
    for (uint32_t i = 0; i < sum->n_partials; i++)
        f += identity_float(s->numeric[sum->first_partial + i]);
    return identity_bits(f);
}

static void check_sum(struct slot_switch *s, const struct switch_sum *sum, struct switch_adding *a, uint64_t cycle)
{
    uint64_t held = identity_value(a->last.id.c, sum->k_part, sum->k_whole);
    if (a->last.id.value != held)
        fault(s, cycle, a->last.transfer,
              sum->k_part == sum->k_whole ? "is added, and the partials do not sum to the whole"
                                          : "is added, and the partials do not sum to what the leaf's sum holds");
    a->last.id.value = held;
    a->last.id.numeric = add_numbers(s, sum);
    if (sum->k_part == sum->k_whole)
        s->numeric_checksum += mix64(sum->op, a->last.id.numeric);
    s->sums++;
}

static void begin(struct slot_switch *s, uint32_t result, uint64_t cycle)
{
    const struct switch_result *r = &s->program.results[result];
    const struct switch_sum *sum = &s->program.sums[r->sum];
    uint64_t wire = (uint64_t)r->adder_flits * s->p.flit_bytes;
    struct line_time from = serial_line_occupy(&s->adder.line, cycle, wire);
    uint64_t end = line_time_ceil(s->adder.line.free);
    if (from.cycle > cycle) {
        s->late_line++;
        if (!s->run->stall)
            switch_tell(s, s->adder.p.id, cycle, r->transfer, "finds the adders taken in its slot");
    }
    if (s->adding[r->sum].lost_frames > 0)
        tell_lost(s, &s->adding[r->sum], cycle);
    if (s->adding[r->sum].left == sum->n_results)
        check_sum(s, sum, &s->adding[r->sum], cycle);
    s->adding[r->sum].left--;
    s->injected += r->bytes;
    s->run->progress++;
    switch_account(&s->adder, r->class_of, r->adder_bytes, wire, false, from.cycle, end);
    switch_show(s, &s->adder, r->transfer, 0, r->start, r->class_of, from.cycle, end);
    add_due(s, end + s->adder.p.latency, result, true);
}

/* The piece to the lines out; behind the last one its sum is over. */
static void leave(struct slot_switch *s, uint32_t result)
{
    const struct switch_result *r = &s->program.results[result];
    const struct switch_sum *sum = &s->program.sums[r->sum];
    struct switch_adding *a = &s->adding[r->sum];
    for (uint32_t out = r->first_out; out != SWITCH_NOBODY; out = s->program.outs[out].next) {
        struct switch_coming *c = VEC_PUSH(s, coming);
        c->out = out;
        burst_copy(&c->b, &a->last);
        c->b.lost_frames = 0;
        c->b.id.chunk = r->chunk;
        c->b.id.tensor = r->tensor;
        c->b.transfer = r->transfer;
        c->b.offset = r->offset;
        c->b.bytes = r->bytes;
        c->b.flits = r->flits;
        c->b.class_of = r->class_of;
        s->replicated += out != r->first_out ? r->bytes : 0;
    }
    if (result == sum->last_result) {
        a->come = 0;
        a->lost_frames = 0;
        memset(&s->here[sum->first_partial], 0, sum->n_partials * sizeof *s->here);
    }
}

/* The due piece of this cycle with the lowest number; SIZE_MAX: none. */
static size_t first_due(const struct slot_switch *s, uint64_t cycle, bool leaves)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < s->n_due; i++)
        if (s->due[i].cycle <= cycle && s->due[i].leaves == leaves &&
            (first == SIZE_MAX || s->due[i].result < s->due[first].result))
            first = i;
    return first;
}

static uint32_t take_due(struct slot_switch *s, size_t i)
{
    uint32_t result = s->due[i].result;
    s->due[i] = s->due[--s->n_due];
    return result;
}

void switch_sums_eval(struct slot_switch *s, uint64_t cycle)
{
    for (size_t i = first_due(s, cycle, true); i != SIZE_MAX; i = first_due(s, cycle, true))
        leave(s, take_due(s, i));
    for (size_t i = first_due(s, cycle, false); i != SIZE_MAX; i = first_due(s, cycle, false))
        begin(s, take_due(s, i), cycle);
}

uint64_t switch_sums_next(const struct slot_switch *s)
{
    uint64_t next = CYCLE_NEVER;
    for (size_t i = 0; i < s->n_due; i++)
        next = s->due[i].cycle < next ? s->due[i].cycle : next;
    return next;
}
