/* SPDX-License-Identifier: Apache-2.0 */
/* test_control_due.c - what a program reads when: what is needed at once first, and that by rank, though it gets room
 * later; entries beyond the loader's as they are used up; refreshes that do not come in between. */
#include "compile_fixture.h"

#include "sim/compile/engine.h"
#include "sim/compile/residency.h"

#define TASKS 1500u /* an entry each: more than the loader's 16 KiB */

/* First slot of the first transfer of a chunk, or of entries behind the loader's. */
static uint64_t first_slot(const struct sched_program *p, uint32_t chunk)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < p->n_transfers; i++) {
        const struct sched_transfer *t = &p->transfers[i];
        uint64_t at = p->hops[t->first_hop].start;
        if (t->chunk == chunk && (chunk != SCHED_CONTROL || t->offset >= SCHED_BOOT_BYTES) && at < first) {
            first = at;
        }
    }
    return first;
}

/* A chain of tasks, of which only the first one reads weights. */
static void make_chain(struct hand_graph *g, const struct machine *m, uint32_t cycles)
{
    hand_begin(g, m);
    uint32_t chunk = hand_source(g, 0, 200000, true);
    for (uint32_t i = 0; i < TASKS; i++) {
        chunk = hand_task(g, 0, cycles, &chunk, 1, 256, i + 1 == TASKS);
    }
}

static void entries_come_after_what_is_needed_sooner(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    make_chain(&g, &m, 50);
    compile_hand(&s, &g, &m, "list", false);
    const struct sched_program *p = &s.programs[0];
    uint64_t weights = first_slot(p, 0), entries = first_slot(p, SCHED_CONTROL);
    assert_true(weights < UINT64_MAX && entries < UINT64_MAX);
    assert_true(weights < entries);
    assert_true(entries < p->makespan);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* The chunk that is read first by two tasks of one unit, of which the shorter one is made the more urgent. */
static uint32_t read_first(bool cold)
{
    struct machine_spec spec = fixture_spec(1, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct layout l;
    struct memory_plan mem;
    struct run r;
    struct stuck stuck;
    static const int32_t shift[] = {0, 20000}; /* per operation */
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t in[2] = {hand_source(&g, 0, 4096, false), hand_source(&g, 0, 4096, false)};
    hand_task(&g, 0, 10000, &in[0], 1, 0, true);
    hand_task(&g, 0, 10, &in[1], 1, 0, true);
    layout_init(&l, &g.t, &m, &(struct layout_options) {.shift = shift});
    memory_plan_init(&mem, &l, !cold, false, 5, NULL);
    run_init(&r, &l, &mem, cold);
    run_boot(&r);
    size_t loader = r.out.n_transfers;
    assert_int_equal(engine_run(&r, &(struct engine_options) {.quick = 4}, &stuck), 0);
    uint32_t first = r.out.transfers[loader].chunk;
    run_free(&r);
    memory_plan_free(&mem);
    layout_free(&l);
    hand_end(&g);
    machine_free(&m);
    return first;
}

static void a_cold_program_reads_by_rank_alone(void **state)
{
    (void)state;
    assert_int_equal(read_first(false), 1); /* in the order of the queue */
    assert_int_equal(read_first(true), 0);
}

/* One channel of 29 bytes a cycle. */
static struct machine_spec slow_memory(uint32_t rows, uint32_t cols)
{
    struct machine_spec spec = fixture_spec(1, rows, cols);
    spec.memory_bandwidth /= spec.channels;
    spec.channels = 1;
    return spec;
}

#define LARGE 300000u /* bytes of weights, of which a unit has no room for two */

#define SMALL 18000u
#define MANY  20u

/* Unit 0: two tasks with large weights, one behind the other, before a long one. Unit 1: many that read much less
 * urgent weights, and have room for all of them. */
static void make_late_room(struct hand_graph *g, const struct machine *m, uint32_t large[2], uint32_t small[MANY])
{
    hand_begin(g, m);
    large[0] = hand_source(g, 0, LARGE, true);
    large[1] = hand_source(g, 0, LARGE, true);
    uint32_t first = hand_task(g, 0, 100, &large[0], 1, 256, false);
    uint32_t second = hand_task(g, 0, 100, (uint32_t[]) {first, large[1]}, 2, 256, false);
    hand_task(g, 0, 50000, &second, 1, 256, true);
    for (uint32_t i = 0; i < MANY; i++) {
        small[i] = hand_source(g, 0, SMALL, true);
        hand_task(g, 0, 100, &small[i], 1, 256, true);
    }
}

static void what_gets_room_later_does_not_come_behind_all(void **state)
{
    (void)state;
    struct machine_spec spec = slow_memory(1, 2);
    struct machine m;
    struct hand_graph g;
    struct layout l;
    struct memory_plan mem;
    struct run r;
    struct stuck stuck;
    uint32_t large[2], small[MANY], pin[3 + MANY];
    fixture_machine(&m, &spec);
    make_late_room(&g, &m, large, small);
    for (uint32_t i = 0; i < 3 + MANY; i++) {
        pin[i] = i >= 3;
    }
    layout_init(&l, &g.t, &m, &(struct layout_options) {.pin = pin});
    for (int cold = 0; cold < 2; cold++) {
        memory_plan_init(&mem, &l, !cold, false, 5, NULL);
        memset(mem.resident, 0, l.n_copies * sizeof *mem.resident);
        run_init(&r, &l, &mem, cold);
        run_boot(&r);
        assert_int_equal(engine_run(&r, &(struct engine_options) {0}, &stuck), 0);
        uint64_t wanted = r.finish[0], second = first_slot(&r.out, large[1]);
        assert_true(second > wanted); /* there was no room before */
        assert_true(second < wanted + 500 + SMALL / 29);
        assert_true(first_slot(&r.out, small[MANY - 1]) > second + LARGE / 32); /* behind all of it */
        run_free(&r);
        memory_plan_free(&mem);
    }
    layout_free(&l);
    hand_end(&g);
    machine_free(&m);
}

#define READS 800u /* each takes five entries: of the task, of the channel's commands, of two links */

/* The first entries beyond the loader's come when most of these are used up, the others later. */
static void entries_are_read_as_they_are_used_up(void **state)
{
    (void)state;
    struct machine_spec spec = slow_memory(1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    for (uint32_t i = 0; i < READS; i++) {
        uint32_t source = hand_source(&g, 0, 2048, false);
        hand_task(&g, 0, 100, &source, 1, 0, true);
    }
    compile_hand(&s, &g, &m, "list", false);
    const struct sched_program *p = &s.programs[0];
    uint64_t begin = UINT64_MAX, end = 0, n = 0;
    for (size_t i = 0; i < p->n_transfers; i++) {
        const struct sched_transfer *t = &p->transfers[i];
        uint64_t at = p->hops[t->first_hop].start;
        if (t->chunk == SCHED_CONTROL && t->offset >= SCHED_BOOT_BYTES) {
            begin = at < begin ? at : begin;
            end = at > end ? at : end;
            n++;
        }
    }
    uint64_t cycles = p->makespan - m.launch_cycles;
    assert_true(n >= READS * 5 * 16 / 2048 - 8);
    assert_true(begin > m.launch_cycles + cycles / 16);
    assert_true(end > m.launch_cycles + cycles / 2);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* A chain of tasks so short that a unit needs the next entries, 16 bytes a cycle or two, before a slow channel has
 * brought them. Then they are read before the work, and where that does not help the work waits for them. */
static void work_waits_for_entries_that_come_too_late(void **state)
{
    (void)state;
    struct machine_spec spec = slow_memory(1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.memory_bandwidth /= 16;
    fixture_machine(&m, &spec);
    make_chain(&g, &m, 1);
    compile_hand(&s, &g, &m, "list", false); /* verified: each entry is there before it acts */
    const struct sched_program *p = &s.programs[0];
    uint64_t entries = first_slot(p, SCHED_CONTROL), start = op_of(p, 0)->start;
    assert_true(entries < UINT64_MAX);
    assert_true(start > entries);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* 190 KB at 29 bytes a cycle are read for longer than a refresh is from the next: the first one is over before the
 * launch, the second comes after them. */
static void channels_refresh_before_the_launch(void **state)
{
    (void)state;
    struct machine_spec spec = slow_memory(1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.launch_fs = 1000000000; /* 1 us */
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t weights = hand_source(&g, 0, 190000, true);
    hand_task(&g, 0, 100, &weights, 1, 256, true);
    compile_hand(&s, &g, &m, "list", false);
    const struct sched_program *p = &s.programs[0];
    uint64_t refreshes = 0, reads_end = 0;
    for (size_t i = 0; i < p->n_dram; i++) {
        reads_end = p->dram[i].command == DRAM_RD ? p->dram[i].cycle : reads_end;
    }
    for (size_t i = 0; i < p->n_dram; i++) {
        bool reading = p->dram[i].cycle + m.dram.rfc > m.launch_cycles && p->dram[i].cycle < reads_end;
        refreshes += p->dram[i].command == DRAM_REF;
        assert_false(p->dram[i].command == DRAM_REF && reading);
    }
    assert_true(refreshes > 0);
    assert_true(m.launch_cycles + 190000 / 30 > m.dram.refi);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_after_what_is_needed_sooner),
        cmocka_unit_test(a_cold_program_reads_by_rank_alone),
        cmocka_unit_test(what_gets_room_later_does_not_come_behind_all),
        cmocka_unit_test(entries_are_read_as_they_are_used_up),
        cmocka_unit_test(work_waits_for_entries_that_come_too_late),
        cmocka_unit_test(channels_refresh_before_the_launch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
