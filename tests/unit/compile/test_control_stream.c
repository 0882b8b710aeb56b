/* SPDX-License-Identifier: Apache-2.0 */
/* test_control_stream.c - tables of entries that do not fit are read while the program runs; the verifier refuses
 * segments that come too late, not at all, or whose place is taken too early. */
#include "compile_fixture.h"

#define LAYERS 1200u
#define WIDTH  4u

static const char *const policies[] = {"levels", "barrier", "list"};

/* Tasks in layers on four units; each reads two of the layer before. */
static void layers(struct hand_graph *g, const struct machine *m, uint64_t cycles, uint32_t bytes)
{
    uint32_t before[WIDTH], now[WIDTH];
    hand_begin(g, m);
    for (uint32_t i = 0; i < LAYERS; i++) {
        for (uint32_t k = 0; k < WIDTH; k++) {
            uint32_t inputs[2] = {before[k], before[(k + 1) % WIDTH]};
            now[k] = hand_task(g, 0, cycles, inputs, i > 0 ? 2 : 0, bytes, i + 1 == LAYERS);
        }
        memcpy(before, now, sizeof before);
    }
}

static bool is_segment(const struct sched_program *p, const struct sched_sram *r)
{
    return r->chunk == SCHED_CONTROL && (r->from > 0 || r->to < p->makespan);
}

static size_t segments(const struct sched_program *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_sram; i++) {
        n += is_segment(p, &p->sram[i]);
    }
    return n;
}

struct work {
    struct machine m;
    struct hand_graph g;
    struct schedule s;
};

static void make(struct work *w, uint32_t sram, const char *policy, bool steady)
{
    struct machine_spec spec = fixture_spec(1, 2, 2);
    spec.sram_bytes = sram;
    fixture_machine(&w->m, &spec);
    layers(&w->g, &w->m, 100, 1024);
    compile_hand(&w->s, &w->g, &w->m, policy, steady);
}

static void done(struct work *w)
{
    schedule_free(&w->s);
    hand_end(&w->g);
    machine_free(&w->m);
}

static void tables_that_do_not_fit_are_read_in_segments(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 6; i++) {
        bool steady = i % 2;
        struct work small, large;
        make(&small, 112 << 10, policies[i / 2], steady);
        make(&large, 1 << 20, policies[i / 2], steady);
        for (size_t k = 0; k < small.s.n_programs; k++) {
            assert_true(segments(&small.s.programs[k]) > 50);
            assert_int_equal(segments(&large.s.programs[k]), 0);
        }
        if (steady) { /* nothing but the entries is moved, and there is room for that on every link */
            assert_int_equal(small.s.programs[1].makespan, large.s.programs[1].makespan);
        }
        done(&small);
        done(&large);
    }
}

static void each_segment_is_read_in_every_repeat(void **state)
{
    (void)state;
    struct work w;
    make(&w, 112 << 10, "list", true);
    const struct sched_program *p = &w.s.programs[1];
    size_t pieces = 0;
    for (size_t i = 0; i < p->n_transfers; i++) {
        const struct sched_transfer *t = &p->transfers[i];
        if (t->chunk == SCHED_CONTROL) {
            pieces++;
            assert_int_equal(t->class_of, CLASS_CONTROL);
        }
    }
    assert_int_equal(pieces, segments(p));
    done(&w);
}

static void the_same_input_gives_the_same_segments(void **state)
{
    (void)state;
    struct work a, b;
    make(&a, 112 << 10, "list", false);
    make(&b, 112 << 10, "list", false);
    const struct sched_program *p = a.s.programs, *q = b.s.programs;
    assert_int_equal(p->n_sram, q->n_sram);
    assert_memory_equal(p->sram, q->sram, p->n_sram * sizeof *p->sram);
    assert_int_equal(p->n_hops, q->n_hops);
    assert_memory_equal(p->hops, q->hops, p->n_hops * sizeof *p->hops);
    done(&a);
    done(&b);
}

/* ---- what the verifier refuses ---- */

static void expect(const struct schedule *s, const char *rule)
{
    struct sched_verdict v;
    int result = schedule_verify(s, 20, &v);
    bool named = false;
    for (size_t i = 0; i < v.n_violations; i++) {
        named = named || strcmp(v.violations[i].rule, rule) == 0;
        if (strcmp(v.violations[i].rule, rule) != 0) {
            print_error("beside %s: %s: %s\n", rule, v.violations[i].rule, v.violations[i].message);
        }
    }
    assert_int_equal(result, SIM_ERR_INPUT);
    assert_true(named);
    sched_verdict_free(&v);
}

/* The n-th segment of unit 0, from 0. */
static struct sched_sram *segment(struct sched_program *p, size_t n)
{
    for (size_t i = 0; i < p->n_sram; i++) {
        if (is_segment(p, &p->sram[i]) && p->sram[i].unit == 0 && n-- == 0) {
            return &p->sram[i];
        }
    }
    fail_msg("there are not so many segments");
    return NULL;
}

/* The transfer that brings it. */
static struct sched_transfer *bringer(const struct schedule *s, struct sched_program *p, const struct sched_sram *x)
{
    for (size_t i = 0; i < p->n_transfers; i++) {
        struct sched_transfer *t = &p->transfers[i];
        const struct sched_hop *last = &p->hops[t->first_hop + t->n_hops - 1];
        if (t->chunk == SCHED_CONTROL && last->start + s->machine.links[last->link].latency == x->from &&
            s->machine.endpoints[x->unit].eject == last->link) {
            return t;
        }
    }
    fail_msg("nobody brings the segment");
    return NULL;
}

/* Two pieces of entries in each other's place: the first one comes when the second one should. */
static void entries_that_come_later_than_they_act_break_schedule_late(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct work w;
        make(&w, 112 << 10, "list", true);
        struct sched_program *p = &w.s.programs[k];
        struct sched_transfer *early = bringer(&w.s, p, segment(p, 6)), *late = bringer(&w.s, p, segment(p, 12));
        uint32_t offset = early->offset;
        early->offset = late->offset;
        late->offset = offset;
        expect(&w.s, "schedule-late");
        done(&w);
    }
}

static void a_segment_that_nobody_brings_breaks_schedule_missing(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct work w;
        make(&w, 112 << 10, "list", true);
        struct sched_program *p = &w.s.programs[k];
        bringer(&w.s, p, segment(p, 6))->bytes -= 16;
        expect(&w.s, "schedule-missing");
        done(&w);
    }
}

static void a_segment_in_a_place_still_in_use_breaks_sram_overlap(void **state)
{
    (void)state;
    struct work w;
    make(&w, 112 << 10, "list", true);
    struct sched_program *p = &w.s.programs[1];
    segment(p, 6)->address = segment(p, 5)->address;
    expect(&w.s, "sram-overlap");
    done(&w);
}

static void a_segment_that_comes_before_its_place_is_free_breaks_schedule_room(void **state)
{
    (void)state;
    struct work w;
    make(&w, 112 << 10, "list", true);
    struct sched_program *p = &w.s.programs[1];
    segment(p, 6)->from++;
    expect(&w.s, "schedule-room");
    done(&w);
}

static void a_segment_too_short_for_its_entries_breaks_schedule_room(void **state)
{
    (void)state;
    struct work w;
    make(&w, 112 << 10, "list", true);
    struct sched_program *p = &w.s.programs[1];
    struct sched_sram *x = segment(p, 6);
    struct sched_sram *next = segment(p, 7);
    uint64_t to = next->to; /* the entries of both in one of them */
    next->to = x->to;
    x->to = to;
    expect(&w.s, "schedule-room");
    done(&w);
}

static void entries_behind_the_last_segment_break_schedule_room(void **state)
{
    (void)state;
    struct work w;
    make(&w, 112 << 10, "list", true);
    struct sched_program *p = &w.s.programs[1];
    for (size_t i = 0; i < p->n_sram; i++) {
        if (is_segment(p, &p->sram[i]) && p->sram[i].unit == 0 && p->sram[i].to == p->makespan) {
            p->sram[i].to -= 200; /* the last two layers */
        }
    }
    expect(&w.s, "schedule-room");
    done(&w);
}

static void entries_that_memory_cannot_bring_in_time_are_refused(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 2, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.sram_bytes = 112 << 10;
    fixture_machine(&m, &spec);
    m.dram.rate = (struct fraction) {1, 2}; /* an entry in 32 cycles */
    layers(&g, &m, 8, 1024);
    assert_int_equal(compile_graph(&s, &g.t, NULL, &m, "list", true), SIM_ERR_BUILD);
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_that_do_not_fit_are_read_in_segments),
        cmocka_unit_test(each_segment_is_read_in_every_repeat),
        cmocka_unit_test(the_same_input_gives_the_same_segments),
        cmocka_unit_test(entries_that_come_later_than_they_act_break_schedule_late),
        cmocka_unit_test(a_segment_that_nobody_brings_breaks_schedule_missing),
        cmocka_unit_test(a_segment_in_a_place_still_in_use_breaks_sram_overlap),
        cmocka_unit_test(a_segment_that_comes_before_its_place_is_free_breaks_schedule_room),
        cmocka_unit_test(a_segment_too_short_for_its_entries_breaks_schedule_room),
        cmocka_unit_test(entries_behind_the_last_segment_break_schedule_room),
        cmocka_unit_test(entries_that_memory_cannot_bring_in_time_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
