/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs.c - a channel's life, refresh, the cycle. */
#include "hw/hbm/frfcfs.h"

#include <inttypes.h>
#include <stdlib.h>

#include "hw/hbm/frfcfs_core.h"
#include "sim/base/error.h"
#include "sim/base/rng.h"

void frfcfs_defaults(struct frfcfs_params *p, uint32_t queue)
{
    p->queue = queue;
    p->high = queue * 3 / 4 > 0 ? queue * 3 / 4 : 1;
    p->low = queue / 4;
    p->batch = 16;
    p->turn_limit = 8 * queue;
    p->age_limit = 16;
    p->latency = 0;
}

static void check_params(const struct frfcfs_params *p)
{
    const struct dram_timing *t = p->dram;
    SIM_CHECK(t->burst_bytes >= SECTOR_BYTES && LINE_BYTES % t->burst_bytes == 0, "%s: bursts of %u B in lines of %u",
              p->name, t->burst_bytes, LINE_BYTES);
    SIM_CHECK(t->row_bytes * t->interleave % LINE_BYTES == 0 && t->banks % t->interleave == 0 &&
                  t->banks <= FRFCFS_BANKS,
              "%s: a row of a set holds no whole lines", p->name);
    SIM_CHECK(p->queue > 0 && p->queue < NO_ENTRY && p->slices > 0 && p->high > p->low && p->turn_limit > 0 &&
                  p->age_limit > 0,
              "%s: queue %u, slices %u, high %u, low %u", p->name, p->queue, p->slices, p->high, p->low);
}

static size_t lines_of(size_t count, size_t size)
{
    return (count * size + MEM_LINE - 1) / MEM_LINE * MEM_LINE;
}

/* One block; each array begins a line of the host's cache. */
static struct frfcfs *make(const struct frfcfs_params *p)
{
    size_t banks = p->dram->banks, groups = lines_of(p->dram->groups, sizeof(struct frfcfs_group));
    size_t lists = lines_of(banks, sizeof(struct frfcfs_lists)), ages = lines_of(banks, sizeof(uint32_t));
    size_t slices = lines_of(p->slices, sizeof(struct frfcfs_slice));
    size_t window = p->queue * sizeof(struct frfcfs_window_request);
    size_t bytes = sizeof(struct frfcfs) + groups + lists + DIRECTIONS * ages + slices + window;
    void *memory = mem_alloc_lines(bytes, 1);
    struct frfcfs *c = mem_lines(memory);
    char *at = (char *)(c + 1);
    c->memory = memory;
    c->groups = (void *)at;
    c->slices = (void *)(at += groups);
    c->ages_of[READING] = (void *)(at += slices);
    c->ages_of[WRITING] = (void *)(at += ages);
    c->lists = (void *)(at += ages);
    c->window = (void *)(at + lists);
    return c;
}

struct frfcfs *frfcfs_new(const struct frfcfs_params *p, struct run_control *run)
{
    check_params(p);
    struct frfcfs *c = make(p);
    c->p = *p;
    c->p.name = mem_strdup(p->name);
    c->run = run;
    c->dram = p->dram;
    hbm_timing_init(&c->timing, p->dram);
    struct rng phase;
    rng_init(&phase, run->seed, p->name);
    c->refresh = p->dram->refi > 0 ? 1 + rng_below(&phase, p->dram->refi) : CYCLE_NEVER;
    c->refresh_over = p->dram->refi > 0 ? c->refresh + p->dram->rfc : CYCLE_NEVER;
    window_init(c);
    pick_init(c);
    data_init(c);
    return c;
}

void frfcfs_free(struct frfcfs *c)
{
    if (!c)
        return;
    data_free(c);
    frfcfs_wave_free(c);
    hbm_timing_free(&c->timing);
    free(c->buckets);
    free((char *)(uintptr_t)c->p.name);
    free(c->memory);
}

void frfcfs_connect(struct frfcfs *c, const struct slot_counter *launch, struct mailbox *const *in,
                    struct mailbox *const *out)
{
    c->launch = launch;
    for (uint32_t s = 0; s < c->p.slices; s++) {
        c->slices[s] = (struct frfcfs_slice) {.front_at = CYCLE_NEVER, .in = in[s], .out = out[s]};
        mailbox_flag(in[s], &c->mail, UINT64_C(1) << s % 64);
    }
    c->mail = UINT64_MAX;
    c->arrival_at = CYCLE_NEVER;
}

void frfcfs_listen(struct frfcfs *c, const struct frfcfs_listener *l)
{
    c->listener = *l;
    c->listened = l->command != NULL;
}

struct frfcfs_place frfcfs_place_of(const struct dram_timing *t, uint32_t line)
{
    uint32_t lines = t->row_bytes * t->interleave / LINE_BYTES, sets = t->banks / t->interleave;
    uint32_t run = line / lines, row = run / sets, turned = run;
    if (sets > 1)
        for (uint32_t digits = row; digits > 0; digits /= sets)
            turned += digits % sets;
    uint32_t in_row = line % lines, first = in_row / t->interleave * (LINE_BYTES / t->burst_bytes);
    return (struct frfcfs_place) {turned % sets, row, first * t->interleave + in_row % t->interleave};
}

/* ---- refresh ---- */

/* REF stands in its own cycle, all banks are closed by one command rp before. Nothing that would be in the way was
 * issued, so both can be done when the channel is looked at next. */
static void refresh_due(struct frfcfs *c, uint64_t cycle)
{
    while (c->refresh <= cycle) {
        uint64_t early = 0;
        bool open = false;
        for (uint32_t i = 0; i < c->dram->banks; i++) {
            if (!c->timing.banks[i].open)
                continue;
            const char *broken = hbm_precharge(&c->timing, c->refresh - c->dram->rp, i, &early);
            SIM_CHECK(!broken, "%s: bank %u is not closed before the refresh: %s", c->p.name, i, broken);
            open = true;
        }
        if (open)
            told(c, c->refresh - c->dram->rp, FRFCFS_PRE, UINT32_MAX, 0);
        const char *broken = hbm_refresh(&c->timing, c->refresh, &early);
        SIM_CHECK(!broken, "%s: REF breaks %s by %" PRIu64, c->p.name, broken, early);
        told(c, c->refresh, FRFCFS_REF, UINT32_MAX, 0);
        for (uint32_t i = 0; i < c->dram->banks; i++)
            window_closed(c, i);
        c->fresh_banks = c->conflict_banks = 0;
        c->refresh += c->dram->refi;
        c->refresh_over += c->dram->refi;
        pick_anew(c);
    }
}

/* ---- the cycle ---- */

static uint64_t next_cycle(const struct frfcfs *c, uint64_t cycle)
{
    /* a place has become free: who stands before the window enters in the next cycle */
    if (c->waiting && c->n_free > 0)
        return cycle + 1;
    if (c->pending[READING] + c->pending[WRITING] == 0)
        return CYCLE_NEVER;
    uint64_t next = c->column_at < c->row_at ? c->column_at : c->row_at;
    next = c->refresh_over < next ? c->refresh_over : next;
    return next > cycle ? next : cycle + 1;
}

static inline uint64_t one_cycle(struct frfcfs *c, uint64_t cycle)
{
    if (c->refresh <= cycle)
        refresh_due(c, cycle);
    if (c->mail)
        window_mail(c);
    if (c->arrival_at <= cycle && (c->n_free > 0 || !c->waiting)) {
        window_take(c, cycle);
        pick_direction(c);
    }
    if (c->column_at <= cycle || c->row_at <= cycle)
        pick_commands(c, cycle);
    if (c->shown)
        frfcfs_wave_cycle(c, cycle);
    return next_cycle(c, cycle);
}

uint64_t frfcfs_run(struct frfcfs *c, uint64_t *now, uint64_t cycle, uint64_t end)
{
    for (;;) {
        *now = cycle;
        uint64_t next = one_cycle(c, cycle);
        if (next >= end)
            return next;
        cycle = next;
    }
}

uint64_t frfcfs_eval(struct frfcfs *c, uint64_t cycle)
{
    return frfcfs_run(c, &(uint64_t) {0}, cycle, cycle + 1);
}

void frfcfs_stat_clear(struct frfcfs *c, uint64_t cycle)
{
    refresh_due(c, cycle);
    c->stat = (struct frfcfs_stats) {0};
    c->waiting_since = cycle;
}

void frfcfs_end(struct frfcfs *c, uint64_t cycle)
{
    refresh_due(c, cycle);
    /* A channel that was evaluated later than that has counted refreshes that are not the run's. */
    bool refreshed = c->dram->refi > 0;
    for (uint64_t next = c->refresh; refreshed && next > c->dram->refi && next - c->dram->refi > cycle;
         next -= c->dram->refi)
        c->stat.commands[FRFCFS_REF]--;
    if (c->waiting && c->waiting_since < cycle) {
        c->stat.queue_full += cycle - c->waiting_since;
        c->waiting_since = cycle;
    }
}

uint64_t frfcfs_first_refresh(const struct frfcfs *c)
{
    return c->dram->refi > 0 ? (c->refresh - 1) % c->dram->refi + 1 : CYCLE_NEVER;
}

const struct frfcfs_stats *frfcfs_stat(struct frfcfs *c)
{
    data_stat(c);
    return &c->stat;
}

bool frfcfs_idle(const struct frfcfs *c)
{
    for (uint32_t s = 0; s < c->p.slices; s++)
        if (mailbox_count(c->slices[s].in) > 0)
            return false;
    return c->n_free == c->p.queue;
}

/* ---- dump ---- */

static const char *waits_for(const struct frfcfs *c, const struct frfcfs_window_request *r, uint64_t cycle)
{
    if (r->older != NO_ENTRY)
        return "an older request to its line";
    if (r->r.write != c->direction)
        return "the bus to turn";
    if (cycle < c->timing.refresh_end)
        return "the refresh";
    const struct hbm_bank *b = &c->timing.banks[r->bank];
    return b->open && b->row == r->row ? "its turn on the bus" : "its row";
}

void frfcfs_dump(const struct frfcfs *c, uint64_t cycle, struct diag *d)
{
    uint64_t from = 0;
    for (uint32_t told_of = 0; told_of < 4; told_of++) {
        const struct frfcfs_window_request *oldest = NULL;
        for (uint32_t i = 0; i < c->p.queue; i++) {
            const struct frfcfs_window_request *r = &c->window[i];
            if (r->used && r->age >= from && (!oldest || is_older(r->age, oldest->age)))
                oldest = r;
        }
        if (!oldest)
            return;
        diag_add(d, "", 0, 0, c->p.name,
                 "%s of line %u (set %u row %u) of slice %u, since cycle %" PRIu64 ", waits for %s",
                 oldest->r.write ? "write" : "read", oldest->r.line, oldest->set, oldest->row, oldest->slice,
                 oldest->arrival, waits_for(c, oldest, cycle));
        from = oldest->age + 1;
    }
}
