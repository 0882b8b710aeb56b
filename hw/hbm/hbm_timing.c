/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_timing.c - spacings of DRAM commands. */
#include "hw/hbm/hbm_timing.h"

#include <stdlib.h>
#include <string.h>

#include "hw/hbm/hbm_rules.h"
#include "sim/base/mem.h"

static void set_groups(struct hbm_timing *t)
{
    for (uint32_t i = 0; i < t->p->banks; i++)
        t->banks[i].group = (uint8_t)(i / (t->p->banks / t->p->groups));
}

void hbm_timing_init(struct hbm_timing *t, const struct dram_timing *p)
{
    *t = (struct hbm_timing) {.p = p};
    t->burst_cycles = (uint32_t)ceil_div(fraction_ticks(p->rate, p->burst_bytes), p->rate.num);
    t->banks = mem_alloc_array(p->banks, sizeof *t->banks);
    t->groups = mem_alloc_array(p->groups, sizeof *t->groups);
    set_groups(t);
}

void hbm_timing_free(struct hbm_timing *t)
{
    free(t->banks);
    free(t->groups);
}

void hbm_timing_clear(struct hbm_timing *t)
{
    memset(t->banks, 0, t->p->banks * sizeof *t->banks);
    set_groups(t);
    memset(t->groups, 0, t->p->groups * sizeof *t->groups);
    memset(t->acts, 0, sizeof t->acts);
    t->any = (struct hbm_next) {0};
    t->n_acts = 0;
    t->refresh_end = 0;
}

uint32_t hbm_bank_of(const struct dram_timing *p, uint32_t set, uint32_t member)
{
    uint32_t per_group = p->banks / p->groups, first = set * p->interleave;
    return (first + member) % p->groups * per_group + first / p->groups % per_group;
}

/* Whole cycles of q bursts behind the ticks; the product of large numbers is taken apart. */
uint64_t hbm_column_cycle(const struct dram_timing *p, uint64_t cycle, uint64_t ticks, uint32_t q)
{
    uint64_t burst = fraction_ticks(p->rate, p->burst_bytes);
    uint64_t whole = burst / p->rate.num, rest = burst % p->rate.num;
    if (rest == 0 || q <= (UINT64_MAX - ticks) / rest)
        return cycle + q * whole + (ticks + q * rest) / p->rate.num;
    uint64_t carried = 0, sum = ticks;
    for (uint32_t i = 0; i < q; i++) {
        sum += rest;
        carried += sum / p->rate.num;
        sum %= p->rate.num;
    }
    return cycle + q * whole + carried;
}

const char *hbm_activate(struct hbm_timing *t, uint64_t cycle, uint32_t bank, uint32_t row, uint64_t *early)
{
    struct rule r = {.cycle = cycle, .early = early};
    activate_bank_rules(t, &r, bank);
    activate_channel_rules(t, &r);
    struct hbm_bank *b = &t->banks[bank];
    t->acts[t->n_acts++ % 4] = cycle + t->p->faw;
    t->groups[b->group].act = cycle + t->p->rrd_l;
    t->any.act = cycle + t->p->rrd_s;
    b->open = true;
    b->row = row;
    b->column = cycle + t->p->rcd;
    b->ready = cycle + t->p->ras + t->p->rp;
    return r.broken;
}

const char *hbm_precharge(struct hbm_timing *t, uint64_t cycle, uint32_t bank, uint64_t *early)
{
    struct rule r = {.cycle = cycle, .early = early};
    struct hbm_bank *b = &t->banks[bank];
    precharge_rules(t, &r, bank);
    b->open = false;
    b->ready = cycle + t->p->rp;
    return r.broken;
}

const char *hbm_refresh(struct hbm_timing *t, uint64_t cycle, uint64_t *early)
{
    struct rule r = {.cycle = cycle, .early = early};
    want(&r, t->refresh_end, "rfc");
    for (uint32_t i = 0; i < t->p->banks; i++) {
        want(&r, t->banks[i].ready, "a row that is not closed");
        t->banks[i].open = false;
    }
    t->refresh_end = cycle + t->p->rfc;
    return r.broken;
}

static void note_column(struct hbm_timing *t, uint64_t cycle, bool write, struct hbm_bank *b)
{
    struct hbm_next *g = &t->groups[b->group];
    g->column = cycle + t->p->ccd_l;
    t->any.column = cycle + t->p->ccd_s;
    if (write) {
        uint64_t end = cycle + t->p->cwl + t->burst_cycles;
        g->read = end + t->p->wtr_l;
        t->any.read = end + t->p->wtr_s;
    }
    uint64_t closed = hbm_closed_after(t, cycle, write);
    b->ready = closed > b->ready ? closed : b->ready;
}

static void one_column(struct hbm_timing *t, struct rule *r, bool write, uint32_t bank, uint32_t row)
{
    struct hbm_bank *b = &t->banks[bank];
    if (!b->open || b->row != row)
        want(r, UINT64_MAX, "a row that is not open");
    column_bank_rules(t, r, bank);
    column_group_rules(t, r, write, b->group);
    column_channel_rules(t, r, write);
    note_column(t, r->cycle, write, b);
}

/* The rules are asked one by one only where they are not kept, to say which of them. */
const char *hbm_column(struct hbm_timing *t, uint64_t cycle, bool write, uint32_t bank, uint32_t row, uint64_t *early)
{
    struct hbm_bank *b = &t->banks[bank];
    if (b->open && b->row == row && hbm_column_bank(t, bank) <= cycle &&
        hbm_column_group(t, write, b->group) <= cycle && hbm_column_channel(t, write) <= cycle) {
        note_column(t, cycle, write, b);
        return NULL;
    }
    struct rule r = {.cycle = cycle, .early = early};
    one_column(t, &r, write, bank, row);
    return r.broken;
}

const char *hbm_run(struct hbm_timing *t, uint64_t cycle, uint64_t ticks, bool write, uint32_t set, uint32_t row,
                    uint32_t column, uint32_t count, uint64_t *early)
{
    struct rule r = {.early = early};
    for (uint32_t q = 0; q < count; q++) {
        uint32_t bank = hbm_bank_of(t->p, set, (column + q) % t->p->interleave);
        r.cycle = hbm_column_cycle(t->p, cycle, ticks, q);
        one_column(t, &r, write, bank, row);
    }
    return r.broken;
}

const char *hbm_columns(struct hbm_timing *t, uint64_t cycle, bool write, uint32_t set, uint32_t row, uint32_t column,
                        uint32_t count, uint64_t *early)
{
    return hbm_run(t, cycle, 0, write, set, row, column, count, early);
}
