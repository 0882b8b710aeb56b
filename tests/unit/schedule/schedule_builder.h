/* SPDX-License-Identifier: Apache-2.0 */
/* schedule_builder.h - makes small valid schedules for tests, each thing as early as its rules allow.
 *
 *     server: 2 chips of          u0 - r0 === r1 - u1        hbm0 at r0, hosted by u0; port at r1, hosted by u1
 *
 * A greedy book-keeper that shares nothing with the compiler or the verifier: it appends to each link,
 * each memory channel and each unit, never inserts. 64-byte flits, 160/3 B per cycle between the chips,
 * 64-byte bursts of 2.5 cycles, two banks to a set. */
#ifndef TESTS_UNIT_SCHEDULE_SCHEDULE_BUILDER_H
#define TESTS_UNIT_SCHEDULE_SCHEDULE_BUILDER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/schedule.h"

enum { B_UNITS = 4, B_CHANNELS = 2, B_PER_CHIP = 4, B_LINKS_PER_CHIP = 10, B_LINKS = 22 };
enum { B_FLIT = 64, B_PIECE = 4096, B_SRAM = 65536, B_TABLE = 16384, B_STAGING = 8192, B_LAUNCH = 40 };
enum { B_NUM = 160, B_DEN = 3 }; /* chip link */

struct builder {
    struct schedule s;
    struct sched_program *p;
    uint64_t link_free[B_LINKS];        /* chip links: in ticks */
    uint64_t bank_ready[B_CHANNELS][2]; /* of each set */
    uint64_t act_free[B_CHANNELS], column_free[B_CHANNELS], refreshed[B_CHANNELS];
    bool last_was_write[B_CHANNELS];
    uint64_t booted[B_UNITS], unit_free[B_UNITS];
    uint64_t complete; /* last output so far */
};

/* ---- machine ---- */

static inline void b_link(struct builder *b, uint32_t type, uint32_t from, uint32_t to, uint32_t latency)
{
    char id[32];
    snprintf(id, sizeof id, "link%zu", b->s.machine.n_links);
    *VEC_PUSH(&b->s.machine, links) = (struct sched_link) {
        .id = mem_strdup(id),
        .type = type,
        .from_node = from,
        .to_node = to,
        .latency = latency,
        .rate = {.num = type == LINK_CHIP ? B_NUM : B_FLIT, .den = type == LINK_CHIP ? B_DEN : 1},
    };
}

static inline void b_chip(struct builder *b, uint32_t chip)
{
    static const uint32_t kinds[B_PER_CHIP] = {0, 0, 1, 2}, routers[B_PER_CHIP] = {0, 1, 0, 1};
    for (uint32_t i = 0; i < B_PER_CHIP; i++) {
        uint32_t router = 2 * chip + routers[i], number = chip * B_PER_CHIP + i;
        *VEC_PUSH(&b->s.machine, endpoints) = (struct sched_endpoint) {
            .kind = kinds[i],
            .chip = chip,
            .router = router,
            .inject = (uint32_t)b->s.machine.n_links,
            .eject = (uint32_t)b->s.machine.n_links + 1,
            .host_unit = 2 * chip + routers[i],
            .neighbour = kinds[i] == 2 ? 2 * B_LINKS_PER_CHIP + chip : SCHED_NONE,
        };
        b_link(b, LINK_LOCAL, number, router, 2);
        b_link(b, LINK_LOCAL, router, number, 1);
    }
    b_link(b, LINK_NOC, 2 * chip, 2 * chip + 1, 2);
    b_link(b, LINK_NOC, 2 * chip + 1, 2 * chip, 2);
}

static inline void b_machine(struct builder *b)
{
    struct sched_machine *m = &b->s.machine;
    m->chips = 2;
    m->units_per_chip = 2;
    m->channels_per_chip = m->ports_per_chip = 1;
    m->routers_per_chip = 2;
    m->clock_hz = 1000000000;
    m->period_fs = 1000000;
    m->sram_bytes = B_SRAM;
    m->flit_bytes = B_FLIT;
    m->staging_bytes = B_STAGING;
    m->max_burst = B_PIECE;
    m->launch_cycles = B_LAUNCH;
    m->toggle_cycles = 1;
    m->broadcast_cycles = 6;
    m->guard_cycles = 3;
    m->align_interval = 100000;
    m->dram = (struct dram_timing) {.banks = 4, .groups = 2, .row_bytes = 1024, .burst_bytes = 64};
    m->dram.rcd = m->dram.rp = 7;
    m->dram.ras = 15;
    m->dram.rrd_s = 2;
    m->dram.rrd_l = 3;
    m->dram.ccd_s = 2;
    m->dram.ccd_l = 4;
    m->dram.faw = 12;
    m->dram.wr = 8;
    m->dram.wtr_s = 3;
    m->dram.wtr_l = 4;
    m->dram.rtp = 4;
    m->dram.cl = 7;
    m->dram.cwl = 3;
    m->dram.rfc = 30;
    m->dram.refi = 500;
    m->dram.interleave = 2;
    m->dram.rate = (struct fraction) {.num = 128, .den = 5};
    b_chip(b, 0);
    b_chip(b, 1);
    b_link(b, LINK_CHIP, 0, 1, 10);
    b_link(b, LINK_CHIP, 1, 0, 10);
}

static inline void b_init(struct builder *b, const char *policy, const char *start)
{
    memset(b, 0, sizeof *b);
    schedule_init(&b->s);
    b->s.policy = mem_strdup(policy);
    b->s.start = mem_strdup(start);
    b->s.work_name = mem_strdup("by hand");
    b->s.lower_bound_by = mem_strdup("path");
    b->s.local_timers = strcmp(policy, "list") == 0;
    b->s.lower_bound = 100;
    b->s.schedule_bound = 200;
    memset(b->s.work_hash, 'a', 64);
    memset(b->s.tasks_hash, '7', 64);
    b_machine(b);
}

static inline void b_program(struct builder *b)
{
    struct builder fresh = {.s = b->s};
    *b = fresh;
    b->p = VEC_PUSH(&b->s, programs);
    memset(b->p, 0, sizeof *b->p);
}

/* ---- work ---- */

static inline uint32_t b_source(struct builder *b, uint32_t chip, uint32_t bytes, uint32_t flags)
{
    *VEC_PUSH(&b->s, chunks) = (struct sched_chunk) {
        .tensor = (uint32_t)b->s.n_chunks, .producer = SCHED_NONE, .chip = chip, .bytes = bytes, .flags = flags};
    return (uint32_t)b->s.n_chunks - 1;
}

static inline uint32_t b_task(struct builder *b, uint32_t chip, uint64_t cycles)
{
    *VEC_PUSH(&b->s, tasks) = (struct sched_task) {
        .op = (uint32_t)b->s.n_tasks,
        .chip = chip,
        .tensor = 100 + (uint32_t)b->s.n_tasks,
        .cycles = cycles,
        .matrix_cycles = cycles,
        .first_input = (uint32_t)b->s.n_inputs,
        .first_output = (uint32_t)b->s.n_chunks,
    };
    return (uint32_t)b->s.n_tasks - 1;
}

/* Inputs and outputs of the task made last. */
static inline void b_input(struct builder *b, uint32_t chunk)
{
    struct sched_task *t = &b->s.tasks[b->s.n_tasks - 1];
    *VEC_PUSH(&b->s, inputs) = (struct sched_input) {.chunk = chunk, .operand = t->n_inputs++};
}

static inline uint32_t b_output(struct builder *b, uint32_t bytes, uint32_t flags)
{
    struct sched_task *t = &b->s.tasks[b->s.n_tasks - 1];
    *VEC_PUSH(&b->s, chunks) = (struct sched_chunk) {
        .tensor = t->tensor,
        .producer = (uint32_t)b->s.n_tasks - 1,
        .chip = t->chip,
        .bytes = bytes,
        .flags = flags,
    };
    t->n_outputs++;
    return (uint32_t)b->s.n_chunks - 1;
}

/* ---- memory ---- */

static inline uint64_t b_max(uint64_t a, uint64_t c)
{
    return a > c ? a : c;
}

static inline void b_command(struct builder *b, struct sched_dram_op o)
{
    *VEC_PUSH(b->p, dram) = o;
}

/* All banks closed. */
static inline uint64_t b_quiet(const struct builder *b, uint32_t channel)
{
    return b_max(b->bank_ready[channel][0], b->bank_ready[channel][1]);
}

static inline void b_refresh(struct builder *b, uint32_t channel)
{
    uint64_t at = b_quiet(b, channel);
    b_command(b, (struct sched_dram_op) {.channel = channel, .command = DRAM_REF, .transfer = SCHED_NONE, .cycle = at});
    b->refreshed[channel]++;
    b->bank_ready[channel][0] = b->bank_ready[channel][1] = at + b->s.machine.dram.rfc;
}

/* One row: ACT and `count` columns from column 0 on; the first column not before `earliest`. Returns the
 * end of the data. */
static inline uint64_t b_run(struct builder *b, uint32_t channel, bool write, uint32_t set, uint32_t row,
                             uint32_t count, uint32_t transfer, uint64_t earliest)
{
    const struct dram_timing *d = &b->s.machine.dram;
    uint64_t length = (count * 5u + 1) / 2, lead = d->rrd_s + d->rcd; /* 2.5 cycles each */
    uint64_t act = 0, column = 0, last;
    for (;;) {
        act = b_max(b_max(b->bank_ready[channel][set], b->act_free[channel]), B_LAUNCH);
        uint64_t turn = b->column_free[channel] + (b->last_was_write[channel] != write ? 16 : 0);
        column = b_max(b_max(act + lead, turn), earliest);
        act = column - lead;
        if (column + length + 40 <= (b->refreshed[channel] + 1) * d->refi) {
            break;
        }
        b_refresh(b, channel);
    }
    b_command(
        b, (struct sched_dram_op) {
               .channel = channel, .command = DRAM_ACT, .set = set, .row = row, .transfer = SCHED_NONE, .cycle = act});
    b_command(b, (struct sched_dram_op) {.channel = channel,
                                         .command = write ? DRAM_WR : DRAM_RD,
                                         .set = set,
                                         .row = row,
                                         .count = count,
                                         .transfer = transfer,
                                         .cycle = column});
    last = column + (count - 1) * 5u / 2;
    uint64_t closed = write ? last + d->cwl + 3 + d->wr : last + d->rtp;
    b->bank_ready[channel][set] = b_max(closed, act + d->rrd_s + d->ras) + d->rp;
    b->act_free[channel] = act + d->faw;
    b->column_free[channel] = column + length;
    b->last_was_write[channel] = write;
    return column + (write ? d->cwl : d->cl) + length;
}

/* ---- transfers ---- */

/* Links from an endpoint to another, chip link included. */
static inline uint32_t b_path(const struct builder *b, uint32_t from, uint32_t to, uint32_t *links)
{
    const struct sched_endpoint *e = b->s.machine.endpoints;
    uint32_t n = 0;
    if (e[from].chip != e[to].chip) {
        uint32_t port = e[from].chip * B_PER_CHIP + 3, far = e[to].chip * B_PER_CHIP + 3;
        n = b_path(b, from, port, links);
        links[n++] = e[port].neighbour;
        return n + b_path(b, far, to, links + n);
    }
    links[n++] = e[from].inject;
    if (e[from].router != e[to].router) {
        links[n++] = e[from].chip * B_LINKS_PER_CHIP + 8 + e[from].router % 2;
    }
    links[n++] = e[to].eject;
    return n;
}

/* Adds the path to the tree of the last transfer; links that it shares with an earlier path are shared. */
static inline void b_grow(struct builder *b, struct sched_transfer *t, uint32_t from, uint32_t to)
{
    uint32_t links[16], n = b_path(b, from, to, links), at = SCHED_NONE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;
        while (k < t->n_hops &&
               (b->p->hops[t->first_hop + k].parent != at || b->p->hops[t->first_hop + k].link != links[i])) {
            k++;
        }
        if (k == t->n_hops) {
            *VEC_PUSH(b->p, hops) =
                (struct sched_hop) {.transfer = (uint32_t)b->p->n_transfers - 1, .link = links[i], .parent = at};
            t->n_hops++;
        }
        at = k;
    }
}

/* Starts of a rigid piece of the tree: hop k is injected, not before `earliest`. */
static inline void b_place_rigid(struct builder *b, struct sched_transfer *t, uint32_t k, uint64_t earliest)
{
    struct sched_hop *h = &b->p->hops[t->first_hop];
    uint64_t offset[16] = {0}, start = earliest;
    bool in[16] = {false};
    for (uint32_t i = k; i < t->n_hops; i++) {
        uint32_t parent = h[i].parent;
        in[i] = i == k || (parent != SCHED_NONE && parent >= k && in[parent] && h[i].link < 2 * B_LINKS_PER_CHIP);
        if (!in[i]) {
            continue;
        }
        offset[i] = i == k ? 0 : offset[parent] + b->s.machine.links[h[parent].link].latency;
        if (b->link_free[h[i].link] > start + offset[i]) {
            start = b->link_free[h[i].link] - offset[i];
        }
    }
    for (uint32_t i = k; i < t->n_hops; i++) {
        if (in[i]) {
            h[i].start = start + offset[i];
            b->link_free[h[i].link] = h[i].start + t->flits;
        }
    }
}

/* A chip link and what lies behind it; k is its hop, its parent is placed. */
static inline void b_place_chip(struct builder *b, struct sched_transfer *t, uint32_t k)
{
    struct sched_hop *h = &b->p->hops[t->first_hop];
    uint64_t *line = &b->link_free[h[k].link];
    uint64_t stands = h[h[k].parent].start + t->flits - 1 + 1; /* eject latency 1 */
    h[k].start = b_max(stands, *line / B_NUM);
    *line = b_max(h[k].start * B_NUM, *line) + (uint64_t)t->flits * B_FLIT * B_DEN;
    uint64_t arrived = (*line + B_NUM - 1) / B_NUM + 10;
    for (uint32_t i = k + 1; i < t->n_hops; i++) {
        if (h[i].parent == k) {
            b_place_rigid(b, t, i, arrived + b->s.machine.guard_cycles);
        }
    }
}

/* A piece from one endpoint to others, not before `earliest`; memory at either end is read or written at
 * (set, row). Returns when it is complete at the last of them: usable, or written. */
static inline uint64_t b_send(struct builder *b, uint32_t chunk, uint32_t offset, uint32_t bytes, uint32_t from,
                              const uint32_t *to, uint32_t n_to, uint32_t set, uint32_t row, uint64_t earliest)
{
    const struct sched_endpoint *e = b->s.machine.endpoints;
    struct sched_transfer *t = VEC_PUSH(b->p, transfers);
    uint32_t number = (uint32_t)b->p->n_transfers - 1, bursts = (bytes + 63) / 64;
    *t = (struct sched_transfer) {
        .chunk = chunk,
        .offset = offset,
        .bytes = bytes,
        .flits = (bytes + B_FLIT - 1) / B_FLIT,
        .class_of = chunk == SCHED_CONTROL ? CLASS_CONTROL : CLASS_DATA,
        .first_hop = (uint32_t)b->p->n_hops,
    };
    for (uint32_t i = 0; i < n_to; i++) {
        b_grow(b, t, from, to[i]);
    }
    if (e[from].kind == 1) {
        uint32_t channel = e[from].chip, done = 0;
        uint64_t data = 0;
        for (uint32_t r = row; done < bursts; r++, done += 32) {
            data =
                b_run(b, channel, false, (set + r) % 2, r, bursts - done < 32 ? bursts - done : 32, number, earliest);
        }
        earliest = b_max(earliest, data);
    }
    b_place_rigid(b, t, 0, earliest);
    uint64_t end = 0;
    for (uint32_t k = 0; k < t->n_hops; k++) {
        struct sched_hop *h = &b->p->hops[t->first_hop + k];
        if (h->link >= 2 * B_LINKS_PER_CHIP) {
            b_place_chip(b, t, k);
        }
        for (uint32_t x = 0; x < 2 * B_PER_CHIP; x++) {
            if (h->link != e[x].eject || e[x].kind == 2) {
                continue;
            }
            uint64_t there = h->start + t->flits;
            end = b_max(end, e[x].kind == 0 ? there
                                            : b_run(b, e[x].chip, true, (set + row) % 2, row, bursts, number, there));
        }
    }
    return end;
}

/* ---- units and SRAM ---- */

static inline size_t b_place(struct builder *b, uint32_t unit, uint32_t address, uint32_t bytes, uint32_t chunk,
                             uint64_t from, uint64_t to, uint32_t initial)
{
    *VEC_PUSH(b->p, sram) = (struct sched_sram) {
        .unit = unit, .address = address, .bytes = bytes, .chunk = chunk, .initial = initial, .from = from, .to = to};
    return b->p->n_sram - 1;
}

static inline uint64_t b_op(struct builder *b, uint32_t task, uint32_t unit, uint64_t earliest, uint64_t *start)
{
    uint64_t at = b_max(b_max(earliest, b->unit_free[unit]), b_max(b->booted[unit], B_LAUNCH));
    uint64_t finish = at + b->s.machine.toggle_cycles + b->s.tasks[task].cycles;
    *VEC_PUSH(b->p, ops) = (struct sched_op) {.task = task, .unit = unit, .start = at, .finish = finish, .off = finish};
    b->unit_free[unit] = finish;
    *start = at;
    return finish;
}

/* The table of entries and the staging buffers of every unit; a cold program loads the table first. */
static inline void b_boot(struct builder *b, bool cold)
{
    static const uint32_t staging[B_UNITS] = {B_STAGING, 2 * B_STAGING, B_STAGING, 2 * B_STAGING};
    for (uint32_t u = 0; u < B_UNITS; u++) {
        b_place(b, u, 0, B_TABLE, SCHED_CONTROL, 0, UINT64_MAX, !cold);
        b_place(b, u, B_TABLE, staging[u], SCHED_NONE, 0, UINT64_MAX, 0);
        uint32_t to = u / 2 * B_PER_CHIP + u % 2;
        for (uint32_t offset = 0; cold && offset < SCHED_BOOT_BYTES; offset += B_PIECE) {
            uint32_t row = 100 + u * 8 + offset / B_PIECE * 2;
            uint64_t there =
                b_send(b, SCHED_CONTROL, offset, B_PIECE, u / 2 * B_PER_CHIP + 2, &to, 1, 0, row, B_LAUNCH);
            b->booted[u] = b_max(b->booted[u], there);
        }
    }
    uint64_t all = b_max(b_max(b->booted[0], b->booted[1]), b_max(b->booted[2], b->booted[3]));
    for (uint32_t u = 0; u < B_UNITS; u++) {
        b->booted[u] = all;
    }
}

/* ---- order, phases ---- */

static inline int b_by_dram(const void *a, const void *c)
{
    const struct sched_dram_op *x = a, *y = c;
    if (x->channel != y->channel) {
        return x->channel < y->channel ? -1 : 1;
    }
    return (x->cycle > y->cycle) - (x->cycle < y->cycle);
}

static inline int b_by_op(const void *a, const void *c)
{
    const struct sched_op *x = a, *y = c;
    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return (x->unit > y->unit) - (x->unit < y->unit);
}

static inline int b_by_sram(const void *a, const void *c)
{
    const struct sched_sram *x = a, *y = c;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->from != y->from) {
        return x->from < y->from ? -1 : 1;
    }
    return (x->address > y->address) - (x->address < y->address);
}

static inline void b_sort(struct sched_program *p)
{
    qsort(p->ops, p->n_ops, sizeof *p->ops, b_by_op);
    qsort(p->dram, p->n_dram, sizeof *p->dram, b_by_dram);
    qsort(p->sram, p->n_sram, sizeof *p->sram, b_by_sram);
}

/* The table of phases, cycle by cycle. */
static inline void b_phases(struct sched_program *p)
{
    p->n_phases = 0;
    for (uint64_t t = 0; t < p->makespan && t < 100000; t++) { /* a test may have spoilt it */
        struct sched_phase now = {.start = t};
        bool change = t == 0;
        for (size_t i = 0; i < p->n_ops; i++) {
            change = change || p->ops[i].start == t || p->ops[i].off == t;
            now.units_on += p->ops[i].start <= t && t < p->ops[i].off;
            now.tasks += p->ops[i].start == t;
        }
        if (change) {
            *VEC_PUSH(p, phases) = now;
        }
        for (size_t i = 0; i < p->n_transfers; i++) {
            p->phases[p->n_phases - 1].transfers += p->hops[p->transfers[i].first_hop].start == t;
        }
    }
}

static inline void b_finish(struct builder *b)
{
    b->p->makespan = b->complete;
    for (uint32_t c = 0; c < B_CHANNELS; c++) {
        while (b->refreshed[c] < b->complete / b->s.machine.dram.refi) {
            b_refresh(b, c);
        }
    }
    for (size_t i = 0; i < b->p->n_sram; i++) {
        if (b->p->sram[i].to > b->p->makespan) {
            b->p->sram[i].to = b->p->makespan;
        }
    }
    b_sort(b->p);
    b_phases(b->p);
}

#endif
