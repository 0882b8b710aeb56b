/* SPDX-License-Identifier: Apache-2.0 */
/* unit_account.c - what a unit-cycle was: the ordered rule of docs/model/accounting.md.
 *
 * A gap between two tasks is accounted when the second one starts: by then every input is here and carries its
 * history. Intervals are filled in from change to change; with cross_check a second computation walks through
 * the gap cycle by cycle, looking at nothing but the one cycle, and must count the same. */
#include "hw/unit/unit.h"
#include "sim/base/error.h"

static const enum cause cause_of_place[] = {
    [PLACE_DRAM] = CAUSE_MEMORY_DRAM,
    [PLACE_NOC] = CAUSE_NETWORK_NOC,
    [PLACE_LINK] = CAUSE_NETWORK_LINK,
    [PLACE_GUARD] = CAUSE_CONTROL_GUARD,
};

/* What the unit waited for. */
struct gap {
    uint64_t launched; /* before this: control.launch */
    uint64_t computed; /* before this some input was not computed: dependency */
    uint64_t arrived;  /* from this on all inputs were here */
    uint64_t guarded;  /* before this a result without bytes was kept back for drift: control.guard */
    uint32_t n;        /* pieces in missing[], in operand order */
};

void unit_account_add(struct unit *u, enum cause cause, uint64_t from, uint64_t to)
{
    if (to <= from)
        return;
    u->stat.account.cycles[cause] += to - from;
    probe_change(u->run->probe, u->counter->now.measured ? u->var_state : UINT32_MAX,
                 u->run->probe ? slot_time_fs(u->counter, from) : 0, cause);
}

static void look_at_input(struct unit *u, const struct unit_chunk *x, uint64_t from, struct gap *g)
{
    uint32_t end = x->address + x->bytes;
    if (x->bytes == 0)
        return;
    for (uint32_t i = unit_sram_find(&u->sram, x->address); i < u->sram.n; i++) {
        struct sram_piece *p = unit_sram_piece(&u->sram, i);
        if (p->address >= end)
            break;
        if (p->arrived <= from || p->looked == u->gaps)
            continue;
        p->looked = u->gaps; /* a chunk may be an operand twice */
        u->missing[g->n++] = p;
        g->computed = p->burst.computed > g->computed ? p->burst.computed : g->computed;
        g->arrived = p->arrived > g->arrived ? p->arrived : g->arrived;
    }
}

/* A slot of the schedule as a time: after all stalls until the task's start. 0: none. */
static uint64_t time_of(const struct unit *u, uint64_t slot)
{
    return slot > 0 ? slot + u->held_link + u->held_dram : 0;
}

static struct gap look_at_inputs(struct unit *u, const struct unit_op *op, uint64_t from)
{
    uint64_t computed = time_of(u, op->depends);
    struct gap g = {.launched = u->boot_end, .arrived = from, .guarded = time_of(u, op->guarded)};
    g.computed = computed > from ? computed : from;
    u->gaps++;
    for (uint32_t i = 0; i < op->n_inputs; i++)
        look_at_input(u, &u->program->chunks[op->first_input + i], from, &g);
    return g;
}

/* Phases of which the unit knows that they began. */
static uint32_t phases_begun(const struct unit *u)
{
    return u->p.by_phase && u->phase != UNIT_NO_PHASE ? u->phase + 1 : 0;
}

static bool units_compute(const struct unit *u, uint32_t phase)
{
    return phase < u->program->n_phases && u->program->phases[phase].units_on > 0;
}

/* Units compute in the phase open at a time; the same up to *until. */
static bool others_compute(const struct unit *u, uint64_t time, uint64_t *until)
{
    uint32_t n = phases_begun(u), low = 0, high = n;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (u->began[mid] <= time)
            low = mid + 1;
        else
            high = mid;
    }
    *until = low < n ? u->began[low] : UINT64_MAX;
    return low > 0 && units_compute(u, low - 1);
}

static enum cause waiting_cause(const struct unit *u, const struct gap *g, uint64_t time, uint64_t *until)
{
    for (uint32_t i = 0; i < g->n; i++) {
        const struct sram_piece *p = u->missing[i];
        if (p->arrived <= time)
            continue;
        enum burst_place place = burst_place_at(&p->burst, time, until);
        *until = p->arrived < *until ? p->arrived : *until;
        return cause_of_place[place];
    }
    *until = g->arrived;
    return CAUSE_NETWORK_NOC;
}

/* The cause at `time`, the same up to `until`. */
static enum cause cause_at(const struct unit *u, const struct gap *g, uint64_t time, uint64_t *until)
{
    if (time < g->launched) {
        *until = g->launched;
        return CAUSE_CONTROL_LAUNCH;
    }
    if (time < g->computed) {
        *until = g->computed;
        return CAUSE_DEPENDENCY;
    }
    uint64_t change = 0;
    bool barred = others_compute(u, time, &change);
    if (time < g->arrived && !(barred && u->p.by_stage)) {
        enum cause cause = waiting_cause(u, g, time, until);
        *until = change < *until ? change : *until;
        return cause;
    }
    if (time >= g->arrived && time < g->guarded) {
        *until = g->guarded;
        return CAUSE_CONTROL_GUARD;
    }
    *until = time < g->arrived && g->arrived < change ? g->arrived : change;
    return barred ? CAUSE_IMBALANCE : CAUSE_CONTROL_DISPATCH;
}

/* ---- cross-check: one cycle at a time, from the pieces themselves ---- */

static enum cause walk_cause(const struct unit *u, const struct gap *g, const struct unit_op *op, uint64_t t)
{
    const struct sram_piece *first = NULL;
    if (t < g->launched)
        return CAUSE_CONTROL_LAUNCH;
    if (t < time_of(u, op->depends))
        return CAUSE_DEPENDENCY;
    for (uint32_t i = 0; i < g->n; i++) {
        if (t < u->missing[i]->burst.computed)
            return CAUSE_DEPENDENCY;
        if (!first && t < u->missing[i]->arrived)
            first = u->missing[i];
    }
    bool barred = false;
    for (uint32_t i = 0; i < phases_begun(u); i++)
        barred = u->began[i] <= t ? units_compute(u, i) : barred;
    if (first && !(barred && u->p.by_stage)) {
        uint64_t at = 0;
        enum burst_place place = PLACE_NOC;
        for (uint32_t i = 0; i < first->burst.n_stamps; i++) {
            at += first->burst.stamps[i] >> 2;
            if (i == 0 || at <= t)
                place = (enum burst_place)(first->burst.stamps[i] & 3);
        }
        return cause_of_place[place];
    }
    if (!first && t < time_of(u, op->guarded))
        return CAUSE_CONTROL_GUARD;
    return barred ? CAUSE_IMBALANCE : CAUSE_CONTROL_DISPATCH;
}

static void walk_gap(const struct unit *u, const struct gap *g, const struct unit_op *op, uint64_t from, uint64_t to,
                     const struct unit_account *before)
{
    uint64_t cycles[CAUSE_COUNT] = {0};
    for (uint64_t t = from; t < to; t++)
        cycles[walk_cause(u, g, op, t)]++;
    for (int c = 0; c < CAUSE_COUNT; c++)
        SIM_CHECK(u->stat.account.cycles[c] - before->cycles[c] == cycles[c],
                  "%s: %s over [%llu, %llu): %llu cycles by intervals, %llu by walking", u->p.name, cause_names[c],
                  (unsigned long long)from, (unsigned long long)to,
                  (unsigned long long)(u->stat.account.cycles[c] - before->cycles[c]), (unsigned long long)cycles[c]);
}

void unit_account_gap(struct unit *u, const struct unit_op *op, uint64_t from, uint64_t to)
{
    if (to <= from)
        return;
    struct gap g = look_at_inputs(u, op, from);
    struct unit_account before = u->stat.account;
    uint64_t until = 0;
    for (uint64_t t = from; t < to; t = until) {
        enum cause cause = cause_at(u, &g, t, &until);
        SIM_CHECK(until > t, "%s: the account stands still at %llu", u->p.name, (unsigned long long)t);
        until = until < to ? until : to;
        unit_account_add(u, cause, t, until);
    }
    if (u->run->cross_check)
        walk_gap(u, &g, op, from, to, &before);
}

/* [from, +toggle) toggle, then the engines; a stall stretches the task and is charged to where the late burst was.
 * The last cycles of the matrix engine's time that only pad are padding; cycles in which neither engine works
 * are SRAM ports. The order within a task is drawn as toggle, useful, padding, SRAM ports, what came on top (the
 * engines did not issue), slack that was left, stall. */
void unit_account_task(struct unit *u, const struct unit_op *op, uint64_t from, uint64_t stalled_link,
                       uint64_t stalled_dram)
{
    uint64_t needed = op->macs / u->p.macs_per_cycle + (op->macs % u->p.macs_per_cycle != 0);
    uint64_t padding = op->matrix_cycles > needed ? op->matrix_cycles - needed : 0;
    uint64_t engines = op->matrix_cycles > op->vector_cycles ? op->matrix_cycles : op->vector_cycles;
    uint64_t at = from;
    unit_account_add(u, CAUSE_CONTROL_TOGGLE, at, at + u->p.toggle_cycles);
    at += u->p.toggle_cycles;
    unit_account_add(u, CAUSE_COMPUTE_USEFUL, at, at + engines - padding);
    at += engines - padding;
    unit_account_add(u, CAUSE_COMPUTE_PADDING, at, at + padding);
    at += padding;
    unit_account_add(u, CAUSE_MEMORY_L1, at, at + op->cycles - engines);
    at += op->cycles - engines;
    unit_account_add(u, CAUSE_CONTROL_ISSUE, at, at + u->late);
    at += u->late;
    uint64_t planned = op->start + u->p.toggle_cycles + op->cycles + u->late;
    uint64_t slack = op->finish > planned ? op->finish - planned : 0;
    unit_account_add(u, CAUSE_CONTROL_GUARD, at, at + slack);
    at += slack;
    unit_account_add(u, CAUSE_NETWORK_LINK, at, at + stalled_link);
    at += stalled_link;
    unit_account_add(u, CAUSE_MEMORY_DRAM, at, at + stalled_dram);
}
