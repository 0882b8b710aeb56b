/* SPDX-License-Identifier: Apache-2.0 */
/* test_compile_policies.c - what sets the policies apart: waves, boundaries, waiting for the urgent. */
#include "compile_fixture.h"

#include "sim/compile/schedule_bound.h"

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Two layers of five tasks on two units, each task reads all of the layer before. */
static void two_layers(struct hand_graph *g, uint32_t bytes)
{
    uint32_t first[5];
    for (uint32_t i = 0; i < 5; i++) {
        first[i] = hand_task(g, 0, 100 + 10 * i, NULL, 0, bytes, false);
    }
    for (uint32_t i = 0; i < 5; i++) {
        hand_task(g, 0, 200 + 10 * i, first, 5, bytes, true);
    }
}

static void without_local_timers_bits_change_at_boundaries_a_broadcast_apart(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    spec.broadcast_cycles = 37;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    two_layers(&g, 700);
    for (uint32_t k = 0; k < 2; k++) {
        struct schedule s;
        compile_hand(&s, &g, &m, compile_policies[k], true);
        assert_false(s.local_timers);
        const struct sched_program *p = &s.programs[1];
        uint64_t times[40];
        size_t n = 0;
        for (size_t i = 0; i < p->n_ops; i++) {
            times[n++] = p->ops[i].start;
            times[n++] = p->ops[i].off;
        }
        qsort(times, n, sizeof *times, by_time);
        for (size_t i = 1; i < n; i++) {
            assert_true(times[i] == times[i - 1] || times[i] - times[i - 1] >= 37 || times[i] == p->makespan);
        }
        schedule_free(&s);
    }
    hand_end(&g);
    machine_free(&m);
}

/* Of policy levels: in no cycle does a transfer move while a unit works. */
static void levels_never_computes_and_transfers_at_once(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    two_layers(&g, 5000);
    compile_hand(&s, &g, &m, "levels", true);
    const struct sched_program *p = &s.programs[1];
    assert_true(p->n_hops > 0);
    for (size_t h = 0; h < p->n_hops; h++) {
        uint64_t from = p->hops[h].start, to = from + p->transfers[p->hops[h].transfer].flits;
        for (size_t i = 0; i < p->n_ops; i++) {
            assert_true(to <= p->ops[i].start || from >= p->ops[i].off);
        }
    }
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void levels_starts_the_tasks_of_a_wave_together(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    two_layers(&g, 0);
    compile_hand(&s, &g, &m, "levels", true);
    const struct sched_program *p = &s.programs[1];
    size_t waves = 0;
    for (size_t i = 0; i < p->n_ops; i++) {
        waves += i == 0 || p->ops[i].start != p->ops[i - 1].start;
        assert_true(i == 0 || p->ops[i].start == p->ops[i - 1].start || p->ops[i].start >= p->ops[i - 1].off);
    }
    assert_int_equal(waves, 3 + 3);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void list_ends_each_bit_with_its_task(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(1, 1, 2);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    two_layers(&g, 700);
    compile_hand(&s, &g, &m, "list", true);
    assert_true(s.local_timers);
    for (size_t i = 0; i < s.programs[1].n_ops; i++) {
        assert_int_equal(s.programs[1].ops[i].off, s.programs[1].ops[i].finish);
    }
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

/* The work of chip 0 needs a task of chip 1 whose input is still on the line when chip 1 becomes free; a long
 * task that nobody waits for is ready there. */
static void a_unit_keeps_free_for_the_urgent_task_that_comes_soon(void **state)
{
    (void)state;
    struct machine_spec spec = fixture_spec(2, 1, 1);
    struct machine m;
    struct hand_graph g;
    struct schedule s;
    spec.link_latency_fs = 20000000;
    fixture_machine(&m, &spec);
    hand_begin(&g, &m);
    uint32_t a = hand_task(&g, 0, 100, NULL, 0, 128, false);
    uint32_t b = hand_task(&g, 1, 100, NULL, 0, 0, false); /* chip 1 is busy as long as chip 0 */
    uint32_t urgent = hand_task(&g, 1, 500, &a, 1, 0, false);
    hand_task(&g, 0, 5000, &urgent, 1, 0, true);
    hand_task(&g, 1, 3000, &b, 1, 0, true); /* ready at once, not urgent */
    compile_hand(&s, &g, &m, "list", true);
    const struct sched_program *p = &s.programs[1];
    assert_true(op_of(p, 2)->start < op_of(p, 4)->start);
    schedule_free(&s);
    hand_end(&g);
    machine_free(&m);
}

static void one_resource_is_bounded_by_heads_work_and_tails(void **state)
{
    (void)state;
    struct bound_job one[] = {{.head = 5, .length = 10, .tail = 3}};
    assert_int_equal(bound_of_jobs(one, 1), 18);
    struct bound_job sum[] = {{.head = 0, .length = 4, .tail = 0}, {.head = 0, .length = 6, .tail = 7}};
    assert_int_equal(bound_of_jobs(sum, 2), 13); /* the one with the long tail first: 6 + 7 */
    struct bound_job gap[] = {{.head = 0, .length = 2, .tail = 0}, {.head = 10, .length = 5, .tail = 1}};
    assert_int_equal(bound_of_jobs(gap, 2), 16);
    struct bound_job late[] = {{.head = 0, .length = 10, .tail = 0}, {.head = 3, .length = 4, .tail = 20}};
    assert_int_equal(bound_of_jobs(late, 2), 27); /* interrupted at 3 for the urgent one */
    assert_int_equal(bound_of_jobs(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_local_timers_bits_change_at_boundaries_a_broadcast_apart),
        cmocka_unit_test(levels_never_computes_and_transfers_at_once),
        cmocka_unit_test(levels_starts_the_tasks_of_a_wave_together),
        cmocka_unit_test(list_ends_each_bit_with_its_task),
        cmocka_unit_test(a_unit_keeps_free_for_the_urgent_task_that_comes_soon),
        cmocka_unit_test(one_resource_is_bounded_by_heads_work_and_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
