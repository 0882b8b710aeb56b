/* SPDX-License-Identifier: Apache-2.0 */
/* test_frfcfs.c - the controller: latencies by hand, order, fairness, and every command against the timing table. */
#include "frfcfs_bench.h"

static uint32_t bank_of(const struct dram_timing *t, uint32_t line)
{
    struct frfcfs_place p = frfcfs_place_of(t, line);
    return hbm_bank_of(t, p.set, p.column % t->interleave);
}

/* First line of another row of the set of line 0. */
static uint32_t conflicting_line(const struct dram_timing *t)
{
    uint32_t line = 16;
    while (frfcfs_place_of(t, line).set != frfcfs_place_of(t, 0).set)
        line += 16;
    return line;
}

static void lines_lie_in_different_places(void **state)
{
    (void)state;
    for (uint32_t interleave = 1; interleave <= 4; interleave *= 2) {
        struct dram_timing t = bench_dram;
        t.interleave = interleave;
        uint32_t lines = 1u << 14, columns = t.row_bytes / t.burst_bytes * interleave, sets = t.banks / interleave;
        uint8_t *seen = calloc(lines, 2);
        for (uint32_t line = 0; line < lines; line++) {
            struct frfcfs_place p = frfcfs_place_of(&t, line);
            assert_true(p.set < sets);
            for (uint32_t burst = 0; burst < 2; burst++) {
                uint32_t column = p.column + burst * interleave, at = (p.row * sets + p.set) * columns + column;
                assert_true(column < columns && at < 2 * lines);
                assert_int_equal(seen[at]++, 0);
            }
        }
        free(seen);
    }
}

static void neighbouring_rows_lie_in_different_sets(void **state)
{
    (void)state;
    for (uint32_t line = 16; line < 1u << 14; line += 16)
        assert_int_not_equal(frfcfs_place_of(&bench_dram, line).set, frfcfs_place_of(&bench_dram, line - 16).set);
}

static void a_read_waits_for_its_row_its_column_and_its_data(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    uint32_t other = conflicting_line(&t);
    bench_send(&b, 1, 0, 0, 0x3, false);           /* ACT 1, RD 15: data 29 .. 31.5 */
    bench_send(&b, 200, 0, 0, ALL_SECTORS, false); /* RD 200, 205: data 219 .. 221.5 */
    bench_send(&b, 300, 0, 1, ALL_SECTORS, false); /* other bank: ACT 300, RD 314, 319: data 333 .. 335.5 */
    bench_send(&b, 400, 0, 2, ALL_SECTORS, false); /* RD 400, 405 */
    bench_send(&b, 500, 0, other, 0x3, false);     /* PRE 500, ACT 513, RD 527: data 541 .. 543.5 */
    bench_run(&b, 1000, false);
    static const uint64_t done[] = {32, 222, 336, 422, 544};
    for (int i = 0; i < 5; i++)
        assert_int_equal(b.replies[i].done, done[i]);
    assert_int_equal(b.replies[2].done - b.replies[2].took, 300);
    const struct frfcfs_stats *s = frfcfs_stat(b.channel);
    assert_int_equal(s->commands[FRFCFS_ACT], 3);
    assert_int_equal(s->commands[FRFCFS_PRE], 1);
    assert_int_equal(s->commands[FRFCFS_RD], 8);
    assert_int_equal(s->hits, 5);
    assert_int_equal(s->misses, 2);
    assert_int_equal(s->conflicts, 1);
    assert_int_equal(s->read_latency, 31 + 22 + 36 + 22 + 44);
    assert_int_equal(s->bus_busy, 8 * 5 / 2);
    bench_free(&b);
}

static void two_lines_of_a_row_alternate_over_two_banks(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    bench_send(&b, 1, 0, 0, ALL_SECTORS, false); /* ACT 1; RD 15, then 19 + ccd_s = 21: data 35.5 .. 38 */
    bench_send(&b, 1, 1, 1, ALL_SECTORS, false); /* ACT 1 + rrd_s = 5; RD 19, then 19 + ccd_l = 24: data 38 .. 40.5 */
    bench_run(&b, 100, false);
    assert_int_equal(b.replies[0].done, 38);
    assert_int_equal(b.replies[1].done, 41);
    bench_free(&b);
}

static void a_read_behind_a_write_waits_for_the_turnaround(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    bench_send(&b, 1, 0, 0, 0x3, false);
    bench_send(&b, 1, 1, 1, 0x3, false);
    bench_send(&b, 200, 0, 0, 0x3, true);  /* WR 200, data 204 .. 206.5 */
    bench_send(&b, 201, 0, 2, 0x3, false); /* same bank: RD 200 + cwl 4 + burst 3 + wtr_l 9 = 216, data 230 .. 232.5 */
    bench_send(&b, 400, 0, 0, 0x3, true);  /* WR 400 */
    bench_send(&b, 401, 0, 1, 0x3, false); /* other group: RD 400 + 4 + 3 + wtr_s 6 = 413, data 427 .. 429.5 */
    bench_run(&b, 1000, false);
    assert_int_equal(b.replies[2].done, 207);
    assert_int_equal(frfcfs_soonest(b.channel), 6); /* cwl and whole cycles of a burst; a read takes longer */
    assert_int_equal(b.replies[3].done, 233);
    assert_int_equal(b.replies[5].done, 430);
    bench_free(&b);
}

static uint64_t first_refresh(uint64_t seed)
{
    struct bench b;
    bench_init(&b, &bench_dram, 64, seed);
    bench_open(&b);
    bench_run(&b, 5000, false);
    uint64_t at = 0;
    for (size_t i = b.n_commands; i-- > 0;)
        at = b.commands[i].kind == FRFCFS_REF ? b.commands[i].cycle : at;
    bench_free(&b);
    return at;
}

static void a_refresh_closes_all_rows_and_blocks(void **state)
{
    (void)state;
    uint64_t ref = first_refresh(1) + bench_dram.refi;
    for (uint32_t late = 0; late < 2; late++) {
        struct bench b;
        open_bench(&b, &bench_dram);
        bench_send(&b, ref - 200, 0, 0, 0x3, false);
        /* A read of the open row fits when rtp + rp pass before the refresh. */
        bench_send(&b, ref - 20 + late, 0, 2, 0x3, false);
        bench_run(&b, ref + 1000, false);
        assert_int_equal(b.replies[0].done, ref - 200 + 31);
        assert_int_equal(b.replies[1].done, late ? ref + 260 + 31 : ref - 20 + 17);
        assert_int_equal(frfcfs_stat(b.channel)->commands[FRFCFS_REF], 2);
        bench_free(&b);
    }
}

static void refreshes_come_at_different_times_by_seed_and_never_late(void **state)
{
    (void)state;
    assert_int_not_equal(first_refresh(1), first_refresh(2));
    for (uint64_t seed = 1; seed < 20; seed++)
        assert_true(first_refresh(seed) >= 1 && first_refresh(seed) <= bench_dram.refi);
}

static void memory_that_needs_no_refresh_gets_none(void **state)
{
    (void)state;
    struct dram_timing none = without_refresh();
    struct bench b;
    open_bench(&b, &none);
    for (uint32_t i = 1; i <= 4; i++)
        bench_send(&b, i * bench_dram.refi, 0, 0, 0x3, false);
    bench_run(&b, 5 * bench_dram.refi, false);
    frfcfs_end(b.channel, 5 * bench_dram.refi);
    /* The row that was opened for the first stays open: rcd once, cl and the bursts each time. */
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(b.replies[i].done, (i + 1) * bench_dram.refi + (i == 0 ? 31 : 17));
    assert_int_equal(frfcfs_stat(b.channel)->commands[FRFCFS_REF], 0);
    assert_true(frfcfs_first_refresh(b.channel) == CYCLE_NEVER);
    bench_free(&b);
}

/* ---- clocks at which a burst takes less than a cycle ---- */

static void columns_of_a_cycle_are_at_the_pace_of_the_bus(void **state)
{
    (void)state;
    struct dram_timing t = bench_slow(0); /* bursts of 0.8 cycles, one bank at a time */
    t.refi = 0;
    struct bench b;
    open_bench(&b, &t);
    for (uint32_t i = 0; i < 8; i++)
        bench_send(&b, 1, i % BENCH_SLICES, i, ALL_SECTORS, false);
    bench_run(&b, 100, false);
    assert_int_equal(b.n_commands, 1 + 16); /* ACT 1, RD from 7 on */
    for (uint32_t q = 0; q < 16; q++)
        assert_int_equal(b.commands[1 + q].cycle, 7 + q * 4 / 5);
    assert_int_equal(bench_last(&b), 7 + 6 + 13); /* 16 x 0.8 = 12.8 */
    assert_int_equal(frfcfs_stat(b.channel)->bus_busy, 12);
    assert_int_equal(frfcfs_stat(b.channel)->hits, 15);
    bench_free(&b);
}

static void a_turn_of_the_bus_ends_the_columns_of_a_cycle(void **state)
{
    (void)state;
    struct dram_timing t = bench_slow(1); /* two columns in a cycle */
    t.refi = 0;
    struct bench b;
    bench_init(&b, &t, 64, 1);
    b.p.turn_limit = 3;
    bench_open(&b);
    for (uint32_t i = 0; i < 40; i++)
        bench_send(&b, 1, i % 3, i, ALL_SECTORS, false);
    bench_send(&b, 30, 3, 5000, ALL_SECTORS, true);
    bench_run(&b, 300, false);
    uint32_t before = 0;
    size_t i = 0;
    for (; i < b.n_commands && b.commands[i].kind != FRFCFS_WR; i++)
        before += b.commands[i].kind == FRFCFS_RD && b.commands[i].cycle >= 30;
    assert_true(i < b.n_commands);
    assert_int_equal(before, 3);
    bench_free(&b);
}

/* ---- random streams ---- */

/* Few lines: many rows, banks and lines are met again. */
static void random_requests(struct bench *b, uint64_t seed, uint32_t n, uint32_t lines, uint32_t write_part)
{
    uint64_t at = 1;
    for (uint32_t i = 0; i < n; i++) {
        seed = mix64(seed, i);
        at += seed % 64 == 0 ? seed / 64 % 3000 : seed / 64 % 6;
        uint8_t sectors = (uint8_t)(1 + (seed >> 20) % 15);
        bench_send(b, at, (seed >> 30) % BENCH_SLICES, (uint32_t)(seed >> 40) % lines, sectors,
                   (seed >> 34) % 16 < write_part);
    }
}

static void run_random(struct bench *b, const struct dram_timing *t, uint64_t seed, uint64_t shuffle, bool every)
{
    static const uint32_t lines[] = {8, 300, 40000};
    bench_init(b, t, seed % 2 ? 64 : 5, seed);
    b->core.run.shuffle = shuffle;
    b->p.latency = (uint32_t)seed % 3;
    b->most = 40;
    bench_open(b);
    random_requests(b, seed, 1500, lines[seed % 3], (uint32_t)seed % 9);
    bench_run(b, 400000, every);
    assert_int_equal(b->done, 1500);
    assert_true(frfcfs_idle(b->channel));
}

static uint64_t latest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What one command forbids another: JESD235's spacings from the list of single commands alone. */
static uint64_t allowed_after(const struct dram_timing *t, const struct command *a, const struct command *b)
{
    uint32_t per_group = t->banks / t->groups, burst = (uint32_t)ceil_div(t->burst_bytes * t->rate.den, t->rate.num);
    bool every = a->bank == UINT32_MAX || b->bank == UINT32_MAX, bank = every || a->bank == b->bank;
    bool group = !every && a->bank / per_group == b->bank / per_group;
    bool column = a->kind == FRFCFS_RD || a->kind == FRFCFS_WR;
    uint64_t gap = 0;
    switch (b->kind) {
    case FRFCFS_ACT:
        gap = a->kind == FRFCFS_ACT ? (group ? t->rrd_l : t->rrd_s) : gap;
        gap = a->kind == FRFCFS_PRE && bank ? latest(gap, t->rp) : gap;
        gap = a->kind == FRFCFS_REF ? latest(gap, t->rfc) : gap;
        break;
    case FRFCFS_RD:
    case FRFCFS_WR:
        gap = a->kind == FRFCFS_ACT && bank ? t->rcd : gap;
        gap = column ? (group ? t->ccd_l : t->ccd_s) : gap;
        if (a->kind == FRFCFS_WR && b->kind == FRFCFS_RD)
            gap = latest(gap, t->cwl + burst + (group ? t->wtr_l : t->wtr_s));
        break;
    case FRFCFS_PRE:
        gap = a->kind == FRFCFS_ACT && bank ? t->ras : gap;
        gap = a->kind == FRFCFS_RD && bank ? t->rtp : gap;
        gap = a->kind == FRFCFS_WR && bank ? t->cwl + burst + t->wr : gap;
        break;
    default:
        gap = a->kind == FRFCFS_PRE ? t->rp : a->kind == FRFCFS_REF ? t->refi : 0;
    }
    return a->cycle + gap;
}

/* Rows: columns only to the open row, ACT only to a closed bank, REF with all closed. */
static void check_rows(const struct dram_timing *t, const struct bench *b)
{
    uint32_t row[16];
    uint64_t refreshes = 0;
    memset(row, 0xff, sizeof row);
    for (size_t i = 0; i < b->n_commands; i++) {
        const struct command *x = &b->commands[i];
        if (x->kind == FRFCFS_ACT) {
            assert_int_equal(row[x->bank], UINT32_MAX);
            row[x->bank] = x->row;
        } else if (x->kind == FRFCFS_PRE && x->bank == UINT32_MAX) {
            memset(row, 0xff, sizeof row);
        } else if (x->kind == FRFCFS_PRE) {
            assert_int_equal(row[x->bank], x->row);
            row[x->bank] = UINT32_MAX;
        } else if (x->kind == FRFCFS_REF) {
            for (uint32_t k = 0; k < t->banks; k++)
                assert_int_equal(row[k], UINT32_MAX);
            assert_true(x->cycle <= ++refreshes * t->refi);
        } else {
            assert_int_equal(row[x->bank], x->row);
        }
    }
}

static void check_spacings(const struct dram_timing *t, const struct bench *b)
{
    uint64_t acts[4] = {0}, bus_ticks = 0;
    uint32_t n = 0;
    for (size_t i = 0; i < b->n_commands; i++) {
        const struct command *x = &b->commands[i];
        bool column = x->kind == FRFCFS_RD || x->kind == FRFCFS_WR;
        for (size_t k = i; k-- > 0 && b->commands[k].cycle + t->rfc > x->cycle;) {
            const struct command *a = &b->commands[k];
            assert_true(a->cycle <= x->cycle);
            assert_true(allowed_after(t, a, x) <= x->cycle);
            /* one row command per cycle; columns as the table and the bus allow */
            assert_true(a->cycle < x->cycle || column || a->kind == FRFCFS_RD || a->kind == FRFCFS_WR);
        }
        if (x->kind == FRFCFS_ACT) {
            assert_true(n < 4 || x->cycle >= acts[n % 4] + t->faw);
            acts[n++ % 4] = x->cycle;
        }
        if (column) {
            /* the data begin within their cycle */
            uint64_t data = (x->cycle + (x->kind == FRFCFS_WR ? t->cwl : t->cl)) * t->rate.num;
            assert_true(bus_ticks < data + t->rate.num);
            bus_ticks = latest(bus_ticks, data) + t->burst_bytes * t->rate.den;
        }
    }
}

/* The same commands before the table that the phase machine's channel is held against. */
static void check_table(const struct dram_timing *t, const struct bench *b)
{
    struct hbm_timing h;
    hbm_timing_init(&h, t);
    for (size_t i = 0; i < b->n_commands; i++) {
        const struct command *x = &b->commands[i];
        uint64_t early = 0;
        const char *broken = NULL;
        if (x->kind == FRFCFS_ACT)
            broken = hbm_activate(&h, x->cycle, x->bank, x->row, &early);
        if (x->kind == FRFCFS_REF)
            broken = hbm_refresh(&h, x->cycle, &early);
        for (uint32_t k = 0; k < t->banks && (x->kind == FRFCFS_RD || x->kind == FRFCFS_WR); k++)
            if (hbm_bank_of(t, k / t->interleave, k % t->interleave) == x->bank)
                broken = hbm_columns(&h, x->cycle, x->kind == FRFCFS_WR, k / t->interleave, x->row, k % t->interleave,
                                     1, &early);
        assert_null(broken);
    }
    hbm_timing_free(&h);
}

static void no_command_of_a_random_stream_breaks_a_spacing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 36; seed++) {
        struct dram_timing t = seed <= 18 ? bench_dram : bench_slow((uint32_t)seed);
        if (seed <= 18)
            t.interleave = 1u << seed % 3;
        struct bench b;
        run_random(&b, &t, seed, 0, false);
        check_rows(&t, &b);
        check_spacings(&t, &b);
        check_table(&t, &b);
        const struct frfcfs_stats *s = frfcfs_stat(b.channel);
        assert_int_equal(s->hits + s->misses + s->conflicts, s->commands[FRFCFS_RD] + s->commands[FRFCFS_WR]);
        assert_int_equal(s->reads + s->writes, 1500);
        bench_free(&b);
    }
}

/* Of one line: what a read returns is the last write that was sent before it. */
static void requests_to_one_line_are_served_in_their_order(void **state)
{
    (void)state;
    uint32_t compared = 0;
    for (uint64_t seed = 3; seed <= 24; seed += 3) {
        struct bench b;
        struct dram_timing t = seed % 2 ? bench_dram : bench_slow((uint32_t)seed / 6);
        bench_init(&b, &t, 64, seed);
        b.most = 40;
        bench_open(&b);
        random_requests(&b, seed, 1500, 8, 6);
        for (size_t i = 0; i < b.n_list; i++)
            b.list[i].slice = b.list[i].r.line % BENCH_SLICES; /* a line has one slice */
        bench_run(&b, 400000, false);
        uint32_t last[8];
        memset(last, 0xff, sizeof last);
        for (uint32_t i = 0; i < b.n_list; i++) {
            uint32_t line = b.list[i].r.line, chunk = last[line] == UINT32_MAX ? UINT32_MAX : 1000000 + last[line];
            if (b.list[i].r.write)
                last[line] = i;
            else
                compared++, assert_int_equal(bench_read(&b, i)->chunk, chunk);
        }
        bench_free(&b);
    }
    assert_true(compared > 5000);
}

static void expect_same(const struct bench *a, const struct bench *b)
{
    assert_int_equal(a->n_commands, b->n_commands);
    for (size_t i = 0; i < a->n_commands; i++) {
        assert_int_equal(a->commands[i].cycle, b->commands[i].cycle);
        assert_int_equal(a->commands[i].kind, b->commands[i].kind);
        assert_int_equal(a->commands[i].bank, b->commands[i].bank);
    }
    for (size_t i = 0; i < a->n_list; i++) {
        assert_int_equal(a->replies[i].took, b->replies[i].took);
        assert_int_equal(a->replies[i].done, b->replies[i].done);
    }
    assert_memory_equal(frfcfs_stat(a->channel), frfcfs_stat(b->channel), sizeof(struct frfcfs_stats));
}

static void sleeping_and_the_order_of_slices_change_nothing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 14; seed++) {
        struct bench a, b, c;
        struct dram_timing t = seed <= 6 ? bench_dram : bench_slow((uint32_t)seed);
        run_random(&a, &t, seed, 0, false);
        run_random(&b, &t, seed, 0, true);
        run_random(&c, &t, seed, 77, false);
        expect_same(&a, &b);
        expect_same(&a, &c);
        assert_true(a.evaluations < 8 * 1500);
        bench_free(&a);
        bench_free(&b);
        bench_free(&c);
    }
}

static void an_idle_channel_is_not_evaluated(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &bench_dram);
    bench_run(&b, 39 * 1000, false);
    assert_int_equal(b.evaluations, 1);
    assert_int_equal(frfcfs_stat(b.channel)->commands[FRFCFS_REF], 10);
    bench_free(&b);
}

/* ---- fairness ---- */

static void row_hits_do_not_starve_another_row_of_the_bank(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    bench_send(&b, 1, 0, 0, 0x3, false);
    bench_send(&b, 100, 1, conflicting_line(&t), 0x3, false);
    for (uint32_t i = 0; i < 2000; i++)
        bench_send(&b, 98, 0, i % 8 * 2, 0x3, false);
    bench_run(&b, 40000, false);
    assert_int_equal(bank_of(&t, 0), bank_of(&t, conflicting_line(&t)));
    uint32_t before = 0;
    for (uint32_t i = 2; i < b.n_list; i++)
        before += b.replies[i].done < b.replies[1].done && b.replies[i].done - b.replies[i].took > 100;
    assert_true(before > 0 && before <= b.p.age_limit);
    assert_true(b.replies[1].done < 100 + 300);
    bench_free(&b);
}

static void writes_wait_for_reads_but_not_for_ever(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    for (uint32_t i = 0; i < 4000; i++)
        bench_send(&b, 1, 0, i, ALL_SECTORS, false);
    bench_send(&b, 100, 1, 5000, ALL_SECTORS, true);
    bench_run(&b, 60000, false);
    uint64_t columns = 0;
    for (size_t i = 0; i < b.n_commands; i++)
        columns += b.commands[i].kind == FRFCFS_RD && b.commands[i].cycle >= 100 &&
                   b.commands[i].cycle < b.replies[4000].done - 30;
    assert_true(columns > 100);
    assert_true(columns <= b.p.turn_limit);
    bench_free(&b);
}

static void writes_are_drained_together(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    for (uint32_t i = 0; i < 3000; i++)
        bench_send(&b, 1, i % 2, i, ALL_SECTORS, i % 2 == 0);
    bench_run(&b, 60000, false);
    assert_int_equal(b.done, 3000);
    assert_true(frfcfs_stat(b.channel)->turns < 3000 / 8);
    bench_free(&b);
}

/* ---- contents ---- */

static void a_full_window_counts_the_cycles_in_which_others_stand_before_it(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    bench_init(&b, &t, 1, 1);
    bench_open(&b);
    bench_send(&b, 1, 0, 0, 0x3, false); /* RD 15: the window is free for the next one from 16 on */
    bench_send(&b, 3, 1, 2, 0x3, false);
    bench_run(&b, 1000, false);
    assert_int_equal(frfcfs_stat(b.channel)->queue_full, 16 - 3);
    assert_int_equal(b.replies[1].done - b.replies[1].took, 3);
    assert_int_equal(b.replies[1].done, 20 + 14 + 3);
    bench_free(&b);
}

static void the_dump_says_what_the_oldest_requests_wait_for(void **state)
{
    (void)state;
    struct dram_timing t = without_refresh();
    struct bench b;
    open_bench(&b, &t);
    bench_send(&b, 1, 0, 0, ALL_SECTORS, false);
    bench_send(&b, 2, 0, 0, ALL_SECTORS, true);
    bench_send(&b, 3, 1, 40, ALL_SECTORS, true);
    bench_run(&b, 10, false);
    struct diag d;
    diag_init(&d);
    frfcfs_dump(b.channel, 10, &d);
    assert_int_equal(d.count, 3);
    assert_non_null(strstr(d.messages[0].text, "read of line 0"));
    assert_non_null(strstr(d.messages[0].text, "waits for its turn on the bus"));
    assert_non_null(strstr(d.messages[1].text, "waits for an older request to its line"));
    assert_non_null(strstr(d.messages[2].text, "waits for the bus to turn"));
    assert_false(frfcfs_idle(b.channel));
    diag_free(&d);
    bench_free(&b);
}

static void counters_start_anew_when_they_are_cleared(void **state)
{
    (void)state;
    struct bench b;
    open_bench(&b, &bench_dram);
    bench_send(&b, 1, 0, 0, ALL_SECTORS, false);
    bench_run(&b, 10000, false);
    assert_int_equal(frfcfs_stat(b.channel)->commands[FRFCFS_REF], 10000 / 3900 + (first_refresh(1) <= 10000 % 3900));
    frfcfs_stat_clear(b.channel, 10000);
    static const struct frfcfs_stats none;
    assert_memory_equal(frfcfs_stat(b.channel), &none, sizeof none);
    frfcfs_end(b.channel, 10000 + 3900);
    assert_int_equal(frfcfs_stat(b.channel)->commands[FRFCFS_REF], 1);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_lie_in_different_places),
        cmocka_unit_test(neighbouring_rows_lie_in_different_sets),
        cmocka_unit_test(a_read_waits_for_its_row_its_column_and_its_data),
        cmocka_unit_test(two_lines_of_a_row_alternate_over_two_banks),
        cmocka_unit_test(a_read_behind_a_write_waits_for_the_turnaround),
        cmocka_unit_test(a_refresh_closes_all_rows_and_blocks),
        cmocka_unit_test(refreshes_come_at_different_times_by_seed_and_never_late),
        cmocka_unit_test(memory_that_needs_no_refresh_gets_none),
        cmocka_unit_test(columns_of_a_cycle_are_at_the_pace_of_the_bus),
        cmocka_unit_test(a_turn_of_the_bus_ends_the_columns_of_a_cycle),
        cmocka_unit_test(no_command_of_a_random_stream_breaks_a_spacing),
        cmocka_unit_test(requests_to_one_line_are_served_in_their_order),
        cmocka_unit_test(sleeping_and_the_order_of_slices_change_nothing),
        cmocka_unit_test(an_idle_channel_is_not_evaluated),
        cmocka_unit_test(row_hits_do_not_starve_another_row_of_the_bank),
        cmocka_unit_test(writes_wait_for_reads_but_not_for_ever),
        cmocka_unit_test(writes_are_drained_together),
        cmocka_unit_test(the_dump_says_what_the_oldest_requests_wait_for),
        cmocka_unit_test(counters_start_anew_when_they_are_cleared),
        cmocka_unit_test(a_full_window_counts_the_cycles_in_which_others_stand_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
