/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_pick.c - which direction, which column command, which row command.
 *
 * Everything here depends on the window, the banks and the cycle only, never on when it was looked at last:
 * column_at and row_at are lower bounds that save looking. They are of the present direction. */
#include "hw/hbm/frfcfs_core.h"
#include "hw/hbm/hbm_rules.h"
#include "sim/base/error.h"
#include "sim/base/max.h"

static uint64_t min64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void pick_init(struct frfcfs *c)
{
    for (uint32_t d = 0; d < DIRECTIONS; d++)
        c->closed[d] = (uint32_t)hbm_closed_after(&c->timing, 0, d == WRITING);
}

/* ---- directions and what holds up their columns ---- */

/* The bus is free in the cycle in which the data would begin. */
static uint64_t bus_earliest(const struct frfcfs *c, bool write)
{
    uint64_t ahead = write ? c->dram->cwl : c->dram->cl, at = c->bus.cycle;
    return at > ahead ? at - ahead : 0;
}

/* What holds up all banks. */
static uint64_t channel_earliest(const struct frfcfs *c, bool write)
{
    return max64(bus_earliest(c, write), hbm_column_channel(&c->timing, write));
}

void pick_anew(struct frfcfs *c)
{
    bool write = c->direction == WRITING;
    c->groups_at = 0;
    for (uint32_t g = 0; g < c->dram->groups; g++) {
        c->groups[g].column_at = hbm_column_group(&c->timing, write, g);
        c->groups_at = max64(c->groups_at, c->groups[g].column_at);
    }
    c->channel_at = channel_earliest(c, write);
    c->column_at = c->row_at = 0;
}

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
    c->stat.turns++;
    pick_anew(c);
}

/* ---- columns ---- */

void pick_column_of(struct frfcfs *c, uint32_t bank)
{
    uint64_t at = max64(c->groups[c->timing.banks[bank].group].column_at, c->channel_at);
    if (c->fresh_banks >> bank & 1)
        at = max64(at, hbm_column_bank(&c->timing, bank));
    c->column_at = min64(c->column_at, at);
}

static void issue_column(struct frfcfs *c, uint64_t cycle, uint32_t bank, struct frfcfs_group *group, enum direction d)
{
    uint16_t slot = c->lists[bank].of[d].hit;
    struct frfcfs_window_request *r = &c->window[slot];
    bool write = d == WRITING;
    uint64_t early = 0, bit = (uint64_t)1 << bank;
    const char *broken = hbm_column(&c->timing, cycle, write, bank, r->row, &early);
    SIM_CHECK(!broken, "%s: a column breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, write ? FRFCFS_WR : FRFCFS_RD, bank, r->row);
    data_bus(c, cycle, write);
    /* all other rules allow a column of this direction in this cycle already */
    group->column_at = cycle + c->dram->ccd_l;
    c->groups_at = max64(c->groups_at, group->column_at);
    c->channel_at = max64(bus_earliest(c, write), cycle + c->dram->ccd_s);
    if (c->fresh_banks & bit) {
        *(c->conflict_banks & bit ? &c->stat.conflicts : &c->stat.misses) += 1;
        c->fresh_banks &= ~bit;
        c->conflict_banks &= ~bit;
    }
    c->issued++;
    c->yielded += c->pending[!d] > 0;
    if (window_remove(c, slot)) {
        data_done(c, cycle, r);
        window_release(c, slot);
    }
}

/* Of the hits, those whose group allows a column now; *next: when the first of the other groups does. */
static uint64_t ready_groups(const struct frfcfs *c, uint64_t cycle, uint64_t hits, uint64_t *next)
{
    uint64_t ready = hits;
    for (const struct frfcfs_group *g = c->groups, *end = g + c->dram->groups; g < end; g++) {
        if (g->column_at <= cycle || !(hits & g->banks))
            continue;
        ready &= ~g->banks;
        *next = min64(g->column_at, *next);
    }
    return ready;
}

/* Banks with a hit whose column is legal now, as far as bank and group go; *next: when others follow. rcd can only hold
 * up a bank that had no column since its ACT. */
static uint64_t ready_banks(const struct frfcfs *c, uint64_t cycle, uint64_t *next)
{
    uint64_t ready = c->hit_banks[c->direction];
    *next = CYCLE_NEVER;
    if (c->groups_at > cycle)
        ready = ready_groups(c, cycle, ready, next);
    for (uint64_t fresh = ready & c->fresh_banks; fresh; fresh &= fresh - 1) {
        uint64_t at = hbm_column_bank(&c->timing, (uint32_t)__builtin_ctzll(fresh));
        if (at <= cycle)
            continue;
        ready &= ~(fresh & -fresh);
        *next = min64(at, *next);
    }
    return ready;
}

/* The bank whose burst is the oldest. */
static uint32_t oldest(const struct frfcfs *c, uint64_t banks)
{
    const uint32_t *ages = c->ages_of[c->direction];
    uint32_t best = (uint32_t)__builtin_ctzll(banks);
    for (banks &= banks - 1; banks; banks &= banks - 1) {
        uint32_t bank = (uint32_t)__builtin_ctzll(banks);
        best = is_older(ages[bank], ages[best]) ? bank : best;
    }
    return best;
}

/* First ready, oldest first. */
static void pick_column(struct frfcfs *c, uint64_t cycle)
{
    enum direction d = c->direction;
    uint64_t next, channel_at = c->channel_at;
    c->column_at = c->hit_banks[d] ? channel_at : CYCLE_NEVER;
    if (c->column_at > cycle)
        return;
    /* A column that would keep its row open too long waits for the refresh, and all later ones do too. */
    if (cycle + c->closed[d] > c->refresh) {
        c->column_at = CYCLE_NEVER;
        return;
    }
    uint64_t ready = ready_banks(c, cycle, &next);
    c->column_at = next;
    if (!ready)
        return;
    uint32_t bank = oldest(c, ready);
    struct frfcfs_group *group = &c->groups[c->timing.banks[bank].group];
    uint64_t together = group->banks;
    issue_column(c, cycle, bank, group, d);
    /* The next one: of another group as soon as the channel allows it, else of this one or when others are ready. */
    uint64_t at = c->column_at;
    if (ready & ~together)
        at = cycle;
    else if (c->hit_banks[d] & together)
        at = min64(at, group->column_at);
    c->column_at = max64(at, c->channel_at);
}

/* ---- rows ---- */

/* When the bank can have the row command that it needs. */
static uint64_t row_earliest(const struct frfcfs *c, uint32_t bank)
{
    if (c->timing.banks[bank].open)
        return hbm_precharge_earliest(&c->timing, bank);
    return max64(hbm_activate_channel(&c->timing), hbm_activate_bank(&c->timing, bank));
}

void pick_row_of(struct frfcfs *c, uint32_t bank)
{
    c->row_at = min64(c->row_at, row_earliest(c, bank));
}

/* The row that is opened at `cycle` can still move a burst and be closed before the refresh. */
static bool worth_opening(const struct frfcfs *c, uint64_t cycle)
{
    const struct dram_timing *t = c->dram;
    return cycle + max64(t->ras + t->rp, t->rcd + c->closed[c->direction]) <= c->refresh;
}

static void activate(struct frfcfs *c, uint64_t cycle, uint32_t bank, uint32_t row)
{
    uint64_t early = 0;
    const char *broken = hbm_activate(&c->timing, cycle, bank, row, &early);
    SIM_CHECK(!broken, "%s: ACT breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, FRFCFS_ACT, bank, row);
    c->fresh_banks |= (uint64_t)1 << bank;
    window_opened(c, bank);
}

static void precharge(struct frfcfs *c, uint64_t cycle, uint32_t bank)
{
    uint64_t early = 0;
    const char *broken = hbm_precharge(&c->timing, cycle, bank, &early);
    SIM_CHECK(!broken, "%s: PRE breaks %s by %llu", c->p.name, broken, (unsigned long long)early);
    told(c, cycle, FRFCFS_PRE, bank, c->timing.banks[bank].row);
    c->fresh_banks &= ~((uint64_t)1 << bank);
    c->conflict_banks |= (uint64_t)1 << bank;
    window_closed(c, bank);
}

/* The banks whose row command is legal now, and when others may have theirs. */
struct row_choice {
    uint64_t ready, next;
};

static struct row_choice choose_precharge(const struct frfcfs *c, uint64_t cycle)
{
    struct row_choice r = {.next = CYCLE_NEVER};
    uint64_t banks = c->row_banks[c->direction] & c->open_banks;
    if (!banks || !worth_opening(c, cycle + c->dram->rp))
        return r;
    for (; banks; banks &= banks - 1) {
        uint64_t at = hbm_precharge_earliest(&c->timing, (uint32_t)__builtin_ctzll(banks));
        if (at <= cycle)
            r.ready |= banks & -banks;
        else
            r.next = min64(at, r.next);
    }
    return r;
}

static struct row_choice choose_activate(const struct frfcfs *c, uint64_t cycle)
{
    struct row_choice r = {.next = CYCLE_NEVER};
    uint64_t banks = c->row_banks[c->direction] & ~c->open_banks, channel = hbm_activate_channel(&c->timing);
    if (!banks || !worth_opening(c, cycle))
        return r;
    if (channel > cycle) {
        r.next = channel;
        return r;
    }
    for (; banks; banks &= banks - 1) {
        uint64_t at = hbm_activate_bank(&c->timing, (uint32_t)__builtin_ctzll(banks));
        if (at <= cycle)
            r.ready |= banks & -banks;
        else
            r.next = min64(at, r.next);
    }
    return r;
}

/* The oldest burst's bank among those that need a row command which is legal now. */
static void pick_row(struct frfcfs *c, uint64_t cycle)
{
    struct row_choice pre = choose_precharge(c, cycle), act = choose_activate(c, cycle);
    c->row_at = min64(pre.next, act.next);
    if (!(pre.ready | act.ready))
        return;
    uint32_t bank = oldest(c, pre.ready | act.ready);
    uint64_t bit = (uint64_t)1 << bank, again = CYCLE_NEVER;
    if (pre.ready & bit) {
        precharge(c, cycle, bank);
        again = row_earliest(c, bank);
    } else {
        activate(c, cycle, bank, c->window[c->lists[bank].of[c->direction].head].row);
        act.ready &= ~bit;
        if (act.ready)
            again = hbm_activate_channel(&c->timing);
        act.ready = 0;
    }
    if ((pre.ready & ~bit) | act.ready)
        again = cycle + 1;
    c->row_at = min64(c->row_at, again);
}

/* ---- the cycle ---- */

/* Columns: as many as the bus takes in this cycle and the table allows; with ccd_s of a cycle or more that is one. A
 * turn of the bus ends them as it would between two cycles. */
void pick_commands(struct frfcfs *c, uint64_t cycle)
{
    uint32_t issued = c->issued;
    if (c->column_at <= cycle) {
        do
            pick_column(c, cycle);
        while (c->column_at <= cycle && !direction_ends(c));
    }
    if (c->row_at <= cycle)
        pick_row(c, cycle);
    if (c->issued != issued)
        pick_direction(c);
}
