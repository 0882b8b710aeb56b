/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_pick.c - which direction, which column command, which row command.
 *
 * Everything here depends on the window, the banks and the cycle only, never on when it was looked at last:
 * column_at and row_at are lower bounds that save looking. */
#include "hw/hbm/frfcfs_core.h"
#include "sim/base/error.h"

static uint64_t max64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- direction ---- */

/* The other direction has requests; this one ends when it has none, had its turn, or by the watermarks of writes. */
static bool direction_ends(const struct frfcfs *c)
{
    enum direction d = c->direction;
    if (c->pending[!d] == 0)
        return false;
    if (c->pending[d] == 0 || c->yielded >= c->p.turn_limit)
        return true;
    if (c->issued < c->p.batch)
        return false;
    if (d == READING)
        return c->pending[WRITING] >= c->p.high || c->urgent > 0;
    return c->pending[WRITING] <= c->p.low && c->urgent == 0;
}

void pick_direction(struct frfcfs *c)
{
    if (!direction_ends(c))
        return;
    c->direction = !c->direction;
    c->issued = c->yielded = 0;
    c->column_at = c->row_at = 0;
    c->stat.turns++;
}

/* ---- columns ---- */

/* The bus is free in the cycle in which the data would begin. */
static uint64_t bus_earliest(const struct frfcfs *c, bool write)
{
    uint64_t ahead = write ? c->p.dram.cwl : c->p.dram.cl, at = c->bus.free.cycle;
    return at > ahead ? at - ahead : 0;
}

static void issue_column(struct frfcfs *c, uint64_t cycle, uint32_t burst, uint32_t bank)
{
    struct frfcfs_window_request *r = burst_request(c, burst);
    struct frfcfs_bank *b = &c->banks[bank];
    bool write = r->r.write;
    uint64_t early = 0;
    uint32_t column = r->place.column + (burst & (c->bursts - 1)) * c->p.dram.interleave;
    const char *broken = hbm_columns(&c->timing, cycle, write, r->place.set, r->place.row, column, 1, &early);
    SIM_CHECK(!broken, "%s: a column breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, write ? FRFCFS_WR : FRFCFS_RD, bank, r->place.row);
    data_bus(c, cycle, write);
    *(!b->fresh ? &c->stat.hits : b->conflict ? &c->stat.conflicts : &c->stat.misses) += 1;
    b->fresh = b->conflict = false;
    c->issued++;
    c->yielded += c->pending[!c->direction] > 0;
    bool complete = window_remove(c, burst, bank);
    if (c->row_banks[c->direction] >> bank & 1)
        c->row_at = 0;
    if (complete) {
        data_done(c, cycle, r);
        window_release(c, burst >> c->burst_shift);
    }
}

/* First ready, oldest first. */
static void pick_column(struct frfcfs *c, uint64_t cycle)
{
    bool write = c->direction == WRITING;
    uint64_t next = CYCLE_NEVER, best_age = UINT64_MAX;
    uint64_t channel = max64(bus_earliest(c, write), hbm_column_channel(&c->timing, write));
    uint32_t best = NO_ENTRY;
    c->column_at = channel;
    if (channel > cycle)
        return;
    for (uint64_t banks = c->hit_banks[c->direction]; banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        uint64_t at = hbm_column_bank(&c->timing, write, bank), age = c->banks[bank].lists[c->direction].hit_age;
        if (at > cycle) {
            next = at < next ? at : next;
        } else if (age < best_age) {
            best = bank;
            best_age = age;
        }
    }
    /* A column that would keep its row open too long waits for the refresh, and all later ones do too. */
    if (hbm_closed_after(&c->timing, cycle, write) > c->refresh)
        best = NO_ENTRY, next = CYCLE_NEVER;
    c->column_at = next;
    if (best == NO_ENTRY)
        return;
    issue_column(c, cycle, c->banks[best].lists[c->direction].hit, best);
    c->column_at = max64(cycle + 1, bus_earliest(c, write));
}

/* ---- rows ---- */

/* The row that is opened at `cycle` can still move a burst and be closed before the refresh. */
static bool worth_opening(const struct frfcfs *c, uint64_t cycle)
{
    const struct dram_timing *t = &c->p.dram;
    bool write = c->direction == WRITING;
    return max64(cycle + t->ras + t->rp, hbm_closed_after(&c->timing, cycle + t->rcd, write)) <= c->refresh;
}

static void activate(struct frfcfs *c, uint64_t cycle, uint32_t bank, uint32_t row)
{
    uint64_t early = 0;
    const char *broken = hbm_activate(&c->timing, cycle, bank, row, &early);
    SIM_CHECK(!broken, "%s: ACT breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, FRFCFS_ACT, bank, row);
    c->banks[bank].fresh = true;
    window_row(c, bank);
    c->column_at = 0;
}

static void precharge(struct frfcfs *c, uint64_t cycle, uint32_t bank)
{
    uint64_t early = 0;
    const char *broken = hbm_precharge(&c->timing, cycle, bank, &early);
    SIM_CHECK(!broken, "%s: PRE breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, FRFCFS_PRE, bank, c->timing.banks[bank].row);
    c->banks[bank].fresh = false;
    c->banks[bank].conflict = true;
    window_row(c, bank);
}

/* The oldest request's bank that needs a row command which is legal now. */
static void pick_row(struct frfcfs *c, uint64_t cycle)
{
    uint64_t next = CYCLE_NEVER, best_age = UINT64_MAX;
    uint32_t best = NO_ENTRY;
    for (uint64_t banks = c->row_banks[c->direction]; banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        bool open = c->timing.banks[bank].open;
        uint64_t at = open ? hbm_precharge_earliest(&c->timing, bank) : hbm_activate_earliest(&c->timing, bank);
        uint64_t age = c->banks[bank].lists[c->direction].head_age;
        if (at > cycle) {
            next = at < next ? at : next;
        } else if (age < best_age && worth_opening(c, open ? cycle + c->p.dram.rp : cycle)) {
            best = bank;
            best_age = age;
        }
    }
    c->row_at = best == NO_ENTRY ? next : cycle + 1;
    if (best == NO_ENTRY)
        return;
    if (c->timing.banks[best].open)
        precharge(c, cycle, best);
    else
        activate(c, cycle, best, burst_request(c, c->banks[best].lists[c->direction].head)->place.row);
}

uint64_t pick_commands(struct frfcfs *c, uint64_t cycle)
{
    pick_direction(c);
    if (c->column_at <= cycle)
        pick_column(c, cycle);
    if (c->row_at <= cycle)
        pick_row(c, cycle);
    pick_direction(c);
    if (c->pending[READING] + c->pending[WRITING] == 0)
        return CYCLE_NEVER;
    uint64_t next = c->column_at < c->row_at ? c->column_at : c->row_at;
    next = c->refresh + c->p.dram.rfc < next ? c->refresh + c->p.dram.rfc : next;
    return max64(next, cycle + 1);
}
