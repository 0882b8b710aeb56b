/* SPDX-License-Identifier: Apache-2.0 */
/* test_dram_plan.c - planned runs against a checker that looks at single commands only, pair by pair. */
#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/compile/dram_plan.h"

/* One command of one bank. */
struct single {
    uint64_t cycle;
    uint32_t bank, group;
    enum { ACT, READ, WRITE } kind;
    uint32_t run;
};

struct singles {
    VEC(struct single, all);
};

static uint32_t group_of(const struct dram_timing *t, uint32_t set, uint32_t member)
{
    return (set * t->interleave + member) % t->groups;
}

static uint32_t bank_of(const struct dram_timing *t, uint32_t set, uint32_t member)
{
    uint32_t per_group = t->banks / t->groups;
    return group_of(t, set, member) * per_group + set * t->interleave / t->groups % per_group;
}

static void expand(const struct dram_rules *r, const struct dram_channel *c, struct singles *s)
{
    const struct dram_timing *t = r->t;
    for (uint32_t i = 0; i < c->n_runs; i++) {
        const struct dram_run *x = &c->runs[i];
        for (uint32_t j = 0; j < t->interleave; j++) {
            *VEC_PUSH(s, all) = (struct single) {.cycle = x->command - r->lead + (uint64_t)j * t->rrd_s,
                                                 .bank = bank_of(t, x->set, j),
                                                 .group = group_of(t, x->set, j),
                                                 .kind = ACT,
                                                 .run = i};
        }
        for (uint32_t q = 0; q < x->count; q++) {
            uint64_t at = x->command + (x->phase + q * (uint64_t)t->burst_bytes * t->rate.den) / t->rate.num;
            *VEC_PUSH(s, all) = (struct single) {.cycle = at,
                                                 .bank = bank_of(t, x->set, q % t->interleave),
                                                 .group = group_of(t, x->set, q % t->interleave),
                                                 .kind = x->write ? WRITE : READ,
                                                 .run = i};
        }
    }
}

static uint64_t gap(const struct single *a, const struct single *b)
{
    return b->cycle - a->cycle;
}

/* b is not before a. */
static void check_pair(const struct dram_timing *t, const struct single *a, const struct single *b)
{
    uint64_t burst = ceil_div((uint64_t)t->burst_bytes * t->rate.den, t->rate.num);
    bool column = a->kind != ACT && b->kind != ACT, same = a->group == b->group;
    if (a->kind == ACT && b->kind == ACT) {
        assert_true(gap(a, b) >= (same ? t->rrd_l : t->rrd_s));
    }
    if (column) {
        assert_true(gap(a, b) >= (same ? t->ccd_l : t->ccd_s));
    }
    if (a->kind == WRITE && b->kind == READ) {
        assert_true(gap(a, b) >= t->cwl + burst + (same ? t->wtr_l : t->wtr_s));
    }
    if (a->bank != b->bank) {
        return;
    }
    if (a->kind == ACT && b->kind != ACT && a->run == b->run) {
        assert_true(gap(a, b) >= t->rcd);
    }
    if (a->kind == ACT && b->kind == ACT) {
        assert_true(gap(a, b) >= t->ras + t->rp);
    }
    if (a->kind == READ && b->kind == ACT) {
        assert_true(gap(a, b) >= t->rtp + t->rp);
    }
    if (a->kind == WRITE && b->kind == ACT) {
        assert_true(gap(a, b) >= t->cwl + burst + t->wr + t->rp);
    }
}

static int by_cycle(const void *a, const void *b)
{
    const struct single *x = a, *y = b;
    return x->cycle < y->cycle ? -1 : x->cycle > y->cycle;
}

static void check_windows(const struct dram_timing *t, const struct singles *s)
{
    uint64_t acts[5] = {0};
    uint32_t n = 0;
    for (size_t i = 0; i < s->n_all; i++) {
        if (s->all[i].kind == ACT) {
            assert_true(n < 4 || s->all[i].cycle - acts[n % 4] >= t->faw);
            acts[n++ % 4] = s->all[i].cycle;
        }
    }
}

/* Between two refreshes all is opened, moved and closed. */
static void check_refreshes(const struct dram_rules *r, const struct singles *s)
{
    const struct dram_timing *t = r->t;
    uint64_t burst = ceil_div((uint64_t)t->burst_bytes * t->rate.den, t->rate.num);
    for (size_t i = 0; i < s->n_all; i++) {
        const struct single *x = &s->all[i];
        uint64_t closed = x->kind == ACT    ? x->cycle + t->ras + t->rp
                          : x->kind == READ ? x->cycle + t->rtp + t->rp
                                            : x->cycle + t->cwl + burst + t->wr + t->rp;
        for (uint64_t k = 1; dram_refresh(r, k) < closed + t->refi; k++) {
            uint64_t ref = dram_refresh(r, k);
            assert_true(ref <= k * t->refi);
            assert_true(closed <= ref || x->cycle >= ref + t->rfc);
        }
    }
}

/* Data of two runs never share the bus, in ticks of 1/num cycle. */
static void check_bus(const struct dram_rules *r, const struct dram_channel *c)
{
    uint64_t num = r->t->rate.num, free_at = 0;
    for (size_t i = 0; i < c->n_runs; i++) {
        uint64_t edge = dram_data_start(r, &c->runs[i]) * num, first = edge + c->runs[i].phase;
        assert_true(first >= free_at && first < edge + num);
        assert_int_equal(first, edge > free_at ? edge : free_at); /* max(edge, bus free): what the format says */
        free_at = first + c->runs[i].count * (uint64_t)r->t->burst_bytes * r->t->rate.den;
        assert_true(free_at <= dram_data_end(r, &c->runs[i]) * num);
    }
}

static void check_channel(const struct dram_rules *r, const struct dram_channel *c)
{
    struct singles s = {0};
    expand(r, c, &s);
    qsort(s.all, s.n_all, sizeof *s.all, by_cycle);
    for (size_t i = 0; i < s.n_all; i++) {
        for (size_t j = i + 1; j < s.n_all && j < i + 400; j++) {
            check_pair(r->t, &s.all[i], &s.all[j]);
        }
    }
    check_windows(r->t, &s);
    check_refreshes(r, &s);
    check_bus(r, c);
    free(s.all);
}

static void machine_of(struct machine *m, uint32_t timing, uint64_t clock)
{
    struct machine_spec spec = fixture_spec(1, 2, 2);
    spec.timing = timing;
    spec.clock_hz = clock;
    spec.channels = 8;
    spec.memory_bandwidth =
        memory_generations[timing].width_bits / 8 * memory_generations[timing].pin_bits_per_second * 8;
    fixture_machine(m, &spec);
}

static void plan_random(struct dram_rules *r, struct dram_channel *c, uint64_t seed, int n)
{
    for (int i = 0; i < n; i++) {
        seed = mix64(seed, 7);
        struct dram_run run = {.set = (uint32_t)(seed % r->sets),
                               .count = 1 + (uint32_t)(seed / 64 % r->columns),
                               .write = seed / 8192 % 4 == 0,
                               .transfer = (uint32_t)i};
        uint64_t earliest = seed / 65536 % 20000;
        dram_find(r, c, earliest, &run);
        assert_true(run.command >= earliest);
        dram_take(r, c, &run);
    }
}

static void runs_in_any_order_keep_the_whole_timing_table(void **state)
{
    (void)state;
    static const uint32_t timings[] = {MEMORY_HBM2, MEMORY_HBM2E, MEMORY_HBM3};
    static const uint64_t clocks[] = {1000000000, 1755000000, 900000000};
    for (uint32_t i = 0; i < 9; i++) {
        struct machine m;
        machine_of(&m, timings[i % 3], clocks[i / 3]);
        struct dram_rules r;
        struct dram_channel c = {.gate = 300};
        dram_rules_init(&r, &m.dram);
        r.shift = i * 100;
        plan_random(&r, &c, i + 1, 150);
        check_channel(&r, &c);
        assert_true(c.runs[0].command - r.lead >= 300);
        free(c.runs);
        machine_free(&m);
    }
}

static void a_stream_over_all_sets_fills_the_bus_between_refreshes(void **state)
{
    (void)state;
    struct machine m;
    machine_of(&m, MEMORY_HBM2E, 1755000000);
    struct dram_rules r;
    struct dram_channel c = {0};
    dram_rules_init(&r, &m.dram);
    for (uint32_t i = 0; i < 40; i++) {
        struct dram_run run = {.set = i % r.sets, .row = i / r.sets, .count = r.columns, .transfer = i};
        dram_find(&r, &c, 0, &run);
        dram_take(&r, &c, &run);
    }
    uint64_t row = r.columns * (uint64_t)m.dram.burst_bytes * m.dram.rate.den; /* 70.2 cycles: none is lost */
    assert_true(row % m.dram.rate.num != 0);
    assert_int_equal(c.runs[39].command - c.runs[0].command, 39 * row / m.dram.rate.num);
    assert_int_equal(c.runs[39].phase, 39 * row % m.dram.rate.num);
    check_channel(&r, &c);
    free(c.runs);
    machine_free(&m);
}

static void a_run_goes_into_a_gap_that_an_earlier_search_left(void **state)
{
    (void)state;
    struct machine m;
    machine_of(&m, MEMORY_HBM2E, 1755000000);
    struct dram_rules r;
    struct dram_channel c = {0};
    dram_rules_init(&r, &m.dram);
    struct dram_run late = {.set = 0, .count = 4}, early = {.set = 1, .count = 4};
    dram_find(&r, &c, 2000, &late);
    dram_take(&r, &c, &late);
    dram_find(&r, &c, 100, &early);
    assert_int_equal(early.command, 100);
    dram_take(&r, &c, &early);
    assert_int_equal(c.runs[0].set, 1);
    free(c.runs);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_in_any_order_keep_the_whole_timing_table),
        cmocka_unit_test(a_stream_over_all_sets_fills_the_bus_between_refreshes),
        cmocka_unit_test(a_run_goes_into_a_gap_that_an_earlier_search_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
