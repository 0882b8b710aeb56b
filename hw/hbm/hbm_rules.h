/* SPDX-License-Identifier: Apache-2.0 */
/* hbm_rules.h - the spacings between DRAM commands, once: hbm_timing.c holds commands against them, a controller asks
 * them when a command may come at the earliest.
 *
 *     command at a cycle --> rules --> first one that is broken, and by how much     (hbm_activate, hbm_columns, ...)
 *     command at no cycle -> rules --> earliest cycle that all of them allow         (hbm_activate_bank, ...) */
#ifndef HW_HBM_HBM_RULES_H
#define HW_HBM_HBM_RULES_H

#include "hw/hbm/hbm_timing.h"

/* A command at `cycle` is held against the rules: the first broken one is kept with how early it was, and the
 * earliest cycle that all of them allow. */
struct rule {
    uint64_t cycle;
    const char *broken;
    uint64_t *early;
    uint64_t earliest;
};

static inline void want(struct rule *r, uint64_t allowed, const char *name)
{
    r->earliest = allowed > r->earliest ? allowed : r->earliest;
    if (r->cycle >= allowed || r->broken)
        return;
    r->broken = name;
    *r->early = allowed == UINT64_MAX ? 0 : allowed - r->cycle;
}

/* ---- the rules ---- */

/* Rules of an ACT that look at the whole channel, and at its bank and group. */
static inline void activate_channel_rules(const struct hbm_timing *t, struct rule *r)
{
    want(r, t->refresh_end, "rfc");
    want(r, t->any.act, "rrd_s");
    want(r, t->acts[t->n_acts % 4], "faw");
}

static inline void activate_bank_rules(const struct hbm_timing *t, struct rule *r, uint32_t bank)
{
    want(r, t->banks[bank].ready, "ras, rtp, wr, rp of its last row");
    want(r, t->groups[t->banks[bank].group].act, "rrd_l");
}

/* Rules of a column that look at the whole channel, and at its bank and group. */
static inline void column_channel_rules(const struct hbm_timing *t, struct rule *r, bool write)
{
    want(r, t->refresh_end, "rfc");
    want(r, t->any.column, "ccd_s");
    if (!write)
        want(r, t->any.read, "wtr_s");
}

static inline void column_group_rules(const struct hbm_timing *t, struct rule *r, bool write, uint32_t group)
{
    const struct hbm_next *g = &t->groups[group];
    want(r, g->column, "ccd_l");
    if (!write)
        want(r, g->read, "wtr_l");
}

static inline void column_bank_rules(const struct hbm_timing *t, struct rule *r, uint32_t bank)
{
    want(r, t->banks[bank].column, "rcd");
}

static inline void precharge_rules(const struct hbm_timing *t, struct rule *r, uint32_t bank)
{
    uint64_t ready = t->banks[bank].ready;
    want(r, t->refresh_end, "rfc");
    want(r, ready > t->p->rp ? ready - t->p->rp : 0, "ras, rtp, wr of its row");
}

/* ---- the earliest cycle: the first in which a command would break none of them (the row itself is not looked at).
 * ACT and columns must wait for all of theirs: what the whole channel allows, the group of their bank, the bank. ----
 */

static inline uint64_t hbm_activate_channel(const struct hbm_timing *t)
{
    struct rule r = {.cycle = UINT64_MAX};
    activate_channel_rules(t, &r);
    return r.earliest;
}

static inline uint64_t hbm_activate_bank(const struct hbm_timing *t, uint32_t bank)
{
    struct rule r = {.cycle = UINT64_MAX};
    activate_bank_rules(t, &r, bank);
    return r.earliest;
}

static inline uint64_t hbm_column_channel(const struct hbm_timing *t, bool write)
{
    struct rule r = {.cycle = UINT64_MAX};
    column_channel_rules(t, &r, write);
    return r.earliest;
}

static inline uint64_t hbm_column_group(const struct hbm_timing *t, bool write, uint32_t group)
{
    struct rule r = {.cycle = UINT64_MAX};
    column_group_rules(t, &r, write, group);
    return r.earliest;
}

static inline uint64_t hbm_column_bank(const struct hbm_timing *t, uint32_t bank)
{
    struct rule r = {.cycle = UINT64_MAX};
    column_bank_rules(t, &r, bank);
    return r.earliest;
}

static inline uint64_t hbm_precharge_earliest(const struct hbm_timing *t, uint32_t bank)
{
    struct rule r = {.cycle = UINT64_MAX};
    precharge_rules(t, &r, bank);
    return r.earliest;
}

/* A column at `cycle` keeps its bank from being precharged before this one (end of rp). */
static inline uint64_t hbm_closed_after(const struct hbm_timing *t, uint64_t cycle, bool write)
{
    return cycle + (write ? t->p->cwl + t->burst_cycles + t->p->wr : t->p->rtp) + t->p->rp;
}

#endif
