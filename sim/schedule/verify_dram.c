/* SPDX-License-Identifier: Apache-2.0 */
/* verify_dram.c - each channel's commands against the timing table, one by one in order of time.
 *
 *     ACT --rcd--> RD/WR ... --rtp / cwl + burst + wr--> (precharge, not before ACT + ras) --rp--> ACT
 *
 * Row commands (ACT, REF) and column commands (RD, WR) have a bus each; data follow cl or cwl later. */
#include <stdlib.h>
#include <string.h>

#include "sim/schedule/dram_expand.h"
#include "sim/schedule/verify.h"

typedef unsigned long long ull;

struct bank {
    bool open;
    uint32_t row;
    uint64_t act;
    uint64_t ready; /* row closed and precharged, if no more columns come */
};

/* Cycle + 1 of the last command of a kind; 0: there was none. */
struct group {
    uint64_t act, column, write;
};

struct channel {
    struct verify *v;
    const struct dram_timing *d;
    const char *name;
    struct bank *banks;
    struct group *groups;
    struct group any;
    uint64_t acts[4]; /* the last four, +1, as a ring */
    uint32_t n_acts;
    uint64_t refresh_end, n_refresh;
    struct exact_time burst, bus; /* length of a burst; data bus free */
};

#define FAIL(c, rule, ...) verify_fail((c)->v, rule, (c)->name, __VA_ARGS__)

static void want(struct channel *c, const struct dram_single *x, uint64_t allowed, const char *why)
{
    static const char *const names[DRAM_COMMANDS] = {"ACT", "RD", "WR", "REF"};
    if (x->cycle < allowed) {
        FAIL(c, "dram-timing", "%s of bank %u at %llu: not before %llu, by %s", names[x->command], x->bank,
             (ull)x->cycle, (ull)allowed, why);
    }
}

/* Not sooner than `gap` after a command remembered as cycle + 1. */
static void want_gap(struct channel *c, const struct dram_single *x, uint64_t last, uint64_t gap, const char *why)
{
    if (last) {
        want(c, x, last - 1 + gap, why);
    }
}

/* ---- row commands ---- */

static void activate(struct channel *c, const struct dram_single *x)
{
    const struct dram_timing *d = c->d;
    struct bank *b = &c->banks[x->bank];
    struct group *g = &c->groups[dram_group(d, x->bank)];
    want(c, x, c->refresh_end, "rfc");
    want(c, x, b->ready, "ras, rtp, wr and rp of its last row");
    want_gap(c, x, g->act, d->rrd_l, "rrd_l");
    want_gap(c, x, c->any.act, d->rrd_s, "rrd_s");
    want_gap(c, x, c->acts[c->n_acts % 4], d->faw, "faw");
    c->acts[c->n_acts++ % 4] = g->act = c->any.act = x->cycle + 1;
    *b = (struct bank) {.open = true, .row = x->row, .act = x->cycle, .ready = x->cycle + d->ras + d->rp};
}

static void refresh(struct channel *c, const struct dram_single *x)
{
    want(c, x, c->refresh_end, "rfc");
    for (uint32_t i = 0; i < c->d->banks; i++) {
        want(c, x, c->banks[i].ready, "a row that is not closed");
        c->banks[i].open = false;
    }
    c->refresh_end = x->cycle + c->d->rfc;
    c->n_refresh++;
    if (c->d->refi > 0 && x->cycle > c->n_refresh * c->d->refi) {
        FAIL(c, "dram-refresh", "REF number %llu at %llu, it is due by %llu", (ull)c->n_refresh, (ull)x->cycle,
             (ull)(c->n_refresh * c->d->refi));
    }
}

/* ---- column commands ---- */

/* The stream whose data this run carries; NULL when its transfer does not come from, or go to, here. */
static struct verify_stream *stream_of(struct channel *c, const struct sched_dram_op *o)
{
    struct verify *v = c->v;
    const struct sched_transfer *t = &v->p->transfers[o->transfer];
    uint32_t endpoint = sched_channel_endpoint(v->m, o->channel);
    if (o->command == DRAM_RD) {
        return verify_hop(v, t, 0)->link == v->m->endpoints[endpoint].inject ? &v->reads[o->transfer] : NULL;
    }
    for (uint32_t h = 0; h < t->n_hops; h++) {
        if (verify_hop(v, t, h)->link == v->m->endpoints[endpoint].eject) {
            return &v->writes[t->first_hop + h];
        }
    }
    return NULL;
}

static void carry(struct channel *c, const struct dram_single *x, uint64_t end)
{
    const struct sched_dram_op *o = &c->v->p->dram[x->op];
    struct verify_stream *s = stream_of(c, o);
    if (!s) {
        if (x->cycle == o->cycle) {
            FAIL(c, "dram-run", "%s at %llu: transfer %u does not %s here", o->command == DRAM_RD ? "RD" : "WR",
                 (ull)o->cycle, o->transfer, o->command == DRAM_RD ? "begin" : "end");
        }
        return;
    }
    if (s->bursts++ == 0) {
        s->first = x->cycle + (o->command == DRAM_RD ? c->d->cl : 0);
    }
    s->end = end > s->end ? end : s->end;
}

/* Data follow each other on the bus in the order of the commands. Returns when these are complete. */
static uint64_t use_bus(struct channel *c, const struct dram_single *x)
{
    uint64_t latency = x->command == DRAM_RD ? c->d->cl : c->d->cwl;
    struct exact_time t0 = {x->cycle + latency, 0};
    if (c->bus.cycle > t0.cycle) {
        FAIL(c, "dram-bus", "data of the command at %llu belong on the bus at %llu, it is in use until %llu",
             (ull)x->cycle, (ull)t0.cycle, (ull)exact_ceil(c->bus));
    } else if (exact_before(t0, c->bus)) {
        t0 = c->bus;
    }
    c->bus = exact_add(t0, c->burst, c->d->rate.num);
    return exact_ceil(c->bus);
}

static void column(struct channel *c, const struct dram_single *x)
{
    const struct dram_timing *d = c->d;
    struct bank *b = &c->banks[x->bank];
    struct group *g = &c->groups[dram_group(d, x->bank)];
    uint64_t burst = exact_ceil(c->burst);
    if (!b->open || b->row != x->row) {
        FAIL(c, "dram-row", "row %u of bank %u is not open at %llu", x->row, x->bank, (ull)x->cycle);
    } else {
        want(c, x, b->act + d->rcd, "rcd");
    }
    want(c, x, c->refresh_end, "rfc");
    want_gap(c, x, g->column, d->ccd_l, "ccd_l");
    want_gap(c, x, c->any.column, d->ccd_s, "ccd_s");
    g->column = c->any.column = x->cycle + 1;
    uint64_t closed = x->cycle + d->rtp;
    if (x->command == DRAM_RD) {
        want_gap(c, x, g->write, d->cwl + burst + d->wtr_l, "wtr_l");
        want_gap(c, x, c->any.write, d->cwl + burst + d->wtr_s, "wtr_s");
    } else {
        closed = x->cycle + d->cwl + burst + d->wr;
        g->write = c->any.write = x->cycle + 1;
    }
    b->ready = closed + d->rp > b->ready ? closed + d->rp : b->ready;
    carry(c, x, use_bus(c, x));
}

/* ---- a channel ---- */

static void walk(struct channel *c, const struct dram_singles *all)
{
    for (size_t i = 0; i < all->n_commands; i++) {
        const struct dram_single *x = &all->commands[i];
        if (x->command == DRAM_REF) {
            refresh(c, x);
            continue;
        }
        if (x->cycle < c->v->m->launch_cycles) {
            FAIL(c, "before-launch", "a command at %llu, before the launch at %llu", (ull)x->cycle,
                 (ull)c->v->m->launch_cycles);
        }
        if (x->command == DRAM_ACT) {
            activate(c, x);
        } else {
            column(c, x);
        }
    }
    uint64_t due = c->d->refi > 0 ? c->v->p->makespan / c->d->refi : 0;
    if (c->n_refresh < due) {
        FAIL(c, "dram-refresh", "%llu refreshes by %llu, %llu are due", (ull)c->n_refresh, (ull)c->v->p->makespan,
             (ull)due);
    }
}

static void channel_begin(struct channel *c, struct verify *v, uint32_t channel, char *name)
{
    struct bank *banks = c->banks;
    struct group *groups = c->groups;
    const struct dram_timing *d = &v->m->dram;
    memset(banks, 0, d->banks * sizeof *banks);
    memset(groups, 0, d->groups * sizeof *groups);
    *c = (struct channel) {.v = v, .d = d, .banks = banks, .groups = groups, .name = name};
    c->burst = exact_duration(d->rate, d->burst_bytes);
    sched_channel_name(name, v->m, channel);
}

void verify_dram(struct verify *v)
{
    if (v->n_channels == 0) {
        return;
    }
    struct channel c = {
        .banks = mem_alloc_array(v->m->dram.banks, sizeof *c.banks),
        .groups = mem_alloc_array(v->m->dram.groups, sizeof *c.groups),
    };
    struct dram_singles all = {0};
    size_t first = 0;
    for (uint32_t channel = 0; channel < v->n_channels; channel++) {
        char name[SCHED_NAME_MAX];
        channel_begin(&c, v, channel, name);
        size_t end = first;
        if (first < v->p->n_dram && v->p->dram[first].channel == channel) {
            end = dram_channel_end(v->p, first);
        }
        dram_expand(&v->m->dram, v->p->dram, first, end, &all);
        walk(&c, &all);
        first = end;
    }
    free(c.banks);
    free(c.groups);
    free(all.commands);
}
