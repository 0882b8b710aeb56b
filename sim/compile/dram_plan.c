/* SPDX-License-Identifier: Apache-2.0 */
/* dram_plan.c - pairwise rules between runs, and search for a place among them.
 *
 * after(a, b) is the earliest first command of b when a stands before it. A place c for b is legal
 * when c >= after(a, b) for every earlier run a and a' >= after(b at c, a') for every later one. */
#include "sim/compile/dram_plan.h"

#include <string.h>

#include "sim/base/error.h"
#include "sim/base/fraction.h"
#include "sim/base/max.h"

uint64_t dram_column(const struct dram_rules *r, const struct dram_run *run, uint32_t q)
{
    return run->command + (run->phase + q * r->burst) / r->t->rate.num;
}

static uint64_t latency(const struct dram_rules *r, bool write)
{
    return write ? r->t->cwl : r->t->cl;
}

uint64_t dram_data_start(const struct dram_rules *r, const struct dram_run *run)
{
    return run->command + latency(r, run->write);
}

uint64_t dram_data_end(const struct dram_rules *r, const struct dram_run *run)
{
    return dram_data_start(r, run) + ceil_div(run->phase + run->count * r->burst, r->t->rate.num);
}

/* The cycle in which the bus becomes free behind the run, and how many ticks into it. */
static uint64_t bus_free(const struct dram_rules *r, const struct dram_run *run, uint64_t *ticks)
{
    uint64_t end = run->phase + run->count * r->burst;
    *ticks = end % r->t->rate.num;
    return dram_data_start(r, run) + end / r->t->rate.num;
}

uint64_t dram_refresh(const struct dram_rules *r, uint64_t k)
{
    return r->t->refi == 0 ? UINT64_MAX : k * r->t->refi - 1 - r->shift;
}

uint64_t dram_refreshes_due(const struct dram_rules *r, uint64_t cycle)
{
    return r->t->refi == 0 ? 0 : cycle / r->t->refi;
}

/* Distance of ACT and first column command: every bank's first column waits for its own ACT. */
static uint32_t lead_of(const struct dram_rules *r)
{
    uint64_t lead = 0;
    for (uint32_t q = 0; q < r->t->interleave; q++) {
        uint64_t act = (uint64_t)q * r->t->rrd_s + r->t->rcd;
        uint64_t column = q * r->burst / r->t->rate.num;
        lead = max64(lead, act > column ? act - column : 0);
    }
    return (uint32_t)lead;
}

/* Two sets may not be opened closer than this: rrd of their neighbouring members, and the window of
 * four activations (i members at a time: any five activations span at least ceil(4 / i) gaps). */
static uint32_t act_gap_of(const struct dram_timing *t)
{
    uint32_t i = t->interleave;
    uint64_t spread = (uint64_t)(i - 1) * t->rrd_s + t->rrd_l;
    uint64_t window = i == 1 ? ceil_div(t->faw, 4) : i == 2 ? ceil_div(t->faw, 2) : t->faw;
    return (uint32_t)max64(spread, window);
}

void dram_rules_init(struct dram_rules *r, const struct dram_timing *t)
{
    SIM_CHECK(t->interleave > 0 && t->groups % t->interleave == 0 && t->banks % t->interleave == 0,
              "%u banks in %u groups cannot be used in sets of %u", t->banks, t->groups, t->interleave);
    *r = (struct dram_rules) {.t = t, .burst = t->burst_bytes * t->rate.den};
    r->burst_whole = (uint32_t)ceil_div(r->burst, t->rate.num);
    r->sets = t->banks / t->interleave;
    r->columns = t->interleave * (t->row_bytes / t->burst_bytes);
    r->lead = lead_of(r);
    r->act_gap = act_gap_of(t);
    uint64_t longest = ceil_div(r->columns * r->burst, t->rate.num);
    r->near = longest + 2 + r->burst_whole + r->act_gap + t->cl + t->cwl + max64(t->ccd_s, t->ccd_l) + t->wtr_l;
    r->reach = longest + r->lead + r->act_gap + t->ras + t->rtp + t->rp + t->cl + t->cwl + t->wr + t->wtr_l +
               t->interleave * t->rrd_s + 2u * r->burst_whole;
}

/* From here on all banks of the run are precharged. The last column bounds every bank. */
static uint64_t precharged(const struct dram_rules *r, const struct dram_run *run)
{
    const struct dram_timing *t = r->t;
    uint64_t act = run->command - r->lead + (uint64_t)(t->interleave - 1) * t->rrd_s;
    uint64_t last = dram_column(r, run, run->count - 1);
    uint64_t close = run->write ? last + t->cwl + r->burst_whole + t->wr : last + t->rtp;
    return max64(act + t->ras, close) + t->rp;
}

static uint32_t group_of(const struct dram_rules *r, uint32_t set, uint32_t column)
{
    return (set * r->t->interleave + column % r->t->interleave) % r->t->groups;
}

/* ccd: the last columns of a and the first ones of b that lie in the same bank group, or not. */
static uint64_t after_columns(const struct dram_rules *r, const struct dram_run *a, const struct dram_run *b)
{
    const struct dram_timing *t = r->t;
    uint64_t at = dram_column(r, a, a->count - 1) + t->ccd_s;
    uint32_t i = t->interleave;
    for (uint32_t p = a->count > i ? a->count - i : 0; p < a->count; p++) {
        for (uint32_t q = 0; q < i && q < b->count; q++) {
            uint64_t want = dram_column(r, a, p) + t->ccd_l, from = dram_column(r, b, q) - b->command;
            if (group_of(r, a->set, p) == group_of(r, b->set, q) && want > at + from) {
                at = want - from;
            }
        }
    }
    return at;
}

/* The bus: the data of b begin in the cycle in which those of a end, if not before they have ended. */
static uint64_t after_bus(const struct dram_rules *r, const struct dram_run *a, const struct dram_run *b)
{
    uint64_t ticks, cycle = bus_free(r, a, &ticks), lat = latency(r, b->write);
    uint64_t at = cycle > lat ? cycle - lat : 0;
    return b->command == at && b->phase < ticks ? at + 1 : at;
}

static uint64_t after(const struct dram_rules *r, const struct dram_run *a, const struct dram_run *b)
{
    const struct dram_timing *t = r->t;
    uint64_t at = max64(a->command + r->act_gap, after_bus(r, a, b));
    at = max64(at, after_columns(r, a, b));
    if (a->write && !b->write) {
        at =
            max64(at, max64(dram_data_end(r, a), dram_column(r, a, a->count - 1) + t->cwl + r->burst_whole) + t->wtr_l);
    }
    if (a->set == b->set) {
        at = max64(at, precharged(r, a) + r->lead);
    }
    return at;
}

/* First run whose command is not before `cycle`. */
static size_t first_from(const struct dram_channel *c, uint64_t cycle)
{
    size_t low = 0, high = c->n_runs;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c->runs[middle].command < cycle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The phase of the run at its command; returns that, or a later cycle when the run before keeps the bus longer. */
static uint64_t settle(const struct dram_rules *r, const struct dram_channel *c, struct dram_run *run)
{
    size_t i = first_from(c, run->command);
    run->phase = 0;
    if (i == 0) {
        return run->command;
    }
    uint64_t ticks, cycle = bus_free(r, &c->runs[i - 1], &ticks), start = dram_data_start(r, run);
    if (cycle == start) {
        run->phase = ticks;
    }
    return cycle > start ? run->command + (cycle - start) : run->command;
}

/* want->command, or a later cycle when that one is not legal beside the other runs. */
static uint64_t beside_runs(const struct dram_rules *r, const struct dram_channel *c, const struct dram_run *want)
{
    uint64_t at = want->command;
    size_t middle = first_from(c, at);
    for (size_t i = middle; i-- > 0 && c->runs[i].command + r->reach > at;) {
        bool near = c->runs[i].command + r->near > at || c->runs[i].set == want->set;
        uint64_t need = near ? after(r, &c->runs[i], want) : at;
        if (need > at) {
            return need;
        }
    }
    for (size_t i = middle; i < c->n_runs && c->runs[i].command < at + r->reach; i++) {
        bool near = c->runs[i].command < at + r->near || c->runs[i].set == want->set;
        if (near && c->runs[i].command < after(r, want, &c->runs[i])) {
            return max64(at + 1, after(r, &c->runs[i], want));
        }
    }
    return at;
}

/* want->command, or a later cycle when a refresh falls into the run. */
static uint64_t beside_refresh(const struct dram_rules *r, const struct dram_run *want)
{
    if (r->t->refi == 0) {
        return want->command;
    }
    uint64_t act = want->command - r->lead, rfc = r->t->rfc;
    uint64_t k = act >= rfc ? (act - rfc + 1 + r->shift) / r->t->refi + 1 : 1; /* the first one not over before ACT */
    while (dram_refresh(r, k) + rfc <= act) {
        k++;
    }
    return dram_refresh(r, k) < precharged(r, want) ? dram_refresh(r, k) + rfc + r->lead : want->command;
}

/* run->command, its phase set, when it is legal there; else a later cycle to try. */
static uint64_t legal(const struct dram_rules *r, const struct dram_channel *c, struct dram_run *run)
{
    uint64_t at = settle(r, c, run);
    at = at == run->command ? beside_refresh(r, run) : at;
    return at == run->command ? beside_runs(r, c, run) : at;
}

void dram_find(const struct dram_rules *r, struct dram_channel *c, uint64_t earliest, struct dram_run *run)
{
    uint64_t from = max64(earliest, c->gate + r->lead);
    bool known =
        c->hint_write == run->write && run->count >= c->hint_count && from >= c->hint_from && from < c->hint_to;
    run->command = known ? c->hint_to : from;
    for (uint64_t at; (at = legal(r, c, run)) != run->command;) {
        run->command = at;
    }
    c->hint_from = from;
    c->hint_to = run->command;
    c->hint_count = run->count;
    c->hint_write = run->write;
}

void dram_take(const struct dram_rules *r, struct dram_channel *c, const struct dram_run *run)
{
    struct dram_run again = *run;
    SIM_CHECK(legal(r, c, &again) == run->command && again.phase == run->phase,
              "a run at cycle %llu breaks the timing of its channel", (unsigned long long)run->command);
    size_t i = first_from(c, run->command);
    VEC_RESERVE(c, runs, c->n_runs + 1);
    memmove(&c->runs[i + 1], &c->runs[i], (c->n_runs - i) * sizeof *c->runs);
    c->runs[i] = *run;
    c->n_runs++;
}
