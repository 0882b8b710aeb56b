/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_timing.c - spacings of DRAM commands. */
#include "hw/hbm/hbm_timing.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/mem.h"

void hbm_timing_init(struct hbm_timing *t, const struct dram_timing *p)
{
    *t = (struct hbm_timing) {.p = *p};
    t->burst_cycles = (uint32_t)ceil_div(fraction_ticks(p->rate, p->burst_bytes), p->rate.num);
    t->banks = mem_alloc_array(p->banks, sizeof *t->banks);
    t->groups = mem_alloc_array(p->groups, sizeof *t->groups);
}

void hbm_timing_free(struct hbm_timing *t)
{
    free(t->banks);
    free(t->groups);
}

void hbm_timing_clear(struct hbm_timing *t)
{
    memset(t->banks, 0, t->p.banks * sizeof *t->banks);
    memset(t->groups, 0, t->p.groups * sizeof *t->groups);
    memset(t->acts, 0, sizeof t->acts);
    t->any = (struct hbm_last) {0};
    t->n_acts = 0;
    t->refresh_end = 0;
}

uint32_t hbm_bank_of(const struct dram_timing *p, uint32_t set, uint32_t member)
{
    uint32_t per_group = p->banks / p->groups, first = set * p->interleave;
    return (first + member) % p->groups * per_group + first / p->groups % per_group;
}

/* Whole cycles of q bursts; the product of large numbers is taken apart. */
uint64_t hbm_column_cycle(const struct dram_timing *p, uint64_t cycle, uint32_t q)
{
    uint64_t ticks = fraction_ticks(p->rate, p->burst_bytes);
    uint64_t whole = ticks / p->rate.num, rest = ticks % p->rate.num;
    if (rest == 0 || q <= UINT64_MAX / rest)
        return cycle + q * whole + q * rest / p->rate.num;
    uint64_t carried = 0, sum = 0;
    for (uint32_t i = 0; i < q; i++) {
        sum += rest;
        carried += sum / p->rate.num;
        sum %= p->rate.num;
    }
    return cycle + q * whole + carried;
}

/* The first broken rule is kept: its name, and by how much. */
struct rule {
    const char *broken;
    uint64_t *early;
};

static void want(struct rule *r, uint64_t cycle, uint64_t allowed, const char *name)
{
    if (cycle >= allowed || r->broken)
        return;
    r->broken = name;
    *r->early = allowed == UINT64_MAX ? 0 : allowed - cycle;
}

static void want_gap(struct rule *r, uint64_t cycle, uint64_t last, uint64_t gap, const char *name)
{
    if (last > 0)
        want(r, cycle, last - 1 + gap, name);
}

static struct hbm_last *group_of(struct hbm_timing *t, uint32_t bank)
{
    return &t->groups[bank / (t->p.banks / t->p.groups)];
}

const char *hbm_activate(struct hbm_timing *t, uint64_t cycle, uint32_t bank, uint32_t row, uint64_t *early)
{
    struct rule r = {NULL, early};
    struct hbm_bank *b = &t->banks[bank];
    struct hbm_last *g = group_of(t, bank);
    want(&r, cycle, t->refresh_end, "rfc");
    want(&r, cycle, b->ready, "ras, rtp, wr, rp of its last row");
    want_gap(&r, cycle, g->act, t->p.rrd_l, "rrd_l");
    want_gap(&r, cycle, t->any.act, t->p.rrd_s, "rrd_s");
    want_gap(&r, cycle, t->acts[t->n_acts % 4], t->p.faw, "faw");
    t->acts[t->n_acts++ % 4] = g->act = t->any.act = cycle + 1;
    *b = (struct hbm_bank) {.open = true, .row = row, .act = cycle, .ready = cycle + t->p.ras + t->p.rp};
    return r.broken;
}

const char *hbm_refresh(struct hbm_timing *t, uint64_t cycle, uint64_t *early)
{
    struct rule r = {NULL, early};
    want(&r, cycle, t->refresh_end, "rfc");
    for (uint32_t i = 0; i < t->p.banks; i++) {
        want(&r, cycle, t->banks[i].ready, "a row that is not closed");
        t->banks[i].open = false;
    }
    t->refresh_end = cycle + t->p.rfc;
    return r.broken;
}

static void one_column(struct hbm_timing *t, struct rule *r, uint64_t cycle, bool write, uint32_t bank, uint32_t row)
{
    const struct dram_timing *p = &t->p;
    struct hbm_bank *b = &t->banks[bank];
    struct hbm_last *g = group_of(t, bank);
    if (!b->open || b->row != row)
        want(r, cycle, UINT64_MAX, "a row that is not open");
    want(r, cycle, b->act + p->rcd, "rcd");
    want(r, cycle, t->refresh_end, "rfc");
    want_gap(r, cycle, g->column, p->ccd_l, "ccd_l");
    want_gap(r, cycle, t->any.column, p->ccd_s, "ccd_s");
    g->column = t->any.column = cycle + 1;
    uint64_t closed = cycle + p->rtp;
    if (write) {
        closed = cycle + p->cwl + t->burst_cycles + p->wr;
        g->write = t->any.write = cycle + 1;
    } else {
        want_gap(r, cycle, g->write, p->cwl + t->burst_cycles + p->wtr_l, "wtr_l");
        want_gap(r, cycle, t->any.write, p->cwl + t->burst_cycles + p->wtr_s, "wtr_s");
    }
    b->ready = closed + p->rp > b->ready ? closed + p->rp : b->ready;
}

const char *hbm_columns(struct hbm_timing *t, uint64_t cycle, bool write, uint32_t set, uint32_t row, uint32_t column,
                        uint32_t count, uint64_t *early)
{
    struct rule r = {NULL, early};
    for (uint32_t q = 0; q < count; q++) {
        uint32_t bank = hbm_bank_of(&t->p, set, (column + q) % t->p.interleave);
        one_column(t, &r, hbm_column_cycle(&t->p, cycle, q), write, bank, row);
    }
    return r.broken;
}
