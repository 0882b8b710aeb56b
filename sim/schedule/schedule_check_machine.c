/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_check_machine.c - do the facts of the machine fit together? */
#include <stdlib.h>

#include "sim/schedule/schedule_check.h"

#define MAX_CHIPS    4096u
#define MAX_SWITCHES 4096u
#define MAX_PER_CHIP 65536u
#define MAX_ROUTERS  (1u << 20)
#define MAX_SRAM     (1u << 31)
#define MAX_BURST    (1u << 24)
#define MAX_FLIT     65536u
#define MAX_CYCLES   (1u << 24) /* of one spacing or latency */
#define MAX_TERM     (UINT64_C(1) << 62)
#define MAX_SLOWNESS (1u << 20) /* cycles per byte */
#define MAX_BANKS    4096u
#define MAX_COLUMNS  65536u

enum { KIND_UNIT, KIND_CHANNEL, KIND_PORT };

static bool rate_is_sound(struct fraction rate)
{
    return rate.num > 0 && rate.den > 0 && rate.num < MAX_TERM && rate.den < MAX_TERM &&
           rate.den / rate.num < MAX_SLOWNESS;
}

static bool check_scalars(const struct sched_machine *m, struct sched_fault *f)
{
    const struct {
        const char *name;
        uint64_t value, min, max;
    } facts[] = {
        {"chips", m->chips, 1, MAX_CHIPS},
        {"units_per_chip", m->units_per_chip, 1, MAX_PER_CHIP},
        {"channels_per_chip", m->channels_per_chip, 0, MAX_PER_CHIP},
        {"ports_per_chip", m->ports_per_chip, 0, MAX_PER_CHIP},
        {"routers_per_chip", m->routers_per_chip, 1, MAX_ROUTERS / (m->chips ? m->chips : 1)},
        {"sram_bytes", m->sram_bytes, 1, MAX_SRAM},
        {"flit_bytes", m->flit_bytes, 1, MAX_FLIT},
        {"max_burst", m->max_burst, 1, MAX_BURST},
        {"period_fs", m->period_fs, 1, UINT64_MAX},
        {"toggle_cycles", m->toggle_cycles, 0, MAX_CYCLES},
        {"broadcast_cycles", m->broadcast_cycles, 0, MAX_CYCLES},
        {"guard_cycles", m->guard_cycles, 0, MAX_CYCLES},
    };
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        if (facts[i].value < facts[i].min || facts[i].value > facts[i].max) {
            return sched_fault_set(f, "MACH", "%s: %llu is outside %llu..%llu", facts[i].name,
                                   (unsigned long long)facts[i].value, (unsigned long long)facts[i].min,
                                   (unsigned long long)facts[i].max);
        }
    }
    return true;
}

static bool check_dram(const struct sched_machine *m, struct sched_fault *f)
{
    const struct dram_timing *d = &m->dram;
    const uint32_t spacing[] = {d->rcd, d->rp,    d->ras,   d->rrd_s, d->rrd_l, d->ccd_s, d->ccd_l, d->faw,
                                d->wr,  d->wtr_s, d->wtr_l, d->rtp,   d->cl,    d->cwl,   d->rfc,   d->refi};
    for (size_t i = 0; i < sizeof spacing / sizeof spacing[0]; i++) {
        if (spacing[i] > MAX_CYCLES) {
            return sched_fault_set(f, "MACH", "dram: a spacing of %u cycles", spacing[i]);
        }
    }
    if (m->channels_per_chip == 0) {
        return true;
    }
    /* ccd may be 0: on a slow clock several columns go out in a cycle, only the bus limits them. */
    if (d->rrd_s == 0 || d->rrd_l == 0) {
        return sched_fault_set(f, "MACH", "dram: rrd is at least 1");
    }
    if (!rate_is_sound(d->rate)) {
        return sched_fault_set(f, "MACH", "dram: its rate is no rate");
    }
    if (d->interleave == 0 || d->groups == 0 || d->banks == 0 || d->banks > MAX_BANKS || d->banks % d->groups ||
        d->groups % d->interleave) {
        return sched_fault_set(f, "MACH", "dram: %u banks in %u groups do not make sets of %u", d->banks, d->groups,
                               d->interleave);
    }
    if (d->burst_bytes == 0 || d->row_bytes == 0 || d->row_bytes % d->burst_bytes ||
        (uint64_t)d->row_bytes / d->burst_bytes * d->interleave > MAX_COLUMNS) {
        return sched_fault_set(f, "MACH", "dram: rows of %u B in bursts of %u B", d->row_bytes, d->burst_bytes);
    }
    return true;
}

/* ---- links ---- */

static bool check_link(const struct sched_machine *m, size_t i, struct sched_fault *f)
{
    const struct sched_link *l = &m->links[i];
    uint64_t routers = (uint64_t)m->chips * m->routers_per_chip;
    if (l->latency == 0 || l->latency > MAX_CYCLES || !rate_is_sound(l->rate)) {
        return sched_fault_set(f, "LINK", "record %zu: its latency or its rate is none", i);
    }
    if (l->type < LINK_CHIP && (l->rate.num != m->flit_bytes || l->rate.den != 1)) {
        return sched_fault_set(f, "LINK", "record %zu: a link of a chip moves one flit per cycle", i);
    }
    if (!l->id || !l->id[0]) {
        return sched_fault_set(f, "LINK", "record %zu: it has no id", i);
    }
    if (sched_link_type(l) == LINK_CHIP && (l->from_node >= m->chips + MAX_SWITCHES ||
                                            l->to_node >= m->chips + MAX_SWITCHES || l->from_node == l->to_node)) {
        return sched_fault_set(f, "LINK", "record %zu: it does not join two chips or switches", i);
    }
    if (l->type == LINK_ADDER &&
        (l->from_node < m->chips || l->from_node >= m->chips + MAX_SWITCHES || l->to_node != l->from_node)) {
        return sched_fault_set(f, "LINK", "record %zu: it does not lead from a switch to itself", i);
    }
    if (l->type == LINK_NOC && (l->from_node >= routers || l->to_node >= routers || l->from_node == l->to_node ||
                                l->from_node / m->routers_per_chip != l->to_node / m->routers_per_chip)) {
        return sched_fault_set(f, "LINK", "record %zu: it does not join two routers of a chip", i);
    }
    return true;
}

/* ---- endpoints ---- */

static uint32_t kind_at(const struct sched_machine *m, uint32_t local)
{
    if (local < m->units_per_chip) {
        return KIND_UNIT;
    }
    return local < m->units_per_chip + m->channels_per_chip ? KIND_CHANNEL : KIND_PORT;
}

static bool joins(const struct sched_link *l, uint32_t from, uint32_t to)
{
    return l->type == LINK_LOCAL && l->from_node == from && l->to_node == to;
}

static bool check_endpoint(const struct sched_machine *m, uint32_t i, struct sched_fault *f)
{
    const struct sched_endpoint *e = &m->endpoints[i];
    uint32_t per_chip = m->units_per_chip + m->channels_per_chip + m->ports_per_chip;
    uint32_t chip = i / per_chip, local = i % per_chip;
    if ((e->kind == SCHED_DEAD_UNIT ? KIND_UNIT : e->kind) != kind_at(m, local) || e->chip != chip) {
        return sched_fault_set(f, "ENDP", "record %u: its kind or chip is not that of its place", i);
    }
    if (e->router / m->routers_per_chip != chip) {
        return sched_fault_set(f, "ENDP", "record %u: its router is on another chip", i);
    }
    if (!joins(&m->links[e->inject], i, e->router) || !joins(&m->links[e->eject], e->router, i) ||
        e->inject == e->eject) {
        return sched_fault_set(f, "ENDP", "record %u: its links do not join it to its router", i);
    }
    if (e->host_unit / m->units_per_chip != chip ||
        (local < m->units_per_chip && e->host_unit != chip * m->units_per_chip + local)) {
        return sched_fault_set(f, "ENDP", "record %u: unit %u cannot be its host", i, e->host_unit);
    }
    bool sends = e->neighbour != SCHED_NONE;
    if (sends != (e->kind == KIND_PORT)) {
        return sched_fault_set(f, "ENDP", "record %u: a chip link for a link port, and for no other", i);
    }
    if (sends && (sched_link_type(&m->links[e->neighbour]) != LINK_CHIP || m->links[e->neighbour].from_node != chip)) {
        return sched_fault_set(f, "ENDP", "record %u: link %u is no chip link of its chip", i, e->neighbour);
    }
    return true;
}

/* Every local link is the way in or out of exactly one endpoint. */
static bool check_local_links(const struct sched_machine *m, struct sched_fault *f)
{
    unsigned char *claims = mem_alloc(m->n_links);
    size_t wrong = SIZE_MAX;
    for (size_t i = 0; i < m->n_endpoints; i++) {
        uint32_t in = m->endpoints[i].inject, out = m->endpoints[i].eject;
        wrong = claims[in]++ ? in : wrong;
        wrong = claims[out]++ ? out : wrong;
    }
    for (size_t i = 0; i < m->n_links; i++) {
        wrong = (m->links[i].type == LINK_LOCAL) != (claims[i] != 0) ? i : wrong;
    }
    free(claims);
    return wrong == SIZE_MAX || sched_fault_set(f, "LINK", "record %zu: not one endpoint's way in or out", wrong);
}

bool schedule_check_machine(const struct sched_machine *m, struct sched_fault *f)
{
    if (!check_scalars(m, f) || !check_dram(m, f)) {
        return false;
    }
    uint64_t per_chip = (uint64_t)m->units_per_chip + m->channels_per_chip + m->ports_per_chip;
    if (m->n_endpoints != m->chips * per_chip) {
        return sched_fault_set(f, "ENDP", "%zu records for %u chips of %llu endpoints", m->n_endpoints, m->chips,
                               (unsigned long long)per_chip);
    }
    for (size_t i = 0; i < m->n_links; i++) {
        if (!check_link(m, i, f)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < m->n_endpoints; i++) {
        if (!check_endpoint(m, i, f)) {
            return false;
        }
    }
    return check_local_links(m, f);
}
