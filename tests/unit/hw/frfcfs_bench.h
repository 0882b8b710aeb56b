/* SPDX-License-Identifier: Apache-2.0 */
/* frfcfs_bench.h - an FR-FCFS channel with slices that send a list of requests, and a check of every command. */
#ifndef TESTS_UNIT_HW_FRFCFS_BENCH_H
#define TESTS_UNIT_HW_FRFCFS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_bench.h"
#include "hw/hbm/frfcfs.h"
#include "hw/hbm/hbm_timing.h"
#include "sim/base/hash.h"

#define BENCH_SLICES 4u

/* 4 groups of 4 banks; bursts of 64 bytes take 2.5 cycles. */
static const struct dram_timing bench_dram = {.banks = 16,
                                              .groups = 4,
                                              .row_bytes = 1024,
                                              .burst_bytes = 64,
                                              .rcd = 14,
                                              .rp = 13,
                                              .ras = 34,
                                              .rrd_s = 4,
                                              .rrd_l = 6,
                                              .ccd_s = 2,
                                              .ccd_l = 5,
                                              .faw = 30,
                                              .wr = 16,
                                              .wtr_s = 6,
                                              .wtr_l = 9,
                                              .rtp = 7,
                                              .cl = 14,
                                              .cwl = 4,
                                              .rfc = 260,
                                              .refi = 3900,
                                              .interleave = 2,
                                              .rate = {128, 5}};

/* The request is visible to the channel in cycle `at`, or when its slice may send. tag = number in the list. */
struct sent {
    uint64_t at;
    uint32_t slice;
    struct dram_request r;
};

struct command {
    uint64_t cycle;
    enum frfcfs_command kind;
    uint32_t bank, row;
};

struct bench {
    struct core_bench core;
    struct frfcfs_params p;
    struct frfcfs *channel;
    struct mailbox *in[BENCH_SLICES], *out[BENCH_SLICES];
    VEC(struct sent, list);
    VEC(struct dram_reply, replies); /* by tag */
    VEC(struct command, commands);
    uint32_t next[BENCH_SLICES]; /* entry in list */
    uint32_t outstanding[BENCH_SLICES], most;
    uint32_t done;
    uint64_t channel_next, arrives; /* the channel wakes by itself, or because a request comes */
    bool every;
    uint32_t evaluations;
};

static inline void bench_command(void *self, uint64_t cycle, enum frfcfs_command kind, uint32_t bank, uint32_t row)
{
    struct bench *b = self;
    *VEC_PUSH(b, commands) = (struct command) {cycle, kind, bank, row};
}

static inline void bench_init(struct bench *b, const struct dram_timing *t, uint32_t queue, uint64_t seed)
{
    *b = (struct bench) {.most = 64};
    core_bench_init(&b->core);
    b->core.run.seed = seed;
    b->p = (struct frfcfs_params) {.name = "chip0.hbm0", .dram = t, .lines = 1u << 16, .slices = BENCH_SLICES};
    frfcfs_defaults(&b->p, queue);
}

static inline uint32_t bench_number(struct bench *b, const struct identity *id)
{
    return identity_number(&b->core.run.identities, id);
}
/* What request i has read. */
static inline const struct identity *bench_read(const struct bench *b, uint32_t i)
{
    return identity_at(&b->core.run.identities, b->replies[i].data);
}

static inline void bench_send(struct bench *b, uint64_t at, uint32_t slice, uint32_t line, uint8_t sectors, bool write)
{
    struct sent *s = VEC_PUSH(b, list);
    *s = (struct sent) {.at = at, .slice = slice};
    s->r = (struct dram_request) {.line = line, .sectors = sectors, .write = write, .tag = (uint32_t)b->n_list - 1};
    s->r.data = bench_number(b, &(struct identity) {.chunk = 1000000 + s->r.tag, .value = s->r.tag});
}

static inline void bench_take(struct bench *b, uint64_t cycle)
{
    for (uint32_t s = 0; s < BENCH_SLICES; s++) {
        const struct dram_reply *r;
        while ((r = mailbox_front(b->out[s], cycle)) != NULL) {
            assert_true(b->replies[r->tag].done == 0);
            assert_int_equal(cycle, r->done + b->p.latency);
            b->replies[r->tag] = *r;
            b->outstanding[s]--;
            b->done++;
            mailbox_pop(b->out[s]);
        }
    }
}

/* One request per slice and cycle. */
static inline uint64_t bench_give(struct bench *b, uint64_t cycle)
{
    uint64_t wake = CYCLE_NEVER;
    for (uint32_t s = 0; s < BENCH_SLICES; s++) {
        uint32_t *i = &b->next[s];
        while (*i < b->n_list && b->list[*i].slice != s)
            ++*i;
        if (*i == b->n_list || b->outstanding[s] == b->most)
            continue;
        if (b->list[*i].at <= cycle + 1) {
            mailbox_write(b->in[s], cycle + 1, &b->list[*i].r, sizeof b->list[*i].r);
            b->outstanding[s]++;
            ++*i;
            wake = b->arrives = cycle + 1;
        } else if (b->list[*i].at - 1 < wake) {
            wake = b->list[*i].at - 1;
        }
    }
    return wake;
}

static inline uint64_t bench_eval(void *self, uint64_t cycle)
{
    struct bench *b = self;
    bench_take(b, cycle);
    if (b->every || b->channel_next <= cycle || b->arrives == cycle) {
        b->channel_next = frfcfs_eval(b->channel, cycle);
        b->evaluations++;
        assert_true(b->channel_next > cycle);
    }
    uint64_t wake = bench_give(b, cycle);
    return wake < b->channel_next ? wake : b->channel_next;
}

static inline void bench_open(struct bench *b)
{
    b->channel = frfcfs_new(&b->p, &b->core.run);
    for (uint32_t s = 0; s < BENCH_SLICES; s++) {
        b->in[s] = core_bench_mail(&b->core, sizeof(struct dram_request), b->most + 1);
        b->out[s] = core_bench_mail(&b->core, sizeof(struct dram_reply), b->most + 1);
    }
    frfcfs_connect(b->channel, &b->core.counter, b->in, b->out);
    frfcfs_listen(b->channel, &(struct frfcfs_listener) {b, bench_command});
}

static inline void bench_run(struct bench *b, uint64_t end, bool every)
{
    VEC_RESERVE(b, replies, b->n_list + 1);
    memset(b->replies, 0, (b->n_list + 1) * sizeof *b->replies);
    b->every = every;
    core_bench_run(&b->core, bench_eval, b, end, every);
    frfcfs_end(b->channel, end);
}

static inline void bench_free(struct bench *b)
{
    frfcfs_free(b->channel);
    for (uint32_t s = 0; s < BENCH_SLICES; s++) {
        mailbox_free(b->in[s]);
        mailbox_free(b->out[s]);
    }
    core_bench_free(&b->core);
    free(b->list);
    free(b->replies);
    free(b->commands);
}

static inline struct dram_timing without_refresh(void)
{
    struct dram_timing t = bench_dram;
    t.refi = 0;
    return t;
}

/* bench_dram's cycles as ns, in cycles of a clock at which a burst takes less than one: of 0.8, 0.5, 0.875 and 0.125
 * cycles, by i mod 4. */
static inline struct dram_timing bench_slow(uint32_t i)
{
    static const struct {
        uint32_t mhz, mega_bytes, interleave;
    } clocks[] = {{400, 32000, 1}, {400, 51200, 2}, {700, 51200, 2}, {100, 51200, 2}};
    uint64_t mhz = clocks[i % 4].mhz, bytes = clocks[i % 4].mega_bytes;
    struct dram_timing t = bench_dram;
    uint32_t *spacings[] = {&t.rcd, &t.rp,    &t.ras,   &t.rrd_s, &t.rrd_l, &t.faw, &t.wr,
                            &t.cl,  &t.wtr_s, &t.wtr_l, &t.rtp,   &t.cwl,   &t.rfc};
    for (size_t k = 0; k < sizeof spacings / sizeof *spacings; k++)
        *spacings[k] = (uint32_t)ceil_div(*spacings[k] * mhz, 1000);
    t.refi = (uint32_t)(t.refi * mhz / 1000);
    t.interleave = clocks[i % 4].interleave;
    t.rate = (struct fraction) {bytes / fraction_gcd(bytes, mhz), mhz / fraction_gcd(bytes, mhz)};
    t.ccd_s = 0; /* whole cycles of what hides them: one burst, one of each bank of a set */
    t.ccd_l = (uint32_t)(t.burst_bytes * t.interleave * t.rate.den / t.rate.num);
    return t;
}

static inline void open_bench(struct bench *b, const struct dram_timing *t)
{
    bench_init(b, t, 64, 1);
    bench_open(b);
}

static inline uint64_t bench_last(const struct bench *b)
{
    uint64_t last = 0;
    for (size_t i = 0; i < b->n_list; i++)
        last = b->replies[i].done > last ? b->replies[i].done : last;
    return last;
}

#endif
