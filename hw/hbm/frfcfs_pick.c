/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_pick.c - which direction, which column command, which row command.
 *
 * Everything here depends on the window, the banks and the cycle only, never on when it was looked at last:
 * column_at and row_at are lower bounds that save looking. */
#include "hw/hbm/frfcfs_core.h"
#include "hw/hbm/hbm_rules.h"
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
    uint64_t bit = (uint64_t)1 << bank;
    *(!(c->fresh_banks & bit) ? &c->stat.hits : b->conflict ? &c->stat.conflicts : &c->stat.misses) += 1;
    c->fresh_banks &= ~bit;
    b->conflict = false;
    c->issued++;
    c->yielded += c->pending[!c->direction] > 0;
    bool complete = window_remove(c, burst, bank);
    if (complete) {
        data_done(c, cycle, r);
        window_release(c, burst >> c->burst_shift);
    }
}

/* Banks with a hit whose column is legal now, as far as bank and group go; *next: when others follow. rcd can only hold
 * up a bank that had no column since its ACT. */
static uint64_t ready_banks(const struct frfcfs *c, uint64_t cycle, bool write, uint64_t *next)
{
    uint64_t hits = c->hit_banks[c->direction], ready = 0;
    *next = CYCLE_NEVER;
    for (uint32_t g = 0; g < c->p.dram.groups; g++) {
        uint64_t banks = hits & c->group_banks[g], at = banks ? hbm_column_group(&c->timing, write, g) : CYCLE_NEVER;
        ready |= at <= cycle ? banks : 0;
        *next = at > cycle && at < *next ? at : *next;
    }
    for (uint64_t fresh = ready & c->fresh_banks; fresh; fresh &= fresh - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(fresh);
        uint64_t at = hbm_column_bank(&c->timing, bank);
        ready &= at <= cycle ? UINT64_MAX : ~((uint64_t)1 << bank);
        *next = at > cycle && at < *next ? at : *next;
    }
    return ready;
}

/* First ready, oldest first. */
static void pick_column(struct frfcfs *c, uint64_t cycle)
{
    bool write = c->direction == WRITING;
    uint64_t next, best_age = UINT64_MAX;
    uint64_t channel = max64(bus_earliest(c, write), hbm_column_channel(&c->timing, write));
    uint32_t best = NO_ENTRY;
    c->column_at = c->hit_banks[c->direction] ? channel : CYCLE_NEVER;
    if (c->column_at > cycle)
        return;
    /* A column that would keep its row open too long waits for the refresh, and all later ones do too. */
    if (hbm_closed_after(&c->timing, cycle, write) > c->refresh) {
        c->column_at = CYCLE_NEVER;
        return;
    }
    for (uint64_t banks = ready_banks(c, cycle, write, &next); banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        uint64_t age = c->banks[bank].lists[c->direction].hit_age;
        best = age < best_age ? bank : best;
        best_age = age < best_age ? age : best_age;
    }
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
    c->fresh_banks |= (uint64_t)1 << bank;
    uint64_t column_at = c->column_at;
    window_row(c, bank);
    c->column_at = cycle + c->p.dram.rcd < column_at ? cycle + c->p.dram.rcd : column_at;
}

static void precharge(struct frfcfs *c, uint64_t cycle, uint32_t bank)
{
    uint64_t early = 0;
    const char *broken = hbm_precharge(&c->timing, cycle, bank, &early);
    SIM_CHECK(!broken, "%s: PRE breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, FRFCFS_PRE, bank, c->timing.banks[bank].row);
    c->fresh_banks &= ~((uint64_t)1 << bank);
    c->banks[bank].conflict = true;
    window_row(c, bank);
}

/* The oldest burst's bank among those that need a row command which is legal now, and when the others may have theirs.
 */
struct row_choice {
    uint32_t best;
    uint32_t ready;
    uint64_t best_age, next;
};

static void see_row(const struct frfcfs *c, struct row_choice *r, uint32_t bank, uint64_t at, uint64_t cycle)
{
    uint64_t age = c->banks[bank].lists[c->direction].head_age;
    if (at > cycle) {
        r->next = at < r->next ? at : r->next;
        return;
    }
    r->ready++;
    if (age < r->best_age) {
        r->best = bank;
        r->best_age = age;
    }
}

static struct row_choice choose_precharge(const struct frfcfs *c, uint64_t cycle)
{
    struct row_choice r = {.best = NO_ENTRY, .best_age = UINT64_MAX, .next = CYCLE_NEVER};
    if (!worth_opening(c, cycle + c->p.dram.rp))
        return r;
    for (uint64_t banks = c->row_banks[c->direction] & c->open_banks; banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        see_row(c, &r, bank, hbm_precharge_earliest(&c->timing, bank), cycle);
    }
    return r;
}

static struct row_choice choose_activate(const struct frfcfs *c, uint64_t cycle)
{
    struct row_choice r = {.best = NO_ENTRY, .best_age = UINT64_MAX, .next = CYCLE_NEVER};
    uint64_t banks = c->row_banks[c->direction] & ~c->open_banks, channel = hbm_activate_channel(&c->timing);
    if (!worth_opening(c, cycle))
        return r;
    if (channel > cycle) {
        r.next = banks ? channel : CYCLE_NEVER;
        return r;
    }
    for (; banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        see_row(c, &r, bank, hbm_activate_bank(&c->timing, bank), cycle);
    }
    return r;
}

static void pick_row(struct frfcfs *c, uint64_t cycle)
{
    struct row_choice pre = choose_precharge(c, cycle), act = choose_activate(c, cycle);
    c->row_at = pre.next < act.next ? pre.next : act.next;
    if (pre.best == NO_ENTRY && act.best == NO_ENTRY)
        return;
    uint64_t again = cycle + 1;
    if (pre.best_age < act.best_age) {
        precharge(c, cycle, pre.best);
        if (pre.ready + act.ready == 1)
            again = cycle + c->p.dram.rp;
    } else {
        activate(c, cycle, act.best, burst_request(c, c->banks[act.best].lists[c->direction].head)->place.row);
        if (pre.ready == 0)
            again = hbm_activate_channel(&c->timing);
    }
    c->row_at = again < c->row_at ? again : c->row_at;
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
    if (c->refresh < next && c->refresh + c->p.dram.rfc < next)
        next = c->refresh + c->p.dram.rfc;
    return max64(next, cycle + 1);
}
