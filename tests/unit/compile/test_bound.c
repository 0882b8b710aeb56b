/* SPDX-License-Identifier: Apache-2.0 */
/* test_bound.c - what the schedule bound rests on, against programs that were made: no task begins before its head,
 * none ends so late that its tail does not fit behind it. */
#include "compile_fixture.h"

#include "sim/base/hash.h"
#include "sim/compile/bound_state.h"
#include "sim/compile/engine.h"
#include "sim/compile/residency.h"

#define TASKS 70u

/* Numbers of one work. */
struct dice {
    uint64_t seed;
};

static uint32_t roll(struct dice *d, uint32_t n)
{
    d->seed = mix64(d->seed, 5);
    return (uint32_t)(d->seed >> 20) % n;
}

/* Each task reads up to four of the chunks before it, some of them from memory, of any length and on any chip. */
static void random_graph(struct hand_graph *g, const struct machine *m, struct dice *d)
{
    uint32_t chunks[2 * TASKS], n = 0;
    hand_begin(g, m);
    for (uint32_t i = 0; i < TASKS; i++) {
        uint32_t chip = roll(d, m->chips), in[5], n_in = 0;
        if (roll(d, 2) == 0) {
            in[n_in++] = chunks[n++] = hand_source(g, chip, 1 + roll(d, 6000), roll(d, 2));
        }
        for (uint32_t k = roll(d, 5); k > 0 && n > 0 && n_in < 5; k--) {
            uint32_t chunk = chunks[roll(d, n)];
            if (g->t.chunks[chunk].producer != TASK_NONE || g->t.chunks[chunk].chip == chip) {
                in[n_in++] = chunk; /* perhaps twice */
            }
        }
        chunks[n++] = hand_task(g, chip, roll(d, 400), in, n_in, roll(d, 4) ? roll(d, 5000) : 0, roll(d, 6) == 0);
    }
    g->t.chunks[chunks[n - 1]].is_output = true;
}

static void check_ends(const struct run *r)
{
    struct bounding b;
    bounding_init(&b, r);
    for (size_t i = 0; i < r->l->t->n_tasks; i++) {
        assert_in_range(b.head[i], r->l->m->launch_cycles, r->start[i]);
        assert_in_range(b.tail[i], 0, r->complete - r->finish[i]);
    }
    bounding_free(&b);
    assert_in_range(schedule_bound_of(r), 1, r->complete);
}

static void check_work(uint64_t seed, bool cold)
{
    static const uint32_t fabrics[] = {FABRIC_RING, FABRIC_FULLY_CONNECTED, FABRIC_SWITCH};
    struct dice d = {.seed = seed};
    struct machine_spec spec = fixture_spec(2 + roll(&d, 4), 1 + roll(&d, 2), 1 + roll(&d, 3));
    struct machine m;
    struct hand_graph g;
    struct layout l;
    struct memory_plan mem;
    struct run r;
    struct stuck stuck;
    spec.fabric = fabrics[roll(&d, 3)];
    spec.link_bandwidth >>= roll(&d, 4);
    spec.sram_bytes *= 4;
    fixture_machine(&m, &spec);
    random_graph(&g, &m, &d);
    layout_init(&l, &g.t, &m, &(struct layout_options) {.insertion = roll(&d, 2)});
    memory_plan_init(&mem, &l, !cold, false, 5, NULL);
    run_init(&r, &l, &mem, cold);
    r.parts_trees = true;
    run_boot(&r);
    r.book.slotted = roll(&d, 2);
    struct engine_options o = {.queued = roll(&d, 2), .quick = roll(&d, 5), .patience = roll(&d, 3)};
    assert_int_equal(engine_run(&r, &o, &stuck), 0);
    for (size_t i = 0; i < g.t.n_tasks; i++) {
        r.complete = r.finish[i] > r.complete ? r.finish[i] : r.complete;
    }
    check_ends(&r);
    run_free(&r);
    memory_plan_free(&mem);
    layout_free(&l);
    hand_end(&g);
    machine_free(&m);
}

static void no_task_of_a_steady_program_is_outside_its_head_and_tail(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        check_work(seed, false);
    }
}

static void no_task_of_a_cold_program_is_outside_its_head_and_tail(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        check_work(seed, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_task_of_a_steady_program_is_outside_its_head_and_tail),
        cmocka_unit_test(no_task_of_a_cold_program_is_outside_its_head_and_tail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
